use super::{Change, Coverage, Level, Part, Share, Summary, Target};
use crate::readings::Scale;

/// How many points of a hundred more in range are worth a word (International consensus on time in range, 2019).
const POINTS: f64 = 5.0;

/// What has become better since the period `before`, in sentences. Nothing is said of what may be chance.
#[must_use]
pub fn improvements(now: &Summary, before: &Summary, scale: &Scale) -> Vec<String> {
    let sentences = [nearer(now, scale), more_in_range(now, before), measured_enough(now, before)];
    sentences.into_iter().flatten().collect()
}

/// The average has come clearly nearer to the range that holds for the person.
fn nearer(now: &Summary, scale: &Scale) -> Option<String> {
    let change = now.change?;
    let (average, target) = (now.average?, now.target?);
    let far = |level| outside(&target, level, &change);
    if far(average) >= far(change.before) {
        return None;
    }
    let range = target.name();
    let how = match target.has(average) {
        true => format!("In {range} again"),
        false => format!("Closer to {range}"),
    };
    Some(format!(
        "{how}: {} on average, after {} in the {} before.",
        average.shown(scale),
        change.before.shown(scale),
        now.span.period.length()
    ))
}

/// How far the numbers of a level that have changed clearly are outside of their range, all together.
fn outside(target: &Target, level: Level, change: &Change) -> f64 {
    let far = |part: Part| {
        let (value, (low, below)) = (level.part(part)?, target.edges_of(part));
        change.clear(part).map(|_| (low - value).max(value - below).max(0.0))
    };
    Part::ALL.into_iter().filter_map(far).sum()
}

fn more_in_range(now: &Summary, before: &Summary) -> Option<String> {
    let range = now.target?.name();
    let (now, before) = now.in_range.zip(before.in_range)?;
    let part = |share: Share| f64::from(share.within) / f64::from(share.of.max(1));
    let error = |share: Share| part(share) * (1.0 - part(share)) / f64::from(share.of.max(1));
    let more = part(now) - part(before);
    // More than twice its standard error.
    let is_clear = more > 2.0 * (error(now) + error(before)).sqrt();
    let of = if now.is_of_days { "days" } else { "readings" };
    (is_clear && more * 100.0 >= POINTS).then(|| {
        format!("More often in {range}: {} % of {of}, after {} %.", now.percent(), before.percent())
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
    use crate::readings::{
        Bucket, Figures, LimitNumbers, MetricKind, Period, PersonalLimits, Reading, Span,
    };
    use jiff::{
        ToSpan,
        civil::{Date, date},
    };
    use proptest::{collection::vec, prelude::*};

    const LAST: Date = date(2026, 3, 31);

    /// A reading a day, the newest first, each counted by `target`.
    fn days(
        kind: MetricKind,
        target: Option<Target>,
        values: impl IntoIterator<Item = (f64, Option<f64>)>,
    ) -> Vec<Bucket<Date>> {
        let day = |(ago, (value, lower)): (i64, (f64, Option<f64>))| {
            let reading = Reading::stored(kind, value, lower).unwrap();
            let is_in = target.is_some_and(|target| target.holds(reading));
            let figures = Figures { in_range: u32::from(is_in), ..Figures::of(reading) };
            Bucket { at: LAST.saturating_sub(ago.days()), figures }
        };
        let mut days: Vec<_> = (0..).zip(values).map(day).collect();
        days.reverse();
        days
    }

    /// The same with a lower number of a pair that goes along.
    fn pairs(
        kind: MetricKind,
        values: impl IntoIterator<Item = f64>,
    ) -> impl Iterator<Item = (f64, Option<f64>)> {
        let lower = move |value: f64| kind.is_pair().then_some(value - 45.0);
        values.into_iter().map(move |value| (value, lower(value)))
    }

    fn of_month(
        kind: MetricKind,
        target: Option<Target>,
        values: impl IntoIterator<Item = (f64, Option<f64>)>,
    ) -> (Summary, Summary) {
        let (days, span) = (days(kind, target, values), Span::new(Period::Month, LAST));
        // The days are over.
        let today = LAST.tomorrow().unwrap();
        let of = |span| Summary::of_days(kind, target, span, today, &days);
        (of(span), of(span.before()))
    }

    fn said_by(
        kind: MetricKind,
        target: Option<Target>,
        values: impl IntoIterator<Item = (f64, Option<f64>)>,
    ) -> Vec<String> {
        let (now, before) = of_month(kind, target, values);
        improvements(&now, &before, kind.canonical())
    }

    fn said(kind: MetricKind, values: impl IntoIterator<Item = f64>) -> Vec<String> {
        said_by(kind, Target::of(kind), pairs(kind, values))
    }

    /// What a doctor has said of one person: from where to where.
    fn own(kind: MetricKind, low: f64, high: f64) -> Option<Target> {
        let mut numbers: LimitNumbers = [None; 12];
        (numbers[0], numbers[1]) = (Some(low), Some(high));
        PersonalLimits::stored(kind, numbers).target()
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
    fn who_has_a_target_of_their_own_is_praised_by_that() {
        let by = |kind, low, high, now, before| {
            said_by(kind, own(kind, low, high), pairs(kind, after(now, before)))
        };
        let kind = MetricKind::BloodPressure;
        let fallen = after(128.0, 151.0).into_iter().map(|upper| (upper, Some(80.0)));
        let said = said_by(kind, own(kind, 130.0, 150.0), fallen);
        assert!(said.is_empty(), "it was nearer before: {said:?}");
        let better = by(kind, 100.0, 120.0, 116.0, 126.0);
        assert!(better[0].starts_with("In the target range again: 116/71 mmHg"), "{better:?}");
        assert!(better[1].starts_with("More often in the target range: 100 %"), "{better:?}");
        let better = by(kind, 100.0, 120.0, 126.0, 131.0);
        assert!(better[0].starts_with("Closer to the target range: 126/81 mmHg"), "{better:?}");
        let better = by(MetricKind::Steps, 3_000.0, 20_000.0, 4_000.0, 2_000.0);
        assert_eq!(better[1], "More often in the target range: 100 % of days, after 0 %.");
        let better = by(MetricKind::Weight, 60.0, 75.0, 70.0, 80.0);
        assert!(better[0].starts_with("In the target range again: 70.0 kg"), "{better:?}");
    }

    #[test]
    fn a_lower_number_that_has_fallen_alone_has_improved() {
        let kind = MetricKind::BloodPressure;
        let of = |now: f64, before: f64| {
            let lower = after(now, before).into_iter().map(|lower| (128.0, Some(lower)));
            said_by(kind, Target::of(kind), lower)
        };
        let better = of(80.0, 95.0);
        assert!(better[0].starts_with("In the usual range again: 128/80 mmHg"), "{better:?}");
        assert!(of(95.0, 80.0).is_empty() && of(80.0, 80.0).is_empty());
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
        /// What is called in its range again is said to be within it beside.
        #[test]
        fn no_praise_contradicts_what_is_said_of_the_average(
            low in 90.0..140.0_f64, wide in 5.0..60.0_f64, now in 90.0..180.0_f64, before in 90.0..180.0_f64,
        ) {
            let kind = MetricKind::BloodPressure;
            let target = own(kind, low.round(), (low + wide).round());
            let (now, before) = of_month(kind, target, pairs(kind, after(now, before)));
            let said = improvements(&now, &before, kind.canonical());
            let within = target.unwrap().has(now.average.unwrap());
            prop_assert!(said.iter().all(|line| line.contains("the target range")), "{said:?}");
            prop_assert!(within || said.iter().all(|line| !line.starts_with("In ")), "{said:?}");
        }

        #[test]
        fn nothing_is_better_both_ways_around(values in vec(100.0..170.0_f64, 60)) {
            let kind = MetricKind::BloodPressure;
            let turned = [&values[30..], &values[..30]].concat();
            let (one, other) = (said(kind, values), said(kind, turned));
            prop_assert!(one.is_empty() || other.is_empty(), "{one:?} {other:?}");
        }
    }
}
