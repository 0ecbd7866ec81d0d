//! Times as a reader needs them: on their own clock, and on the clinic's where that differs.
use domain::zone::{agree, clock, full, rules, short_day};
use jiff::{Timestamp, Zoned, civil::Date, tz::TimeZone};
use leptos::prelude::*;
use ui::TimeOption;

/// One instant, seen from where the reader is and from where the visit is.
#[derive(Debug, Clone)]
pub struct Moment {
    instant: Timestamp,
    reader: Option<TimeZone>,
    place: TimeZone,
    place_name: String,
}

impl Moment {
    /// `zone` is that of the place; the reader's own is used when it is known.
    pub fn new(instant: Timestamp, reader: Option<&TimeZone>, zone: &str) -> Self {
        Self {
            instant,
            reader: reader.cloned(),
            place: rules(zone),
            place_name: zone.rsplit('/').next().unwrap_or_default().replace('_', " "),
        }
    }

    /// On the clock that the page goes by.
    pub fn here(&self) -> Zoned {
        self.instant.to_zoned(self.reader.clone().unwrap_or_else(|| self.place.clone()))
    }

    pub fn date(&self) -> Date {
        self.here().date()
    }

    fn differs(&self) -> bool {
        self.reader.as_ref().is_some_and(|reader| !agree(reader, &self.place, self.instant))
    }

    /// `09:20`
    pub fn clock(&self) -> String {
        clock(&self.here())
    }

    /// `Tue 3 Mar, 09:20`
    pub fn short(&self) -> String {
        format!("{}, {}", short_day(self.date()), self.clock())
    }

    /// `Tue 3 Mar 2026, 09:20`: for what may be long past.
    pub fn dated(&self) -> String {
        let here = self.here();
        format!("{} {}, {}", short_day(here.date()), here.year(), clock(&here))
    }

    /// `14:20 in Kolkata`, with the day when it is another one; `None` when both clocks agree.
    pub fn there(&self) -> Option<String> {
        if !self.differs() {
            return None;
        }
        let there = self.instant.to_zoned(self.place.clone());
        let day = if there.date() == self.date() {
            String::new()
        } else {
            format!("{}, ", short_day(there.date()))
        };
        Some(format!("{day}{} in {}", clock(&there), self.place_name))
    }

    /// `Tuesday 3 March 2026, 09:20, your time; 14:20 in Kolkata`
    pub fn sentence(&self) -> String {
        let here = full(&self.here());
        match (self.there(), &self.reader) {
            (Some(there), _) => format!("{here}, your time; {there}"),
            (None, Some(_)) => format!("{here}, your time"),
            (None, None) => format!("{here}, {} time", self.place_name),
        }
    }

    /// The time as something to choose; `label` says it.
    fn option(&self, label: String, href: String) -> TimeOption {
        let option = TimeOption::new(self.instant.to_string(), label).href(href);
        match self.there() {
            Some(there) => option.note(there),
            None => option,
        }
    }

    /// `09:20`, to choose below the name of its day.
    pub fn choice(&self, href: String) -> TimeOption {
        self.option(self.clock(), href)
    }

    /// `Tue 3 Mar, 09:20`, to choose where no day is named.
    pub fn dated_choice(&self, href: String) -> TimeOption {
        self.option(self.short(), href)
    }

    /// The sentence, in an element that programs can read.
    pub fn view(&self) -> AnyView {
        view! { <time class="tabular" datetime=self.instant.to_string()>{self.sentence()}</time> }
            .into_any()
    }

    /// The short form, in an element that programs can read.
    pub fn short_view(&self) -> AnyView {
        let there = self.there();
        view! {
            <time class="tabular" datetime=self.instant.to_string()>{self.short()}</time>
            {there.map(|there| view! { <span class="muted">{format!(" ({there})")}</span> })}
        }
        .into_any()
    }
}

/// `24 hours`, `2 days`, `90 minutes`
pub fn duration(minutes: i64) -> String {
    let (amount, unit) = match minutes {
        0 => return "the start".to_owned(),
        minutes if minutes % 1_440 == 0 && minutes > 1_440 => (minutes / 1_440, "day"),
        minutes if minutes % 60 == 0 => (minutes / 60, "hour"),
        minutes => (minutes, "minute"),
    };
    if amount == 1 { format!("1 {unit}") } else { format!("{amount} {unit}s") }
}

#[cfg(test)]
mod tests {
    use super::{Moment, duration};
    use domain::zone::rules;

    fn moment(reader: Option<&str>, zone: &str) -> Moment {
        let reader = reader.map(rules);
        Moment::new("2026-03-03T08:50:00Z".parse().unwrap(), reader.as_ref(), zone)
    }

    #[test]
    fn a_reader_elsewhere_sees_both_clocks() {
        assert_eq!(
            moment(Some("Europe/Lisbon"), "Asia/Kolkata").sentence(),
            "Tuesday 3 March 2026, 08:50, your time; 14:20 in Kolkata"
        );
    }

    #[test]
    fn another_day_there_is_named() {
        let late = Moment::new(
            "2026-03-03T14:00:00Z".parse().unwrap(),
            Some(&rules("America/Edmonton")),
            "Pacific/Auckland",
        );
        assert_eq!(late.there().unwrap(), "Wed 4 Mar, 03:00 in Auckland");
    }

    #[test]
    fn one_clock_is_enough_when_both_agree() {
        assert_eq!(moment(Some("Europe/Dublin"), "Europe/Lisbon").there(), None);
    }

    #[test]
    fn lengths_of_time_read_well() {
        assert_eq!(duration(1_440), "24 hours");
        assert_eq!(duration(2_880), "2 days");
        assert_eq!(duration(60), "1 hour");
        assert_eq!(duration(90), "90 minutes");
    }
}
