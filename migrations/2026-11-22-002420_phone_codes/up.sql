-- Codes by which people show that a phone number is theirs.
CREATE TABLE phone_codes (
    id uuid PRIMARY KEY,
    user_id uuid NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    phone_number text NOT NULL CONSTRAINT phone_codes_number_international CHECK (phone_number ~ '^\+[1-9][0-9]{6,14}$'),
    attempts smallint NOT NULL DEFAULT 0 CONSTRAINT phone_codes_attempts_few CHECK (attempts BETWEEN 0 AND 5),
    sent_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    ended_at timestamptz,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now()
);
COMMENT ON TABLE phone_codes IS 'One text message each. Codes are not kept: they follow from the key of the clinic and the id.';
COMMENT ON COLUMN phone_codes.phone_number IS 'Where it went, as E.164 writes it.';
COMMENT ON COLUMN phone_codes.ended_at IS 'When it was used, a newer one was asked for, or the account got another number.';
CREATE UNIQUE INDEX phone_codes_newest_only ON phone_codes (user_id) WHERE ended_at IS NULL;
CREATE INDEX phone_codes_user_id ON phone_codes (user_id, sent_at);
CREATE INDEX phone_codes_phone_number ON phone_codes (phone_number, sent_at);
CREATE INDEX phone_codes_sent_at ON phone_codes (sent_at);
CREATE TRIGGER phone_codes_updated_at BEFORE UPDATE ON phone_codes FOR EACH ROW EXECUTE FUNCTION set_updated_at();

ALTER TABLE users ADD COLUMN phone_verified_at timestamptz;
UPDATE users SET phone_verified_at = now() WHERE is_phone_verified AND phone_number IS NOT NULL;
ALTER TABLE users
    DROP COLUMN is_phone_verified,
    ADD CONSTRAINT users_no_number_verified CHECK (phone_verified_at IS NULL OR phone_number IS NOT NULL);
COMMENT ON COLUMN users.phone_verified_at IS 'When somebody with this account read a code that went to the number; empty: nobody has.';

-- Another number is proven by nothing that went to the one before.
CREATE FUNCTION forget_phone_proof() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.phone_verified_at = NULL;
    UPDATE phone_codes SET ended_at = now() WHERE user_id = NEW.id AND ended_at IS NULL;
    RETURN NEW;
END $$;
CREATE TRIGGER users_other_number BEFORE UPDATE ON users
    FOR EACH ROW WHEN (NEW.phone_number IS DISTINCT FROM OLD.phone_number) EXECUTE FUNCTION forget_phone_proof();

-- The mailbox of the demo is its phone, too.
ALTER TABLE demo_mails ADD COLUMN is_text_message boolean NOT NULL DEFAULT false;
