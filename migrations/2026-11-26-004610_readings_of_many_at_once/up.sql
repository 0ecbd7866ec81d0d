-- Devices of many people are heard in one transaction. For whom it says so, as it says who reads a record: what it may do
-- with theirs is what a batch does. That is asked before what takes long to answer.
CREATE FUNCTION heard_people() RETURNS uuid[] LANGUAGE sql STABLE AS $$
    SELECT nullif(current_setting('medconnect.heard', true), '')::uuid[]
$$;
ALTER POLICY readings_read ON readings
    USING (patient_id = (SELECT record_reader()) OR patient_id = ANY ((SELECT heard_people())::uuid[])
        OR may_read_record(patient_id));
ALTER POLICY readings_keep ON readings
    WITH CHECK (patient_id = (SELECT record_reader()) OR patient_id = ANY ((SELECT heard_people())::uuid[]));
ALTER POLICY quarantined_readings_read ON quarantined_readings
    USING (patient_id = (SELECT record_reader()) OR patient_id = ANY ((SELECT heard_people())::uuid[])
        OR may_read_record(patient_id));
ALTER POLICY quarantined_readings_keep ON quarantined_readings
    WITH CHECK (patient_id = (SELECT record_reader()) OR patient_id = ANY ((SELECT heard_people())::uuid[]));
ALTER POLICY reading_hours_read ON reading_hours
    USING (patient_id = (SELECT record_reader()) OR patient_id = ANY ((SELECT heard_people())::uuid[])
        OR may_read_record(patient_id));
ALTER POLICY reading_hours_keep ON reading_hours
    WITH CHECK (patient_id = (SELECT record_reader()) OR patient_id = ANY ((SELECT heard_people())::uuid[]));
ALTER POLICY reading_hours_change ON reading_hours
    USING (patient_id = (SELECT record_reader()) OR patient_id = ANY ((SELECT heard_people())::uuid[]));
ALTER POLICY reading_days_read ON reading_days
    USING (patient_id = (SELECT record_reader()) OR patient_id = ANY ((SELECT heard_people())::uuid[])
        OR may_read_record(patient_id));
ALTER POLICY reading_days_keep ON reading_days
    WITH CHECK (patient_id = (SELECT record_reader()) OR patient_id = ANY ((SELECT heard_people())::uuid[]));
ALTER POLICY reading_days_change ON reading_days
    USING (patient_id = (SELECT record_reader()) OR patient_id = ANY ((SELECT heard_people())::uuid[]));
ALTER POLICY reading_watches_read ON reading_watches
    USING (patient_id = (SELECT record_reader()) OR patient_id = ANY ((SELECT heard_people())::uuid[])
        OR may_read_record(patient_id));
ALTER POLICY reading_limits_read ON reading_limits
    USING (patient_id = (SELECT record_reader()) OR patient_id = ANY ((SELECT heard_people())::uuid[])
        OR may_read_record(patient_id));
