use crate::{Conn, kept::kept};
use diesel::{
    prelude::*,
    sql_query,
    sql_types::{BigInt, Text, Timestamptz, Uuid as SqlUuid},
};
use diesel_async::RunQueryDsl;
use domain::{
    identity::{
        CheckedRegistration, UserId,
        proof::{CODE_TRIES, RegistrationId},
    },
    zone::Zone,
};
use jiff::Timestamp;
use jiff_diesel::ToDiesel;
use schema::{registrations, users};

/// What is known of a registration that is open.
#[derive(Debug, Queryable, Selectable)]
#[diesel(table_name = registrations, check_for_backend(diesel::pg::Pg))]
pub struct Open {
    pub id: RegistrationId,
    pub email: String,
    pub password_hash: Option<String>,
    /// The account whose address is to be proven; `None`: there is none yet.
    pub user_id: Option<UserId>,
    pub sends: i16,
    pub is_sent: bool,
    #[diesel(deserialize_as = jiff_diesel::Timestamp)]
    pub sent_at: Timestamp,
    pub attempts: i16,
    #[diesel(deserialize_as = jiff_diesel::Timestamp)]
    pub expires_at: Timestamp,
}

/// For whom a registration is.
#[derive(Debug, Clone, Copy)]
pub enum For<'a> {
    /// Somebody who will sign in with the password behind this hash.
    Newcomer(&'a str),
    Account(UserId),
}

/// From here on, whoever wants to write to this address waits until the transaction ends.
pub async fn lock_address(conn: &mut Conn, email: &str) -> QueryResult<()> {
    kept(sql_query("SELECT pg_advisory_xact_lock(hashtextextended($1, 0))").bind::<Text, _>(email))
        .execute(conn)
        .await?;
    Ok(())
}

/// How many mails went to this address since `since` because somebody said that it is theirs.
pub async fn mails_since(conn: &mut Conn, email: &str, since: Timestamp) -> QueryResult<i64> {
    let sum: Option<i64> = registrations::table
        .filter(registrations::email.eq(email))
        .filter(registrations::sent_at.gt(since.to_diesel()))
        .select(diesel::dsl::sum(registrations::sends))
        .first(conn)
        .await?;
    Ok(sum.unwrap_or(0))
}

/// The times of a mail: when it was sent, and until when its code works.
pub type Times = (Timestamp, Timestamp);

pub async fn insert(
    conn: &mut Conn,
    id: RegistrationId,
    (person, zone): (&CheckedRegistration, &Zone),
    whose: For<'_>,
    is_sent: bool,
    (sent_at, expires_at): Times,
) -> QueryResult<()> {
    let (hash, user) = match whose {
        For::Newcomer(hash) => (Some(hash), None),
        For::Account(user) => (None, Some(user)),
    };
    diesel::insert_into(registrations::table)
        .values((
            registrations::id.eq(id),
            registrations::email.eq(person.email.as_str()),
            registrations::first_name.eq(&person.first_name),
            registrations::last_name.eq(&person.last_name),
            registrations::time_zone.eq(zone.as_str()),
            registrations::password_hash.eq(hash),
            registrations::user_id.eq(user),
            registrations::is_sent.eq(is_sent),
            registrations::sent_at.eq(sent_at.to_diesel()),
            registrations::expires_at.eq(expires_at.to_diesel()),
        ))
        .execute(conn)
        .await?;
    Ok(())
}

/// A registration that has not ended; its codes may have.
pub async fn open(conn: &mut Conn, id: RegistrationId) -> QueryResult<Option<Open>> {
    registrations::table
        .find(id)
        .filter(registrations::ended_at.is_null())
        .select(Open::as_select())
        .first(conn)
        .await
        .optional()
}

/// The same, held until the transaction ends.
pub async fn lock_open(conn: &mut Conn, id: RegistrationId) -> QueryResult<Option<Open>> {
    registrations::table
        .find(id)
        .filter(registrations::ended_at.is_null())
        .select(Open::as_select())
        .for_no_key_update()
        .first(conn)
        .await
        .optional()
}

/// Whether a registration has ended in an account.
pub async fn is_done(conn: &mut Conn, id: RegistrationId) -> QueryResult<bool> {
    diesel::select(diesel::dsl::exists(
        registrations::table
            .find(id)
            .filter(registrations::ended_at.is_not_null())
            .filter(registrations::user_id.is_not_null()),
    ))
    .get_result(conn)
    .await
}

/// The registration by which `user` may prove their address.
pub async fn open_of(conn: &mut Conn, user: UserId) -> QueryResult<Option<RegistrationId>> {
    registrations::table
        .filter(registrations::user_id.eq(user))
        .filter(registrations::ended_at.is_null())
        .select(registrations::id)
        .first(conn)
        .await
        .optional()
}

/// Counts one try; `None`: none is left, or the code has ended.
pub async fn take_try(
    conn: &mut Conn,
    id: RegistrationId,
    now: Timestamp,
) -> QueryResult<Option<Open>> {
    diesel::update(
        registrations::table
            .find(id)
            .filter(registrations::ended_at.is_null())
            .filter(registrations::is_sent)
            .filter(registrations::expires_at.gt(now.to_diesel()))
            .filter(registrations::attempts.lt(CODE_TRIES)),
    )
    .set(registrations::attempts.eq(registrations::attempts + 1))
    .returning(Open::as_returning())
    .get_result(conn)
    .await
    .optional()
}

/// Another code for `id`: the one before works no longer.
pub async fn renew(
    conn: &mut Conn,
    id: RegistrationId,
    is_sent: bool,
    (sent_at, expires_at): Times,
) -> QueryResult<i16> {
    diesel::update(registrations::table.find(id))
        .set((
            registrations::sends.eq(registrations::sends + 1),
            registrations::is_sent.eq(is_sent),
            registrations::sent_at.eq(sent_at.to_diesel()),
            registrations::expires_at.eq(expires_at.to_diesel()),
            registrations::attempts.eq(0),
        ))
        .returning(registrations::sends)
        .get_result(conn)
        .await
}

/// Ends a registration that somebody has begun anew.
pub async fn end(conn: &mut Conn, id: RegistrationId, now: Timestamp) -> QueryResult<()> {
    diesel::update(
        registrations::table
            .find(id)
            .filter(registrations::ended_at.is_null())
            .filter(registrations::user_id.is_null()),
    )
    .set((
        registrations::ended_at.eq(now.to_diesel()),
        registrations::password_hash.eq(None::<String>),
    ))
    .execute(conn)
    .await?;
    Ok(())
}

/// Ends a registration as the account of `user`.
pub async fn end_as(
    conn: &mut Conn,
    id: RegistrationId,
    user: UserId,
    now: Timestamp,
) -> QueryResult<()> {
    diesel::update(registrations::table.find(id))
        .set((
            registrations::ended_at.eq(now.to_diesel()),
            registrations::password_hash.eq(None::<String>),
            registrations::user_id.eq(user),
        ))
        .execute(conn)
        .await?;
    Ok(())
}

/// Makes the account that was asked for, with an empty profile; false when its address has one by now.
pub async fn insert_account(
    conn: &mut Conn,
    id: RegistrationId,
    user: UserId,
) -> QueryResult<bool> {
    let made = kept(
        sql_query(
            "WITH made AS ( \
                 INSERT INTO users (id, email, password_hash, first_name, last_name, time_zone, is_email_verified) \
                 SELECT $2, email, password_hash, first_name, last_name, time_zone, true FROM registrations WHERE id = $1 \
                 ON CONFLICT (email) DO NOTHING RETURNING id) \
             INSERT INTO user_profiles (user_id) SELECT id FROM made",
        )
        .bind::<SqlUuid, _>(id)
        .bind::<SqlUuid, _>(user),
    )
    .execute(conn)
    .await?;
    Ok(made == 1)
}

/// The address of `user` is theirs, if it is still `email`: the version of their access.
pub async fn set_verified(conn: &mut Conn, user: UserId, email: &str) -> QueryResult<Option<i32>> {
    diesel::update(users::table.find(user))
        .filter(users::email.eq(email))
        .set(users::is_email_verified.eq(true))
        .returning(users::access_version)
        .get_result(conn)
        .await
        .optional()
}

/// What a registration needs to know of an account that is there already.
#[derive(Debug, Queryable)]
pub struct Account {
    pub email: String,
    pub first_name: String,
    pub last_name: String,
    pub time_zone: String,
    pub is_email_verified: bool,
}

pub async fn account(conn: &mut Conn, user: UserId) -> QueryResult<Account> {
    users::table
        .find(user)
        .select((
            users::email.assume_not_null(),
            users::first_name,
            users::last_name,
            users::time_zone,
            users::is_email_verified,
        ))
        .first(conn)
        .await
}

/// The hash of the password of `user`.
pub async fn password_hash(conn: &mut Conn, user: UserId) -> QueryResult<Option<String>> {
    users::table.find(user).select(users::password_hash).first(conn).await
}

/// Forgets registrations of before `until`, at most `limit`.
pub async fn delete_old(conn: &mut Conn, until: Timestamp, limit: i64) -> QueryResult<usize> {
    kept(
        sql_query(
            "DELETE FROM registrations WHERE id = ANY (ARRAY( \
                 SELECT id FROM registrations WHERE sent_at < $1 ORDER BY sent_at LIMIT $2))",
        )
        .bind::<Timestamptz, _>(until.to_diesel())
        .bind::<BigInt, _>(limit),
    )
    .execute(conn)
    .await
}
