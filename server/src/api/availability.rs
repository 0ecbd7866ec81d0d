use super::{
    JsonText, Routes,
    input::{As, Path, Query, optional},
    problem::{ApiError, ApiResult},
    times,
};
use app::Site;
use axum::{extract::State, routing::get};
use domain::{
    booking::{Priority, Slot, VisitKind},
    directory::ProviderId,
};
use jiff::{SignedDuration, Timestamp, ToSpan, civil::Date, tz::TimeZone};
use serde::{Deserialize, Serialize};
use services::{
    booking,
    directory::{self, Provider},
    identity::Doctor,
};

pub fn routes() -> Routes {
    vec![
        ("/availability", get(list_availability)),
        ("/providers/{id}/availability", get(get_availability)),
        ("/providers/{id}/schedule", get(get_schedule)),
    ]
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct WindowQuery {
    from: Option<String>,
    to: Option<String>,
    visit: Option<String>,
    /// `urgent`: those of today at which an urgent visit can begin.
    priority: Option<String>,
    /// With commas between them, where several are asked for at once.
    providers: Option<String>,
}

/// The longest window, in days.
const LONGEST: i64 = 31;

const A_DAY_OR_A_TIME: &str =
    "Send a day such as 2026-03-02, or a time with its offset such as 2026-03-02T09:00:00Z.";

/// One end of a window: a day in `zone`, or an instant.
fn end(field: &'static str, raw: &str, zone: &TimeZone, whole_day: bool) -> ApiResult<Timestamp> {
    let wrong = || ApiError::field(field, A_DAY_OR_A_TIME);
    if let Ok(instant) = raw.parse::<Timestamp>() {
        return Ok(instant);
    }
    // A civil date-time parses as a date too; the day alone is ten characters.
    let date: Date = raw.parse().ok().filter(|_| raw.len() == 10).ok_or_else(wrong)?;
    let date = if whole_day { date.tomorrow().map_err(|_| wrong())? } else { date };
    date.to_zoned(zone.clone()).map(|midnight| midnight.timestamp()).map_err(|_| wrong())
}

impl WindowQuery {
    /// From `from` to the end of `to`; a week from now when neither is given.
    fn window(&self, zone: &TimeZone, now: Timestamp) -> ApiResult<Slot> {
        let start = match self.from.as_deref().filter(|raw| !raw.is_empty()) {
            Some(raw) => end("from", raw, zone, false)?,
            None => now,
        };
        let end = match self.to.as_deref().filter(|raw| !raw.is_empty()) {
            Some(raw) => end("to", raw, zone, true)?,
            None => start
                .checked_add((7 * 24).hours())
                .map_err(|_| ApiError::field("from", A_DAY_OR_A_TIME))?,
        };
        if end <= start {
            return Err(ApiError::field("to", "The end must be later than the start."));
        }
        // An hour more: the clocks may go back within.
        if end.duration_since(start).as_hours() > LONGEST * 24 + 1 {
            return Err(ApiError::field("to", "Ask for 31 days at most."));
        }
        Ok(Slot { start, end })
    }

    /// For which visits times are asked for.
    fn priority(&self) -> ApiResult<Priority> {
        let sent = optional("priority", self.priority.as_deref(), "Send routine or urgent.")?;
        Ok(sent.unwrap_or(Priority::Routine))
    }

    /// The same whatever the zone: none is more than a day away from UTC.
    fn around(&self, now: Timestamp) -> ApiResult<Slot> {
        Ok(self.window(&TimeZone::UTC, now)?.widened(SignedDuration::from_hours(24)))
    }
}

/// How many doctors may be asked for at once.
const AT_ONCE: usize = 20;

async fn list_availability(
    State(site): State<Site>,
    Query(query): Query<WindowQuery>,
) -> ApiResult<JsonText> {
    let visit: Option<VisitKind> =
        optional("visit", query.visit.as_deref(), "Send video, phone or in_person.")?;
    let ids: Result<Vec<ProviderId>, _> =
        query.providers.as_deref().unwrap_or_default().split(',').map(str::parse).collect();
    let ids = ids.ok().filter(|ids| ids.len() <= AT_ONCE).ok_or_else(|| {
        ApiError::field("providers", "Send the ids of 1 to 20 doctors with commas between them.")
    })?;
    let priority = query.priority()?;
    let now = site.clinic().now();
    let around = query.around(now)?;
    let window = |provider: &Provider| query.window(&provider.zone(), now);
    let found = match priority {
        Priority::Urgent => booking::urgent_times_of_many(site.clinic(), &ids, window).await?,
        Priority::Routine => {
            booking::free_times_of_many(site.clinic(), &ids, around, window).await?
        }
    };
    times::of_doctors(&found, visit)
}

async fn get_availability(
    State(site): State<Site>,
    Path(id): Path<ProviderId>,
    Query(query): Query<WindowQuery>,
) -> ApiResult<JsonText> {
    let visit: Option<VisitKind> =
        optional("visit", query.visit.as_deref(), "Send video, phone or in_person.")?;
    let priority = query.priority()?;
    let now = site.clinic().now();
    if priority == Priority::Urgent {
        let (doctor, mut offers) = booking::urgent_times(site.clinic(), id, None).await?;
        let window = query.window(&doctor.provider.zone(), now)?;
        offers.retain(|offer| window.start <= offer.slot.start && offer.slot.start < window.end);
        return times::of_doctor(&doctor.provider, &offers, visit);
    }
    let around = query.around(now)?;
    let (doctor, offers) = booking::free_times_of(site.clinic(), id, around, |provider| {
        query.window(&provider.zone(), now)
    })
    .await?;
    times::of_doctor(&doctor.provider, &offers, visit)
}

/// One visit in a doctor's schedule.
#[derive(Serialize, utoipa::ToSchema)]
pub struct ScheduleEntry {
    #[schema(value_type = String, format = Uuid)]
    appointment_id: domain::booking::AppointmentId,
    #[schema(value_type = String, format = DateTime)]
    start: Timestamp,
    #[schema(value_type = String, format = DateTime)]
    end: Timestamp,
    patient_name: String,
    appointment_type: VisitKind,
    status: domain::booking::AppointmentStatus,
}

/// The schedule of the calling doctor.
async fn get_schedule(
    State(site): State<Site>,
    As(doctor): As<Doctor>,
    Path(id): Path<ProviderId>,
    Query(query): Query<WindowQuery>,
) -> ApiResult<axum::Json<Vec<ScheduleEntry>>> {
    if doctor.provider()? != id {
        return Err(services::Error::Forbidden.into());
    }
    let details = directory::provider(site.clinic(), id).await?;
    let window = query.window(&details.provider.zone(), site.clinic().now())?;
    let visits = booking::day_of(site.clinic(), &doctor, window).await?;
    Ok(axum::Json(
        visits
            .into_iter()
            .map(|visit| ScheduleEntry {
                appointment_id: visit.id,
                start: visit.starts_at,
                end: visit.ends_at,
                patient_name: visit.patient_name,
                appointment_type: visit.appointment_type,
                status: visit.status,
            })
            .collect(),
    ))
}
