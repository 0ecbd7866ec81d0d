use super::{Change, Course, Direction, Level, Part, Period, Summary, Target};
use crate::{
    readings::{MetricKind, Scale},
    text_enum,
};

text_enum! {
    /// How something is meant.
    pub enum Mood {
        Good = "good",
        Neutral = "neutral",
        /// Worth the attention of the person and their doctor.
        Notice = "notice",
    }
}

/// A sentence about readings.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Insight {
    pub mood: Mood,
    pub text: String,
}

impl Insight {
    fn new(mood: Mood, text: impl Into<String>) -> Self {
        Self { mood, text: text.into() }
    }
}

text_enum! {
    /// What to do next.
    pub enum Step {
        /// There is too little to say anything.
        MeasureMore = "measure_more",
        /// The newest reading is out of range.
        MeasureAgain = "measure_again",
        /// The average is out of range.
        ShowToDoctor = "show_to_doctor",
        GoOn = "go_on",
    }
}

impl Step {
    #[must_use]
    pub fn text(self, kind: MetricKind) -> String {
        match self {
            Self::MeasureMore => format!("Measure more often, so that there is something to compare. {}", how(kind)),
            Self::MeasureAgain => format!(
                "Your newest reading is out of range. One reading alone says little: measure again. {} If you feel unwell, do not wait for it.",
                how(kind)
            ),
            Self::ShowToDoctor => {
                "Show these readings to your doctor at your next visit, or book one. Change no medicine by yourself.".to_owned()
            }
            Self::GoOn => "Go on as you do.".to_owned(),
        }
    }
}

/// How to measure so that it can be compared.
const fn how(kind: MetricKind) -> &'static str {
    match kind {
        MetricKind::BloodPressure => {
            "Sit and rest for five minutes first, then measure twice, in the morning and in the evening."
        }
        MetricKind::HeartRate | MetricKind::RespiratoryRate => {
            "Sit and rest for five minutes first."
        }
        MetricKind::OxygenSaturation => "Warm your hand first and keep it still.",
        MetricKind::BloodGlucose => "Wash your hands first, and note whether you have eaten.",
        MetricKind::Weight => {
            "Step on the scale in the morning, before breakfast, about once a week."
        }
        MetricKind::PeakFlow => "Stand, blow three times, and keep the best one.",
        MetricKind::BodyTemperature => "Measure in the same place each time.",
        MetricKind::SleepDuration
        | MetricKind::Steps
        | MetricKind::Height
        | MetricKind::HeartRateVariability => "Wear your device on most days.",
    }
}

/// What to do after `newest`, which is the newest reading of the kind.
#[must_use]
pub fn next_step(summary: &Summary, newest: Option<Level>) -> Step {
    let target = summary.target;
    let is_out =
        |level: Option<Level>| target.zip(level).is_some_and(|(target, level)| !target.has(level));
    match () {
        () if !summary.kind.is_total() && is_out(newest) => Step::MeasureAgain,
        // How much somebody walks or sleeps is nothing to see a doctor about by itself.
        () if !summary.kind.is_total() && is_out(summary.average) => Step::ShowToDoctor,
        () if summary.coverage.needed.is_some() && !summary.coverage.is_enough() => {
            Step::MeasureMore
        }
        () => Step::GoOn,
    }
}

/// What the period says, the most important first.
#[must_use]
pub fn insights(summary: &Summary, scale: &Scale) -> Vec<Insight> {
    let mut all = Vec::new();
    all.extend(summary.coverage.missing().map(|text| Insight::new(Mood::Neutral, text)));
    let place =
        summary.target.zip(summary.average).map(|(target, average)| Place::of(&target, average));
    if let (Some(average), Some(target), Some(place)) = (summary.average, summary.target, place) {
        let (mood, words) = place.words();
        all.push(Insight::new(
            mood,
            format!(
                "{} {}, {words} {} ({}).",
                opening(summary),
                average.shown(scale),
                target.name(),
                target.words(scale)
            ),
        ));
    }
    all.extend(summary.so_far.filter(|_| summary.is_running()).map(|level| so_far(level, scale)));
    all.extend(trends(summary, scale));
    all.extend(summary.change.map(|change| compared(summary, change, scale)));
    all
}

fn opening(summary: &Summary) -> &'static str {
    match (summary.kind.is_total(), summary.span.period) {
        (true, Period::Day) => "On this day it was",
        (true, _) => "On an average day it was",
        (false, _) => "On average it was",
    }
}

/// Whether it is much is said when the day is over.
fn so_far(level: Level, scale: &Scale) -> Insight {
    Insight::new(Mood::Neutral, format!("So far today it is {}.", level.shown(scale)))
}

/// Where an average is, beside the target range.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    Within,
    Above,
    Below,
    /// One number of two above and the other below.
    Outside,
}

impl Place {
    #[must_use]
    pub fn of(target: &Target, level: Level) -> Self {
        let ((low, below), (lower_low, lower_below)) = target.edges();
        let lower = level.lower.unwrap_or(0.0);
        let is_above = level.value >= below || lower >= lower_below;
        let is_below = level.value < low || lower < lower_low;
        match (is_above, is_below) {
            (false, false) => Self::Within,
            (true, false) => Self::Above,
            (false, true) => Self::Below,
            (true, true) => Self::Outside,
        }
    }

    /// Where one number of an average is, beside its range; `None`: it has no lower one.
    fn of_part(target: &Target, level: Level, part: Part) -> Option<Self> {
        let (value, (low, below)) = (level.part(part)?, target.edges_of(part));
        Some(match value {
            value if value >= below => Self::Above,
            value if value < low => Self::Below,
            _ => Self::Within,
        })
    }

    #[must_use]
    pub const fn words(self) -> (Mood, &'static str) {
        match self {
            Self::Within => (Mood::Good, "within"),
            Self::Above => (Mood::Notice, "above"),
            Self::Below => (Mood::Notice, "below"),
            Self::Outside => (Mood::Notice, "outside"),
        }
    }
}

/// What is spoken of.
const fn subject(kind: MetricKind, part: Part) -> &'static str {
    match (kind.is_pair(), part) {
        (false, _) => "It",
        (true, Part::Upper) => "The upper number",
        (true, Part::Lower) => "The lower number",
    }
}

fn trends(summary: &Summary, scale: &Scale) -> Vec<Insight> {
    // There are never enough days in a week.
    if matches!(summary.span.period, Period::Day | Period::Week) {
        return Vec::new();
    }
    let said = |(part, course): (Part, Course)| trend(summary, part, course, scale);
    summary.courses().into_iter().map(said).collect()
}

fn trend(summary: &Summary, part: Part, course: Course, scale: &Scale) -> Insight {
    let place = summary
        .target
        .zip(summary.average)
        .and_then(|(target, average)| Place::of_part(&target, average, part));
    let mood = match (place, course.direction) {
        (Some(Place::Above), Direction::Falling) | (Some(Place::Below), Direction::Rising) => {
            Mood::Good
        }
        (Some(Place::Above), Direction::Rising) | (Some(Place::Below), Direction::Falling) => {
            Mood::Notice
        }
        _ => Mood::Neutral,
    };
    let mood = if course.certainty.is_some() { mood } else { Mood::Neutral };
    Insight::new(mood, format!("{}.", course.words(summary.kind, part, scale)))
}

impl Course {
    /// `It is clearly falling, by about 2 mmHg a week`
    #[must_use]
    pub fn words(&self, kind: MetricKind, part: Part, scale: &Scale) -> String {
        let subject = subject(kind, part);
        let how = match (self.direction, self.certainty) {
            (Direction::Steady, _) => return format!("{subject} is steady"),
            (_, None) => return format!("{subject} goes up and down without a clear direction"),
            (_, Some(certainty)) => certainty.adverb(),
        };
        let week = difference(self.slope * 7.0, scale);
        let by =
            week.map_or_else(|| ", slowly".to_owned(), |week| format!(", by about {week} a week"));
        format!("{subject} is {how} {}{by}", self.direction)
    }
}

fn compared(summary: &Summary, change: Change, scale: &Scale) -> Insight {
    let length = summary.span.period.length();
    let before = change.before.shown(scale);
    let than = format!("than in the {length} before ({before})");
    let of = |part: Part| {
        let by = change.clear(part)?;
        let way = if by > 0.0 { "higher" } else { "lower" };
        Some(format!("{} {way}", difference(by, scale)?))
    };
    let of_one = |part, by: String| format!("{} is {by} {than}.", subject(summary.kind, part));
    let text = match (of(Part::Upper), of(Part::Lower)) {
        (None, None) => format!("About the same as in the {length} before ({before})."),
        (Some(upper), None) => of_one(Part::Upper, upper),
        (None, Some(lower)) => of_one(Part::Lower, lower),
        (Some(upper), Some(lower)) => {
            format!("The upper number is {upper} and the lower number {lower} {than}.")
        }
    };
    Insight::new(Mood::Neutral, text)
}

/// How far apart two values are, as it is shown: `5 mmHg`. `None`: no difference is seen.
pub(in crate::readings) fn difference(value: f64, scale: &Scale) -> Option<String> {
    // Where zero is does not matter here.
    let apart = scale.of_canonical(value.abs()) - scale.of_canonical(0.0);
    let shown = format!("{apart:.*}", scale.decimals);
    let is_seen = shown.bytes().any(|digit| (b'1'..=b'9').contains(&digit));
    is_seen.then(|| format!("{shown} {}", scale.words))
}
