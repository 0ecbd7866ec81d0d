DROP TABLE device_days;
DROP TABLE device_errors;
DROP TABLE device_keys;
DROP TABLE devices;
DROP FUNCTION keep_device_status();
DROP FUNCTION check_devices();
