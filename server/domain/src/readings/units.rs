use super::{MetricKind, Scale, Unit};

/// In which units somebody reads and types what is measured, where there is a choice: at most one of each kind.
/// Of a kind without one, figures are in the unit its readings come in.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Units(Vec<Unit>);

/// What there is to choose from. Each unit is of one kind alone, so that it says for what it was chosen. Mirrors
/// `users_units_known` and `users_units_one_of_each_kind`.
pub const UNIT_CHOICES: [(MetricKind, &[Unit]); 5] = [
    (MetricKind::BloodGlucose, &[Unit::MilligramPerDecilitre, Unit::MillimolePerLitre]),
    (MetricKind::BloodPressure, &[Unit::MillimetreOfMercury, Unit::Kilopascal]),
    (MetricKind::BodyTemperature, &[Unit::Celsius, Unit::Fahrenheit]),
    (MetricKind::Weight, &[Unit::Kilogram, Unit::Pound]),
    (MetricKind::Height, &[Unit::Centimetre, Unit::Inch]),
];

impl Units {
    /// Those of `all` that may be chosen, the first one of each kind.
    pub fn new(all: impl IntoIterator<Item = Unit>) -> Self {
        let mut units = Self::default();
        for unit in all {
            let of = UNIT_CHOICES.iter().find(|(_, choice)| choice.contains(&unit));
            if of.is_some_and(|(kind, _)| units.chosen(*kind).is_none()) {
                units.0.push(unit);
            }
        }
        units
    }

    #[must_use]
    pub fn all(&self) -> &[Unit] {
        &self.0
    }

    /// The one for `kind`, if one was chosen.
    #[must_use]
    pub fn chosen(&self, kind: MetricKind) -> Option<Unit> {
        let (_, choice) = UNIT_CHOICES.iter().find(|(of, _)| *of == kind)?;
        self.0.iter().copied().find(|unit| choice.contains(unit))
    }

    /// How figures of `kind` are shown to whoever chose these, if its newest reading came in `sent`.
    #[must_use]
    pub fn shown_in(&self, kind: MetricKind, sent: Unit) -> &'static Scale {
        kind.shown_scale(self.chosen(kind).unwrap_or(sent))
    }

    /// How one reading is shown that came in `sent`: as it came, unless another unit was chosen.
    #[must_use]
    pub fn reading_in(&self, kind: MetricKind, sent: Unit) -> &'static Scale {
        kind.scale(self.chosen(kind).unwrap_or(sent)).unwrap_or(kind.canonical())
    }

    /// The unit in which a form asks for `kind`.
    #[must_use]
    pub fn typed_in(&self, kind: MetricKind) -> Unit {
        self.shown_in(kind, kind.unit()).unit
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::readings::{Figures, Level, Reading};
    use proptest::{prelude::*, sample::subsequence};
    use serde_json::Value;

    /// What each surface is held to: in the domain, in the API and in the browser.
    const CONVERSIONS: &str = include_str!("conversions.json");

    fn word<T: std::str::FromStr<Err: std::fmt::Debug>>(value: &Value) -> T {
        value.as_str().unwrap().parse().unwrap()
    }

    #[test]
    fn every_conversion_of_the_table_is_shown_as_it_says() {
        let table: Vec<Value> = serde_json::from_str(CONVERSIONS).unwrap();
        for row in &table {
            let (kind, sent): (MetricKind, Unit) = (word(&row["kind"]), word(&row["unit"]));
            let reading =
                Reading::new(kind, row["value"].as_f64().unwrap(), row["diastolic"].as_f64(), sent)
                    .unwrap();
            assert_eq!(Some(reading.value()), row["kept"].as_f64(), "{row}");
            for (unit, shown) in row["shown"].as_object().unwrap() {
                let unit: Unit = unit.parse().unwrap();
                let units = Units::new([unit]);
                let level = Level::from(reading).shown(units.shown_in(kind, sent));
                assert_eq!(
                    (Some(&*level), units.chosen(kind)),
                    (shown.as_str(), Some(unit)),
                    "{row}"
                );
                assert_eq!(Level::from(reading).shown(units.reading_in(kind, sent)), level);
                assert_eq!(reading.shown_in(unit), Some(level.clone()));
                // The same by way of what a day comes to.
                let day = Figures::of(reading).level(kind.is_total()).unwrap();
                assert_eq!(day.shown(units.shown_in(kind, sent)), level);
            }
        }
        for (kind, units) in UNIT_CHOICES {
            let rows: Vec<_> = table.iter().filter(|row| row["kind"] == kind.as_str()).collect();
            for unit in units {
                assert!(
                    rows.iter().any(|row| row["unit"] == unit.as_str()),
                    "{kind} is sent in {unit}"
                );
                assert!(
                    rows.iter().all(|row| row["shown"].get(unit.as_str()).is_some()),
                    "{kind} in {unit}"
                );
            }
        }
    }

    #[test]
    fn each_choice_is_of_its_kind_alone() {
        for (kind, units) in UNIT_CHOICES {
            for unit in units {
                assert!(kind.scale(*unit).is_some());
                let others =
                    UNIT_CHOICES.iter().filter(|(_, choice)| choice.contains(unit)).count();
                assert_eq!(others, 1, "{unit}");
            }
        }
    }

    #[test]
    fn who_has_chosen_nothing_reads_what_was_sent() {
        let none = Units::default();
        let glucose = MetricKind::BloodGlucose;
        assert_eq!(none.shown_in(glucose, Unit::MillimolePerLitre).unit, Unit::MillimolePerLitre);
        assert_eq!(none.typed_in(glucose), Unit::MilligramPerDecilitre);
        assert_eq!(none.typed_in(MetricKind::SleepDuration), Unit::Hour);
        assert_eq!(none.reading_in(MetricKind::SleepDuration, Unit::Minute).unit, Unit::Minute);
        let both = Units::new([Unit::Pound, Unit::Kilogram, Unit::Steps]);
        assert_eq!(both.all(), [Unit::Pound]);
    }

    proptest! {
        /// Whatever was chosen, no figure is without a unit of its kind, and none but the chosen one is shown.
        #[test]
        fn figures_are_in_the_unit_that_was_chosen(chosen in subsequence(Unit::ALL.to_vec(), 0..8).prop_shuffle()) {
            let units = Units::new(chosen.iter().copied());
            for kind in MetricKind::ALL {
                for sent in kind.scales() {
                    let shown = units.shown_in(*kind, sent.unit).unit;
                    prop_assert!(kind.scale(shown).is_some());
                    if let Some(unit) = units.chosen(*kind) {
                        prop_assert!(chosen.contains(&unit));
                        prop_assert_eq!(shown, unit);
                        prop_assert_eq!(units.typed_in(*kind), unit);
                    }
                }
            }
            prop_assert_eq!(Units::new(units.all().iter().copied()), units);
        }
    }
}
