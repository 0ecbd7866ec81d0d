//! A visit of a series and all that follow it, cancelled or moved at once.
use super::{
    TERMS_CHANGED, Visit, active,
    change::{event_of, notify_of_all},
    hold,
    locked::{LockedVisit, lock_series, lock_visit},
    lost,
    queries::{self, Cancelled, Moved},
    visits::queries as visits,
};
use crate::{
    Clinic, Conn, Error, Result, audit,
    identity::{Caller, Patient},
};
use diesel_async::AsyncConnection;
use domain::{
    Refusal,
    booking::{
        AppointmentId, CANNOT_CANCEL, CHANGED_MEANWHILE, Movable, Offer, Slot, can_be_cancelled,
        can_be_rescheduled, plan_moves, quote_all, total_cost,
    },
    money::Money,
};
use jiff::{SignedDuration, Timestamp};
use std::sync::Arc;

pub const MOVES_CHANGED: Refusal = Refusal::new(
    "booking.moves_changed",
    "Which of these visits can move has changed since you opened the page. Nothing was moved. Please look again.",
);

/// A day on either side, so that all that touches the moved visits is known.
const DAY: SignedDuration = SignedDuration::from_hours(24);

/// `visit` and those of its series after it that are still ahead, in order. Whoever has the visit may
/// see them.
pub async fn following(clinic: &Clinic, visit: &Visit) -> Result<Vec<Visit>> {
    let Some(series) = visit.series_id else { return Ok(Vec::new()) };
    let conn = &mut *clinic.db().await?;
    let from = visit.starts_at.max(clinic.now());
    Ok(visits::following(conn, series, from).await?)
}

/// What cancelling all of `visits`, which are of one series and in order, costs now.
pub fn cost_of_all(visits: &[Visit], now: Timestamp) -> Option<Money> {
    let terms: Vec<_> =
        visits.iter().map(|visit| (visit.policy(), visit.starts_at, visit.fee())).collect();
    let before = visits::late_before(visits.first()?.late_before);
    total_cost(&quote_all(&terms, before, now))
}

/// Cancels a visit that `patient` may change, and all that follow it in its series.
///
/// `expected_cost` is what the person was told all of it costs; when that is no longer so, nothing
/// happens and they are told.
pub async fn cancel_following(
    clinic: &Clinic,
    patient: &Caller<Patient>,
    id: AppointmentId,
    expected_cost: Money,
) -> Result<()> {
    let now = clinic.now();
    let conn = &mut *clinic.db().await?;
    let provider = conn
        .transaction(async |conn| {
            let first = lock_visit(conn, id, patient.user).await?;
            can_be_cancelled(first.status, first.starts_at, now)?;
            let before = queries::late_before(conn, first.patient_id, first.provider_id).await?;
            let mut all = lock_following(conn, &first).await?;
            all.retain(|(_, visit)| can_be_cancelled(visit.status, visit.starts_at, now).is_ok());
            let terms: Vec<_> = all
                .iter()
                .map(|(_, visit)| (visit.policy(), visit.starts_at, visit.fee()))
                .collect();
            let quotes = quote_all(&terms, before, now);
            if total_cost(&quotes) != Some(expected_cost) {
                return Err(TERMS_CHANGED.into());
            }
            let mut told = Vec::with_capacity(all.len());
            for ((id, visit), quote) in all.into_iter().zip(quotes) {
                let cancelled = Cancelled { id, by: patient.user, at: now, quote, reason: None };
                queries::cancel_appointment(conn, &cancelled).await?;
                let event = event_of(patient.user, visit.patient_id, id, "appointment.cancel");
                audit::record_in(conn, event).await?;
                told.push((id, visit.sequence + 1));
            }
            notify_of_all(conn, "booking.cancelled", &told).await?;
            Ok::<_, Error>(first.provider_id)
        })
        .await?;
    clinic.live().announce(provider);
    Ok(())
}

/// Where one of several visits gets when they move together.
#[derive(Debug, Clone, Copy)]
pub struct PlannedMove {
    pub id: AppointmentId,
    pub from: Timestamp,
    /// `None`: it cannot move as far, and stays.
    pub to: Option<Timestamp>,
}

/// Where a visit that `patient` may change, and all that follow it get when it moves
/// to `start` and the others as far on the clock of the doctor.
pub async fn plan_following(
    clinic: &Clinic,
    patient: &Caller<Patient>,
    id: AppointmentId,
    start: Timestamp,
) -> Result<Vec<PlannedMove>> {
    let conn = &mut *clinic.db().await?;
    conn.transaction(async |conn| {
        let planned = planned(clinic, conn, patient, id, start).await?;
        let moves = planned.visits.iter().zip(&planned.offers);
        Ok(moves
            .map(|((id, visit), offer)| PlannedMove {
                id: *id,
                from: visit.starts_at,
                to: offer.map(|offer| offer.slot.start),
            })
            .collect())
    })
    .await
}

/// Moves them. `expected` are those that the person was told move; when others can by now, nothing
/// happens and they are told. Asked twice, it moves them once.
pub async fn move_following(
    clinic: &Clinic,
    patient: &Caller<Patient>,
    id: AppointmentId,
    start: Timestamp,
    expected: &[AppointmentId],
) -> Result<()> {
    let conn = &mut *clinic.db().await?;
    let provider = conn
        .transaction(async |conn| {
            let Planned { visits, offers, doctor } =
                planned(clinic, conn, patient, id, start).await?;
            if visits.first().is_some_and(|(_, first)| first.starts_at == start) {
                return Ok(None);
            }
            let provider = &doctor.provider;
            if !queries::hold_schedule(conn, provider).await? {
                return Err(CHANGED_MEANWHILE.into());
            }
            let mut moves: Vec<_> = visits
                .iter()
                .zip(&offers)
                .filter_map(|((id, visit), offer)| Some((*id, visit, offer.as_ref()?)))
                .collect();
            if !moves.iter().map(|(id, ..)| id).eq(expected) || moves.is_empty() {
                return Err(MOVES_CHANGED.into());
            }
            // The one in front goes first, so that none steps on another.
            if moves.first().is_some_and(|(_, visit, offer)| visit.starts_at < offer.slot.start) {
                moves.reverse();
            }
            let mut told = Vec::with_capacity(moves.len());
            for (id, visit, offer) in moves {
                let whose = (visit.patient_id, patient.user);
                hold::queries::clear_holds(conn, whose, provider.id, offer.slot).await?;
                let moved = Moved { id, offer, provider, by: patient.user };
                queries::move_appointment(conn, moved).await.map_err(lost)?;
                let event = event_of(patient.user, visit.patient_id, id, "appointment.reschedule");
                audit::record_in(conn, event).await?;
                told.push((id, visit.sequence + 1));
            }
            notify_of_all(conn, "booking.rescheduled", &told).await?;
            Ok::<_, Error>(Some(provider.id))
        })
        .await?;
    if let Some(provider) = provider {
        clinic.live().announce(provider);
    }
    Ok(())
}

struct Planned {
    visits: Vec<(AppointmentId, LockedVisit)>,
    offers: Vec<Option<Offer>>,
    doctor: Arc<crate::directory::ProviderDetails>,
}

/// The visits from `id` on, locked, and where each of them gets.
async fn planned(
    clinic: &Clinic,
    conn: &mut Conn,
    patient: &Caller<Patient>,
    id: AppointmentId,
    start: Timestamp,
) -> Result<Planned> {
    let now = clinic.now();
    let first = lock_visit(conn, id, patient.user).await?;
    can_be_rescheduled(first.status, first.starts_at, first.policy(), now)?;
    let mut visits = lock_following(conn, &first).await?;
    visits.retain(|(_, visit)| can_be_cancelled(visit.status, visit.starts_at, now).is_ok());
    let shift = start.duration_since(first.starts_at);
    let last = visits.last().map_or(first.ends_at, |(_, visit)| visit.ends_at);
    let shifted = |instant: Timestamp| instant.saturating_add(shift).unwrap_or(Timestamp::MAX);
    let window =
        Slot { start: first.starts_at.min(shifted(first.starts_at)), end: last.max(shifted(last)) };
    let viewer = Some(patient.user);
    let schedule = active(clinic, conn, first.provider_id, window.widened(DAY), viewer).await?;
    let movable: Vec<_> = visits
        .iter()
        .map(|(_, visit)| Movable {
            slot: Slot { start: visit.starts_at, end: visit.ends_at },
            kind: visit.appointment_type,
            may_move: can_be_rescheduled(visit.status, visit.starts_at, visit.policy(), now)
                .is_ok(),
        })
        .collect();
    let zone = schedule.doctor.provider.zone();
    let shift = (first.starts_at, start, &zone);
    let offers = plan_moves(&schedule.doctor.plan, &schedule.busy, &movable, shift, now);
    Ok(Planned { visits, offers, doctor: schedule.doctor })
}

/// `first`, which is locked, and those of its series after it, locked in order.
async fn lock_following(
    conn: &mut Conn,
    first: &LockedVisit,
) -> Result<Vec<(AppointmentId, LockedVisit)>> {
    // A visit that comes alone has nothing that follows it.
    let series = first.series_id.ok_or(CANNOT_CANCEL)?;
    Ok(lock_series(conn, series, first.starts_at).await?)
}
