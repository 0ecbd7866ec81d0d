//! Devices, what they sent, and how much a day.
use crate::demo::{
    copy::{Row, Table},
    measured::{Diary, Gadget, Measured},
};
use domain::devices::{BodyPosition, DeviceId, DeviceStatus};
use jiff::{civil::Date, tz::TimeZone};
use std::collections::BTreeMap;

pub fn devices(diary: &Diary) -> Table {
    let mut devices = Table::new(
        "devices",
        "id, patient_id, name, kind, manufacturer, model, position, status, last_seen_at, last_reading_at, battery_level, battery_at, created_at, updated_at",
    );
    for (number, gadget) in diary.gadgets.iter().enumerate() {
        let last = diary.readings.iter().rev().find(|measured| measured.gadget == Some(number));
        device(&mut devices, diary, gadget, last);
    }
    devices
}

fn device(devices: &mut Table, diary: &Diary, gadget: &Gadget, last: Option<&Measured>) {
    let heard = last.map(|last| last.received);
    devices
        .row()
        .id(gadget.id.as_uuid())
        .id(diary.patient.as_uuid())
        .text(gadget.name)
        .text(gadget.kind.as_str())
        .text(gadget.manufacturer)
        .text(gadget.model)
        .maybe(gadget.position.map(BodyPosition::as_str), Row::text)
        .text(DeviceStatus::Active.as_str())
        .maybe(heard, Row::instant)
        .maybe(last.map(|last| last.at), Row::instant)
        .maybe(heard.map(|_| gadget.battery), Row::number)
        .maybe(heard, Row::instant)
        .instant(gadget.made)
        .instant(gadget.made)
        .end();
}

pub fn days(diary: &Diary) -> Table {
    let mut days = Table::new("device_days", "device_id, day, accepted");
    let mut accepted: BTreeMap<(DeviceId, Date), i64> = BTreeMap::new();
    for measured in &diary.readings {
        if let Some(gadget) = measured.gadget {
            let day = measured.received.to_zoned(TimeZone::UTC).date();
            *accepted.entry((diary.gadgets[gadget].id, day)).or_default() += 1;
        }
    }
    for ((device, day), count) in accepted {
        days.row().id(device.as_uuid()).day(day).number(count).end();
    }
    days
}

pub fn readings(diary: &Diary) -> Table {
    let mut readings = Table::new(
        "readings",
        "patient_id, id, recorded_at, source, kind, value, diastolic, unit, created_at",
    );
    for measured in &diary.readings {
        reading(&mut readings, diary, measured);
    }
    readings
}

fn reading(readings: &mut Table, diary: &Diary, measured: &Measured) {
    let patient = diary.patient.as_uuid();
    let (reading, kind) = (measured.reading, measured.reading.kind());
    readings
        .row()
        .id(patient)
        .id(measured.id.as_uuid())
        .instant(measured.at)
        .id(measured.gadget.map_or(patient, |gadget| diary.gadgets[gadget].id.as_uuid()))
        .text(kind.as_str())
        .decimal(reading.value())
        .maybe(reading.diastolic(), Row::decimal)
        .text(kind.unit().as_str())
        .instant(measured.received)
        .end();
}
