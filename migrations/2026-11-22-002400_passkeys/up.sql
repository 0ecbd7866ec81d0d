-- Passkeys (WebAuthn): public keys of devices that let their owner in.
CREATE TABLE passkeys (
    id uuid PRIMARY KEY,
    user_id uuid NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    place smallint NOT NULL CONSTRAINT passkeys_ten_a_person CHECK (place BETWEEN 1 AND 10),
    name text NOT NULL CONSTRAINT passkeys_name_length CHECK (char_length(name) BETWEEN 1 AND 50),
    credential_id bytea NOT NULL CONSTRAINT passkeys_credential_id_length CHECK (octet_length(credential_id) BETWEEN 1 AND 1023),
    credential jsonb NOT NULL,
    sign_count bigint NOT NULL DEFAULT 0 CONSTRAINT passkeys_sign_count_of_32_bits CHECK (sign_count BETWEEN 0 AND 4294967295),
    last_used_at timestamptz,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT passkeys_credential_once UNIQUE (credential_id),
    CONSTRAINT passkeys_place_once UNIQUE (user_id, place)
);
COMMENT ON COLUMN passkeys.place IS 'One of ten: nobody has more.';
COMMENT ON COLUMN passkeys.credential IS 'The public key and what was agreed on when it was made, as the library of the server keeps it. No secret.';
COMMENT ON COLUMN passkeys.sign_count IS 'How often the device says to have signed; 0 of those that do not count.';
CREATE TRIGGER passkeys_updated_at BEFORE UPDATE ON passkeys FOR EACH ROW EXECUTE FUNCTION set_updated_at();

-- What a browser was asked to have signed. Used up by being deleted.
CREATE TABLE passkey_ceremonies (
    id uuid PRIMARY KEY,
    user_id uuid REFERENCES users (id) ON DELETE CASCADE,
    purpose text NOT NULL CONSTRAINT passkey_ceremonies_purpose_known CHECK (purpose IN ('add', 'sign_in', 'prove')),
    state jsonb NOT NULL,
    expires_at timestamptz NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT passkey_ceremonies_whose CHECK ((purpose = 'sign_in') = (user_id IS NULL))
);
CREATE INDEX passkey_ceremonies_user ON passkey_ceremonies (user_id);
CREATE INDEX passkey_ceremonies_expiry ON passkey_ceremonies (expires_at);
CREATE TRIGGER passkey_ceremonies_updated_at BEFORE UPDATE ON passkey_ceremonies FOR EACH ROW EXECUTE FUNCTION set_updated_at();

-- Recovery codes are the way out of either factor: they go with the last one.
ALTER TABLE recovery_codes DROP CONSTRAINT recovery_codes_user_id_fkey,
    ADD CONSTRAINT recovery_codes_user_id_fkey FOREIGN KEY (user_id) REFERENCES users (id) ON DELETE CASCADE;
CREATE FUNCTION forget_recovery_codes() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    DELETE FROM recovery_codes
    WHERE user_id = OLD.user_id
        AND NOT EXISTS (SELECT FROM passkeys WHERE user_id = OLD.user_id)
        AND NOT EXISTS (SELECT FROM second_factors WHERE user_id = OLD.user_id AND confirmed_at IS NOT NULL);
    RETURN NULL;
END $$;
CREATE TRIGGER passkeys_forget_recovery_codes AFTER DELETE ON passkeys FOR EACH ROW EXECUTE FUNCTION forget_recovery_codes();
CREATE TRIGGER second_factors_forget_recovery_codes AFTER DELETE ON second_factors FOR EACH ROW EXECUTE FUNCTION forget_recovery_codes();

ALTER TABLE throttles DROP CONSTRAINT throttles_lane_known,
    ADD CONSTRAINT throttles_lane_known CHECK (lane IN ('account', 'browser', 'network', 'requests', 'proof', 'passkeys'));
