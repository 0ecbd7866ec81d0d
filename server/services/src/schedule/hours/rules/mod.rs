//! What doctors say about booking, beside their hours.
pub mod queries;

use super::{
    Changed, Fates,
    check::length,
    edit::{Edit, change},
};
use crate::{
    Clinic, Result,
    directory::queries as directory,
    identity::{Caller, Doctor},
};
use domain::{
    FieldProblem,
    booking::{Plan, TooLong, VisitKind},
    directory::ProviderId,
    holidays::Country,
};
use queries::{BookingRulesRow, KindRuleRow};
use std::{borrow::Cow, fmt::Display, ops::RangeInclusive};

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
    /// In the order of the kinds; those of which nothing is said are left out.
    pub kinds: Vec<OwnRules>,
}

/// What a doctor says about one kind of visit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OwnRules {
    pub kind: VisitKind,
    /// `None`: as long as the hours say.
    pub slot_minutes: Option<i16>,
    /// Pauses around each such visit, where no longer ones hold.
    pub buffer_before_minutes: i16,
    pub buffer_after_minutes: i16,
}

/// What `doctor` has said about booking.
pub async fn booking_rules(clinic: &Clinic, doctor: &Caller<Doctor>) -> Result<BookingRules> {
    let id = doctor.provider()?;
    let conn = &mut *clinic.db().await?;
    let provider = directory::provider(conn, id).await?;
    let row = queries::booking_rules(conn, &[id]).await?.remove(&id);
    let row = row.as_ref();
    let minutes = |column: fn(&BookingRulesRow) -> i16| row.map_or(0, column);
    let mut kinds = queries::kind_rule_rows(conn, &[id]).await?;
    kinds.sort_by_key(|row| row.kind);
    Ok(BookingRules {
        lead_minutes: provider.lead_minutes,
        horizon_days: provider.horizon_days,
        buffer_before_minutes: minutes(|row| row.buffer_before_minutes),
        buffer_after_minutes: minutes(|row| row.buffer_after_minutes),
        travel_minutes: minutes(|row| row.travel_minutes),
        daily_limit: row.and_then(|row| row.daily_limit),
        weekly_limit: row.and_then(|row| row.weekly_limit),
        holiday_country: row.and_then(|row| row.holiday_country),
        kinds: kinds.iter().map(OwnRules::from_row).collect(),
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
    field: impl Into<Cow<'static, str>>,
    number: N,
    range: RangeInclusive<N>,
) -> Option<FieldProblem> {
    let (from, to) = (range.start(), range.end());
    let problem = || FieldProblem::new(field, format!("Enter a whole number from {from} to {to}."));
    (!range.contains(&number)).then(problem)
}

impl OwnRules {
    const fn from_row(row: &KindRuleRow) -> Self {
        Self {
            kind: row.kind,
            slot_minutes: row.slot_minutes,
            buffer_before_minutes: row.buffer_before_minutes,
            buffer_after_minutes: row.buffer_after_minutes,
        }
    }

    fn check(&self) -> impl Iterator<Item = FieldProblem> + use<> {
        let pauses = [
            ("buffer_before_minutes", self.buffer_before_minutes),
            ("buffer_after_minutes", self.buffer_after_minutes),
        ];
        let own = *self;
        let length = self.slot_minutes.into_iter();
        let length =
            length.filter_map(move |slot| within(field("slot_minutes", own.kind), slot, 5..=480));
        length.chain(
            pauses
                .into_iter()
                .filter_map(move |(name, pause)| within(field(name, own.kind), pause, 0..=240)),
        )
    }
}

/// The field that holds `what` of `kind`, such as `slot_minutes_video`.
fn field(what: &str, kind: VisitKind) -> String {
    format!("{what}_{kind}")
}

/// Lengths of visits that fit into none of the hours of `plan`.
///
/// A doctor may say how long a kind of visit is before there are hours for it.
pub(super) fn fit(plan: &Plan) -> Result<(), Vec<FieldProblem>> {
    let problem = |TooLong { kind, open, .. }| {
        let longest = length(open);
        let message = format!("It would never fit: your longest hours for it are {longest}.");
        FieldProblem::new(field("slot_minutes", kind), message)
    };
    let problems: Vec<_> = plan.too_long().into_iter().map(problem).collect();
    if problems.is_empty() { Ok(()) } else { Err(problems) }
}

impl BookingRules {
    /// What is said of the kinds of visit, to be stored.
    pub(super) fn kind_rows(&self, provider_id: ProviderId) -> Vec<KindRuleRow> {
        let row = |own: &OwnRules| KindRuleRow {
            provider_id,
            kind: own.kind,
            slot_minutes: own.slot_minutes,
            buffer_before_minutes: own.buffer_before_minutes,
            buffer_after_minutes: own.buffer_after_minutes,
        };
        self.kinds.iter().map(row).collect()
    }

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
        .chain(self.kinds.iter().flat_map(OwnRules::check))
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
