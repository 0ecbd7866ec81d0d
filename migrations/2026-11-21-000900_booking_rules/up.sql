ALTER TABLE availability_rules
    ADD COLUMN every_weeks smallint NOT NULL DEFAULT 1
        CONSTRAINT availability_rules_every_weeks_possible CHECK (every_weeks BETWEEN 1 AND 12),
    ADD CONSTRAINT availability_rules_rotation_has_first_day CHECK (every_weeks = 1 OR valid_from IS NOT NULL);
COMMENT ON COLUMN availability_rules.every_weeks IS 'Weeks, from Monday on, are counted from the one that holds valid_from.';

-- What few doctors set; beside providers, whose rows are long and read often.
CREATE TABLE booking_rules (
    provider_id uuid PRIMARY KEY REFERENCES providers (id) ON DELETE CASCADE,
    daily_limit smallint CONSTRAINT booking_rules_daily_limit_possible CHECK (daily_limit BETWEEN 1 AND 200),
    weekly_limit smallint CONSTRAINT booking_rules_weekly_limit_possible CHECK (weekly_limit BETWEEN 1 AND 1000),
    buffer_before_minutes smallint NOT NULL DEFAULT 0 CONSTRAINT booking_rules_buffer_before_possible CHECK (buffer_before_minutes BETWEEN 0 AND 240),
    buffer_after_minutes smallint NOT NULL DEFAULT 0 CONSTRAINT booking_rules_buffer_after_possible CHECK (buffer_after_minutes BETWEEN 0 AND 240),
    travel_minutes smallint NOT NULL DEFAULT 0 CONSTRAINT booking_rules_travel_possible CHECK (travel_minutes BETWEEN 0 AND 480),
    holiday_country text CONSTRAINT booking_rules_holiday_country_known CHECK (holiday_country IN (
        'AU', 'CA', 'DE', 'ES', 'FR', 'GB', 'IE', 'IT', 'NZ', 'PT', 'US')),
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now()
);
COMMENT ON COLUMN booking_rules.daily_limit IS 'The most visits that begin on one day of the doctor''s zone.';
COMMENT ON COLUMN booking_rules.weekly_limit IS 'The same from Monday to Sunday.';
COMMENT ON COLUMN booking_rules.buffer_before_minutes IS 'A pause before each visit, where its hours have no longer one.';
COMMENT ON COLUMN booking_rules.travel_minutes IS 'How long the doctor is on the way from one place to another.';
COMMENT ON COLUMN booking_rules.holiday_country IS 'ISO 3166-1: the weekly hours are closed on its public holidays.';
CREATE TRIGGER booking_rules_updated_at BEFORE UPDATE ON booking_rules FOR EACH ROW EXECUTE FUNCTION set_updated_at();
CREATE TRIGGER booking_rules_version_insert AFTER INSERT ON booking_rules
    REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION raise_version_of_providers();
CREATE TRIGGER booking_rules_version_update AFTER UPDATE ON booking_rules
    REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION raise_version_of_providers();
CREATE TRIGGER booking_rules_version_delete AFTER DELETE ON booking_rules
    REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION raise_version_of_providers();

-- Limits and travel hold whoever writes. The doctor's row is locked first: of two bookings that would each be the
-- last one, the second looks after the first is written. Each query of a function like this sees what is written by
-- then, which the statement that fired it does not.
CREATE FUNCTION check_booking_rules() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    rules booking_rules%ROWTYPE;
    zone text;
    here timestamp;
    broken text;
BEGIN
    SELECT r.* INTO rules FROM booking_rules r WHERE r.provider_id = NEW.provider_id
        AND (r.daily_limit IS NOT NULL OR r.weekly_limit IS NOT NULL OR r.travel_minutes > 0);
    IF NOT FOUND THEN
        RETURN NEW;
    END IF;
    SELECT time_zone INTO zone FROM providers WHERE id = NEW.provider_id FOR NO KEY UPDATE;
    here := NEW.starts_at AT TIME ZONE zone;
    IF rules.daily_limit <= (
        SELECT count(*) FROM appointments
        WHERE provider_id = NEW.provider_id AND id <> NEW.id AND status NOT IN ('cancelled', 'expired')
            AND (held_until IS NULL OR held_until > clock_timestamp())
            AND starts_at BETWEEN NEW.starts_at - interval '27 hours' AND NEW.starts_at + interval '27 hours'
            AND (starts_at AT TIME ZONE zone)::date = here::date)
    THEN
        broken := 'appointments_daily_limit';
    ELSIF rules.weekly_limit <= (
        SELECT count(*) FROM appointments
        WHERE provider_id = NEW.provider_id AND id <> NEW.id AND status NOT IN ('cancelled', 'expired')
            AND (held_until IS NULL OR held_until > clock_timestamp())
            AND starts_at BETWEEN NEW.starts_at - interval '8 days' AND NEW.starts_at + interval '8 days'
            AND date_trunc('week', starts_at AT TIME ZONE zone) = date_trunc('week', here))
    THEN
        broken := 'appointments_weekly_limit';
    ELSIF rules.travel_minutes > 0 AND EXISTS (
        SELECT FROM appointments
        WHERE provider_id = NEW.provider_id AND id <> NEW.id AND hospital_id <> NEW.hospital_id
            AND status IN ('held', 'requested', 'scheduled', 'confirmed', 'rescheduled', 'checked_in', 'in_progress')
            AND (held_until IS NULL OR held_until > clock_timestamp())
            AND during && tstzrange(NEW.starts_at - make_interval(mins => rules.travel_minutes),
                NEW.ends_at + make_interval(mins => rules.travel_minutes)))
    THEN
        broken := 'appointments_travel_time';
    END IF;
    IF broken IS NOT NULL THEN
        RAISE EXCEPTION 'a booking rule of the doctor is broken: %', broken
            USING ERRCODE = 'check_violation', CONSTRAINT = broken, TABLE = 'appointments';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER appointments_booking_rules_insert BEFORE INSERT ON appointments FOR EACH ROW
    WHEN (NEW.status IN ('held', 'requested', 'scheduled', 'confirmed', 'rescheduled', 'checked_in', 'in_progress')) EXECUTE FUNCTION check_booking_rules();
CREATE TRIGGER appointments_booking_rules_update BEFORE UPDATE ON appointments FOR EACH ROW
    WHEN (NEW.status IN ('held', 'requested', 'scheduled', 'confirmed', 'rescheduled', 'checked_in', 'in_progress')
        AND (OLD.status = 'cancelled' OR (OLD.provider_id, OLD.hospital_id, OLD.starts_at, OLD.ends_at)
            IS DISTINCT FROM (NEW.provider_id, NEW.hospital_id, NEW.starts_at, NEW.ends_at)))
    EXECUTE FUNCTION check_booking_rules();
