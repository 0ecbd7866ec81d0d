-- What people have reached with their readings, once each: whatever is sent again, late or in another order, the row is there already. As
-- the readings it has no foreign key, and stays with them.
CREATE TABLE reading_milestones (
    patient_id uuid NOT NULL,
    kind text NOT NULL CONSTRAINT reading_milestones_kind_known CHECK (kind IN ('heart_rate', 'blood_pressure',
        'oxygen_saturation', 'body_temperature', 'blood_glucose', 'weight', 'height', 'steps', 'sleep_duration',
        'respiratory_rate', 'peak_flow', 'heart_rate_variability')),
    what text NOT NULL CONSTRAINT reading_milestones_what_known CHECK (what IN ('days_in_row_7', 'days_in_row_30', 'days_in_row_100',
        'days_in_row_365', 'weeks_in_row_4', 'weeks_in_row_12', 'weeks_in_row_52', 'in_range_5_of_7_days', 'in_range_14_days')),
    reached_on date NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (patient_id, kind, what)
);
COMMENT ON COLUMN reading_milestones.reached_on IS 'On the clock of the patient; what comes late may show that it was earlier.';
COMMENT ON COLUMN reading_milestones.created_at IS 'When it was found.';
CREATE TRIGGER reading_milestones_updated_at BEFORE UPDATE ON reading_milestones FOR EACH ROW EXECUTE FUNCTION set_updated_at();
REVOKE UPDATE, DELETE, TRUNCATE ON reading_milestones FROM medconnect_app;
GRANT UPDATE (reached_on) ON reading_milestones TO medconnect_app;

-- The second wall, as around the readings.
ALTER TABLE reading_milestones ENABLE ROW LEVEL SECURITY;
CREATE POLICY reading_milestones_read ON reading_milestones FOR SELECT TO medconnect_app
    USING (patient_id = (SELECT record_reader()) OR may_read_record(patient_id));
CREATE POLICY reading_milestones_keep ON reading_milestones FOR INSERT TO medconnect_app
    WITH CHECK (patient_id = (SELECT record_reader()));
CREATE POLICY reading_milestones_change ON reading_milestones FOR UPDATE TO medconnect_app
    USING (patient_id = (SELECT record_reader()));

-- Whose days of which kind a worker is to look at: at once where a day is new, and once more when it is over.
CREATE TABLE reading_milestone_looks (
    patient_id uuid NOT NULL,
    kind text NOT NULL CONSTRAINT reading_milestone_looks_kind_known CHECK (kind IN ('heart_rate', 'blood_pressure',
        'oxygen_saturation', 'body_temperature', 'blood_glucose', 'weight', 'height', 'steps', 'sleep_duration',
        'respiratory_rate', 'peak_flow', 'heart_rate_variability')),
    again_at timestamptz,
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (patient_id, kind)
);
COMMENT ON COLUMN reading_milestone_looks.again_at IS 'Null: at once.';
CREATE INDEX reading_milestone_looks_due ON reading_milestone_looks (again_at NULLS FIRST);

-- Days are new once a day, so that a batch that adds to a day pays nothing for it. The row is held even where it need not be changed: a
-- worker that would take it meanwhile could not see the new day yet.
CREATE FUNCTION look_for_milestones() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO reading_milestone_looks AS l (patient_id, kind) VALUES (NEW.patient_id, NEW.kind)
    ON CONFLICT (patient_id, kind) DO UPDATE SET again_at = NULL WHERE l.again_at IS NOT NULL;
    RETURN NULL;
END $$;
CREATE TRIGGER reading_days_may_reach_milestones AFTER INSERT ON reading_days FOR EACH ROW EXECUTE FUNCTION look_for_milestones();
INSERT INTO reading_milestone_looks (patient_id, kind) SELECT DISTINCT patient_id, kind FROM reading_days;
