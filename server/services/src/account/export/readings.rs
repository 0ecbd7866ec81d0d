//! What is kept of their devices and readings.
use super::{MOST_ROWS, is_last, pages};
use crate::{
    Clinic, Result,
    devices::{self, Device},
    identity::{Caller, Patient},
    readings::{
        self, Corrected, SetLimits, StoredReading,
        alerts::{self, Alert},
    },
};
use domain::readings::{LIMIT_FIELDS, Reached, ReadingId};
use serde_json::{Map, Value, json};

pub(super) async fn devices_of(clinic: &Clinic, patient: &Caller<Patient>) -> Result<Value> {
    let line = |device: &Device| {
        json!({
            "id": device.id,
            "name": device.name,
            "type": device.kind,
            "manufacturer": device.manufacturer,
            "model": device.model,
            "firmware_version": device.firmware_version,
            "position": device.position,
            "status": device.status,
            "replaced_by": device.replaced_by,
            "last_seen": device.signs.last_seen,
            "last_maintenance": device.last_maintenance,
            "added_at": device.created_at,
        })
    };
    let mut all = Vec::new();
    for page in pages() {
        let found = devices::devices(clinic, patient, page).await?;
        all.extend(found.items.iter().map(line));
        if is_last(page, found.count) {
            break;
        }
    }
    Ok(all.into())
}

pub(super) async fn readings_of(clinic: &Clinic, patient: &Caller<Patient>) -> Result<Value> {
    let mut all = Vec::new();
    for page in pages() {
        let found = readings::readings(clinic, patient, None, page).await?;
        all.extend(found.items.iter().map(reading));
        if is_last(page, found.count) {
            break;
        }
    }
    Ok(all.into())
}

/// What readings were before they were corrected.
pub(super) async fn corrections(clinic: &Clinic, patient: &Caller<Patient>) -> Result<Value> {
    let line = |(id, was): &(ReadingId, Corrected)| {
        json!({
            "reading": id,
            "type": was.reading.kind(),
            "value": was.reading.value(),
            "diastolic": was.reading.diastolic(),
            "unit": was.reading.kind().unit(),
            "recorded_at": was.recorded_at,
            "notes": was.notes,
            "corrected_at": was.until,
        })
    };
    let all = readings::corrections(clinic, patient, MOST_ROWS).await?;
    Ok(all.iter().map(line).collect())
}

/// What doctors have set for them, in the canonical unit of each kind.
pub(super) async fn limits_of(clinic: &Clinic, patient: &Caller<Patient>) -> Result<Value> {
    let line = |set: &SetLimits| {
        let (kind, numbers) = (set.limits.kind(), set.limits.numbers());
        let numbers: Map<String, Value> =
            LIMIT_FIELDS.iter().zip(numbers).map(|(name, n)| ((*name).into(), json!(n))).collect();
        json!({ "type": kind, "unit": kind.unit(), "set_by": set.by, "set_at": set.at, "limits": numbers })
    };
    Ok(readings::own_limits(clinic, patient).await?.iter().map(line).collect())
}

/// What came with a time that cannot be right.
pub(super) async fn quarantined(clinic: &Clinic, patient: &Caller<Patient>) -> Result<Value> {
    let mut all = Vec::new();
    for page in pages() {
        let found = readings::quarantined(clinic, patient, page).await?;
        all.extend(found.items.iter().map(|(stored, why)| {
            let mut line = reading(stored);
            line["quarantine"] = json!(why);
            line
        }));
        if is_last(page, found.count) {
            break;
        }
    }
    Ok(all.into())
}

/// What they were told of their readings.
pub(super) async fn alerts_of(clinic: &Clinic, patient: &Caller<Patient>) -> Result<Value> {
    let mut all: Vec<_> = alerts::open(clinic, patient).await?.iter().map(alert).collect();
    for page in pages() {
        let found = alerts::over(clinic, patient, page).await?;
        all.extend(found.items.iter().map(alert));
        if is_last(page, found.count) {
            break;
        }
    }
    Ok(all.into())
}

fn alert(alert: &Alert) -> Value {
    json!({
        "id": alert.id,
        "type": alert.kind,
        "severity": alert.severity,
        "side": alert.side,
        "concern": alert.concern,
        "value": alert.reading.value(),
        "diastolic": alert.reading.diastolic(),
        "unit": alert.kind.unit(),
        "recorded_at": alert.recorded_at,
        "readings": alert.readings,
        "opened_at": alert.opened_at,
        "acknowledged_at": alert.acknowledged_at,
        "escalated_at": alert.escalated_at,
        "ended_at": alert.ended_at,
    })
}

pub(super) async fn reached(clinic: &Clinic, patient: &Caller<Patient>) -> Result<Value> {
    let all = readings::milestones::all(clinic, patient).await?;
    let line = |reached: Reached| json!({ "type": reached.kind, "reached": reached.what, "reached_on": reached.on });
    Ok(all.into_iter().map(line).collect::<Vec<_>>().into())
}

/// Values are in the canonical unit of their kind, whatever unit they were sent in.
fn reading(stored: &StoredReading) -> Value {
    let kind = stored.reading.kind();
    json!({
        "id": stored.id,
        "type": kind,
        "value": stored.reading.value(),
        "diastolic": stored.reading.diastolic(),
        "unit": kind.unit(),
        "loinc": kind.loinc(),
        "recorded_at": stored.recorded_at,
        "received_at": stored.received_at,
        "device": stored.device.as_ref().map(|(id, _)| id),
        "device_name": stored.device.as_ref().map(|(_, name)| name),
        "notes": stored.notes,
        "is_late": stored.is_late,
        "near_duplicate_of": stored.near_duplicate_of,
    })
}
