use crate::{Conn, kept::kept, proxies::authority::people};
use diesel::{
    prelude::*,
    sql_query,
    sql_types::{Bool, Date, Nullable, Text, Uuid},
};
use diesel_async::RunQueryDsl;
use domain::{
    booking::{AppointmentId, VisitKind},
    directory::ProviderId,
    identity::UserId,
    proxies::Scope,
};
use jiff::civil;
use jiff_diesel::ToDiesel;
use schema::appointments;

/// Around which day the doctor would see the patient again.
pub async fn set_follow_up(
    conn: &mut Conn,
    id: AppointmentId,
    day: civil::Date,
) -> QueryResult<()> {
    diesel::update(appointments::table.find(id))
        .set(appointments::next_appointment_recommended.eq(day.to_diesel()))
        .execute(conn)
        .await?;
    Ok(())
}

/// A visit after which the doctor would see the patient again.
#[derive(Debug, Clone, QueryableByName)]
pub struct FollowUp {
    #[diesel(sql_type = Uuid)]
    pub appointment_id: AppointmentId,
    #[diesel(sql_type = Uuid)]
    pub patient_id: UserId,
    /// Whether the patient has an account of their own, and lets the reader book.
    #[diesel(sql_type = Bool)]
    pub is_entrusted: bool,
    #[diesel(sql_type = Uuid)]
    pub provider_id: ProviderId,
    #[diesel(sql_type = Text)]
    pub provider_name: String,
    #[diesel(sql_type = Text)]
    pub kind: VisitKind,
    /// Whose visit it was, if somebody else reads for them.
    #[diesel(sql_type = Nullable<Text>)]
    pub for_name: Option<String>,
    /// Around which day.
    #[diesel(sql_type = Date, deserialize_as = jiff_diesel::Date)]
    pub day: civil::Date,
}

/// What doctors have suggested to `user` and to those they book for, as long as no visit with the same doctor
/// follows, and for three months after the day; soonest first, twenty at most.
pub async fn follow_ups(
    conn: &mut Conn,
    user: UserId,
    today: civil::Date,
) -> QueryResult<Vec<FollowUp>> {
    kept(
        sql_query(format!(
            "SELECT a.id AS appointment_id, a.patient_id, a.patient_id <> $1 AND p.email IS NOT NULL AS is_entrusted, a.provider_id, 'Dr ' || d.first_name || ' ' || d.last_name AS provider_name,
                 a.appointment_type AS kind, CASE WHEN a.patient_id <> $1 THEN p.first_name || ' ' || p.last_name END AS for_name,
                 a.next_appointment_recommended AS day
             FROM appointments a
             JOIN users p ON p.id = a.patient_id
             JOIN providers d ON d.id = a.provider_id
             WHERE a.patient_id = ANY({}) AND a.next_appointment_recommended > $2::date - 90 AND d.is_active
                 AND NOT EXISTS (SELECT FROM appointments later
                     WHERE later.patient_id = a.patient_id AND later.provider_id = a.provider_id
                         AND later.starts_at > a.starts_at AND later.held_until IS NULL
                         AND later.status NOT IN ('cancelled', 'expired', 'no_show'))
             ORDER BY day LIMIT 20",
            people("$1", Scope::Booking)
        ))
        .bind::<Uuid, _>(user)
        .bind::<Date, _>(today.to_diesel()),
    )
    .load(conn)
    .await
}
