//! Booking: find a free time, take it, move it, give it back.
mod change;
mod follow_up;
mod following;
mod group;
mod hold;
mod idempotency;
mod locked;
mod next;
pub(crate) mod queries;
pub mod reminders;
mod rules;
mod steps;
mod terms;
mod urgent;
pub(crate) mod visits;
mod wanted;

use crate::{
    Clinic, Conn, Error, Result,
    directory::{Provider, ProviderDetails},
    error::violates,
    family,
    identity::{Caller, Patient},
    schedule::{self, Around, Schedule},
};
use domain::{
    booking::{
        ALREADY_BUSY, AppointmentId, BookingRequest, CHANGED_MEANWHILE, DAY_FULL, NOT_ACCEPTING,
        ON_THE_WAY, ONE_URGENT, OWN_SLOT, Offer, PERSON_BUSY, Priority, SLOT_TAKEN, Slot,
        VisitKind, WEEK_FULL,
    },
    directory::ProviderId,
    identity::UserId,
};
use jiff::{SignedDuration, Timestamp};
use queries::NewAppointment;
use std::sync::Arc;
use wanted::{Wanted, free_offer, offered, why_not};

pub use change::{CANNOT_CHANGE, Change, TERMS_CHANGED, cancel, change};
pub use follow_up::{FollowUp, follow_up_of, follow_ups, suggest_follow_up};
pub use following::{
    MOVES_CHANGED, PlannedMove, cancel_following, cost_of_all, following, move_following,
    plan_following,
};
pub use group::{AllBooked, GroupRequest, Together, book_all, plan_repetition, plan_together};
pub use hold::{Hold, expire_holds, hold, release_hold};
pub(crate) use idempotency::{Command, done_before};
pub use idempotency::{IdempotencyKey, KEY_BATCH, forget_old_keys};
pub(crate) use locked::lock_visit;
pub use next::next_free_time;
pub use rules::follow_rules;
pub use steps::{advance, cancel_as_doctor};
pub(crate) use steps::{cancel_in, move_in};
pub use terms::{VisitTerms, change_terms, terms};
pub use urgent::{
    book_urgently, hold_urgently, open_urgent_visit, set_priority, urgent_times,
    urgent_times_of_many,
};
pub(crate) use visits::queries::money;
pub use visits::{
    SeriesVisit, StatusChange, Visit, When, day_of, history, requests, series, visit, visits,
    visits_of_family,
};
pub use wanted::check_free;

const PROVIDER_CONSTRAINT: &str = "appointments_provider_not_double_booked";
const PAUSE_CONSTRAINT: &str = "appointments_pause";
pub(crate) const PATIENT_CONSTRAINT: &str = "appointments_patient_not_double_booked";

/// The longest stretch of free times one may ask for at once.
pub const LONGEST_WINDOW: SignedDuration = SignedDuration::from_hours(32 * 24);

/// How far ahead alternatives are looked for.
const THREE_WEEKS: SignedDuration = SignedDuration::from_hours(21 * 24);

/// A day either way: no visit is longer.
const DAY: SignedDuration = SignedDuration::from_hours(24);

/// An appointment, and whether this very command had made it before.
#[derive(Debug)]
pub struct Booked {
    pub appointment: AppointmentId,
    pub replayed: bool,
    /// As it was just booked; what was booked earlier may have changed since.
    pub visit: Option<Visit>,
}

/// The free times of an active doctor that start within `window`; what is kept for `viewer` is free
/// to them.
pub async fn free_times(
    clinic: &Clinic,
    provider: ProviderId,
    window: Slot,
    viewer: Option<UserId>,
) -> Result<(Arc<ProviderDetails>, Vec<Offer>)> {
    let conn = &mut *clinic.db().await?;
    let schedule = active(clinic, conn, provider, window, viewer).await?;
    let free = schedule.free(window, clinic.now());
    Ok((schedule.doctor, free))
}

/// The free times of an active doctor that start within a window which depends on the doctor, such
/// as the days of their zone. It must lie within `around`.
pub async fn free_times_of<E: From<Error>>(
    clinic: &Clinic,
    provider: ProviderId,
    around: Slot,
    window: impl FnOnce(&Provider) -> Result<Slot, E>,
) -> Result<(Arc<ProviderDetails>, Vec<Offer>), E> {
    let conn = &mut *clinic.db().await?;
    let schedule = active(clinic, conn, provider, around, None).await?;
    let free = schedule.free(window(&schedule.doctor.provider)?, clinic.now());
    Ok((schedule.doctor, free))
}

/// The same for several doctors at once, in the order asked for; those that are not there, or not active,
/// are left out.
pub async fn free_times_of_many<E: From<Error>>(
    clinic: &Clinic,
    providers: &[ProviderId],
    around: Slot,
    window: impl Fn(&Provider) -> Result<Slot, E>,
) -> Result<Vec<(Arc<ProviderDetails>, Vec<Offer>)>, E> {
    let times = |schedule: Schedule| {
        let free = schedule.free(window(&schedule.doctor.provider)?, clinic.now());
        Ok((schedule.doctor, free))
    };
    active_of_many(clinic, providers, around).await?.map(times).collect()
}

/// The free times nearest to `start`, to offer instead of it: soonest after it first.
pub async fn alternatives(
    clinic: &Clinic,
    provider: ProviderId,
    start: Timestamp,
    kind: Option<VisitKind>,
) -> Result<Vec<Offer>> {
    let now = clinic.now();
    let conn = &mut *clinic.db().await?;
    let from = start.max(now);
    let window =
        Slot { start: from, end: from.saturating_add(THREE_WEEKS).unwrap_or(Timestamp::MAX) };
    let schedule = active(clinic, conn, provider, window, None).await?;
    Ok(schedule.next_free(now, 6, kind))
}

/// The schedule of an active doctor, as `viewer` sees it.
async fn active(
    clinic: &Clinic,
    conn: &mut Conn,
    provider: ProviderId,
    window: Slot,
    viewer: Option<UserId>,
) -> Result<Schedule> {
    let schedule = schedule::load_one(clinic, conn, provider, window, viewer).await?;
    if schedule.doctor.provider.is_active { Ok(schedule) } else { Err(Error::NotFound) }
}

/// The schedules of the active doctors among `providers`, in this order.
async fn active_of_many(
    clinic: &Clinic,
    providers: &[ProviderId],
    around: Slot,
) -> Result<impl Iterator<Item = Schedule>> {
    let conn = &mut *clinic.db().await?;
    let mut found = schedule::load(clinic, conn, providers, Around::Window(around), None).await?;
    let found = providers.iter().filter_map(move |id| found.remove(id));
    Ok(found.filter(|schedule| schedule.doctor.provider.is_active))
}

/// Books the requested time for `patient`.
///
/// Several may ask at once: the exclusion constraints decide, and whoever loses
/// is told that the time is taken. The appointment, its payment, its audit
/// event, the messages about it and the key are written in one statement.
pub async fn book(
    clinic: &Clinic,
    patient: &Caller<Patient>,
    key: &IdempotencyKey,
    request: BookingRequest,
) -> Result<Booked> {
    book_for(clinic, patient, patient.user, key, request).await
}

/// The same for `person`, who is the caller, one of their dependants, or lets them book. A time that is kept for the
/// caller becomes the visit of that person.
pub async fn book_for(
    clinic: &Clinic,
    patient: &Caller<Patient>,
    person: UserId,
    key: &IdempotencyKey,
    request: BookingRequest,
) -> Result<Booked> {
    book_as(clinic, patient, (person, Priority::Routine), key, request).await
}

async fn book_as(
    clinic: &Clinic,
    patient: &Caller<Patient>,
    (person, priority): (UserId, Priority),
    key: &IdempotencyKey,
    request: BookingRequest,
) -> Result<Booked> {
    let request = request.check()?;
    let body_hash = match (priority, person == patient.user) {
        (Priority::Routine, true) => idempotency::hash(&request),
        (Priority::Routine, false) => idempotency::hash(&(person, &request)),
        (Priority::Urgent, _) => idempotency::hash(&(priority, person, &request)),
    }?;

    let conn = &mut *clinic.db().await?;
    let whose = (person, priority);
    let refused = match attempt(clinic, conn, patient, whose, key, &request, &body_hash).await {
        Ok(visit) => {
            clinic.live().announce(request.provider);
            return Ok(Booked { appointment: visit.id, replayed: false, visit: Some(visit) });
        }
        Err(refused) => refused,
    };
    // The time may be taken by this very command, sent twice.
    match idempotency::queries::replay(conn, patient.user, key.as_str()).await? {
        Some((hash, _)) if hash != body_hash => Err(Error::KeyReused),
        Some((_, appointment)) => Ok(Booked { appointment, replayed: true, visit: None }),
        None if person == patient.user => Err(refused),
        None => Err(for_somebody_else(refused)),
    }
}

/// The same refusal, said to who books for the person it is about.
fn for_somebody_else(error: Error) -> Error {
    match error {
        Error::Refused(refusal) if refusal == ALREADY_BUSY => PERSON_BUSY.into(),
        other => other,
    }
}

async fn attempt(
    clinic: &Clinic,
    conn: &mut Conn,
    patient: &Caller<Patient>,
    (person, priority): (UserId, Priority),
    key: &IdempotencyKey,
    request: &BookingRequest,
    body_hash: &[u8],
) -> Result<Visit> {
    // The doctor may change hours between the look and the write, or somebody may overtake us; then
    // we look again, and the look says what there is to say.
    let mut refused = Error::from(CHANGED_MEANWHILE);
    for _ in 0..3 {
        family::check_books_for(conn, patient, person).await?;
        let (doctor, offer) = offered(clinic, conn, patient, request, priority).await?;
        let provider = &doctor.provider;
        check_may_book(conn, patient, Some(person), provider).await?;
        let row = NewAppointment {
            id: AppointmentId::generate(),
            patient: person,
            by: patient.user,
            key: key.as_str(),
            route: queries::ALONE,
            body_hash,
            offer: &offer,
            provider,
            request,
            series: None,
        };
        let written = match priority {
            Priority::Routine => queries::insert_appointment(conn, &row).await,
            Priority::Urgent => urgent::insert(conn, &row, clinic.now()).await,
        };
        match written {
            Ok(Some(visit)) => return Ok(visit),
            Ok(None) => {}
            Err(error) if was_overtaken(&error) => refused = lost(error),
            Err(error) => return Err(lost(error)),
        }
    }
    Err(refused)
}

/// Whether `patient` may book with `provider` at all: for `person`, or for any of those they book for.
pub(crate) async fn check_may_book(
    conn: &mut Conn,
    patient: &Caller<Patient>,
    person: Option<UserId>,
    provider: &Provider,
) -> Result<()> {
    if provider.user_id == Some(patient.user) {
        return Err(OWN_SLOT.into());
    }
    if provider.accepting_new_patients {
        return Ok(());
    }
    let people = match person {
        Some(person) => vec![person],
        None => family::everyone_booked_for(conn, patient).await?,
    };
    match queries::has_visited(conn, &people, provider.id).await? {
        true => Ok(()),
        false => Err(NOT_ACCEPTING.into()),
    }
}

/// The live visit of `person` with `provider` that begins at `start`, if there is one.
pub async fn own_visit_at(
    clinic: &Clinic,
    patient: &Caller<Patient>,
    person: UserId,
    provider: ProviderId,
    start: Timestamp,
) -> Result<Option<AppointmentId>> {
    let conn = &mut *clinic.db().await?;
    family::check_books_for(conn, patient, person).await?;
    Ok(queries::own_visit_at(conn, person, provider, start).await?)
}

/// Whether somebody else wrote first. It may have been the same person, whose hold is not in the way.
fn was_overtaken(error: &diesel::result::Error) -> bool {
    let constraints =
        [PROVIDER_CONSTRAINT, PAUSE_CONSTRAINT, PATIENT_CONSTRAINT, "appointments_one_hold"];
    gave_way(error) || constraints.iter().any(|constraint| violates(error, constraint))
}

/// Whether PostgreSQL ended one of two that waited for each other, as the same patient with two
/// doctors may. The other one goes on: looking again shows what became of it.
fn gave_way(error: &diesel::result::Error) -> bool {
    use diesel::result::{DatabaseErrorKind::SerializationFailure, Error::DatabaseError};
    match error {
        DatabaseError(SerializationFailure, _) => true,
        DatabaseError(_, info) => info.message() == "deadlock detected",
        _ => false,
    }
}

/// What it means to a person that the database refused the row.
fn lost(error: diesel::result::Error) -> Error {
    let taken = [PROVIDER_CONSTRAINT, PAUSE_CONSTRAINT];
    if taken.iter().any(|constraint| violates(&error, constraint)) || gave_way(&error) {
        SLOT_TAKEN.into()
    } else if violates(&error, "appointments_one_hold") {
        CHANGED_MEANWHILE.into()
    } else if violates(&error, PATIENT_CONSTRAINT) {
        ALREADY_BUSY.into()
    } else if violates(&error, "appointments_one_urgent") {
        ONE_URGENT.into()
    } else if violates(&error, "appointments_daily_limit") {
        DAY_FULL.into()
    } else if violates(&error, "appointments_weekly_limit") {
        WEEK_FULL.into()
    } else if violates(&error, "appointments_travel_time") {
        ON_THE_WAY.into()
    } else if violates(&error, "appointments_of_open_accounts") {
        Error::SignedOut
    } else if violates(&error, "idempotency_keys_pkey") {
        // Looked up next: the answer to the first command is the answer.
        Error::KeyReused
    } else {
        error.into()
    }
}
