//! Several visits with one doctor, booked at once: of several people, or of one person again and again.
use super::{
    Routes,
    booking::{A_TIME, checked_reason, key_of, mark_replayed},
    input::{As, Json, Path, Query, parsed},
    openapi::{ID, KEY, Operation, Who},
    output,
    problem::{ApiError, ApiResult},
    times::SlotBody,
};
use app::Site;
use axum::{
    extract::State,
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Response},
    routing::{get, post},
};
use domain::{
    FieldProblem,
    booking::{AppointmentId, EVERY_WEEKS, MOST_PEOPLE, MOST_VISITS, VisitKind},
    directory::ProviderId,
    identity::UserId,
};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use services::{
    Error,
    booking::{self, GroupRequest, IdempotencyKey},
    identity::Patient,
};
use std::{collections::BTreeSet, str::FromStr};

pub fn routes() -> Routes {
    vec![
        ("/appointments/group", post(create_appointments)),
        ("/providers/{id}/availability/together", get(get_times_together)),
        ("/providers/{id}/availability/series", get(get_series)),
    ]
}

const START: (&str, &str, &str) = ("query", "start", "When the first visit starts.");
const VISIT: (&str, &str, &str) = ("query", "visit", "`video`, `phone` or `in_person`.");

/// What there is to ask about them.
pub(super) const OPERATIONS: &[Operation] = &[
    Operation {
        method: "post",
        path: "/api/appointments/group",
        id: "create_appointments",
        summary: "Book all of several visits or none; safe to repeat with the same key",
        who: Who::Patient,
        parameters: &[KEY],
        body: Some("CreateAppointmentsBody"),
        success: (201, "GroupBody"),
        failures: &[400, 401, 403, 404, 409, 415, 422],
    },
    Operation {
        method: "get",
        path: "/api/providers/{id}/availability/together",
        id: "get_times_together",
        summary: "The times that several people get one after another",
        who: Who::Patient,
        parameters: &[ID, START, VISIT, ("query", "people", "2 to 4.")],
        body: None,
        success: (200, "TimesTogether"),
        failures: &[400, 401, 403, 404],
    },
    Operation {
        method: "get",
        path: "/api/providers/{id}/availability/series",
        id: "get_series",
        summary: "The times of visits that come again, each the nearest free one of its week",
        who: Who::Patient,
        parameters: &[
            ID,
            START,
            VISIT,
            ("query", "every_weeks", "1, 2 or 4."),
            ("query", "times", "2 to 12."),
        ],
        body: None,
        success: (200, "SeriesTimes"),
        failures: &[400, 401, 403, 404],
    },
];

/// Who comes when.
#[derive(Debug, Default, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(default)]
pub struct GroupVisitBody {
    /// The caller, which is the default, or one of their family.
    patient_id: Option<String>,
    /// RFC 3339 with an offset.
    appointment_date: String,
}

/// What books several visits with one doctor.
#[derive(Debug, Default, Deserialize, utoipa::ToSchema)]
#[serde(default)]
pub struct CreateAppointmentsBody {
    healthcare_provider_id: String,
    /// `video`, `phone` or `in_person`.
    appointment_type: String,
    /// 1 to 500 characters.
    chief_complaint: String,
    /// One of each of up to 4 people; up to 12 of one person where `every_weeks` is sent.
    visits: Vec<GroupVisitBody>,
    /// 1, 2 or 4: the visits are a series.
    every_weeks: Option<u8>,
}

/// The visits that were booked, in the order of the request.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct GroupBody {
    results: Vec<BookedBody>,
}

/// One of several visits that were booked. `/api/appointments/{id}` has the rest.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct BookedBody {
    #[schema(value_type = String, format = Uuid)]
    id: AppointmentId,
    #[schema(value_type = String, format = Uuid)]
    patient_id: UserId,
    #[schema(value_type = String, format = DateTime)]
    appointment_date: Timestamp,
}

impl CreateAppointmentsBody {
    fn request(self, caller: UserId) -> Result<GroupRequest, Vec<FieldProblem>> {
        let provider =
            parsed("healthcare_provider_id", &self.healthcare_provider_id, "Send a doctor's id.");
        let kind = parsed("appointment_type", &self.appointment_type, A_KIND);
        let reason = checked_reason(&self.chief_complaint);
        let every_weeks = self.every_weeks;
        let visits: Result<Vec<_>, _> =
            self.visits.into_iter().map(|visit| visit.who_and_when(caller)).collect();
        let visits = visits.and_then(|visits| counted(visits, every_weeks));
        match (provider, kind, reason, visits) {
            (Ok(provider), Ok(kind), Ok(reason), Ok(visits)) => {
                Ok(GroupRequest { provider, kind, reason, visits, every_weeks })
            }
            (provider, kind, reason, visits) => {
                Err([provider.err(), kind.err(), reason.err(), visits.err()]
                    .into_iter()
                    .flatten()
                    .collect())
            }
        }
    }
}

/// `visits`, when so many may be booked at once.
fn counted(
    visits: Vec<(UserId, Timestamp)>,
    every_weeks: Option<u8>,
) -> Result<Vec<(UserId, Timestamp)>, FieldProblem> {
    let people: BTreeSet<UserId> = visits.iter().map(|(person, _)| *person).collect();
    match every_weeks {
        Some(weeks) if !EVERY_WEEKS.contains(&weeks) => {
            Err(FieldProblem::new("every_weeks", "Send 1, 2 or 4."))
        }
        Some(_) if people.len() != 1 || visits.len() > MOST_VISITS => {
            Err(FieldProblem::new("visits", "Send 1 to 12 visits of one person."))
        }
        None if people.len() != visits.len() || !(1..=MOST_PEOPLE).contains(&visits.len()) => {
            Err(FieldProblem::new("visits", "Send one visit of each of 1 to 4 people."))
        }
        _ => Ok(visits),
    }
}

impl GroupVisitBody {
    fn who_and_when(self, caller: UserId) -> Result<(UserId, Timestamp), FieldProblem> {
        let person = match self.patient_id.as_deref().filter(|id| !id.is_empty()) {
            Some(id) => parsed("visits", id, "Send as patient_id the id of one of your family.")?,
            None => caller,
        };
        Ok((person, parsed("visits", &self.appointment_date, A_TIME)?))
    }
}

async fn create_appointments(
    State(site): State<Site>,
    As(patient): As<Patient>,
    headers: HeaderMap,
    Json(body): Json<CreateAppointmentsBody>,
) -> ApiResult<Response> {
    let key = key_of(&headers).unwrap_or_else(|| IdempotencyKey::checked(""));
    let key = key.map_err(Error::from)?;
    let request = body.request(patient.user).map_err(Error::from)?;
    let visits = request.visits.clone();
    let booked = booking::book_all(site.clinic(), &patient, &key, request).await?;
    let results = booked
        .visits
        .into_iter()
        .zip(visits)
        .map(|(id, (patient_id, start))| BookedBody { id, patient_id, appointment_date: start });
    let body = axum::Json(GroupBody { results: results.collect() });
    Ok(mark_replayed((StatusCode::CREATED, body).into_response(), booked.replayed))
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct PlanQuery {
    start: String,
    visit: String,
    people: String,
    every_weeks: String,
    times: String,
}

const A_KIND: &str = "Send video, phone or in_person.";

impl PlanQuery {
    fn start_and_kind(&self) -> ApiResult<(Timestamp, VisitKind)> {
        let start = parsed("start", &self.start, A_TIME);
        let kind = parsed("visit", &self.visit, A_KIND);
        match (start, kind) {
            (Ok(start), Ok(kind)) => Ok((start, kind)),
            (start, kind) => {
                let problems: Vec<_> = [start.err(), kind.err()].into_iter().flatten().collect();
                Err(Error::from(problems).into())
            }
        }
    }
}

/// A number of the query that is one of `allowed`.
fn number<T: FromStr + PartialEq>(
    field: &'static str,
    raw: &str,
    mut allowed: impl Iterator<Item = T>,
    message: &'static str,
) -> ApiResult<T> {
    let number = parsed::<T>(field, raw, message).map_err(Error::from)?;
    if allowed.any(|one| one == number) { Ok(number) } else { Err(ApiError::field(field, message)) }
}

/// Times for several people, one after another.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct TimesTogether {
    /// As many as there are people, or those before the first that is missing.
    results: Vec<SlotBody>,
    /// Where some are missing: the next start from which all fit, within three weeks.
    #[schema(value_type = Option<String>, format = DateTime)]
    nearest: Option<Timestamp>,
}

async fn get_times_together(
    State(site): State<Site>,
    As(patient): As<Patient>,
    Path(provider): Path<ProviderId>,
    Query(query): Query<PlanQuery>,
) -> ApiResult<axum::Json<TimesTogether>> {
    let (start, kind) = query.start_and_kind()?;
    let people = number("people", &query.people, 2..=MOST_PEOPLE, "Send 2 to 4.")?;
    let plan =
        booking::plan_together(site.clinic(), &patient, (provider, start), people, kind).await?;
    let results = plan.times.iter().map(SlotBody::from).collect();
    Ok(axum::Json(TimesTogether { results, nearest: plan.nearest }))
}

/// The times of a series, on the clock of the doctor.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct SeriesTimes {
    results: Vec<SeriesTime>,
}

/// One time of a series.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct SeriesTime {
    /// When it should be.
    #[schema(value_type = String, format = DateTime)]
    #[serde(serialize_with = "output::instant")]
    wanted: Timestamp,
    /// That time, or the nearest free one of its day or week; null when there is none.
    slot: Option<SlotBody>,
}

async fn get_series(
    State(site): State<Site>,
    As(patient): As<Patient>,
    Path(provider): Path<ProviderId>,
    Query(query): Query<PlanQuery>,
) -> ApiResult<axum::Json<SeriesTimes>> {
    let (start, kind) = query.start_and_kind()?;
    let weeks =
        number("every_weeks", &query.every_weeks, EVERY_WEEKS.into_iter(), "Send 1, 2 or 4.")?;
    let times = number("times", &query.times, 2..=MOST_VISITS, "Send 2 to 12.")?;
    let (_, found) =
        booking::plan_repetition(site.clinic(), &patient, (provider, start), (weeks, times), kind)
            .await?;
    let results = found.iter().map(|occurrence| SeriesTime {
        wanted: occurrence.wanted,
        slot: occurrence.offer.as_ref().map(SlotBody::from),
    });
    Ok(axum::Json(SeriesTimes { results: results.collect() }))
}
