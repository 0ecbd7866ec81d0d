-- Everything that batches of devices write, one of each device. The rows of the devices are held: batches of one device come
-- one after the other, and rows are written in one order, so that none waits for another that waits for it. Several devices
-- of one person write to the same hours and days: these come after the readings, hours first, each in the order of their keys.
-- $1 is when the batches came; $2 and $3 are around all of their times, so that partitions outside are left alone. $4 to $18
-- are the readings, $19 to $22 the batches. What is near another reading is decided as by `is_near_duplicate`, whose numbers
-- come with each.
WITH sent AS (
    SELECT * FROM unnest($4::uuid[], $5::uuid[], $6::uuid[], $7::text[], $8::float8[], $9::float8[], $10::text[], $11::timestamptz[],
        $12::smallint[], $13::bool[], $14::bool[], $15::uuid[], $16::text[], $17::float8[], $18::float8[])
        AS sent (id, patient_id, source, kind, value, diastolic, unit, recorded_at, utc_offset, is_late, is_in_range, near, quarantine,
            seconds, within)
), crowded AS (
    -- Of whom there is anything of a kind around what was sent: nobody else has to be asked reading by reading.
    SELECT patient_id, kind FROM (SELECT patient_id, kind, min(recorded_at) AS first_at, max(recorded_at) AS last_at, max(seconds) AS seconds
        FROM sent GROUP BY patient_id, kind) AS span
    -- Looked up one by one, as below: a join could read all that there is.
    WHERE (SELECT r.id FROM readings r WHERE r.patient_id = span.patient_id AND r.kind = span.kind AND r.recorded_at BETWEEN $2 AND $3
        AND r.recorded_at BETWEEN first_at - seconds * interval '1 second' AND last_at + seconds * interval '1 second' LIMIT 1) IS NOT NULL
), kept AS (
    INSERT INTO readings (patient_id, id, recorded_at, utc_offset, source, kind, value, diastolic, unit, is_late, near_duplicate_of, created_at)
    SELECT s.patient_id, s.id, s.recorded_at, s.utc_offset, s.source, s.kind, s.value, s.diastolic, s.unit, s.is_late,
        coalesce(s.near, CASE WHEN (s.patient_id, s.kind) IN (SELECT patient_id, kind FROM crowded) THEN (
            SELECT r.id FROM readings r
            WHERE r.patient_id = s.patient_id AND r.kind = s.kind AND r.source = s.source AND r.recorded_at BETWEEN $2 AND $3
                AND r.recorded_at BETWEEN s.recorded_at - s.seconds * interval '1 second' AND s.recorded_at + s.seconds * interval '1 second'
                AND r.id <> s.id AND r.removed_at IS NULL AND r.near_duplicate_of IS NULL
                AND abs(r.value - s.value) <= s.within AND coalesce(abs(r.diastolic - s.diastolic), 0) <= s.within
            ORDER BY abs(extract(epoch FROM r.recorded_at - s.recorded_at)), r.id LIMIT 1) END),
        $1
    FROM sent s
    -- What was quarantined before its time had come stays so. Looked up one by one: a join could read all that somebody has.
    WHERE s.quarantine IS NULL AND (SELECT q.id FROM quarantined_readings q WHERE q.patient_id = s.patient_id AND q.id = s.id) IS NULL
    ORDER BY s.patient_id, s.id
    ON CONFLICT DO NOTHING
    RETURNING patient_id, id, source, kind, value, diastolic, recorded_at, utc_offset, near_duplicate_of
), fresh AS (
    SELECT patient_id, kind, value, diastolic, recorded_at, reading_hour(recorded_at, utc_offset) AS hour,
        reading_day(recorded_at, utc_offset) AS day, id IN (SELECT id FROM sent WHERE is_in_range) AS is_in_range
    FROM kept WHERE near_duplicate_of IS NULL
), hours AS (
    INSERT INTO reading_hours AS h (patient_id, kind, hour, count, lowest, highest, total, squares, in_range,
        lower_lowest, lower_highest, lower_total, lower_squares)
    SELECT patient_id, kind, hour, count(*), min(value), max(value), sum(value), sum(value * value), count(*) FILTER (WHERE is_in_range),
        min(diastolic), max(diastolic), sum(diastolic), sum(diastolic * diastolic)
    FROM fresh GROUP BY patient_id, kind, hour ORDER BY patient_id, kind, hour
    ON CONFLICT (patient_id, kind, hour) DO UPDATE SET count = h.count + excluded.count,
        lowest = least(h.lowest, excluded.lowest), highest = greatest(h.highest, excluded.highest),
        total = h.total + excluded.total, squares = h.squares + excluded.squares, in_range = h.in_range + excluded.in_range,
        lower_lowest = least(h.lower_lowest, excluded.lower_lowest), lower_highest = greatest(h.lower_highest, excluded.lower_highest),
        lower_total = h.lower_total + excluded.lower_total, lower_squares = h.lower_squares + excluded.lower_squares
    RETURNING h.hour
), days AS (
    INSERT INTO reading_days AS d (patient_id, kind, day, count, lowest, highest, total, squares, in_range,
        lower_lowest, lower_highest, lower_total, lower_squares, last_at)
    SELECT patient_id, kind, day, count(*), min(value), max(value), sum(value), sum(value * value), count(*) FILTER (WHERE is_in_range),
        min(diastolic), max(diastolic), sum(diastolic), sum(diastolic * diastolic), max(recorded_at)
    -- Asked for, so that all hours are written before the first day.
    FROM (SELECT count(*) FROM hours) AS after_hours, fresh GROUP BY patient_id, kind, day ORDER BY patient_id, kind, day
    ON CONFLICT (patient_id, kind, day) DO UPDATE SET count = d.count + excluded.count,
        lowest = least(d.lowest, excluded.lowest), highest = greatest(d.highest, excluded.highest),
        total = d.total + excluded.total, squares = d.squares + excluded.squares, in_range = d.in_range + excluded.in_range,
        lower_lowest = least(d.lower_lowest, excluded.lower_lowest), lower_highest = greatest(d.lower_highest, excluded.lower_highest),
        lower_total = d.lower_total + excluded.lower_total, lower_squares = d.lower_squares + excluded.lower_squares,
        last_at = greatest(d.last_at, excluded.last_at)
), apart AS (
    INSERT INTO quarantined_readings (patient_id, id, recorded_at, source, kind, value, diastolic, unit, reason, created_at)
    SELECT s.patient_id, s.id, s.recorded_at, s.source, s.kind, s.value, s.diastolic, s.unit, s.quarantine, $1
    FROM sent s
    -- And what was kept before it had become too old.
    WHERE s.quarantine IS NOT NULL AND (
        SELECT r.id FROM readings r
        WHERE r.patient_id = s.patient_id AND r.id = s.id AND r.recorded_at = s.recorded_at AND r.recorded_at BETWEEN $2 AND $3) IS NULL
    ORDER BY s.patient_id, s.id
    ON CONFLICT DO NOTHING
    RETURNING id, source
), counted AS (
    SELECT device_id, sum(valid) AS valid, sum(refused) AS refused, max(battery) AS battery, sum(accepted) AS accepted,
        sum(quarantined) AS quarantined, max(recorded_at) AS last_at
    FROM (SELECT device_id, valid, refused, battery, 0 AS accepted, 0 AS quarantined, NULL::timestamptz AS recorded_at
            FROM unnest($19::uuid[], $20::bigint[], $21::bigint[], $22::smallint[]) AS b (device_id, valid, refused, battery)
        UNION ALL SELECT source, 0, 0, NULL, 1, 0, recorded_at FROM kept
        UNION ALL SELECT source, 0, 0, NULL, 0, 1, NULL FROM apart) AS each
    GROUP BY device_id
), seen_days AS (
    INSERT INTO device_days (device_id, day, accepted, duplicates, quarantined, refused)
    SELECT device_id, ($1 AT TIME ZONE 'UTC')::date, accepted, valid - accepted - quarantined, quarantined,
        -- What was refused is so once, however often the batch is sent.
        CASE WHEN accepted + quarantined > 0 OR valid = 0 THEN refused ELSE 0 END
    FROM counted
    ON CONFLICT (device_id, day) DO UPDATE SET accepted = device_days.accepted + excluded.accepted,
        duplicates = device_days.duplicates + excluded.duplicates,
        quarantined = device_days.quarantined + excluded.quarantined, refused = device_days.refused + excluded.refused
), seen AS (
    UPDATE devices d SET last_seen_at = greatest(d.last_seen_at, $1),
        -- A clock that is ahead tells nothing of later.
        last_reading_at = greatest(d.last_reading_at, least(c.last_at, $1)),
        battery_level = coalesce(c.battery, d.battery_level), battery_at = CASE WHEN c.battery IS NULL THEN d.battery_at ELSE $1 END
    FROM counted c WHERE d.id = c.device_id
)
SELECT source AS device_id, id, near_duplicate_of, false AS is_apart FROM kept
UNION ALL SELECT source, id, NULL, true FROM apart
