//! What becomes of an alert when one of its readings is taken away.
use super::{
    Heard, escalation,
    follow::{Told, bounds, refresh_baselines, tell},
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
        Beyond, Bounds, Concern, Ground, Level, OpenAlert, ReadingAlertId, ReadingId, Severity,
        Watch,
    },
};
use jiff::{SignedDuration, Timestamp, civil::Date};

/// From so long before it began the readings of an alert are looked at anew; and so many of them at most.
const BEFORE: SignedDuration = SignedDuration::from_hours(5 * 24);
const LOOKED_AT: i64 = 5_000;

/// What is taken away.
#[derive(Debug, Clone, Copy)]
enum Taken {
    /// One reading of that time; of one that stands in its place it is heard afterwards.
    One(Timestamp, Option<ReadingId>),
    /// All that a device has sent.
    AllOf(DeviceId),
}

/// Lets the alert of a series be what it would have become without a reading of `patient` that was taken away; of one that
/// stands in its place (`instead`) it hears afterwards. For the patient it is `today`. Whether there is anything that open
/// pages should hear.
pub async fn retract(
    conn: &mut Conn,
    patient: UserId,
    instead: Option<ReadingId>,
    was: Place,
    (today, now): (Date, Timestamp),
) -> Result<bool> {
    let Some(mut known) = watches::queries::hold(conn, patient, &[was.kind]).await?.pop() else {
        return Ok(false);
    };
    let taken = Taken::One(was.recorded_at, instead);
    match known.alert_id {
        Some(id) => look_anew(conn, patient, (&mut known, id), taken, (today, now)).await,
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
    (today, now): (Date, Timestamp),
) -> Result<bool> {
    let mut is_news = false;
    for mut known in watches::queries::hold_all(conn, patient).await? {
        let Some(id) = known.alert_id else { continue };
        let taken = Taken::AllOf(source);
        is_news |= look_anew(conn, patient, (&mut known, id), taken, (today, now)).await?;
    }
    watches::queries::forget_source(conn, patient, source).await?;
    Ok(is_news)
}

async fn look_anew(
    conn: &mut Conn,
    patient: UserId,
    (known, id): (&mut Followed, ReadingAlertId),
    taken: Taken,
    (today, now): (Date, Timestamp),
) -> Result<bool> {
    let Some(standing) = queries::standing(conn, id).await? else { return Ok(false) };
    let from = standing.opened_at - BEFORE;
    let (except, except_from) = match taken {
        Taken::One(at, _) if at < from => return Ok(false),
        Taken::One(_, instead) => (instead, None),
        Taken::AllOf(source) => {
            let of = (patient, known.kind);
            if !watches::queries::has_sent(conn, of, source, from).await? {
                return Ok(false);
            }
            (None, Some(source))
        }
    };
    let wanted = Wanted { kind: known.kind, from, except, except_from, most: LOOKED_AT };
    let heard = watches::queries::series(conn, patient, wanted).await?;
    if standing.concern == Concern::Change && heard.iter().any(|one| one.id == standing.reading_id)
    {
        // How fast it has changed was a matter of that reading alone.
        return Ok(false);
    }
    if known.baseline_on != Some(today) {
        refresh_baselines(conn, patient, std::slice::from_mut(known), today).await?;
    }
    let set = limits::queries::of(conn, patient).await?;
    let set: Vec<_> = set.into_iter().map(|set| set.limits).collect();
    let bounds = bounds(known.kind, &set, known.baseline());
    let looked_at: Vec<_> = heard
        .iter()
        .map(|heard| (heard.rule(), heard.recorded_at, Level::from(heard.reading)))
        .collect();
    let (watch, ground) = Watch::after(&bounds, &looked_at);
    let last = ground.and_then(|ground| heard.get(ground.last).map(|heard| (ground, heard)));
    match (watch.open, last) {
        (Some(open), Some((ground, heard))) if open.side == standing.side => {
            let last = last_of(heard, &bounds);
            stand(conn, patient, known, (id, &standing), (watch, open, ground, last)).await?;
        }
        (Some(_), Some((ground, heard))) => {
            let last = last_of(heard, &bounds);
            end(conn, patient, known, (id, watch), now).await?;
            open_other(conn, patient, known, (watch, ground, last), now).await?;
        }
        // It had changed so fast before as well.
        _ if standing.concern == Concern::Change && standing.readings > 1 => return Ok(false),
        _ => end(conn, patient, known, (id, watch), now).await?,
    }
    Ok(true)
}

/// Opens what an alert of the other side had taken the place of, which is over.
async fn open_other(
    conn: &mut Conn,
    patient: UserId,
    known: &mut Followed,
    (watch, ground, last): (Watch, Ground, Last),
    now: Timestamp,
) -> Result<()> {
    let Some(open) = watch.open else { return Ok(()) };
    let beyond = Beyond { severity: open.severity, ..ground.beyond };
    let id = queries::open(conn, patient, last, (beyond, ground.readings), now).await?;
    tell(conn, patient, known.kind, Told { id, beyond, reading: last.severity }, now).await?;
    known.set(watch, Some(id));
    Ok(watches::queries::save(conn, patient, known).await?)
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
