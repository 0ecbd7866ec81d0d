use super::visits::queries::{Visit, money, policy};
use crate::{Conn, audit::request, directory::Provider, kept::kept};
use diesel::{
    pg::Pg,
    prelude::*,
    sql_query,
    sql_types::{BigInt, Bytea, Integer, Nullable, Text, Timestamptz, Uuid},
};
use diesel_async::RunQueryDsl;
use domain::{
    booking::{
        AppointmentId, AppointmentStatus, BookingRequest, CancellationPolicy, Offer, VisitKind,
    },
    directory::ProviderId,
    identity::UserId,
    money::Money,
};
use jiff::Timestamp;
use jiff_diesel::ToDiesel;
use schema::{appointments, idempotency_keys, providers};

/// The row of an appointment and what is written with it.
#[derive(Debug)]
pub struct NewAppointment<'a> {
    pub id: AppointmentId,
    pub patient: UserId,
    pub key: &'a str,
    pub body_hash: &'a [u8],
    pub offer: &'a Offer,
    pub provider: &'a Provider,
    pub request: &'a BookingRequest,
}

/// Everything a booking writes, in one statement: all of it or nothing.
///
/// The doctor's row is held while it is written. Gives the visit as it was booked; `None`: the schedule has
/// changed since it was read, and nothing was written.
const INSERT_APPOINTMENT: &str = include_str!("book.sql");

pub async fn insert_appointment(
    conn: &mut Conn,
    new: &NewAppointment<'_>,
) -> QueryResult<Option<Visit>> {
    kept(
        sql_query(INSERT_APPOINTMENT)
            .bind::<Uuid, _>(new.provider.id)
            .bind::<Integer, _>(new.provider.version)
            .bind::<Uuid, _>(new.id)
            .bind::<Uuid, _>(new.patient)
            .bind::<Nullable<Uuid>, _>(new.offer.place)
            .bind::<Timestamptz, _>(new.offer.slot.start.to_diesel())
            .bind::<Timestamptz, _>(new.offer.slot.end.to_diesel())
            .bind::<Text, _>(new.request.kind)
            .bind::<Text, _>(&new.request.reason)
            .bind::<Uuid, _>(uuid::Uuid::now_v7())
            .bind::<Text, _>(new.key)
            .bind::<Bytea, _>(new.body_hash)
            .bind::<Uuid, _>(uuid::Uuid::now_v7())
            .bind::<Nullable<Text>, _>(request::id())
            .bind::<Uuid, _>(uuid::Uuid::now_v7())
            .bind::<Nullable<Text>, _>(request::ip()),
    )
    .get_result(conn)
    .await
    .optional()
}

/// What the command `key` of `actor` made, and the hash of what it asked for.
pub async fn replay(
    conn: &mut Conn,
    actor: UserId,
    key: &str,
) -> QueryResult<Option<(Vec<u8>, AppointmentId)>> {
    idempotency_keys::table
        .find((actor, "appointments.create", key))
        .select((idempotency_keys::body_hash, idempotency_keys::appointment_id))
        .first(conn)
        .await
        .optional()
}

/// Deletes keys made before `before`, the oldest first and `limit` at most; returns how many.
pub async fn delete_keys(conn: &mut Conn, before: Timestamp, limit: usize) -> QueryResult<usize> {
    kept(sql_query(
        "DELETE FROM idempotency_keys WHERE ctid = ANY (ARRAY( \
             SELECT ctid FROM idempotency_keys WHERE created_at < $1 ORDER BY created_at LIMIT $2))",
    )
    .bind::<Timestamptz, _>(before.to_diesel())
    .bind::<BigInt, _>(i64::try_from(limit).unwrap_or(i64::MAX)))
    .execute(conn)
    .await
}

/// Whether the two have met, or will.
pub async fn has_visited(
    conn: &mut Conn,
    patient: UserId,
    provider: ProviderId,
) -> QueryResult<bool> {
    diesel::select(diesel::dsl::exists(
        appointments::table
            .filter(appointments::patient_id.eq(patient))
            .filter(appointments::provider_id.eq(provider))
            .filter(appointments::status.ne(AppointmentStatus::Cancelled)),
    ))
    .get_result(conn)
    .await
}

/// The live visit of `patient` with `provider` that begins at `start`.
pub async fn own_visit_at(
    conn: &mut Conn,
    patient: UserId,
    provider: ProviderId,
    start: Timestamp,
) -> QueryResult<Option<AppointmentId>> {
    appointments::table
        .filter(appointments::patient_id.eq(patient))
        .filter(appointments::provider_id.eq(provider))
        .filter(appointments::starts_at.eq(start.to_diesel()))
        .filter(appointments::status.eq_any(AppointmentStatus::LIVE))
        .select(appointments::id)
        .first(conn)
        .await
        .optional()
}

/// What is needed of a visit to decide whether it may change.
#[derive(Debug, Queryable, Selectable)]
#[diesel(table_name = appointments, check_for_backend(Pg))]
pub struct LockedVisit {
    pub provider_id: ProviderId,
    pub status: AppointmentStatus,
    pub appointment_type: VisitKind,
    #[diesel(deserialize_as = jiff_diesel::Timestamp)]
    pub starts_at: Timestamp,
    #[diesel(deserialize_as = jiff_diesel::Timestamp)]
    pub ends_at: Timestamp,
    pub consultation_fee_minor: i64,
    pub currency: String,
    pub free_until_minutes: i32,
    pub late_percent: i16,
    pub sequence: i32,
}

impl LockedVisit {
    /// The terms the patient agreed to when booking.
    pub fn policy(&self) -> CancellationPolicy {
        policy(self.free_until_minutes, self.late_percent)
    }

    pub fn fee(&self) -> Money {
        money(self.consultation_fee_minor, &self.currency)
    }
}

/// A visit of `patient`, locked until the transaction ends.
pub async fn lock_visit(
    conn: &mut Conn,
    id: AppointmentId,
    patient: UserId,
) -> QueryResult<LockedVisit> {
    appointments::table
        .find(id)
        .filter(appointments::patient_id.eq(patient))
        .select(LockedVisit::as_select())
        .for_no_key_update()
        .first(conn)
        .await
}

/// Keeps the doctor's hours as they were read until the transaction ends; false when they changed.
pub async fn hold_schedule(conn: &mut Conn, provider: &Provider) -> QueryResult<bool> {
    let held: Option<ProviderId> = providers::table
        .find(provider.id)
        .filter(providers::version.eq(provider.version))
        .select(providers::id)
        .for_no_key_update()
        .first(conn)
        .await
        .optional()?;
    Ok(held.is_some())
}

/// An appointment and the offer it moves to.
#[derive(Debug)]
pub struct Moved<'a> {
    pub id: AppointmentId,
    pub offer: &'a Offer,
    pub provider: &'a Provider,
}

pub async fn move_appointment(conn: &mut Conn, moved: Moved<'_>) -> QueryResult<()> {
    kept(sql_query(
        "UPDATE appointments SET starts_at = $2, ends_at = $3, hospital_id = $4, sequence = sequence + 1, \
         time_zone = coalesce((SELECT time_zone FROM hospitals WHERE id = $4), $5) WHERE id = $1",
    )
    .bind::<Uuid, _>(moved.id)
    .bind::<Timestamptz, _>(moved.offer.slot.start.to_diesel())
    .bind::<Timestamptz, _>(moved.offer.slot.end.to_diesel())
    .bind::<Nullable<Uuid>, _>(moved.offer.place)
    .bind::<Text, _>(&moved.provider.time_zone))
    .execute(conn)
    .await?;
    Ok(())
}

pub async fn set_reason(conn: &mut Conn, id: AppointmentId, reason: &str) -> QueryResult<()> {
    diesel::update(appointments::table.find(id))
        .set(appointments::chief_complaint.eq(reason))
        .execute(conn)
        .await?;
    Ok(())
}

/// Ends a visit and leaves of its open payment what cancelling costs.
pub async fn cancel_appointment(
    conn: &mut Conn,
    id: AppointmentId,
    by: UserId,
    now: Timestamp,
    cost: Money,
) -> QueryResult<()> {
    kept(sql_query(
        "WITH cancelled AS (
             UPDATE appointments SET status = 'cancelled', cancelled_at = $2, cancelled_by = $3, sequence = sequence + 1
             WHERE id = $1 RETURNING id
         )
         UPDATE payments SET amount_minor = $4,
             status = CASE WHEN $4 = 0 THEN 'cancelled' ELSE status END
         FROM cancelled WHERE appointment_id = cancelled.id AND payments.status = 'pending'",
    )
    .bind::<Uuid, _>(id)
    .bind::<Timestamptz, _>(now.to_diesel())
    .bind::<Uuid, _>(by)
    .bind::<BigInt, _>(cost.minor))
    .execute(conn)
    .await?;
    Ok(())
}
