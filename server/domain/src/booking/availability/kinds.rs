//! Kinds of visit: sets of them, and what a doctor says of one for all hours.
use super::{DayChange, Plan};
use crate::{UnknownWord, booking::VisitKind};
use serde::{Deserialize, Serialize};

/// The kinds of visit that a window offers. Never empty when it comes from JSON.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Vec<VisitKind>", into = "Vec<VisitKind>")]
pub struct VisitKinds(u8);

impl VisitKinds {
    const fn bit(kind: VisitKind) -> u8 {
        match kind {
            VisitKind::Video => 1,
            VisitKind::Phone => 2,
            VisitKind::InPerson => 4,
        }
    }

    #[must_use]
    pub const fn contains(self, kind: VisitKind) -> bool {
        self.0 & Self::bit(kind) != 0
    }

    #[must_use]
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// Those that are in both.
    #[must_use]
    pub(super) const fn common(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }

    /// Those that are in either.
    #[must_use]
    pub(super) const fn and(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Its kinds, in the order of their declaration.
    pub fn iter(self) -> impl Iterator<Item = VisitKind> {
        VisitKind::ALL.iter().copied().filter(move |&kind| self.contains(kind))
    }

    /// The set that stored `words` name. A word that we do not know offers nothing,
    /// and hours that offer no kind have no times.
    #[must_use]
    pub fn from_words<W: AsRef<str>>(words: &[W]) -> Self {
        words.iter().filter_map(|word| word.as_ref().parse::<VisitKind>().ok()).collect()
    }

    /// The stored words.
    #[must_use]
    pub fn words(self) -> Vec<&'static str> {
        self.iter().map(VisitKind::as_str).collect()
    }
}

impl From<VisitKind> for VisitKinds {
    fn from(kind: VisitKind) -> Self {
        Self(Self::bit(kind))
    }
}

impl FromIterator<VisitKind> for VisitKinds {
    fn from_iter<I: IntoIterator<Item = VisitKind>>(kinds: I) -> Self {
        Self(kinds.into_iter().fold(0, |set, kind| set | Self::bit(kind)))
    }
}

impl TryFrom<Vec<VisitKind>> for VisitKinds {
    type Error = UnknownWord;

    fn try_from(kinds: Vec<VisitKind>) -> Result<Self, UnknownWord> {
        if kinds.is_empty() { Err(UnknownWord) } else { Ok(kinds.into_iter().collect()) }
    }
}

impl From<VisitKinds> for Vec<VisitKind> {
    fn from(kinds: VisitKinds) -> Self {
        kinds.iter().collect()
    }
}

/// What a doctor says of one kind of visit, whatever the hours.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KindRule {
    pub kind: VisitKind,
    /// How long it lasts; `None`: as long as its hours say.
    pub slot_minutes: Option<u16>,
    /// Pauses around each visit of this kind, where no longer ones hold.
    pub buffer_before_minutes: u16,
    pub buffer_after_minutes: u16,
}

/// Kinds of visit that are alike in length and pauses. Each has times of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Lane {
    pub(super) kinds: VisitKinds,
    /// `None`: as long as the hours say.
    pub(super) slot_minutes: Option<u16>,
    pub(super) before_minutes: u16,
    pub(super) after_minutes: u16,
}

/// The most lanes there can be: one for each kind.
pub(super) const MOST_LANES: usize = VisitKind::ALL.len();

/// The kinds, put together where they are alike.
pub(super) fn lanes(plan: &Plan) -> Vec<Lane> {
    let mut lanes: Vec<Lane> = Vec::with_capacity(1);
    for &kind in VisitKind::ALL {
        let rule = plan.kind_rule(kind);
        let lane = Lane {
            kinds: kind.into(),
            slot_minutes: rule.and_then(|rule| rule.slot_minutes),
            before_minutes: rule.map_or(0, |rule| rule.buffer_before_minutes),
            after_minutes: rule.map_or(0, |rule| rule.buffer_after_minutes),
        };
        match lanes.iter_mut().find(|known| Lane { kinds: known.kinds, ..lane } == **known) {
            Some(known) => known.kinds = known.kinds.and(lane.kinds),
            None => lanes.push(lane),
        }
    }
    lanes
}

impl Plan {
    fn kind_rule(&self, kind: VisitKind) -> Option<&KindRule> {
        self.kind_rules.iter().find(|rule| rule.kind == kind)
    }

    /// How long visits of `kind` last, where they have a length of their own.
    #[must_use]
    pub fn own_minutes(&self, kind: VisitKind) -> Option<u16> {
        self.kind_rule(kind)?.slot_minutes
    }

    /// Whether any hours are kept for urgent visits, so that times become free as time goes by.
    #[must_use]
    pub fn keeps_for_urgent(&self) -> bool {
        let weekly = self.rules.iter().map(|rule| rule.kept_for_urgent_minutes);
        let extra = self.exceptions.iter().map(|exception| match exception.change {
            DayChange::Extra { kept_for_urgent_minutes, .. } => kept_for_urgent_minutes,
            DayChange::Closed { .. } => None,
        });
        weekly.chain(extra).any(|kept| kept.is_some())
    }

    /// The same hours, offered by the minute to everybody: what is open, however long visits are.
    #[must_use]
    pub fn minute_by_minute(mut self) -> Self {
        for rule in &mut self.rules {
            rule.slot_minutes = 1;
            rule.kept_for_urgent_minutes = None;
        }
        for exception in &mut self.exceptions {
            if let DayChange::Extra { slot_minutes, kept_for_urgent_minutes, .. } =
                &mut exception.change
            {
                (*slot_minutes, *kept_for_urgent_minutes) = (1, None);
            }
        }
        Self { kind_rules: Vec::new(), ..self }
    }
}
