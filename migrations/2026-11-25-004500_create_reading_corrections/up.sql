-- What readings were before their patient corrected them. The id of a reading follows from what it says: one that is
-- corrected is another one, and the one before stays, taken away. A note alone is changed in its place.
CREATE TABLE reading_corrections (
    patient_id uuid NOT NULL REFERENCES users,
    reading_id uuid NOT NULL,
    version integer NOT NULL CONSTRAINT reading_corrections_version_from_one CHECK (version > 0),
    replaced_by uuid NOT NULL,
    origin uuid NOT NULL,
    -- Copied from `readings`, which knows what is possible.
    kind text NOT NULL,
    value double precision NOT NULL,
    diastolic double precision,
    unit text NOT NULL,
    recorded_at timestamptz NOT NULL,
    notes text,
    created_at timestamptz NOT NULL,
    PRIMARY KEY (patient_id, reading_id, version)
);
COMMENT ON COLUMN reading_corrections.reading_id IS 'Which reading it was.';
COMMENT ON COLUMN reading_corrections.version IS 'And which version of that.';
COMMENT ON COLUMN reading_corrections.replaced_by IS 'Which it became; the same one where its note was changed.';
COMMENT ON COLUMN reading_corrections.origin IS 'Which it was at first: all corrections of one reading have the same.';
COMMENT ON COLUMN reading_corrections.created_at IS 'When it was corrected.';
CREATE INDEX reading_corrections_origin ON reading_corrections (patient_id, origin, created_at);
CREATE INDEX reading_corrections_replaced_by ON reading_corrections (patient_id, replaced_by, created_at);

-- What was said once is not said otherwise later.
REVOKE UPDATE, DELETE, TRUNCATE ON reading_corrections FROM medconnect_app;

-- The second wall, as around the readings.
ALTER TABLE reading_corrections ENABLE ROW LEVEL SECURITY;
CREATE POLICY reading_corrections_read ON reading_corrections FOR SELECT TO medconnect_app
    USING (patient_id = (SELECT record_reader()) OR may_read_record(patient_id));
CREATE POLICY reading_corrections_keep ON reading_corrections FOR INSERT TO medconnect_app
    WITH CHECK (patient_id = (SELECT record_reader()));
