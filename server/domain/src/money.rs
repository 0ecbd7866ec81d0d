//! Money: whole minor units of one currency (ISO 4217).
use serde::{Deserialize, Serialize};
use std::fmt;

pub use iso_currency::Currency;

/// An amount in minor units, e.g. 4500 of EUR is forty-five euros.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Money {
    pub minor: i64,
    pub currency: Currency,
}

impl Money {
    #[must_use]
    pub const fn new(minor: i64, currency: Currency) -> Self {
        Self { minor, currency }
    }

    #[must_use]
    pub const fn zero(currency: Currency) -> Self {
        Self::new(0, currency)
    }

    #[must_use]
    pub const fn is_zero(self) -> bool {
        self.minor == 0
    }

    /// `percent` hundredths of this amount, rounded half to even at the minor unit.
    #[must_use]
    pub fn percent(self, percent: u8) -> Self {
        let product = i128::from(self.minor) * i128::from(percent);
        let (whole, rest) = (product.div_euclid(100), product.rem_euclid(100));
        let up = rest > 50 || (rest == 50 && whole.rem_euclid(2) == 1);
        let rounded = whole + i128::from(up);
        let saturated = if rounded < 0 { i64::MIN } else { i64::MAX };
        Self { minor: i64::try_from(rounded).unwrap_or(saturated), ..self }
    }

    /// The difference, when both are of one currency and it fits.
    #[must_use]
    pub fn checked_sub(self, other: Self) -> Option<Self> {
        (self.currency == other.currency)
            .then(|| self.minor.checked_sub(other.minor))
            .flatten()
            .map(|minor| Self { minor, ..self })
    }
}

/// `45 EUR`, `45.50 EUR`, `4500 JPY`: plain digits, so that every reader agrees on them.
impl fmt::Display for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let digits = usize::from(self.currency.exponent().unwrap_or(0));
        let unit = 10_u64.pow(u32::try_from(digits).unwrap_or(0));
        let (whole, rest) = (self.minor.unsigned_abs() / unit, self.minor.unsigned_abs() % unit);
        if self.minor < 0 {
            f.write_str("-")?;
        }
        match rest {
            0 => write!(f, "{whole}")?,
            _ => write!(f, "{whole}.{rest:0digits$}")?,
        }
        write!(f, " {}", self.currency.code())
    }
}

#[cfg(test)]
mod tests {
    use super::{Currency, Money};

    fn eur(minor: i64) -> Money {
        Money::new(minor, Currency::EUR)
    }

    #[test]
    fn half_a_cent_goes_to_the_even_one() {
        assert_eq!(eur(25).percent(50), eur(12));
        assert_eq!(eur(35).percent(50), eur(18));
        assert_eq!(eur(101).percent(50), eur(50));
    }

    #[test]
    fn amounts_read_in_the_units_of_their_currency() {
        assert_eq!(eur(4500).to_string(), "45 EUR");
        assert_eq!(eur(4505).to_string(), "45.05 EUR");
        assert_eq!(Money::new(4500, Currency::JPY).to_string(), "4500 JPY");
        assert_eq!(Money::new(1500, Currency::KWD).to_string(), "1.500 KWD");
    }

    #[test]
    fn two_currencies_never_mix() {
        assert_eq!(eur(5).checked_sub(Money::new(5, Currency::USD)), None);
    }
}
