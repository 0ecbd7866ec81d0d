use super::{Told, review::Queue};
use crate::{Conn, directory::Page, kept::kept};
use diesel::{
    prelude::*,
    sql_query,
    sql_types::{BigInt, Bool, Date, Nullable, Text, Timestamptz, Uuid},
};
use diesel_async::RunQueryDsl;
use domain::{
    emergency::{EmergencyAccessId, LIFETIME, Review},
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
                 AND u.id NOT IN ($1, $2) AND NOT EXISTS (SELECT FROM dependants WHERE person_id = $2 AND guardian_id = u.id) ORDER BY u.id LIMIT $3",
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

/// An access in the list of those who review. Without the reason, which may be clinical.
#[derive(Debug, Clone, QueryableByName)]
pub struct QueueLine {
    #[diesel(sql_type = Uuid)]
    pub id: EmergencyAccessId,
    #[diesel(sql_type = Text)]
    pub doctor: String,
    #[diesel(sql_type = Timestamptz, deserialize_as = jiff_diesel::Timestamp)]
    pub opened_at: Timestamp,
    /// `None`: it waits for a review.
    #[diesel(sql_type = Nullable<Bool>)]
    pub is_justified: Option<bool>,
}

#[derive(QueryableByName)]
struct Count {
    #[diesel(sql_type = BigInt)]
    count: i64,
}

impl Queue {
    /// Which rows, and in which order.
    const fn sql(self) -> (&'static str, &'static str) {
        match self {
            Self::Waiting => ("e.reviewed_at IS NULL", "e.opened_at, e.id"),
            Self::Done => ("e.reviewed_at IS NOT NULL", "e.reviewed_at DESC, e.id"),
        }
    }
}

pub async fn count_queue(conn: &mut Conn, queue: Queue) -> QueryResult<i64> {
    let (which, _) = queue.sql();
    let sql = format!("SELECT count(*) AS count FROM emergency_accesses e WHERE {which}");
    let counted: Count = kept(sql_query(sql)).get_result(conn).await?;
    Ok(counted.count)
}

pub async fn queue(conn: &mut Conn, queue: Queue, page: Page) -> QueryResult<Vec<QueueLine>> {
    let (which, order) = queue.sql();
    kept(
        sql_query(format!(
            "SELECT e.id, u.first_name || ' ' || u.last_name AS doctor, e.opened_at, e.is_justified \
             FROM (SELECT * FROM emergency_accesses e WHERE {which} ORDER BY {order} LIMIT $1 OFFSET $2) AS e \
             JOIN users u ON u.id = e.user_id ORDER BY {order}"
        ))
        .bind::<BigInt, _>(page.size)
        .bind::<BigInt, _>(page.offset()),
    )
    .load(conn)
    .await
}

/// What the doctor did with the record.
#[derive(Debug, Clone, QueryableByName)]
pub struct Deed {
    #[diesel(sql_type = Timestamptz, deserialize_as = jiff_diesel::Timestamp)]
    pub occurred_at: Timestamp,
    #[diesel(sql_type = Text)]
    pub action: String,
}

/// What somebody has said of an access.
#[derive(Debug, Clone)]
pub struct Reviewed {
    pub by: String,
    pub at: Timestamp,
    pub review: Review,
}

/// An access, as those see it who review.
#[derive(Clone)]
pub struct Sheet {
    pub doctor_id: UserId,
    pub doctor: String,
    pub patient: UserId,
    pub patient_name: String,
    pub reason: String,
    pub opened_at: Timestamp,
    pub ends_at: Timestamp,
    pub reviewed: Option<Reviewed>,
    /// Oldest first, [`DEEDS`] at most.
    pub deeds: Vec<Deed>,
}

impl std::fmt::Debug for Sheet {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Sheet").field("patient", &self.patient).finish_non_exhaustive()
    }
}

#[derive(QueryableByName)]
struct SheetRow {
    #[diesel(sql_type = Uuid)]
    doctor_id: UserId,
    #[diesel(sql_type = Text)]
    doctor: String,
    #[diesel(sql_type = Uuid)]
    patient: UserId,
    #[diesel(sql_type = Text)]
    patient_name: String,
    #[diesel(sql_type = Text)]
    reason: String,
    #[diesel(sql_type = Timestamptz)]
    opened_at: jiff_diesel::Timestamp,
    #[diesel(sql_type = Timestamptz)]
    ends_at: jiff_diesel::Timestamp,
    #[diesel(sql_type = Nullable<Text>)]
    reviewed_by: Option<String>,
    #[diesel(sql_type = Nullable<Timestamptz>)]
    reviewed_at: Option<jiff_diesel::Timestamp>,
    #[diesel(sql_type = Nullable<Bool>)]
    is_justified: Option<bool>,
    #[diesel(sql_type = Nullable<Text>)]
    finding: Option<String>,
}

/// How many deeds a sheet shows.
const DEEDS: i64 = 100;

pub async fn sheet(conn: &mut Conn, id: EmergencyAccessId) -> QueryResult<Option<Sheet>> {
    let row: Option<SheetRow> = kept(
        sql_query(
            "SELECT e.user_id AS doctor_id, u.first_name || ' ' || u.last_name AS doctor, e.patient_id AS patient, \
                 p.first_name || ' ' || p.last_name AS patient_name, e.reason, e.opened_at, e.ends_at, \
                 r.first_name || ' ' || r.last_name AS reviewed_by, e.reviewed_at, e.is_justified, e.finding \
             FROM emergency_accesses e JOIN users u ON u.id = e.user_id JOIN users p ON p.id = e.patient_id \
             LEFT JOIN users r ON r.id = e.reviewed_by WHERE e.id = $1",
        )
        .bind::<Uuid, _>(id),
    )
    .get_result(conn)
    .await
    .optional()?;
    let Some(row) = row else { return Ok(None) };
    let deeds = kept(
        sql_query(
            "SELECT occurred_at, action FROM audit_events \
             WHERE patient_id = $1 AND actor_id = $2 AND occurred_at BETWEEN $3 AND $4 ORDER BY occurred_at, id LIMIT $5",
        )
        .bind::<Uuid, _>(row.patient)
        .bind::<Uuid, _>(row.doctor_id)
        .bind::<Timestamptz, _>(row.opened_at)
        .bind::<Timestamptz, _>(row.ends_at)
        .bind::<BigInt, _>(DEEDS),
    )
    .load(conn)
    .await?;
    let reviewed = match (row.reviewed_by, row.reviewed_at, row.is_justified) {
        (Some(by), Some(at), Some(is_justified)) => {
            let review = Review { is_justified, finding: row.finding };
            Some(Reviewed { by, at: at.to_jiff(), review })
        }
        _ => None,
    };
    Ok(Some(Sheet {
        doctor_id: row.doctor_id,
        doctor: row.doctor,
        patient: row.patient,
        patient_name: row.patient_name,
        reason: row.reason,
        opened_at: row.opened_at.to_jiff(),
        ends_at: row.ends_at.to_jiff(),
        reviewed,
        deeds,
    }))
}

/// Writes the review of an access that has had none, and ends it: what came after would be seen by nobody. Whose
/// record it was. `None`: there is nothing to review.
pub async fn review(
    conn: &mut Conn,
    id: EmergencyAccessId,
    reviewer: UserId,
    review: &Review,
) -> QueryResult<Option<UserId>> {
    let now = diesel::dsl::sql::<Nullable<Timestamptz>>("clock_timestamp()");
    let over = diesel::dsl::sql::<Timestamptz>("least(ends_at, clock_timestamp())");
    diesel::update(
        emergency_accesses::table.find(id).filter(emergency_accesses::reviewed_at.is_null()),
    )
    .set((
        emergency_accesses::ends_at.eq(over),
        emergency_accesses::reviewed_by.eq(reviewer),
        emergency_accesses::reviewed_at.eq(now),
        emergency_accesses::is_justified.eq(review.is_justified),
        emergency_accesses::finding.eq(&review.finding),
    ))
    .returning(emergency_accesses::patient_id)
    .get_result(conn)
    .await
    .optional()
}
