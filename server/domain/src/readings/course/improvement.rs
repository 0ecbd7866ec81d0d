use super::{Coverage, Level, Share, Summary, Target};
use crate::readings::Scale;

/// How many points of a hundred more in range are worth a word (International consensus on time in range, 2019).
const POINTS: f64 = 5.0;

/// What has become better since the period `before`, in sentences. Nothing is said of what may be chance.
#[must_use]
pub fn improvements(now: &Summary, before: &Summary, scale: &Scale) -> Vec<String> {
    let sentences = [
        nearer(now, scale),
        now.in_range.zip(before.in_range).and_then(|(now, before)| more_in_range(now, before)),
        measured_enough(now, before),
    ];
    sentences.into_iter().flatten().collect()
}

/// The average has come clearly nearer to its range.
fn nearer(now: &Summary, scale: &Scale) -> Option<String> {
    let change = now.change.filter(|change| change.is_clear)?;
    let (average, target) = (now.average?, Target::of(now.kind)?);
    if outside(&target, average) >= outside(&target, change.before) {
        return None;
    }
    let how =
        if target.has(average) { "In the usual range again" } else { "Closer to the usual range" };
    Some(format!(
        "{how}: {} on average, after {} in the {} before.",
        average.shown(scale),
        change.before.shown(scale),
        now.span.period.length()
    ))
}

/// How far a level is outside of its range, both numbers of a pair together.
fn outside(target: &Target, level: Level) -> f64 {
    let far = |value: f64, (low, below): (f64, f64)| (low - value).max(value - below).max(0.0);
    let (upper, lower) = target.edges();
    far(level.value, upper) + level.lower.map_or(0.0, |value| far(value, lower))
}

fn more_in_range(now: Share, before: Share) -> Option<String> {
    let part = |share: Share| f64::from(share.within) / f64::from(share.of.max(1));
    let error = |share: Share| part(share) * (1.0 - part(share)) / f64::from(share.of.max(1));
    let more = part(now) - part(before);
    // More than twice its standard error.
    let is_clear = more > 2.0 * (error(now) + error(before)).sqrt();
    let of = if now.is_of_days { "days" } else { "readings" };
    (is_clear && more * 100.0 >= POINTS).then(|| {
        format!(
            "More often in the usual range: {} % of {of}, after {} %.",
            now.percent(),
            before.percent()
        )
    })
}

fn measured_enough(now: &Summary, before: &Summary) -> Option<String> {
    let is_new = now.coverage.is_enough() && !before.coverage.is_enough();
    let earlier = |coverage: Coverage| match coverage.with {
        0 => format!("not at all in the {} before", now.span.period.length()),
        _ => format!("{} before", coverage.words()),
    };
    is_new.then(|| {
        let words = now.coverage.words();
        format!("Measured often enough for an average: {words}, {}.", earlier(before.coverage))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::readings::{Bucket, Figures, MetricKind, Period, Reading, Span};
    use jiff::{
        ToSpan,
        civil::{Date, date},
    };
    use proptest::{collection::vec, prelude::*};

    const LAST: Date = date(2026, 3, 31);

    /// A reading a day, the newest first.
    fn days(kind: MetricKind, values: impl IntoIterator<Item = f64>) -> Vec<Bucket<Date>> {
        let day = |(ago, value): (i64, f64)| {
            let lower = kind.is_pair().then_some(value - 45.0);
            let reading = Reading::stored(kind, value, lower).unwrap();
            Bucket { at: LAST.saturating_sub(ago.days()), figures: Figures::of(reading) }
        };
        let mut days: Vec<_> = (0..).zip(values).map(day).collect();
        days.reverse();
        days
    }

    fn said(kind: MetricKind, values: impl IntoIterator<Item = f64>) -> Vec<String> {
        let (days, span) = (days(kind, values), Span::new(Period::Month, LAST));
        let of = |span| Summary::of_days(kind, Target::of(kind), span, &days);
        improvements(&of(span), &of(span.before()), kind.canonical())
    }

    /// Thirty days of one level after thirty of another, each a little up and down.
    fn after(now: f64, before: f64) -> Vec<f64> {
        let level = |day: u8| if day < 30 { now } else { before };
        (0..60).map(|day| level(day) + f64::from(day % 3) - 1.0).collect()
    }

    #[test]
    fn a_pressure_that_falls_into_its_range_has_improved() {
        let kind = MetricKind::BloodPressure;
        assert_eq!(
            said(kind, after(125.0, 145.0)),
            [
                "In the usual range again: 125/80 mmHg on average, after 145/100 mmHg in the 30 days before.",
                "More often in the usual range: 100 % of readings, after 0 %."
            ]
        );
        assert_eq!(
            said(kind, after(140.0, 150.0)),
            [
                "Closer to the usual range: 140/95 mmHg on average, after 150/105 mmHg in the 30 days before."
            ]
        );
        for (now, before) in [(145.0, 125.0), (125.0, 120.0), (150.0, 150.2), (60.0, 120.0)] {
            assert!(said(kind, after(now, before)).is_empty(), "{now} after {before}");
        }
    }

    #[test]
    fn more_steps_are_better_and_a_weight_is_nobodys_business() {
        let steps = said(MetricKind::Steps, after(8_000.0, 5_000.0));
        assert!(steps[0].starts_with("In the usual range again: 8000 steps"), "{steps:?}");
        assert_eq!(steps[1], "More often in the usual range: 100 % of days, after 0 %.");
        assert!(said(MetricKind::Weight, after(70.0, 80.0)).is_empty());
    }

    #[test]
    fn who_measures_often_enough_is_told_so() {
        let fewer = |days: usize| after(120.0, 120.0).into_iter().take(days);
        let kind = MetricKind::BloodPressure;
        assert_eq!(
            said(kind, fewer(30)),
            [
                "Measured often enough for an average: 30 of 30 days, not at all in the 30 days before."
            ]
        );
        assert_eq!(
            said(kind, fewer(33)),
            ["Measured often enough for an average: 30 of 30 days, 3 of 30 days before."]
        );
        assert!(said(kind, fewer(5)).is_empty() && said(kind, fewer(60)).is_empty());
    }

    proptest! {
        #[test]
        fn nothing_is_better_both_ways_around(values in vec(100.0..170.0_f64, 60)) {
            let kind = MetricKind::BloodPressure;
            let turned = [&values[30..], &values[..30]].concat();
            let (one, other) = (said(kind, values), said(kind, turned));
            prop_assert!(one.is_empty() || other.is_empty(), "{one:?} {other:?}");
        }
    }
}
