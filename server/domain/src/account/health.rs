use super::profile::{kept, some};
use crate::{FieldProblem, directory::Gender, text, text_enum};
use serde::{Deserialize, Serialize};
use std::{fmt, ops::RangeInclusive, str::FromStr};

text_enum! {
    pub enum BloodType {
        APositive = "A+",
        ANegative = "A-",
        BPositive = "B+",
        BNegative = "B-",
        AbPositive = "AB+",
        AbNegative = "AB-",
        OPositive = "O+",
        ONegative = "O-",
    }
}

text_enum! {
    /// How much somebody moves in an ordinary week.
    pub enum ActivityLevel {
        Sedentary = "sedentary",
        Light = "light",
        Moderate = "moderate",
        Active = "active",
        VeryActive = "very_active",
    }
}

impl ActivityLevel {
    /// What a person reads.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::Sedentary => "Mostly sitting",
            Self::Light => "Some walking",
            Self::Moderate => "Active a few times a week",
            Self::Active => "Active most days",
            Self::VeryActive => "Hard work or training every day",
        }
    }
}

/// The body mass index: kilograms by square metres, in tenths, as it is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Bmi(u32);

impl Bmi {
    /// `None`: one of them is missing, or is none that a person can have.
    #[must_use]
    pub fn of(height_cm: Option<f32>, weight_kg: Option<f32>) -> Option<Self> {
        let (height, weight) = (f64::from(height_cm?), f64::from(weight_kg?));
        if !HEIGHT_CM.contains(&height) || !WEIGHT_KG.contains(&weight) {
            return None;
        }
        let metres = height / 100.0;
        let tenths = (weight / (metres * metres) * 10.0).round();
        // From 0 to 175 000, and whole.
        Some(Self(tenths as u32))
    }

    #[must_use]
    pub fn value(self) -> f64 {
        f64::from(self.0) / 10.0
    }

    /// What the WHO calls it in adults; it says nothing of children.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self.0 {
            ..185 => "underweight",
            185..250 => "normal weight",
            250..300 => "overweight",
            300.. => "obesity",
        }
    }
}

impl fmt::Display for Bmi {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:.1}", self.value())
    }
}

/// What a person says of their health, as it was typed. Each may be empty.
#[derive(Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct HealthDetails {
    /// A word of [`Gender`].
    pub gender: String,
    /// Up to one decimal, after a point or a comma.
    pub height_cm: String,
    pub weight_kg: String,
    /// A word of [`BloodType`].
    pub blood_type: String,
    pub medical_conditions: String,
    pub current_medications: String,
    pub allergies: String,
    pub health_goals: String,
    /// A word of [`ActivityLevel`].
    pub activity_level: String,
}

/// Empty: it is clinical, and no log may show it.
impl fmt::Debug for HealthDetails {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HealthDetails").finish_non_exhaustive()
    }
}

/// Details whose every field is right. Lengths and weights have one decimal.
#[derive(Clone, Default, PartialEq)]
pub struct CheckedHealth {
    pub gender: Option<Gender>,
    pub height_cm: Option<f32>,
    pub weight_kg: Option<f32>,
    pub blood_type: Option<BloodType>,
    pub medical_conditions: Option<String>,
    pub current_medications: Option<String>,
    pub allergies: Option<String>,
    pub health_goals: Option<String>,
    pub activity_level: Option<ActivityLevel>,
}

impl fmt::Debug for CheckedHealth {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CheckedHealth").finish_non_exhaustive()
    }
}

/// Those of living people, widely. Mirrors `user_profiles_height_possible` and `_weight_possible`.
pub(crate) const HEIGHT_CM: RangeInclusive<f64> = 20.0..=300.0;
pub(crate) const WEIGHT_KG: RangeInclusive<f64> = 0.2..=700.0;

/// How many characters each text has at most.
const TEXT: RangeInclusive<usize> = 0..=2_000;

impl HealthDetails {
    /// All that is wrong with them, field by field.
    pub fn check(&self) -> Result<CheckedHealth, Vec<FieldProblem>> {
        let mut problems = Vec::new();
        let gender = word("gender", &self.gender, "Choose a gender from the list.");
        let gender = kept(gender, &mut problems).flatten();
        let height_cm = kept(height(&self.height_cm), &mut problems).flatten();
        let weight_kg = kept(weight(&self.weight_kg), &mut problems).flatten();
        let blood_type = word("blood_type", &self.blood_type, "Choose a blood type from the list.");
        let blood_type = kept(blood_type, &mut problems).flatten();
        let mut typed = |field, label, raw| {
            kept(text::checked(field, label, raw, TEXT), &mut problems).and_then(some)
        };
        let allergies = typed("allergies", "The text about allergies", &self.allergies);
        let medical_conditions =
            typed("medical_conditions", "The text about conditions", &self.medical_conditions);
        let current_medications =
            typed("current_medications", "The text about medicines", &self.current_medications);
        let health_goals = typed("health_goals", "The text about goals", &self.health_goals);
        let level = word(
            "activity_level",
            &self.activity_level,
            "Choose how active you are from the list.",
        );
        let activity_level = kept(level, &mut problems).flatten();
        if !problems.is_empty() {
            return Err(problems);
        }
        Ok(CheckedHealth {
            gender,
            height_cm,
            weight_kg,
            blood_type,
            medical_conditions,
            current_medications,
            allergies,
            health_goals,
            activity_level,
        })
    }
}

fn word<T: FromStr>(
    field: &'static str,
    raw: &str,
    message: &'static str,
) -> Result<Option<T>, FieldProblem> {
    match raw.trim() {
        "" => Ok(None),
        word => word.parse().map(Some).map_err(|_| FieldProblem::new(field, message)),
    }
}

fn height(raw: &str) -> Result<Option<f32>, FieldProblem> {
    let message = "Enter your height in centimetres, from 20 to 300, such as 172.";
    measure("height_cm", raw, HEIGHT_CM, message)
}

fn weight(raw: &str) -> Result<Option<f32>, FieldProblem> {
    let message = "Enter your weight in kilograms, up to 700, such as 68.5.";
    measure("weight_kg", raw, WEIGHT_KG, message)
}

/// A number of plain digits, rounded to one decimal.
fn measure(
    field: &'static str,
    raw: &str,
    possible: RangeInclusive<f64>,
    message: &'static str,
) -> Result<Option<f32>, FieldProblem> {
    let raw = raw.trim().replace(',', ".");
    if raw.is_empty() {
        return Ok(None);
    }
    // Neither "1e2" nor "inf", which the parser would take.
    let plain = raw.chars().all(|c| c.is_ascii_digit() || c == '.');
    let number: Option<f64> = Some(raw).filter(|_| plain).and_then(|raw| raw.parse().ok());
    let number = number.map(|number| (number * 10.0).round() / 10.0);
    match number.filter(|number| possible.contains(number)) {
        Some(number) => Ok(Some(number as f32)),
        None => Err(FieldProblem::new(field, message)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_index_is_that_of_the_who() {
        for (height, weight, shown, label) in [
            (172.0, 68.5, "23.2", "normal weight"),
            (180.0, 59.9, "18.5", "normal weight"),
            (180.0, 59.7, "18.4", "underweight"),
            (170.0, 72.2, "25.0", "overweight"),
            (170.0, 86.7, "30.0", "obesity"),
        ] {
            let bmi = Bmi::of(Some(height), Some(weight)).unwrap();
            assert_eq!((bmi.to_string().as_str(), bmi.label()), (shown, label));
        }
        assert_eq!(Bmi::of(None, Some(70.0)), None);
        assert_eq!(Bmi::of(Some(0.0), Some(70.0)), None);
        assert_eq!(Bmi::of(Some(f32::NAN), Some(70.0)), None);
    }

    #[test]
    fn all_may_be_empty_and_every_wrong_field_is_named() {
        assert_eq!(HealthDetails::default().check(), Ok(CheckedHealth::default()));
        let wrong = HealthDetails {
            gender: "x".into(),
            height_cm: "1.72 m".into(),
            weight_kg: "1e2".into(),
            blood_type: "C".into(),
            allergies: "a".repeat(2_001),
            activity_level: "lazy".into(),
            ..HealthDetails::default()
        };
        let problems = wrong.check().unwrap_err();
        let fields: Vec<_> = problems.iter().map(|problem| problem.field.as_ref()).collect();
        let named =
            ["gender", "height_cm", "weight_kg", "blood_type", "allergies", "activity_level"];
        assert_eq!(fields, named);
        assert!(!format!("{wrong:?}").contains("1.72"));
    }

    proptest! {
        #[test]
        fn who_weighs_more_has_no_lower_index(height in 20.0..300.0_f32, one in 0.2..700.0_f32, other in 0.2..700.0_f32) {
            let of = |weight| Bmi::of(Some(height), Some(weight)).unwrap();
            prop_assert!((of(one) <= of(other)) || one > other);
        }

        #[test]
        fn the_class_is_that_of_the_index_that_is_shown(height in 100.0..220.0_f32, weight in 20.0..250.0_f32) {
            let bmi = Bmi::of(Some(height), Some(weight)).unwrap();
            let shown: f64 = bmi.to_string().parse().unwrap();
            let label = match shown {
                shown if shown < 18.5 => "underweight",
                shown if shown < 25.0 => "normal weight",
                shown if shown < 30.0 => "overweight",
                _ => "obesity",
            };
            prop_assert_eq!(bmi.label(), label);
        }

        #[test]
        fn a_measure_is_read_with_point_and_comma(tenths in 200..3_000_u16) {
            let number = f32::from(tenths) / 10.0;
            for raw in [format!("{number}"), format!(" {number} ").replace('.', ",")] {
                let details = HealthDetails { height_cm: raw, ..HealthDetails::default() };
                prop_assert_eq!(details.check().unwrap().height_cm, Some(number));
            }
        }

        #[test]
        fn whatever_is_typed_as_a_measure_is_possible_or_refused(raw: String, digits in "[0-9.,+e-]{0,8}") {
            for raw in [raw, digits] {
                let details = HealthDetails { weight_kg: raw, ..HealthDetails::default() };
                if let Ok(CheckedHealth { weight_kg: Some(weight), .. }) = details.check() {
                    prop_assert!(WEIGHT_KG.contains(&f64::from(weight)) || weight == 0.2);
                }
            }
        }
    }
}
