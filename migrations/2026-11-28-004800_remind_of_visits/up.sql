-- What is to be said of a coming visit, and what became of that. A row is about one time of a visit: once that has moved, its
-- patient is reminded of the new time, and of the old one never more.
CREATE TABLE appointment_reminders (
    appointment_id uuid NOT NULL REFERENCES appointments (id) ON DELETE CASCADE,
    starts_at timestamptz NOT NULL,
    kind text NOT NULL CONSTRAINT appointment_reminders_kind_known CHECK (kind IN ('day_before', 'hours_before')),
    due_at timestamptz NOT NULL,
    decided_at timestamptz,
    sent_at timestamptz,
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (appointment_id, starts_at, kind),
    CONSTRAINT appointment_reminders_sent_is_decided CHECK (sent_at IS NULL OR decided_at IS NOT NULL)
);
COMMENT ON COLUMN appointment_reminders.starts_at IS 'The start of the visit that it is about.';
COMMENT ON COLUMN appointment_reminders.due_at IS 'When to look whether there is something to be said.';
COMMENT ON COLUMN appointment_reminders.decided_at IS 'When that was looked at, whatever came of it; empty: not yet.';
COMMENT ON COLUMN appointment_reminders.sent_at IS 'When the mail was taken over; empty: not yet, or there was nothing to be said.';
CREATE INDEX appointment_reminders_due ON appointment_reminders (due_at) WHERE decided_at IS NULL;
REVOKE DELETE ON appointment_reminders FROM medconnect_app;

-- The visits that are agreed on and have not begun.
CREATE INDEX appointments_agreed ON appointments (starts_at) WHERE status IN ('scheduled', 'confirmed', 'rescheduled');

ALTER TABLE user_profiles ADD COLUMN visit_reminders boolean NOT NULL DEFAULT true;
COMMENT ON COLUMN user_profiles.visit_reminders IS 'Whether they want to be reminded of their visits by mail.';

-- Whether somebody does not.
CREATE FUNCTION declines_visit_reminders(person uuid) RETURNS boolean LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT EXISTS (SELECT FROM user_profiles WHERE user_id = person AND NOT visit_reminders)
$$;
REVOKE EXECUTE ON FUNCTION declines_visit_reminders(uuid) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION declines_visit_reminders(uuid) TO medconnect_app;
