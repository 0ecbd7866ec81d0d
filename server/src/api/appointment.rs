//! A visit, as JSON says it.
use super::directory::MoneyBody;
use domain::{
    booking::{
        AppointmentId, AppointmentStatus, PaymentStatus, Priority, SeriesId, VisitKind,
        can_be_cancelled, can_be_rescheduled,
    },
    directory::{HospitalId, ProviderId},
    identity::UserId,
};
use jiff::Timestamp;
use serde::Serialize;
use services::booking::Visit;

/// A visit.
#[derive(Serialize, utoipa::ToSchema)]
pub struct AppointmentBody {
    #[schema(value_type = String, format = Uuid)]
    id: AppointmentId,
    #[schema(value_type = String, format = Uuid)]
    patient_id: UserId,
    patient_name: String,
    #[schema(value_type = String, format = Uuid)]
    healthcare_provider_id: ProviderId,
    healthcare_provider_name: String,
    #[schema(value_type = Option<String>, format = Uuid)]
    hospital_id: Option<HospitalId>,
    hospital_name: Option<String>,
    #[schema(value_type = String, format = DateTime)]
    appointment_date: Timestamp,
    #[schema(value_type = String, format = DateTime)]
    end_time: Timestamp,
    duration_minutes: i64,
    /// IANA zone of the place.
    time_zone: String,
    appointment_type: VisitKind,
    status: AppointmentStatus,
    priority: Priority,
    chief_complaint: String,
    /// Left out, as all about money, for who may see the visit and do no more.
    #[serde(flatten)]
    money: Option<MoneyOfVisit>,
    /// Around which day the doctor would see the patient again, on the calendar of the place.
    #[schema(value_type = Option<String>, format = Date)]
    next_appointment_recommended: Option<jiff::civil::Date>,
    /// Whether the patient, or who reads for them, was reminded of the time that it has now.
    reminder_sent: bool,
    /// When that was, the last time.
    #[schema(value_type = Option<String>, format = DateTime)]
    reminder_sent_at: Option<Timestamp>,
    is_past: bool,
    /// Whether it starts on the day it is now at its place.
    is_today: bool,
    is_upcoming: bool,
    can_be_cancelled: bool,
    can_be_rescheduled: bool,
    /// What holds visits together that were booked to come again.
    #[schema(value_type = Option<String>, format = Uuid)]
    series_id: Option<SeriesId>,
    /// Who booked it: the patient, their guardian, or who acts for them.
    #[schema(value_type = String, format = Uuid)]
    created_by: UserId,
    #[schema(value_type = String, format = DateTime)]
    created_at: Timestamp,
    #[schema(value_type = String, format = DateTime)]
    updated_at: Timestamp,
}

/// What a visit costs.
#[derive(Serialize, utoipa::ToSchema)]
pub struct MoneyOfVisit {
    consultation_fee: MoneyBody,
    payment_status: PaymentStatus,
    /// How much of what was paid goes back, or has gone.
    refund: MoneyBody,
    /// Until then cancelling costs nothing.
    #[schema(value_type = String, format = DateTime)]
    free_until: Timestamp,
    /// What cancelling would cost now.
    cancellation_cost: MoneyBody,
}

impl MoneyOfVisit {
    fn new(visit: &Visit, now: Timestamp) -> Self {
        let fee = visit.fee();
        Self {
            consultation_fee: fee.into(),
            payment_status: visit.payment_status,
            refund: visit.refund().into(),
            free_until: visit.policy().terms(visit.starts_at, fee).free_until,
            cancellation_cost: visit.quote(now).cost.into(),
        }
    }
}

impl AppointmentBody {
    pub fn new(visit: Visit, now: Timestamp) -> Self {
        let policy = visit.policy();
        let changes_it = !visit.is_only_seen();
        let money = changes_it.then(|| MoneyOfVisit::new(&visit, now));
        let today =
            |instant: Timestamp| instant.to_zoned(domain::zone::rules(&visit.time_zone)).date();
        let is_today = today(visit.starts_at) == today(now);
        Self {
            id: visit.id,
            patient_id: visit.patient_id,
            patient_name: visit.patient_name,
            healthcare_provider_id: visit.provider_id,
            healthcare_provider_name: visit.provider_name,
            hospital_id: visit.hospital_id,
            hospital_name: visit.hospital_name,
            appointment_date: visit.starts_at,
            end_time: visit.ends_at,
            duration_minutes: visit.ends_at.duration_since(visit.starts_at).as_mins(),
            time_zone: visit.time_zone,
            appointment_type: visit.appointment_type,
            status: visit.status,
            priority: visit.priority,
            chief_complaint: visit.chief_complaint,
            money,
            next_appointment_recommended: visit.next_appointment_recommended,
            reminder_sent: visit.reminder_sent_at.is_some(),
            reminder_sent_at: visit.reminder_sent_at,
            is_past: visit.ends_at <= now,
            is_today,
            is_upcoming: visit.starts_at > now && visit.status.is_live(),
            can_be_cancelled: changes_it
                && can_be_cancelled(visit.status, visit.starts_at, now).is_ok(),
            can_be_rescheduled: changes_it
                && can_be_rescheduled(visit.status, visit.starts_at, policy, now).is_ok(),
            series_id: visit.series_id,
            created_by: visit.created_by,
            created_at: visit.created_at,
            updated_at: visit.updated_at,
        }
    }
}
