use crate::text_enum;

text_enum! {
    /// What became of one reading of a batch.
    pub enum Outcome {
        /// Kept, late and near-duplicate ones among them.
        Accepted = "accepted",
        /// We have it already: nothing has changed.
        Duplicate = "duplicate",
        /// Kept apart, with a reason.
        Quarantined = "quarantined",
        Refused = "refused",
    }
}

/// How many readings became what.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Tally {
    pub accepted: u64,
    pub duplicates: u64,
    pub quarantined: u64,
    pub refused: u64,
}

impl Tally {
    /// How many there were.
    #[must_use]
    pub const fn total(self) -> u64 {
        let kept = self.accepted.saturating_add(self.quarantined);
        kept.saturating_add(self.duplicates).saturating_add(self.refused)
    }
}

impl FromIterator<Outcome> for Tally {
    fn from_iter<I: IntoIterator<Item = Outcome>>(outcomes: I) -> Self {
        let mut tally = Self::default();
        for outcome in outcomes {
            *match outcome {
                Outcome::Accepted => &mut tally.accepted,
                Outcome::Duplicate => &mut tally.duplicates,
                Outcome::Quarantined => &mut tally.quarantined,
                Outcome::Refused => &mut tally.refused,
            } += 1;
        }
        tally
    }
}
