DROP FUNCTION measures_since(uuid, date);
DROP POLICY reading_hours_read ON reading_hours;
CREATE POLICY reading_hours_read ON reading_hours FOR SELECT TO medconnect_app
    USING (patient_id = (SELECT record_reader()) OR may_read_record(patient_id));
DROP POLICY reading_days_read ON reading_days;
CREATE POLICY reading_days_read ON reading_days FOR SELECT TO medconnect_app
    USING (patient_id = (SELECT record_reader()) OR may_read_record(patient_id));
DROP FUNCTION opened_records();
DROP TABLE reading_limits;
DROP FUNCTION treats(uuid);
DROP FUNCTION possible_limits(text);
