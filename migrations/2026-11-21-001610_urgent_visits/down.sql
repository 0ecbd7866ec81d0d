ALTER TABLE appointments
    DROP CONSTRAINT appointments_one_urgent,
    DROP CONSTRAINT appointments_urgent_since_when,
    DROP COLUMN urgent_since;
ALTER TABLE availability_exceptions
    DROP CONSTRAINT availability_exceptions_only_extra_is_kept,
    DROP COLUMN kept_for_urgent_minutes;
ALTER TABLE availability_rules DROP COLUMN kept_for_urgent_minutes;
