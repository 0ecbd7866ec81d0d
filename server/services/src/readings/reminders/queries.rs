use crate::{Conn, kept::kept};
use diesel::{
    prelude::*,
    sql_query,
    sql_types::{Nullable, Text, Timestamptz, Uuid},
};
use diesel_async::RunQueryDsl;
use domain::{identity::UserId, readings::MetricKind};
use jiff::Timestamp;
use jiff_diesel::ToDiesel;

/// Plans to look at `due` whether `patient` has stopped to measure `kind`.
pub async fn put(
    conn: &mut Conn,
    (patient, kind): (UserId, MetricKind),
    due: Timestamp,
) -> QueryResult<()> {
    kept(
        sql_query(
            "INSERT INTO reading_reminders (patient_id, kind, due_at) VALUES ($1, $2, $3) \
             ON CONFLICT (patient_id, kind) DO UPDATE SET due_at = excluded.due_at",
        )
        .bind::<Uuid, _>(patient)
        .bind::<Text, _>(kind)
        .bind::<Timestamptz, _>(due.to_diesel()),
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Plans no such look.
pub async fn forget(conn: &mut Conn, (patient, kind): (UserId, MetricKind)) -> QueryResult<()> {
    kept(
        sql_query("DELETE FROM reading_reminders WHERE patient_id = $1 AND kind = $2")
            .bind::<Uuid, _>(patient)
            .bind::<Text, _>(kind),
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Who is to be looked at, and at which of their readings.
#[derive(QueryableByName)]
pub struct Due {
    #[diesel(sql_type = Uuid)]
    pub patient_id: UserId,
    #[diesel(sql_type = Text)]
    pub kind: MetricKind,
    /// `None`: they have no account any more.
    #[diesel(sql_type = Nullable<Text>)]
    pub time_zone: Option<String>,
}

/// Takes one that is due and that nobody else holds.
pub async fn take(conn: &mut Conn, now: Timestamp) -> QueryResult<Option<Due>> {
    kept(
        sql_query(
            "WITH due AS ( \
                 SELECT patient_id, kind FROM reading_reminders WHERE due_at <= $1 \
                 ORDER BY due_at LIMIT 1 FOR UPDATE SKIP LOCKED \
             ), done AS ( \
                 DELETE FROM reading_reminders AS r USING due WHERE r.patient_id = due.patient_id AND r.kind = due.kind \
             ) \
             SELECT due.patient_id, due.kind, u.time_zone FROM due LEFT JOIN users u ON u.id = due.patient_id AND u.is_active",
        )
        .bind::<Timestamptz, _>(now.to_diesel()),
    )
    .get_result(conn)
    .await
    .optional()
}
