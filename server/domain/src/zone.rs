//! Time zones of the IANA database, and times as people read them.
use crate::{FieldProblem, UnknownWord};
use jiff::{
    Timestamp, Zoned,
    civil::{Date, Time},
    tz::TimeZone,
};
use serde::{Deserialize, Serialize};
use std::{fmt, str::FromStr};

/// The name of a time zone that exists, e.g. `Africa/Casablanca`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Zone(String);

impl Zone {
    pub const UTC: &'static str = "UTC";

    #[must_use]
    pub fn utc() -> Self {
        Self(Self::UTC.to_owned())
    }

    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The rules behind the name, from the database that is built in.
    #[must_use]
    pub fn rules(&self) -> TimeZone {
        rules(&self.0)
    }

    /// The place a reader knows the zone by: `Sao Paulo` of `America/Sao_Paulo`.
    #[must_use]
    pub fn city(&self) -> String {
        self.0.rsplit('/').next().unwrap_or_default().replace('_', " ")
    }

    pub fn checked(field: &'static str, raw: &str) -> Result<Self, FieldProblem> {
        raw.parse().map_err(|_| {
            FieldProblem::new(field, "Choose a time zone from the list, such as Europe/Lisbon.")
        })
    }
}

/// The rules of the zone called `name`; those of UTC when there is none.
#[must_use]
pub fn rules(name: &str) -> TimeZone {
    TimeZone::get(name).unwrap_or(TimeZone::UTC)
}

impl FromStr for Zone {
    type Err = UnknownWord;

    fn from_str(name: &str) -> Result<Self, UnknownWord> {
        let zone = TimeZone::get(name).map_err(|_| UnknownWord)?;
        // The database answers to any case; we keep its own spelling.
        Ok(Self(zone.iana_name().ok_or(UnknownWord)?.to_owned()))
    }
}

impl TryFrom<String> for Zone {
    type Error = UnknownWord;

    fn try_from(name: String) -> Result<Self, UnknownWord> {
        name.parse()
    }
}

impl From<Zone> for String {
    fn from(zone: Zone) -> Self {
        zone.0
    }
}

impl fmt::Display for Zone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// `09:20`
#[must_use]
pub fn clock(time: &Zoned) -> String {
    time.strftime("%H:%M").to_string()
}

/// When something ends: `12:00`, and `24:00` for the midnight at the end of its day.
#[must_use]
pub fn closing(ends: Time) -> String {
    match ends == Time::midnight() {
        true => "24:00".to_owned(),
        false => ends.strftime("%H:%M").to_string(),
    }
}

/// A time as it is typed: `09:00`.
#[must_use]
pub fn typed_time(raw: &str) -> Option<Time> {
    let (hour, minute) = raw.trim().split_once(':')?;
    Time::new(hour.parse().ok()?, minute.parse().ok()?, 0, 0).ok()
}

/// When something ends, as it is typed. The midnight at the end of the day is `24:00` or `00:00`; it
/// is told as `00:00`.
#[must_use]
pub fn typed_closing(raw: &str) -> Option<Time> {
    if raw.trim() == "24:00" { Some(Time::midnight()) } else { typed_time(raw) }
}

/// `Tuesday 3 March`
#[must_use]
pub fn day(date: Date) -> String {
    date.strftime("%A %-d %B").to_string()
}

/// `Tue 3 Mar`
#[must_use]
pub fn short_day(date: Date) -> String {
    date.strftime("%a %-d %b").to_string()
}

/// `Tuesday 3 March 2026, 09:20`
#[must_use]
pub fn full(time: &Zoned) -> String {
    time.strftime("%A %-d %B %Y, %H:%M").to_string()
}

/// Whether clocks in the two zones show the same at `instant`.
#[must_use]
pub fn agree(one: &TimeZone, other: &TimeZone, instant: Timestamp) -> bool {
    one.to_offset(instant) == other.to_offset(instant)
}

#[cfg(test)]
mod tests {
    use super::{Zone, closing, typed_closing, typed_time};
    use jiff::civil::Time;

    #[test]
    fn only_zones_that_exist_are_zones() {
        assert_eq!("europe/paris".parse::<Zone>().unwrap().as_str(), "Europe/Paris");
        for name in ["Mars/Olympus", "", "../etc/passwd", "+02:00"] {
            assert!(name.parse::<Zone>().is_err(), "{name}");
        }
    }

    #[test]
    fn every_end_is_typed_as_it_reads() {
        for hour in 0..24 {
            for minute in 0..60 {
                let time = Time::new(hour, minute, 0, 0).unwrap();
                assert_eq!(typed_closing(&closing(time)), Some(time));
                assert_ne!(closing(time), "00:00");
            }
        }
        assert_eq!(typed_closing("00:00"), Some(Time::midnight()));
        // No day begins at its end.
        assert_eq!(typed_time("24:00"), None);
        for raw in ["", "9", "24:01", "25:00", "nine", "12:60", "-1:00"] {
            assert_eq!(typed_closing(raw), None, "{raw}");
        }
    }

    #[test]
    fn a_zone_is_known_by_its_city() {
        assert_eq!("America/Sao_Paulo".parse::<Zone>().unwrap().city(), "Sao Paulo");
    }
}
