//! How often a device may send: evenly in the long run, with room for what it has remembered (the
//! generic cell rate algorithm of ITU-T I.371).
use jiff::{SignedDuration, Timestamp};

/// How many requests a device may send at once that was silent before. Each holds up to
/// [`BATCH_AT_MOST`](crate::readings::BATCH_AT_MOST) readings.
pub const REQUESTS_AT_ONCE: i32 = 120;

/// How long it takes until one request more may be sent: two a second for as long as it likes.
pub const ONE_REQUEST_EACH: SignedDuration = SignedDuration::from_millis(500);

/// How many readings of a device are kept that come on one day (UTC): one each second, and as many that it remembered.
pub const READINGS_A_DAY: i64 = 200_000;

/// Until when what a device has sent counts, with one more request `now`; `until` is what this said
/// of the one before. An error is how long to wait, and the request does not count.
pub fn one_more(until: Option<Timestamp>, now: Timestamp) -> Result<Timestamp, SignedDuration> {
    let later = |span| now.checked_add(span).unwrap_or(Timestamp::MAX);
    let room = later(ONE_REQUEST_EACH.saturating_mul(REQUESTS_AT_ONCE));
    // Further ahead is only the clock that was set back: nobody waits for that.
    let until = until.filter(|until| *until <= room).unwrap_or(now).max(now);
    let then = until.checked_add(ONE_REQUEST_EACH).unwrap_or(Timestamp::MAX);
    if then <= room { Ok(then) } else { Err(then.duration_since(room)) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::{collection::vec, prelude::*};

    fn start() -> Timestamp {
        Timestamp::from_second(1_772_440_200).unwrap()
    }

    #[test]
    fn what_was_remembered_is_sent_at_once_and_the_rest_evenly() {
        let mut until = None;
        for _ in 0..REQUESTS_AT_ONCE {
            until = Some(one_more(until, start()).unwrap());
        }
        assert_eq!(one_more(until, start()), Err(ONE_REQUEST_EACH));
        let later = start() + ONE_REQUEST_EACH;
        let until = Some(one_more(until, later).unwrap());
        assert_eq!(one_more(until, later), Err(ONE_REQUEST_EACH));
    }

    proptest! {
        #[test]
        fn no_stretch_of_time_has_more_than_its_share(gaps in vec(0..1_500_i64, 1..400)) {
            let (mut now, mut until, mut taken) = (start(), None, Vec::new());
            for gap in gaps {
                now += SignedDuration::from_millis(gap);
                if let Ok(then) = one_more(until, now) {
                    until = Some(then);
                    taken.push(now);
                }
            }
            for (index, first) in taken.iter().enumerate() {
                let count = i64::try_from(taken.len() - index).unwrap();
                let span = now.duration_since(*first).as_millis();
                let share = span / ONE_REQUEST_EACH.as_millis() + i128::from(REQUESTS_AT_ONCE);
                prop_assert!(i128::from(count) <= share + 1);
            }
        }

        #[test]
        fn whoever_waits_as_long_as_they_were_told_is_heard(ahead in -100_000..1_000_000_i64) {
            let until = Some(start() + SignedDuration::from_millis(ahead));
            if let Err(wait) = one_more(until, start()) {
                prop_assert!(wait > SignedDuration::ZERO && wait <= ONE_REQUEST_EACH);
                prop_assert!(one_more(until, start() + wait).is_ok());
            }
        }
    }
}
