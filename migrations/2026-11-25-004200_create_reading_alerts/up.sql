-- How a series of readings of a kind stands: what is beyond its limits at the moment, and what is usual for the person.
-- Kept in the transaction that keeps the readings. As these, it has no foreign key.
CREATE TABLE reading_watches (
    patient_id uuid NOT NULL,
    kind text NOT NULL CONSTRAINT reading_watches_kind_known CHECK (kind IN ('heart_rate', 'blood_pressure',
        'oxygen_saturation', 'body_temperature', 'blood_glucose', 'weight', 'height', 'steps', 'sleep_duration',
        'respiratory_rate', 'peak_flow', 'heart_rate_variability')),
    alert_id uuid,
    alert_severity text CONSTRAINT reading_watches_severity_known CHECK (alert_severity IN ('warning', 'critical')),
    streak_side text CONSTRAINT reading_watches_side_known CHECK (streak_side IN ('low', 'high')),
    streak_since timestamptz,
    streak_count integer,
    streak_last_at timestamptz,
    critical_since timestamptz,
    critical_count integer NOT NULL DEFAULT 0,
    calm_count integer NOT NULL DEFAULT 0,
    seen_at timestamptz,
    baseline_median double precision,
    baseline_spread double precision,
    baseline_lower_median double precision,
    baseline_lower_spread double precision,
    baseline_on date,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (patient_id, kind),
    CONSTRAINT reading_watches_alert_whole CHECK ((alert_id IS NULL) = (alert_severity IS NULL)),
    CONSTRAINT reading_watches_streak_whole CHECK (num_nonnulls(streak_side, streak_since, streak_count, streak_last_at) IN (0, 4)),
    CONSTRAINT reading_watches_critical_of_a_streak CHECK ((critical_since IS NOT NULL) = (critical_count > 0)
        AND (critical_since IS NULL OR streak_side IS NOT NULL)),
    CONSTRAINT reading_watches_baseline_whole CHECK ((baseline_median IS NULL) = (baseline_spread IS NULL)
        AND (baseline_lower_median IS NULL) = (baseline_lower_spread IS NULL)
        AND (baseline_lower_median IS NULL OR baseline_median IS NOT NULL)
        AND (baseline_median IS NULL OR baseline_on IS NOT NULL))
) WITH (fillfactor = 70);
COMMENT ON COLUMN reading_watches.alert_id IS 'The alert of the series that goes on.';
COMMENT ON COLUMN reading_watches.streak_side IS 'Readings beyond their limits on this side came one after the other.';
COMMENT ON COLUMN reading_watches.calm_count IS 'How many readings inside their limits came since the last one beyond them.';
COMMENT ON COLUMN reading_watches.seen_at IS 'When the last reading was measured that was followed.';
COMMENT ON COLUMN reading_watches.baseline_median IS 'What is usual for the person, in the canonical unit; of a blood pressure the upper number.';
COMMENT ON COLUMN reading_watches.baseline_on IS 'The day from before which it is, on the clock of the person.';
CREATE TRIGGER reading_watches_updated_at BEFORE UPDATE ON reading_watches FOR EACH ROW EXECUTE FUNCTION set_updated_at();

-- What somebody is told of their readings: one at a time of a kind, however noisy it is.
CREATE TABLE reading_alerts (
    id uuid PRIMARY KEY,
    patient_id uuid NOT NULL,
    kind text NOT NULL CONSTRAINT reading_alerts_kind_known CHECK (kind IN ('heart_rate', 'blood_pressure',
        'oxygen_saturation', 'body_temperature', 'blood_glucose', 'weight', 'height', 'steps', 'sleep_duration',
        'respiratory_rate', 'peak_flow', 'heart_rate_variability')),
    severity text NOT NULL CONSTRAINT reading_alerts_severity_known CHECK (severity IN ('warning', 'critical')),
    side text NOT NULL CONSTRAINT reading_alerts_side_known CHECK (side IN ('low', 'high')),
    concern text NOT NULL CONSTRAINT reading_alerts_concern_known CHECK (concern IN ('threshold', 'unusual', 'change')),
    reading_id uuid NOT NULL,
    value double precision NOT NULL CONSTRAINT reading_alerts_value_finite CHECK (value BETWEEN 0 AND 1000000),
    diastolic double precision,
    unit text NOT NULL,
    recorded_at timestamptz NOT NULL,
    readings integer NOT NULL DEFAULT 1 CONSTRAINT reading_alerts_readings_from_one CHECK (readings > 0),
    opened_at timestamptz NOT NULL,
    raised_at timestamptz,
    acknowledged_at timestamptz,
    acknowledged_by uuid,
    escalated_at timestamptz,
    ended_at timestamptz,
    outcome text CONSTRAINT reading_alerts_outcome_known CHECK (outcome IN ('calmed', 'lapsed', 'removed')),
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT reading_alerts_pairs_have_two_numbers CHECK ((kind = 'blood_pressure') = (diastolic IS NOT NULL)),
    CONSTRAINT reading_alerts_end_has_outcome CHECK ((ended_at IS NULL) = (outcome IS NULL)),
    CONSTRAINT reading_alerts_acknowledged_by_somebody CHECK ((acknowledged_at IS NULL) = (acknowledged_by IS NULL)),
    CONSTRAINT reading_alerts_critical_since CHECK ((severity = 'critical') = (raised_at IS NOT NULL))
);
COMMENT ON TABLE reading_alerts IS 'FHIR DetectedIssue.';
COMMENT ON COLUMN reading_alerts.reading_id IS 'The last reading beyond the limits; its numbers, unit and time beside.';
COMMENT ON COLUMN reading_alerts.readings IS 'How many readings were beyond the limits since it began.';
COMMENT ON COLUMN reading_alerts.raised_at IS 'Since when it cannot wait.';
COMMENT ON COLUMN reading_alerts.acknowledged_at IS 'When somebody said they had seen it, since it last got worse.';
COMMENT ON COLUMN reading_alerts.escalated_at IS 'When the person was told whom the patient has named for an emergency.';
CREATE UNIQUE INDEX reading_alerts_one_open ON reading_alerts (patient_id, kind) WHERE ended_at IS NULL;
CREATE INDEX reading_alerts_over ON reading_alerts (patient_id, opened_at DESC, id) WHERE ended_at IS NOT NULL;
CREATE TRIGGER reading_alerts_updated_at BEFORE UPDATE ON reading_alerts FOR EACH ROW EXECUTE FUNCTION set_updated_at();

-- Alerts that nobody has seen, though they cannot wait. It says nothing of what was measured: a worker reads it that is no
-- patient's.
CREATE TABLE unseen_alerts (
    alert_id uuid PRIMARY KEY REFERENCES reading_alerts (id) ON DELETE CASCADE,
    patient_id uuid NOT NULL,
    due_at timestamptz NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now()
);
COMMENT ON COLUMN unseen_alerts.due_at IS 'From when somebody else is told.';
CREATE INDEX unseen_alerts_due ON unseen_alerts (due_at);

REVOKE UPDATE, DELETE, TRUNCATE ON reading_watches, reading_alerts, unseen_alerts FROM medconnect_app;
GRANT UPDATE (alert_id, alert_severity, streak_side, streak_since, streak_count, streak_last_at, critical_since, critical_count, calm_count, seen_at,
    baseline_median, baseline_spread, baseline_lower_median, baseline_lower_spread, baseline_on) ON reading_watches TO medconnect_app;
GRANT UPDATE (severity, side, concern, reading_id, value, diastolic, unit, recorded_at, readings, raised_at, acknowledged_at,
    acknowledged_by, escalated_at, ended_at, outcome) ON reading_alerts TO medconnect_app;
-- Whoever takes one locks it first, for which an update has to be allowed.
GRANT DELETE, UPDATE (due_at) ON unseen_alerts TO medconnect_app;

-- The second wall, as around the readings.
ALTER TABLE reading_watches ENABLE ROW LEVEL SECURITY;
CREATE POLICY reading_watches_read ON reading_watches FOR SELECT TO medconnect_app
    USING (patient_id = (SELECT record_reader()) OR may_read_record(patient_id));
CREATE POLICY reading_watches_keep ON reading_watches FOR INSERT TO medconnect_app WITH CHECK (patient_id = (SELECT record_reader()));
CREATE POLICY reading_watches_change ON reading_watches FOR UPDATE TO medconnect_app USING (patient_id = (SELECT record_reader()));
ALTER TABLE reading_alerts ENABLE ROW LEVEL SECURITY;
CREATE POLICY reading_alerts_read ON reading_alerts FOR SELECT TO medconnect_app
    USING (patient_id = (SELECT record_reader()) OR may_read_record(patient_id));
CREATE POLICY reading_alerts_keep ON reading_alerts FOR INSERT TO medconnect_app WITH CHECK (patient_id = (SELECT record_reader()));
CREATE POLICY reading_alerts_change ON reading_alerts FOR UPDATE TO medconnect_app USING (patient_id = (SELECT record_reader()));
