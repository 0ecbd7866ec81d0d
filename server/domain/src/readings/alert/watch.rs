use super::{Beyond, Bounds, Concern, Rule, Severity, Side};
use crate::readings::Level;
use jiff::{SignedDuration, Timestamp};

/// Readings beyond their limits on one side, one after the other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Streak {
    pub side: Side,
    pub since: Timestamp,
    pub count: u32,
    /// Since when and how many of them cannot wait.
    pub critical_since: Option<Timestamp>,
    pub critical_count: u32,
    /// When the last of them was measured.
    pub last: Timestamp,
}

/// How a series of readings of one kind stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Watch {
    pub streak: Option<Streak>,
    /// That of the alert of the series, while there is one.
    pub open: Option<Severity>,
    /// How many calm readings came since.
    pub calm: u32,
    /// What was measured before this has been followed.
    pub seen: Option<Timestamp>,
}

/// What becomes of the alert of a series.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Change {
    Opened(Beyond),
    /// It cannot wait any more.
    Raised(Beyond),
    /// One more reading beyond the limits.
    Went(Beyond),
    /// The readings are calm again.
    Calmed,
    /// It was left behind: what comes now is something else.
    Lapsed,
}

/// So long after the last reading an alert has nothing to do with the next one, unless that may still confirm it.
const LEFT_BEHIND: SignedDuration = SignedDuration::from_hours(24);

impl Watch {
    /// Whether nothing is to be remembered.
    #[must_use]
    pub fn is_idle(&self) -> bool {
        self.streak.is_none() && self.open.is_none()
    }

    /// Follows a reading of `at`; `too_fast`: it has changed so, on that side. What was measured before the last one that
    /// was followed changes nothing.
    pub fn follow(
        &mut self,
        rule: &Rule,
        bounds: &Bounds,
        at: Timestamp,
        level: Level,
        too_fast: Option<Side>,
    ) -> Vec<Change> {
        if self.seen.is_some_and(|seen| at <= seen) {
            return Vec::new();
        }
        let before = self.seen.replace(at);
        let beyond = bounds.judge(level);
        let is_left =
            before.is_some_and(|seen| at.duration_since(seen) > rule.gap.max(LEFT_BEHIND));
        let is_beyond = beyond.is_some() || too_fast.is_some();
        let lapsed = self.open.take_if(|_| is_left && is_beyond).map(|_| Change::Lapsed);
        let change = match beyond {
            Some(beyond) => self.worsen(rule, beyond, at),
            None if too_fast.is_none() && bounds.is_calm(level, rule.margin) => {
                self.calm_down(rule)
            }
            None => None,
        };
        let noted = too_fast.filter(|_| change.is_none()).map(|side| self.note(side));
        [lapsed, change, noted].into_iter().flatten().collect()
    }

    /// How fast something changes is no limit, so nothing has to confirm it.
    fn note(&mut self, side: Side) -> Change {
        let beyond = Beyond { severity: Severity::Warning, side, concern: Concern::Change };
        self.calm = 0;
        match self.open {
            Some(_) => Change::Went(beyond),
            None => {
                self.open = Some(beyond.severity);
                Change::Opened(beyond)
            }
        }
    }

    fn worsen(&mut self, rule: &Rule, beyond: Beyond, at: Timestamp) -> Option<Change> {
        let streak = Streak::after(self.streak, rule, beyond, at);
        (self.streak, self.calm) = (Some(streak), 0);
        let asked =
            streak.asks(rule, beyond.severity).map(|severity| Beyond { severity, ..beyond });
        match (self.open, asked) {
            (None, None) => None,
            (None, Some(asked)) => {
                self.open = Some(asked.severity);
                Some(Change::Opened(asked))
            }
            (Some(open), Some(asked)) if asked.severity > open => {
                self.open = Some(asked.severity);
                Some(Change::Raised(asked))
            }
            (Some(_), _) => Some(Change::Went(beyond)),
        }
    }

    fn calm_down(&mut self, rule: &Rule) -> Option<Change> {
        if self.open.is_none() {
            self.streak = None;
            return None;
        }
        self.calm += 1;
        (self.calm >= rule.calm).then(|| {
            (self.streak, self.open, self.calm) = (None, None, 0);
            Change::Calmed
        })
    }
}

impl Streak {
    /// Goes on from `before`, unless that is another side, or too long ago to confirm anything.
    fn after(before: Option<Self>, rule: &Rule, beyond: Beyond, at: Timestamp) -> Self {
        let goes_on = |streak: &Self| {
            streak.side == beyond.side && at.duration_since(streak.last) <= rule.gap
        };
        let before = before.filter(goes_on);
        let since = before.and_then(|streak| streak.critical_since);
        let count = before.map_or(0, |streak| streak.critical_count);
        // Between two that cannot wait, one that is not quite so bad calms nobody.
        let (critical_since, critical_count) = match beyond.severity {
            Severity::Critical => (since.or(Some(at)), count + 1),
            Severity::Warning => (since, count),
        };
        Self {
            side: beyond.side,
            since: before.map_or(at, |streak| streak.since),
            count: before.map_or(0, |streak| streak.count) + 1,
            critical_since,
            critical_count,
            last: at,
        }
    }

    /// How much it asks for by now, when its last reading is of that severity.
    fn asks(&self, rule: &Rule, last: Severity) -> Option<Severity> {
        let lasts = |since: Timestamp| self.last.duration_since(since) >= rule.lasting;
        let is_confirmed = |count: u32, since: Timestamp| count >= rule.confirm && lasts(since);
        match self.critical_since {
            Some(since)
                if last == Severity::Critical && is_confirmed(self.critical_count, since) =>
            {
                Some(Severity::Critical)
            }
            Some(_) if rule.asks_to_confirm() => Some(Severity::Warning),
            _ if is_confirmed(self.count, self.since) => Some(Severity::Warning),
            _ => None,
        }
    }
}
