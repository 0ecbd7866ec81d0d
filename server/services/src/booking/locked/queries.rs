use super::super::visits::queries::{money, policy};
use crate::{Conn, proxies::authority};
use diesel::{pg::Pg, prelude::*};
use diesel_async::RunQueryDsl;
use domain::{
    booking::{
        AppointmentId, AppointmentStatus, CancellationPolicy, Priority, SeriesId, VisitKind,
    },
    directory::ProviderId,
    identity::UserId,
    money::Money,
    proxies::Scope,
};
use jiff::Timestamp;
use jiff_diesel::ToDiesel;
use schema::{appointments, dependants, providers};

/// What is needed of a visit to decide whether it may change, and whose it is.
#[derive(Debug, Queryable, Selectable)]
#[diesel(table_name = appointments, check_for_backend(Pg))]
pub struct LockedVisit {
    pub patient_id: UserId,
    pub provider_id: ProviderId,
    pub status: AppointmentStatus,
    pub priority: Priority,
    pub appointment_type: VisitKind,
    #[diesel(deserialize_as = jiff_diesel::Timestamp)]
    pub starts_at: Timestamp,
    #[diesel(deserialize_as = jiff_diesel::Timestamp)]
    pub ends_at: Timestamp,
    pub time_zone: String,
    pub consultation_fee_minor: i64,
    pub currency: String,
    pub free_until_minutes: i32,
    pub late_percent: i16,
    pub first_late_free: bool,
    pub sequence: i32,
    pub series_id: Option<SeriesId>,
}

impl LockedVisit {
    /// The terms the patient agreed to when booking.
    pub fn policy(&self) -> CancellationPolicy {
        policy(self.free_until_minutes, self.late_percent, self.first_late_free)
    }

    pub fn fee(&self) -> Money {
        money(self.consultation_fee_minor, &self.currency)
    }
}

/// A visit that `user` may change: their own, that of a dependant of theirs, or of somebody who lets them. It is locked
/// until the transaction ends, and so is what lets them.
pub async fn lock_visit(
    conn: &mut Conn,
    id: AppointmentId,
    user: UserId,
) -> QueryResult<LockedVisit> {
    match lock_own_visit(conn, id, user).await.optional()? {
        Some(visit) => Ok(visit),
        None => lock_entrusted_visit(conn, id, user).await,
    }
}

async fn lock_own_visit(
    conn: &mut Conn,
    id: AppointmentId,
    user: UserId,
) -> QueryResult<LockedVisit> {
    appointments::table
        .find(id)
        .filter(
            appointments::patient_id.eq(user).or(diesel::dsl::exists(
                dependants::table
                    .filter(dependants::person_id.eq(appointments::patient_id))
                    .filter(dependants::guardian_id.eq(user)),
            )),
        )
        .filter(appointments::held_until.is_null())
        .select(LockedVisit::as_select())
        .for_no_key_update()
        .first(conn)
        .await
}

async fn lock_entrusted_visit(
    conn: &mut Conn,
    id: AppointmentId,
    user: UserId,
) -> QueryResult<LockedVisit> {
    let patient: UserId =
        appointments::table.find(id).select(appointments::patient_id).first(conn).await?;
    // As when booking: first what lets them.
    if !authority::hold(conn, user, patient, Scope::Booking).await? {
        return Err(diesel::result::Error::NotFound);
    }
    appointments::table
        .find(id)
        .filter(appointments::patient_id.eq(patient))
        .filter(appointments::held_until.is_null())
        // Who sees the patient as their doctor does not act as the patient, too.
        .filter(diesel::dsl::not(diesel::dsl::exists(
            providers::table
                .filter(providers::id.eq(appointments::provider_id))
                .filter(providers::user_id.eq(user)),
        )))
        .select(LockedVisit::as_select())
        .for_no_key_update()
        .first(conn)
        .await
}

/// The visits of a series from `from` on, in order, locked until the transaction ends.
pub async fn lock_series(
    conn: &mut Conn,
    series: SeriesId,
    from: Timestamp,
) -> QueryResult<Vec<(AppointmentId, LockedVisit)>> {
    appointments::table
        .filter(appointments::series_id.eq(series))
        .filter(appointments::starts_at.ge(from.to_diesel()))
        .order((appointments::starts_at, appointments::id))
        .select((appointments::id, LockedVisit::as_select()))
        .limit(100)
        .for_no_key_update()
        .load(conn)
        .await
}

/// A visit with `provider`, locked until the transaction ends, and whose it is.
pub async fn lock_visit_of(
    conn: &mut Conn,
    id: AppointmentId,
    provider: ProviderId,
) -> QueryResult<(UserId, LockedVisit)> {
    appointments::table
        .find(id)
        .filter(appointments::provider_id.eq(provider))
        .filter(appointments::held_until.is_null())
        .select((appointments::patient_id, LockedVisit::as_select()))
        .for_no_key_update()
        .first(conn)
        .await
}
