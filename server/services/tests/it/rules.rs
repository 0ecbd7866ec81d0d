//! The checker of the tables is checked: each of its rules is broken once, and named.
use crate::waitlist::{nine, work};
use diesel_async::SimpleAsyncConnection;
use domain::{
    booking::{AppointmentId, VisitKind},
    directory::ProviderId,
    waitlist::Target,
};
use services::{
    Clinic,
    booking::{self, Change, GroupRequest, IdempotencyKey},
    identity::{Caller, Patient},
    payments::{self, demo},
    waitlist,
};
use std::collections::BTreeSet;
use testkit::{TestDb, at, broken_rules, rules};

/// By day, so that nobody is asked at night.
const NOW: &str = "2026-03-02T10:00:00Z";
const NINE: &str = "2026-03-03T09:00:00Z";

async fn book(
    clinic: &Clinic,
    patient: &Caller<Patient>,
    provider: ProviderId,
    starts: &[&str],
) -> Vec<AppointmentId> {
    let request = GroupRequest {
        provider,
        kind: VisitKind::Video,
        reason: "Cough".into(),
        visits: starts.iter().map(|start| (patient.user, at(start))).collect(),
        every_weeks: Some(1),
    };
    booking::book_all(clinic, patient, &IdempotencyKey::fresh(), request).await.unwrap().visits
}

async fn pay(clinic: &Clinic, patient: &Caller<Patient>, visit: AppointmentId) {
    let key = IdempotencyKey::fresh();
    let begun = payments::begin(clinic, patient, visit, "/back".into(), Some(&key)).await.unwrap();
    let attempt = begun.page.unwrap().rsplit('/').next().unwrap().parse().unwrap();
    demo::answer(clinic, attempt, true).await.unwrap();
    payments::look_up(clinic, patient, visit).await.unwrap();
}

/// Some of everything: visits that stand, that were moved, and given back late after they were paid; a time that is kept,
/// one that is offered, and one that was accepted.
pub async fn a_busy_day(db: &TestDb, clinic: &Clinic) {
    let provider = db.provider().await;
    let other = db.provider().await;
    let (ana, ben, eva) =
        (db.patient(clinic).await, db.patient(clinic).await, db.patient(clinic).await);
    let stands = ["2026-03-04T09:00:00Z", "2026-03-11T09:00:00Z"];
    let visits = book(clinic, &ana, provider, &stands).await;
    let change = Change { start: Some(at("2026-03-11T10:00:00Z")), reason: None };
    booking::change(clinic, &ana, visits[1], &change, None).await.unwrap();
    book(clinic, &ana, other, &["2026-03-04T11:00:00Z"]).await;
    book(clinic, &ben, provider, &["2026-03-04T11:00:00Z"]).await;
    booking::hold(clinic, &eva, provider, at("2026-03-05T09:00:00Z"), None).await.unwrap();

    db.execute("UPDATE providers SET first_late_free = false").await;
    let late = book(clinic, &ana, provider, &[NINE]).await[0];
    pay(clinic, &ana, late).await;
    for patient in [&ben, &ana] {
        waitlist::join(clinic, patient, nine(Target::Doctor(provider))).await.unwrap();
        waitlist::join(clinic, patient, nine(Target::Doctor(other))).await.unwrap();
    }
    booking::cancel(clinic, &ana, late, None, None).await.unwrap();
    db.execute("UPDATE payment_attempts SET next_at = now()").await;
    payments::follow_up(clinic).await.unwrap();
    work(clinic).await;
    let offer = waitlist::open_offers(clinic, &ben).await.unwrap().remove(0);
    waitlist::accept(clinic, &ben, offer.id, None).await.unwrap();
    waitlist::look_everywhere(clinic).await.unwrap();
    work(clinic).await;
}

/// What each rule forbids, with the constraints off that forbid it, too.
const BROKEN: &[(&str, &str)] = &[
    (
        "two live visits of a doctor overlap",
        "ALTER TABLE appointments DROP CONSTRAINT appointments_provider_not_double_booked;
         UPDATE appointments SET starts_at = '2026-03-04T09:00:00Z', ends_at = '2026-03-04T09:20:00Z'
         WHERE starts_at = '2026-03-04T11:00:00Z'
             AND provider_id = (SELECT provider_id FROM appointments WHERE starts_at = '2026-03-04T09:00:00Z')",
    ),
    (
        "two live visits of a doctor are closer than their pauses",
        "UPDATE appointments SET with_pauses = tstzrange(starts_at, ends_at + interval '4 hours')",
    ),
    (
        "two live visits of a patient overlap",
        "ALTER TABLE appointments DROP CONSTRAINT appointments_patient_not_double_booked;
         UPDATE appointments SET starts_at = '2026-03-04T09:00:00Z', ends_at = '2026-03-04T09:20:00Z'
         WHERE status = 'scheduled' AND provider_id <> (SELECT provider_id FROM appointments WHERE starts_at = '2026-03-04T09:00:00Z')",
    ),
    (
        "a visit has not exactly one payment and one key",
        "DELETE FROM payments WHERE status = 'pending'",
    ),
    (
        "something belongs to a time that nobody booked",
        "INSERT INTO payments (id, appointment_id, amount_minor, currency, status)
         SELECT gen_random_uuid(), id, 1, 'EUR', 'pending' FROM appointments WHERE status = 'held'",
    ),
    (
        "of several visits that were booked at once some are missing",
        "DELETE FROM idempotency_keys WHERE route = 'appointments.create_all/01'
         AND key IN (SELECT key FROM idempotency_keys WHERE route = 'appointments.create_all/02')",
    ),
    (
        "a key of a cancellation belongs to a visit that stands",
        "INSERT INTO idempotency_keys (actor_id, route, key, body_hash, appointment_id)
         SELECT patient_id, 'appointments.cancel', 'k', '', id FROM appointments WHERE status = 'rescheduled'",
    ),
    (
        "the history has a gap",
        "UPDATE appointments SET status = 'confirmed' WHERE status = 'rescheduled'",
    ),
    (
        "a visit has changed without a history",
        "UPDATE appointments SET status = 'confirmed' WHERE status = 'scheduled'",
    ),
    ("nobody has made a change", "UPDATE appointment_changes SET actor_id = NULL"),
    (
        "a cancellation is late by other terms than those agreed on",
        "UPDATE appointments SET cancelled_late = false WHERE status = 'cancelled'",
    ),
    (
        "a time is kept for too long",
        "UPDATE appointments SET held_until = held_since + interval '31 minutes' WHERE status = 'held'",
    ),
    (
        "what is paid and given back is not what the terms say",
        "UPDATE payments SET refunded_minor = refunded_minor + 1 WHERE status = 'paid'",
    ),
    (
        "two payments for a visit are under way or done",
        "DROP INDEX payment_attempts_one_charge; INSERT INTO payment_attempts (id, payment_id, kind, amount_minor, currency)
         SELECT gen_random_uuid(), payment_id, kind, 1, currency FROM payment_attempts WHERE kind = 'charge'",
    ),
    (
        "the gateway says something else of a payment",
        "UPDATE demo_checkouts SET outcome = 'closed' WHERE outcome = 'paid'",
    ),
    (
        "two offers for one person or of one time are open",
        "DROP INDEX waitlist_offers_one_an_entry; DROP INDEX waitlist_offers_one_a_time;
         UPDATE waitlist_offers SET outcome = 'pending', settled_at = NULL, (provider_id, starts_at) =
             (SELECT provider_id, starts_at FROM waitlist_offers WHERE outcome = 'pending' LIMIT 1) WHERE outcome = 'accepted'",
    ),
    (
        "an open offer is no time that is kept for somebody who waits",
        "UPDATE waitlist_entries SET status = 'left' WHERE status = 'waiting'",
    ),
    (
        "an accepted offer is no visit",
        "UPDATE waitlist_entries SET status = 'waiting' WHERE status = 'booked'",
    ),
    (
        "something was done and not written down once for the audit",
        "DELETE FROM audit_events WHERE action = 'appointment.cancel'",
    ),
    ("something was done and not told once", "DELETE FROM outbox WHERE topic = 'payment.refunded'"),
    (
        "a time is kept that has ended",
        "UPDATE appointments SET held_until = now() WHERE status = 'held'",
    ),
    (
        "nobody has asked the gateway",
        "UPDATE payment_attempts SET status = 'started' WHERE kind = 'refund'",
    ),
    (
        "nobody has looked at what became free",
        "INSERT INTO waitlist_openings (provider_id, cause) SELECT id, 'asked' FROM providers",
    ),
];

#[tokio::test(flavor = "multi_thread")]
async fn each_rule_of_the_tables_is_named_where_it_is_broken() {
    let db = TestDb::at(NOW).await;
    a_busy_day(&db, &db.clinic()).await;
    db.check_rules_at_rest().await;

    let conn = &mut db.owner().await;
    for (rule, how) in BROKEN {
        let tables = ["appointments", "appointment_changes", "audit_events"];
        let off = tables.map(|table| format!("ALTER TABLE {table} DISABLE TRIGGER USER; "));
        conn.batch_execute(&format!("BEGIN; {}{how}", off.concat())).await.unwrap();
        let broken = broken_rules(conn, true).await;
        conn.batch_execute("ROLLBACK").await.unwrap();
        assert!(broken.iter().any(|line| line.starts_with(rule)), "{rule}: {broken:#?}");
    }

    db.check_rules_at_rest().await;
    let tried: BTreeSet<_> = BROKEN.iter().map(|(rule, _)| *rule).collect();
    assert_eq!(tried, rules().collect());
}
