//! The life of a visit, as one table: from which state to which, by whom, and when.
use crate::{Refusal, text_enum};
use jiff::{SignedDuration, Timestamp};

text_enum! {
    /// Where an appointment is in its life.
    pub enum AppointmentStatus {
        /// Kept for somebody who is still filling in the form.
        Held = "held",
        /// Asked for; the doctor has yet to say yes.
        Requested = "requested",
        Scheduled = "scheduled",
        /// The doctor has said that it takes place.
        Confirmed = "confirmed",
        /// Moved to another time since it was agreed on.
        Rescheduled = "rescheduled",
        /// The patient is there.
        CheckedIn = "checked_in",
        InProgress = "in_progress",
        Completed = "completed",
        Cancelled = "cancelled",
        NoShow = "no_show",
        /// Let go without anybody's doing: not booked in time, or not answered.
        Expired = "expired",
    }
}

/// Who may bring a visit from one state to the next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Party {
    Patient,
    Doctor,
    /// The clinic itself, by a rule.
    Rule,
}

/// When a step may be taken, seen from the start of the visit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Phase {
    Before,
    /// From [`EARLY`] before the start until [`LATE`] after it.
    Around,
    /// From the start until [`LATE`] after it.
    After,
    Always,
}

/// One allowed step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Transition {
    pub from: AppointmentStatus,
    pub to: AppointmentStatus,
    pub by: &'static [Party],
    pub at: Phase,
}

/// How early a patient may be received.
pub const EARLY: SignedDuration = SignedDuration::from_hours(2);

/// How long after its start it can still be said what became of a visit.
pub const LATE: SignedDuration = SignedDuration::from_hours(72);

const fn step(
    from: AppointmentStatus,
    to: AppointmentStatus,
    by: &'static [Party],
    at: Phase,
) -> Transition {
    Transition { from, to, by, at }
}

/// Every step there is. The table `appointment_transitions` holds the same pairs, and the database
/// refuses all others.
pub const TRANSITIONS: &[Transition] = {
    use AppointmentStatus as S;
    use Party::{Doctor, Patient, Rule};
    use Phase::{After, Always, Around, Before};
    &[
        step(S::Held, S::Scheduled, &[Patient], Before),
        step(S::Held, S::Requested, &[Patient], Before),
        step(S::Held, S::Expired, &[Patient, Rule], Always),
        step(S::Requested, S::Confirmed, &[Doctor], Before),
        step(S::Requested, S::Cancelled, &[Patient, Doctor], Before),
        step(S::Requested, S::Expired, &[Rule], After),
        step(S::Scheduled, S::Confirmed, &[Doctor], Before),
        step(S::Scheduled, S::Rescheduled, &[Patient], Before),
        step(S::Scheduled, S::CheckedIn, &[Doctor], Around),
        step(S::Scheduled, S::InProgress, &[Doctor], Around),
        step(S::Scheduled, S::Cancelled, &[Patient, Doctor], Before),
        step(S::Scheduled, S::NoShow, &[Doctor, Rule], After),
        step(S::Confirmed, S::Rescheduled, &[Patient], Before),
        step(S::Confirmed, S::CheckedIn, &[Doctor], Around),
        step(S::Confirmed, S::InProgress, &[Doctor], Around),
        step(S::Confirmed, S::Cancelled, &[Patient, Doctor], Before),
        step(S::Confirmed, S::NoShow, &[Doctor, Rule], After),
        step(S::Rescheduled, S::Confirmed, &[Doctor], Before),
        step(S::Rescheduled, S::CheckedIn, &[Doctor], Around),
        step(S::Rescheduled, S::InProgress, &[Doctor], Around),
        step(S::Rescheduled, S::Cancelled, &[Patient, Doctor], Before),
        step(S::Rescheduled, S::NoShow, &[Doctor, Rule], After),
        step(S::CheckedIn, S::InProgress, &[Doctor], Around),
        // Received by mistake, or gone again before it began.
        step(S::CheckedIn, S::Confirmed, &[Doctor], Around),
        step(S::CheckedIn, S::NoShow, &[Doctor], After),
        step(S::InProgress, S::Completed, &[Doctor], Always),
        // The way back: they came after all.
        step(S::NoShow, S::CheckedIn, &[Doctor], After),
    ]
};

pub const NOT_A_STEP: Refusal = Refusal::new(
    "booking.not_a_step",
    "This visit is no longer what it was when you opened the page. Please look at it again.",
);
pub const TOO_EARLY: Refusal =
    Refusal::new("booking.too_early", "That can be said from two hours before the visit on.");
pub const NOT_STARTED: Refusal =
    Refusal::new("booking.not_started", "That can be said once the visit should have begun.");
pub const STARTED: Refusal =
    Refusal::new("booking.started", "The visit has begun, so this can no longer be done.");
pub const TOO_LONG_AGO: Refusal =
    Refusal::new("booking.too_long_ago", "This visit is too long ago to be changed.");

impl AppointmentStatus {
    /// The statuses that occupy a time. Mirrors the exclusion constraints of `appointments`.
    pub const LIVE: [Self; 7] = [
        Self::Held,
        Self::Requested,
        Self::Scheduled,
        Self::Confirmed,
        Self::Rescheduled,
        Self::CheckedIn,
        Self::InProgress,
    ];

    #[must_use]
    pub fn is_live(self) -> bool {
        Self::LIVE.contains(&self)
    }

    /// Whether it is agreed on, or asked for, and has not begun.
    #[must_use]
    pub const fn is_ahead(self) -> bool {
        matches!(self, Self::Requested | Self::Scheduled | Self::Confirmed | Self::Rescheduled)
    }

    /// Whether both sides have agreed on it, and it has not begun.
    #[must_use]
    pub const fn is_agreed(self) -> bool {
        matches!(self, Self::Scheduled | Self::Confirmed | Self::Rescheduled)
    }

    /// The step from this state to `to`, if there is one.
    #[must_use]
    pub fn step_to(self, to: Self) -> Option<&'static Transition> {
        TRANSITIONS.iter().find(|step| step.from == self && step.to == to)
    }

    /// Whether `party` may bring a visit that starts at `starts_at` from this state to `to` now, or
    /// why not.
    pub fn may_become(
        self,
        to: Self,
        party: Party,
        starts_at: Timestamp,
        now: Timestamp,
    ) -> Result<(), Refusal> {
        let step = self.step_to(to).filter(|step| step.by.contains(&party)).ok_or(NOT_A_STEP)?;
        let since = now.duration_since(starts_at);
        let over = since > LATE;
        match step.at {
            Phase::Before if since >= SignedDuration::ZERO => Err(STARTED),
            Phase::Around if since < -EARLY => Err(TOO_EARLY),
            Phase::After if since < SignedDuration::ZERO => Err(NOT_STARTED),
            Phase::Around | Phase::After if over && party != Party::Rule => Err(TOO_LONG_AGO),
            _ => Ok(()),
        }
    }

    /// What a person reads.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::Held => "On hold",
            Self::Requested => "Waiting for the doctor",
            Self::Scheduled => "Booked",
            Self::Confirmed => "Confirmed",
            Self::Rescheduled => "Moved",
            Self::CheckedIn => "Arrived",
            Self::InProgress => "In progress",
            Self::Completed => "Completed",
            Self::Cancelled => "Cancelled",
            Self::NoShow => "Missed",
            Self::Expired => "Not answered",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{AppointmentStatus::*, *};
    use jiff::ToSpan;

    fn start() -> Timestamp {
        "2026-03-03T14:00:00Z".parse().unwrap()
    }

    #[test]
    fn every_step_is_there_once_and_leads_elsewhere() {
        for (index, step) in TRANSITIONS.iter().enumerate() {
            assert_ne!(step.from, step.to);
            assert!(!step.by.is_empty(), "{step:?}");
            let again = TRANSITIONS[..index].iter().any(|o| (o.from, o.to) == (step.from, step.to));
            assert!(!again, "{step:?}");
        }
    }

    #[test]
    fn only_live_visits_and_missed_ones_go_on() {
        for &status in AppointmentStatus::ALL {
            let goes_on = TRANSITIONS.iter().any(|step| step.from == status);
            assert_eq!(goes_on, status.is_live() || status == NoShow, "{status}");
        }
    }

    #[test]
    fn every_state_but_the_first_can_be_reached_from_a_hold() {
        let mut reached = vec![Held];
        let mut next = 0;
        while let Some(&status) = reached.get(next) {
            next += 1;
            for step in TRANSITIONS.iter().filter(|step| step.from == status) {
                if !reached.contains(&step.to) {
                    reached.push(step.to);
                }
            }
        }
        assert_eq!(reached.len(), AppointmentStatus::ALL.len());
    }

    #[test]
    fn who_may_not_may_not_and_when_it_is_not_time_it_is_said_why() {
        let at = |minutes: i64| start() + minutes.minutes();
        let step = |from: AppointmentStatus, to, party, minutes| {
            from.may_become(to, party, start(), at(minutes))
        };
        assert_eq!(step(Scheduled, CheckedIn, Party::Patient, 0), Err(NOT_A_STEP));
        assert_eq!(step(Completed, Scheduled, Party::Doctor, 0), Err(NOT_A_STEP));
        assert_eq!(step(Scheduled, CheckedIn, Party::Doctor, -121), Err(TOO_EARLY));
        assert_eq!(step(Scheduled, CheckedIn, Party::Doctor, -120), Ok(()));
        assert_eq!(step(Scheduled, NoShow, Party::Doctor, -1), Err(NOT_STARTED));
        assert_eq!(step(Scheduled, NoShow, Party::Doctor, 0), Ok(()));
        assert_eq!(step(Confirmed, Cancelled, Party::Doctor, 0), Err(STARTED));
        assert_eq!(step(NoShow, CheckedIn, Party::Doctor, 72 * 60), Ok(()));
        assert_eq!(step(NoShow, CheckedIn, Party::Doctor, 72 * 60 + 1), Err(TOO_LONG_AGO));
        assert_eq!(step(Requested, Expired, Party::Rule, 200 * 60), Ok(()));
    }
}
