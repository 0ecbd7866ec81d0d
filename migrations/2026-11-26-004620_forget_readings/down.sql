DROP FUNCTION forget_device_keys(timestamptz, integer);
DROP INDEX device_keys_ended;
DROP FUNCTION forget_quarantined_readings(timestamptz, integer);
DROP INDEX quarantined_readings_age;
DROP FUNCTION drop_reading_month(timestamptz);
