use crate::{Conn, kept::kept};
use diesel::{
    prelude::*,
    sql_query,
    sql_types::{Array, BigInt, Integer, Text, Timestamptz, Uuid},
};
use diesel_async::RunQueryDsl;
use domain::{
    booking::{AppointmentId, AppointmentStatus, OpenReminder, ReminderKind},
    identity::UserId,
};
use jiff::Timestamp;
use jiff_diesel::ToDiesel;
use schema::appointment_reminders;

/// The visits `a` with who reads `u` what is said of them: their patient or, where that one has no address, whoever acts for them.
const READERS: &str = "JOIN users p ON p.id = a.patient_id LEFT JOIN dependants g ON g.person_id = p.id \
     JOIN users u ON u.id = coalesce(CASE WHEN p.email IS NULL THEN g.guardian_id END, p.id)";

/// A visit without a plan for the time that it has.
#[derive(QueryableByName)]
pub struct Unplanned {
    #[diesel(sql_type = Uuid)]
    pub id: AppointmentId,
    #[diesel(sql_type = Timestamptz, deserialize_as = jiff_diesel::Timestamp)]
    pub starts_at: Timestamp,
    /// That of the reader.
    #[diesel(sql_type = Text)]
    pub time_zone: String,
}

/// Those that start within that stretch of time, `limit` at most.
pub async fn unplanned(
    conn: &mut Conn,
    (after, until): (Timestamp, Timestamp),
    limit: usize,
) -> QueryResult<Vec<Unplanned>> {
    kept(
        sql_query(format!(
            "SELECT a.id, a.starts_at, u.time_zone FROM appointments a {READERS} \
             WHERE a.status IN ('scheduled', 'confirmed', 'rescheduled') AND a.starts_at > $1 AND a.starts_at <= $2 \
                 AND NOT EXISTS (SELECT FROM appointment_reminders r WHERE r.appointment_id = a.id AND r.starts_at = a.starts_at) \
             ORDER BY a.starts_at, a.id LIMIT $3"
        ))
        .bind::<Timestamptz, _>(after.to_diesel())
        .bind::<Timestamptz, _>(until.to_diesel())
        .bind::<BigInt, _>(i64::try_from(limit).unwrap_or(i64::MAX)),
    )
    .load(conn)
    .await
}

/// When to look whether somebody is reminded of a visit that starts then.
pub struct Planned {
    pub appointment_id: AppointmentId,
    pub starts_at: Timestamp,
    pub kind: ReminderKind,
    pub due_at: Timestamp,
}

/// Another server may have planned the same.
pub async fn insert_planned(conn: &mut Conn, planned: &[Planned]) -> QueryResult<()> {
    let ids: Vec<_> = planned.iter().map(|one| one.appointment_id).collect();
    let starts: Vec<_> = planned.iter().map(|one| one.starts_at.to_diesel()).collect();
    let kinds: Vec<_> = planned.iter().map(|one| one.kind).collect();
    let due: Vec<_> = planned.iter().map(|one| one.due_at.to_diesel()).collect();
    kept(
        sql_query(
            "INSERT INTO appointment_reminders (appointment_id, starts_at, kind, due_at) \
             SELECT * FROM unnest($1::uuid[], $2::timestamptz[], $3::text[], $4::timestamptz[]) ON CONFLICT DO NOTHING",
        )
        .bind::<Array<Uuid>, _>(ids)
        .bind::<Array<Timestamptz>, _>(starts)
        .bind::<Array<Text>, _>(kinds)
        .bind::<Array<Timestamptz>, _>(due),
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Who reads reminders.
#[derive(QueryableByName)]
pub struct Reader {
    #[diesel(sql_type = Uuid)]
    pub id: UserId,
    #[diesel(sql_type = Text)]
    pub time_zone: String,
}

/// Somebody for whom a reminder is due, and whom nobody else holds. They are held until the transaction ends.
pub async fn lock_reader(conn: &mut Conn, now: Timestamp) -> QueryResult<Option<Reader>> {
    kept(
        sql_query(format!(
            "SELECT u.id, u.time_zone FROM appointment_reminders r JOIN appointments a ON a.id = r.appointment_id {READERS} \
             WHERE r.decided_at IS NULL AND r.due_at <= $1 ORDER BY r.due_at LIMIT 1 FOR NO KEY UPDATE OF u SKIP LOCKED"
        ))
        .bind::<Timestamptz, _>(now.to_diesel()),
    )
    .get_result(conn)
    .await
    .optional()
}

/// A reminder that is not decided on, and how its visit is now.
#[derive(QueryableByName)]
pub struct Open {
    #[diesel(sql_type = Uuid)]
    pub appointment_id: AppointmentId,
    #[diesel(sql_type = Integer)]
    pub sequence: i32,
    #[diesel(sql_type = Text)]
    pub kind: ReminderKind,
    #[diesel(sql_type = Timestamptz, deserialize_as = jiff_diesel::Timestamp)]
    due_at: Timestamp,
    #[diesel(sql_type = Timestamptz, deserialize_as = jiff_diesel::Timestamp)]
    planned_for: Timestamp,
    #[diesel(sql_type = Timestamptz, deserialize_as = jiff_diesel::Timestamp)]
    starts_at: Timestamp,
    #[diesel(sql_type = Text)]
    status: AppointmentStatus,
    #[diesel(sql_type = Timestamptz, deserialize_as = jiff_diesel::Timestamp)]
    known_since: Timestamp,
}

impl Open {
    /// As the rule reads it.
    pub fn rule(&self) -> OpenReminder {
        OpenReminder {
            kind: self.kind,
            due_at: self.due_at,
            planned_for: self.planned_for,
            starts_at: self.starts_at,
            status: self.status,
            known_since: self.known_since,
        }
    }
}

/// Those that `reader` reads, in order of their visits.
pub async fn open_reminders(conn: &mut Conn, reader: UserId) -> QueryResult<Vec<Open>> {
    kept(
        sql_query(format!(
            "SELECT r.appointment_id, a.sequence, r.kind, r.due_at, r.starts_at AS planned_for, a.starts_at, a.status, \
                 greatest(a.created_at, (SELECT max(c.created_at) FROM appointment_changes c WHERE c.appointment_id = a.id \
                     AND (c.from_starts_at <> c.to_starts_at OR c.from_status = 'requested'))) AS known_since \
             FROM appointments a {READERS} JOIN appointment_reminders r ON r.appointment_id = a.id \
             WHERE a.patient_id = ANY (ARRAY(SELECT $1::uuid UNION ALL SELECT person_id FROM dependants WHERE guardian_id = $1)) \
                 AND u.id = $1 AND r.decided_at IS NULL ORDER BY a.starts_at, a.id"
        ))
        .bind::<Uuid, _>(reader),
    )
    .load(conn)
    .await
}

pub async fn set_decided(conn: &mut Conn, open: &Open, now: Timestamp) -> QueryResult<()> {
    let key = (open.appointment_id, open.planned_for.to_diesel(), open.kind);
    diesel::update(appointment_reminders::table.find(key))
        .set(appointment_reminders::decided_at.eq(now.to_diesel()))
        .execute(conn)
        .await?;
    Ok(())
}

pub async fn set_sent(
    conn: &mut Conn,
    (id, starts_at): (AppointmentId, Timestamp),
    kind: ReminderKind,
    now: Timestamp,
) -> QueryResult<()> {
    diesel::update(appointment_reminders::table.find((id, starts_at.to_diesel(), kind)))
        .set(appointment_reminders::sent_at.eq(now.to_diesel()))
        .execute(conn)
        .await?;
    Ok(())
}
