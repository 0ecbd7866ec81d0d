//! What becomes of an alert when one of its readings is taken away.
use super::{
    Heard, escalation,
    follow::bounds,
    queries::{self, Last, Standing},
    watches::{self, Followed},
};
use crate::{
    Conn, Result,
    readings::{limits, rollups::Place},
};
use domain::{
    identity::UserId,
    readings::{
        Bounds, Concern, Ground, Level, OpenAlert, ReadingAlertId, ReadingId, Severity, Watch,
    },
};
use jiff::{SignedDuration, Timestamp};

/// From so long before it began the readings of an alert are looked at anew; and so many of them at most.
const BEFORE: SignedDuration = SignedDuration::from_hours(48);
const LOOKED_AT: i64 = 5_000;

/// Lets the alert of a series be what it would have become without a reading of `patient` that was `taken` away; of one that
/// stands in its place (`instead`) it hears afterwards. Whether there is anything that open pages should hear.
pub async fn retract(
    conn: &mut Conn,
    patient: UserId,
    (taken, instead): (ReadingId, Option<ReadingId>),
    was: Place,
    now: Timestamp,
) -> Result<bool> {
    let Some(mut known) = watches::queries::hold(conn, patient, &[was.kind]).await?.pop() else {
        return Ok(false);
    };
    let Some(id) = known.alert_id else {
        watches::queries::forget(conn, patient, was.kind, was.recorded_at).await?;
        return Ok(false);
    };
    let Some(standing) = queries::standing(conn, id).await? else { return Ok(false) };
    let from = standing.opened_at - BEFORE;
    if was.recorded_at < from {
        return Ok(false);
    }
    if standing.concern == Concern::Change {
        if standing.reading_id != taken {
            return Ok(false);
        }
        end(conn, patient, &mut known, (id, Watch::default()), now).await?;
        return Ok(true);
    }
    let of = (patient, was.kind);
    let heard = watches::queries::series(conn, of, from, instead, LOOKED_AT).await?;
    let set = limits::queries::of(conn, patient).await?;
    let set: Vec<_> = set.into_iter().map(|set| set.limits).collect();
    let bounds = bounds(was.kind, &set, known.baseline());
    let looked_at: Vec<_> = heard
        .iter()
        .map(|heard| (heard.rule(), heard.recorded_at, Level::from(heard.reading)))
        .collect();
    let (watch, ground) = Watch::after(&bounds, &looked_at);
    let side = known.watch().open.map(|open| open.side);
    let same_side = watch.open.filter(|open| Some(open.side) == side);
    match (same_side, ground) {
        (Some(open), Some(ground)) => {
            let last = last(&heard, &bounds, ground);
            stand(conn, patient, &mut known, (id, &standing), (watch, open, ground, last)).await?;
        }
        _ => end(conn, patient, &mut known, (id, watch), now).await?,
    }
    Ok(true)
}

fn last(heard: &[Heard], bounds: &Bounds, ground: Ground) -> Last {
    let heard = heard[ground.last];
    let own = bounds.judge(heard.reading.into());
    Last { heard, severity: own.map_or(Severity::Warning, |beyond| beyond.severity) }
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
