//! Identity: who is asking, and what proves it.
pub mod blocking;
mod confirm;
pub mod factor;
mod keys;
pub mod new_password;
mod new_sign_in;
pub mod passkeys;
mod password;
pub(crate) mod queries;
pub mod registration;
pub mod reset;
pub mod roles;
pub mod sessions;
mod sign_in;
pub mod signing;
pub mod throttle;
pub mod tokens;

use crate::{Clinic, Error, Result, audit::Event};
use domain::{
    directory::ProviderId,
    identity::{UserId, permission::Permission},
    readings::Units,
    zone::Zone,
};
use std::{any::type_name, marker::PhantomData};

pub(crate) use confirm::confirm_password;
pub use factor::SignIn;
pub use keys::Keys;
pub(crate) use keys::{Proof, token_id};
pub(crate) use password::Hashing;
pub use queries::Profile;
pub(crate) use registration::queries::lock_address;
pub use registration::register;
pub use sign_in::{known_browser, sign_in};
pub use signing::AccessToken;

/// Someone whose credentials have been checked.
#[derive(Debug, Clone)]
pub struct Actor {
    pub user: UserId,
    pub email: String,
    pub first_name: String,
    pub last_name: String,
    pub zone: Zone,
    /// In which they read what is measured.
    pub units: Units,
    /// The names of the roles they have.
    pub roles: Vec<String>,
    /// What these let them do.
    pub permissions: Vec<Permission>,
    /// The doctor this person is, if any, and if they may run visits.
    pub provider: Option<ProviderId>,
    /// Whether signing in asks them for a code, too.
    pub has_factor: bool,
    /// Whether they may do nothing before it does.
    pub needs_factor: bool,
    pub(crate) access_version: i32,
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

    pub fn may(&self, permission: Permission) -> bool {
        self.permissions.contains(&permission)
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
/// Who runs doctors and hospitals.
#[derive(Debug)]
pub enum Admin {}
/// Who says who may do what.
#[derive(Debug)]
pub enum RoleManager {}
/// Who reads the audit trail.
#[derive(Debug)]
pub enum Auditor {}
/// Who looks at what doctors opened in an emergency.
#[derive(Debug)]
pub enum EmergencyReviewer {}

/// What a use case may ask of whoever calls it.
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
        actor.may(Permission::BookVisits)
    }
}
impl ActsAs for Doctor {
    fn may_act(actor: &Actor) -> bool {
        actor.may(Permission::RunVisits) && actor.provider.is_some()
    }
}
impl ActsAs for Admin {
    fn may_act(actor: &Actor) -> bool {
        actor.may(Permission::ManageDirectory)
    }
}
impl ActsAs for RoleManager {
    fn may_act(actor: &Actor) -> bool {
        actor.may(Permission::ManageRoles)
    }
}
impl ActsAs for Auditor {
    fn may_act(actor: &Actor) -> bool {
        actor.may(Permission::ReadAudit)
    }
}
impl ActsAs for EmergencyReviewer {
    fn may_act(actor: &Actor) -> bool {
        actor.may(Permission::ReviewEmergencies)
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
        let is_own = self.may(Permission::RunVisits) && self.provider == Some(provider);
        if is_own || self.may(Permission::ManageDirectory) {
            return Ok(());
        }
        Err(refused(self, "the doctor or an admin"))
    }
}

/// Narrows `actor` to what a use case asks for.
pub fn require<R: ActsAs>(actor: Option<Actor>) -> Result<Caller<R>> {
    if actor.as_ref().is_some_and(|actor| actor.needs_factor) {
        return Err(Error::NeedsFactor);
    }
    require_owner(actor)
}

/// The same for what somebody needs to set up the second factor that everything else waits for.
pub fn require_owner<R: ActsAs>(actor: Option<Actor>) -> Result<Caller<R>> {
    let actor = actor.ok_or(Error::SignedOut)?;
    if R::may_act(&actor) {
        return Ok(Caller(actor, PhantomData));
    }
    Err(refused(&actor, type_name::<R>()))
}

/// Logs who is refused what only somebody else may do.
fn refused(actor: &Actor, wanted: &str) -> Error {
    tracing::warn!(user = %actor.user, wanted, "access refused");
    Error::Forbidden
}

/// The person behind a checked session or token, with the roles they have now; `None` when it was closed.
pub async fn actor_of(clinic: &Clinic, who: SignedIn) -> Result<Option<Actor>> {
    let found = actor(clinic, who.user).await?;
    Ok(found.filter(|actor| actor.access_version == who.version))
}

/// A person with the roles they have now.
pub async fn actor(clinic: &Clinic, user: UserId) -> Result<Option<Actor>> {
    let found = queries::actor(&mut *clinic.db().await?, user).await?;
    Ok(found.map(|row| row.actor(clinic.requires_factor())))
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
