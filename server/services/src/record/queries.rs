use super::access::Access;
use crate::{Conn, account, directory::Page, kept::kept};
use diesel::{
    dsl::exists,
    prelude::*,
    select, sql_query,
    sql_types::{Array, BigInt, Bool, Date, Nullable, Text, Timestamptz, Uuid},
};
use diesel_async::RunQueryDsl;
use domain::{
    account::CheckedHealth,
    booking::{AppointmentId, AppointmentStatus, VisitKind},
    directory::ProviderId,
    identity::UserId,
};
use jiff::{Timestamp, civil};
use schema::appointments;

/// Says to the database until the transaction ends who reads and writes: its row-level security lets nothing else of
/// what people say of their health through than what is theirs to see.
///
/// What is asked then is of one person, and alike for all of them: it is planned once a connection, which for a table of
/// many partitions costs more than the answer.
pub async fn read_as(conn: &mut Conn, reader: UserId) -> QueryResult<()> {
    kept(
        sql_query("SELECT set_config('medconnect.reader', $1::text, true), set_config('plan_cache_mode', 'force_generic_plan', true)")
            .bind::<Uuid, _>(reader),
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// The same, and says whose records a doctor opens: as far as they may be read, their days and hours are asked for once
/// a query, not row by row.
pub async fn open_as(conn: &mut Conn, reader: UserId, patients: &[UserId]) -> QueryResult<()> {
    kept(
        sql_query("SELECT set_config('medconnect.reader', $1::text, true), set_config('medconnect.opened', $2::text, true)")
            .bind::<Uuid, _>(reader)
            .bind::<Array<Uuid>, _>(patients),
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// What stands above a part of a record.
#[derive(Debug, Clone, QueryableByName)]
pub struct Heading {
    #[diesel(sql_type = Text)]
    pub name: String,
    /// On the clock of which the days of the patient are.
    #[diesel(sql_type = Text)]
    pub time_zone: String,
}

pub async fn heading(conn: &mut Conn, access: &Access) -> QueryResult<Heading> {
    kept(
        sql_query(
            "SELECT first_name || ' ' || last_name AS name, time_zone FROM users WHERE id = $1",
        )
        .bind::<Uuid, _>(access.patient()),
    )
    .get_result(conn)
    .await
}

/// The newest access for an emergency that a doctor had to a record.
#[derive(Debug, QueryableByName)]
pub struct Grant {
    #[diesel(sql_type = Timestamptz, deserialize_as = jiff_diesel::Timestamp)]
    pub ends_at: Timestamp,
    #[diesel(sql_type = Bool)]
    pub is_open: bool,
}

/// The newest one that `doctor` had to the record of `patient` in the last day.
pub async fn last_emergency(
    conn: &mut Conn,
    doctor: UserId,
    patient: UserId,
) -> QueryResult<Option<Grant>> {
    kept(
        sql_query(
            "SELECT ends_at, ends_at > clock_timestamp() AS is_open FROM emergency_accesses \
             WHERE user_id = $1 AND patient_id = $2 AND ends_at > clock_timestamp() - interval '1 day' \
             ORDER BY ends_at DESC LIMIT 1",
        )
        .bind::<Uuid, _>(doctor)
        .bind::<Uuid, _>(patient),
    )
    .get_result(conn)
    .await
    .optional()
}

/// The states of visits in which their doctor sees who comes, or came.
pub const TREATED: [AppointmentStatus; 7] = [
    AppointmentStatus::Requested,
    AppointmentStatus::Scheduled,
    AppointmentStatus::Confirmed,
    AppointmentStatus::Rescheduled,
    AppointmentStatus::CheckedIn,
    AppointmentStatus::InProgress,
    AppointmentStatus::Completed,
];

pub async fn has_visit(
    conn: &mut Conn,
    provider: ProviderId,
    patient: UserId,
) -> QueryResult<bool> {
    select(exists(
        appointments::table
            .filter(appointments::patient_id.eq(patient))
            .filter(appointments::provider_id.eq(provider))
            .filter(appointments::status.eq_any(TREATED))
            .select(appointments::id),
    ))
    .get_result(conn)
    .await
}

/// Who a patient is, and whom to call.
#[derive(Clone, QueryableByName)]
pub struct PatientLine {
    #[diesel(sql_type = Uuid)]
    pub id: UserId,
    #[diesel(sql_type = Text)]
    pub name: String,
    #[diesel(sql_type = Nullable<Date>, deserialize_as = jiff_diesel::NullableDate)]
    pub date_of_birth: Option<civil::Date>,
    #[diesel(sql_type = Nullable<Text>)]
    pub phone_number: Option<String>,
    /// The name of their picture, if they have one.
    #[diesel(sql_type = Nullable<Text>)]
    pub picture: Option<String>,
    #[diesel(sql_type = Nullable<Text>)]
    pub emergency_contact_name: Option<String>,
    #[diesel(sql_type = Nullable<Text>)]
    pub emergency_contact_phone: Option<String>,
    /// Who acts for them, if they have no account of their own.
    #[diesel(sql_type = Nullable<Text>)]
    pub guardian: Option<String>,
    #[diesel(sql_type = Nullable<Text>)]
    pub guardian_phone: Option<String>,
}

impl std::fmt::Debug for PatientLine {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("PatientLine").field("id", &self.id).finish_non_exhaustive()
    }
}

pub async fn person(conn: &mut Conn, access: &Access) -> QueryResult<PatientLine> {
    kept(
        sql_query(
            "SELECT u.id, u.first_name || ' ' || u.last_name AS name, u.date_of_birth, u.phone_number, \
                 u.profile_image AS picture, u.emergency_contact_name, u.emergency_contact_phone, \
                 g.first_name || ' ' || g.last_name AS guardian, g.phone_number AS guardian_phone \
             FROM users u LEFT JOIN dependants d ON d.person_id = u.id AND d.removed_at IS NULL LEFT JOIN users g ON g.id = d.guardian_id \
             WHERE u.id = $1",
        )
        .bind::<Uuid, _>(access.patient()),
    )
    .get_result(conn)
    .await
}

/// What the patient says of their health.
pub async fn health(conn: &mut Conn, access: &Access) -> QueryResult<CheckedHealth> {
    account::queries::health(conn, access.patient()).await
}

/// A visit, as it stands in a record.
#[derive(Clone, QueryableByName)]
pub struct RecordedVisit {
    #[diesel(sql_type = Uuid)]
    pub id: AppointmentId,
    #[diesel(sql_type = Timestamptz, deserialize_as = jiff_diesel::Timestamp)]
    pub starts_at: Timestamp,
    #[diesel(sql_type = Text)]
    pub time_zone: String,
    #[diesel(sql_type = Text)]
    pub provider_name: String,
    /// Whether it is with who reads the record.
    #[diesel(sql_type = Bool)]
    pub is_own: bool,
    #[diesel(sql_type = Text)]
    pub appointment_type: VisitKind,
    #[diesel(sql_type = Text)]
    pub status: AppointmentStatus,
    #[diesel(sql_type = Text)]
    pub chief_complaint: String,
}

impl std::fmt::Debug for RecordedVisit {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("RecordedVisit").field("id", &self.id).finish_non_exhaustive()
    }
}

/// `$2` is the doctor who reads; `$3` whether they see the visits with others, too. A time that is only kept is none.
const VISITS: &str = "FROM appointments a JOIN providers d ON d.id = a.provider_id \
    WHERE a.patient_id = $1 AND ($3 OR a.provider_id = $2) AND a.status NOT IN ('held', 'expired')";

#[derive(QueryableByName)]
struct Count {
    #[diesel(sql_type = BigInt)]
    count: i64,
}

pub async fn count_visits(conn: &mut Conn, access: &Access) -> QueryResult<i64> {
    let counted: Count = kept(
        sql_query(format!("SELECT count(*) AS count {VISITS}"))
            .bind::<Uuid, _>(access.patient())
            .bind::<Uuid, _>(access.provider())
            .bind::<Bool, _>(access.sees_all_visits()),
    )
    .get_result(conn)
    .await?;
    Ok(counted.count)
}

/// One page of them, the newest first.
pub async fn visits(
    conn: &mut Conn,
    access: &Access,
    page: Page,
) -> QueryResult<Vec<RecordedVisit>> {
    kept(
        sql_query(format!(
            "SELECT a.id, a.starts_at, a.time_zone, 'Dr ' || d.first_name || ' ' || d.last_name AS provider_name, \
                 a.provider_id = $2 AS is_own, a.appointment_type, a.status, \
                 coalesce(reason_of_visit(a.id, $6), '') AS chief_complaint \
             {VISITS} ORDER BY a.starts_at DESC, a.id LIMIT $4 OFFSET $5"
        ))
        .bind::<Uuid, _>(access.patient())
        .bind::<Uuid, _>(access.provider())
        .bind::<Bool, _>(access.sees_all_visits())
        .bind::<BigInt, _>(page.size)
        .bind::<BigInt, _>(page.offset())
        .bind::<Uuid, _>(access.reader()),
    )
    .load(conn)
    .await
}
