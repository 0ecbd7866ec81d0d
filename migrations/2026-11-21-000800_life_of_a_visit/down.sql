DROP TRIGGER appointments_change ON appointments;
DROP FUNCTION keep_appointment_change();
DROP TABLE appointment_changes;
DROP TRIGGER appointments_step ON appointments;
DROP FUNCTION check_appointment_step();
DROP TABLE appointment_transitions;
DROP INDEX appointments_cancelled_late;
DROP INDEX appointments_changed_by;
DROP INDEX appointments_requested;
DROP INDEX appointments_held_until;
DROP INDEX appointments_one_hold;

DELETE FROM appointments WHERE held_until IS NOT NULL;
UPDATE appointments SET status = CASE status WHEN 'checked_in' THEN 'in_progress' WHEN 'expired' THEN 'cancelled' ELSE 'scheduled' END
WHERE status IN ('requested', 'rescheduled', 'checked_in', 'expired');
ALTER TABLE appointments
    DROP CONSTRAINT appointments_provider_not_double_booked,
    DROP CONSTRAINT appointments_patient_not_double_booked,
    ADD CONSTRAINT appointments_provider_not_double_booked
        EXCLUDE USING gist (provider_id WITH =, during WITH &&)
        WHERE (status IN ('held', 'scheduled', 'confirmed', 'in_progress')),
    ADD CONSTRAINT appointments_patient_not_double_booked
        EXCLUDE USING gist (patient_id WITH =, during WITH &&)
        WHERE (status IN ('held', 'scheduled', 'confirmed', 'in_progress')),
    DROP CONSTRAINT appointments_change_reason_short,
    DROP CONSTRAINT appointments_held_until_known,
    DROP CONSTRAINT appointments_chief_complaint_short,
    DROP CONSTRAINT appointments_status_known,
    ADD CONSTRAINT appointments_status_known CHECK (status IN ('held', 'scheduled', 'confirmed', 'in_progress', 'completed', 'cancelled', 'no_show')),
    ADD CONSTRAINT appointments_chief_complaint_short CHECK (char_length(chief_complaint) BETWEEN 1 AND 500),
    DROP COLUMN change_reason,
    DROP COLUMN changed_by,
    DROP COLUMN cancelled_late,
    DROP COLUMN first_late_free,
    DROP COLUMN held_since,
    DROP COLUMN held_until;
ALTER TABLE providers
    DROP COLUMN no_show_minutes,
    DROP COLUMN first_late_free,
    DROP COLUMN confirms_by_hand;
