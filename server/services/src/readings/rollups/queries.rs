use super::Place;
use crate::{Conn, kept::kept};
use diesel::{
    prelude::*,
    sql_query,
    sql_types::{
        Array, Date as SqlDate, Double, Integer, Nullable, SmallInt, Text, Timestamptz, Uuid,
    },
};
use diesel_async::RunQueryDsl;
use domain::{
    identity::UserId,
    readings::{Bucket, Figures, LowerFigures, MetricKind, Target},
};
use jiff::{Timestamp, civil::Date};
use jiff_diesel::ToDiesel;

/// The ends of a target range; nothing is in that of a kind that has none.
fn ends(target: Option<Target>) -> [f64; 4] {
    match target.filter(Target::is_of_readings) {
        None => [f64::INFINITY; 4],
        Some(target) => {
            let ((low, below), (lower_low, lower_below)) = target.edges();
            [low, below, lower_low, lower_below]
        }
    }
}

macro_rules! at_place {
    ($sql:expr, $patient:expr, $place:expr) => {
        sql_query($sql)
            .bind::<Uuid, _>($patient)
            .bind::<Text, _>($place.kind)
            .bind::<Timestamptz, _>($place.recorded_at.to_diesel())
            .bind::<SmallInt, _>($place.utc_offset)
    };
}

macro_rules! in_range {
    ($query:expr, $target:expr) => {{
        let [low, below, lower_low, lower_below] = ends($target);
        $query
            .bind::<Double, _>(low)
            .bind::<Double, _>(below)
            .bind::<Double, _>(lower_low)
            .bind::<Double, _>(lower_below)
    }};
}

/// Holds the hours and the days of `places` until the transaction ends. What is not there yet is made, and empty.
pub async fn hold(conn: &mut Conn, patient: UserId, places: &[Place]) -> QueryResult<()> {
    let times = places.iter().map(|place| place.recorded_at.to_diesel());
    let query = sql_query(include_str!("hold.sql"))
        .bind::<Uuid, _>(patient)
        .bind::<Array<Text>, _>(places.iter().map(|place| place.kind).collect::<Vec<_>>())
        .bind::<Array<Timestamptz>, _>(times.collect::<Vec<_>>())
        .bind::<Array<SmallInt>, _>(places.iter().map(|p| p.utc_offset).collect::<Vec<_>>());
    kept(query).execute(conn).await?;
    Ok(())
}

/// Counts the hour of `place` anew, from its readings and by `target`.
pub async fn recount_hour(
    conn: &mut Conn,
    patient: UserId,
    place: Place,
    target: Option<Target>,
) -> QueryResult<()> {
    let query = at_place!(include_str!("recount_hour.sql"), patient, place);
    kept(in_range!(query, target)).execute(conn).await?;
    Ok(())
}

/// Counts the day of `place` anew, from its readings and by `target`.
pub async fn recount_day(
    conn: &mut Conn,
    patient: UserId,
    place: Place,
    target: Option<Target>,
) -> QueryResult<()> {
    let query = at_place!(include_str!("recount_day.sql"), patient, place);
    kept(in_range!(query, target)).execute(conn).await?;
    Ok(())
}

/// Lets go of the hour and the day of `place` where nothing is left.
pub async fn drop_empty(conn: &mut Conn, patient: UserId, place: Place) -> QueryResult<()> {
    let empty = "WITH hours AS ( \
             DELETE FROM reading_hours WHERE patient_id = $1 AND kind = $2 AND hour = reading_hour($3, $4) AND count = 0) \
         DELETE FROM reading_days WHERE patient_id = $1 AND kind = $2 AND day = reading_day($3, $4) AND count = 0";
    kept(at_place!(empty, patient, place)).execute(conn).await?;
    Ok(())
}

#[derive(QueryableByName)]
struct FiguresRow {
    #[diesel(sql_type = Integer)]
    count: i32,
    #[diesel(sql_type = Double)]
    lowest: f64,
    #[diesel(sql_type = Double)]
    highest: f64,
    #[diesel(sql_type = Double)]
    total: f64,
    #[diesel(sql_type = Double)]
    squares: f64,
    #[diesel(sql_type = Integer)]
    in_range: i32,
    #[diesel(sql_type = Nullable<Double>)]
    lower_lowest: Option<f64>,
    #[diesel(sql_type = Nullable<Double>)]
    lower_highest: Option<f64>,
    #[diesel(sql_type = Nullable<Double>)]
    lower_total: Option<f64>,
    #[diesel(sql_type = Nullable<Double>)]
    lower_squares: Option<f64>,
}

const FIGURES: &str = "count, lowest, highest, total, squares, in_range, lower_lowest, lower_highest, lower_total, lower_squares";

impl From<FiguresRow> for Figures {
    fn from(row: FiguresRow) -> Self {
        let lower =
            row.lower_lowest.zip(row.lower_highest).zip(row.lower_total).zip(row.lower_squares);
        Self {
            count: row.count.unsigned_abs(),
            lowest: row.lowest,
            highest: row.highest,
            total: row.total,
            squares: row.squares,
            in_range: row.in_range.unsigned_abs(),
            lower: lower.map(|(((lowest, highest), total), squares)| LowerFigures {
                lowest,
                highest,
                total,
                squares,
            }),
        }
    }
}

#[derive(QueryableByName)]
struct DayRow {
    #[diesel(sql_type = Text)]
    kind: MetricKind,
    #[diesel(sql_type = SqlDate, deserialize_as = jiff_diesel::Date)]
    day: Date,
    #[diesel(sql_type = Timestamptz, deserialize_as = jiff_diesel::Timestamp)]
    last_at: Timestamp,
    #[diesel(embed)]
    figures: FiguresRow,
}

/// A day of a kind.
pub struct Day {
    pub kind: MetricKind,
    pub bucket: Bucket<Date>,
    pub last_at: Timestamp,
}

/// The days of `kinds` from `first` to `last`, and the newest day of each beside, in the order of kinds and days.
pub async fn days(
    conn: &mut Conn,
    patient: UserId,
    kinds: &[MetricKind],
    first: Date,
    last: Date,
) -> QueryResult<Vec<Day>> {
    let columns = format!("kind, day, last_at, {FIGURES}");
    let rows: Vec<DayRow> = kept(
        sql_query(format!(
            "SELECT d.* FROM unnest($2::text[]) AS asked (kind) CROSS JOIN LATERAL ( \
                 SELECT {columns} FROM reading_days WHERE patient_id = $1 AND kind = asked.kind AND day BETWEEN $3 AND $4 \
                 UNION (SELECT {columns} FROM reading_days WHERE patient_id = $1 AND kind = asked.kind ORDER BY day DESC LIMIT 1) \
             ) AS d ORDER BY d.kind, d.day"
        ))
        .bind::<Uuid, _>(patient)
        .bind::<Array<Text>, _>(kinds)
        .bind::<SqlDate, _>(first.to_diesel())
        .bind::<SqlDate, _>(last.to_diesel()),
    )
    .load(conn)
    .await?;
    let day = |row: DayRow| Day {
        kind: row.kind,
        bucket: Bucket { at: row.day, figures: row.figures.into() },
        last_at: row.last_at,
    };
    Ok(rows.into_iter().map(day).collect())
}

#[derive(QueryableByName)]
struct HourRow {
    #[diesel(sql_type = Timestamptz, deserialize_as = jiff_diesel::Timestamp)]
    hour: Timestamp,
    #[diesel(embed)]
    figures: FiguresRow,
}

/// The hours of `kind` that begin between the two times, in their order.
pub async fn hours(
    conn: &mut Conn,
    patient: UserId,
    kind: MetricKind,
    (from, until): (Timestamp, Timestamp),
) -> QueryResult<Vec<Bucket<Timestamp>>> {
    let rows: Vec<HourRow> = kept(
        sql_query(format!(
            "SELECT hour, {FIGURES} FROM reading_hours \
             WHERE patient_id = $1 AND kind = $2 AND hour >= $3 AND hour < $4 ORDER BY hour"
        ))
        .bind::<Uuid, _>(patient)
        .bind::<Text, _>(kind)
        .bind::<Timestamptz, _>(from.to_diesel())
        .bind::<Timestamptz, _>(until.to_diesel()),
    )
    .load(conn)
    .await?;
    Ok(rows.into_iter().map(|row| Bucket { at: row.hour, figures: row.figures.into() }).collect())
}
