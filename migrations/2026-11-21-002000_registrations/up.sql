-- Addresses that somebody says are theirs, until who reads their mail proves it.
CREATE TABLE registrations (
    id uuid PRIMARY KEY,
    email text NOT NULL CONSTRAINT registrations_email_lower_case CHECK (email = lower(email)),
    first_name text NOT NULL,
    last_name text NOT NULL,
    time_zone text NOT NULL,
    password_hash text,
    user_id uuid REFERENCES users (id) ON DELETE CASCADE,
    sends smallint NOT NULL DEFAULT 1 CONSTRAINT registrations_sends_few CHECK (sends BETWEEN 1 AND 6),
    is_sent boolean NOT NULL,
    sent_at timestamptz NOT NULL,
    attempts smallint NOT NULL DEFAULT 0 CONSTRAINT registrations_attempts_few CHECK (attempts BETWEEN 0 AND 5),
    expires_at timestamptz NOT NULL,
    ended_at timestamptz,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT registrations_account_or_password CHECK (num_nonnulls(user_id, password_hash) = 1 OR ended_at IS NOT NULL),
    CONSTRAINT registrations_keep_no_password CHECK (ended_at IS NULL OR password_hash IS NULL)
);
COMMENT ON TABLE registrations IS 'Codes and links are not kept: they follow from the key of the clinic, the id and "sends".';
COMMENT ON COLUMN registrations.password_hash IS 'Argon2id, PHC string format: that of the account to be. Empty once there is one.';
COMMENT ON COLUMN registrations.user_id IS 'The account whose address is to be proven, or that this became.';
COMMENT ON COLUMN registrations.sends IS 'How often a code was asked for. Each time it is another; only the last one works.';
COMMENT ON COLUMN registrations.is_sent IS 'False: the address was written to so often that it is no more, and no code works.';
COMMENT ON COLUMN registrations.attempts IS 'How often the last code was tried.';
CREATE INDEX registrations_email ON registrations (email, sent_at);
CREATE INDEX registrations_sent_at ON registrations (sent_at);
CREATE INDEX registrations_user_id ON registrations (user_id);
CREATE UNIQUE INDEX registrations_one_an_account ON registrations (user_id) WHERE ended_at IS NULL;
CREATE TRIGGER registrations_updated_at BEFORE UPDATE ON registrations FOR EACH ROW EXECUTE FUNCTION set_updated_at();
