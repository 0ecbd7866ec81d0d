-- The pauses that a visit keeps, as they were when it was booked: like its length and its terms, later changes of the
-- doctor do not reach back.
ALTER TABLE appointments
    ADD COLUMN with_pauses tstzrange
        CONSTRAINT appointments_pauses_possible CHECK (
            starts_at - lower(with_pauses) BETWEEN interval '0' AND interval '240 minutes'
            AND upper(with_pauses) - ends_at BETWEEN interval '0' AND interval '240 minutes');
COMMENT ON COLUMN appointments.with_pauses IS 'The visit with its pauses, from when until when the doctor sees nobody else; empty: it has none. Between two visits lies the longer pause of the two.';
-- Few doctors have such rules, and only what is still to come matters.
UPDATE appointments SET with_pauses = tstzrange(starts_at - make_interval(mins => buffer_before_minutes), ends_at + make_interval(mins => buffer_after_minutes))
FROM booking_kind_rules
WHERE appointments.provider_id = booking_kind_rules.provider_id AND appointment_type = kind AND starts_at > now()
    AND status IN ('held', 'requested', 'scheduled', 'confirmed', 'rescheduled');

-- Pauses, limits and travel hold whoever writes: of two who book neighbouring times at once, the second looks after the
-- first is written.
CREATE OR REPLACE FUNCTION check_booking_rules() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    rules booking_rules%ROWTYPE;
    zone text;
    here timestamp;
    broken text;
BEGIN
    SELECT time_zone INTO zone FROM providers WHERE id = NEW.provider_id FOR NO KEY UPDATE;
    SELECT r.* INTO rules FROM booking_rules r WHERE r.provider_id = NEW.provider_id
        AND (r.daily_limit IS NOT NULL OR r.weekly_limit IS NOT NULL OR r.travel_minutes > 0);
    here := NEW.starts_at AT TIME ZONE zone;
    IF EXISTS (
        SELECT FROM appointments
        WHERE provider_id = NEW.provider_id AND id <> NEW.id
            AND status IN ('held', 'requested', 'scheduled', 'confirmed', 'rescheduled', 'checked_in', 'in_progress')
            AND (held_until IS NULL OR held_until > clock_timestamp())
            -- No pause is longer than four hours.
            AND during && tstzrange(NEW.starts_at - interval '4 hours', NEW.ends_at + interval '4 hours')
            AND (during && NEW.with_pauses OR with_pauses && tstzrange(NEW.starts_at, NEW.ends_at))
            -- What overlaps as it is, the constraint refuses.
            AND NOT during && tstzrange(NEW.starts_at, NEW.ends_at))
    THEN
        broken := 'appointments_pause';
    ELSIF rules.provider_id IS NULL THEN
        RETURN NEW;
    ELSIF rules.daily_limit <= (
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
DROP TRIGGER appointments_booking_rules_update ON appointments;
CREATE TRIGGER appointments_booking_rules_update BEFORE UPDATE ON appointments FOR EACH ROW
    WHEN (NEW.status IN ('held', 'requested', 'scheduled', 'confirmed', 'rescheduled', 'checked_in', 'in_progress')
        AND (OLD.status = 'cancelled' OR (OLD.provider_id, OLD.hospital_id, OLD.starts_at, OLD.ends_at, OLD.with_pauses)
            IS DISTINCT FROM (NEW.provider_id, NEW.hospital_id, NEW.starts_at, NEW.ends_at, NEW.with_pauses)))
    EXECUTE FUNCTION check_booking_rules();
