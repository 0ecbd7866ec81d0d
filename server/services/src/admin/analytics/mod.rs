//! How a doctor's practice goes, in numbers.
mod queries;

use crate::{
    Clinic, Result,
    directory::queries as directory,
    identity::{Caller, Person},
};
use domain::{
    directory::ProviderId,
    money::{Currency, Money},
};

pub use queries::MonthLine;

/// How many months the trend goes back, the current one included.
const MONTHS: i32 = 12;

/// What a doctor's visits come to.
#[derive(Debug, Clone)]
pub struct Analytics {
    /// Every visit that was booked, whatever became of it.
    pub total_appointments: i64,
    /// What was paid and not given back, in the doctor's currency.
    pub revenue: Money,
    /// The last twelve months in the doctor's zone, the oldest first; months without a visit are left out.
    pub months: Vec<MonthLine>,
}

/// For the doctor, and for admins.
pub async fn analytics(
    clinic: &Clinic,
    caller: &Caller<Person>,
    id: ProviderId,
) -> Result<Analytics> {
    caller.may_manage(id)?;
    let conn = &mut *clinic.db().await?;
    let provider = directory::provider(conn, id).await?;
    let currency = Currency::from_code(&provider.currency).unwrap_or(Currency::XXX);
    let totals = queries::totals(conn, id, &provider.currency).await?;
    let months = queries::months(
        conn,
        id,
        &provider.currency,
        &provider.time_zone,
        clinic.now(),
        MONTHS - 1,
    )
    .await?;
    Ok(Analytics {
        total_appointments: totals.appointments,
        revenue: Money::new(totals.revenue_minor, currency),
        months,
    })
}
