//! The next free times of a doctor as they were found last.
//!
//! The same few doctors stand first in search after search, and little happens between two of them.
//! Times that were found once are still the next ones as long as the same visits are booked and the
//! first of them can still be booked: time alone frees nothing sooner (a property test of `domain`
//! says so).
use domain::booking::{Busy, Offer, Plan, Slot, VisitKind, next_free};
use jiff::{SignedDuration, Timestamp};
use std::sync::{Mutex, PoisonError};

/// What was looked for, in what, and what was found.
#[derive(Debug)]
struct Look {
    bookable_from: Timestamp,
    count: usize,
    kind: Option<VisitKind>,
    busy: Vec<Busy>,
    free: Vec<Offer>,
}

/// The last look at one version of a doctor.
#[derive(Debug, Default)]
pub struct LastLook(Mutex<Option<Look>>);

impl LastLook {
    /// The same as [`next_free`], which `plan` must be given for each time.
    pub fn next_free(
        &self,
        plan: &Plan,
        busy: &[Busy],
        within: Slot,
        now: Timestamp,
        (count, kind): (usize, Option<VisitKind>),
    ) -> Vec<Offer> {
        let mut last = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let notice = SignedDuration::from_mins(plan.lead_minutes.into());
        let bookable_from = now.saturating_add(notice).unwrap_or(Timestamp::MAX).max(within.start);
        let kept = last.as_ref().filter(|last| {
            let first = last.free.first().map(|offer| offer.slot.start);
            let until = last.free.last().map(|offer| offer.slot.start);
            // What is kept for urgent visits becomes free as time goes by.
            !plan.keeps_for_urgent()
                && last.bookable_from <= bookable_from
                && (last.count, last.kind) == (count, kind)
                && last.free.len() == count
                && first.is_some_and(|first| first >= bookable_from)
                && until.is_some_and(|until| until < within.end)
                && last.busy == busy
        });
        if let Some(kept) = kept {
            return kept.free.clone();
        }
        let free = next_free(plan, busy, within, now, count, kind);
        *last = Some(Look { bookable_from, count, kind, busy: busy.to_vec(), free: free.clone() });
        free
    }
}
