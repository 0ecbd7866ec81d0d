//! Reading what an admin has typed.
use domain::{FieldProblem, text};

/// Gathers what is wrong while the rest is still being read.
#[derive(Default)]
pub struct Check(pub Vec<FieldProblem>);

impl Check {
    pub fn text(
        &mut self,
        field: &'static str,
        label: &str,
        raw: &str,
        length: std::ops::RangeInclusive<usize>,
    ) -> String {
        self.keep(text::checked(field, label, raw, length)).unwrap_or_default()
    }

    pub fn keep<T>(&mut self, result: Result<T, FieldProblem>) -> Option<T> {
        result.map_err(|problem| self.0.push(problem)).ok()
    }

    pub fn choice<T: std::str::FromStr>(
        &mut self,
        field: &'static str,
        raw: &str,
        problem: &'static str,
    ) -> Option<T> {
        self.keep(raw.parse().map_err(|_| FieldProblem::new(field, problem)))
    }

    pub fn number(
        &mut self,
        field: &'static str,
        raw: &str,
        range: std::ops::RangeInclusive<i32>,
    ) -> i32 {
        let number = raw.trim().parse().ok().filter(|number| range.contains(number));
        let problem = || {
            let (from, to) = (range.start(), range.end());
            FieldProblem::new(field, format!("Enter a whole number from {from} to {to}."))
        };
        self.keep(number.ok_or_else(problem)).unwrap_or_default()
    }
}

pub fn empty_as_none(text: String) -> Option<String> {
    Some(text).filter(|text| !text.is_empty())
}
