//! Passkeys (WebAuthn): added by whoever is signed in, shown instead of a password, or beside it.
mod ceremony;
mod check;
mod queries;
mod sign_in;

pub use ceremony::{Begun, SWEPT, sweep};
pub(super) use check::{Shown, check_in};
pub(crate) use queries::delete_all;
pub use sign_in::{begin_second_step, begin_sign_in, enter, sign_in};

use super::{Caller, Person, factor, sessions::origin, throttle};
use crate::{
    Clinic, Error, OnConstraint, Result,
    audit::{self, Event},
};
use ceremony::State;
use diesel_async::AsyncConnection;
use domain::{
    identity::{
        UserId,
        factor::RecoveryCode,
        passkey::{
            self, CEREMONY_OVER, CeremonyId, NO_PASSKEYS, PASSKEY_KNOWN, PASSKEYS_FULL, PasskeyId,
            Purpose, WRONG_PASSKEY, checked_name,
        },
    },
    mail::Topic,
};
use jiff::Timestamp;
use serde_json::json;
use webauthn_rs::{
    Webauthn, WebauthnBuilder,
    prelude::{RegisterPublicKeyCredential, Url},
};

/// For whom devices keep the passkeys of this clinic.
#[derive(Debug)]
pub(crate) struct RelyingParty {
    webauthn: Webauthn,
    origin: String,
}

impl RelyingParty {
    /// Of the clinic at `public_url`; `None`: passkeys do not work there.
    pub fn at(public_url: &str) -> Option<Self> {
        let passkey::RelyingParty { id, origin } = passkey::relying_party(public_url)?;
        let url = Url::parse(&origin).ok()?;
        let webauthn = WebauthnBuilder::new(&id, &url).ok()?.rp_name("MedConnect").build().ok()?;
        Some(Self { webauthn, origin })
    }
}

fn webauthn(clinic: &Clinic) -> Result<&Webauthn> {
    clinic.relying_party().map(|party| &party.webauthn).ok_or(NO_PASSKEYS.into())
}

/// The only address at which passkeys of this clinic work, such as `https://clinic.example`; `None`: at none.
pub fn origin_of(clinic: &Clinic) -> Option<&str> {
    clinic.relying_party().map(|party| party.origin.as_str())
}

/// A passkey, as its owner sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Passkey {
    pub id: PasskeyId,
    pub name: String,
    pub added_at: Timestamp,
    pub last_used_at: Option<Timestamp>,
}

/// Those of the caller, in the order they were added.
pub async fn list(clinic: &Clinic, caller: &Caller<Person>) -> Result<Vec<Passkey>> {
    Ok(queries::list(&mut *clinic.db().await?, caller.user).await?)
}

/// One of the caller's.
pub async fn find(clinic: &Clinic, caller: &Caller<Person>, id: PasskeyId) -> Result<Passkey> {
    let found = list(clinic, caller).await?.into_iter().find(|passkey| passkey.id == id);
    found.ok_or(Error::NotFound)
}

/// What a passkey made here could be called: `Firefox on Windows`.
pub fn suggested_name() -> String {
    origin().device
}

/// Asks the caller's device for a new passkey, which is to be called `name`. Only a page that has made sure who the
/// caller is may do so.
pub async fn begin_adding(clinic: &Clinic, caller: &Caller<Person>, name: &str) -> Result<Begun> {
    checked_name("name", name)?;
    let conn = &mut *clinic.db().await?;
    let there = queries::credential_ids(conn, caller.user).await?;
    if there.len() >= usize::try_from(passkey::MOST_PASSKEYS).unwrap_or_default() {
        return Err(PASSKEYS_FULL.into());
    }
    let (options, state) = webauthn(clinic)?
        .start_passkey_registration(
            caller.user.as_uuid(),
            &caller.email,
            &caller.full_name(),
            Some(there),
        )
        .map_err(|error| Error::Internal(error.into()))?;
    let mut options =
        serde_json::to_value(options).map_err(|error| Error::Internal(error.into()))?;
    // Else it could not be found without an address.
    if let Some(wanted) = options.pointer_mut("/publicKey/authenticatorSelection") {
        wanted["residentKey"] = json!("required");
        wanted["requireResidentKey"] = json!(true);
    }
    ceremony::begin(conn, Some(caller.user), &State::Add(state), options, clinic.now()).await
}

/// Adds the passkey that the caller's device has made. Whose first second factor it is gets recovery codes, which
/// are told only now; everybody else gets none.
pub async fn add(
    clinic: &Clinic,
    caller: &Caller<Person>,
    ceremony: Option<CeremonyId>,
    name: &str,
    credential: &str,
) -> Result<Vec<RecoveryCode>> {
    let name = checked_name("name", name)?;
    let (now, user) = (clinic.now(), caller.user);
    let taken = ceremony::take(clinic, ceremony, Some(user), Purpose::Add).await?;
    let State::Add(state) = taken else { return Err(CEREMONY_OVER.into()) };
    let made: RegisterPublicKeyCredential =
        serde_json::from_str(credential).map_err(|_| WRONG_PASSKEY)?;
    let made = webauthn(clinic)?.finish_passkey_registration(&made, &state).map_err(|why| {
        tracing::debug!(error = %why, "a new passkey was refused");
        WRONG_PASSKEY
    })?;
    let kept = serde_json::to_value(&made).map_err(|error| Error::Internal(error.into()))?;
    let id = PasskeyId::generate();
    let conn = &mut *clinic.db().await?;
    conn.transaction(async |conn| {
        factor::lock_owner(conn, user).await?;
        let had_factor = factor::is_on_in(conn, user).await?;
        let is_added = queries::insert(conn, (id, user), &name, (made.cred_id(), &kept), now)
            .await
            .on_constraint("passkeys_credential_once", PASSKEY_KNOWN)?;
        if !is_added {
            return Err(PASSKEYS_FULL.into());
        }
        let codes = match had_factor {
            true => Vec::new(),
            false => factor::first_codes_in(clinic, conn, user).await?,
        };
        audit::record_in(conn, event(user, "passkey.add", id)).await?;
        factor::tell(conn, user, Topic::PasskeyAdded).await?;
        Ok(codes)
    })
    .await
}

/// Removes a passkey of the caller's. Only a page that has made sure who the caller is may do so.
pub async fn remove(clinic: &Clinic, caller: &Caller<Person>, id: PasskeyId) -> Result<()> {
    let user = caller.user;
    let conn = &mut *clinic.db().await?;
    conn.transaction(async |conn| {
        factor::lock_owner(conn, user).await?;
        if !queries::delete(conn, user, id).await? {
            return Err(Error::NotFound);
        }
        audit::record_in(conn, event(user, "passkey.remove", id)).await?;
        factor::tell(conn, user, Topic::PasskeyRemoved).await
    })
    .await
}

/// Asks the caller's device for one of their passkeys, to show once more who they are.
pub async fn begin_proof(clinic: &Clinic, caller: &Caller<Person>) -> Result<Begun> {
    ceremony::begin_proof_of(clinic, caller.user).await
}

/// Checks that the caller has shown one of their passkeys.
pub async fn prove(
    clinic: &Clinic,
    caller: &Caller<Person>,
    ceremony: Option<CeremonyId>,
    credential: &str,
) -> Result<()> {
    let (now, user) = (clinic.now(), caller.user);
    let state = ceremony::take(clinic, ceremony, Some(user), Purpose::Prove).await?;
    let shown = Shown::read(state, credential)?;
    let conn = &mut *clinic.db().await?;
    // What is counted stays counted, so that errors leave the transaction as values.
    let counted = throttle::of_proof(clinic.keys(), user);
    conn.transaction(async |conn| check_in(clinic, conn, user, &shown, &counted, now).await).await?
}

fn event(user: UserId, action: &'static str, id: PasskeyId) -> Event {
    Event {
        actor: Some(user),
        action,
        subject_type: "passkey",
        subject: id.as_uuid(),
        patient: Some(user),
    }
}
