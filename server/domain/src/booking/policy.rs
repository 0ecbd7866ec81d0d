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
}

/// A policy put into instants and amounts for one visit, to be shown before booking.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct CancellationTerms {
    /// Cancelling is free before this instant, and costs `late_fee` from it on.
    pub free_until: Timestamp,
    pub late_fee: Money,
    pub late_percent: u8,
}

/// What cancelling at one instant costs and gives back: together exactly the fee.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct CancellationQuote {
    pub cost: Money,
    pub refund: Money,
    /// Whether the free time is over, even where being late costs nothing.
    pub is_late: bool,
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
        }
    }

    /// What cancelling at `now` costs and gives back.
    #[must_use]
    pub fn quote(self, starts_at: Timestamp, fee: Money, now: Timestamp) -> CancellationQuote {
        let terms = self.terms(starts_at, fee);
        let is_late = terms.free_until <= now;
        let cost = if is_late { terms.late_fee } else { Money::zero(fee.currency) };
        // The cost lies between nothing and the fee, so that the difference always fits.
        CancellationQuote {
            cost,
            refund: Money::new(fee.minor - cost.minor, fee.currency),
            is_late,
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
    use AppointmentStatus::{Confirmed, Held, Scheduled};
    let agreed = matches!(status, Held | Scheduled | Confirmed);
    if agreed && now < starts_at { Ok(()) } else { Err(CANNOT_CANCEL) }
}

/// A visit can be moved until it starts, but once cancelling costs money only
/// by cancelling: otherwise moving it first would make every late cancellation free.
pub fn can_be_rescheduled(
    status: AppointmentStatus,
    starts_at: Timestamp,
    policy: CancellationPolicy,
    now: Timestamp,
) -> Result<(), Refusal> {
    use AppointmentStatus::{Confirmed, Scheduled};
    if !matches!(status, Scheduled | Confirmed) || starts_at <= now {
        return Err(CANNOT_RESCHEDULE);
    }
    let costs = policy.free_until(starts_at) <= now && policy.late_percent > 0;
    if costs { Err(TOO_LATE_TO_RESCHEDULE) } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::money::Currency;
    use AppointmentStatus::{Confirmed, Held, Scheduled};
    use jiff::ToSpan;
    use proptest::prelude::*;

    const POLICY: CancellationPolicy =
        CancellationPolicy { free_until_minutes: 24 * 60, late_percent: 50 };

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
        let cost = |now| POLICY.quote(start(), eur(4500), now).cost;
        assert_eq!(cost(free_until - 1.nanosecond()), eur(0));
        assert_eq!(cost(free_until), eur(2250));
    }

    #[test]
    fn more_than_all_of_the_fee_is_never_kept() {
        let greedy = CancellationPolicy { late_percent: 255, ..POLICY };
        assert_eq!(greedy.quote(start(), eur(4500), start()).refund, eur(0));
    }

    #[test]
    fn agreed_visits_can_be_cancelled_until_they_start() {
        for &status in AppointmentStatus::ALL {
            let agreed = [Held, Scheduled, Confirmed].contains(&status);
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
            let booked = [Scheduled, Confirmed].contains(&status);
            let answer = can_be_rescheduled(status, start(), POLICY, start() - 48.hours());
            assert_eq!(answer, if booked { Ok(()) } else { Err(CANNOT_RESCHEDULE) }, "{status}");
        }
    }

    proptest! {
        #[test]
        fn cost_and_refund_are_together_the_fee(
            (free_until_minutes, late_percent) in any::<(u32, u8)>(),
            fee in 0..=i64::MAX,
            now in -200_000..200_000_i64,
        ) {
            let policy = CancellationPolicy { free_until_minutes, late_percent };
            let now = start() + SignedDuration::from_mins(now);
            let terms = policy.terms(start(), eur(fee));
            let quote = policy.quote(start(), eur(fee), now);
            prop_assert_eq!(quote.cost.minor + quote.refund.minor, fee);
            prop_assert!((0..=fee).contains(&quote.cost.minor));
            prop_assert!((0..=fee).contains(&quote.refund.minor));
            prop_assert_eq!(quote.is_late, terms.free_until <= now);
            prop_assert_eq!(quote.cost, if quote.is_late { terms.late_fee } else { eur(0) });
        }
    }
}
