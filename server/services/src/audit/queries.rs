use super::{
    log::LogFilter,
    trail::{Cursor, TrailSearch},
};
use crate::{Conn, kept::kept};
use diesel::{
    dsl::{count_star, sql},
    prelude::*,
    sql_query,
    sql_types::{BigInt, Bool, Nullable, Timestamptz},
};
use diesel_async::{RunQueryDsl, SimpleAsyncConnection};
use domain::{
    audit::{Batch, Entry, Hash},
    identity::UserId,
};
use jiff::Timestamp;
use jiff_diesel::ToDiesel;
use schema::{audit_batches, audit_events, providers, users};
use std::collections::{BTreeSet, HashMap};
use uuid::Uuid;

/// An event, as it is read.
#[derive(Debug, Queryable, Selectable, QueryableByName)]
#[diesel(table_name = audit_events, check_for_backend(diesel::pg::Pg))]
struct EntryRow {
    id: Uuid,
    #[diesel(deserialize_as = jiff_diesel::Timestamp)]
    occurred_at: Timestamp,
    actor_id: Option<UserId>,
    action: String,
    subject_type: String,
    subject_id: Option<Uuid>,
    patient_id: Option<UserId>,
    reason: Option<String>,
    ip: Option<String>,
    request_id: Option<String>,
}

impl From<EntryRow> for Entry {
    fn from(row: EntryRow) -> Self {
        Self {
            id: row.id,
            occurred_at: row.occurred_at,
            actor: row.actor_id,
            action: row.action,
            subject_type: row.subject_type,
            subject: row.subject_id,
            patient: row.patient_id,
            reason: row.reason,
            ip: row.ip,
            request: row.request_id,
        }
    }
}

/// Whether nobody else seals until the transaction ends.
pub async fn lock_sealing(conn: &mut Conn) -> QueryResult<bool> {
    // Any number that nobody else uses.
    diesel::select(sql::<Bool>("pg_try_advisory_xact_lock(7234017283807667299)"))
        .get_result(conn)
        .await
}

/// The number and the head of the last batch.
pub async fn last_head(conn: &mut Conn) -> QueryResult<Option<(i64, Hash)>> {
    let last: Option<(i64, Vec<u8>)> = audit_batches::table
        .order(audit_batches::number.desc())
        .select((audit_batches::number, audit_batches::head))
        .first(conn)
        .await
        .optional()?;
    Ok(last.map(|(number, head)| (number, hash(&head))))
}

/// From when on there may be events that are not sealed: an hour before the last one that is, for no transaction
/// lasts nearly as long. What says that it is yet to come holds nothing up.
pub async fn reach(conn: &mut Conn) -> QueryResult<Timestamp> {
    let reach: Option<jiff_diesel::Timestamp> = audit_batches::table
        .select(sql::<Nullable<Timestamptz>>(
            "least(max(last_occurred_at), clock_timestamp()) - interval '1 hour'",
        ))
        .first(conn)
        .await?;
    Ok(reach.map_or(Timestamp::UNIX_EPOCH, jiff_diesel::Timestamp::to_jiff))
}

/// The first `limit` events from `from` on that are in no batch.
pub async fn unsealed(conn: &mut Conn, from: Timestamp, limit: usize) -> QueryResult<Vec<Entry>> {
    let rows: Vec<EntryRow> = kept(
        sql_query(
            "SELECT e.* FROM audit_events e WHERE occurred_at >= $1 AND NOT EXISTS ( \
                 SELECT FROM (SELECT unnest(event_ids) AS id FROM audit_batches WHERE last_occurred_at >= $1) AS sealed \
                 WHERE sealed.id = e.id) \
             ORDER BY occurred_at, id LIMIT $2",
        )
        .bind::<Timestamptz, _>(from.to_diesel())
        .bind::<BigInt, _>(i64::try_from(limit).unwrap_or(i64::MAX)),
    )
    .load(conn)
    .await?;
    Ok(rows.into_iter().map(Entry::from).collect())
}

pub async fn insert_batch(conn: &mut Conn, batch: &Batch, last: Timestamp) -> QueryResult<()> {
    let ids: Vec<Uuid> = batch.events.iter().map(|(id, _)| *id).collect();
    let hashes: Vec<u8> =
        batch.events.iter().flat_map(|(_, hash)| hash.as_bytes()).copied().collect();
    diesel::insert_into(audit_batches::table)
        .values((
            audit_batches::number.eq(batch.number),
            audit_batches::event_ids.eq(ids),
            audit_batches::event_hashes.eq(hashes),
            audit_batches::last_occurred_at.eq(last.to_diesel()),
            audit_batches::root.eq(batch.root.as_bytes()),
            audit_batches::head.eq(batch.head.as_bytes()),
        ))
        .execute(conn)
        .await?;
    Ok(())
}

/// From here on the transaction sees what there was when it began, and may take its time.
pub async fn begin_reading(conn: &mut Conn) -> QueryResult<()> {
    conn.batch_execute(
        "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY; SET LOCAL statement_timeout = 0",
    )
    .await
}

/// The first batch after number `after`.
pub async fn next_batch(conn: &mut Conn, after: i64) -> QueryResult<Option<Batch>> {
    type Row = (i64, Vec<Uuid>, Vec<u8>, Vec<u8>, Vec<u8>);
    let row: Option<Row> = audit_batches::table
        .filter(audit_batches::number.gt(after))
        .order(audit_batches::number)
        .select((
            audit_batches::number,
            audit_batches::event_ids,
            audit_batches::event_hashes,
            audit_batches::root,
            audit_batches::head,
        ))
        .first(conn)
        .await
        .optional()?;
    Ok(row.map(|(number, ids, hashes, root, head)| Batch {
        number,
        events: ids.into_iter().zip(hashes.chunks(Hash::LENGTH).map(hash)).collect(),
        root: hash(&root),
        head: hash(&head),
    }))
}

/// Those of the events `ids` that there are.
pub async fn entries(conn: &mut Conn, ids: &[Uuid]) -> QueryResult<Vec<Entry>> {
    let rows: Vec<EntryRow> = audit_events::table
        .filter(audit_events::id.eq_any(ids))
        .select(EntryRow::as_select())
        .load(conn)
        .await?;
    Ok(rows.into_iter().map(Entry::from).collect())
}

/// How many events there are, and how many of them before `before`.
pub async fn count(conn: &mut Conn, before: Timestamp) -> QueryResult<(i64, i64)> {
    let all = audit_events::table.select(count_star()).first(conn).await?;
    let old = audit_events::table
        .filter(audit_events::occurred_at.lt(before.to_diesel()))
        .select(count_star())
        .first(conn)
        .await?;
    Ok((all, old))
}

/// The first event before `before` that is in no batch.
pub async fn first_unsealed(conn: &mut Conn, before: Timestamp) -> QueryResult<Option<Uuid>> {
    #[derive(QueryableByName)]
    struct Row {
        #[diesel(sql_type = diesel::sql_types::Uuid)]
        id: Uuid,
    }
    let row: Option<Row> = kept(
        sql_query(
            "SELECT e.id FROM audit_events e LEFT JOIN (SELECT unnest(event_ids) AS id FROM audit_batches) AS sealed USING (id) \
             WHERE occurred_at < $1 AND sealed.id IS NULL ORDER BY occurred_at, e.id LIMIT 1",
        )
        .bind::<Timestamptz, _>(before.to_diesel()),
    )
    .get_result(conn)
    .await
    .optional()?;
    Ok(row.map(|row| row.id))
}

/// The table sees to their length.
fn hash(bytes: &[u8]) -> Hash {
    Hash::from_bytes(bytes).unwrap_or(Hash::NONE)
}

/// One event about somebody, as they read it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogLine {
    pub occurred_at: Timestamp,
    /// `None`: MedConnect itself.
    pub actor: Option<UserId>,
    /// `None`: of somebody who is not known any more.
    pub actor_name: Option<String>,
    pub action: String,
    /// Whose record it is.
    pub patient: Option<UserId>,
}

type AboutPeople<'q> = diesel::helper_types::IntoBoxed<'q, audit_events::table, diesel::pg::Pg>;

/// What `viewer` wants to see of the events about `people`.
fn about<'q>(people: &'q [UserId], viewer: UserId, filter: LogFilter) -> AboutPeople<'q> {
    let mut events =
        audit_events::table.filter(audit_events::patient_id.eq_any(people)).into_boxed();
    if filter.others_only {
        events = events.filter(audit_events::actor_id.is_distinct_from(viewer));
    }
    if let Some(from) = filter.from {
        events = events.filter(audit_events::occurred_at.ge(from.to_diesel()));
    }
    if let Some(until) = filter.until {
        events = events.filter(audit_events::occurred_at.lt(until.to_diesel()));
    }
    events
}

pub async fn count_log(
    conn: &mut Conn,
    people: &[UserId],
    viewer: UserId,
    filter: LogFilter,
) -> QueryResult<i64> {
    about(people, viewer, filter).select(count_star()).first(conn).await
}

/// Newest first, `limit` of them after the first `offset`.
pub async fn log(
    conn: &mut Conn,
    people: &[UserId],
    viewer: UserId,
    filter: LogFilter,
    (offset, limit): (i64, i64),
) -> QueryResult<Vec<LogLine>> {
    type Row = (jiff_diesel::Timestamp, Option<UserId>, String, Option<UserId>);
    let rows: Vec<Row> = about(people, viewer, filter)
        .order((audit_events::occurred_at.desc(), audit_events::id.desc()))
        .offset(offset)
        .limit(limit)
        .select((
            audit_events::occurred_at,
            audit_events::actor_id,
            audit_events::action,
            audit_events::patient_id,
        ))
        .load(conn)
        .await?;
    let actors: Vec<UserId> = rows.iter().filter_map(|row| row.1).collect();
    let names: Vec<(UserId, String, String, bool)> = users::table
        .left_join(providers::table)
        .filter(users::id.eq_any(&actors))
        .select((
            users::id,
            users::first_name,
            users::last_name,
            providers::id.nullable().is_not_null(),
        ))
        .load(conn)
        .await?;
    let lines = rows.into_iter().map(|(at, actor, action, patient)| {
        let found = names.iter().find(|name| Some(name.0) == actor);
        LogLine {
            occurred_at: at.to_jiff(),
            actor,
            actor_name: found.map(|(_, first, last, is_doctor)| match is_doctor {
                true => format!("Dr {first} {last}"),
                false => format!("{first} {last}"),
            }),
            action,
            patient,
        }
    });
    Ok(lines.collect())
}

/// Whose account has this address.
pub async fn user_of(conn: &mut Conn, email: &str) -> QueryResult<Option<UserId>> {
    users::table.filter(users::email.eq(email)).select(users::id).first(conn).await.optional()
}

/// One event, with the names of those it is about.
#[derive(Debug, Clone)]
pub struct TrailLine {
    pub id: Uuid,
    pub occurred_at: Timestamp,
    /// `None`: MedConnect itself.
    pub actor: Option<UserId>,
    pub actor_name: Option<String>,
    pub action: String,
    pub subject_type: String,
    pub subject: Option<Uuid>,
    pub patient: Option<UserId>,
    pub patient_name: Option<String>,
    pub ip: Option<String>,
    pub request: Option<String>,
}

impl TrailLine {
    pub fn cursor(&self) -> Cursor {
        Cursor { occurred_at: self.occurred_at, id: self.id }
    }
}

/// What `search` is for, newest first, `limit` at most, from the one after `after` on.
pub async fn trail(
    conn: &mut Conn,
    search: &TrailSearch,
    after: Option<Cursor>,
    limit: i64,
) -> QueryResult<Vec<TrailLine>> {
    let mut events = audit_events::table.into_boxed();
    if let Some(person) = search.person {
        events = events.filter(audit_events::patient_id.eq(person.as_uuid()));
    }
    if let Some(actor) = search.actor {
        events = events.filter(audit_events::actor_id.eq(actor.as_uuid()));
    }
    if let Some(action) = search.action {
        events = events.filter(audit_events::action.eq(action));
    }
    if let Some(from) = search.from {
        events = events.filter(audit_events::occurred_at.ge(from.to_diesel()));
    }
    if let Some(until) = search.until {
        events = events.filter(audit_events::occurred_at.lt(until.to_diesel()));
    }
    if let Some(Cursor { occurred_at, id }) = after {
        events = events.filter(
            sql::<Bool>("(audit_events.occurred_at, audit_events.id) < (")
                .bind::<Timestamptz, _>(occurred_at.to_diesel())
                .sql(", ")
                .bind::<diesel::sql_types::Uuid, _>(id)
                .sql(")"),
        );
    }
    let rows: Vec<EntryRow> = events
        .order((audit_events::occurred_at.desc(), audit_events::id.desc()))
        .limit(limit)
        .select(EntryRow::as_select())
        .load(conn)
        .await?;
    let people: BTreeSet<UserId> =
        rows.iter().flat_map(|row| [row.actor_id, row.patient_id]).flatten().collect();
    let names: Vec<(UserId, String, String)> = users::table
        .filter(users::id.eq_any(people))
        .select((users::id, users::first_name, users::last_name))
        .load(conn)
        .await?;
    let names: HashMap<UserId, String> =
        names.into_iter().map(|(id, first, last)| (id, format!("{first} {last}"))).collect();
    let line = |row: EntryRow| TrailLine {
        id: row.id,
        occurred_at: row.occurred_at,
        actor: row.actor_id,
        actor_name: row.actor_id.and_then(|id| names.get(&id).cloned()),
        action: row.action,
        subject_type: row.subject_type,
        subject: row.subject_id,
        patient: row.patient_id,
        patient_name: row.patient_id.and_then(|id| names.get(&id).cloned()),
        ip: row.ip,
        request: row.request_id,
    };
    Ok(rows.into_iter().map(line).collect())
}
