//! One visit of a series and all that follow it: what giving them back costs, and where they move.
use super::{
    Busy, BusyState, CancellationPolicy, CancellationQuote, LateBefore, Offer, Plan, Slot,
    VisitKind, moved_alike, offer_at, taken,
};
use crate::money::Money;
use jiff::{Timestamp, tz::TimeZone};

/// What cancelling several visits of one patient with one doctor at `now` costs, each by its own
/// terms, in order of start: once one of them is late, those after it are no longer the first.
#[must_use]
pub fn quote_all(
    visits: &[(CancellationPolicy, Timestamp, Money)],
    late_before: LateBefore,
    now: Timestamp,
) -> Vec<CancellationQuote> {
    let mut before = late_before;
    let quote = |&(policy, starts_at, fee): &(CancellationPolicy, Timestamp, Money)| {
        let quote = policy.quote(starts_at, fee, before, now);
        if quote.is_late {
            before = LateBefore::Yes;
        }
        quote
    };
    visits.iter().map(quote).collect()
}

/// What they cost together; `None`: there are none, or they are paid in several currencies.
#[must_use]
pub fn total_cost(quotes: &[CancellationQuote]) -> Option<Money> {
    let currency = quotes.first()?.cost.currency;
    quotes.iter().try_fold(Money::zero(currency), |sum, quote| {
        let minor = sum.minor.checked_add(quote.cost.minor)?;
        (quote.cost.currency == currency).then_some(Money::new(minor, currency))
    })
}

/// A visit that is to move.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Movable {
    pub slot: Slot,
    pub kind: VisitKind,
    /// Whether its own terms let it move.
    pub may_move: bool,
}

/// Where each of `visits`, which are in order, gets when the one that starts at `from` moves to `to`
/// and the others as far on the clock of `zone`. `None`: it cannot, and stays.
///
/// `busy` holds the visits themselves, too. Where one stays, no other moves onto it.
#[must_use]
pub fn plan_moves(
    plan: &Plan,
    busy: &[Busy],
    visits: &[Movable],
    (from, to, zone): (Timestamp, Timestamp, &TimeZone),
    now: Timestamp,
) -> Vec<Option<Offer>> {
    let mut moves: Vec<bool> = visits.iter().map(|visit| visit.may_move).collect();
    loop {
        let leaves = |slot: Slot| {
            visits.iter().zip(&moves).any(|(visit, moves)| *moves && visit.slot == slot)
        };
        let mut busy: Vec<_> = busy
            .iter()
            .copied()
            .filter(|busy| busy.state != BusyState::Booked || !leaves(busy.slot))
            .collect();
        let mut found = Vec::with_capacity(visits.len());
        for (visit, moves) in visits.iter().zip(&moves) {
            let target = moved_alike(visit.slot.start, from, to, zone).filter(|_| *moves);
            let offer = target
                .and_then(|start| offer_at(plan, &busy, (start, Some(visit.kind)), now))
                .filter(Offer::is_free);
            busy.extend(offer.as_ref().map(taken));
            found.push(offer);
        }
        let stay: Vec<_> = found.iter().map(Option::is_some).collect();
        if stay == moves {
            return found;
        }
        // Who stays after all may be in the way of others: each round moves fewer.
        moves = stay;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        Id,
        booking::{Pauses, WeeklyRule},
        money::Currency,
    };
    use jiff::{
        SignedDuration,
        civil::{Weekday, time},
    };
    use proptest::prelude::*;

    fn at(instant: &str) -> Timestamp {
        instant.parse().unwrap()
    }

    fn lisbon() -> TimeZone {
        TimeZone::get("Europe/Lisbon").unwrap()
    }

    fn daily() -> Plan {
        let rules = Weekday::Monday.cycle_forward().take(7).map(|weekday| WeeklyRule {
            id: Id::generate(),
            weekday,
            starts: time(9, 0, 0, 0),
            ends: time(12, 0, 0, 0),
            slot_minutes: 30,
            buffer_before_minutes: 0,
            buffer_after_minutes: 0,
            place: None,
            zone: lisbon(),
            kinds: VisitKind::Video.into(),
            every_weeks: 1,
            valid_from: None,
            valid_until: None,
            kept_for_urgent_minutes: None,
        });
        Plan { rules: rules.collect(), horizon_days: 365, ..Plan::default() }
    }

    fn half_hour(start: Timestamp) -> Slot {
        Slot { start, end: start + SignedDuration::from_mins(30) }
    }

    fn movable(start: Timestamp) -> Movable {
        Movable { slot: half_hour(start), kind: VisitKind::Video, may_move: true }
    }

    fn booked(slot: Slot) -> Busy {
        Busy { slot, state: BusyState::Booked, place: None, pauses: Pauses::NONE }
    }

    #[test]
    fn a_series_moves_by_a_week_into_its_own_footsteps() {
        let starts = ["2026-03-17T09:00:00Z", "2026-03-24T09:00:00Z", "2026-03-31T08:00:00Z"];
        let visits = starts.map(|start| movable(at(start)));
        let busy = visits.map(|visit| booked(visit.slot));
        let shift = (at(starts[0]), at(starts[1]), &lisbon());
        let found = plan_moves(&daily(), &busy, &visits, shift, at("2026-03-02T06:00:00Z"));
        let found: Vec<_> = found.iter().map(|offer| offer.unwrap().slot.start).collect();
        assert_eq!(found, [at(starts[1]), at(starts[2]), at("2026-04-07T08:00:00Z")]);
    }

    #[test]
    fn nobody_moves_onto_a_visit_that_stays() {
        let starts = ["2026-03-17T09:00:00Z", "2026-03-24T09:00:00Z"];
        let mut visits = starts.map(|start| movable(at(start)));
        visits[1].may_move = false;
        let busy = visits.map(|visit| booked(visit.slot));
        let shift = (at(starts[0]), at(starts[1]), &lisbon());
        let found = plan_moves(&daily(), &busy, &visits, shift, at("2026-03-02T06:00:00Z"));
        assert_eq!(found, [None, None]);
    }

    fn eur(minor: i64) -> Money {
        Money::new(minor, Currency::EUR)
    }

    proptest! {
        #[test]
        fn no_more_than_one_late_cancellation_is_waived(
            hours in prop::collection::vec(1..200_i64, 1..12),
            late in any::<bool>(),
        ) {
            let now = at("2026-03-02T06:00:00Z");
            let policy = CancellationPolicy { free_until_minutes: 24 * 60, late_percent: 50, first_late_free: true };
            let mut hours = hours;
            hours.sort_unstable();
            let visits: Vec<_> = hours
                .iter()
                .map(|&hours| (policy, now + SignedDuration::from_hours(hours), eur(1000)))
                .collect();
            let before = if late { LateBefore::Yes } else { LateBefore::Never };
            let quotes = quote_all(&visits, before, now);
            let late_ones = quotes.iter().filter(|quote| quote.is_late).count();
            let waived = usize::from(!late && late_ones > 0);
            prop_assert_eq!(quotes.iter().filter(|quote| quote.is_waived).count(), waived);
            let cost = i64::try_from(late_ones - waived).unwrap() * 500;
            prop_assert_eq!(total_cost(&quotes), Some(eur(cost)));
        }

        #[test]
        fn what_moves_is_apart_from_all_that_is_there(
            days in prop::collection::btree_set(0..20_i64, 1..8),
            others in prop::collection::btree_set((0..40_i64, 0..6_i64), 0..60),
            shift in (-3..20_i64, -2..4_i64),
            fixed in prop::collection::vec(any::<bool>(), 8),
        ) {
            let now = at("2026-03-02T06:00:00Z");
            let nine = |day: i64, half_hours: i64| {
                let local = at("2026-03-16T09:30:00Z").to_zoned(lisbon()).datetime()
                    + jiff::Span::new().days(day).minutes(30 * half_hours);
                local.to_zoned(lisbon()).unwrap().timestamp()
            };
            let visits: Vec<_> = days
                .iter()
                .zip(fixed)
                .map(|(&day, fixed)| Movable { may_move: !fixed, ..movable(nine(day, 0)) })
                .collect();
            let mut busy: Vec<_> = visits.iter().map(|visit| booked(visit.slot)).collect();
            for &(day, half_hours) in &others {
                let slot = half_hour(nine(day, half_hours - 1));
                if busy.iter().all(|busy| !busy.slot.overlaps(&slot)) {
                    busy.push(booked(slot));
                }
            }
            let from = visits[0].slot.start;
            let first_day = days.iter().next().copied().unwrap_or_default();
            let to = nine(first_day + shift.0, shift.1);
            let found = plan_moves(&daily(), &busy, &visits, (from, to, &lisbon()), now);
            let mut after: Vec<Slot> = busy.iter().skip(visits.len()).map(|busy| busy.slot).collect();
            for (visit, offer) in visits.iter().zip(&found) {
                prop_assert!(offer.is_none() || visit.may_move);
                if let Some(offer) = offer {
                    prop_assert_eq!(moved_alike(visit.slot.start, from, to, &lisbon()), Some(offer.slot.start));
                }
                after.push(offer.map_or(visit.slot, |offer| offer.slot));
            }
            for (index, slot) in after.iter().enumerate() {
                prop_assert!(after[index + 1..].iter().all(|other| !slot.overlaps(other)));
            }
        }
    }
}
