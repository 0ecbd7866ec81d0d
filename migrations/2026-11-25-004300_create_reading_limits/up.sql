-- From where to where a number of a kind is possible, as the application has it.
CREATE FUNCTION possible_limits(kind text) RETURNS double precision[] LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT CASE kind
        WHEN 'heart_rate' THEN '{20,350}' WHEN 'blood_pressure' THEN '{40,300}' WHEN 'oxygen_saturation' THEN '{10,100}'
        WHEN 'body_temperature' THEN '{11,47}' WHEN 'blood_glucose' THEN '{10,1000}' WHEN 'weight' THEN '{0.2,700}'
        WHEN 'steps' THEN '{0,350000}' WHEN 'sleep_duration' THEN '{0,1440}' WHEN 'respiratory_rate' THEN '{2,150}'
        WHEN 'peak_flow' THEN '{15,1000}' WHEN 'heart_rate_variability' THEN '{1,500}' END::double precision[]
$$;

-- What a doctor has said is right for one patient, in place of what is so in most adults; NULL is as in most adults. A
-- row is never taken away: with nothing set it says who took back what was, and its version goes on.
CREATE TABLE reading_limits (
    patient_id uuid NOT NULL REFERENCES users (id),
    kind text NOT NULL CONSTRAINT reading_limits_kind_known CHECK (kind IN ('heart_rate', 'blood_pressure',
        'oxygen_saturation', 'body_temperature', 'blood_glucose', 'weight', 'height', 'steps', 'sleep_duration',
        'respiratory_rate', 'peak_flow', 'heart_rate_variability')),
    target_low double precision,
    target_high double precision,
    target_lower_low double precision,
    target_lower_high double precision,
    warning_low double precision,
    warning_high double precision,
    warning_lower_low double precision,
    warning_lower_high double precision,
    critical_low double precision,
    critical_high double precision,
    critical_lower_low double precision,
    critical_lower_high double precision,
    set_by uuid NOT NULL REFERENCES users (id),
    set_at timestamptz NOT NULL,
    version integer NOT NULL DEFAULT 1 CONSTRAINT reading_limits_version_from_one CHECK (version > 0),
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (patient_id, kind),
    CONSTRAINT reading_limits_of_what_a_doctor_can_set CHECK (kind <> 'height'),
    -- NaN and infinity are greater than all that is possible. What is not set is passed over by both.
    CONSTRAINT reading_limits_possible CHECK (
        least(target_low, target_high, warning_low, warning_high, critical_low, critical_high) >= (possible_limits(kind))[1]
        AND greatest(target_low, target_high, warning_low, warning_high, critical_low, critical_high) <= (possible_limits(kind))[2]),
    CONSTRAINT reading_limits_lower_possible CHECK (
        least(target_lower_low, target_lower_high, warning_lower_low, warning_lower_high, critical_lower_low, critical_lower_high) >= 10
        AND greatest(target_lower_low, target_lower_high, warning_lower_low, warning_lower_high, critical_lower_low, critical_lower_high) <= 250),
    CONSTRAINT reading_limits_begin_before_they_end CHECK (target_low < target_high AND warning_low < warning_high
        AND critical_low < critical_high AND target_lower_low < target_lower_high AND warning_lower_low < warning_lower_high
        AND critical_lower_low < critical_lower_high),
    CONSTRAINT reading_limits_lower_below_upper CHECK (target_lower_low < target_low AND target_lower_high < target_high
        AND warning_lower_low < warning_low AND warning_lower_high < warning_high
        AND critical_lower_low < critical_low AND critical_lower_high < critical_high),
    -- What is urgent is worth a look, and neither is in the target.
    CONSTRAINT reading_limits_one_around_the_other CHECK (warning_low <= target_low AND warning_high >= target_high
        AND critical_low <= warning_low AND critical_high >= warning_high AND critical_low <= target_low AND critical_high >= target_high
        AND warning_lower_low <= target_lower_low AND warning_lower_high >= target_lower_high
        AND critical_lower_low <= warning_lower_low AND critical_lower_high >= warning_lower_high
        AND critical_lower_low <= target_lower_low AND critical_lower_high >= target_lower_high),
    CONSTRAINT reading_limits_pairs_have_two_numbers CHECK (kind = 'blood_pressure' OR num_nonnulls(target_lower_low,
        target_lower_high, warning_lower_low, warning_lower_high, critical_lower_low, critical_lower_high) = 0),
    CONSTRAINT reading_limits_of_a_day_are_targets CHECK (kind NOT IN ('steps', 'sleep_duration')
        OR num_nonnulls(warning_low, warning_high, critical_low, critical_high) = 0)
);
COMMENT ON COLUMN reading_limits.target_low IS 'In the canonical unit, as all of them; of a blood pressure the upper number.';
COMMENT ON COLUMN reading_limits.target_lower_low IS 'The same of the lower number of a blood pressure.';
COMMENT ON COLUMN reading_limits.warning_low IS 'Below it a reading is worth a look.';
COMMENT ON COLUMN reading_limits.critical_low IS 'Below it a reading cannot wait.';
COMMENT ON COLUMN reading_limits.set_by IS 'The doctor who was the last to set them, or to take them back.';
CREATE INDEX reading_limits_set_by ON reading_limits (set_by);
CREATE TRIGGER reading_limits_updated_at BEFORE UPDATE ON reading_limits FOR EACH ROW EXECUTE FUNCTION set_updated_at();

REVOKE UPDATE, DELETE, TRUNCATE ON reading_limits FROM medconnect_app;
GRANT UPDATE (target_low, target_high, target_lower_low, target_lower_high, warning_low, warning_high, warning_lower_low,
    warning_lower_high, critical_low, critical_high, critical_lower_low, critical_lower_high, set_by, set_at, version)
    ON reading_limits TO medconnect_app;

-- Whether who reads is a doctor of the patient: one whom they come to, or who has the record open in an emergency.
CREATE FUNCTION treats(patient uuid) RETURNS boolean LANGUAGE sql STABLE AS $$
    SELECT EXISTS (
            SELECT FROM appointments JOIN providers ON providers.id = provider_id
            WHERE patient_id = patient AND providers.user_id = record_reader()
                AND appointments.status NOT IN ('held', 'cancelled', 'expired', 'no_show'))
        OR EXISTS (
            SELECT FROM emergency_accesses
            WHERE user_id = record_reader() AND patient_id = patient AND ends_at > clock_timestamp())
$$;

-- The second wall, as around the readings; a patient sets nothing.
ALTER TABLE reading_limits ENABLE ROW LEVEL SECURITY;
CREATE POLICY reading_limits_read ON reading_limits FOR SELECT TO medconnect_app
    USING (patient_id = (SELECT record_reader()) OR may_read_record(patient_id));
CREATE POLICY reading_limits_set ON reading_limits FOR INSERT TO medconnect_app
    WITH CHECK (set_by = (SELECT record_reader()) AND treats(patient_id));
CREATE POLICY reading_limits_change ON reading_limits FOR UPDATE TO medconnect_app
    USING (treats(patient_id)) WITH CHECK (set_by = (SELECT record_reader()) AND treats(patient_id));

-- Whose records a doctor has said to open in this transaction, as far as they may be read: asked once a query, and not
-- once for each of thousands of days.
CREATE FUNCTION opened_records() RETURNS SETOF uuid LANGUAGE sql STABLE AS $$
    SELECT opened FROM unnest(nullif(current_setting('medconnect.opened', true), '')::uuid[]) AS opened WHERE may_read_record(opened)
$$;
DROP POLICY reading_days_read ON reading_days;
CREATE POLICY reading_days_read ON reading_days FOR SELECT TO medconnect_app
    USING (patient_id = (SELECT record_reader()) OR patient_id IN (SELECT opened_records()) OR may_read_record(patient_id));
DROP POLICY reading_hours_read ON reading_hours;
CREATE POLICY reading_hours_read ON reading_hours FOR SELECT TO medconnect_app
    USING (patient_id = (SELECT record_reader()) OR patient_id IN (SELECT opened_records()) OR may_read_record(patient_id));

-- Whether anything was measured of somebody since that day, and nothing else of it: which of their patients a doctor can
-- follow at all.
CREATE FUNCTION measures_since(patient uuid, since date) RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT EXISTS (SELECT FROM reading_days WHERE patient_id = patient AND day >= since)
$$;
REVOKE EXECUTE ON FUNCTION measures_since(uuid, date) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION measures_since(uuid, date) TO medconnect_app;
