-- What a register of doctors has said about a licence number. A refused number belongs to nobody here.
CREATE TABLE license_checks (
    id uuid PRIMARY KEY,
    provider_id uuid REFERENCES providers (id) ON DELETE CASCADE,
    license_number text NOT NULL CONSTRAINT license_checks_number_short CHECK (char_length(license_number) BETWEEN 1 AND 40),
    standing text NOT NULL CONSTRAINT license_checks_standing_known CHECK (standing IN ('valid', 'unknown', 'suspended', 'expired')),
    register text NOT NULL CONSTRAINT license_checks_register_short CHECK (char_length(register) BETWEEN 1 AND 120),
    checked_at timestamptz NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT license_checks_valid_for_providers CHECK (provider_id IS NULL OR standing = 'valid')
);
COMMENT ON TABLE license_checks IS 'Asked before a doctor is added or has another number. Refusals stay, without a doctor.';
CREATE INDEX license_checks_provider ON license_checks (provider_id, checked_at);
CREATE TRIGGER license_checks_updated_at BEFORE UPDATE ON license_checks FOR EACH ROW EXECUTE FUNCTION set_updated_at();

-- How far the system of a hospital knows who works there; one row for each pair, whatever the order of changes.
CREATE TABLE hospital_syncs (
    hospital_id uuid NOT NULL REFERENCES hospitals (id) ON DELETE CASCADE,
    provider_id uuid NOT NULL REFERENCES providers (id) ON DELETE CASCADE,
    state text NOT NULL DEFAULT 'waiting' CONSTRAINT hospital_syncs_state_known CHECK (state IN ('waiting', 'told', 'failed')),
    works_there boolean NOT NULL,
    system text,
    told_version integer,
    told_at timestamptz,
    problem text,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (hospital_id, provider_id)
);
COMMENT ON COLUMN hospital_syncs.works_there IS 'What was asked to be told last.';
COMMENT ON COLUMN hospital_syncs.told_version IS 'The version of the doctor that the hospital knows.';
CREATE INDEX hospital_syncs_provider ON hospital_syncs (provider_id);
CREATE INDEX hospital_syncs_recent ON hospital_syncs (hospital_id, updated_at DESC);
CREATE TRIGGER hospital_syncs_updated_at BEFORE UPDATE ON hospital_syncs FOR EACH ROW EXECUTE FUNCTION set_updated_at();

-- Each topic has a reader of its own, and must not wade through what others have not read yet.
ALTER TABLE outbox ADD COLUMN dead_at timestamptz, ADD COLUMN problem text;
COMMENT ON COLUMN outbox.dead_at IS 'When it was given up after too many tries.';
COMMENT ON COLUMN outbox.problem IS 'Why the last try failed, in words of ours.';
DROP INDEX outbox_open;
CREATE INDEX outbox_open ON outbox (topic, available_at) WHERE done_at IS NULL AND dead_at IS NULL;
