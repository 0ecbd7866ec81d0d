ALTER TABLE providers
    ADD COLUMN confirms_by_hand boolean NOT NULL DEFAULT false,
    ADD COLUMN first_late_free boolean NOT NULL DEFAULT true,
    ADD COLUMN no_show_minutes smallint CONSTRAINT providers_no_show_possible CHECK (no_show_minutes BETWEEN 5 AND 240);
COMMENT ON COLUMN providers.confirms_by_hand IS 'Whether a visit is only asked for until the doctor says yes.';
COMMENT ON COLUMN providers.first_late_free IS 'Whether the first visit a patient cancels late with this doctor costs nothing.';
COMMENT ON COLUMN providers.no_show_minutes IS 'How long after its start a visit nobody came to counts as missed; empty: only when the doctor says so.';

ALTER TABLE appointments
    ADD COLUMN held_until timestamptz,
    ADD COLUMN held_since timestamptz,
    ADD COLUMN first_late_free boolean NOT NULL DEFAULT true,
    ADD COLUMN cancelled_late boolean NOT NULL DEFAULT false,
    ADD COLUMN changed_by uuid REFERENCES users (id),
    ADD COLUMN change_reason text,
    DROP CONSTRAINT appointments_status_known,
    DROP CONSTRAINT appointments_chief_complaint_short;
COMMENT ON COLUMN appointments.held_until IS 'Until when a time is kept for somebody who has not booked it yet, by the clock of the database; empty once it is booked.';
COMMENT ON COLUMN appointments.held_since IS 'Since when this very time is kept: nobody may keep one for ever.';
COMMENT ON COLUMN appointments.cancelled_late IS 'Whether the patient cancelled after the free time was over.';
COMMENT ON COLUMN appointments.changed_by IS 'Who made the last change of status or time; empty: a rule of the clinic.';

-- Rows are known to be right: what the old constraints allowed, the new ones do.
ALTER TABLE appointments
    ADD CONSTRAINT appointments_status_known CHECK (status IN ('held', 'requested', 'scheduled', 'confirmed', 'rescheduled',
        'checked_in', 'in_progress', 'completed', 'cancelled', 'no_show', 'expired')) NOT VALID,
    ADD CONSTRAINT appointments_chief_complaint_short CHECK (
        char_length(chief_complaint) BETWEEN 1 AND 500 OR held_until IS NOT NULL AND chief_complaint = '') NOT VALID,
    ADD CONSTRAINT appointments_held_until_known CHECK (
        (held_until IS NULL) = (held_since IS NULL)
        AND CASE status WHEN 'held' THEN held_until IS NOT NULL WHEN 'expired' THEN true ELSE held_until IS NULL END) NOT VALID,
    ADD CONSTRAINT appointments_change_reason_short CHECK (char_length(change_reason) BETWEEN 1 AND 500) NOT VALID;

-- The states that occupy a time have become more.
ALTER TABLE appointments
    DROP CONSTRAINT appointments_provider_not_double_booked,
    DROP CONSTRAINT appointments_patient_not_double_booked,
    ADD CONSTRAINT appointments_provider_not_double_booked
        EXCLUDE USING gist (provider_id WITH =, during WITH &&)
        WHERE (status IN ('held', 'requested', 'scheduled', 'confirmed', 'rescheduled', 'checked_in', 'in_progress')),
    ADD CONSTRAINT appointments_patient_not_double_booked
        EXCLUDE USING gist (patient_id WITH =, during WITH &&)
        WHERE (status IN ('held', 'requested', 'scheduled', 'confirmed', 'rescheduled', 'checked_in', 'in_progress'));

CREATE UNIQUE INDEX appointments_one_hold ON appointments (patient_id, provider_id) WHERE status = 'held';
CREATE INDEX appointments_held_until ON appointments (held_until) WHERE held_until IS NOT NULL;
CREATE INDEX appointments_requested ON appointments (starts_at) WHERE status = 'requested';
CREATE INDEX appointments_changed_by ON appointments (changed_by) WHERE changed_by IS NOT NULL;
CREATE INDEX appointments_cancelled_late ON appointments (patient_id, provider_id) WHERE cancelled_late;

-- Every step a visit may take. The table of the same name in the domain says by whom and when.
CREATE TABLE appointment_transitions (
    from_status text NOT NULL,
    to_status text NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (from_status, to_status)
);
INSERT INTO appointment_transitions (from_status, to_status) VALUES
    ('held', 'scheduled'), ('held', 'requested'), ('held', 'expired'),
    ('requested', 'confirmed'), ('requested', 'cancelled'), ('requested', 'expired'),
    ('scheduled', 'confirmed'), ('scheduled', 'rescheduled'), ('scheduled', 'checked_in'), ('scheduled', 'in_progress'),
    ('scheduled', 'cancelled'), ('scheduled', 'no_show'),
    ('confirmed', 'rescheduled'), ('confirmed', 'checked_in'), ('confirmed', 'in_progress'), ('confirmed', 'cancelled'),
    ('confirmed', 'no_show'),
    ('rescheduled', 'confirmed'), ('rescheduled', 'checked_in'), ('rescheduled', 'in_progress'),
    ('rescheduled', 'cancelled'), ('rescheduled', 'no_show'),
    ('checked_in', 'in_progress'), ('checked_in', 'confirmed'), ('checked_in', 'no_show'),
    ('in_progress', 'completed'),
    ('no_show', 'checked_in');
REVOKE INSERT, UPDATE, DELETE ON appointment_transitions FROM medconnect_app;

CREATE FUNCTION check_appointment_step() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM appointment_transitions WHERE from_status = OLD.status AND to_status = NEW.status) THEN
        RAISE EXCEPTION 'a visit that is % cannot become %', OLD.status, NEW.status
            USING ERRCODE = 'check_violation', CONSTRAINT = 'appointments_step_allowed', TABLE = 'appointments';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER appointments_step BEFORE UPDATE OF status ON appointments FOR EACH ROW
    WHEN (OLD.status <> NEW.status) EXECUTE FUNCTION check_appointment_step();

-- What became of a visit since it was booked: who, when, and why if they said so.
CREATE TABLE appointment_changes (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    appointment_id uuid NOT NULL REFERENCES appointments (id) ON DELETE CASCADE,
    from_status text NOT NULL,
    to_status text NOT NULL,
    from_starts_at timestamptz NOT NULL,
    to_starts_at timestamptz NOT NULL,
    actor_id uuid REFERENCES users (id),
    reason text,
    created_at timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE INDEX appointment_changes_appointment ON appointment_changes (appointment_id, created_at);
CREATE INDEX appointment_changes_actor_id ON appointment_changes (actor_id);
REVOKE UPDATE, DELETE ON appointment_changes FROM medconnect_app;

CREATE FUNCTION keep_appointment_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO appointment_changes (appointment_id, from_status, to_status, from_starts_at, to_starts_at, actor_id, reason)
    VALUES (NEW.id, OLD.status, NEW.status, OLD.starts_at, NEW.starts_at, NEW.changed_by, NEW.change_reason);
    RETURN NULL;
END $$;
CREATE TRIGGER appointments_change AFTER UPDATE OF status, starts_at ON appointments FOR EACH ROW
    WHEN (OLD.status <> 'held' AND (OLD.status <> NEW.status OR OLD.starts_at <> NEW.starts_at))
    EXECUTE FUNCTION keep_appointment_change();
