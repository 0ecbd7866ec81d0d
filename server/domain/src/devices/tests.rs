use super::*;
use crate::readings::{MetricKind, Tally};
use jiff::{SignedDuration, Timestamp};
use proptest::{option, prelude::*, sample::select};

const NOW: i64 = 1_772_440_200;

fn second(second: i64) -> Timestamp {
    Timestamp::from_second(second).unwrap()
}

fn ago(hours: i64) -> Option<Timestamp> {
    Some(second(NOW - hours * 3_600))
}

fn signs() -> Signs {
    Signs {
        status: DeviceStatus::Active,
        cadence: SignedDuration::from_hours(24),
        last_seen: ago(1),
        last_reading: ago(1),
        last_error: None,
        battery: Some(Battery { level: BatteryLevel::new(80).unwrap(), at: second(NOW) }),
        week: Tally { accepted: 100, ..Tally::default() },
    }
}

fn low(hours_ago: i64) -> Option<Battery> {
    ago(hours_ago).map(|at| Battery { level: BatteryLevel::new(20).unwrap(), at })
}

#[test]
fn each_thing_that_is_wrong_is_said_apart() {
    use Issue::*;
    let table: [(Signs, &[Issue]); 12] = [
        (signs(), &[]),
        (Signs { last_seen: None, ..signs() }, &[NeverSeen]),
        (Signs { last_seen: ago(48), ..signs() }, &[]),
        (Signs { last_seen: ago(49), ..signs() }, &[Stale]),
        (Signs { last_seen: ago(96), ..signs() }, &[Stale]),
        (Signs { last_seen: ago(97), ..signs() }, &[Offline]),
        (Signs { battery: low(1), ..signs() }, &[LowBattery]),
        (Signs { battery: None, ..signs() }, &[]),
        (Signs { last_error: ago(0), ..signs() }, &[Error]),
        (Signs { last_error: ago(2), ..signs() }, &[]),
        (Signs { last_error: ago(1), ..signs() }, &[Error]),
        (
            Signs { last_seen: ago(900), battery: low(900), last_error: ago(900), ..signs() },
            &[Offline, LowBattery],
        ),
    ];
    for (signs, issues) in table {
        assert_eq!(signs.health(second(NOW)).issues(), issues, "{signs:?}");
    }
}

#[test]
fn what_comes_every_hour_is_missed_sooner_than_what_comes_every_day() {
    let watch = Signs { cadence: DeviceKind::Smartwatch.cadence(), last_seen: ago(3), ..signs() };
    assert_eq!(watch.health(second(NOW)).connectivity, Connectivity::Stale);
    let cuff = Signs { cadence: DeviceKind::BloodPressureMonitor.cadence(), ..watch };
    assert!(cuff.health(second(NOW)).is_online());
    let bursts =
        Signs { cadence: SignedDuration::ZERO, last_seen: Some(second(NOW - 900)), ..watch };
    assert!(bursts.health(second(NOW)).is_online());
}

#[test]
fn a_device_at_rest_is_not_missed_and_its_battery_still_low() {
    let silent = Signs { last_seen: ago(900), battery: low(900), ..signs() };
    let of = |status| Signs { status, ..silent }.health(second(NOW));
    assert_eq!(of(DeviceStatus::Paused).issues(), [Issue::LowBattery]);
    assert_eq!(of(DeviceStatus::Revoked).issues(), []);
    assert_eq!(of(DeviceStatus::Paused).connectivity, Connectivity::Offline);
}

#[test]
fn quality_is_that_of_what_came_once() {
    let of = |accepted, duplicates, quarantined, refused| {
        DataQuality::of(Tally { accepted, duplicates, quarantined, refused })
    };
    assert_eq!(of(0, 0, 0, 0), DataQuality::Unknown);
    assert_eq!(of(4, 900, 0, 0), DataQuality::Unknown);
    assert_eq!(of(99, 900, 1, 0), DataQuality::High);
    assert_eq!(of(98, 0, 1, 1), DataQuality::Medium);
    assert_eq!(of(90, 0, 5, 5), DataQuality::Medium);
    assert_eq!(of(89, 0, 5, 6), DataQuality::Low);
    assert_eq!(of(0, 0, 0, u64::MAX), DataQuality::Low);
}

#[test]
fn a_level_is_a_percentage() {
    assert_eq!(BatteryLevel::new(100).map(BatteryLevel::percent), Some(100));
    for wrong in [-1, 101, 256, i64::MAX] {
        assert_eq!(BatteryLevel::new(wrong), None);
    }
}

#[test]
fn a_device_lives_once() {
    use DeviceStatus::*;
    for &from in DeviceStatus::ALL {
        for &to in DeviceStatus::ALL {
            let moved = from.advance(to);
            assert_eq!(moved.is_ok(), from.next().contains(&to));
            assert!(from != to || moved.is_err());
            assert!(to != Unverified || moved.is_err());
        }
        assert_eq!(from.may_send().is_ok(), from == Active);
        assert_eq!(from.next().is_empty(), matches!(from, Revoked | Replaced));
    }
}

fn described(name: &str, device_type: &str) -> NewDevice {
    NewDevice { name: name.into(), device_type: device_type.into(), ..NewDevice::default() }
}

#[test]
fn a_device_is_described_field_by_field() {
    let watch = NewDevice {
        manufacturer: " Acme ".into(),
        position: "left_wrist".into(),
        ..described("My watch", "SMARTWATCH")
    };
    let watch = watch.check().unwrap();
    assert_eq!((watch.kind, watch.manufacturer.as_deref()), (DeviceKind::Smartwatch, Some("Acme")));
    assert_eq!((watch.position, watch.model), (Some(BodyPosition::LeftWrist), None));

    let wrong = NewDevice {
        manufacturer: "a\nb".into(),
        model: "m".repeat(1_000_000),
        firmware_version: "1\u{0}".into(),
        position: "knee".into(),
        ..described(" ", "toaster")
    };
    let problems = wrong.check().unwrap_err();
    let fields: Vec<_> = problems.iter().map(|problem| problem.field.as_ref()).collect();
    let named = ["name", "device_type", "manufacturer", "model", "firmware_version", "position"];
    assert_eq!(fields, named);
    assert!(problems.iter().all(|problem| problem.message.len() < 300));
}

#[test]
fn a_device_that_nobody_has_named_is_called_by_what_it_is() {
    let of = |name: &str, manufacturer: &str, model: &str| {
        let device = NewDevice {
            manufacturer: manufacturer.into(),
            model: model.into(),
            ..described(name, "thermometer")
        };
        device.named().check().unwrap().name
    };
    assert_eq!(of("Mine", "Acme", "T1"), "Mine");
    assert_eq!(of(" ", "Acme", "T1"), "Acme T1");
    assert_eq!(of("", "", "T1"), "T1");
    assert_eq!(of("", "", ""), "Thermometer");
    assert_eq!(of("", &"é".repeat(80), &"T".repeat(80)), "é".repeat(80));
    assert!(described("", "toaster").named().check().is_err());
}

#[test]
fn what_a_device_sends_can_be_read() {
    for kind in DeviceKind::ALL {
        assert_eq!(DeviceKind::read(kind.as_str()), Some(*kind));
        assert!(kind.cadence() >= SignedDuration::from_hours(1));
        assert!(kind.metrics().iter().all(|metric| MetricKind::ALL.contains(metric)));
    }
}

#[test]
fn a_code_of_an_error_is_short_and_plain() {
    assert_eq!(ErrorCode::checked("error_code", "SENSOR_FAIL").unwrap().as_str(), "SENSOR_FAIL");
    for wrong in ["", " ", "a b", "<script>", "é", &"A".repeat(51)] {
        assert!(ErrorCode::checked("error_code", wrong).is_err(), "{wrong}");
    }
}

#[test]
fn a_key_has_a_mark_a_name_and_a_secret() {
    let key = ApiKey::new(&[0xff; KEY_BYTES]);
    assert_eq!(key.reveal(), format!("mcd_{}", "7".repeat(40)));
    assert_eq!(key.prefix(), "mcd_77777777");
    assert_eq!(format!("{key:?}"), "ApiKey(mcd_77777777…)");
}

#[test]
fn a_key_ends_a_day_after_the_next_one() {
    let now = second(NOW);
    let ends_at = key_ends(None, now);
    assert_eq!(ends_at, now + KEY_OVERLAP);
    assert_eq!(key_ends(Some(ends_at), now + SignedDuration::from_hours(1)), ends_at);
}

fn moments() -> impl Strategy<Value = Option<Timestamp>> {
    option::of((NOW - 5_000_000..NOW).prop_map(second))
}

fn any_signs() -> impl Strategy<Value = Signs> {
    let batteries = option::of((0..=100_i64, NOW - 5_000_000..NOW)).prop_map(|battery| {
        let (percent, at) = battery?;
        Some(Battery { level: BatteryLevel::new(percent)?, at: second(at) })
    });
    let times = (moments(), moments(), moments());
    let statuses = select(DeviceStatus::ALL);
    let cadences = (0..2_000_000_i64).prop_map(SignedDuration::from_secs);
    (statuses, cadences, times, batteries).prop_map(|(status, cadence, times, battery)| {
        let (last_seen, last_reading, last_error) = times;
        Signs { status, cadence, last_seen, last_reading, last_error, battery, ..signs() }
    })
}

proptest! {
    #[test]
    fn silence_makes_nothing_better(signs in any_signs(), later in 0..20_000_000_i64) {
        let now = second(NOW);
        let (before, after) = (signs.health(now), signs.health(second(NOW + later)));
        for issue in before.issues() {
            let lasts = after.issues().contains(&issue)
                || (issue == Issue::Stale && after.issues().contains(&Issue::Offline));
            prop_assert!(lasts, "{issue} is gone");
        }
        prop_assert!(before.is_online() || !after.is_online());
        prop_assert!(before.battery == BatteryStatus::Good || after.battery == before.battery);
        prop_assert_eq!(before.error, after.error);
    }

    #[test]
    fn a_key_is_read_as_it_was_written(random: [u8; KEY_BYTES], other: [u8; KEY_BYTES]) {
        let key = ApiKey::new(&random);
        let read: ApiKey = key.reveal().parse().unwrap();
        prop_assert_eq!(read.reveal(), key.reveal());
        prop_assert_eq!(key == ApiKey::new(&other), random == other);
        let printed = format!("{key:?}");
        prop_assert!(!printed.contains(&key.reveal()[12..]));
    }

    #[test]
    fn nothing_else_is_a_key(raw: String, short in "mcd_[a-z2-7]{0,39}", long in "mcd_[a-z2-7]{41,60}", other in "mcd_[A-Z0189é]{40}") {
        for raw in [raw, short, long, other] {
            prop_assert!(raw.parse::<ApiKey>().is_err());
        }
    }
}
