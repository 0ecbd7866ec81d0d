//! Devices, what they sent, and how much a day.
use crate::demo::{
    copy::{Row, Table},
    measured::{Diary, Gadget, Measured},
};
use domain::{
    devices::{BodyPosition, DeviceId, DeviceStatus},
    readings::{Figures, MetricKind, day_of, hour_of},
};
use jiff::{Timestamp, civil::Date, tz::TimeZone};
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
        "patient_id, id, recorded_at, source, kind, value, diastolic, unit, created_at, utc_offset",
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
        .number(measured.utc_offset)
        .end();
}

const FIGURES: &str = "count, lowest, highest, total, squares, in_range, lower_lowest, lower_highest, lower_total, lower_squares";

/// What the readings come to in each hour and day.
pub fn rollups(diary: &Diary) -> [Table; 2] {
    let mut hours: BTreeMap<(MetricKind, Timestamp), Figures> = BTreeMap::new();
    let mut days: BTreeMap<(MetricKind, Date), (Figures, Timestamp)> = BTreeMap::new();
    for measured in &diary.readings {
        let (kind, of) = (measured.reading.kind(), Figures::of(measured.reading));
        let hour = hour_of(measured.at, measured.utc_offset);
        hours.entry((kind, hour)).and_modify(|all| *all = all.with(of)).or_insert(of);
        let day = day_of(measured.at, measured.utc_offset);
        days.entry((kind, day))
            .and_modify(|(all, last)| (*all, *last) = (all.with(of), measured.at.max(*last)))
            .or_insert((of, measured.at));
    }
    let mut by_hour = Table::new("reading_hours", &format!("patient_id, kind, hour, {FIGURES}"));
    for ((kind, hour), all) in hours {
        let row = by_hour.row().id(diary.patient.as_uuid()).text(kind.as_str()).instant(hour);
        figures(row, all).end();
    }
    let columns = format!("patient_id, kind, day, last_at, {FIGURES}");
    let mut by_day = Table::new("reading_days", &columns);
    for ((kind, day), (all, last)) in days {
        let row = by_day.row().id(diary.patient.as_uuid()).text(kind.as_str()).day(day);
        figures(row.instant(last), all).end();
    }
    [by_hour, by_day]
}

fn figures(row: Row<'_>, all: Figures) -> Row<'_> {
    let lower = all.lower;
    row.number(all.count)
        .decimal(all.lowest)
        .decimal(all.highest)
        .decimal(all.total)
        .decimal(all.squares)
        .number(all.in_range)
        .maybe(lower.map(|lower| lower.lowest), Row::decimal)
        .maybe(lower.map(|lower| lower.highest), Row::decimal)
        .maybe(lower.map(|lower| lower.total), Row::decimal)
        .maybe(lower.map(|lower| lower.squares), Row::decimal)
}
