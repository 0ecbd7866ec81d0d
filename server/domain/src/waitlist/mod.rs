//! The waitlist: what people would take, and whose turn it is when a time is free.
mod request;
#[cfg(test)]
mod tests;

use crate::{
    Id, Refusal,
    booking::{Offer, VisitKind, VisitKinds},
    directory::HospitalId,
    text_enum,
};
use jiff::{
    SignedDuration, Timestamp, Zoned,
    civil::{Date, Time, Weekday},
    tz::TimeZone,
};
use std::collections::BTreeSet;

pub use request::{Target, WaitRequest};

/// One person's wish for a time.
#[derive(Debug)]
pub enum WaitlistEntry {}
pub type WaitlistEntryId = Id<WaitlistEntry>;

/// One time, kept for one person who waits.
#[derive(Debug)]
pub enum WaitlistOffer {}
pub type WaitlistOfferId = Id<WaitlistOffer>;

text_enum! {
    /// What became of a wish.
    pub enum EntryStatus {
        Waiting = "waiting",
        Booked = "booked",
        /// Taken back by the person.
        Left = "left",
        /// Its days are over, or offers were not answered.
        Expired = "expired",
    }
}

text_enum! {
    /// What became of an offer.
    pub enum OfferOutcome {
        Pending = "pending",
        Accepted = "accepted",
        Declined = "declined",
        /// Not answered in time.
        Lapsed = "lapsed",
        /// The time went before it was answered, such as with a visit booked elsewhere at the same time.
        Withdrawn = "withdrawn",
    }
}

pub const WAITING_ALREADY: Refusal = Refusal::new(
    "waitlist.waiting_already",
    "You are already waiting for this. Leave the list first to wait with other wishes.",
);
pub const WAITING_TOO_MUCH: Refusal = Refusal::new(
    "waitlist.too_many",
    "You are waiting in five lists, and that is as many as one can. Leave one of them first.",
);
pub const OFFER_OVER: Refusal = Refusal::new(
    "waitlist.offer_over",
    "This time is no longer kept for you, and may be with the next person by now. If you still wait, you hear of the next one.",
);
pub const ACCEPTED_ALREADY: Refusal = Refusal::new(
    "waitlist.accepted_already",
    "You have accepted this time already. If you cannot come, please cancel the visit.",
);
pub const PRICE_CHANGED: Refusal = Refusal::new(
    "waitlist.price_changed",
    "The fee has changed since you were shown it. Please look again before you accept.",
);

/// In how many lists one may wait at once. The database says the same.
pub const LISTS_AT_MOST: usize = 5;

/// After so many offers that nobody answered, a wish is not asked about any more: each of them kept
/// a time from everybody else.
pub const LAPSES_AT_MOST: i32 = 3;

/// How far ahead one may wait, in days.
pub const LONGEST_WAIT_DAYS: i16 = 183;

/// How long an offer is kept by day: long enough to see a message and ask at work, short enough that
/// several people can be asked on the day of the visit.
const BY_DAY: SignedDuration = SignedDuration::from_mins(30);

/// Less time to answer than this is not worth a message.
const SHORTEST: SignedDuration = SignedDuration::from_mins(10);

/// By night nobody reads messages: what is offered then is kept until [`ASKED_UNTIL`] in the morning.
const DAY_BEGINS: Time = Time::constant(8, 0, 0, 0);
const NIGHT_BEGINS: Time = Time::constant(21, 30, 0, 0);
const ASKED_UNTIL: Time = Time::constant(8, 30, 0, 0);

/// How long a time is kept for whoever it is offered to: by the clock where they are, and until the
/// doctor's notice for it begins at most. `None`: there is no time to ask anybody.
#[must_use]
pub fn time_to_answer(now: &Zoned, start: Timestamp, lead_minutes: u32) -> Option<SignedDuration> {
    let notice = SignedDuration::from_mins(lead_minutes.into());
    let latest = start.checked_sub(notice).ok()?.duration_since(now.timestamp());
    let morning = match now.time() {
        time if time < DAY_BEGINS => Some(now.date()),
        time if time >= NIGHT_BEGINS => now.date().tomorrow().ok(),
        _ => None,
    };
    let morning =
        morning.and_then(|day| day.to_datetime(ASKED_UNTIL).to_zoned(now.time_zone().clone()).ok());
    let patience = morning.map_or(BY_DAY, |morning| morning.duration_since(now));
    Some(patience.min(latest)).filter(|time| *time >= SHORTEST)
}

/// Visits that are given back later than this cannot be expected to find somebody else, and do not
/// count in the figures of the list.
pub const COUNTED_NOTICE: SignedDuration = SignedDuration::from_hours(2);

/// How far back the figures reach.
pub const COUNTED_DAYS: i64 = 90;

/// Some of the days of a week. A bit for each, Monday the lowest.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Weekdays(u8);

impl Weekdays {
    pub const ALL: [Weekday; 7] = [
        Weekday::Monday,
        Weekday::Tuesday,
        Weekday::Wednesday,
        Weekday::Thursday,
        Weekday::Friday,
        Weekday::Saturday,
        Weekday::Sunday,
    ];

    fn bit(day: Weekday) -> u8 {
        1 << day.to_monday_zero_offset()
    }

    #[must_use]
    pub fn contains(self, day: Weekday) -> bool {
        self.0 & Self::bit(day) != 0
    }

    #[must_use]
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// Its days from Monday on.
    pub fn iter(self) -> impl Iterator<Item = Weekday> {
        Self::ALL.into_iter().filter(move |&day| self.contains(day))
    }

    /// Of its bits; those that mean no day are dropped.
    #[must_use]
    pub fn from_bits(bits: i16) -> Self {
        Self(u8::try_from(bits & 0x7f).unwrap_or_default())
    }

    #[must_use]
    pub fn bits(self) -> i16 {
        self.0.into()
    }
}

impl FromIterator<Weekday> for Weekdays {
    fn from_iter<I: IntoIterator<Item = Weekday>>(days: I) -> Self {
        Self(days.into_iter().fold(0, |set, day| set | Self::bit(day)))
    }
}

/// Where somebody would go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    Anywhere,
    Hospital(HospitalId),
    City(String),
}

/// What somebody would take of the times of a doctor.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wish {
    pub kinds: VisitKinds,
    pub weekdays: Weekdays,
    /// On whose clock its days and times are.
    pub zone: TimeZone,
    /// The visit begins from then on.
    pub starts: Time,
    /// And before then; 00:00 is midnight at the end of the day.
    pub ends: Time,
    pub from: Date,
    /// Inclusive.
    pub until: Date,
    /// For visits in person; others can be held from anywhere.
    pub place: Place,
}

impl Wish {
    /// As which kind of visit they would take `offer`; `city` is where it is, if anywhere.
    #[must_use]
    pub fn takes(&self, offer: &Offer, city: Option<&str>) -> Option<VisitKind> {
        let local = offer.slot.start.to_zoned(self.zone.clone());
        let (date, time) = (local.date(), local.time());
        let fits = (self.from..=self.until).contains(&date)
            && self.weekdays.contains(date.weekday())
            && self.starts <= time
            && (time < self.ends || self.ends == Time::midnight());
        let there = match &self.place {
            Place::Anywhere => true,
            Place::Hospital(place) => offer.place == Some(*place),
            Place::City(wanted) => city.is_some_and(|city| city.eq_ignore_ascii_case(wanted)),
        };
        let kinds = self.kinds.iter().filter(|kind| offer.kinds.contains(*kind));
        kinds.into_iter().find(|kind| fits && (there || *kind != VisitKind::InPerson))
    }
}

/// Somebody who waits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Waiting {
    pub entry: WaitlistEntryId,
    pub since: Timestamp,
    pub wish: Wish,
    /// The starts of those times of the doctor that they were offered before.
    pub asked: BTreeSet<Timestamp>,
}

/// Who would take `offer`, in the order in which they are asked, and as which kind of visit.
///
/// First come, first served. Nobody is asked twice about the same time: who did not want it, or did
/// not answer, has let the next person have it.
#[must_use]
pub fn line<'a>(
    waiting: &'a [Waiting],
    offer: &Offer,
    city: Option<&str>,
) -> Vec<(&'a Waiting, VisitKind)> {
    let wants = |person: &'a Waiting| {
        let new = !person.asked.contains(&offer.slot.start);
        person.wish.takes(offer, city).filter(|_| new).map(|kind| (person, kind))
    };
    let mut line: Vec<_> = waiting.iter().filter_map(wants).collect();
    line.sort_by_key(|(person, _)| (person.since, person.entry));
    line
}
