-- How often somebody has failed to sign in, or has asked for what is given to strangers.
CREATE TABLE throttles (
    key_hash bytea PRIMARY KEY CONSTRAINT throttles_key_hash_is_sha256 CHECK (octet_length(key_hash) = 32),
    lane text NOT NULL CONSTRAINT throttles_lane_known CHECK (lane IN ('account', 'browser', 'network', 'requests')),
    count integer NOT NULL CONSTRAINT throttles_count_possible CHECK (count BETWEEN 1 AND 1000),
    last_at timestamptz NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now()
);
COMMENT ON COLUMN throttles.key_hash IS 'HMAC-SHA-256 of the address, browser or network, with a key of the clinic: who reads this table learns none of them.';
CREATE INDEX throttles_last_at ON throttles (last_at);
