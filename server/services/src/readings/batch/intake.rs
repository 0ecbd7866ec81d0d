//! Batches of many devices are written in one go, and each is answered when that is committed.
use super::queries;
use crate::{
    Clinic, Conn, Error, OnConstraint, Result,
    devices::Sender,
    readings::{
        alerts::{self, Followed, Heard},
        turns::{Turn, Turns},
    },
    record::read_as,
    together::{Asked, Size, Together, Work},
};
use diesel_async::AsyncConnection;
use domain::{
    devices::{BatteryLevel, DeviceId, READINGS_A_DAY},
    readings::{
        PersonalLimits, Quarantine, Reading, ReadingId, Target, Timing, Unit, is_near_duplicate,
    },
};
use jiff::{SignedDuration, Timestamp, tz::TimeZone};
use queries::Held;
use std::{collections::HashMap, sync::Arc, time::Duration};

/// What comes from devices and is not written yet.
#[derive(Debug)]
pub(crate) struct Intake {
    pub turns: Arc<Turns>,
    pub batches: Arc<Together<Batch, Kept>>,
}

impl Intake {
    /// Of a pool of `connections`, of which it leaves some for everybody else.
    pub fn of(connections: usize) -> Self {
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        Self {
            turns: Arc::default(),
            batches: Arc::new(Together::in_lanes(cores.min(connections / 2))),
        }
    }
}

/// What a device sent, checked. It is its turn until it is written.
#[derive(Debug)]
pub(crate) struct Batch {
    pub sender: Sender,
    pub battery: Option<BatteryLevel>,
    /// How many items of it are readings; some of them may be the same.
    pub valid: usize,
    pub refused: usize,
    /// Each reading once, sorted by id.
    pub lines: Vec<Line>,
    _turn: Turn,
}

impl Batch {
    pub fn new(
        sender: &Sender,
        turn: Turn,
        battery: Option<BatteryLevel>,
        (valid, refused): (usize, usize),
        lines: Vec<Line>,
    ) -> Self {
        Self { sender: sender.clone(), battery, valid, refused, lines, _turn: turn }
    }
}

impl Size for Batch {
    const FULL: usize = 1_000;
    /// A tenth of what a go takes.
    const MOMENT: Duration = Duration::from_millis(1);

    /// Even one without readings costs something.
    fn size(&self) -> usize {
        self.lines.len() + 4
    }
}

/// A reading of the batch, once, however often it is in it.
#[derive(Debug)]
pub(crate) struct Line {
    pub id: ReadingId,
    pub reading: Reading,
    /// The unit it was sent in.
    pub unit: Unit,
    pub recorded_at: Timestamp,
    pub timing: Timing,
    /// One of the same batch that is probably the same measurement.
    pub near: Option<ReadingId>,
}

impl Line {
    pub fn quarantine(&self) -> Option<Quarantine> {
        match self.timing {
            Timing::Quarantined(why) => Some(why),
            Timing::Timely | Timing::Late => None,
        }
    }

    pub fn is_near(&self, other: &Self) -> bool {
        self.quarantine().is_none()
            && other.quarantine().is_none()
            && is_near_duplicate(
                (self.recorded_at, self.reading),
                (other.recorded_at, other.reading),
            )
    }
}

/// What was written of a reading.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Written {
    Kept { near_duplicate_of: Option<ReadingId> },
    Apart,
}

/// What was written of a batch, and how its readings are judged.
#[derive(Debug)]
pub(crate) struct Kept {
    pub written: HashMap<ReadingId, Written>,
    pub watches: Vec<Followed>,
    pub limits: Vec<PersonalLimits>,
}

/// Writes batches, all in one transaction. What one of them is to blame for costs no other: then each has its own.
#[derive(Clone)]
pub(crate) struct Writing(pub Clinic);

impl Work<Batch, Kept> for Writing {
    async fn go(self, asked: Vec<Asked<Batch, Kept>>) {
        let for_all = |asked: Vec<Asked<Batch, Kept>>, error: Error| {
            asked.into_iter().for_each(|one| one.answer(Err(error.of_another())));
        };
        let conn = &mut *match self.0.db().await {
            Ok(conn) => conn,
            Err(error) => return for_all(asked, error),
        };
        let mut left = Vec::new();
        if asked.len() == 1 {
            left = asked;
        } else {
            let together: Vec<&Batch> = asked.iter().map(|one| &one.job).collect();
            let mut done = match self.write(conn, &together).await {
                Ok(done) => done,
                // It may have been done.
                Err(error @ Error::Interrupted(_)) => return for_all(asked, error),
                Err(_) => HashMap::new(),
            };
            for one in asked {
                match done.remove(&one.job.sender.device()) {
                    Some(result) => one.answer(result),
                    None => left.push(one),
                }
            }
        }
        // Nobody waits for these but they themselves.
        for one in left {
            let alone = self.write(conn, &[&one.job]).await;
            let device = one.job.sender.device();
            let result =
                alone.and_then(|mut done| done.remove(&device).unwrap_or(Err(Error::SignedOut)));
            one.answer(result);
        }
    }
}

impl Writing {
    /// Writes `batches`, one of each device, and what becomes of each. One is not among the answers if its device has no owner
    /// any more or, where there are several, if somebody else holds it at the moment.
    async fn write(
        &self,
        conn: &mut Conn,
        batches: &[&Batch],
    ) -> Result<HashMap<DeviceId, Result<Kept>>> {
        let now = self.0.now();
        let (done, news) = conn
            .transaction(async |conn| {
                let mut held = queries::hold(conn, batches, now).await?;
                let (mut ready, mut done) = (Vec::with_capacity(batches.len()), HashMap::new());
                for batch in batches {
                    let device = batch.sender.device();
                    match held.remove(&device).map(|held| Ready::new(batch, &held, now)) {
                        Some(Ok(one)) => ready.push(one),
                        Some(Err(error)) => _ = done.insert(device, Err(error)),
                        None => {}
                    }
                }
                let mut written = match ready.is_empty() {
                    true => HashMap::new(),
                    false => queries::write(conn, &ready, now)
                        .await
                        .on_constraint("readings_of_their_own", Error::SignedOut)?,
                };
                let mut news = Vec::new();
                // Who waits for a patient waits for none before.
                ready.sort_by_key(|one| one.batch.sender.owner());
                for one in ready {
                    let device = one.batch.sender.device();
                    let written = written.remove(&device).unwrap_or_default();
                    if follow(conn, &one, &written, now).await? {
                        news.push(one.batch.sender.owner());
                    }
                    let Ready { watches, limits, .. } = one;
                    done.insert(device, Ok(Kept { written, watches, limits }));
                }
                Ok::<_, Error>((done, news))
            })
            .await?;
        for patient in news {
            self.0.live().announce_alerts(patient);
        }
        Ok(done)
    }
}

/// A batch whose device is held.
pub(super) struct Ready<'b> {
    pub batch: &'b Batch,
    pub zone: TimeZone,
    limits: Vec<PersonalLimits>,
    watches: Vec<Followed>,
}

impl<'b> Ready<'b> {
    /// Errors: refused as by `DeviceStatus::may_send`; [`Error::TooMany`] after [`READINGS_A_DAY`] readings.
    fn new(batch: &'b Batch, held: &Held, now: Timestamp) -> Result<Self> {
        held.status.may_send()?;
        if held.kept_today >= READINGS_A_DAY {
            return Err(Error::TooMany(until_tomorrow(now)));
        }
        let (limits, watches) = (held.limits(), held.watches()?);
        Ok(Self { batch, zone: held.zone(), limits, watches })
    }

    /// Whether `reading` is in the target range of the owner.
    pub fn is_in_range(&self, reading: Reading) -> bool {
        let own = self.limits.iter().find(|limits| limits.kind() == reading.kind());
        let target = own.map_or_else(|| Target::of(reading.kind()), PersonalLimits::target);
        target.is_some_and(|target| target.holds(reading))
    }

    /// What of it is new and says how the person is now.
    fn heard(&self, written: &HashMap<ReadingId, Written>) -> Vec<Heard> {
        let is_new = |line: &&Line| {
            line.timing == Timing::Timely
                && matches!(written.get(&line.id), Some(Written::Kept { near_duplicate_of: None }))
        };
        let heard = |line: &Line| Heard {
            id: line.id,
            reading: line.reading,
            unit: line.unit,
            recorded_at: line.recorded_at,
            is_typed: false,
        };
        self.batch.lines.iter().filter(is_new).map(heard).collect()
    }
}

/// Till days end by which readings are counted.
fn until_tomorrow(now: Timestamp) -> SignedDuration {
    let day = SignedDuration::from_hours(24).as_secs();
    SignedDuration::from_secs(day - now.as_second().rem_euclid(day))
}

/// Whether there is anything that open pages of the owner should hear.
async fn follow(
    conn: &mut Conn,
    one: &Ready<'_>,
    written: &HashMap<ReadingId, Written>,
    now: Timestamp,
) -> Result<bool> {
    let (owner, heard) = (one.batch.sender.owner(), one.heard(written));
    let today = now.to_zoned(one.zone.clone()).date();
    if !alerts::needs_following(&one.watches, &one.limits, &heard, today) {
        return Ok(false);
    }
    read_as(conn, owner).await?;
    alerts::follow(conn, owner, &one.limits, &heard, (today, now)).await
}
