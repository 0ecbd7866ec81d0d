use super::{Letter, OfferWords, Pronoun, Reader, Topic, VisitWords, offer, one_line, visit};
use super::{account_exists, confirm_address};
use crate::{booking::AppointmentStatus, identity::proof::Code};
use proptest::prelude::*;

fn words(reader: Reader, name: &str) -> VisitWords {
    VisitWords {
        reader,
        name: name.to_owned(),
        zone: "Europe/Lisbon".parse().unwrap(),
        whose: Pronoun::Of(name.to_owned()),
        doctor: format!("Dr {name}"),
        starts_at: "2026-03-03T08:50:00Z".parse().unwrap(),
        visit_zone: "Asia/Kolkata".to_owned(),
        place: "Video visit".to_owned(),
        fee: Some("45 EUR".to_owned()),
        page: "https://clinic.example/visits/1".to_owned(),
        again: Some(jiff::civil::date(2026, 4, 1)),
    }
}

fn fact<'a>(letter: &'a Letter, label: &str) -> &'a str {
    &letter.facts.iter().find(|(known, _)| *known == label).unwrap().1
}

#[test]
fn a_reader_elsewhere_reads_both_clocks() {
    let letter = visit(Topic::Booked, &words(Reader::Patient, "Rui")).unwrap();
    let when = "Tuesday 3 March 2026, 08:50, Lisbon time (14:20 in Kolkata)";
    assert_eq!(fact(&letter, "When"), when);
    assert_eq!(letter.subject, "The visit of Rui with Dr Rui is booked: Tue 3 Mar, 08:50");
    assert!(letter.text().contains(&format!("When: {when}\n")));
}

#[test]
fn an_offer_says_until_when_it_is_kept_and_where_to_answer() {
    let mut visit = words(Reader::Patient, "Ana");
    visit.whose = Pronoun::Yours;
    visit.page = "https://clinic.example/offers/t".to_owned();
    let letter = offer(&OfferWords { visit, until: "2026-03-02T12:00:00Z".parse().unwrap() });
    assert_eq!(
        letter.subject,
        "A time is free: Tue 3 Mar, 08:50. Please answer by Mon 2 Mar, 12:00"
    );
    assert!(letter.text().contains("\nhttps://clinic.example/offers/t\n"));
}

#[test]
fn a_code_stands_alone_and_only_in_the_mail_that_brings_one() {
    let page = "https://clinic.example/verify?token=t".to_owned();
    let letter = confirm_address(Code::of(42), page);
    assert!(letter.text().starts_with("Hello,\n"));
    assert!(letter.text().contains("\nCode: 000042\n"));
    assert!(letter.text().contains("\nhttps://clinic.example/verify?token=t\n"));
    // What a phone shows while it is locked tells nothing.
    assert!(!letter.subject.contains("42"));
    let known = account_exists("https://clinic.example/login".to_owned());
    assert!(known.facts.is_empty() && known.text().contains("\nhttps://clinic.example/login\n"));
}

#[test]
fn everybody_who_is_told_of_a_visit_is_told_something() {
    for &topic in Topic::ALL.iter().filter(|topic| topic.as_str().starts_with("booking.")) {
        for &reader in topic.readers() {
            assert!(visit(topic, &words(reader, "Ana")).is_some(), "{topic}");
        }
    }
}

#[test]
fn of_each_state_of_a_visit_at_most_one_thing_is_said_to_its_patient() {
    for &status in AppointmentStatus::ALL {
        let said = [Topic::Booked, Topic::Requested, Topic::Confirmed, Topic::NotAnswered];
        let said: Vec<_> =
            said.into_iter().filter(|topic| topic.holds(Reader::Patient, status, false)).collect();
        assert!(said.len() <= 1, "{status}: {said:?}");
    }
    // Once it is over, nobody is told that it is to come, or is not.
    let to_come =
        [Topic::Booked, Topic::Requested, Topic::Confirmed, Topic::Moved, Topic::Cancelled];
    for topic in to_come {
        assert!(AppointmentStatus::ALL.iter().all(|&status| !topic.holds(
            Reader::Patient,
            status,
            true
        )));
    }
}

proptest! {
    #[test]
    fn names_write_neither_headers_nor_elements(name in "\\PC{0,40}|[ -~\r\n\t<>&\"']{0,60}") {
        for topic in [Topic::Booked, Topic::Cancelled, Topic::CancelledByDoctor] {
            let letter = visit(topic, &words(Reader::Patient, &name)).unwrap();
            prop_assert!(!letter.subject.contains(char::is_control), "{:?}", letter.subject);
            let html = letter.html();
            // What we write ourselves: a mail to somebody without any of this in their name.
            let ours = visit(topic, &words(Reader::Patient, "Ana")).unwrap().html();
            for mark in ["<", ">", "\""] {
                prop_assert_eq!(html.matches(mark).count(), ours.matches(mark).count());
            }
        }
    }

    #[test]
    fn a_line_is_one_line(text in "\\PC{0,40}|[\r\n\t a-z\u{2028}\u{85}]{0,40}") {
        let line = one_line(&text);
        let breaks = line.contains(|c: char| c.is_control() || c == '\u{2028}');
        prop_assert!(!breaks, "{:?}", line);
        prop_assert_eq!(one_line(&line), line.clone());
    }
}
