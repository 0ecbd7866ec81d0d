//! What readings come to in hours and days: kept with them, and read in their place.
mod queries;
mod report;

use super::{StoredReading, alerts, queries::newest};
use crate::{
    Clinic, Conn, Result,
    identity::{Caller, Patient},
    record::read_as,
};
use diesel::QueryResult;
use diesel_async::AsyncConnection;
use domain::{
    identity::UserId,
    readings::{Baseline, Bucket, MetricKind, Period, Scale, Span, Summary, Units},
};
use jiff::{Timestamp, civil::Date, tz::TimeZone};
use std::cmp::Reverse;

pub(super) use queries::Ranges;
pub use report::{Report, ReportPart, report};

/// Where a reading is counted.
#[derive(Debug, Clone, Copy)]
pub(super) struct Place {
    pub kind: MetricKind,
    pub recorded_at: Timestamp,
    pub utc_offset: i16,
}

/// Counts the hours and the days of readings anew that were taken away, brought back or typed. All are held first, so that
/// a device that sends to them meanwhile waits, and what it has sent is among what is read.
pub(super) async fn recount(conn: &mut Conn, patient: UserId, places: &[Place]) -> QueryResult<()> {
    queries::hold(conn, patient, places).await?;
    for place in places {
        queries::recount_hour(conn, patient, *place).await?;
        queries::recount_day(conn, patient, *place).await?;
    }
    for place in places {
        queries::drop_empty(conn, patient, *place).await?;
    }
    Ok(())
}

/// What readings of one kind come to in a period.
#[derive(Debug, Clone)]
pub struct KindCourse {
    /// How its figures are shown: in the unit the reader has chosen, or else as the newest reading was sent.
    pub scale: &'static Scale,
    /// `None`: there is none of the kind, whenever.
    pub newest: Option<StoredReading>,
    pub summary: Summary,
    /// What is usual for the patient, where it is known; that of the page of one kind alone.
    pub usual: Option<Baseline>,
    /// Those of the period alone, the first one first.
    pub series: Series,
    /// The day it is for the patient.
    pub today: Date,
    /// On the clock of which its days are.
    pub zone: TimeZone,
}

/// The points of a chart.
#[derive(Debug, Clone)]
pub enum Series {
    Days(Vec<Bucket<Date>>),
    /// Those of one day.
    Hours(Vec<Bucket<Timestamp>>),
}

/// Of each kind of which `patient` has readings what the `period` until today comes to, what was measured last first.
pub async fn dashboard(
    clinic: &Clinic,
    patient: &Caller<Patient>,
    period: Period,
) -> Result<Vec<KindCourse>> {
    let (today, zone) = today(clinic, patient);
    // A day is a part of its week here: its hours are on the page of its kind.
    let span = Span::new(if period == Period::Day { Period::Week } else { period }, today);
    let conn = &mut *clinic.db().await?;
    let (days, newest) = conn
        .transaction(async |conn| {
            read_as(conn, patient.user).await?;
            read(conn, patient.user, MetricKind::ALL, span).await
        })
        .await?;
    let mut courses: Vec<_> = newest
        .into_iter()
        .map(|newest| {
            let kind = newest.reading.kind();
            let of_kind = days.iter().filter(|(other, _)| *other == kind).map(|(_, day)| *day);
            course(kind, span, of_kind.collect(), Some(newest), (today, &zone), &patient.units)
        })
        .collect();
    courses.sort_by_key(|course| {
        Reverse(course.newest.as_ref().map(|newest| (newest.recorded_at, newest.id)))
    });
    Ok(courses)
}

/// What readings of `kind` come to in the `period` that ends on the day `last`, or today.
pub async fn course_of(
    clinic: &Clinic,
    patient: &Caller<Patient>,
    kind: MetricKind,
    period: Period,
    last: Option<Date>,
) -> Result<KindCourse> {
    let (today, zone) = today(clinic, patient);
    let span = Span::new(period, last.map_or(today, |last| last.min(today)));
    let conn = &mut *clinic.db().await?;
    let (days, newest, hours, usual) = conn
        .transaction(async |conn| {
            read_as(conn, patient.user).await?;
            let (days, newest) = read(conn, patient.user, &[kind], span).await?;
            let hours = match (period, start(span.last, &zone).zip(end(span.last, &zone))) {
                (Period::Day, Some(hours)) => {
                    queries::hours(conn, patient.user, kind, hours).await?
                }
                _ => Vec::new(),
            };
            let usual = alerts::usual(conn, patient.user, kind).await?;
            Ok::<_, crate::Error>((days, newest, hours, usual))
        })
        .await?;
    let newest = newest.into_iter().next();
    let days = days.into_iter().map(|(_, day)| day).collect();
    let by_days = course(kind, span, days, newest, (today, &zone), &patient.units);
    let by_days = KindCourse { usual, ..by_days };
    if period != Period::Day {
        return Ok(by_days);
    }
    let summary = Summary::of_hours(kind, span.last, &zone, &hours);
    Ok(KindCourse { summary, series: Series::Hours(hours), ..by_days })
}

fn today(clinic: &Clinic, patient: &Caller<Patient>) -> (Date, TimeZone) {
    let zone = patient.zone.rules();
    (clinic.now().to_zoned(zone.clone()).date(), zone)
}

fn start(day: Date, zone: &TimeZone) -> Option<Timestamp> {
    Some(day.to_zoned(zone.clone()).ok()?.timestamp())
}

fn end(day: Date, zone: &TimeZone) -> Option<Timestamp> {
    start(day.tomorrow().ok()?, zone)
}

/// What `kinds` come to on the days from `first` to `last`, and on the newest day of each beside.
pub(super) async fn days(
    conn: &mut Conn,
    patient: UserId,
    kinds: &[MetricKind],
    first: Date,
    last: Date,
) -> QueryResult<Days> {
    let days = queries::days(conn, patient, kinds, first, last).await?;
    Ok(days.into_iter().map(|day| (day.kind, day.bucket)).collect())
}

type Days = Vec<(MetricKind, Bucket<Date>)>;

/// The days of `span` and of the one before, and the newest reading of each of `kinds`.
async fn read(
    conn: &mut Conn,
    patient: UserId,
    kinds: &[MetricKind],
    span: Span,
) -> Result<(Days, Vec<StoredReading>)> {
    let days = queries::days(conn, patient, kinds, span.before().first(), span.last).await?;
    // The last day of a kind is the last of its rows.
    let last: Vec<_> = days
        .chunk_by(|one, other| one.kind == other.kind)
        .filter_map(|days| days.last())
        .map(|day| (day.kind, day.last_at))
        .collect();
    let newest = match last.is_empty() {
        true => Vec::new(),
        false => newest(conn, patient, &last).await?,
    };
    Ok((days.into_iter().map(|day| (day.kind, day.bucket)).collect(), newest))
}

/// The days of `kind` from `first` to `last`, and the newest one, in their order.
pub(super) async fn days_of(
    conn: &mut Conn,
    patient: UserId,
    kind: MetricKind,
    (first, last): (Date, Date),
) -> QueryResult<Vec<Bucket<Date>>> {
    let days = queries::days(conn, patient, &[kind], first, last).await?;
    Ok(days.into_iter().map(|day| day.bucket).collect())
}

fn course(
    kind: MetricKind,
    span: Span,
    days: Vec<Bucket<Date>>,
    newest: Option<StoredReading>,
    (today, zone): (Date, &TimeZone),
    units: &Units,
) -> KindCourse {
    let summary = Summary::of_days(kind, span, &days);
    let scale = units.shown_in(kind, newest.as_ref().map_or(kind.unit(), |newest| newest.unit));
    let series = Series::Days(days.into_iter().filter(|day| span.has(day.at)).collect());
    KindCourse { scale, newest, summary, usual: None, series, today, zone: zone.clone() }
}
