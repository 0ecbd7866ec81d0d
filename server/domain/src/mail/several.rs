//! What is said of several visits to which one act did the same.
use super::{Item, Letter, Pronoun, Reader, Topic, VisitWords, one_line, words::REMINDED};

/// Where calendar files come with the mail.
const FILES: &str = "A file for each visit comes with this mail, which puts it into your calendar.";

/// What is said of `several` visits, which are in order, with one doctor unless people are reminded of them; `page` is
/// where their reader sees all of theirs. `None`: there are none, or `topic` happens to one visit at a time.
#[must_use]
pub fn visits(topic: Topic, several: &[VisitWords], page: &str) -> Option<Letter> {
    let first = several.first()?;
    let ((subject, paragraph, closing), see) = match first.reader {
        Reader::Patient => (to_patient(topic, several, first)?, "See all your visits"),
        Reader::Doctor => (to_doctor(topic, several, first)?, "See your week"),
        Reader::Owner => return None,
    };
    Some(Letter {
        subject: one_line(&subject),
        name: first.name.clone(),
        paragraphs: vec![paragraph],
        items: several.iter().map(|words| item(words, whose(several))).collect(),
        facts: fee(topic, several).map(|fee| ("Fee", fee)).into_iter().collect(),
        link: Some((see, page.to_owned())),
        closing: closing.iter().map(|&text| text.to_owned()).collect(),
    })
}

/// Subject, paragraph, and what comes after all.
type Said = (String, String, &'static [&'static str]);

fn to_patient(topic: Topic, several: &[VisitWords], first: &VisitWords) -> Option<Said> {
    let (doctor, when) = (&first.doctor, first.short());
    let visits = match whose(several) {
        Some(Pronoun::Of(name)) => format!("{} visits of {}", several.len(), one_line(name)),
        _ => format!("{} visits", several.len()),
    };
    let said: Said = match topic {
        Topic::Booked => (
            format!("{visits} with {doctor} are booked: the first on {when}"),
            format!("{visits} with {doctor} are booked."),
            &[FILES],
        ),
        Topic::Requested => (
            format!("{doctor} has been asked for {visits}: the first on {when}"),
            format!(
                "We have asked {doctor} for {visits}. These times are kept for you until the doctor answers, and you hear from us as soon as that is done."
            ),
            &[],
        ),
        Topic::Moved => (
            format!("{visits} with {doctor} have moved: the first is now on {when}"),
            format!("{visits} with {doctor} have other times. They are now as follows."),
            &["The files with this mail change them in your calendar."],
        ),
        Topic::Cancelled => (
            format!("{visits} with {doctor} are cancelled: the first on {when}"),
            format!("{visits} with {doctor} are cancelled, as you asked. You need not come."),
            &[
                "If you have paid, we write again when money is on its way back to you.",
                "The files with this mail take them out of your calendar.",
            ],
        ),
        Topic::VisitReminder => (
            format!("Reminder: {visits}, the first on {when}"),
            format!("{visits} are coming up."),
            REMINDED,
        ),
        Topic::VisitSoon => (
            format!("{visits} are soon: the first on {when}"),
            format!("{visits} begin soon."),
            REMINDED,
        ),
        _ => return None,
    };
    Some(said)
}

fn to_doctor(topic: Topic, several: &[VisitWords], first: &VisitWords) -> Option<Said> {
    let (count, when) = (several.len(), first.short());
    let said = match topic {
        Topic::Booked => (
            format!("{count} new visits: the first on {when}"),
            format!("{count} visits with you have been booked together."),
        ),
        Topic::Requested => (
            format!("Please answer: {count} visits, the first on {when}"),
            format!("You are asked for {count} visits. Their times are kept until you answer."),
        ),
        Topic::Moved => (
            format!("{count} visits moved: the first to {when}"),
            format!("{count} visits with you have been moved together. They are now as follows."),
        ),
        Topic::Cancelled => (
            format!("{count} visits cancelled: the first on {when}"),
            format!("{count} visits with you have been cancelled. Their times are free again."),
        ),
        _ => return None,
    };
    Some((said.0, said.1, &[]))
}

/// Whose all of them are; `None`: they are of several people.
fn whose(several: &[VisitWords]) -> Option<&Pronoun> {
    let first = &several.first()?.whose;
    several.iter().all(|words| words.whose == *first).then_some(first)
}

/// What each of them costs, if that is the same and still to be paid.
fn fee(topic: Topic, several: &[VisitWords]) -> Option<String> {
    let first = several.first()?.fee.as_ref()?;
    let same = several.iter().all(|words| words.fee.as_ref() == Some(first));
    (same && topic != Topic::Cancelled).then(|| format!("{first} for each visit"))
}

/// One visit, which is `all` of theirs or of one of several people.
fn item(words: &VisitWords, all: Option<&Pronoun>) -> Item {
    let patient = match (words.reader, &words.whose) {
        (Reader::Doctor, Pronoun::Of(initials)) => Some(initials.clone()),
        (Reader::Doctor, Pronoun::Yours) => Some("A patient".to_owned()),
        (Reader::Patient, _) if all.is_some() => None,
        (Reader::Owner, _) => None,
        (Reader::Patient, Pronoun::Of(name)) => Some(format!("For {name}")),
        (Reader::Patient, Pronoun::Yours) => Some("For you".to_owned()),
    };
    let doctor = (words.reader == Reader::Patient).then(|| format!("With {}", words.doctor));
    let free = words.free_until().map(|until| format!("Free to cancel until {until}"));
    let parts = [patient, doctor, Some(words.place.clone()), free];
    let parts: Vec<_> = parts.into_iter().flatten().map(|part| one_line(&part)).collect();
    Item { title: words.when(), detail: parts.join(" · "), page: words.page.clone() }
}
