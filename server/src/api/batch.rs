//! What devices send: JSON, packed or not, of which one wrong reading costs no other.
use super::problem::{ApiError, ApiResult};
use axum::{
    body::Bytes,
    extract::{FromRequest, Request, rejection::BytesRejection},
    http::{
        HeaderMap, HeaderName, StatusCode,
        header::{CONTENT_ENCODING, CONTENT_TYPE},
    },
};
use domain::{
    FieldProblem, Problem, ProblemKind,
    devices::{BatteryLevel, DeviceId},
    readings::{RawReading, ReadingRefusal, Sent, check_size},
};
use flate2::read::MultiGzDecoder;
use serde::Deserialize;
use serde_json::value::RawValue;
use std::io::Read;

/// The largest body, as it comes and unpacked: 500 readings with all there is to say take less than half of it.
pub const BODY_LIMIT: usize = 256 * 1024;

/// The text of a body, unpacked.
pub struct Text(String);

impl<S: Send + Sync> FromRequest<S> for Text {
    type Rejection = ApiError;

    async fn from_request(request: Request, state: &S) -> ApiResult<Self> {
        let is_packed = read_head(request.headers())?;
        let body = Bytes::from_request(request, state).await.map_err(|r| unread(&r))?;
        let body = if is_packed { unpacked(&body)? } else { body.into() };
        Self::read(body)
    }
}

impl Text {
    /// What came unpacked.
    pub fn read(body: Vec<u8>) -> ApiResult<Self> {
        if body.len() > BODY_LIMIT {
            return Err(too_large());
        }
        let text = String::from_utf8(body).map_err(|_| malformed())?;
        let has_none = NO_NUMBERS.iter().all(|word| !text.contains(word));
        Ok(Self(if has_none { text } else { quoted(&text) }))
    }
}

/// What some programs write as if it were JSON, of which it makes the whole unreadable.
const NO_NUMBERS: [&str; 2] = ["NaN", "Infinity"];

/// The same with what is no number as text, wherever it is not in text already: then it is wrong by itself alone.
fn quoted(text: &str) -> String {
    let mut quoted = String::with_capacity(text.len() + 64);
    // Between quotation marks that nothing escapes, every other part is text.
    let (mut is_text, mut is_escaped) = (false, false);
    let mut rest = text;
    while let Some(next) = rest.chars().next() {
        let found = NO_NUMBERS.iter().find(|word| !is_text && rest.starts_with(**word));
        if let Some(word) = found {
            if quoted.ends_with('-') {
                quoted.pop();
            }
            quoted.extend(["\"", word, "\""]);
            rest = &rest[word.len()..];
            continue;
        }
        is_text ^= next == '"' && !is_escaped;
        is_escaped = is_text && next == '\\' && !is_escaped;
        quoted.push(next);
        rest = &rest[next.len_utf8()..];
    }
    quoted
}

/// Whether the body is packed; an error if it is packed in another way, or no JSON.
fn read_head(headers: &HeaderMap) -> ApiResult<bool> {
    let text =
        |name: HeaderName| headers.get(name).map(|value| value.to_str().unwrap_or_default().trim());
    let kind = text(CONTENT_TYPE).and_then(|kind| kind.split(';').next()).unwrap_or_default();
    if !kind.trim().eq_ignore_ascii_case("application/json") {
        return Err(unsupported("Send JSON, with the content type application/json."));
    }
    let coding = text(CONTENT_ENCODING).unwrap_or("identity").to_ascii_lowercase();
    match coding.as_str() {
        "identity" => Ok(false),
        "gzip" | "x-gzip" => Ok(true),
        _ => Err(unsupported("Send the body as it is, or packed once with gzip.")),
    }
}

/// No more is unpacked than fits, whatever is said to be in it.
fn unpacked(packed: &[u8]) -> ApiResult<Vec<u8>> {
    let limit = u64::try_from(BODY_LIMIT + 1).unwrap_or(u64::MAX);
    let mut body = Vec::new();
    match MultiGzDecoder::new(packed).take(limit).read_to_end(&mut body) {
        Ok(size) if size > BODY_LIMIT => Err(too_large()),
        Ok(_) => Ok(body),
        Err(_) => Err(refused(
            StatusCode::BAD_REQUEST,
            "malformed",
            "The body is said to be gzip, and cannot be unpacked.",
        )),
    }
}

fn unread(rejection: &BytesRejection) -> ApiError {
    match rejection.status() {
        StatusCode::PAYLOAD_TOO_LARGE => too_large(),
        _ => refused(
            StatusCode::REQUEST_TIMEOUT,
            "too_slow",
            "The body did not come to its end in time, so nothing was done.",
        ),
    }
}

fn too_large() -> ApiError {
    refused(
        StatusCode::PAYLOAD_TOO_LARGE,
        "too_large",
        "The body is larger than 256 KiB, as it comes or unpacked. Send fewer readings at once.",
    )
}

fn unsupported(message: &'static str) -> ApiError {
    refused(StatusCode::UNSUPPORTED_MEDIA_TYPE, "unsupported_media_type", message)
}

fn malformed() -> ApiError {
    let message =
        "The body is not an object of JSON that we can read. The reference is at /api/docs.";
    refused(StatusCode::BAD_REQUEST, "malformed", message)
}

fn refused(status: StatusCode, code: &'static str, message: &'static str) -> ApiError {
    ApiError::with_status(status, Problem::new(ProblemKind::Invalid, code, message))
}

/// What a device sends, of which each part is read for itself. What else is in it means nothing here.
#[derive(Default, Deserialize)]
#[serde(default)]
pub struct Envelope<'a> {
    #[serde(skip)]
    whole: &'a str,
    #[serde(borrow)]
    device_id: Option<&'a RawValue>,
    #[serde(borrow)]
    api_key: Option<&'a RawValue>,
    #[serde(borrow)]
    firmware_version: Option<&'a RawValue>,
    #[serde(borrow, alias = "code")]
    error_code: Option<&'a RawValue>,
    #[serde(borrow, alias = "error_message")]
    message: Option<&'a RawValue>,
    #[serde(borrow)]
    battery_level: Option<&'a RawValue>,
    #[serde(borrow)]
    metrics: Option<&'a RawValue>,
    /// What a reading has that is sent without a list.
    #[serde(borrow, rename = "type", alias = "metric_type")]
    kind: Option<&'a RawValue>,
}

/// Text, a number, or nothing that either would fit in.
fn sent(raw: Option<&RawValue>) -> Sent {
    raw.map_or(Sent::Nothing, |raw| serde_json::from_str(raw.get()).unwrap_or(Sent::Other))
}

fn text(raw: Option<&RawValue>) -> Option<String> {
    match sent(raw) {
        Sent::Text(text) => Some(text),
        _ => None,
    }
}

impl<'a> Envelope<'a> {
    pub fn read(Text(text): &'a Text) -> ApiResult<Self> {
        // A list would be taken for the fields in their order.
        if !text.trim_start().starts_with('{') {
            return Err(malformed());
        }
        let read: Self = serde_json::from_str(text).map_err(|_| malformed())?;
        Ok(Self { whole: text, ..read })
    }

    pub fn api_key(&self) -> Option<String> {
        text(self.api_key)
    }

    /// The device that it says it is, if it says so.
    pub fn device_id(&self) -> ApiResult<Option<DeviceId>> {
        match sent(self.device_id) {
            Sent::Nothing => Ok(None),
            Sent::Text(id) => id.parse().map(Some).map_err(|_| wrong_id()),
            Sent::Number(_) | Sent::Other => Err(wrong_id()),
        }
    }

    pub fn firmware_version(&self) -> Option<String> {
        text(self.firmware_version)
    }

    /// Empty where none was sent.
    pub fn error_code(&self) -> String {
        text(self.error_code).unwrap_or_default()
    }

    pub fn message(&self) -> String {
        text(self.message).unwrap_or_default()
    }

    /// `None`: it says nothing of its battery. An error costs nothing but the level.
    pub fn battery(&self) -> Result<Option<BatteryLevel>, FieldProblem> {
        let level = match sent(self.battery_level) {
            Sent::Nothing => return Ok(None),
            Sent::Number(percent) if percent.fract() == 0.0 => BatteryLevel::new(percent as i64),
            _ => None,
        };
        let problem = || FieldProblem::new("battery_level", "Send a whole percentage, 0 to 100.");
        level.map(Some).ok_or_else(problem)
    }

    /// Its readings: those of the list or, where there is no list, the one that it is. None of a device that only tells
    /// its battery.
    pub fn items(&self) -> ApiResult<Vec<Item>> {
        match self.metrics {
            Some(_) => self.list(),
            None if self.kind.is_none() && self.battery_level.is_some() => Ok(Vec::new()),
            None => Ok(vec![item(self.whole)]),
        }
    }

    /// The readings of its list, each read for itself. A batch that forgets the list is not one reading.
    pub fn list(&self) -> ApiResult<Vec<Item>> {
        let missing = || ApiError::field("metrics", "Send the readings as a list.");
        let list = self.metrics.ok_or_else(missing)?;
        let items: Vec<&RawValue> = serde_json::from_str(list.get()).map_err(|_| missing())?;
        check_size(items.len()).map_err(services::Error::from)?;
        Ok(items.into_iter().map(|raw| item(raw.get())).collect())
    }
}

fn wrong_id() -> ApiError {
    ApiError::field("device_id", "Send the id that the device got when it was registered.")
}

/// A reading, or that it cannot be read.
pub type Item = Result<RawReading, ReadingRefusal>;

fn item(raw: &str) -> Item {
    match raw.trim_start().starts_with('{') {
        true => serde_json::from_str(raw).map_err(|_| ReadingRefusal::Unreadable),
        false => Err(ReadingRefusal::Unreadable),
    }
}

#[cfg(test)]
mod tests {
    use super::quoted;

    #[test]
    fn what_is_no_number_is_made_text_and_text_stays_as_it_is() {
        for (sent, read) in [
            (r#"[NaN, -Infinity,Infinity]"#, r#"["NaN", "Infinity","Infinity"]"#),
            (r#"{"NaN":"a NaN","é\"NaN":NaN}"#, r#"{"NaN":"a NaN","é\"NaN":"NaN"}"#),
            (r#"{"a":"\\","b":NaN}"#, r#"{"a":"\\","b":"NaN"}"#),
        ] {
            assert_eq!(quoted(sent), read);
        }
    }
}
