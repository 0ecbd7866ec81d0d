use super::{super::*, bands, numbers_of_most};
use proptest::{collection::vec, option, prelude::*, sample::select};

fn limited() -> impl Strategy<Value = MetricKind> {
    select(MetricKind::ALL.iter().copied().filter(|kind| kind.has_limits()).collect::<Vec<_>>())
}

fn typed(pairs: &[(&str, &str)]) -> TypedLimits {
    let of = |field: &&str| pairs.iter().find(|pair| pair.0 == *field).map_or("", |pair| pair.1);
    TypedLimits { unit: String::new(), numbers: LIMIT_FIELDS.each_ref().map(|f| of(f).to_owned()) }
}

fn problems(kind: MetricKind, pairs: &[(&str, &str)]) -> Vec<String> {
    let problems = typed(pairs).check(kind).unwrap_err();
    problems.iter().map(|problem| format!("{}: {}", problem.field, problem.message)).collect()
}

#[test]
fn what_no_doctor_has_set_is_as_in_most_adults() {
    for kind in MetricKind::ALL {
        let usual = PersonalLimits::usual(*kind);
        assert!(usual.is_usual());
        assert_eq!(
            (usual.target(), usual.thresholds()),
            (Target::of(*kind), Thresholds::of(*kind))
        );
        assert_eq!(usual.merged(), numbers_of_most(*kind));
    }
    let lower = typed(&[("target_high", "129"), ("target_lower_high", "79")]);
    let limits = lower.check(MetricKind::BloodPressure).unwrap();
    let target = limits.target().unwrap();
    assert_eq!(target.words(MetricKind::BloodPressure.canonical()), "90 to 129 over 60 to 79 mmHg");
    assert!(target.is_personal && !limits.is_usual());
    assert_eq!(limits.thresholds(), Thresholds::of(MetricKind::BloodPressure));

    // What is usual in nobody can be set, too.
    let weight = typed(&[("target_low", "60"), ("target_high", "70"), ("critical_high", "80")]);
    let weight = weight.check(MetricKind::Weight).unwrap();
    assert!(weight.target().unwrap().has(Level { value: 65.0, lower: None }));
    let thresholds = weight.thresholds().unwrap();
    let judged = |value| thresholds.judge(MetricKind::Weight, Level { value, lower: None });
    assert_eq!(judged(80.0), None);
    assert_eq!(judged(80.2), Some((Severity::Critical, Side::High)));
    assert_eq!(judged(30.0), None);
}

#[test]
fn each_wrong_number_has_its_own_words() {
    use MetricKind::{BloodGlucose, BloodPressure, HeartRate, Steps};
    for (kind, pairs, said) in [
        (
            HeartRate,
            vec![("target_low", "x")],
            "target_low: Enter a number, such as 72 or 36.6, not text.",
        ),
        (
            HeartRate,
            vec![("target_low", "1e2")],
            "target_low: Enter a number, such as 72 or 36.6, not text.",
        ),
        (
            HeartRate,
            vec![("target_high", "900")],
            "target_high: Enter a number between 20 and 350 beats a minute.",
        ),
        (
            HeartRate,
            vec![("target_low", "90"), ("target_high", "80")],
            "target_high: Enter more than 90: the target range begins there.",
        ),
        (
            HeartRate,
            vec![("target_low", "100")],
            "target_low: Enter less than 100: the target range ends there in most adults.",
        ),
        (
            HeartRate,
            vec![("target_high", "140")],
            "target_high: Enter at most 130: above that it is worth a look in most adults.",
        ),
        (
            HeartRate,
            vec![("target_high", "140"), ("warning_high", "135")],
            "warning_high: Enter at least 140: the target range ends there.",
        ),
        (
            HeartRate,
            vec![("warning_low", "30")],
            "warning_low: Enter at least 36: below that it is urgent in most adults.",
        ),
        (
            HeartRate,
            vec![("critical_high", "120")],
            "critical_high: Enter at least 130: above that it is worth a look in most adults.",
        ),
        (
            HeartRate,
            vec![("target_lower_low", "60")],
            "target_lower_low: Leave this empty: there is no such limit of this kind.",
        ),
        (
            Steps,
            vec![("warning_low", "100")],
            "warning_low: Leave this empty: there is no such limit of this kind.",
        ),
        (
            Steps,
            vec![("target_low", "8,000")],
            "target_low: Enter the number without a comma or point in it, such as 10000.",
        ),
        (
            BloodPressure,
            vec![("target_lower_high", "95"), ("target_high", "95")],
            "target_lower_high: Enter less than 95: the target range ends there.",
        ),
        (
            BloodPressure,
            vec![("target_lower_low", "5")],
            "target_lower_low: Enter a number between 10 and 250 mmHg.",
        ),
        (
            MetricKind::Height,
            vec![("target_low", "170")],
            "target_low: Leave this empty: there is no such limit of this kind.",
        ),
    ] {
        assert_eq!(problems(kind, &pairs), [said], "{pairs:?}");
    }
    let typed = TypedLimits { unit: "kg".into(), ..TypedLimits::default() };
    assert_eq!(typed.check(BloodGlucose).unwrap_err()[0].field, "unit");
}

#[test]
fn numbers_are_in_the_unit_that_is_read() {
    let typed = TypedLimits {
        unit: "mmol/L".into(),
        ..typed(&[("target_low", "4,4"), ("target_high", "7.8")])
    };
    let limits = typed.check(MetricKind::BloodGlucose).unwrap();
    let scale = MetricKind::BloodGlucose.scale(Unit::MillimolePerLitre).unwrap();
    assert_eq!(limits.target().unwrap().words(scale), "4.4 to 7.8 mmol/L");
    assert_eq!(TypedLimits::of(&limits, scale).numbers[..2], ["4.4", "7.8"]);
    let problem = TypedLimits { unit: "mmol/L".into(), ..typed.clone() };
    let numbers = problem.numbers.map(|raw| if raw == "7.8" { "1".to_owned() } else { raw });
    let problems = TypedLimits { numbers, ..typed }.check(MetricKind::BloodGlucose).unwrap_err();
    assert_eq!(problems[0].message, "Enter more than 4.4: the target range begins there.");
}

proptest! {
    #[test]
    fn what_is_accepted_makes_sense_and_comes_back_as_it_was_typed(
        kind in limited(),
        unit in any::<prop::sample::Index>(),
        shares in vec(option::weighted(0.4, 0.0..=1.0_f64), 12),
        nested in any::<bool>(),
    ) {
        let scales: Vec<_> = kind.scales().collect();
        let scale = scales[unit.index(scales.len())];
        let mut numbers = [const { String::new() }; 12];
        for (place, share) in shares.iter().enumerate() {
            let field = LIMIT_FIELDS[place];
            let Some(share) = share.filter(|_| kind.has_limit(field)) else { continue };
            let possible = if field.contains("_lower_") { DIASTOLIC_POSSIBLE } else { kind.possible() };
            let (low, high) = scale.limits(&possible).into_inner();
            // Mostly such that outer ones are outside.
            let inner = [0.4, 0.2, 0.0][place / 4];
            let share = match (nested, place % 2) {
                (false, _) => share,
                (true, 0) => inner + share * 0.1,
                _ => 1.0 - inner - share * 0.1,
            };
            numbers[place] = format!("{:.*}", scale.decimals, low + (high - low) * share);
        }
        let typed = TypedLimits { unit: scale.unit.to_string(), numbers };
        let limits = match typed.check(kind) {
            Ok(limits) => limits,
            Err(problems) => {
                for problem in &problems {
                    let place = LIMIT_FIELDS.iter().position(|field| *field == problem.field);
                    prop_assert!(place.is_some_and(|place| !typed.numbers[place].is_empty()), "{problem:?}");
                }
                return Ok(());
            }
        };
        let again = TypedLimits::of(&limits, scale);
        prop_assert_eq!(&again.numbers, &typed.numbers);
        prop_assert_eq!(again.check(kind).unwrap().numbers(), limits.numbers());
        for number in limits.numbers().into_iter().flatten() {
            prop_assert!(number.is_finite() && number == kind.rounded(number));
        }
        if let Some(target) = limits.target() {
            let ((low, below), (lower_low, lower_below)) = target.edges();
            prop_assert!(low < below && lower_low < lower_below);
            prop_assert_eq!(target.is_personal, limits.numbers()[..4].iter().any(Option::is_some));
        }
        // Whatever is urgent is worth a look, too, where the doctor has set both.
        for level in [0.0, 0.1, 0.3, 0.5, 0.7, 0.9, 1.0] {
            let Some(thresholds) = limits.thresholds() else { continue };
            let (low, high) = kind.possible().into_inner();
            let value = low + (high - low) * level;
            let level = Level { value, lower: kind.is_pair().then_some(value / 2.0) };
            let [_, warning, critical] = bands(limits.merged());
            let is_set = |band: (Band, Band)| [band.0, band.1].iter().any(|band| band.low.is_some() || band.high.is_some());
            if is_set(warning) && is_set(critical) && warning.0.low.is_some() && warning.0.high.is_some() {
                let urgent = thresholds.critical.side(kind, Level { lower: None, ..level }, 0.0);
                let told = thresholds.warning.side(kind, Level { lower: None, ..level }, 0.0);
                prop_assert!(urgent.is_none() || told.is_some());
            }
        }
    }

    #[test]
    fn no_text_is_too_strange(kind in select(MetricKind::ALL), numbers in vec(".{0,12}", 12), unit in ".{0,6}") {
        let mut typed = TypedLimits { unit, ..TypedLimits::default() };
        for (number, raw) in typed.numbers.iter_mut().zip(numbers) {
            *number = raw;
        }
        if let Err(problems) = typed.check(kind) {
            prop_assert!(!problems.is_empty());
        }
    }
}
