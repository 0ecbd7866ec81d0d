use super::{Entry, Invitation, Purpose, Standing, UID_DOMAIN, write};
use jiff::{SignedDuration, Timestamp};
use proptest::prelude::*;
use std::str::FromStr;

const ZONES: [&str; 8] = [
    "Australia/Lord_Howe",
    "Africa/Casablanca",
    "Europe/Dublin",
    "Asia/Kathmandu",
    "America/Sao_Paulo",
    "Europe/Lisbon",
    "America/New_York",
    "UTC",
];

fn entry(zone: &str, starts_at: Timestamp) -> Entry {
    Entry {
        uid: format!("0199{UID_DOMAIN}"),
        sequence: 2,
        changed_at: Timestamp::UNIX_EPOCH,
        starts_at,
        ends_at: starts_at + SignedDuration::from_mins(30),
        time_zone: zone.to_owned(),
        summary: "Visit with Dr Ana, José; Muñoz".into(),
        place: "Hospital, Rua Um 1, Lisbon, Portugal".into(),
        description: "Change or cancel it here".into(),
        page: "https://medconnect.test/visits/1".into(),
        standing: Standing::Confirmed,
    }
}

/// The lines of `text`, unfolded.
fn lines(text: &str) -> Vec<String> {
    text.replace("\r\n ", "").split_terminator("\r\n").map(str::to_owned).collect()
}

/// What a reader that knows no zones makes of `name`: the last change of the VTIMEZONE before it.
fn read(text: &str, name: &str) -> Timestamp {
    let lines = lines(text);
    let line = lines.iter().find(|line| line.starts_with(name)).unwrap();
    let (head, value) = line.split_once(':').unwrap();
    if let Some(utc) = value.strip_suffix('Z') {
        return civil(utc).to_zoned(jiff::tz::TimeZone::UTC).unwrap().timestamp();
    }
    let id = head.split_once("TZID=").unwrap().1;
    let begin = lines.iter().position(|line| *line == format!("TZID:{id}")).unwrap();
    let zone = lines[begin..].iter().take_while(|line| *line != "END:VTIMEZONE");
    let mut changes: Vec<(jiff::civil::DateTime, i64)> = Vec::new();
    let mut onset = None;
    for line in zone {
        match line.split_once(':').unwrap() {
            ("DTSTART", value) => onset = Some(civil(value)),
            ("TZOFFSETTO", value) => changes.push((onset.unwrap(), seconds(value))),
            _ => {}
        }
    }
    let wall = civil(value);
    let (_, offset) = changes.iter().rev().find(|(onset, _)| *onset <= wall).unwrap();
    let utc = wall.checked_sub(SignedDuration::from_secs(*offset)).unwrap();
    utc.to_zoned(jiff::tz::TimeZone::UTC).unwrap().timestamp()
}

fn civil(value: &str) -> jiff::civil::DateTime {
    jiff::civil::DateTime::strptime("%Y%m%dT%H%M%S", value).unwrap()
}

fn seconds(offset: &str) -> i64 {
    let number = |range| i64::from_str(offset.get(range).unwrap()).unwrap();
    let size = number(1..3) * 3600 + number(3..5) * 60;
    if offset.starts_with('-') { -size } else { size }
}

proptest! {
    #[test]
    fn every_zone_is_read_back_from_its_own_rules(
        zone in proptest::sample::select(&ZONES[..]),
        minute in 29_400_000_i64..31_500_000,
    ) {
        let starts_at = Timestamp::from_second(minute * 60).unwrap();
        let entry = entry(zone, starts_at);
        let text = write(std::slice::from_ref(&entry), Purpose::Feed("Visits"));
        // On the wall alone, the hour that repeats is read as its first copy, as we mean it; a
        // reader as simple as this one takes the second.
        let repeats = |instant| {
            let rules = crate::zone::rules(zone);
            rules.to_ambiguous_timestamp(rules.to_datetime(instant)).is_ambiguous()
        };
        if !repeats(entry.starts_at) && !repeats(entry.ends_at) {
            prop_assert_eq!(read(&text, "DTSTART;TZID="
                .get(..if zone == "UTC" { 7 } else { 13 }).unwrap()), entry.starts_at);
            prop_assert_eq!(read(&text, "DTEND"), entry.ends_at);
        }
    }

    #[test]
    fn no_line_is_too_long(name in "\\PC{0,200}", place in "\\PC{0,200}") {
        let entry = Entry { summary: name, place, ..entry("Europe/Dublin", Timestamp::UNIX_EPOCH) };
        for line in write(&[entry], Purpose::Feed("V")).split_terminator("\r\n") {
            prop_assert!(line.len() <= 75 && !line.contains(['\r', '\n']), "{line:?}");
        }
    }
}

#[test]
fn a_feed_says_how_often_to_ask_and_is_the_same_each_time() {
    let entries = [entry("Europe/Lisbon", "2026-03-03T09:00:00Z".parse().unwrap())];
    let feed = write(&entries, Purpose::Feed("Visits"));
    assert_eq!(feed, write(&entries, Purpose::Feed("Visits")));
    for line in [
        "REFRESH-INTERVAL;VALUE=DURATION:PT1H",
        "X-PUBLISHED-TTL:PT1H",
        "DTSTART;TZID=Europe/Lisbon:20260303T090000",
        "DTSTAMP:19700101T000000Z",
        "STATUS:CONFIRMED",
    ] {
        assert!(lines(&feed).iter().any(|found| found == line), "{line}\n{feed}");
    }
    assert!(!feed.contains("METHOD"));
}

#[test]
fn a_file_takes_a_visit_in_or_out() {
    let at = "2026-03-03T09:00:00Z".parse().unwrap();
    let mut entry = entry("Asia/Kathmandu", at);
    let file = |entry: &Entry| write(std::slice::from_ref(entry), Purpose::File(at));
    assert!(file(&entry).contains("METHOD:PUBLISH\r\n"));
    assert!(file(&entry).contains("DTSTART;TZID=Asia/Kathmandu:20260303T144500\r\n"));
    entry.standing = Standing::Cancelled;
    assert!(file(&entry).contains("METHOD:CANCEL\r\n"));
    assert!(file(&entry).contains("STATUS:CANCELLED\r\n"));
}

#[test]
fn what_no_wall_clock_says_is_written_in_utc() {
    // 01:30 in Lisbon comes twice that night.
    let entry = entry("Europe/Lisbon", "2026-10-25T01:30:00Z".parse().unwrap());
    let feed = write(&[entry], Purpose::Feed("Visits"));
    assert!(feed.contains("DTSTART:20261025T013000Z\r\n"), "{feed}");
    assert!(feed.contains("DTEND;TZID=Europe/Lisbon:20261025T020000\r\n"), "{feed}");
}

#[test]
fn irish_summer_is_the_daylight_time() {
    let entry = entry("Europe/Dublin", "2026-06-01T09:00:00Z".parse().unwrap());
    let feed = write(&[entry], Purpose::Feed("Visits"));
    let summer = "BEGIN:DAYLIGHT\r\nDTSTART:20260329T010000\r\nTZOFFSETFROM:+0000\r\n\
                  TZOFFSETTO:+0100\r\nTZNAME:IST\r\nEND:DAYLIGHT\r\n";
    assert!(feed.contains(summer), "{feed}");
}

fn invitation(attendee_name: &str) -> Invitation {
    Invitation {
        now: Timestamp::UNIX_EPOCH,
        organizer_name: "Dr José Muñoz".into(),
        organizer: "no-reply@clinic.example".into(),
        attendee_name: attendee_name.to_owned(),
        attendee: "ana@example.org".into(),
    }
}

#[test]
fn a_mail_puts_the_visit_in_and_takes_the_same_one_out() {
    let mut entry = entry("Europe/Lisbon", "2026-03-03T09:00:00Z".parse().unwrap());
    let invitation = invitation("Ana Silva");
    let mail = |entry: &Entry| {
        lines(&write(std::slice::from_ref(entry), Purpose::Invitation(&invitation)))
    };
    let has = |lines: &[String], line: &str| lines.iter().any(|known| known == line);
    let put_in = mail(&entry);
    assert!(has(&put_in, "METHOD:REQUEST") && has(&put_in, "SEQUENCE:2"), "{put_in:?}");
    assert!(has(&put_in, "ORGANIZER;CN=\"Dr José Muñoz\":mailto:no-reply@clinic.example"));
    assert!(has(
        &put_in,
        "ATTENDEE;CN=\"Ana Silva\";ROLE=REQ-PARTICIPANT;PARTSTAT=ACCEPTED;RSVP=FALSE:mailto:ana@example.org"
    ));
    entry.standing = Standing::Cancelled;
    entry.sequence = 3;
    let taken_out = mail(&entry);
    assert!(has(&taken_out, "METHOD:CANCEL") && has(&taken_out, "SEQUENCE:3"), "{taken_out:?}");
    let uid = |lines: &[String]| lines.iter().find(|line| line.starts_with("UID:")).cloned();
    assert_eq!(uid(&put_in), uid(&taken_out));
}

proptest! {
    #[test]
    fn nobodys_name_is_a_parameter_or_a_property(name in "\\PC{0,60}|[ -~\r\n\t\"]{0,60}") {
        let entry = entry("UTC", Timestamp::UNIX_EPOCH);
        let text = write(&[entry], Purpose::Invitation(&invitation(&name)));
        let lines = lines(&text);
        let attendee: Vec<_> = lines.iter().filter(|line| line.starts_with("ATTENDEE")).collect();
        prop_assert_eq!(attendee.len(), 1);
        prop_assert_eq!(attendee[0].matches('"').count(), 2);
        prop_assert!(attendee[0].ends_with("RSVP=FALSE:mailto:ana@example.org"));
        prop_assert!(text.split_terminator("\r\n").all(|line| line.len() <= 75));
    }
}
