//! Several visits at once: for several people one after another, or again and again for one.
use super::{Busy, BusyState, Offer, Plan, Slot, VisitKind, free_slots, next_free, offer_at};
use crate::{Id, Refusal};
use jiff::{SignedDuration, Timestamp, ToSpan, civil::DateTime, tz::TimeZone};

/// Visits that were booked together to come again.
#[derive(Debug)]
pub enum Series {}
pub type SeriesId = Id<Series>;

/// How many people may be seen one after another.
pub const MOST_PEOPLE: usize = 4;

/// How many visits a series may have.
pub const MOST_VISITS: usize = 12;

/// How many weeks the visits of a series may lie apart.
pub const EVERY_WEEKS: [u8; 3] = [1, 2, 4];

/// How long a family may have to wait between two of its visits.
pub const LONGEST_WAIT: SignedDuration = SignedDuration::from_mins(60);

/// How many starts are tried to find one at which all fit.
const MOST_TRIES: usize = 200;

pub const NOT_ALL_FREE: Refusal = Refusal::new(
    "booking.not_all_free",
    "Not all of these times are free any more. Nothing was booked.",
);

/// Times of `kind` for `count` visits, the first of them at `start` exactly, each other one as soon
/// as it is free after the one before. `busy` as [`offer_at`] needs it, for a day.
///
/// `Err`: those that were found until there was none within [`LONGEST_WAIT`].
pub fn one_after_another(
    plan: &Plan,
    busy: &[Busy],
    start: Timestamp,
    count: usize,
    kind: VisitKind,
    now: Timestamp,
) -> Result<Vec<Offer>, Vec<Offer>> {
    let mut busy = busy.to_vec();
    let mut found: Vec<Offer> = Vec::with_capacity(count);
    while found.len() < count {
        let next = match found.last() {
            None => offer_at(plan, &busy, (start, Some(kind)), now).filter(Offer::is_free),
            Some(last) => {
                let end = last.slot.end.saturating_add(LONGEST_WAIT).unwrap_or(Timestamp::MAX);
                // The last start that is not too late belongs to it.
                let end = end.saturating_add(1.second()).unwrap_or(Timestamp::MAX);
                let within = Slot { start: last.slot.end, end };
                next_free(plan, &busy, within, now, 1, Some(kind)).into_iter().next()
            }
        };
        let Some(offer) = next else { return Err(found) };
        busy.push(taken(&offer));
        found.push(offer);
    }
    Ok(found)
}

/// The same, from the first start within `within` at which all fit.
#[must_use]
pub fn nearest_together(
    plan: &Plan,
    busy: &[Busy],
    within: Slot,
    count: usize,
    kind: VisitKind,
    now: Timestamp,
) -> Option<Vec<Offer>> {
    next_free(plan, busy, within, now, MOST_TRIES, Some(kind))
        .into_iter()
        .find_map(|first| one_after_another(plan, busy, first.slot.start, count, kind, now).ok())
}

/// What an offer takes of the doctor's time once it is booked.
#[must_use]
pub const fn taken(offer: &Offer) -> Busy {
    let Offer { slot, place, pauses, .. } = *offer;
    Busy { slot, state: BusyState::Booked, place, pauses }
}

/// One visit of a series that is being planned.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Occurrence {
    /// When it would be.
    pub wanted: Timestamp,
    /// That time, or where it is not free the nearest one of the same day, or else of the same week;
    /// `None`: nothing is free in that week.
    pub offer: Option<Offer>,
}

impl Occurrence {
    /// Whether it takes place when it should.
    #[must_use]
    pub fn is_as_wanted(&self) -> bool {
        self.offer.is_some_and(|offer| offer.slot.start == self.wanted)
    }
}

/// `times` instants, `every_weeks` apart, at which a clock in `zone` shows what it shows at `start`.
/// A time that the clocks skip is read as the same time after the jump.
#[must_use]
pub fn recurrences(
    start: Timestamp,
    zone: &TimeZone,
    every_weeks: u8,
    times: usize,
) -> Vec<Timestamp> {
    let first = start.to_zoned(zone.clone()).datetime();
    let weeks = i64::from(every_weeks);
    let instants = (0_i64..).take(times).map(|index| match index {
        // The first is the one that was chosen, be it the second copy of a repeated hour.
        0 => Some(start),
        _ => instant(first.checked_add((index * weeks).weeks()).ok()?, zone),
    });
    instants.map_while(|instant| instant).collect()
}

/// `start`, moved on the clock of `zone` as far as `from` is from `to`.
#[must_use]
pub fn moved_alike(
    start: Timestamp,
    from: Timestamp,
    to: Timestamp,
    zone: &TimeZone,
) -> Option<Timestamp> {
    let civil = |instant: Timestamp| instant.to_zoned(zone.clone()).datetime();
    let distance = civil(to).duration_since(civil(from));
    instant(civil(start).checked_add(distance).ok()?, zone)
}

fn instant(local: DateTime, zone: &TimeZone) -> Option<Timestamp> {
    Some(local.to_zoned(zone.clone()).ok()?.timestamp())
}

/// The visits of a series from `start` on, as far as `busy` is known: see [`Occurrence`].
#[must_use]
pub fn plan_series(
    plan: &Plan,
    busy: &[Busy],
    (zone, starts): (&TimeZone, &[Timestamp]),
    kind: VisitKind,
    now: Timestamp,
) -> Vec<Occurrence> {
    let occurrence = |&wanted: &Timestamp| {
        let offer = nearest_in_week(plan, busy, wanted, zone, kind, now);
        Occurrence { wanted, offer }
    };
    starts.iter().map(occurrence).collect()
}

/// The free time of the week of `wanted`, from Monday to Sunday, that is nearest to it: one of the same
/// day before all others.
fn nearest_in_week(
    plan: &Plan,
    busy: &[Busy],
    wanted: Timestamp,
    zone: &TimeZone,
    kind: VisitKind,
    now: Timestamp,
) -> Option<Offer> {
    let day = wanted.to_zoned(zone.clone()).date();
    let monday = day.saturating_sub(i64::from(day.weekday().to_monday_zero_offset()).days());
    let midnight = |date: jiff::civil::Date| date.to_zoned(zone.clone()).map(|day| day.timestamp());
    let week = Slot {
        start: midnight(monday).ok()?,
        end: midnight(monday.saturating_add(7.days())).ok()?,
    };
    let free = free_slots(plan, busy, week, now);
    free.into_iter().filter(|offer| offer.kinds.contains(kind)).min_by_key(|offer| {
        let other_day = offer.slot.start.to_zoned(zone.clone()).date() != day;
        (other_day, offer.slot.start.duration_since(wanted).abs())
    })
}

#[cfg(test)]
mod tests;
