//! What devices say: that they have their key, what they measured, and what went wrong with them.
use super::{
    Routes,
    batch::{BODY_LIMIT, Envelope, Item, Text},
    pace::Paces,
    problem::{ApiError, ApiResult},
};
use app::Site;
use axum::{
    Extension,
    extract::{DefaultBodyLimit, State},
    http::{HeaderMap, StatusCode},
    routing::{MethodRouter, post},
};
use domain::{
    FieldProblem, Problem, ProblemKind, Refusal,
    devices::{DeviceId, NO_KEY, PAUSED, REPLACED, REVOKED, UNKNOWN_KEY, UNVERIFIED},
    readings::{Outcome, ReadingId, Severity, Tally},
};
use serde::Serialize;
use services::{
    Clinic, Error,
    devices::{self, Sender},
    readings::{self, Answer},
};
use std::{borrow::Cow, sync::Arc};

pub fn routes() -> Routes {
    let paces = Arc::new(Paces::default());
    let of_device = |methods: MethodRouter<Site>| {
        let methods: MethodRouter<Site> = methods.layer(DefaultBodyLimit::max(BODY_LIMIT));
        methods.layer(Extension(Arc::clone(&paces)))
    };
    vec![
        ("/iot/devices/verify", of_device(post(verify_device))),
        ("/iot/devices/error", of_device(post(report_device_error))),
        ("/iot/data", of_device(post(send_readings))),
        ("/iot/data/stream", of_device(post(send_batch))),
    ]
}

/// The device has shown that it knows its key.
#[derive(Serialize, utoipa::ToSchema)]
pub struct VerifiedBody {
    #[schema(value_type = String, format = Uuid)]
    device_id: DeviceId,
    verified: bool,
}

/// What a device says that went wrong is kept.
#[derive(Serialize, utoipa::ToSchema)]
pub struct RecordedBody {
    recorded: bool,
}

/// What became of a batch.
#[derive(Serialize, utoipa::ToSchema)]
pub struct IngestedBody {
    accepted: u64,
    /// We had them already.
    duplicates: u64,
    /// How many of those accepted are beyond what is safe, or usual for the person.
    anomalies: u64,
    /// Kept apart, because their time cannot be right.
    quarantined: u64,
    refused: u64,
    /// One for each reading, in the order they were sent in.
    results: Vec<ReadingResultBody>,
    /// What else could not be taken, such as the level of the battery.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    problems: Vec<FieldProblem>,
}

/// What became of one reading.
#[derive(Serialize, utoipa::ToSchema)]
pub struct ReadingResultBody {
    /// Its place in the batch, from 0 on.
    index: usize,
    outcome: Outcome,
    /// `null` if it was refused.
    #[schema(value_type = Option<String>, format = Uuid)]
    id: Option<ReadingId>,
    /// It came more than an hour after it was measured.
    late: bool,
    /// The reading that is probably the same measurement; both are kept.
    #[schema(value_type = Option<String>, format = Uuid)]
    near_duplicate_of: Option<ReadingId>,
    /// How much it asks for; `null`: nothing.
    severity: Option<Severity>,
    /// Why it was refused, or is kept apart.
    reason: Option<ReasonBody>,
}

/// Why a reading was not simply taken.
#[derive(Serialize, utoipa::ToSchema)]
pub struct ReasonBody {
    /// Stable and machine-readable, e.g. `readings.out_of_range`.
    code: &'static str,
    /// The field that is to blame.
    #[schema(value_type = String)]
    field: Cow<'static, str>,
    /// One sentence that says what would be right.
    #[schema(value_type = String)]
    detail: Cow<'static, str>,
}

impl ReasonBody {
    fn of(answer: &Answer) -> Option<Self> {
        if let Some(refusal) = answer.refusal {
            let FieldProblem { field, message } = refusal.problem();
            return Some(Self { code: refusal.code(), field, detail: message });
        }
        let quarantine = answer.quarantine?;
        let (code, detail) = (quarantine.code(), quarantine.message().into());
        Some(Self { code, field: "timestamp".into(), detail })
    }
}

impl IngestedBody {
    fn new(answers: &[Answer], problem: Option<FieldProblem>) -> Self {
        let tally: Tally = answers.iter().map(|answer| answer.outcome).collect();
        let result = |(index, answer): (usize, &Answer)| ReadingResultBody {
            index,
            outcome: answer.outcome,
            id: answer.id,
            late: answer.is_late,
            near_duplicate_of: answer.near_duplicate_of,
            severity: answer.severity,
            reason: ReasonBody::of(answer),
        };
        Self {
            accepted: tally.accepted,
            duplicates: tally.duplicates,
            anomalies: answers.iter().map(|answer| u64::from(answer.severity.is_some())).sum(),
            quarantined: tally.quarantined,
            refused: tally.refused,
            results: answers.iter().enumerate().map(result).collect(),
            problems: problem.into_iter().collect(),
        }
    }
}

/// What a device shows beside the body.
#[derive(Default)]
pub struct Shown {
    pub key: Option<String>,
    /// Which one it is to be. Its key must be of that one.
    pub device: Option<DeviceId>,
}

impl Shown {
    fn in_headers(headers: &HeaderMap) -> Self {
        let key = headers.get("x-api-key").and_then(|key| key.to_str().ok().map(str::to_owned));
        Self { key, device: None }
    }
}

/// The device whose key is shown or, where there is none, in the body.
async fn sender(
    clinic: &Clinic,
    paces: &Paces,
    shown: Shown,
    sent: &Envelope<'_>,
) -> ApiResult<Sender> {
    let key = shown.key.or_else(|| sent.api_key()).ok_or_else(|| signed_out(NO_KEY))?;
    let now = clinic.now();
    // Whoever tries keys waits before the database is asked; a device waits for all that it sends, with any key.
    paces.take(&key, now)?;
    let device = sent.device_id();
    let named = device.as_ref().ok().copied().flatten();
    let sender =
        devices::identify(clinic, &key, shown.device.or(named)).await.map_err(of_device)?;
    device?;
    if named.is_some_and(|named| named != sender.device()) {
        return Err(signed_out(UNKNOWN_KEY));
    }
    paces.take(&sender.device().to_string(), now)?;
    Ok(sender)
}

fn signed_out(why: Refusal) -> ApiError {
    Problem::new(ProblemKind::SignedOut, why.code, why.message).into()
}

/// The same failure in words for devices; one that may not send as it is now has no right key.
fn of_device(error: Error) -> ApiError {
    match error {
        Error::SignedOut => signed_out(UNKNOWN_KEY),
        Error::Refused(why) if [UNVERIFIED, PAUSED, REVOKED, REPLACED].contains(&why) => {
            ApiError::from(error).answered_with(StatusCode::UNAUTHORIZED)
        }
        error => error.into(),
    }
}

/// The device shows that it has its key.
pub async fn verify(
    clinic: &Clinic,
    paces: &Paces,
    shown: Shown,
    body: &Text,
) -> ApiResult<VerifiedBody> {
    let sent = Envelope::read(body)?;
    let sender = sender(clinic, paces, shown, &sent).await?;
    let version = sent.firmware_version();
    devices::verify(clinic, &sender, version.as_deref()).await.map_err(of_device)?;
    Ok(VerifiedBody { device_id: sender.device(), verified: true })
}

/// The device says what is wrong with it.
pub async fn report_error(
    clinic: &Clinic,
    paces: &Paces,
    shown: Shown,
    body: &Text,
) -> ApiResult<RecordedBody> {
    let sent = Envelope::read(body)?;
    let sender = sender(clinic, paces, shown, &sent).await?;
    let (code, message) = (sent.error_code(), sent.message());
    devices::report_error(clinic, &sender, &code, &message).await.map_err(of_device)?;
    Ok(RecordedBody { recorded: true })
}

/// The device sends what it has measured, which `read` finds in the body.
pub async fn take_readings<'b>(
    clinic: &Clinic,
    paces: &Paces,
    shown: Shown,
    body: &'b Text,
    read: impl Fn(&Envelope<'b>) -> ApiResult<Vec<Item>>,
) -> ApiResult<IngestedBody> {
    let sent = Envelope::read(body)?;
    let sender = sender(clinic, paces, shown, &sent).await?;
    let items = read(&sent)?;
    let (battery, problem) = match sent.battery() {
        Ok(battery) => (battery, None),
        Err(problem) => (None, Some(problem)),
    };
    let answers = readings::ingest(clinic, &sender, &items, battery).await.map_err(of_device)?;
    Ok(IngestedBody::new(&answers, problem))
}

async fn verify_device(
    State(site): State<Site>,
    Extension(paces): Extension<Arc<Paces>>,
    headers: HeaderMap,
    body: Text,
) -> ApiResult<axum::Json<VerifiedBody>> {
    verify(site.clinic(), &paces, Shown::in_headers(&headers), &body).await.map(axum::Json)
}

async fn report_device_error(
    State(site): State<Site>,
    Extension(paces): Extension<Arc<Paces>>,
    headers: HeaderMap,
    body: Text,
) -> ApiResult<axum::Json<RecordedBody>> {
    report_error(site.clinic(), &paces, Shown::in_headers(&headers), &body).await.map(axum::Json)
}

async fn send_readings(
    State(site): State<Site>,
    Extension(paces): Extension<Arc<Paces>>,
    headers: HeaderMap,
    body: Text,
) -> ApiResult<axum::Json<IngestedBody>> {
    let (clinic, shown) = (site.clinic(), Shown::in_headers(&headers));
    take_readings(clinic, &paces, shown, &body, Envelope::items).await.map(axum::Json)
}

async fn send_batch(
    State(site): State<Site>,
    Extension(paces): Extension<Arc<Paces>>,
    headers: HeaderMap,
    body: Text,
) -> ApiResult<axum::Json<IngestedBody>> {
    let (clinic, shown) = (site.clinic(), Shown::in_headers(&headers));
    take_readings(clinic, &paces, shown, &body, Envelope::list).await.map(axum::Json)
}
