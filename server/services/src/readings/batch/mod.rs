//! A batch of readings as a device sends it: what of it is new is kept, and each is answered for.
mod intake;
mod queries;

use super::{alerts, content::content_id};
use crate::{Clinic, Result, devices::Sender};
use domain::{
    devices::BatteryLevel,
    readings::{
        Checked, CheckedReading, Outcome, Quarantine, RawReading, ReadingId, ReadingRefusal,
        Severity, Timing, checked_batch, near_window,
    },
};
use intake::{Batch, Kept, Line, Writing, Written};
use std::collections::BTreeMap;

pub(crate) use intake::Intake;

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

/// Keeps what is new of `items`, which a device sends at once; the answers are in their order, and given when all is
/// committed. The same batch may be sent again, to any server, at any time.
///
/// Errors: a problem of the field `metrics` when it is no batch; refused as by `DeviceStatus::may_send`;
/// [`Error::SignedOut`] once the owner has no account; [`Error::TooMany`] for a device with too many batches under way,
/// or with [`domain::devices::READINGS_A_DAY`] readings.
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
    let turn = clinic.intake().turns.wait(sender.device()).await?;
    let valid = named.iter().flatten().count();
    let counted = (valid, named.len() - valid);
    let batch = Batch::new(sender, turn, battery, counted, lines(&named));
    let kept = clinic.intake().batches.submit(batch, Writing(clinic.clone())).await?;
    Ok(answers(&named, kept))
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
fn lines(named: &[Named<'_>]) -> Vec<Line> {
    let mut once: BTreeMap<ReadingId, &CheckedReading> = BTreeMap::new();
    for (id, checked) in named.iter().flatten() {
        once.entry(*id).or_insert(*checked);
    }
    let mut lines: Vec<Line> = Vec::with_capacity(once.len());
    for (id, &CheckedReading { reading, unit, recorded_at, timing, .. }) in once {
        let line = Line { id, reading, unit, recorded_at, timing, near: None };
        let window = near_window(reading.kind());
        let near = lines
            .iter()
            .rev()
            // Ids tell milliseconds: two within one may stand either way.
            .take_while(|other| recorded_at.duration_since(other.recorded_at) <= window)
            .find(|other| other.near.is_none() && line.is_near(other))
            .map(|other| other.id);
        lines.push(Line { near, ..line });
    }
    lines
}

fn answers(named: &[Named<'_>], kept: Kept) -> Vec<Answer> {
    let Kept { mut written, watches, limits } = kept;
    let mut answer = |item: &Named<'_>| match item {
        Err(refusal) => Answer { refusal: Some(*refusal), ..Answer::of(Outcome::Refused, None) },
        // The first one of those that are the same, and only if we did not have it.
        Ok((id, checked)) => match (written.remove(id), checked.timing) {
            (Some(Written::Kept { near_duplicate_of }), timing) => Answer {
                is_late: timing == Timing::Late,
                near_duplicate_of,
                severity: alerts::judge(&watches, &limits, checked.reading),
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
