-- Everything a booking writes, in one statement: all of it or nothing. Bookings of one doctor wait for each
-- other at the doctor's row: two that met at the exclusion constraint would each wait for the other to give way.
-- `make bench` runs it in pgbench, too.
WITH offered AS (
    SELECT id, first_name, last_name, specialization, time_zone, consultation_fee_minor, currency, free_until_minutes,
        late_percent
    FROM providers WHERE id = $1 AND version = $2 AND is_active FOR NO KEY UPDATE
), appointment AS (
    INSERT INTO appointments (id, patient_id, provider_id, hospital_id, created_by, starts_at, ends_at, time_zone,
        appointment_type, status, chief_complaint, consultation_fee_minor, currency, free_until_minutes, late_percent)
    SELECT $3, $4, offered.id, $5, $4, $6, $7, coalesce(hospitals.time_zone, offered.time_zone),
        $8, 'scheduled', $9, consultation_fee_minor, currency, free_until_minutes, late_percent
    FROM offered LEFT JOIN hospitals ON hospitals.id = $5
    RETURNING *
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
-- What was booked, as any later look at it finds it.
SELECT a.id, a.patient_id, p.first_name || ' ' || p.last_name AS patient_name, a.provider_id,
    'Dr ' || d.first_name || ' ' || d.last_name AS provider_name, d.specialization, a.hospital_id,
    h.name AS hospital_name, h.address || ', ' || h.city || ', ' || h.country AS hospital_address,
    a.starts_at, a.ends_at, a.time_zone, a.appointment_type, a.status, a.priority, a.chief_complaint,
    a.consultation_fee_minor, a.currency, a.free_until_minutes, a.late_percent, a.sequence,
    'pending' AS payment_status, a.consultation_fee_minor AS payment_minor, a.created_by, a.created_at, a.updated_at
FROM appointment a
JOIN users p ON p.id = a.patient_id
JOIN offered d ON d.id = a.provider_id
LEFT JOIN hospitals h ON h.id = a.hospital_id
