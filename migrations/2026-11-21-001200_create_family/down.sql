DROP TABLE dependants;
DROP FUNCTION check_dependants();
-- Their visits stay, and nobody can sign in with this.
UPDATE users SET email = id || '@dependants.invalid', password_hash = '!' WHERE email IS NULL;
ALTER TABLE users
    DROP CONSTRAINT users_account_is_whole,
    ALTER COLUMN password_hash SET NOT NULL,
    ALTER COLUMN email SET NOT NULL;
COMMENT ON COLUMN users.email IS NULL;
