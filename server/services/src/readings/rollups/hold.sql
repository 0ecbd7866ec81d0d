-- Holds the hour and the day of a reading, hours first as `ingest.sql` does; what is not there yet is there, and empty.
WITH hours AS (
    INSERT INTO reading_hours AS h (patient_id, kind, hour, count, lowest, highest, total, squares, in_range)
    VALUES ($1, $2, reading_hour($3, $4), 0, 0, 0, 0, 0, 0)
    ON CONFLICT (patient_id, kind, hour) DO UPDATE SET count = h.count
    RETURNING h.hour
)
INSERT INTO reading_days AS d (patient_id, kind, day, count, lowest, highest, total, squares, in_range, last_at)
SELECT $1, $2, reading_day($3, $4), 0, 0, 0, 0, 0, 0, $3 FROM (SELECT count(*) FROM hours) AS after_hours
ON CONFLICT (patient_id, kind, day) DO UPDATE SET count = d.count
