//! The time that somebody wants: whether it is free for them, and why not.
use super::{DAY, active};
use crate::{
    Clinic, Conn, Error, Result,
    directory::ProviderDetails,
    identity::{Caller, Patient},
};
use domain::{
    booking::{
        BookingRequest, Cause, DAY_FULL, NOT_OFFERED, ON_THE_WAY, Offer, Priority, SLOT_TAKEN,
        Slot, URGENT_IS_TODAY, VisitKind, WEEK_FULL, offer_at,
    },
    directory::ProviderId,
    identity::UserId,
};
use jiff::Timestamp;
use std::sync::Arc;

/// The doctor, and the free offer that the request names.
pub(super) async fn offered(
    clinic: &Clinic,
    conn: &mut Conn,
    patient: &Caller<Patient>,
    request: &BookingRequest,
    priority: Priority,
) -> Result<(Arc<ProviderDetails>, Offer)> {
    let wanted =
        Wanted { start: request.start, kind: Some(request.kind), priority: Some(priority) };
    let free = free_offer(clinic, conn, patient, request.provider, wanted, None).await?;
    let Some((doctor, offer)) = free else {
        return Err(Error::field(
            "appointment_type",
            "This time is not offered for that kind of visit. Please choose another.",
        ));
    };
    if request.place.is_some() && request.place != offer.place {
        return Err(Error::field("hospital_id", "This time is offered at another place."));
    }
    Ok((doctor, offer))
}

/// Which time somebody wants.
#[derive(Debug, Clone, Copy)]
pub(super) struct Wanted {
    pub start: Timestamp,
    /// For a visit of this kind, or of any.
    pub kind: Option<VisitKind>,
    /// `None`: whichever takes it.
    pub priority: Option<Priority>,
}

/// The offer of `provider` that is `wanted`, if it is free for `patient`. `None`: at that time visits of
/// other kinds begin, and none of this one.
pub(super) async fn free_offer(
    clinic: &Clinic,
    conn: &mut Conn,
    patient: &Caller<Patient>,
    provider: ProviderId,
    Wanted { start, kind, priority }: Wanted,
    ignoring: Option<Slot>,
) -> Result<Option<(Arc<ProviderDetails>, Offer)>> {
    let Ok(window) = start.checked_add(DAY).map(|end| Slot { start, end }) else {
        return Err(NOT_OFFERED.into());
    };
    let now = clinic.now();
    let mut schedule = active(clinic, conn, provider, window, Some(patient.user)).await?;
    if start < now {
        return Err(Error::field("appointment_date", "That time is in the past."));
    }
    schedule.busy.retain(|busy| Some(busy.slot) != ignoring);
    let offer = |kind| offer_at(&schedule.doctor.plan, &schedule.busy, (start, kind), now);
    let of_kind = match kind {
        // The longest leaves the choice of a kind open.
        None => (VisitKind::ALL.iter().filter_map(|&kind| offer(Some(kind))))
            .filter(|offer| {
                offer.is_free() || offer.takes_urgent && priority != Some(Priority::Routine)
            })
            .max_by_key(|offer| offer.slot.end),
        kind => offer(kind),
    };
    let offer = of_kind.or_else(|| offer(None)).ok_or(NOT_OFFERED)?;
    match offer.cause {
        None | Some(Cause::KeptForUrgent)
            if priority == Some(Priority::Urgent) && !offer.takes_urgent =>
        {
            Err(URGENT_IS_TODAY.into())
        }
        None => Ok(of_kind.map(|offer| (schedule.doctor, offer))),
        Some(Cause::KeptForUrgent) if priority != Some(Priority::Routine) && offer.takes_urgent => {
            Ok(of_kind.map(|offer| (schedule.doctor, offer)))
        }
        Some(cause) => Err(why_not(cause)),
    }
}

/// Whether an ordinary visit may begin at `start`, as `viewer` sees it, or why not.
pub async fn check_free(
    clinic: &Clinic,
    provider: ProviderId,
    start: Timestamp,
    viewer: Option<UserId>,
) -> Result<()> {
    let Ok(end) = start.checked_add(DAY) else { return Err(NOT_OFFERED.into()) };
    let now = clinic.now();
    let conn = &mut *clinic.db().await?;
    let schedule = active(clinic, conn, provider, Slot { start, end }, viewer).await?;
    let offer = offer_at(&schedule.doctor.plan, &schedule.busy, (start, None), now);
    match offer.ok_or(NOT_OFFERED)?.cause {
        None => Ok(()),
        Some(cause) => Err(why_not(cause)),
    }
}

pub(super) fn why_not(cause: Cause) -> Error {
    let field = |message| Error::field("appointment_date", message);
    match cause {
        Cause::Booked | Cause::Held | Cause::Elsewhere | Cause::Buffer => SLOT_TAKEN.into(),
        Cause::Travel => ON_THE_WAY.into(),
        Cause::DayFull => DAY_FULL.into(),
        Cause::WeekFull => WEEK_FULL.into(),
        Cause::Past => field("That time is in the past."),
        Cause::Notice => field("That time is too soon: the doctor needs more notice."),
        Cause::Horizon => field("That time is too far ahead: it cannot be booked yet."),
        Cause::KeptForUrgent => field("That time is still kept for urgent visits."),
        Cause::Closed | Cause::Duplicate | Cause::ClockGap | Cause::ClockOverlap => {
            NOT_OFFERED.into()
        }
    }
}
