//! The devices of the calling patient.
use super::{
    List, PageQuery, Routes,
    input::{As, Json, Path, Query},
    problem::ApiResult,
};
use app::Site;
use axum::{
    extract::{OriginalUri, State},
    http::StatusCode,
    routing::{delete, get, post},
};
use domain::{
    devices::{
        ApiKey, BatteryStatus, BodyPosition, Connectivity, DataQuality, DeviceId, DeviceKind,
        DeviceStatus, ErrorState, Issue, NewDevice,
    },
    readings::Tally,
};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use services::{
    devices::{self, Device, KeyLine},
    identity::{Caller, Patient},
    readings,
};

pub fn routes() -> Routes {
    vec![
        ("/iot/devices", get(list_devices).post(register_device)),
        ("/iot/devices/register", post(register_device)),
        ("/iot/devices/{id}", get(get_device).put(update_device).delete(revoke_device)),
        ("/iot/devices/{id}/data", delete(remove_device_data)),
        ("/iot/devices/{id}/health", get(get_device_health)),
        ("/iot/devices/{id}/rotate-key", post(rotate_device_key)),
        ("/iot/devices/{id}/pause", post(pause_device)),
        ("/iot/devices/{id}/resume", post(resume_device)),
        ("/iot/devices/{id}/replace", post(replace_device)),
    ]
}

/// A device. Whoever registers one says what kind it is; of a change, what is left out stays.
#[derive(Default, Deserialize, utoipa::ToSchema)]
#[serde(default)]
pub struct DeviceDetailsBody {
    /// Without one it is called by its maker and model.
    name: Option<String>,
    /// E.g. `blood_pressure_monitor`, in upper or lower case.
    device_type: Option<String>,
    manufacturer: Option<String>,
    model: Option<String>,
    firmware_version: Option<String>,
    /// Where on the body it measures, e.g. `left_wrist`.
    position: Option<String>,
}

impl DeviceDetailsBody {
    fn new_device(self) -> NewDevice {
        NewDevice {
            name: self.name.unwrap_or_default(),
            device_type: self.device_type.unwrap_or_default(),
            manufacturer: self.manufacturer.unwrap_or_default(),
            model: self.model.unwrap_or_default(),
            firmware_version: self.firmware_version.unwrap_or_default(),
            position: self.position.unwrap_or_default(),
        }
        .named()
    }

    /// `device` with what is sent.
    fn change(self, device: &Device) -> NewDevice {
        let kept = |text: &Option<String>| text.clone().unwrap_or_default();
        let position = device.position.map_or("", BodyPosition::as_str);
        NewDevice {
            name: self.name.unwrap_or_else(|| device.name.clone()),
            device_type: self.device_type.unwrap_or_else(|| device.kind.to_string()),
            manufacturer: self.manufacturer.unwrap_or_else(|| kept(&device.manufacturer)),
            model: self.model.unwrap_or_else(|| kept(&device.model)),
            firmware_version: self
                .firmware_version
                .unwrap_or_else(|| kept(&device.firmware_version)),
            position: self.position.unwrap_or_else(|| position.to_owned()),
        }
    }
}

/// What is shown of a key that works.
#[derive(Serialize, utoipa::ToSchema)]
pub struct DeviceKeyBody {
    /// What it begins with; the rest nobody can look up again.
    prefix: String,
    #[schema(value_type = String, format = DateTime)]
    created_at: Timestamp,
    /// `null`: it works until another one follows it.
    #[schema(value_type = Option<String>, format = DateTime)]
    ends_at: Option<Timestamp>,
}

impl From<KeyLine> for DeviceKeyBody {
    fn from(key: KeyLine) -> Self {
        Self { prefix: key.prefix, created_at: key.created_at, ends_at: key.ends_at }
    }
}

/// A device of the caller.
#[derive(Serialize, utoipa::ToSchema)]
pub struct DeviceBody {
    #[schema(value_type = String, format = Uuid)]
    device_id: DeviceId,
    name: String,
    device_type: DeviceKind,
    manufacturer: Option<String>,
    model: Option<String>,
    firmware_version: Option<String>,
    position: Option<BodyPosition>,
    status: DeviceStatus,
    /// Whether it has shown its key, and is still in use.
    is_verified: bool,
    is_online: bool,
    /// When it last said anything.
    #[schema(value_type = Option<String>, format = DateTime)]
    last_seen: Option<Timestamp>,
    /// Percent, as it was last told.
    battery_level: Option<u8>,
    /// Those that work.
    keys: Vec<DeviceKeyBody>,
    /// The device that has taken its place.
    #[schema(value_type = Option<String>, format = Uuid)]
    replaced_by: Option<DeviceId>,
    /// Whether its readings are being removed.
    is_clearing: bool,
    #[schema(value_type = String, format = DateTime)]
    created_at: Timestamp,
}

impl From<Device> for DeviceBody {
    fn from(device: Device) -> Self {
        let is_verified = matches!(device.status, DeviceStatus::Active | DeviceStatus::Paused);
        Self {
            device_id: device.id,
            name: device.name,
            device_type: device.kind,
            manufacturer: device.manufacturer,
            model: device.model,
            firmware_version: device.firmware_version,
            position: device.position,
            status: device.status,
            is_verified,
            is_online: device.health.is_online(),
            last_seen: device.signs.last_seen,
            battery_level: device.signs.battery.map(|battery| battery.level.percent()),
            keys: device.keys.into_iter().map(DeviceKeyBody::from).collect(),
            replaced_by: device.replaced_by,
            is_clearing: device.is_clearing,
            created_at: device.created_at,
        }
    }
}

/// A device and its key.
#[derive(Serialize, utoipa::ToSchema)]
pub struct RegisteredDeviceBody {
    /// With it the device sends, and nothing else can be done. Said in this answer alone.
    api_key: String,
    #[serde(flatten)]
    device: DeviceBody,
}

/// Another key for a device, beside which the one before works for a day.
#[derive(Serialize, utoipa::ToSchema)]
pub struct RotatedKeyBody {
    /// Said in this answer alone.
    api_key: String,
    /// Those that work, this one first.
    keys: Vec<DeviceKeyBody>,
}

/// How a device is. Silent, low on battery and broken are three things.
#[derive(Serialize, utoipa::ToSchema)]
pub struct DeviceHealthBody {
    #[schema(value_type = String, format = Uuid)]
    device_id: DeviceId,
    status: DeviceStatus,
    is_online: bool,
    connectivity: Connectivity,
    #[schema(value_type = Option<String>, format = DateTime)]
    last_seen: Option<Timestamp>,
    /// When the newest of its readings was measured.
    #[schema(value_type = Option<String>, format = DateTime)]
    last_reading: Option<Timestamp>,
    battery: BatteryStatus,
    /// Percent, as it was told then.
    battery_level: Option<u8>,
    #[schema(value_type = Option<String>, format = DateTime)]
    battery_at: Option<Timestamp>,
    error: ErrorState,
    /// The code of the last one.
    error_code: Option<String>,
    #[schema(value_type = Option<String>, format = DateTime)]
    last_error: Option<Timestamp>,
    data_quality: DataQuality,
    /// What that is from.
    last_7_days: TallyBody,
    #[schema(value_type = Option<String>, format = DateTime)]
    last_maintenance: Option<Timestamp>,
    /// What its owner should look after.
    issues: Vec<IssueBody>,
}

/// What became of so many readings.
#[derive(Serialize, utoipa::ToSchema)]
pub struct TallyBody {
    accepted: u64,
    duplicates: u64,
    quarantined: u64,
    refused: u64,
}

impl From<Tally> for TallyBody {
    fn from(tally: Tally) -> Self {
        let Tally { accepted, duplicates, quarantined, refused } = tally;
        Self { accepted, duplicates, quarantined, refused }
    }
}

/// Something to look after.
#[derive(Serialize, utoipa::ToSchema)]
pub struct IssueBody {
    code: Issue,
    detail: &'static str,
}

impl From<Device> for DeviceHealthBody {
    fn from(device: Device) -> Self {
        let Device { signs, health, .. } = device;
        let issue = |code: Issue| IssueBody { code, detail: code.message() };
        Self {
            device_id: device.id,
            status: device.status,
            is_online: health.is_online(),
            connectivity: health.connectivity,
            last_seen: signs.last_seen,
            last_reading: signs.last_reading,
            battery: health.battery,
            battery_level: signs.battery.map(|battery| battery.level.percent()),
            battery_at: signs.battery.map(|battery| battery.at),
            error: health.error,
            error_code: device.last_error.map(|(code, _)| code),
            last_error: signs.last_error,
            data_quality: health.quality,
            last_7_days: signs.week.into(),
            last_maintenance: device.last_maintenance,
            issues: health.issues().into_iter().map(issue).collect(),
        }
    }
}

async fn list_devices(
    State(site): State<Site>,
    As(owner): As<Patient>,
    OriginalUri(uri): OriginalUri,
    Query(query): Query<PageQuery>,
) -> ApiResult<axum::Json<List<DeviceBody>>> {
    let page = query.page()?;
    let found = devices::devices(site.clinic(), &owner, page).await?;
    Ok(axum::Json(List::new(found, page, &uri, DeviceBody::from)))
}

async fn register_device(
    State(site): State<Site>,
    As(owner): As<Patient>,
    Json(body): Json<DeviceDetailsBody>,
) -> ApiResult<(StatusCode, axum::Json<RegisteredDeviceBody>)> {
    let made = devices::register(site.clinic(), &owner, &body.new_device()).await?;
    registered(&site, &owner, made).await
}

async fn registered(
    site: &Site,
    owner: &Caller<Patient>,
    (id, key): (DeviceId, ApiKey),
) -> ApiResult<(StatusCode, axum::Json<RegisteredDeviceBody>)> {
    let device = devices::device(site.clinic(), owner, id).await?.into();
    let body = RegisteredDeviceBody { api_key: key.reveal().to_owned(), device };
    Ok((StatusCode::CREATED, axum::Json(body)))
}

async fn get_device(
    State(site): State<Site>,
    As(owner): As<Patient>,
    Path(id): Path<DeviceId>,
) -> ApiResult<axum::Json<DeviceBody>> {
    Ok(axum::Json(devices::device(site.clinic(), &owner, id).await?.into()))
}

async fn get_device_health(
    State(site): State<Site>,
    As(owner): As<Patient>,
    Path(id): Path<DeviceId>,
) -> ApiResult<axum::Json<DeviceHealthBody>> {
    Ok(axum::Json(devices::device(site.clinic(), &owner, id).await?.into()))
}

async fn update_device(
    State(site): State<Site>,
    As(owner): As<Patient>,
    Path(id): Path<DeviceId>,
    Json(body): Json<DeviceDetailsBody>,
) -> ApiResult<axum::Json<DeviceBody>> {
    let device = devices::device(site.clinic(), &owner, id).await?;
    devices::change(site.clinic(), &owner, id, &body.change(&device)).await?;
    Ok(axum::Json(devices::device(site.clinic(), &owner, id).await?.into()))
}

async fn revoke_device(
    State(site): State<Site>,
    As(owner): As<Patient>,
    Path(id): Path<DeviceId>,
) -> ApiResult<StatusCode> {
    devices::advance(site.clinic(), &owner, id, DeviceStatus::Revoked).await?;
    Ok(StatusCode::NO_CONTENT)
}

async fn remove_device_data(
    State(site): State<Site>,
    As(owner): As<Patient>,
    Path(id): Path<DeviceId>,
) -> ApiResult<StatusCode> {
    readings::clear(site.clinic(), &owner, id).await?;
    Ok(StatusCode::ACCEPTED)
}

async fn rotate_device_key(
    State(site): State<Site>,
    As(owner): As<Patient>,
    Path(id): Path<DeviceId>,
) -> ApiResult<(StatusCode, axum::Json<RotatedKeyBody>)> {
    let key = devices::rotate_key(site.clinic(), &owner, id).await?;
    let keys = devices::device(site.clinic(), &owner, id).await?.keys;
    let keys = keys.into_iter().map(DeviceKeyBody::from).collect();
    let body = RotatedKeyBody { api_key: key.reveal().to_owned(), keys };
    Ok((StatusCode::CREATED, axum::Json(body)))
}

async fn pause_device(
    State(site): State<Site>,
    As(owner): As<Patient>,
    Path(id): Path<DeviceId>,
) -> ApiResult<axum::Json<DeviceBody>> {
    devices::advance(site.clinic(), &owner, id, DeviceStatus::Paused).await?;
    Ok(axum::Json(devices::device(site.clinic(), &owner, id).await?.into()))
}

async fn resume_device(
    State(site): State<Site>,
    As(owner): As<Patient>,
    Path(id): Path<DeviceId>,
) -> ApiResult<axum::Json<DeviceBody>> {
    devices::advance(site.clinic(), &owner, id, DeviceStatus::Active).await?;
    Ok(axum::Json(devices::device(site.clinic(), &owner, id).await?.into()))
}

/// Another device in its place. What is left out of where it measures and of what kind it is stays.
async fn replace_device(
    State(site): State<Site>,
    As(owner): As<Patient>,
    Path(id): Path<DeviceId>,
    Json(body): Json<DeviceDetailsBody>,
) -> ApiResult<(StatusCode, axum::Json<RegisteredDeviceBody>)> {
    let device = devices::device(site.clinic(), &owner, id).await?;
    let body = DeviceDetailsBody {
        device_type: body.device_type.or_else(|| Some(device.kind.to_string())),
        ..body
    };
    let made = devices::replace(site.clinic(), &owner, id, &body.new_device()).await?;
    registered(&site, &owner, made).await
}
