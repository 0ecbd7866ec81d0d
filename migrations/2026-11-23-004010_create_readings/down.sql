DROP TABLE quarantined_readings;
DROP TABLE readings;
DROP FUNCTION check_readings();
DROP FUNCTION make_reading_partitions(timestamptz);
