use super::{super::MetricKind, Period, Span, Summary};
use jiff::{
    Timestamp, ToSpan,
    civil::{Date, date},
    tz::TimeZone,
};
use proptest::{prelude::*, sample::select};

/// Clocks are changed in most of them, at midnight in Santiago.
const ZONES: [&str; 5] =
    ["Europe/Lisbon", "America/New_York", "America/Santiago", "Asia/Kolkata", "UTC"];

fn any_day() -> impl Strategy<Value = Date> {
    (0_i64..60_000).prop_map(|number| date(1920, 1, 1).saturating_add(number.days()))
}

fn any_span() -> impl Strategy<Value = Span> {
    (select(Period::ALL), any_day()).prop_map(|(period, last)| Span::new(period, last))
}

fn length(from: Date, to: Date) -> i32 {
    from.until(to).unwrap().get_days()
}

#[test]
fn a_day_that_nobody_can_have_been_measured_on_is_today() {
    let today = date(2026, 3, 31);
    let of = |last| Span::asked(Period::Month, last, today).last;
    assert_eq!(of(None), today);
    for possible in [today, date(2026, 3, 30), date(2024, 2, 29), date(1876, 3, 31)] {
        assert_eq!(of(Some(possible)), possible);
    }
    for impossible in [date(2026, 4, 1), Date::MAX, date(1876, 3, 30), Date::MIN] {
        assert_eq!(of(Some(impossible)), today, "{impossible}");
    }
    assert_eq!(Span::new(Period::Day, date(1876, 3, 31)).earlier(today), None);
    for period in Period::ALL {
        // Where time ends there is a period, too.
        let ends = [Span::new(*period, Date::MIN), Span::new(*period, Date::MAX)];
        assert!(ends.iter().all(|span| span.first() <= span.last && !span.words().is_empty()));
    }
}

#[test]
fn a_month_is_thirty_days_however_long_that_of_the_calendar_is() {
    let of = |last| Span::new(Period::Month, last).first();
    assert_eq!(of(date(2026, 3, 1)), date(2026, 1, 31));
    assert_eq!(of(date(2024, 3, 1)), date(2024, 2, 1));
    assert_eq!(of(date(2026, 1, 30)), date(2026, 1, 1));
    assert_eq!(of(date(2026, 1, 1)), date(2025, 12, 3));
}

#[test]
fn from_a_quarter_the_way_leads_through_a_week_to_a_day() {
    let today = date(2026, 3, 31);
    let quarter = Span::new(Period::Quarter, today);
    let week = quarter.nearer(date(2026, 2, 4), today).unwrap();
    assert_eq!(week.words(), "Sun 1 Feb to Sat 7 Feb 2026");
    // Nothing was measured after today.
    assert_eq!(quarter.nearer(today, today), Some(Span::new(Period::Week, today)));
    let day = week.nearer(date(2026, 2, 4), today).unwrap();
    assert_eq!(day, Span::new(Period::Day, date(2026, 2, 4)));
    assert_eq!(day.nearer(date(2026, 2, 4), today), None);
}

proptest! {
    /// No day is between two periods or in both, and back is where one came from.
    #[test]
    fn periods_are_as_long_as_they_say_and_join(span in any_span()) {
        let before = span.before();
        prop_assert_eq!(span.days().count(), usize::from(span.period.days()));
        prop_assert_eq!(span.days().next(), Some(span.first()));
        prop_assert_eq!(span.days().next_back(), Some(span.last));
        prop_assert_eq!(length(span.first(), span.last) + 1, i32::from(span.period.days()));
        prop_assert_eq!(before.last.tomorrow().unwrap(), span.first());
        prop_assert_eq!(before.after(span.last), Some(span));
        prop_assert!(span.days().all(|day| span.has(day) && !before.has(day)));
    }

    /// From any time in the past one gets to today, and misses no day.
    #[test]
    fn later_leads_to_today(span in any_span(), ahead in 0_i64..2_000) {
        let today = span.last.saturating_add(ahead.days());
        let mut at = span;
        let mut steps = 0;
        while let Some(later) = at.after(today) {
            prop_assert!(later.last > at.last && later.last <= today);
            prop_assert!(later.first() <= at.last.tomorrow().unwrap());
            prop_assert_eq!(later.period, span.period);
            at = later;
            steps += 1;
        }
        prop_assert_eq!(at.last, today);
        prop_assert_eq!(steps, ahead.unsigned_abs().div_ceil(u64::from(span.period.days())));
    }

    /// A nearer look shows the day, less around it, and nothing that is still to come.
    #[test]
    fn a_nearer_look_has_the_day(span in any_span(), number in 0_usize..91, ahead in 0_i64..100) {
        let today = span.last.saturating_add(ahead.days());
        let day = span.days().nth(number % usize::from(span.period.days())).unwrap();
        let mut at = span;
        let mut steps = 0;
        while let Some(nearer) = at.nearer(day, today) {
            prop_assert!(nearer.has(day) && nearer.last <= today);
            prop_assert!(nearer.period.days() < at.period.days());
            prop_assert_eq!(Span::asked(nearer.period, Some(nearer.last), today), nearer);
            at = nearer;
            steps += 1;
        }
        prop_assert_eq!(at, Span::new(Period::Day, if steps == 0 { span.last } else { day }));
        prop_assert!(steps <= 2);
    }

    /// What is asked for is answered, if it can be, and otherwise today.
    #[test]
    fn the_day_that_is_asked_for_is_its_last(span in any_span(), today in any_day()) {
        let is_possible = span.last <= today && today.saturating_sub(150.years()) <= span.last;
        let expected = if is_possible { span.last } else { today };
        let asked = Span::asked(span.period, Some(span.last), today);
        prop_assert_eq!(asked, Span::new(span.period, expected));
    }

    /// Whatever clocks do, the hours of its days are those from its beginning to its end.
    #[test]
    fn the_days_of_a_period_have_all_its_hours(
        period in select(Period::ALL), number in 0_i64..13_000, zone in select(&ZONES[..]),
    ) {
        let span = Span::new(period, date(1995, 1, 1).saturating_add(number.days()));
        let zone = TimeZone::get(zone).unwrap();
        let hours = |day| Summary::of_hours(MetricKind::HeartRate, None, (day, day), &zone, &[]).coverage.of;
        let sum: u32 = span.days().map(hours).sum();
        let start = |day: Date| -> Timestamp { day.to_zoned(zone.clone()).unwrap().timestamp() };
        let all = start(span.last.tomorrow().unwrap()).duration_since(start(span.first()));
        prop_assert_eq!(i64::from(sum), all.as_hours());
    }
}
