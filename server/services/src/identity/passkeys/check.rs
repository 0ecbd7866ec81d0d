//! Checking what a device has signed.
use super::{ceremony::State, queries, webauthn};
use crate::{
    Clinic, Conn, Error, Result,
    audit::{self, Event},
    identity::{
        event, factor,
        throttle::{self, Then, Turn},
    },
};
use domain::{
    Refusal,
    identity::{
        UserId,
        passkey::{CEREMONY_OVER, PASSKEY_COPIED, PasskeyId, WRONG_PASSKEY, has_counted_on},
    },
    mail::Topic,
};
use jiff::Timestamp;
use serde_json::Value;
use uuid::Uuid;
use webauthn_rs::prelude::{
    AuthenticationResult, Passkey, PublicKeyCredential, WebauthnError, WebauthnResult,
};

/// A passkey that somebody has shown, and what they were asked for.
pub(in crate::identity) struct Shown {
    state: State,
    credential: PublicKeyCredential,
}

impl Shown {
    /// From the JSON that the browser makes of it.
    pub fn read(state: State, credential: &str) -> Result<Self> {
        let credential = serde_json::from_str(credential).map_err(|_| WRONG_PASSKEY)?;
        Ok(Self { state, credential })
    }

    pub fn credential_id(&self) -> &[u8] {
        self.credential.get_credential_id()
    }
}

/// A passkey as it is kept.
pub struct Kept {
    pub id: PasskeyId,
    pub credential: Value,
    pub sign_count: i64,
}

/// Notes that `user` has used the passkey, if it is theirs and has signed what they were asked for. What is wrong
/// is counted as `counted` and stays so: that error is a value, with which the transaction of the caller is to end
/// without being undone.
pub(in crate::identity) async fn check_in(
    clinic: &Clinic,
    conn: &mut Conn,
    user: UserId,
    shown: &Shown,
    counted: &[throttle::Key],
    now: Timestamp,
) -> Result<Result<()>> {
    let turn = Turn::begin(conn, counted).await?;
    let used = match queries::lock(conn, user, shown.credential_id()).await? {
        Some(kept) => verify(clinic, user, shown, kept)?,
        None => Err(WRONG_PASSKEY),
    };
    turn.settle(clinic, conn, Then::after(used.is_ok()), now).await?;
    match used {
        Ok(used) => {
            queries::set_used(conn, &used, now).await?;
            Ok(Ok(()))
        }
        Err(why) => {
            audit::record_in(conn, refused(user, why)).await?;
            if why == PASSKEY_COPIED {
                factor::tell(conn, user, Topic::PasskeyCopied).await?;
            }
            Ok(Err(why.into()))
        }
    }
}

/// Somebody who was not who they said, as far as we know.
fn refused(user: UserId, why: Refusal) -> Event {
    let action = match why {
        PASSKEY_COPIED => "account.passkey_copied",
        _ => "account.passkey_failed",
    };
    Event { actor: None, ..event(user, action) }
}

/// What is to be kept of the passkey from now on, or why it is not taken.
fn verify(
    clinic: &Clinic,
    user: UserId,
    shown: &Shown,
    kept: Kept,
) -> Result<Result<Kept, Refusal>> {
    let mut passkey: Passkey =
        serde_json::from_value(kept.credential).map_err(|error| Error::Internal(error.into()))?;
    let webauthn = webauthn(clinic)?;
    let handle = shown.credential.get_user_unique_id().map(Uuid::from_slice);
    let is_theirs = matches!(handle, Some(Ok(handle)) if handle == user.as_uuid());
    let result: WebauthnResult<AuthenticationResult> = match &shown.state {
        // Only the device has said who it is.
        State::SignIn(state) if is_theirs => webauthn.finish_discoverable_authentication_v2(
            &shown.credential,
            state.clone(),
            &passkey,
        ),
        State::Prove(state) if is_theirs || handle.is_none() => {
            webauthn.finish_passkey_authentication(&shown.credential, state)
        }
        State::SignIn(_) | State::Prove(_) => return Ok(Err(WRONG_PASSKEY)),
        State::Add(_) => return Ok(Err(CEREMONY_OVER)),
    };
    let result = match result {
        Ok(result) if result.user_verified() => result,
        Err(WebauthnError::CredentialPossibleCompromise) => return Ok(Err(PASSKEY_COPIED)),
        _ => return Ok(Err(WRONG_PASSKEY)),
    };
    let sign_count = i64::from(result.counter());
    // What the library compares with may be from before another one was let in.
    if !has_counted_on(kept.sign_count, sign_count) {
        return Ok(Err(PASSKEY_COPIED));
    }
    passkey.update_credential(&result);
    let credential =
        serde_json::to_value(&passkey).map_err(|error| Error::Internal(error.into()))?;
    Ok(Ok(Kept { id: kept.id, credential, sign_count }))
}
