use crate::{Conn, kept::kept};
use diesel::{
    QueryResult, sql_query,
    sql_types::{BigInt, Timestamptz},
};
use diesel_async::RunQueryDsl;
use jiff::Timestamp;
use jiff_diesel::ToDiesel;

/// Ends requests whose time has come unanswered, with what was to be paid for them; `limit` at most.
pub async fn expire_requests(conn: &mut Conn, now: Timestamp, limit: i64) -> QueryResult<usize> {
    kept(
        sql_query(
            "WITH ended AS ( \
                 UPDATE appointments SET status = 'expired', changed_by = NULL, change_reason = NULL, sequence = sequence + 1 \
                 WHERE id = ANY (ARRAY(SELECT id FROM appointments WHERE status = 'requested' AND starts_at <= $1 \
                     ORDER BY starts_at LIMIT $2 FOR NO KEY UPDATE SKIP LOCKED)) RETURNING id, sequence \
             ), message AS ( \
                 INSERT INTO outbox (id, topic, unique_key, payload) \
                 SELECT gen_random_uuid(), 'booking.not_answered', 'booking.not_answered/' || id || '/' || sequence, \
                     jsonb_build_object('appointment_id', id, 'sequence', sequence) FROM ended \
             ) \
             SELECT end_payment(id, 0) FROM ended",
        )
        .bind::<Timestamptz, _>(now.to_diesel())
        .bind::<BigInt, _>(limit),
    )
    .execute(conn)
    .await
}

/// Marks visits as missed that nobody came to, where the doctor has said after how many minutes;
/// `limit` at most, and none that is older than two days.
pub async fn mark_missed(conn: &mut Conn, now: Timestamp, limit: i64) -> QueryResult<usize> {
    kept(
        sql_query(
            "UPDATE appointments SET status = 'no_show', changed_by = NULL, change_reason = NULL \
             WHERE id = ANY (ARRAY( \
                 SELECT late.id FROM providers CROSS JOIN LATERAL ( \
                     SELECT id FROM appointments WHERE provider_id = providers.id \
                         AND starts_at > $1 - interval '2 days' \
                         AND starts_at <= $1 - make_interval(mins => providers.no_show_minutes) \
                         AND status IN ('scheduled', 'confirmed', 'rescheduled') FOR NO KEY UPDATE SKIP LOCKED) AS late \
                 WHERE providers.no_show_minutes IS NOT NULL LIMIT $2))",
        )
        .bind::<Timestamptz, _>(now.to_diesel())
        .bind::<BigInt, _>(limit),
    )
    .execute(conn)
    .await
}
