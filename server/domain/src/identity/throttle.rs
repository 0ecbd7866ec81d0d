//! How fast somebody may guess: a pause that grows with each failure, counted where it cannot be used to keep
//! the owner of an account out.
use crate::text_enum;
use jiff::{SignedDuration, Timestamp};
use std::net::IpAddr;

text_enum! {
    /// What is counted together.
    pub enum Lane {
        /// Failures to sign in to one account, from browsers that never did.
        Account = "account",
        /// The same from one browser that has signed in to it before: what strangers do does not count here.
        Browser = "browser",
        /// Failures to sign in from one network, to whichever account.
        Network = "network",
        /// Registrations, resets and codes that one network asks for or tries.
        Requests = "requests",
        /// Wrong codes and passwords, and passkeys that do not fit, of one account: shown by whoever is signed in to
        /// it, or has just given its password.
        Proof = "proof",
        /// Questions that devices are to answer with a passkey, asked for by browsers of one network before anybody
        /// is known. Each is kept until it is answered or ends: this keeps them few.
        Passkeys = "passkeys",
        /// Answers that do not fit one passkey, from one network, by whoever is not signed in. Nothing can be guessed
        /// there, and who knows the id of a passkey, which is no secret, makes nobody elsewhere wait.
        Credential = "credential",
        /// Readings that one person enters by hand, in a form or by a program of theirs.
        Entries = "entries",
    }
}

impl Lane {
    /// Whether all that is counted together is of one person, or of whoever says to be. Only then one success makes
    /// up for failures: on a network, anybody who has an account could then guess at others.
    #[must_use]
    pub const fn is_of_one(self) -> bool {
        !matches!(self, Self::Network)
    }
}

/// How patient we are in a lane.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Patience {
    /// How many are free.
    pub free: i32,
    /// The pause after the first that is not; it doubles with each further one.
    pub first: SignedDuration,
    pub longest: SignedDuration,
    /// After so long without another one all are forgotten.
    pub memory: SignedDuration,
}

impl Lane {
    #[must_use]
    pub const fn patience(self) -> Patience {
        let (free, first, longest, memory) = match self {
            Self::Account | Self::Browser | Self::Credential => (5, 5, 15 * 60, 24 * 60 * 60),
            Self::Network => (30, 5, 15 * 60, 60 * 60),
            Self::Requests => (40, 10, 15 * 60, 60 * 60),
            Self::Passkeys => (600, 1, 60, 10 * 60),
            // Nobody types faster: a minute's worth at once, and then one a second for as long as they like.
            Self::Entries => (60, 1, 1, 60),
            // Three of a million codes are right at any time: a day of guessing finds one in 9,000 days.
            Self::Proof => (5, 15, 60 * 60, 24 * 60 * 60),
        };
        Patience {
            free,
            first: SignedDuration::from_secs(first),
            longest: SignedDuration::from_secs(longest),
            memory: SignedDuration::from_secs(memory),
        }
    }
}

/// What has been counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Tally {
    pub lane: Lane,
    pub count: i32,
    pub last_at: Timestamp,
}

/// The pause after `count` of a lane.
#[must_use]
pub fn pause(lane: Lane, count: i32) -> SignedDuration {
    let Patience { free, first, longest, .. } = lane.patience();
    if count < free {
        return SignedDuration::ZERO;
    }
    let doublings = u32::try_from(count - free).unwrap_or_default();
    let factor = 2_i32.checked_pow(doublings).unwrap_or(i32::MAX);
    first.checked_mul(factor).unwrap_or(longest).min(longest)
}

impl Tally {
    /// How long to wait `now` before the next one; zero: not at all.
    #[must_use]
    pub fn wait(self, now: Timestamp) -> SignedDuration {
        // The clock of another server may be ahead of this one's.
        let since = now.duration_since(self.last_at).max(SignedDuration::ZERO);
        if since > self.lane.patience().memory {
            return SignedDuration::ZERO;
        }
        (pause(self.lane, self.count) - since).max(SignedDuration::ZERO)
    }
}

/// Whom an address on the network stands for: of IPv4 itself, of IPv6 its /64, which one customer has whole.
/// `None`: this machine, such as a proxy whose word about others is not taken.
#[must_use]
pub fn network(peer: IpAddr) -> Option<String> {
    match peer.to_canonical() {
        peer if peer.is_loopback() => None,
        IpAddr::V4(peer) => Some(peer.to_string()),
        IpAddr::V6(peer) => {
            let [a, b, c, d, ..] = peer.segments();
            Some(format!("{a:x}:{b:x}:{c:x}:{d:x}::/64"))
        }
    }
}

/// `a minute`, `40 seconds`, `12 minutes`: rounded up.
#[must_use]
pub fn said(wait: SignedDuration) -> String {
    let seconds = wait.as_secs() + i64::from(wait.subsec_nanos() > 0);
    match seconds {
        ..=1 => "a second".to_owned(),
        2..=59 => format!("{seconds} seconds"),
        60 => "a minute".to_owned(),
        _ => format!("{} minutes", (seconds + 59) / 60),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn lane() -> impl Strategy<Value = Lane> {
        proptest::sample::select(Lane::ALL)
    }

    proptest! {
        #[test]
        fn pauses_grow_to_a_limit(lane in lane(), count in 0..2_000_i32) {
            let Patience { free, longest, .. } = lane.patience();
            prop_assert!(pause(lane, count) <= pause(lane, count + 1));
            prop_assert!(pause(lane, count) <= longest);
            prop_assert_eq!(pause(lane, count).is_zero(), count < free);
        }

        #[test]
        fn whoever_waits_as_long_as_they_were_told_may_go_on(lane in lane(), count in 0..1_000_i32, after in 0..200_000_i64) {
            let last_at = Timestamp::UNIX_EPOCH;
            let now = last_at + SignedDuration::from_secs(after);
            let tally = Tally { lane, count, last_at };
            let wait = tally.wait(now);
            prop_assert!(!wait.is_negative());
            prop_assert!(tally.wait(now + wait).is_zero());
            prop_assert!(tally.wait(last_at + lane.patience().longest).is_zero());
        }

        #[test]
        fn on_a_clock_that_is_behind_nobody_waits_longer_than_the_pause(lane in lane(), count in 0..1_000_i32, behind in 0..100_000_i64) {
            let now = Timestamp::UNIX_EPOCH;
            let tally = Tally { lane, count, last_at: now + SignedDuration::from_secs(behind) };
            prop_assert_eq!(tally.wait(now), pause(lane, count));
        }

        /// Whatever is guessed in a day, it is little: 5, and one a quarter of an hour after some minutes.
        #[test]
        fn a_day_of_guessing_one_account_is_about_a_hundred_guesses(gap in 0..60_i64) {
            let (mut now, mut tally, mut guesses) = (Timestamp::UNIX_EPOCH, Tally { lane: Lane::Account, count: 0, last_at: Timestamp::UNIX_EPOCH }, 0);
            let end = now + SignedDuration::from_hours(24);
            while now < end {
                now += tally.wait(now) + SignedDuration::from_secs(gap);
                tally = Tally { count: tally.count + 1, last_at: now, ..tally };
                guesses += 1;
            }
            prop_assert!(guesses < 115, "{guesses}");
        }

        /// Three of a million codes are right at any time.
        #[test]
        fn codes_cannot_be_guessed(gap in 0..600_i64) {
            let (mut now, mut tally, mut guesses) = (Timestamp::UNIX_EPOCH, Tally { lane: Lane::Proof, count: 0, last_at: Timestamp::UNIX_EPOCH }, 0);
            let end = now + SignedDuration::from_hours(24);
            while now < end {
                now += tally.wait(now) + SignedDuration::from_secs(gap);
                tally = Tally { count: tally.count + 1, last_at: now, ..tally };
                guesses += 1;
            }
            prop_assert!(guesses < 40, "{guesses}");
        }

        #[test]
        fn one_customer_is_one_network(a: u64, b: u64, c: u64) {
            let of = |net: u64, host: u64| IpAddr::from((u128::from(net) << 64 | u128::from(host)).to_be_bytes());
            prop_assume!(a != 0);
            prop_assert_eq!(network(of(a, b)), network(of(a, c)));
        }

        #[test]
        fn a_wait_is_said_in_full(seconds in 1..100_000_i64) {
            let said = said(SignedDuration::from_secs(seconds));
            prop_assert!(said.starts_with("a ") || said.as_bytes()[0].is_ascii_digit());
        }
    }

    /// How many are taken in `span` of somebody who tries again after each `gap`.
    fn entered(gap: SignedDuration, span: SignedDuration) -> i64 {
        let start = Timestamp::UNIX_EPOCH;
        let mut tally = Tally { lane: Lane::Entries, count: 0, last_at: start };
        let (mut now, mut taken) = (start, 0);
        while now < start + span {
            if tally.wait(now).is_zero() {
                tally = Tally { count: tally.count + 1, last_at: now, ..tally };
                taken += 1;
            }
            now += gap;
        }
        taken
    }

    #[test]
    fn who_enters_one_a_second_never_waits_and_a_program_gets_little_more_than_that() {
        let hour = SignedDuration::from_hours(1);
        assert_eq!(entered(SignedDuration::from_secs(1), hour), 3_600);
        assert_eq!(entered(SignedDuration::from_millis(10), hour), 60 + 3_599);
    }

    #[test]
    fn this_machine_is_no_network_and_an_old_address_in_a_new_dress_is_the_old_one() {
        for local in ["127.0.0.1", "::1", "::ffff:127.0.0.1"] {
            assert_eq!(network(local.parse().unwrap()), None, "{local}");
        }
        let plain: IpAddr = "203.0.113.7".parse().unwrap();
        assert_eq!(network("::ffff:203.0.113.7".parse().unwrap()), network(plain));
        assert_ne!(network(plain), network("203.0.113.8".parse().unwrap()));
    }
}
