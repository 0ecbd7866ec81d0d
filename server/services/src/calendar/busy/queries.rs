use crate::{Conn, kept::kept};
use diesel::{
    prelude::*,
    sql_query,
    sql_types::{Array, Integer, Nullable, Text, Timestamptz, Uuid},
};
use diesel_async::RunQueryDsl;
use domain::{booking::Slot, directory::ProviderId};
use jiff::Timestamp;
use jiff_diesel::ToDiesel;
use schema::{provider_busy_times, provider_calendars};
use std::collections::HashMap;

/// A calendar that a doctor keeps elsewhere.
#[derive(Debug, Clone, Queryable, Selectable)]
#[diesel(table_name = provider_calendars, check_for_backend(diesel::pg::Pg))]
pub struct ProviderCalendar {
    pub address: String,
    /// When it last answered as it should.
    #[diesel(deserialize_as = jiff_diesel::NullableTimestamp)]
    pub read_at: Option<Timestamp>,
    /// What went wrong since.
    pub problem: Option<String>,
}

pub async fn calendar(
    conn: &mut Conn,
    provider: ProviderId,
) -> QueryResult<Option<ProviderCalendar>> {
    provider_calendars::table
        .find(provider)
        .select(ProviderCalendar::as_select())
        .first(conn)
        .await
        .optional()
}

/// Replaces what was followed before, and all that was known of it.
pub async fn put_calendar(
    conn: &mut Conn,
    provider: ProviderId,
    address: &str,
    now: Timestamp,
) -> QueryResult<()> {
    delete_calendar(conn, provider).await?;
    diesel::insert_into(provider_calendars::table)
        .values((
            provider_calendars::provider_id.eq(provider),
            provider_calendars::address.eq(address),
            provider_calendars::due_at.eq(now.to_diesel()),
        ))
        .execute(conn)
        .await?;
    Ok(())
}

/// Whether there was one. Its times go with it.
pub async fn delete_calendar(conn: &mut Conn, provider: ProviderId) -> QueryResult<bool> {
    // Before their calendar, so that the doctor's version grows: nothing is told of what a foreign
    // key takes along by itself.
    diesel::delete(
        provider_busy_times::table.filter(provider_busy_times::provider_id.eq(provider)),
    )
    .execute(conn)
    .await?;
    Ok(diesel::delete(provider_calendars::table.find(provider)).execute(conn).await? > 0)
}

/// A calendar that is to be read now.
#[derive(Debug, Clone, QueryableByName)]
pub struct Due {
    #[diesel(sql_type = Uuid, column_name = "provider_id")]
    pub provider: ProviderId,
    #[diesel(sql_type = Text)]
    pub address: String,
    #[diesel(sql_type = Nullable<Text>)]
    pub etag: Option<String>,
    #[diesel(sql_type = Nullable<Text>)]
    pub last_modified: Option<String>,
    #[diesel(sql_type = Text)]
    pub time_zone: String,
    #[diesel(sql_type = Integer)]
    pub horizon_days: i32,
}

/// Takes calendars that are due, a few at a time, and puts each off until `next`. Of several servers
/// one gets it. What was last read whole before `stale` is read whole again.
pub async fn take_due(
    conn: &mut Conn,
    now: Timestamp,
    next: Timestamp,
    stale: Timestamp,
) -> QueryResult<Vec<Due>> {
    kept(
        sql_query(
            "UPDATE provider_calendars AS c SET due_at = $2 FROM providers AS p \
             WHERE p.id = c.provider_id AND c.provider_id IN ( \
                 SELECT provider_id FROM provider_calendars WHERE due_at <= $1 \
                 ORDER BY due_at LIMIT 8 FOR UPDATE SKIP LOCKED) \
             RETURNING c.provider_id, c.address, p.time_zone, p.horizon_days, \
                 CASE WHEN c.whole_at >= $3 THEN c.etag END AS etag, \
                 CASE WHEN c.whole_at >= $3 THEN c.last_modified END AS last_modified",
        )
        .bind::<Timestamptz, _>(now.to_diesel())
        .bind::<Timestamptz, _>(next.to_diesel())
        .bind::<Timestamptz, _>(stale.to_diesel()),
    )
    .load(conn)
    .await
}

/// Locks the calendar as long as it still has the address that was read.
pub async fn lock(conn: &mut Conn, due: &Due) -> QueryResult<bool> {
    let found: Option<ProviderId> = provider_calendars::table
        .find(due.provider)
        .filter(provider_calendars::address.eq(&due.address))
        .select(provider_calendars::provider_id)
        .for_no_key_update()
        .first(conn)
        .await
        .optional()?;
    Ok(found.is_some())
}

pub async fn set_problem(conn: &mut Conn, due: &Due, problem: &str) -> QueryResult<()> {
    diesel::update(provider_calendars::table.find(due.provider))
        .filter(provider_calendars::address.eq(&due.address))
        .set(provider_calendars::problem.eq(problem))
        .execute(conn)
        .await?;
    Ok(())
}

/// It answered that nothing has changed.
pub async fn set_unchanged(conn: &mut Conn, due: &Due, now: Timestamp) -> QueryResult<()> {
    diesel::update(provider_calendars::table.find(due.provider))
        .filter(provider_calendars::address.eq(&due.address))
        .set((
            provider_calendars::read_at.eq(now.to_diesel()),
            provider_calendars::problem.eq(None::<String>),
        ))
        .execute(conn)
        .await?;
    Ok(())
}

/// It was read whole.
pub async fn set_read(
    conn: &mut Conn,
    provider: ProviderId,
    etag: Option<&str>,
    last_modified: Option<&str>,
    now: Timestamp,
) -> QueryResult<()> {
    diesel::update(provider_calendars::table.find(provider))
        .set((
            provider_calendars::etag.eq(etag),
            provider_calendars::last_modified.eq(last_modified),
            provider_calendars::whole_at.eq(now.to_diesel()),
            provider_calendars::read_at.eq(now.to_diesel()),
            provider_calendars::problem.eq(None::<String>),
        ))
        .execute(conn)
        .await?;
    Ok(())
}

/// The times at which each of `ids` is busy elsewhere, from `from` on, in order.
pub async fn busy_times(
    conn: &mut Conn,
    ids: &[ProviderId],
    from: Timestamp,
) -> QueryResult<HashMap<ProviderId, Vec<Slot>>> {
    type Row = (ProviderId, jiff_diesel::Timestamp, jiff_diesel::Timestamp);
    let rows: Vec<Row> = provider_busy_times::table
        .filter(provider_busy_times::provider_id.eq_any(ids))
        .filter(provider_busy_times::ends_at.gt(from.to_diesel()))
        .order((provider_busy_times::provider_id, provider_busy_times::starts_at))
        .select((
            provider_busy_times::provider_id,
            provider_busy_times::starts_at,
            provider_busy_times::ends_at,
        ))
        .load(conn)
        .await?;
    let mut found: HashMap<_, Vec<_>> = HashMap::new();
    for (provider, start, end) in rows {
        let slot = Slot { start: start.to_jiff(), end: end.to_jiff() };
        found.entry(provider).or_default().push(slot);
    }
    Ok(found)
}

/// How many times block from `now` on.
pub async fn count(conn: &mut Conn, provider: ProviderId, now: Timestamp) -> QueryResult<i64> {
    provider_busy_times::table
        .filter(provider_busy_times::provider_id.eq(provider))
        .filter(provider_busy_times::ends_at.gt(now.to_diesel()))
        .count()
        .get_result(conn)
        .await
}

/// Puts `times` in the place of all that there were; called only when they differ.
pub async fn replace_busy_times(
    conn: &mut Conn,
    provider: ProviderId,
    times: &[Slot],
) -> QueryResult<()> {
    diesel::delete(
        provider_busy_times::table.filter(provider_busy_times::provider_id.eq(provider)),
    )
    .execute(conn)
    .await?;
    let (starts, ends): (Vec<_>, Vec<_>) =
        times.iter().map(|time| (time.start.to_diesel(), time.end.to_diesel())).unzip();
    kept(
        sql_query(
            "INSERT INTO provider_busy_times (provider_id, starts_at, ends_at) \
             SELECT $1, starts_at, ends_at FROM unnest($2, $3) AS t (starts_at, ends_at)",
        )
        .bind::<Uuid, _>(provider)
        .bind::<Array<Timestamptz>, _>(starts)
        .bind::<Array<Timestamptz>, _>(ends),
    )
    .execute(conn)
    .await?;
    Ok(())
}
