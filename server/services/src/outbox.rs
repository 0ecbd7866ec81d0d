//! The outbox: what the outside is to be told, once the transaction has committed.
use crate::Conn;
use diesel::{ExpressionMethods, QueryResult};
use diesel_async::RunQueryDsl;
use schema::outbox;
use uuid::Uuid;

/// Queues one message. `unique_key` names what must happen once: the second
/// message with the same key is the first one.
pub async fn enqueue_in(
    conn: &mut Conn,
    topic: &'static str,
    unique_key: String,
    payload: serde_json::Value,
) -> QueryResult<()> {
    diesel::insert_into(outbox::table)
        .values((
            outbox::id.eq(Uuid::now_v7()),
            outbox::topic.eq(topic),
            outbox::unique_key.eq(unique_key),
            outbox::payload.eq(payload),
        ))
        .on_conflict(outbox::unique_key)
        .do_nothing()
        .execute(conn)
        .await?;
    Ok(())
}
