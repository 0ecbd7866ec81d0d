//! Whoever has a visit is reminded of it: once of each time that it has, and never of one that it has no more.
use crate::{
    family::child,
    mail::{SITE, World},
};
use domain::booking::{AppointmentId, AppointmentStatus};
use jiff::Timestamp;
use services::{
    account::notifications::{self, Notifications},
    booking::{self, reminders},
    identity::Person,
};
use testkit::at;

const THURSDAY: &str = "2026-03-05T09:00:00Z";
const DAY_BEFORE: &str = "2026-03-04T09:00:00Z";
const HOURS_BEFORE: &str = "2026-03-05T07:00:00Z";
const FRIDAY: &str = "2026-03-06T09:00:00Z";

const REMINDER: &str = "patient: Reminder: your visit with Dr José Muñoz on Thu 5 Mar, 09:00";
const SOON: &str = "patient: Your visit with Dr José Muñoz is soon: Thu 5 Mar, 09:00";
const NOBODY: [&str; 0] = [];

/// A doctor with whom visits are moved and cancelled at no cost until they start.
async fn world() -> World {
    let world = World::new().await;
    world.db.execute("UPDATE providers SET free_until_minutes = 0").await;
    world
}

impl World {
    /// A visit that was booked long before it, and of which everybody has been told.
    async fn visit(&self, start: &str) -> AppointmentId {
        let id = self.book(start).await;
        self.told().await;
        self.known_since("2026-03-02T10:00:00Z").await;
        id
    }

    /// As if all visits had been booked, moved and agreed to by then: that is on the clock of the database.
    async fn known_since(&self, instant: &str) {
        self.db
            .execute(&format!(
                "UPDATE appointments SET created_at = '{instant}'; UPDATE appointment_changes SET created_at = '{instant}'"
            ))
            .await;
    }

    async fn remind_at(&self, now: &str) {
        self.db.set_now(now);
        reminders::remind(&self.clinic).await.unwrap();
    }

    /// What is sent at that time.
    async fn told_at(&self, now: &str) -> Vec<String> {
        self.remind_at(now).await;
        self.told().await
    }

    async fn reminder_sent_at(&self, id: AppointmentId) -> Option<Timestamp> {
        let person = self.db.caller::<Person>(&self.clinic, self.patient.user).await;
        booking::visit(&self.clinic, &person, id).await.unwrap().reminder_sent_at
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn who_has_a_visit_is_reminded_a_day_before_and_two_hours_before() {
    let world = world().await;
    let id = world.visit(THURSDAY).await;
    assert_eq!(world.told_at("2026-03-04T08:59:59Z").await, NOBODY);
    assert_eq!(world.reminder_sent_at(id).await, None);
    assert_eq!(world.told_at(DAY_BEFORE).await, [REMINDER]);
    assert_eq!(world.reminder_sent_at(id).await, Some(at(DAY_BEFORE)));
    assert_eq!(world.told_at("2026-03-05T06:59:59Z").await, NOBODY);
    assert_eq!(world.told_at(HOURS_BEFORE).await, [SOON]);
    assert_eq!(world.reminder_sent_at(id).await, Some(at(HOURS_BEFORE)));
    assert_eq!(world.told_at("2026-03-05T08:00:00Z").await, NOBODY);

    let text = world.text("Reminder").await;
    for said in [
        "When: Thursday 5 March 2026, 09:00, Lisbon time\n",
        "Where: Video visit\n",
        "Free to cancel until: Thu 5 Mar, 09:00\n",
        &format!("{SITE}/visits/{id}\n"),
    ] {
        assert!(text.contains(said), "{text}");
    }
    assert!(!text.contains("Fee"), "{text}");
}

#[tokio::test(flavor = "multi_thread")]
async fn who_has_just_booked_needs_no_reminder_of_it() {
    for (known_since, expected) in
        [("2026-03-04T07:00:00Z", &[REMINDER][..]), ("2026-03-04T07:00:01Z", &[])]
    {
        let world = world().await;
        world.visit(THURSDAY).await;
        world.known_since(known_since).await;
        assert_eq!(world.told_at(DAY_BEFORE).await, expected);
        assert_eq!(world.told_at(HOURS_BEFORE).await, [SOON]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_is_reminded_of_what_is_cancelled_or_not_agreed_on() {
    let world = world().await;
    let id = world.visit(THURSDAY).await;
    assert_eq!(world.told_at("2026-03-03T12:00:00Z").await, NOBODY);
    world.cancel(id).await;
    world.told().await;
    world.db.execute("UPDATE providers SET confirms_by_hand = true").await;
    let asked_for = world.visit(THURSDAY).await;
    assert_eq!(world.told_at(DAY_BEFORE).await, NOBODY);

    let confirmed = AppointmentStatus::Confirmed;
    booking::advance(&world.clinic, &world.doctor, asked_for, confirmed).await.unwrap();
    world.told().await;
    world.db.execute("UPDATE appointment_changes SET created_at = '2026-03-04T09:00:00Z'").await;
    assert_eq!(world.told_at("2026-03-04T10:00:00Z").await, NOBODY, "they have just been told");
    assert_eq!(world.told_at(HOURS_BEFORE).await, [SOON]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_visit_that_has_moved_is_reminded_of_anew_and_of_its_old_time_no_more() {
    let world = world().await;
    let id = world.visit(THURSDAY).await;
    assert_eq!(world.told_at(DAY_BEFORE).await, [REMINDER]);
    world.move_to(id, FRIDAY).await;
    world.told().await;
    world.known_since(DAY_BEFORE).await;

    assert_eq!(world.reminder_sent_at(id).await, None, "of the old time alone");
    assert_eq!(world.told_at(HOURS_BEFORE).await, NOBODY);
    assert_eq!(
        world.told_at(THURSDAY).await,
        ["patient: Reminder: your visit with Dr José Muñoz on Fri 6 Mar, 09:00"]
    );
    assert_eq!(world.reminder_sent_at(id).await, Some(at(THURSDAY)));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_moved_or_cancelled_while_the_mail_waits_is_not_reminded_of() {
    for (handed_out, moves) in [(false, false), (false, true), (true, false), (true, true)] {
        let world = world().await;
        let id = world.visit(THURSDAY).await;
        world.remind_at(DAY_BEFORE).await;
        let waits = "outbox WHERE topic = 'booking.reminder' AND done_at IS NULL";
        assert_eq!(world.db.count(waits).await, 1);
        if handed_out {
            world.hand_out().await;
        }
        match moves {
            true => world.move_to(id, FRIDAY).await,
            false => world.cancel(id).await,
        }
        let told = world.told().await;
        let about = if moves { "is now on Fri 6 Mar, 09:00" } else { "is cancelled" };
        assert!(told.len() == 2 && told[0].contains(about), "{told:?}");
        assert_eq!(world.reminder_sent_at(id).await, None);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reminder_that_could_not_be_sent_in_time_is_not_sent() {
    for (planned, sent) in [(DAY_BEFORE, "2026-03-05T03:00:00Z"), (HOURS_BEFORE, THURSDAY)] {
        let world = world().await;
        world.visit(THURSDAY).await;
        world.told_at("2026-03-03T12:00:00Z").await;
        if planned == HOURS_BEFORE {
            world.told_at(DAY_BEFORE).await;
        }
        world.remind_at(planned).await;
        world.db.set_now(sent);
        assert_eq!(world.told().await, NOBODY, "{planned}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn visits_of_one_day_are_one_mail_whichever_of_the_family_has_them() {
    let world = world().await;
    let mia = child(&world.clinic, &world.patient, "Mia").await;
    let of_mia = world.book_for(mia, "2026-03-05T10:30:00Z").await;
    let first = world.visit(THURSDAY).await;
    world.visit("2026-03-05T11:30:00Z").await;
    world.visit(FRIDAY).await;
    assert_eq!(
        world.told_at(DAY_BEFORE).await,
        ["patient: Reminder: 3 visits, the first on Thu 5 Mar, 09:00"]
    );
    let text = world.text("Reminder").await;
    let visit = format!(
        "Thursday 5 March 2026, 10:30, Lisbon time\n\
         For Mia Silva · With Dr José Muñoz · Video visit · Free to cancel until Thu 5 Mar, 10:30\n{SITE}/visits/{of_mia}\n"
    );
    assert!(text.contains(&visit) && !text.contains("Friday"), "{text}");
    assert_eq!(world.told_at("2026-03-04T11:30:00Z").await, NOBODY);
    assert_eq!(world.reminder_sent_at(of_mia).await, Some(at(DAY_BEFORE)));
    assert_eq!(world.reminder_sent_at(first).await, Some(at(DAY_BEFORE)));
}

#[tokio::test(flavor = "multi_thread")]
async fn of_several_visits_only_those_are_reminded_of_that_still_take_place() {
    let world = world().await;
    let (first, second) = (world.visit(THURSDAY).await, world.visit("2026-03-05T10:00:00Z").await);
    world.visit("2026-03-05T11:00:00Z").await;
    world.remind_at(DAY_BEFORE).await;
    world.hand_out().await;
    world.cancel(second).await;
    let told = world.told().await;
    let reminder = "patient: Reminder: 2 visits, the first on Thu 5 Mar, 09:00";
    assert!(told.len() == 3 && told.iter().any(|line| line == reminder), "{told:?}");
    assert_eq!(world.reminder_sent_at(first).await, Some(at(DAY_BEFORE)));
    assert_eq!(world.reminder_sent_at(second).await, None);
}

#[tokio::test(flavor = "multi_thread")]
async fn however_many_servers_look_it_is_one_mail() {
    let world = world().await;
    world.visit(THURSDAY).await;
    world.visit("2026-03-05T10:00:00Z").await;
    let other = world.db.clinic();
    let servers = || vec![reminders::remind(&world.clinic), reminders::remind(&other)];
    world.db.set_now("2026-03-03T12:00:00Z");
    for planned in world.db.race("appointment_reminders", servers()).await {
        assert_eq!(planned.unwrap(), 0);
    }
    assert_eq!(world.db.count("appointment_reminders").await, 4);

    // Both are due. While one server has the patient in hands, another goes on to somebody else, of whom there is nobody.
    world.db.set_now("2026-03-04T10:00:00Z");
    let mut gate = world.db.gate("appointment_reminders").await;
    let second = async {
        gate.wait_for(1).await;
        let looked = tokio::select! {
            looked = reminders::remind(&other) => Some(looked.unwrap()),
            () = gate.wait_for(2) => None,
        };
        gate.open().await;
        looked
    };
    let (first, second) = tokio::join!(reminders::remind(&world.clinic), second);
    assert_eq!((first.unwrap(), second), (1, Some(0)));
    assert_eq!(world.told().await, ["patient: Reminder: 2 visits, the first on Thu 5 Mar, 09:00"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn who_wants_no_reminders_of_visits_gets_none() {
    for (wanted, expected) in [(true, &[REMINDER][..]), (false, &[])] {
        let world = world().await;
        let id = world.visit(THURSDAY).await;
        let person = world.db.caller::<Person>(&world.clinic, world.patient.user).await;
        // The other choices are about other mail.
        let choice = Notifications {
            visit_reminders: wanted,
            email_notifications: !wanted,
            health_reminders: !wanted,
            ..Notifications::default()
        };
        notifications::change(&world.clinic, &person, choice).await.unwrap();
        assert_eq!(world.told_at(DAY_BEFORE).await, expected);
        assert_eq!(world.reminder_sent_at(id).await.is_some(), wanted);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn it_is_never_night_where_they_live_also_where_clocks_change() {
    let world = world().await;
    // Clocks go forward there on 29 March. A day before, eight in the morning is still seven.
    world.db.execute("UPDATE users SET time_zone = 'Atlantic/Azores'").await;
    world.db.set_now("2026-03-24T10:00:00Z");
    world.visit("2026-03-29T08:00:00Z").await;
    world.visit("2026-03-30T08:00:00Z").await;
    let reminder = |day: &str| format!("patient: Reminder: your visit with Dr José Muñoz on {day}");
    assert_eq!(world.told_at("2026-03-27T19:59:59Z").await, NOBODY);
    assert_eq!(world.told_at("2026-03-27T20:00:00Z").await, [reminder("Sun 29 Mar, 08:00")]);
    assert_eq!(world.told_at("2026-03-29T06:00:00Z").await.len(), 1, "it is soon");
    assert_eq!(world.told_at("2026-03-29T07:59:59Z").await, NOBODY);
    assert_eq!(world.told_at("2026-03-29T08:00:00Z").await, [reminder("Mon 30 Mar, 08:00")]);
}

#[tokio::test(flavor = "multi_thread")]
async fn who_has_no_account_any_more_is_looked_at_once_and_not_reminded() {
    let world = world().await;
    world.visit(THURSDAY).await;
    world
        .db
        .execute("UPDATE users SET is_active = false, email = NULL, password_hash = NULL")
        .await;
    assert_eq!(world.told_at(DAY_BEFORE).await, NOBODY);
    assert_eq!(reminders::remind(&world.clinic).await.unwrap(), 0);
}
