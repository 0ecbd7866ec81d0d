//! Looking at visits.
mod history;
pub(crate) mod queries;

use crate::{
    Clinic, Conn, Result,
    audit::{self, Event},
    directory::{Found, Page},
    identity::{Caller, Doctor, Patient, Person},
};
use domain::{
    booking::{AppointmentId, Slot},
    identity::UserId,
};
use queries::Selection;
use uuid::Uuid;

pub use history::{StatusChange, history};
pub use queries::{SeriesVisit, Visit};

/// Which of a patient's visits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum When {
    Coming,
    Past,
    Always,
}

/// The visits of the patient, of their dependants and of those who let them see theirs: coming ones soonest first,
/// others latest first. What is seen of others is put on record.
pub async fn visits(
    clinic: &Clinic,
    patient: &Caller<Patient>,
    when: When,
    page: Page,
) -> Result<Found<Visit>> {
    let found = select(clinic, patient, (when, false), page).await?;
    let entrusted = |visit: &&Visit| visit.is_entrusted_to(patient.user);
    let seen: Vec<_> = found.items.iter().filter(entrusted).map(line).collect();
    seen_in_list(&mut *clinic.db().await?, patient.user, seen).await?;
    Ok(found)
}

/// The same without those of others: what is kept about the patient and their dependants.
pub async fn visits_of_family(
    clinic: &Clinic,
    patient: &Caller<Patient>,
    when: When,
    page: Page,
) -> Result<Found<Visit>> {
    select(clinic, patient, (when, true), page).await
}

async fn select(
    clinic: &Clinic,
    patient: &Caller<Patient>,
    (when, of_family): (When, bool),
    page: Page,
) -> Result<Found<Visit>> {
    let selection = Selection {
        coming: match when {
            When::Coming => Some(true),
            When::Past => Some(false),
            When::Always => None,
        },
        of_family,
        now: clinic.now(),
        limit: page.size,
        offset: page.offset(),
    };
    let conn = &mut *clinic.db().await?;
    let count = queries::count_visits(conn, patient.user, selection).await?;
    Ok(Found { count, items: queries::visits_of_patient(conn, patient.user, selection).await? })
}

/// One visit, for its patient, who sees it for them, or its doctor. Each look is put on record but those of the
/// patient and their guardian.
pub async fn visit(clinic: &Clinic, caller: &Caller<Person>, id: AppointmentId) -> Result<Visit> {
    let conn = &mut *clinic.db().await?;
    let mut visit = queries::visit(conn, id, caller.user, caller.provider).await?;
    if caller.provider == Some(visit.provider_id) {
        // Their doctor sees it as such, whatever else the patient lets them do.
        (visit.proxy_id, visit.proxy_books) = (None, false);
    }
    if visit.is_entrusted_to(caller.user) || !visit.is_of(caller.user) {
        let event = Event {
            actor: Some(caller.user),
            action: "appointment.read",
            subject_type: "appointment",
            subject: id.as_uuid(),
            patient: Some(visit.patient_id),
        };
        // Without its record nobody sees the visit.
        audit::record_in(conn, event).await?;
    }
    Ok(visit)
}

/// The doctor's visits that start within `window`, in order. The look is put on record.
pub async fn day_of(clinic: &Clinic, doctor: &Caller<Doctor>, window: Slot) -> Result<Vec<Visit>> {
    let conn = &mut *clinic.db().await?;
    let who = (doctor.provider()?, doctor.user);
    let visits = queries::visits_of_provider(conn, who, window.start, window.end).await?;
    seen_in_list(conn, doctor.user, visits.iter().map(line).collect()).await?;
    Ok(visits)
}

/// The coming visits that the doctor has been asked for and has not answered, soonest first. The
/// look is put on record.
pub async fn requests(clinic: &Clinic, doctor: &Caller<Doctor>) -> Result<Vec<Visit>> {
    let conn = &mut *clinic.db().await?;
    let who = (doctor.provider()?, doctor.user);
    let visits = queries::requests_of_provider(conn, who, clinic.now()).await?;
    seen_in_list(conn, doctor.user, visits.iter().map(line).collect()).await?;
    Ok(visits)
}

/// A visit in a list, and whose it is.
fn line(visit: &Visit) -> (Uuid, UserId) {
    (visit.id.as_uuid(), visit.patient_id)
}

async fn seen_in_list(conn: &mut Conn, reader: UserId, seen: Vec<(Uuid, UserId)>) -> Result<()> {
    Ok(audit::record_list(conn, reader, ("appointment.list", "appointment"), seen).await?)
}

/// All visits of the series that `visit` belongs to, in order; none when it comes alone. Whoever has
/// the visit may see it.
pub async fn series(clinic: &Clinic, visit: &Visit) -> Result<Vec<SeriesVisit>> {
    match visit.series_id {
        Some(series) => Ok(queries::series(&mut *clinic.db().await?, series).await?),
        None => Ok(Vec::new()),
    }
}
