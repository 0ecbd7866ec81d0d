use super::{
    List, PageQuery, Routes,
    appointment::AppointmentBody,
    input::{As, Json, Path, Query, optional, parsed},
    problem::{ApiError, ApiResult},
    times::SlotBody,
};
use app::Site;
use axum::{
    extract::{OriginalUri, State},
    http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
    routing::get,
};
use domain::{
    FieldProblem, ProblemKind,
    booking::{AppointmentId, AppointmentStatus, BookingRequest, Priority, SLOT_TAKEN},
};
use jiff::Timestamp;
use serde::Deserialize;
use services::{
    Error,
    booking::{self, Change, IdempotencyKey, When},
    identity::{self, ActsAs, Caller, Doctor, Patient, Person},
};

pub fn routes() -> Routes {
    let list = || get(list_appointments).post(create_appointment);
    let item = || get(get_appointment).put(update_appointment).delete(cancel_appointment);
    vec![
        ("/appointments", list()),
        ("/appointments/{id}", item()),
        ("/consultations", list()),
        ("/consultations/{id}", item()),
    ]
}

/// What books a visit.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(default)]
#[derive(Default)]
pub struct CreateAppointmentBody {
    /// The doctor's id.
    #[serde(alias = "doctor_id")]
    healthcare_provider_id: String,
    /// RFC 3339 with an offset, e.g. `2026-03-02T09:00:00Z`.
    #[serde(alias = "scheduled_time")]
    appointment_date: String,
    /// `video`, `phone` or `in_person`.
    appointment_type: String,
    /// 1 to 500 characters.
    #[serde(alias = "reason")]
    chief_complaint: String,
    hospital_id: Option<String>,
    /// `routine`, which is the default, or `urgent`: at a time of today, one at a time for each person.
    priority: Option<String>,
    /// For whom it is: the caller, which is the default, one of their family, or somebody who lets them book.
    patient_id: Option<String>,
}

pub const A_TIME: &str = "Send a time with its offset, such as 2026-03-02T09:00:00Z.";

/// The reason for a visit, tidied.
pub fn checked_reason(raw: &str) -> Result<String, FieldProblem> {
    let length = domain::booking::REASON_LENGTH;
    domain::text::checked("chief_complaint", "The reason for your visit", raw, length)
}

impl CreateAppointmentBody {
    fn request(self) -> Result<BookingRequest, Vec<FieldProblem>> {
        let provider =
            parsed("healthcare_provider_id", &self.healthcare_provider_id, "Send a doctor's id.");
        let start = parsed("appointment_date", &self.appointment_date, A_TIME);
        let kind =
            parsed("appointment_type", &self.appointment_type, "Send video, phone or in_person.");
        let place = self
            .hospital_id
            .filter(|id| !id.is_empty())
            .map(|id| parsed("hospital_id", &id, "Send a hospital's id."))
            .transpose();
        let reason = checked_reason(&self.chief_complaint);
        match (provider, start, kind, place, reason) {
            (Ok(provider), Ok(start), Ok(kind), Ok(place), Ok(reason)) => {
                Ok(BookingRequest { provider, start, kind, reason, place })
            }
            (provider, start, kind, place, reason) => {
                Err([provider.err(), start.err(), kind.err(), place.err(), reason.err()]
                    .into_iter()
                    .flatten()
                    .collect())
            }
        }
    }
}

const REPLAYED: HeaderName = HeaderName::from_static("idempotency-replayed");

/// The key that the command was sent with, if it was.
pub fn key_of(headers: &HeaderMap) -> Option<Result<IdempotencyKey, FieldProblem>> {
    let key = headers.get("idempotency-key")?;
    Some(IdempotencyKey::checked(key.to_str().unwrap_or_default()))
}

/// Whether the answer is one that was given before.
pub fn mark_replayed(mut response: Response, replayed: bool) -> Response {
    if replayed {
        response.headers_mut().insert(REPLAYED, HeaderValue::from_static("true"));
    }
    response
}

/// A visit of `caller` as it is now.
async fn as_it_is<R>(
    site: &Site,
    caller: &Caller<R>,
    id: AppointmentId,
) -> ApiResult<axum::Json<AppointmentBody>> {
    let caller = identity::require::<Person>(Some((**caller).clone()))?;
    let visit = booking::visit(site.clinic(), &caller, id).await?;
    Ok(axum::Json(AppointmentBody::new(visit, site.clinic().now())))
}

async fn create_appointment(
    State(site): State<Site>,
    As(patient): As<Patient>,
    headers: HeaderMap,
    Json(body): Json<CreateAppointmentBody>,
) -> ApiResult<Response> {
    let key = key_of(&headers).unwrap_or_else(|| IdempotencyKey::checked(""));
    let key = key.map_err(services::Error::from)?;
    let person = match body.patient_id.as_deref().filter(|id| !id.is_empty()) {
        Some(id) => parsed("patient_id", id, "Send the id of one of your family."),
        None => Ok(patient.user),
    };
    let priority: Option<Priority> =
        optional("priority", body.priority.as_deref(), "Send routine or urgent.")?;
    let request = body.request();
    let (person, request) = match (person, request) {
        (Ok(person), Ok(request)) => (person, request),
        (person, request) => {
            let problems = request.err().unwrap_or_default();
            return Err(Error::from([problems, Vec::from_iter(person.err())].concat()).into());
        }
    };
    let wanted = (request.provider, request.start, request.kind);
    let booked = match priority.unwrap_or(Priority::Routine) {
        Priority::Routine => {
            booking::book_for(site.clinic(), &patient, person, &key, request).await
        }
        Priority::Urgent => {
            booking::book_urgently(site.clinic(), &patient, person, &key, request).await
        }
    };
    let booked = match booked {
        Ok(booked) => booked,
        Err(services::Error::Refused(refusal)) if refusal == SLOT_TAKEN => {
            let (provider, start, kind) = wanted;
            let nearest = booking::alternatives(site.clinic(), provider, start, Some(kind)).await?;
            return Err(ApiError::from(services::Error::from(refusal))
                .with_alternatives(nearest.iter().map(SlotBody::from).collect()));
        }
        Err(error) => return Err(error.into()),
    };
    let body = match booked.visit {
        Some(visit) => axum::Json(AppointmentBody::new(visit, site.clinic().now())),
        None => as_it_is(&site, &patient, booked.appointment).await?,
    };
    let place = HeaderValue::from_str(&format!("/api/appointments/{}", booked.appointment));
    let mut response = (StatusCode::CREATED, body).into_response();
    if let Ok(place) = place {
        response.headers_mut().insert(header::LOCATION, place);
    }
    Ok(mark_replayed(response, booked.replayed))
}

async fn list_appointments(
    State(site): State<Site>,
    OriginalUri(uri): OriginalUri,
    As(patient): As<Patient>,
    Query(query): Query<PageQuery>,
) -> ApiResult<axum::Json<List<AppointmentBody>>> {
    let page = query.page()?;
    let now = site.clinic().now();
    let found = booking::visits(site.clinic(), &patient, When::Always, page).await?;
    Ok(axum::Json(List::new(found, page, &uri, |visit| AppointmentBody::new(visit, now))))
}

async fn get_appointment(
    State(site): State<Site>,
    As(caller): As<Person>,
    Path(id): Path<AppointmentId>,
) -> ApiResult<axum::Json<AppointmentBody>> {
    let visit = booking::visit(site.clinic(), &caller, id).await?;
    Ok(axum::Json(AppointmentBody::new(visit, site.clinic().now())))
}

/// What changes a visit: another time, another reason, or both; or `status` alone, from its doctor.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(default)]
#[derive(Default)]
pub struct UpdateAppointmentBody {
    /// RFC 3339 with an offset.
    appointment_date: Option<String>,
    chief_complaint: Option<String>,
    /// `confirmed`, `checked_in`, `in_progress`, `completed` or `no_show`. Sent twice, it is done once.
    status: Option<String>,
}

const A_STEP: &str = "Send status alone: confirmed, checked_in, in_progress, completed or no_show.";

impl UpdateAppointmentBody {
    /// What becomes of the visit, as its doctor says.
    fn step(&self) -> Result<AppointmentStatus, FieldProblem> {
        match self {
            Self { appointment_date: None, chief_complaint: None, status: Some(status) } => {
                parsed("status", status, A_STEP)
            }
            _ => Err(FieldProblem::new("status", A_STEP)),
        }
    }
}

/// Who says what becomes of a visit asks as its doctor, as do those who book none; others as its patient.
async fn update_appointment(
    State(site): State<Site>,
    As(caller): As<Person>,
    Path(id): Path<AppointmentId>,
    headers: HeaderMap,
    Json(body): Json<UpdateAppointmentBody>,
) -> ApiResult<Response> {
    let is_doctors = body.status.is_some() || !Patient::may_act(&caller);
    let actor = Some((*caller).clone());
    match is_doctors {
        true => advance_appointment(&site, &identity::require(actor)?, id, &body).await,
        false => change_appointment(&site, &identity::require(actor)?, id, &headers, body).await,
    }
}

async fn advance_appointment(
    site: &Site,
    doctor: &Caller<Doctor>,
    id: AppointmentId,
    body: &UpdateAppointmentBody,
) -> ApiResult<Response> {
    let to = body.step().map_err(Error::from)?;
    booking::advance(site.clinic(), doctor, id, to).await?;
    Ok(as_it_is(site, doctor, id).await?.into_response())
}

async fn change_appointment(
    site: &Site,
    patient: &Caller<Patient>,
    id: AppointmentId,
    headers: &HeaderMap,
    body: UpdateAppointmentBody,
) -> ApiResult<Response> {
    let key = key_of(headers).transpose().map_err(services::Error::from)?;
    let start = body
        .appointment_date
        .map(|raw| parsed::<Timestamp>("appointment_date", &raw, A_TIME))
        .transpose()
        .map_err(services::Error::from)?;
    if start.is_none() && body.chief_complaint.is_none() {
        return Err(ApiError::field(
            "appointment_date",
            "Send appointment_date, chief_complaint or both.",
        ));
    }
    let change = Change { start, reason: body.chief_complaint };
    let replayed = booking::change(site.clinic(), patient, id, &change, key.as_ref())
        .await
        .map_err(unless_taken)?;
    let body = as_it_is(site, patient, id).await?;
    Ok(mark_replayed(body.into_response(), replayed))
}

/// "Cannot modify" and "cannot cancel" are 400 in the founding documents; a taken time is 409.
fn unless_taken(error: services::Error) -> ApiError {
    let taken = matches!(&error, services::Error::Refused(refusal) if *refusal == SLOT_TAKEN);
    let error = ApiError::from(error);
    match error.kind() {
        ProblemKind::Refused if !taken => error.answered_with(StatusCode::BAD_REQUEST),
        _ => error,
    }
}

async fn cancel_appointment(
    State(site): State<Site>,
    As(patient): As<Patient>,
    Path(id): Path<AppointmentId>,
    headers: HeaderMap,
) -> ApiResult<Response> {
    let key = key_of(&headers).transpose().map_err(services::Error::from)?;
    let replayed = booking::cancel(site.clinic(), &patient, id, None, key.as_ref())
        .await
        .map_err(unless_taken)?;
    let body = as_it_is(&site, &patient, id).await?;
    Ok(mark_replayed(body.into_response(), replayed))
}
