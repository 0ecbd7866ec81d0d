//! What a person measures in the course of a day, kind by kind: made up, the same each time, and possible.
use crate::demo::random::Chance;
use domain::readings::MetricKind;
use jiff::{SignedDuration, Timestamp};
use std::f64::consts::TAU;

const HOUR: i64 = 3_600;
const DAY: i64 = 24 * HOUR;

/// A wave over the day, and what lies around it.
struct Course {
    mean: f64,
    /// How far the wave goes up and down.
    swing: f64,
    /// At which hour it is highest.
    peak: f64,
    /// How far one measurement is off, commonly.
    noise: f64,
    decimals: i32,
    /// Seconds from one to the next at least.
    spacing: i64,
}

const fn course(kind: MetricKind) -> Course {
    match kind {
        MetricKind::HeartRate => of(71.0, 9.0, 17.0, 3.5, 0, 1),
        MetricKind::BloodPressure => of(128.0, 6.0, 18.0, 5.0, 0, 8 * HOUR),
        MetricKind::OxygenSaturation => of(97.0, 0.5, 14.0, 0.7, 0, 60),
        MetricKind::BodyTemperature => of(36.7, 0.35, 18.0, 0.1, 1, HOUR),
        MetricKind::BloodGlucose => of(108.0, 6.0, 6.0, 6.0, 0, 300),
        MetricKind::Weight => of(72.4, 0.4, 20.0, 0.2, 1, DAY),
        MetricKind::Height => of(172.0, 0.0, 0.0, 0.0, 0, 30 * DAY),
        MetricKind::Steps => of(420.0, 420.0, 15.0, 110.0, 0, HOUR),
        MetricKind::SleepDuration => of(431.0, 0.0, 0.0, 38.0, 0, DAY),
        MetricKind::RespiratoryRate => of(15.0, 1.5, 16.0, 0.8, 0, 60),
        MetricKind::PeakFlow => of(430.0, 25.0, 16.0, 11.0, 0, 12 * HOUR),
        MetricKind::HeartRateVariability => of(45.0, 8.0, 4.0, 5.0, 0, HOUR),
    }
}

const fn of(mean: f64, swing: f64, peak: f64, noise: f64, decimals: i32, spacing: i64) -> Course {
    Course { mean, swing, peak, noise, decimals, spacing }
}

/// The hours of meals, after which there is more sugar in the blood for a while.
const MEALS: [f64; 3] = [8.0, 13.0, 19.5];

/// How long `kind` is not measured again.
pub fn spacing(kind: MetricKind) -> SignedDuration {
    SignedDuration::from_secs(course(kind).spacing)
}

/// What `kind` comes to at `at`, on a device that shows `drift` times its noise too much; with the lower number of a
/// blood pressure. In the unit in which it is stored.
pub fn measure(
    kind: MetricKind,
    at: Timestamp,
    drift: f64,
    chance: &mut Chance,
) -> (f64, Option<f64>) {
    let Course { mean, swing, peak, noise, decimals, .. } = course(kind);
    let hour = at.as_second().rem_euclid(DAY) as f64 / HOUR as f64;
    let wave = swing * ((hour - peak) / 24.0 * TAU).cos();
    let meals: f64 = match kind {
        MetricKind::BloodGlucose => MEALS.iter().map(|meal| after(hour - meal)).sum(),
        _ => 0.0,
    };
    let value = mean + wave + meals + noise * (drift + around_zero(chance));
    let possible = kind.possible();
    let scale = 10_f64.powi(decimals);
    let whole = (value.clamp(*possible.start(), *possible.end()) * scale).round() / scale;
    let lower =
        kind.is_pair().then(|| (whole * 0.6 + 5.0 + noise * 0.5 * around_zero(chance)).round());
    (whole, lower)
}

/// How much sugar a meal adds so many hours after it.
fn after(hours: f64) -> f64 {
    if hours > 0.0 { 70.0 * hours * (1.0 - hours).exp() } else { 0.0 }
}

/// About as a bell: from -2 to 2, and mostly between -1 and 1.
fn around_zero(chance: &mut Chance) -> f64 {
    let unit = |chance: &mut Chance| (chance.next() >> 11) as f64 / (1_u64 << 53) as f64;
    (0..4).map(|_| unit(chance)).sum::<f64>() - 2.0
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::demo::random::Kind;
    use domain::readings::Reading;

    #[test]
    fn every_kind_is_possible_at_every_hour_and_follows_its_day() {
        for kind in MetricKind::ALL {
            let mut at_hour = [0.0; 24];
            for number in 0..24 * 200 {
                let at = Timestamp::from_second(1_772_440_200 + number * HOUR).unwrap();
                let mut chance = Chance::of(Kind::Reading, usize::try_from(number).unwrap());
                let (value, lower) = measure(*kind, at, 1.0, &mut chance);
                assert!(
                    Reading::stored(*kind, value, lower).is_some(),
                    "{kind:?} {value} {lower:?}"
                );
                let hour = usize::try_from(at.as_second().rem_euclid(DAY) / HOUR).unwrap();
                at_hour[hour] += value / 200.0;
            }
            let Course { swing, peak, .. } = course(*kind);
            let trough = (peak + 12.0) % 24.0;
            let (high, low) = (at_hour[peak as usize], at_hour[trough as usize]);
            if *kind != MetricKind::BloodGlucose && swing > 0.0 {
                assert!(high - low >= swing * 1.5, "{kind:?} {high} {low}");
            }
        }
    }

    #[test]
    fn a_meal_shows_within_the_hour_and_is_gone_after_some() {
        assert_eq!(after(-1.0), 0.0);
        assert!(after(1.0) > 60.0 && after(6.0) < 5.0);
    }
}
