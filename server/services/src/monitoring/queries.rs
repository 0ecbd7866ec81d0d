use crate::{Conn, kept::kept};
use diesel::{
    prelude::*,
    sql_query,
    sql_types::{BigInt, Nullable, Text, Timestamptz},
};
use diesel_async::RunQueryDsl;
use jiff::Timestamp;
use jiff_diesel::{NullableTimestamp, ToDiesel};

/// What is due in one place.
#[derive(Debug, QueryableByName)]
pub struct Queue {
    #[diesel(sql_type = Text)]
    pub name: String,
    #[diesel(sql_type = BigInt)]
    pub waiting: i64,
    /// Since when the one has been due that waits longest.
    #[diesel(sql_type = Nullable<Timestamptz>, deserialize_as = NullableTimestamp)]
    pub oldest: Option<Timestamp>,
}

/// What is due at `now` and not done: messages by their topic, payments, alerts that nobody has seen, and events that are
/// not sealed. Of each `counted` at most.
pub async fn queues(conn: &mut Conn, now: Timestamp, counted: i64) -> QueryResult<Vec<Queue>> {
    kept(
        sql_query(
            "SELECT topic AS name, count(*) AS waiting, min(available_at) AS oldest \
             FROM (SELECT topic, available_at FROM outbox \
                 WHERE done_at IS NULL AND dead_at IS NULL AND available_at <= $1 LIMIT $2) AS due GROUP BY topic \
             UNION ALL SELECT 'payments', count(*), min(next_at) \
             FROM (SELECT next_at FROM payment_attempts WHERE status = 'started' AND next_at <= $1 LIMIT $2) AS due \
             UNION ALL SELECT 'alerts', count(*), min(due_at) \
             FROM (SELECT due_at FROM unseen_alerts WHERE due_at <= $1 LIMIT $2) AS due \
             UNION ALL SELECT 'audit', count(*), min(occurred_at) \
             FROM (SELECT occurred_at FROM audit_events WHERE occurred_at <= $1 AND occurred_at > \
                 coalesce((SELECT last_occurred_at FROM audit_batches ORDER BY number DESC LIMIT 1), '-infinity') \
                 ORDER BY occurred_at LIMIT $2) AS due",
        )
        .bind::<Timestamptz, _>(now.to_diesel())
        .bind::<BigInt, _>(counted),
    )
    .load(conn)
    .await
}

/// How many could not show what they had to.
#[derive(Debug, QueryableByName)]
pub struct TurnedAway {
    /// As the audit trail says it.
    #[diesel(sql_type = Text)]
    pub action: String,
    #[diesel(sql_type = BigInt)]
    pub count: i64,
}

/// Who was turned away at a sign-in since `from`, `counted` of each at most.
pub async fn turned_away(
    conn: &mut Conn,
    from: Timestamp,
    counted: i64,
) -> QueryResult<Vec<TurnedAway>> {
    kept(
        sql_query(
            "SELECT failed.action, found.count FROM unnest(ARRAY['account.sign_in_failed', 'account.code_failed', \
                 'account.passkey_failed']) AS failed(action), \
             LATERAL (SELECT count(*) AS count FROM (SELECT FROM audit_events \
                 WHERE action = failed.action AND occurred_at >= $1 LIMIT $2) AS counted) AS found",
        )
        .bind::<Timestamptz, _>(from.to_diesel())
        .bind::<BigInt, _>(counted),
    )
    .load(conn)
    .await
}
