-- One sign-in of a program: all tokens that follow from it.
CREATE TABLE token_families (
    id uuid PRIMARY KEY,
    user_id uuid NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    access_version integer NOT NULL,
    device text NOT NULL,
    network text,
    last_used_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    ends_at timestamptz NOT NULL,
    ended_at timestamptz,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT token_families_end_however_much_used CHECK (expires_at <= ends_at)
);
COMMENT ON TABLE token_families IS 'Access tokens name their family: once it has ended, none of them opens anything.';
COMMENT ON COLUMN token_families.access_version IS 'That of the person when they signed in: with another one the family is over.';
COMMENT ON COLUMN token_families.network IS 'Where it was last used from: an IPv4 address or the /64 of an IPv6 address.';
COMMENT ON COLUMN token_families.expires_at IS 'When it ends unless it is refreshed before.';
COMMENT ON COLUMN token_families.ends_at IS 'When it ends however much it is used.';
CREATE INDEX token_families_user_id ON token_families (user_id);
CREATE INDEX token_families_expires_at ON token_families (expires_at);
CREATE TRIGGER token_families_updated_at BEFORE UPDATE ON token_families FOR EACH ROW EXECUTE FUNCTION set_updated_at();

CREATE TABLE refresh_tokens (
    token_hash bytea PRIMARY KEY CONSTRAINT refresh_tokens_hash_is_hash CHECK (octet_length(token_hash) = 32),
    family_id uuid NOT NULL REFERENCES token_families (id) ON DELETE CASCADE,
    expires_at timestamptz NOT NULL,
    spent_at timestamptz,
    may_retry boolean NOT NULL DEFAULT true,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now()
);
COMMENT ON COLUMN refresh_tokens.token_hash IS 'SHA-256 of the token: who reads this table cannot use it.';
COMMENT ON COLUMN refresh_tokens.may_retry IS 'Whether it may be used once more right after it was spent, by who did not get the answer.';
CREATE INDEX refresh_tokens_family_id ON refresh_tokens (family_id);
CREATE INDEX refresh_tokens_expires_at ON refresh_tokens (expires_at);
CREATE TRIGGER refresh_tokens_updated_at BEFORE UPDATE ON refresh_tokens FOR EACH ROW EXECUTE FUNCTION set_updated_at();
