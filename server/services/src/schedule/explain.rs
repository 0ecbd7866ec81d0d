//! Why is nothing free? Hours by hours, with the one cause of every time that cannot be booked.
use super::load_one;
use crate::{
    Clinic, Error, Result,
    directory::ProviderDetails,
    identity::{Caller, Person},
};
use domain::{
    booking::{DayChange, Miss, Offer, Origin, Slot, VisitKinds, offers},
    directory::{HospitalId, ProviderId},
    holidays::holidays_between,
};
use jiff::{
    ToSpan,
    civil::{Date, Time},
    tz::TimeZone,
};
use std::sync::Arc;

/// What one day of a doctor offers.
#[derive(Debug)]
pub struct Explained {
    pub doctor: Arc<ProviderDetails>,
    /// In the doctor's zone.
    pub date: Date,
    /// The public holiday on which the weekly hours are closed.
    pub holiday: Option<&'static str>,
    /// In the order of their beginning: the hours of this weekday and the extra ones of this date.
    pub hours: Vec<ExplainedHours>,
}

/// Some hours of a day, and what became of their times.
#[derive(Debug)]
pub struct ExplainedHours {
    pub starts: Time,
    /// 00:00 is midnight at the end of the day.
    pub ends: Time,
    pub zone: TimeZone,
    pub place: Option<HospitalId>,
    pub is_extra: bool,
    /// Which kinds of visit they are for.
    pub kinds: VisitKinds,
    /// Why they are not kept on this date.
    pub miss: Option<Miss>,
    /// Every time, each with one cause if it is not free.
    pub times: Vec<Offer>,
}

/// What `date` offers, or today, to the doctor themselves and to admins.
pub async fn explain(
    clinic: &Clinic,
    caller: &Caller<Person>,
    provider: ProviderId,
    date: Option<Date>,
) -> Result<Explained> {
    caller.may_manage(provider)?;
    let now = clinic.now();
    let conn = &mut *clinic.db().await?;
    // The days of the doctor's zone are known only with the doctor: those of every zone, at first.
    let wide = |date: Date| {
        let midnight = |date: Date| date.to_zoned(TimeZone::UTC).map(|at| at.timestamp());
        let window =
            (midnight(date.saturating_sub(1.day())), midnight(date.saturating_add(2.days())));
        let (start, end) =
            (window.0.map_err(|_| Error::NotFound)?, window.1.map_err(|_| Error::NotFound)?);
        Ok::<_, Error>(Slot { start, end })
    };
    let around = wide(date.unwrap_or_else(|| now.to_zoned(TimeZone::UTC).date()))?;
    let schedule = load_one(clinic, conn, provider, around, None).await?;
    let (doctor, busy) = (schedule.doctor, schedule.busy);
    let zone = doctor.provider.zone();
    let date = date.unwrap_or_else(|| now.to_zoned(zone.clone()).date());
    let midnight = |date: Date| date.to_zoned(zone.clone()).map(|midnight| midnight.timestamp());
    let start = midnight(date).map_err(|_| Error::NotFound)?;
    let end = midnight(date.saturating_add(1.day())).map_err(|_| Error::NotFound)?;
    let times = offers(&doctor.plan, &busy, Slot { start, end }, now);
    let holiday = doctor.plan.holidays.and_then(|country| {
        holidays_between(country, date, date).first().map(|holiday| holiday.name)
    });
    let hours = hours_of(&doctor, date, &times);
    Ok(Explained { doctor, date, holiday, hours })
}

/// The hours of `date`, and those that have `times` on it by the clock of another place.
fn hours_of(doctor: &ProviderDetails, date: Date, times: &[Offer]) -> Vec<ExplainedHours> {
    let of = |origin: Origin| -> Vec<Offer> {
        times.iter().filter(|time| time.origin == origin).copied().collect()
    };
    let weekly = doctor.plan.rules.iter().filter_map(|rule| {
        let times = of(Origin::Rule(rule.id));
        let miss = rule.recurrence().misses(date).filter(|_| times.is_empty());
        (miss != Some(Miss::OtherWeekday)).then(|| ExplainedHours {
            starts: rule.starts,
            ends: rule.ends,
            zone: rule.zone.clone(),
            place: rule.place,
            is_extra: false,
            kinds: rule.kinds,
            miss,
            times,
        })
    });
    let extra = doctor.plan.exceptions.iter().filter_map(|exception| {
        let DayChange::Extra { starts, ends, place, zone, kinds, .. } = &exception.change else {
            return None;
        };
        let times = of(Origin::Extra(exception.id));
        (exception.date == date || !times.is_empty()).then(|| ExplainedHours {
            starts: *starts,
            ends: *ends,
            zone: zone.clone(),
            place: *place,
            is_extra: true,
            kinds: *kinds,
            miss: None,
            times,
        })
    });
    let mut hours: Vec<_> = weekly.chain(extra).collect();
    hours.sort_by_key(|hours| (hours.times.first().map(|time| time.slot.start), hours.starts));
    hours
}
