use crate::{text_enum, zone::short_day};
use jiff::{ToSpan, civil::Date};

text_enum! {
    /// How long a time somebody looks at. Each has as many days as the one before it, and as many of each
    /// weekday from a week on, but a month: the two can be compared.
    pub enum Period {
        Day = "day",
        Week = "week",
        Month = "month",
        /// Thirteen weeks.
        Quarter = "quarter",
    }
}

impl Period {
    /// The period that is meant by `raw`: its own word, or how often a report for it is made.
    #[must_use]
    pub fn read(raw: &str) -> Option<Self> {
        match raw.trim() {
            "daily" => Some(Self::Day),
            "weekly" => Some(Self::Week),
            "monthly" => Some(Self::Month),
            "quarterly" => Some(Self::Quarter),
            word => word.parse().ok(),
        }
    }

    #[must_use]
    pub const fn days(self) -> u16 {
        match self {
            Self::Day => 1,
            Self::Week => 7,
            Self::Month => 30,
            Self::Quarter => 91,
        }
    }

    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::Day => "Day",
            Self::Week => "Week",
            Self::Month => "Month",
            Self::Quarter => "Quarter",
        }
    }

    /// `7 days`
    #[must_use]
    pub const fn length(self) -> &'static str {
        match self {
            Self::Day => "day",
            Self::Week => "7 days",
            Self::Month => "30 days",
            Self::Quarter => "13 weeks",
        }
    }
}

/// Nobody who lives was measured before.
const YEARS_AT_MOST: i64 = 150;

fn oldest(today: Date) -> Date {
    today.saturating_sub(YEARS_AT_MOST.years())
}

/// A period by its last day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Span {
    pub period: Period,
    pub last: Date,
}

impl Span {
    #[must_use]
    pub fn new(period: Period, last: Date) -> Self {
        Self { period, last }
    }

    /// The one that ends on the day that is asked for; on `today`, if that is still to come, too long ago, or none.
    #[must_use]
    pub fn asked(period: Period, last: Option<Date>, today: Date) -> Self {
        let is_possible = |day: &Date| (oldest(today)..=today).contains(day);
        Self::new(period, last.filter(is_possible).unwrap_or(today))
    }

    #[must_use]
    pub fn first(self) -> Date {
        self.last.saturating_sub((i64::from(self.period.days()) - 1).days())
    }

    /// The one that ends on the day before it.
    #[must_use]
    pub fn before(self) -> Self {
        Self { last: self.last.saturating_sub(i64::from(self.period.days()).days()), ..self }
    }

    /// The one before, to look at. `None`: nobody was measured then.
    #[must_use]
    pub fn earlier(self, today: Date) -> Option<Self> {
        let before = self.before();
        (before.last >= oldest(today)).then_some(before)
    }

    /// A nearer look at `day`: the week around it, or the day by its hours. `None`: there is none nearer.
    #[must_use]
    pub fn nearer(self, day: Date, today: Date) -> Option<Self> {
        match self.period {
            Period::Day => None,
            Period::Week | Period::Month => Some(Self::new(Period::Day, day.min(today))),
            Period::Quarter => {
                Some(Self::new(Period::Week, day.saturating_add(3.days()).min(today)))
            }
        }
    }

    /// The one that follows, or the newest one when it would end after `today`. `None`: it is that.
    #[must_use]
    pub fn after(self, today: Date) -> Option<Self> {
        let last = self.last.saturating_add(i64::from(self.period.days()).days()).min(today);
        (last > self.last).then_some(Self { last, ..self })
    }

    #[must_use]
    pub fn has(self, day: Date) -> bool {
        (self.first()..=self.last).contains(&day)
    }

    /// Its days, the first one first.
    pub fn days(self) -> impl DoubleEndedIterator<Item = Date> {
        let first = self.first();
        (0..i64::from(self.period.days())).map(move |day| first.saturating_add(day.days()))
    }

    /// `Mon 2 Mar to Sun 8 Mar 2026`
    #[must_use]
    pub fn words(self) -> String {
        let (first, last) = (self.first(), self.last);
        match self.period {
            Period::Day => format!("{} {}", short_day(last), last.year()),
            _ if first.year() == last.year() => {
                format!("{} to {} {}", short_day(first), short_day(last), last.year())
            }
            _ => format!(
                "{} {} to {} {}",
                short_day(first),
                first.year(),
                short_day(last),
                last.year()
            ),
        }
    }
}
