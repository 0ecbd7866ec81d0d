//! A clinic as large as a health service, to measure on.
use super::{
    VACUUM,
    data::{cities::CITIES, complaints::complaints},
    doctors::{self, Doctor, places},
    hospitals::{Hospital, hospitals},
    hours,
    looks::look,
    people,
    random::{Chance, Kind, id, id_with},
    rows, slug,
    visits::{Visit, history},
};
use anyhow::ensure;
use domain::{
    booking::{AppointmentStatus, Busy, Pauses, Slot, VisitKind, next_free},
    directory::Specialty,
    identity::UserId,
    zone,
};
use jiff::{
    SignedDuration, Timestamp, ToSpan,
    civil::{Date, Weekday},
};
use std::thread;
use tokio_postgres::Client;

/// Visits of each doctor, and over which days around today they lie.
const VISITS: usize = 100;
const DAYS: std::ops::RangeInclusive<i16> = -300..=60;
/// Rows that are sent at once.
const BATCH: usize = 20_000;

/// Loads `doctors` doctors and 100 appointments each deterministically for measuring (on top of the demo clinic).
pub async fn load_scale(
    client: &mut Client,
    doctors: usize,
    now: Timestamp,
    progress: impl Fn(&str),
) -> anyhow::Result<()> {
    let now = super::whole_seconds(now);
    let transaction = client.transaction().await?;
    let there: i64 = transaction.query_one("SELECT count(*) FROM hospitals", &[]).await?.get(0);
    ensure!(there > 0, "load the demo clinic first: these doctors work in its hospitals");
    let again: bool = transaction
        .query_one("SELECT EXISTS (SELECT FROM users WHERE email LIKE '%@many.example')", &[])
        .await?
        .get(0);
    ensure!(!again, "the many doctors are here already");
    transaction.batch_execute(&super::count_versions(false)).await?;

    let hospitals = hospitals();
    let pool = patients(doctors);
    let (mut users, mut roles) = (rows::users(), rows::user_roles());
    let names = rows::roles(&transaction).await?;
    let mut patients: Vec<UserId> = Vec::with_capacity(pool);
    for number in 0..pool {
        let person = people::patient(number, number % CITIES.len(), Kind::ScaleUser);
        rows::user(&mut users, &person, rows::NO_PASSWORD);
        rows::user_role(&mut roles, &person, &names);
        patients.push(person.id);
    }
    users.load(&transaction).await?;
    roles.load(&transaction).await?;
    progress(&format!("{pool} patients"));

    let made = staff(doctors, &hospitals, now);
    let (mut providers, mut at, mut rules) =
        (rows::providers(), rows::provider_hospitals(), rows::rules());
    for (doctor, _, free) in &made {
        let hospital = doctor.hospitals.first().map(|&first| &hospitals[first]);
        rows::provider(&mut providers, doctor, None, hospital, *free, now);
        rows::provider_hospital(&mut at, doctor, &places(doctor, &hospitals));
        for rule in &doctor.rules {
            rows::rule(&mut rules, doctor, rule);
        }
    }
    providers.load(&transaction).await?;
    at.load(&transaction).await?;
    rules.load(&transaction).await?;
    progress(&format!("{doctors} doctors"));

    // In the order of their days, as they would have come in.
    let mut order: Vec<(i16, u32, u8)> = Vec::with_capacity(doctors * VISITS);
    for (doctor, (_, times, _)) in (0_u32..).zip(&made) {
        order.extend((0_u8..).zip(times).map(|(which, time)| (time.day, doctor, which)));
    }
    order.sort_unstable();
    let (mut appointments, mut payments) = (rows::appointments(), rows::payments());
    for (number, &(_, doctor, which)) in order.iter().enumerate() {
        let (doctor, times, _) = &made[doctor as usize];
        // Everybody comes once before anybody comes again: far more than a day lies between.
        let patient = number % pool;
        let visit = times[usize::from(which)].visit(number, patient, doctor, now);
        rows::appointment(&mut appointments, &visit, doctor, patients[patient]);
        rows::payment(&mut payments, &visit, doctor);
        if (number + 1) % BATCH == 0 || number + 1 == order.len() {
            appointments.load(&transaction).await?;
            payments.load(&transaction).await?;
        }
        if (number + 1) % (BATCH * 10) == 0 {
            progress(&format!("{} of {} appointments", number + 1, order.len()));
        }
    }
    transaction.batch_execute(&super::count_versions(true)).await?;
    transaction.commit().await?;
    client.batch_execute(VACUUM).await?;
    progress(&format!("{} appointments", order.len()));
    Ok(())
}

/// How many patients so many doctors need, so that nobody has two visits at once.
fn patients(doctors: usize) -> usize {
    (doctors * 5).max(50_000)
}

/// One time of one doctor.
#[derive(Debug)]
pub(super) struct Taken {
    day: i16,
    rule: usize,
    pub(super) slot: Slot,
    pub(super) status: AppointmentStatus,
}

impl Taken {
    pub(super) fn visit(
        &self,
        number: usize,
        patient: usize,
        doctor: &Doctor,
        now: Timestamp,
    ) -> Visit {
        let mut chance = Chance::of(Kind::ScaleVisit, number);
        let rule = &doctor.rules[self.rule];
        let (made, cancelled) =
            history(&mut chance, self.slot.start, doctor.lead, self.status, now);
        Visit {
            id: id(Kind::ScaleVisit, number, made).into(),
            payment: id(Kind::ScalePayment, number, made),
            patient,
            doctor: doctor.number,
            place: rule.place,
            slot: self.slot,
            pauses: Pauses::NONE,
            kind: rule
                .kinds
                .iter()
                .nth(chance.below(rule.kinds.iter().count()))
                .unwrap_or(VisitKind::Video),
            status: self.status,
            urgent: chance.percent(4),
            reason: chance.pick(complaints(doctor.specialty)),
            made,
            cancelled,
        }
    }
}

type Employed = (Doctor, Vec<Taken>, Option<Timestamp>);

/// The doctors with their calendars and next free times, made on all cores.
pub(super) fn staff(count: usize, hospitals: &[Hospital], now: Timestamp) -> Vec<Employed> {
    let cores = thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let share = count.div_ceil(cores).max(1);
    let employ = |from: usize| {
        (from..(from + share).min(count))
            .map(|number| employed(number, hospitals, now))
            .collect::<Vec<_>>()
    };
    thread::scope(|scope| {
        let parts: Vec<_> =
            (0..count).step_by(share).map(|from| scope.spawn(move || employ(from))).collect();
        // A thread that panicked has said why; the count of the rest shows that it is missing.
        parts.into_iter().filter_map(|part| part.join().ok()).flatten().collect()
    })
}

fn employed(number: usize, hospitals: &[Hospital], now: Timestamp) -> Employed {
    let mut chance = Chance::of(Kind::ScaleProvider, number);
    let weights: Vec<_> = CITIES.iter().map(|city| (city, city.doctors)).collect();
    let city = chance.weighted(&weights);
    let specialty = chance.pick(Specialty::ALL);
    let mut doctor = doctors::doctor(number, city, specialty, hospitals, &mut chance);
    doctor.id =
        id_with(Kind::ScaleProvider, number, doctor.made, look(&doctor, &mut chance)).into();
    doctor.email =
        format!("{}.{}.{number}@doctors.many.example", slug(&doctor.first), slug(&doctor.last));
    doctor.license = format!("{}-M{number:07}", city.code);
    doctor.rules =
        hours::weekly(&doctor, &places(&doctor, hospitals), Kind::ScaleRule, false, &mut chance);
    let times = calendar(&doctor, now, &mut chance);
    let live =
        |time: &&Taken| AppointmentStatus::LIVE.contains(&time.status) && time.slot.end > now;
    let busy: Vec<Busy> = times
        .iter()
        .filter(live)
        .map(|time| Busy {
            slot: time.slot,
            state: domain::booking::BusyState::Booked,
            place: None,
            pauses: Pauses::NONE,
        })
        .collect();
    let free = next_free(&doctor.plan(), &busy, Slot::onwards(now), now, 1, None)
        .first()
        .map(|offer| offer.slot.start);
    (doctor, times, free)
}

/// A hundred times on the grid of the doctor's hours, at most one in each half day.
fn calendar(doctor: &Doctor, now: Timestamp, chance: &mut Chance) -> Vec<Taken> {
    use AppointmentStatus::{Cancelled, Completed, Confirmed, InProgress, NoShow, Scheduled};
    let zone = zone::rules(doctor.city.zone);
    let today = now.to_zoned(zone.clone()).date();
    let last = (*DAYS.end()).min(i16::try_from(doctor.horizon).unwrap_or(i16::MAX));
    let mut halves: Vec<(i16, Date, usize)> = Vec::new();
    for day in *DAYS.start()..=last {
        let date = today.saturating_add(day.days());
        let weekday: Weekday = date.weekday();
        halves.extend(
            (0..doctor.rules.len())
                .filter(|&rule| doctor.rules[rule].weekday == weekday)
                .map(|rule| (day, date, rule)),
        );
    }
    chance.shuffle(&mut halves);
    halves.truncate(VISITS);
    halves
        .into_iter()
        .map(|(day, date, which)| {
            let rule = &doctor.rules[which];
            let length = SignedDuration::from_mins(i64::from(rule.slot_minutes));
            let room =
                rule.starts.duration_until(rule.ends).as_mins() / i64::from(rule.slot_minutes);
            let first = date
                .to_datetime(rule.starts)
                .saturating_add(length * i32::try_from(chance.between(0, room - 1)).unwrap_or(0));
            // By day, in the zones of our cities, the clocks never change.
            let start = zone.to_ambiguous_timestamp(first).compatible().unwrap_or(now);
            let slot = Slot { start, end: start + length };
            let status = if slot.end <= now {
                chance.weighted(&[(Completed, 82), (Cancelled, 11), (NoShow, 7)])
            } else if slot.start <= now {
                InProgress
            } else {
                chance.weighted(&[(Confirmed, 50), (Scheduled, 43), (Cancelled, 7)])
            };
            Taken { day, rule: which, slot, status }
        })
        .collect()
}
