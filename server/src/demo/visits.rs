//! Who sees whom: the calendars of the demo clinic.
use super::{
    data::complaints::complaints,
    doctors::Doctor,
    people::{PATIENT, PATIENT2, Person},
    random::{Chance, Kind, id},
};
use domain::{
    booking::{
        AppointmentId, AppointmentStatus, Busy, BusyState, Offer, Pauses, Plan, Slot, VisitKind,
        free_slots, next_free,
    },
    directory::{HospitalId, Specialty},
    identity::Role,
    zone,
};
use jiff::{SignedDuration, Timestamp};
use uuid::Uuid;

#[derive(Debug)]
pub struct Visit {
    pub id: AppointmentId,
    pub payment: Uuid,
    /// Where in the list of people, and of doctors.
    pub patient: usize,
    pub doctor: usize,
    pub place: Option<HospitalId>,
    pub slot: Slot,
    pub pauses: Pauses,
    pub kind: VisitKind,
    pub status: AppointmentStatus,
    pub urgent: bool,
    pub reason: &'static str,
    pub made: Timestamp,
    pub cancelled: Option<Timestamp>,
}

impl Visit {
    pub fn is_live(&self) -> bool {
        AppointmentStatus::LIVE.contains(&self.status)
    }

    pub fn busy(&self) -> Busy {
        Busy { slot: self.slot, state: BusyState::Booked, place: self.place, pauses: self.pauses }
    }
}

const DAY: SignedDuration = SignedDuration::from_hours(24);
/// How far back, and how far ahead, calendars are filled, in days.
const PAST: i32 = 60;
const COMING: i32 = 14;

/// All visits, and the next free time of each doctor.
pub fn visits(
    doctors: &[Doctor],
    people: &[Person],
    now: Timestamp,
) -> (Vec<Visit>, Vec<Option<Timestamp>>) {
    let mut book = Book {
        doctors,
        people,
        now,
        plans: doctors.iter().map(Doctor::plan).collect(),
        visits: Vec::new(),
        taken_by_doctor: vec![Vec::new(); doctors.len()],
        taken_by_patient: vec![Vec::new(); people.len()],
    };
    book.write_known();
    for doctor in 0..doctors.len() {
        book.fill(doctor);
    }
    let next = (0..doctors.len()).map(|doctor| book.next_free(doctor)).collect();
    (book.visits, next)
}

/// The times at which visits of the demo may lie: those that were offered two
/// days before the window began, so that today's late hours have visits as well.
pub fn offered(plan: &Plan, window: Slot) -> Vec<Offer> {
    free_slots(plan, &[], window, window.start - DAY * 2)
}

struct Book<'a> {
    doctors: &'a [Doctor],
    people: &'a [Person],
    now: Timestamp,
    plans: Vec<Plan>,
    visits: Vec<Visit>,
    taken_by_doctor: Vec<Vec<Slot>>,
    taken_by_patient: Vec<Vec<Slot>>,
}

impl Book<'_> {
    /// The visits of those who can sign in.
    fn write_known(&mut self) {
        let find = |email: &str| self.doctors.iter().position(|doctor| doctor.email == email);
        let (Some(ines), Some(oisin)) = (find("doctor@demo.test"), find("doctor2@demo.test"))
        else {
            return;
        };
        let near = |patient: usize, specialty| {
            self.doctors.iter().position(|doctor| {
                doctor.specialty == specialty && doctor.city.zone == self.people[patient].zone
            })
        };
        let skin = near(PATIENT, Specialty::Dermatology)
            .or(near(PATIENT, Specialty::Paediatrics))
            .unwrap_or(ines + 1);
        let local = near(PATIENT2, Specialty::GeneralPractice).unwrap_or(oisin);
        use AppointmentStatus::{Cancelled, Completed, Confirmed, Scheduled};
        use VisitKind::{InPerson, Phone, Video};
        let known = [
            (PATIENT, ines, -52, InPerson, Completed, "First visit: I have just moved here"),
            (PATIENT, ines, -37, InPerson, Completed, "Blood pressure was high at the pharmacy"),
            (PATIENT, ines, -30, Video, Cancelled, "Questions about the new tablets"),
            (PATIENT, ines, -23, Video, Completed, "Blood pressure readings of two weeks"),
            (PATIENT, ines, -9, Phone, Completed, "Results of my blood test"),
            (PATIENT, skin, -18, InPerson, Completed, "A mole that changed its colour"),
            (PATIENT, ines, 1, Video, Confirmed, "Blood pressure review, with my readings"),
            (PATIENT, ines, 5, InPerson, Scheduled, "Yearly check-up"),
            (PATIENT, ines, 9, Phone, Scheduled, "Results of the check-up"),
            (PATIENT, ines, 13, Video, Scheduled, "Sleeping badly, a month later"),
            (PATIENT2, oisin, -41, Video, Completed, "My heart skips beats in the evening"),
            (PATIENT2, oisin, -12, Video, Completed, "Results of the 24-hour recording"),
            (PATIENT2, oisin, 2, Video, Confirmed, "Palpitations after coffee"),
            (PATIENT2, oisin, 10, Phone, Scheduled, "Follow-up talk"),
            (PATIENT2, local, -26, InPerson, Completed, "Referral to a heart doctor"),
        ];
        for (number, (patient, doctor, day, kind, status, reason)) in known.into_iter().enumerate()
        {
            let mut chance = Chance::of(Kind::Visit, number);
            let start = self.now + DAY * day;
            // Not everybody works every day, but in a week they do. What is past must stay past.
            let end = match day {
                ..0 if doctor == ines || doctor == oisin => start + DAY,
                ..0 => (start + DAY * 7).min(self.now),
                _ => start + DAY,
            };
            let mut offers = offered(&self.plans[doctor], Slot { start, end });
            offers.retain(|offer| self.is_free(doctor, patient, offer.slot));
            let best =
                offers.iter().find(|offer| offer.kinds.contains(kind)).or(offers.first()).copied();
            let Some(offer) = best else { continue };
            let kind = if offer.kinds.contains(kind) {
                kind
            } else {
                offer.kinds.iter().next().unwrap_or(kind)
            };
            self.write(&mut chance, patient, doctor, offer, kind, status, reason);
        }
    }

    /// An ordinary calendar: crowded with every fifth doctor, airy with the others.
    fn fill(&mut self, at: usize) {
        let doctor = &self.doctors[at];
        let mut chance = Chance::of(Kind::Visit, 1000 + at);
        let crowded = at.is_multiple_of(5) || !doctor.email.ends_with(".example");
        let (days, percent) = if crowded { (14, 38) } else { (4, 7) };
        let mut offsets: Vec<i32> = (2..=PAST).collect();
        chance.shuffle(&mut offsets);
        offsets.truncate(days);
        // Today, so far, is part of the day that a doctor looks at.
        offsets.push(1);
        offsets.sort_unstable_by(|one, other| other.cmp(one));
        for offset in offsets {
            let start = self.now - DAY * offset;
            let percent = if crowded { 45 } else { 20 };
            self.fill_window(&mut chance, at, Slot { start, end: start + DAY }, percent);
        }
        let coming = Slot { start: self.now, end: self.now + DAY * COMING };
        self.fill_window(&mut chance, at, coming, percent);
    }

    fn fill_window(&mut self, chance: &mut Chance, at: usize, window: Slot, percent: usize) {
        let specialty = self.doctors[at].specialty;
        for offer in offered(&self.plans[at], window) {
            if !chance.percent(percent) {
                continue;
            }
            let kinds: Vec<(VisitKind, usize)> = offer
                .kinds
                .iter()
                .map(|kind| match kind {
                    VisitKind::InPerson => (kind, 45),
                    VisitKind::Video => (kind, 40),
                    VisitKind::Phone => (kind, 15),
                })
                .collect();
            let kind = chance.weighted(&kinds);
            let Some(patient) = self.someone_for(chance, at, kind, offer.slot) else { continue };
            let status = self.status(chance, offer.slot);
            let reason = chance.pick(complaints(specialty));
            self.write(chance, patient, at, offer, kind, status, reason);
        }
    }

    /// A patient who has time then: from the same city, now and then from afar.
    fn someone_for(
        &self,
        chance: &mut Chance,
        doctor: usize,
        kind: VisitKind,
        slot: Slot,
    ) -> Option<usize> {
        let zone = self.doctors[doctor].city.zone;
        let afar = kind != VisitKind::InPerson && chance.percent(12);
        let possible = |person: &Person| {
            !person.can_sign_in && person.role == Role::Patient && (afar || person.zone == zone)
        };
        let first = self.people.iter().position(possible)?;
        // Patients of one city stand together.
        let count = self.people[first..].iter().take_while(|person| possible(person)).count();
        (0..8)
            .map(|_| first + chance.below(count))
            .find(|&patient| self.is_free(doctor, patient, slot))
    }

    /// Whether both have time then, and the patient is awake.
    fn is_free(&self, doctor: usize, patient: usize, slot: Slot) -> bool {
        let hour = slot.start.to_zoned(zone::rules(self.people[patient].zone)).hour();
        if !(7..21).contains(&hour) {
            return false;
        }
        let pause = SignedDuration::from_mins(self.doctors[doctor].pause());
        let with_pause = Slot { start: slot.start - pause, end: slot.end + pause };
        !self.taken_by_doctor[doctor].iter().any(|taken| taken.overlaps(&with_pause))
            && !self.taken_by_patient[patient].iter().any(|taken| taken.overlaps(&slot))
    }

    fn status(&self, chance: &mut Chance, slot: Slot) -> AppointmentStatus {
        use AppointmentStatus::{Cancelled, Completed, Confirmed, InProgress, NoShow, Scheduled};
        if slot.end <= self.now {
            chance.weighted(&[(Completed, 82), (Cancelled, 11), (NoShow, 7)])
        } else if slot.start <= self.now {
            InProgress
        } else {
            chance.weighted(&[(Confirmed, 50), (Scheduled, 43), (Cancelled, 7)])
        }
    }

    #[expect(clippy::too_many_arguments, reason = "a visit is all of these")]
    fn write(
        &mut self,
        chance: &mut Chance,
        patient: usize,
        doctor: usize,
        offer: Offer,
        kind: VisitKind,
        status: AppointmentStatus,
        reason: &'static str,
    ) {
        let number = self.visits.len();
        let (made, cancelled) =
            history(chance, offer.slot.start, self.doctors[doctor].lead, status, self.now);
        self.taken_by_doctor[doctor].push(offer.slot);
        self.taken_by_patient[patient].push(offer.slot);
        self.visits.push(Visit {
            id: id(Kind::Visit, number, made).into(),
            payment: id(Kind::Payment, number, made),
            patient,
            doctor,
            place: offer.place,
            slot: offer.slot,
            pauses: offer.pauses,
            kind,
            status,
            urgent: chance.percent(4),
            reason,
            made,
            cancelled,
        });
    }

    fn next_free(&self, doctor: usize) -> Option<Timestamp> {
        let live =
            |visit: &&Visit| visit.doctor == doctor && visit.is_live() && visit.slot.end > self.now;
        let busy: Vec<Busy> = self.visits.iter().filter(live).map(Visit::busy).collect();
        next_free(&self.plans[doctor], &busy, Slot::onwards(self.now), self.now, 1, None)
            .first()
            .map(|offer| offer.slot.start)
    }
}

/// When a visit was booked, and cancelled if it was: within two weeks before its
/// start and before now, and no later than the doctor wants to be told.
pub fn history(
    chance: &mut Chance,
    start: Timestamp,
    lead: u32,
    status: AppointmentStatus,
    now: Timestamp,
) -> (Timestamp, Option<Timestamp>) {
    let minutes = SignedDuration::from_mins;
    let latest = (start - minutes(i64::from(lead))).min(now - minutes(60));
    let made = latest - minutes(chance.between(0, 14 * 24 * 60));
    let room = start.min(now).duration_since(made).as_mins();
    let cancelled = (status == AppointmentStatus::Cancelled)
        .then(|| made + minutes(chance.between(0, room.max(0))));
    (made, cancelled)
}
