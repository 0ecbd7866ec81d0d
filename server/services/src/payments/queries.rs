use crate::{Conn, booking::money, kept::kept, proxies::authority::people};
use diesel::{
    QueryResult, QueryableByName,
    prelude::*,
    sql_query,
    sql_types::{BigInt, Bool, Nullable, Text, Uuid},
};
use diesel_async::RunQueryDsl;
use domain::{
    booking::{AppointmentId, PaymentStatus},
    identity::UserId,
    money::Money,
    payments::{AttemptId, AttemptKind, AttemptStatus},
    proxies::Scope,
};
use schema::{payment_attempts, payments};

/// What is to be paid for a visit, or was.
#[derive(Debug, Queryable, Selectable)]
#[diesel(table_name = payments, check_for_backend(diesel::pg::Pg))]
pub struct Payment {
    pub id: uuid::Uuid,
    pub status: PaymentStatus,
    pub amount_minor: i64,
    pub currency: String,
}

impl Payment {
    pub fn amount(&self) -> Money {
        money(self.amount_minor, &self.currency)
    }
}

/// The payment for a visit, locked until the transaction ends.
pub async fn payment(conn: &mut Conn, id: AppointmentId) -> QueryResult<Option<Payment>> {
    payments::table
        .filter(payments::appointment_id.eq(id))
        .order(payments::created_at.desc())
        .select(Payment::as_select())
        .for_no_key_update()
        .first(conn)
        .await
        .optional()
}

/// What the gateway was asked for.
#[derive(Debug, Clone, QueryableByName)]
pub struct Attempt {
    #[diesel(sql_type = Uuid)]
    pub id: AttemptId,
    #[diesel(sql_type = Text)]
    pub kind: AttemptKind,
    #[diesel(sql_type = Text)]
    pub status: AttemptStatus,
    #[diesel(sql_type = BigInt)]
    pub amount_minor: i64,
    #[diesel(sql_type = Text)]
    pub currency: String,
    /// The charge that has succeeded.
    #[diesel(sql_type = Nullable<Uuid>)]
    pub paid_by: Option<AttemptId>,
    /// Whether nobody is to pay any more: it was open for half an hour, or is wanted no longer.
    #[diesel(sql_type = Bool)]
    pub is_over: bool,
}

impl Attempt {
    pub fn amount(&self) -> Money {
        money(self.amount_minor, &self.currency)
    }
}

const ATTEMPT: &str = "t.id, t.kind, t.status, t.amount_minor, t.currency, \
    (SELECT c.id FROM payment_attempts c WHERE c.payment_id = t.payment_id AND c.kind = 'charge' AND c.status = 'succeeded') AS paid_by, \
    t.created_at < clock_timestamp() - interval '30 minutes' OR p.status <> 'pending' AS is_over";

/// The charge of a payment that is under way.
pub async fn open_charge(conn: &mut Conn, payment: uuid::Uuid) -> QueryResult<Option<Attempt>> {
    kept(
        sql_query(format!(
            "SELECT {ATTEMPT} FROM payment_attempts t JOIN payments p ON p.id = t.payment_id \
             WHERE t.payment_id = $1 AND t.kind = 'charge' AND t.status = 'started'"
        ))
        .bind::<Uuid, _>(payment),
    )
    .get_result(conn)
    .await
    .optional()
}

/// The latest charge for a visit that `patient` may pay: their own, or of those they book for.
pub async fn latest_charge(
    conn: &mut Conn,
    id: AppointmentId,
    patient: UserId,
) -> QueryResult<Option<Attempt>> {
    kept(
        sql_query(format!(
            "SELECT {ATTEMPT} FROM appointments a JOIN payments p ON p.appointment_id = a.id \
             JOIN payment_attempts t ON t.payment_id = p.id \
             WHERE a.id = $1 AND a.patient_id = ANY({}) AND t.kind = 'charge' ORDER BY t.created_at DESC LIMIT 1",
            people("$2", Scope::Booking)
        ))
        .bind::<Uuid, _>(id)
        .bind::<Uuid, _>(patient),
    )
    .get_result(conn)
    .await
    .optional()
}

/// Nobody asks after it for a minute: the person is about to pay.
pub async fn insert_charge(conn: &mut Conn, payment: &Payment) -> QueryResult<Attempt> {
    kept(
        sql_query(
            "INSERT INTO payment_attempts (id, payment_id, kind, amount_minor, currency, next_at) \
             VALUES ($1, $2, 'charge', $3, $4, clock_timestamp() + interval '1 minute') \
             RETURNING id, kind, status, amount_minor, currency, NULL::uuid AS paid_by, false AS is_over",
        )
        // Not guessable, since the page to pay on goes by it.
        .bind::<Uuid, _>(uuid::Uuid::new_v4())
        .bind::<Uuid, _>(payment.id)
        .bind::<BigInt, _>(payment.amount_minor)
        .bind::<Text, _>(&payment.currency),
    )
    .get_result(conn)
    .await
}

/// Attempts whose time to be asked after has come, `limit` at most. Their next time is later each time,
/// up to an hour: a server that dies now leaves them to the next.
pub async fn take_due(conn: &mut Conn, limit: i64) -> QueryResult<Vec<Attempt>> {
    kept(
        sql_query(format!(
            "UPDATE payment_attempts t SET tries = tries + 1, \
                 next_at = clock_timestamp() + least(interval '15 seconds' * power(2, least(tries, 10)), interval '1 hour') \
             FROM payments p WHERE p.id = t.payment_id AND t.id = ANY (ARRAY( \
                 SELECT id FROM payment_attempts WHERE status = 'started' AND next_at <= clock_timestamp() \
                 ORDER BY next_at LIMIT $1 FOR NO KEY UPDATE SKIP LOCKED)) \
             RETURNING {ATTEMPT}"
        ))
        .bind::<BigInt, _>(limit),
    )
    .load(conn)
    .await
}

/// What is known of an attempt, and whom it is about.
#[derive(Debug, QueryableByName)]
pub struct Settling {
    #[diesel(sql_type = Text)]
    pub status: AttemptStatus,
    #[diesel(sql_type = Uuid)]
    pub appointment: AppointmentId,
    #[diesel(sql_type = Uuid)]
    pub patient: UserId,
}

/// Locked until the transaction ends.
pub async fn lock_attempt(conn: &mut Conn, id: AttemptId) -> QueryResult<Settling> {
    kept(
        sql_query(
            "SELECT t.status, a.id AS appointment, a.patient_id AS patient FROM payment_attempts t \
             JOIN payments p ON p.id = t.payment_id JOIN appointments a ON a.id = p.appointment_id \
             WHERE t.id = $1 FOR NO KEY UPDATE OF t",
        )
        .bind::<Uuid, _>(id),
    )
    .get_result(conn)
    .await
}

pub async fn set_attempt_status(
    conn: &mut Conn,
    id: AttemptId,
    status: AttemptStatus,
) -> QueryResult<()> {
    diesel::update(payment_attempts::table.find(id))
        .set(payment_attempts::status.eq(status))
        .execute(conn)
        .await?;
    Ok(())
}

/// Writes down that `charge` was paid. What was wanted no longer goes back.
pub async fn set_paid(conn: &mut Conn, charge: &Attempt) -> QueryResult<()> {
    kept(
        sql_query(
            "WITH owed AS ( \
                 SELECT p.id, CASE p.status WHEN 'cancelled' THEN 0 ELSE p.amount_minor END AS cost \
                 FROM payments p JOIN payment_attempts t ON t.payment_id = p.id WHERE t.id = $1 FOR NO KEY UPDATE OF p \
             ), paid AS ( \
                 UPDATE payments SET amount_minor = $2, provider_reference = $1::text, \
                     refunded_minor = greatest($2 - cost, 0), \
                     status = CASE WHEN cost = 0 THEN 'refunded' ELSE 'paid' END \
                 FROM owed WHERE payments.id = owed.id RETURNING payments.id, refunded_minor, currency \
             ) \
             INSERT INTO payment_attempts (id, payment_id, kind, amount_minor, currency) \
             SELECT gen_random_uuid(), id, 'refund', refunded_minor, currency FROM paid WHERE refunded_minor > 0",
        )
        .bind::<Uuid, _>(charge.id)
        .bind::<BigInt, _>(charge.amount_minor),
    )
    .execute(conn)
    .await?;
    Ok(())
}
