use super::{Reach, Unusable, busy_times, checked_address};
use domain::booking::Slot;
use jiff::{Timestamp, tz::TimeZone};

fn at(instant: &str) -> Timestamp {
    instant.parse().unwrap()
}

/// Busy times of a calendar with these lines, read in Lisbon from October 2026 to the end of March.
fn read(lines: &str) -> Vec<String> {
    let text = format!(
        "BEGIN:VCALENDAR\r\nVERSION:2.0\r\n{}END:VCALENDAR\r\n",
        lines.replace('\n', "\r\n")
    );
    let within = Slot { start: at("2026-10-01T00:00:00Z"), end: at("2027-04-01T00:00:00Z") };
    let zone = TimeZone::get("Europe/Lisbon").unwrap();
    let found = busy_times(&text, &zone, within).unwrap();
    found.iter().map(|slot| format!("{}/{}", slot.start, slot.end)).collect()
}

fn event(lines: &str) -> Vec<String> {
    read(&format!("BEGIN:VEVENT\nUID:1\n{lines}\nEND:VEVENT\n"))
}

#[test]
fn weekly_hours_stay_where_they_are_on_the_wall_when_the_clocks_change() {
    assert_eq!(
        event(
            "DTSTART;TZID=Europe/Dublin:20261019T090000\nDTEND;TZID=Europe/Dublin:20261019T100000\n\
             RRULE:FREQ=WEEKLY;COUNT=3"
        ),
        [
            "2026-10-19T08:00:00Z/2026-10-19T09:00:00Z",
            "2026-10-26T09:00:00Z/2026-10-26T10:00:00Z",
            "2026-11-02T09:00:00Z/2026-11-02T10:00:00Z",
        ]
    );
    // Morocco does without summer time from September 2026 on.
    assert_eq!(
        event("DTSTART;TZID=Africa/Casablanca:20261103T090000\nDURATION:PT30M"),
        ["2026-11-03T09:00:00Z/2026-11-03T09:30:00Z"]
    );
    assert_eq!(
        event(
            "DTSTART;TZID=Australia/Lord_Howe:20261004T013000\nDURATION:PT30M\nRRULE:FREQ=DAILY;COUNT=2"
        ),
        ["2026-10-03T15:00:00Z/2026-10-03T15:30:00Z", "2026-10-04T14:30:00Z/2026-10-04T15:00:00Z",]
    );
}

#[test]
fn a_start_that_the_clocks_skip_comes_as_much_later() {
    assert_eq!(
        event("DTSTART;TZID=Europe/Lisbon:20270328T013000\nDURATION:PT1H"),
        ["2027-03-28T01:30:00Z/2027-03-28T02:30:00Z"]
    );
}

#[test]
fn an_old_rule_still_blocks_and_ends_when_it_says() {
    // 17:00 UTC is 18:00 in Lisbon that day: the last one is among them.
    assert_eq!(
        event(
            "DTSTART;TZID=Europe/Lisbon:20100101T180000\nDTEND;TZID=Europe/Lisbon:20100101T190000\n\
             RRULE:FREQ=DAILY;UNTIL=20261001T170000Z"
        ),
        ["2026-10-01T17:00:00Z/2026-10-01T18:00:00Z"]
    );
    assert_eq!(
        event(
            "DTSTART;TZID=Europe/Lisbon:20260930T180000\nDURATION:PT1H\nRRULE:FREQ=DAILY;UNTIL=20261001"
        ),
        ["2026-10-01T17:00:00Z/2026-10-01T18:00:00Z"]
    );
}

#[test]
fn dates_are_taken_out_added_and_moved() {
    assert_eq!(
        read(
            "BEGIN:VEVENT\nUID:1\nDTSTART;TZID=Europe/Lisbon:20261102T090000\n\
             DTEND;TZID=Europe/Lisbon:20261102T093000\nRRULE:FREQ=DAILY;COUNT=5\n\
             EXDATE;TZID=Europe/Lisbon:20261103T090000\nEXDATE:20261104T090000Z\n\
             RDATE;TZID=Europe/Lisbon:20261110T110000\nEND:VEVENT\n\
             BEGIN:VEVENT\nUID:1\nRECURRENCE-ID;TZID=Europe/Lisbon:20261105T090000\n\
             DTSTART;TZID=Europe/Lisbon:20261105T150000\nDTEND;TZID=Europe/Lisbon:20261105T160000\nEND:VEVENT\n\
             BEGIN:VEVENT\nUID:1\nRECURRENCE-ID:20261106T090000Z\nSTATUS:CANCELLED\n\
             DTSTART:20261106T090000Z\nDTEND:20261106T093000Z\nEND:VEVENT\n\
             BEGIN:VEVENT\nUID:2\nDTSTART:20261106T090000Z\nDTEND:20261106T091000Z\nEND:VEVENT\n"
        ),
        [
            "2026-11-02T09:00:00Z/2026-11-02T09:30:00Z",
            "2026-11-05T15:00:00Z/2026-11-05T16:00:00Z",
            // Of another event, which has nothing to do with what was cancelled.
            "2026-11-06T09:00:00Z/2026-11-06T09:10:00Z",
            "2026-11-10T11:00:00Z/2026-11-10T11:30:00Z",
        ]
    );
}

#[test]
fn from_one_occurrence_on_all_are_moved_or_gone() {
    let series = |change: &str| {
        read(&format!(
            "BEGIN:VEVENT\nUID:1\nDTSTART;TZID=Europe/Lisbon:20261019T090000\n\
             DTEND;TZID=Europe/Lisbon:20261019T093000\nRRULE:FREQ=WEEKLY;COUNT=4\nEND:VEVENT\n\
             BEGIN:VEVENT\nUID:1\n{change}\nEND:VEVENT\n"
        ))
    };
    let first = "2026-10-19T08:00:00Z/2026-10-19T08:30:00Z";
    // An hour later and as long as an hour, on the wall before and after the clocks change.
    assert_eq!(
        series(
            "RECURRENCE-ID;RANGE=THISANDFUTURE;TZID=Europe/Lisbon:20261026T090000\n\
             DTSTART;TZID=Europe/Lisbon:20261026T100000\nDURATION:PT1H"
        ),
        [
            first,
            "2026-10-26T10:00:00Z/2026-10-26T11:00:00Z",
            "2026-11-02T10:00:00Z/2026-11-02T11:00:00Z",
            "2026-11-09T10:00:00Z/2026-11-09T11:00:00Z",
        ]
    );
    assert_eq!(
        series(
            "RECURRENCE-ID;RANGE=THISANDFUTURE:20261026T090000Z\nSTATUS:CANCELLED\n\
             DTSTART;TZID=Europe/Lisbon:20261026T090000\nDURATION:PT30M"
        ),
        [first]
    );
    // Without the word it is one alone.
    assert_eq!(
        series(
            "RECURRENCE-ID;TZID=Europe/Lisbon:20261026T090000\nSTATUS:CANCELLED\n\
             DTSTART;TZID=Europe/Lisbon:20261026T090000\nDURATION:PT30M"
        )
        .len(),
        3
    );
}

#[test]
fn a_day_is_blocked_from_midnight_to_midnight_on_the_doctors_clock() {
    // The clocks go back that night: it has 25 hours.
    assert_eq!(event("DTSTART;VALUE=DATE:20261025"), ["2026-10-24T23:00:00Z/2026-10-26T00:00:00Z"]);
    assert_eq!(
        event("DTSTART;VALUE=DATE:20261224\nDTEND;VALUE=DATE:20261227"),
        ["2026-12-24T00:00:00Z/2026-12-27T00:00:00Z"]
    );
}

#[test]
fn what_leaves_the_doctor_free_does_not_block() {
    for lines in [
        "DTSTART;VALUE=DATE:20261025\nTRANSP:TRANSPARENT",
        "DTSTART:20261025T100000Z\nDTEND:20261025T110000Z\nSTATUS:CANCELLED",
        "DTSTART:20261025T100000Z\nDTEND:20261025T100000Z",
        "DTSTART:20261025T100000Z",
        "DTSTART:20250101T100000Z\nDTEND:20250101T110000Z",
        "DTSTART:rubbish",
        "SUMMARY:No start",
    ] {
        assert_eq!(event(lines), [""; 0], "{lines}");
    }
    let ours =
        "BEGIN:VEVENT\nUID:1@medconnect\nDTSTART:20261025T100000Z\nDURATION:PT1H\nEND:VEVENT\n";
    assert_eq!(read(ours), [""; 0]);
}

#[test]
fn zones_are_known_by_the_names_that_windows_and_others_give_them() {
    for id in ["W. Europe Standard Time", "/freeassociation.sourceforge.net/Europe/Berlin"] {
        assert_eq!(
            event(&format!("DTSTART;TZID={id}:20261201T090000\nDURATION:PT1H")),
            ["2026-12-01T08:00:00Z/2026-12-01T09:00:00Z"],
            "{id}"
        );
    }
}

#[test]
fn times_that_touch_become_one() {
    let events: String = ["0900", "0930", "1000"]
        .map(|start| format!("BEGIN:VEVENT\nUID:{start}\nDTSTART:20261201T{start}00Z\nDURATION:PT30M\nEND:VEVENT\n"))
        .concat();
    assert_eq!(read(&events), ["2026-12-01T09:00:00Z/2026-12-01T10:30:00Z"]);
}

#[test]
fn what_is_no_calendar_or_far_too_long_is_said_to_be() {
    let within = Slot { start: at("2026-10-01T00:00:00Z"), end: at("2027-04-01T00:00:00Z") };
    let unusable = |text: &str| busy_times(text, &TimeZone::UTC, within).unwrap_err();
    for text in
        ["", "<!doctype html><title>Sign in</title>", "BEGIN:VCARD\r\nEND:VCARD\r\n", "\u{0}"]
    {
        assert_eq!(unusable(text), Unusable::NoCalendar, "{text:?}");
    }
    let endless = "BEGIN:VEVENT\r\nUID:1\r\nDTSTART:20200101T000000Z\r\nDURATION:PT1S\r\n\
                   RRULE:FREQ=SECONDLY\r\nEND:VEVENT\r\n";
    let text = format!("BEGIN:VCALENDAR\r\n{}END:VCALENDAR\r\n", endless.repeat(12));
    assert_eq!(unusable(&text), Unusable::TooMuch);
}

#[test]
fn only_addresses_of_the_open_internet_are_followed() {
    let followed = |raw| checked_address(raw, Reach::Public).map(|url| url.to_string());
    assert_eq!(followed(" webcal://cal.example/a.ics ").unwrap(), "https://cal.example/a.ics");
    for refused in [
        "",
        "calendar",
        "http://cal.example/a.ics",
        "file:///etc/passwd",
        "https://user:secret@cal.example/",
        "https://127.0.0.1/a.ics",
        "https://2130706433/a.ics",
        "https://0x7f.1/a.ics",
        "https://[::1]/a.ics",
        "https://169.254.169.254/latest/meta-data",
    ] {
        assert!(followed(refused).is_err(), "{refused}");
    }
    assert!(checked_address("http://127.0.0.1:99/a.ics", Reach::LocalToo).is_ok());
    assert!(checked_address("http://10.0.0.1/a.ics", Reach::LocalToo).is_err());
}
