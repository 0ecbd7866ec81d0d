use crate::{Conn, kept::kept};
use diesel::{
    prelude::*,
    sql_query,
    sql_types::{BigInt, Timestamptz},
};
use diesel_async::RunQueryDsl;
use domain::{
    account::phone::{PhoneCodeId, PhoneNumber},
    identity::{
        UserId,
        proof::{CODE_TRIES, SENDS},
    },
};
use jiff::Timestamp;
use jiff_diesel::{NullableTimestamp, ToDiesel};
use schema::{phone_codes, users};

/// What an account holds about its number.
#[derive(Queryable)]
pub struct OwnNumber {
    pub number: Option<String>,
    #[diesel(deserialize_as = NullableTimestamp)]
    pub verified_at: Option<Timestamp>,
}

pub async fn own_number(conn: &mut Conn, user: UserId) -> QueryResult<OwnNumber> {
    let columns = (users::phone_number, users::phone_verified_at);
    users::table.find(user).select(columns).first(conn).await
}

/// That of the person whom `user` has named for an emergency, as it was typed.
pub async fn emergency_number(conn: &mut Conn, user: UserId) -> QueryResult<Option<String>> {
    users::table.find(user).select(users::emergency_contact_phone).first(conn).await
}

/// Gives the account another number; the database ends what proved the one before.
pub async fn set_number(conn: &mut Conn, user: UserId, number: &str) -> QueryResult<()> {
    let set = users::phone_number.eq(number);
    diesel::update(users::table.find(user)).set(set).execute(conn).await?;
    Ok(())
}

pub async fn set_verified(conn: &mut Conn, user: UserId, now: Timestamp) -> QueryResult<()> {
    let set = users::phone_verified_at.eq(now.to_diesel());
    diesel::update(users::table.find(user)).set(set).execute(conn).await?;
    Ok(())
}

/// Whether a code can be entered that has not ended.
pub async fn has_open_code(conn: &mut Conn, user: UserId, now: Timestamp) -> QueryResult<bool> {
    diesel::select(diesel::dsl::exists(
        phone_codes::table
            .filter(phone_codes::user_id.eq(user))
            .filter(phone_codes::ended_at.is_null())
            .filter(phone_codes::expires_at.gt(now.to_diesel()))
            .filter(phone_codes::attempts.lt(domain::identity::proof::CODE_TRIES)),
    ))
    .get_result(conn)
    .await
}

/// When codes were sent for `user` since `since`: the newest time first, as many as count.
pub async fn sent_since(
    conn: &mut Conn,
    user: UserId,
    since: Timestamp,
) -> QueryResult<Vec<Timestamp>> {
    let times: Vec<jiff_diesel::Timestamp> = phone_codes::table
        .filter(phone_codes::user_id.eq(user))
        .filter(phone_codes::sent_at.gt(since.to_diesel()))
        .order(phone_codes::sent_at.desc())
        .select(phone_codes::sent_at)
        .limit(SENDS.into())
        .load(conn)
        .await?;
    Ok(times.into_iter().map(jiff_diesel::Timestamp::to_jiff).collect())
}

/// How many codes went to `number` since `since`, whoever asked for them.
pub async fn count_since(
    conn: &mut Conn,
    number: &PhoneNumber,
    since: Timestamp,
) -> QueryResult<i64> {
    phone_codes::table
        .filter(phone_codes::phone_number.eq(number.as_str()))
        .filter(phone_codes::sent_at.gt(since.to_diesel()))
        .count()
        .get_result(conn)
        .await
}

/// Lets others who are about to send a code wait until the transaction ends.
pub async fn lock_texts(conn: &mut Conn) -> QueryResult<()> {
    kept(sql_query("SELECT pg_advisory_xact_lock(hashtextextended('texts', 1))"))
        .execute(conn)
        .await?;
    Ok(())
}

/// When the `count`th code was sent, the newest being the first; `None`: there are fewer of the last day.
pub async fn sent_before(conn: &mut Conn, count: u32) -> QueryResult<Option<Timestamp>> {
    let sent: Option<jiff_diesel::Timestamp> = phone_codes::table
        .order(phone_codes::sent_at.desc())
        .select(phone_codes::sent_at)
        .offset(i64::from(count) - 1)
        .first(conn)
        .await
        .optional()?;
    Ok(sent.map(jiff_diesel::Timestamp::to_jiff))
}

/// Ends the code of `user` that can be entered.
pub async fn end_open(conn: &mut Conn, user: UserId, now: Timestamp) -> QueryResult<()> {
    diesel::update(
        phone_codes::table
            .filter(phone_codes::user_id.eq(user))
            .filter(phone_codes::ended_at.is_null()),
    )
    .set(phone_codes::ended_at.eq(now.to_diesel()))
    .execute(conn)
    .await?;
    Ok(())
}

pub async fn insert(
    conn: &mut Conn,
    id: PhoneCodeId,
    user: UserId,
    number: &PhoneNumber,
    (sent_at, expires_at): (Timestamp, Timestamp),
) -> QueryResult<()> {
    diesel::insert_into(phone_codes::table)
        .values((
            phone_codes::id.eq(id),
            phone_codes::user_id.eq(user),
            phone_codes::phone_number.eq(number.as_str()),
            phone_codes::sent_at.eq(sent_at.to_diesel()),
            phone_codes::expires_at.eq(expires_at.to_diesel()),
        ))
        .execute(conn)
        .await?;
    Ok(())
}

/// Counts one try at the code of `user`; `None`: none is left, or the code has ended.
pub async fn take_try(
    conn: &mut Conn,
    user: UserId,
    now: Timestamp,
) -> QueryResult<Option<PhoneCodeId>> {
    diesel::update(
        phone_codes::table
            .filter(phone_codes::user_id.eq(user))
            .filter(phone_codes::ended_at.is_null())
            .filter(phone_codes::expires_at.gt(now.to_diesel()))
            .filter(phone_codes::attempts.lt(CODE_TRIES)),
    )
    .set(phone_codes::attempts.eq(phone_codes::attempts + 1))
    .returning(phone_codes::id)
    .get_result(conn)
    .await
    .optional()
}

/// Where the code `id` goes, as long as it works.
pub async fn number_of_code(
    conn: &mut Conn,
    id: PhoneCodeId,
    now: Timestamp,
) -> QueryResult<Option<String>> {
    phone_codes::table
        .find(id)
        .filter(phone_codes::ended_at.is_null())
        .filter(phone_codes::expires_at.gt(now.to_diesel()))
        .select(phone_codes::phone_number)
        .first(conn)
        .await
        .optional()
}

/// Forgets codes that were sent before `until`, at most `limit`.
pub async fn delete_old(conn: &mut Conn, until: Timestamp, limit: i64) -> QueryResult<usize> {
    kept(
        sql_query(
            "DELETE FROM phone_codes WHERE id = ANY (ARRAY( \
                 SELECT id FROM phone_codes WHERE sent_at < $1 ORDER BY sent_at LIMIT $2))",
        )
        .bind::<Timestamptz, _>(until.to_diesel())
        .bind::<BigInt, _>(limit),
    )
    .execute(conn)
    .await
}
