//! Tokens with which a program gets new ones, each of use once (RFC 9700, section 4.14.2).
use crate::{Id, Refusal};
use jiff::{SignedDuration, Timestamp};

/// One sign-in of a program, and all tokens that follow from it.
#[derive(Debug)]
pub enum TokenFamily {}
pub type FamilyId = Id<TokenFamily>;

/// How long after its use a token may be sent once more, by who did not get the answer.
pub const RETRY: SignedDuration = SignedDuration::from_secs(10);

pub const REFRESH_OVER: Refusal =
    Refusal::new("identity.refresh_over", "This sign-in has ended. Please sign in again.");

/// What is known of a refresh token that somebody shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shown {
    pub expires_at: Timestamp,
    /// When it was used, or another token of the same retry was.
    pub spent_at: Option<Timestamp>,
    /// Whether it may still be used once more after that.
    pub may_retry: bool,
    /// Whether everything that belongs to its sign-in has ended.
    pub is_over: bool,
}

/// What becomes of a refresh token that somebody shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answer {
    /// The next one, in the place of this one and of any other of the family.
    Next,
    /// Another one beside the one that was not received.
    Again,
    /// Two have it, and one of them is a thief: nobody may go on.
    Reused,
    /// It opens nothing any more, and nobody did wrong.
    Over,
}

impl Shown {
    #[must_use]
    pub fn answer(self, now: Timestamp) -> Answer {
        match self.spent_at {
            _ if self.is_over || self.expires_at <= now => Answer::Over,
            None => Answer::Next,
            Some(spent) if self.may_retry && now.duration_since(spent) <= RETRY => Answer::Again,
            Some(_) => Answer::Reused,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn second(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    fn shown() -> impl Strategy<Value = Shown> {
        (0..100_i64, proptest::option::of(0..100_i64), any::<bool>(), any::<bool>()).prop_map(
            |(expires, spent, may_retry, is_over)| Shown {
                expires_at: second(expires),
                spent_at: spent.map(second),
                may_retry,
                is_over,
            },
        )
    }

    proptest! {
        #[test]
        fn a_token_is_of_use_once_and_right_after_once_more(shown in shown(), now in 0..100_i64) {
            let now = second(now);
            let answer = shown.answer(now);
            if answer == Answer::Next {
                prop_assert!(shown.spent_at.is_none());
            }
            if answer == Answer::Again {
                prop_assert!(shown.may_retry && shown.spent_at.is_some_and(|at| now <= at + RETRY));
                prop_assert_eq!(Shown { may_retry: false, ..shown }.answer(now), Answer::Reused);
            }
            prop_assert_eq!(answer == Answer::Over, shown.is_over || shown.expires_at <= now);
        }
    }
}
