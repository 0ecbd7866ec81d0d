use crate::identity::throttle;
use jiff::SignedDuration;
use serde::{Deserialize, Serialize};
use std::borrow::Cow;

/// What a caller may know about a failure.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[error("{message}")]
pub struct Problem {
    pub kind: ProblemKind,
    /// Stable and machine-readable, e.g. `booking.slot_taken`.
    pub code: Cow<'static, str>,
    /// One sentence for a person. Never contains internals or health data.
    pub message: Cow<'static, str>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub fields: Vec<FieldProblem>,
    /// After how many seconds it may work, where that is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retry_after: Option<u16>,
}

/// What is wrong with one field of a form or a request body.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct FieldProblem {
    /// The field's name as it was sent.
    pub field: Cow<'static, str>,
    /// One sentence that says what would be right.
    #[cfg_attr(feature = "openapi", schema(value_type = String))]
    pub message: Cow<'static, str>,
}

impl FieldProblem {
    pub fn new(field: impl Into<Cow<'static, str>>, message: impl Into<Cow<'static, str>>) -> Self {
        Self { field: field.into(), message: message.into() }
    }
}

/// The family of a failure; each door decides what to do with it once.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ProblemKind {
    Invalid,
    SignedOut,
    Forbidden,
    NotFound,
    Refused,
    /// An idempotency key that was used before, with another body.
    KeyReused,
    TooMany,
    Unavailable,
    Internal,
}

/// A rule that said no.
///
/// Each feature declares its refusals as constants, so that the code, the
/// sentence and the place that raises it are one `grep` apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct Refusal {
    pub code: &'static str,
    pub message: &'static str,
}

impl Refusal {
    #[must_use]
    pub const fn new(code: &'static str, message: &'static str) -> Self {
        Self { code, message }
    }
}

impl Problem {
    #[must_use]
    pub const fn new(kind: ProblemKind, code: &'static str, message: &'static str) -> Self {
        Self {
            kind,
            code: Cow::Borrowed(code),
            message: Cow::Borrowed(message),
            fields: Vec::new(),
            retry_after: None,
        }
    }

    #[must_use]
    pub fn invalid(fields: Vec<FieldProblem>) -> Self {
        Self {
            fields,
            ..Self::new(ProblemKind::Invalid, "invalid", "Please check the marked fields.")
        }
    }

    /// Too often for now: says how long to wait.
    #[must_use]
    pub fn too_many(wait: SignedDuration) -> Self {
        let seconds = wait.as_secs() + i64::from(wait.subsec_nanos() > 0);
        let message = format!(
            "That was tried too often. Please wait {} and try again.",
            throttle::said(wait)
        );
        Self {
            message: message.into(),
            retry_after: Some(u16::try_from(seconds).unwrap_or(u16::MAX).max(1)),
            ..Self::new(ProblemKind::TooMany, "too_many", "")
        }
    }

    /// What to say beside the field `name`, if it is to blame.
    #[must_use]
    pub fn field(&self, name: &str) -> Option<&str> {
        self.fields.iter().find(|problem| problem.field == name).map(|problem| &*problem.message)
    }
}
