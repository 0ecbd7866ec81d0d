//! What readings come to in hours and days: kept with them, and read in their place.
mod queries;
mod report;

use super::{
    StoredReading, alerts,
    limits::{self, SetLimits},
    milestones,
    queries::newest,
};
use crate::{
    Clinic, Conn, Result,
    identity::{Caller, Patient},
    record::read_as,
};
use diesel::QueryResult;
use diesel_async::AsyncConnection;
use domain::{
    identity::UserId,
    readings::{
        Baseline, Bucket, MetricKind, Period, Reached, Scale, Span, Summary, Target, Units,
    },
};
use jiff::{Timestamp, civil::Date, tz::TimeZone};
use std::cmp::Reverse;

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
    let set = limits::queries::of(conn, patient).await?;
    for place in places {
        let target = target(place.kind, &set);
        queries::recount_hour(conn, patient, *place, target).await?;
        queries::recount_day(conn, patient, *place, target).await?;
    }
    for place in places {
        queries::drop_empty(conn, patient, *place).await?;
    }
    Ok(())
}

/// The target range of a person for whom doctors have `set` limits.
pub(super) fn target(kind: MetricKind, set: &[SetLimits]) -> Option<Target> {
    let own = set.iter().find(|set| set.limits.kind() == kind);
    own.map_or_else(|| Target::of(kind), |set| set.limits.target())
}

/// What readings of one kind come to in a period.
#[derive(Debug, Clone)]
pub struct KindCourse {
    /// How its figures are shown: as the newest reading was sent.
    pub scale: &'static Scale,
    /// `None`: there is none of the kind, whenever.
    pub newest: Option<StoredReading>,
    pub summary: Summary,
    /// What a doctor was the last to set for the patient; `None`: none has ever set anything of the kind.
    pub set: Option<SetLimits>,
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

impl KindCourse {
    /// What holds for the patient instead of what is so in most adults.
    #[must_use]
    pub fn personal(&self) -> Option<&SetLimits> {
        self.set.as_ref().filter(|set| !set.limits.is_usual())
    }
}

/// Whose readings are read, what day it is for them, and in which units whoever looks reads.
pub(super) struct Whose {
    pub patient: UserId,
    pub today: Date,
    pub zone: TimeZone,
    pub units: Units,
}

impl Whose {
    pub fn new(clinic: &Clinic, patient: UserId, zone: TimeZone, units: Units) -> Self {
        Self { patient, today: clinic.now().to_zoned(zone.clone()).date(), zone, units }
    }

    /// Of who looks at their own.
    fn own(clinic: &Clinic, patient: &Caller<Patient>) -> Self {
        Self::new(clinic, patient.user, patient.zone.rules(), patient.units.clone())
    }
}

/// What somebody sees of all their readings.
#[derive(Debug)]
pub struct Dashboard {
    /// Of each kind of which there are readings what the period until today comes to, what was measured last first.
    pub courses: Vec<KindCourse>,
    /// Whenever it was, the last first.
    pub reached: Vec<Reached>,
}

/// What `patient` sees of the `period` until today.
pub async fn dashboard(
    clinic: &Clinic,
    patient: &Caller<Patient>,
    period: Period,
) -> Result<Dashboard> {
    let whose = Whose::own(clinic, patient);
    let conn = &mut *clinic.db().await?;
    conn.transaction(async |conn| {
        read_as(conn, patient.user).await?;
        let courses = courses(conn, &whose, period).await?;
        Ok(Dashboard { courses, reached: milestones::in_record(conn, patient.user).await? })
    })
    .await
}

/// What readings of `kind` come to in the `period` that ends on the day `last`, or today.
pub async fn course_of(
    clinic: &Clinic,
    patient: &Caller<Patient>,
    kind: MetricKind,
    period: Period,
    last: Option<Date>,
) -> Result<KindCourse> {
    let whose = Whose::own(clinic, patient);
    let conn = &mut *clinic.db().await?;
    conn.transaction(async |conn| {
        read_as(conn, patient.user).await?;
        course_in(conn, &whose, kind, period, last).await
    })
    .await
}

/// The courses of a [`Dashboard`], for whoever reads.
pub(super) async fn courses(
    conn: &mut Conn,
    whose: &Whose,
    period: Period,
) -> Result<Vec<KindCourse>> {
    // A day is a part of its week here: its hours are on the page of its kind.
    let period = if period == Period::Day { Period::Week } else { period };
    let span = Span::new(period, whose.today);
    let Read { days, newest, set } = read(conn, whose.patient, MetricKind::ALL, span).await?;
    let mut courses: Vec<_> = newest
        .into_iter()
        .map(|newest| {
            let kind = newest.reading.kind();
            let of_kind = days.iter().filter(|(other, _)| *other == kind).map(|(_, day)| *day);
            course(kind, span, of_kind.collect(), Some(newest), (whose, &set))
        })
        .collect();
    courses.sort_by_key(|course| {
        Reverse(course.newest.as_ref().map(|newest| (newest.recorded_at, newest.id)))
    });
    Ok(courses)
}

/// As [`course_of`], for whoever reads.
pub(super) async fn course_in(
    conn: &mut Conn,
    whose: &Whose,
    kind: MetricKind,
    period: Period,
    last: Option<Date>,
) -> Result<KindCourse> {
    let (today, zone) = (whose.today, &whose.zone);
    let span = Span::asked(period, last, today);
    let Read { days, newest, set } = read(conn, whose.patient, &[kind], span).await?;
    let newest = newest.into_iter().next();
    let days = days.into_iter().map(|(_, day)| day).collect();
    let usual = alerts::usual(conn, whose.patient, kind).await?;
    let by_days = KindCourse { usual, ..course(kind, span, days, newest, (whose, &set)) };
    let day = (period == Period::Day).then_some(span.last);
    let Some(ends) = day.and_then(|day| start(day, zone).zip(end(day, zone))) else {
        return Ok(by_days);
    };
    let hours = queries::hours(conn, whose.patient, kind, ends).await?;
    let target = by_days.summary.target;
    let summary = Summary::of_hours(kind, target, (span.last, today), zone, &hours);
    Ok(KindCourse { summary, series: Series::Hours(hours), ..by_days })
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
    (first, last): (Date, Date),
) -> QueryResult<Vec<(MetricKind, Bucket<Date>)>> {
    let days = queries::days(conn, patient, kinds, first, last).await?;
    Ok(days.into_iter().map(|day| (day.kind, day.bucket)).collect())
}

/// What is read of the kinds that are asked for.
struct Read {
    days: Vec<(MetricKind, Bucket<Date>)>,
    newest: Vec<StoredReading>,
    set: Vec<SetLimits>,
}

/// The days of `span` and of the one before, the newest reading of each of `kinds`, and what is set for the patient.
async fn read(conn: &mut Conn, patient: UserId, kinds: &[MetricKind], span: Span) -> Result<Read> {
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
    let set = limits::queries::of(conn, patient).await?;
    Ok(Read { days: days.into_iter().map(|day| (day.kind, day.bucket)).collect(), newest, set })
}

fn course(
    kind: MetricKind,
    span: Span,
    days: Vec<Bucket<Date>>,
    newest: Option<StoredReading>,
    (whose, set): (&Whose, &[SetLimits]),
) -> KindCourse {
    let summary = Summary::of_days(kind, target(kind, set), span, whose.today, &days);
    let sent = newest.as_ref().map_or(kind.unit(), |newest| newest.unit);
    let scale = whose.units.shown_in(kind, sent);
    let series = Series::Days(days.into_iter().filter(|day| span.has(day.at)).collect());
    let set = set.iter().find(|set| set.limits.kind() == kind).cloned();
    KindCourse {
        scale,
        newest,
        summary,
        set,
        usual: None,
        series,
        today: whose.today,
        zone: whose.zone.clone(),
    }
}
