-- Devices all of whose readings their owner takes away. There may be millions, so that a worker does it a few at a time. It
-- says nothing of what was measured: a worker reads it that is no patient's.
CREATE TABLE device_clearings (
    device_id uuid PRIMARY KEY REFERENCES devices (id),
    patient_id uuid NOT NULL,
    asked_at timestamptz NOT NULL,
    after_id uuid NOT NULL DEFAULT '00000000-0000-0000-0000-000000000000',
    created_at timestamptz NOT NULL DEFAULT now()
);
COMMENT ON COLUMN device_clearings.asked_at IS 'What comes later stays.';
COMMENT ON COLUMN device_clearings.after_id IS 'So far the readings of the patient are looked through.';
REVOKE UPDATE, TRUNCATE ON device_clearings FROM medconnect_app;
GRANT UPDATE (asked_at, after_id) ON device_clearings TO medconnect_app;
