-- Keeps a time for a patient: their one hold with this doctor, moved here from wherever it was, or a new one. As
-- with bookings, the doctor's row is held, and nothing is written when its version has passed.
WITH offered AS (
    SELECT id, time_zone, consultation_fee_minor, currency, free_until_minutes, late_percent
    FROM providers WHERE id = $1 AND version = $2 AND is_active FOR NO KEY UPDATE
), let_go AS (
    UPDATE appointments SET status = 'expired', changed_by = NULL, change_reason = NULL FROM offered
    WHERE status = 'held' AND (
        provider_id = offered.id AND held_until <= clock_timestamp() AND (patient_id = $4 OR during && tstzrange($6, $7))
        OR patient_id = $4 AND provider_id <> offered.id AND during && tstzrange($6, $7)
            AND (NOT from_waitlist OR held_until <= clock_timestamp()))
    RETURNING appointments.id
), waited_for AS (
    -- A time of the waitlist is kept for its own length, and looking at another one does not lose it: whoever wants
    -- another length of it books that.
    SELECT held_until FROM appointments
    WHERE patient_id = $4 AND provider_id = $1 AND from_waitlist AND status = 'held' AND held_until > clock_timestamp()
        AND during && tstzrange($6, $7)
), others AS (
    SELECT count(*) AS count FROM appointments
    WHERE patient_id = $4 AND provider_id <> $1 AND status = 'held' AND held_until > clock_timestamp()
        AND NOT from_waitlist AND NOT during && tstzrange($6, $7)
), kept AS (
    UPDATE appointments SET hospital_id = $5, starts_at = $6, ends_at = $7, appointment_type = $8, with_pauses = $12,
        held_since = CASE starts_at WHEN $6 THEN held_since ELSE clock_timestamp() END,
        held_until = least(clock_timestamp() + make_interval(secs => $9),
            CASE starts_at WHEN $6 THEN held_since ELSE clock_timestamp() END + make_interval(secs => $10))
    FROM offered
    WHERE patient_id = $4 AND provider_id = offered.id AND status = 'held' AND held_until > clock_timestamp()
        AND NOT from_waitlist AND NOT EXISTS (SELECT FROM waited_for) AND (SELECT count(*) FROM let_go) >= 0
    RETURNING appointments.held_until
), taken AS (
    INSERT INTO appointments (id, patient_id, provider_id, hospital_id, created_by, starts_at, ends_at, time_zone,
        appointment_type, status, chief_complaint, consultation_fee_minor, currency, free_until_minutes, late_percent,
        with_pauses, held_since, held_until)
    SELECT $3, $4, offered.id, $5, $4, $6, $7, time_zone, $8, 'held', '', consultation_fee_minor, currency,
        free_until_minutes, late_percent, $12, clock_timestamp(), clock_timestamp() + make_interval(secs => $9)
    FROM offered, others
    WHERE NOT EXISTS (SELECT FROM kept) AND NOT EXISTS (SELECT FROM waited_for) AND (SELECT count(*) FROM let_go) >= 0 AND others.count < $11
    RETURNING held_until
)
SELECT extract(epoch FROM held_until - clock_timestamp())::float8 AS remaining, EXISTS (SELECT FROM offered) AS offered
FROM (SELECT 1) AS once LEFT JOIN (SELECT * FROM kept UNION ALL SELECT * FROM taken UNION ALL SELECT * FROM waited_for) AS held ON true
