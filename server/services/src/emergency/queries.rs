use super::Told;
use crate::{Conn, kept::kept};
use diesel::{
    prelude::*,
    sql_query,
    sql_types::{BigInt, Bool, Date, Nullable, Text, Timestamptz, Uuid},
};
use diesel_async::RunQueryDsl;
use domain::{
    emergency::{EmergencyAccessId, LIFETIME},
    identity::{Email, UserId},
};
use jiff::{Timestamp, civil};
use jiff_diesel::ToDiesel;
use schema::{emergency_accesses, users};

/// Whose address it is.
pub async fn by_email(conn: &mut Conn, email: &Email) -> QueryResult<Vec<UserId>> {
    users::table
        .filter(users::email.eq(email.as_str()))
        .filter(users::is_active)
        .select(users::id)
        .limit(2)
        .load(conn)
        .await
}

#[derive(QueryableByName)]
struct Found {
    #[diesel(sql_type = Uuid)]
    id: UserId,
}

/// Who has that name and was born on that day; two where there are more.
pub async fn by_birth(
    conn: &mut Conn,
    (first_name, last_name): (&str, &str),
    date_of_birth: civil::Date,
) -> QueryResult<Vec<UserId>> {
    let found: Vec<Found> = kept(
        sql_query(
            "SELECT id FROM users WHERE date_of_birth = $1 AND lower(last_name) = lower($2) \
             AND lower(first_name) = lower($3) AND is_active LIMIT 2",
        )
        .bind::<Date, _>(date_of_birth.to_diesel())
        .bind::<Text, _>(last_name)
        .bind::<Text, _>(first_name),
    )
    .load(conn)
    .await?;
    Ok(found.into_iter().map(|found| found.id).collect())
}

/// Lets the doctor open one record after the other.
pub async fn lock(conn: &mut Conn, doctor: UserId) -> QueryResult<()> {
    kept(
        sql_query("SELECT pg_advisory_xact_lock(hashtextextended('emergency/' || $1::text, 1))")
            .bind::<Uuid, _>(doctor),
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Whether `doctor` has opened the record of `patient` less than an hour ago.
pub async fn is_open(conn: &mut Conn, doctor: UserId, patient: UserId) -> QueryResult<bool> {
    let open = kept(
        sql_query(
            "SELECT FROM emergency_accesses \
             WHERE user_id = $1 AND patient_id = $2 AND ends_at > clock_timestamp() LIMIT 1",
        )
        .bind::<Uuid, _>(doctor)
        .bind::<Uuid, _>(patient),
    );
    Ok(open.execute(conn).await? == 1)
}

pub async fn insert(
    conn: &mut Conn,
    id: EmergencyAccessId,
    (doctor, patient): (UserId, UserId),
    reason: &str,
) -> QueryResult<()> {
    kept(
        sql_query(
            "INSERT INTO emergency_accesses (id, user_id, patient_id, reason, opened_at, ends_at) \
             SELECT $1, $2, $3, $4, now, now + $5 * interval '1 minute' FROM (SELECT clock_timestamp() AS now) AS clock",
        )
        .bind::<Uuid, _>(id)
        .bind::<Uuid, _>(doctor)
        .bind::<Uuid, _>(patient)
        .bind::<Text, _>(reason)
        .bind::<BigInt, _>(LIFETIME.as_mins()),
    )
    .execute(conn)
    .await?;
    Ok(())
}

#[derive(QueryableByName)]
pub struct Count {
    #[diesel(sql_type = BigInt)]
    pub count: i64,
}

/// How many records `doctor` has opened in the last hour.
pub async fn opened_lately(conn: &mut Conn, doctor: UserId) -> QueryResult<i64> {
    let counted: Count = kept(
        sql_query(
            "SELECT count(*) AS count FROM emergency_accesses \
             WHERE user_id = $1 AND ends_at > clock_timestamp() - interval '1 hour' \
                 AND opened_at > clock_timestamp() - interval '1 hour'",
        )
        .bind::<Uuid, _>(doctor),
    )
    .get_result(conn)
    .await?;
    Ok(counted.count)
}

/// Ends what is open; which one it was.
pub async fn end(
    conn: &mut Conn,
    doctor: UserId,
    patient: UserId,
) -> QueryResult<Option<EmergencyAccessId>> {
    let now = diesel::dsl::sql::<Timestamptz>("clock_timestamp()");
    diesel::update(
        emergency_accesses::table
            .filter(emergency_accesses::user_id.eq(doctor))
            .filter(emergency_accesses::patient_id.eq(patient))
            .filter(emergency_accesses::ends_at.gt(now.clone())),
    )
    .set(emergency_accesses::ends_at.eq(now))
    .returning(emergency_accesses::id)
    .get_result(conn)
    .await
    .optional()
}

/// Those who look at what `doctor` has opened, `limit` at most: neither the doctor, nor the patient, nor who acts for
/// them.
pub async fn reviewers(
    conn: &mut Conn,
    doctor: UserId,
    patient: UserId,
    limit: i64,
) -> QueryResult<Vec<UserId>> {
    let found: Vec<Found> = kept(
        sql_query(
            "SELECT DISTINCT u.id FROM roles r JOIN user_roles g ON g.role_id = r.id JOIN users u ON u.id = g.user_id \
             WHERE r.is_active AND r.permissions ? 'emergencies.review' AND u.is_active AND u.email IS NOT NULL \
                 AND u.id NOT IN ($1, $2) AND NOT EXISTS (SELECT FROM dependants WHERE person_id = $2 AND guardian_id = u.id) \
                 AND $2 NOT IN (SELECT acts_for(u.id, scope) FROM unnest(ARRAY['visits', 'booking', 'health']) AS scope) ORDER BY u.id LIMIT $3",
        )
        .bind::<Uuid, _>(doctor)
        .bind::<Uuid, _>(patient)
        .bind::<BigInt, _>(limit),
    )
    .load(conn)
    .await?;
    Ok(found.into_iter().map(|found| found.id).collect())
}

/// Who reads what is written to `patient`: they or, where they have no account, whoever acts for them.
pub async fn who_reads_for(conn: &mut Conn, patient: UserId) -> QueryResult<Option<UserId>> {
    let found: Option<Found> = kept(
        sql_query(
            "SELECT CASE WHEN u.email IS NULL THEN g.guardian_id ELSE u.id END AS id \
             FROM users u LEFT JOIN dependants g ON g.person_id = u.id AND g.removed_at IS NULL \
             WHERE u.id = $1 AND (u.email IS NOT NULL OR g.guardian_id IS NOT NULL)",
        )
        .bind::<Uuid, _>(patient),
    )
    .get_result(conn)
    .await
    .optional()?;
    Ok(found.map(|found| found.id))
}

/// A record that is open now.
#[derive(Debug, Clone, QueryableByName)]
pub struct OpenAccess {
    #[diesel(sql_type = Uuid)]
    pub patient: UserId,
    #[diesel(sql_type = Text)]
    pub patient_name: String,
    #[diesel(sql_type = Timestamptz, deserialize_as = jiff_diesel::Timestamp)]
    pub ends_at: Timestamp,
}

pub async fn open_now(conn: &mut Conn, doctor: UserId, limit: i64) -> QueryResult<Vec<OpenAccess>> {
    kept(
        sql_query(
            "SELECT e.patient_id AS patient, p.first_name || ' ' || p.last_name AS patient_name, e.ends_at \
             FROM emergency_accesses e JOIN users p ON p.id = e.patient_id \
             WHERE e.user_id = $1 AND e.ends_at > clock_timestamp() ORDER BY e.ends_at LIMIT $2",
        )
        .bind::<Uuid, _>(doctor)
        .bind::<BigInt, _>(limit),
    )
    .load(conn)
    .await
}

/// An access, as the person reads of it whose record it was.
#[derive(Clone, QueryableByName)]
pub struct PastAccess {
    #[diesel(sql_type = Text)]
    pub patient_name: String,
    #[diesel(sql_type = Text)]
    pub doctor: String,
    #[diesel(sql_type = Timestamptz, deserialize_as = jiff_diesel::Timestamp)]
    pub opened_at: Timestamp,
    #[diesel(sql_type = Text)]
    pub reason: String,
    #[diesel(sql_type = Nullable<Bool>)]
    pub is_justified: Option<bool>,
    #[diesel(sql_type = Nullable<Text>)]
    pub finding: Option<String>,
}

impl std::fmt::Debug for PastAccess {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("PastAccess").field("opened_at", &self.opened_at).finish_non_exhaustive()
    }
}

/// Those to the record of `person` and of whom they act for, newest first.
pub async fn of_family(
    conn: &mut Conn,
    person: UserId,
    limit: i64,
) -> QueryResult<Vec<PastAccess>> {
    kept(
        sql_query(
            "SELECT p.first_name || ' ' || p.last_name AS patient_name, 'Dr ' || u.first_name || ' ' || u.last_name AS doctor, \
                 e.opened_at, e.reason, e.is_justified, e.finding \
             FROM emergency_accesses e JOIN users p ON p.id = e.patient_id JOIN users u ON u.id = e.user_id \
             WHERE e.patient_id = ANY (ARRAY(SELECT $1 UNION ALL \
                 SELECT person_id FROM dependants WHERE guardian_id = $1 AND removed_at IS NULL)) \
             ORDER BY e.opened_at DESC LIMIT $2",
        )
        .bind::<Uuid, _>(person)
        .bind::<BigInt, _>(limit),
    )
    .load(conn)
    .await
}

#[derive(QueryableByName)]
struct ToldRow {
    #[diesel(sql_type = Uuid)]
    patient: UserId,
    #[diesel(sql_type = Text)]
    patient_name: String,
    #[diesel(sql_type = Text)]
    doctor: String,
    #[diesel(sql_type = Timestamptz)]
    opened_at: jiff_diesel::Timestamp,
    #[diesel(sql_type = Nullable<Bool>)]
    is_justified: Option<bool>,
}

pub async fn told(conn: &mut Conn, id: EmergencyAccessId) -> QueryResult<Option<Told>> {
    let row: Option<ToldRow> = kept(
        sql_query(
            "SELECT e.patient_id AS patient, p.first_name || ' ' || p.last_name AS patient_name, \
                 'Dr ' || u.first_name || ' ' || u.last_name AS doctor, e.opened_at, e.is_justified \
             FROM emergency_accesses e JOIN users p ON p.id = e.patient_id JOIN users u ON u.id = e.user_id WHERE e.id = $1",
        )
        .bind::<Uuid, _>(id),
    )
    .get_result(conn)
    .await
    .optional()?;
    Ok(row.map(|row| Told {
        patient: row.patient,
        patient_name: row.patient_name,
        doctor: row.doctor,
        opened_at: row.opened_at.to_jiff(),
        is_justified: row.is_justified,
    }))
}
