use crate::{
    Conn,
    kept::kept,
    readings::{queries::PlaceRow, rollups::Place},
};
use diesel::{
    prelude::*,
    sql_query,
    sql_types::{Array, BigInt, Bool, Timestamptz, Uuid},
};
use diesel_async::RunQueryDsl;
use domain::{devices::DeviceId, identity::UserId, readings::ReadingId};
use jiff::Timestamp;
use jiff_diesel::ToDiesel;

/// Holds a device of `owner` until the transaction ends, once what it is just sending is written; whether there is one.
pub async fn hold_device(conn: &mut Conn, owner: UserId, device: DeviceId) -> QueryResult<bool> {
    let found = kept(
        sql_query("SELECT FROM devices WHERE id = $1 AND patient_id = $2 FOR NO KEY UPDATE")
            .bind::<Uuid, _>(device)
            .bind::<Uuid, _>(owner),
    );
    Ok(found.execute(conn).await? > 0)
}

/// Notes that what `device` has sent until `now` is to go; where that goes on, it begins anew.
pub async fn begin(
    conn: &mut Conn,
    owner: UserId,
    device: DeviceId,
    now: Timestamp,
) -> QueryResult<()> {
    kept(
        sql_query(
            "INSERT INTO device_clearings (device_id, patient_id, asked_at) VALUES ($1, $2, $3) \
             ON CONFLICT (device_id) DO UPDATE SET asked_at = excluded.asked_at, after_id = excluded.after_id",
        )
        .bind::<Uuid, _>(device)
        .bind::<Uuid, _>(owner)
        .bind::<Timestamptz, _>(now.to_diesel()),
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Whose readings are looked through, and how far.
#[derive(QueryableByName)]
pub struct Clearing {
    #[diesel(sql_type = Uuid)]
    pub device_id: DeviceId,
    #[diesel(sql_type = Uuid)]
    pub patient_id: UserId,
    #[diesel(sql_type = Timestamptz, deserialize_as = jiff_diesel::Timestamp)]
    asked_at: Timestamp,
    #[diesel(sql_type = Uuid)]
    after_id: ReadingId,
}

/// Takes the one that was asked for first, and that nobody else holds.
pub async fn take(conn: &mut Conn) -> QueryResult<Option<Clearing>> {
    kept(sql_query(
        "SELECT device_id, patient_id, asked_at, after_id FROM device_clearings ORDER BY asked_at LIMIT 1 FOR UPDATE SKIP LOCKED",
    ))
    .get_result(conn)
    .await
    .optional()
}

/// A reading of the patient, of whichever source.
#[derive(QueryableByName)]
pub struct LookedAt {
    #[diesel(sql_type = Uuid)]
    pub id: ReadingId,
    #[diesel(sql_type = Timestamptz, deserialize_as = jiff_diesel::Timestamp)]
    pub recorded_at: Timestamp,
    #[diesel(sql_type = Bool)]
    pub is_to_go: bool,
}

/// The readings that come next, `most` at most. Ids sort by time, so that the primary key finds them.
pub async fn next(conn: &mut Conn, of: &Clearing, most: i64) -> QueryResult<Vec<LookedAt>> {
    kept(
        sql_query(
            "SELECT id, recorded_at, source = $3 AND created_at <= $4 AND removed_at IS NULL AS is_to_go FROM readings \
             WHERE patient_id = $1 AND id > $2 ORDER BY id LIMIT $5",
        )
        .bind::<Uuid, _>(of.patient_id)
        .bind::<Uuid, _>(of.after_id)
        .bind::<Uuid, _>(of.device_id)
        .bind::<Timestamptz, _>(of.asked_at.to_diesel())
        .bind::<BigInt, _>(most),
    )
    .load(conn)
    .await
}

/// Takes readings of `patient`, which were measured from the first to the last time, out of what is shown: where they were
/// counted.
pub async fn remove(
    conn: &mut Conn,
    patient: UserId,
    ids: &[ReadingId],
    (first, last): (Timestamp, Timestamp),
    now: Timestamp,
) -> QueryResult<Vec<Place>> {
    let removed: Vec<PlaceRow> = kept(
        sql_query(
            "UPDATE readings SET removed_at = $5, version = version + 1 \
             WHERE patient_id = $1 AND id = ANY($2) AND recorded_at BETWEEN $3 AND $4 AND removed_at IS NULL \
             RETURNING kind, recorded_at, utc_offset",
        )
        .bind::<Uuid, _>(patient)
        .bind::<Array<Uuid>, _>(ids)
        .bind::<Timestamptz, _>(first.to_diesel())
        .bind::<Timestamptz, _>(last.to_diesel())
        .bind::<Timestamptz, _>(now.to_diesel()),
    )
    .load(conn)
    .await?;
    Ok(removed.into_iter().map(Place::from).collect())
}

/// Notes that it is looked through as far as `after`.
pub async fn go_on(conn: &mut Conn, device: DeviceId, after: ReadingId) -> QueryResult<()> {
    kept(
        sql_query("UPDATE device_clearings SET after_id = $2 WHERE device_id = $1")
            .bind::<Uuid, _>(device)
            .bind::<Uuid, _>(after),
    )
    .execute(conn)
    .await?;
    Ok(())
}

pub async fn finish(conn: &mut Conn, device: DeviceId) -> QueryResult<()> {
    kept(sql_query("DELETE FROM device_clearings WHERE device_id = $1").bind::<Uuid, _>(device))
        .execute(conn)
        .await?;
    Ok(())
}
