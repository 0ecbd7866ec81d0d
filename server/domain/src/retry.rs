//! When to try again what another system did not answer.
use jiff::SignedDuration;

/// How often something is tried before it is given up, the first time included.
pub const TRIES: i16 = 9;

/// The same of a mail: whoever runs the mail server may need the night to notice that it is down.
pub const MAIL_TRIES: i16 = 30;

/// The same of a text message: somebody waits for it with the page open, and asks for another one themselves.
pub const TEXT_TRIES: i16 = 5;

const FIRST: i64 = 5_000;
const LONGEST: i64 = 3_600_000;

/// How long to wait after the try number `attempts` from 1 on: twice as long each time, up to an hour, and
/// by up to half less, so that what failed together does not come back together. `dice` is any number.
#[must_use]
pub fn pause(attempts: i16, dice: u64) -> SignedDuration {
    let doublings = u32::try_from(attempts.max(1) - 1).unwrap_or_default().min(20);
    let whole = FIRST.saturating_mul(1 << doublings).min(LONGEST);
    let half = whole / 2;
    let extra = dice % u64::try_from(half + 1).unwrap_or(1);
    SignedDuration::from_millis(half + i64::try_from(extra).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::{MAIL_TRIES, TEXT_TRIES, TRIES, pause};
    use jiff::SignedDuration;
    use proptest::prelude::*;

    #[test]
    fn all_tries_together_take_less_than_half_a_day_and_more_than_ten_minutes() {
        let all = |dice| (1..TRIES).map(|attempts| pause(attempts, dice)).sum::<SignedDuration>();
        assert!(all(0) > SignedDuration::from_mins(10), "{}", all(0));
        assert!(all(u64::MAX) < SignedDuration::from_hours(12));
    }

    #[test]
    fn mail_waits_for_half_a_day_at_least_and_two_days_at_most() {
        let all = |dice| (1..MAIL_TRIES).map(|tries| pause(tries, dice)).sum::<SignedDuration>();
        assert!(all(0) > SignedDuration::from_hours(10), "{}", all(0));
        assert!(all(u64::MAX) < SignedDuration::from_hours(48));
    }

    #[test]
    fn a_text_message_is_given_up_before_another_one_could_be_the_third() {
        let all = |dice| (1..TEXT_TRIES).map(|tries| pause(tries, dice)).sum::<SignedDuration>();
        assert!(all(0) > SignedDuration::from_secs(30), "{}", all(0));
        assert!(all(u64::MAX) < SignedDuration::from_mins(2));
    }

    proptest! {
        #[test]
        fn a_pause_is_half_of_its_length_at_least_and_an_hour_at_most(attempts: i16, dice: u64) {
            let pause = pause(attempts, dice);
            prop_assert!(pause >= SignedDuration::from_millis(2_500));
            prop_assert!(pause <= SignedDuration::from_hours(1));
        }

        #[test]
        fn the_longest_pause_after_a_try_is_no_shorter_than_the_one_before(attempts in 1..30_i16, dice: u64) {
            prop_assert!(pause(attempts + 1, 0) >= pause(attempts, 0));
            prop_assert!(pause(attempts + 2, dice) >= pause(attempts, 0));
        }
    }
}
