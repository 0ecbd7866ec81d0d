use super::{scale::rounded, timing::time, *};
use jiff::{SignedDuration, Timestamp};
use proptest::{prelude::*, sample::select};
use serde_json::json;

const NOW: i64 = 1_772_440_200;

fn second(second: i64) -> Timestamp {
    Timestamp::from_second(second).unwrap()
}

fn read(item: serde_json::Value) -> Checked {
    checked(&serde_json::from_value(item).unwrap(), second(NOW))
}

fn refused(item: serde_json::Value) -> (ReadingRefusal, String) {
    let refusal = read(item).unwrap_err();
    (refusal, refusal.problem().message.into_owned())
}

fn glucose(value: f64, unit: &str) -> serde_json::Value {
    json!({"type": "glucose", "value": value, "unit": unit, "timestamp": "2026-03-02T08:30:00Z"})
}

fn lower(kind: MetricKind) -> Option<f64> {
    kind.is_pair().then_some(*DIASTOLIC_POSSIBLE.start())
}

/// A kind, one of its scales, and a value of it as a device shows it.
fn sent() -> impl Strategy<Value = (MetricKind, Scale, f64)> {
    let scales: Vec<_> = MetricKind::ALL
        .iter()
        .flat_map(|kind| kind.scales().map(|scale| (*kind, *scale)))
        .collect();
    (select(scales), 0.0..=1.0).prop_map(|((kind, scale), share)| {
        let (low, high) = scale.limits(&kind.possible()).into_inner();
        (kind, scale, rounded(low + share * (high - low), scale.decimals).clamp(low, high))
    })
}

#[test]
fn the_table_agrees_with_what_is_known_elsewhere() {
    for (kind, value, unit, stored) in [
        (MetricKind::BloodGlucose, 5.5, "mmol/L", 99.1),
        (MetricKind::BloodGlucose, 11.0, "mmol/l", 198.2),
        (MetricKind::BodyTemperature, 98.6, "°F", 37.0),
        (MetricKind::BodyTemperature, 100.4, "[degF]", 38.0),
        (MetricKind::Weight, 150.0, "lb", 68.039),
        (MetricKind::Weight, 3_450.0, "g", 3.45),
        (MetricKind::Height, 70.0, "in", 177.8),
        (MetricKind::Height, 6.0, "ft", 182.88),
        (MetricKind::Height, 1.72, "m", 172.0),
        (MetricKind::SleepDuration, 7.25, "h", 435.0),
        (MetricKind::PeakFlow, 7.5, "L/s", 450.0),
        (MetricKind::HeartRate, 72.0, "bpm", 72.0),
    ] {
        let unit = Unit::read(unit).unwrap();
        assert_eq!(Reading::new(kind, value, None, unit).unwrap().value(), stored, "{unit}");
    }
    let pressure = Reading::new(MetricKind::BloodPressure, 16.0, Some(10.7), Unit::Kilopascal);
    let pressure = pressure.unwrap();
    assert_eq!((pressure.value(), pressure.diastolic()), (120.0, Some(80.3)));
    assert_eq!(pressure.shown_in(Unit::MillimetreOfMercury).unwrap(), "120/80 mmHg");
    assert_eq!(pressure.shown_in(Unit::Kilopascal).unwrap(), "16.0/10.7 kPa");
}

#[test]
fn every_kind_has_its_own_row() {
    for kind in MetricKind::ALL {
        assert_eq!(MetricKind::read(kind.as_str()), Some(*kind));
        let same = MetricKind::ALL.iter().filter(|other| other.loinc() == kind.loinc());
        assert_eq!(same.count(), 1);
        assert!(kind.scale(kind.unit()).is_some_and(|scale| scale.to_canonical(7.5) == 7.5));
        assert!(kind.cadence() > SignedDuration::ZERO);
    }
    for (alias, kind) in [
        ("SpO2", MetricKind::OxygenSaturation),
        ("temperature", MetricKind::BodyTemperature),
        ("glucose", MetricKind::BloodGlucose),
        ("sleep", MetricKind::SleepDuration),
        ("hrv", MetricKind::HeartRateVariability),
    ] {
        assert_eq!(MetricKind::read(alias), Some(kind));
    }
    assert_eq!(MetricKind::read("mood"), None);
}

#[test]
fn what_is_refused_says_what_would_be_right() {
    let at = "2026-03-02T08:30:00Z";
    let (_, said) = refused(json!({"type": "heart_rate", "value": 400, "unit": "bpm"}));
    assert_eq!(said, "Send a heart rate between 20 and 350 beats a minute.");
    let (_, said) = refused(glucose(100.0, "mmol/L"));
    assert_eq!(said, "Send a blood glucose between 0.6 and 55.4 mmol/L.");
    let (_, said) = refused(glucose(5.5, "mg/dL"));
    assert_eq!(said, "Send a blood glucose between 10 and 1000 mg/dL.");
    let (_, said) = refused(glucose(5.5, "mg"));
    assert_eq!(said, "Send a blood glucose in a unit that it has: mg/dL or mmol/L.");

    use ReadingRefusal::*;
    let pair = MetricKind::BloodPressure;
    for (item, refusal, field) in [
        (json!({}), UnknownKind, "type"),
        (json!({"type": ["heart_rate"]}), UnknownKind, "type"),
        (json!({"type": "hrv"}), Missing(MetricKind::HeartRateVariability, Number::Value), "value"),
        (json!({"type": "hrv", "value": "50"}), NotANumber(Number::Value), "value"),
        (json!({"type": "hrv", "value": true}), NotANumber(Number::Value), "value"),
        (json!({"type": "hrv", "value": 50}), NoTime, "timestamp"),
        (json!({"type": "hrv", "value": 50, "timestamp": 1}), UnreadableTime, "timestamp"),
        (json!({"type": "hrv", "value": 50, "timestamp": at, "id": ""}), UnreadableId, "id"),
        (json!({"type": "hrv", "value": 50, "timestamp": at, "id": 7}), UnreadableId, "id"),
        (json!({"type": "weight", "value": 70}), NoUnit(MetricKind::Weight), "unit"),
        (json!({"type": "weight", "value": 70, "unit": 1}), OtherUnit(MetricKind::Weight), "unit"),
        (
            json!({"type": "steps", "value": 7, "diastolic": 7}),
            OneNumber(MetricKind::Steps, Number::Diastolic),
            "diastolic",
        ),
        (
            json!({"type": "steps", "systolic": 7}),
            OneNumber(MetricKind::Steps, Number::Systolic),
            "systolic",
        ),
        (json!({"type": "blood_pressure"}), Missing(pair, Number::Systolic), "systolic"),
        (
            json!({"type": "blood_pressure", "value": 120}),
            Missing(pair, Number::Diastolic),
            "diastolic",
        ),
        (json!({"type": "blood_pressure", "value": 80, "diastolic": 80}), UpsideDown, "systolic"),
        (
            json!({"type": "blood_pressure", "value": 120, "systolic": 121, "diastolic": 80}),
            TwoValues,
            "systolic",
        ),
        (
            json!({"type": "blood_pressure", "value": 16, "diastolic": 10.7}),
            Impossible(pair, Number::Systolic, Unit::MillimetreOfMercury),
            "systolic",
        ),
    ] {
        assert_eq!(refused(item.clone()).0, refusal, "{item}");
        assert_eq!(refusal.problem().field, field);
        assert!(refusal.problem_of_form().message.starts_with("Enter "));
    }
}

#[test]
fn a_reading_of_the_checklist_is_taken() {
    let item = json!({"metric_type": "blood_pressure", "systolic": 128, "diastolic": 82, "timestamp": "2026-03-02T09:30:00.1234567+01:00", "id": "r-1", "battery": {"more": [1]}});
    let checked = read(item).unwrap();
    assert_eq!(checked.reading.shown_in(checked.unit).unwrap(), "128/82 mmHg");
    assert_eq!(checked.recorded_at.to_string(), "2026-03-02T08:30:00.123456Z");
    assert_eq!((checked.timing, checked.id), (Timing::Timely, SourceId::new("r-1")));
    assert!(!format!("{:?}", checked.reading).contains("128"));
}

#[test]
fn times_are_judged_by_how_far_they_are_from_ours() {
    let of = |seconds| Timing::of(second(NOW - seconds), second(NOW));
    let two_years = 2 * 365 * 86_400;
    for (seconds, timing) in [
        (-301, Timing::Quarantined(Quarantine::Future)),
        (-300, Timing::Timely),
        (3_600, Timing::Timely),
        (3_601, Timing::Late),
        (two_years, Timing::Late),
        (two_years + 1, Timing::Quarantined(Quarantine::Ancient)),
        (NOW, Timing::Quarantined(Quarantine::Ancient)),
    ] {
        assert_eq!(of(seconds), timing, "{seconds}");
    }
    for wrong in [
        "",
        "yesterday",
        "2026-03-02T08:30:00",
        "2026-02-30T08:30:00Z",
        "1899-12-31T23:59:59Z",
        "2200-01-01T00:00:00Z",
        "-009999-01-01T00:00:00Z",
        &"2".repeat(1_000_000),
    ] {
        assert_eq!(time(wrong), Err(ReadingRefusal::UnreadableTime));
    }
    assert!(time("1900-01-01T00:00:00Z").is_ok() && time("2199-12-31T23:59:59.999999Z").is_ok());
}

#[test]
fn a_batch_loses_only_what_is_wrong() {
    let item = |id: &str| {
        let item =
            json!({"type": "steps", "value": 7, "timestamp": "2026-03-02T08:30:00Z", "id": id});
        Ok(serde_json::from_value::<RawReading>(item).unwrap())
    };
    let batch =
        [item("a"), item("b"), item("a"), Err(ReadingRefusal::Unreadable), item("a"), item("c d")];
    let said: Vec<_> = checked_batch(&batch, second(NOW)).unwrap();
    let errors: Vec<_> = said.iter().map(|item| item.as_ref().err().copied()).collect();
    use ReadingRefusal::*;
    assert_eq!(
        errors,
        [None, None, Some(RepeatedId), Some(Unreadable), Some(RepeatedId), Some(UnreadableId)]
    );
    for (count, taken) in [(0, true), (1, true), (500, true), (501, false)] {
        let batch: Vec<_> = (0..count).map(|id| item(&id.to_string())).collect();
        assert_eq!(checked_batch(&batch, second(NOW)).is_ok(), taken, "{count}");
    }
}

#[test]
fn a_tally_counts_each_once() {
    let tally: Tally = Outcome::ALL.iter().copied().chain([Outcome::Accepted]).collect();
    assert_eq!(tally, Tally { accepted: 2, duplicates: 1, quarantined: 1, refused: 1 });
    assert_eq!(tally.total(), 5);
}

#[test]
fn the_same_measurement_sent_twice_is_near() {
    let at = |millis| Timestamp::from_millisecond(NOW * 1_000 + millis).unwrap();
    let of = |value, unit| Reading::new(MetricKind::BloodGlucose, value, None, unit).unwrap();
    let one = of(5.5, Unit::MillimolePerLitre);
    for (millis, other, near) in [
        (300, one, true),
        (0, of(99.0, Unit::MilligramPerDecilitre), true),
        (30_000, one, true),
        (30_001, one, false),
        (300, of(5.6, Unit::MillimolePerLitre), false),
    ] {
        assert_eq!(is_near_duplicate((at(0), one), (at(millis), other)), near, "{millis}");
    }
    let beat = Reading::new(MetricKind::HeartRate, 72.0, None, Unit::PerMinute).unwrap();
    assert!(!is_near_duplicate((at(0), beat), (at(1_000), beat)));
    assert!(!is_near_duplicate((at(0), beat), (at(0), one)));
}

#[test]
fn ten_thousand_is_never_taken_for_ten() {
    let now = second(NOW);
    let typed = |kind: &str, value: &str| {
        let form = ManualReading {
            kind: kind.into(),
            value: value.into(),
            unit: if kind == "steps" { String::new() } else { "kg".into() },
            recorded_at: Some(now),
            ..ManualReading::default()
        };
        form.check(now).map(|right| right.reading.value()).map_err(|wrong| wrong[0].message.clone())
    };
    assert_eq!(typed("steps", "10000"), Ok(10_000.0));
    assert_eq!(typed("weight", "68,5"), Ok(68.5));
    for grouped in ["10,000", "10.000", "1,000"] {
        assert!(typed("steps", grouped).unwrap_err().contains("such as 10000"), "{grouped}");
    }
    assert!(typed("weight", "-5").unwrap_err().contains("between"));
}

#[test]
fn what_is_typed_is_told_field_by_field() {
    let form = |value: &str, unit: &str, at| ManualReading {
        kind: "weight".into(),
        value: value.into(),
        unit: unit.into(),
        recorded_at: at,
        ..ManualReading::default()
    };
    let now = second(NOW);
    let right = form(" 68,5 ", "kg", Some(now)).check(now).unwrap();
    assert_eq!((right.reading.value(), right.unit, right.notes), (68.5, Unit::Kilogram, None));
    for (form, fields) in [
        (form("1e2", "kg", None), vec!["value", "recorded_at"]),
        (form("-5", "kg", Some(now + SignedDuration::from_hours(1))), vec!["value", "recorded_at"]),
        (form("", "kg", Some(second(0))), vec!["value", "recorded_at"]),
        (form("70", "", Some(now)), vec!["unit"]),
        (ManualReading { notes: "n".repeat(501), ..form("70", "kg", Some(now)) }, vec!["notes"]),
    ] {
        let problems = form.check(now).unwrap_err();
        let named: Vec<_> = problems.iter().map(|problem| problem.field.as_ref()).collect();
        assert_eq!(named, fields);
    }
}

proptest! {
    #[test]
    fn what_was_sent_comes_back_in_its_unit((kind, scale, value) in sent()) {
        let reading = Reading::new(kind, value, lower(kind), scale.unit).map(Reading::value);
        // Of a pair in other units the lower number is not the one meant: only the upper is looked at.
        let stored = match reading {
            Err(ReadingRefusal::Impossible(_, Number::Diastolic, _)) | Err(ReadingRefusal::UpsideDown) => return Ok(()),
            other => other.unwrap(),
        };
        let shown = scale.shown(stored);
        prop_assert_eq!(shown.parse::<f64>().unwrap(), value, "{} {}", kind, scale.unit);
    }

    #[test]
    fn more_is_more_in_every_unit((kind, scale, one) in sent(), more in 0.0..1_000.0) {
        prop_assert!(scale.to_canonical(one) <= scale.to_canonical(one + more));
        let back = scale.of_canonical(scale.to_canonical(one));
        prop_assert!((back - one).abs() <= 1e-9 * one.abs().max(1.0), "{kind}");
    }

    #[test]
    fn units_of_another_dimension_are_refused(kind in select(MetricKind::ALL), unit in select(Unit::ALL), value: f64) {
        let is_known = kind.scales().any(|scale| scale.unit == unit);
        let refusal = Reading::new(kind, value, lower(kind), unit).err();
        prop_assert_eq!(refusal == Some(ReadingRefusal::OtherUnit(kind)), !is_known);
    }

    #[test]
    fn no_reading_is_impossible(kind in select(MetricKind::ALL), unit in select(Unit::ALL), value: f64, diastolic in proptest::option::of(any::<f64>())) {
        let extremes = [value, 1e308, -1e308, f64::NAN, f64::INFINITY, f64::NEG_INFINITY, -1.0];
        for value in extremes {
            if let Ok(reading) = Reading::new(kind, value, diastolic, unit) {
                prop_assert!(kind.possible().contains(&reading.value()));
                prop_assert!(reading.diastolic().is_none_or(|lower| lower < reading.value()));
                prop_assert_eq!(reading.diastolic().is_some(), kind.is_pair());
                let again = Reading::stored(kind, reading.value(), reading.diastolic());
                prop_assert_eq!(again, Some(reading));
            }
        }
    }

    #[test]
    fn the_limits_that_are_said_are_taken((kind, scale, _) in sent()) {
        let (low, high) = scale.limits(&kind.possible()).into_inner();
        for value in [low, high] {
            let refusal = Reading::new(kind, value, lower(kind), scale.unit).err();
            let is_upper = matches!(refusal, Some(ReadingRefusal::Impossible(_, Number::Value | Number::Systolic, _)));
            prop_assert!(!is_upper, "{kind} {value} {}", scale.unit);
        }
    }

    #[test]
    fn near_is_the_same_from_both_sides((kind, scale, value) in sent(), millis in 0..60_000_i64, more in -1.0..1.0) {
        let (one, other) = (Reading::new(kind, value, lower(kind), scale.unit), Reading::new(kind, value + more, lower(kind), scale.unit));
        if let (Ok(one), Ok(other)) = (one, other) {
            let (first, then) = (second(NOW), second(NOW) + SignedDuration::from_millis(millis));
            prop_assert_eq!(is_near_duplicate((first, one), (then, other)), is_near_duplicate((then, other), (first, one)));
            prop_assert!(is_near_duplicate((first, one), (first, one)));
        }
    }

    #[test]
    fn whatever_is_sent_is_taken_or_refused(word in ".{0,20}", kind in select(MetricKind::ALL), value: f64, unit: String, at: String, id: String) {
        for kind in [word.as_str(), kind.as_str()] {
            let item = json!({"type": kind, "value": value, "unit": unit, "timestamp": at, "id": id});
            if let Err(refusal) = read(item) {
                prop_assert!(refusal.code().starts_with("readings.") && refusal.problem().message.len() < 300);
            }
        }
    }

    #[test]
    fn a_time_is_read_as_it_was_written(micros in -2_208_988_800_000_000..7_258_118_400_000_000_i64) {
        let at = Timestamp::from_microsecond(micros).unwrap();
        prop_assert_eq!(time(&at.to_string()), Ok(at));
    }
}
