//! What readings of all kinds come to in one period, to be shown to somebody.
use super::{KindCourse, Read, Whose, course, read, target};
use crate::{
    Clinic, Result,
    identity::{Caller, Patient},
    record::read_as,
};
use diesel_async::AsyncConnection;
use domain::readings::{MetricKind, Period, Span, Summary};
use jiff::civil::Date;

/// What readings come to in a period, beside the one before.
#[derive(Debug, Clone)]
pub struct Report {
    pub span: Span,
    /// The day it is for the patient.
    pub today: Date,
    /// Of each kind that was measured in the period, in the order of [`MetricKind::ALL`].
    pub parts: Vec<ReportPart>,
    /// What was measured at other times alone.
    pub not_measured: Vec<MetricKind>,
}

/// One kind of a [`Report`].
#[derive(Debug, Clone)]
pub struct ReportPart {
    pub course: KindCourse,
    /// What the period before came to.
    pub before: Summary,
}

/// What readings of `patient` come to in the `period` that ends on the day `last`, or today.
pub async fn report(
    clinic: &Clinic,
    patient: &Caller<Patient>,
    period: Period,
    last: Option<Date>,
) -> Result<Report> {
    let whose = Whose::own(clinic, patient);
    let today = whose.today;
    let span = Span::asked(period, last, today);
    let conn = &mut *clinic.db().await?;
    let Read { days, newest, set } = conn
        .transaction(async |conn| {
            read_as(conn, patient.user).await?;
            read(conn, patient.user, MetricKind::ALL, span).await
        })
        .await?;
    let mut report = Report { span, today, parts: Vec::new(), not_measured: Vec::new() };
    for kind in MetricKind::ALL {
        let of_kind = days.iter().filter(|(other, _)| other == kind).map(|(_, day)| *day);
        let of_kind: Vec<_> = of_kind.collect();
        if of_kind.iter().any(|day| span.has(day.at)) {
            let target = target(*kind, &set);
            let before = Summary::of_days(*kind, target, span.before(), today, &of_kind);
            let newest = newest.iter().find(|newest| newest.reading.kind() == *kind).cloned();
            let course = course(*kind, span, of_kind, newest, (&whose, &set));
            report.parts.push(ReportPart { course, before });
        } else if !of_kind.is_empty() {
            report.not_measured.push(*kind);
        }
    }
    Ok(report)
}
