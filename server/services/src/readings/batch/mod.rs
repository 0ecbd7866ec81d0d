//! A batch of readings as a device sends it: what of it is new is kept, and each is answered for.
mod queries;

use super::{
    alerts::{self, Followed, Heard},
    content::content_id,
};
use crate::{Clinic, Error, OnConstraint, Result, devices::Sender};
use diesel_async::AsyncConnection;
use domain::{
    devices::{BatteryLevel, READINGS_A_DAY},
    readings::{
        Checked, CheckedReading, Outcome, PersonalLimits, Quarantine, RawReading, ReadingId,
        ReadingRefusal, Severity, Timing, checked_batch, is_near_duplicate, near_window,
    },
};
use jiff::{SignedDuration, Timestamp};
use std::collections::{BTreeMap, HashMap};

/// What became of one reading of a batch.
#[derive(Debug, Clone, PartialEq)]
pub struct Answer {
    pub outcome: Outcome,
    /// What we call it, unless it was refused; the same for one that came twice.
    pub id: Option<ReadingId>,
    pub is_late: bool,
    pub near_duplicate_of: Option<ReadingId>,
    pub quarantine: Option<Quarantine>,
    pub refusal: Option<ReadingRefusal>,
    /// How much it asks for, if it is beyond what is safe or usual.
    pub severity: Option<Severity>,
}

impl Answer {
    fn of(outcome: Outcome, id: Option<ReadingId>) -> Self {
        Self {
            outcome,
            id,
            is_late: false,
            near_duplicate_of: None,
            quarantine: None,
            refusal: None,
            severity: None,
        }
    }
}

/// A reading of the batch, once, however often it is in it.
struct Line<'b> {
    id: ReadingId,
    checked: &'b CheckedReading,
    /// One of the same batch that is probably the same measurement.
    near: Option<ReadingId>,
}

impl Line<'_> {
    fn quarantine(&self) -> Option<Quarantine> {
        match self.checked.timing {
            Timing::Quarantined(why) => Some(why),
            Timing::Timely | Timing::Late => None,
        }
    }

    fn is_near(&self, other: &Self) -> bool {
        self.quarantine().is_none()
            && other.quarantine().is_none()
            && is_near_duplicate(
                (self.checked.recorded_at, self.checked.reading),
                (other.checked.recorded_at, other.checked.reading),
            )
    }
}

/// What was written of a batch.
enum Written {
    Kept { near_duplicate_of: Option<ReadingId> },
    Apart,
}

/// Keeps what is new of `items`, which a device sends at once; the answers are in their order, and given when all is
/// committed. The same batch may be sent again, to any server, at any time.
///
/// Errors: a problem of the field `metrics` when it is no batch; refused as by `DeviceStatus::may_send`;
/// [`Error::SignedOut`] once the owner has no account; [`Error::TooMany`] for a device with too many batches under way,
/// or with [`READINGS_A_DAY`] readings.
pub async fn ingest(
    clinic: &Clinic,
    sender: &Sender,
    items: &[Result<RawReading, ReadingRefusal>],
    battery: Option<BatteryLevel>,
) -> Result<Vec<Answer>> {
    sender.status().may_send()?;
    let now = clinic.now();
    let items = checked_batch(items, now)?;
    let named = named(sender, &items);
    let lines = lines(&named);
    let whole = queries::Batch {
        sender,
        now,
        battery,
        valid: named.iter().flatten().count(),
        refused: named.iter().filter(|item| item.is_err()).count(),
        lines: &lines,
    };
    let _turn = clinic.turns().wait(sender.device()).await?;
    let conn = &mut *clinic.db().await?;
    let (written, (watches, limits), is_news) = conn
        .transaction(async |conn| {
            let held = queries::hold(conn, sender, now).await?.ok_or(Error::SignedOut)?;
            held.status.may_send()?;
            if held.kept_today >= READINGS_A_DAY {
                return Err(Error::TooMany(until_tomorrow(now)));
            }
            let zone = held.zone();
            let written = queries::write(conn, &whole, &held)
                .await
                .on_constraint("readings_of_their_own", Error::SignedOut)?;
            let (heard, today) = (heard(&lines, &written), now.to_zoned(zone).date());
            let (watches, limits) = (held.watches()?, held.limits());
            let is_news = alerts::needs_following(&watches, &limits, &heard, today)
                && alerts::follow(conn, sender.owner(), &limits, &heard, (today, now)).await?;
            Ok::<_, Error>((written, (watches, limits), is_news))
        })
        .await?;
    if is_news {
        clinic.live().announce_alerts(sender.owner());
    }
    Ok(answers(&named, written, (&watches, &limits)))
}

/// What of `lines` is new and says how the person is now.
fn heard(lines: &[Line<'_>], written: &HashMap<ReadingId, Written>) -> Vec<Heard> {
    let is_new = |line: &&Line<'_>| {
        line.checked.timing == Timing::Timely
            && matches!(written.get(&line.id), Some(Written::Kept { near_duplicate_of: None }))
    };
    let heard = |line: &Line<'_>| Heard {
        id: line.id,
        reading: line.checked.reading,
        unit: line.checked.unit,
        recorded_at: line.checked.recorded_at,
    };
    lines.iter().filter(is_new).map(heard).collect()
}

/// Till days end by which readings are counted.
fn until_tomorrow(now: Timestamp) -> SignedDuration {
    let day = SignedDuration::from_hours(24).as_secs();
    SignedDuration::from_secs(day - now.as_second().rem_euclid(day))
}

/// A reading of the batch with its id, or why it is not taken.
type Named<'b> = Result<(ReadingId, &'b CheckedReading), ReadingRefusal>;

fn named<'b>(sender: &Sender, items: &'b [Checked]) -> Vec<Named<'b>> {
    let name = |item: &'b Checked| {
        let checked = item.as_ref().map_err(|refusal| *refusal)?;
        let source = sender.device().as_uuid();
        let id = content_id(source, checked.reading, checked.recorded_at, checked.id.as_ref());
        Ok((id, checked))
    };
    items.iter().map(name).collect()
}

/// Each reading once, in the order of their ids, which is that of their times. Of two that are near each other the later
/// one is marked, in whatever order they came.
fn lines<'b>(named: &[Named<'b>]) -> Vec<Line<'b>> {
    let mut once: BTreeMap<ReadingId, &'b CheckedReading> = BTreeMap::new();
    for (id, checked) in named.iter().flatten() {
        once.entry(*id).or_insert(*checked);
    }
    let mut lines: Vec<Line<'b>> = Vec::with_capacity(once.len());
    for (id, checked) in once {
        let line = Line { id, checked, near: None };
        let window = near_window(checked.reading.kind());
        let near = lines
            .iter()
            .rev()
            // Ids tell milliseconds: two within one may stand either way.
            .take_while(|other| {
                checked.recorded_at.duration_since(other.checked.recorded_at) <= window
            })
            .find(|other| line.is_near(other))
            .map(|other| other.id);
        lines.push(Line { near, ..line });
    }
    lines
}

fn answers(
    named: &[Named<'_>],
    mut written: HashMap<ReadingId, Written>,
    (watches, limits): (&[Followed], &[PersonalLimits]),
) -> Vec<Answer> {
    let mut answer = |item: &Named<'_>| match item {
        Err(refusal) => Answer { refusal: Some(*refusal), ..Answer::of(Outcome::Refused, None) },
        // The first one of those that are the same, and only if we did not have it.
        Ok((id, checked)) => match (written.remove(id), checked.timing) {
            (Some(Written::Kept { near_duplicate_of }), timing) => Answer {
                is_late: timing == Timing::Late,
                near_duplicate_of,
                severity: alerts::judge(watches, limits, checked.reading),
                ..Answer::of(Outcome::Accepted, Some(*id))
            },
            (Some(Written::Apart), Timing::Quarantined(why)) => {
                Answer { quarantine: Some(why), ..Answer::of(Outcome::Quarantined, Some(*id)) }
            }
            _ => Answer::of(Outcome::Duplicate, Some(*id)),
        },
    };
    named.iter().map(&mut answer).collect()
}
