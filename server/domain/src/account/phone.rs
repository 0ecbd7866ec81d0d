//! Proof of a phone number: a code that only who reads its text messages has.
use crate::{
    FieldProblem, Id, Refusal, UnknownWord,
    identity::proof::{Code, RESEND_TOO_SOON, may_resend},
};
use jiff::{SignedDuration, Timestamp};
use std::{fmt, ops::RangeInclusive, str::FromStr};

/// A code that was sent to a phone.
#[derive(Debug)]
pub enum PhoneCode {}
pub type PhoneCodeId = Id<PhoneCode>;

/// How long a code works.
pub const CODE_LIFETIME: SignedDuration = SignedDuration::from_mins(10);

/// How many codes a number is sent in a day, whoever asks for them.
pub const TEXTS_A_DAY: i64 = 8;

/// How many codes the clinic sends at most, whoever asks for them: each costs money.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TextLimits {
    pub an_hour: u32,
    pub a_day: u32,
}

impl Default for TextLimits {
    fn default() -> Self {
        Self { an_hour: 200, a_day: 1_000 }
    }
}

pub const TEXTS_USED_UP: Refusal = Refusal::new(
    "phone.texts_used_up",
    "We cannot send text messages at the moment. It has nothing to do with you or your number. Please try again later.",
);
pub const TEXT_TOO_SOON: Refusal = Refusal::new(
    "phone.text_too_soon",
    "We sent you a code less than a minute ago. Please wait for it before you ask for another one.",
);
pub const TEXTED_TOO_OFTEN: Refusal = Refusal::new(
    "phone.texted_too_often",
    "We have sent you six codes in a day. If none has come, check the number and try again tomorrow.",
);
pub const NUMBER_TEXTED_TOO_OFTEN: Refusal = Refusal::new(
    "phone.number_texted_too_often",
    "We send no more codes to this number today. Please try again tomorrow.",
);
pub const PHONE_CODE_OVER: Refusal =
    Refusal::new("phone.code_over", "This code works no longer. Please ask for a new one.");
pub const NO_TEXTS: Refusal = Refusal::new(
    "phone.no_texts",
    "This clinic sends no text messages, so numbers cannot be confirmed here.",
);

/// What is said at the field of a code that is not the one.
pub const WRONG_PHONE_CODE: &str =
    "That is not the newest code we sent you. Please check the digits.";

/// How many digits a number has with its country code (E.164 allows 15).
const DIGITS: RangeInclusive<usize> = 7..=15;

/// The most characters in which people write one.
const LONGEST: usize = 40;

/// A number that can be called from everywhere: `+351912345678`.
#[derive(Clone, PartialEq, Eq)]
pub struct PhoneNumber(String);

/// Without the number, which no log may show.
impl fmt::Debug for PhoneNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PhoneNumber(…)")
    }
}

impl PhoneNumber {
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    pub fn checked(field: &'static str, raw: &str) -> Result<Self, FieldProblem> {
        raw.parse().map_err(|_| {
            FieldProblem::new(
                field,
                "Enter the number with + and its country code, such as +351 912 345 678.",
            )
        })
    }
}

impl FromStr for PhoneNumber {
    type Err = UnknownWord;

    /// However people group the digits, after `+` or `00`. The `(0)` that is dialled at home alone is left out.
    fn from_str(raw: &str) -> Result<Self, UnknownWord> {
        let number = raw.trim();
        if number.chars().count() > LONGEST {
            return Err(UnknownWord);
        }
        let number = number.replacen("(0)", "", 1);
        let plain: String = number.chars().filter(|c| !" ()-./\u{a0}".contains(*c)).collect();
        let digits = plain.strip_prefix('+').or_else(|| plain.strip_prefix("00"));
        let digits = digits.ok_or(UnknownWord)?;
        let valid = digits.bytes().all(|byte| byte.is_ascii_digit())
            && DIGITS.contains(&digits.len())
            && !digits.starts_with('0');
        if valid { Ok(Self(format!("+{digits}"))) } else { Err(UnknownWord) }
    }
}

/// The code that was typed, as [`Code::checked`] takes one from a mail.
pub fn checked_code(field: &'static str, raw: &str) -> Result<Code, FieldProblem> {
    raw.parse().map_err(|_| {
        FieldProblem::new(field, "Enter the six digits of the code from the text message.")
    })
}

/// What the message says. The code comes first: a locked phone shows that much.
#[must_use]
pub fn message(code: Code) -> String {
    format!(
        "{code} is your code for MedConnect.\nIt works once and for 10 minutes. Nobody of ours ever asks you for it."
    )
}

/// Whether another code may be sent `now`: a minute after the last one, and six at most in a day, to the same
/// person, whose times of the last day are `to_person`, the newest first; and if no more than `to_number`, by
/// whoever asked, have gone to the same number.
pub fn may_text(to_person: &[Timestamp], to_number: i64, now: Timestamp) -> Result<(), Refusal> {
    if let Some(&last) = to_person.first() {
        let sends = i16::try_from(to_person.len()).unwrap_or(i16::MAX);
        may_resend(sends, last, now).map_err(|refusal| match refusal {
            RESEND_TOO_SOON => TEXT_TOO_SOON,
            _ => TEXTED_TOO_OFTEN,
        })?;
    }
    if to_number >= TEXTS_A_DAY { Err(NUMBER_TEXTED_TOO_OFTEN) } else { Ok(()) }
}

/// How long whoever asks the clinic for a code has to wait; zero: not at all. `of_hour` and `of_day` are when the last
/// text was sent that there are [`TextLimits::an_hour`] and [`TextLimits::a_day`] of, counted from the newest on.
#[must_use]
pub fn texts_wait(
    of_hour: Option<Timestamp>,
    of_day: Option<Timestamp>,
    now: Timestamp,
) -> SignedDuration {
    let rest = |sent: Option<Timestamp>, hours| {
        let since = now.duration_since(sent?);
        Some(SignedDuration::from_hours(hours) - since)
    };
    let rests = [rest(of_hour, 1), rest(of_day, 24)];
    rests.into_iter().flatten().fold(SignedDuration::ZERO, SignedDuration::max)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn number(raw: &str) -> Option<String> {
        raw.parse::<PhoneNumber>().ok().map(|number| number.0)
    }

    #[test]
    fn a_number_is_read_as_people_write_it() {
        for (raw, read) in [
            (" +351 912 345 678 ", "+351912345678"),
            ("00351-912.345/678", "+351912345678"),
            ("+44 (0)20 7946 0000", "+442079460000"),
            ("+1 (780) 555\u{a0}0100", "+17805550100"),
        ] {
            assert_eq!(number(raw).as_deref(), Some(read), "{raw}");
        }
    }

    #[test]
    fn a_number_without_its_country_is_none() {
        for raw in
            ["912 345 678", "0912 345 678", "+0912345678", "+123456", "+1234567890123456", ""]
        {
            assert_eq!(number(raw), None, "{raw}");
        }
        let shown = format!("{:?}", "+351912345678".parse::<PhoneNumber>().unwrap());
        assert!(!shown.contains("912"), "{shown}");
    }

    proptest! {
        #[test]
        fn what_is_read_is_what_twilio_takes(raw in "\\PC{0,50}|[+0]{0,2}[0-9 ().-]{0,30}") {
            if let Some(read) = number(&raw) {
                prop_assert!(read.starts_with('+') && !read.starts_with("+0"));
                prop_assert!((8..=16).contains(&read.len()) && read[1..].bytes().all(|b| b.is_ascii_digit()));
                let again = number(&read);
                prop_assert_eq!(again, Some(read));
            }
        }

        #[test]
        fn a_message_fits_into_one_text_and_begins_with_the_code(random: u64) {
            let code = Code::of(random);
            let text = message(code);
            prop_assert!(text.is_ascii() && text.len() <= 160);
            prop_assert_eq!(checked_code("code", &text[..6]), Ok(code));
        }

        /// However often somebody asks, and as soon as they may.
        #[test]
        fn no_hour_and_no_day_has_more_texts_than_the_clinic_pays_for(
            an_hour in 1..6_usize, a_day in 1..20_usize,
            pauses in proptest::collection::vec(0..3_000_i64, 1..60),
        ) {
            let (mut now, mut sent) = (Timestamp::UNIX_EPOCH, Vec::<Timestamp>::new());
            for pause in pauses {
                now += SignedDuration::from_secs(pause);
                let newest = |count: usize| sent.len().checked_sub(count).map(|index| sent[index]);
                let wait = texts_wait(newest(an_hour), newest(a_day), now);
                let last = |hours| sent.iter().filter(|&&at| now < at + SignedDuration::from_hours(hours)).count();
                prop_assert_eq!(wait.is_zero(), last(1) < an_hour && last(24) < a_day);
                now += wait;
                sent.push(now);
            }
            for (index, &from) in sent.iter().enumerate() {
                let within = |hours| sent[index..].iter().filter(|&&at| at < from + SignedDuration::from_hours(hours)).count();
                prop_assert!(within(1) <= an_hour && within(24) <= a_day);
            }
        }

        #[test]
        fn texts_are_a_minute_apart_and_few_a_day(
            pauses in proptest::collection::vec(0..90_000_i64, 0..10), to_number in 0..12_i64,
        ) {
            let now = Timestamp::UNIX_EPOCH + SignedDuration::from_hours(1_000);
            let mut sent: Vec<_> = pauses.iter().map(|&pause| now - SignedDuration::from_secs(pause)).collect();
            sent.sort_by(|one, other| other.cmp(one));
            let soon = pauses.iter().any(|&pause| pause < 60);
            let expected = sent.len() < 6 && !soon && to_number < TEXTS_A_DAY;
            prop_assert_eq!(may_text(&sent, to_number, now).is_ok(), expected);
        }
    }
}
