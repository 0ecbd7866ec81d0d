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

/// What the alert of a series says, while there is one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OpenAlert {
    pub severity: Severity,
    pub side: Side,
}

/// How a series of readings of one kind stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Watch {
    pub streak: Option<Streak>,
    pub open: Option<OpenAlert>,
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
    /// It was left behind: what comes now is something else, be it only on the other side.
    Lapsed,
}

/// What the alert of a series stands on, when all of its readings are looked at anew.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ground {
    /// Which reading is the last beyond the limits.
    pub last: usize,
    pub beyond: Beyond,
    /// How many are beyond them.
    pub readings: u32,
}

/// So long after the last reading an alert has nothing to do with the next one, unless that may still confirm it.
const LEFT_BEHIND: SignedDuration = SignedDuration::from_hours(24);

impl Watch {
    /// Whether nothing is to be remembered.
    #[must_use]
    pub fn is_idle(&self) -> bool {
        self.streak.is_none() && self.open.is_none()
    }

    /// How a series stands after its `readings`, the oldest first, each by its rule, and what its alert stands on, if there
    /// is one. None of them is looked at for how fast it has changed.
    #[must_use]
    pub fn after(bounds: &Bounds, readings: &[(Rule, Timestamp, Level)]) -> (Self, Option<Ground>) {
        let (mut watch, mut ground) = (Self::default(), None::<Ground>);
        for (last, (rule, at, level)) in readings.iter().enumerate() {
            for change in watch.follow(rule, bounds, *at, *level, None) {
                let before = ground.take();
                ground = match change {
                    Change::Opened(beyond) => {
                        let readings = watch.streak.map_or(1, |streak| streak.count);
                        Some(Ground { last, beyond, readings })
                    }
                    Change::Raised(beyond) | Change::Went(beyond) => {
                        before.map(|before| Ground { last, beyond, readings: before.readings + 1 })
                    }
                    Change::Calmed | Change::Lapsed => None,
                };
            }
        }
        (watch, ground)
    }

    /// Follows a reading of `at`; `too_fast`: it has changed so, on that side. What a device measured before the last one
    /// that was followed changes nothing; what somebody has typed may still make it worse, but ends nothing.
    pub fn follow(
        &mut self,
        rule: &Rule,
        bounds: &Bounds,
        at: Timestamp,
        level: Level,
        too_fast: Option<Side>,
    ) -> Vec<Change> {
        let beyond = bounds.judge(level);
        if let Some(seen) = self.seen.filter(|seen| at <= *seen) {
            let beyond = beyond.filter(|beyond| rule.hears_earlier && !self.turns(beyond.side));
            return beyond.map(|beyond| self.worsen(rule, beyond, seen)).unwrap_or_default();
        }
        let before = self.seen.replace(at);
        let is_left =
            before.is_some_and(|seen| at.duration_since(seen) > rule.gap.max(LEFT_BEHIND));
        let is_beyond = beyond.is_some() || too_fast.is_some();
        let lapsed = self.open.take_if(|_| is_left && is_beyond).map(|_| Change::Lapsed);
        let mut changes: Vec<_> = lapsed.into_iter().collect();
        let quiet = changes.len();
        match beyond {
            Some(beyond) => changes.extend(self.worsen(rule, beyond, at)),
            None if too_fast.is_none() && bounds.is_calm(level, rule.margin) => {
                changes.extend(self.calm_down(rule));
            }
            None => {}
        }
        if let Some(side) = too_fast.filter(|_| changes.len() == quiet) {
            changes.extend(self.note(rule, side, beyond.is_some()));
        }
        changes
    }

    /// Whether what there is by now is on the other side than `side`.
    fn turns(&self, side: Side) -> bool {
        self.open.is_some_and(|open| open.side != side)
            || self.streak.is_some_and(|streak| streak.side != side)
    }

    /// How fast something changes is no limit, so nothing has to confirm it. `is_counted`: the reading is beyond a limit,
    /// too, and was followed as that.
    fn note(&mut self, rule: &Rule, side: Side, is_counted: bool) -> Vec<Change> {
        let beyond = Beyond { severity: Severity::Warning, side, concern: Concern::Change };
        match self.open {
            Some(open) if open.side == side => {
                self.calm = 0;
                vec![Change::Went(beyond)]
            }
            Some(open) if open.severity == Severity::Critical => match is_counted {
                true => Vec::new(),
                false => self.count_calm(rule),
            },
            open => self.open_anew(open, beyond),
        }
    }

    /// Opens an alert in the place of one that was of the other side, if there was any.
    fn open_anew(&mut self, before: Option<OpenAlert>, beyond: Beyond) -> Vec<Change> {
        self.open = Some(OpenAlert { severity: beyond.severity, side: beyond.side });
        self.calm = 0;
        before.map(|_| Change::Lapsed).into_iter().chain([Change::Opened(beyond)]).collect()
    }

    fn worsen(&mut self, rule: &Rule, beyond: Beyond, at: Timestamp) -> Vec<Change> {
        let streak = Streak::after(self.streak, rule, beyond, at);
        self.streak = Some(streak);
        let asked =
            streak.asks(rule, beyond.severity).map(|severity| Beyond { severity, ..beyond });
        let Some(open) = self.open else {
            self.calm = 0;
            return asked.map(|asked| self.open_anew(None, asked)).unwrap_or_default();
        };
        if open.side != beyond.side {
            // One wild reading takes nothing back that cannot wait.
            let gives_way = open.severity == Severity::Warning || streak.is_confirmed(rule);
            return match asked.filter(|_| gives_way) {
                Some(asked) => self.open_anew(Some(open), asked),
                None => self.count_calm(rule),
            };
        }
        self.calm = 0;
        match asked.filter(|asked| asked.severity > open.severity) {
            Some(asked) => {
                self.open = Some(OpenAlert { severity: asked.severity, ..open });
                vec![Change::Raised(asked)]
            }
            None => vec![Change::Went(beyond)],
        }
    }

    fn calm_down(&mut self, rule: &Rule) -> Vec<Change> {
        if self.open.is_none() {
            self.streak = None;
            return Vec::new();
        }
        let changes = self.count_calm(rule);
        if !changes.is_empty() {
            self.streak = None;
        }
        changes
    }

    /// One more reading that is not what the alert says. What is beyond the limits of the other side is so, too.
    fn count_calm(&mut self, rule: &Rule) -> Vec<Change> {
        self.calm += 1;
        if self.calm < rule.calm {
            return Vec::new();
        }
        (self.open, self.calm) = (None, 0);
        vec![Change::Calmed]
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

    /// Whether so many of its readings, since then, are enough.
    fn is_enough(&self, rule: &Rule, count: u32, since: Timestamp) -> bool {
        count >= rule.confirm && self.last.duration_since(since) >= rule.lasting
    }

    fn is_confirmed(&self, rule: &Rule) -> bool {
        self.is_enough(rule, self.count, self.since)
    }

    /// How much it asks for by now, when its last reading is of that severity.
    fn asks(&self, rule: &Rule, last: Severity) -> Option<Severity> {
        match self.critical_since {
            Some(since)
                if last == Severity::Critical
                    && self.is_enough(rule, self.critical_count, since) =>
            {
                Some(Severity::Critical)
            }
            Some(_) if rule.asks_to_confirm() => Some(Severity::Warning),
            _ if self.is_confirmed(rule) => Some(Severity::Warning),
            _ => None,
        }
    }
}
