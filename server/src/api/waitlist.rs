use super::{
    List, PageQuery, Routes,
    appointment::AppointmentBody,
    directory::MoneyBody,
    input::{As, Json, Path, Query, parsed},
    problem::{ApiError, ApiResult},
};
use app::Site;
use axum::{
    extract::{OriginalUri, State},
    http::StatusCode,
    routing::{delete, get, post},
};
use domain::{
    FieldProblem,
    booking::VisitKind,
    directory::{HospitalId, ProviderId, Specialty},
    waitlist::{EntryStatus, Target, WaitRequest, WaitlistEntryId, WaitlistOfferId, Weekdays},
};
use jiff::{
    SignedDuration, Timestamp,
    civil::{Date, Time, Weekday},
};
use serde::{Deserialize, Serialize};
use services::{
    Clinic, Result as ServiceResult, booking,
    identity::{Caller, Patient, Person, require},
    waitlist::{self, Entry, OfferedTime},
};

pub fn routes() -> Routes {
    vec![
        ("/waitlist", get(list).post(join)),
        ("/waitlist/{id}", delete(leave)),
        ("/waitlist/offers/{id}/accept", post(accept)),
        ("/waitlist/offers/{id}/decline", post(decline)),
    ]
}

/// A time that is kept for the caller.
#[derive(Serialize, utoipa::ToSchema)]
pub struct OfferedTimeBody {
    #[schema(value_type = String, format = Uuid)]
    id: WaitlistOfferId,
    #[schema(value_type = String, format = Uuid)]
    healthcare_provider_id: ProviderId,
    healthcare_provider_name: String,
    #[schema(value_type = String, format = DateTime)]
    appointment_date: Timestamp,
    #[schema(value_type = String, format = DateTime)]
    end_time: Timestamp,
    appointment_type: VisitKind,
    hospital: Option<String>,
    consultation_fee: MoneyBody,
    /// From then on it is offered to the next person.
    #[schema(value_type = String, format = DateTime)]
    kept_until: Timestamp,
}

impl OfferedTimeBody {
    fn new(offer: &OfferedTime, remaining: SignedDuration, now: Timestamp) -> Self {
        Self {
            id: offer.id,
            healthcare_provider_id: offer.provider_id,
            healthcare_provider_name: offer.provider_name.clone(),
            appointment_date: offer.starts_at,
            end_time: offer.ends_at,
            appointment_type: offer.appointment_type,
            hospital: offer.hospital.clone(),
            consultation_fee: offer.fee().into(),
            kept_until: now.saturating_add(remaining).unwrap_or(Timestamp::MAX),
        }
    }
}

/// What the caller waits for, or did.
#[derive(Serialize, utoipa::ToSchema)]
pub struct WaitlistEntryBody {
    #[schema(value_type = String, format = Uuid)]
    id: WaitlistEntryId,
    #[schema(value_type = Option<String>, format = Uuid)]
    healthcare_provider_id: Option<ProviderId>,
    /// `null` with a doctor.
    specialization: Option<Specialty>,
    #[schema(value_type = Option<String>, format = Uuid)]
    hospital_id: Option<HospitalId>,
    city: Option<String>,
    appointment_types: Vec<VisitKind>,
    /// 1 (Monday) to 7.
    weekdays: Vec<i8>,
    /// Whose clock `starts` and `ends` are on (IANA).
    time_zone: String,
    /// The visit begins from then on, e.g. `09:00`.
    starts: String,
    /// And before then; `00:00` is midnight at the end of the day.
    ends: String,
    #[schema(value_type = String, format = Date)]
    from: Date,
    /// The last day.
    #[schema(value_type = String, format = Date)]
    until: Date,
    chief_complaint: String,
    status: EntryStatus,
    /// The time that is kept for it now.
    offer: Option<OfferedTimeBody>,
    #[schema(value_type = String, format = DateTime)]
    created_at: Timestamp,
}

impl WaitlistEntryBody {
    fn new(entry: Entry, offers: &[OfferedTime], now: Timestamp) -> Self {
        let offer = offers.iter().find(|offer| offer.entry_id == entry.id);
        let clock = |time: Time| time.strftime("%H:%M").to_string();
        Self {
            appointment_types: entry.kinds().iter().collect(),
            weekdays: entry.weekdays().iter().map(Weekday::to_monday_one_offset).collect(),
            id: entry.id,
            healthcare_provider_id: entry.provider_id,
            specialization: entry.specialization,
            hospital_id: entry.hospital_id,
            city: entry.city,
            time_zone: entry.time_zone,
            starts: clock(entry.starts),
            ends: clock(entry.ends),
            from: entry.from_date,
            until: entry.until_date,
            chief_complaint: entry.reason,
            status: entry.status,
            offer: offer
                .and_then(|offer| Some(OfferedTimeBody::new(offer, offer.remaining()?, now))),
            created_at: entry.created_at,
        }
    }
}

/// What to wait for: a doctor or a specialty, not both.
#[derive(Default, Deserialize, utoipa::ToSchema)]
#[serde(default)]
pub struct JoinWaitlistBody {
    healthcare_provider_id: Option<String>,
    specialization: Option<String>,
    /// One of the doctor's places, for visits in person.
    hospital_id: Option<String>,
    /// With a specialty: where, for visits in person.
    city: Option<String>,
    /// Of `video`, `phone` and `in_person`; the first that a time allows is taken.
    appointment_types: Vec<VisitKind>,
    /// 1 (Monday) to 7; any when left out.
    weekdays: Option<Vec<i8>>,
    /// `09:00` on the clock of the account's zone; any when left out.
    starts: Option<String>,
    ends: Option<String>,
    /// `2026-03-02`.
    from: String,
    /// The last day, within six months.
    until: String,
    /// 1 to 500 characters.
    chief_complaint: String,
}

impl JoinWaitlistBody {
    fn request(self) -> Result<WaitRequest, Vec<FieldProblem>> {
        let target = match (self.healthcare_provider_id, self.specialization) {
            (Some(id), None) => {
                parsed("healthcare_provider_id", &id, "Send a doctor's id.").map(Target::Doctor)
            }
            (None, Some(word)) => {
                parsed("specialization", &word, "Send a specialty.").map(Target::Specialty)
            }
            _ => Err(FieldProblem::new(
                "healthcare_provider_id",
                "Send either healthcare_provider_id or specialization.",
            )),
        };
        let hospital = self
            .hospital_id
            .map(|id| parsed("hospital_id", &id, "Send a hospital's id."))
            .transpose();
        let time = |field: &'static str, raw: Option<String>| match raw {
            None => Ok(Time::midnight()),
            Some(raw) => parsed(field, &raw, "Send a time such as 09:00."),
        };
        let (starts, ends) = (time("starts", self.starts), time("ends", self.ends));
        let from = parsed("from", &self.from, "Send a day such as 2026-03-02.");
        let until = parsed("until", &self.until, "Send a day such as 2026-03-02.");
        let weekdays = self.weekdays.unwrap_or_else(|| (1..=7).collect());
        let weekdays: Weekdays = Weekdays::ALL
            .into_iter()
            .filter(|day| weekdays.contains(&day.to_monday_one_offset()))
            .collect();
        match (target, hospital, starts, ends, from, until) {
            (Ok(target), Ok(hospital), Ok(starts), Ok(ends), Ok(from), Ok(until)) => {
                Ok(WaitRequest {
                    target,
                    hospital,
                    city: self.city,
                    kinds: self.appointment_types.into_iter().collect(),
                    weekdays,
                    starts,
                    ends,
                    from,
                    until,
                    reason: self.chief_complaint,
                })
            }
            (target, hospital, starts, ends, from, until) => Err([
                target.err(),
                hospital.err(),
                starts.err(),
                ends.err(),
                from.err(),
                until.err(),
            ]
            .into_iter()
            .flatten()
            .collect()),
        }
    }
}

/// One wish of the caller as it is now.
async fn body_of(
    clinic: &Clinic,
    patient: &Caller<Patient>,
    id: WaitlistEntryId,
) -> ServiceResult<axum::Json<WaitlistEntryBody>> {
    let offers = waitlist::open_offers(clinic, patient).await?;
    let entry = waitlist::entry(clinic, patient, id).await?;
    Ok(axum::Json(WaitlistEntryBody::new(entry, &offers, clinic.now())))
}

/// The names that the API has for two fields.
fn renamed(error: services::Error) -> ApiError {
    let services::Error::Invalid(mut fields) = error else { return error.into() };
    for problem in &mut fields {
        match problem.field.as_ref() {
            "reason" => problem.field = "chief_complaint".into(),
            "kinds" => problem.field = "appointment_types".into(),
            _ => {}
        }
    }
    services::Error::Invalid(fields).into()
}

async fn list(
    State(site): State<Site>,
    OriginalUri(uri): OriginalUri,
    As(patient): As<Patient>,
    Query(query): Query<PageQuery>,
) -> ApiResult<axum::Json<List<WaitlistEntryBody>>> {
    let page = query.page()?;
    let now = site.clinic().now();
    let offers = waitlist::open_offers(site.clinic(), &patient).await?;
    let found = waitlist::entries(site.clinic(), &patient, page).await?;
    let body = |entry| WaitlistEntryBody::new(entry, &offers, now);
    Ok(axum::Json(List::new(found, page, &uri, body)))
}

async fn join(
    State(site): State<Site>,
    As(patient): As<Patient>,
    Json(body): Json<JoinWaitlistBody>,
) -> ApiResult<(StatusCode, axum::Json<WaitlistEntryBody>)> {
    let request = body.request().map_err(services::Error::from)?;
    let id = waitlist::join(site.clinic(), &patient, request).await.map_err(renamed)?;
    Ok((StatusCode::CREATED, body_of(site.clinic(), &patient, id).await?))
}

async fn leave(
    State(site): State<Site>,
    As(patient): As<Patient>,
    Path(id): Path<WaitlistEntryId>,
) -> ApiResult<axum::Json<WaitlistEntryBody>> {
    waitlist::leave(site.clinic(), &patient, id).await?;
    Ok(body_of(site.clinic(), &patient, id).await?)
}

async fn accept(
    State(site): State<Site>,
    As(patient): As<Patient>,
    Path(id): Path<WaitlistOfferId>,
) -> ApiResult<axum::Json<AppointmentBody>> {
    let visit = waitlist::accept(site.clinic(), &patient, id, None).await?;
    let caller = require::<Person>(Some((*patient).clone()))?;
    let visit = booking::visit(site.clinic(), &caller, visit).await?;
    Ok(axum::Json(AppointmentBody::new(visit, site.clinic().now())))
}

async fn decline(
    State(site): State<Site>,
    As(patient): As<Patient>,
    Path(id): Path<WaitlistOfferId>,
) -> ApiResult<axum::Json<WaitlistEntryBody>> {
    let entry = waitlist::decline(site.clinic(), &patient, id).await?;
    Ok(body_of(site.clinic(), &patient, entry).await?)
}
