use super::{super::*, *};
use jiff::{SignedDuration, Timestamp, ToSpan, civil::date};
use proptest::{collection::vec, prelude::*, sample::select};

const START: Timestamp = Timestamp::constant(1_770_000_000, 0);

fn level(value: f64) -> Level {
    Level { value, lower: None }
}

fn pair(value: f64, lower: f64) -> Level {
    Level { value, lower: Some(lower) }
}

fn bounds(kind: MetricKind) -> Bounds {
    Bounds::new(kind, Thresholds::of(kind), None)
}

/// What becomes of levels of `kind`, so many seconds after the start each.
fn followed(kind: MetricKind, levels: &[(i64, Level)]) -> (Watch, Vec<Change>) {
    let (rule, bounds) = (Rule::of(kind), bounds(kind));
    let mut watch = Watch::default();
    let changes = levels
        .iter()
        .flat_map(|(after, level)| {
            watch.follow(&rule, &bounds, START + SignedDuration::from_secs(*after), *level, None)
        })
        .collect();
    (watch, changes)
}

use super::WatchChange as Change;

fn open(watch: Watch) -> Option<Severity> {
    watch.open.map(|open| open.severity)
}

fn said(changes: &[Change]) -> Vec<String> {
    let word = |change: &Change| match change {
        Change::Opened(beyond) => format!("opened {} {}", beyond.severity, beyond.side),
        Change::Raised(beyond) => format!("raised {}", beyond.severity),
        Change::Went(_) => "went".to_owned(),
        Change::Calmed => "calmed".to_owned(),
        Change::Lapsed => "lapsed".to_owned(),
    };
    changes.iter().map(word).collect()
}

#[test]
fn limits_are_possible_and_what_cannot_wait_is_further_out() {
    for kind in MetricKind::ALL.iter().copied() {
        let Some(thresholds) = Thresholds::of(kind) else { continue };
        let (warning, critical) = (thresholds.warning, thresholds.critical);
        for (warning, critical) in
            [(Some(warning.upper), Some(critical.upper)), (warning.lower, critical.lower)]
        {
            let Some((warning, critical)) = warning.zip(critical) else { continue };
            assert!(critical.low <= warning.low && critical.high >= warning.high, "{kind}");
        }
        assert!(kind.possible().contains(&critical.upper.low.unwrap()), "{kind}");
        assert!(kind.possible().contains(&critical.upper.high.unwrap()), "{kind}");
        assert_eq!(kind.is_pair(), warning.lower.is_some());
        // What is on target is nobody's concern.
        let target = Target::of(kind).unwrap();
        let middle = |band: Band| f64::midpoint(band.low.unwrap(), band.high.unwrap());
        let ideal = Level { value: middle(target.band), lower: target.lower.map(middle) };
        assert_eq!(bounds(kind).judge(ideal), None, "{kind}");
        assert!(bounds(kind).is_calm(ideal, Rule::of(kind).margin), "{kind}");
    }
}

#[test]
fn a_value_is_judged_as_it_is_shown() {
    let glucose = bounds(MetricKind::BloodGlucose);
    let severity = |value| glucose.judge(level(value)).map(|beyond| (beyond.severity, beyond.side));
    assert_eq!(severity(69.5), None);
    assert_eq!(severity(69.4), Some((Severity::Warning, Side::Low)));
    assert_eq!(severity(53.4), Some((Severity::Critical, Side::Low)));
    assert_eq!(severity(250.4), None);
    assert_eq!(severity(400.6), Some((Severity::Critical, Side::High)));
    let pressure = bounds(MetricKind::BloodPressure);
    let severity = |upper, lower| pressure.judge(pair(upper, lower)).map(|b| (b.severity, b.side));
    assert_eq!(severity(150.0, 120.0), Some((Severity::Critical, Side::High)));
    assert_eq!(severity(170.0, 45.0), Some((Severity::Warning, Side::High)));
    assert_eq!(severity(120.0, 45.0), Some((Severity::Warning, Side::Low)));
}

#[test]
fn a_second_reading_confirms_and_one_that_cannot_wait_asks_for_it() {
    let kind = MetricKind::BloodPressure;
    let high = pair(165.0, 95.0);
    assert_eq!(said(&followed(kind, &[(0, high)]).1), [""; 0]);
    assert_eq!(said(&followed(kind, &[(0, high), (120, high)]).1), ["opened warning high"]);
    // So does that of the next day, and not that of the day after.
    assert_eq!(said(&followed(kind, &[(0, high), (86_400, high)]).1), ["opened warning high"]);
    assert_eq!(said(&followed(kind, &[(0, high), (172_800, high)]).1), [""; 0]);
    let very = pair(190.0, 100.0);
    let (watch, changes) = followed(kind, &[(0, very), (120, very), (240, very)]);
    assert_eq!(said(&changes), ["opened warning high", "raised critical", "went"]);
    assert_eq!(open(watch), Some(Severity::Critical));
    // One that is not quite so bad is passed over, and raises nothing itself.
    let (watch, changes) = followed(kind, &[(0, very), (60, high), (120, high)]);
    assert_eq!(said(&changes), ["opened warning high", "went", "went"]);
    assert_eq!(open(watch), Some(Severity::Warning));
    let (_, changes) = followed(kind, &[(0, very), (60, high), (120, very)]);
    assert_eq!(said(&changes), ["opened warning high", "went", "raised critical"]);
    // The second one does not confirm it.
    let (_, changes) =
        followed(kind, &[(0, very), (120, pair(150.0, 90.0)), (240, pair(150.0, 90.0))]);
    assert_eq!(said(&changes), ["opened warning high", "calmed"]);
}

#[test]
fn what_is_beyond_the_other_side_is_another_alert() {
    let kind = MetricKind::BloodGlucose;
    let low = [(0, level(45.0)), (60, level(44.0))];
    // What cannot wait gives way to what is confirmed, and to nothing else.
    let (watch, changes) =
        followed(kind, &[low[0], low[1], (3600, level(600.0)), (3660, level(320.0))]);
    assert_eq!(
        said(&changes),
        ["opened warning low", "raised critical", "lapsed", "opened warning high"]
    );
    assert_eq!(watch.open, Some(OpenAlert { severity: Severity::Warning, side: Side::High }));
    // One wild reading is one that is not low.
    let (watch, changes) = followed(kind, &[low[0], low[1], (3600, level(600.0))]);
    assert_eq!(said(&changes).len(), 2);
    assert_eq!(watch.open, Some(OpenAlert { severity: Severity::Critical, side: Side::Low }));
    let wild = [low[0], low[1], (3600, level(600.0)), (3660, level(100.0))];
    assert_eq!(said(&followed(kind, &wild).1).last().unwrap(), "calmed");
    // However fast it came: it counts once.
    let mut watch = Watch::default();
    let mut follow = |second: i64, value, too_fast| {
        let at = START + SignedDuration::from_secs(second);
        said(&watch.follow(&Rule::of(kind), &bounds(kind), at, level(value), too_fast))
    };
    follow(0, 410.0, None);
    assert_eq!(follow(60, 412.0, None), ["raised critical"]);
    assert_eq!(follow(600, 60.0, Some(Side::Low)), [""; 0]);
    assert_eq!(follow(660, 405.0, None), ["went"]);
    // What can wait gives way at once to what may be worse.
    let (_, changes) = followed(kind, &[low[0], (3600, level(600.0))]);
    assert_eq!(said(&changes), ["opened warning low", "lapsed", "opened warning high"]);
    // And to something that only needs a look once that is confirmed.
    let (_, changes) = followed(
        kind,
        &[(0, level(65.0)), (60, level(65.0)), (3600, level(300.0)), (3660, level(300.0))],
    );
    assert_eq!(said(&changes), ["opened warning low", "lapsed", "opened warning high"]);
}

#[test]
fn what_somebody_types_is_meant() {
    let kind = MetricKind::OxygenSaturation;
    let (rule, typed, bounds) = (Rule::of(kind), Rule::of_typed(kind), bounds(kind));
    let at = |minute| START + SignedDuration::from_mins(minute);
    let mut watch = Watch::default();
    assert_eq!(said(&watch.follow(&rule, &bounds, at(10), level(78.0), None)), [""; 0]);
    let mut watch = Watch::default();
    assert_eq!(
        said(&watch.follow(&typed, &bounds, at(10), level(78.0), None)),
        ["opened warning low"]
    );
    // Typed after a device has sent what is later: it makes worse, and ends nothing.
    let mut watch = Watch::default();
    watch.follow(&rule, &bounds, at(10), level(97.0), None);
    assert_eq!(said(&watch.follow(&rule, &bounds, at(5), level(78.0), None)), [""; 0]);
    let earlier = watch.follow(&typed, &bounds, at(5), level(78.0), None);
    assert_eq!(said(&earlier), ["opened warning low"]);
    assert_eq!(watch.seen, Some(at(10)));
    for minute in [6, 7, 8, 9] {
        assert_eq!(said(&watch.follow(&typed, &bounds, at(minute), level(97.0), None)), [""; 0]);
    }
    // Nor does what was too high before it was too low.
    let kind = MetricKind::BloodGlucose;
    let (rule, typed, bounds) = (Rule::of(kind), Rule::of_typed(kind), self::bounds(kind));
    let mut watch = Watch::default();
    for (minute, value) in [(10, 45.0), (11, 44.0), (12, 100.0)] {
        watch.follow(&rule, &bounds, at(minute), level(value), None);
    }
    for minute in [5, 6] {
        assert_eq!(said(&watch.follow(&typed, &bounds, at(minute), level(420.0), None)), [""; 0]);
    }
    assert_eq!(watch.open, Some(OpenAlert { severity: Severity::Critical, side: Side::Low }));
}

#[test]
fn a_series_can_be_looked_at_anew() {
    let kind = MetricKind::BloodPressure;
    let after = |values: &[f64]| {
        let readings: Vec<_> = (0..)
            .zip(values)
            .map(|(minute, value)| {
                let at = START + SignedDuration::from_mins(minute);
                (Rule::of(kind), at, pair(*value, 90.0))
            })
            .collect();
        let (watch, ground) = Watch::after(&bounds(kind), &readings);
        (open(watch), ground.map(|ground| (ground.last, ground.readings)))
    };
    assert_eq!(after(&[190.0, 165.0, 192.0]), (Some(Severity::Critical), Some((2, 3))));
    assert_eq!(after(&[190.0, 165.0]), (Some(Severity::Warning), Some((1, 2))));
    assert_eq!(after(&[165.0, 192.0]), (Some(Severity::Warning), Some((1, 2))));
    assert_eq!(after(&[165.0]), (None, None));
    assert_eq!(after(&[190.0, 192.0, 120.0, 120.0]), (None, None));
    assert_eq!(after(&[]), (None, None));
}

#[test]
fn what_comes_many_times_a_minute_has_to_last() {
    let kind = MetricKind::HeartRate;
    let fast = |seconds: i64| (0..=seconds / 5).map(|n| (n * 5, level(140.0))).collect::<Vec<_>>();
    assert_eq!(said(&followed(kind, &fast(595)).1), [""; 0]);
    let (_, changes) = followed(kind, &fast(600));
    assert_eq!(said(&changes), ["opened warning high"]);
    // One calm reading between, and it begins anew.
    let mut stairs = fast(590);
    stairs.push((593, level(90.0)));
    stairs.extend((120..=180).map(|n| (n * 5, level(140.0))));
    assert_eq!(said(&followed(kind, &stairs).1), [""; 0]);
}

#[test]
fn an_alert_ends_by_calm_readings_alone() {
    let kind = MetricKind::BloodPressure;
    let high = pair(165.0, 95.0);
    // Between the limit and what is calm nothing changes.
    let near = pair(158.0, 95.0);
    let (watch, changes) =
        followed(kind, &[(0, high), (60, high), (120, near), (180, near), (240, near)]);
    assert_eq!(said(&changes), ["opened warning high"]);
    assert_eq!(open(watch), Some(Severity::Warning));
    // A year of silence ends nothing; what comes after a day is something else.
    let (watch, changes) = followed(kind, &[(0, high), (60, high), (31_536_000, near)]);
    assert_eq!((said(&changes).len(), open(watch)), (1, Some(Severity::Warning)));
    let later = [(0, high), (60, high), (200_000, high), (200_060, high)];
    assert_eq!(
        said(&followed(kind, &later).1),
        ["opened warning high", "lapsed", "opened warning high"]
    );
}

#[test]
fn what_is_usual_is_that_of_the_person() {
    let kind = MetricKind::HeartRate;
    let first = date(2026, 3, 1);
    let day = |number: i64, value: f64| Bucket {
        at: first + number.days(),
        figures: Figures::of(Reading::stored(kind, value, None).unwrap()),
    };
    let days: Vec<_> = (0..9).map(|n| day(n, 60.0)).collect();
    assert_eq!(Baseline::of(kind, &days), None);
    // One wild day moves nothing.
    let mut days: Vec<_> = (0..10).map(|n| day(n, 60.0 + n as f64 % 3.0)).collect();
    days.push(day(10, 200.0));
    let baseline = Baseline::of(kind, &days).unwrap();
    assert_eq!(baseline.median, 61.0);
    assert_eq!(baseline.spread, 4.0);
    assert_eq!(baseline.words(kind.canonical()), "57 to 65 beats a minute");
    let bounds = Bounds::new(kind, Thresholds::of(kind), Some(baseline));
    let unusual = bounds.judge(level(90.0)).unwrap();
    assert_eq!(
        (unusual.concern, unusual.severity, unusual.side),
        (Concern::Unusual, Severity::Warning, Side::High)
    );
    // What is not safe is not made so by being usual.
    assert_eq!(bounds.judge(level(190.0)).unwrap().concern, Concern::Threshold);
    assert!(Baseline::of(MetricKind::Steps, &days).is_none());
    // Nobody worries about more oxygen than usual.
    let saturation = Baseline { median: 95.0, spread: 1.0, lower: None };
    assert_eq!(saturation.limits(MetricKind::OxygenSaturation).upper.high, None);
    let best = Bounds::new(
        MetricKind::PeakFlow,
        None,
        Some(Baseline { median: 500.0, spread: 20.0, lower: None }),
    );
    assert_eq!(best.judge(level(390.0)).map(|beyond| beyond.severity), Some(Severity::Warning));
    assert_eq!(best.judge(level(240.0)).map(|beyond| beyond.severity), Some(Severity::Critical));
}

#[test]
fn a_change_can_be_too_fast() {
    let weight = Pace::of(MetricKind::Weight).unwrap();
    assert!(weight.is_too_fast(82.1, (80.0, 82.0)));
    assert!(!weight.is_too_fast(82.0, (80.0, 90.0)));
    let glucose = Pace::of(MetricKind::BloodGlucose).unwrap();
    assert!(glucose.is_too_fast(100.0, (90.0, 145.0)));
    assert!(!glucose.is_too_fast(200.0, (90.0, 145.0)));
}

#[test]
fn what_changes_too_fast_is_one_alert_until_it_does_so_no_more() {
    let kind = MetricKind::Weight;
    let mut watch = Watch::default();
    let mut follow = |day: i64, too_fast| {
        let at = START + SignedDuration::from_hours(24 * day);
        said(&watch.follow(&Rule::of(kind), &bounds(kind), at, level(80.0), too_fast))
    };
    assert_eq!(follow(0, None), [""; 0]);
    assert_eq!(follow(1, Some(Side::High)), ["opened warning high"]);
    assert_eq!(follow(2, Some(Side::High)), ["went"]);
    // Sent once more, or late, it says nothing.
    assert_eq!(follow(2, Some(Side::High)), [""; 0]);
    assert_eq!(follow(3, None), ["calmed"]);
    assert_eq!(follow(4, Some(Side::High)), ["opened warning high"]);
    assert_eq!(follow(40, Some(Side::High)), ["lapsed", "opened warning high"]);
    // A limit that nothing has confirmed yet does not hide it.
    let kind = MetricKind::BloodGlucose;
    let fell = Watch::default().follow(
        &Rule::of(kind),
        &bounds(kind),
        START,
        level(65.0),
        Some(Side::Low),
    );
    assert_eq!(said(&fell), ["opened warning low"]);
}

#[test]
fn every_alert_has_its_words() {
    for kind in MetricKind::ALL.iter().copied() {
        for concern in Concern::ALL.iter().copied() {
            for (severity, side) in [
                (Severity::Warning, Side::Low),
                (Severity::Warning, Side::High),
                (Severity::Critical, Side::Low),
                (Severity::Critical, Side::High),
            ] {
                for reading in Severity::ALL.iter().copied() {
                    let title = headline(kind, concern, severity, side, reading);
                    assert!(title.starts_with("Your "));
                    let advice = advice(kind, concern, severity, side, reading);
                    assert!(advice.len() >= 2);
                    // One that is not confirmed yet may be as bad.
                    assert_eq!(
                        advice.iter().any(|text| text.contains("112")),
                        severity.max(reading) == Severity::Critical
                    );
                    assert_eq!(advice[0].starts_with("Measure again now"), reading > severity);
                }
            }
        }
    }
}

fn kind() -> impl Strategy<Value = MetricKind> {
    select(
        MetricKind::ALL
            .iter()
            .copied()
            .filter(|kind| Thresholds::of(*kind).is_some())
            .collect::<Vec<_>>(),
    )
}

proptest! {
    /// Whatever comes: alerts open and end in turn, each is of one side, nothing is raised that is not open, and the same
    /// readings once more change nothing.
    #[test]
    fn a_series_has_one_alert_at_a_time(kind in kind(), values in vec((1_i64..100_000, 0.0_f64..1.0), 0..80)) {
        let possible = kind.possible();
        let mut at = 0;
        let levels: Vec<_> = values.iter().map(|(step, share)| {
            at += step;
            let value = possible.start() + share * (possible.end() - possible.start());
            (at, Level { value, lower: kind.is_pair().then_some(value * 0.6) })
        }).collect();
        let (mut watch, changes) = followed(kind, &levels);
        let mut open = None;
        for change in &changes {
            match change {
                Change::Opened(beyond) => { prop_assert_eq!(open, None); open = Some(beyond.side); }
                Change::Raised(beyond) | Change::Went(beyond) => prop_assert_eq!(open, Some(beyond.side)),
                Change::Calmed | Change::Lapsed => { prop_assert!(open.is_some()); open = None; }
            }
        }
        prop_assert_eq!(open, watch.open.map(|open| open.side));
        let before = watch;
        for (after, level) in levels {
            let at = START + SignedDuration::from_secs(after);
            prop_assert!(watch.follow(&Rule::of(kind), &bounds(kind), at, level, None).is_empty());
        }
        prop_assert_eq!(watch, before);
    }
}
