//! What is said of what has happened.
use super::{Letter, Reader, Topic, one_line};
use crate::zone::{Zone, agree, clock, full, rules, short_day};
use jiff::{Timestamp, civil::Date};

/// Whose a visit is, from where its reader stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Pronoun {
    /// The reader's own.
    Yours,
    /// Of whom the reader acts for, by name; for doctors by initials.
    Of(String),
}

/// What may be said of a visit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VisitWords {
    pub reader: Reader,
    /// Whom the mail greets.
    pub name: String,
    /// Whose clock it goes by.
    pub zone: Zone,
    pub whose: Pronoun,
    /// `Dr José Muñoz`
    pub doctor: String,
    pub starts_at: Timestamp,
    /// IANA name: on whose clock the visit is.
    pub visit_zone: String,
    /// The address, or that it is by video or phone.
    pub place: String,
    /// What it costs, for patients, where that is said.
    pub fee: Option<String>,
    /// Until when cancelling costs nothing, where that is said and so now.
    pub free_until: Option<Timestamp>,
    /// The page of the visit.
    pub page: String,
    /// Around which day the doctor would see the patient again.
    pub again: Option<Date>,
}

impl VisitWords {
    /// `Your visit`, `The visit of Rui`
    fn visit(&self) -> String {
        match &self.whose {
            Pronoun::Yours => "Your visit".to_owned(),
            Pronoun::Of(name) => format!("The visit of {}", one_line(name)),
        }
    }

    /// `Tue 3 Mar, 09:20`
    pub(super) fn short(&self) -> String {
        short(self.starts_at, &self.zone)
    }

    /// The same in full, on both clocks.
    pub(super) fn when(&self) -> String {
        when(self.starts_at, &self.zone, &self.visit_zone)
    }

    /// `Tue 3 Mar, 09:20`: until then cancelling costs nothing.
    pub(super) fn free_until(&self) -> Option<String> {
        self.free_until.map(|instant| short(instant, &self.zone))
    }

    fn facts(&self) -> Vec<(&'static str, String)> {
        let mut facts = vec![("When", self.when())];
        if self.reader == Reader::Patient {
            facts.push(("With", self.doctor.clone()));
        }
        facts.push(("Where", self.place.clone()));
        facts.extend(self.fee.clone().map(|fee| ("Fee", fee)));
        facts.extend(self.free_until().map(|until| ("Free to cancel until", until)));
        facts
    }

    fn letter(&self, subject: String, paragraphs: &[&str], closing: &[&str]) -> Letter {
        let see = match self.reader {
            Reader::Patient => "See the visit, change it or cancel it",
            _ => "See the visit",
        };
        Letter {
            subject: one_line(&subject),
            name: self.name.clone(),
            paragraphs: paragraphs.iter().map(|&text| text.to_owned()).collect(),
            items: Vec::new(),
            facts: self.facts(),
            link: Some((see, self.page.clone())),
            closing: closing.iter().map(|&text| text.to_owned()).collect(),
        }
    }
}

/// `Tue 3 Mar, 09:20`, on the reader's clock.
fn short(instant: Timestamp, zone: &Zone) -> String {
    let there = instant.to_zoned(zone.rules());
    format!("{}, {}", short_day(there.date()), clock(&there))
}

/// `Tuesday 3 March 2026, 09:20, Lisbon time`, and what the clock says where the visit is, if it is another.
pub(super) fn when(instant: Timestamp, zone: &Zone, visit_zone: &str) -> String {
    let here = instant.to_zoned(zone.rules());
    let said = format!("{}, {} time", full(&here), zone.city());
    let place = rules(visit_zone);
    if agree(&zone.rules(), &place, instant) {
        return said;
    }
    let there = instant.to_zoned(place);
    let day = match there.date() == here.date() {
        true => String::new(),
        false => format!("{}, ", short_day(there.date())),
    };
    let city = visit_zone.rsplit('/').next().unwrap_or_default().replace('_', " ");
    format!("{said} ({day}{} in {city})", clock(&there))
}

/// What is said of a visit to which `topic` happened; `None` of topics that are about something else.
#[must_use]
pub fn visit(topic: Topic, words: &VisitWords) -> Option<Letter> {
    match words.reader {
        Reader::Patient => to_patient(topic, words),
        Reader::Doctor => to_doctor(topic, words),
        Reader::Owner => None,
    }
}

/// Where a calendar file comes with the mail.
const CALENDAR: &str = "The file with this mail puts it into your calendar.";

/// What comes after all that somebody is reminded of.
pub(super) const REMINDED: &[&str] = &[
    "If you cannot come, please cancel on the page of the visit: somebody else may need the time. You see there what that costs before you do it.",
    "You can switch such mails off under Notifications, in your account.",
];

fn to_patient(topic: Topic, words: &VisitWords) -> Option<Letter> {
    let VisitWords { doctor, .. } = words;
    let (visit, when) = (words.visit(), words.short());
    let letter = match topic {
        Topic::Booked => words.letter(
            format!("{visit} with {doctor} is booked: {when}"),
            &[&format!("{visit} with {doctor} is booked.")],
            &[CALENDAR],
        ),
        Topic::Requested => words.letter(
            format!("{doctor} has been asked for {when}"),
            &[&format!("We have asked {doctor} for this time. It is kept for you until the doctor answers, and you hear from us as soon as that is done.")],
            &[],
        ),
        Topic::Confirmed => words.letter(
            format!("{doctor} has confirmed: {when}"),
            &[&format!("{visit} with {doctor} is confirmed.")],
            &[CALENDAR],
        ),
        Topic::Moved => words.letter(
            format!("{visit} with {doctor} is now on {when}"),
            &[&format!("{visit} with {doctor} has another time. It is now as follows.")],
            &["The file with this mail changes it in your calendar."],
        ),
        Topic::MovedByDoctor => words.letter(
            format!("{doctor} has moved a visit to {when}"),
            &[&format!("{doctor} had to change hours, and {} is now at another time. We are sorry for the trouble.", lower_first(&visit))],
            &["If you cannot come then, choose another time or cancel: that costs you nothing until the visit starts.", "The file with this mail changes it in your calendar."],
        ),
        Topic::Cancelled => words.letter(
            format!("{visit} with {doctor} on {when} is cancelled"),
            &[&format!("{visit} with {doctor} is cancelled, as you asked. You need not come.")],
            &["If you have paid, we write again when money is on its way back to you.", "The file with this mail takes it out of your calendar."],
        ),
        Topic::CancelledByDoctor => words.letter(
            format!("{doctor} has cancelled a visit on {when}"),
            &[&format!("{doctor} cannot hold this visit, and we are sorry. It costs you nothing, and you need not come.")],
            &["What the doctor says about it is on the page of the visit, where you can also choose another time.", "The file with this mail takes it out of your calendar."],
        ),
        Topic::NotAnswered => words.letter(
            format!("{doctor} did not answer in time for {when}"),
            &[&format!("{doctor} did not answer your request before its time came, and we are sorry. It costs you nothing. Please choose another time or another doctor.")],
            &[],
        ),
        Topic::FollowUp => {
            let day = words.again?;
            let mut letter = words.letter(
                format!("{doctor} suggests another visit"),
                &[&format!("{doctor} suggests to meet again around {}.", crate::zone::day(day))],
                &[],
            );
            letter.facts.clear();
            letter.link = Some(("Choose a time on the page of the last visit", words.page.clone()));
            letter
        }
        Topic::VisitReminder => words.letter(
            format!("Reminder: {} with {doctor} on {when}", lower_first(&visit)),
            &[&format!("{visit} with {doctor} is coming up.")],
            REMINDED,
        ),
        Topic::VisitSoon => words.letter(
            format!("{visit} with {doctor} is soon: {when}"),
            &[&format!("{visit} with {doctor} begins soon.")],
            REMINDED,
        ),
        _ => return None,
    };
    Some(letter)
}

fn to_doctor(topic: Topic, words: &VisitWords) -> Option<Letter> {
    let who = match &words.whose {
        Pronoun::Yours => "A patient",
        Pronoun::Of(initials) => initials,
    };
    let when = words.short();
    let letter = match topic {
        Topic::Booked => words.letter(
            format!("New visit: {when}"),
            &[&format!("{who} has booked a visit with you.")],
            &[],
        ),
        Topic::Requested => words.letter(
            format!("Please answer: a visit on {when}"),
            &[&format!("{who} asks for a visit with you. The time is kept until you answer.")],
            &[],
        ),
        Topic::Moved => words.letter(
            format!("Visit moved to {when}"),
            &[&format!("{who} has moved a visit with you. It is now as follows.")],
            &[],
        ),
        Topic::Cancelled => words.letter(
            format!("Visit cancelled: {when}"),
            &[&format!("{who} has cancelled this visit with you. The time is free again.")],
            &[],
        ),
        _ => return None,
    };
    Some(letter)
}

/// What is said of money that came (`Topic::Paid`) or goes back; `amount` is `45 EUR`.
#[must_use]
pub fn payment(topic: Topic, words: &VisitWords, amount: &str) -> Letter {
    let mut letter = match topic {
        Topic::Refunded => words.letter(
            format!("{amount} are on their way back to you"),
            &[&format!(
                "We have sent {amount} back the way you paid. Banks may take some days to show it."
            )],
            &[],
        ),
        _ => words.letter(
            format!("We have your payment of {amount}"),
            &[&format!("Thank you: you have paid {amount} for this visit.")],
            &[],
        ),
    };
    letter.facts.retain(|(label, _)| *label != "Fee");
    letter.link = Some(("See the visit and its payment", words.page.clone()));
    letter
}

/// What may be said of a time that is kept for somebody who waited.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OfferWords {
    pub visit: VisitWords,
    /// Until when it is kept.
    pub until: Timestamp,
}

/// A time has become free for somebody who waits; the page of `words` is where they answer.
#[must_use]
pub fn offer(words: &OfferWords) -> Letter {
    let OfferWords { visit, until } = words;
    let until = short(*until, &visit.zone);
    let whom = match &visit.whose {
        Pronoun::Yours => String::new(),
        Pronoun::Of(name) => format!(" for {}", one_line(name)),
    };
    let mut letter = visit.letter(
        format!("A time is free: {}. Please answer by {until}", visit.short()),
        &[&format!("You waited for a time with {}, and one has become free{whom}.", visit.doctor)],
        &["Whoever has this link can answer for you, so please do not pass it on."],
    );
    letter.facts.push(("Kept until", until));
    letter.link = Some(("Accept the time, or let it go", visit.page.clone()));
    letter
}

/// The wait has ended without a visit; `page` shows what somebody waits for.
#[must_use]
pub fn waiting_over(topic: Topic, name: &str, page: &str) -> Letter {
    let (subject, said) = match topic {
        Topic::Paused => (
            "Are you still waiting for a time?",
            "We have offered you several times without hearing from you, and now ask the next people. Is there still something you wait for? Join the list again at any time.",
        ),
        _ => (
            "Your wait for a time has ended",
            "The days that you would have come on have passed, and no time became free that suited you. We are sorry. If you still want a visit, wait for other days or choose another doctor.",
        ),
    };
    Letter {
        subject: subject.to_owned(),
        name: name.to_owned(),
        paragraphs: vec![said.to_owned()],
        items: Vec::new(),
        facts: Vec::new(),
        link: Some(("See what you wait for", page.to_owned())),
        closing: Vec::new(),
    }
}

/// A doctor is new to the clinic; `page` is that of patients who look for them.
#[must_use]
pub fn welcome(name: &str, page: &str) -> Letter {
    Letter {
        subject: "Welcome to MedConnect".to_owned(),
        name: name.to_owned(),
        paragraphs: vec![
            "You are now listed with MedConnect. As soon as you have weekly hours, patients can book visits with you.".to_owned(),
        ],
        items: Vec::new(),
        facts: Vec::new(),
        link: Some(("See what patients see of you", page.to_owned())),
        closing: vec!["If anything there is not right, please write to the clinic.".to_owned()],
    }
}

fn lower_first(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_lowercase().chain(letters).collect())
}
