-- Codes from an app (TOTP, RFC 6238), which some ask for beside their password.
CREATE TABLE second_factors (
    user_id uuid PRIMARY KEY REFERENCES users (id) ON DELETE CASCADE,
    sealed_secret bytea NOT NULL,
    confirmed_at timestamptz,
    last_step bigint,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT second_factors_confirmed_by_a_code CHECK (confirmed_at IS NULL OR last_step IS NOT NULL)
);
COMMENT ON COLUMN second_factors.sealed_secret IS 'Id of the key (4 bytes), nonce (12), AES-256-GCM of the secret and its tag (16), with the id of the user as associated data.';
COMMENT ON COLUMN second_factors.confirmed_at IS 'When a right code showed that the app has the secret; without it, nothing is asked for.';
COMMENT ON COLUMN second_factors.last_step IS 'The 30 seconds since 1970 whose code was used last: it and those before work no more.';
CREATE TRIGGER second_factors_updated_at BEFORE UPDATE ON second_factors FOR EACH ROW EXECUTE FUNCTION set_updated_at();

-- For whoever has lost their phone.
CREATE TABLE recovery_codes (
    user_id uuid NOT NULL REFERENCES second_factors (user_id) ON DELETE CASCADE,
    code_hash bytea NOT NULL CONSTRAINT recovery_codes_hash_is_sha256 CHECK (octet_length(code_hash) = 32),
    used_at timestamptz,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (user_id, code_hash)
);
COMMENT ON COLUMN recovery_codes.code_hash IS 'HMAC-SHA-256 of the code, with a key of the clinic.';
CREATE TRIGGER recovery_codes_updated_at BEFORE UPDATE ON recovery_codes FOR EACH ROW EXECUTE FUNCTION set_updated_at();

ALTER TABLE throttles DROP CONSTRAINT throttles_lane_known,
    ADD CONSTRAINT throttles_lane_known CHECK (lane IN ('account', 'browser', 'network', 'requests', 'proof'));
