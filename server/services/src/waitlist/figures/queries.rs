use crate::{Conn, kept::kept};
use diesel::{
    pg::Pg,
    prelude::*,
    sql_query,
    sql_types::{BigInt, Double, Timestamptz, Uuid},
};
use diesel_async::RunQueryDsl;
use domain::{booking::VisitKind, directory::ProviderId, waitlist::OfferOutcome};
use jiff::{SignedDuration, Timestamp};
use jiff_diesel::ToDiesel;
use schema::waitlist_offers;

/// What the list does for a doctor.
#[derive(Debug, Clone, Copy, PartialEq, Eq, QueryableByName)]
pub struct Figures {
    /// How many wait for this doctor by name.
    #[diesel(sql_type = BigInt)]
    pub waiting: i64,
    /// How many more wait for any doctor of the specialty.
    #[diesel(sql_type = BigInt)]
    pub waiting_for_specialty: i64,
    /// How many visits were given back early enough.
    #[diesel(sql_type = BigInt)]
    pub given_back: i64,
    /// How many of them somebody took who waited.
    #[diesel(sql_type = BigInt)]
    pub filled: i64,
}

impl Figures {
    /// The share that was filled in percent; `None` when nothing was given back.
    pub fn fill_rate(&self) -> Option<i64> {
        (self.filled * 100).checked_div(self.given_back)
    }
}

/// Counts visits that were given back after `since` and at least `notice` before their start.
pub async fn figures(
    conn: &mut Conn,
    provider: ProviderId,
    since: Timestamp,
    notice: SignedDuration,
) -> QueryResult<Figures> {
    kept(
        sql_query(
            "SELECT (SELECT count(*) FROM waitlist_entries WHERE provider_id = $1 AND status = 'waiting') AS waiting, \
                 (SELECT count(*) FROM waitlist_entries WHERE status = 'waiting' AND specialization = ( \
                     SELECT specialization FROM providers WHERE id = $1)) AS waiting_for_specialty, \
                 count(*) AS given_back, \
                 count(*) FILTER (WHERE EXISTS (SELECT FROM waitlist_offers \
                     WHERE provider_id = $1 AND outcome = 'accepted' AND starts_at < opening.ends_at \
                         AND ends_at > opening.starts_at AND starts_at > opening.starts_at - interval '1 day' \
                         AND created_at > opening.created_at)) AS filled \
             FROM waitlist_openings AS opening \
             WHERE provider_id = $1 AND cause = 'given_back' AND created_at > $2 \
                 AND starts_at - created_at >= make_interval(secs => $3)",
        )
        .bind::<Uuid, _>(provider)
        .bind::<Timestamptz, _>(since.to_diesel())
        .bind::<Double, _>(notice.as_secs_f64()),
    )
    .get_result(conn)
    .await
}

/// One offer as its doctor may see it: not to whom.
#[derive(Debug, Clone, Queryable, Selectable)]
#[diesel(table_name = waitlist_offers, check_for_backend(Pg))]
pub struct LoggedOffer {
    #[diesel(deserialize_as = jiff_diesel::Timestamp)]
    pub created_at: Timestamp,
    #[diesel(deserialize_as = jiff_diesel::Timestamp)]
    pub starts_at: Timestamp,
    pub appointment_type: VisitKind,
    /// The place in the line, from 1 on.
    pub position: i32,
    /// How many were in the line.
    pub waiting: i32,
    pub outcome: OfferOutcome,
    #[diesel(deserialize_as = jiff_diesel::NullableTimestamp)]
    pub settled_at: Option<Timestamp>,
}

pub async fn count_offers(conn: &mut Conn, provider: ProviderId) -> QueryResult<i64> {
    waitlist_offers::table
        .filter(waitlist_offers::provider_id.eq(provider))
        .count()
        .get_result(conn)
        .await
}

pub async fn offers(
    conn: &mut Conn,
    provider: ProviderId,
    limit: i64,
    offset: i64,
) -> QueryResult<Vec<LoggedOffer>> {
    waitlist_offers::table
        .filter(waitlist_offers::provider_id.eq(provider))
        .order((waitlist_offers::created_at.desc(), waitlist_offers::id))
        .select(LoggedOffer::as_select())
        .limit(limit)
        .offset(offset)
        .load(conn)
        .await
}
