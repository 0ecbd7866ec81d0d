-- A day is the day of the person's own clock: in the zone of their profile when the reading came. The offset is kept with
-- the reading, so that it stays in its day when they move, and so that what was counted can be counted anew.
ALTER TABLE readings ADD COLUMN utc_offset smallint NOT NULL DEFAULT 0
    CONSTRAINT readings_utc_offset_possible CHECK (utc_offset BETWEEN -960 AND 960);
COMMENT ON COLUMN readings.utc_offset IS 'By how many minutes the clock of the patient was ahead of UTC when it was measured.';
UPDATE readings SET utc_offset =
    extract(epoch FROM (recorded_at AT TIME ZONE zone.name) - (recorded_at AT TIME ZONE 'UTC')) / 60
FROM users JOIN pg_timezone_names AS zone ON zone.name = users.time_zone
WHERE users.id = readings.patient_id AND users.time_zone <> 'UTC';

-- The hour and the day on that clock. An hour is told by its start: where clocks are half an hour apart from UTC, it does
-- not begin with one of UTC.
CREATE FUNCTION reading_hour(at timestamptz, utc_offset smallint) RETURNS timestamptz LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT (date_trunc('hour', (at AT TIME ZONE 'UTC') + utc_offset * interval '1 minute') - utc_offset * interval '1 minute') AT TIME ZONE 'UTC'
$$;
CREATE FUNCTION reading_day(at timestamptz, utc_offset smallint) RETURNS date LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT ((at AT TIME ZONE 'UTC') + utc_offset * interval '1 minute')::date
$$;

-- What the readings of a kind come to in an hour and in a day, so that nobody reads all of them for a chart. Kept in the
-- transaction that keeps the readings. As these they have no foreign key: who closes an account holds its row before its
-- devices, and a batch its device before all that it counts. Neither what was taken away nor what is probably the same as another is counted.
CREATE TABLE reading_hours (
    patient_id uuid NOT NULL,
    kind text NOT NULL CONSTRAINT reading_hours_kind_known CHECK (kind IN ('heart_rate', 'blood_pressure',
        'oxygen_saturation', 'body_temperature', 'blood_glucose', 'weight', 'height', 'steps', 'sleep_duration',
        'respiratory_rate', 'peak_flow', 'heart_rate_variability')),
    hour timestamptz NOT NULL,
    count integer NOT NULL CONSTRAINT reading_hours_counted CHECK (count >= 0),
    lowest double precision NOT NULL,
    highest double precision NOT NULL,
    total double precision NOT NULL,
    squares double precision NOT NULL,
    in_range integer NOT NULL CONSTRAINT reading_hours_in_range_counted CHECK (in_range BETWEEN 0 AND count),
    lower_lowest double precision,
    lower_highest double precision,
    lower_total double precision,
    lower_squares double precision,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (patient_id, kind, hour),
    CONSTRAINT reading_hours_pairs_have_two_numbers CHECK (kind = 'blood_pressure' OR num_nonnulls(lower_lowest, lower_highest, lower_total, lower_squares) = 0)
-- Its rows change with each batch: there is room beside them.
) WITH (fillfactor = 70);
COMMENT ON COLUMN reading_hours.hour IS 'When it begins on the clock of the patient.';
COMMENT ON COLUMN reading_hours.lowest IS 'In the canonical unit, as all of them; of a blood pressure the upper number.';
COMMENT ON COLUMN reading_hours.squares IS 'The sum of the squares.';
COMMENT ON COLUMN reading_hours.in_range IS 'How many were in the target range of their kind; 0 of kinds that are judged by the day, or that have none.';
COMMENT ON COLUMN reading_hours.lower_lowest IS 'The same of the lower number of a blood pressure.';
CREATE TRIGGER reading_hours_updated_at BEFORE UPDATE ON reading_hours FOR EACH ROW EXECUTE FUNCTION set_updated_at();

CREATE TABLE reading_days (
    patient_id uuid NOT NULL,
    kind text NOT NULL CONSTRAINT reading_days_kind_known CHECK (kind IN ('heart_rate', 'blood_pressure',
        'oxygen_saturation', 'body_temperature', 'blood_glucose', 'weight', 'height', 'steps', 'sleep_duration',
        'respiratory_rate', 'peak_flow', 'heart_rate_variability')),
    day date NOT NULL,
    count integer NOT NULL CONSTRAINT reading_days_counted CHECK (count >= 0),
    lowest double precision NOT NULL,
    highest double precision NOT NULL,
    total double precision NOT NULL,
    squares double precision NOT NULL,
    in_range integer NOT NULL CONSTRAINT reading_days_in_range_counted CHECK (in_range BETWEEN 0 AND count),
    lower_lowest double precision,
    lower_highest double precision,
    lower_total double precision,
    lower_squares double precision,
    last_at timestamptz NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (patient_id, kind, day),
    CONSTRAINT reading_days_pairs_have_two_numbers CHECK (kind = 'blood_pressure' OR num_nonnulls(lower_lowest, lower_highest, lower_total, lower_squares) = 0)
) WITH (fillfactor = 70);
COMMENT ON COLUMN reading_days.day IS 'On the clock of the patient.';
COMMENT ON COLUMN reading_days.last_at IS 'When the newest of them was measured.';
CREATE TRIGGER reading_days_updated_at BEFORE UPDATE ON reading_days FOR EACH ROW EXECUTE FUNCTION set_updated_at();

-- What is there already. The ranges are those of `domain::readings`; each ends before the second number.
CREATE TEMPORARY TABLE ranges ON COMMIT DROP AS
SELECT * FROM (VALUES
    ('heart_rate', 49.5, 100.5, '-infinity'::float8, 'infinity'::float8),
    ('blood_pressure', 89.5, 134.5, 59.5, 84.5),
    ('oxygen_saturation', 94.5, 100.5, '-infinity', 'infinity'),
    ('body_temperature', 36.05, 38.05, '-infinity', 'infinity'),
    ('blood_glucose', 69.5, 180.5, '-infinity', 'infinity'),
    ('respiratory_rate', 11.5, 20.5, '-infinity', 'infinity')
) AS ranges (kind, low, below, lower_low, lower_below);
INSERT INTO reading_hours (patient_id, kind, hour, count, lowest, highest, total, squares, in_range,
    lower_lowest, lower_highest, lower_total, lower_squares)
SELECT patient_id, kind, reading_hour(recorded_at, utc_offset), count(*), min(value), max(value), sum(value), sum(value * value),
    count(*) FILTER (WHERE value >= low AND value < below AND coalesce(diastolic, 0) >= lower_low AND coalesce(diastolic, 0) < lower_below),
    min(diastolic), max(diastolic), sum(diastolic), sum(diastolic * diastolic)
FROM readings LEFT JOIN ranges USING (kind)
WHERE removed_at IS NULL AND near_duplicate_of IS NULL
GROUP BY patient_id, kind, reading_hour(recorded_at, utc_offset);
INSERT INTO reading_days (patient_id, kind, day, count, lowest, highest, total, squares, in_range,
    lower_lowest, lower_highest, lower_total, lower_squares, last_at)
SELECT patient_id, kind, reading_day(recorded_at, utc_offset), count(*), min(value), max(value), sum(value), sum(value * value),
    count(*) FILTER (WHERE value >= low AND value < below AND coalesce(diastolic, 0) >= lower_low AND coalesce(diastolic, 0) < lower_below),
    min(diastolic), max(diastolic), sum(diastolic), sum(diastolic * diastolic), max(recorded_at)
FROM readings LEFT JOIN ranges USING (kind)
WHERE removed_at IS NULL AND near_duplicate_of IS NULL
GROUP BY patient_id, kind, reading_day(recorded_at, utc_offset);
DROP TABLE ranges;

-- The application counts anew; when a row was made and changed is for the database to say.
REVOKE UPDATE, TRUNCATE ON reading_hours, reading_days FROM medconnect_app;
GRANT UPDATE (count, lowest, highest, total, squares, in_range, lower_lowest, lower_highest, lower_total, lower_squares)
    ON reading_hours TO medconnect_app;
GRANT UPDATE (count, lowest, highest, total, squares, in_range, lower_lowest, lower_highest, lower_total, lower_squares, last_at)
    ON reading_days TO medconnect_app;

-- The second wall, as around the readings.
ALTER TABLE reading_hours ENABLE ROW LEVEL SECURITY;
CREATE POLICY reading_hours_read ON reading_hours FOR SELECT TO medconnect_app
    USING (patient_id = (SELECT record_reader()) OR may_read_record(patient_id));
CREATE POLICY reading_hours_keep ON reading_hours FOR INSERT TO medconnect_app WITH CHECK (patient_id = (SELECT record_reader()));
CREATE POLICY reading_hours_change ON reading_hours FOR UPDATE TO medconnect_app USING (patient_id = (SELECT record_reader()));
CREATE POLICY reading_hours_forget ON reading_hours FOR DELETE TO medconnect_app USING (patient_id = (SELECT record_reader()));
ALTER TABLE reading_days ENABLE ROW LEVEL SECURITY;
CREATE POLICY reading_days_read ON reading_days FOR SELECT TO medconnect_app
    USING (patient_id = (SELECT record_reader()) OR may_read_record(patient_id));
CREATE POLICY reading_days_keep ON reading_days FOR INSERT TO medconnect_app WITH CHECK (patient_id = (SELECT record_reader()));
CREATE POLICY reading_days_change ON reading_days FOR UPDATE TO medconnect_app USING (patient_id = (SELECT record_reader()));
CREATE POLICY reading_days_forget ON reading_days FOR DELETE TO medconnect_app USING (patient_id = (SELECT record_reader()));
