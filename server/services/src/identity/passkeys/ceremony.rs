//! What browsers are asked to have signed: each for a few minutes, and once.
use super::{queries, webauthn};
use crate::{Clinic, Conn, Error, Result, identity::throttle};
use domain::identity::{
    UserId,
    passkey::{CEREMONY_LIFETIME, CEREMONY_OVER, CeremonyId, Purpose, WRONG_PASSKEY},
    throttle::Lane,
};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use webauthn_rs::prelude::{
    DiscoverableAuthentication, PasskeyAuthentication, PasskeyRegistration,
};

/// What the answer is checked against. It never leaves the server.
#[derive(Serialize, Deserialize)]
pub(in crate::identity) enum State {
    Add(PasskeyRegistration),
    SignIn(DiscoverableAuthentication),
    Prove(PasskeyAuthentication),
}

impl State {
    const fn purpose(&self) -> Purpose {
        match self {
            Self::Add(_) => Purpose::Add,
            Self::SignIn(_) => Purpose::SignIn,
            Self::Prove(_) => Purpose::Prove,
        }
    }
}

/// A device that was asked.
#[derive(Debug)]
pub struct Begun {
    /// To be kept by the server for this browser alone: the answer counts only with it.
    pub ceremony: CeremonyId,
    /// What the browser is told: `publicKey`, as WebAuthn has it in JSON.
    pub options: Value,
}

/// Counts that somebody asks a device, and refuses it when there were too many from the same network.
pub(super) async fn take_turn(clinic: &Clinic) -> Result<()> {
    throttle::take(clinic, Lane::Passkeys).await
}

pub(super) async fn begin(
    conn: &mut Conn,
    user: Option<UserId>,
    state: &State,
    options: Value,
    now: Timestamp,
) -> Result<Begun> {
    let ceremony = CeremonyId::generate();
    let kept = serde_json::to_value(state).map_err(|error| Error::Internal(error.into()))?;
    let expires_at = now + CEREMONY_LIFETIME;
    queries::insert_ceremony(conn, (ceremony, user), state.purpose(), &kept, expires_at).await?;
    Ok(Begun { ceremony, options })
}

/// Asks for one of the passkeys of `user`.
pub(super) async fn begin_proof_of(clinic: &Clinic, user: UserId) -> Result<Begun> {
    let conn = &mut *clinic.db().await?;
    let passkeys = queries::credentials(conn, user).await?;
    let passkeys = passkeys
        .into_iter()
        .map(serde_json::from_value)
        .collect::<Result<Vec<_>, _>>()
        .map_err(|error| Error::Internal(error.into()))?;
    if passkeys.is_empty() {
        return Err(WRONG_PASSKEY.into());
    }
    let (options, state) = webauthn(clinic)?
        .start_passkey_authentication(&passkeys)
        .map_err(|error| Error::Internal(error.into()))?;
    let options = serde_json::to_value(options).map_err(|error| Error::Internal(error.into()))?;
    begin(conn, Some(user), &State::Prove(state), options, clinic.now()).await
}

/// Uses up what `user`, or with `None` whoever it is, was asked for: whatever comes of it, it never counts again.
pub(super) async fn take(
    clinic: &Clinic,
    ceremony: Option<CeremonyId>,
    user: Option<UserId>,
    purpose: Purpose,
) -> Result<State> {
    let ceremony = ceremony.ok_or(CEREMONY_OVER)?;
    let conn = &mut *clinic.db().await?;
    let state = queries::take_ceremony(conn, (ceremony, user), purpose, clinic.now()).await?;
    serde_json::from_value(state.ok_or(CEREMONY_OVER)?)
        .map_err(|error| Error::Internal(error.into()))
}

/// How many ceremonies are forgotten at once.
pub const SWEPT: usize = 500;

/// Forgets what nobody has answered in time; returns how many. A full batch: there are more. Called by a worker.
pub async fn sweep(clinic: &Clinic) -> Result<usize> {
    let limit = i64::try_from(SWEPT).unwrap_or(i64::MAX);
    let conn = &mut *clinic.db().await?;
    Ok(queries::delete_old_ceremonies(conn, clinic.now(), limit).await?)
}
