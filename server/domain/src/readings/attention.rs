//! Which patients a doctor should look at first, and why.
use super::{
    Certainty, Course, Direction, Figures, Level, MetricKind, Part, Place, READINGS_AT_LEAST,
    Severity, Target, Trend, course::difference,
};
use jiff::{SignedDuration, civil::Date};
use std::cmp::Reverse;

/// On how many of the last seven days something has to be out of target: one day says little.
pub const OUTSIDE_AT_LEAST: u32 = 2;

/// So many days without readings are nothing to speak of yet, however often somebody should measure.
pub const QUIET_AT_MOST: i32 = 3;

/// How far ahead a clear trend is followed, to see whether it leaves the target.
const AHEAD: f64 = 30.0;

/// What somebody has measured of one kind lately.
#[derive(Debug, Clone)]
pub struct Followed {
    pub kind: MetricKind,
    pub target: Option<Target>,
    /// What each day came to, the first one first.
    pub days: Vec<(Date, Level)>,
}

impl Followed {
    /// Of days with their `figures`, the first one first.
    pub fn new(
        kind: MetricKind,
        target: Option<Target>,
        figures: impl IntoIterator<Item = (Date, Figures)>,
    ) -> Self {
        let level = |(day, of): (Date, Figures)| Some((day, of.level(kind.is_total())?));
        Self { kind, target, days: figures.into_iter().filter_map(level).collect() }
    }

    /// How much somebody walks or sleeps is nothing to see a doctor about by itself, unless one has said how much.
    fn judged_by(&self) -> Option<Target> {
        self.target.filter(|target| target.is_personal || target.is_of_readings())
    }

    /// The days of which it is known what they come to.
    fn whole(&self, today: Date) -> Vec<(Date, Level)> {
        let is_whole = |(day, _): &&(Date, Level)| self.kind.is_whole(*day, today);
        self.days.iter().filter(is_whole).copied().collect()
    }

    fn outside(&self, today: Date) -> Option<Reason> {
        let target = self.judged_by()?;
        // Of what is added up the last seven days end yesterday.
        let newest = i32::from(self.kind.is_total());
        let week: Vec<Place> = self
            .whole(today)
            .iter()
            .filter(|(day, _)| (newest..newest + 7).contains(&age(*day, today)))
            .map(|(_, level)| Place::of(&target, *level))
            .collect();
        let count = |place: Place| week.iter().filter(|other| **other == place).count();
        let (above, below) = (count(Place::Above), count(Place::Below));
        let days = u32::try_from(week.len() - count(Place::Within)).ok()?;
        let of = u32::try_from(week.len()).ok()?;
        let way = match (above, below) {
            (_, 0) if count(Place::Outside) == 0 => Place::Above,
            (0, _) if count(Place::Outside) == 0 => Place::Below,
            _ => Place::Outside,
        };
        (days >= OUTSIDE_AT_LEAST).then_some(Reason::Outside { kind: self.kind, way, days, of })
    }

    /// Of a pair the upper number is spoken of, or the lower one where it alone leaves the target.
    fn worsening(&self, today: Date) -> Option<Reason> {
        let (target, days) = (self.judged_by()?, self.whole(today));
        let (last, _) = days.last()?;
        // What went on a month ago says nothing of today.
        if age(*last, today) >= 7 {
            return None;
        }
        Part::ALL.into_iter().find_map(|part| {
            let course = leaving(&target, &days, part)?;
            Some(Reason::Worsening { kind: self.kind, part, course })
        })
    }

    fn silent(&self, today: Date) -> Option<Reason> {
        let (last, _) = self.days.last()?;
        let days = age(*last, today);
        let twice = 2 * self.kind.cadence().as_hours() / SignedDuration::from_hours(24).as_hours();
        let at_most = QUIET_AT_MOST.max(i32::try_from(twice).unwrap_or(i32::MAX));
        // Who tried it once or twice has not stopped.
        let kept_up = self.days.len() >= usize::try_from(READINGS_AT_LEAST).unwrap_or(usize::MAX);
        (kept_up && days > at_most).then_some(Reason::Silent { kind: self.kind, days })
    }
}

/// A clear trend of `days` that is out of target already and leads further away, or leaves it soon.
fn leaving(target: &Target, days: &[(Date, Level)], part: Part) -> Option<Course> {
    let (first, _) = days.first()?;
    let value = |(day, level): &(Date, Level)| Some((age(*first, *day), level.part(part)?));
    let values: Vec<_> = days.iter().filter_map(value).collect();
    let kind = target.kind();
    let course = Trend::of(&values, kind.looks_same_within()).course()?;
    let clear = course.certainty == Some(Certainty::Clear);
    let (low, below) = target.edges_of(part);
    let recent = days.iter().rev().take(7).map(|(_, level)| *level);
    let soon = Level::mean(recent)?.part(part)? + course.slope * AHEAD;
    // A saturation that reaches 100 % has left nothing.
    let ends = below <= *kind.possible().end();
    let leaves = match course.direction {
        Direction::Rising => ends && soon >= below,
        Direction::Falling => soon < low,
        Direction::Steady => false,
    };
    (clear && leaves).then_some(course)
}

/// How many days before `today` it was.
fn age(day: Date, today: Date) -> i32 {
    day.until(today).map_or(0, |span| span.get_days())
}

/// Why to look at a patient.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Reason {
    /// An alert that nobody has seen to.
    Alert(Severity),
    /// On so many `days` of the last seven, of which so many have readings.
    Outside {
        kind: MetricKind,
        way: Place,
        days: u32,
        of: u32,
    },
    Worsening {
        kind: MetricKind,
        part: Part,
        course: Course,
    },
    /// Nothing has come for so many days, though it used to.
    Silent {
        kind: MetricKind,
        days: i32,
    },
}

impl Reason {
    /// What it is about; `None` of an alert, which says so itself.
    #[must_use]
    pub const fn kind(&self) -> Option<MetricKind> {
        match self {
            Self::Alert(_) => None,
            Self::Outside { kind, .. }
            | Self::Worsening { kind, .. }
            | Self::Silent { kind, .. } => Some(*kind),
        }
    }

    /// What it is called among programs.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Alert(_) => "alert",
            Self::Outside { .. } => "out_of_target",
            Self::Worsening { .. } => "getting_worse",
            Self::Silent { .. } => "silent",
        }
    }

    /// `Blood pressure above target on 5 of the last 7 days`
    #[must_use]
    pub fn words(&self) -> String {
        match self {
            Self::Alert(Severity::Critical) => "An urgent alert is open".to_owned(),
            Self::Alert(Severity::Warning) => "An alert is open".to_owned(),
            Self::Outside { kind, way, days, of } => {
                let (_, way) = way.words();
                let label = kind.label();
                match of {
                    7 => format!("{label} {way} target on {days} of the last 7 days"),
                    of => format!(
                        "{label} {way} target on {days} of the {of} days measured in the last 7"
                    ),
                }
            }
            Self::Worsening { kind, part, course } => {
                let by = difference(course.slope * 7.0, kind.canonical())
                    .map_or_else(|| ", slowly".to_owned(), |by| format!(" by about {by} a week"));
                let which = match part {
                    Part::Upper => "",
                    Part::Lower => ", the lower number,",
                };
                format!("{}{which} clearly {}{by}", kind.label(), course.direction)
            }
            Self::Silent { kind, days } => {
                format!("No {} for {days} days", kind.label().to_lowercase())
            }
        }
    }

    /// What comes first is the greatest.
    fn rank(&self) -> (u8, u32) {
        let count = |days: i32| u32::try_from(days).unwrap_or_default();
        match self {
            Self::Alert(Severity::Critical) => (5, 0),
            Self::Alert(Severity::Warning) => (4, 0),
            Self::Outside { days, .. } => (3, *days),
            Self::Worsening { .. } => (2, 0),
            Self::Silent { days, .. } => (1, count(*days)),
        }
    }
}

/// How much a patient asks for.
#[derive(Debug, Clone, PartialEq)]
pub struct Attention {
    /// The most important one first; none, if all is calm.
    pub reasons: Vec<Reason>,
}

impl Attention {
    /// By what is `followed` of somebody on the day it is for them, and the worst alert that is open.
    #[must_use]
    pub fn of(alert: Option<Severity>, followed: &[Followed], today: Date) -> Self {
        let mut reasons: Vec<_> = alert.map(Reason::Alert).into_iter().collect();
        for kind in followed {
            reasons.extend(kind.outside(today));
            reasons.extend(kind.worsening(today));
            reasons.extend(kind.silent(today));
        }
        reasons.sort_by_key(|reason| Reverse(reason.rank()));
        Self { reasons }
    }

    /// Sorted by it, who asks for most comes first.
    #[must_use]
    pub fn order(&self) -> Reverse<(u8, u32)> {
        Reverse(self.reasons.first().map(Reason::rank).unwrap_or_default())
    }

    #[must_use]
    pub fn is_calm(&self) -> bool {
        self.reasons.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::{super::PersonalLimits, *};
    use jiff::{ToSpan, civil::date};
    use proptest::{collection::vec, option, prelude::*, sample::select};

    const TODAY: Date = date(2026, 3, 31);

    fn ago(days: i64) -> Date {
        TODAY.saturating_sub(days.days())
    }

    /// The last value is of so many days ago.
    fn followed(kind: MetricKind, until: i64, values: &[f64]) -> Followed {
        let count = i64::try_from(values.len()).unwrap();
        let level = |value: f64| Level { value, lower: kind.is_pair().then_some(value - 50.0) };
        let days =
            values.iter().zip(0..).map(|(value, n)| (ago(until + count - 1 - n), level(*value)));
        Followed { kind, target: Target::of(kind), days: days.collect() }
    }

    fn words(alert: Option<Severity>, followed: &[Followed]) -> Vec<String> {
        Attention::of(alert, followed, TODAY).reasons.iter().map(Reason::words).collect()
    }

    #[test]
    fn each_reason_is_said_in_words() {
        use MetricKind::{BloodPressure, HeartRate, OxygenSaturation, Steps, Weight};
        let high = followed(BloodPressure, 0, &[120.0, 130.0, 141.0, 150.0, 141.0, 142.0, 139.0]);
        assert_eq!(words(None, &[high]), ["Blood pressure above target on 5 of the last 7 days"]);
        let few = followed(BloodPressure, 1, &[120.0, 141.0, 139.0]);
        assert_eq!(
            words(None, &[few]),
            ["Blood pressure above target on 2 of the 3 days measured in the last 7"]
        );
        let both = followed(HeartRate, 0, &[40.0, 120.0]);
        assert_eq!(
            words(None, &[both]),
            ["Heart rate outside target on 2 of the 2 days measured in the last 7"]
        );
        let rising: Vec<_> = (0..20).map(|n| 112.0 + f64::from(n)).collect();
        assert_eq!(
            words(None, &[followed(BloodPressure, 0, &rising)]),
            ["Blood pressure clearly rising by about 7 mmHg a week"]
        );
        assert_eq!(
            words(None, &[followed(BloodPressure, 9, &rising)]),
            ["No blood pressure for 9 days"],
            "what it did before says nothing of today"
        );
        // What goes the right way, or nowhere near an end, is no trouble.
        let falling: Vec<_> = rising.iter().rev().copied().collect();
        let mut falling = followed(BloodPressure, 0, &falling[..14]);
        falling.days.iter_mut().for_each(|(_, level)| level.lower = Some(75.0));
        assert!(words(None, &[falling]).is_empty());
        let better: Vec<_> = (0..20).map(|n| 95.0 + f64::from(n) / 5.0).collect();
        assert!(words(None, &[followed(OxygenSaturation, 0, &better)]).is_empty());
        assert_eq!(
            words(None, &[followed(HeartRate, 9, &[70.0; 4])]),
            ["No heart rate for 9 days"]
        );
        assert!(words(None, &[followed(HeartRate, 9, &[70.0; 3])]).is_empty(), "tried it");
        assert!(words(None, &[followed(Weight, 14, &[70.0; 6])]).is_empty(), "once a week");
        assert_eq!(words(None, &[followed(Weight, 15, &[70.0; 6])]), ["No weight for 15 days"]);
        // A lazy week is nobody's business until a doctor says how much it should be.
        let lazy = followed(Steps, 1, &[100.0; 7]);
        assert!(words(None, std::slice::from_ref(&lazy)).is_empty());
        let mut own = [None; 12];
        own[0] = Some(5_000.0);
        let target = PersonalLimits::stored(Steps, own).target();
        assert_eq!(
            words(None, &[Followed { target, ..lazy }]),
            ["Steps below target on 7 of the last 7 days"]
        );
    }

    #[test]
    fn a_day_that_is_not_over_is_no_reason() {
        let kind = MetricKind::Steps;
        let mut own = [None; 12];
        own[0] = Some(5_000.0);
        let target = PersonalLimits::stored(kind, own).target();
        let said = |days: &[f64]| words(None, &[Followed { target, ..followed(kind, 0, days) }]);
        let mut days = [9_000.0; 12];
        (days[10], days[11]) = (100.0, 200.0);
        assert!(said(&days).is_empty(), "one day says little");
        days[4] = 100.0;
        assert_eq!(said(&days), ["Steps below target on 2 of the last 7 days"]);
        assert!(said(&[9_000.0, 9_000.0, 200.0]).is_empty());
        // Ten days make a trend, and today is none of them.
        let less: Vec<_> = (0..10).map(|n| 9_000.0 - 200.0 * f64::from(n)).collect();
        assert!(said(&less).is_empty());
        let less: Vec<_> = (0..11).map(|n| 9_000.0 - 200.0 * f64::from(n)).collect();
        assert_eq!(said(&less), ["Steps clearly falling by about 1400 steps a week"]);
    }

    #[test]
    fn a_lower_number_that_leaves_the_target_alone_is_a_reason() {
        let kind = MetricKind::BloodPressure;
        let said = |upper: f64, lower: f64| {
            let level = |n: u8| Level {
                value: 128.0 + upper * f64::from(n),
                lower: Some(70.0 + lower * f64::from(n)),
            };
            let days = (0..20).map(|n| (ago(19 - i64::from(n)), level(n))).collect();
            words(None, &[Followed { kind, target: Target::of(kind), days }])
        };
        assert_eq!(
            said(0.0, 0.6),
            ["Blood pressure, the lower number, clearly rising by about 4 mmHg a week"]
        );
        assert_eq!(said(-0.5, 0.6), said(0.0, 0.6), "whatever the upper number does");
        assert_eq!(said(0.3, 0.6), ["Blood pressure clearly rising by about 2 mmHg a week"]);
        assert!(said(0.0, 0.1).is_empty() && said(0.0, 0.0).is_empty());
    }

    #[test]
    fn an_alert_comes_first_then_days_out_of_target_then_trends_then_silence_then_calm() {
        use MetricKind::{BloodPressure, HeartRate};
        let out = |days: usize| {
            let mut values = [120.0; 7];
            values.iter_mut().take(days).for_each(|value| *value = 150.0);
            followed(BloodPressure, 0, &values)
        };
        let rising: Vec<_> = (0..20).map(|n| 80.0 + f64::from(n) / 2.0).collect();
        let silent = |days| followed(HeartRate, days, &[70.0; 5]);
        let order = [
            (Some(Severity::Critical), vec![]),
            (Some(Severity::Warning), vec![out(7)]),
            (None, vec![out(7)]),
            (None, vec![out(5), silent(60)]),
            (None, vec![followed(HeartRate, 0, &rising)]),
            (None, vec![silent(30)]),
            (None, vec![silent(5)]),
            (None, vec![out(1)]),
        ];
        let order: Vec<_> = order
            .iter()
            .map(|(alert, followed)| Attention::of(*alert, followed, TODAY).order())
            .collect();
        assert!(order.windows(2).all(|pair| pair[0] < pair[1]), "{order:?}");
        assert!(Attention::of(None, &[out(1)], TODAY).is_calm());
    }

    proptest! {
        #[test]
        fn the_first_reason_is_the_worst_and_an_alert_is_never_behind_anything(
            alert in option::of(select(Severity::ALL)),
            kinds in vec((select(MetricKind::ALL), 0..40_i64, vec(20.0..300.0_f64, 0..30)), 0..5),
        ) {
            let all: Vec<_> =
                kinds.iter().map(|(kind, until, values)| followed(*kind, *until, values)).collect();
            let attention = Attention::of(alert, &all, TODAY);
            prop_assert!(attention.reasons.windows(2).all(|pair| pair[0].rank() >= pair[1].rank()));
            prop_assert_eq!(
                alert.is_some(),
                matches!(attention.reasons.first(), Some(Reason::Alert(_)))
            );
            for reason in &attention.reasons {
                prop_assert!(!reason.words().is_empty() && !reason.words().contains("NaN"));
                if let Reason::Outside { days, of, .. } = reason {
                    prop_assert!((OUTSIDE_AT_LEAST..=*of).contains(days) && *of <= 7);
                }
            }
            // More alerts make nobody less urgent.
            let worse = Attention::of(Some(Severity::Critical), &all, TODAY);
            prop_assert!(worse.order() <= attention.order());
        }
    }
}
