//! Identity: who is asking, and what proves it.
mod confirm;
mod keys;
mod password;
pub(crate) mod queries;
pub mod registration;
pub mod reset;
pub mod sessions;
mod sign_in;
pub mod throttle;

use crate::{Clinic, Error, Result, audit::Event};
use domain::{
    directory::ProviderId,
    identity::{Role, UserId},
    zone::Zone,
};
use std::marker::PhantomData;

pub(crate) use confirm::confirm_password;
pub use keys::{AccessToken, Keys};
pub(crate) use keys::{Proof, token_id};
pub(crate) use password::Hashing;
pub use queries::Profile;
pub(crate) use registration::queries::lock_address;
pub use registration::register;
pub use sign_in::{known_browser, sign_in};

/// Someone whose credentials have been checked.
#[derive(Debug, Clone)]
pub struct Actor {
    pub user: UserId,
    pub email: String,
    pub first_name: String,
    pub last_name: String,
    pub zone: Zone,
    pub roles: Vec<Role>,
    /// The doctor this person is, if any.
    pub provider: Option<ProviderId>,
    access_version: i32,
}

/// Who has proved who they are, and when in the life of their account: once it has another version, such as
/// after a new password, all that was opened before is closed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SignedIn {
    pub user: UserId,
    pub version: i32,
}

impl Actor {
    pub fn full_name(&self) -> String {
        format!("{} {}", self.first_name, self.last_name)
    }

    pub fn is(&self, role: Role) -> bool {
        self.roles.contains(&role)
    }
}

/// An [`Actor`] in the role `R`.
///
/// Only this module makes one, so a use case that takes a `Caller<Patient>`
/// cannot be reached by anyone else.
#[derive(Debug, Clone)]
pub struct Caller<R>(Actor, PhantomData<fn() -> R>);

impl<R> std::ops::Deref for Caller<R> {
    type Target = Actor;

    fn deref(&self) -> &Actor {
        &self.0
    }
}

/// Someone with an account, in whatever role.
#[derive(Debug)]
pub enum Person {}
#[derive(Debug)]
pub enum Patient {}
#[derive(Debug)]
pub enum Doctor {}
#[derive(Debug)]
pub enum Admin {}

/// A role that a use case may ask for.
pub trait ActsAs: 'static {
    fn may_act(actor: &Actor) -> bool;
}

impl ActsAs for Person {
    fn may_act(_: &Actor) -> bool {
        true
    }
}
impl ActsAs for Patient {
    fn may_act(actor: &Actor) -> bool {
        actor.is(Role::Patient)
    }
}
impl ActsAs for Doctor {
    fn may_act(actor: &Actor) -> bool {
        actor.is(Role::Doctor) && actor.provider.is_some()
    }
}
impl ActsAs for Admin {
    fn may_act(actor: &Actor) -> bool {
        actor.is(Role::Admin)
    }
}

impl Caller<Doctor> {
    /// The doctor this caller is.
    pub fn provider(&self) -> Result<ProviderId> {
        self.provider.ok_or(Error::Forbidden)
    }
}

impl Caller<Person> {
    /// Refuses whoever is neither the doctor `provider` nor an admin.
    pub fn may_manage(&self, provider: ProviderId) -> Result<()> {
        let is_own = self.is(Role::Doctor) && self.provider == Some(provider);
        if is_own || self.is(Role::Admin) { Ok(()) } else { Err(Error::Forbidden) }
    }
}

/// Narrows `actor` to the role a use case needs.
pub fn require<R: ActsAs>(actor: Option<Actor>) -> Result<Caller<R>> {
    let actor = actor.ok_or(Error::SignedOut)?;
    if R::may_act(&actor) { Ok(Caller(actor, PhantomData)) } else { Err(Error::Forbidden) }
}

/// The person behind a checked session or token, with the roles they have now; `None` when it was closed.
pub async fn actor_of(clinic: &Clinic, who: SignedIn) -> Result<Option<Actor>> {
    let found = actor(clinic, who.user).await?;
    Ok(found.filter(|actor| actor.access_version == who.version))
}

/// A person with the roles they have now.
pub async fn actor(clinic: &Clinic, user: UserId) -> Result<Option<Actor>> {
    Ok(queries::actor(&mut *clinic.db().await?, user).await?)
}

/// The person behind an access token; `None` when it is not ours or has expired.
pub async fn bearer(clinic: &Clinic, token: &str) -> Result<Option<Actor>> {
    match clinic.keys().verify(token, clinic.now()) {
        Some(who) => actor_of(clinic, who).await,
        None => Ok(None),
    }
}

/// A 15-minute access token (JWT, RFC 7519) for someone who has just proved who they are.
pub fn access_token(clinic: &Clinic, who: SignedIn) -> Result<AccessToken> {
    clinic.keys().sign(who, clinic.now())
}

/// What the caller's account holds.
pub async fn profile(clinic: &Clinic, caller: &Caller<Person>) -> Result<Profile> {
    Ok(queries::profile(&mut *clinic.db().await?, caller.user).await?)
}

fn event(user: UserId, action: &'static str) -> Event {
    Event {
        actor: Some(user),
        action,
        subject_type: "user",
        subject: user.as_uuid(),
        patient: Some(user),
    }
}
