//! What doctors say about booking, beside their hours.
use super::{
    Changed, Fates,
    edit::{Edit, change},
    queries::{self, BookingRulesRow},
};
use crate::{
    Clinic, Result,
    directory::queries as directory,
    identity::{Caller, Doctor},
};
use domain::{FieldProblem, directory::ProviderId, holidays::Country};
use std::{fmt::Display, ops::RangeInclusive};

/// When a doctor can be booked, as far as it is not a matter of hours.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BookingRules {
    /// How long before its start a visit can still be booked.
    pub lead_minutes: i32,
    /// How many days ahead times are offered.
    pub horizon_days: i32,
    /// Pauses around each visit, where its hours have no longer one.
    pub buffer_before_minutes: i16,
    pub buffer_after_minutes: i16,
    /// From one place to another.
    pub travel_minutes: i16,
    /// The most visits on one day of the doctor's zone; `None`: any number.
    pub daily_limit: Option<i16>,
    /// The same from Monday to Sunday.
    pub weekly_limit: Option<i16>,
    /// Whose public holidays close the weekly hours.
    pub holiday_country: Option<Country>,
}

/// What `doctor` has said about booking.
pub async fn booking_rules(clinic: &Clinic, doctor: &Caller<Doctor>) -> Result<BookingRules> {
    let id = doctor.provider()?;
    let conn = &mut *clinic.db().await?;
    let provider = directory::provider(conn, id).await?;
    let row = queries::booking_rules(conn, &[id]).await?.remove(&id);
    let row = row.as_ref();
    let minutes = |column: fn(&BookingRulesRow) -> i16| row.map_or(0, column);
    Ok(BookingRules {
        lead_minutes: provider.lead_minutes,
        horizon_days: provider.horizon_days,
        buffer_before_minutes: minutes(|row| row.buffer_before_minutes),
        buffer_after_minutes: minutes(|row| row.buffer_after_minutes),
        travel_minutes: minutes(|row| row.travel_minutes),
        daily_limit: row.and_then(|row| row.daily_limit),
        weekly_limit: row.and_then(|row| row.weekly_limit),
        holiday_country: row.and_then(|row| row.holiday_country),
    })
}

/// Replaces what `doctor` has said about booking.
///
/// Visits on days that close, because they are holidays, are returned instead, unless
/// `fates` say of each what becomes of it. Limits do not reach back.
pub async fn change_rules(
    clinic: &Clinic,
    doctor: &Caller<Doctor>,
    rules: &BookingRules,
    fates: impl Into<Fates>,
) -> Result<Changed> {
    rules.check()?;
    change(clinic, doctor, Edit::Rules(rules), fates.into()).await
}

fn within<N: Copy + PartialOrd + Display>(
    field: &'static str,
    number: N,
    range: RangeInclusive<N>,
) -> Option<FieldProblem> {
    let (from, to) = (range.start(), range.end());
    let problem = || FieldProblem::new(field, format!("Enter a whole number from {from} to {to}."));
    (!range.contains(&number)).then(problem)
}

impl BookingRules {
    fn check(&self) -> Result<(), Vec<FieldProblem>> {
        let mut problems: Vec<_> = [
            within("lead_minutes", self.lead_minutes, 0..=43_200),
            within("horizon_days", self.horizon_days, 1..=365),
            within("buffer_before_minutes", self.buffer_before_minutes, 0..=240),
            within("buffer_after_minutes", self.buffer_after_minutes, 0..=240),
            within("travel_minutes", self.travel_minutes, 0..=480),
            self.daily_limit.and_then(|most| within("daily_limit", most, 1..=200)),
            self.weekly_limit.and_then(|most| within("weekly_limit", most, 1..=1_000)),
        ]
        .into_iter()
        .flatten()
        .collect();
        if problems.is_empty() && self.horizon_days * 24 * 60 < self.lead_minutes {
            problems.push(FieldProblem::new(
                "horizon_days",
                "Nothing could be booked: this is less than the notice that you ask for.",
            ));
        }
        if problems.is_empty() { Ok(()) } else { Err(problems) }
    }

    pub(super) const fn row(&self, provider_id: ProviderId) -> BookingRulesRow {
        BookingRulesRow {
            provider_id,
            daily_limit: self.daily_limit,
            weekly_limit: self.weekly_limit,
            buffer_before_minutes: self.buffer_before_minutes,
            buffer_after_minutes: self.buffer_after_minutes,
            travel_minutes: self.travel_minutes,
            holiday_country: self.holiday_country,
        }
    }
}
