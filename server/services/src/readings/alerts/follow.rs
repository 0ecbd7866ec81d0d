//! What new readings do to the alerts of their series.
use super::{
    escalation,
    queries::{self, Last},
    watches::{self, Followed},
};
use crate::{Conn, Result, outbox, readings::rollups};
use domain::{
    identity::UserId,
    mail::Topic,
    readings::{
        BASELINE_DAYS, Baseline, Beyond, Bounds, Bucket, Level, MetricKind, OpenAlert, Pace,
        PersonalLimits, Reading, ReadingAlertId, ReadingId, Rule, SEEN_WITHIN, Severity, Side,
        TOLD_AGAIN_AFTER, Thresholds, Unit, WatchChange,
    },
};
use jiff::{Timestamp, ToSpan, civil::Date};
use serde_json::json;
use std::collections::BTreeMap;

/// A reading of now that was not there before.
#[derive(Debug, Clone, Copy)]
pub struct Heard {
    pub id: ReadingId,
    pub reading: Reading,
    pub unit: Unit,
    pub recorded_at: Timestamp,
    /// By a person: each of these is meant.
    pub is_typed: bool,
}

impl Heard {
    /// By which rule it is followed.
    pub fn rule(&self) -> Rule {
        let kind = self.reading.kind();
        if self.is_typed { Rule::of_typed(kind) } else { Rule::of(kind) }
    }
}

/// Whether following `heard` may change anything, or whether all of it is calm, as it has been. Nothing has to be held
/// to find out: what others write meanwhile comes after it.
pub fn needs_following(
    known: &[Followed],
    limits: &[PersonalLimits],
    heard: &[Heard],
    today: Date,
) -> bool {
    heard.iter().any(|heard| {
        let kind = heard.reading.kind();
        let Some(known) = known.iter().find(|known| known.kind == kind) else { return true };
        let bounds = bounds(kind, limits, known.baseline());
        known.baseline_on != Some(today)
            || !known.watch().is_idle()
            || Pace::of(kind).is_some()
            || bounds.judge(heard.reading.into()).is_some()
    })
}

/// How much `reading` asks for, where series stand as is `known`.
pub fn judge(known: &[Followed], limits: &[PersonalLimits], reading: Reading) -> Option<Severity> {
    let known = known.iter().find(|known| known.kind == reading.kind());
    let bounds = bounds(reading.kind(), limits, known.and_then(Followed::baseline));
    bounds.judge(reading.into()).map(|beyond| beyond.severity)
}

/// What doctors have set for the person goes before what is so for most.
pub(super) fn bounds(
    kind: MetricKind,
    limits: &[PersonalLimits],
    baseline: Option<Baseline>,
) -> Bounds {
    let own = limits.iter().find(|limits| limits.kind() == kind);
    let thresholds = own.map_or_else(|| Thresholds::of(kind), PersonalLimits::thresholds);
    Bounds::new(kind, thresholds, baseline)
}

/// Follows what was `heard` of `patient`, for whom it is `today`. Whether there is anything that open pages should hear.
pub async fn follow(
    conn: &mut Conn,
    patient: UserId,
    limits: &[PersonalLimits],
    heard: &[Heard],
    (today, now): (Date, Timestamp),
) -> Result<bool> {
    let mut series: BTreeMap<MetricKind, Vec<Heard>> = BTreeMap::new();
    for heard in heard {
        series.entry(heard.reading.kind()).or_default().push(*heard);
    }
    let kinds: Vec<_> = series.keys().copied().collect();
    let mut known = watches::queries::hold(conn, patient, &kinds).await?;
    refresh_baselines(conn, patient, &mut known, today).await?;
    let mut is_news = false;
    for known in &mut known {
        let Some(heard) = series.get_mut(&known.kind) else { continue };
        heard.sort_by_key(|heard| heard.recorded_at);
        is_news |= follow_one(conn, patient, known, (limits, heard), now).await?;
        watches::queries::save(conn, patient, known).await?;
    }
    Ok(is_news)
}

/// Finds out anew what is usual for the person, once a day.
pub(super) async fn refresh_baselines(
    conn: &mut Conn,
    patient: UserId,
    known: &mut [Followed],
    today: Date,
) -> Result<()> {
    let is_old = |known: &&mut Followed| known.baseline_on != Some(today);
    let old: Vec<_> = known.iter_mut().filter(is_old).map(|known| known.kind).collect();
    if old.is_empty() {
        return Ok(());
    }
    let first = today.saturating_sub(BASELINE_DAYS.days());
    let days = rollups::days(conn, patient, &old, (first, today)).await?;
    for known in known.iter_mut().filter(|known| old.contains(&known.kind)) {
        let before: Vec<Bucket<Date>> = days
            .iter()
            .filter(|(kind, day)| *kind == known.kind && day.at >= first && day.at < today)
            .map(|(_, day)| *day)
            .collect();
        known.set_baseline(Baseline::of(known.kind, &before), today);
    }
    Ok(())
}

/// The alert of a series, as it becomes while readings are followed.
struct Open {
    id: ReadingAlertId,
    went: u32,
    last: Option<Last>,
    /// The last one that cannot wait by itself, and by which rule it was followed.
    critical: Option<(Last, Beyond, Rule)>,
}

/// What the patient is told.
#[derive(Clone, Copy)]
pub(super) struct Told {
    pub id: ReadingAlertId,
    pub beyond: Beyond,
    /// How much the reading asks for by itself.
    pub reading: Severity,
}

async fn follow_one(
    conn: &mut Conn,
    patient: UserId,
    known: &mut Followed,
    (limits, heard): (&[PersonalLimits], &[Heard]),
    now: Timestamp,
) -> Result<bool> {
    let bounds = bounds(known.kind, limits, known.baseline());
    let mut watch = known.watch();
    let mut open = known.alert_id.map(|id| Open { id, went: 0, last: None, critical: None });
    let mut told: Option<Told> = None;
    let mut is_news = false;
    // Where the series is going now, its newest reading alone says.
    let (newest, too_fast) = match heard.last() {
        Some(newest) => (Some(newest.id), too_fast(conn, patient, newest).await?),
        None => (None, None),
    };
    for heard in heard {
        let (at, level) = (heard.recorded_at, Level::from(heard.reading));
        let severity = bounds.judge(level).map_or(Severity::Warning, |beyond| beyond.severity);
        let last = Last { heard: *heard, severity };
        let too_fast = too_fast.filter(|_| newest == Some(heard.id));
        for change in watch.follow(&heard.rule(), &bounds, at, level, too_fast) {
            is_news |= !matches!(change, WatchChange::Went(_));
            match change {
                WatchChange::Opened(beyond) => {
                    let count = watch.streak.map_or(1, |streak| streak.count);
                    let id = queries::open(conn, patient, last, (beyond, count), now).await?;
                    open = Some(Open { id, went: 0, last: None, critical: None });
                    told = Some(Told { id, beyond, reading: severity });
                }
                WatchChange::Raised(beyond) => {
                    let Some(open) = &mut open else { continue };
                    queries::raise(conn, open.id, last, (beyond, open.went + 1), now).await?;
                    (open.went, open.last, open.critical) = (0, None, None);
                    told = Some(Told { id: open.id, beyond, reading: severity });
                }
                WatchChange::Went(beyond) => {
                    let Some(open) = &mut open else { continue };
                    open.went += 1;
                    open.last = Some(last);
                    if severity == Severity::Critical {
                        open.critical = Some((last, beyond, heard.rule()));
                    }
                }
                WatchChange::Calmed | WatchChange::Lapsed => {
                    let Some(over) = open.take() else { continue };
                    went_on(conn, &over).await?;
                    let outcome = if change == WatchChange::Calmed { "calmed" } else { "lapsed" };
                    queries::end(conn, over.id, outcome, now).await?;
                    escalation::queries::forget(conn, over.id).await?;
                    told = told.filter(|told| told.id != over.id);
                }
            }
        }
    }
    if let Some(open) = &open {
        went_on(conn, open).await?;
        if told.is_none() {
            told = goes_on(conn, open, watch.open, now).await?;
            is_news |= told.is_some();
        }
    }
    if let Some(told) = told {
        tell(conn, patient, known.kind, told, now).await?;
    }
    known.set(watch, open.map(|open| open.id));
    Ok(is_news)
}

async fn went_on(conn: &mut Conn, open: &Open) -> Result<()> {
    match open.last {
        Some(last) => Ok(queries::went(conn, open.id, last, open.went).await?),
        None => Ok(()),
    }
}

/// What to tell anew of an alert that stands as is said: when one more reading cannot wait, long after somebody has said that
/// they have seen it; or when one is to be confirmed of what could wait so far.
async fn goes_on(
    conn: &mut Conn,
    open: &Open,
    stands: Option<OpenAlert>,
    now: Timestamp,
) -> Result<Option<Told>> {
    let Some((last, beyond, rule)) = open.critical else { return Ok(None) };
    let told = |severity| {
        let beyond = Beyond { severity, ..beyond };
        Told { id: open.id, beyond, reading: last.severity }
    };
    match stands.map(|stands| stands.severity) {
        Some(Severity::Critical) => {
            let is_news = queries::unsee(conn, open.id, now - TOLD_AGAIN_AFTER).await?;
            Ok(is_news.then(|| told(Severity::Critical)))
        }
        Some(Severity::Warning) => Ok(rule.asks_to_confirm().then(|| told(Severity::Warning))),
        None => Ok(None),
    }
}

/// On which side a reading is too far from those before it.
async fn too_fast(conn: &mut Conn, patient: UserId, heard: &Heard) -> Result<Option<Side>> {
    let kind = heard.reading.kind();
    let Some(pace) = Pace::of(kind) else { return Ok(None) };
    let span = (heard.recorded_at - pace.within, heard.recorded_at);
    let around = watches::queries::extremes(conn, patient, kind, span).await?;
    let is_so = around.is_some_and(|around| pace.is_too_fast(heard.reading.value(), around));
    Ok(is_so.then_some(pace.side))
}

/// Tells the patient. Of what can wait once in a quarter of a day for a kind and a side, however often it comes and goes;
/// and once more if a reading is among it that could not, were it confirmed.
pub(super) async fn tell(
    conn: &mut Conn,
    patient: UserId,
    kind: MetricKind,
    told: Told,
    now: Timestamp,
) -> Result<()> {
    let Told { id, beyond, reading } = told;
    let (topic, what) = match beyond.severity {
        Severity::Critical => {
            escalation::queries::await_seeing(conn, id, patient, now + SEEN_WITHIN).await?;
            (Topic::AlertCritical, format!("{id}/{now}"))
        }
        Severity::Warning => {
            let quarter = now.as_second() / (6 * 3600);
            let side = beyond.side;
            (Topic::AlertOpened, format!("{patient}/{kind}/{side}/{reading}/{quarter}"))
        }
    };
    let payload = json!({ "user_id": patient });
    let key = format!("{}/{what}", topic.as_str());
    Ok(outbox::enqueue_in(conn, topic.as_str(), key, payload).await?)
}
