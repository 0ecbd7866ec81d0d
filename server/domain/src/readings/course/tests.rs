use super::{super::*, *};
use jiff::{SignedDuration, Timestamp, ToSpan, civil::date, tz::TimeZone};
use proptest::{collection::vec, prelude::*, sample::select};

fn reading(kind: MetricKind, value: f64, lower: Option<f64>) -> Reading {
    Reading::stored(kind, value, lower).unwrap()
}

/// A day with one reading.
fn day(kind: MetricKind, at: Date, value: f64, lower: Option<f64>) -> Bucket<Date> {
    Bucket { at, figures: Figures::of(reading(kind, value, lower)) }
}

use jiff::civil::Date;

const LAST: Date = date(2026, 3, 31);

/// All days are over.
const TODAY: Date = date(2026, 4, 1);

fn days(kind: MetricKind, values: &[f64]) -> Vec<Bucket<Date>> {
    let pair = kind.is_pair();
    let ago = |number: usize| LAST.saturating_sub(i64::try_from(number).unwrap().days());
    let mut all: Vec<_> = values
        .iter()
        .enumerate()
        .map(|(number, value)| day(kind, ago(number), *value, pair.then_some(value - 45.0)))
        .collect();
    all.reverse();
    all
}

/// By what is usual in adults.
fn of_days(kind: MetricKind, span: Span, days: &[Bucket<Date>]) -> Summary {
    Summary::of_days(kind, Target::of(kind), span, TODAY, days)
}

#[test]
fn every_range_is_possible_and_its_ends_are_in_it_as_they_are_shown() {
    for target in MetricKind::ALL.iter().filter_map(|kind| Target::of(*kind)) {
        let kind = target.kind();
        let step = 1.0 / scale::power(kind.canonical().decimals);
        let lower = target.lower.and_then(|band| band.low);
        let has = |value| target.has(Level { value, lower });
        if let Some(low) = target.band.low {
            assert!(has(low) && has(low - step * 0.4) && !has(low - step * 0.6), "{kind}");
            assert!(kind.is_total() || kind.possible().contains(&low), "{kind}");
        }
        if let Some(high) = target.band.high {
            assert!(has(high) && has(high + step * 0.4) && !has(high + step * 0.6), "{kind}");
        }
        assert!(!target.source.is_empty());
    }
    let pressure = Target::of(MetricKind::BloodPressure).unwrap();
    assert_eq!(
        pressure.words(MetricKind::BloodPressure.canonical()),
        "90 to 134 over 60 to 84 mmHg"
    );
    for (value, lower, holds) in
        [(134.4, 84.4, true), (134.5, 80.0, false), (120.0, 84.5, false), (120.0, 59.0, false)]
    {
        assert_eq!(pressure.holds(reading(MetricKind::BloodPressure, value, Some(lower))), holds);
    }
    assert_eq!(
        Target::of(MetricKind::Steps).unwrap().words(MetricKind::Steps.canonical()),
        "at least 7000 steps"
    );
    assert!(Target::of(MetricKind::Weight).is_none());
}

#[test]
fn three_readings_never_make_a_figure() {
    for kind in MetricKind::ALL {
        for period in Period::ALL {
            for with in 0..=3 {
                assert!(
                    !Coverage::new(*kind, *period, with, with, 24).is_enough(),
                    "{kind} {period}"
                );
            }
        }
    }
}

#[test]
fn a_figure_says_on_how_many_days_it_stands_and_is_withheld_below_the_norm() {
    let of = |kind, with| Coverage::new(kind, Period::Month, with, with, 24);
    let pressure = of(MetricKind::BloodPressure, 18);
    assert_eq!((pressure.words().as_str(), pressure.needed), ("18 of 30 days", Some(13)));
    assert!(pressure.is_enough() && of(MetricKind::BloodPressure, 13).is_enough());
    assert!(!of(MetricKind::BloodPressure, 12).is_enough());
    assert_eq!(of(MetricKind::BloodGlucose, 0).needed, Some(21));
    assert_eq!(of(MetricKind::Weight, 0).needed, Some(3));
    assert_eq!(of(MetricKind::Steps, 0).needed, Some(18));
    assert!(!of(MetricKind::Height, 30).is_enough());
    assert_eq!(of(MetricKind::Height, 1).missing(), None);
    assert_eq!(
        of(MetricKind::Weight, 2).missing().unwrap(),
        "Too few readings for an average: it takes 4, on at least 3 days."
    );
    let hours = Coverage::new(MetricKind::HeartRate, Period::Day, 30, 9, 23);
    assert_eq!((hours.words().as_str(), hours.is_enough()), ("9 of 23 hours", false));
}

#[test]
fn periods_follow_each_other_without_a_gap() {
    for period in Period::ALL {
        let span = Span::new(*period, LAST);
        assert_eq!(span.days().count(), usize::from(period.days()));
        assert_eq!(span.before().last, span.first().yesterday().unwrap());
        assert_eq!(span.before().after(LAST), Some(span));
        assert_eq!(span.after(LAST), None);
        assert!(span.has(span.first()) && span.has(LAST) && !span.has(span.before().last));
    }
    assert_eq!(Span::new(Period::Week, LAST).words(), "Wed 25 Mar to Tue 31 Mar 2026");
    assert_eq!(
        Span::new(Period::Week, date(2026, 1, 2)).words(),
        "Sat 27 Dec 2025 to Fri 2 Jan 2026"
    );
    assert_eq!(Span::new(Period::Day, LAST).words(), "Tue 31 Mar 2026");
    // Not later than today, be it a part of a period.
    let old = Span::new(Period::Month, date(2026, 3, 10));
    assert_eq!(old.after(LAST), Some(Span::new(Period::Month, LAST)));
}

#[test]
fn a_trend_is_told_of_ten_days_and_only_when_it_is_one() {
    let kind = MetricKind::Weight;
    let of = |values: &[f64]| {
        let values: Vec<_> = (0..).zip(values.iter().copied()).collect();
        Trend::of(&values, kind.looks_same_within())
    };
    let line =
        |slope: f64| -> Vec<f64> { (0..12).map(|day| 70.0 + slope * f64::from(day)).collect() };
    assert_eq!(of(&line(0.1)[..9]), Trend::TooFew(9));
    let rising = of(&line(0.1)).course().unwrap();
    assert_eq!((rising.direction, rising.certainty), (Direction::Rising, Some(Certainty::Clear)));
    assert_eq!(
        rising.words(kind, Part::Upper, kind.canonical()),
        "It is clearly rising, by about 0.7 kg a week"
    );
    assert_eq!(of(&line(-0.1)).course().unwrap().direction, Direction::Falling);
    let flat = of(&[70.0; 12]).course().unwrap();
    assert_eq!((flat.direction, flat.certainty), (Direction::Steady, None));
    // One that is wild changes nothing of it.
    let mut wild = line(0.1);
    wild[5] = 300.0;
    assert_eq!(of(&wild).course().unwrap().direction, Direction::Rising);
    let noise = [70.0, 72.0, 69.0, 71.0, 70.5, 68.0, 72.5, 70.0, 69.5, 71.5];
    assert_eq!(of(&noise).course().unwrap().certainty, None);
}

#[test]
fn where_figures_are_withheld_nothing_is_said_of_where_they_are_going() {
    let kind = MetricKind::BloodPressure;
    let of = |count: u8| {
        let falling: Vec<f64> = (0..count).map(|ago| 120.0 + f64::from(ago)).collect();
        of_days(kind, Span::new(Period::Quarter, LAST), &days(kind, &falling))
    };
    for few in [10, 38] {
        let summary = of(few);
        assert_eq!((summary.average, summary.trend), (None, Trend::TooFew(few.into())));
        assert_eq!(insights(&summary, kind.canonical()).len(), 1);
    }
    assert_eq!(of(39).trend.course().unwrap().direction, Direction::Falling);
}

/// By the tables of Kendall: with 10 values a score of 23 is beyond 5 % on both sides, and one of 19 beyond 10 %.
#[test]
fn certainty_is_that_of_the_tables() {
    let score = |swaps: usize| {
        let mut values: Vec<f64> = (0..10).map(f64::from).collect();
        // Each swap of neighbours takes two from the score of 45.
        let mut left = swaps;
        for end in (1..10).rev() {
            for at in 0..end {
                if left > 0 {
                    values.swap(at, at + 1);
                    left -= 1;
                }
            }
        }
        let values: Vec<_> = (0..).zip(values).collect();
        Trend::of(&values, 0.0).course().unwrap().certainty
    };
    assert_eq!(score(11), Some(Certainty::Clear), "23");
    assert_eq!(score(12), Some(Certainty::Likely), "21");
    assert_eq!(score(14), None, "17");
}

#[test]
fn what_is_said_of_a_month() {
    let kind = MetricKind::BloodPressure;
    let now: Vec<f64> = (0..30).map(|ago| 140.0 + f64::from(ago) / 2.0).collect();
    let before = vec![160.0; 30];
    let all = days(kind, &[now, before].concat());
    let summary = of_days(kind, Span::new(Period::Month, LAST), &all);
    let texts: Vec<_> =
        insights(&summary, kind.canonical()).into_iter().map(|line| line.text).collect();
    assert_eq!(
        texts,
        [
            "On average it was 147/102 mmHg, above the usual range (90 to 134 over 60 to 84 mmHg).",
            "The upper number is clearly falling, by about 4 mmHg a week.",
            "The upper number is 13 mmHg lower and the lower number 13 mmHg lower than in the 30 days before (160/115 mmHg).",
        ]
    );
    assert_eq!(summary.in_range, Some(Share { within: 0, of: 30, is_of_days: false }));
    assert_eq!(
        next_step(&summary, Some(Level { value: 120.0, lower: Some(80.0) })),
        Step::ShowToDoctor
    );
    assert_eq!(
        next_step(&summary, Some(Level { value: 180.0, lower: Some(80.0) })),
        Step::MeasureAgain
    );

    let few = of_days(kind, summary.span, &all[55..]);
    assert_eq!((few.average, few.in_range, few.change), (None, None, None));
    assert_eq!(insights(&few, kind.canonical()).len(), 1);
    assert_eq!(next_step(&few, None), Step::MeasureMore);
}

/// Of a month, with a pressure on each of its days and on those of the month before; `of` says which, so many days ago.
fn pressures(of: impl Fn(u8) -> (f64, f64)) -> Summary {
    let kind = MetricKind::BloodPressure;
    let at = |ago: u8| LAST.saturating_sub(i64::from(ago).days());
    let pressure = |ago: u8| {
        let (upper, lower) = of(ago);
        day(kind, at(ago), upper, Some(lower))
    };
    let all: Vec<_> = (0..60).rev().map(pressure).collect();
    of_days(kind, Span::new(Period::Month, LAST), &all)
}

/// What is said of a month of one pressure after a month of another.
fn compared(now: (f64, f64), before: (f64, f64)) -> String {
    let summary = pressures(|ago| if ago < 30 { now } else { before });
    insights(&summary, MetricKind::BloodPressure.canonical()).pop().unwrap().text
}

#[test]
fn whichever_number_of_a_pressure_has_changed_is_said() {
    let before = (128.0, 80.0);
    for (now, said) in [
        ((128.0, 95.0), "The lower number is 15 mmHg higher than"),
        ((140.0, 80.0), "The upper number is 12 mmHg higher than"),
        (
            (120.0, 90.0),
            "The upper number is 8 mmHg lower and the lower number 10 mmHg higher than",
        ),
        (before, "About the same as"),
    ] {
        assert_eq!(compared(now, before), format!("{said} in the 30 days before (128/80 mmHg)."));
    }
}

#[test]
fn where_a_lower_number_goes_is_said_where_it_goes_another_way() {
    let going = |upper: f64, lower: f64| {
        pressures(|ago| (140.0 - upper * f64::from(ago), 95.0 - lower * f64::from(ago)))
    };
    let ways = |upper, lower| -> Vec<_> {
        let courses = going(upper, lower).courses().into_iter();
        courses.map(|(part, course)| (part, course.direction)).collect()
    };
    use Direction::{Falling, Rising, Steady};
    assert_eq!(ways(0.0, 0.3), [(Part::Upper, Steady), (Part::Lower, Rising)]);
    assert_eq!(ways(0.3, -0.3), [(Part::Upper, Rising), (Part::Lower, Falling)]);
    assert_eq!(ways(0.3, 0.3), [(Part::Upper, Rising)]);
    assert_eq!(ways(0.3, 0.0), [(Part::Upper, Rising)]);
    let said = insights(&going(0.0, 0.3), MetricKind::BloodPressure.canonical());
    let said = said.iter().find(|said| said.text.starts_with("The lower")).unwrap();
    assert_eq!(said.text, "The lower number is clearly rising, by about 2 mmHg a week.");
    assert_eq!(said.mood, Mood::Notice);
}

#[test]
fn what_is_added_up_is_judged_by_the_day() {
    let kind = MetricKind::Steps;
    let mut all = days(kind, &[[9_000.0; 10], [5_000.0; 10]].concat());
    // Sent in two parts.
    let first = all[0].figures;
    all[0].figures = first.with(first);
    let summary = of_days(kind, Span::new(Period::Month, LAST), &all);
    assert_eq!(summary.average.unwrap().value, (90_000.0 + 45_000.0 + 10_000.0) / 20.0);
    assert_eq!(summary.in_range, Some(Share { within: 11, of: 20, is_of_days: true }));
    assert_eq!(summary.coverage.readings, 21);
    let (lowest, highest) = summary.extremes.unwrap();
    assert_eq!((lowest.value, highest.value), (5_000.0, 10_000.0));
}

#[test]
fn what_is_added_up_in_a_day_is_judged_when_it_is_over() {
    let (kind, zone) = (MetricKind::Steps, TimeZone::UTC);
    let seven = LAST.at(7, 0, 0, 0).to_zoned(zone.clone()).unwrap().timestamp();
    let hours = [Bucket { at: seven, figures: Figures::of(reading(kind, 200.0, None)) }];
    let of = |today| Summary::of_hours(kind, Target::of(kind), (LAST, today), &zone, &hours);
    let said = |summary: &Summary| insights(summary, kind.canonical()).pop().unwrap();
    let running = of(LAST);
    assert_eq!((running.average, running.so_far.unwrap().value), (None, 200.0));
    let now = said(&running);
    assert_eq!((now.mood, now.text.as_str()), (Mood::Neutral, "So far today it is 200 steps."));
    let over = of(TODAY);
    assert_eq!((over.average.unwrap().value, over.so_far), (200.0, None));
    assert_eq!(
        said(&over).text,
        "On this day it was 200 steps, below the usual range (at least 7000 steps)."
    );
    // A heart beats as it does, whatever the hour.
    let kind = MetricKind::HeartRate;
    let days = days(kind, &[70.0; 25]);
    let of = |today| {
        Summary::of_days(kind, Target::of(kind), Span::new(Period::Month, LAST), today, &days)
    };
    assert_eq!(of(LAST), of(TODAY));
}

#[test]
fn a_day_has_as_many_hours_as_its_clock() {
    let zone = TimeZone::get("Europe/Lisbon").unwrap();
    for (day, hours) in [(date(2026, 3, 29), 23), (date(2026, 10, 25), 25), (date(2026, 6, 1), 24)]
    {
        let summary = Summary::of_hours(MetricKind::HeartRate, None, (day, TODAY), &zone, &[]);
        assert_eq!(summary.coverage.of, hours, "{day}");
    }
}

#[test]
fn a_share_is_all_of_it_or_nothing_only_when_it_is() {
    let of = |within, of| Share { within, of, is_of_days: false }.percent();
    assert_eq!((of(999, 1_000), of(1_000, 1_000), of(1, 1_000), of(0, 1_000)), (99, 100, 1, 0));
    assert_eq!((of(1, 2), of(2, 3), of(0, 0)), (50, 67, 0));
}

#[test]
fn figures_are_shown_in_the_unit_of_the_newest_reading() {
    let shown = |kind: MetricKind, unit| kind.shown_scale(unit).unit;
    assert_eq!(shown(MetricKind::BloodGlucose, Unit::MillimolePerLitre), Unit::MillimolePerLitre);
    assert_eq!(shown(MetricKind::SleepDuration, Unit::Minute), Unit::Hour);
    assert_eq!(shown(MetricKind::Weight, Unit::Gram), Unit::Kilogram);
    assert_eq!(shown(MetricKind::Weight, Unit::MillimolePerLitre), Unit::Kilogram);
    let warmer = Change {
        before: Level { value: 36.5, lower: None },
        value: Difference { by: 1.0, is_clear: true },
        lower: None,
    };
    let summary = Summary {
        change: Some(warmer),
        ..of_days(MetricKind::BodyTemperature, Span::new(Period::Week, LAST), &[])
    };
    let fahrenheit = MetricKind::BodyTemperature.shown_scale(Unit::Fahrenheit);
    let said = insights(&summary, fahrenheit).pop().unwrap().text;
    assert_eq!(said, "It is 1.8 °F higher than in the 7 days before (97.7 °F).");
}

proptest! {
    /// In whatever order and parts readings are counted, they come to the same.
    #[test]
    fn figures_do_not_hang_on_the_order(values in vec(60_u32..200, 1..40), split in 0_usize..40) {
        let kind = MetricKind::BloodPressure;
        let all: Vec<_> = values
            .iter()
            .map(|value| Figures::of(reading(kind, f64::from(*value), Some(f64::from(*value) - 20.0))))
            .collect();
        let sum = |parts: &[Figures]| parts.iter().copied().reduce(Figures::with);
        let (one, other) = all.split_at(split.min(all.len()));
        let parts = [sum(other), sum(one)].into_iter().flatten().reduce(Figures::with).unwrap();
        let whole = sum(&all).unwrap();
        prop_assert!(parts == whole);
        let count = u32::try_from(values.len()).unwrap();
        prop_assert_eq!(whole.count, count);
        prop_assert!(whole.in_range <= count);
        let mean = whole.level(false).unwrap();
        prop_assert!(whole.lowest <= mean.value && mean.value <= whole.highest);
    }

    /// Values that are turned over go the other way, and as surely.
    #[test]
    fn a_trend_turned_over_goes_the_other_way(values in vec(0_i32..1_000, 10..60)) {
        let of = |sign: f64| {
            let values: Vec<_> = (0..).zip(values.iter().map(|value| f64::from(*value) * sign)).collect();
            Trend::of(&values, 0.5).course().unwrap()
        };
        let (up, down) = (of(1.0), of(-1.0));
        prop_assert_eq!(up.certainty, down.certainty);
        prop_assert!((up.slope + down.slope).abs() < 1e-9);
        let turned = match up.direction {
            Direction::Rising => Direction::Falling,
            Direction::Falling => Direction::Rising,
            Direction::Steady => Direction::Steady,
        };
        prop_assert_eq!(down.direction, turned);
    }

    /// Whatever the day that is not over has come to, it is in no figure but that, and in nothing that is said.
    #[test]
    fn a_running_day_changes_no_figure(
        kind in select(vec![MetricKind::Steps, MetricKind::SleepDuration]),
        period in select(vec![Period::Week, Period::Month, Period::Quarter]),
        so_far in 0_u16..1_000, values in vec(0_u16..1_000, 0..180),
    ) {
        let values: Vec<_> = [vec![so_far], values].concat().into_iter().map(f64::from).collect();
        let all = days(kind, &values);
        let of = |days: &[Bucket<Date>]| {
            Summary::of_days(kind, Target::of(kind), Span::new(period, LAST), LAST, days)
        };
        let (with, without) = (of(&all), of(&all[..all.len() - 1]));
        prop_assert_eq!(with.so_far.map(|level| level.value), Some(f64::from(so_far)));
        prop_assert_eq!(insights(&with, kind.canonical()), insights(&without, kind.canonical()));
        prop_assert_eq!(Summary { so_far: None, ..with }, without);
    }

    /// What is about the same is so in both numbers.
    #[test]
    fn no_number_that_has_changed_is_left_out(
        now in (120_u8..180, 60_u8..100), before in (120_u8..180, 60_u8..100),
    ) {
        let level = |(upper, lower): (u8, u8)| (f64::from(upper), f64::from(lower));
        let said = compared(level(now), level(before));
        prop_assert_eq!(said.starts_with("About the same"), now == before, "{}", said);
        prop_assert_eq!(said.contains("upper number"), now.0 != before.0, "{}", said);
        prop_assert_eq!(said.contains("lower number"), now.1 != before.1, "{}", said);
    }

    /// An hour begins on the hour of the clock, less than an hour before, in the day of the reading.
    #[test]
    fn an_hour_begins_on_its_clock(
        second in 1_600_000_000_i64..2_000_000_000, nanosecond in 0..1_000_000_000,
        zone in select(vec!["UTC", "Europe/Lisbon", "Asia/Kolkata", "Asia/Kathmandu", "Australia/Lord_Howe", "America/St_Johns", "Pacific/Chatham"]),
    ) {
        let zone = TimeZone::get(zone).unwrap();
        let at = Timestamp::new(second, nanosecond).unwrap();
        let ahead = utc_offset(at, &zone);
        let start = hour_of(at, ahead);
        prop_assert!(start <= at && at < start + SignedDuration::from_hours(1));
        prop_assert_eq!(day_of(at, ahead), at.to_zoned(zone).date());
        prop_assert_eq!(day_of(start, ahead), day_of(at, ahead));
        let minutes = start.as_second() / 60 + i64::from(ahead);
        prop_assert!(start.subsec_nanosecond() == 0 && minutes % 60 == 0 && start.as_second() % 60 == 0);
        prop_assert_eq!(hour_of(start, ahead), start);
    }

    /// No summary panics, and none gives figures for too few readings.
    #[test]
    fn no_figure_is_given_for_too_few(
        kind in select(MetricKind::ALL), period in select(Period::ALL), present in vec(any::<bool>(), 200),
    ) {
        let (low, high) = kind.possible().into_inner();
        let middle = f64::midpoint(low, high).round();
        let all: Vec<_> = present
            .iter()
            .zip(0_i32..200)
            .filter(|(present, _)| **present)
            .map(|(_, ago)| day(kind, LAST.saturating_sub(i64::from(ago).days()), middle, kind.is_pair().then_some(50.0)))
            .rev()
            .collect();
        let span = Span::new(period, LAST);
        let summary = of_days(kind, span, &all);
        let with = all.iter().filter(|day| span.has(day.at)).count();
        prop_assert_eq!(usize::try_from(summary.coverage.with).unwrap(), with);
        prop_assert_eq!(summary.average.is_some(), summary.coverage.is_enough());
        prop_assert!(summary.coverage.is_enough() || summary.trend.course().is_none());
        prop_assert!(with >= 4 || summary.average.is_none() && summary.in_range.is_none() && summary.change.is_none());
        for line in insights(&summary, kind.canonical()) {
            prop_assert!(line.text.ends_with('.') && !line.text.contains("NaN"), "{}", line.text);
        }
    }
}

#[test]
fn who_has_a_target_of_their_own_is_judged_by_that() {
    let kind = MetricKind::BloodPressure;
    let all = days(kind, &[128.0; 20]);
    let span = Span::new(Period::Month, LAST);
    let typed = TypedLimits {
        numbers: std::array::from_fn(|place| if place == 1 { "125".into() } else { String::new() }),
        ..TypedLimits::default()
    };
    let own = typed.check(kind).unwrap().target();
    let said = |target| {
        let summary = Summary::of_days(kind, target, span, TODAY, &all);
        let newest = Some(Level { value: 128.0, lower: Some(80.0) });
        (insights(&summary, kind.canonical())[0].text.clone(), next_step(&summary, newest))
    };
    let (usual, step) = said(Target::of(kind));
    assert_eq!(
        usual,
        "On average it was 128/83 mmHg, within the usual range (90 to 134 over 60 to 84 mmHg)."
    );
    assert_eq!(step, Step::GoOn);
    let (own, step) = said(own);
    assert_eq!(
        own,
        "On average it was 128/83 mmHg, above the target range (90 to 125 over 60 to 84 mmHg)."
    );
    assert_eq!(step, Step::MeasureAgain);
}
