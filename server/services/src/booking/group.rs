//! Several visits with one doctor, booked at once: all of them or none.
use super::{
    Clinic, Conn, DAY, Error, Result, THREE_WEEKS, active,
    change::notify_of_all,
    check_may_book, family, for_somebody_else,
    idempotency::{self, IdempotencyKey},
    lost,
    queries::{self, NewAppointment},
    was_overtaken, why_not,
};
use crate::{
    directory::ProviderDetails,
    identity::{Caller, Patient},
};
use diesel_async::AsyncConnection;
use domain::{
    booking::{
        AppointmentId, AppointmentStatus, BookingRequest, CHANGED_MEANWHILE, EVERY_WEEKS,
        MOST_PEOPLE, MOST_VISITS, NOT_ALL_FREE, NOT_OFFERED, Occurrence, Offer, SeriesId, Slot,
        VisitKind, nearest_together, offer_at, one_after_another, plan_series, recurrences, taken,
    },
    directory::ProviderId,
    identity::UserId,
};
use jiff::{SignedDuration, Timestamp};
use serde::Serialize;
use std::sync::Arc;

/// Several visits that somebody asks for.
#[derive(Debug, Clone, Serialize)]
pub struct GroupRequest {
    pub provider: ProviderId,
    pub kind: VisitKind,
    pub reason: String,
    /// Who comes when.
    pub visits: Vec<(UserId, Timestamp)>,
    /// How far apart they should be, when they are a series of one person.
    pub every_weeks: Option<u8>,
}

/// The visits of a [`GroupRequest`], in its order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AllBooked {
    pub visits: Vec<AppointmentId>,
    /// Whether they were booked before, with the same key.
    pub replayed: bool,
}

/// Times for several people, one after another.
#[derive(Debug, Clone)]
pub struct Together {
    /// As many as there are people, or those before the first that is missing.
    pub times: Vec<Offer>,
    /// Where some are missing: the next start from which all fit, within three weeks.
    pub nearest: Option<Timestamp>,
}

/// The times that `count` people get from `start` on, the caller's own hold being free to them.
pub async fn plan_together(
    clinic: &Clinic,
    patient: &Caller<Patient>,
    (provider, start): (ProviderId, Timestamp),
    count: usize,
    kind: VisitKind,
) -> Result<Together> {
    let now = clinic.now();
    let conn = &mut *clinic.db().await?;
    let end = start.saturating_add(THREE_WEEKS + DAY).unwrap_or(Timestamp::MAX);
    let schedule = active(clinic, conn, provider, Slot { start, end }, Some(patient.user)).await?;
    let (plan, busy) = (&schedule.doctor.plan, &schedule.busy);
    match one_after_another(plan, busy, start, count, kind, now) {
        Ok(times) => Ok(Together { times, nearest: None }),
        Err(times) => {
            let end = start.saturating_add(THREE_WEEKS).unwrap_or(Timestamp::MAX);
            let nearest = nearest_together(plan, busy, Slot { start, end }, count, kind, now);
            Ok(Together { times, nearest: nearest.map(|all| all[0].slot.start) })
        }
    }
}

/// What a series of `times` visits from `start` on would be, on the clock of the doctor.
pub async fn plan_repetition(
    clinic: &Clinic,
    patient: &Caller<Patient>,
    (provider, start): (ProviderId, Timestamp),
    (every_weeks, times): (u8, usize),
    kind: VisitKind,
) -> Result<(Arc<ProviderDetails>, Vec<Occurrence>)> {
    let conn = &mut *clinic.db().await?;
    let weeks = i64::from(every_weeks) * i64::try_from(times).unwrap_or_default() + 1;
    let reach = SignedDuration::from_hours(weeks * 7 * 24);
    let whole = Slot { start, end: start.saturating_add(reach).unwrap_or(Timestamp::MAX) };
    // The week of the first visit begins up to six days before it.
    let whole = whole.widened(DAY * 7);
    let schedule = active(clinic, conn, provider, whole, Some(patient.user)).await?;
    let zone = schedule.doctor.provider.zone();
    let starts = recurrences(start, &zone, every_weeks, times);
    let now = clinic.now();
    let plan = &schedule.doctor.plan;
    let found = plan_series(plan, &schedule.busy, (&zone, &starts), kind, now);
    Ok((schedule.doctor, found))
}

/// Books all of the visits, or none. Asked twice with the same key, it books once.
pub async fn book_all(
    clinic: &Clinic,
    patient: &Caller<Patient>,
    key: &IdempotencyKey,
    request: GroupRequest,
) -> Result<AllBooked> {
    let request = request.check()?;
    let body_hash = idempotency::hash(&request)?;
    let conn = &mut *clinic.db().await?;
    let refused = match attempt(clinic, conn, patient, key, &request, &body_hash).await {
        Ok(visits) => {
            clinic.live().announce(request.provider);
            return Ok(AllBooked { visits, replayed: false });
        }
        Err(refused) => refused,
    };
    let known = idempotency::queries::replay_all(conn, patient.user, key.as_str()).await?;
    if known.is_empty() {
        return Err(for_somebody_else(refused));
    }
    if known.iter().any(|(hash, _)| *hash != body_hash) {
        return Err(Error::KeyReused);
    }
    let visits = known.into_iter().map(|(_, visit)| visit).collect();
    Ok(AllBooked { visits, replayed: true })
}

async fn attempt(
    clinic: &Clinic,
    conn: &mut Conn,
    patient: &Caller<Patient>,
    key: &IdempotencyKey,
    request: &GroupRequest,
    body_hash: &[u8],
) -> Result<Vec<AppointmentId>> {
    // As with one booking: who is overtaken looks again, and the look says what there is to say.
    let mut refused = Error::from(CHANGED_MEANWHILE);
    for _ in 0..3 {
        for &(person, _) in &request.visits {
            family::check_books_for(conn, patient, person).await?;
        }
        let (doctor, offers) = offered(clinic, conn, patient, request).await?;
        for &(person, _) in &request.visits {
            check_may_book(conn, patient, Some(person), &doctor.provider).await?;
        }
        let written = write(conn, patient, key, request, (&doctor, &offers), body_hash).await;
        match written {
            Ok(visits) => return Ok(visits),
            // The schedule has changed since it was read.
            Err(diesel::result::Error::RollbackTransaction) => {}
            Err(error) if was_overtaken(&error) => refused = lost(error),
            Err(error) => return Err(lost(error)),
        }
    }
    Err(refused)
}

/// The free offers that the request names, in its order.
async fn offered(
    clinic: &Clinic,
    conn: &mut Conn,
    patient: &Caller<Patient>,
    request: &GroupRequest,
) -> Result<(Arc<ProviderDetails>, Vec<Offer>)> {
    let now = clinic.now();
    let starts = || request.visits.iter().map(|(_, start)| *start);
    let (Some(first), Some(last)) = (starts().min(), starts().max()) else {
        return Err(NOT_OFFERED.into());
    };
    let window = Slot { start: first, end: last.saturating_add(DAY).unwrap_or(Timestamp::MAX) };
    let viewer = Some(patient.user);
    let schedule = active(clinic, conn, request.provider, window, viewer).await?;
    let mut busy = schedule.busy.clone();
    let mut offers = Vec::with_capacity(request.visits.len());
    for start in starts() {
        let wanted = (start, Some(request.kind));
        let plan = &schedule.doctor.plan;
        let Some(offer) = offer_at(plan, &busy, wanted, now) else {
            return match offer_at(plan, &busy, (start, None), now) {
                Some(_) => Err(NOT_ALL_FREE.into()),
                None => Err(NOT_OFFERED.into()),
            };
        };
        if let Some(cause) = offer.cause {
            return match why_not(cause) {
                Error::Refused(_) => Err(NOT_ALL_FREE.into()),
                other => Err(other),
            };
        }
        busy.push(taken(&offer));
        offers.push(offer);
    }
    Ok((schedule.doctor, offers))
}

async fn write(
    conn: &mut Conn,
    patient: &Caller<Patient>,
    key: &IdempotencyKey,
    request: &GroupRequest,
    (doctor, offers): (&ProviderDetails, &[Offer]),
    body_hash: &[u8],
) -> Result<Vec<AppointmentId>, diesel::result::Error> {
    conn.transaction(async |conn| {
        let series = match (request.every_weeks, request.visits.first()) {
            (Some(every_weeks), Some(&(person, _))) => {
                let id = SeriesId::generate();
                let pair = (person, request.provider);
                queries::insert_series(conn, id, pair, every_weeks, patient.user).await?;
                Some(id)
            }
            _ => None,
        };
        let mut written = Vec::with_capacity(offers.len());
        for (index, (&(person, start), offer)) in request.visits.iter().zip(offers).enumerate() {
            let route = format!("{}{:02}", queries::EACH_OF_ALL, index + 1);
            let one = BookingRequest {
                provider: request.provider,
                start,
                kind: request.kind,
                reason: request.reason.clone(),
                place: None,
            };
            let row = NewAppointment {
                id: AppointmentId::generate(),
                patient: person,
                by: patient.user,
                key: key.as_str(),
                route: &route,
                body_hash,
                offer,
                provider: &doctor.provider,
                request: &one,
                series,
            };
            let visit = queries::insert_appointment(conn, &row).await?;
            written.push(visit.ok_or(diesel::result::Error::RollbackTransaction)?);
        }
        // One doctor, whose row is held: all are booked, or all wait for an answer.
        let asked = written.iter().any(|visit| visit.status == AppointmentStatus::Requested);
        let topic = if asked { "booking.requested" } else { "booking.booked" };
        let told: Vec<_> = written.iter().map(|visit| (visit.id, visit.sequence)).collect();
        notify_of_all(conn, topic, &told).await?;
        Ok(told.into_iter().map(|(id, _)| id).collect())
    })
    .await
}

impl GroupRequest {
    /// The same request with its reason tidied, or what is wrong with it.
    fn check(mut self) -> Result<Self> {
        let one = BookingRequest {
            provider: self.provider,
            start: Timestamp::UNIX_EPOCH,
            kind: self.kind,
            reason: self.reason,
            place: None,
        };
        self.reason = one.check()?.reason;
        let visits = self.visits.len();
        if visits == 0 {
            return Err(Error::field("visit", "Choose at least one of the times."));
        }
        let mut people: Vec<_> = self.visits.iter().map(|(person, _)| *person).collect();
        people.sort();
        people.dedup();
        let fits = match self.every_weeks {
            Some(weeks) => {
                visits <= MOST_VISITS && people.len() == 1 && EVERY_WEEKS.contains(&weeks)
            }
            None => visits <= MOST_PEOPLE && people.len() == visits,
        };
        if fits { Ok(self) } else { Err(Error::field("visit", "Please choose these visits anew.")) }
    }
}
