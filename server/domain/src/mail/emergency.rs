//! What is said about a record that a doctor has opened in an emergency. The reason they gave is in no mail.
use super::{Letter, Pronoun, Topic, words::when};
use crate::zone::Zone;
use jiff::Timestamp;

/// What a mail may know of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EmergencyWords {
    /// Whom the mail greets.
    pub name: String,
    /// On whose clock it tells the time.
    pub zone: Zone,
    pub doctor: String,
    /// Whose record it was.
    pub whose: Pronoun,
    pub opened_at: Timestamp,
    /// `None`: nobody has looked at it yet.
    pub is_justified: Option<bool>,
    /// Where the reader sees more of it.
    pub page: String,
}

/// The letter; `None`: not of that topic, or nothing to say.
#[must_use]
pub fn emergency(topic: Topic, said: &EmergencyWords) -> Option<Letter> {
    let doctor = &said.doctor;
    let whose = match &said.whose {
        Pronoun::Yours => "your record".to_owned(),
        Pronoun::Of(name) => format!("the record of {name}"),
    };
    let (subject, paragraph, link, closing) = match topic {
        Topic::EmergencyOpened => (
            "A doctor opened a record in an emergency",
            format!(
                "{doctor}, who had no visit to do it for, opened {whose} in an emergency. For at most an hour they could read what a doctor needs then: health, medicines and visits."
            ),
            "See who looked, and why",
            "Our privacy team looks at every such access, and you will hear what it found. If you know of no emergency, please tell the clinic.",
        ),
        Topic::EmergencyToReview => (
            "An emergency access is to be reviewed",
            format!(
                "{doctor} opened the record of a person in an emergency. Please look at whether there was reason for it."
            ),
            "Review it",
            "The person has been told, and hears what you find.",
        ),
        Topic::EmergencyReviewed => (
            "We have looked at the emergency access",
            match said.is_justified? {
                true => format!(
                    "{doctor} opened {whose} in an emergency. Our privacy team has looked at that: there was reason for it."
                ),
                false => format!(
                    "{doctor} opened {whose}, saying that it was an emergency. Our privacy team has looked at that: there was no sufficient reason for it. We are sorry."
                ),
            },
            "Read what it found",
            "If you have questions, please write to the clinic.",
        ),
        _ => return None,
    };
    Some(Letter {
        subject: subject.to_owned(),
        name: said.name.clone(),
        paragraphs: vec![paragraph],
        items: Vec::new(),
        facts: vec![("When", when(said.opened_at, &said.zone, said.zone.as_str()))],
        link: Some((link, said.page.clone())),
        closing: vec![closing.to_owned()],
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_patient_hears_who_and_when_and_how_it_ended() {
        let mut said = EmergencyWords {
            name: "Ana Lima".into(),
            zone: Zone::utc(),
            doctor: "Dr Rui Costa".into(),
            whose: Pronoun::Yours,
            opened_at: "2026-03-02T08:00:00Z".parse().unwrap(),
            is_justified: None,
            page: "https://clinic.example/account/access-log".into(),
        };
        let opened = emergency(Topic::EmergencyOpened, &said).unwrap().text();
        assert!(opened.contains("Dr Rui Costa") && opened.contains("your record"), "{opened}");
        assert!(emergency(Topic::EmergencyReviewed, &said).is_none(), "nobody has looked at it");
        said.is_justified = Some(false);
        said.whose = Pronoun::Of("Rui Lima".into());
        let wrong = emergency(Topic::EmergencyReviewed, &said).unwrap().text();
        assert!(wrong.contains("no sufficient reason"), "{wrong}");
        assert!(wrong.contains("the record of Rui Lima"), "{wrong}");
        assert!(emergency(Topic::Booked, &said).is_none());
    }
}
