//! What becomes of an alert when one of its readings is taken away.
use super::{
    Heard, escalation,
    follow::bounds,
    queries::{self, Last, Standing},
    watches::{self, Followed, queries::Wanted},
};
use crate::{
    Conn, Result,
    readings::{limits, rollups::Place},
};
use domain::{
    devices::DeviceId,
    identity::UserId,
    readings::{
        Bounds, Concern, Ground, Level, OpenAlert, ReadingAlertId, ReadingId, Severity, Watch,
    },
};
use jiff::{SignedDuration, Timestamp};

/// From so long before it began the readings of an alert are looked at anew; and so many of them at most.
const BEFORE: SignedDuration = SignedDuration::from_hours(48);
const LOOKED_AT: i64 = 5_000;

/// Lets the alert of a series be what it would have become without a reading of `patient` that was taken away; of one that
/// stands in its place (`instead`) it hears afterwards. Whether there is anything that open pages should hear.
pub async fn retract(
    conn: &mut Conn,
    patient: UserId,
    instead: Option<ReadingId>,
    was: Place,
    now: Timestamp,
) -> Result<bool> {
    let Some(mut known) = watches::queries::hold(conn, patient, &[was.kind]).await?.pop() else {
        return Ok(false);
    };
    match known.alert_id {
        Some(id) => look_anew(conn, patient, (&mut known, id), (instead, None), now).await,
        None => {
            watches::queries::forget(conn, patient, was.kind, was.recorded_at).await?;
            Ok(false)
        }
    }
}

/// The same of all alerts of `patient`, without anything that `source` has sent.
pub async fn retract_source(
    conn: &mut Conn,
    patient: UserId,
    source: DeviceId,
    now: Timestamp,
) -> Result<bool> {
    let mut is_news = false;
    for mut known in watches::queries::hold_all(conn, patient).await? {
        let Some(id) = known.alert_id else { continue };
        let without = (None, Some(source));
        is_news |= look_anew(conn, patient, (&mut known, id), without, now).await?;
    }
    watches::queries::forget_source(conn, patient, source).await?;
    Ok(is_news)
}

async fn look_anew(
    conn: &mut Conn,
    patient: UserId,
    (known, id): (&mut Followed, ReadingAlertId),
    (except, except_from): (Option<ReadingId>, Option<DeviceId>),
    now: Timestamp,
) -> Result<bool> {
    let Some(standing) = queries::standing(conn, id).await? else { return Ok(false) };
    let from = standing.opened_at - BEFORE;
    let wanted = Wanted { kind: known.kind, from, except, except_from, most: LOOKED_AT };
    let heard = watches::queries::series(conn, patient, wanted).await?;
    if standing.concern == Concern::Change {
        // How fast it has changed was a matter of that reading alone.
        if heard.iter().any(|heard| heard.id == standing.reading_id) {
            return Ok(false);
        }
        end(conn, patient, known, (id, Watch::default()), now).await?;
        return Ok(true);
    }
    let set = limits::queries::of(conn, patient).await?;
    let set: Vec<_> = set.into_iter().map(|set| set.limits).collect();
    let bounds = bounds(known.kind, &set, known.baseline());
    let looked_at: Vec<_> = heard
        .iter()
        .map(|heard| (heard.rule(), heard.recorded_at, Level::from(heard.reading)))
        .collect();
    let (watch, ground) = Watch::after(&bounds, &looked_at);
    let side = known.watch().open.map(|open| open.side);
    let open = watch.open.filter(|open| Some(open.side) == side);
    let last = ground.and_then(|ground| heard.get(ground.last).map(|heard| (ground, heard)));
    match (open, last) {
        (Some(open), Some((ground, heard))) => {
            let last = last_of(heard, &bounds);
            stand(conn, patient, known, (id, &standing), (watch, open, ground, last)).await?;
        }
        _ => end(conn, patient, known, (id, watch), now).await?,
    }
    Ok(true)
}

fn last_of(heard: &Heard, bounds: &Bounds) -> Last {
    let own = bounds.judge(heard.reading.into());
    Last { heard: *heard, severity: own.map_or(Severity::Warning, |beyond| beyond.severity) }
}

async fn stand(
    conn: &mut Conn,
    patient: UserId,
    known: &mut Followed,
    (id, standing): (ReadingAlertId, &Standing),
    (watch, open, ground, last): (Watch, OpenAlert, Ground, Last),
) -> Result<()> {
    // It was told as it was: to be worse it has to hear of something new.
    let severity = open.severity.min(standing.severity);
    queries::reground(conn, id, last, (ground.beyond, severity, ground.readings)).await?;
    if severity == Severity::Warning {
        escalation::queries::forget(conn, id).await?;
    }
    known.set(Watch { open: Some(OpenAlert { severity, ..open }), ..watch }, Some(id));
    Ok(watches::queries::save(conn, patient, known).await?)
}

async fn end(
    conn: &mut Conn,
    patient: UserId,
    known: &mut Followed,
    (id, watch): (ReadingAlertId, Watch),
    now: Timestamp,
) -> Result<()> {
    queries::end(conn, id, "removed", now).await?;
    escalation::queries::forget(conn, id).await?;
    known.set(Watch { open: None, calm: 0, ..watch }, None);
    Ok(watches::queries::save(conn, patient, known).await?)
}
