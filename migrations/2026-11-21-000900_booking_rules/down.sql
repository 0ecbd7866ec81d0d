DROP TRIGGER appointments_booking_rules_update ON appointments;
DROP TRIGGER appointments_booking_rules_insert ON appointments;
DROP FUNCTION check_booking_rules();
DROP TABLE booking_rules;
ALTER TABLE availability_rules DROP CONSTRAINT availability_rules_rotation_has_first_day, DROP COLUMN every_weeks;
