-- Everything a booking writes, in one statement: all of it or nothing. `make bench` runs it in pgbench, too.
WITH offered AS (
    SELECT id, time_zone, consultation_fee_minor, currency, free_until_minutes, late_percent
    FROM providers WHERE id = $1 AND version = $2 AND is_active FOR SHARE
), appointment AS (
    INSERT INTO appointments (id, patient_id, provider_id, hospital_id, created_by, starts_at, ends_at, time_zone,
        appointment_type, status, chief_complaint, consultation_fee_minor, currency, free_until_minutes, late_percent)
    SELECT $3, $4, offered.id, $5, $4, $6, $7, coalesce(hospitals.time_zone, offered.time_zone),
        $8, 'scheduled', $9, consultation_fee_minor, currency, free_until_minutes, late_percent
    FROM offered LEFT JOIN hospitals ON hospitals.id = $5
    RETURNING id, consultation_fee_minor, currency
), payment AS (
    INSERT INTO payments (id, appointment_id, amount_minor, currency, status)
    SELECT $10, id, consultation_fee_minor, currency, 'pending' FROM appointment
), idempotency_key AS (
    INSERT INTO idempotency_keys (actor_id, route, key, body_hash, appointment_id)
    SELECT $4, 'appointments.create', $11, $12, id FROM appointment
), audit_event AS (
    INSERT INTO audit_events (id, actor_id, action, subject_type, subject_id, patient_id, request_id, ip)
    SELECT $13, $4, 'appointment.create', 'appointment', id, $4, $14, $16 FROM appointment
), message AS (
    INSERT INTO outbox (id, topic, unique_key, payload)
    SELECT $15, 'booking.booked', 'booking.booked/' || id, jsonb_build_object('appointment_id', id) FROM appointment
)
SELECT id FROM appointment
