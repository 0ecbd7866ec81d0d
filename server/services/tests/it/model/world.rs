//! The clinic itself, over PostgreSQL, and what of it the model speaks of.
use super::expected::{A_DAY, ACCOUNTS, CHILD, Doctor, Model, Person, STARTS, Start, caller_of};
use crate::{family::child, schema::lines};
use domain::{
    booking::{AppointmentId, BookingRequest, Slot, VisitKind},
    directory::ProviderId,
    identity::UserId,
    payments::AttemptId,
    waitlist::{Target, WaitRequest, WaitlistEntryId, WaitlistOfferId, Weekdays},
};
use jiff::{
    SignedDuration, Timestamp,
    civil::{Time, Weekday, date},
};
use services::{
    Clinic, Result,
    booking::{self, GroupRequest, IdempotencyKey},
    identity::{Caller, Patient},
    payments::{self, demo},
    waitlist,
};
use std::collections::BTreeSet;
use testkit::{TestDb, at};

/// By day, so that nobody is asked at night; and less than a day before the first three times.
const NOW: &str = "2026-03-02T10:00:00Z";
const FIRST_DAY: &str = "2026-03-03T09:00:00Z";
const SLOT: SignedDuration = SignedDuration::from_mins(30);
const WEEK: SignedDuration = SignedDuration::from_hours(7 * 24);

pub struct World {
    pub db: TestDb,
    pub clinic: Clinic,
    pub doctors: Vec<ProviderId>,
    pub callers: Vec<Caller<Patient>>,
    /// The accounts, and the child.
    pub people: Vec<UserId>,
    pub starts: Vec<Timestamp>,
}

impl World {
    pub async fn new() -> Self {
        let db = TestDb::at(NOW).await;
        let clinic = db.clinic_with(12);
        let (mut doctors, mut callers) = (Vec::new(), Vec::new());
        for _ in 0..2 {
            doctors.push(db.provider().await);
        }
        for _ in 0..ACCOUNTS {
            callers.push(db.patient(&clinic).await);
        }
        let mut people: Vec<_> = callers.iter().map(|caller| caller.user).collect();
        people.push(child(&clinic, &callers[caller_of(CHILD)], "Mia").await);
        let time = |start| {
            let (week, slot) = (start / A_DAY, start % A_DAY);
            at(FIRST_DAY)
                + WEEK * i32::try_from(week).unwrap()
                + SLOT * i32::try_from(slot).unwrap()
        };
        let starts = (0..STARTS).map(time).collect();
        Self { db, clinic, doctors, callers, people, starts }
    }

    pub fn caller(&self, person: Person) -> &Caller<Patient> {
        &self.callers[caller_of(person)]
    }

    pub async fn book(
        &self,
        (doctor, person, start): (Doctor, Person, Start),
        key: &IdempotencyKey,
    ) -> Result<AppointmentId> {
        let request = BookingRequest {
            provider: self.doctors[doctor],
            start: self.starts[start],
            kind: VisitKind::Video,
            reason: "Cough".into(),
            place: None,
        };
        let (caller, person) = (self.caller(person), self.people[person]);
        Ok(booking::book_for(&self.clinic, caller, person, key, request).await?.appointment)
    }

    /// All of the visits or none.
    pub async fn book_all(
        &self,
        doctor: Doctor,
        visits: &[(Person, Start)],
        every_weeks: Option<u8>,
        key: &IdempotencyKey,
    ) -> Result<Vec<AppointmentId>> {
        let request = GroupRequest {
            provider: self.doctors[doctor],
            kind: VisitKind::Video,
            reason: "Cough".into(),
            visits: visits.iter().map(|&(p, s)| (self.people[p], self.starts[s])).collect(),
            every_weeks,
        };
        booking::book_all(&self.clinic, self.caller(visits[0].0), key, request)
            .await
            .map(|booked| booked.visits)
    }

    pub async fn hold(&self, doctor: Doctor, person: Person, start: Start) -> Result<()> {
        let (provider, start) = (self.doctors[doctor], self.starts[start]);
        booking::hold(&self.clinic, &self.callers[person], provider, start, None).await.map(|_| ())
    }

    /// Waits for any of the times of a doctor.
    pub async fn join(&self, doctor: Doctor, person: Person) -> Result<WaitlistEntryId> {
        let request = WaitRequest {
            target: Target::Doctor(self.doctors[doctor]),
            hospital: None,
            city: None,
            kinds: VisitKind::Video.into(),
            weekdays: [Weekday::Tuesday].into_iter().collect::<Weekdays>(),
            starts: Time::constant(9, 0, 0, 0),
            ends: Time::constant(11, 0, 0, 0),
            from: date(2026, 3, 3),
            until: date(2026, 3, 17),
            reason: "Cough".into(),
        };
        waitlist::join(&self.clinic, &self.callers[person], request).await
    }

    /// The offer of `start` that was made to an entry.
    pub async fn offer(&self, entry: WaitlistEntryId, start: Start) -> WaitlistOfferId {
        let sql = format!(
            "SELECT id::text AS line FROM waitlist_offers WHERE entry_id = '{entry}' AND starts_at = '{}'",
            self.starts[start]
        );
        lines(&self.db, &sql).await[0].parse().unwrap()
    }

    /// Begins to pay.
    pub async fn begin(&self, person: Person, visit: AppointmentId) -> Result<AttemptId> {
        let key = IdempotencyKey::fresh();
        let (caller, back_to) = (self.caller(person), "/back".to_owned());
        let begun = payments::begin(&self.clinic, caller, visit, back_to, Some(&key)).await?;
        Ok(begun.page.unwrap().rsplit('/').next().unwrap().parse().unwrap())
    }

    /// Pays on the page of the gateway, or does not, and comes back.
    pub async fn answer(
        &self,
        (person, visit): (Person, AppointmentId),
        attempt: AttemptId,
        pays: bool,
    ) -> Result<()> {
        demo::answer(&self.clinic, attempt, pays).await?;
        payments::look_up(&self.clinic, self.caller(person), visit).await.map(|_| ())
    }

    /// Everything that is kept ends now; nobody has noticed it yet.
    pub async fn let_time_pass(&self) {
        self.db
            .execute(
                "UPDATE appointments SET held_until = now() WHERE status = 'held'; \
                 UPDATE waitlist_offers SET expires_at = now() WHERE outcome = 'pending'",
            )
            .await;
    }

    /// The doctors that the waitlist is about to look at, in order.
    pub async fn to_be_looked_at(&self) -> Vec<Doctor> {
        let sql = "SELECT provider_id::text AS line FROM waitlist_openings WHERE looked_at IS NULL \
                   GROUP BY provider_id ORDER BY min(created_at)";
        let ids = lines(&self.db, sql).await;
        let number = |id: &String| self.doctors.iter().position(|d| d.to_string() == *id).unwrap();
        ids.iter().map(number).collect()
    }

    /// The workers of payments, when everything is due.
    pub async fn settle_payments(&self) {
        self.db.execute("UPDATE payment_attempts SET next_at = now()").await;
        while payments::follow_up(&self.clinic).await.unwrap() > 0 {}
    }

    /// All workers, until there is nothing left to do.
    pub async fn finish(&self) {
        self.settle_payments().await;
        booking::expire_holds(&self.clinic).await.unwrap();
        waitlist::offer_openings(&self.clinic).await.unwrap();
    }

    /// The clinic is as the model says.
    pub async fn compare(&self, model: &Model) {
        let found = lines(
            &self.db,
            "SELECT concat_ws(' ', CASE WHEN held_until IS NULL THEN 'visit ' || id ELSE 'kept' END, provider_id, \
                    patient_id, extract(epoch FROM starts_at)::bigint) AS line FROM appointments \
                WHERE status NOT IN ('cancelled', 'expired') AND (held_until IS NULL OR held_until > clock_timestamp()) \
             UNION ALL SELECT concat_ws(' ', 'wait', id, status) FROM waitlist_entries \
             UNION ALL SELECT concat_ws(' ', 'offer', entry_id, extract(epoch FROM starts_at)::bigint, \
                    CASE WHEN outcome = 'pending' AND expires_at <= clock_timestamp() THEN 'lapsed' ELSE outcome END) \
                FROM waitlist_offers \
             UNION ALL SELECT concat_ws(' ', 'bill', appointment_id, status, amount_minor, refunded_minor) FROM payments",
        );
        let found: BTreeSet<_> = found.await.into_iter().collect();
        let wanted: BTreeSet<_> = self.told(model).into_iter().collect();
        let differences: Vec<_> = found.symmetric_difference(&wanted).collect();
        let (odd, missing): (Vec<_>, Vec<_>) =
            differences.into_iter().partition(|line| found.contains(*line));
        assert!(odd.is_empty() && missing.is_empty(), "odd: {odd:#?}, missing: {missing:#?}");
        self.compare_free_times(model).await;
    }

    /// What the model says, in the words of the query above.
    fn told(&self, model: &Model) -> Vec<String> {
        let time = |start: Start| self.starts[start].as_second();
        let place = |doctor: Doctor, person: Person, start| {
            format!("{} {} {}", self.doctors[doctor], self.people[person], time(start))
        };
        let mut told = Vec::new();
        for visit in &model.visits {
            let place = place(visit.doctor, visit.person, visit.start);
            told.push(format!("visit {} {place}", visit.id));
        }
        told.extend(model.kept().map(|(d, p, s)| format!("kept {}", place(d, p, s))));
        for wait in &model.waits {
            told.push(format!("wait {} {}", wait.id, wait.status));
            let offers = wait.offers.iter();
            told.extend(
                offers.map(|offer| {
                    format!("offer {} {} {}", wait.id, time(offer.start), offer.outcome)
                }),
            );
        }
        for (id, bill) in &model.bills {
            let (status, amount, refund) = bill.state();
            told.push(format!("bill {id} {status} {amount} {refund}"));
        }
        told
    }

    /// What is neither booked nor kept can be booked.
    async fn compare_free_times(&self, model: &Model) {
        let window = Slot { start: self.starts[0], end: self.starts[STARTS - 1] + SLOT };
        for (doctor, &provider) in self.doctors.iter().enumerate() {
            let found = booking::free_times(&self.clinic, provider, window, None).await;
            let free: BTreeSet<_> = found.unwrap().1.iter().map(|offer| offer.slot.start).collect();
            for (start, time) in self.starts.iter().enumerate() {
                let is_booked = model.visits.iter().any(|v| (v.doctor, v.start) == (doctor, start));
                let is_kept = model.kept().any(|(d, _, s)| (d, s) == (doctor, start));
                assert_eq!(free.contains(time), !is_booked && !is_kept, "{provider} {time}");
            }
        }
    }
}
