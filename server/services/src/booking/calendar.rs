//! A visit as an entry for the person's own calendar (RFC 5545).
use super::Visit;
use domain::booking::{AppointmentStatus, VisitKind};
use icalendar::{Calendar, Component, Event, EventLike, EventStatus, Property};
use jiff::{Timestamp, tz::TimeZone};

/// The `.ics` file of a visit. Says when, where and with whom, never why.
///
/// Times are in UTC, so that every calendar shows them right without knowing
/// our zones. The entry keeps its UID through all changes; SEQUENCE grows.
pub fn calendar(visit: &Visit, page: &str, now: Timestamp) -> String {
    let place = match (visit.appointment_type, &visit.hospital_name, &visit.hospital_address) {
        (VisitKind::InPerson, Some(name), Some(address)) => format!("{name}, {address}"),
        (kind, ..) => format!("{} visit", kind.label()),
    };
    let status = match visit.status {
        AppointmentStatus::Cancelled => EventStatus::Cancelled,
        _ => EventStatus::Confirmed,
    };
    let event = Event::new()
        .uid(&format!("{}@medconnect", visit.id))
        .sequence(u32::try_from(visit.sequence).unwrap_or_default())
        .summary(&format!("Visit with {}", visit.provider_name))
        .location(&place)
        .url(page)
        .description(&format!("Change or cancel it here: {page}"))
        .status(status)
        .append_property(Property::new("DTSTAMP", utc(now)))
        .append_property(Property::new("DTSTART", utc(visit.starts_at)))
        .append_property(Property::new("DTEND", utc(visit.ends_at)))
        .done();
    Calendar::new()
        .append_property(Property::new("METHOD", "PUBLISH"))
        .push(event)
        .done()
        .to_string()
}

/// `20260303T092000Z`
fn utc(instant: Timestamp) -> String {
    instant.to_zoned(TimeZone::UTC).strftime("%Y%m%dT%H%M%SZ").to_string()
}
