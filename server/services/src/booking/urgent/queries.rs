use crate::Conn;
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use domain::{
    booking::{AppointmentId, AppointmentStatus, Priority},
    identity::UserId,
};
use jiff::{Timestamp, ToSpan};
use jiff_diesel::ToDiesel;
use schema::appointments;

/// Says how soon the patient has to be seen. `since` when nobody else can see them urgently, if so.
pub async fn set_priority(
    conn: &mut Conn,
    id: AppointmentId,
    priority: Priority,
    since: Option<Timestamp>,
) -> QueryResult<()> {
    let since = since.map(ToDiesel::to_diesel);
    diesel::update(appointments::table.find(id))
        .set((appointments::priority.eq(priority), appointments::urgent_since.eq(since)))
        .execute(conn)
        .await?;
    Ok(())
}

/// The visit of `patient` that the constraint `appointments_one_urgent` has in mind. One that is not over
/// began within the last day, or is yet to.
pub async fn open_urgent_visit(
    conn: &mut Conn,
    patient: UserId,
    now: Timestamp,
) -> QueryResult<Option<AppointmentId>> {
    let yesterday = now.saturating_sub(24.hours()).unwrap_or(Timestamp::MIN);
    appointments::table
        .filter(appointments::patient_id.eq(patient))
        .filter(appointments::starts_at.gt(yesterday.to_diesel()))
        .filter(appointments::ends_at.gt(now.to_diesel()))
        .filter(appointments::urgent_since.is_not_null())
        .filter(appointments::status.eq_any(AppointmentStatus::LIVE))
        .filter(appointments::held_until.is_null())
        .order(appointments::starts_at)
        .select(appointments::id)
        .first(conn)
        .await
        .optional()
}
