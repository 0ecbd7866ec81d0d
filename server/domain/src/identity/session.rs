//! How long what was opened stays open.
use jiff::{SignedDuration, Timestamp};

/// How long the session of a browser lasts in which nobody has signed in.
pub const VISITOR: SignedDuration = SignedDuration::from_hours(12);

/// How long a browser may be idle in which somebody has signed in to see what is theirs.
pub const IDLE: SignedDuration = SignedDuration::from_mins(30);

/// The same of those who see the records of others: a screen in a clinic is left alone where people pass by.
pub const STAFF_IDLE: SignedDuration = SignedDuration::from_mins(15);

/// How long a session lasts however much it is used.
pub const LONGEST: SignedDuration = SignedDuration::from_hours(12);

/// How long before its end somebody is asked whether they are still there (WCAG 2.2.1).
pub const WARNING: SignedDuration = SignedDuration::from_mins(2);

/// That something is used is written down so often at most.
pub const NOTED_EVERY: SignedDuration = SignedDuration::from_mins(1);

/// How long a program may go without a new access token.
pub const PROGRAM_IDLE: SignedDuration = SignedDuration::from_hours(30 * 24);

/// How long the sign-in of a program lasts however much it is used.
pub const PROGRAM_LONGEST: SignedDuration = SignedDuration::from_hours(90 * 24);

/// When it ends that was used `now`, may be idle for `idle` and ends at `ends_at` at the latest.
#[must_use]
pub fn expiry(now: Timestamp, idle: SignedDuration, ends_at: Timestamp) -> Timestamp {
    now.checked_add(idle).unwrap_or(Timestamp::MAX).min(ends_at)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn nothing_outlives_its_end_nor_its_idleness(begun in 0..4_000_000_000_i64, used in 0..2_000_000_i64) {
            let begun = Timestamp::from_second(begun).unwrap();
            let now = begun + SignedDuration::from_secs(used);
            let ends_at = begun + LONGEST;
            let expiry = expiry(now, IDLE, ends_at);
            prop_assert!(expiry <= ends_at && expiry <= now + IDLE);
            prop_assert!(expiry == ends_at || expiry == now + IDLE);
        }
    }
}
