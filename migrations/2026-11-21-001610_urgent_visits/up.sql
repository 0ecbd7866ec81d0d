-- Hours that are kept for urgent visits until so long before each start.
ALTER TABLE availability_rules ADD COLUMN kept_for_urgent_minutes smallint
    CONSTRAINT availability_rules_kept_for_urgent_possible CHECK (kept_for_urgent_minutes BETWEEN 0 AND 1440);
COMMENT ON COLUMN availability_rules.kept_for_urgent_minutes IS 'Until so long before its start a time is kept for urgent visits; empty: it is for everybody.';
ALTER TABLE availability_exceptions
    ADD COLUMN kept_for_urgent_minutes smallint
        CONSTRAINT availability_exceptions_kept_for_urgent_possible CHECK (kept_for_urgent_minutes BETWEEN 0 AND 1440),
    ADD CONSTRAINT availability_exceptions_only_extra_is_kept CHECK (change = 'extra' OR kept_for_urgent_minutes IS NULL);
CREATE INDEX availability_rules_kept_for_urgent ON availability_rules (provider_id) WHERE kept_for_urgent_minutes IS NOT NULL;
CREATE INDEX availability_exceptions_kept_for_urgent ON availability_exceptions (day, provider_id) WHERE kept_for_urgent_minutes IS NOT NULL;

-- An urgent visit is open from when it was called urgent until it is over, and nobody has two at a time.
ALTER TABLE appointments
    ADD COLUMN urgent_since timestamptz,
    ADD CONSTRAINT appointments_urgent_since_when CHECK (urgent_since IS NULL OR priority = 'urgent'),
    ADD CONSTRAINT appointments_one_urgent
        EXCLUDE USING gist (patient_id WITH =, tstzrange(urgent_since, greatest(urgent_since, ends_at)) WITH &&)
        WHERE (urgent_since IS NOT NULL
            AND status IN ('requested', 'scheduled', 'confirmed', 'rescheduled', 'checked_in', 'in_progress'));
COMMENT ON COLUMN appointments.urgent_since IS 'When it was booked as urgent, or the doctor called it so.';
