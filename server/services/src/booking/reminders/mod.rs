//! Patients are reminded of their visits: of each time that a visit has, once, and only as long as it is so.
//!
//! What is planned is only when to look. Whether somebody is reminded is decided by how the visit is then, and once more by how
//! it is when the mail is written.
mod queries;

use super::change::notify_of_all;
use crate::{Clinic, Conn, Result};
use diesel_async::AsyncConnection;
use domain::{
    booking::{AppointmentId, OpenReminder, PLANNED_AHEAD, ReminderKind, Verdict, verdicts},
    mail::Topic,
    zone,
};
use jiff::Timestamp;
use queries::{Planned, Reader, Unplanned};

/// How many visits are planned for in one go.
const PLANNED_AT_ONCE: usize = 500;

/// How many people are reminded in one go.
pub const AT_ONCE: usize = 100;

/// Reminds those whose time has come; how many people it looked at. Called by a worker, and by several at once if there are
/// several servers: each takes people whom no other has in hands.
pub async fn remind(clinic: &Clinic) -> Result<usize> {
    let conn = &mut *clinic.db().await?;
    while plan(conn, clinic.now()).await? == PLANNED_AT_ONCE {}
    for looked in 0..AT_ONCE {
        let now = clinic.now();
        let found = conn
            .transaction(async |conn| {
                let Some(reader) = queries::lock_reader(conn, now).await? else {
                    return Ok::<_, crate::Error>(None);
                };
                remind_one(conn, &reader, now).await?;
                Ok(Some(()))
            })
            .await?;
        if found.is_none() {
            return Ok(looked);
        }
    }
    Ok(AT_ONCE)
}

/// Plans when to look at visits that are agreed on, or have another time than they had when that was planned; how many it found.
async fn plan(conn: &mut Conn, now: Timestamp) -> Result<usize> {
    let visits = queries::unplanned(conn, (now, now + PLANNED_AHEAD), PLANNED_AT_ONCE).await?;
    if !visits.is_empty() {
        let planned: Vec<_> = visits.iter().flat_map(reminders_of).collect();
        queries::insert_planned(conn, &planned).await?;
    }
    Ok(visits.len())
}

fn reminders_of(visit: &Unplanned) -> impl Iterator<Item = Planned> {
    let zone = zone::rules(&visit.time_zone);
    let (appointment_id, starts_at) = (visit.id, visit.starts_at);
    ReminderKind::ALL.iter().map(move |&kind| {
        let due_at = kind.due_at(starts_at, &zone);
        Planned { appointment_id, starts_at, kind, due_at }
    })
}

/// Decides on the reminders of somebody for whom some are due: in one mail of each kind, whoever of those they read for has the
/// visits. They are locked, so that no other server says a part of it.
async fn remind_one(conn: &mut Conn, reader: &Reader, now: Timestamp) -> Result<()> {
    let reminders = queries::open_reminders(conn, reader.id).await?;
    let open: Vec<OpenReminder> = reminders.iter().map(queries::Open::rule).collect();
    let verdicts = verdicts(&open, now, &zone::rules(&reader.time_zone));
    let mut said = Vec::new();
    for (reminder, verdict) in reminders.iter().zip(verdicts) {
        if verdict == Verdict::Wait {
            continue;
        }
        queries::set_decided(conn, reminder, now).await?;
        if verdict == Verdict::Say {
            said.push(reminder);
        }
    }
    for &kind in ReminderKind::ALL {
        let visits = said.iter().filter(|reminder| reminder.kind == kind);
        let visits: Vec<_> = visits.map(|one| (one.appointment_id, one.sequence)).collect();
        notify_of_all(conn, Topic::of_reminder(kind).as_str(), &visits).await?;
    }
    Ok(())
}

/// Keeps that the mail was taken over that reminds of `visits`, each of which was to start then.
pub(crate) async fn sent(
    clinic: &Clinic,
    kind: ReminderKind,
    visits: &[(AppointmentId, Timestamp)],
) -> Result<()> {
    let conn = &mut *clinic.db().await?;
    for &visit in visits {
        queries::set_sent(conn, visit, kind, clinic.now()).await?;
    }
    Ok(())
}
