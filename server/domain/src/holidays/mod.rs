//! Public holidays that a whole country keeps, worked out for any year.
//!
//! Only those of the whole country are here: what one region, state or canton keeps is not, and
//! neither are days that are proclaimed for one year alone.
mod tables;
#[cfg(test)]
mod tests;

use crate::text_enum;
use jiff::{
    ToSpan,
    civil::{Date, Weekday},
};
use tables::{Holidays, Rule, Weekend};

text_enum! {
    /// A country whose public holidays we know (ISO 3166-1).
    pub enum Country {
        Australia = "AU",
        Canada = "CA",
        Germany = "DE",
        Spain = "ES",
        France = "FR",
        England = "GB",
        Ireland = "IE",
        Italy = "IT",
        NewZealand = "NZ",
        Portugal = "PT",
        UnitedStates = "US",
    }
}

impl Country {
    /// What a person reads.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::Australia => "Australia",
            Self::Canada => "Canada",
            Self::Germany => "Germany",
            Self::Spain => "Spain",
            Self::France => "France",
            Self::England => "England and Wales",
            Self::Ireland => "Ireland",
            Self::Italy => "Italy",
            Self::NewZealand => "New Zealand",
            Self::Portugal => "Portugal",
            Self::UnitedStates => "the United States",
        }
    }
}

/// One day on which a country rests.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Holiday {
    pub date: Date,
    pub name: &'static str,
    /// Whether it stands in for a holiday at a weekend, which is in the list too.
    pub is_substitute: bool,
}

/// The public holidays of `country` from the first to the last day of `year`, in order.
#[must_use]
pub fn holidays(country: Country, year: i16) -> Vec<Holiday> {
    // New Year's Day may be kept on the last day of the year before.
    let mut found = kept(country, year);
    if let Some(next) = year.checked_add(1) {
        found.extend(kept(country, next));
    }
    found.retain(|holiday| holiday.date.year() == year);
    found.sort_by_key(|holiday| (holiday.date, holiday.is_substitute));
    found.dedup_by_key(|holiday| holiday.date);
    found
}

/// The public holidays of `country` between two days, both of them included, in order.
#[must_use]
pub fn holidays_between(country: Country, first: Date, last: Date) -> Vec<Holiday> {
    (first.year()..=last.year())
        .flat_map(|year| holidays(country, year))
        .filter(|holiday| (first..=last).contains(&holiday.date))
        .collect()
}

/// The holidays that belong to `year`, with the days that stand in for them.
fn kept(country: Country, year: i16) -> Vec<Holiday> {
    let Holidays { weekend, days } = tables::of(country);
    let mut found: Vec<Holiday> = Vec::with_capacity(days.len() + 3);
    let mut at_weekends = Vec::new();
    for day in days {
        if let Some(date) = day.rule.date(year) {
            found.push(Holiday { date, name: day.name, is_substitute: false });
            if day.moves && is_weekend(date) {
                at_weekends.push((date, day.name));
            }
        }
    }
    for (date, name) in at_weekends {
        let substitute = match (weekend, date.weekday()) {
            (Weekend::NearestWeekday, Weekday::Saturday) => date.yesterday().ok(),
            _ => date
                .series(1.day())
                .skip(1)
                .find(|day| !is_weekend(*day) && !found.iter().any(|holiday| holiday.date == *day)),
        };
        found.extend(substitute.map(|date| Holiday { date, name, is_substitute: true }));
    }
    found
}

fn is_weekend(date: Date) -> bool {
    matches!(date.weekday(), Weekday::Saturday | Weekday::Sunday)
}

impl Rule {
    fn date(&self, year: i16) -> Option<Date> {
        match *self {
            Self::Fixed(month, day) => Date::new(year, month, day).ok(),
            Self::Since(first, month, day) => {
                Date::new(year, month, day).ok().filter(|_| first <= year)
            }
            Self::Easter(days) => easter(year)?.checked_add(days.days()).ok(),
            Self::Nth(nth, weekday, month) => {
                Date::new(year, month, 1).ok()?.nth_weekday_of_month(nth, weekday).ok()
            }
            Self::Before(weekday, month, day) => {
                Date::new(year, month, day).ok()?.nth_weekday(-1, weekday).ok()
            }
            Self::FridayOrFirstMonday(month) => {
                let first = Date::new(year, month, 1).ok()?;
                match first.weekday() {
                    Weekday::Friday => Some(first),
                    _ => first.nth_weekday_of_month(1, Weekday::Monday).ok(),
                }
            }
            Self::Listed(dates) => {
                let (_, month, day) = dates.iter().find(|(listed, ..)| *listed == year)?;
                Date::new(year, *month, *day).ok()
            }
        }
    }
}

/// Easter Sunday of the Gregorian calendar (the algorithm of Meeus, Jones and Butcher).
fn easter(year: i16) -> Option<Date> {
    let year = i32::from(year);
    let golden = year % 19;
    let (century, of_century) = (year / 100, year % 100);
    let shift = (century + 8) / 25;
    let moon = (19 * golden + century - century / 4 - (century - shift + 1) / 3 + 15) % 30;
    let weekday = (32 + 2 * (century % 4) + 2 * (of_century / 4) - moon - of_century % 4) % 7;
    let late = (golden + 11 * moon + 22 * weekday) / 451;
    let days = moon + weekday - 7 * late + 114;
    let whole = |number: i32| i8::try_from(number).ok();
    Date::new(i16::try_from(year).ok()?, whole(days / 31)?, whole(days % 31 + 1)?).ok()
}
