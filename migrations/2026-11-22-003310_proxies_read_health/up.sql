-- Beside doctors, those whom the patient lets read what they say of their health.
CREATE OR REPLACE FUNCTION may_read_record(patient uuid) RETURNS boolean LANGUAGE sql STABLE AS $$
    SELECT patient = record_reader()
        OR EXISTS (
            SELECT FROM appointments JOIN providers ON providers.id = provider_id
            WHERE patient_id = patient AND providers.user_id = record_reader()
                AND appointments.status NOT IN ('held', 'cancelled', 'expired', 'no_show'))
        OR EXISTS (
            SELECT FROM emergency_accesses
            WHERE user_id = record_reader() AND patient_id = patient AND ends_at > clock_timestamp())
        OR patient IN (SELECT acts_for(record_reader(), 'health'))
$$;
