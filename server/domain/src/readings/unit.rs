use crate::text_enum;

text_enum! {
    /// A unit that readings are sent, stored or shown in, as its UCUM code (case-sensitive, <https://ucum.org>).
    pub enum Unit {
        PerMinute = "/min",
        MillimetreOfMercury = "mm[Hg]",
        Kilopascal = "kPa",
        Percent = "%",
        Celsius = "Cel",
        Fahrenheit = "[degF]",
        MilligramPerDecilitre = "mg/dL",
        MillimolePerLitre = "mmol/L",
        Kilogram = "kg",
        Gram = "g",
        /// The international avoirdupois pound.
        Pound = "[lb_av]",
        Centimetre = "cm",
        Metre = "m",
        /// The international inch, and foot.
        Inch = "[in_i]",
        Foot = "[ft_i]",
        Steps = "{steps}",
        Minute = "min",
        Hour = "h",
        Second = "s",
        LitrePerMinute = "L/min",
        LitrePerSecond = "L/s",
        Millisecond = "ms",
    }
}

impl Unit {
    /// What devices and people write beside the code. Upper and lower case are the same in it.
    #[must_use]
    pub const fn spellings(self) -> &'static [&'static str] {
        match self {
            Self::PerMinute => &[
                "bpm",
                "beats/min",
                "beats/minute",
                "{beats}/min",
                "breaths/min",
                "breaths/minute",
                "{breaths}/min",
                "1/min",
            ],
            Self::MillimetreOfMercury => &["mmHg", "mm Hg"],
            Self::Percent => &["percent"],
            Self::Celsius => &["°C", "C", "celsius", "degC"],
            Self::Fahrenheit => &["°F", "F", "fahrenheit", "degF"],
            Self::Kilogram => &["kgs", "kilograms"],
            Self::Gram => &["grams"],
            Self::Pound => &["lb", "lbs", "pounds"],
            Self::Inch => &["in", "inch", "inches"],
            Self::Foot => &["ft", "feet"],
            Self::Steps => &["steps", "count"],
            Self::Minute => &["minutes", "mins"],
            Self::Hour => &["hours", "hr", "hrs"],
            Self::Second => &["seconds", "sec"],
            Self::LitrePerMinute => &["lpm"],
            Self::Millisecond => &["milliseconds", "msec"],
            Self::Kilopascal
            | Self::MilligramPerDecilitre
            | Self::MillimolePerLitre
            | Self::Centimetre
            | Self::Metre
            | Self::LitrePerSecond => &[],
        }
    }

    /// The unit that somebody means by `raw`.
    #[must_use]
    pub fn read(raw: &str) -> Option<Self> {
        let raw = raw.trim();
        Self::ALL.iter().copied().find(|unit| {
            let written = |spelling: &&str| spelling.eq_ignore_ascii_case(raw);
            written(&unit.as_str()) || unit.spellings().iter().any(written)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::Unit;

    #[test]
    fn no_spelling_means_two_units() {
        let all = |unit: &Unit| [&[unit.as_str()], unit.spellings()].concat();
        for unit in Unit::ALL {
            for spelling in all(unit) {
                assert_eq!(Unit::read(spelling), Some(*unit), "{spelling}");
                assert_eq!(Unit::read(&spelling.to_ascii_uppercase()), Some(*unit), "{spelling}");
            }
        }
    }

    #[test]
    fn units_that_we_do_not_know_are_none() {
        for raw in ["", "stone", "mg", "mol/L", "°", "µmol/L", "mm[Hg"] {
            assert_eq!(Unit::read(raw), None, "{raw}");
        }
    }
}
