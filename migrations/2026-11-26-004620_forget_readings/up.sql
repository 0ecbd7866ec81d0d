-- What is kept no longer, by the rules in `domain::readings` and `domain::devices`. Nobody but these functions forgets it, and
-- none of them anything young, whatever it is asked for.

-- Drops the oldest month of readings that ended before then, and says which; null: there is none. Hours and days, and what
-- was said of readings, stay. It waits for whoever reads no longer than others may wait for it: the month is there later,
-- too. A partition cannot be detached concurrently beside a default one.
CREATE FUNCTION drop_reading_month(before timestamptz) RETURNS date
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp SET timezone = 'UTC' SET lock_timeout = '300ms' AS $$
DECLARE
    oldest text;
BEGIN
    -- A device may send what is two years old.
    IF before > now() - interval '3 years' THEN
        RAISE EXCEPTION 'no reading as young as that is forgotten';
    END IF;
    SELECT relname INTO oldest FROM pg_inherits JOIN pg_class ON pg_class.oid = inhrelid
    WHERE inhparent = 'readings'::regclass AND relname ~ '^readings_[0-9]{4}_[0-9]{2}$'
        AND to_date(right(relname, 7), 'YYYY_MM') + interval '1 month' <= before
    ORDER BY relname LIMIT 1;
    IF oldest IS NULL THEN
        RETURN NULL;
    END IF;
    EXECUTE format('DROP TABLE %I', oldest);
    RETURN to_date(right(oldest, 7), 'YYYY_MM');
END $$;
REVOKE EXECUTE ON FUNCTION drop_reading_month(timestamptz) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION drop_reading_month(timestamptz) TO medconnect_app;

-- Forgets what came before then with a time that cannot be right, so many at most; how many.
CREATE INDEX quarantined_readings_age ON quarantined_readings (created_at);
CREATE FUNCTION forget_quarantined_readings(before timestamptz, most integer) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    forgotten integer;
BEGIN
    IF before > now() - interval '30 days' THEN
        RAISE EXCEPTION 'no reading as young as that is forgotten';
    END IF;
    DELETE FROM quarantined_readings WHERE ctid = ANY (ARRAY(
        SELECT ctid FROM quarantined_readings WHERE created_at < before ORDER BY created_at LIMIT most FOR UPDATE SKIP LOCKED));
    GET DIAGNOSTICS forgotten = ROW_COUNT;
    RETURN forgotten;
END $$;
REVOKE EXECUTE ON FUNCTION forget_quarantined_readings(timestamptz, integer) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION forget_quarantined_readings(timestamptz, integer) TO medconnect_app;

-- Forgets keys of devices that ended before then, so many at most; how many.
CREATE INDEX device_keys_ended ON device_keys (ends_at) WHERE ends_at IS NOT NULL;
CREATE FUNCTION forget_device_keys(before timestamptz, most integer) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    forgotten integer;
BEGIN
    IF before > now() THEN
        RAISE EXCEPTION 'no key that works is forgotten';
    END IF;
    DELETE FROM device_keys WHERE id = ANY (ARRAY(
        SELECT id FROM device_keys WHERE ends_at < before ORDER BY ends_at LIMIT most FOR UPDATE SKIP LOCKED));
    GET DIAGNOSTICS forgotten = ROW_COUNT;
    RETURN forgotten;
END $$;
REVOKE EXECUTE ON FUNCTION forget_device_keys(timestamptz, integer) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION forget_device_keys(timestamptz, integer) TO medconnect_app;
