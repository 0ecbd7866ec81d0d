-- Devices of patients, which send readings with a key of their own. They are never deleted: readings tell where they are from.
CREATE TABLE devices (
    id uuid PRIMARY KEY,
    patient_id uuid NOT NULL REFERENCES users (id),
    name text NOT NULL CONSTRAINT devices_name_length CHECK (char_length(name) BETWEEN 1 AND 80),
    kind text NOT NULL CONSTRAINT devices_kind_known CHECK (kind IN ('blood_pressure_monitor', 'heart_rate_monitor',
        'pulse_oximeter', 'glucose_meter', 'thermometer', 'scale', 'smartwatch', 'activity_tracker', 'sleep_tracker',
        'spirometer', 'other')),
    manufacturer text CONSTRAINT devices_manufacturer_length CHECK (char_length(manufacturer) BETWEEN 1 AND 80),
    model text CONSTRAINT devices_model_length CHECK (char_length(model) BETWEEN 1 AND 80),
    firmware_version text CONSTRAINT devices_firmware_version_length CHECK (char_length(firmware_version) BETWEEN 1 AND 80),
    position text CONSTRAINT devices_position_known CHECK (position IN ('left_wrist', 'right_wrist', 'left_upper_arm',
        'right_upper_arm', 'finger', 'chest', 'abdomen', 'forehead', 'ear', 'mouth', 'armpit', 'thigh')),
    status text NOT NULL DEFAULT 'unverified'
        CONSTRAINT devices_status_known CHECK (status IN ('unverified', 'active', 'paused', 'revoked', 'replaced')),
    replaced_by uuid REFERENCES devices (id) DEFERRABLE INITIALLY DEFERRED,
    last_seen_at timestamptz,
    last_reading_at timestamptz,
    battery_level smallint CONSTRAINT devices_battery_percent CHECK (battery_level BETWEEN 0 AND 100),
    battery_at timestamptz,
    last_maintenance_at timestamptz,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT devices_replaced_by_one CHECK ((status = 'replaced') = (replaced_by IS NOT NULL) AND replaced_by <> id),
    CONSTRAINT devices_battery_at_some_time CHECK (num_nonnulls(battery_level, battery_at) IN (0, 2))
-- Its row changes with each batch that it sends: there is room beside it.
) WITH (fillfactor = 70);
COMMENT ON TABLE devices IS 'FHIR Device.';
COMMENT ON COLUMN devices.patient_id IS 'Whose it is, and of whom all is that it sends.';
COMMENT ON COLUMN devices.position IS 'Where on the body it measures. It goes over to the device that replaces this one.';
COMMENT ON COLUMN devices.last_seen_at IS 'When it last said anything, by our clock.';
COMMENT ON COLUMN devices.last_reading_at IS 'When the newest of its accepted readings was measured, by its own.';
CREATE INDEX devices_patient ON devices (patient_id, created_at);
CREATE INDEX devices_replaced_by ON devices (replaced_by) WHERE replaced_by IS NOT NULL;
CREATE TRIGGER devices_updated_at BEFORE UPDATE ON devices FOR EACH ROW EXECUTE FUNCTION set_updated_at();
CREATE TRIGGER devices_of_open_accounts AFTER INSERT ON devices
    REFERENCING NEW TABLE AS written FOR EACH STATEMENT EXECUTE FUNCTION refuse_closed_accounts();

-- The owner's row is locked first: of two that would each be the twentieth, the second counts the first.
CREATE FUNCTION check_devices() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM FROM users WHERE id = NEW.patient_id FOR NO KEY UPDATE;
    IF (SELECT count(*) FROM devices WHERE patient_id = NEW.patient_id AND status NOT IN ('revoked', 'replaced')) >= 20 THEN
        RAISE EXCEPTION 'nobody has more than twenty devices'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'devices_at_most_twenty', TABLE = 'devices';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER devices_at_most_twenty BEFORE INSERT ON devices FOR EACH ROW EXECUTE FUNCTION check_devices();

-- What is revoked or replaced is so for good, and no device forgets that it has shown its key.
CREATE FUNCTION keep_device_status() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.status <> OLD.status AND (OLD.status IN ('revoked', 'replaced') OR NEW.status = 'unverified')
        OR NEW.replaced_by IS DISTINCT FROM OLD.replaced_by AND OLD.replaced_by IS NOT NULL THEN
        RAISE EXCEPTION 'a device lives once'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'devices_live_once', TABLE = 'devices';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER devices_live_once BEFORE UPDATE OF status, replaced_by ON devices FOR EACH ROW EXECUTE FUNCTION keep_device_status();
REVOKE UPDATE, DELETE, TRUNCATE ON devices FROM medconnect_app;
GRANT UPDATE (name, kind, manufacturer, model, firmware_version, position, status, replaced_by, last_seen_at,
    last_reading_at, battery_level, battery_at, last_maintenance_at) ON devices TO medconnect_app;

-- Keys of devices. A key can send, and nothing else.
CREATE TABLE device_keys (
    id uuid PRIMARY KEY,
    device_id uuid NOT NULL REFERENCES devices (id),
    hash bytea NOT NULL CONSTRAINT device_keys_hash_once UNIQUE CONSTRAINT device_keys_hash_length CHECK (octet_length(hash) = 32),
    prefix text NOT NULL CONSTRAINT device_keys_prefix_form CHECK (prefix ~ '^mcd_[a-z2-7]{8}$'),
    ends_at timestamptz,
    first_used_at timestamptz,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now()
);
COMMENT ON COLUMN device_keys.hash IS 'SHA-256 of the whole key, which has 160 random bits.';
COMMENT ON COLUMN device_keys.prefix IS 'By which its owner knows it again.';
COMMENT ON COLUMN device_keys.ends_at IS 'Empty: the newest one of its device.';
CREATE INDEX device_keys_device ON device_keys (device_id, created_at);
CREATE UNIQUE INDEX device_keys_one_newest ON device_keys (device_id) WHERE ends_at IS NULL;
CREATE TRIGGER device_keys_updated_at BEFORE UPDATE ON device_keys FOR EACH ROW EXECUTE FUNCTION set_updated_at();
REVOKE UPDATE, DELETE, TRUNCATE ON device_keys FROM medconnect_app;
GRANT UPDATE (ends_at, first_used_at) ON device_keys TO medconnect_app;

-- What devices say is wrong with them: the newest hundred of each.
CREATE TABLE device_errors (
    id uuid PRIMARY KEY,
    device_id uuid NOT NULL REFERENCES devices (id),
    code text NOT NULL CONSTRAINT device_errors_code_form CHECK (code ~ '^[A-Za-z0-9_-]{1,50}$'),
    message text CONSTRAINT device_errors_message_length CHECK (char_length(message) BETWEEN 1 AND 500),
    reported_at timestamptz NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX device_errors_device ON device_errors (device_id, reported_at, id);
REVOKE UPDATE, TRUNCATE ON device_errors FROM medconnect_app;

-- What became of the readings that a device sent on a day.
CREATE TABLE device_days (
    device_id uuid NOT NULL REFERENCES devices (id),
    day date NOT NULL,
    accepted bigint NOT NULL DEFAULT 0 CONSTRAINT device_days_accepted_counted CHECK (accepted >= 0),
    duplicates bigint NOT NULL DEFAULT 0 CONSTRAINT device_days_duplicates_counted CHECK (duplicates >= 0),
    quarantined bigint NOT NULL DEFAULT 0 CONSTRAINT device_days_quarantined_counted CHECK (quarantined >= 0),
    refused bigint NOT NULL DEFAULT 0 CONSTRAINT device_days_refused_counted CHECK (refused >= 0),
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (device_id, day)
) WITH (fillfactor = 70);
COMMENT ON COLUMN device_days.day IS 'In UTC, by our clock when they came.';
CREATE TRIGGER device_days_updated_at BEFORE UPDATE ON device_days FOR EACH ROW EXECUTE FUNCTION set_updated_at();
REVOKE DELETE, TRUNCATE ON device_days FROM medconnect_app;
