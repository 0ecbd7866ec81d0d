CREATE TABLE availability_rules (
    id uuid PRIMARY KEY,
    provider_id uuid NOT NULL REFERENCES providers (id) ON DELETE CASCADE,
    hospital_id uuid REFERENCES hospitals (id),
    weekday smallint NOT NULL CONSTRAINT availability_rules_weekday_is_iso CHECK (weekday BETWEEN 1 AND 7),
    starts time NOT NULL,
    ends time NOT NULL,
    slot_minutes smallint NOT NULL CONSTRAINT availability_rules_slot_possible CHECK (slot_minutes BETWEEN 5 AND 480),
    buffer_before_minutes smallint NOT NULL DEFAULT 0 CONSTRAINT availability_rules_buffer_before_possible CHECK (buffer_before_minutes BETWEEN 0 AND 240),
    buffer_after_minutes smallint NOT NULL DEFAULT 0 CONSTRAINT availability_rules_buffer_after_possible CHECK (buffer_after_minutes BETWEEN 0 AND 240),
    kinds text[] NOT NULL CONSTRAINT availability_rules_kinds_known CHECK (kinds <> '{}' AND kinds <@ ARRAY['video', 'phone', 'in_person']),
    time_zone text NOT NULL,
    valid_from date,
    valid_until date,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT availability_rules_start_before_end CHECK (starts < ends OR ends = '00:00'),
    CONSTRAINT availability_rules_valid_in_order CHECK (valid_from <= valid_until)
);
COMMENT ON COLUMN availability_rules.weekday IS 'ISO 8601: 1 is Monday.';
COMMENT ON COLUMN availability_rules.starts IS 'Wall-clock time in time_zone.';
COMMENT ON COLUMN availability_rules.ends IS 'Wall-clock time in time_zone; 00:00 is the end of the day.';
CREATE INDEX availability_rules_provider_id ON availability_rules (provider_id);
CREATE INDEX availability_rules_hospital_id ON availability_rules (hospital_id);
CREATE TRIGGER availability_rules_updated_at BEFORE UPDATE ON availability_rules FOR EACH ROW EXECUTE FUNCTION set_updated_at();

CREATE TABLE availability_exceptions (
    id uuid PRIMARY KEY,
    provider_id uuid NOT NULL REFERENCES providers (id) ON DELETE CASCADE,
    hospital_id uuid REFERENCES hospitals (id),
    day date NOT NULL,
    change text NOT NULL CONSTRAINT availability_exceptions_change_known CHECK (change IN ('closed', 'extra')),
    starts time,
    ends time,
    slot_minutes smallint CONSTRAINT availability_exceptions_slot_possible CHECK (slot_minutes BETWEEN 5 AND 480),
    buffer_before_minutes smallint NOT NULL DEFAULT 0 CONSTRAINT availability_exceptions_buffer_before_possible CHECK (buffer_before_minutes BETWEEN 0 AND 240),
    buffer_after_minutes smallint NOT NULL DEFAULT 0 CONSTRAINT availability_exceptions_buffer_after_possible CHECK (buffer_after_minutes BETWEEN 0 AND 240),
    kinds text[] NOT NULL DEFAULT '{}' CONSTRAINT availability_exceptions_kinds_known CHECK (kinds <@ ARRAY['video', 'phone', 'in_person']),
    time_zone text NOT NULL,
    reason text,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT availability_exceptions_start_before_end CHECK (starts < ends OR ends = '00:00'),
    CONSTRAINT availability_exceptions_both_ends CHECK ((starts IS NULL) = (ends IS NULL)),
    CONSTRAINT availability_exceptions_extra_is_complete CHECK (change = 'closed' OR (starts IS NOT NULL AND slot_minutes IS NOT NULL AND kinds <> '{}'))
);
CREATE INDEX availability_exceptions_provider_day ON availability_exceptions (provider_id, day);
CREATE INDEX availability_exceptions_hospital_id ON availability_exceptions (hospital_id);
CREATE TRIGGER availability_exceptions_updated_at BEFORE UPDATE ON availability_exceptions FOR EACH ROW EXECUTE FUNCTION set_updated_at();

CREATE TABLE appointments (
    id uuid PRIMARY KEY,
    patient_id uuid NOT NULL REFERENCES users (id),
    provider_id uuid NOT NULL REFERENCES providers (id),
    hospital_id uuid REFERENCES hospitals (id),
    created_by uuid NOT NULL REFERENCES users (id),
    starts_at timestamptz NOT NULL,
    ends_at timestamptz NOT NULL,
    during tstzrange NOT NULL GENERATED ALWAYS AS (tstzrange(starts_at, ends_at, '[)')) STORED,
    time_zone text NOT NULL,
    appointment_type text NOT NULL CONSTRAINT appointments_type_known CHECK (appointment_type IN ('video', 'phone', 'in_person')),
    status text NOT NULL CONSTRAINT appointments_status_known CHECK (status IN ('held', 'scheduled', 'confirmed', 'in_progress', 'completed', 'cancelled', 'no_show')),
    priority text NOT NULL DEFAULT 'routine' CONSTRAINT appointments_priority_known CHECK (priority IN ('routine', 'urgent')),
    chief_complaint text NOT NULL CONSTRAINT appointments_chief_complaint_short CHECK (char_length(chief_complaint) BETWEEN 1 AND 500),
    consultation_fee_minor bigint NOT NULL CONSTRAINT appointments_fee_not_negative CHECK (consultation_fee_minor >= 0),
    currency text NOT NULL,
    free_until_minutes integer NOT NULL,
    late_percent smallint NOT NULL,
    sequence integer NOT NULL DEFAULT 0,
    cancelled_at timestamptz,
    cancelled_by uuid REFERENCES users (id),
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT appointments_start_before_end CHECK (starts_at < ends_at),
    -- The two rules that decide who gets a time when several want it.
    CONSTRAINT appointments_provider_not_double_booked
        EXCLUDE USING gist (provider_id WITH =, during WITH &&)
        WHERE (status IN ('held', 'scheduled', 'confirmed', 'in_progress')),
    CONSTRAINT appointments_patient_not_double_booked
        EXCLUDE USING gist (patient_id WITH =, during WITH &&)
        WHERE (status IN ('held', 'scheduled', 'confirmed', 'in_progress'))
);
COMMENT ON COLUMN appointments.time_zone IS 'IANA zone of the place, as it was when the visit was booked.';
COMMENT ON COLUMN appointments.free_until_minutes IS 'The cancellation terms the patient agreed to: later changes of the doctor do not reach back.';
COMMENT ON COLUMN appointments.sequence IS 'RFC 5545 SEQUENCE: grows with each change a calendar must see.';
CREATE INDEX appointments_provider_starts ON appointments (provider_id, starts_at);
CREATE INDEX appointments_patient_starts ON appointments (patient_id, starts_at);
CREATE INDEX appointments_hospital_id ON appointments (hospital_id);
CREATE INDEX appointments_created_by ON appointments (created_by);
CREATE INDEX appointments_cancelled_by ON appointments (cancelled_by) WHERE cancelled_by IS NOT NULL;
CREATE TRIGGER appointments_updated_at BEFORE UPDATE ON appointments FOR EACH ROW EXECUTE FUNCTION set_updated_at();

CREATE TABLE payments (
    id uuid PRIMARY KEY,
    appointment_id uuid NOT NULL REFERENCES appointments (id),
    amount_minor bigint NOT NULL CONSTRAINT payments_amount_not_negative CHECK (amount_minor >= 0),
    currency text NOT NULL,
    status text NOT NULL CONSTRAINT payments_status_known CHECK (status IN ('pending', 'paid', 'refunded', 'cancelled')),
    provider_reference text,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now()
);
COMMENT ON COLUMN payments.provider_reference IS 'What the payment gateway calls it.';
CREATE INDEX payments_appointment_id ON payments (appointment_id);
CREATE TRIGGER payments_updated_at BEFORE UPDATE ON payments FOR EACH ROW EXECUTE FUNCTION set_updated_at();
