-- Sign-ins whose password was right, and that wait for their code.
CREATE TABLE sign_in_challenges (
    id uuid PRIMARY KEY,
    user_id uuid NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    access_version integer NOT NULL,
    expires_at timestamptz NOT NULL,
    used_at timestamptz,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now()
);
COMMENT ON TABLE sign_in_challenges IS 'What opens them is not kept: it follows from the key of the clinic and the id.';
COMMENT ON COLUMN sign_in_challenges.access_version IS 'That of the account when the password was right: after a new password no older challenge opens it.';
CREATE INDEX sign_in_challenges_user ON sign_in_challenges (user_id);
CREATE INDEX sign_in_challenges_expires_at ON sign_in_challenges (expires_at);
CREATE TRIGGER sign_in_challenges_updated_at BEFORE UPDATE ON sign_in_challenges FOR EACH ROW EXECUTE FUNCTION set_updated_at();
