//! A new password for who has forgotten theirs.
use crate::{Id, Refusal};
use jiff::{SignedDuration, Timestamp};

/// A link that lets somebody choose a new password.
#[derive(Debug)]
pub enum PasswordReset {}
pub type ResetId = Id<PasswordReset>;

/// How long a link works.
pub const LINK_LIFETIME: SignedDuration = SignedDuration::from_mins(30);

/// How often an address is sent a link in a day, and how long after one at the earliest the next.
pub const LINKS_A_DAY: i64 = 12;
pub const LINK_PAUSE: SignedDuration = SignedDuration::from_secs(60);

pub const RESET_OVER: Refusal =
    Refusal::new("identity.reset_over", "This link works no longer. Please ask for a new one.");

/// Whether another link may be sent `now`, after those that were in the last day, the newest first.
#[must_use]
pub fn may_send(sent: &[Timestamp], now: Timestamp) -> bool {
    let few = i64::try_from(sent.len()).is_ok_and(|count| count < LINKS_A_DAY);
    few && sent.first().is_none_or(|&last| now.duration_since(last) >= LINK_PAUSE)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn however_often_somebody_asks_few_links_are_sent(gaps in proptest::collection::vec(0..4_000_i64, 1..200)) {
            let mut now = Timestamp::UNIX_EPOCH;
            let mut sent: Vec<Timestamp> = Vec::new();
            for gap in gaps {
                now += SignedDuration::from_secs(gap);
                let day = now - SignedDuration::from_hours(24);
                let recent: Vec<_> = sent.iter().rev().copied().filter(|&at| at > day).collect();
                if may_send(&recent, now) {
                    prop_assert!(recent.first().is_none_or(|&last| now.duration_since(last) >= LINK_PAUSE));
                    sent.push(now);
                }
                let day = sent.iter().filter(|&&at| at > day).count();
                prop_assert!(day <= 12);
            }
        }
    }
}
