use crate::{Conn, booking::Visit, kept::kept, proxies::authority::people};
use diesel::{
    dsl::sql,
    prelude::*,
    sql_query,
    sql_types::{Binary, Bool, Integer, Nullable, Text, Timestamptz, Uuid},
};
use diesel_async::RunQueryDsl;
use domain::{
    booking::{AppointmentId, AppointmentStatus, VisitKind},
    directory::ProviderId,
    identity::UserId,
    proxies::Scope,
};
use jiff::Timestamp;
use jiff_diesel::ToDiesel;
use schema::{calendar_feeds, providers, users};

/// A feed that is switched on.
#[derive(Debug, Clone, Queryable, Selectable)]
#[diesel(table_name = calendar_feeds, check_for_backend(diesel::pg::Pg))]
pub struct Feed {
    #[diesel(deserialize_as = jiff_diesel::Timestamp)]
    pub issued_at: Timestamp,
    #[diesel(deserialize_as = jiff_diesel::NullableTimestamp)]
    pub last_read_at: Option<Timestamp>,
}

pub async fn feed(conn: &mut Conn, user: UserId) -> QueryResult<Option<Feed>> {
    calendar_feeds::table.find(user).select(Feed::as_select()).first(conn).await.optional()
}

#[derive(QueryableByName)]
struct Put {
    #[diesel(sql_type = Bool)]
    rotated: bool,
}

/// Stores the hash of a new token; whether there was another one before.
pub async fn put_feed(
    conn: &mut Conn,
    user: UserId,
    token_hash: &[u8],
    now: Timestamp,
) -> QueryResult<bool> {
    let row: Put = kept(
        sql_query(
            "INSERT INTO calendar_feeds (user_id, token_hash, issued_at) VALUES ($1, $2, $3) \
             ON CONFLICT (user_id) DO UPDATE SET token_hash = excluded.token_hash, \
                 issued_at = excluded.issued_at, last_read_at = NULL \
             RETURNING xmax <> 0 AS rotated",
        )
        .bind::<Uuid, _>(user)
        .bind::<Binary, _>(token_hash)
        .bind::<Timestamptz, _>(now.to_diesel()),
    )
    .get_result(conn)
    .await?;
    Ok(row.rotated)
}

/// Whether there was one.
pub async fn delete_feed(conn: &mut Conn, user: UserId) -> QueryResult<bool> {
    Ok(diesel::delete(calendar_feeds::table.find(user)).execute(conn).await? > 0)
}

/// Whose feed a token opens.
#[derive(Debug, Queryable)]
pub struct Owner {
    pub user: UserId,
    pub provider: Option<ProviderId>,
    #[diesel(deserialize_as = jiff_diesel::NullableTimestamp)]
    pub last_read_at: Option<Timestamp>,
}

/// The active person whose token has this hash.
pub async fn owner(conn: &mut Conn, token_hash: &[u8]) -> QueryResult<Owner> {
    calendar_feeds::table
        .inner_join(users::table)
        // Those who may run visits no longer see none in their calendar either.
        .left_join(
            providers::table.on(providers::user_id.eq(calendar_feeds::user_id.nullable()).and(
                sql::<Bool>(
                    "EXISTS (SELECT FROM user_roles g JOIN roles r ON r.id = g.role_id \
                     WHERE g.user_id = calendar_feeds.user_id AND r.is_active AND r.permissions ? 'visits.run')",
                ),
            )),
        )
        .filter(calendar_feeds::token_hash.eq(token_hash))
        .filter(users::is_active)
        .select((calendar_feeds::user_id, providers::id.nullable(), calendar_feeds::last_read_at))
        .first(conn)
        .await
}

pub async fn set_read(conn: &mut Conn, user: UserId, now: Timestamp) -> QueryResult<()> {
    diesel::update(calendar_feeds::table.find(user))
        .set(calendar_feeds::last_read_at.eq(now.to_diesel()))
        .execute(conn)
        .await?;
    Ok(())
}

/// What a calendar may know of a visit.
#[derive(Debug, Clone, QueryableByName)]
pub struct FeedVisit {
    #[diesel(sql_type = Uuid)]
    pub id: AppointmentId,
    #[diesel(sql_type = Uuid)]
    pub patient_id: UserId,
    #[diesel(sql_type = Text)]
    pub patient_name: String,
    /// Whether somebody else reads for the patient, who has no account.
    #[diesel(sql_type = Bool)]
    pub has_guardian: bool,
    #[diesel(sql_type = Text)]
    pub provider_name: String,
    #[diesel(sql_type = Nullable<Text>)]
    pub hospital_name: Option<String>,
    #[diesel(sql_type = Nullable<Text>)]
    pub hospital_address: Option<String>,
    #[diesel(sql_type = Timestamptz, deserialize_as = jiff_diesel::Timestamp)]
    pub starts_at: Timestamp,
    #[diesel(sql_type = Timestamptz, deserialize_as = jiff_diesel::Timestamp)]
    pub ends_at: Timestamp,
    #[diesel(sql_type = Text)]
    pub time_zone: String,
    #[diesel(sql_type = Text)]
    pub appointment_type: VisitKind,
    #[diesel(sql_type = Text)]
    pub status: AppointmentStatus,
    #[diesel(sql_type = Integer)]
    pub sequence: i32,
    #[diesel(sql_type = Timestamptz, deserialize_as = jiff_diesel::Timestamp)]
    pub updated_at: Timestamp,
}

impl From<&Visit> for FeedVisit {
    fn from(visit: &Visit) -> Self {
        Self {
            id: visit.id,
            patient_id: visit.patient_id,
            patient_name: visit.patient_name.clone(),
            has_guardian: visit.guardian_id.is_some(),
            provider_name: visit.provider_name.clone(),
            hospital_name: visit.hospital_name.clone(),
            hospital_address: visit.hospital_address.clone(),
            starts_at: visit.starts_at,
            ends_at: visit.ends_at,
            time_zone: visit.time_zone.clone(),
            appointment_type: visit.appointment_type,
            status: visit.status,
            sequence: visit.sequence,
            updated_at: visit.updated_at,
        }
    }
}

/// What was agreed on, and what was cancelled since `from`; a thousand at most, in order of start.
const VISITS: &str = "\
SELECT a.id, a.patient_id, p.first_name || ' ' || p.last_name AS patient_name, g.person_id IS NOT NULL AS has_guardian,
    'Dr ' || d.first_name || ' ' || d.last_name AS provider_name,
    h.name AS hospital_name, h.address || ', ' || h.city || ', ' || h.country AS hospital_address,
    a.starts_at, a.ends_at, a.time_zone, a.appointment_type, a.status, a.sequence, a.updated_at
FROM appointments a
JOIN users p ON p.id = a.patient_id
JOIN providers d ON d.id = a.provider_id
LEFT JOIN hospitals h ON h.id = a.hospital_id
LEFT JOIN dependants g ON g.person_id = a.patient_id
WHERE a.starts_at >= $2 AND a.starts_at < $3 AND a.held_until IS NULL
    AND (a.status <> 'cancelled' OR a.cancelled_at >= $2)";

const IN_ORDER: &str = "ORDER BY a.starts_at LIMIT 1000";

/// The visits of a patient, of their dependants and of those who let them see theirs, that start in a stretch of time.
pub async fn visits_of_patient(
    conn: &mut Conn,
    patient: UserId,
    from: Timestamp,
    until: Timestamp,
) -> QueryResult<Vec<FeedVisit>> {
    kept(
        sql_query(format!(
            "{VISITS} AND a.patient_id = ANY({}) {IN_ORDER}",
            people("$1", Scope::Visits)
        ))
        .bind::<Uuid, _>(patient)
        .bind::<Timestamptz, _>(from.to_diesel())
        .bind::<Timestamptz, _>(until.to_diesel()),
    )
    .load(conn)
    .await
}

/// The visits of a doctor that start in a stretch of time.
pub async fn visits_of_provider(
    conn: &mut Conn,
    provider: ProviderId,
    from: Timestamp,
    until: Timestamp,
) -> QueryResult<Vec<FeedVisit>> {
    kept(
        sql_query(format!("{VISITS} AND a.provider_id = $1 {IN_ORDER}"))
            .bind::<Uuid, _>(provider)
            .bind::<Timestamptz, _>(from.to_diesel())
            .bind::<Timestamptz, _>(until.to_diesel()),
    )
    .load(conn)
    .await
}
