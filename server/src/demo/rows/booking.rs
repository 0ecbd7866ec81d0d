//! Visits and what is paid for them.
use crate::demo::{
    copy::{Row, Table},
    doctors::Doctor,
    visits::Visit,
};
use domain::{
    booking::{AppointmentStatus, PaymentStatus},
    identity::UserId,
};

pub fn appointments() -> Table {
    Table::new(
        "appointments",
        "id, patient_id, provider_id, hospital_id, created_by, starts_at, ends_at, time_zone, appointment_type, status, priority, chief_complaint, consultation_fee_minor, currency, free_until_minutes, late_percent, with_pauses, sequence, cancelled_at, cancelled_by, created_at, updated_at",
    )
}

pub fn appointment(appointments: &mut Table, visit: &Visit, doctor: &Doctor, patient: UserId) {
    appointments
        .row()
        .id(visit.id.as_uuid())
        .id(patient.as_uuid())
        .id(doctor.id.as_uuid())
        .maybe(visit.place, |row, place| row.id(place.as_uuid()))
        .id(patient.as_uuid())
        .instant(visit.slot.start)
        .instant(visit.slot.end)
        .text(doctor.city.zone)
        .text(visit.kind.as_str())
        .text(visit.status.as_str())
        .text(if visit.urgent { "urgent" } else { "routine" })
        .text(visit.reason)
        .number(doctor.fee)
        .text(doctor.city.currency)
        .number(doctor.free_until)
        .number(doctor.late_percent)
        .maybe(visit.pauses.around(visit.slot), Row::range)
        .number(i32::from(visit.cancelled.is_some()))
        .maybe(visit.cancelled, Row::instant)
        .maybe(visit.cancelled, |row, _| row.id(patient.as_uuid()))
        .instant(visit.made)
        .instant(visit.cancelled.unwrap_or(visit.made))
        .end();
}

pub fn payments() -> Table {
    Table::new(
        "payments",
        "id, appointment_id, amount_minor, currency, status, created_at, updated_at",
    )
}

pub fn payment(payments: &mut Table, visit: &Visit, doctor: &Doctor) {
    let (status, changed) = match visit.status {
        AppointmentStatus::Completed | AppointmentStatus::NoShow => {
            (PaymentStatus::Paid, visit.slot.end)
        }
        AppointmentStatus::Cancelled => {
            (PaymentStatus::Cancelled, visit.cancelled.unwrap_or(visit.made))
        }
        _ => (PaymentStatus::Pending, visit.made),
    };
    payments
        .row()
        .id(visit.payment)
        .id(visit.id.as_uuid())
        .number(doctor.fee)
        .text(doctor.city.currency)
        .text(status.as_str())
        .instant(visit.made)
        .instant(changed)
        .end();
}
