//! Visits that a change of hours strands: each becomes what the doctor says, or nothing changes at all.
use domain::{
    booking::{
        AppointmentId, AppointmentStatus as Status, BookingRequest, PaymentStatus, VisitKind,
    },
    directory::ProviderId,
};
use jiff::{Timestamp, civil::date};
use services::{
    Clinic,
    booking::{self, IdempotencyKey, Visit},
    identity::{Caller, Patient, Person},
    schedule::{self, Changed, Closing, Fate, Fates, Stranded},
};
use std::collections::BTreeMap;
use testkit::{TestDb, at};

const NOW: &str = "2026-03-02T06:00:00Z";
const TIMES: [&str; 3] = ["2026-03-03T09:00:00Z", "2026-03-03T09:30:00Z", "2026-03-03T10:00:00Z"];

async fn book(
    clinic: &Clinic,
    patient: &Caller<Patient>,
    provider: ProviderId,
    start: &str,
) -> AppointmentId {
    let request = BookingRequest {
        provider,
        start: at(start),
        kind: VisitKind::Video,
        reason: "Cough".into(),
        place: None,
    };
    let key = IdempotencyKey::fresh();
    booking::book(clinic, patient, &key, request).await.unwrap().appointment
}

/// Tuesday, which the doctor wants off.
fn tuesday_off() -> Closing {
    Closing { day: date(2026, 3, 3), hours: None, reason: "Away".into() }
}

fn shown(changed: Changed) -> Vec<Stranded> {
    match changed {
        Changed::Strands(visits) => visits,
        Changed::Saved => panic!("saved"),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn each_stranded_visit_becomes_what_the_doctor_says() {
    let db = TestDb::at(NOW).await;
    let clinic = db.clinic();
    let provider = db.provider().await;
    let doctor = db.doctor(&clinic, provider).await;
    let mut visits = Vec::new();
    for start in TIMES {
        let patient = db.patient(&clinic).await;
        visits.push((book(&clinic, &patient, provider, start).await, patient));
    }
    // Somebody has the first time of the day after.
    let other = db.patient(&clinic).await;
    book(&clinic, &other, provider, "2026-03-04T09:00:00Z").await;
    let off = tuesday_off();
    let changes = "audit_events WHERE action <> 'appointment.list'";
    let audited = db.count(changes).await;

    let stranded = shown(schedule::close(&clinic, &doctor, &off, false).await.unwrap());
    let nearest: Vec<Timestamp> =
        stranded.iter().map(|one| one.nearest.unwrap().slot.start).collect();
    assert_eq!(
        nearest,
        [at("2026-03-04T09:30:00Z"), at("2026-03-04T10:00:00Z"), at("2026-03-04T10:30:00Z")]
    );
    let [keep, shift, end] = [0, 1, 2].map(|index: usize| visits[index].0);
    let fates = |to: Timestamp| {
        Fates::Each(BTreeMap::from([
            (keep, Fate::Keep),
            (shift, Fate::MoveTo(to)),
            (end, Fate::Cancel),
        ]))
    };

    // What was not shown, or is no longer so, is shown first; and nothing is half done.
    let few = Fates::Each(BTreeMap::from([(end, Fate::Cancel)]));
    assert_eq!(shown(schedule::close(&clinic, &doctor, &off, few).await.unwrap()).len(), 3);
    let taken = fates(at("2026-03-04T09:00:00Z"));
    assert_eq!(shown(schedule::close(&clinic, &doctor, &off, taken).await.unwrap()).len(), 3);
    assert_eq!(db.count(changes).await, audited);

    let saved = schedule::close(&clinic, &doctor, &off, fates(nearest[1])).await.unwrap();
    assert!(matches!(saved, Changed::Saved), "{saved:?}");

    let mut seen: Vec<Visit> = Vec::new();
    for (id, patient) in &visits {
        let person: Caller<Person> = db.caller(&clinic, patient.user).await;
        seen.push(booking::visit(&clinic, &person, *id).await.unwrap());
    }
    let states: Vec<_> = seen.iter().map(|visit| (visit.status, visit.starts_at)).collect();
    assert_eq!(
        states,
        [
            (Status::Scheduled, at(TIMES[0])),
            (Status::Rescheduled, nearest[1]),
            (Status::Cancelled, at(TIMES[2])),
        ]
    );
    // Nobody pays for what they did not ask for.
    assert_eq!(seen[2].payment_status, PaymentStatus::Cancelled);
    assert!(seen[1].quote(nearest[1]).cost.is_zero());
    for topic in ["booking.moved_by_doctor", "booking.cancelled_by_doctor"] {
        assert_eq!(db.count(&format!("outbox WHERE topic = '{topic}'")).await, 1);
    }
    let person: Caller<Person> = db.caller(&clinic, doctor.user).await;
    let day = schedule::explain(&clinic, &person, provider, Some(off.day)).await.unwrap();
    assert!(day.hours[0].times.iter().all(|time| !time.is_free()));
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_is_shown_stranded_visits_is_on_record_with_each_of_their_patients() {
    let db = TestDb::at(NOW).await;
    let clinic = db.clinic();
    let provider = db.provider().await;
    let doctor = db.doctor(&clinic, provider).await;
    let (first, second) = (db.patient(&clinic).await, db.patient(&clinic).await);
    let visit = book(&clinic, &first, provider, TIMES[0]).await;
    book(&clinic, &second, provider, TIMES[1]).await;
    let seen = |patient: &Caller<Patient>| {
        format!(
            "audit_events WHERE action = 'appointment.list' AND subject_type = 'appointment' \
             AND actor_id = '{}' AND patient_id = '{}'",
            doctor.user, patient.user
        )
    };

    let off = tuesday_off();
    assert_eq!(shown(schedule::close(&clinic, &doctor, &off, false).await.unwrap()).len(), 2);

    for patient in [&first, &second] {
        assert_eq!(db.count(&seen(patient)).await, 1);
    }
    assert_eq!(db.count(&format!("{} AND subject_id = '{visit}'", seen(&first))).await, 1);
    assert_eq!(db.count("availability_exceptions").await, 0, "the change itself is undone");
    // Who decides without a look has seen nobody.
    schedule::close(&clinic, &doctor, &off, true).await.unwrap();
    assert_eq!(db.count(&seen(&first)).await, 1);
}
