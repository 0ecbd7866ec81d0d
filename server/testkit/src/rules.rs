//! What must hold in the tables whatever people did at once, and however servers and databases died.
use crate::TestDb;
use diesel::{QueryableByName, sql_query, sql_types::Text};
use diesel_async::RunQueryDsl;
use services::Conn;

/// A rule in words, and the rows that break it, each as one text.
type Rule = (&'static str, &'static str);

/// What the rules read: visits that somebody booked, what became of them, and what they cost by the terms
/// that were agreed on.
const SEEN: &str = "\
WITH live AS (
    SELECT * FROM appointments
    WHERE status IN ('held', 'requested', 'scheduled', 'confirmed', 'rescheduled', 'checked_in', 'in_progress')
), visits AS (
    SELECT * FROM appointments WHERE held_until IS NULL
), steps AS (
    SELECT c.*, c.from_starts_at <> c.to_starts_at AS moved, lag(c.to_status) OVER w AS was, lag(c.to_starts_at) OVER w AS was_at,
        lead(c.id) OVER w IS NULL AS is_last
    FROM appointment_changes c WINDOW w AS (PARTITION BY c.appointment_id ORDER BY c.created_at, c.id)
), bills AS (
    SELECT v.id, p.id AS payment_id, p.status, p.amount_minor AS amount, p.refunded_minor AS refunded,
        coalesce((SELECT sum(amount_minor) FROM payment_attempts
            WHERE payment_id = p.id AND kind = 'charge' AND status = 'succeeded'), 0) AS paid,
        coalesce((SELECT sum(amount_minor) FROM payment_attempts WHERE payment_id = p.id AND kind = 'refund'), 0) AS back,
        CASE
            WHEN v.status = 'expired' THEN 0
            WHEN v.status <> 'cancelled' THEN v.consultation_fee_minor
            WHEN NOT v.cancelled_late THEN 0
            WHEN v.first_late_free AND NOT EXISTS (
                SELECT FROM visits other JOIN steps ON steps.appointment_id = other.id AND steps.to_status = 'cancelled'
                WHERE other.patient_id = v.patient_id AND other.provider_id = v.provider_id AND other.cancelled_late
                    AND steps.created_at < (SELECT created_at FROM steps WHERE appointment_id = v.id AND to_status = 'cancelled'))
                THEN 0
            ELSE v.consultation_fee_minor * v.late_percent / 100
        END AS cost
    FROM visits v JOIN payments p ON p.appointment_id = v.id
), effects AS (
    SELECT 'appointment.create' AS effect, id FROM visits
    UNION ALL SELECT 'appointment.reschedule', appointment_id FROM steps WHERE moved
    UNION ALL SELECT 'appointment.cancel', appointment_id FROM steps WHERE to_status = 'cancelled'
    UNION ALL SELECT 'payment.begin', b.id FROM bills b JOIN payment_attempts t USING (payment_id) WHERE t.kind = 'charge'
    UNION ALL SELECT CASE t.kind WHEN 'charge' THEN 'payment.paid' ELSE 'payment.refunded' END, b.id
        FROM bills b JOIN payment_attempts t USING (payment_id) WHERE t.status = 'succeeded'
    UNION ALL SELECT 'waitlist.join', id FROM waitlist_entries
    UNION ALL SELECT 'waitlist.leave', id FROM waitlist_entries WHERE status = 'left'
    UNION ALL SELECT 'waitlist.offer', id FROM waitlist_offers
    UNION ALL SELECT 'waitlist.decline', id FROM waitlist_offers WHERE outcome = 'declined'
), known (effect, is_told) AS (
    VALUES ('appointment.create', true), ('appointment.reschedule', true), ('appointment.cancel', true), ('payment.begin', false),
        ('payment.paid', true), ('payment.refunded', true), ('waitlist.join', false), ('waitlist.leave', false),
        ('waitlist.offer', true), ('waitlist.decline', false)
), audited AS (
    SELECT replace(action, '_as_doctor', '') AS effect, subject_id AS id FROM audit_events
    WHERE action <> 'waitlist.decline' OR subject_id IN (SELECT id FROM waitlist_offers WHERE outcome = 'declined')
), told AS (
    SELECT CASE topic
            WHEN 'booking.booked' THEN 'appointment.create' WHEN 'booking.requested' THEN 'appointment.create'
            WHEN 'booking.rescheduled' THEN 'appointment.reschedule' WHEN 'booking.moved_by_doctor' THEN 'appointment.reschedule'
            WHEN 'booking.cancelled' THEN 'appointment.cancel' WHEN 'booking.cancelled_by_doctor' THEN 'appointment.cancel'
            WHEN 'waitlist.offered' THEN 'waitlist.offer' ELSE topic
        END AS effect, coalesce(one ->> 'appointment_id', one ->> 'offer_id')::uuid AS id
    FROM outbox CROSS JOIN LATERAL jsonb_array_elements(coalesce(payload -> 'visits', jsonb_build_array(payload))) AS of (one)
) ";

/// At any moment.
const RULES: &[Rule] = &[
    (
        "two live visits of a doctor overlap",
        "SELECT a.id || ' ' || b.id FROM live a JOIN live b ON a.id < b.id AND a.during && b.during AND a.provider_id = b.provider_id",
    ),
    (
        "two live visits of a doctor are closer than their pauses",
        "SELECT a.id || ' ' || b.id FROM live a JOIN live b ON a.starts_at < b.starts_at AND a.provider_id = b.provider_id
            WHERE (a.with_pauses && b.during OR a.during && b.with_pauses)
                AND coalesce(a.held_until, 'infinity') > clock_timestamp() AND coalesce(b.held_until, 'infinity') > clock_timestamp()",
    ),
    (
        "two live visits of a patient overlap",
        "SELECT a.id || ' ' || b.id FROM live a JOIN live b ON a.id < b.id AND a.during && b.during AND a.patient_id = b.patient_id",
    ),
    (
        "a visit has not exactly one payment and one key",
        "SELECT id::text FROM visits v WHERE 1 <> (SELECT count(*) FROM payments WHERE appointment_id = v.id)
            OR 1 <> (SELECT count(*) FROM idempotency_keys WHERE appointment_id = v.id AND route LIKE 'appointments.create%')",
    ),
    (
        "something belongs to a time that nobody booked",
        "SELECT a.id::text FROM appointments a WHERE held_until IS NOT NULL AND (
            EXISTS (SELECT FROM payments WHERE appointment_id = a.id)
            OR EXISTS (SELECT FROM idempotency_keys WHERE appointment_id = a.id)
            OR EXISTS (SELECT FROM appointment_changes WHERE appointment_id = a.id))",
    ),
    (
        "of several visits that were booked at once some are missing",
        "SELECT key FROM idempotency_keys WHERE route LIKE 'appointments.create_all/%' GROUP BY actor_id, key
            HAVING count(*) <> max(right(route, 2)::int) OR count(DISTINCT body_hash) <> 1",
    ),
    (
        "a key of a cancellation belongs to a visit that stands",
        "SELECT key FROM idempotency_keys k JOIN visits v ON v.id = k.appointment_id
            WHERE route = 'appointments.cancel' AND v.status <> 'cancelled'",
    ),
    (
        "the history has a gap",
        "SELECT s.appointment_id || ' ' || s.to_status FROM steps s JOIN appointments a ON a.id = s.appointment_id
            WHERE coalesce(was, from_status) <> from_status OR coalesce(was_at, from_starts_at) <> from_starts_at
                OR was IS NULL AND from_status NOT IN ('scheduled', 'requested')
                OR is_last AND (to_status, to_starts_at) IS DISTINCT FROM (a.status, a.starts_at)",
    ),
    (
        "a visit has changed without a history",
        "SELECT id || ' ' || status || ' ' || sequence FROM visits v
            WHERE status NOT IN ('scheduled', 'requested') AND NOT EXISTS (SELECT FROM steps WHERE appointment_id = v.id)
                OR sequence <> (SELECT count(*) FROM steps WHERE appointment_id = v.id AND (moved OR to_status IN ('cancelled', 'expired')))",
    ),
    (
        "nobody has made a change",
        "SELECT appointment_id || ' ' || to_status FROM steps WHERE actor_id IS NULL AND to_status NOT IN ('expired', 'no_show')
            UNION ALL SELECT id::text FROM visits WHERE (status = 'cancelled') <> (num_nonnulls(cancelled_at, cancelled_by) = 2)",
    ),
    (
        "a cancellation is late by other terms than those agreed on",
        "SELECT id::text FROM visits v WHERE status = 'cancelled' AND cancelled_by IN (
                SELECT v.patient_id UNION ALL SELECT guardian_id FROM dependants WHERE person_id = v.patient_id
                UNION ALL SELECT proxy_id FROM proxy_grants WHERE patient_id = v.patient_id)
            AND cancelled_late <> (starts_at - make_interval(mins => free_until_minutes) <= cancelled_at)",
    ),
    (
        "a time is kept for too long",
        "SELECT id::text FROM live WHERE status = 'held' AND NOT from_waitlist AND held_until > held_since + interval '30 minutes'",
    ),
    (
        "what is paid and given back is not what the terms say",
        "SELECT id || ' ' || status || ' ' || concat_ws(' ', amount, refunded, paid, back, cost) FROM bills
            WHERE back <> refunded OR NOT CASE status
                WHEN 'pending' THEN cost > 0 AND amount = cost AND paid = 0 AND refunded = 0
                WHEN 'cancelled' THEN cost = 0 AND amount = 0 AND paid = 0 AND refunded = 0
                WHEN 'paid' THEN cost > 0 AND amount = paid AND paid - refunded = cost
                WHEN 'refunded' THEN cost = 0 AND amount = paid AND paid > 0 AND paid = refunded
            END",
    ),
    (
        "two payments for a visit are under way or done",
        "SELECT payment_id::text FROM payment_attempts WHERE status IN ('started', 'succeeded') GROUP BY payment_id, kind HAVING count(*) > 1",
    ),
    (
        "the gateway says something else of a payment",
        "SELECT t.id || ' ' || t.kind FROM payment_attempts t
            LEFT JOIN payment_attempts charge ON charge.payment_id = t.payment_id AND charge.kind = 'charge' AND charge.status = 'succeeded'
            LEFT JOIN demo_checkouts d ON d.id = coalesce(charge.id, t.id)
            WHERE t.kind = 'charge' AND (t.status = 'succeeded' AND (d.outcome, d.amount_minor) IS DISTINCT FROM ('paid', t.amount_minor)
                    OR t.status IN ('declined', 'closed') AND EXISTS (SELECT FROM demo_checkouts WHERE id = t.id AND outcome = 'paid'))
                OR t.kind = 'refund' AND t.status = 'succeeded' AND d.refunded_minor IS DISTINCT FROM t.amount_minor",
    ),
    (
        "two offers for one person or of one time are open",
        "SELECT a.id || ' ' || b.id FROM waitlist_offers a JOIN waitlist_offers b ON a.id < b.id AND a.outcome = 'pending' AND b.outcome = 'pending'
            AND (a.entry_id = b.entry_id OR (a.provider_id, a.starts_at) = (b.provider_id, b.starts_at))",
    ),
    (
        "an open offer is no time that is kept for somebody who waits",
        "SELECT o.id || ' ' || e.status FROM waitlist_offers o JOIN waitlist_entries e ON e.id = o.entry_id WHERE outcome = 'pending' AND (
                e.status <> 'waiting' OR NOT EXISTS (SELECT FROM live a WHERE a.id = o.appointment_id AND status = 'held' AND from_waitlist
                    AND (a.patient_id, a.provider_id, a.starts_at, a.ends_at) = (e.patient_id, o.provider_id, o.starts_at, o.ends_at)))
            UNION ALL SELECT id::text FROM live a WHERE status = 'held' AND from_waitlist
                AND NOT EXISTS (SELECT FROM waitlist_offers WHERE appointment_id = a.id AND outcome = 'pending')",
    ),
    (
        "an accepted offer is no visit",
        "SELECT o.id || ' ' || e.status FROM waitlist_offers o JOIN waitlist_entries e ON e.id = o.entry_id WHERE outcome = 'accepted' AND (
                e.status NOT IN ('booked', 'left') OR NOT EXISTS (SELECT FROM visits WHERE id = o.appointment_id AND e.patient_id IN (patient_id, created_by)))
            UNION ALL SELECT id::text FROM waitlist_entries e WHERE status = 'booked'
                AND 1 <> (SELECT count(*) FROM waitlist_offers WHERE entry_id = e.id AND outcome = 'accepted')",
    ),
    (
        "something was done and not written down once for the audit",
        "SELECT concat_ws(' ', effect, id, sum(count)) FROM (
                SELECT effect, id, 1 AS count FROM effects
                UNION ALL SELECT effect, id, -1 FROM audited WHERE effect IN (SELECT effect FROM known)) AS counted
            GROUP BY effect, id HAVING sum(count) <> 0",
    ),
    (
        "something was done and not told once",
        "SELECT concat_ws(' ', effect, id, sum(count)) FROM (
                SELECT effect, id, 1 AS count FROM effects JOIN known USING (effect) WHERE is_told
                UNION ALL SELECT effect, id, -1 FROM told JOIN known USING (effect) WHERE is_told) AS counted
            GROUP BY effect, id HAVING sum(count) <> 0",
    ),
];

/// Once the workers have done what there was to do.
const AT_REST: &[Rule] = &[
    (
        "a time is kept that has ended",
        "SELECT id::text FROM live WHERE status = 'held' AND held_until <= clock_timestamp()",
    ),
    (
        "nobody has asked the gateway",
        "SELECT t.id || ' ' || t.kind FROM payment_attempts t JOIN payments p ON p.id = t.payment_id
            LEFT JOIN demo_checkouts d ON d.id = t.id
            WHERE t.status = 'started' AND (t.kind = 'refund' OR p.status <> 'pending' OR d.outcome <> 'open')",
    ),
    (
        "nobody has looked at what became free",
        "SELECT id || ' ' || cause FROM waitlist_openings WHERE looked_at IS NULL",
    ),
];

/// All rules, in words.
pub fn rules() -> impl Iterator<Item = &'static str> {
    RULES.iter().chain(AT_REST).map(|(rule, _)| *rule)
}

#[derive(QueryableByName)]
struct Line {
    #[diesel(sql_type = Text)]
    line: String,
}

/// Each row that breaks a rule, after the words of the rule; `at_rest`: the workers have nothing left to do.
pub async fn broken_rules(conn: &mut Conn, at_rest: bool) -> Vec<String> {
    let more = if at_rest { AT_REST } else { &[] };
    let rules = RULES.iter().chain(more);
    let each = rules.map(|(rule, broken)| {
        format!("SELECT '{rule}: ' || row AS line FROM ({broken}) AS broken (row)")
    });
    let all = each.collect::<Vec<_>>().join(" UNION ALL ");
    let rows: Vec<Line> = sql_query(format!("{SEEN}{all}")).load(conn).await.unwrap();
    rows.into_iter().map(|row| row.line).collect()
}

impl TestDb {
    /// Panics when a row breaks one of the rules.
    pub async fn check_rules(&self) {
        let broken = broken_rules(&mut self.owner().await, false).await;
        assert!(broken.is_empty(), "{broken:#?}");
    }

    /// Panics when a row breaks one of the rules, or a worker has something left to do.
    pub async fn check_rules_at_rest(&self) {
        let broken = broken_rules(&mut self.owner().await, true).await;
        assert!(broken.is_empty(), "{broken:#?}");
    }
}
