use super::{
    Routes,
    input::{As, Json, parsed},
    problem::{ApiError, ApiResult},
};
use app::Site;
use axum::{extract::State, http::StatusCode, routing::post};
use domain::{
    FieldProblem,
    booking::{VisitKind, VisitKinds},
    directory::HospitalId,
    zone::rules,
};
use jiff::{
    Timestamp,
    civil::{Date, Time},
    tz::TimeZone,
};
use serde::{Deserialize, Serialize};
use services::{
    Error, directory,
    identity::Doctor,
    schedule::{self, ExtraHours, HoursLine},
};

pub fn routes() -> Routes {
    vec![("/doctors/availability", post(create_availability))]
}

/// The length of a visit where nothing is said.
const SLOT_MINUTES: i16 = 30;

const A_TIME: &str = "Send a time with its offset, such as 2026-03-02T09:00:00Z.";

/// Hours of the calling doctor.
#[derive(Deserialize, Default, utoipa::ToSchema)]
#[serde(default)]
pub struct CreateAvailabilityBody {
    /// RFC 3339 with an offset. The clock of the place, or else of the doctor's zone, says which day and hour it is.
    start_time: String,
    /// On the same day, or the midnight that ends it.
    end_time: String,
    /// `true`: each week from that day on. `false`: on that day alone.
    recurring: bool,
    /// From 5 to 480; 30 where it is missing.
    slot_minutes: Option<i16>,
    /// `video`, `phone` or `in_person`; where it is missing all that the doctor offers there.
    kinds: Option<Vec<String>>,
    /// One of the doctor's places; without it the hours are for video and phone.
    hospital_id: Option<String>,
    /// From 0 to 1440: until so long before its start a time is kept for urgent visits. Where it is
    /// missing, the hours are for everybody.
    kept_for_urgent_minutes: Option<i16>,
}

/// Hours as they were made.
#[derive(Serialize, utoipa::ToSchema)]
pub struct AvailabilityHoursBody {
    #[schema(value_type = String, format = Uuid)]
    id: uuid::Uuid,
    recurring: bool,
    #[schema(value_type = String, format = DateTime)]
    start_time: Timestamp,
    #[schema(value_type = String, format = DateTime)]
    end_time: Timestamp,
    /// The first day, on the clock of `time_zone`.
    #[schema(value_type = String, format = Date)]
    day: Date,
    /// IANA zone in which the hours are meant.
    time_zone: String,
    slot_minutes: i16,
    kinds: Vec<VisitKind>,
    #[schema(value_type = Option<String>, format = Uuid)]
    hospital_id: Option<HospitalId>,
    kept_for_urgent_minutes: Option<i16>,
}

/// What was sent, as far as it can be read without the doctor.
struct Sent {
    start: Timestamp,
    end: Timestamp,
    kinds: Option<VisitKinds>,
    place: Option<HospitalId>,
}

impl CreateAvailabilityBody {
    fn sent(&self) -> Result<Sent, Vec<FieldProblem>> {
        let start = parsed::<Timestamp>("start_time", &self.start_time, A_TIME);
        let end = parsed::<Timestamp>("end_time", &self.end_time, A_TIME);
        let kinds = self
            .kinds
            .iter()
            .flatten()
            .map(|word| parsed::<VisitKind>("kinds", word, "Send video, phone or in_person."))
            .collect::<Result<VisitKinds, _>>();
        let place = self.hospital_id.as_deref().filter(|id| !id.is_empty());
        let place = place.map(|id| parsed("hospital_id", id, "Send the id of one of your places."));
        match (start, end, kinds, place.transpose()) {
            (Ok(start), Ok(end), Ok(kinds), Ok(place)) => {
                Ok(Sent { start, end, kinds: self.kinds.as_ref().map(|_| kinds), place })
            }
            (start, end, kinds, place) => Err([start.err(), end.err(), kinds.err(), place.err()]
                .into_iter()
                .flatten()
                .collect()),
        }
    }
}

/// The day and the hours on it that lie between two instants, on the clock of `zone`.
fn clocks(start: Timestamp, end: Timestamp, zone: &TimeZone) -> ApiResult<(Date, Time, Time)> {
    let (from, to) = (zone.to_datetime(start), zone.to_datetime(end));
    if end <= start {
        return Err(ApiError::field("end_time", "The end must be later than the start."));
    }
    for (field, clock) in [("start_time", from.time()), ("end_time", to.time())] {
        if clock.second() != 0 || clock.subsec_nanosecond() != 0 {
            return Err(ApiError::field(field, "Send a whole minute."));
        }
    }
    let to_midnight =
        to.time() == Time::midnight() && from.date().tomorrow().ok() == Some(to.date());
    if to.date() != from.date() && !to_midnight {
        return Err(ApiError::field("end_time", "The end must be on the same day as the start."));
    }
    Ok((from.date(), from.time(), to.time()))
}

/// Hours that were read and cannot be kept: each problem at the field it was sent in.
fn refused(error: Error) -> ApiError {
    let Error::Invalid(mut problems) = error else { return error.into() };
    for problem in &mut problems {
        let sent = match &*problem.field {
            "starts" | "day" => "start_time",
            "ends" | "valid_until" => "end_time",
            "place" => "hospital_id",
            _ => continue,
        };
        problem.field = sent.into();
    }
    ApiError::from(Error::Invalid(problems)).answered_with(StatusCode::UNPROCESSABLE_ENTITY)
}

/// Adds hours of the calling doctor: weekly ones, or more on one day.
async fn create_availability(
    State(site): State<Site>,
    As(doctor): As<Doctor>,
    Json(body): Json<CreateAvailabilityBody>,
) -> ApiResult<(StatusCode, axum::Json<AvailabilityHoursBody>)> {
    let Sent { start, end, kinds, place } = body.sent().map_err(Error::Invalid)?;
    let clinic = site.clinic();
    let details = directory::provider(clinic, doctor.provider()?).await?;
    let own = details.provider.time_zone.as_str();
    let hospital = details.hospitals.iter().find(|hospital| Some(hospital.id) == place);
    let time_zone = hospital.map_or(own, |hospital| &hospital.time_zone).to_owned();
    let (day, starts, ends) = clocks(start, end, &rules(&time_zone))?;
    let offered = VisitKinds::from_words(&details.provider.visit_kinds);
    let nowhere = place.is_none();
    if nowhere && kinds.is_some_and(|kinds| kinds.contains(VisitKind::InPerson)) {
        let message = "Send the id of the place where you see people in person.";
        return Err(ApiError::field("hospital_id", message));
    }
    let there = |kind: &VisitKind| !(nowhere && *kind == VisitKind::InPerson);
    let kinds: Vec<_> = kinds.unwrap_or(offered).iter().filter(there).collect();
    let slot_minutes = body.slot_minutes.unwrap_or(SLOT_MINUTES);
    let kept_for_urgent_minutes = body.kept_for_urgent_minutes;

    let id = if body.recurring {
        let line = HoursLine {
            weekday: day.weekday(),
            starts,
            ends,
            slot_minutes,
            buffer_after_minutes: 0,
            place,
            kinds: kinds.clone(),
            every_weeks: 1,
            valid_from: Some(day),
            valid_until: None,
            kept_for_urgent_minutes,
        };
        schedule::add_line(clinic, &doctor, &line).await.map_err(refused)?.as_uuid()
    } else {
        let extra = ExtraHours {
            day,
            starts,
            ends,
            slot_minutes,
            place,
            kinds: kinds.clone(),
            kept_for_urgent_minutes,
        };
        schedule::add_hours(clinic, &doctor, &extra).await.map_err(refused)?.as_uuid()
    };
    let made = AvailabilityHoursBody {
        id,
        recurring: body.recurring,
        start_time: start,
        end_time: end,
        day,
        time_zone,
        slot_minutes,
        kinds,
        hospital_id: place,
        kept_for_urgent_minutes,
    };
    Ok((StatusCode::CREATED, axum::Json(made)))
}
