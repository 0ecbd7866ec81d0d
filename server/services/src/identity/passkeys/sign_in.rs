//! Signing in with a passkey: alone, as it shows the device and whoever unlocks it, or after the password.
use super::{
    Begun,
    ceremony::{self, State},
    check::{Shown, check_in},
    queries, webauthn,
};
use crate::{
    Clinic, Conn, Error, Result,
    audit::{self, Event},
    identity::{
        SignedIn, event,
        factor::{self, Answered},
        new_sign_in, queries as people, throttle,
    },
};
use diesel_async::AsyncConnection;
use domain::identity::{
    UserId,
    passkey::{CeremonyId, Purpose, WRONG_PASSKEY},
};
use jiff::Timestamp;
use uuid::Uuid;

/// Asks a device for a passkey of whoever it is.
pub async fn begin_sign_in(clinic: &Clinic) -> Result<Begun> {
    let webauthn = webauthn(clinic)?;
    ceremony::take_turn(clinic).await?;
    let (options, state) = webauthn
        .start_discoverable_authentication()
        .map_err(|error| Error::Internal(error.into()))?;
    let options = serde_json::to_value(options).map_err(|error| Error::Internal(error.into()))?;
    let conn = &mut *clinic.db().await?;
    ceremony::begin(conn, None, &State::SignIn(state), options, clinic.now()).await
}

/// Signs in whose passkey it is. Nothing more is asked for: it has shown that they have the device, and that the
/// device knows them. `browser` is what the caller shows, if they have signed in before.
pub async fn sign_in(
    clinic: &Clinic,
    ceremony: Option<CeremonyId>,
    credential: &str,
    browser: Option<&str>,
) -> Result<SignedIn> {
    let state = ceremony::take(clinic, ceremony, None, Purpose::SignIn).await?;
    let shown = Shown::read(state, credential)?;
    let now = clinic.now();
    let conn = &mut *clinic.db().await?;
    // What is counted stays counted, so that errors leave the transaction as values.
    conn.transaction(async |conn| let_in(clinic, conn, &shown, browser, now).await).await?
}

async fn let_in(
    clinic: &Clinic,
    conn: &mut Conn,
    shown: &Shown,
    browser: Option<&str>,
    now: Timestamp,
) -> Result<Result<SignedIn>> {
    let Some(who) = queries::lock_owner_of(conn, shown.credential_id()).await? else {
        audit::record_in(conn, unknown()).await?;
        return Ok(Err(WRONG_PASSKEY.into()));
    };
    // Nobody has proven anything yet: what does not fit is not counted against the owner.
    let counted = throttle::of_credential(clinic.keys(), shown.credential_id());
    if let Err(error) = check_in(clinic, conn, who.user, shown, &counted, now).await? {
        return Ok(Err(error));
    }
    new_sign_in::tell_in(conn, clinic.keys(), who, browser, now).await?;
    if !people::set_last_login(conn, who, now).await? {
        return Ok(Err(WRONG_PASSKEY.into()));
    }
    audit::record_in(conn, event(who.user, "account.sign_in_with_passkey")).await?;
    Ok(Ok(who))
}

/// Says nothing of what was shown.
fn unknown() -> Event {
    Event {
        actor: None,
        action: "account.passkey_failed",
        subject_type: "user",
        subject: Uuid::nil(),
        patient: None::<UserId>,
    }
}

/// Asks whoever has given the password, and shows it by `token`, for one of their passkeys.
pub async fn begin_second_step(clinic: &Clinic, token: &str) -> Result<Begun> {
    let user = factor::challenged(clinic, token).await?;
    ceremony::begin_proof_of(clinic, user).await
}

/// Finishes a sign-in with a passkey, as [`enter_code`](factor::enter_code) does with a code.
pub async fn enter(
    clinic: &Clinic,
    token: &str,
    ceremony: Option<CeremonyId>,
    credential: &str,
    browser: Option<&str>,
) -> Result<SignedIn> {
    let user = factor::challenged(clinic, token).await?;
    let state = ceremony::take(clinic, ceremony, Some(user), Purpose::Prove).await?;
    let shown = Shown::read(state, credential)?;
    factor::finish(clinic, token, Answered::Passkey(&shown), browser).await
}
