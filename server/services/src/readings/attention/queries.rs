use crate::{Conn, kept::kept, record::TREATED};
use diesel::{
    prelude::*,
    sql_query,
    sql_types::{
        Array, BigInt, Date as SqlDate, Double, Integer, Nullable, Text, Timestamptz, Uuid,
    },
};
use diesel_async::RunQueryDsl;
use domain::{
    directory::ProviderId,
    identity::UserId,
    readings::{Figures, LowerFigures, MetricKind},
};
use jiff::{Timestamp, civil::Date};
use jiff_diesel::ToDiesel;

/// A patient of a doctor, and on whose clock their days are.
#[derive(QueryableByName)]
pub struct PersonRow {
    #[diesel(sql_type = Uuid)]
    pub id: UserId,
    #[diesel(sql_type = Text)]
    pub name: String,
    #[diesel(sql_type = Text)]
    pub time_zone: String,
}

/// The patients with a visit of `provider` since `visits` who have measured something `since` that day: those whose
/// visit is the nearest to `now`, `most` at most.
pub async fn patients(
    conn: &mut Conn,
    provider: ProviderId,
    (visits, now): (Timestamp, Timestamp),
    since: Date,
    most: i64,
) -> QueryResult<Vec<PersonRow>> {
    kept(
        sql_query(
            "SELECT u.id, u.first_name || ' ' || u.last_name AS name, u.time_zone FROM ( \
                 SELECT patient_id, min(abs(extract(epoch FROM starts_at - $3))) AS away FROM appointments \
                 WHERE provider_id = $1 AND starts_at >= $2 AND status = ANY ($4) GROUP BY patient_id) AS seen \
             JOIN users u ON u.id = seen.patient_id WHERE measures_since(u.id, $5) ORDER BY seen.away, u.id LIMIT $6",
        )
        .bind::<Uuid, _>(provider)
        .bind::<Timestamptz, _>(visits.to_diesel())
        .bind::<Timestamptz, _>(now.to_diesel())
        .bind::<Array<Text>, _>(TREATED.to_vec())
        .bind::<SqlDate, _>(since.to_diesel())
        .bind::<BigInt, _>(most),
    )
    .load(conn)
    .await
}

#[derive(QueryableByName)]
struct DayRow {
    #[diesel(sql_type = Uuid)]
    patient_id: UserId,
    #[diesel(sql_type = Text)]
    kind: MetricKind,
    #[diesel(sql_type = SqlDate, deserialize_as = jiff_diesel::Date)]
    day: Date,
    #[diesel(sql_type = Integer)]
    count: i32,
    #[diesel(sql_type = Double)]
    total: f64,
    #[diesel(sql_type = Nullable<Double>)]
    lower_total: Option<f64>,
}

/// The last days of one kind, the first one first.
pub struct KindDays {
    pub kind: MetricKind,
    pub days: Vec<(Date, Figures)>,
}

/// How many days of each kind are enough to see where it goes.
const DAYS: i64 = 30;

/// Of each of `patients` and each kind the last days since then, [`DAYS`] at most.
pub async fn days(
    conn: &mut Conn,
    patients: &[UserId],
    since: Date,
) -> QueryResult<Vec<(UserId, KindDays)>> {
    let rows: Vec<DayRow> = kept(
        sql_query(
            "SELECT d.* FROM unnest($1::uuid[]) AS followed (id) CROSS JOIN unnest($2::text[]) AS asked (kind) CROSS JOIN LATERAL ( \
                 SELECT patient_id, kind, day, count, total, lower_total FROM reading_days \
                 WHERE patient_id = followed.id AND kind = asked.kind AND day >= $3 ORDER BY day DESC LIMIT $4 \
             ) AS d ORDER BY d.patient_id, d.kind, d.day",
        )
        .bind::<Array<Uuid>, _>(patients)
        .bind::<Array<Text>, _>(MetricKind::ALL)
        .bind::<SqlDate, _>(since.to_diesel())
        .bind::<BigInt, _>(DAYS),
    )
    .load(conn)
    .await?;
    let by_kind =
        rows.chunk_by(|one, other| (one.patient_id, one.kind) == (other.patient_id, other.kind));
    let of_kind = |rows: &[DayRow]| {
        let first = rows.first()?;
        let days = rows.iter().map(|row| (row.day, figures(row))).collect();
        Some((first.patient_id, KindDays { kind: first.kind, days }))
    };
    Ok(by_kind.filter_map(of_kind).collect())
}

/// Means and totals are all that is looked at.
fn figures(row: &DayRow) -> Figures {
    let lower = |total| LowerFigures { lowest: 0.0, highest: 0.0, total, squares: 0.0 };
    Figures {
        count: row.count.unsigned_abs(),
        lowest: 0.0,
        highest: 0.0,
        total: row.total,
        squares: 0.0,
        in_range: 0,
        lower: row.lower_total.map(lower),
    }
}
