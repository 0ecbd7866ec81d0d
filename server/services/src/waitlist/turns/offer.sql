-- Keeps a time for somebody who waits, and tells them. As with bookings, the doctor's row is held, and nothing is
-- written when its version has passed, or when the person waits no more.
WITH offered AS (
    SELECT id, time_zone, consultation_fee_minor, currency, free_until_minutes, late_percent
    FROM providers WHERE id = $2 AND version = $3 AND is_active FOR NO KEY UPDATE
), entry AS (
    SELECT e.id, e.patient_id FROM waitlist_entries e, offered WHERE e.id = $1 AND e.status = 'waiting' FOR NO KEY UPDATE OF e
), let_go AS (
    UPDATE appointments SET status = 'expired', changed_by = NULL, change_reason = NULL FROM offered
    WHERE status = 'held' AND provider_id = offered.id AND held_until <= clock_timestamp() AND during && tstzrange($6, $7)
    RETURNING appointments.id
), kept AS (
    INSERT INTO appointments (id, patient_id, provider_id, hospital_id, created_by, starts_at, ends_at, time_zone,
        appointment_type, status, chief_complaint, consultation_fee_minor, currency, free_until_minutes, late_percent,
        with_pauses, held_since, held_until, from_waitlist)
    SELECT $4, patient_id, offered.id, $5, patient_id, $6, $7, time_zone, $8, 'held', '', consultation_fee_minor, currency,
        free_until_minutes, late_percent, $17, clock_timestamp(), clock_timestamp() + make_interval(secs => $9), true
    FROM offered, entry WHERE (SELECT count(*) FROM let_go) >= 0
    RETURNING id, patient_id, provider_id, starts_at, ends_at, appointment_type, held_until
), offer AS (
    INSERT INTO waitlist_offers (id, entry_id, appointment_id, provider_id, starts_at, ends_at, appointment_type,
        token_hash, expires_at, position, waiting)
    SELECT $10, $1, id, provider_id, starts_at, ends_at, appointment_type, $11, held_until, $12, $13 FROM kept
    RETURNING id
), message AS (
    INSERT INTO outbox (id, topic, unique_key, payload)
    SELECT $14, 'waitlist.offered', 'waitlist.offered/' || id, jsonb_build_object('offer_id', id, 'token', $15::text) FROM offer
)
INSERT INTO audit_events (id, action, subject_type, subject_id, patient_id)
SELECT $16, 'waitlist.offer', 'waitlist_offer', $10, patient_id FROM kept
