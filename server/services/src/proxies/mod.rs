//! Proxies: adults with an account of their own who act for a patient, as far as the patient lets them.
//!
//! As with registrations, nobody looks whether an invited address has an account while somebody waits for the answer:
//! the same is written and said for every address. Who is asked, by whom and for what, the invitation tells whoever
//! signs in with that address, and nobody else.
pub(crate) mod authority;
mod queries;

use crate::{
    Clinic, Conn, Error, OnConstraint, Result, account,
    audit::{self, Event},
    identity::{Caller, Patient, Proof, lock_address, throttle, token_id},
    outbox,
    record::read_as,
};
use diesel::QueryResult;
use diesel_async::AsyncConnection;
use domain::{
    account::CheckedHealth,
    identity::UserId,
    mail::Topic,
    proxies::{
        GrantForm, INVITATION_OVER, INVITATIONS_A_DAY, MAILS_A_DAY, NOT_YOUR_INVITATION,
        ProxyGrantId, Scopes, TOO_MANY_INVITATIONS, TOO_MANY_PROXIES,
    },
};
use jiff::Timestamp;
use serde_json::json;

pub use queries::PersonLine;

/// For how many somebody acts at once, as far as lists show it.
const SHOWN: i64 = 100;

/// What a patient lets somebody do.
#[derive(Clone)]
pub struct Grant {
    pub id: ProxyGrantId,
    /// `None`: they have not accepted yet.
    pub proxy_name: Option<String>,
    /// To which the invitation went.
    pub email: String,
    pub scopes: Scopes,
    pub granted_at: Timestamp,
    /// Until when it can be accepted.
    pub answer_until: Timestamp,
    pub ends_at: Timestamp,
}

/// Without names, which no log may show.
impl std::fmt::Debug for Grant {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Grant").field("id", &self.id).finish_non_exhaustive()
    }
}

/// What somebody may do for a patient.
#[derive(Clone)]
pub struct ActingFor {
    /// The grant.
    pub id: ProxyGrantId,
    pub patient: UserId,
    /// Of the patient.
    pub name: String,
    pub scopes: Scopes,
    pub ends_at: Timestamp,
}

impl std::fmt::Debug for ActingFor {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ActingFor").field("id", &self.id).finish_non_exhaustive()
    }
}

/// Who acts for `patient` and who is invited to, the newest first.
pub async fn grants(clinic: &Clinic, patient: &Caller<Patient>) -> Result<Vec<Grant>> {
    Ok(queries::grants(&mut *clinic.db().await?, patient.user).await?)
}

/// Those for whom `proxy` acts now.
pub async fn acting_for(clinic: &Clinic, proxy: &Caller<Patient>) -> Result<Vec<ActingFor>> {
    Ok(queries::acting_for(&mut *clinic.db().await?, proxy.user, SHOWN).await?)
}

/// Invites somebody to act for `patient`, who has just proven who they are. The invitation before to the same address
/// ends; what that person may do already stays until they accept this one.
///
/// Takes as long, and says the same, for an address that has an account as for one that has none.
pub async fn grant(
    clinic: &Clinic,
    patient: &Caller<Patient>,
    form: &GrantForm,
) -> Result<ProxyGrantId> {
    let grant = form.check(&patient.email)?;
    throttle::take_request(clinic).await?;
    let conn = &mut *clinic.db().await?;
    conn.transaction(async |conn| {
        if !queries::lock_account(conn, patient.user).await? {
            return Err(Error::SignedOut);
        }
        if queries::sent_by(conn, patient.user).await? >= INVITATIONS_A_DAY {
            return Err(TOO_MANY_INVITATIONS.into());
        }
        lock_address(conn, grant.email.as_str()).await?;
        let is_sent = queries::sent_to(conn, &grant.email).await? < MAILS_A_DAY;
        let overtaken = queries::end_unanswered(conn, patient.user, &grant.email).await?;
        record_each(conn, patient.user, "proxy.replace", overtaken).await?;
        let id = ProxyGrantId::generate();
        queries::insert(conn, id, patient.user, &grant)
            .await
            .on_constraint("proxy_grants_at_most_ten", TOO_MANY_PROXIES)?;
        // Whoever asks is told the same, so that nobody learns who else has asked.
        if is_sent {
            let payload = json!({ "grant_id": id });
            tell(conn, Topic::ProxyInvited, id, payload).await?;
        }
        audit::record_in(conn, event(patient.user, "proxy.grant", id, patient.user)).await?;
        Ok(id)
    })
    .await
}

async fn tell(
    conn: &mut Conn,
    topic: Topic,
    id: ProxyGrantId,
    payload: serde_json::Value,
) -> QueryResult<()> {
    outbox::enqueue_in(conn, topic.as_str(), format!("{topic}/{id}"), payload).await
}

/// What the link of an invitation leads to.
#[derive(Debug, Clone)]
pub enum Invitation {
    /// It went to who looks.
    Open(ActingFor),
    /// It went to somebody else.
    NotYours,
    /// It never was one, or is none any more.
    Over,
}

fn opened(clinic: &Clinic, token: &str) -> Option<ProxyGrantId> {
    let id = token_id(token).filter(|_| clinic.keys().opens(Proof::Invitation, token, 0))?;
    Some(ProxyGrantId::from(id))
}

/// Looks at an invitation. It is not used up by this.
pub async fn invitation(
    clinic: &Clinic,
    caller: &Caller<Patient>,
    token: &str,
) -> Result<Invitation> {
    let Some(id) = opened(clinic, token) else { return Ok(Invitation::Over) };
    let found = queries::invitation(&mut *clinic.db().await?, id, caller.user).await?;
    Ok(match found {
        Some((invitation, true)) => Invitation::Open(invitation),
        Some((_, false)) => Invitation::NotYours,
        None => Invitation::Over,
    })
}

/// Lets `caller`, to whom the invitation went, act from now on, instead of what they may do for that patient already.
/// The patient is told. Errors: [`INVITATION_OVER`], [`NOT_YOUR_INVITATION`].
pub async fn accept(clinic: &Clinic, caller: &Caller<Patient>, token: &str) -> Result<()> {
    let id = opened(clinic, token).ok_or(INVITATION_OVER)?;
    throttle::take_request(clinic).await?;
    let conn = &mut *clinic.db().await?;
    conn.transaction(async |conn| {
        // An account that closes meanwhile ends this grant, too, or is closed by now.
        if !queries::lock_account(conn, caller.user).await? {
            return Err(Error::SignedOut);
        }
        let former = queries::end_former(conn, id, caller.user).await?;
        record_each(conn, caller.user, "proxy.replace", former).await?;
        let Some(patient) = queries::accept(conn, id, caller.user).await? else {
            return Err(why_not(conn, id).await?);
        };
        audit::record_in(conn, event(caller.user, "proxy.accept", id, patient)).await?;
        let payload = json!({ "user_id": patient });
        Ok(tell(conn, Topic::ProxyAccepted, id, payload).await?)
    })
    .await
}

/// Turns the invitation down, which then works no longer. Errors: as those of [`accept`].
pub async fn decline(clinic: &Clinic, caller: &Caller<Patient>, token: &str) -> Result<()> {
    let id = opened(clinic, token).ok_or(INVITATION_OVER)?;
    let conn = &mut *clinic.db().await?;
    conn.transaction(async |conn| {
        let Some(patient) = queries::decline(conn, id, caller.user).await? else {
            return Err(why_not(conn, id).await?);
        };
        Ok(audit::record_in(conn, event(caller.user, "proxy.decline", id, patient)).await?)
    })
    .await
}

async fn why_not(conn: &mut Conn, id: ProxyGrantId) -> Result<Error> {
    Ok(match queries::is_unanswered(conn, id).await? {
        true => NOT_YOUR_INVITATION.into(),
        false => INVITATION_OVER.into(),
    })
}

/// Ends a grant of the caller, or one to them: nothing that comes after this is done by it.
pub async fn end(clinic: &Clinic, caller: &Caller<Patient>, id: ProxyGrantId) -> Result<()> {
    let conn = &mut *clinic.db().await?;
    conn.transaction(async |conn| {
        let patient = queries::end(conn, id, caller.user).await?.ok_or(Error::NotFound)?;
        Ok(audit::record_in(conn, event(caller.user, "proxy.revoke", id, patient)).await?)
    })
    .await
}

/// Ends all that `user` has granted since `since`, or ever: it may have been a thief who did.
pub(crate) async fn end_granted(
    conn: &mut Conn,
    user: UserId,
    since: Option<Timestamp>,
) -> QueryResult<()> {
    let ended = queries::end_all(conn, user, since, false).await?;
    record_each(conn, user, "proxy.revoke", ended).await
}

/// Ends all that `user` has granted and all that was granted to them.
pub(crate) async fn end_all(conn: &mut Conn, user: UserId) -> QueryResult<()> {
    let ended = queries::end_all(conn, user, None, true).await?;
    record_each(conn, user, "proxy.revoke", ended).await
}

async fn record_each(
    conn: &mut Conn,
    user: UserId,
    action: &'static str,
    grants: Vec<(ProxyGrantId, UserId)>,
) -> QueryResult<()> {
    let grants: Vec<_> = grants.into_iter().map(|(id, patient)| (id.as_uuid(), patient)).collect();
    audit::record_list(conn, user, (action, "proxy_grant"), grants).await
}

/// What somebody says of their health, for who may read it.
#[derive(Debug, Clone)]
pub struct PersonHealth {
    pub person: PersonLine,
    pub health: CheckedHealth,
}

/// The health profile that the grant `id` opens to `proxy`. The look is put on record.
pub async fn health(
    clinic: &Clinic,
    proxy: &Caller<Patient>,
    id: ProxyGrantId,
) -> Result<PersonHealth> {
    let conn = &mut *clinic.db().await?;
    conn.transaction(async |conn| {
        let person = queries::person(conn, id, proxy.user).await?;
        read_as(conn, proxy.user).await?;
        let event = Event {
            actor: Some(proxy.user),
            action: "health_profile.read",
            subject_type: "user",
            subject: person.id.as_uuid(),
            patient: Some(person.id),
        };
        // Without its record nobody sees it.
        audit::record_in(conn, event).await?;
        let health = account::queries::health(conn, person.id).await?;
        Ok(PersonHealth { person, health })
    })
    .await
}

/// How many grants are looked after at once.
pub const SWEPT: usize = 500;

/// Ends what its time has ended, and forgets addresses of what has ended; how many of either. Called by a worker.
pub async fn sweep(clinic: &Clinic) -> Result<usize> {
    let limit = i64::try_from(SWEPT).unwrap_or(i64::MAX);
    Ok(queries::sweep(&mut *clinic.db().await?, limit).await?)
}

fn event(actor: UserId, action: &'static str, id: ProxyGrantId, patient: UserId) -> Event {
    Event {
        actor: Some(actor),
        action,
        subject_type: "proxy_grant",
        subject: id.as_uuid(),
        patient: Some(patient),
    }
}
