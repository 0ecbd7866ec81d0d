use super::Limits;
use crate::readings::{Band, Bucket, MetricKind, Scale};
use jiff::civil::Date;

/// How many days before today are what is usual for a person.
pub const BASELINE_DAYS: i64 = 28;

/// Of fewer days with readings nobody knows what is usual.
const DAYS_AT_LEAST: usize = 10;

/// How much wider a normal distribution is than the median of what its values are apart from its own.
const NORMAL: f64 = 1.482_602_218_505_602;

/// So many spreads apart is unusual: of normal values fewer than one of ten thousand.
const UNUSUAL: f64 = 4.0;

/// What a day comes to: its mean, and how far its readings lie apart.
struct DayLevel {
    level: f64,
    /// The variance of the readings of the day.
    variance: f64,
}

/// What is usual for a person: the median of days, and the median of how far they are apart from it (MAD; Hampel, 1974),
/// which some wild days hardly move. In the canonical unit.
#[derive(Clone, Copy, PartialEq)]
pub struct Baseline {
    pub median: f64,
    /// The standard deviation of single readings, if they are distributed normally.
    pub spread: f64,
    /// The same of the lower number of a blood pressure.
    pub lower: Option<(f64, f64)>,
}

/// Empty: it is clinical, and no log may show it.
impl std::fmt::Debug for Baseline {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Baseline").finish_non_exhaustive()
    }
}

impl Baseline {
    /// That of the `days` before today. `None`: there are too few, or nobody is compared with themselves in this kind.
    #[must_use]
    pub fn of(kind: MetricKind, days: &[Bucket<Date>]) -> Option<Self> {
        let least = least_spread(kind)?;
        if days.len() < DAYS_AT_LEAST {
            return None;
        }
        let day = |total: f64, squares: f64, count: u32| {
            let count = f64::from(count.max(1));
            let level = total / count;
            DayLevel { level, variance: (squares / count - level * level).max(0.0) }
        };
        let upper: Vec<_> = days
            .iter()
            .map(|bucket| &bucket.figures)
            .map(|figures| day(figures.total, figures.squares, figures.count))
            .collect();
        let lower: Vec<_> = days
            .iter()
            .filter_map(|bucket| {
                let lower = bucket.figures.lower?;
                Some(day(lower.total, lower.squares, bucket.figures.count))
            })
            .collect();
        let (median, spread) = usual(&upper, least)?;
        Some(Self { median, spread, lower: usual(&lower, least) })
    }

    /// Beyond these a reading is unusual for the person. What is better than usual is no concern.
    #[must_use]
    pub fn limits(&self, kind: MetricKind) -> Limits {
        let low = |(median, spread): (f64, f64)| Some(median - UNUSUAL * spread);
        let high = |(median, spread): (f64, f64)| Some(median + UNUSUAL * spread);
        let only_low =
            matches!(kind, MetricKind::OxygenSaturation | MetricKind::HeartRateVariability);
        let band =
            |of: (f64, f64)| Band { low: low(of), high: if only_low { None } else { high(of) } };
        Limits { upper: band((self.median, self.spread)), lower: self.lower.map(band) }
    }

    /// From where to where most readings of the person are: `118 to 130 over 74 to 82 mmHg`.
    #[must_use]
    pub fn words(&self, scale: &Scale) -> String {
        let most = |(median, spread): (f64, f64)| {
            Band { low: Some(median - spread), high: Some(median + spread) }.words(scale)
        };
        let upper = most((self.median, self.spread));
        match self.lower {
            Some(lower) => format!("{upper} over {} {}", most(lower), scale.words),
            None => format!("{upper} {}", scale.words),
        }
    }
}

/// No spread is smaller, in the canonical unit: who measures the same for weeks is not alarmed by the next number.
/// `None`: what is usual is no measure of it.
const fn least_spread(kind: MetricKind) -> Option<f64> {
    match kind {
        MetricKind::HeartRate | MetricKind::BloodPressure => Some(4.0),
        MetricKind::OxygenSaturation | MetricKind::RespiratoryRate => Some(1.0),
        MetricKind::BodyTemperature => Some(0.3),
        MetricKind::BloodGlucose => Some(15.0),
        MetricKind::Weight => Some(0.6),
        MetricKind::PeakFlow => Some(20.0),
        MetricKind::HeartRateVariability => Some(8.0),
        MetricKind::Height | MetricKind::Steps | MetricKind::SleepDuration => None,
    }
}

/// The median of `days`, and the spread of single readings about it: between days, and within them.
fn usual(days: &[DayLevel], least: f64) -> Option<(f64, f64)> {
    let median = median(days.iter().map(|day| day.level).collect())?;
    let between =
        self::median(days.iter().map(|day| (day.level - median).abs()).collect())? * NORMAL;
    let within = self::median(days.iter().map(|day| day.variance).collect())?;
    Some((median, (between * between + within).sqrt().max(least)))
}

fn median(mut values: Vec<f64>) -> Option<f64> {
    values.sort_by(f64::total_cmp);
    let (low, high) =
        (values.get(values.len().checked_sub(1)? / 2)?, values.get(values.len() / 2)?);
    Some(f64::midpoint(*low, *high))
}
