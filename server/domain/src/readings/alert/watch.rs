use super::{Beyond, Bounds, Rule, Severity, Side};
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

/// So long after its last reading an alert has nothing to do with the next one.
const LEFT_BEHIND: SignedDuration = SignedDuration::from_hours(24);

impl Watch {
    /// Whether nothing is to be remembered.
    #[must_use]
    pub fn is_idle(&self) -> bool {
        self.streak.is_none() && self.open.is_none()
    }

    /// Follows a reading of `at`. What was measured before the last one that was followed changes nothing.
    pub fn follow(
        &mut self,
        rule: &Rule,
        bounds: &Bounds,
        at: Timestamp,
        level: Level,
    ) -> Vec<Change> {
        if self.seen.is_some_and(|seen| at <= seen) {
            return Vec::new();
        }
        self.seen = Some(at);
        match bounds.judge(level) {
            Some(beyond) => self.worsen(rule, beyond, at),
            None if bounds.is_calm(level, rule.margin) => {
                self.calm_down(rule).into_iter().collect()
            }
            None => Vec::new(),
        }
    }

    /// What is wrong is no limit, so nothing has to confirm it.
    pub fn note(&mut self, beyond: Beyond) -> Option<Change> {
        self.calm = 0;
        match self.open {
            Some(_) => None,
            None => {
                self.open = Some(beyond.severity);
                Some(Change::Opened(beyond))
            }
        }
    }

    fn worsen(&mut self, rule: &Rule, beyond: Beyond, at: Timestamp) -> Vec<Change> {
        let mut changes = Vec::new();
        let last = self.streak.map(|streak| streak.last);
        if self.open.is_some() && last.is_some_and(|last| at.duration_since(last) > LEFT_BEHIND) {
            self.open = None;
            changes.push(Change::Lapsed);
        }
        let streak = Streak::after(self.streak, rule, beyond, at);
        (self.streak, self.calm) = (Some(streak), 0);
        let asked = streak.asks(rule).map(|severity| Beyond { severity, ..beyond });
        changes.extend(match (self.open, asked) {
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
        });
        changes
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
        let is_critical = beyond.severity == Severity::Critical;
        let (critical_since, critical_count) = match before {
            _ if !is_critical => (None, 0),
            Some(streak) => (streak.critical_since.or(Some(at)), streak.critical_count + 1),
            None => (Some(at), 1),
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

    /// How much it asks for by now.
    fn asks(&self, rule: &Rule) -> Option<Severity> {
        let lasts = |since: Timestamp| self.last.duration_since(since) >= rule.lasting;
        let is_confirmed = |count: u32, since: Timestamp| count >= rule.confirm && lasts(since);
        match self.critical_since {
            Some(since) if is_confirmed(self.critical_count, since) => Some(Severity::Critical),
            Some(_) if rule.asks_to_confirm() => Some(Severity::Warning),
            _ if is_confirmed(self.count, self.since) => Some(Severity::Warning),
            _ => None,
        }
    }
}
