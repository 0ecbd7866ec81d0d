//! Why is nothing free? For a doctor, and for admins.
use super::{
    Routes,
    input::{As, Path, Query, optional},
    problem::ApiResult,
};
use app::Site;
use axum::{extract::State, routing::get};
use domain::{
    booking::{Cause, Miss, VisitKind},
    directory::{HospitalId, ProviderId},
};
use jiff::{
    Timestamp,
    civil::{Date, Time},
};
use serde::{Deserialize, Serialize};
use services::{
    identity::Person,
    schedule::{self, Explained, ExplainedHours},
};

pub fn routes() -> Routes {
    vec![("/providers/{id}/availability/explain", get(explain_availability))]
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct DayQuery {
    date: Option<String>,
}

/// What one day offers, and why what is missing is missing.
#[derive(Serialize, utoipa::ToSchema)]
pub struct ExplainedBody {
    #[schema(value_type = String, format = Uuid)]
    provider_id: ProviderId,
    #[schema(value_type = String, format = Date)]
    date: Date,
    /// IANA name of the doctor's zone.
    time_zone: String,
    /// The public holiday on which the weekly hours are closed.
    holiday: Option<&'static str>,
    hours: Vec<ExplainedHoursBody>,
}

/// Some hours of the day.
#[derive(Serialize, utoipa::ToSchema)]
pub struct ExplainedHoursBody {
    /// On the clock of their place.
    #[schema(value_type = String)]
    starts: Time,
    /// `00:00:00` is the midnight at the end of the day.
    #[schema(value_type = String)]
    ends: Time,
    #[schema(value_type = Option<String>, format = Uuid)]
    hospital_id: Option<HospitalId>,
    /// Whether they are hours of this date alone.
    extra: bool,
    /// Why they are not kept on this date: `not_yet`, `no_longer`, `other_week` or `other_weekday`.
    not_kept: Option<&'static str>,
    times: Vec<ExplainedTimeBody>,
}

/// A time, free or with the one cause that takes it away.
#[derive(Serialize, utoipa::ToSchema)]
pub struct ExplainedTimeBody {
    #[schema(value_type = String, format = DateTime)]
    start: Timestamp,
    #[schema(value_type = String, format = DateTime)]
    end: Timestamp,
    appointment_types: Vec<VisitKind>,
    cause: Option<Cause>,
    /// The cause in words.
    explanation: Option<&'static str>,
    /// Until when it is kept for urgent visits, where that is the cause.
    #[schema(value_type = Option<String>, format = DateTime)]
    kept_until: Option<Timestamp>,
}

const fn word(miss: Miss) -> &'static str {
    match miss {
        Miss::OtherWeekday => "other_weekday",
        Miss::NotYet => "not_yet",
        Miss::NoLonger => "no_longer",
        Miss::OtherWeek => "other_week",
    }
}

impl From<&ExplainedHours> for ExplainedHoursBody {
    fn from(hours: &ExplainedHours) -> Self {
        let times = hours.times.iter().map(|time| ExplainedTimeBody {
            start: time.slot.start,
            end: time.slot.end,
            appointment_types: time.kinds.iter().collect(),
            cause: time.cause,
            explanation: time.cause.map(Cause::explanation),
            kept_until: time.kept_until.filter(|_| time.cause == Some(Cause::KeptForUrgent)),
        });
        Self {
            starts: hours.starts,
            ends: hours.ends,
            hospital_id: hours.place,
            extra: hours.is_extra,
            not_kept: hours.miss.map(word),
            times: times.collect(),
        }
    }
}

async fn explain_availability(
    State(site): State<Site>,
    As(caller): As<Person>,
    Path(id): Path<ProviderId>,
    Query(query): Query<DayQuery>,
) -> ApiResult<axum::Json<ExplainedBody>> {
    let date: Option<Date> =
        optional("date", query.date.as_deref(), "Send a day such as 2026-03-02.")?;
    let Explained { doctor, date, holiday, hours } =
        schedule::explain(site.clinic(), &caller, id, date).await?;
    Ok(axum::Json(ExplainedBody {
        provider_id: id,
        date,
        time_zone: doctor.provider.time_zone.clone(),
        holiday,
        hours: hours.iter().map(ExplainedHoursBody::from).collect(),
    }))
}
