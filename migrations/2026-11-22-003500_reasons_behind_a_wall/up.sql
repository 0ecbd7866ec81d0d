-- The second wall around why somebody comes: the application writes it, and reads it only for a named reader who may.
-- Everything else of a visit is what busy times, payments and messages are made of, and is not behind it. A column that
-- is added to visits is granted where it is added.
DO $$
DECLARE columns text;
BEGIN
    SELECT string_agg(quote_ident(attname), ', ' ORDER BY attnum) INTO columns FROM pg_attribute
    WHERE attrelid = 'appointments'::regclass AND attnum > 0 AND NOT attisdropped AND attname <> 'chief_complaint';
    REVOKE SELECT ON appointments FROM medconnect_app;
    EXECUTE format('GRANT SELECT (%s) ON appointments TO medconnect_app', columns);
END $$;

CREATE FUNCTION reason_of_visit(visit uuid, reader uuid) RETURNS text
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT chief_complaint FROM appointments a
    WHERE a.id = visit AND (
        a.patient_id = reader
        OR EXISTS (SELECT FROM providers WHERE id = a.provider_id AND user_id = reader)
        OR EXISTS (SELECT FROM dependants WHERE person_id = a.patient_id AND guardian_id = reader)
        OR a.patient_id IN (SELECT acts_for(reader, 'visits'))
        OR EXISTS (
            SELECT FROM emergency_accesses
            WHERE user_id = reader AND patient_id = a.patient_id AND ends_at > clock_timestamp()))
$$;
REVOKE EXECUTE ON FUNCTION reason_of_visit(uuid, uuid) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION reason_of_visit(uuid, uuid) TO medconnect_app;
