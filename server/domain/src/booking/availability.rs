//! When a doctor can be seen: opening hours, dated exceptions, and the times they leave.
//!
//! Hours are civil time in the zone of their place: 09:00 stays 09:00 when the
//! clocks change. What they mean in instants is worked out late, day by day,
//! in `slots`; nothing here is ever stored as a slot.
mod calendar;
mod clock;
mod kinds;
mod lengths;
mod recurrence;
mod slots;
mod taken;
#[cfg(test)]
mod tests;

use crate::{Id, directory::HospitalId, holidays::Country, text_enum};
use jiff::{
    SignedDuration, Timestamp,
    civil::{Date, DateTime, Time, Weekday},
    tz::TimeZone,
};
use serde::{Deserialize, Serialize};

pub use kinds::{KindRule, VisitKinds};
pub use lengths::{TooLong, open_minutes};
pub use recurrence::{MOST_WEEKS, Miss, Recurrence};
pub use slots::{free_slots, next_free, offer_at, offers};

/// A length of time on someone's calendar: `start` belongs to it, `end` does not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Slot {
    pub start: Timestamp,
    pub end: Timestamp,
}

impl Slot {
    /// From `start` on, without end.
    #[must_use]
    pub const fn onwards(start: Timestamp) -> Self {
        Self { start, end: Timestamp::MAX }
    }

    /// With `margin` more at both ends, as far as time goes.
    #[must_use]
    pub fn widened(self, margin: SignedDuration) -> Self {
        Self {
            start: self.start.saturating_sub(margin).unwrap_or(Timestamp::MIN),
            end: self.end.saturating_add(margin).unwrap_or(Timestamp::MAX),
        }
    }

    #[must_use]
    pub fn overlaps(&self, other: &Self) -> bool {
        self.start < other.end && other.start < self.end
    }

    /// Its length in whole minutes.
    #[must_use]
    pub fn minutes(&self) -> i64 {
        self.end.duration_since(self.start).as_mins()
    }
}

pub type WeeklyRuleId = Id<WeeklyRule>;
pub type DayExceptionId = Id<DayException>;

/// Opening hours on one weekday, in the wall-clock time of the place.
///
/// Its times lie on the grid `starts + n × slot_minutes` as long as they end by
/// `ends`; those of a kind with a length of its own lie on the grid of that length. Hours that end before they start, or have no slot length, offer nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WeeklyRule {
    pub id: WeeklyRuleId,
    pub weekday: Weekday,
    pub starts: Time,
    /// Exclusive; 00:00 is midnight at the end of the day.
    pub ends: Time,
    pub slot_minutes: u16,
    pub buffer_before_minutes: u16,
    pub buffer_after_minutes: u16,
    /// `None`: not at a hospital, as for video.
    pub place: Option<HospitalId>,
    pub zone: TimeZone,
    pub kinds: VisitKinds,
    /// 1: each week. More are counted from the week of `valid_from`.
    pub every_weeks: u16,
    pub valid_from: Option<Date>,
    /// Inclusive.
    pub valid_until: Option<Date>,
    /// Until so long before its start a time is kept for urgent visits; `None`: it is for everybody.
    pub kept_for_urgent_minutes: Option<u16>,
}

impl WeeklyRule {
    /// The dates on which these hours are kept.
    #[must_use]
    pub const fn recurrence(&self) -> Recurrence {
        Recurrence {
            weekday: self.weekday,
            every_weeks: self.every_weeks,
            from: self.valid_from,
            until: self.valid_until,
        }
    }
}

/// What is different on one date.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DayException {
    pub id: DayExceptionId,
    pub date: Date,
    pub change: DayChange,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DayChange {
    /// Closed, whatever else is said: extra hours do not open it again.
    Closed {
        /// Between two civil times in `zone`; `None`: the whole of the day.
        hours: Option<(Time, Time)>,
        zone: TimeZone,
        /// `None`: everywhere.
        place: Option<HospitalId>,
    },
    /// Hours beside those of the week, read like a [`WeeklyRule`].
    Extra {
        starts: Time,
        ends: Time,
        slot_minutes: u16,
        buffer_before_minutes: u16,
        buffer_after_minutes: u16,
        place: Option<HospitalId>,
        zone: TimeZone,
        kinds: VisitKinds,
        kept_for_urgent_minutes: Option<u16>,
    },
}

/// A time that is taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Busy {
    pub slot: Slot,
    pub state: BusyState,
    /// Where; `None`: by video or phone alone.
    pub place: Option<HospitalId>,
    /// Those that were agreed on when it was booked, whatever is said of new visits since.
    pub pauses: Pauses,
}

/// How long the doctor sees nobody else before and after a visit. Between two visits there is the
/// longer pause of the two: what one needs after it, and the next before it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pauses {
    pub before_minutes: u16,
    pub after_minutes: u16,
}

impl Pauses {
    pub const NONE: Self = Self { before_minutes: 0, after_minutes: 0 };

    /// `visit` with its pauses; `None`: it has none.
    #[must_use]
    pub fn around(self, visit: Slot) -> Option<Slot> {
        let lasting = |minutes: u16| SignedDuration::from_mins(minutes.into());
        (self != Self::NONE).then(|| Slot {
            start: visit.start - lasting(self.before_minutes),
            end: visit.end + lasting(self.after_minutes),
        })
    }

    /// The pauses of `visit`, which with them takes `all`.
    #[must_use]
    pub fn of(visit: Slot, all: Option<Slot>) -> Self {
        let minutes = |from: Timestamp, until: Timestamp| {
            u16::try_from(until.duration_since(from).as_mins()).unwrap_or_default()
        };
        all.map_or(Self::NONE, |all| Self {
            before_minutes: minutes(all.start, visit.start),
            after_minutes: minutes(visit.end, all.end),
        })
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BusyState {
    Booked,
    /// Kept for someone who is about to book.
    Held,
    /// Needed for something that is no visit; no buffer is kept to it.
    Elsewhere,
    /// Over, whatever the clock says: it takes no time any more, and is still
    /// counted among the visits of its day.
    Done,
}

/// How many visits a doctor holds at most, however they came about. A visit
/// belongs to the day on which it begins.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VisitLimits {
    /// Whose days these are: those of the doctor, wherever the visit is.
    pub zone: TimeZone,
    pub per_day: Option<u16>,
    /// From Monday to Sunday.
    pub per_week: Option<u16>,
}

/// All that decides when one doctor can be seen, except what is taken.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Plan {
    pub rules: Vec<WeeklyRule>,
    pub exceptions: Vec<DayException>,
    /// How long before its start a time must be booked.
    pub lead_minutes: u32,
    /// How many days after today can be booked, to the end of the last one.
    pub horizon_days: u16,
    /// A pause before and after each visit, where its hours have no longer one.
    pub buffer_before_minutes: u16,
    pub buffer_after_minutes: u16,
    /// Kinds of visit that have a length or pauses of their own, each at most once.
    pub kind_rules: Vec<KindRule>,
    /// How long the doctor is on the way from one place to another.
    pub travel_minutes: u16,
    pub limits: Option<VisitLimits>,
    /// Whose public holidays close the weekly hours. Extra hours stay open on them.
    pub holidays: Option<Country>,
}

/// One time that a rule would offer, and what became of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Offer {
    pub slot: Slot,
    /// The start as the rule has it, on the wall clock of its zone. In a
    /// [`Cause::ClockGap`] it is a time that no clock shows that day, and
    /// `slot` then begins as much later as the clocks jump.
    pub local: DateTime,
    pub place: Option<HospitalId>,
    pub kinds: VisitKinds,
    pub origin: Origin,
    /// What a visit then keeps free around it.
    pub pauses: Pauses,
    /// `None`: free.
    pub cause: Option<Cause>,
    /// Until when it is kept for urgent visits, if it is or was.
    pub kept_until: Option<Timestamp>,
    /// Whether an urgent visit may take it: it is of today, where it is, and nothing else is in the way.
    pub takes_urgent: bool,
}

impl Offer {
    #[must_use]
    pub const fn is_free(&self) -> bool {
        self.cause.is_none()
    }
}

/// Which hours an offer comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Origin {
    Rule(WeeklyRuleId),
    Extra(DayExceptionId),
}

text_enum! {
    /// Why a time that a rule would offer is not free. When several are true,
    /// the first of this list is given.
    pub enum Cause {
        /// It lies, wholly or in part, in an hour that the clocks skip that day.
        ClockGap = "clock_gap",
        /// The second copy of an hour that the clocks repeat; the first is offered.
        ClockOverlap = "clock_overlap",
        Closed = "closed",
        Past = "past",
        /// Sooner than the doctor wants to be told.
        Notice = "notice",
        /// Further ahead than can be booked yet.
        Horizon = "horizon",
        Booked = "booked",
        Held = "held",
        /// The doctor is busy elsewhere.
        Elsewhere = "elsewhere",
        /// Too close to another visit.
        Buffer = "buffer",
        /// The doctor could not get here from a visit at another place, or there in time.
        Travel = "travel",
        /// The doctor holds as many visits as they want on that day.
        DayFull = "day_full",
        /// The doctor holds as many visits as they want in that week.
        WeekFull = "week_full",
        /// Other hours already offer an overlapping time, free or taken.
        Duplicate = "duplicate",
        /// Nothing else is in the way: it is kept for urgent visits, and not yet for others.
        KeptForUrgent = "kept_for_urgent",
    }
}

impl Cause {
    /// What it means, to the doctor and whoever helps them.
    #[must_use]
    pub const fn explanation(self) -> &'static str {
        match self {
            Self::ClockGap => "The clocks go forward: this time does not exist on this day",
            Self::ClockOverlap => {
                "The clocks go back: this hour comes twice, and the first is offered"
            }
            Self::Closed => "Closed on this day",
            Self::Past => "It is over",
            Self::Notice => "Sooner than the notice that patients must give",
            Self::Horizon => "Further ahead than patients can book",
            Self::Booked => "There is a visit",
            Self::Held => "Kept for somebody who is about to book",
            Self::Elsewhere => "Busy, says the other calendar",
            Self::Buffer => "Too close to a visit: the pause between visits",
            Self::Travel => "Too close to a visit at another place: the way between them",
            Self::DayFull => "The most visits of a day are reached",
            Self::WeekFull => "The most visits of a week are reached",
            Self::Duplicate => "Other hours offer an overlapping time",
            Self::KeptForUrgent => "Kept for urgent visits",
        }
    }
}
