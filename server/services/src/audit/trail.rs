//! The whole trail of events, for those who look after it. Looking is an event, too.
use super::{Event, log::MOST_LINES, queries, record_in};
use crate::{
    Clinic, Conn, Error, Result,
    identity::{Auditor, Caller},
};
use diesel_async::AsyncConnection;
use domain::{FieldProblem, audit::ACTIONS, identity::UserId};
use jiff::Timestamp;
use std::{fmt, str::FromStr};
use uuid::Uuid;

pub use queries::TrailLine;

/// How many events stand on a page.
pub const LINES: i64 = 50;

/// Which events an auditor looks for, as it was typed.
#[derive(Debug, Clone, Default)]
pub struct TrailForm {
    /// Whose record it is: the address or the id of an account, or nothing.
    pub person: String,
    /// Who did it, in the same way.
    pub actor: String,
    /// One of [`ACTIONS`], or nothing.
    pub action: String,
    /// `None`: from the beginning.
    pub from: Option<Timestamp>,
    /// Before this instant; `None`: until now.
    pub until: Option<Timestamp>,
}

/// The same, with whom it is about.
#[derive(Debug, Clone, Copy, Default)]
pub struct TrailSearch {
    pub person: Option<UserId>,
    pub actor: Option<UserId>,
    pub action: Option<&'static str>,
    pub from: Option<Timestamp>,
    pub until: Option<Timestamp>,
}

/// The event after which a page begins: when it was, in microseconds, and its id.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cursor {
    pub occurred_at: Timestamp,
    pub id: Uuid,
}

impl fmt::Display for Cursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.occurred_at.as_microsecond(), self.id.simple())
    }
}

impl FromStr for Cursor {
    type Err = domain::UnknownWord;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (instant, id) = text.split_once('.').ok_or(domain::UnknownWord)?;
        let instant = instant.parse().map_err(|_| domain::UnknownWord)?;
        Ok(Self {
            occurred_at: Timestamp::from_microsecond(instant).map_err(|_| domain::UnknownWord)?,
            id: id.parse().map_err(|_| domain::UnknownWord)?,
        })
    }
}

/// A page of events, newest first, and where the next one begins.
pub async fn trail(
    clinic: &Clinic,
    auditor: &Caller<Auditor>,
    form: &TrailForm,
    after: Option<Cursor>,
) -> Result<(Vec<TrailLine>, Option<Cursor>)> {
    let conn = &mut *clinic.db().await?;
    conn.transaction(async |conn| {
        let search = read(conn, form).await?;
        let mut lines = queries::trail(conn, &search, after, LINES + 1).await?;
        let more = lines.len() > usize::try_from(LINES).unwrap_or(usize::MAX);
        lines.truncate(usize::try_from(LINES).unwrap_or(usize::MAX));
        record_in(conn, event(auditor, "audit.read", &search)).await?;
        let next = lines.last().filter(|_| more).map(TrailLine::cursor);
        Ok((lines, next))
    })
    .await
}

/// The same as far as a file holds, [`MOST_LINES`].
pub async fn export_trail(
    clinic: &Clinic,
    auditor: &Caller<Auditor>,
    form: &TrailForm,
) -> Result<Vec<TrailLine>> {
    let conn = &mut *clinic.db().await?;
    conn.transaction(async |conn| {
        let search = read(conn, form).await?;
        let lines = queries::trail(conn, &search, None, MOST_LINES).await?;
        record_in(conn, event(auditor, "audit.export", &search)).await?;
        Ok(lines)
    })
    .await
}

async fn read(conn: &mut Conn, form: &TrailForm) -> Result<TrailSearch> {
    let mut problems = Vec::new();
    let mut someone = async |field: &'static str, typed: &str| -> Result<Option<UserId>> {
        let typed = typed.trim().to_lowercase();
        if typed.is_empty() {
            return Ok(None);
        }
        let found = match typed.parse() {
            Ok(id) => Some(id),
            Err(_) => queries::user_of(conn, &typed).await?,
        };
        if found.is_none() {
            let message = "Nobody has that address. Type the whole of it, or the id of an account.";
            problems.push(FieldProblem::new(field, message));
        }
        Ok(found)
    };
    let (person, actor) =
        (someone("person", &form.person).await?, someone("actor", &form.actor).await?);
    let action = ACTIONS.iter().map(|(action, _)| *action).find(|action| *action == form.action);
    if action.is_none() && !form.action.is_empty() {
        problems.push(FieldProblem::new("action", "Choose one from the list."));
    }
    if !problems.is_empty() {
        return Err(Error::Invalid(problems));
    }
    Ok(TrailSearch { person, actor, action, from: form.from, until: form.until })
}

/// Whoever's record was looked up reads of it in their own list.
fn event(auditor: &Caller<Auditor>, action: &'static str, search: &TrailSearch) -> Event {
    Event {
        actor: Some(auditor.user),
        action,
        subject_type: "audit",
        subject: search.person.or(search.actor).map_or(Uuid::nil(), UserId::as_uuid),
        patient: search.person,
    }
}

#[cfg(test)]
mod tests {
    use super::Cursor;

    #[test]
    fn a_cursor_is_read_as_it_is_written() {
        let id = uuid::Uuid::now_v7();
        let cursor = Cursor { occurred_at: "2026-03-02T06:00:00.123456Z".parse().unwrap(), id };
        assert_eq!(cursor.to_string().parse(), Ok(cursor));
        for wrong in
            ["", "1", "1.2", "x.018ce815ec0073898b83ef4e915dde9d", "99999999999999999999.0"]
        {
            assert!(wrong.parse::<Cursor>().is_err(), "{wrong}");
        }
    }
}
