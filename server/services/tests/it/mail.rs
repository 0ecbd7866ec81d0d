//! Who is told what by mail, and who is not.
use crate::{family::child, schema::lines};
use domain::{
    booking::{AppointmentId, AppointmentStatus, BookingRequest, VisitKind},
    directory::ProviderId,
    identity::UserId,
    waitlist::{Target, WaitRequest, Weekdays},
};
use jiff::civil::{Time, date};
use services::{
    Clinic,
    booking::{self, Change, IdempotencyKey},
    identity::{Caller, Doctor, Patient},
    mail, outbox,
    payments::{self, demo},
    schedule::{self, Changed, Closing, Fate, Fates},
    waitlist,
};
use std::collections::BTreeMap;
use testkit::{TestDb, at};

/// Ten in the morning: nobody is offered a time at night.
const NOW: &str = "2026-03-02T10:00:00Z";
const NINE: &str = "2026-03-03T09:00:00Z";
const TEN: &str = "2026-03-03T10:00:00Z";
/// More than a day ahead: it can still be moved.
const THURSDAY: &str = "2026-03-05T09:00:00Z";
const LATER: &str = "2026-03-05T10:00:00Z";
pub const SITE: &str = "https://clinic.test";

pub struct World {
    pub db: TestDb,
    pub clinic: Clinic,
    pub provider: ProviderId,
    pub doctor: Caller<Doctor>,
    pub patient: Caller<Patient>,
}

impl World {
    pub async fn new() -> Self {
        let db = TestDb::at(NOW).await;
        let clinic = db.clinic();
        let provider = db.provider().await;
        let doctor = db.doctor(&clinic, provider).await;
        let patient = db.patient(&clinic).await;
        Self { db, clinic, provider, doctor, patient }
    }

    pub async fn book_for(&self, person: UserId, start: &str) -> AppointmentId {
        let request = BookingRequest {
            provider: self.provider,
            start: at(start),
            kind: VisitKind::Video,
            reason: "A secret rash".into(),
            place: None,
        };
        let key = IdempotencyKey::fresh();
        let booked = booking::book_for(&self.clinic, &self.patient, person, &key, request).await;
        booked.unwrap().appointment
    }

    pub async fn book(&self, start: &str) -> AppointmentId {
        self.book_for(self.patient.user, start).await
    }

    /// Somebody would come on the third of March.
    fn wish(&self, starts: Time, ends: Time) -> WaitRequest {
        WaitRequest {
            target: Target::Doctor(self.provider),
            hospital: None,
            city: None,
            kinds: VisitKind::Video.into(),
            weekdays: Weekdays::ALL.into_iter().collect(),
            starts,
            ends,
            from: date(2026, 3, 3),
            until: date(2026, 3, 3),
            reason: "A secret rash".into(),
        }
    }

    pub async fn move_to(&self, id: AppointmentId, start: &str) {
        let change = Change { start: Some(at(start)), reason: None };
        booking::change(&self.clinic, &self.patient, id, &change, None).await.unwrap();
    }

    pub async fn cancel(&self, id: AppointmentId) {
        booking::cancel(&self.clinic, &self.patient, id, None, None).await.unwrap();
    }

    /// Messages come with the database's clock; here they are due at once.
    pub async fn make_due(&self) {
        self.db.execute("UPDATE outbox SET available_at = '2026-03-02'").await;
    }

    pub async fn hand_out(&self) {
        self.make_due().await;
        while mail::hand_out(&self.clinic).await.unwrap() > 0 {}
        self.make_due().await;
    }

    /// What the worker does; then what was sent by it, in order, and to whom.
    pub async fn told(&self) -> Vec<String> {
        let before = self.db.count("demo_mails").await;
        self.hand_out().await;
        while mail::send_waiting(&self.clinic, SITE).await.unwrap() > 0 {}
        assert_eq!(
            self.db.count("outbox WHERE done_at IS NULL AND topic <> 'hospital.sync'").await,
            0
        );
        assert_eq!(self.db.count("demo_mails WHERE body_text ILIKE '%rash%'").await, 0);
        assert_eq!(self.db.count("outbox WHERE payload::text ILIKE '%rash%'").await, 0);
        lines(
            &self.db,
            &format!(
                "SELECT CASE WHEN to_name LIKE 'Dr %' THEN 'doctor' ELSE 'patient' END || ': ' || subject || \
                     coalesce(' [' || calendar_method || ']', '') AS line \
                 FROM (SELECT * FROM demo_mails ORDER BY created_at OFFSET {before}) AS mails ORDER BY 1 DESC"
            ),
        )
        .await
    }

    pub async fn text(&self, subject: &str) -> String {
        let sql =
            format!("SELECT body_text AS line FROM demo_mails WHERE subject LIKE '{subject}%'");
        let mut found = lines(&self.db, &sql).await;
        assert_eq!(found.len(), 1, "{subject}");
        found.remove(0)
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn patient_and_doctor_hear_what_the_patient_does() {
    let world = World::new().await;
    let id = world.book(THURSDAY).await;
    assert_eq!(
        world.told().await,
        [
            "patient: Your visit with Dr José Muñoz is booked: Thu 5 Mar, 09:00 [REQUEST]",
            "doctor: New visit: Thu 5 Mar, 09:00",
        ]
    );
    let text = world.text("Your visit").await;
    assert!(text.contains("When: Thursday 5 March 2026, 09:00, Lisbon time\n"), "{text}");
    assert!(text.contains(&format!("{SITE}/visits/{id}\n")) && text.contains("Fee: 45 EUR"));
    let to_doctor = world.text("New visit").await;
    assert!(to_doctor.contains("A.S. has booked") && !to_doctor.contains("Silva"), "{to_doctor}");
    assert_eq!(world.told().await, [""; 0]);

    world.move_to(id, LATER).await;
    assert_eq!(
        world.told().await,
        [
            "patient: Your visit with Dr José Muñoz is now on Thu 5 Mar, 10:00 [REQUEST]",
            "doctor: Visit moved to Thu 5 Mar, 10:00",
        ]
    );
    world.cancel(id).await;
    assert_eq!(
        world.told().await,
        [
            "patient: Your visit with Dr José Muñoz on Thu 5 Mar, 10:00 is cancelled [CANCEL]",
            "doctor: Visit cancelled: Thu 5 Mar, 10:00",
        ]
    );
    let files = lines(
        &world.db,
        "SELECT substring(calendars[1] FROM 'SEQUENCE:[0-9]+') || substring(calendars[1] FROM 'UID:[-0-9a-f]+') AS line \
         FROM demo_mails WHERE calendar_method IS NOT NULL ORDER BY created_at",
    )
    .await;
    assert_eq!(files, [0, 1, 2].map(|sequence| format!("SEQUENCE:{sequence}UID:{id}")));
}

#[tokio::test(flavor = "multi_thread")]
async fn only_how_things_are_by_now_is_told() {
    let world = World::new().await;
    let id = world.book(THURSDAY).await;
    world.move_to(id, LATER).await;
    world.hand_out().await;
    world.move_to(id, "2026-03-05T11:00:00Z").await;
    world.move_to(id, LATER).await;
    assert_eq!(
        world.told().await,
        [
            "patient: Your visit with Dr José Muñoz is now on Thu 5 Mar, 10:00 [REQUEST]",
            "doctor: Visit moved to Thu 5 Mar, 10:00",
        ]
    );
    world.cancel(id).await;
    assert_eq!(
        world.told().await,
        [
            "patient: Your visit with Dr José Muñoz on Thu 5 Mar, 10:00 is cancelled [CANCEL]",
            "doctor: Visit cancelled: Thu 5 Mar, 10:00",
        ]
    );
    // Nor is anybody told of a visit that is over by then.
    world.book(TEN).await;
    world.db.set_now("2026-03-03T11:00:00Z");
    assert_eq!(world.told().await, [""; 0]);
}

#[tokio::test(flavor = "multi_thread")]
async fn patients_hear_what_their_doctor_does() {
    let world = World::new().await;
    world.db.execute("UPDATE providers SET confirms_by_hand = true").await;
    let (first, second) = (world.book(NINE).await, world.book(TEN).await);
    assert_eq!(
        world.told().await,
        [
            "patient: Dr José Muñoz has been asked for Tue 3 Mar, 10:00",
            "patient: Dr José Muñoz has been asked for Tue 3 Mar, 09:00",
            "doctor: Please answer: a visit on Tue 3 Mar, 10:00",
            "doctor: Please answer: a visit on Tue 3 Mar, 09:00",
        ]
    );
    let confirmed = AppointmentStatus::Confirmed;
    booking::advance(&world.clinic, &world.doctor, first, confirmed).await.unwrap();
    let secret = "Your rash is not mine to treat";
    booking::cancel_as_doctor(&world.clinic, &world.doctor, second, secret).await.unwrap();
    assert_eq!(
        world.told().await,
        [
            "patient: Dr José Muñoz has confirmed: Tue 3 Mar, 09:00 [REQUEST]",
            "patient: Dr José Muñoz has cancelled a visit on Tue 3 Mar, 10:00 [CANCEL]",
        ]
    );
    world.book("2026-03-03T11:00:00Z").await;
    world.db.set_now("2026-03-03T11:01:00Z");
    booking::follow_rules(&world.clinic).await.unwrap();
    assert_eq!(
        world.told().await,
        ["patient: Dr José Muñoz did not answer in time for Tue 3 Mar, 11:00"]
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn visits_that_a_change_of_hours_strands_are_told_of() {
    let world = World::new().await;
    let (moved, ended) = (world.book(NINE).await, world.book(TEN).await);
    world.told().await;
    let off = Closing { day: date(2026, 3, 3), hours: None, reason: "Away".into() };
    let to = at("2026-03-04T09:00:00Z");
    let fates = BTreeMap::from([(moved, Fate::MoveTo(to)), (ended, Fate::Cancel)]);
    let saved = schedule::close(&world.clinic, &world.doctor, &off, Fates::Each(fates)).await;
    assert!(matches!(saved, Ok(Changed::Saved)), "{saved:?}");
    assert_eq!(
        world.told().await,
        [
            "patient: Dr José Muñoz has moved a visit to Wed 4 Mar, 09:00 [REQUEST]",
            "patient: Dr José Muñoz has cancelled a visit on Tue 3 Mar, 10:00 [CANCEL]",
        ]
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_acts_for_a_child_is_told_on_their_own_clock() {
    let world = World::new().await;
    world.db.execute("UPDATE users SET time_zone = 'Asia/Kolkata'").await;
    let mia = child(&world.clinic, &world.patient, "Mia").await;
    world.book_for(mia, NINE).await;
    let told = world.told().await;
    let subject = "The visit of Mia Silva with Dr José Muñoz is booked: Tue 3 Mar, 14:30";
    assert_eq!(told[0], format!("patient: {subject} [REQUEST]"));
    let text = world.text(subject).await;
    assert!(text.starts_with("Dear Ana Silva,\n"), "{text}");
    assert!(text.contains("14:30, Kolkata time (09:00 in Lisbon)"), "{text}");
    // The doctor's clock is that of the practice.
    assert_eq!(told[1], "doctor: New visit: Tue 3 Mar, 09:00");
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_waited_gets_a_link_that_nobody_can_look_up_afterwards() {
    let world = World::new().await;
    let visit = world.book(NINE).await;
    let waiting = world.db.patient(&world.clinic).await;
    let request = world.wish(Time::constant(9, 0, 0, 0), Time::constant(9, 30, 0, 0));
    waitlist::join(&world.clinic, &waiting, request).await.unwrap();
    world.cancel(visit).await;
    world.told().await;
    waitlist::offer_openings(&world.clinic).await.unwrap();
    let told = world.told().await;
    assert_eq!(told.len(), 1, "{told:?}");
    assert!(told[0].starts_with("patient: A time is free: Tue 3 Mar, 09:00. Please answer by "));

    let text = world.text("A time is free").await;
    let link = text.lines().find(|line| line.contains("/offers/")).unwrap();
    let token = link.rsplit('/').next().unwrap();
    assert_eq!(world.db.count(&format!("outbox WHERE payload::text LIKE '%{token}%'")).await, 0);
    let accepted = waitlist::accept_by_token(&world.clinic, token, None).await.unwrap();
    let told = world.told().await;
    assert_eq!(told.len(), 2, "{told:?}");
    assert!(told[0].contains("is booked: Tue 3 Mar, 09:00"), "{told:?}");
    assert_eq!(world.db.count(&format!("appointments WHERE id = '{accepted}'")).await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_offer_that_is_over_before_it_is_sent_is_not_sent() {
    let world = World::new().await;
    let request = world.wish(Time::MIN, Time::MIN);
    waitlist::join(&world.clinic, &world.patient, request).await.unwrap();
    waitlist::offer_openings(&world.clinic).await.unwrap();
    world.db.execute("UPDATE appointments SET held_until = clock_timestamp()").await;
    world.db.execute("UPDATE waitlist_offers SET expires_at = clock_timestamp()").await;
    assert_eq!(world.told().await, [""; 0]);
}

#[tokio::test(flavor = "multi_thread")]
async fn money_that_came_and_money_that_goes_back_is_told() {
    let world = World::new().await;
    let id = world.book("2026-03-05T09:00:00Z").await;
    world.told().await;
    let key = IdempotencyKey::fresh();
    let begun = payments::begin(&world.clinic, &world.patient, id, "/".into(), Some(&key)).await;
    let page = begun.unwrap().page.unwrap();
    let attempt = page.rsplit('/').next().unwrap().parse().unwrap();
    demo::answer(&world.clinic, attempt, true).await.unwrap();
    payments::look_up(&world.clinic, &world.patient, id).await.unwrap();
    assert_eq!(world.told().await, ["patient: We have your payment of 45 EUR"]);
    world.cancel(id).await;
    world.db.execute("UPDATE payment_attempts SET next_at = now()").await;
    payments::follow_up(&world.clinic).await.unwrap();
    let told = world.told().await;
    assert!(told.contains(&"patient: 45 EUR are on their way back to you".to_owned()), "{told:?}");
    assert_eq!(told.len(), 3, "{told:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_happens_beside_visits_is_told_too() {
    let world = World::new().await;
    let visit = world.book(NINE).await;
    world.told().await;
    let request = world.wish(Time::MIN, Time::MIN);
    let entry = waitlist::join(&world.clinic, &world.patient, request).await.unwrap();
    world.db.execute("UPDATE appointments SET next_appointment_recommended = '2026-04-14'").await;
    for (topic, about, id) in [
        ("provider.welcome", "provider_id", world.provider.to_string()),
        ("booking.follow_up_suggested", "appointment_id", visit.to_string()),
        ("waitlist.over", "entry_id", entry.to_string()),
        ("waitlist.paused", "entry_id", entry.to_string()),
    ] {
        world
            .db
            .execute(&format!(
                "INSERT INTO outbox (id, topic, unique_key, payload) \
                 VALUES (gen_random_uuid(), '{topic}', '{topic}', jsonb_build_object('{about}', '{id}'))"
            ))
            .await;
    }
    assert_eq!(
        world.told().await,
        [
            "patient: Your wait for a time has ended",
            "patient: Dr José Muñoz suggests another visit",
            "patient: Are you still waiting for a time?",
            "doctor: Welcome to MedConnect",
        ]
    );
    assert!(world.text("Dr José").await.contains("around Tuesday 14 April."));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_handed_out_twice_is_one_mail_a_person() {
    let world = World::new().await;
    world.book(NINE).await;
    world.make_due().await;
    mail::hand_out(&world.clinic).await.unwrap();
    // As if the server had died before it said so.
    world.db.execute("UPDATE outbox SET done_at = NULL WHERE topic = 'booking.booked'").await;
    let (one, other) = tokio::join!(mail::hand_out(&world.clinic), mail::hand_out(&world.clinic));
    assert_eq!(one.unwrap() + other.unwrap(), 1);
    assert_eq!(world.db.count(&format!("outbox WHERE topic = '{}'", outbox::MAIL)).await, 2);
    assert_eq!(world.told().await.len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_is_written_to_who_is_gone() {
    let world = World::new().await;
    world.book(NINE).await;
    world
        .db
        .execute("UPDATE users SET is_active = false, email = NULL, password_hash = NULL")
        .await;
    world.db.execute("UPDATE providers SET is_active = false").await;
    assert_eq!(world.told().await, [""; 0]);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_days_old_is_no_news_and_is_forgotten_in_the_end() {
    let world = World::new().await;
    world.book_for(world.patient.user, NINE).await;
    world.db.execute("UPDATE outbox SET created_at = now() - interval '3 days'").await;

    world.hand_out().await;
    assert_eq!(world.db.count("outbox WHERE done_at IS NOT NULL").await, 1);
    assert_eq!(world.db.count("outbox").await, 1);

    assert_eq!(outbox::sweep(&world.clinic).await.unwrap(), 0);
    world.db.execute("UPDATE outbox SET created_at = now() - interval '31 days'").await;
    assert_eq!(outbox::sweep(&world.clinic).await.unwrap(), 1);
}
