use super::VisitTerms;
use super::visits::queries::{self as visits, Visit};
use crate::{
    Conn,
    audit::request,
    database::{known_time, with_pauses},
    directory::Provider,
    kept::kept,
};
use diesel::{
    prelude::*,
    sql_query,
    sql_types::{BigInt, Bool, Bytea, Integer, Nullable, Range, Text, Timestamptz, Uuid},
};
use diesel_async::RunQueryDsl;
use domain::{
    booking::{
        AppointmentId, AppointmentStatus, BookingRequest, CancellationQuote, LateBefore, Offer,
        SeriesId,
    },
    directory::ProviderId,
    identity::UserId,
};
use jiff::Timestamp;
use jiff_diesel::ToDiesel;
use schema::{appointment_series, appointments, providers, users};

/// The row of an appointment and what is written with it.
#[derive(Debug)]
pub struct NewAppointment<'a> {
    pub id: AppointmentId,
    pub patient: UserId,
    /// Who books for them; what is kept for this person becomes the visit.
    pub by: UserId,
    pub key: &'a str,
    /// What was called with the key: [`ALONE`], or [`EACH_OF_ALL`] and its number.
    pub route: &'a str,
    pub body_hash: &'a [u8],
    pub offer: &'a Offer,
    pub provider: &'a Provider,
    pub request: &'a BookingRequest,
    pub series: Option<SeriesId>,
}

/// Under which a key is kept for a visit that was booked alone.
pub const ALONE: &str = "appointments.create";

/// The same for each of several, with its number after it.
pub const EACH_OF_ALL: &str = "appointments.create_all/";

/// Everything a booking writes, in one statement: all of it or nothing. A time that is kept for the
/// patient becomes the visit.
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
            .bind::<Nullable<Text>, _>(request::ip())
            .bind::<Uuid, _>(new.by)
            .bind::<Text, _>(new.route)
            .bind::<Nullable<Uuid>, _>(new.series)
            .bind::<Nullable<Range<Timestamptz>>, _>(with_pauses(new.offer)),
    )
    .get_result(conn)
    .await
    .optional()
}

/// What holds the visits of a series together: whose with whom, how many weeks apart, and who
/// booked them.
pub async fn insert_series(
    conn: &mut Conn,
    id: SeriesId,
    (patient, provider): (UserId, ProviderId),
    every_weeks: u8,
    by: UserId,
) -> QueryResult<()> {
    diesel::insert_into(appointment_series::table)
        .values((
            appointment_series::id.eq(id),
            appointment_series::patient_id.eq(patient),
            appointment_series::provider_id.eq(provider),
            appointment_series::every_weeks.eq(i16::from(every_weeks)),
            appointment_series::created_by.eq(by),
        ))
        .execute(conn)
        .await?;
    Ok(())
}

/// Whether one of `patients` and the doctor have met, or will.
pub async fn has_visited(
    conn: &mut Conn,
    patients: &[UserId],
    provider: ProviderId,
) -> QueryResult<bool> {
    diesel::select(diesel::dsl::exists(
        appointments::table
            .filter(appointments::patient_id.eq_any(patients))
            .filter(appointments::provider_id.eq(provider))
            .filter(appointments::held_until.is_null())
            .filter(appointments::status.ne(AppointmentStatus::Cancelled))
            .filter(appointments::status.ne(AppointmentStatus::Expired))
            .select(appointments::id),
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
        .filter(appointments::starts_at.eq(known_time(start).to_diesel()))
        .filter(appointments::status.eq_any(AppointmentStatus::LIVE))
        .filter(appointments::held_until.is_null())
        .select(appointments::id)
        .first(conn)
        .await
        .optional()
}

/// Brings a locked visit to its next state.
pub async fn set_status(
    conn: &mut Conn,
    id: AppointmentId,
    status: AppointmentStatus,
    by: UserId,
) -> QueryResult<()> {
    diesel::update(appointments::table.find(id))
        .set((
            appointments::status.eq(status),
            appointments::changed_by.eq(by),
            appointments::change_reason.eq(None::<&str>),
        ))
        .execute(conn)
        .await?;
    Ok(())
}

pub async fn set_terms(
    conn: &mut Conn,
    provider: ProviderId,
    terms: &VisitTerms,
) -> QueryResult<()> {
    diesel::update(providers::table.find(provider))
        .set((
            providers::confirms_by_hand.eq(terms.confirms_by_hand),
            providers::free_until_minutes.eq(terms.free_until_minutes),
            providers::late_percent.eq(terms.late_percent),
            providers::first_late_free.eq(terms.first_late_free),
            providers::no_show_minutes.eq(terms.no_show_minutes),
        ))
        .execute(conn)
        .await?;
    Ok(())
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
    pub by: UserId,
}

/// Moves a visit; one that was agreed on counts as moved until the doctor confirms it anew, and what was
/// urgent is so no more on another day.
pub async fn move_appointment(conn: &mut Conn, moved: Moved<'_>) -> QueryResult<()> {
    kept(sql_query(
        "UPDATE appointments SET starts_at = $2, ends_at = $3, hospital_id = $4, \
         with_pauses = $7, sequence = sequence + 1, \
         status = 'rescheduled', changed_by = $6, change_reason = NULL, \
         time_zone = coalesce((SELECT time_zone FROM hospitals WHERE id = $4), $5), \
         priority = CASE WHEN ($2 AT TIME ZONE time_zone)::date = (starts_at AT TIME ZONE time_zone)::date \
             OR urgent_since IS NULL THEN priority ELSE 'routine' END, \
         urgent_since = CASE WHEN ($2 AT TIME ZONE time_zone)::date = (starts_at AT TIME ZONE time_zone)::date \
             THEN urgent_since END WHERE id = $1",
    )
    .bind::<Uuid, _>(moved.id)
    .bind::<Timestamptz, _>(moved.offer.slot.start.to_diesel())
    .bind::<Timestamptz, _>(moved.offer.slot.end.to_diesel())
    .bind::<Nullable<Uuid>, _>(moved.offer.place)
    .bind::<Text, _>(&moved.provider.time_zone)
    .bind::<Uuid, _>(moved.by)
    .bind::<Nullable<Range<Timestamptz>>, _>(with_pauses(moved.offer)))
    .execute(conn)
    .await?;
    Ok(())
}

/// Lets the patient cancel until the visit starts, at no cost.
pub async fn let_cancel_free(conn: &mut Conn, id: AppointmentId) -> QueryResult<()> {
    diesel::update(appointments::table.find(id))
        .set(appointments::free_until_minutes.eq(0))
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

/// Whether `patient` has cancelled late with `provider` before. Others of theirs wait until the
/// transaction ends, so that only one late cancellation is the first.
pub async fn late_before(
    conn: &mut Conn,
    patient: UserId,
    provider: ProviderId,
) -> QueryResult<LateBefore> {
    users::table.find(patient).select(users::id).for_no_key_update().first::<UserId>(conn).await?;
    let found = diesel::select(diesel::dsl::exists(
        appointments::table
            .filter(appointments::patient_id.eq(patient))
            .filter(appointments::provider_id.eq(provider))
            .filter(appointments::cancelled_late)
            .select(appointments::id),
    ));
    Ok(visits::late_before(found.get_result(conn).await?))
}

/// A visit that is given back, and on what terms.
#[derive(Debug)]
pub struct Cancelled<'a> {
    pub id: AppointmentId,
    pub by: UserId,
    pub at: Timestamp,
    pub quote: CancellationQuote,
    pub reason: Option<&'a str>,
}

/// Ends a visit and leaves of its payment what cancelling costs.
pub async fn cancel_appointment(conn: &mut Conn, cancelled: &Cancelled<'_>) -> QueryResult<()> {
    let Cancelled { id, by, at, quote, reason } = cancelled;
    kept(
        sql_query(
            "WITH cancelled AS (
             UPDATE appointments SET status = 'cancelled', cancelled_at = $2, cancelled_by = $3, changed_by = $3,
                 change_reason = $6, cancelled_late = $5, sequence = sequence + 1
             WHERE id = $1 RETURNING id
         )
         SELECT end_payment(id, $4) FROM cancelled",
        )
        .bind::<Uuid, _>(id)
        .bind::<Timestamptz, _>(at.to_diesel())
        .bind::<Uuid, _>(by)
        .bind::<BigInt, _>(quote.cost.minor)
        .bind::<Bool, _>(quote.is_late)
        .bind::<Nullable<Text>, _>(reason),
    )
    .execute(conn)
    .await?;
    Ok(())
}
