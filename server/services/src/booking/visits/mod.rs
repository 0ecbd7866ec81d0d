//! Looking at visits.
pub(crate) mod queries;

use crate::{
    Clinic, Conn, Result,
    audit::{self, Event},
    directory::{Found, Page},
    identity::{Caller, Doctor, Patient, Person},
};
use domain::booking::{AppointmentId, Slot};
use queries::Selection;

pub use queries::{SeriesVisit, StatusChange, Visit};

/// Which of a patient's visits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum When {
    Coming,
    Past,
    Always,
}

/// The visits of the patient and of their dependants: coming ones soonest first, others latest first.
pub async fn visits(
    clinic: &Clinic,
    patient: &Caller<Patient>,
    when: When,
    page: Page,
) -> Result<Found<Visit>> {
    let selection = Selection {
        coming: match when {
            When::Coming => Some(true),
            When::Past => Some(false),
            When::Always => None,
        },
        now: clinic.now(),
        limit: page.size,
        offset: page.offset(),
    };
    let conn = &mut *clinic.db().await?;
    let count = queries::count_visits(conn, patient.user, selection).await?;
    Ok(Found { count, items: queries::visits_of_patient(conn, patient.user, selection).await? })
}

/// One visit, for its patient, their guardian or its doctor. The doctor's look is put on record.
pub async fn visit(clinic: &Clinic, caller: &Caller<Person>, id: AppointmentId) -> Result<Visit> {
    let conn = &mut *clinic.db().await?;
    let visit = queries::visit(conn, id, caller.user, caller.provider).await?;
    if !visit.is_of(caller.user) {
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
    let visits =
        queries::visits_of_provider(conn, doctor.provider()?, window.start, window.end).await?;
    seen_in_list(conn, doctor, &visits).await?;
    Ok(visits)
}

/// The coming visits that the doctor has been asked for and has not answered, soonest first. The
/// look is put on record.
pub async fn requests(clinic: &Clinic, doctor: &Caller<Doctor>) -> Result<Vec<Visit>> {
    let conn = &mut *clinic.db().await?;
    let visits = queries::requests_of_provider(conn, doctor.provider()?, clinic.now()).await?;
    seen_in_list(conn, doctor, &visits).await?;
    Ok(visits)
}

async fn seen_in_list(conn: &mut Conn, doctor: &Caller<Doctor>, visits: &[Visit]) -> Result<()> {
    let seen = visits.iter().map(|visit| (visit.id.as_uuid(), visit.patient_id));
    Ok(audit::record_list(conn, doctor.user, ("appointment.list", "appointment"), seen).await?)
}

/// All visits of the series that `visit` belongs to, in order; none when it comes alone. Whoever has
/// the visit may see it.
pub async fn series(clinic: &Clinic, visit: &Visit) -> Result<Vec<SeriesVisit>> {
    match visit.series_id {
        Some(series) => Ok(queries::series(&mut *clinic.db().await?, series).await?),
        None => Ok(Vec::new()),
    }
}

/// What became of `visit` since it was booked, in order. Whoever has the visit may see it.
pub async fn history(clinic: &Clinic, visit: &Visit) -> Result<Vec<StatusChange>> {
    Ok(queries::history(&mut *clinic.db().await?, visit.id).await?)
}
