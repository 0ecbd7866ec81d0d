use super::queries;
use crate::{Clinic, Result};
use domain::FieldProblem;
use jiff::SignedDuration;

/// What makes a retry harmless: the same key is the same command.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IdempotencyKey(String);

impl IdempotencyKey {
    /// A key of 1 to 255 visible ASCII characters.
    pub fn checked(raw: &str) -> Result<Self, FieldProblem> {
        let fits =
            (1..=255).contains(&raw.len()) && raw.bytes().all(|byte| byte.is_ascii_graphic());
        if fits {
            return Ok(Self(raw.to_owned()));
        }
        Err(FieldProblem::new(
            "Idempotency-Key",
            "Send an Idempotency-Key of 1 to 255 visible ASCII characters, new for each booking.",
        ))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// How long a command is known by its key.
const KEPT: SignedDuration = SignedDuration::from_hours(48);

/// How many keys are forgotten at once: few enough that nobody waits for it.
pub const KEY_BATCH: usize = 1_000;

/// Forgets keys that nobody will send again, the oldest first and [`KEY_BATCH`] at most; returns how
/// many. What they made stays. Called by a worker.
pub async fn forget_old_keys(clinic: &Clinic) -> Result<usize> {
    let conn = &mut *clinic.db().await?;
    Ok(queries::delete_keys(conn, clinic.now() - KEPT, KEY_BATCH).await?)
}
