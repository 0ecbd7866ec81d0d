-- What the readings of a day come to, from the readings: $3 is in it, $4 the offset of its clock, $5 to $8 the range.
UPDATE reading_days SET count = n.count, lowest = n.lowest, highest = n.highest, total = n.total, squares = n.squares,
    in_range = n.in_range, lower_lowest = n.lower_lowest, lower_highest = n.lower_highest, lower_total = n.lower_total,
    lower_squares = n.lower_squares, last_at = coalesce(n.last_at, $3)
FROM (
    SELECT count(*), coalesce(min(value), 0) AS lowest, coalesce(max(value), 0) AS highest, coalesce(sum(value), 0) AS total,
        coalesce(sum(value * value), 0) AS squares,
        count(*) FILTER (WHERE value >= $5 AND value < $6 AND coalesce(diastolic, 0) >= $7 AND coalesce(diastolic, 0) < $8) AS in_range,
        min(diastolic) AS lower_lowest, max(diastolic) AS lower_highest, sum(diastolic) AS lower_total,
        sum(diastolic * diastolic) AS lower_squares, max(recorded_at) AS last_at
    FROM readings
    -- The day of any clock, whose readings need not all have the same offset, lies within these.
    WHERE patient_id = $1 AND kind = $2
        AND recorded_at >= (reading_day($3, $4)::timestamp AT TIME ZONE 'UTC') - interval '16 hours'
        AND recorded_at < (reading_day($3, $4)::timestamp AT TIME ZONE 'UTC') + interval '40 hours'
        AND reading_day(recorded_at, utc_offset) = reading_day($3, $4) AND removed_at IS NULL AND near_duplicate_of IS NULL
) AS n
WHERE patient_id = $1 AND kind = $2 AND day = reading_day($3, $4)
