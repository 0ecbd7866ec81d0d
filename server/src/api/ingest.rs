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
    readings::{Outcome, ReadingId, Tally},
};
use serde::Serialize;
use services::{
    Error,
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
    /// How many call for attention; `null`: that was not looked at.
    anomalies: Option<u64>,
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
            reason: ReasonBody::of(answer),
        };
        Self {
            accepted: tally.accepted,
            duplicates: tally.duplicates,
            anomalies: None,
            quarantined: tally.quarantined,
            refused: tally.refused,
            results: answers.iter().enumerate().map(result).collect(),
            problems: problem.into_iter().collect(),
        }
    }
}

/// The device whose key is in the header or, where there is none, in the body.
async fn sender(
    site: &Site,
    paces: &Paces,
    headers: &HeaderMap,
    sent: &Envelope<'_>,
) -> ApiResult<Sender> {
    let shown = headers.get("x-api-key").and_then(|key| key.to_str().ok().map(str::to_owned));
    let key = shown.or_else(|| sent.api_key()).ok_or_else(|| signed_out(NO_KEY))?;
    let now = site.clinic().now();
    // Whoever tries keys waits before the database is asked; a device waits for all that it sends, with any key.
    paces.take(&key, now)?;
    let device = sent.device_id();
    let named = device.as_ref().ok().copied().flatten();
    let sender = devices::identify(site.clinic(), &key, named).await.map_err(of_device)?;
    device?;
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

async fn verify_device(
    State(site): State<Site>,
    Extension(paces): Extension<Arc<Paces>>,
    headers: HeaderMap,
    body: Text,
) -> ApiResult<axum::Json<VerifiedBody>> {
    let sent = Envelope::read(&body)?;
    let sender = sender(&site, &paces, &headers, &sent).await?;
    let version = sent.firmware_version();
    devices::verify(site.clinic(), &sender, version.as_deref()).await.map_err(of_device)?;
    Ok(axum::Json(VerifiedBody { device_id: sender.device(), verified: true }))
}

async fn report_device_error(
    State(site): State<Site>,
    Extension(paces): Extension<Arc<Paces>>,
    headers: HeaderMap,
    body: Text,
) -> ApiResult<axum::Json<RecordedBody>> {
    let sent = Envelope::read(&body)?;
    let sender = sender(&site, &paces, &headers, &sent).await?;
    let (code, message) = (sent.error_code(), sent.message());
    devices::report_error(site.clinic(), &sender, &code, &message).await.map_err(of_device)?;
    Ok(axum::Json(RecordedBody { recorded: true }))
}

async fn send_readings(
    State(site): State<Site>,
    Extension(paces): Extension<Arc<Paces>>,
    headers: HeaderMap,
    body: Text,
) -> ApiResult<axum::Json<IngestedBody>> {
    let sent = Envelope::read(&body)?;
    let sender = sender(&site, &paces, &headers, &sent).await?;
    take(&site, &sender, &sent, sent.items()?).await
}

async fn send_batch(
    State(site): State<Site>,
    Extension(paces): Extension<Arc<Paces>>,
    headers: HeaderMap,
    body: Text,
) -> ApiResult<axum::Json<IngestedBody>> {
    let sent = Envelope::read(&body)?;
    let sender = sender(&site, &paces, &headers, &sent).await?;
    take(&site, &sender, &sent, sent.list()?).await
}

async fn take(
    site: &Site,
    sender: &Sender,
    sent: &Envelope<'_>,
    items: Vec<Item>,
) -> ApiResult<axum::Json<IngestedBody>> {
    let (battery, problem) = match sent.battery() {
        Ok(battery) => (battery, None),
        Err(problem) => (None, Some(problem)),
    };
    let answers =
        readings::ingest(site.clinic(), sender, &items, battery).await.map_err(of_device)?;
    Ok(axum::Json(IngestedBody::new(&answers, problem)))
}
