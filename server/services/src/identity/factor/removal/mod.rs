//! Letting somebody in who has lost their phone and their recovery codes: one admin asks for it, another one
//! agrees, and the owner of the account hears of both.
mod queries;

use super::check::tell;
use crate::{
    Clinic, Error, OnConstraint, Result,
    audit::{self, Event},
    error::violates,
    identity::{Caller, RoleManager, passkeys, queries::raise_version, sessions},
};
use diesel_async::AsyncConnection;
use domain::{
    identity::{
        Email, UserId,
        factor::{
            NOT_ALONE, NOT_FOR_ONESELF, REMOVAL_LIFETIME, REMOVAL_OVER, REMOVAL_WAITS, RemovalId,
        },
    },
    mail::Topic,
    text,
};
use jiff::Timestamp;

/// A removal that waits for a second admin.
#[derive(Debug, Clone)]
pub struct Removal {
    pub id: RemovalId,
    pub user: UserId,
    pub asked_by: UserId,
    pub name: String,
    pub email: String,
    pub asked_by_name: String,
    /// How whoever asks has made sure who the person is.
    pub grounds: String,
    pub expires_at: Timestamp,
}

impl Removal {
    /// Whether `admin` is one of the others.
    pub fn may_be_approved_by(&self, admin: &Caller<RoleManager>) -> bool {
        admin.user != self.asked_by && admin.user != self.user
    }
}

/// How many removals are shown at once.
const SHOWN: i64 = 50;

/// What waits for a second admin, the most urgent first.
pub async fn waiting(clinic: &Clinic, _: &Caller<RoleManager>) -> Result<Vec<Removal>> {
    Ok(queries::waiting(&mut *clinic.db().await?, clinic.now(), SHOWN).await?)
}

/// Asks that the factor of the account of `email` is removed.
pub async fn ask(
    clinic: &Clinic,
    admin: &Caller<RoleManager>,
    email: &str,
    grounds: &str,
) -> Result<()> {
    let email = Email::checked("email", email);
    let grounds = text::checked("grounds", "How you know them", grounds, 10..=500);
    let (Ok(email), Ok(grounds)) = (&email, &grounds) else {
        return Err(Error::Invalid([email.err(), grounds.err()].into_iter().flatten().collect()));
    };
    let now = clinic.now();
    let conn = &mut *clinic.db().await?;
    conn.transaction(async |conn| {
        let user = queries::owner(conn, email)
            .await?
            .ok_or_else(|| Error::field("email", "No account with this address asks for codes."))?;
        if user == admin.user {
            return Err(NOT_FOR_ONESELF.into());
        }
        queries::end_expired(conn, user, now).await?;
        let id = RemovalId::generate();
        queries::insert(conn, id, (user, admin.user), grounds, now + REMOVAL_LIFETIME)
            .await
            .on_constraint("factor_removals_one_open", REMOVAL_WAITS)?;
        audit::record_in(conn, event(admin, "account.ask_factor_removal", user)).await?;
        tell(conn, user, Topic::FactorRemovalAsked).await
    })
    .await
}

/// Agrees to a removal that another admin has asked for: the factor is gone, and so is all that was open of the
/// account. Its owner signs in with the password alone, once.
pub async fn approve(clinic: &Clinic, admin: &Caller<RoleManager>, id: RemovalId) -> Result<()> {
    let now = clinic.now();
    let conn = &mut *clinic.db().await?;
    conn.transaction(async |conn| {
        let user = queries::end(conn, id, Some(admin.user), now)
            .await
            .map_err(|error| if is_alone(&error) { NOT_ALONE.into() } else { Error::from(error) })?
            .ok_or(REMOVAL_OVER)?;
        // Else one admin could be two.
        if !queries::ran_roles_before(conn, id, admin.user).await? {
            return Err(NOT_ALONE.into());
        }
        raise_version(conn, user).await?;
        super::queries::delete(conn, user).await?;
        passkeys::delete_all(conn, user, None).await?;
        sessions::end_all(conn, user, now).await?;
        audit::record_in(conn, event(admin, "account.remove_factor", user)).await?;
        tell(conn, user, Topic::FactorRemoved).await
    })
    .await
}

fn is_alone(error: &diesel::result::Error) -> bool {
    violates(error, "factor_removals_by_two") || violates(error, "factor_removals_not_for_oneself")
}

/// Refuses a removal, or takes it back.
pub async fn refuse(clinic: &Clinic, admin: &Caller<RoleManager>, id: RemovalId) -> Result<()> {
    let now = clinic.now();
    let conn = &mut *clinic.db().await?;
    conn.transaction(async |conn| {
        let user = queries::end(conn, id, None, now).await?.ok_or(REMOVAL_OVER)?;
        audit::record_in(conn, event(admin, "account.refuse_factor_removal", user)).await?;
        Ok(())
    })
    .await
}

fn event(admin: &Caller<RoleManager>, action: &'static str, user: UserId) -> Event {
    Event {
        actor: Some(admin.user),
        action,
        subject_type: "user",
        subject: user.as_uuid(),
        patient: Some(user),
    }
}
