-- Passwords that somebody has forgotten. Whose address it is, is looked up when the mail is written.
CREATE TABLE password_resets (
    id uuid PRIMARY KEY,
    email text NOT NULL CONSTRAINT password_resets_email_lower_case CHECK (email = lower(email)),
    sent_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    ended_at timestamptz,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now()
);
COMMENT ON TABLE password_resets IS 'Links are not kept: they follow from the key of the clinic and the id.';
COMMENT ON COLUMN password_resets.ended_at IS 'When the link was used, or a newer one was asked for.';
CREATE UNIQUE INDEX password_resets_newest_only ON password_resets (email) WHERE ended_at IS NULL;
CREATE INDEX password_resets_email ON password_resets (email, sent_at);
CREATE INDEX password_resets_sent_at ON password_resets (sent_at);
CREATE TRIGGER password_resets_updated_at BEFORE UPDATE ON password_resets FOR EACH ROW EXECUTE FUNCTION set_updated_at();

ALTER TABLE users ADD COLUMN access_version integer NOT NULL DEFAULT 0;
COMMENT ON COLUMN users.access_version IS 'Raised when all sessions and tokens of the person end: those with a lower one open nothing.';
