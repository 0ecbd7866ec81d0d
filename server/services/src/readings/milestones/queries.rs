use crate::{Conn, kept::kept};
use diesel::{
    prelude::*,
    sql_query,
    sql_types::{Array, BigInt, Bool, Date as SqlDate, Text, Timestamptz, Uuid},
};
use diesel_async::RunQueryDsl;
use domain::{
    identity::UserId,
    readings::{MetricKind, Milestone, Reached},
};
use jiff::{Timestamp, civil::Date};
use jiff_diesel::ToDiesel;

/// Whose days of which kind are to be looked at.
#[derive(QueryableByName)]
pub struct Look {
    #[diesel(sql_type = Uuid)]
    pub patient_id: UserId,
    #[diesel(sql_type = Text)]
    pub kind: MetricKind,
    #[diesel(sql_type = Text)]
    pub time_zone: String,
}

/// Takes one that is due and that nobody else holds, and puts it off until `later` or, if it was put off before, is done
/// with it.
pub async fn take(conn: &mut Conn, now: Timestamp, later: Timestamp) -> QueryResult<Option<Look>> {
    kept(
        sql_query(
            "WITH due AS ( \
                 SELECT patient_id, kind, again_at FROM reading_milestone_looks \
                 WHERE again_at IS NULL OR again_at <= $1 ORDER BY again_at NULLS FIRST LIMIT 1 FOR UPDATE SKIP LOCKED \
             ), put_off AS ( \
                 UPDATE reading_milestone_looks AS l SET again_at = $2 FROM due \
                 WHERE l.patient_id = due.patient_id AND l.kind = due.kind AND due.again_at IS NULL \
             ), done AS ( \
                 DELETE FROM reading_milestone_looks AS l USING due \
                 WHERE l.patient_id = due.patient_id AND l.kind = due.kind AND due.again_at IS NOT NULL \
             ) \
             SELECT due.patient_id, due.kind, coalesce(u.time_zone, 'UTC') AS time_zone \
             FROM due LEFT JOIN users u ON u.id = due.patient_id",
        )
        .bind::<Timestamptz, _>(now.to_diesel())
        .bind::<Timestamptz, _>(later.to_diesel()),
    )
    .get_result(conn)
    .await
    .optional()
}

/// Has it taken at once.
pub async fn look_again(conn: &mut Conn, patient: UserId, kinds: &[MetricKind]) -> QueryResult<()> {
    kept(
        sql_query(
            "INSERT INTO reading_milestone_looks AS l (patient_id, kind) \
             SELECT $1, kind FROM unnest($2::text[]) AS kind ORDER BY kind \
             ON CONFLICT (patient_id, kind) DO UPDATE SET again_at = NULL WHERE l.again_at IS NOT NULL",
        )
        .bind::<Uuid, _>(patient)
        .bind::<Array<Text>, _>(kinds),
    )
    .execute(conn)
    .await?;
    Ok(())
}

#[derive(QueryableByName)]
struct KeptRow {
    #[diesel(sql_type = Text)]
    what: Milestone,
    #[diesel(sql_type = Bool)]
    is_new: bool,
}

/// Keeps what `patient` has reached; which of it is new. The day becomes an earlier one if that is found later.
pub async fn keep(
    conn: &mut Conn,
    patient: UserId,
    kind: MetricKind,
    all: &[Reached],
) -> QueryResult<Vec<Milestone>> {
    let rows: Vec<KeptRow> = kept(
        sql_query(
            "INSERT INTO reading_milestones AS m (patient_id, kind, what, reached_on) \
             SELECT $1, $2, what, reached_on FROM unnest($3::text[], $4::date[]) AS found (what, reached_on) ORDER BY what \
             ON CONFLICT (patient_id, kind, what) DO UPDATE SET reached_on = excluded.reached_on \
             WHERE excluded.reached_on < m.reached_on \
             RETURNING what, xmax = 0 AS is_new",
        )
        .bind::<Uuid, _>(patient)
        .bind::<Text, _>(kind)
        .bind::<Array<Text>, _>(all.iter().map(|reached| reached.what).collect::<Vec<_>>())
        .bind::<Array<SqlDate>, _>(
            all.iter().map(|reached| reached.on.to_diesel()).collect::<Vec<_>>(),
        ),
    )
    .load(conn)
    .await?;
    Ok(rows.into_iter().filter(|row| row.is_new).map(|row| row.what).collect())
}

#[derive(QueryableByName)]
struct ReachedRow {
    #[diesel(sql_type = Text)]
    kind: MetricKind,
    #[diesel(sql_type = Text)]
    what: Milestone,
    #[diesel(sql_type = SqlDate, deserialize_as = jiff_diesel::Date)]
    reached_on: Date,
}

/// What `patient` has reached, the last first. There are few of each person, so that no index sorts them.
pub async fn milestones(conn: &mut Conn, patient: UserId, most: i64) -> QueryResult<Vec<Reached>> {
    let rows: Vec<ReachedRow> = kept(
        sql_query(
            "SELECT kind, what, reached_on FROM reading_milestones WHERE patient_id = $1 \
             ORDER BY reached_on DESC, kind, what LIMIT $2",
        )
        .bind::<Uuid, _>(patient)
        .bind::<BigInt, _>(most),
    )
    .load(conn)
    .await?;
    let reached = |row: ReachedRow| Reached { kind: row.kind, what: row.what, on: row.reached_on };
    Ok(rows.into_iter().map(reached).collect())
}

#[derive(QueryableByName)]
struct DayRow {
    #[diesel(sql_type = Text)]
    kind: MetricKind,
    #[diesel(sql_type = SqlDate, deserialize_as = jiff_diesel::Date)]
    day: Date,
}

/// The days with readings, kind by kind and in their order.
pub async fn days(
    conn: &mut Conn,
    patient: UserId,
    (first, last): (Date, Date),
) -> QueryResult<Vec<(MetricKind, Date)>> {
    let rows: Vec<DayRow> = kept(
        sql_query(
            "SELECT d.kind, d.day FROM unnest($2::text[]) AS asked (kind) CROSS JOIN LATERAL ( \
                 SELECT kind, day FROM reading_days WHERE patient_id = $1 AND kind = asked.kind AND day BETWEEN $3 AND $4 \
             ) AS d ORDER BY d.kind, d.day",
        )
        .bind::<Uuid, _>(patient)
        .bind::<Array<Text>, _>(MetricKind::ALL)
        .bind::<SqlDate, _>(first.to_diesel())
        .bind::<SqlDate, _>(last.to_diesel()),
    )
    .load(conn)
    .await?;
    Ok(rows.into_iter().map(|row| (row.kind, row.day)).collect())
}
