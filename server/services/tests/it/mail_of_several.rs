//! One act, one mail to each person, however many visits it is about.
use crate::{
    family::child,
    mail::{SITE, World},
    schema::lines,
};
use domain::{
    booking::{AppointmentId, VisitKind},
    identity::UserId,
};
use services::{
    booking::{self, GroupRequest, IdempotencyKey},
    identity::Person,
    mail, outbox,
};
use testkit::at;

const THURSDAYS: [&str; 3] =
    ["2026-03-05T09:00:00Z", "2026-03-12T09:00:00Z", "2026-03-19T09:00:00Z"];
const FRIDAY: &str = "2026-03-06T09:00:00Z";

impl World {
    async fn book_all(&self, visits: &[(UserId, &str)], weeks: Option<u8>) -> Vec<AppointmentId> {
        let request = GroupRequest {
            provider: self.provider,
            kind: VisitKind::Video,
            reason: "A secret rash".into(),
            visits: visits.iter().map(|(person, start)| (*person, at(start))).collect(),
            every_weeks: weeks,
        };
        let key = IdempotencyKey::fresh();
        booking::book_all(&self.clinic, &self.patient, &key, request).await.unwrap().visits
    }

    /// Three visits, a week apart.
    async fn series(&self) -> Vec<AppointmentId> {
        self.book_all(&THURSDAYS.map(|start| (self.patient.user, start)), Some(1)).await
    }

    async fn cancel_from(&self, id: AppointmentId) {
        let person = self.db.caller::<Person>(&self.clinic, self.patient.user).await;
        let visit = booking::visit(&self.clinic, &person, id).await.unwrap();
        let all = booking::following(&self.clinic, &visit).await.unwrap();
        let cost = booking::cost_of_all(&all, self.clinic.now()).unwrap();
        booking::cancel_following(&self.clinic, &self.patient, id, cost).await.unwrap();
    }

    /// The sequence and the id of each visit in the files of the mail with `subject`, in their order.
    async fn files(&self, subject: &str) -> Vec<String> {
        let sql = format!(
            "SELECT substring(file FROM 'SEQUENCE:([0-9]+)') || ' ' || substring(file FROM 'UID:([-0-9a-f]+)') AS line \
             FROM demo_mails, unnest(calendars) WITH ORDINALITY AS files (file, number) \
             WHERE subject LIKE '{subject}%' ORDER BY number"
        );
        lines(&self.db, &sql).await
    }
}

fn numbered(sequence: i32, ids: &[AppointmentId]) -> Vec<String> {
    ids.iter().map(|id| format!("{sequence} {id}")).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_series_that_is_booked_moved_and_cancelled_is_one_mail_each_time() {
    let world = World::new().await;
    let ids = world.series().await;
    assert_eq!(world.db.count("outbox").await, 1);
    assert_eq!(
        world.told().await,
        [
            "patient: 3 visits with Dr José Muñoz are booked: the first on Thu 5 Mar, 09:00 [REQUEST]",
            "doctor: 3 new visits: the first on Thu 5 Mar, 09:00",
        ]
    );
    assert_eq!(world.files("3 visits with Dr José Muñoz are booked").await, numbered(0, &ids));
    let text = world.text("3 visits with").await;
    for (id, day) in ids.iter().zip(["5 March", "12 March", "19 March"]) {
        let visit = format!(
            "Thursday {day} 2026, 09:00, Lisbon time\nWith Dr José Muñoz · Video visit\n{SITE}/visits/{id}\n"
        );
        assert!(text.contains(&visit), "{text}");
    }
    let to_doctor = world.text("3 new visits").await;
    assert!(to_doctor.contains("A.S. · Video visit") && !to_doctor.contains("Silva"));

    booking::move_following(&world.clinic, &world.patient, ids[0], at(FRIDAY), &ids).await.unwrap();
    assert_eq!(
        world.told().await,
        [
            "patient: 3 visits with Dr José Muñoz have moved: the first is now on Fri 6 Mar, 09:00 [REQUEST]",
            "doctor: 3 visits moved: the first to Fri 6 Mar, 09:00",
        ]
    );
    assert_eq!(world.files("3 visits with Dr José Muñoz have moved").await, numbered(1, &ids));

    world.cancel_from(ids[1]).await;
    assert_eq!(
        world.told().await,
        [
            "patient: 2 visits with Dr José Muñoz are cancelled: the first on Fri 13 Mar, 09:00 [CANCEL]",
            "doctor: 2 visits cancelled: the first on Fri 13 Mar, 09:00",
        ]
    );
    assert_eq!(world.files("2 visits with").await, numbered(2, &ids[1..]));
    world.db.check_rules().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn of_several_visits_only_those_are_told_that_are_still_so() {
    let world = World::new().await;
    let ids = world.series().await;
    world.hand_out().await;
    world.move_to(ids[1], "2026-03-12T10:00:00Z").await;
    assert_eq!(
        world.told().await,
        [
            "patient: Your visit with Dr José Muñoz is now on Thu 12 Mar, 10:00 [REQUEST]",
            "patient: 2 visits with Dr José Muñoz are booked: the first on Thu 5 Mar, 09:00 [REQUEST]",
            "doctor: Visit moved to Thu 12 Mar, 10:00",
            "doctor: 2 new visits: the first on Thu 5 Mar, 09:00",
        ]
    );
    let files = world.files("2 visits with").await;
    assert_eq!(files, numbered(0, &[ids[0], ids[2]]));

    // Where one is left, it is told of as if it had come alone.
    booking::move_following(&world.clinic, &world.patient, ids[0], at(FRIDAY), &ids).await.unwrap();
    world.cancel(ids[0]).await;
    world.cancel(ids[1]).await;
    let told = world.told().await;
    let subject = "Your visit with Dr José Muñoz is now on Fri 20 Mar, 09:00";
    assert!(told.contains(&format!("patient: {subject} [REQUEST]")), "{told:?}");
    assert_eq!(told.len(), 6, "{told:?}");
    assert_eq!(world.files(subject).await, numbered(1, &ids[2..]));

    // And none where none is left.
    world.cancel_from(ids[2]).await;
    world.book_all(&[(world.patient.user, "2026-03-02T11:00:00Z")], None).await;
    world.db.set_now("2026-04-01T06:00:00Z");
    assert_eq!(world.told().await, [""; 0]);
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_acts_for_a_family_gets_one_mail_and_whoever_reads_alone_their_own() {
    let world = World::new().await;
    let (ana, starts) = (world.patient.user, ["09:00", "09:30", "10:00"]);
    let starts = starts.map(|time| format!("2026-03-05T{time}:00Z"));
    let mia = child(&world.clinic, &world.patient, "Mia").await;
    let max = child(&world.clinic, &world.patient, "Max").await;
    world.book_all(&[(mia, starts[0].as_str()), (max, &starts[1]), (ana, &starts[2])], None).await;
    assert_eq!(
        world.told().await,
        [
            "patient: 3 visits with Dr José Muñoz are booked: the first on Thu 5 Mar, 09:00 [REQUEST]",
            "doctor: 3 new visits: the first on Thu 5 Mar, 09:00",
        ]
    );
    let text = world.text("3 visits with").await;
    for whose in ["For Mia Silva · With", "For Max Silva · With", "For you · With"] {
        assert!(text.contains(whose), "{text}");
    }

    // Somebody who has an address reads for themselves.
    let address = "UPDATE users SET email = 'max@example.org', password_hash = '!' WHERE id =";
    world.db.execute(&format!("{address} '{max}'")).await;
    let starts = ["2026-03-06T09:00:00Z", "2026-03-06T09:30:00Z", "2026-03-06T10:00:00Z"];
    world.book_all(&[(mia, starts[0]), (max, starts[1]), (ana, starts[2])], None).await;
    assert_eq!(
        world.told().await,
        [
            "patient: Your visit with Dr José Muñoz is booked: Fri 6 Mar, 09:30 [REQUEST]",
            "patient: 2 visits with Dr José Muñoz are booked: the first on Fri 6 Mar, 09:00 [REQUEST]",
            "doctor: 3 new visits: the first on Fri 6 Mar, 09:00",
        ]
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_doctor_who_answers_by_hand_is_asked_once_for_all() {
    let world = World::new().await;
    world.db.execute("UPDATE providers SET confirms_by_hand = true").await;
    world.series().await;
    assert_eq!(
        world.told().await,
        [
            "patient: Dr José Muñoz has been asked for 3 visits: the first on Thu 5 Mar, 09:00",
            "doctor: Please answer: 3 visits, the first on Thu 5 Mar, 09:00",
        ]
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn an_act_that_is_handed_out_twice_is_one_mail_a_person() {
    let world = World::new().await;
    world.series().await;
    world.make_due().await;
    mail::hand_out(&world.clinic).await.unwrap();
    // As if the server had died before it said so.
    world.db.execute("UPDATE outbox SET done_at = NULL WHERE topic = 'booking.booked'").await;
    let (one, other) = tokio::join!(mail::hand_out(&world.clinic), mail::hand_out(&world.clinic));
    assert_eq!(one.unwrap() + other.unwrap(), 1);
    assert_eq!(world.db.count(&format!("outbox WHERE topic = '{}'", outbox::MAIL)).await, 2);
    assert_eq!(world.told().await.len(), 2);
    // Nor is there another when the same is sent again, as if it had not been ticked off.
    world.db.execute("UPDATE outbox SET done_at = NULL WHERE topic = 'mail'").await;
    assert_eq!(world.told().await, [""; 0]);
}
