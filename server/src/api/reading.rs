//! One reading of the calling patient: as it is, as it was, corrected and taken away.
use super::{
    Routes,
    input::{As, Json, Path},
    problem::{ApiError, ApiResult},
    readings::{ReadingBody, ValuesBody, named_as_sent, typed, upper},
};
use app::Site;
use axum::{extract::State, http::StatusCode, routing::get};
use domain::readings::{Correction, ManualReading, ReadingId, Unit, Units};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use services::{
    Error,
    identity::Patient,
    readings::{self, Corrected, History},
};

pub fn routes() -> Routes {
    vec![("/health-metrics/{id}", get(get_reading).patch(correct_reading).delete(remove_reading))]
}

/// What a reading was until it was corrected.
#[derive(Serialize, utoipa::ToSchema)]
pub struct CorrectedBody {
    #[serde(flatten)]
    values: ValuesBody,
    /// The unit it was sent or entered in.
    sent_unit: Unit,
    #[schema(value_type = String, format = DateTime)]
    recorded_at: Timestamp,
    notes: Option<String>,
    /// When it was corrected.
    #[schema(value_type = String, format = DateTime)]
    corrected_at: Timestamp,
}

impl CorrectedBody {
    fn new(was: Corrected, units: &Units) -> Self {
        Self {
            values: ValuesBody::new(was.reading, was.unit, units),
            sent_unit: was.unit,
            recorded_at: was.recorded_at,
            notes: was.notes,
            corrected_at: was.until,
        }
    }
}

/// A reading, with what it was before.
#[derive(Serialize, utoipa::ToSchema)]
pub struct ReadingDetailsBody {
    #[serde(flatten)]
    reading: ReadingBody,
    /// The last first.
    history: Vec<CorrectedBody>,
}

impl ReadingDetailsBody {
    fn new(history: History, units: &Units) -> Self {
        let before = history.before.into_iter().map(|was| CorrectedBody::new(was, units));
        Self { reading: ReadingBody::new(history.now, units), history: before.collect() }
    }
}

/// What is to be corrected; what is left out stays.
#[derive(Default, Deserialize, utoipa::ToSchema)]
#[serde(default)]
pub struct CorrectReadingBody {
    /// The `version` that was read: so that nothing is changed that was not seen.
    version: Option<i32>,
    /// The numbers are sent all or none, with their unit.
    value: Option<f64>,
    systolic_value: Option<f64>,
    diastolic_value: Option<f64>,
    unit: Option<String>,
    /// With its offset from UTC, e.g. `2026-03-02T08:30:00Z`.
    recorded_at: Option<String>,
    /// An empty one takes the note away.
    notes: Option<String>,
}

impl CorrectReadingBody {
    /// What is to become of a reading with these `notes`.
    fn correction(self, notes: Option<&str>) -> Result<Correction, Error> {
        let value = upper(self.value, self.systolic_value)?;
        let has_same_values =
            value.is_none() && self.diastolic_value.is_none() && self.unit.is_none();
        let form = ManualReading {
            kind: String::new(),
            value: typed(value),
            diastolic: typed(self.diastolic_value),
            unit: self.unit.unwrap_or_default(),
            recorded_at: self.recorded_at.as_ref().and_then(|at| at.parse().ok()),
            notes: self.notes.or_else(|| notes.map(str::to_owned)).unwrap_or_default(),
        };
        Ok(Correction { form, has_same_values, has_same_time: self.recorded_at.is_none() })
    }
}

async fn get_reading(
    State(site): State<Site>,
    As(patient): As<Patient>,
    Path(id): Path<ReadingId>,
) -> ApiResult<axum::Json<ReadingDetailsBody>> {
    let history = readings::reading(site.clinic(), &patient, id).await?;
    Ok(axum::Json(ReadingDetailsBody::new(history, &patient.units)))
}

async fn correct_reading(
    State(site): State<Site>,
    As(patient): As<Patient>,
    Path(id): Path<ReadingId>,
    Json(body): Json<CorrectReadingBody>,
) -> ApiResult<axum::Json<ReadingDetailsBody>> {
    let was = readings::reading(site.clinic(), &patient, id).await?.now;
    let unread = || ApiError::field("version", "Send the version of the reading as you read it.");
    let version = body.version.ok_or_else(unread)?;
    let correction = body.correction(was.notes.as_deref())?;
    let id = readings::change(site.clinic(), &patient, id, version, &correction)
        .await
        .map_err(as_sent)?;
    let history = readings::reading(site.clinic(), &patient, id).await?;
    Ok(axum::Json(ReadingDetailsBody::new(history, &patient.units)))
}

/// The same error with the names that fields have here.
fn as_sent(error: Error) -> Error {
    match error {
        Error::Invalid(problems) => {
            Error::Invalid(problems.into_iter().map(named_as_sent).collect())
        }
        other => other,
    }
}

async fn remove_reading(
    State(site): State<Site>,
    As(patient): As<Patient>,
    Path(id): Path<ReadingId>,
) -> ApiResult<StatusCode> {
    readings::remove(site.clinic(), &patient, id).await?;
    Ok(StatusCode::NO_CONTENT)
}
