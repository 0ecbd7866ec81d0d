use super::{Device, KeyLine};
use crate::{Conn, directory::Page, kept::kept};
use diesel::{
    prelude::*,
    sql_query,
    sql_types::{BigInt, Bool, Date, Nullable, SmallInt, Text, Timestamptz, Uuid},
};
use diesel_async::RunQueryDsl;
use domain::{
    devices::{
        Battery, BatteryLevel, BodyPosition, CheckedDevice, DeviceId, DeviceKind, DeviceStatus,
        Signs,
    },
    identity::UserId,
    readings::Tally,
};
use jiff::{Timestamp, ToSpan, tz::TimeZone};
use jiff_diesel::{NullableTimestamp, ToDiesel};

/// Lets everybody wait who changes the account of `user`; false: it is closed.
pub async fn lock_owner(conn: &mut Conn, user: UserId) -> QueryResult<bool> {
    let found = kept(
        sql_query("SELECT FROM users WHERE id = $1 AND is_active FOR NO KEY UPDATE")
            .bind::<Uuid, _>(user),
    );
    Ok(found.execute(conn).await? == 1)
}

pub async fn insert(
    conn: &mut Conn,
    id: DeviceId,
    owner: UserId,
    device: &CheckedDevice,
) -> QueryResult<()> {
    kept(
        sql_query(
            "INSERT INTO devices (id, patient_id, name, kind, manufacturer, model, firmware_version, position) \
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
        )
        .bind::<Uuid, _>(id)
        .bind::<Uuid, _>(owner)
        .bind::<Text, _>(&device.name)
        .bind::<Text, _>(device.kind)
        .bind::<Nullable<Text>, _>(&device.manufacturer)
        .bind::<Nullable<Text>, _>(&device.model)
        .bind::<Nullable<Text>, _>(&device.firmware_version)
        .bind::<Nullable<Text>, _>(device.position),
    )
    .execute(conn)
    .await?;
    Ok(())
}

#[derive(QueryableByName)]
struct Count {
    #[diesel(sql_type = BigInt)]
    count: i64,
}

pub async fn count(conn: &mut Conn, owner: UserId) -> QueryResult<i64> {
    let counted: Count = kept(
        sql_query("SELECT count(*) AS count FROM devices WHERE patient_id = $1")
            .bind::<Uuid, _>(owner),
    )
    .get_result(conn)
    .await?;
    Ok(counted.count)
}

#[derive(QueryableByName)]
pub struct DeviceRow {
    #[diesel(sql_type = Uuid)]
    pub id: DeviceId,
    #[diesel(sql_type = Text)]
    name: String,
    #[diesel(sql_type = Text)]
    kind: DeviceKind,
    #[diesel(sql_type = Nullable<Text>)]
    manufacturer: Option<String>,
    #[diesel(sql_type = Nullable<Text>)]
    model: Option<String>,
    #[diesel(sql_type = Nullable<Text>)]
    firmware_version: Option<String>,
    #[diesel(sql_type = Nullable<Text>)]
    position: Option<BodyPosition>,
    #[diesel(sql_type = Text)]
    pub status: DeviceStatus,
    #[diesel(sql_type = Timestamptz, deserialize_as = jiff_diesel::Timestamp)]
    created_at: Timestamp,
    #[diesel(sql_type = Nullable<Timestamptz>, deserialize_as = NullableTimestamp)]
    last_seen_at: Option<Timestamp>,
    #[diesel(sql_type = Nullable<Timestamptz>, deserialize_as = NullableTimestamp)]
    last_reading_at: Option<Timestamp>,
    #[diesel(sql_type = Nullable<SmallInt>)]
    battery_level: Option<i16>,
    #[diesel(sql_type = Nullable<Timestamptz>, deserialize_as = NullableTimestamp)]
    battery_at: Option<Timestamp>,
    #[diesel(sql_type = Nullable<Uuid>)]
    replaced_by: Option<DeviceId>,
    #[diesel(sql_type = Nullable<Timestamptz>, deserialize_as = NullableTimestamp)]
    last_maintenance_at: Option<Timestamp>,
    #[diesel(sql_type = Nullable<Text>)]
    error_code: Option<String>,
    #[diesel(sql_type = Nullable<Timestamptz>, deserialize_as = NullableTimestamp)]
    error_at: Option<Timestamp>,
    #[diesel(sql_type = Bool)]
    is_clearing: bool,
    #[diesel(embed)]
    week: WeekRow,
}

/// What became of what a device sent in the last seven days.
#[derive(QueryableByName)]
struct WeekRow {
    #[diesel(sql_type = BigInt)]
    accepted: i64,
    #[diesel(sql_type = BigInt)]
    duplicates: i64,
    #[diesel(sql_type = BigInt)]
    quarantined: i64,
    #[diesel(sql_type = BigInt)]
    refused: i64,
}

impl WeekRow {
    fn tally(&self) -> Tally {
        let counted = |count| u64::try_from(count).unwrap_or_default();
        Tally {
            accepted: counted(self.accepted),
            duplicates: counted(self.duplicates),
            quarantined: counted(self.quarantined),
            refused: counted(self.refused),
        }
    }
}

impl DeviceRow {
    pub fn device(self, keys: Vec<KeyLine>, now: Timestamp) -> Device {
        let level = self.battery_level.and_then(|level| BatteryLevel::new(level.into()));
        let battery = level.zip(self.battery_at).map(|(level, at)| Battery { level, at });
        let signs = Signs {
            status: self.status,
            cadence: self.kind.cadence(),
            last_seen: self.last_seen_at,
            last_reading: self.last_reading_at,
            last_error: self.error_at,
            battery,
            week: self.week.tally(),
        };
        Device {
            id: self.id,
            name: self.name,
            kind: self.kind,
            manufacturer: self.manufacturer,
            model: self.model,
            firmware_version: self.firmware_version,
            position: self.position,
            status: self.status,
            created_at: self.created_at,
            signs,
            health: signs.health(now),
            keys,
            replaced_by: self.replaced_by,
            last_error: self.error_code.zip(self.error_at),
            last_maintenance: self.last_maintenance_at,
            is_clearing: self.is_clearing,
        }
    }
}

/// One page of the devices of `owner`, or the one called `only`.
pub async fn devices(
    conn: &mut Conn,
    owner: UserId,
    only: Option<DeviceId>,
    page: Page,
    now: Timestamp,
) -> QueryResult<Vec<DeviceRow>> {
    let today = now.to_zoned(TimeZone::UTC).date();
    kept(
        sql_query(
            "SELECT d.id, d.name, d.kind, d.manufacturer, d.model, d.firmware_version, d.position, d.status, d.created_at, \
                 d.last_seen_at, d.last_reading_at, d.battery_level, d.battery_at, d.replaced_by, d.last_maintenance_at, \
                 e.code AS error_code, e.reported_at AS error_at, w.accepted, w.duplicates, w.quarantined, w.refused, \
                 EXISTS (SELECT FROM device_clearings c WHERE c.device_id = d.id) AS is_clearing \
             FROM (SELECT *, status IN ('revoked', 'replaced') AS is_gone FROM devices \
                 WHERE patient_id = $1 AND ($2 IS NULL OR id = $2) \
                 ORDER BY is_gone, created_at DESC, id DESC LIMIT $4 OFFSET $5) AS d \
             LEFT JOIN LATERAL (SELECT code, reported_at FROM device_errors WHERE device_id = d.id \
                 ORDER BY reported_at DESC, id DESC LIMIT 1) e ON true \
             CROSS JOIN LATERAL (SELECT coalesce(sum(accepted), 0)::bigint AS accepted, \
                     coalesce(sum(duplicates), 0)::bigint AS duplicates, \
                     coalesce(sum(quarantined), 0)::bigint AS quarantined, coalesce(sum(refused), 0)::bigint AS refused \
                 FROM device_days WHERE device_id = d.id AND day > $3) w \
             ORDER BY d.is_gone, d.created_at DESC, d.id DESC",
        )
        .bind::<Uuid, _>(owner)
        .bind::<Nullable<Uuid>, _>(only)
        .bind::<Date, _>(today.saturating_sub(7.days()).to_diesel())
        .bind::<BigInt, _>(page.size)
        .bind::<BigInt, _>(page.offset()),
    )
    .load(conn)
    .await
}

#[derive(QueryableByName)]
pub struct Locked {
    #[diesel(sql_type = Text)]
    pub status: DeviceStatus,
    #[diesel(sql_type = Nullable<Text>)]
    pub position: Option<BodyPosition>,
}

/// Locks a device of `owner` until the transaction ends. What it sends waits, too.
pub async fn lock(conn: &mut Conn, owner: UserId, id: DeviceId) -> QueryResult<Locked> {
    kept(
        sql_query(
            "SELECT status, position FROM devices WHERE id = $1 AND patient_id = $2 FOR NO KEY UPDATE",
        )
        .bind::<Uuid, _>(id)
        .bind::<Uuid, _>(owner),
    )
    .get_result(conn)
    .await
}

pub async fn change(conn: &mut Conn, id: DeviceId, device: &CheckedDevice) -> QueryResult<()> {
    kept(
        sql_query(
            "UPDATE devices SET name = $2, kind = $3, manufacturer = $4, model = $5, firmware_version = $6, position = $7 \
             WHERE id = $1",
        )
        .bind::<Uuid, _>(id)
        .bind::<Text, _>(&device.name)
        .bind::<Text, _>(device.kind)
        .bind::<Nullable<Text>, _>(&device.manufacturer)
        .bind::<Nullable<Text>, _>(&device.model)
        .bind::<Nullable<Text>, _>(&device.firmware_version)
        .bind::<Nullable<Text>, _>(device.position),
    )
    .execute(conn)
    .await?;
    Ok(())
}

pub async fn set_status(conn: &mut Conn, id: DeviceId, status: DeviceStatus) -> QueryResult<()> {
    kept(
        sql_query("UPDATE devices SET status = $2 WHERE id = $1")
            .bind::<Uuid, _>(id)
            .bind::<Text, _>(status),
    )
    .execute(conn)
    .await?;
    Ok(())
}

pub async fn set_replaced(conn: &mut Conn, id: DeviceId, by: DeviceId) -> QueryResult<()> {
    kept(
        sql_query("UPDATE devices SET status = 'replaced', replaced_by = $2 WHERE id = $1")
            .bind::<Uuid, _>(id)
            .bind::<Uuid, _>(by),
    )
    .execute(conn)
    .await?;
    Ok(())
}

pub async fn set_maintenance(conn: &mut Conn, id: DeviceId, at: Timestamp) -> QueryResult<()> {
    kept(
        sql_query("UPDATE devices SET last_maintenance_at = $2 WHERE id = $1")
            .bind::<Uuid, _>(id)
            .bind::<Timestamptz, _>(at.to_diesel()),
    )
    .execute(conn)
    .await?;
    Ok(())
}

#[derive(QueryableByName)]
struct Revoked {
    #[diesel(sql_type = Uuid)]
    id: DeviceId,
}

/// Revokes the devices of `user` that live and were added since `since`, or all; which.
pub async fn revoke(
    conn: &mut Conn,
    user: UserId,
    since: Option<Timestamp>,
) -> QueryResult<Vec<DeviceId>> {
    let rows: Vec<Revoked> = kept(
        sql_query(
            "UPDATE devices SET status = 'revoked' WHERE patient_id = $1 AND status NOT IN ('revoked', 'replaced') \
                 AND ($2 IS NULL OR created_at >= $2) RETURNING id",
        )
        .bind::<Uuid, _>(user)
        .bind::<Nullable<Timestamptz>, _>(since.map(ToDiesel::to_diesel)),
    )
    .load(conn)
    .await?;
    Ok(rows.into_iter().map(|row| row.id).collect())
}
