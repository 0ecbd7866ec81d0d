-- What was measured of people, by devices or by themselves, a partition a month. The id of a reading follows from what it
-- is: when it was measured stands in its first 48 bits (UUIDv7, RFC 9562), and the rest is a hash of its source, kind,
-- time, and the source's own id of it or, without one, the values. Whatever comes twice meets the primary key.
CREATE TABLE readings (
    patient_id uuid NOT NULL,
    id uuid NOT NULL,
    recorded_at timestamptz NOT NULL,
    source uuid NOT NULL,
    kind text NOT NULL CONSTRAINT readings_kind_known CHECK (kind IN ('heart_rate', 'blood_pressure', 'oxygen_saturation',
        'body_temperature', 'blood_glucose', 'weight', 'height', 'steps', 'sleep_duration', 'respiratory_rate', 'peak_flow',
        'heart_rate_variability')),
    -- No number that is none: NaN and infinity are greater than all others.
    value double precision NOT NULL CONSTRAINT readings_value_finite CHECK (value BETWEEN 0 AND 1000000),
    diastolic double precision,
    unit text NOT NULL CONSTRAINT readings_unit_known CHECK (unit IN ('/min', 'mm[Hg]', 'kPa', '%', 'Cel', '[degF]', 'mg/dL',
        'mmol/L', 'kg', 'g', '[lb_av]', 'cm', 'm', '[in_i]', '[ft_i]', '{steps}', 'min', 'h', 's', 'L/min', 'L/s', 'ms')),
    is_late boolean NOT NULL DEFAULT false,
    near_duplicate_of uuid,
    notes text CONSTRAINT readings_notes_length CHECK (char_length(notes) BETWEEN 1 AND 500),
    version integer NOT NULL DEFAULT 1 CONSTRAINT readings_version_from_one CHECK (version > 0),
    removed_at timestamptz,
    created_at timestamptz NOT NULL,
    PRIMARY KEY (patient_id, id, recorded_at),
    CONSTRAINT readings_pairs_have_two_numbers CHECK ((kind = 'blood_pressure') = (diastolic IS NOT NULL)),
    CONSTRAINT readings_diastolic_below CHECK (diastolic BETWEEN 0 AND value AND diastolic < value)
) PARTITION BY RANGE (recorded_at);
COMMENT ON TABLE readings IS 'FHIR Observation. Foreign keys would be asked for each row: readings_of_their_own asks once a statement.';
COMMENT ON COLUMN readings.source IS 'The device, or the patient who typed it.';
COMMENT ON COLUMN readings.value IS 'In the canonical unit of its kind; of a blood pressure the upper number.';
COMMENT ON COLUMN readings.unit IS 'In which it was sent (UCUM).';
COMMENT ON COLUMN readings.is_late IS 'It came long after it was measured: nobody is called for it.';
COMMENT ON COLUMN readings.near_duplicate_of IS 'Probably the same measurement, which came before.';
COMMENT ON COLUMN readings.removed_at IS 'When the patient took it away. It stays, so that a device that sends it once more does not bring it back.';
COMMENT ON COLUMN readings.created_at IS 'When it was received, by our clock.';
CREATE INDEX readings_kind ON readings (patient_id, kind, recorded_at);
-- Stays empty: what cannot be of a month that has its partition is quarantined.
CREATE TABLE readings_default PARTITION OF readings DEFAULT;
REVOKE ALL ON readings_default FROM medconnect_app;

-- Makes the partitions that are missing around that time, from two years before, which is as old as a reading may be,
-- to three months ahead; how many. Who reads or writes meanwhile waits no longer than it does itself. Nobody reads a partition but through the
-- table that has the row-level security.
CREATE FUNCTION make_reading_partitions(around timestamptz) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp SET timezone = 'UTC'
-- Whoever waits for the table keeps everybody else waiting: there are months left to try again.
SET lock_timeout = '300ms' AS $$
DECLARE
    month timestamptz;
    name text;
    made integer := 0;
BEGIN
    IF around NOT BETWEEN '2000-01-01' AND '2199-01-01' THEN
        RAISE EXCEPTION 'the clock is wrong';
    END IF;
    FOR month IN SELECT generate_series(date_trunc('month', around - interval '17520 hours'),
        date_trunc('month', around) + interval '3 months', interval '1 month') LOOP
        name := 'readings_' || to_char(month, 'YYYY_MM');
        CONTINUE WHEN to_regclass(name) IS NOT NULL;
        -- Of several servers one goes on, and the others find it done.
        LOCK TABLE ONLY readings IN SHARE UPDATE EXCLUSIVE MODE;
        CONTINUE WHEN to_regclass(name) IS NOT NULL;
        EXECUTE format('CREATE TABLE %I (LIKE readings INCLUDING DEFAULTS INCLUDING CONSTRAINTS INCLUDING INDEXES)', name);
        EXECUTE format('REVOKE ALL ON %I FROM medconnect_app', name);
        EXECUTE format('WITH early AS (DELETE FROM readings_default WHERE recorded_at >= %L AND recorded_at < %L RETURNING *)
            INSERT INTO %I SELECT * FROM early', month, month + interval '1 month', name);
        EXECUTE format('ALTER TABLE readings ATTACH PARTITION %I FOR VALUES FROM (%L) TO (%L)', name, month, month + interval '1 month');
        made := made + 1;
    END LOOP;
    RETURN made;
END $$;
REVOKE EXECUTE ON FUNCTION make_reading_partitions(timestamptz) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION make_reading_partitions(timestamptz) TO medconnect_app;
SELECT make_reading_partitions(now());

-- Readings whose time cannot be right, kept apart.
CREATE TABLE quarantined_readings (
    patient_id uuid NOT NULL,
    id uuid NOT NULL,
    recorded_at timestamptz NOT NULL,
    source uuid NOT NULL,
    kind text NOT NULL CONSTRAINT quarantined_readings_kind_known CHECK (kind IN ('heart_rate', 'blood_pressure',
        'oxygen_saturation', 'body_temperature', 'blood_glucose', 'weight', 'height', 'steps', 'sleep_duration',
        'respiratory_rate', 'peak_flow', 'heart_rate_variability')),
    value double precision NOT NULL CONSTRAINT quarantined_readings_value_finite CHECK (value BETWEEN 0 AND 1000000),
    diastolic double precision,
    unit text NOT NULL CONSTRAINT quarantined_readings_unit_known CHECK (unit IN ('/min', 'mm[Hg]', 'kPa', '%', 'Cel',
        '[degF]', 'mg/dL', 'mmol/L', 'kg', 'g', '[lb_av]', 'cm', 'm', '[in_i]', '[ft_i]', '{steps}', 'min', 'h', 's', 'L/min',
        'L/s', 'ms')),
    reason text NOT NULL CONSTRAINT quarantined_readings_reason_known CHECK (reason IN ('future', 'ancient')),
    created_at timestamptz NOT NULL,
    PRIMARY KEY (patient_id, id),
    CONSTRAINT quarantined_readings_pairs_have_two_numbers CHECK ((kind = 'blood_pressure') = (diastolic IS NOT NULL)),
    CONSTRAINT quarantined_readings_diastolic_below CHECK (diastolic BETWEEN 0 AND value AND diastolic < value)
);
COMMENT ON COLUMN quarantined_readings.created_at IS 'When it was received, by our clock.';
CREATE INDEX quarantined_readings_received ON quarantined_readings (patient_id, created_at, id);

-- Each is of somebody with an account, who typed it or whose device it is from.
CREATE FUNCTION check_readings() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (
        SELECT FROM (SELECT DISTINCT patient_id, source FROM written) AS sent
        WHERE NOT EXISTS (SELECT FROM users WHERE users.id = sent.patient_id AND is_active)
            OR sent.source <> sent.patient_id
                AND NOT EXISTS (SELECT FROM devices WHERE devices.id = sent.source AND devices.patient_id = sent.patient_id)
    ) THEN
        RAISE EXCEPTION 'a reading is of who has an account, by themselves or a device of theirs'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'readings_of_their_own', TABLE = TG_TABLE_NAME;
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER readings_of_their_own AFTER INSERT ON readings
    REFERENCING NEW TABLE AS written FOR EACH STATEMENT EXECUTE FUNCTION check_readings();
CREATE TRIGGER quarantined_readings_of_their_own AFTER INSERT ON quarantined_readings
    REFERENCING NEW TABLE AS written FOR EACH STATEMENT EXECUTE FUNCTION check_readings();

-- What was measured is not for the application to change, nor to forget.
REVOKE UPDATE, DELETE, TRUNCATE ON readings, quarantined_readings FROM medconnect_app;
GRANT UPDATE (notes, version, removed_at) ON readings TO medconnect_app;

-- The second wall, as around health profiles; a device reads and writes as its owner. Who reads is asked once a query.
ALTER TABLE readings ENABLE ROW LEVEL SECURITY;
CREATE POLICY readings_read ON readings FOR SELECT TO medconnect_app
    USING (patient_id = (SELECT record_reader()) OR may_read_record(patient_id));
CREATE POLICY readings_keep ON readings FOR INSERT TO medconnect_app WITH CHECK (patient_id = (SELECT record_reader()));
CREATE POLICY readings_change ON readings FOR UPDATE TO medconnect_app USING (patient_id = (SELECT record_reader()));
ALTER TABLE quarantined_readings ENABLE ROW LEVEL SECURITY;
CREATE POLICY quarantined_readings_read ON quarantined_readings FOR SELECT TO medconnect_app
    USING (patient_id = (SELECT record_reader()) OR may_read_record(patient_id));
CREATE POLICY quarantined_readings_keep ON quarantined_readings FOR INSERT TO medconnect_app
    WITH CHECK (patient_id = (SELECT record_reader()));
