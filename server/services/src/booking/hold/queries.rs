use crate::{
    Conn,
    database::{known_time, with_pauses},
    directory::Provider,
    kept::kept,
};
use diesel::{
    prelude::*,
    sql_query,
    sql_types::{BigInt, Bool, Double, Integer, Nullable, Range, Text, Timestamptz, Uuid},
};
use diesel_async::RunQueryDsl;
use domain::{
    booking::{AppointmentId, AppointmentStatus, Offer, Slot, VisitKind},
    directory::ProviderId,
    identity::UserId,
};
use jiff::{SignedDuration, Timestamp};
use jiff_diesel::ToDiesel;
use schema::{appointments, users};

/// A time to be kept for a patient.
#[derive(Debug)]
pub struct NewHold<'a> {
    pub patient: UserId,
    pub offer: &'a Offer,
    pub kind: VisitKind,
    pub provider: &'a Provider,
    /// How long it is kept from now on, and at most.
    pub time: SignedDuration,
    pub longest: SignedDuration,
    /// How many times may be kept for the patient with other doctors.
    pub others: i64,
}

/// What became of it.
#[derive(Debug, QueryableByName)]
pub struct Held {
    /// How many seconds the time is kept from now on; `None`: too many others are.
    #[diesel(sql_type = Nullable<Double>)]
    pub remaining: Option<f64>,
    /// False when the schedule has changed since it was read, and nothing was written.
    #[diesel(sql_type = Bool)]
    pub offered: bool,
}

/// Whoever does this for the same person waits until the transaction ends.
pub async fn lock_person(conn: &mut Conn, person: UserId) -> QueryResult<()> {
    users::table.find(person).select(users::id).for_no_key_update().first::<UserId>(conn).await?;
    Ok(())
}

pub async fn hold(conn: &mut Conn, new: &NewHold<'_>) -> QueryResult<Held> {
    kept(
        sql_query(include_str!("hold.sql"))
            .bind::<Uuid, _>(new.provider.id)
            .bind::<Integer, _>(new.provider.version)
            .bind::<Uuid, _>(AppointmentId::generate())
            .bind::<Uuid, _>(new.patient)
            .bind::<Nullable<Uuid>, _>(new.offer.place)
            .bind::<Timestamptz, _>(new.offer.slot.start.to_diesel())
            .bind::<Timestamptz, _>(new.offer.slot.end.to_diesel())
            .bind::<Text, _>(new.kind)
            .bind::<Double, _>(new.time.as_secs_f64())
            .bind::<Double, _>(new.longest.as_secs_f64())
            .bind::<BigInt, _>(new.others)
            .bind::<Nullable<Range<Timestamptz>>, _>(with_pauses(new.offer)),
    )
    .get_result(conn)
    .await
}

/// Lets go of what is kept during `slot`: for `patient`, with whomever; with `provider`, for whoever moves
/// the visit, `by`, and what is kept no longer.
pub async fn clear_holds(
    conn: &mut Conn,
    (patient, by): (UserId, UserId),
    provider: ProviderId,
    slot: Slot,
) -> QueryResult<()> {
    kept(
        sql_query(
            "UPDATE appointments SET status = 'expired', changed_by = NULL, change_reason = NULL \
         WHERE status = 'held' AND during && tstzrange($3, $4) \
             AND (patient_id = $1 OR provider_id = $2 AND (patient_id = $5 OR held_until <= clock_timestamp()))",
        )
        .bind::<Uuid, _>(patient)
        .bind::<Uuid, _>(provider)
        .bind::<Timestamptz, _>(slot.start.to_diesel())
        .bind::<Timestamptz, _>(slot.end.to_diesel())
        .bind::<Uuid, _>(by),
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// For which kind of visit the time at `start` is kept for `patient`, if it is.
pub async fn held_kind(
    conn: &mut Conn,
    patient: UserId,
    provider: ProviderId,
    start: Timestamp,
) -> QueryResult<Option<VisitKind>> {
    appointments::table
        .filter(appointments::patient_id.eq(patient))
        .filter(appointments::provider_id.eq(provider))
        .filter(appointments::status.eq(AppointmentStatus::Held))
        .filter(appointments::starts_at.eq(known_time(start).to_diesel()))
        .filter(appointments::held_until.gt(diesel::dsl::now))
        .select(appointments::appointment_type)
        .first(conn)
        .await
        .optional()
}

/// Lets go of what is kept for `patient` with `provider`; whether anything was.
pub async fn release_hold(
    conn: &mut Conn,
    patient: UserId,
    provider: ProviderId,
) -> QueryResult<bool> {
    let released = diesel::update(
        appointments::table
            .filter(appointments::patient_id.eq(patient))
            .filter(appointments::provider_id.eq(provider))
            .filter(appointments::status.eq(AppointmentStatus::Held))
            .filter(diesel::dsl::not(appointments::from_waitlist)),
    )
    .set((
        appointments::status.eq(AppointmentStatus::Expired),
        appointments::changed_by.eq(patient),
    ))
    .execute(conn)
    .await?;
    Ok(released > 0)
}

/// A doctor whose times have changed.
#[derive(Debug, QueryableByName)]
struct Changed {
    #[diesel(sql_type = Uuid)]
    provider_id: ProviderId,
}

/// Lets go of times that are kept no longer, `limit` at most; whose they were.
pub async fn expire_holds(conn: &mut Conn, limit: i64) -> QueryResult<Vec<ProviderId>> {
    let changed: Vec<Changed> = kept(
        sql_query(
            "UPDATE appointments SET status = 'expired', changed_by = NULL, change_reason = NULL \
         WHERE id = ANY (ARRAY(SELECT id FROM appointments WHERE status = 'held' AND held_until <= clock_timestamp() \
             ORDER BY held_until LIMIT $1 FOR UPDATE SKIP LOCKED)) RETURNING provider_id",
        )
        .bind::<BigInt, _>(limit),
    )
    .load(conn)
    .await?;
    Ok(changed.into_iter().map(|changed| changed.provider_id).collect())
}

/// Deletes holds that nobody booked and that ended a day ago, `limit` at most; how many.
pub async fn delete_old_holds(conn: &mut Conn, limit: i64) -> QueryResult<usize> {
    kept(
        sql_query(
            "DELETE FROM appointments WHERE id = ANY (ARRAY( \
             SELECT id FROM appointments WHERE status = 'expired' AND held_until < now() - interval '1 day' \
             ORDER BY held_until LIMIT $1))",
        )
        .bind::<BigInt, _>(limit),
    )
    .execute(conn)
    .await
}
