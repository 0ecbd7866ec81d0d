//! Roles: what they let people do, and who has which.
mod queries;

use super::{Caller, RoleManager};
use crate::{
    Clinic, Error, Result,
    audit::{self, Event},
    directory::{Found, Page},
    error::violates,
};
use diesel_async::AsyncConnection;
use domain::identity::{
    UserId,
    permission::{
        ADDRESS_NOT_PROVEN, BUILT_IN_ROLE, LAST_MANAGER, ROLE_NAME_IN_USE, ROLE_NOT_IN_USE,
        RoleForm, RoleId,
    },
};
use uuid::Uuid;

pub use queries::{Account, Held, PersonLine, Role};

/// People with a role are counted up to so many.
pub const COUNTED: i64 = 1_000;

/// The fewest letters that people are looked for by: fewer are in nearly every name.
pub const SHORTEST_SEARCH: usize = 3;

/// The roles there are, by name.
pub async fn roles(clinic: &Clinic, _: &Caller<RoleManager>, page: Page) -> Result<Found<Role>> {
    let conn = &mut *clinic.db().await?;
    Ok(Found { count: queries::count_roles(conn).await?, items: queries::roles(conn, page).await? })
}

pub async fn role(clinic: &Clinic, _: &Caller<RoleManager>, id: RoleId) -> Result<Role> {
    Ok(queries::role(&mut *clinic.db().await?, id).await?)
}

pub async fn create_role(
    clinic: &Clinic,
    manager: &Caller<RoleManager>,
    form: &RoleForm,
) -> Result<RoleId> {
    let role = form.check().map_err(Error::Invalid)?;
    let id = RoleId::generate();
    let conn = &mut *clinic.db().await?;
    conn.transaction(async |conn| {
        queries::insert_role(conn, id, &role).await.map_err(refusal)?;
        audit::record_in(conn, event(manager, "role.create", ("role", id.as_uuid()), None)).await?;
        Ok(id)
    })
    .await
}

/// Changes what a role is called and what it lets its people do, from their next request on.
pub async fn change_role(
    clinic: &Clinic,
    manager: &Caller<RoleManager>,
    id: RoleId,
    form: &RoleForm,
) -> Result<()> {
    let role = form.check().map_err(Error::Invalid)?;
    let conn = &mut *clinic.db().await?;
    conn.transaction(async |conn| {
        let changed = queries::set_role(conn, id, &role).await.map_err(refusal)?;
        if !changed {
            return Err(Error::NotFound);
        }
        audit::record_in(conn, event(manager, "role.change", ("role", id.as_uuid()), None)).await?;
        Ok(())
    })
    .await
}

/// What the constraints of `roles` stand for.
fn refusal(error: diesel::result::Error) -> Error {
    let refusals = [
        ("roles_name_unique", ROLE_NAME_IN_USE),
        ("roles_built_in_active", BUILT_IN_ROLE),
        ("roles_one_manager", LAST_MANAGER),
    ];
    let found = refusals.into_iter().find(|(name, _)| violates(&error, name));
    found.map_or_else(|| error.into(), |(_, refusal)| refusal.into())
}

/// Whom a role manager looks for.
#[derive(Debug, Clone, Default)]
pub struct PeopleSearch {
    /// A part of a name or an address. Without it only those are found who have more than the patient's role.
    pub q: Option<String>,
    pub role: Option<RoleId>,
}

/// Accounts by name, counted up to [`COUNTED`]. Each that is seen is on record.
pub async fn people(
    clinic: &Clinic,
    manager: &Caller<RoleManager>,
    search: &PeopleSearch,
    page: Page,
) -> Result<Found<PersonLine>> {
    let too_short = |q: &String| q.trim().chars().count() < SHORTEST_SEARCH;
    if search.q.as_ref().is_some_and(too_short) {
        return Err(Error::field("q", "Type at least three letters of a name or an address."));
    }
    let conn = &mut *clinic.db().await?;
    conn.transaction(async |conn| {
        let count = queries::count_people(conn, search).await?;
        let items = queries::people(conn, search, page).await?;
        let seen = items.iter().map(|person| (person.id.as_uuid(), person.id));
        audit::record_list(conn, manager.user, ("account.list", "user"), seen).await?;
        Ok(Found { count, items })
    })
    .await
}

/// Somebody's account, the roles they have and who gave them these.
pub async fn account(
    clinic: &Clinic,
    manager: &Caller<RoleManager>,
    user: UserId,
) -> Result<Account> {
    let conn = &mut *clinic.db().await?;
    conn.transaction(async |conn| {
        let account = queries::account(conn, user).await?;
        let event = event(manager, "account.read", ("user", user.as_uuid()), Some(user));
        audit::record_in(conn, event).await?;
        Ok(account)
    })
    .await
}

/// Gives `user` a role, which counts from their next request on. Once more does nothing.
pub async fn assign(
    clinic: &Clinic,
    manager: &Caller<RoleManager>,
    user: UserId,
    role: RoleId,
) -> Result<()> {
    let conn = &mut *clinic.db().await?;
    conn.transaction(async |conn| {
        // Nobody closes the account meanwhile.
        if !queries::lock_account(conn, user).await? {
            return Err(ADDRESS_NOT_PROVEN.into());
        }
        if !queries::is_in_use(conn, role).await? {
            return Err(ROLE_NOT_IN_USE.into());
        }
        if queries::insert_user_role(conn, user, role, manager.user).await? {
            let event = event(manager, "role.assign", ("role", role.as_uuid()), Some(user));
            audit::record_in(conn, event).await?;
        }
        Ok(())
    })
    .await
}

/// Takes a role from `user`, from their next request on. Refused to the last who runs roles.
pub async fn revoke(
    clinic: &Clinic,
    manager: &Caller<RoleManager>,
    user: UserId,
    role: RoleId,
) -> Result<()> {
    let conn = &mut *clinic.db().await?;
    conn.transaction(async |conn| {
        if !queries::delete_user_role(conn, user, role).await.map_err(refusal)? {
            return Err(Error::NotFound);
        }
        let event = event(manager, "role.revoke", ("role", role.as_uuid()), Some(user));
        audit::record_in(conn, event).await?;
        Ok(())
    })
    .await
}

fn event(
    manager: &Caller<RoleManager>,
    action: &'static str,
    (subject_type, subject): (&'static str, Uuid),
    patient: Option<UserId>,
) -> Event {
    Event { actor: Some(manager.user), action, subject_type, subject, patient }
}
