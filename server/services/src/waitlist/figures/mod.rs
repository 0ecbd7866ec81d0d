//! What the list does for a doctor.
mod queries;

use crate::{
    Clinic, Result,
    directory::{Found, Page},
    identity::{Caller, Person},
};
use domain::{
    directory::ProviderId,
    waitlist::{COUNTED_DAYS, COUNTED_NOTICE},
};
use jiff::SignedDuration;

pub use queries::{Figures, LoggedOffer};

/// How many wait for the doctor, and how often the list found somebody for a visit that was given
/// back in the last [`COUNTED_DAYS`]; for the doctor and for admins.
pub async fn figures(
    clinic: &Clinic,
    caller: &Caller<Person>,
    provider: ProviderId,
) -> Result<Figures> {
    caller.may_manage(provider)?;
    let since = clinic.now() - SignedDuration::from_hours(24 * COUNTED_DAYS);
    let conn = &mut *clinic.db().await?;
    Ok(queries::figures(conn, provider, since, COUNTED_NOTICE).await?)
}

/// The offers of the doctor's times, the latest first; for the doctor and for admins.
pub async fn log(
    clinic: &Clinic,
    caller: &Caller<Person>,
    provider: ProviderId,
    page: Page,
) -> Result<Found<LoggedOffer>> {
    caller.may_manage(provider)?;
    let conn = &mut *clinic.db().await?;
    let count = queries::count_offers(conn, provider).await?;
    Ok(Found { count, items: queries::offers(conn, provider, page.size, page.offset()).await? })
}
