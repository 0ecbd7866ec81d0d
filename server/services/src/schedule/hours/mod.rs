//! The hours doctors keep, and what they change of them.
mod check;
mod edit;
pub(crate) mod queries;
pub(crate) mod rules;
mod stranded;

use crate::{
    Clinic, Error, Result,
    directory::{HospitalBrief, queries as directory},
    identity::{Caller, Doctor},
};
use domain::{
    Id,
    booking::{DayExceptionId, Recurrence, VisitKind, WeeklyRule, WeeklyRuleId},
    directory::{HospitalId, ProviderId},
    holidays::{Holiday, holidays_between},
    text,
    zone::rules as zone_rules,
};
use edit::{Edit, change};
use jiff::{
    SignedDuration, ToSpan,
    civil::{Date, Time, Weekday},
};

pub use queries::{ComingVisit, ExceptionRow, RuleRow};
pub use rules::{BookingRules, OwnRules, booking_rules, change_rules};
pub use stranded::{Fate, Fates, Stranded};

/// One line of the weekly hours, as a doctor fills it in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HoursLine {
    pub weekday: Weekday,
    pub starts: Time,
    /// `00:00` is the end of the day.
    pub ends: Time,
    pub slot_minutes: i16,
    pub buffer_after_minutes: i16,
    /// Where; `None` for hours that are only by video or phone.
    pub place: Option<HospitalId>,
    pub kinds: Vec<VisitKind>,
    /// 1: each week. More are counted from the week of `valid_from`.
    pub every_weeks: i16,
    pub valid_from: Option<Date>,
    /// Inclusive.
    pub valid_until: Option<Date>,
    /// Until so long before its start a time is kept for urgent visits; `None`: it is for everybody.
    pub kept_for_urgent_minutes: Option<i16>,
}

/// Hours on one day, beside the weekly ones.
#[derive(Debug, Clone)]
pub struct ExtraHours {
    pub day: Date,
    pub starts: Time,
    pub ends: Time,
    pub slot_minutes: i16,
    pub place: Option<HospitalId>,
    pub kinds: Vec<VisitKind>,
    /// As of [`HoursLine`].
    pub kept_for_urgent_minutes: Option<i16>,
}

/// A day, or a part of it, without visits.
#[derive(Debug, Clone)]
pub struct Closing {
    pub day: Date,
    pub hours: Option<(Time, Time)>,
    pub reason: String,
}

/// What became of a change of hours.
#[derive(Debug)]
pub enum Changed {
    Saved,
    /// Nothing was saved: these visits would be outside of the new hours. The
    /// doctor sees them and says whether to save all the same.
    Strands(Vec<Stranded>),
}

/// A doctor's hours and all that is needed to change them.
#[derive(Debug)]
pub struct Hours {
    pub rules: Vec<RuleRow>,
    pub exceptions: Vec<ExceptionRow>,
    /// The public holidays ahead on which the weekly hours are closed.
    pub holidays: Vec<Holiday>,
    pub places: Vec<HospitalBrief>,
    pub time_zone: String,
}

/// How far ahead exceptions are shown.
const EXCEPTION_REACH: SignedDuration = SignedDuration::from_hours(366 * 24);

pub async fn hours(clinic: &Clinic, doctor: &Caller<Doctor>) -> Result<Hours> {
    let id = doctor.provider()?;
    let conn = &mut *clinic.db().await?;
    let provider = directory::provider(conn, id).await?;
    let today = clinic.now().to_zoned(provider.zone()).date();
    let last = (clinic.now() + EXCEPTION_REACH).to_zoned(provider.zone()).date();
    let country = rules::queries::booking_rules(conn, &[id])
        .await?
        .get(&id)
        .and_then(|rules| rules.holiday_country);
    Ok(Hours {
        holidays: country.map_or_else(Vec::new, |country| holidays_between(country, today, last)),
        rules: queries::rule_rows(conn, &[id]).await?,
        exceptions: queries::exception_rows(conn, &[id], today, last).await?,
        places: directory::hospitals_of(conn, &[id]).await?.remove(&id).unwrap_or_default(),
        time_zone: provider.time_zone,
    })
}

/// Replaces the weekly hours by `lines`.
///
/// Visits that would fall outside are returned instead, unless `fates` say of each what becomes of it.
pub async fn change_hours(
    clinic: &Clinic,
    doctor: &Caller<Doctor>,
    lines: &[HoursLine],
    fates: impl Into<Fates>,
) -> Result<Changed> {
    check::lines(lines)?;
    let own_zone = own_zone(clinic, doctor.provider()?).await?;
    change(clinic, doctor, Edit::Weekly { lines, own_zone }, fates.into()).await
}

/// Adds one line to the weekly hours.
pub async fn add_line(
    clinic: &Clinic,
    doctor: &Caller<Doctor>,
    line: &HoursLine,
) -> Result<WeeklyRuleId> {
    let id = Id::generate();
    let own_zone = own_zone(clinic, doctor.provider()?).await?;
    change(clinic, doctor, Edit::Add { id, line, own_zone }, Fates::KeepAll).await?;
    Ok(id)
}

/// Takes a day, or some hours of it, out of the schedule.
pub async fn close(
    clinic: &Clinic,
    doctor: &Caller<Doctor>,
    closing: &Closing,
    fates: impl Into<Fates>,
) -> Result<Changed> {
    let reason = text::checked("reason", "The reason", &closing.reason, 0..=200)?;
    if let Some((starts, ends)) = closing.hours {
        check::order("ends", starts, ends)?;
    }
    let zone = coming_day(clinic, doctor.provider()?, closing.day).await?;
    change(clinic, doctor, Edit::Close { closing, reason, zone }, fates.into()).await
}

/// Adds hours on one day.
pub async fn add_hours(
    clinic: &Clinic,
    doctor: &Caller<Doctor>,
    extra: &ExtraHours,
) -> Result<DayExceptionId> {
    check::order("ends", extra.starts, extra.ends)?;
    check::slot(extra.starts, extra.ends, extra.slot_minutes)?;
    check::kinds(&extra.kinds)?;
    check::kept(extra.kept_for_urgent_minutes)?;
    let id = Id::generate();
    let own_zone = coming_day(clinic, doctor.provider()?, extra.day).await?;
    change(clinic, doctor, Edit::Extra { id, extra, own_zone }, Fates::KeepAll).await?;
    Ok(id)
}

/// Takes an exception back: the weekly hours hold again on that day.
pub async fn remove_exception(
    clinic: &Clinic,
    doctor: &Caller<Doctor>,
    exception: DayExceptionId,
    fates: impl Into<Fates>,
) -> Result<Changed> {
    change(clinic, doctor, Edit::Remove(exception), fates.into()).await
}

async fn own_zone(clinic: &Clinic, provider: ProviderId) -> Result<String> {
    Ok(directory::provider(&mut *clinic.db().await?, provider).await?.time_zone)
}

/// The doctor's zone, if `day` is not yet over there.
async fn coming_day(clinic: &Clinic, provider: ProviderId, day: Date) -> Result<String> {
    let zone = own_zone(clinic, provider).await?;
    let today = clinic.now().to_zoned(zone_rules(&zone)).date();
    if day < today {
        return Err(Error::field("day", "Choose today or a later day."));
    }
    if day > today.saturating_add(366.days()) {
        return Err(Error::field("day", "Choose a day within the next twelve months."));
    }
    Ok(zone)
}

impl HoursLine {
    /// The line that a stored rule shows.
    pub fn from_rule(rule: &WeeklyRule) -> Self {
        Self {
            weekday: rule.weekday,
            starts: rule.starts,
            ends: rule.ends,
            slot_minutes: i16::try_from(rule.slot_minutes).unwrap_or(i16::MAX),
            buffer_after_minutes: i16::try_from(rule.buffer_after_minutes).unwrap_or(i16::MAX),
            place: rule.place,
            kinds: rule.kinds.iter().collect(),
            every_weeks: i16::try_from(rule.every_weeks).unwrap_or(i16::MAX),
            valid_from: rule.valid_from,
            valid_until: rule.valid_until,
            kept_for_urgent_minutes: rule
                .kept_for_urgent_minutes
                .map(|kept| i16::try_from(kept).unwrap_or(i16::MAX)),
        }
    }

    /// The dates on which these hours are kept.
    fn recurrence(&self) -> Recurrence {
        Recurrence {
            weekday: self.weekday,
            every_weeks: u16::try_from(self.every_weeks).unwrap_or_default(),
            from: self.valid_from,
            until: self.valid_until,
        }
    }
}
