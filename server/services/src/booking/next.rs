use crate::{
    Clinic, Result,
    schedule::{self, Full, Wanted},
};
use domain::{booking::VisitKind, directory::ProviderId};
use jiff::Timestamp;

/// When an active doctor is free next, from `from` on and for visits of `kind`; from the function
/// that books.
pub async fn next_free_time(
    clinic: &Clinic,
    provider: ProviderId,
    from: Timestamp,
    kind: Option<VisitKind>,
) -> Result<Option<Timestamp>> {
    let conn = &mut *clinic.db().await?;
    let wanted = Wanted { from: from.max(clinic.now()), count: 1, kind, full: Full::Believed };
    let mut soonest = schedule::soonest(clinic, conn, &[provider], wanted).await?;
    let found = soonest.remove(&provider).filter(|(doctor, _)| doctor.provider.is_active);
    Ok(found.and_then(|(_, free)| Some(free.first()?.slot.start)))
}
