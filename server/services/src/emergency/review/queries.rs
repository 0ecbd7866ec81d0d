use super::Queue;
use crate::{Conn, directory::Page, emergency::queries::Count, kept::kept};
use diesel::{
    prelude::*,
    sql_query,
    sql_types::{BigInt, Bool, Nullable, Text, Timestamptz, Uuid},
};
use diesel_async::RunQueryDsl;
use domain::{
    emergency::{EmergencyAccessId, Review},
    identity::UserId,
};
use jiff::Timestamp;
use schema::emergency_accesses;

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
