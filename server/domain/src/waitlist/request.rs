use super::{LONGEST_WAIT_DAYS, Weekdays};
use crate::{
    FieldProblem,
    booking::{REASON_LENGTH, VisitKinds},
    directory::{HospitalId, ProviderId, Specialty},
    text,
};
use jiff::{
    ToSpan,
    civil::{Date, Time},
};

/// With whom somebody wants a visit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Target {
    Doctor(ProviderId),
    /// Any doctor of it.
    Specialty(Specialty),
}

/// What somebody who waits would take. Days and times are on their own clock.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WaitRequest {
    pub target: Target,
    /// For visits in person: nowhere else.
    pub hospital: Option<HospitalId>,
    /// The same for any place of a city.
    pub city: Option<String>,
    pub kinds: VisitKinds,
    pub weekdays: Weekdays,
    pub starts: Time,
    /// 00:00 is midnight at the end of the day.
    pub ends: Time,
    pub from: Date,
    /// Inclusive.
    pub until: Date,
    pub reason: String,
}

impl WaitRequest {
    /// The same request tidied, or what is wrong with it; `today` is the day where the person is.
    pub fn check(mut self, today: Date) -> Result<Self, Vec<FieldProblem>> {
        let mut problems = Vec::new();
        let mut refuse = |when: bool, field, message| {
            if when {
                problems.push(FieldProblem::new(field, message));
            }
        };
        refuse(self.kinds.is_empty(), "kinds", "Choose at least one kind of visit.");
        refuse(self.weekdays.is_empty(), "weekdays", "Choose at least one day of the week.");
        let backwards = self.ends <= self.starts && self.ends != Time::midnight();
        refuse(backwards, "ends", "Enter a time that is later than the first one.");
        let last = today.saturating_add(i64::from(LONGEST_WAIT_DAYS).days());
        if self.until < self.from {
            refuse(true, "until", "Enter a day that is not before the first one.");
        } else if self.until < today {
            refuse(true, "until", "Enter a day that is still to come.");
        } else if self.until > last {
            refuse(true, "until", "Enter a day within the next six months.");
        }
        self.from = self.from.max(today);
        match text::checked("reason", "The reason for your visit", &self.reason, REASON_LENGTH) {
            Ok(reason) => self.reason = reason,
            Err(problem) => problems.push(problem),
        }
        if let Some(city) = &self.city {
            match text::checked("city", "The city", city, 1..=100) {
                Ok(city) => self.city = Some(city),
                Err(problem) => problems.push(problem),
            }
        }
        if problems.is_empty() { Ok(self) } else { Err(problems) }
    }
}
