-- Holds the hours and the days of readings, hours first and each in the order of their keys as `ingest.sql` does; what is
-- not there yet is there, and empty.
WITH places AS (
    SELECT kind, at, reading_hour(at, utc_offset) AS hour, reading_day(at, utc_offset) AS day
    FROM unnest($2::text[], $3::timestamptz[], $4::smallint[]) AS place (kind, at, utc_offset)
), hours AS (
    INSERT INTO reading_hours AS h (patient_id, kind, hour, count, lowest, highest, total, squares, in_range)
    SELECT $1, kind, hour, 0, 0, 0, 0, 0, 0 FROM places GROUP BY kind, hour ORDER BY kind, hour
    ON CONFLICT (patient_id, kind, hour) DO UPDATE SET count = h.count
    RETURNING h.hour
)
INSERT INTO reading_days AS d (patient_id, kind, day, count, lowest, highest, total, squares, in_range, last_at)
SELECT $1, kind, day, 0, 0, 0, 0, 0, 0, max(at) FROM (SELECT count(*) FROM hours) AS after_hours, places
GROUP BY kind, day ORDER BY kind, day
ON CONFLICT (patient_id, kind, day) DO UPDATE SET count = d.count
