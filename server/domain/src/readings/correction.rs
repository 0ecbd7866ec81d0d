use super::{CheckedManual, ManualReading, Unit};
use crate::{FieldProblem, Refusal};
use jiff::Timestamp;

pub const CHANGED_MEANWHILE: Refusal = Refusal::new(
    "readings.changed_meanwhile",
    "This reading was changed in the meantime. Please look at it again.",
);

pub const REMOVED_MEANWHILE: Refusal = Refusal::new(
    "readings.removed_meanwhile",
    "This reading was removed in the meantime. If you want it back, please enter it again.",
);

pub const MEASURED_BY_DEVICE: Refusal = Refusal::new(
    "readings.measured_by_device",
    "A device measured this, so its numbers and its time stay as they are. You can change the note, or remove the reading if it is wrong.",
);

pub const ALREADY_THERE: Refusal = Refusal::new(
    "readings.already_there",
    "You have another reading with the same numbers at the same time, so this one was left as it was. Remove it if it is one too many.",
);

pub const CORRECTED_SINCE: Refusal = Refusal::new(
    "readings.corrected_since",
    "You entered this before and corrected it since. It is in your list as you corrected it: change it there if it was right at first.",
);

/// What somebody makes of a reading that is kept.
#[derive(Debug, Clone, Default)]
pub struct Correction {
    /// All of it, as it is to be; its kind stays what it was.
    pub form: ManualReading,
    /// Nobody touched the numbers and their unit, which a form shows rounded: they stay as they are.
    pub has_same_values: bool,
    /// Nobody touched the time, of which a form shows the minute: it stays, however long ago it is.
    pub has_same_time: bool,
}

impl Correction {
    /// What the reading that `was` is to be. Errors: those of the form.
    pub fn check(
        &self,
        was: &CheckedManual,
        now: Timestamp,
    ) -> Result<CheckedManual, Vec<FieldProblem>> {
        let mut form = ManualReading {
            kind: was.reading.kind().to_string(),
            notes: self.form.notes.clone(),
            ..ManualReading::of(was)
        };
        if !self.has_same_values {
            form.value.clone_from(&self.form.value);
            form.diastolic.clone_from(&self.form.diastolic);
            form.unit.clone_from(&self.form.unit);
        }
        // An old time is no mistake of whoever corrects something else.
        form.recorded_at = if self.has_same_time { Some(now) } else { self.form.recorded_at };
        let mut checked = form.check(now)?;
        if self.has_same_values {
            (checked.reading, checked.unit) = (was.reading, was.unit);
        }
        if self.has_same_time {
            checked.recorded_at = was.recorded_at;
        }
        Ok(checked)
    }
}

impl ManualReading {
    /// What a form shows of what is kept, in the unit it was typed in.
    #[must_use]
    pub fn of(kept: &CheckedManual) -> Self {
        let reading = kept.reading;
        let scale = reading.kind().scale(kept.unit).unwrap_or(reading.kind().canonical());
        Self {
            kind: reading.kind().to_string(),
            value: scale.shown(reading.value()),
            diastolic: reading.diastolic().map(|lower| scale.shown(lower)).unwrap_or_default(),
            unit: scale.unit.to_string(),
            recorded_at: Some(kept.recorded_at),
            notes: kept.notes.clone().unwrap_or_default(),
        }
    }

    /// Whether the two say the same numbers in the same unit, however they are written.
    #[must_use]
    pub fn has_values_of(&self, other: &Self) -> bool {
        let number = |raw: &str| raw.trim().replace(',', ".");
        let unit = |raw: &str| Unit::read(raw);
        number(&self.value) == number(&other.value)
            && number(&self.diastolic) == number(&other.diastolic)
            && unit(&self.unit) == unit(&other.unit)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::readings::{MetricKind, OLDEST, Reading};
    use jiff::SignedDuration;
    use proptest::{prelude::*, sample::select};

    const NOW: i64 = 1_772_440_200;

    fn now() -> Timestamp {
        Timestamp::from_second(NOW).unwrap()
    }

    fn any_kept() -> impl Strategy<Value = CheckedManual> {
        let kinds = select(MetricKind::ALL.to_vec());
        (kinds, 0.0..1.0_f64, 0..4_usize, 0..100_000_000_i64, any::<bool>()).prop_map(
            |(kind, share, unit, ago, has_note)| {
                let (low, high) = kind.possible().into_inner();
                let value = low + (high - low) * share;
                let lower = kind.is_pair().then_some((value - 25.0).clamp(10.0, 250.0));
                let units: Vec<_> = kind.scales().map(|scale| scale.unit).collect();
                CheckedManual {
                    reading: Reading::new(kind, value, lower, kind.unit()).unwrap(),
                    unit: units[unit % units.len()],
                    recorded_at: now() - SignedDuration::from_micros(ago * 1_001),
                    notes: has_note.then(|| "After lunch".to_owned()),
                }
            },
        )
    }

    proptest! {
        #[test]
        fn what_nobody_touches_stays_to_the_last_digit(was in any_kept(), note in "[a-z]{0,9}") {
            let form = ManualReading { notes: note.clone(), ..ManualReading::of(&was) };
            prop_assert!(form.has_values_of(&ManualReading::of(&was)));
            let correction = Correction { form, has_same_values: true, has_same_time: true };

            let is = correction.check(&was, now() + OLDEST).unwrap();

            prop_assert!(is.reading == was.reading && is.unit == was.unit);
            prop_assert_eq!(is.recorded_at, was.recorded_at);
            prop_assert_eq!(is.notes.unwrap_or_default(), note);
        }

        #[test]
        fn what_is_typed_is_checked_as_if_it_was_new(was in any_kept(), ago in 0..1_000_i64) {
            let at = now() - SignedDuration::from_mins(ago);
            let form = ManualReading { recorded_at: Some(at), ..ManualReading::of(&was) };
            let as_new = form.check(now());
            let correction = Correction { form, ..Correction::default() };
            prop_assert_eq!(correction.check(&was, now()), as_new);
        }
    }

    #[test]
    fn a_correction_is_of_the_same_kind_and_possible() {
        let was = CheckedManual {
            reading: Reading::new(MetricKind::Weight, 70.0, None, Unit::Kilogram).unwrap(),
            unit: Unit::Kilogram,
            recorded_at: now(),
            notes: None,
        };
        let typed = |value: &str, unit: &str| Correction {
            form: ManualReading {
                kind: "steps".into(),
                value: value.into(),
                unit: unit.into(),
                recorded_at: None,
                ..ManualReading::default()
            },
            has_same_values: false,
            has_same_time: true,
        };
        let is = typed("154,3", "lb").check(&was, now()).unwrap();
        assert_eq!((is.reading.kind(), is.unit), (MetricKind::Weight, Unit::Pound));
        let fields = |correction: Correction| -> Vec<_> {
            correction.check(&was, now()).unwrap_err().into_iter().map(|p| p.field).collect()
        };
        assert_eq!(fields(typed("7000", "kg")), ["value"]);
        let untimed = Correction { has_same_time: false, ..typed("71", "kg") };
        assert_eq!(fields(untimed), ["recorded_at"]);
    }
}
