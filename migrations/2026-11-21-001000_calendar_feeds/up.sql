-- The address under which a person's own calendar program follows their visits.
CREATE TABLE calendar_feeds (
    user_id uuid PRIMARY KEY REFERENCES users (id) ON DELETE CASCADE,
    token_hash bytea NOT NULL
        CONSTRAINT calendar_feeds_token_hash_is_sha256 CHECK (octet_length(token_hash) = 32)
        CONSTRAINT calendar_feeds_token_hash_unique UNIQUE,
    issued_at timestamptz NOT NULL,
    last_read_at timestamptz,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now()
);
COMMENT ON COLUMN calendar_feeds.token_hash IS 'SHA-256 of the token in the address; the token itself is kept nowhere.';
COMMENT ON COLUMN calendar_feeds.issued_at IS 'When the address was made; a new one takes the place of the old one.';
COMMENT ON COLUMN calendar_feeds.last_read_at IS 'When a calendar program last asked, to the hour.';
CREATE TRIGGER calendar_feeds_updated_at BEFORE UPDATE ON calendar_feeds FOR EACH ROW EXECUTE FUNCTION set_updated_at();
