//! Audit: who did what to whose record, written in the transaction that did it.
pub mod log;
mod queries;
pub mod seal;
pub mod trail;

use crate::Conn;
use diesel::{ExpressionMethods, QueryResult};
use diesel_async::RunQueryDsl;
use domain::identity::UserId;
use schema::audit_events;
use uuid::Uuid;

/// One thing that happened. Holds ids and words of ours, never clinical text.
#[derive(Debug, Clone, Copy)]
pub struct Event {
    pub actor: Option<UserId>,
    /// `feature.verb`, e.g. `appointment.cancel`.
    pub action: &'static str,
    pub subject_type: &'static str,
    pub subject: Uuid,
    /// Whose record it touches, if it is someone's.
    pub patient: Option<UserId>,
}

/// Writes `event`. It stays only if the caller's transaction commits.
pub async fn record_in(conn: &mut Conn, event: Event) -> QueryResult<()> {
    diesel::insert_into(audit_events::table)
        .values((
            audit_events::id.eq(Uuid::now_v7()),
            audit_events::actor_id.eq(event.actor.map(UserId::as_uuid)),
            audit_events::action.eq(event.action),
            audit_events::subject_type.eq(event.subject_type),
            audit_events::subject_id.eq(event.subject),
            audit_events::patient_id.eq(event.patient.map(UserId::as_uuid)),
            audit_events::ip.eq(request::ip()),
            audit_events::request_id.eq(request::id()),
        ))
        .execute(conn)
        .await?;
    Ok(())
}

/// Writes that `actor` saw, in a list, each of `seen`: what, and whose record it is of.
pub async fn record_list(
    conn: &mut Conn,
    actor: UserId,
    (action, subject_type): (&'static str, &'static str),
    seen: impl IntoIterator<Item = (Uuid, UserId)>,
) -> QueryResult<()> {
    let rows: Vec<_> = seen
        .into_iter()
        .map(|(subject, patient)| {
            (
                audit_events::id.eq(Uuid::now_v7()),
                audit_events::actor_id.eq(actor.as_uuid()),
                audit_events::action.eq(action),
                audit_events::subject_type.eq(subject_type),
                audit_events::subject_id.eq(subject),
                audit_events::patient_id.eq(patient.as_uuid()),
                audit_events::ip.eq(request::ip()),
                audit_events::request_id.eq(request::id()),
            )
        })
        .collect();
    if !rows.is_empty() {
        diesel::insert_into(audit_events::table).values(rows).execute(conn).await?;
    }
    Ok(())
}

/// The request that the running task serves, so that an event can be found in the log, and tells
/// from where it was asked for.
pub mod request {
    use std::net::IpAddr;

    #[derive(Debug, Clone)]
    pub struct Request {
        pub id: String,
        /// The other end of the connection or, where that is a proxy of ours, whom it names.
        pub peer: Option<IpAddr>,
        /// What the program says it is that asks.
        pub agent: Option<String>,
    }

    tokio::task_local! {
        static REQUEST: Request;
    }

    /// Runs `work` as part of `request`.
    pub async fn scope<F: Future>(request: Request, work: F) -> F::Output {
        REQUEST.scope(request, work).await
    }

    pub fn id() -> Option<String> {
        REQUEST.try_with(|request| request.id.clone()).ok()
    }

    /// The other end of the connection.
    pub fn peer() -> Option<IpAddr> {
        REQUEST.try_with(|request| request.peer).ok()?
    }

    /// What the program says it is that asks.
    pub fn agent() -> Option<String> {
        REQUEST.try_with(|request| request.agent.clone()).ok()?
    }

    /// The address as text. One of IPv4 is written as such, even where it came through IPv6.
    pub fn ip() -> Option<String> {
        Some(peer()?.to_canonical().to_string())
    }
}
