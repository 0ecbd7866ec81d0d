//! The readings of the calling patient, as they see them and enter them.
use super::{
    List, PageQuery, Routes,
    figures::DisplayBody,
    input::{As, Json, Query},
    problem::{ApiError, ApiResult},
};
use app::Site;
use axum::{
    extract::{OriginalUri, State},
    http::StatusCode,
    routing::get,
};
use domain::{
    FieldProblem,
    devices::DeviceId,
    readings::{ManualReading, MetricKind, Reading, ReadingId, ReadingRefusal, Unit, Units},
};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use services::{
    Error,
    identity::Patient,
    readings::{self, StoredReading},
};

pub fn routes() -> Routes {
    vec![("/health-metrics", get(list_readings).post(create_reading))]
}

/// The values of a reading, in the unit that all of its kind are kept in.
#[derive(Serialize, utoipa::ToSchema)]
pub struct ValuesBody {
    metric_type: MetricKind,
    /// `null` of a blood pressure, which has two numbers.
    value: Option<f64>,
    systolic_value: Option<f64>,
    diastolic_value: Option<f64>,
    /// UCUM.
    unit: Unit,
    /// The same as whoever asks reads it.
    display: DisplayBody,
    loinc_code: &'static str,
}

impl ValuesBody {
    /// Of what was sent or entered in the unit `sent`.
    pub fn new(reading: Reading, sent: Unit, units: &Units) -> Self {
        let (kind, value) = (reading.kind(), reading.value());
        Self {
            metric_type: kind,
            value: (!kind.is_pair()).then_some(value),
            systolic_value: kind.is_pair().then_some(value),
            diastolic_value: reading.diastolic(),
            unit: kind.unit(),
            display: DisplayBody::new(kind, reading.into(), units.reading_in(kind, sent)),
            loinc_code: kind.loinc(),
        }
    }
}

/// Something that was measured.
#[derive(Serialize, utoipa::ToSchema)]
pub struct ReadingBody {
    #[schema(value_type = String, format = Uuid)]
    id: ReadingId,
    #[serde(flatten)]
    values: ValuesBody,
    /// The unit it was sent or entered in.
    sent_unit: Unit,
    #[schema(value_type = String, format = DateTime)]
    recorded_at: Timestamp,
    #[schema(value_type = String, format = DateTime)]
    received_at: Timestamp,
    is_manual_entry: bool,
    #[schema(value_type = Option<String>, format = Uuid)]
    device_id: Option<DeviceId>,
    device_name: Option<String>,
    notes: Option<String>,
    /// It came more than an hour after it was measured.
    is_late: bool,
    /// The reading that is probably the same measurement; both are kept.
    #[schema(value_type = Option<String>, format = Uuid)]
    near_duplicate_of: Option<ReadingId>,
    version: i32,
}

impl ReadingBody {
    pub fn new(stored: StoredReading, units: &Units) -> Self {
        let (device_id, device_name) = stored.device.unzip();
        Self {
            id: stored.id,
            values: ValuesBody::new(stored.reading, stored.unit, units),
            sent_unit: stored.unit,
            recorded_at: stored.recorded_at,
            received_at: stored.received_at,
            is_manual_entry: device_id.is_none(),
            device_id,
            device_name,
            notes: stored.notes,
            is_late: stored.is_late,
            near_duplicate_of: stored.near_duplicate_of,
            version: stored.version,
        }
    }
}

/// A reading that was entered.
#[derive(Serialize, utoipa::ToSchema)]
pub struct CreatedReadingBody {
    /// The same when the same is sent once more.
    #[schema(value_type = String, format = Uuid)]
    id: ReadingId,
    #[serde(flatten)]
    values: ValuesBody,
    #[schema(value_type = String, format = DateTime)]
    recorded_at: Timestamp,
    notes: Option<String>,
}

/// A reading to enter.
#[derive(Default, Deserialize, utoipa::ToSchema)]
#[serde(default)]
pub struct CreateReadingBody {
    /// E.g. `blood_pressure`.
    #[serde(alias = "type")]
    metric_type: String,
    value: Option<f64>,
    /// Of a blood pressure, in the place of `value`.
    #[serde(alias = "systolic")]
    systolic_value: Option<f64>,
    #[serde(alias = "diastolic")]
    diastolic_value: Option<f64>,
    /// UCUM, or as people write it, e.g. `mmol/L`. May be left out where there is but one.
    unit: String,
    /// With its offset from UTC, e.g. `2026-03-02T08:30:00Z`.
    #[serde(alias = "timestamp")]
    recorded_at: String,
    notes: String,
}

impl CreateReadingBody {
    fn form(self) -> Result<ManualReading, Error> {
        let value = upper(self.value, self.systolic_value)?;
        Ok(ManualReading {
            kind: self.metric_type,
            value: typed(value),
            diastolic: typed(self.diastolic_value),
            unit: self.unit,
            recorded_at: self.recorded_at.parse().ok(),
            notes: self.notes,
        })
    }
}

/// The upper number, which may be sent under either name.
pub(super) fn upper(value: Option<f64>, systolic: Option<f64>) -> Result<Option<f64>, Error> {
    match (value, systolic) {
        (Some(value), Some(systolic)) if value != systolic => {
            Err(named_as_sent(ReadingRefusal::TwoValues.problem()).into())
        }
        (value, systolic) => Ok(value.or(systolic)),
    }
}

pub(super) fn typed(number: Option<f64>) -> String {
    number.map_or_else(String::new, |number| number.to_string())
}

/// The same problem with the name that the field has here.
pub(super) fn named_as_sent(problem: FieldProblem) -> FieldProblem {
    let field = match &*problem.field {
        "type" => "metric_type".into(),
        "systolic" => "systolic_value".into(),
        "diastolic" => "diastolic_value".into(),
        _ => problem.field,
    };
    FieldProblem { field, ..problem }
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct KindQuery {
    r#type: Option<String>,
    #[serde(flatten)]
    page: PageQuery,
}

impl KindQuery {
    fn kind(&self) -> ApiResult<Option<MetricKind>> {
        let Some(word) = self.r#type.as_deref().filter(|word| !word.is_empty()) else {
            return Ok(None);
        };
        let unknown = || ApiError::field("type", "Send a type such as heart_rate.");
        MetricKind::read(word).map(Some).ok_or_else(unknown)
    }
}

async fn list_readings(
    State(site): State<Site>,
    As(patient): As<Patient>,
    OriginalUri(uri): OriginalUri,
    Query(query): Query<KindQuery>,
) -> ApiResult<axum::Json<List<ReadingBody>>> {
    let (kind, page) = (query.kind()?, query.page.page()?);
    let found = readings::readings(site.clinic(), &patient, kind, page).await?;
    Ok(axum::Json(List::new(found, page, &uri, |stored| ReadingBody::new(stored, &patient.units))))
}

async fn create_reading(
    State(site): State<Site>,
    As(patient): As<Patient>,
    Json(body): Json<CreateReadingBody>,
) -> ApiResult<(StatusCode, axum::Json<CreatedReadingBody>)> {
    let form = body.form()?;
    let all_as_sent = |problems: Vec<_>| problems.into_iter().map(named_as_sent).collect();
    let checked =
        form.check(site.clinic().now()).map_err(|all| Error::Invalid(all_as_sent(all)))?;
    let id = readings::add(site.clinic(), &patient, &form).await?;
    let body = CreatedReadingBody {
        id,
        values: ValuesBody::new(checked.reading, checked.unit, &patient.units),
        recorded_at: checked.recorded_at,
        notes: checked.notes,
    };
    Ok((StatusCode::CREATED, axum::Json(body)))
}
