use crate::{Conn, kept::kept};
use diesel::{
    prelude::*,
    sql_query,
    sql_types::{BigInt, Nullable, Text, Timestamptz},
};
use diesel_async::RunQueryDsl;
use jiff::Timestamp;
use jiff_diesel::{NullableTimestamp, ToDiesel};

/// What is to be done in one place.
#[derive(Debug, QueryableByName)]
pub struct Queue {
    #[diesel(sql_type = Text)]
    pub name: String,
    #[diesel(sql_type = BigInt)]
    pub waiting: i64,
    /// Since when the one has waited that waits longest, however often it was tried.
    #[diesel(sql_type = Nullable<Timestamptz>, deserialize_as = NullableTimestamp)]
    pub oldest: Option<Timestamp>,
}

/// What is not done at `now`: messages by their topic, refunds, alerts that somebody else is to be told of, and events that
/// are not sealed. Of each `counted` at most.
pub async fn queues(conn: &mut Conn, now: Timestamp, counted: i64) -> QueryResult<Vec<Queue>> {
    kept(
        sql_query(
            // From one topic to the next by the index, however many messages each has.
            "WITH RECURSIVE topics AS ( \
                 (SELECT topic FROM outbox WHERE done_at IS NULL AND dead_at IS NULL ORDER BY topic LIMIT 1) \
                 UNION ALL SELECT (SELECT o.topic FROM outbox o WHERE o.done_at IS NULL AND o.dead_at IS NULL AND o.topic > t.topic \
                     ORDER BY o.topic LIMIT 1) FROM topics t WHERE t.topic IS NOT NULL) \
             SELECT t.topic AS name, open.waiting, open.oldest FROM topics t, LATERAL ( \
                 SELECT count(*) AS waiting, min(created_at) AS oldest FROM (SELECT created_at FROM outbox \
                     WHERE topic = t.topic AND done_at IS NULL AND dead_at IS NULL ORDER BY available_at LIMIT $2) AS counted) AS open \
             WHERE t.topic IS NOT NULL \
             UNION ALL SELECT 'refunds', count(*), min(created_at) FROM (SELECT created_at FROM payment_attempts \
                 WHERE status = 'started' AND kind = 'refund' ORDER BY next_at LIMIT $2) AS open \
             UNION ALL SELECT 'alerts', count(*), min(due_at) \
             FROM (SELECT due_at FROM unseen_alerts WHERE due_at <= $1 ORDER BY due_at LIMIT $2) AS due \
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

/// How many messages of a topic were given up.
#[derive(Debug, QueryableByName)]
pub struct GivenUp {
    #[diesel(sql_type = Text)]
    pub topic: String,
    #[diesel(sql_type = BigInt)]
    pub count: i64,
}

/// What was given up since `from`, after too many tries or because nobody could have it; `counted` at most.
pub async fn given_up(conn: &mut Conn, from: Timestamp, counted: i64) -> QueryResult<Vec<GivenUp>> {
    kept(
        sql_query(
            "SELECT topic, count(*) AS count FROM (SELECT topic FROM outbox WHERE dead_at >= $1 LIMIT $2) AS dead GROUP BY topic",
        )
        .bind::<Timestamptz, _>(from.to_diesel())
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
