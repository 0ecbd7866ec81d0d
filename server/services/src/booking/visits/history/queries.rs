use crate::{Conn, kept::kept};
use diesel::{
    prelude::*,
    sql_query,
    sql_types::{Nullable, Text, Timestamptz, Uuid},
};
use diesel_async::RunQueryDsl;
use domain::{
    booking::{AppointmentId, AppointmentStatus},
    identity::UserId,
};
use jiff::Timestamp;

/// One change of a visit since it was booked.
#[derive(Debug, Clone, QueryableByName)]
pub struct StatusChange {
    #[diesel(sql_type = Text)]
    pub from_status: AppointmentStatus,
    #[diesel(sql_type = Text)]
    pub to_status: AppointmentStatus,
    #[diesel(sql_type = Timestamptz, deserialize_as = jiff_diesel::Timestamp)]
    pub from_starts_at: Timestamp,
    #[diesel(sql_type = Timestamptz, deserialize_as = jiff_diesel::Timestamp)]
    pub to_starts_at: Timestamp,
    /// Empty: a rule of the clinic.
    #[diesel(sql_type = Nullable<Uuid>)]
    pub actor_id: Option<UserId>,
    /// Of who did it for the patient, who let them.
    #[diesel(sql_type = Nullable<Text>)]
    pub proxy_name: Option<String>,
    #[diesel(sql_type = Nullable<Text>)]
    pub reason: Option<String>,
    #[diesel(sql_type = Timestamptz, deserialize_as = jiff_diesel::Timestamp)]
    pub created_at: Timestamp,
}

/// What became of a visit, in order; a hundred changes at most.
pub async fn history(conn: &mut Conn, id: AppointmentId) -> QueryResult<Vec<StatusChange>> {
    kept(
        sql_query(
            "SELECT c.from_status, c.to_status, c.from_starts_at, c.to_starts_at, c.actor_id, c.reason, c.created_at, \
                 (SELECT u.first_name || ' ' || u.last_name FROM users u WHERE u.id = c.actor_id AND EXISTS ( \
                     SELECT FROM proxy_grants g WHERE g.proxy_id = c.actor_id AND g.patient_id = a.patient_id)) AS proxy_name \
             FROM appointment_changes c JOIN appointments a ON a.id = c.appointment_id \
             WHERE c.appointment_id = $1 ORDER BY c.created_at LIMIT 100",
        )
        .bind::<Uuid, _>(id),
    )
    .load(conn)
    .await
}
