//! Whether visits fit into the hours they are offered in.
use super::{
    DayChange, Plan, VisitKinds,
    clock::{MINUTE, end_of_hours, time_of_day},
};
use crate::booking::VisitKind;
use jiff::civil::Time;

/// For how many minutes hours are open; 00:00 as an end is midnight at the end of the day.
#[must_use]
pub fn open_minutes(starts: Time, ends: Time) -> i64 {
    (end_of_hours(ends) - time_of_day(starts)) / MINUTE
}

/// A kind of visit that lasts longer than hours for it are open.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TooLong {
    pub kind: VisitKind,
    /// How long it lasts.
    pub minutes: u16,
    /// How long the hours are open, in minutes.
    pub open: i64,
}

impl Plan {
    /// The kinds of visit that are longer than the longest hours for them, so that no time could ever be
    /// offered. A kind without any hours is none of them: they may come later.
    #[must_use]
    pub fn too_long(&self) -> Vec<TooLong> {
        let kinds = VisitKind::ALL.iter();
        kinds.filter_map(|&kind| self.too_long_for(kind, self.longest_hours(kind)?)).collect()
    }

    /// The shortest visits of `kinds`, if even they are longer than hours that are `open` for so many
    /// minutes: such hours never offer a time.
    #[must_use]
    pub fn all_too_long(&self, kinds: VisitKinds, open: i64) -> Option<TooLong> {
        let each: Option<Vec<_>> = kinds.iter().map(|kind| self.too_long_for(kind, open)).collect();
        each?.into_iter().min_by_key(|long| long.minutes)
    }

    fn too_long_for(&self, kind: VisitKind, open: i64) -> Option<TooLong> {
        let minutes = self.own_minutes(kind)?;
        (i64::from(minutes) > open).then_some(TooLong { kind, minutes, open })
    }

    /// How many minutes the longest hours for visits of `kind` are open; `None`: there are none.
    fn longest_hours(&self, kind: VisitKind) -> Option<i64> {
        let weekly = self.rules.iter().map(|rule| (rule.kinds, rule.starts, rule.ends));
        let extra = self.exceptions.iter().filter_map(|exception| match exception.change {
            DayChange::Extra { kinds, starts, ends, .. } => Some((kinds, starts, ends)),
            DayChange::Closed { .. } => None,
        });
        weekly
            .chain(extra)
            .filter(|(kinds, ..)| kinds.contains(kind))
            .map(|(_, starts, ends)| open_minutes(starts, ends))
            .max()
    }
}
