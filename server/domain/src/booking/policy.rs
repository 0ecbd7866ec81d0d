//! What giving a visit back costs, and until when, in exact instants.
use super::AppointmentStatus;
use crate::{Refusal, money::Money};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

/// When cancelling is free, and what it costs afterwards.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct CancellationPolicy {
    /// How long before the start cancelling stops to be free.
    pub free_until_minutes: u32,
    /// The share of the fee that is kept from then on; more than 100 counts as 100.
    pub late_percent: u8,
    /// Whether the first visit that a patient cancels late with this doctor costs nothing all the same.
    pub first_late_free: bool,
}

/// A policy put into instants and amounts for one visit, to be shown before booking.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct CancellationTerms {
    /// Cancelling is free before this instant, and costs `late_fee` from it on.
    pub free_until: Timestamp,
    pub late_fee: Money,
    pub late_percent: u8,
    /// Whether the first late one costs nothing.
    pub first_late_free: bool,
}

/// What cancelling at one instant costs and gives back: together exactly the fee.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct CancellationQuote {
    pub cost: Money,
    pub refund: Money,
    /// Whether the free time is over, even where being late costs nothing.
    pub is_late: bool,
    /// Whether it costs nothing only because it is the first late one.
    pub is_waived: bool,
}

/// Whether the patient has cancelled a visit with this doctor late before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LateBefore {
    Never,
    Yes,
}

impl CancellationPolicy {
    /// What applies to a visit that starts at `starts_at` and costs `fee`.
    #[must_use]
    pub fn terms(self, starts_at: Timestamp, fee: Money) -> CancellationTerms {
        let late_percent = self.late_percent.min(100);
        CancellationTerms {
            free_until: self.free_until(starts_at),
            late_fee: fee.percent(late_percent),
            late_percent,
            first_late_free: self.first_late_free,
        }
    }

    /// What it costs the patient to cancel at `now`, and gives back. What was quoted is what is done:
    /// both come from here.
    #[must_use]
    pub fn quote(
        self,
        starts_at: Timestamp,
        fee: Money,
        late_before: LateBefore,
        now: Timestamp,
    ) -> CancellationQuote {
        let terms = self.terms(starts_at, fee);
        let is_late = terms.free_until <= now;
        let waived = terms.first_late_free && late_before == LateBefore::Never;
        let cost = if is_late && !waived { terms.late_fee } else { Money::zero(fee.currency) };
        // The cost lies between nothing and the fee, so that the difference always fits.
        CancellationQuote {
            cost,
            refund: Money::new(fee.minor - cost.minor, fee.currency),
            is_late,
            is_waived: is_late && waived && !terms.late_fee.is_zero(),
        }
    }

    /// What cancelling costs when it is the doctor who cancels: nothing, whenever it is.
    #[must_use]
    pub fn quote_of_doctor(fee: Money) -> CancellationQuote {
        CancellationQuote {
            cost: Money::zero(fee.currency),
            refund: fee,
            is_late: false,
            is_waived: false,
        }
    }

    fn free_until(self, starts_at: Timestamp) -> Timestamp {
        let notice = SignedDuration::from_mins(i64::from(self.free_until_minutes));
        starts_at.checked_sub(notice).unwrap_or(Timestamp::MIN)
    }
}

pub const CANNOT_CANCEL: Refusal =
    Refusal::new("booking.cannot_cancel", "This visit can no longer be cancelled.");
pub const CANNOT_RESCHEDULE: Refusal =
    Refusal::new("booking.cannot_reschedule", "This visit can no longer be moved.");
pub const TOO_LATE_TO_RESCHEDULE: Refusal = Refusal::new(
    "booking.too_late_to_reschedule",
    "It is too late to move this visit. You can still cancel it and book another time.",
);

/// A visit can be cancelled until it starts, at the price of [`CancellationPolicy::quote`].
pub fn can_be_cancelled(
    status: AppointmentStatus,
    starts_at: Timestamp,
    now: Timestamp,
) -> Result<(), Refusal> {
    if status.is_ahead() && now < starts_at { Ok(()) } else { Err(CANNOT_CANCEL) }
}

/// A visit can be moved until it starts, but once cancelling costs money only
/// by cancelling: otherwise moving it first would make every late cancellation free.
pub fn can_be_rescheduled(
    status: AppointmentStatus,
    starts_at: Timestamp,
    policy: CancellationPolicy,
    now: Timestamp,
) -> Result<(), Refusal> {
    use AppointmentStatus::{Confirmed, Rescheduled, Scheduled};
    if !matches!(status, Scheduled | Confirmed | Rescheduled) || starts_at <= now {
        return Err(CANNOT_RESCHEDULE);
    }
    let costs = policy.free_until(starts_at) <= now && policy.late_percent > 0;
    if costs { Err(TOO_LATE_TO_RESCHEDULE) } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::money::Currency;
    use AppointmentStatus::{Confirmed, Requested, Rescheduled, Scheduled};
    use jiff::ToSpan;
    use proptest::prelude::*;

    const POLICY: CancellationPolicy =
        CancellationPolicy { free_until_minutes: 24 * 60, late_percent: 50, first_late_free: true };

    fn start() -> Timestamp {
        "2026-03-03T14:00:00Z".parse().unwrap()
    }

    fn eur(minor: i64) -> Money {
        Money::new(minor, Currency::EUR)
    }

    #[test]
    fn terms_say_until_when_and_how_much() {
        let terms = POLICY.terms(start(), eur(4501));
        assert_eq!(terms.free_until, "2026-03-02T14:00:00Z".parse().unwrap());
        assert_eq!(terms.late_fee, eur(2250));
    }

    #[test]
    fn cancelling_is_free_before_the_instant_and_not_at_it() {
        let free_until = POLICY.terms(start(), eur(4500)).free_until;
        let cost = |now| POLICY.quote(start(), eur(4500), LateBefore::Yes, now).cost;
        assert_eq!(cost(free_until - 1.nanosecond()), eur(0));
        assert_eq!(cost(free_until), eur(2250));
    }

    #[test]
    fn more_than_all_of_the_fee_is_never_kept() {
        let greedy = CancellationPolicy { late_percent: 255, ..POLICY };
        assert_eq!(greedy.quote(start(), eur(4500), LateBefore::Yes, start()).refund, eur(0));
    }

    #[test]
    fn the_first_late_one_is_waived_where_the_doctor_says_so() {
        let quote = |policy: CancellationPolicy, before| {
            policy.quote(start(), eur(4500), before, start() - 1.hour())
        };
        let first = quote(POLICY, LateBefore::Never);
        assert_eq!((first.cost, first.is_waived, first.is_late), (eur(0), true, true));
        let second = quote(POLICY, LateBefore::Yes);
        assert_eq!((second.cost, second.is_waived), (eur(2250), false));
        let strict = CancellationPolicy { first_late_free: false, ..POLICY };
        assert_eq!(quote(strict, LateBefore::Never).cost, eur(2250));
    }

    #[test]
    fn agreed_visits_can_be_cancelled_until_they_start() {
        for &status in AppointmentStatus::ALL {
            let agreed = [Requested, Scheduled, Confirmed, Rescheduled].contains(&status);
            let answer = can_be_cancelled(status, start(), start() - 1.nanosecond());
            assert_eq!(answer, if agreed { Ok(()) } else { Err(CANNOT_CANCEL) }, "{status}");
            assert_eq!(can_be_cancelled(status, start(), start()), Err(CANNOT_CANCEL), "{status}");
        }
    }

    #[test]
    fn visits_can_be_moved_until_it_would_cost_to_cancel_them() {
        let free = CancellationPolicy { late_percent: 0, ..POLICY };
        let moved = |policy, now| can_be_rescheduled(Scheduled, start(), policy, now);
        let (early, late) = (start() - 25.hours(), start() - 24.hours());
        assert_eq!(moved(POLICY, early), Ok(()));
        assert_eq!(moved(POLICY, late), Err(TOO_LATE_TO_RESCHEDULE));
        assert_eq!(moved(free, late), Ok(()));
        assert_eq!(moved(free, start()), Err(CANNOT_RESCHEDULE));
    }

    #[test]
    fn only_booked_visits_can_be_moved() {
        for &status in AppointmentStatus::ALL {
            let booked = [Scheduled, Confirmed, Rescheduled].contains(&status);
            let answer = can_be_rescheduled(status, start(), POLICY, start() - 48.hours());
            assert_eq!(answer, if booked { Ok(()) } else { Err(CANNOT_RESCHEDULE) }, "{status}");
        }
    }

    proptest! {
        #[test]
        fn cost_and_refund_are_together_the_fee(
            (free_until_minutes, late_percent, first_late_free) in any::<(u32, u8, bool)>(),
            late_before in prop_oneof![Just(LateBefore::Never), Just(LateBefore::Yes)],
            fee in 0..=i64::MAX,
            now in -200_000..200_000_i64,
        ) {
            let policy = CancellationPolicy { free_until_minutes, late_percent, first_late_free };
            let now = start() + SignedDuration::from_mins(now);
            let terms = policy.terms(start(), eur(fee));
            let quote = policy.quote(start(), eur(fee), late_before, now);
            prop_assert_eq!(quote.cost.minor + quote.refund.minor, fee);
            prop_assert!((0..=fee).contains(&quote.cost.minor));
            prop_assert!((0..=fee).contains(&quote.refund.minor));
            prop_assert_eq!(quote.is_late, terms.free_until <= now);
            let waived = first_late_free && late_before == LateBefore::Never;
            let costs = quote.is_late && !waived;
            prop_assert_eq!(quote.cost, if costs { terms.late_fee } else { eur(0) });
            prop_assert_eq!(quote.is_waived, quote.is_late && waived && !terms.late_fee.is_zero());
        }
    }
}
