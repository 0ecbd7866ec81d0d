-- The keys that sign access tokens, one generation after the other.
CREATE TABLE signing_keys (
    id uuid PRIMARY KEY,
    generation integer NOT NULL CONSTRAINT signing_keys_generation_once UNIQUE CONSTRAINT signing_keys_generation_from_one CHECK (generation > 0),
    sealed_key bytea NOT NULL,
    signs_from timestamptz NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now()
);
COMMENT ON COLUMN signing_keys.id IS 'The kid in the head of each token.';
COMMENT ON COLUMN signing_keys.generation IS 'Of servers that make the next key at once, one does.';
COMMENT ON COLUMN signing_keys.sealed_key IS 'Nonce and Ed25519 key (PKCS #8) under AES-256-GCM with a key of the clinic''s secret; bound to the id.';
COMMENT ON COLUMN signing_keys.signs_from IS 'From when on it signs, until the next one does. Known to all servers before that.';
CREATE TRIGGER signing_keys_updated_at BEFORE UPDATE ON signing_keys FOR EACH ROW EXECUTE FUNCTION set_updated_at();
