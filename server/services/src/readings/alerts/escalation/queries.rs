use crate::{Conn, kept::kept};
use diesel::{
    prelude::*,
    sql_query,
    sql_types::{BigInt, Text, Timestamptz, Uuid},
};
use diesel_async::RunQueryDsl;
use domain::{identity::UserId, readings::ReadingAlertId};
use jiff::Timestamp;
use jiff_diesel::ToDiesel;

/// From when somebody else is told of an alert that nobody has seen.
pub async fn await_seeing(
    conn: &mut Conn,
    id: ReadingAlertId,
    patient: UserId,
    due_at: Timestamp,
) -> QueryResult<()> {
    kept(
        sql_query(
            "INSERT INTO unseen_alerts (alert_id, patient_id, due_at) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING",
        )
        .bind::<Uuid, _>(id)
        .bind::<Uuid, _>(patient)
        .bind::<Timestamptz, _>(due_at.to_diesel()),
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Whether it was still waited for that somebody sees it; now it is not.
pub async fn forget(conn: &mut Conn, id: ReadingAlertId) -> QueryResult<bool> {
    let gone = kept(sql_query("DELETE FROM unseen_alerts WHERE alert_id = $1").bind::<Uuid, _>(id));
    Ok(gone.execute(conn).await? > 0)
}

#[derive(QueryableByName)]
struct DueRow {
    #[diesel(sql_type = Uuid)]
    alert_id: ReadingAlertId,
    #[diesel(sql_type = Uuid)]
    patient_id: UserId,
}

/// Alerts that nobody has seen in time, `limit` at most.
pub async fn due(
    conn: &mut Conn,
    now: Timestamp,
    limit: i64,
) -> QueryResult<Vec<(ReadingAlertId, UserId)>> {
    let rows: Vec<DueRow> = kept(
        sql_query(
            "SELECT alert_id, patient_id FROM unseen_alerts WHERE due_at <= $1 ORDER BY due_at LIMIT $2",
        )
        .bind::<Timestamptz, _>(now.to_diesel())
        .bind::<BigInt, _>(limit),
    )
    .load(conn)
    .await?;
    Ok(rows.into_iter().map(|row| (row.alert_id, row.patient_id)).collect())
}

/// Holds an alert until the transaction ends, if there is one.
pub async fn hold(conn: &mut Conn, id: ReadingAlertId) -> QueryResult<bool> {
    let held = kept(
        sql_query("SELECT FROM reading_alerts WHERE id = $1 FOR NO KEY UPDATE").bind::<Uuid, _>(id),
    );
    Ok(held.execute(conn).await? > 0)
}

/// Notes that somebody else is told; whether there is still something to tell.
pub async fn set_escalated(
    conn: &mut Conn,
    id: ReadingAlertId,
    now: Timestamp,
) -> QueryResult<bool> {
    let set = kept(
        sql_query(
            "UPDATE reading_alerts SET escalated_at = $2 \
             WHERE id = $1 AND ended_at IS NULL AND acknowledged_at IS NULL AND escalated_at IS NULL",
        )
        .bind::<Uuid, _>(id)
        .bind::<Timestamptz, _>(now.to_diesel()),
    );
    Ok(set.execute(conn).await? > 0)
}

#[derive(QueryableByName)]
struct NameRow {
    #[diesel(sql_type = Text)]
    name: String,
}

/// Whose alert it is, if it goes on and nobody has seen it.
pub async fn name_of_unseen(
    conn: &mut Conn,
    patient: UserId,
    id: ReadingAlertId,
) -> QueryResult<Option<String>> {
    let found: Option<NameRow> = kept(
        sql_query(
            "SELECT u.first_name || ' ' || u.last_name AS name FROM reading_alerts a JOIN users u ON u.id = a.patient_id \
             WHERE a.id = $1 AND a.patient_id = $2 AND a.ended_at IS NULL AND a.acknowledged_at IS NULL AND u.is_active",
        )
        .bind::<Uuid, _>(id)
        .bind::<Uuid, _>(patient),
    )
    .get_result(conn)
    .await
    .optional()?;
    Ok(found.map(|found| found.name))
}
