pub(super) mod queries;

use crate::{Clinic, Conn, Error, Result};
use aws_lc_rs::digest::{SHA256, digest};
use domain::{FieldProblem, booking::AppointmentId, identity::UserId};
use jiff::SignedDuration;
use serde::Serialize;
use uuid::Uuid;

/// What makes a retry harmless: the same key is the same command.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IdempotencyKey(String);

impl IdempotencyKey {
    /// A key that nobody has used.
    pub fn fresh() -> Self {
        Self(Uuid::new_v4().to_string())
    }

    /// A key of 1 to 255 visible ASCII characters.
    pub fn checked(raw: &str) -> Result<Self, FieldProblem> {
        let fits =
            (1..=255).contains(&raw.len()) && raw.bytes().all(|byte| byte.is_ascii_graphic());
        if fits {
            return Ok(Self(raw.to_owned()));
        }
        Err(FieldProblem::new(
            "Idempotency-Key",
            "Send an Idempotency-Key of 1 to 255 visible ASCII characters, new for each command.",
        ))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Which command a key is for: the same key may be used once for each.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Command {
    Change,
    Cancel,
    Pay,
}

impl Command {
    const fn route(self) -> &'static str {
        match self {
            Self::Change => "appointments.change",
            Self::Cancel => "appointments.cancel",
            Self::Pay => "appointments.pay",
        }
    }
}

/// Takes `key` for this command of `actor`, in the transaction that does it; true: it was done before.
/// Another command with the same key that is still running is waited for.
pub(crate) async fn done_before(
    conn: &mut Conn,
    actor: UserId,
    command: Command,
    key: Option<&IdempotencyKey>,
    appointment: AppointmentId,
    body: &impl Serialize,
) -> Result<bool> {
    let Some(key) = key else { return Ok(false) };
    let (key, body_hash) = (key.as_str(), hash(&(appointment, body))?);
    let new =
        queries::NewKey { actor, route: command.route(), key, appointment, body_hash: &body_hash };
    if queries::take_key(conn, &new).await? {
        return Ok(false);
    }
    let asked = queries::body_hash(conn, actor, command.route(), key).await?;
    if asked.as_deref() == Some(&body_hash) { Ok(true) } else { Err(Error::KeyReused) }
}

/// SHA-256 of what is asked.
pub(crate) fn hash(body: &impl Serialize) -> Result<Vec<u8>> {
    let body = serde_json::to_vec(body).map_err(|error| Error::Internal(error.into()))?;
    Ok(digest(&SHA256, &body).as_ref().to_vec())
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
