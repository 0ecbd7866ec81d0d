-- Everything a booking writes, in one statement: all of it or nothing. Bookings of one doctor wait for each
-- other at the doctor's row: two that met at the exclusion constraint would each wait for the other to give way.
-- $4 is the patient and $17 who books for them: the same person, their guardian, or who acts for them. `make bench` runs it in pgbench, too.
WITH permitted AS (
    -- Held, so that nobody is taken off a list while a visit is booked for them.
    SELECT person_id FROM dependants WHERE person_id = $4 AND guardian_id = $17 AND removed_at IS NULL FOR SHARE
), entrusted AS (
    -- So is this, so that nothing is booked by a grant that has been taken back.
    SELECT patient_id FROM proxy_grants WHERE proxy_id = $17 AND patient_id = $4 AND 'booking' = ANY (scopes)
        AND ended_at IS NULL AND ends_at > clock_timestamp() FOR SHARE
), offered AS (
    SELECT id, first_name, last_name, specialization, time_zone, consultation_fee_minor, currency, free_until_minutes,
        late_percent, first_late_free, CASE WHEN confirms_by_hand THEN 'requested' ELSE 'scheduled' END AS status
    FROM providers WHERE id = $1 AND version = $2 AND is_active AND ($4 = $17 OR EXISTS (SELECT FROM permitted) OR EXISTS (SELECT FROM entrusted)) FOR NO KEY UPDATE
), let_go AS (
    -- Times that are kept no longer are in nobody's way, whether or not they have been swept up; and what was kept
    -- instead of this time, for the patient or who books for them, is wanted no more.
    UPDATE appointments SET status = 'expired', changed_by = NULL, change_reason = NULL FROM offered
    WHERE appointments.status = 'held' AND (
        provider_id = offered.id AND held_until <= clock_timestamp() AND during && tstzrange($6, $7)
        OR patient_id = $17 AND (provider_id = offered.id AND NOT from_waitlist OR $4 = $17 AND during && tstzrange($6, $7))
            AND NOT (provider_id = offered.id AND starts_at = $6 AND ends_at = $7 AND held_until > clock_timestamp()))
    RETURNING appointments.id
), kept AS (
    -- The very time that is kept becomes the visit.
    UPDATE appointments SET patient_id = $4, status = offered.status, held_until = NULL, held_since = NULL, hospital_id = $5,
        time_zone = coalesce((SELECT time_zone FROM hospitals WHERE id = $5), offered.time_zone), appointment_type = $8,
        chief_complaint = $9, consultation_fee_minor = offered.consultation_fee_minor, currency = offered.currency,
        free_until_minutes = offered.free_until_minutes, late_percent = offered.late_percent,
        first_late_free = offered.first_late_free, with_pauses = $20, changed_by = $17, series_id = $19, created_at = now()
    FROM offered
    WHERE patient_id = $17 AND provider_id = offered.id AND appointments.status = 'held' AND starts_at = $6 AND ends_at = $7
        AND held_until > clock_timestamp()
    RETURNING appointments.id, appointments.patient_id, appointments.provider_id, appointments.hospital_id,
        appointments.starts_at, appointments.ends_at, appointments.time_zone, appointments.appointment_type,
        appointments.status, appointments.priority, appointments.consultation_fee_minor, appointments.currency,
        appointments.free_until_minutes, appointments.late_percent, appointments.first_late_free,
        appointments.sequence, appointments.created_by, appointments.created_at, appointments.updated_at,
        appointments.series_id, appointments.next_appointment_recommended
), booked AS (
    INSERT INTO appointments (id, patient_id, provider_id, hospital_id, created_by, starts_at, ends_at, time_zone,
        appointment_type, status, chief_complaint, consultation_fee_minor, currency, free_until_minutes, late_percent,
        first_late_free, with_pauses, changed_by, series_id)
    SELECT $3, $4, offered.id, $5, $17, $6, $7, coalesce(hospitals.time_zone, offered.time_zone),
        $8, offered.status, $9, consultation_fee_minor, currency, free_until_minutes, late_percent, first_late_free, $20, $17, $19
    FROM offered LEFT JOIN hospitals ON hospitals.id = $5
    -- Asks for both, so that both are done before.
    WHERE NOT EXISTS (SELECT FROM kept) AND (SELECT count(*) FROM let_go) >= 0
    -- All but the reason, which is read only for a reader who may.
    RETURNING id, patient_id, provider_id, hospital_id, starts_at, ends_at, time_zone, appointment_type, status,
        priority, consultation_fee_minor, currency, free_until_minutes, late_percent, first_late_free, sequence,
        created_by, created_at, updated_at, series_id, next_appointment_recommended
), appointment AS (
    SELECT * FROM kept UNION ALL SELECT * FROM booked
), payment AS (
    INSERT INTO payments (id, appointment_id, amount_minor, currency, status)
    SELECT $10, id, consultation_fee_minor, currency, 'pending' FROM appointment
), idempotency_key AS (
    INSERT INTO idempotency_keys (actor_id, route, key, body_hash, appointment_id)
    SELECT $17, $18, $11, $12, id FROM appointment
), audit_event AS (
    INSERT INTO audit_events (id, actor_id, action, subject_type, subject_id, patient_id, request_id, ip)
    SELECT $13, $17, 'appointment.create', 'appointment', id, $4, $14, $16 FROM appointment
), message AS (
    -- Of several visits that are booked at once people are told at once, by a message that names them all.
    INSERT INTO outbox (id, topic, unique_key, payload)
    SELECT $15, 'booking.' || CASE status WHEN 'requested' THEN 'requested' ELSE 'booked' END, 'booking.booked/' || id,
        jsonb_build_object('appointment_id', id, 'sequence', sequence) FROM appointment WHERE $18 = 'appointments.create'
)
-- What was booked, as any later look at it finds it.
SELECT a.id, a.patient_id, p.first_name || ' ' || p.last_name AS patient_name, a.provider_id,
    'Dr ' || d.first_name || ' ' || d.last_name AS provider_name, d.specialization, a.hospital_id,
    h.name AS hospital_name, h.address || ', ' || h.city || ', ' || h.country AS hospital_address,
    a.starts_at, a.ends_at, a.time_zone, a.appointment_type, a.status, a.priority, $9::text AS chief_complaint,
    a.consultation_fee_minor, a.currency, a.free_until_minutes, a.late_percent, a.first_late_free, a.sequence,
    EXISTS (SELECT FROM appointments WHERE patient_id = a.patient_id AND provider_id = a.provider_id AND cancelled_late) AS late_before,
    'pending' AS payment_status, a.consultation_fee_minor AS payment_minor, 0::bigint AS refund_minor, a.created_by, a.created_at, a.updated_at,
    g.guardian_id, gu.first_name || ' ' || gu.last_name AS guardian_name,
    x.proxy_id, x.proxy_id IS NOT NULL AS proxy_books, a.series_id, a.next_appointment_recommended, NULL::timestamptz AS reminder_sent_at
FROM appointment a
JOIN users p ON p.id = a.patient_id
JOIN offered d ON d.id = a.provider_id
LEFT JOIN hospitals h ON h.id = a.hospital_id
LEFT JOIN dependants g ON g.person_id = a.patient_id
LEFT JOIN users gu ON gu.id = g.guardian_id
LEFT JOIN proxy_grants x ON x.patient_id = a.patient_id AND x.proxy_id = $17 AND x.ended_at IS NULL
