//! On what terms a doctor's visits are agreed, and given back.
use super::queries;
use crate::{
    Clinic, Error, Result,
    audit::{self, Event},
    directory::queries as directory,
    identity::{Caller, Doctor},
};
use diesel_async::AsyncConnection;
use domain::FieldProblem;

/// The terms of one doctor. They hold for visits that are booked from now on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct VisitTerms {
    /// Whether a visit is only asked for until the doctor says yes.
    pub confirms_by_hand: bool,
    /// How long before its start a visit is cancelled at no cost.
    pub free_until_minutes: i32,
    /// What cancelling costs later, in hundredths of the fee.
    pub late_percent: i16,
    /// Whether the first visit that a patient cancels late costs nothing all the same.
    pub first_late_free: bool,
    /// After how long a visit nobody came to counts as missed; `None`: when the doctor says so.
    pub no_show_minutes: Option<i16>,
}

pub async fn terms(clinic: &Clinic, doctor: &Caller<Doctor>) -> Result<VisitTerms> {
    let id = doctor.provider()?;
    let provider = directory::provider(&mut *clinic.db().await?, id).await?;
    Ok(VisitTerms {
        confirms_by_hand: provider.confirms_by_hand,
        free_until_minutes: provider.free_until_minutes,
        late_percent: provider.late_percent,
        first_late_free: provider.first_late_free,
        no_show_minutes: provider.no_show_minutes,
    })
}

/// Replaces the terms. Visits that are booked already keep those they were booked with.
pub async fn change_terms(
    clinic: &Clinic,
    doctor: &Caller<Doctor>,
    terms: &VisitTerms,
) -> Result<()> {
    terms.check()?;
    let id = doctor.provider()?;
    let conn = &mut *clinic.db().await?;
    conn.transaction(async |conn| {
        queries::set_terms(conn, id, terms).await?;
        let event = Event {
            actor: Some(doctor.user),
            action: "provider.change_terms",
            subject_type: "provider",
            subject: id.as_uuid(),
            patient: None,
        };
        audit::record_in(conn, event).await?;
        Ok::<_, Error>(())
    })
    .await
}

impl VisitTerms {
    fn check(&self) -> Result<(), Vec<FieldProblem>> {
        let checks = [
            (
                "free_until_minutes",
                (0..=43_200).contains(&self.free_until_minutes),
                "Choose one of the list.",
            ),
            (
                "late_percent",
                (0..=100).contains(&self.late_percent),
                "Enter a whole number from 0 to 100.",
            ),
            (
                "no_show_minutes",
                self.no_show_minutes.is_none_or(|minutes| (5..=240).contains(&minutes)),
                "Enter a whole number from 5 to 240, or leave it empty.",
            ),
        ];
        let problems: Vec<_> = checks
            .into_iter()
            .filter(|(_, fits, _)| !fits)
            .map(|(field, _, message)| FieldProblem::new(field, message))
            .collect();
        if problems.is_empty() { Ok(()) } else { Err(problems) }
    }
}
