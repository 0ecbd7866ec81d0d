DROP TRIGGER appointments_booking_rules_update ON appointments;
CREATE TRIGGER appointments_booking_rules_update BEFORE UPDATE ON appointments FOR EACH ROW
    WHEN (NEW.status IN ('held', 'requested', 'scheduled', 'confirmed', 'rescheduled', 'checked_in', 'in_progress')
        AND (OLD.status = 'cancelled' OR (OLD.provider_id, OLD.hospital_id, OLD.starts_at, OLD.ends_at)
            IS DISTINCT FROM (NEW.provider_id, NEW.hospital_id, NEW.starts_at, NEW.ends_at)))
    EXECUTE FUNCTION check_booking_rules();
CREATE OR REPLACE FUNCTION check_booking_rules() RETURNS trigger LANGUAGE plpgsql AS $$
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
ALTER TABLE appointments DROP COLUMN with_pauses;
