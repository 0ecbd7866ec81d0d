use crate::{Conn, kept::kept};
use diesel::{
    prelude::*,
    sql_query,
    sql_types::{BigInt, Integer, Text, Timestamptz, Uuid},
};
use diesel_async::RunQueryDsl;
use domain::directory::ProviderId;
use jiff::Timestamp;
use jiff_diesel::ToDiesel;

#[derive(Debug, QueryableByName)]
pub struct Totals {
    #[diesel(sql_type = BigInt)]
    pub appointments: i64,
    #[diesel(sql_type = BigInt)]
    pub revenue_minor: i64,
}

/// What a month's visits came to.
#[derive(Debug, Clone, PartialEq, Eq, QueryableByName)]
pub struct MonthLine {
    /// `2026-03`
    #[diesel(sql_type = Text)]
    pub month: String,
    #[diesel(sql_type = BigInt)]
    pub appointments: i64,
    #[diesel(sql_type = BigInt)]
    pub completed: i64,
    #[diesel(sql_type = BigInt)]
    pub cancelled: i64,
    #[diesel(sql_type = BigInt)]
    pub missed: i64,
    #[diesel(sql_type = BigInt)]
    pub revenue_minor: i64,
}

/// All visits of a doctor that were booked; those never agreed on do not count.
pub async fn totals(conn: &mut Conn, id: ProviderId, currency: &str) -> QueryResult<Totals> {
    kept(
        sql_query(
            "SELECT count(*) AS appointments, \
                 coalesce(sum(p.amount_minor) FILTER (WHERE p.status = 'paid' AND p.currency = $2), 0)::bigint AS revenue_minor \
             FROM appointments a LEFT JOIN payments p ON p.appointment_id = a.id \
             WHERE a.provider_id = $1 AND a.status NOT IN ('held', 'requested', 'expired')",
        )
        .bind::<Uuid, _>(id)
        .bind::<Text, _>(currency),
    )
    .get_result(conn)
    .await
}

/// The month of `now` on the clock of `zone`, and `before` months before it.
pub async fn months(
    conn: &mut Conn,
    id: ProviderId,
    currency: &str,
    zone: &str,
    now: Timestamp,
    before: i32,
) -> QueryResult<Vec<MonthLine>> {
    kept(
        sql_query(
            "WITH bounds AS ( \
                 SELECT date_trunc('month', $4 AT TIME ZONE $3) - make_interval(months => $5) AS first, \
                     date_trunc('month', $4 AT TIME ZONE $3) + interval '1 month' AS last \
             ) \
             SELECT to_char(a.starts_at AT TIME ZONE $3, 'YYYY-MM') AS month, \
                 count(*) AS appointments, \
                 count(*) FILTER (WHERE a.status = 'completed') AS completed, \
                 count(*) FILTER (WHERE a.status = 'cancelled') AS cancelled, \
                 count(*) FILTER (WHERE a.status = 'no_show') AS missed, \
                 coalesce(sum(p.amount_minor) FILTER (WHERE p.status = 'paid' AND p.currency = $2), 0)::bigint AS revenue_minor \
             FROM bounds, appointments a LEFT JOIN payments p ON p.appointment_id = a.id \
             WHERE a.provider_id = $1 AND a.status NOT IN ('held', 'requested', 'expired') \
                 AND a.starts_at >= first AT TIME ZONE $3 AND a.starts_at < last AT TIME ZONE $3 \
             GROUP BY 1 ORDER BY 1",
        )
        .bind::<Uuid, _>(id)
        .bind::<Text, _>(currency)
        .bind::<Text, _>(zone)
        .bind::<Timestamptz, _>(now.to_diesel())
        .bind::<Integer, _>(before),
    )
    .load(conn)
    .await
}
