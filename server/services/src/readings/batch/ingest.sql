-- Everything a batch of a device writes. The device's row is held: batches of one device come one after the other, and
-- rows are written in one order, so that none waits for another that waits for it. Several devices of one person write to
-- the same hours and days: these come after the readings, hours first, each in the order of their keys.
-- $1 is the patient, $2 the device, $3 when the batch came; $15 and $16 are around all of its times, so that partitions
-- outside are left alone. What is near another reading is decided as by `is_near_duplicate`, whose numbers come with each.
-- $21 to $25 are the target ranges of the kinds that have one.
WITH sent AS (
    SELECT * FROM unnest($4::uuid[], $5::text[], $6::float8[], $7::float8[], $8::text[], $9::timestamptz[], $10::bool[],
        $11::uuid[], $12::text[], $13::float8[], $14::float8[], $20::smallint[])
        AS sent (id, kind, value, diastolic, unit, recorded_at, is_late, near, quarantine, seconds, within, utc_offset)
), kept AS (
    INSERT INTO readings (patient_id, id, recorded_at, utc_offset, source, kind, value, diastolic, unit, is_late, near_duplicate_of, created_at)
    SELECT $1, s.id, s.recorded_at, s.utc_offset, $2, s.kind, s.value, s.diastolic, s.unit, s.is_late,
        coalesce(s.near, (
            SELECT r.id FROM readings r
            WHERE r.patient_id = $1 AND r.kind = s.kind AND r.source = $2 AND r.recorded_at BETWEEN $15 AND $16
                AND r.recorded_at BETWEEN s.recorded_at - s.seconds * interval '1 second' AND s.recorded_at + s.seconds * interval '1 second'
                AND r.id <> s.id AND r.removed_at IS NULL
                AND abs(r.value - s.value) <= s.within AND coalesce(abs(r.diastolic - s.diastolic), 0) <= s.within
            ORDER BY abs(extract(epoch FROM r.recorded_at - s.recorded_at)), r.id LIMIT 1)),
        $3
    FROM sent s
    -- What was quarantined before its time had come stays so. Looked up one by one: a join could read all that somebody has.
    WHERE s.quarantine IS NULL AND (SELECT q.id FROM quarantined_readings q WHERE q.patient_id = $1 AND q.id = s.id) IS NULL
    ORDER BY s.id
    ON CONFLICT DO NOTHING
    RETURNING id, kind, value, diastolic, recorded_at, utc_offset, near_duplicate_of
), fresh AS (
    SELECT k.kind, k.value, k.diastolic, k.recorded_at, reading_hour(k.recorded_at, k.utc_offset) AS hour,
        reading_day(k.recorded_at, k.utc_offset) AS day,
        k.value >= r.low AND k.value < r.below AND coalesce(k.diastolic, 0) >= r.lower_low AND coalesce(k.diastolic, 0) < r.lower_below AS is_in_range
    FROM kept k LEFT JOIN unnest($21::text[], $22::float8[], $23::float8[], $24::float8[], $25::float8[])
        AS r (kind, low, below, lower_low, lower_below) ON r.kind = k.kind
    WHERE k.near_duplicate_of IS NULL
), hours AS (
    INSERT INTO reading_hours AS h (patient_id, kind, hour, count, lowest, highest, total, squares, in_range,
        lower_lowest, lower_highest, lower_total, lower_squares)
    SELECT $1, kind, hour, count(*), min(value), max(value), sum(value), sum(value * value), count(*) FILTER (WHERE is_in_range),
        min(diastolic), max(diastolic), sum(diastolic), sum(diastolic * diastolic)
    FROM fresh GROUP BY kind, hour ORDER BY kind, hour
    ON CONFLICT (patient_id, kind, hour) DO UPDATE SET count = h.count + excluded.count,
        lowest = least(h.lowest, excluded.lowest), highest = greatest(h.highest, excluded.highest),
        total = h.total + excluded.total, squares = h.squares + excluded.squares, in_range = h.in_range + excluded.in_range,
        lower_lowest = least(h.lower_lowest, excluded.lower_lowest), lower_highest = greatest(h.lower_highest, excluded.lower_highest),
        lower_total = h.lower_total + excluded.lower_total, lower_squares = h.lower_squares + excluded.lower_squares
    RETURNING h.hour
), days AS (
    INSERT INTO reading_days AS d (patient_id, kind, day, count, lowest, highest, total, squares, in_range,
        lower_lowest, lower_highest, lower_total, lower_squares, last_at)
    SELECT $1, kind, day, count(*), min(value), max(value), sum(value), sum(value * value), count(*) FILTER (WHERE is_in_range),
        min(diastolic), max(diastolic), sum(diastolic), sum(diastolic * diastolic), max(recorded_at)
    -- Asked for, so that all hours are written before the first day.
    FROM (SELECT count(*) FROM hours) AS after_hours, fresh GROUP BY kind, day ORDER BY kind, day
    ON CONFLICT (patient_id, kind, day) DO UPDATE SET count = d.count + excluded.count,
        lowest = least(d.lowest, excluded.lowest), highest = greatest(d.highest, excluded.highest),
        total = d.total + excluded.total, squares = d.squares + excluded.squares, in_range = d.in_range + excluded.in_range,
        lower_lowest = least(d.lower_lowest, excluded.lower_lowest), lower_highest = greatest(d.lower_highest, excluded.lower_highest),
        lower_total = d.lower_total + excluded.lower_total, lower_squares = d.lower_squares + excluded.lower_squares,
        last_at = greatest(d.last_at, excluded.last_at)
), apart AS (
    INSERT INTO quarantined_readings (patient_id, id, recorded_at, source, kind, value, diastolic, unit, reason, created_at)
    SELECT $1, s.id, s.recorded_at, $2, s.kind, s.value, s.diastolic, s.unit, s.quarantine, $3
    FROM sent s
    -- And what was kept before it had become too old.
    WHERE s.quarantine IS NOT NULL AND (
        SELECT r.id FROM readings r
        WHERE r.patient_id = $1 AND r.id = s.id AND r.recorded_at = s.recorded_at AND r.recorded_at BETWEEN $15 AND $16) IS NULL
    ORDER BY s.id
    ON CONFLICT DO NOTHING
    RETURNING id
), counted AS (
    SELECT (SELECT count(*) FROM kept) AS accepted, (SELECT count(*) FROM apart) AS quarantined
), seen_days AS (
    INSERT INTO device_days (device_id, day, accepted, duplicates, quarantined, refused)
    SELECT $2, ($3 AT TIME ZONE 'UTC')::date, accepted, $17 - accepted - quarantined, quarantined,
        -- What was refused is so once, however often the batch is sent.
        CASE WHEN accepted + quarantined > 0 OR $17 = 0 THEN $18 ELSE 0 END
    FROM counted
    ON CONFLICT (device_id, day) DO UPDATE SET accepted = device_days.accepted + excluded.accepted,
        duplicates = device_days.duplicates + excluded.duplicates,
        quarantined = device_days.quarantined + excluded.quarantined, refused = device_days.refused + excluded.refused
), seen AS (
    UPDATE devices SET last_seen_at = greatest(last_seen_at, $3),
        -- A clock that is ahead tells nothing of later.
        last_reading_at = greatest(last_reading_at, (SELECT least(max(recorded_at), $3) FROM kept)),
        battery_level = coalesce($19, battery_level), battery_at = CASE WHEN $19 IS NULL THEN battery_at ELSE $3 END
    WHERE id = $2
)
SELECT id, near_duplicate_of, false AS is_apart FROM kept UNION ALL SELECT id, NULL, true FROM apart
