use super::SetLimits;
use crate::{Conn, kept::kept};
use diesel::{
    prelude::*,
    sql_query,
    sql_types::{Array, Double, Integer, Nullable, Text, Timestamptz, Uuid},
};
use diesel_async::RunQueryDsl;
use domain::{
    identity::UserId,
    readings::{LIMIT_FIELDS, MetricKind, PersonalLimits},
};
use jiff::Timestamp;
use jiff_diesel::ToDiesel;

/// The numbers of a row `l`, in the order of [`LIMIT_FIELDS`].
pub const NUMBERS: &str = "ARRAY[l.target_low, l.target_high, l.target_lower_low, l.target_lower_high, \
    l.warning_low, l.warning_high, l.warning_lower_low, l.warning_lower_high, \
    l.critical_low, l.critical_high, l.critical_lower_low, l.critical_lower_high]";

const BY: &str =
    "(SELECT 'Dr ' || first_name || ' ' || last_name FROM users WHERE users.id = l.set_by)";

#[derive(QueryableByName)]
struct LimitsRow {
    #[diesel(sql_type = Uuid)]
    patient_id: UserId,
    #[diesel(sql_type = Text)]
    kind: MetricKind,
    #[diesel(sql_type = Array<Nullable<Double>>)]
    numbers: Vec<Option<f64>>,
    #[diesel(sql_type = Text)]
    by: String,
    #[diesel(sql_type = Timestamptz, deserialize_as = jiff_diesel::Timestamp)]
    set_at: Timestamp,
    #[diesel(sql_type = Integer)]
    version: i32,
}

impl From<LimitsRow> for (UserId, SetLimits) {
    fn from(row: LimitsRow) -> Self {
        let set = row.numbers.try_into().unwrap_or_default();
        let limits = PersonalLimits::stored(row.kind, set);
        (row.patient_id, SetLimits { limits, by: row.by, at: row.set_at, version: row.version })
    }
}

/// What is set for each of `patients`, of all kinds; there are few.
pub async fn of_all(conn: &mut Conn, patients: &[UserId]) -> QueryResult<Vec<(UserId, SetLimits)>> {
    let rows: Vec<LimitsRow> = kept(
        sql_query(format!(
            "SELECT l.patient_id, l.kind, {NUMBERS} AS numbers, {BY} AS by, l.set_at, l.version \
             FROM reading_limits l WHERE l.patient_id = ANY ($1)"
        ))
        .bind::<Array<Uuid>, _>(patients),
    )
    .load(conn)
    .await?;
    Ok(rows.into_iter().map(Into::into).collect())
}

/// What is set for `patient` in each kind.
pub async fn of(conn: &mut Conn, patient: UserId) -> QueryResult<Vec<SetLimits>> {
    Ok(of_all(conn, &[patient]).await?.into_iter().map(|(_, set)| set).collect())
}

/// Sets `limits`, if what the doctor has seen is still so: `version`, or nothing yet (0).
pub async fn set(
    conn: &mut Conn,
    (patient, doctor): (UserId, UserId),
    limits: &PersonalLimits,
    version: i32,
    now: Timestamp,
) -> QueryResult<Option<SetLimits>> {
    let fields = LIMIT_FIELDS.join(", ");
    let numbers: Vec<_> =
        (1..=LIMIT_FIELDS.len()).map(|place| format!("($6::float8[])[{place}]")).collect();
    let row: Option<LimitsRow> = kept(
        sql_query(format!(
            "INSERT INTO reading_limits AS l (patient_id, kind, set_by, set_at, {fields}) \
             SELECT $1, $2, $3, $4, {} \
             ON CONFLICT (patient_id, kind) DO UPDATE SET set_by = excluded.set_by, set_at = excluded.set_at, \
                 version = l.version + 1, ({fields}) = ROW ({}) WHERE l.version = $5 \
             RETURNING l.patient_id, l.kind, {NUMBERS} AS numbers, {BY} AS by, l.set_at, l.version",
            numbers.join(", "),
            LIMIT_FIELDS.map(|field| format!("excluded.{field}")).join(", "),
        ))
        .bind::<Uuid, _>(patient)
        .bind::<Text, _>(limits.kind())
        .bind::<Uuid, _>(doctor)
        .bind::<Timestamptz, _>(now.to_diesel())
        .bind::<Integer, _>(version)
        .bind::<Array<Nullable<Double>>, _>(limits.numbers().to_vec()),
    )
    .get_result(conn)
    .await
    .optional()?;
    Ok(row.map(|row| <(UserId, SetLimits)>::from(row).1))
}
