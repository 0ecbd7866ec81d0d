//! Those who wait for a time, and what came of the times that were offered to them.
//!
//! Nobody of the demo works before eight in the morning, so that those who still wait for such a time wait on:
//! none is offered while somebody looks around, or a test does.
use super::{
    doctors::Doctor,
    people::{PATIENT, PATIENT2, Person},
    random::{Kind, id},
    visits::Visit,
};
use domain::{
    booking::{AppointmentStatus, Slot, VisitKind},
    directory::Specialty,
    identity::Role,
    waitlist::{EntryStatus, OfferOutcome, Weekdays},
    zone,
};
use jiff::{
    SignedDuration, Timestamp, ToSpan,
    civil::{Date, Time, Weekday, time},
};
use uuid::Uuid;

/// Somebody who waits, or has waited.
#[derive(Debug)]
pub struct Wish {
    pub id: Uuid,
    /// Where in the list of people.
    pub patient: usize,
    pub whom: Whom,
    pub kind: VisitKind,
    pub weekdays: Weekdays,
    pub starts: Time,
    pub ends: Time,
    pub from: Date,
    pub until: Date,
    pub reason: &'static str,
    pub status: EntryStatus,
    pub made: Timestamp,
}

#[derive(Debug, Clone, Copy)]
pub enum Whom {
    /// Where in the list of doctors.
    Doctor(usize),
    /// Any of them in this city.
    Specialty(Specialty, &'static str),
}

/// A time that was offered to somebody, and what came of it.
#[derive(Debug)]
pub struct Offered {
    pub id: Uuid,
    /// Where in the list of wishes.
    pub wish: usize,
    /// Where in the list of visits: what somebody else, or they, have in the end.
    pub visit: usize,
    pub outcome: OfferOutcome,
    pub position: i32,
    pub waiting: i32,
    pub made: Timestamp,
    pub settled: Timestamp,
}

/// A time that somebody gave back.
#[derive(Debug)]
pub struct GivenBack {
    /// Where in the list of doctors.
    pub doctor: usize,
    pub slot: Slot,
    pub at: Timestamp,
}

#[derive(Debug, Default)]
pub struct Waitlist {
    pub wishes: Vec<Wish>,
    pub offers: Vec<Offered>,
    pub given_back: Vec<GivenBack>,
}

/// How long before the end of the story of a time it began.
const STORY: SignedDuration = SignedDuration::from_hours(6);

/// How many times of each doctor who can sign in went to somebody who waited.
const STORIES: usize = 4;

/// The waitlists of the doctors who can sign in, and what the patients who can wait for.
pub fn waitlist(
    doctors: &[Doctor],
    people: &[Person],
    visits: &[Visit],
    now: Timestamp,
) -> Waitlist {
    let mut list = Waitlist::default();
    let find = |email: &str| doctors.iter().position(|doctor| doctor.email == email);
    let (Some(ines), Some(oisin)) = (find("doctor@demo.test"), find("doctor2@demo.test")) else {
        return list;
    };
    for (number, doctor) in [ines, oisin].into_iter().enumerate() {
        list.tell(doctor, people, visits, now);
        let neighbours = neighbours(people, doctors[doctor].city.zone);
        let reasons = ["Blood pressure, before work", "A second opinion on my tablets"];
        for (patient, reason) in neighbours.skip(11 * (number + 1)).take(2).zip(reasons) {
            list.wait(people, patient, Whom::Doctor(doctor), reason, now);
        }
    }
    let lisbon = Whom::Specialty(Specialty::Dermatology, doctors[ines].city.name);
    list.wait(people, PATIENT, Whom::Doctor(ines), "Blood pressure, before work", now);
    list.wait(people, PATIENT, lisbon, "The mole again, a year later", now);
    // Before work is before work on the clock of whoever waits, so that they wait where they live.
    let near = doctors.iter().find(|doctor| doctor.city.zone == people[PATIENT2].zone);
    if let Some(near) = near {
        let local = Whom::Specialty(Specialty::GeneralPractice, near.city.name);
        list.wait(people, PATIENT2, local, "My yearly check-up", now);
    }
    list
}

/// The patients of a city who cannot sign in.
fn neighbours<'a>(people: &'a [Person], zone: &'a str) -> impl Iterator<Item = usize> + 'a {
    people.iter().enumerate().filter_map(move |(at, person)| {
        let lives_there = person.zone == zone && person.role == Role::Patient;
        (lives_there && !person.can_sign_in).then_some(at)
    })
}

impl Waitlist {
    /// Somebody waits for a visit before work.
    fn wait(
        &mut self,
        people: &[Person],
        patient: usize,
        whom: Whom,
        reason: &'static str,
        now: Timestamp,
    ) {
        use Weekday::{Friday, Monday, Thursday, Tuesday, Wednesday};
        let number = self.wishes.len();
        let days = i64::try_from(number % 5).unwrap_or_default();
        let made = now - SignedDuration::from_hours(20 + 31 * days);
        let today = now.to_zoned(zone::rules(people[patient].zone)).date();
        self.wishes.push(Wish {
            id: id(Kind::Wish, number, made),
            patient,
            whom,
            kind: VisitKind::InPerson,
            weekdays: [Monday, Tuesday, Wednesday, Thursday, Friday].into_iter().collect(),
            starts: time(6, 30, 0, 0),
            ends: time(8, 0, 0, 0),
            from: today,
            until: today.saturating_add((28 + 7 * days).days()),
            reason,
            status: EntryStatus::Waiting,
            made,
        });
    }

    /// What has come of the times that became free with `doctor`.
    fn tell(&mut self, doctor: usize, people: &[Person], visits: &[Visit], now: Timestamp) {
        let theirs = || visits.iter().enumerate().filter(move |(_, visit)| visit.doctor == doctor);
        for (_, visit) in theirs() {
            if let Some(at) = visit.cancelled {
                self.given_back.push(GivenBack { doctor, slot: visit.slot, at });
            }
        }
        // Booked some time ago and some time ahead, so that there was time to ask others first.
        let mut went: Vec<_> = theirs()
            .filter(|(_, visit)| {
                let ahead = visit.slot.start.duration_since(visit.made);
                visit.status != AppointmentStatus::Cancelled
                    && !people[visit.patient].can_sign_in
                    && ahead > STORY * 4
                    && now.duration_since(visit.made) > STORY
            })
            .collect();
        went.sort_by_key(|(_, visit)| visit.made);
        let mut all =
            neighbours(people, people[went.first().map_or(PATIENT, |one| one.1.patient)].zone);
        for (number, (at, visit)) in went.into_iter().rev().take(STORIES).enumerate() {
            let given_back = visit.made - STORY;
            self.given_back.push(GivenBack { doctor, slot: visit.slot, at: given_back });
            let asked = SignedDuration::from_mins(5);
            // Now and then somebody else came first, and did not want it or did not hear of it.
            let before = match number {
                0 => Some((OfferOutcome::Declined, given_back + asked * 9)),
                2 => {
                    Some((OfferOutcome::Lapsed, given_back + SignedDuration::from_hours(2) + asked))
                }
                _ => None,
            };
            let waiting = 1 + i32::from(before.is_some());
            let mut made = given_back + asked;
            if let (Some((outcome, settled)), Some(other)) =
                (before, all.find(|&other| other != visit.patient))
            {
                let wish = self.waited(other, visit, EntryStatus::Left, people);
                self.offer(wish, at, outcome, (1, waiting), (made, settled));
                made = settled + asked;
            }
            let wish = self.waited(visit.patient, visit, EntryStatus::Booked, people);
            self.offer(wish, at, OfferOutcome::Accepted, (waiting, waiting), (made, visit.made));
        }
    }

    /// Somebody had waited for the time of `visit`; where in the list of wishes.
    fn waited(
        &mut self,
        patient: usize,
        visit: &Visit,
        status: EntryStatus,
        people: &[Person],
    ) -> usize {
        let number = self.wishes.len();
        let made = visit.made - STORY * 8;
        let zone = zone::rules(people[patient].zone);
        let day = |instant: Timestamp| instant.to_zoned(zone.clone()).date();
        self.wishes.push(Wish {
            id: id(Kind::Wish, number, made),
            patient,
            whom: Whom::Doctor(visit.doctor),
            kind: visit.kind,
            weekdays: Weekdays::ALL.into_iter().collect(),
            starts: Time::midnight(),
            ends: Time::midnight(),
            from: day(made),
            until: day(visit.slot.start),
            reason: visit.reason,
            status,
            made,
        });
        number
    }

    fn offer(
        &mut self,
        wish: usize,
        visit: usize,
        outcome: OfferOutcome,
        (position, waiting): (i32, i32),
        (made, settled): (Timestamp, Timestamp),
    ) {
        let id = id(Kind::Offer, self.offers.len(), made);
        self.offers.push(Offered { id, wish, visit, outcome, position, waiting, made, settled });
    }
}
