use super::{Actor, SignedIn};
use crate::Conn;
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use domain::{
    directory::ProviderId,
    identity::{CheckedRegistration, Email, Role, UserId},
    zone::Zone,
};
use jiff::{Timestamp, civil::Date};
use jiff_diesel::ToDiesel;
use schema::{providers, roles, user_profiles, user_roles, users};
use std::str::FromStr;

type Names = (UserId, String, String, String, String, i32, Option<ProviderId>, Option<String>);

/// A person, their roles and the doctor they are; one row a role.
pub async fn actor(conn: &mut Conn, user: UserId) -> QueryResult<Option<Actor>> {
    let rows: Vec<Names> = users::table
        .left_join(
            user_roles::table
                .inner_join(roles::table)
                .on(user_roles::user_id.eq(users::id).and(roles::is_active)),
        )
        .left_join(providers::table)
        .filter(users::id.eq(user))
        .filter(users::is_active)
        .filter(users::email.is_not_null())
        .select((
            users::id,
            users::email.assume_not_null(),
            users::first_name,
            users::last_name,
            users::time_zone,
            users::access_version,
            providers::id.nullable(),
            roles::name.nullable(),
        ))
        .load(conn)
        .await?;
    let roles = rows.iter().filter_map(|row| Role::from_str(row.7.as_deref()?).ok()).collect();
    Ok(rows.into_iter().next().map(
        |(user, email, first_name, last_name, zone, access_version, provider, _)| Actor {
            user,
            email,
            first_name,
            last_name,
            zone: Zone::from_str(&zone).unwrap_or_else(|_| Zone::utc()),
            roles,
            provider,
            access_version,
        },
    ))
}

/// Whose address it is, and the hash of their password.
pub async fn credentials(
    conn: &mut Conn,
    email: &Email,
) -> QueryResult<Option<(SignedIn, String)>> {
    let found: Option<(UserId, i32, String)> = users::table
        .filter(users::email.eq(email.as_str()))
        .filter(users::is_active)
        .filter(users::password_hash.is_not_null())
        .select((users::id, users::access_version, users::password_hash.assume_not_null()))
        .first(conn)
        .await
        .optional()?;
    Ok(found.map(|(user, version, hash)| (SignedIn { user, version }, hash)))
}

/// A person, with an empty profile.
pub async fn insert_user(
    conn: &mut Conn,
    user: UserId,
    registration: &CheckedRegistration,
    password_hash: &str,
    zone: &Zone,
) -> QueryResult<()> {
    diesel::insert_into(users::table)
        .values((
            users::id.eq(user),
            users::email.eq(registration.email.as_str()),
            users::password_hash.eq(password_hash),
            users::first_name.eq(&registration.first_name),
            users::last_name.eq(&registration.last_name),
            users::time_zone.eq(zone.as_str()),
        ))
        .execute(conn)
        .await?;
    diesel::insert_into(user_profiles::table)
        .values(user_profiles::user_id.eq(user))
        .execute(conn)
        .await?;
    Ok(())
}

pub async fn insert_role(
    conn: &mut Conn,
    user: UserId,
    role: Role,
    assigned_by: Option<UserId>,
) -> QueryResult<()> {
    roles::table
        .filter(roles::name.eq(role.as_str()))
        .select((
            user.into_sql::<diesel::sql_types::Uuid>(),
            roles::id,
            assigned_by.into_sql::<diesel::sql_types::Nullable<diesel::sql_types::Uuid>>(),
        ))
        .insert_into(user_roles::table)
        .into_columns((user_roles::user_id, user_roles::role_id, user_roles::assigned_by))
        .execute(conn)
        .await?;
    Ok(())
}

/// False when the account has another version by now.
pub async fn set_last_login(conn: &mut Conn, who: SignedIn, now: Timestamp) -> QueryResult<bool> {
    let set = diesel::update(users::table.find(who.user))
        .filter(users::access_version.eq(who.version))
        .set(users::last_login_at.eq(now.to_diesel()))
        .execute(conn)
        .await?;
    Ok(set == 1)
}

/// What an account holds about its person.
#[derive(Debug, Clone, Queryable, Selectable)]
#[diesel(table_name = users, check_for_backend(diesel::pg::Pg))]
pub struct Profile {
    pub id: UserId,
    #[diesel(select_expression = users::email.assume_not_null())]
    pub email: String,
    pub first_name: String,
    pub last_name: String,
    pub username: Option<String>,
    pub phone_number: Option<String>,
    #[diesel(deserialize_as = jiff_diesel::NullableDate)]
    pub date_of_birth: Option<Date>,
    pub emergency_contact_name: Option<String>,
    pub emergency_contact_phone: Option<String>,
    pub time_zone: String,
    pub is_email_verified: bool,
    pub is_phone_verified: bool,
    /// The name of their picture, if they have one.
    pub profile_image: Option<String>,
    #[diesel(deserialize_as = jiff_diesel::Timestamp)]
    pub created_at: Timestamp,
}

pub async fn profile(conn: &mut Conn, user: UserId) -> QueryResult<Profile> {
    users::table.find(user).select(Profile::as_select()).first(conn).await
}
