DELETE FROM demo_mails WHERE is_text_message;
ALTER TABLE demo_mails DROP COLUMN is_text_message;

DROP TRIGGER users_other_number ON users;
DROP FUNCTION forget_phone_proof();
ALTER TABLE users ADD COLUMN is_phone_verified boolean NOT NULL DEFAULT false;
UPDATE users SET is_phone_verified = true WHERE phone_verified_at IS NOT NULL;
ALTER TABLE users DROP COLUMN phone_verified_at;

DROP TABLE phone_codes;
