//! The outbox: what the outside is to be told, once the transaction has committed.
//!
//! Each topic has one reader. A message that it has taken is nobody else's for a while; should the reader die,
//! it is there again. So what is done with a message may be done twice, and must bear it.
use crate::{Clinic, Conn, Result, kept::kept};
use diesel::{
    ExpressionMethods, QueryDsl, QueryResult, QueryableByName, sql_query,
    sql_types::{Array, BigInt, Bool, Jsonb, SmallInt, Text, Timestamptz, Uuid as SqlUuid},
};
use diesel_async::RunQueryDsl;
use domain::retry;
use jiff::{SignedDuration, Timestamp};
use jiff_diesel::ToDiesel;
use schema::outbox;
use uuid::Uuid;

/// How long a reader may work on what it has taken.
const LEASE: SignedDuration = SignedDuration::from_secs(60);

/// The messages that are one mail to one person each.
pub const MAIL: &str = "mail";

/// Those that are one text message.
pub const SMS: &str = "sms";

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

/// One message, in the hands of its reader.
#[derive(Debug, Clone, QueryableByName)]
pub struct Message {
    #[diesel(sql_type = SqlUuid)]
    pub id: Uuid,
    #[diesel(sql_type = Text)]
    pub topic: String,
    #[diesel(sql_type = Jsonb)]
    pub payload: serde_json::Value,
    /// How often it was taken, this time included; whoever takes it later has a higher number.
    #[diesel(sql_type = SmallInt)]
    pub attempts: i16,
    /// Whether it has waited so long that nobody wants to hear it any more: for two days.
    #[diesel(sql_type = Bool)]
    pub is_stale: bool,
}

impl Message {
    /// Whether it is given up if this try fails, too.
    pub fn is_last_try(&self) -> bool {
        let tries = match self.topic.as_str() {
            MAIL => retry::MAIL_TRIES,
            SMS => retry::TEXT_TRIES,
            _ => retry::TRIES,
        };
        self.attempts >= tries
    }
}

/// A few messages of `topic` that are due.
pub async fn take(clinic: &Clinic, topic: &'static str) -> Result<Vec<Message>> {
    take_of(clinic, &[topic], 4).await
}

/// Messages of any of `topics` that are due, `limit` at most.
pub async fn take_of(clinic: &Clinic, topics: &[&'static str], limit: i64) -> Result<Vec<Message>> {
    let now = clinic.now();
    Ok(take_due(&mut *clinic.db().await?, topics, limit, (now, now + LEASE)).await?)
}

/// How many messages are forgotten at once.
pub const SWEPT: usize = 500;

/// Forgets messages of more than a month ago, whatever became of them; returns how many. A full batch:
/// there are more. Called by a worker.
pub async fn sweep(clinic: &Clinic) -> Result<usize> {
    let limit = i64::try_from(SWEPT).unwrap_or(i64::MAX);
    Ok(delete_old(&mut *clinic.db().await?, limit).await?)
}

/// Says what became of a message: done, or why not. Then it comes again later, until it is given up.
///
/// One that somebody else has taken since is left to them.
pub async fn settle(clinic: &Clinic, message: &Message, done: Result<(), String>) -> Result<()> {
    let now = clinic.now();
    let conn = &mut *clinic.db().await?;
    match done {
        Ok(()) => set_done(conn, message, now).await?,
        Err(problem) if message.is_last_try() => dead(conn, message, now, &problem).await?,
        Err(problem) => {
            let (dice, _) = Uuid::new_v4().as_u64_pair();
            let next = now + retry::pause(message.attempts, dice);
            put_off(conn, message, next, &problem).await?;
        }
    }
    Ok(())
}

/// Gives a message up that no further try would help.
pub async fn give_up(clinic: &Clinic, message: &Message, problem: &str) -> Result<()> {
    Ok(dead(&mut *clinic.db().await?, message, clinic.now(), problem).await?)
}

async fn dead(
    conn: &mut Conn,
    message: &Message,
    now: Timestamp,
    problem: &str,
) -> QueryResult<()> {
    tracing::error!(message.id = %message.id, message.topic, problem, "message given up");
    set_dead(conn, message, now, problem).await
}

async fn take_due(
    conn: &mut Conn,
    topics: &[&str],
    limit: i64,
    (now, until): (Timestamp, Timestamp),
) -> QueryResult<Vec<Message>> {
    kept(
        sql_query(
            "UPDATE outbox SET leased_until = $3, attempts = attempts + 1 WHERE id = ANY (ARRAY( \
                 SELECT id FROM outbox WHERE topic = ANY($1) AND done_at IS NULL AND dead_at IS NULL \
                     AND available_at <= $2 AND (leased_until IS NULL OR leased_until <= $2) \
                 ORDER BY available_at LIMIT $4 FOR UPDATE SKIP LOCKED)) \
             RETURNING id, topic, payload, attempts, created_at < now() - interval '2 days' AS is_stale",
        )
        .bind::<Array<Text>, _>(topics)
        .bind::<Timestamptz, _>(now.to_diesel())
        .bind::<Timestamptz, _>(until.to_diesel())
        .bind::<BigInt, _>(limit),
    )
    .load(conn)
    .await
}

async fn delete_old(conn: &mut Conn, limit: i64) -> QueryResult<usize> {
    kept(
        sql_query(
            "DELETE FROM outbox WHERE id = ANY (ARRAY(SELECT id FROM outbox \
                 WHERE created_at < now() - interval '30 days' ORDER BY created_at LIMIT $1))",
        )
        .bind::<BigInt, _>(limit),
    )
    .execute(conn)
    .await
}

/// What is left of a payload that nobody needs any more: no secret that opens anything.
const WITHOUT_TOKEN: &str = "payload = payload - 'token' #- '{of,token}'";

async fn set_done(conn: &mut Conn, message: &Message, now: Timestamp) -> QueryResult<()> {
    kept(
        sql_query(format!(
            "UPDATE outbox SET done_at = $3, leased_until = NULL, problem = NULL, {WITHOUT_TOKEN} \
             WHERE id = $1 AND attempts = $2"
        ))
        .bind::<SqlUuid, _>(message.id)
        .bind::<SmallInt, _>(message.attempts)
        .bind::<Timestamptz, _>(now.to_diesel()),
    )
    .execute(conn)
    .await?;
    Ok(())
}

async fn set_dead(
    conn: &mut Conn,
    message: &Message,
    now: Timestamp,
    problem: &str,
) -> QueryResult<()> {
    kept(
        sql_query(format!(
            "UPDATE outbox SET dead_at = $3, problem = $4, {WITHOUT_TOKEN} \
             WHERE id = $1 AND attempts = $2"
        ))
        .bind::<SqlUuid, _>(message.id)
        .bind::<SmallInt, _>(message.attempts)
        .bind::<Timestamptz, _>(now.to_diesel())
        .bind::<Text, _>(problem),
    )
    .execute(conn)
    .await?;
    Ok(())
}

async fn put_off(
    conn: &mut Conn,
    message: &Message,
    next: Timestamp,
    problem: &str,
) -> QueryResult<usize> {
    diesel::update(outbox::table.find(message.id).filter(outbox::attempts.eq(message.attempts)))
        .set((
            outbox::available_at.eq(next.to_diesel()),
            outbox::leased_until.eq(None::<jiff_diesel::Timestamp>),
            outbox::problem.eq(problem),
        ))
        .execute(conn)
        .await
}
