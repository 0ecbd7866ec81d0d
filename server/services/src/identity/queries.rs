use super::{Actor, SignedIn};
use crate::{Conn, kept::kept};
use diesel::{
    prelude::*,
    sql_query,
    sql_types::{Array, Bool, Integer, Nullable, Text, Uuid},
};
use diesel_async::RunQueryDsl;
use domain::{
    directory::ProviderId,
    identity::{
        CheckedRegistration, Email, Role, UserId, factor::needs_factor, permission::Permission,
    },
    readings::{Unit, Units},
    zone::Zone,
};
use jiff::{Timestamp, civil::Date};
use jiff_diesel::ToDiesel;
use schema::{roles, user_profiles, user_roles, users};
use serde_json::Value;
use std::str::FromStr;

/// What is known of whoever asks: of the user `u`, and of `d`, the doctor they are.
pub const PERSON: &str = "u.id, u.email, u.first_name, u.last_name, u.time_zone, u.units, u.access_version, d.id AS provider, \
     ARRAY(SELECT r.name FROM user_roles g JOIN roles r ON r.id = g.role_id WHERE g.user_id = u.id AND r.is_active) AS roles, \
     ARRAY(SELECT jsonb_array_elements_text(r.permissions) FROM user_roles g JOIN roles r ON r.id = g.role_id \
         WHERE g.user_id = u.id AND r.is_active) AS permissions, \
     EXISTS(SELECT FROM second_factors f WHERE f.user_id = u.id AND f.confirmed_at IS NOT NULL) \
         OR EXISTS(SELECT FROM passkeys k WHERE k.user_id = u.id) AS has_factor";

/// A person as [`PERSON`] says.
#[derive(Debug, QueryableByName)]
pub struct PersonRow {
    #[diesel(sql_type = Uuid)]
    id: UserId,
    #[diesel(sql_type = Text)]
    email: String,
    #[diesel(sql_type = Text)]
    first_name: String,
    #[diesel(sql_type = Text)]
    last_name: String,
    #[diesel(sql_type = Text)]
    time_zone: String,
    #[diesel(sql_type = Array<Text>)]
    units: Vec<Unit>,
    #[diesel(sql_type = Integer)]
    access_version: i32,
    #[diesel(sql_type = Nullable<Uuid>)]
    provider: Option<ProviderId>,
    #[diesel(sql_type = Array<Text>)]
    roles: Vec<String>,
    #[diesel(sql_type = Array<Text>)]
    permissions: Vec<String>,
    #[diesel(sql_type = Bool)]
    has_factor: bool,
}

impl PersonRow {
    /// The same as whoever asks; `requires_factor` of those who see the records of others.
    pub fn actor(self, requires_factor: bool) -> Actor {
        let permissions = Permission::known(self.permissions.iter().map(String::as_str));
        Actor {
            user: self.id,
            email: self.email,
            first_name: self.first_name,
            last_name: self.last_name,
            zone: Zone::from_str(&self.time_zone).unwrap_or_else(|_| Zone::utc()),
            units: Units::new(self.units),
            needs_factor: requires_factor && !self.has_factor && needs_factor(&permissions),
            has_factor: self.has_factor,
            provider: self.provider.filter(|_| permissions.contains(&Permission::RunVisits)),
            access_version: self.access_version,
            permissions,
            roles: self.roles,
        }
    }
}

/// A person, their roles and the doctor they are.
pub async fn actor(conn: &mut Conn, user: UserId) -> QueryResult<Option<PersonRow>> {
    kept(
        sql_query(format!(
            "SELECT {PERSON} FROM users u LEFT JOIN providers d ON d.user_id = u.id \
             WHERE u.id = $1 AND u.is_active AND u.email IS NOT NULL"
        ))
        .bind::<Uuid, _>(user),
    )
    .get_result(conn)
    .await
    .optional()
}

pub async fn has_signed_in_before(conn: &mut Conn, user: UserId) -> QueryResult<bool> {
    let before = users::table.find(user).filter(users::last_login_at.is_not_null());
    diesel::select(diesel::dsl::exists(before)).get_result(conn).await
}

/// The words in an array of them.
pub fn words(array: &Value) -> impl Iterator<Item = &str> {
    array.as_array().into_iter().flatten().filter_map(Value::as_str)
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

/// Stores another hash of the same password, unless the password was changed meanwhile.
pub async fn renew_hash(conn: &mut Conn, user: UserId, old: &str, new: &str) -> QueryResult<()> {
    diesel::update(users::table.find(user).filter(users::password_hash.eq(old)))
        .set(users::password_hash.eq(new))
        .execute(conn)
        .await?;
    Ok(())
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
        .select((user.into_sql::<Uuid>(), roles::id, assigned_by.into_sql::<Nullable<Uuid>>()))
        .insert_into(user_roles::table)
        .into_columns((user_roles::user_id, user_roles::role_id, user_roles::assigned_by))
        .execute(conn)
        .await?;
    Ok(())
}

/// Lets nothing count any more that was opened of the account; false: `user` has none.
pub async fn raise_version(conn: &mut Conn, user: UserId) -> QueryResult<bool> {
    let raised = diesel::update(users::table.find(user).filter(users::email.is_not_null()))
        .set(users::access_version.eq(users::access_version + 1))
        .execute(conn)
        .await?;
    Ok(raised == 1)
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
    /// `None`: nobody has proven that the number is theirs.
    #[diesel(deserialize_as = jiff_diesel::NullableTimestamp)]
    pub phone_verified_at: Option<Timestamp>,
    /// The name of their picture, if they have one.
    pub profile_image: Option<String>,
    #[diesel(deserialize_as = jiff_diesel::Timestamp)]
    pub created_at: Timestamp,
    #[diesel(deserialize_as = jiff_diesel::Timestamp)]
    pub updated_at: Timestamp,
}

pub async fn profile(conn: &mut Conn, user: UserId) -> QueryResult<Profile> {
    users::table.find(user).select(Profile::as_select()).first(conn).await
}
