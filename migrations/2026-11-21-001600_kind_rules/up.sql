-- What few doctors say of one kind of visit, whatever the hours: how long it lasts, and its pauses.
CREATE TABLE booking_kind_rules (
    provider_id uuid NOT NULL REFERENCES providers (id) ON DELETE CASCADE,
    kind text NOT NULL CONSTRAINT booking_kind_rules_kind_known CHECK (kind IN ('video', 'phone', 'in_person')),
    slot_minutes smallint CONSTRAINT booking_kind_rules_slot_possible CHECK (slot_minutes BETWEEN 5 AND 480),
    buffer_before_minutes smallint NOT NULL DEFAULT 0 CONSTRAINT booking_kind_rules_buffer_before_possible CHECK (buffer_before_minutes BETWEEN 0 AND 240),
    buffer_after_minutes smallint NOT NULL DEFAULT 0 CONSTRAINT booking_kind_rules_buffer_after_possible CHECK (buffer_after_minutes BETWEEN 0 AND 240),
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (provider_id, kind)
);
COMMENT ON COLUMN booking_kind_rules.slot_minutes IS 'How long such a visit lasts; empty: as long as its hours say.';
COMMENT ON COLUMN booking_kind_rules.buffer_before_minutes IS 'A pause before each such visit, where no longer one holds.';
CREATE TRIGGER booking_kind_rules_updated_at BEFORE UPDATE ON booking_kind_rules FOR EACH ROW EXECUTE FUNCTION set_updated_at();
CREATE TRIGGER booking_kind_rules_version_insert AFTER INSERT ON booking_kind_rules
    REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION raise_version_of_providers();
CREATE TRIGGER booking_kind_rules_version_update AFTER UPDATE ON booking_kind_rules
    REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION raise_version_of_providers();
CREATE TRIGGER booking_kind_rules_version_delete AFTER DELETE ON booking_kind_rules
    REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION raise_version_of_providers();
