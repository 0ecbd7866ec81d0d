//! The kinds of readings, with all that is known of each in one row.
//!
//! This material contains content from LOINC (<https://loinc.org>). LOINC is copyright © Regenstrief
//! Institute, Inc. and the LOINC Committee and is available at no cost under the license at
//! <https://loinc.org/license>.
use super::{Scale, Unit, scale::power};
use crate::{
    account::{HEIGHT_CM, WEIGHT_KG},
    text_enum,
};
use jiff::SignedDuration;
use std::ops::RangeInclusive;

text_enum! {
    /// What a reading measures.
    pub enum MetricKind {
        HeartRate = "heart_rate",
        /// Two numbers.
        BloodPressure = "blood_pressure",
        OxygenSaturation = "oxygen_saturation",
        BodyTemperature = "body_temperature",
        BloodGlucose = "blood_glucose",
        Weight = "weight",
        Height = "height",
        Steps = "steps",
        SleepDuration = "sleep_duration",
        RespiratoryRate = "respiratory_rate",
        PeakFlow = "peak_flow",
        HeartRateVariability = "heart_rate_variability",
    }
}

/// The lower number of a blood pressure, in mmHg; the upper one is [`MetricKind::possible`].
pub const DIASTOLIC_POSSIBLE: RangeInclusive<f64> = 10.0..=250.0;

struct Facts {
    label: &'static str,
    /// The same in a sentence, with its article.
    phrase: &'static str,
    loinc: &'static str,
    /// Of the unit in which it is stored.
    canonical: Scale,
    /// Those of another dimension are missing, so they are refused.
    others: &'static [Scale],
    /// How many decimals are kept of the canonical value: enough that what was sent in any of the
    /// scales comes back the same at the decimals they show.
    stored_decimals: usize,
    /// What can have been measured in a living person, in the canonical unit.
    possible: RangeInclusive<f64>,
    /// How long somebody who uses it goes without a new one at most.
    cadence: SignedDuration,
}

const DAY: SignedDuration = SignedDuration::from_hours(24);

/// From deepest hypothermia to the fastest rhythm that reaches the pulse, widely: in adults and
/// infants 220 is exceeded by arrhythmias only.
const HEART_RATE: Facts = Facts {
    label: "Heart rate",
    phrase: "a heart rate",
    loinc: "8867-4",
    canonical: Scale::canonical(Unit::PerMinute, "beats a minute", 0),
    others: &[],
    stored_decimals: 1,
    possible: 20.0..=350.0,
    cadence: SignedDuration::from_hours(1),
};

/// Cuffs are inflated to 300 mmHg at most. From 40 on, so that a pair in kPa is not taken for one in
/// mmHg: 300 mmHg are 39.99 kPa.
///
/// A conventional millimetre of mercury is 133.322387415 Pa: 13.5951 g/cm³ × 9.80665 m/s² (the
/// 133.3224 of NIST SP 811, appendix B).
const BLOOD_PRESSURE: Facts = Facts {
    label: "Blood pressure",
    phrase: "a blood pressure",
    loinc: "85354-9",
    canonical: Scale::canonical(Unit::MillimetreOfMercury, "mmHg", 0),
    others: &[Scale::ratio(Unit::Kilopascal, "kPa", 1, 1_000_000_000.0, 133_322_387.415)],
    stored_decimals: 1,
    possible: 40.0..=300.0,
    cadence: DAY,
};

/// ISO 80601-2-61 asks for accuracy from 70 to 100; climbers without oxygen have been found at 34
/// (Grocott, NEJM 2009). What is less than 10 is a finger that is not there, or a fraction of one.
const OXYGEN_SATURATION: Facts = Facts {
    label: "Oxygen saturation",
    phrase: "an oxygen saturation",
    loinc: "59408-5",
    canonical: Scale::canonical(Unit::Percent, "%", 0),
    others: &[],
    stored_decimals: 1,
    possible: 10.0..=100.0,
    cadence: DAY,
};

/// The lowest and highest that somebody is said to have survived are 11.8 and 46.5 °C. What one
/// scale says of a person is not possible in the other.
///
/// A degree Fahrenheit is 5/9 of a kelvin, with 32 at 0 °C (NIST SP 811, appendix B).
const BODY_TEMPERATURE: Facts = Facts {
    label: "Body temperature",
    phrase: "a body temperature",
    loinc: "8310-5",
    canonical: Scale::canonical(Unit::Celsius, "°C", 1),
    others: &[Scale::ratio(Unit::Fahrenheit, "°F", 1, 5.0, 9.0).with_zero(32.0)],
    stored_decimals: 2,
    possible: 11.0..=47.0,
    cadence: DAY,
};

/// Meters for the home show 10 to 600 mg/dL; laboratories find more in a coma. A wider range would
/// take ordinary values of one unit for those of the other.
///
/// 18.0182 mg/dL are one mmol/L of glucose, as meters and their software have it. By its molar mass
/// (180.156 g/mol, IUPAC 2021) they are 18.0156: 0.015 % less, which no meter resolves.
const BLOOD_GLUCOSE: Facts = Facts {
    label: "Blood glucose",
    phrase: "a blood glucose",
    loinc: "2339-0",
    canonical: Scale::canonical(Unit::MilligramPerDecilitre, "mg/dL", 0),
    others: &[Scale::ratio(Unit::MillimolePerLitre, "mmol/L", 1, 18.0182, 1.0)],
    stored_decimals: 1,
    possible: 10.0..=1_000.0,
    cadence: DAY,
};

/// A pound is 0.45359237 kg (NIST SP 811, exact).
const WEIGHT: Facts = Facts {
    label: "Weight",
    phrase: "a weight",
    loinc: "29463-7",
    canonical: Scale::canonical(Unit::Kilogram, "kg", 1),
    others: &[
        Scale::ratio(Unit::Gram, "g", 0, 1.0, 1_000.0),
        Scale::ratio(Unit::Pound, "lb", 1, 45_359_237.0, 100_000_000.0),
    ],
    stored_decimals: 3,
    possible: WEIGHT_KG,
    cadence: SignedDuration::from_hours(7 * 24),
};

/// An inch is 2.54 cm and a foot 30.48 cm (NIST SP 811, exact).
const HEIGHT: Facts = Facts {
    label: "Height",
    phrase: "a height",
    loinc: "8302-2",
    canonical: Scale::canonical(Unit::Centimetre, "cm", 1),
    others: &[
        Scale::ratio(Unit::Metre, "m", 2, 100.0, 1.0),
        Scale::ratio(Unit::Inch, "in", 1, 254.0, 100.0),
        Scale::ratio(Unit::Foot, "ft", 2, 3_048.0, 100.0),
    ],
    stored_decimals: 2,
    possible: HEIGHT_CM,
    cadence: SignedDuration::from_hours(365 * 24),
};

/// Who runs for 24 hours covers some 320 km, in about a metre a step.
const STEPS: Facts = Facts {
    label: "Steps",
    phrase: "a number of steps",
    loinc: "55423-8",
    canonical: Scale::canonical(Unit::Steps, "steps", 0),
    others: &[],
    stored_decimals: 0,
    possible: 0.0..=350_000.0,
    cadence: DAY,
};

/// One night: no more than a day has.
const SLEEP_DURATION: Facts = Facts {
    label: "Sleep",
    phrase: "a sleep duration",
    loinc: "93832-4",
    canonical: Scale::canonical(Unit::Minute, "minutes", 0),
    others: &[
        Scale::ratio(Unit::Hour, "hours", 1, 60.0, 1.0),
        Scale::ratio(Unit::Second, "seconds", 0, 1.0, 60.0),
    ],
    stored_decimals: 2,
    possible: 0.0..=1_440.0,
    cadence: DAY,
};

/// From slow breathing at rest to that of an infant in distress, widely.
const RESPIRATORY_RATE: Facts = Facts {
    label: "Respiratory rate",
    phrase: "a respiratory rate",
    loinc: "9279-1",
    canonical: Scale::canonical(Unit::PerMinute, "breaths a minute", 0),
    others: &[],
    stored_decimals: 1,
    possible: 2.0..=150.0,
    cadence: DAY,
};

/// Peak flow meters of the EU scale show 60 to 800 L/min, those for children less.
const PEAK_FLOW: Facts = Facts {
    label: "Peak flow",
    phrase: "a peak flow",
    loinc: "19935-6",
    canonical: Scale::canonical(Unit::LitrePerMinute, "L/min", 0),
    others: &[Scale::ratio(Unit::LitrePerSecond, "L/s", 1, 60.0, 1.0)],
    stored_decimals: 1,
    possible: 15.0..=1_000.0,
    cadence: DAY,
};

/// The standard deviation of the time between beats (SDNN), which the code means.
const HEART_RATE_VARIABILITY: Facts = Facts {
    label: "Heart rate variability",
    phrase: "a heart rate variability",
    loinc: "80404-7",
    canonical: Scale::canonical(Unit::Millisecond, "ms", 0),
    others: &[],
    stored_decimals: 1,
    possible: 1.0..=500.0,
    cadence: DAY,
};

impl MetricKind {
    /// The kind that is sent as `raw`: by its own word, or by one that devices use.
    #[must_use]
    pub fn read(raw: &str) -> Option<Self> {
        let word = raw.trim().to_ascii_lowercase();
        match word.as_str() {
            "spo2" => Some(Self::OxygenSaturation),
            "temperature" => Some(Self::BodyTemperature),
            "glucose" => Some(Self::BloodGlucose),
            "sleep" => Some(Self::SleepDuration),
            "hrv" => Some(Self::HeartRateVariability),
            word => word.parse().ok(),
        }
    }

    /// What a person reads.
    #[must_use]
    pub const fn label(self) -> &'static str {
        self.facts().label
    }

    /// The same in a sentence, with its article.
    #[must_use]
    pub const fn phrase(self) -> &'static str {
        self.facts().phrase
    }

    /// Its code in LOINC; that of the panel for a blood pressure.
    #[must_use]
    pub const fn loinc(self) -> &'static str {
        self.facts().loinc
    }

    /// Whether it has a lower number, too.
    #[must_use]
    pub const fn is_pair(self) -> bool {
        matches!(self, Self::BloodPressure)
    }

    /// The units it is sent and shown in, the canonical one first.
    pub fn scales(self) -> impl Iterator<Item = &'static Scale> {
        let facts = self.facts();
        std::iter::once(&facts.canonical).chain(facts.others)
    }

    /// That of [`Self::unit`].
    #[must_use]
    pub const fn canonical(self) -> &'static Scale {
        &self.facts().canonical
    }

    /// `None`: the unit is of another dimension.
    #[must_use]
    pub fn scale(self, unit: Unit) -> Option<&'static Scale> {
        self.scales().find(|scale| scale.unit == unit)
    }

    /// The unit in which it is stored.
    #[must_use]
    pub const fn unit(self) -> Unit {
        self.facts().canonical.unit
    }

    /// The unit that is meant where none is sent: there is but one, or, for a blood pressure, no pair
    /// of the other is possible in it.
    #[must_use]
    pub const fn implied_unit(self) -> Option<Unit> {
        match self {
            Self::BloodPressure => Some(Unit::MillimetreOfMercury),
            _ if self.facts().others.is_empty() => Some(self.unit()),
            _ => None,
        }
    }

    /// How many decimals are kept of it in [`Self::unit`].
    #[must_use]
    pub const fn stored_decimals(self) -> usize {
        self.facts().stored_decimals
    }

    /// How far two values of it may be apart, in [`Self::unit`], that look the same: half of the last
    /// decimal shown. A quarter of the last one stored is added, since differences of numbers that are
    /// kept in binary are a little off.
    #[must_use]
    pub fn looks_same_within(self) -> f64 {
        0.5 / power(self.facts().canonical.decimals) + 0.25 / power(self.stored_decimals())
    }

    /// What can have been measured in a living person, in [`Self::unit`]; of a pair the upper number.
    #[must_use]
    pub fn possible(self) -> RangeInclusive<f64> {
        self.facts().possible.clone()
    }

    /// How long somebody who uses it goes without a new one at most.
    #[must_use]
    pub const fn cadence(self) -> SignedDuration {
        self.facts().cadence
    }

    const fn facts(self) -> &'static Facts {
        match self {
            Self::HeartRate => &HEART_RATE,
            Self::BloodPressure => &BLOOD_PRESSURE,
            Self::OxygenSaturation => &OXYGEN_SATURATION,
            Self::BodyTemperature => &BODY_TEMPERATURE,
            Self::BloodGlucose => &BLOOD_GLUCOSE,
            Self::Weight => &WEIGHT,
            Self::Height => &HEIGHT,
            Self::Steps => &STEPS,
            Self::SleepDuration => &SLEEP_DURATION,
            Self::RespiratoryRate => &RESPIRATORY_RATE,
            Self::PeakFlow => &PEAK_FLOW,
            Self::HeartRateVariability => &HEART_RATE_VARIABILITY,
        }
    }
}
