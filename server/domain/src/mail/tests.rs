use super::{
    Letter, OfferWords, Pronoun, Reader, Topic, VisitWords, account_exists, confirm_address, offer,
    one_line, proxy_accepted, proxy_invited, visit, visits,
};
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
        free_until: None,
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

/// Visits of `people` a week apart.
fn weekly(reader: Reader, people: &[Pronoun]) -> Vec<VisitWords> {
    let start = words(reader, "Ana").starts_at;
    let visit = |(week, whose): (i64, &Pronoun)| VisitWords {
        whose: whose.clone(),
        doctor: "Dr Rui".to_owned(),
        starts_at: start + jiff::SignedDuration::from_hours(week * 7 * 24),
        page: format!("https://clinic.example/visits/{week}"),
        ..words(reader, "Ana")
    };
    (0..).zip(people).map(visit).collect()
}

#[test]
fn several_visits_are_told_of_in_one_letter_that_lists_each() {
    let mia = Pronoun::Of("Mia".to_owned());
    let page = "https://clinic.example/patient";
    let letter = visits(Topic::Booked, &weekly(Reader::Patient, &[mia.clone(), mia.clone()]), page);
    let letter = letter.unwrap();
    assert_eq!(
        letter.subject,
        "2 visits of Mia with Dr Rui are booked: the first on Tue 3 Mar, 08:50"
    );
    let second = "\nTuesday 10 March 2026, 08:50, Lisbon time (14:20 in Kolkata)\nWith Dr Rui · Video visit\n\
        https://clinic.example/visits/1\n";
    assert!(letter.text().contains(second), "{}", letter.text());
    assert_eq!(fact(&letter, "Fee"), "45 EUR for each visit");
    assert!(letter.html().contains("href=\"https://clinic.example/visits/1\""));

    let family = weekly(Reader::Patient, &[mia.clone(), Pronoun::Yours]);
    let letter = visits(Topic::Moved, &family, page).unwrap();
    assert_eq!(
        letter.subject,
        "2 visits with Dr Rui have moved: the first is now on Tue 3 Mar, 08:50"
    );
    let details: Vec<_> = letter.items.iter().map(|item| item.detail.as_str()).collect();
    assert_eq!(
        details,
        ["For Mia · With Dr Rui · Video visit", "For you · With Dr Rui · Video visit"]
    );

    let of_doctor = weekly(Reader::Doctor, &[mia.clone(), mia]);
    let letter = visits(Topic::Requested, &of_doctor, page).unwrap();
    assert_eq!(letter.subject, "Please answer: 2 visits, the first on Tue 3 Mar, 08:50");
    assert_eq!(letter.items[0].detail, "Mia · Video visit");
}

#[test]
fn a_reminder_says_when_where_and_until_when_one_may_still_think_better_of_it() {
    let mut ours = words(Reader::Patient, "Rui");
    (ours.fee, ours.free_until) = (None, Some("2026-03-02T09:00:00Z".parse().unwrap()));
    let letter = visit(Topic::VisitReminder, &ours).unwrap();
    assert_eq!(letter.subject, "Reminder: the visit of Rui with Dr Rui on Tue 3 Mar, 08:50");
    assert_eq!(
        fact(&letter, "When"),
        "Tuesday 3 March 2026, 08:50, Lisbon time (14:20 in Kolkata)"
    );
    assert_eq!(fact(&letter, "Where"), "Video visit");
    assert_eq!(fact(&letter, "Free to cancel until"), "Mon 2 Mar, 09:00");
    assert!(letter.text().contains("cancel on the page of the visit") && letter.link.is_some());
    let soon = visit(Topic::VisitSoon, &ours).unwrap();
    assert_eq!(soon.subject, "The visit of Rui with Dr Rui is soon: Tue 3 Mar, 08:50");

    let two = [ours.clone(), VisitWords { doctor: "Dr Ana".to_owned(), free_until: None, ..ours }];
    let letter = visits(Topic::VisitReminder, &two, "/").unwrap();
    assert_eq!(letter.subject, "Reminder: 2 visits of Rui, the first on Tue 3 Mar, 08:50");
    let details: Vec<_> = letter.items.iter().map(|item| item.detail.as_str()).collect();
    assert_eq!(
        details,
        [
            "With Dr Rui · Video visit · Free to cancel until Mon 2 Mar, 09:00",
            "With Dr Ana · Video visit"
        ]
    );
    assert!(
        visits(Topic::VisitSoon, &two, "/")
            .unwrap()
            .subject
            .starts_with("2 visits of Rui are soon")
    );
}

#[test]
fn what_patients_do_to_several_visits_is_told_to_all_who_are_told_of_one() {
    for topic in [Topic::Booked, Topic::Requested, Topic::Moved, Topic::Cancelled] {
        for &reader in topic.readers() {
            let several = weekly(reader, &[Pronoun::Yours, Pronoun::Yours]);
            assert!(visits(topic, &several, "/").is_some(), "{topic}");
        }
    }
    assert!(visits(Topic::Booked, &[], "/").is_none());
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
fn an_invitation_to_act_for_somebody_carries_no_words_of_theirs() {
    let letter = proxy_invited("https://clinic.example/proxies/invitation?token=t".to_owned());
    assert!(letter.text().starts_with("Hello,\n"));
    assert!(letter.text().contains("\nhttps://clinic.example/proxies/invitation?token=t\n"));
    let told = proxy_accepted("Ana", "https://clinic.example/account/proxies".to_owned());
    assert!(told.text().starts_with("Dear Ana,\n"), "{}", told.text());
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

/// How often each mark of HTML is in a letter.
fn marks(letter: &Letter) -> [usize; 3] {
    ["<", ">", "\""].map(|mark| letter.html().matches(mark).count())
}

proptest! {
    #[test]
    fn names_write_neither_headers_nor_elements(name in "\\PC{0,40}|[ -~\r\n\t<>&\"']{0,60}") {
        for topic in [Topic::Booked, Topic::Cancelled, Topic::CancelledByDoctor] {
            let letter = visit(topic, &words(Reader::Patient, &name)).unwrap();
            prop_assert!(!letter.subject.contains(char::is_control), "{:?}", letter.subject);
            // What we write ourselves: a mail to somebody without any of this in their name.
            let ours = visit(topic, &words(Reader::Patient, "Ana")).unwrap();
            prop_assert_eq!(marks(&letter), marks(&ours));
        }
        let of = |name: &str| [(); 2].map(|()| words(Reader::Patient, name));
        let letter = visits(Topic::Booked, &of(&name), "/").unwrap();
        prop_assert!(!letter.subject.contains(char::is_control), "{:?}", letter.subject);
        prop_assert_eq!(marks(&letter), marks(&visits(Topic::Booked, &of("Ana"), "/").unwrap()));
    }

    #[test]
    fn a_line_is_one_line(text in "\\PC{0,40}|[\r\n\t a-z\u{2028}\u{85}]{0,40}") {
        let line = one_line(&text);
        let breaks = line.contains(|c: char| c.is_control() || c == '\u{2028}');
        prop_assert!(!breaks, "{:?}", line);
        prop_assert_eq!(one_line(&line), line.clone());
    }
}
