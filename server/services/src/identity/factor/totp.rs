//! Codes that change every 30 seconds (RFC 6238), as every app for them makes them.
use crate::{Error, Result};
use domain::identity::{factor::SECRET_LENGTH, proof::Code};
use jiff::Timestamp;
use totp_rs::{Algorithm, Builder, Secret};

/// In which of the steps of 30 seconds since 1970 the app shows `code`: that of `now`, the one before or the one
/// after, for clocks that are a little off. `None`: in none of them.
pub fn step_of(secret: &[u8; SECRET_LENGTH], code: Code, now: Timestamp) -> Result<Option<i64>> {
    let totp = Builder::new()
        .with_algorithm(Algorithm::SHA1)
        .with_digits(6)
        .with_step_duration(30)
        .with_skew(1)
        .with_secret(Secret::new_stack(*secret))
        .build()
        .map_err(|error| Error::Internal(error.into()))?;
    let seconds = u64::try_from(now.as_second()).unwrap_or_default();
    let step = totp.check(&code.to_string(), seconds);
    Ok(step.and_then(|step| i64::try_from(step).ok()))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 6238, appendix B: the last six of its eight digits.
    #[test]
    fn codes_are_those_of_the_standard_in_their_step_and_beside_it() {
        let secret = b"12345678901234567890";
        for (seconds, code) in
            [(1_111_111_109, "081804"), (1_234_567_890, "005924"), (2_000_000_000, "279037")]
        {
            let (code, step) = (code.parse().unwrap(), seconds / 30);
            let at = |step: i64| {
                let now = Timestamp::from_second(step * 30).unwrap();
                step_of(secret, code, now).unwrap()
            };
            for near in step - 1..=step + 1 {
                assert_eq!(at(near), Some(step));
            }
            assert_eq!((at(step - 2), at(step + 2)), (None, None));
        }
    }
}
