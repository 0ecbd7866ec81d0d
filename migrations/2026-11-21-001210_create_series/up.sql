-- Visits that were booked to come again: each is a row of its own, with terms of its own.
CREATE TABLE appointment_series (
    id uuid PRIMARY KEY,
    patient_id uuid NOT NULL REFERENCES users (id),
    provider_id uuid NOT NULL REFERENCES providers (id),
    every_weeks smallint NOT NULL CONSTRAINT appointment_series_every_weeks_possible CHECK (every_weeks IN (1, 2, 4)),
    created_by uuid NOT NULL REFERENCES users (id),
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX appointment_series_patient_id ON appointment_series (patient_id);
CREATE INDEX appointment_series_provider_id ON appointment_series (provider_id);
CREATE INDEX appointment_series_created_by ON appointment_series (created_by);
CREATE TRIGGER appointment_series_updated_at BEFORE UPDATE ON appointment_series FOR EACH ROW EXECUTE FUNCTION set_updated_at();

ALTER TABLE appointments
    ADD COLUMN series_id uuid REFERENCES appointment_series (id),
    ADD COLUMN next_appointment_recommended date;
COMMENT ON COLUMN appointments.next_appointment_recommended IS 'Around which day the doctor would see the patient again, on the calendar of the place.';
CREATE INDEX appointments_series_id ON appointments (series_id, starts_at) WHERE series_id IS NOT NULL;
