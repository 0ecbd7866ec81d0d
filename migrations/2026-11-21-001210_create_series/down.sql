DROP INDEX appointments_series_id;
ALTER TABLE appointments
    DROP COLUMN next_appointment_recommended,
    DROP COLUMN series_id;
DROP TABLE appointment_series;
