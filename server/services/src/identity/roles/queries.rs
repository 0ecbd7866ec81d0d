use super::{COUNTED, PeopleSearch};
use crate::{Conn, directory::Page, identity::queries::words};
use diesel::{
    dsl::{count_star, exists, sql},
    pg::Pg,
    prelude::*,
    sql_types::{BigInt, Bool, Text},
};
use diesel_async::RunQueryDsl;
use domain::identity::{
    Role as BuiltIn, UserId,
    permission::{CheckedRole, Permission, RoleId},
};
use jiff::Timestamp;
use schema::{roles, user_roles, users};
use serde_json::{Value, json};

/// A role, and how many people have it, up to [`COUNTED`].
#[derive(Debug, Clone)]
pub struct Role {
    pub id: RoleId,
    pub name: String,
    pub description: String,
    pub permissions: Vec<Permission>,
    pub is_active: bool,
    pub is_built_in: bool,
    pub people: i64,
}

type RoleRow = (RoleId, String, String, Value, bool, bool, i64);

impl From<RoleRow> for Role {
    fn from((id, name, description, permissions, is_active, is_built_in, people): RoleRow) -> Self {
        let permissions = Permission::known(words(&permissions));
        Self { id, name, description, permissions, is_active, is_built_in, people }
    }
}

macro_rules! role_columns {
    () => {
        (
            roles::id,
            roles::name,
            roles::description,
            roles::permissions,
            roles::is_active,
            roles::is_built_in,
            sql::<BigInt>(&format!(
                "(SELECT count(*) FROM (SELECT FROM user_roles WHERE role_id = roles.id LIMIT {COUNTED}) AS people)"
            )),
        )
    };
}

pub async fn count_roles(conn: &mut Conn) -> QueryResult<i64> {
    roles::table.select(count_star()).first(conn).await
}

pub async fn roles(conn: &mut Conn, page: Page) -> QueryResult<Vec<Role>> {
    let rows: Vec<RoleRow> = roles::table
        .order(roles::name)
        .limit(page.size)
        .offset(page.offset())
        .select(role_columns!())
        .load(conn)
        .await?;
    Ok(rows.into_iter().map(Role::from).collect())
}

pub async fn role(conn: &mut Conn, id: RoleId) -> QueryResult<Role> {
    let row: RoleRow = roles::table.find(id).select(role_columns!()).first(conn).await?;
    Ok(row.into())
}

pub async fn insert_role(conn: &mut Conn, id: RoleId, role: &CheckedRole) -> QueryResult<()> {
    diesel::insert_into(roles::table)
        .values((
            roles::id.eq(id),
            roles::name.eq(&role.name),
            roles::description.eq(&role.description),
            roles::permissions.eq(json!(role.permissions)),
            roles::is_active.eq(role.is_active),
        ))
        .execute(conn)
        .await?;
    Ok(())
}

/// False when there is no such role.
pub async fn set_role(conn: &mut Conn, id: RoleId, role: &CheckedRole) -> QueryResult<bool> {
    let set = diesel::update(roles::table.find(id))
        .set((
            roles::name.eq(&role.name),
            roles::description.eq(&role.description),
            roles::permissions.eq(json!(role.permissions)),
            roles::is_active.eq(role.is_active),
        ))
        .execute(conn)
        .await?;
    Ok(set == 1)
}

/// An account in a list.
#[derive(Debug, Clone)]
pub struct PersonLine {
    pub id: UserId,
    pub first_name: String,
    pub last_name: String,
    pub email: String,
    pub is_active: bool,
    /// The names of their roles.
    pub roles: Vec<String>,
}

/// The accounts that `search` is for. Its text is that of the index `users_search`.
fn found(search: &PeopleSearch) -> users::BoxedQuery<'_, Pg> {
    let mut people = users::table.filter(users::email.is_not_null()).into_boxed();
    if let Some(q) = &search.q {
        let literal = q.trim().to_lowercase().replace('\\', "\\\\");
        let literal = literal.replace('%', "\\%").replace('_', "\\_");
        people = people.filter(
            sql::<Bool>(
                "lower(users.first_name || ' ' || users.last_name || ' ' || users.email) LIKE ",
            )
            .bind::<Text, _>(format!("%{literal}%")),
        );
    }
    let theirs = user_roles::table.filter(user_roles::user_id.eq(users::id));
    match (search.role, &search.q) {
        (Some(role), _) => people.filter(exists(theirs.filter(user_roles::role_id.eq(role)))),
        (None, Some(_)) => people,
        (None, None) => {
            let more =
                roles::table.filter(roles::name.ne(BuiltIn::Patient.as_str())).select(roles::id);
            let staff = user_roles::table
                .filter(user_roles::role_id.eq_any(more))
                .select(user_roles::user_id);
            people.filter(users::id.eq_any(staff))
        }
    }
}

pub async fn count_people(conn: &mut Conn, search: &PeopleSearch) -> QueryResult<i64> {
    let some: Vec<UserId> = found(search).select(users::id).limit(COUNTED).load(conn).await?;
    Ok(i64::try_from(some.len()).unwrap_or(COUNTED))
}

pub async fn people(
    conn: &mut Conn,
    search: &PeopleSearch,
    page: Page,
) -> QueryResult<Vec<PersonLine>> {
    let people: Vec<(UserId, String, String, String, bool)> = found(search)
        .order((users::last_name, users::first_name, users::id))
        .limit(page.size)
        .offset(page.offset())
        .select((
            users::id,
            users::first_name,
            users::last_name,
            users::email.assume_not_null(),
            users::is_active,
        ))
        .load(conn)
        .await?;
    let ids: Vec<UserId> = people.iter().map(|person| person.0).collect();
    let theirs: Vec<(UserId, String)> = user_roles::table
        .inner_join(roles::table)
        .filter(user_roles::user_id.eq_any(&ids))
        .order(roles::name)
        .select((user_roles::user_id, roles::name))
        .load(conn)
        .await?;
    let line = |(id, first_name, last_name, email, is_active)| PersonLine {
        id,
        first_name,
        last_name,
        email,
        is_active,
        roles: theirs.iter().filter(|role| role.0 == id).map(|role| role.1.clone()).collect(),
    };
    Ok(people.into_iter().map(line).collect())
}

/// An account, as a role manager sees it.
#[derive(Debug, Clone)]
pub struct Account {
    pub id: UserId,
    pub full_name: String,
    pub email: String,
    pub is_email_verified: bool,
    pub is_active: bool,
    pub created_at: Timestamp,
    pub last_login_at: Option<Timestamp>,
    pub roles: Vec<Held>,
}

/// A role that somebody has.
#[derive(Debug, Clone)]
pub struct Held {
    pub role: RoleId,
    pub name: String,
    pub is_active: bool,
    pub assigned_at: Timestamp,
    /// `None`: MedConnect itself, or somebody who is not known any more.
    pub assigned_by: Option<String>,
}

diesel::alias!(users as assigners: Assigners);

pub async fn account(conn: &mut Conn, user: UserId) -> QueryResult<Account> {
    type Row = (
        String,
        String,
        String,
        bool,
        bool,
        jiff_diesel::Timestamp,
        Option<jiff_diesel::Timestamp>,
    );
    let (first, last, email, is_email_verified, is_active, created_at, last_login_at): Row =
        users::table
            .find(user)
            .filter(users::email.is_not_null())
            .select((
                users::first_name,
                users::last_name,
                users::email.assume_not_null(),
                users::is_email_verified,
                users::is_active,
                users::created_at,
                users::last_login_at,
            ))
            .first(conn)
            .await?;
    type HeldRow = (RoleId, String, bool, jiff_diesel::Timestamp, Option<String>, Option<String>);
    let held: Vec<HeldRow> = user_roles::table
        .inner_join(roles::table)
        .left_join(assigners.on(assigners.field(users::id).nullable().eq(user_roles::assigned_by)))
        .filter(user_roles::user_id.eq(user))
        .order(roles::name)
        .select((
            roles::id,
            roles::name,
            roles::is_active,
            user_roles::assigned_at,
            assigners.field(users::first_name).nullable(),
            assigners.field(users::last_name).nullable(),
        ))
        .load(conn)
        .await?;
    let held = held.into_iter().map(|(role, name, is_active, assigned_at, first, last)| Held {
        role,
        name,
        is_active,
        assigned_at: assigned_at.to_jiff(),
        assigned_by: first.zip(last).map(|(first, last)| format!("{first} {last}")),
    });
    Ok(Account {
        id: user,
        full_name: format!("{first} {last}"),
        email,
        is_email_verified,
        is_active,
        created_at: created_at.to_jiff(),
        last_login_at: last_login_at.map(jiff_diesel::Timestamp::to_jiff),
        roles: held.collect(),
    })
}

/// Holds the account of `user` as it is until the transaction ends; whether its address is proven.
pub async fn lock_account(conn: &mut Conn, user: UserId) -> QueryResult<bool> {
    users::table
        .find(user)
        .filter(users::email.is_not_null())
        .filter(users::is_active)
        .select(users::is_email_verified)
        .for_share()
        .first(conn)
        .await
}

/// Whether the role can be given.
pub async fn is_in_use(conn: &mut Conn, role: RoleId) -> QueryResult<bool> {
    roles::table.find(role).select(roles::is_active).first(conn).await
}

/// False when they have it already.
pub async fn insert_user_role(
    conn: &mut Conn,
    user: UserId,
    role: RoleId,
    by: UserId,
) -> QueryResult<bool> {
    let inserted = diesel::insert_into(user_roles::table)
        .values((
            user_roles::user_id.eq(user),
            user_roles::role_id.eq(role),
            user_roles::assigned_by.eq(by),
        ))
        .on_conflict_do_nothing()
        .execute(conn)
        .await?;
    Ok(inserted == 1)
}

/// False when they do not have it.
pub async fn delete_user_role(conn: &mut Conn, user: UserId, role: RoleId) -> QueryResult<bool> {
    let deleted = diesel::delete(user_roles::table.find((user, role))).execute(conn).await?;
    Ok(deleted == 1)
}
