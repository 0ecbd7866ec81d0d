DROP TABLE reading_days;
DROP TABLE reading_hours;
DROP FUNCTION reading_day(timestamptz, smallint);
DROP FUNCTION reading_hour(timestamptz, smallint);
ALTER TABLE readings DROP COLUMN utc_offset;
