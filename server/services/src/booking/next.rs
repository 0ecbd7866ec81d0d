use crate::{
    Clinic, Result,
    schedule::{self, Around, Schedule},
};
use domain::{
    booking::{Slot, VisitKind},
    directory::ProviderId,
};
use jiff::Timestamp;

/// When an active doctor is free next, from `from` on and for visits of `kind`; from the function
/// that books.
///
/// What is stored of the doctor says how far to look, so that the whole time ahead is read only when
/// the few days after that hold nothing.
pub async fn next_free_time(
    clinic: &Clinic,
    provider: ProviderId,
    from: Timestamp,
    kind: Option<VisitKind>,
) -> Result<Option<Timestamp>> {
    let now = clinic.now();
    let start = from.max(now);
    let conn = &mut *clinic.db().await?;
    let first = |schedule: &Schedule| {
        schedule.next_free(now, 1, kind).first().map(|offer| offer.slot.start)
    };
    let mut near = schedule::load(clinic, conn, &[provider], Around::NextFree(start)).await?;
    let Some(near) = near.remove(&provider).filter(|near| near.doctor.provider.is_active) else {
        return Ok(None);
    };
    let end = near.horizon(now);
    match first(&near) {
        None if near.is_free_at_all && start < end => {
            let ahead = schedule::load_one(clinic, conn, provider, Slot { start, end }).await?;
            Ok(first(&ahead))
        }
        found => Ok(found),
    }
}
