//! The readings of patients, as their doctors see them, and the limits they set.
use super::{
    List, PageQuery, Routes,
    input::{As, Json, Path, Query},
    problem::ApiResult,
    summaries::{DashboardBody, PeriodQuery, SummaryBody},
};
use app::Site;
use axum::{
    extract::{OriginalUri, State},
    routing::get,
};
use domain::{
    identity::UserId,
    readings::{
        LIMIT_FIELDS, MetricKind, Period, PersonalLimits, Reason, Severity, TypedLimits, Unit,
    },
};
use jiff::{Timestamp, civil::Date};
use serde::{Deserialize, Serialize};
use services::{
    identity::Doctor,
    readings::{self, FollowedPatient, SetLimits},
};

pub fn routes() -> Routes {
    vec![
        ("/health-metrics/patients", get(list_followed_patients)),
        ("/patients/{id}/health-metrics/dashboard", get(dashboard)),
        ("/patients/{id}/health-metrics/{kind}/summary", get(summary)),
        ("/patients/{id}/health-metrics/{kind}/limits", get(limits).put(set_limits)),
    ]
}

/// Why to look at a patient.
#[derive(Serialize, utoipa::ToSchema)]
pub struct AttentionReasonBody {
    /// `alert`, `out_of_target`, `getting_worse` or `silent`.
    code: &'static str,
    /// `null` of an alert.
    metric_type: Option<MetricKind>,
    /// Of an alert.
    severity: Option<Severity>,
    /// E.g. `Blood pressure above target on 5 of the last 7 days`.
    detail: String,
}

impl From<&Reason> for AttentionReasonBody {
    fn from(reason: &Reason) -> Self {
        let severity = match reason {
            Reason::Alert(severity) => Some(*severity),
            _ => None,
        };
        let (code, detail) = (reason.code(), reason.words());
        Self { code, metric_type: reason.kind(), severity, detail }
    }
}

/// A patient of the calling doctor who measures something.
#[derive(Serialize, utoipa::ToSchema)]
pub struct FollowedPatientBody {
    #[schema(value_type = String, format = Uuid)]
    patient_id: UserId,
    name: String,
    /// The most important one first; none, if nothing stands out.
    reasons: Vec<AttentionReasonBody>,
    /// The day of the newest reading, on the clock of the patient.
    #[schema(value_type = String, format = Date)]
    last_measured: Date,
}

impl From<FollowedPatient> for FollowedPatientBody {
    fn from(followed: FollowedPatient) -> Self {
        Self {
            patient_id: followed.patient,
            name: followed.name,
            reasons: followed.attention.reasons.iter().map(AttentionReasonBody::from).collect(),
            last_measured: followed.last,
        }
    }
}

/// Numbers in the unit that all of the kind are kept in; `null` is as in most adults.
#[derive(Default, Clone, Copy, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(default)]
pub struct LimitNumbersBody {
    target_low: Option<f64>,
    target_high: Option<f64>,
    /// Of a blood pressure the lower number.
    target_lower_low: Option<f64>,
    target_lower_high: Option<f64>,
    /// Beyond it a reading is worth a look.
    warning_low: Option<f64>,
    warning_high: Option<f64>,
    warning_lower_low: Option<f64>,
    warning_lower_high: Option<f64>,
    /// Beyond it a reading cannot wait.
    critical_low: Option<f64>,
    critical_high: Option<f64>,
    critical_lower_low: Option<f64>,
    critical_lower_high: Option<f64>,
}

impl LimitNumbersBody {
    /// In the order of [`LIMIT_FIELDS`].
    fn numbers(self) -> [Option<f64>; LIMIT_FIELDS.len()] {
        [
            self.target_low,
            self.target_high,
            self.target_lower_low,
            self.target_lower_high,
            self.warning_low,
            self.warning_high,
            self.warning_lower_low,
            self.warning_lower_high,
            self.critical_low,
            self.critical_high,
            self.critical_lower_low,
            self.critical_lower_high,
        ]
    }

    fn of(numbers: [Option<f64>; LIMIT_FIELDS.len()]) -> Self {
        let [a, b, c, d, e, f, g, h, i, j, k, l] = numbers;
        Self {
            target_low: a,
            target_high: b,
            target_lower_low: c,
            target_lower_high: d,
            warning_low: e,
            warning_high: f,
            warning_lower_low: g,
            warning_lower_high: h,
            critical_low: i,
            critical_high: j,
            critical_lower_low: k,
            critical_lower_high: l,
        }
    }
}

/// The limits of one patient in one kind.
#[derive(Serialize, utoipa::ToSchema)]
pub struct LimitsBody {
    metric_type: MetricKind,
    /// UCUM, of all numbers.
    unit: Unit,
    /// What a doctor has set.
    set: LimitNumbersBody,
    /// All that holds for the patient, with what is so in most adults.
    effective: LimitNumbersBody,
    set_by: Option<String>,
    #[schema(value_type = Option<String>, format = DateTime)]
    set_at: Option<Timestamp>,
    /// What to send with a change; 0: nobody has ever set anything.
    version: i32,
}

impl LimitsBody {
    fn new(kind: MetricKind, set: Option<&SetLimits>) -> Self {
        let limits = set.map_or(PersonalLimits::usual(kind), |set| set.limits);
        Self {
            metric_type: kind,
            unit: kind.unit(),
            set: LimitNumbersBody::of(limits.numbers()),
            effective: LimitNumbersBody::of(limits.merged()),
            set_by: set.map(|set| set.by.clone()),
            set_at: set.map(|set| set.at),
            version: set.map_or(0, |set| set.version),
        }
    }
}

/// All limits of a kind at once; with no numbers it goes by most adults again.
#[derive(Deserialize, utoipa::ToSchema)]
pub struct SetLimitsBody {
    #[serde(flatten)]
    numbers: LimitNumbersBody,
    /// The one that was seen.
    #[serde(default)]
    version: i32,
}

/// Empty: it is clinical, and no log may show it.
impl std::fmt::Debug for SetLimitsBody {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SetLimitsBody").finish_non_exhaustive()
    }
}

impl From<&SetLimitsBody> for TypedLimits {
    fn from(body: &SetLimitsBody) -> Self {
        let typed = |number: Option<f64>| number.map(|n| n.to_string()).unwrap_or_default();
        Self { unit: String::new(), numbers: body.numbers.numbers().map(typed) }
    }
}

async fn list_followed_patients(
    State(site): State<Site>,
    As(doctor): As<Doctor>,
    OriginalUri(uri): OriginalUri,
    Query(query): Query<PageQuery>,
) -> ApiResult<axum::Json<List<FollowedPatientBody>>> {
    let page = query.page()?;
    let found = readings::followed(site.clinic(), &doctor, page).await?;
    Ok(axum::Json(List::new(found, page, &uri, FollowedPatientBody::from)))
}

async fn dashboard(
    State(site): State<Site>,
    As(doctor): As<Doctor>,
    Path(patient): Path<UserId>,
    Query(query): Query<PeriodQuery>,
) -> ApiResult<axum::Json<DashboardBody>> {
    let period = query.period(&[Period::Week, Period::Month, Period::Quarter])?;
    let of = readings::dashboard_of_patient(site.clinic(), &doctor, patient, period).await?;
    Ok(axum::Json(DashboardBody::new(period, of.seen, None, &doctor.units)))
}

async fn summary(
    State(site): State<Site>,
    As(doctor): As<Doctor>,
    Path((patient, kind)): Path<(UserId, MetricKind)>,
    Query(query): Query<PeriodQuery>,
) -> ApiResult<axum::Json<SummaryBody>> {
    let (period, last) = (query.period(Period::ALL)?, query.last()?);
    let clinic = site.clinic();
    let of = readings::course_of_patient(clinic, &doctor, patient, kind, period, last).await?;
    Ok(axum::Json(SummaryBody::from(&of.seen)))
}

async fn limits(
    State(site): State<Site>,
    As(doctor): As<Doctor>,
    Path((patient, kind)): Path<(UserId, MetricKind)>,
) -> ApiResult<axum::Json<LimitsBody>> {
    let (clinic, month) = (site.clinic(), Period::Month);
    let of = readings::course_of_patient(clinic, &doctor, patient, kind, month, None).await?;
    Ok(axum::Json(LimitsBody::new(kind, of.seen.set.as_ref())))
}

async fn set_limits(
    State(site): State<Site>,
    As(doctor): As<Doctor>,
    Path((patient, kind)): Path<(UserId, MetricKind)>,
    Json(body): Json<SetLimitsBody>,
) -> ApiResult<axum::Json<LimitsBody>> {
    let (clinic, typed) = (site.clinic(), TypedLimits::from(&body));
    let set = readings::set_limits(clinic, &doctor, patient, kind, &typed, body.version).await?;
    Ok(axum::Json(LimitsBody::new(kind, Some(&set))))
}
