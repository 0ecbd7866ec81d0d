-- Whom to remind to measure, and when: of what is measured regularly, once there were too many days without it. Each new day puts it off.
-- It says nothing of what was measured: a worker reads it that is no patient's. As the readings it has no foreign key.
CREATE TABLE reading_reminders (
    patient_id uuid NOT NULL,
    kind text NOT NULL CONSTRAINT reading_reminders_kind_known CHECK (kind IN ('heart_rate', 'blood_pressure',
        'oxygen_saturation', 'body_temperature', 'blood_glucose', 'weight', 'height', 'steps', 'sleep_duration',
        'respiratory_rate', 'peak_flow', 'heart_rate_variability')),
    due_at timestamptz NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (patient_id, kind)
);
CREATE INDEX reading_reminders_due ON reading_reminders (due_at);

-- Whether somebody does not want to be reminded.
CREATE FUNCTION declines_reminders(person uuid) RETURNS boolean LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT EXISTS (SELECT FROM user_profiles WHERE user_id = person AND NOT health_reminders)
$$;
REVOKE EXECUTE ON FUNCTION declines_reminders(uuid) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION declines_reminders(uuid) TO medconnect_app;

-- Whoever has measured lately is looked at once, as if the last day were new.
INSERT INTO reading_milestone_looks (patient_id, kind)
SELECT DISTINCT patient_id, kind FROM reading_days
WHERE kind IN ('blood_pressure', 'blood_glucose', 'peak_flow', 'weight') AND day > current_date - 30
ON CONFLICT (patient_id, kind) DO UPDATE SET again_at = NULL;
