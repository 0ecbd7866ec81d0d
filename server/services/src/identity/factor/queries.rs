use super::{Means, SetUp, State};
use crate::{Conn, kept::kept};
use diesel::{
    dsl::exists,
    prelude::*,
    select, sql_query,
    sql_types::{BigInt, Timestamptz},
};
use diesel_async::RunQueryDsl;
use domain::identity::{UserId, factor::ChallengeId};
use jiff::Timestamp;
use jiff_diesel::ToDiesel;
use schema::{passkeys, recovery_codes, second_factors, sign_in_challenges, users};

/// What `user` can show beside their password.
pub async fn means(conn: &mut Conn, user: UserId) -> QueryResult<Means> {
    let app = second_factors::table.find(user).filter(second_factors::confirmed_at.is_not_null());
    let (app, passkeys) =
        select((exists(app), exists(passkeys::table.filter(passkeys::user_id.eq(user)))))
            .get_result(conn)
            .await?;
    Ok(Means { app, passkeys })
}

/// Lets others who change the factors of `user` wait until the transaction ends.
pub async fn lock_owner(conn: &mut Conn, user: UserId) -> QueryResult<()> {
    users::table
        .find(user)
        .select(users::id)
        .for_no_key_update()
        .first::<UserId>(conn)
        .await
        .map(|_| ())
}

/// Whether `user` is asked for more than their password.
pub async fn is_on(conn: &mut Conn, user: UserId) -> QueryResult<bool> {
    Ok(means(conn, user).await?.any())
}

/// Since when codes from an app are on.
pub async fn state(conn: &mut Conn, user: UserId) -> QueryResult<Option<State>> {
    let since: Option<jiff_diesel::Timestamp> = second_factors::table
        .find(user)
        .filter(second_factors::confirmed_at.is_not_null())
        .select(second_factors::confirmed_at.assume_not_null())
        .first(conn)
        .await
        .optional()?;
    Ok(since.map(|since| State { since: since.to_jiff() }))
}

/// How many recovery codes are left.
pub async fn codes_left(conn: &mut Conn, user: UserId) -> QueryResult<i64> {
    recovery_codes::table
        .filter(recovery_codes::user_id.eq(user))
        .filter(recovery_codes::used_at.is_null())
        .count()
        .get_result(conn)
        .await
}

/// Begins a factor, or begins it anew; false when one is on.
pub async fn begin(conn: &mut Conn, user: UserId, sealed_secret: &[u8]) -> QueryResult<bool> {
    use diesel::query_dsl::methods::FilterDsl;
    let insert = diesel::insert_into(second_factors::table)
        .values((second_factors::user_id.eq(user), second_factors::sealed_secret.eq(sealed_secret)))
        .on_conflict(second_factors::user_id)
        .do_update()
        .set(second_factors::sealed_secret.eq(sealed_secret));
    let begun = FilterDsl::filter(insert, second_factors::confirmed_at.is_null());
    Ok(begun.execute(conn).await? == 1)
}

/// The sealed secret of `user`, and whether their factor is on.
pub async fn secret(conn: &mut Conn, user: UserId) -> QueryResult<Option<(Vec<u8>, bool)>> {
    second_factors::table
        .find(user)
        .select((second_factors::sealed_secret, second_factors::confirmed_at.is_not_null()))
        .first(conn)
        .await
        .optional()
}

/// Whose factor is being set up, as their app shows it.
pub async fn set_up(conn: &mut Conn, user: UserId) -> QueryResult<Option<SetUp>> {
    let found: Option<(String, Vec<u8>)> = second_factors::table
        .inner_join(users::table)
        .filter(second_factors::user_id.eq(user))
        .filter(second_factors::confirmed_at.is_null())
        .filter(users::email.is_not_null())
        .select((users::email.assume_not_null(), second_factors::sealed_secret))
        .first(conn)
        .await
        .optional()?;
    Ok(found.map(|(email, sealed_secret)| SetUp { email, sealed_secret }))
}

/// Switches the factor on with the secret that the app has shown to have; false when it is on, or another
/// secret was made meanwhile.
pub async fn confirm(
    conn: &mut Conn,
    user: UserId,
    sealed_secret: &[u8],
    step: i64,
    now: Timestamp,
) -> QueryResult<bool> {
    let set = diesel::update(
        second_factors::table
            .find(user)
            .filter(second_factors::confirmed_at.is_null())
            .filter(second_factors::sealed_secret.eq(sealed_secret)),
    )
    .set((second_factors::confirmed_at.eq(now.to_diesel()), second_factors::last_step.eq(step)))
    .execute(conn)
    .await?;
    Ok(set == 1)
}

/// Uses the code of `step` up; false when it, or a later one, was used before.
pub async fn take_step(conn: &mut Conn, user: UserId, step: i64) -> QueryResult<bool> {
    let taken = diesel::update(
        second_factors::table
            .find(user)
            .filter(second_factors::confirmed_at.is_not_null())
            .filter(second_factors::last_step.lt(step)),
    )
    .set(second_factors::last_step.eq(step))
    .execute(conn)
    .await?;
    Ok(taken == 1)
}

/// Uses a recovery code up; false when there is none like it, or it was used before.
pub async fn take_recovery_code(
    conn: &mut Conn,
    user: UserId,
    code_hash: &[u8],
    now: Timestamp,
) -> QueryResult<bool> {
    let taken = diesel::update(
        recovery_codes::table.find((user, code_hash)).filter(recovery_codes::used_at.is_null()),
    )
    .set(recovery_codes::used_at.eq(now.to_diesel()))
    .execute(conn)
    .await?;
    Ok(taken == 1)
}

pub async fn delete_recovery_codes(conn: &mut Conn, user: UserId) -> QueryResult<()> {
    diesel::delete(recovery_codes::table.filter(recovery_codes::user_id.eq(user)))
        .execute(conn)
        .await?;
    Ok(())
}

pub async fn insert_recovery_codes(
    conn: &mut Conn,
    user: UserId,
    hashes: &[Vec<u8>],
) -> QueryResult<()> {
    let rows: Vec<_> = hashes
        .iter()
        .map(|hash| (recovery_codes::user_id.eq(user), recovery_codes::code_hash.eq(hash)))
        .collect();
    diesel::insert_into(recovery_codes::table).values(rows).execute(conn).await?;
    Ok(())
}

/// Removes the app of a factor that is on; false when none is. Recovery codes go with the last factor.
pub async fn delete(conn: &mut Conn, user: UserId) -> QueryResult<bool> {
    let deleted = diesel::delete(
        second_factors::table.find(user).filter(second_factors::confirmed_at.is_not_null()),
    )
    .execute(conn)
    .await?;
    Ok(deleted == 1)
}

/// The hash of the password of `user`.
pub async fn password_hash(conn: &mut Conn, user: UserId) -> QueryResult<Option<String>> {
    users::table
        .find(user)
        .filter(users::is_active)
        .select(users::password_hash)
        .first::<Option<String>>(conn)
        .await
        .optional()
        .map(Option::flatten)
}

pub async fn insert_challenge(
    conn: &mut Conn,
    id: ChallengeId,
    (user, access_version): (UserId, i32),
    expires_at: Timestamp,
) -> QueryResult<()> {
    diesel::insert_into(sign_in_challenges::table)
        .values((
            sign_in_challenges::id.eq(id),
            sign_in_challenges::user_id.eq(user),
            sign_in_challenges::access_version.eq(access_version),
            sign_in_challenges::expires_at.eq(expires_at.to_diesel()),
        ))
        .execute(conn)
        .await?;
    Ok(())
}

/// Whose sign-in waits.
pub async fn challenged(
    conn: &mut Conn,
    id: ChallengeId,
    now: Timestamp,
) -> QueryResult<Option<UserId>> {
    sign_in_challenges::table
        .find(id)
        .filter(sign_in_challenges::used_at.is_null())
        .filter(sign_in_challenges::expires_at.gt(now.to_diesel()))
        .select(sign_in_challenges::user_id)
        .first(conn)
        .await
        .optional()
}

/// Whose sign-in waits, and the version of their account, as long as nothing has ended it. Whoever asks for the
/// same waits until the transaction ends.
pub async fn lock_challenged(
    conn: &mut Conn,
    id: ChallengeId,
    now: Timestamp,
) -> QueryResult<Option<(UserId, i32)>> {
    sign_in_challenges::table
        .inner_join(users::table)
        .filter(sign_in_challenges::id.eq(id))
        .filter(sign_in_challenges::used_at.is_null())
        .filter(sign_in_challenges::expires_at.gt(now.to_diesel()))
        .filter(users::access_version.eq(sign_in_challenges::access_version))
        .filter(users::is_active)
        .select((users::id, users::access_version))
        .for_no_key_update()
        .first(conn)
        .await
        .optional()
}

/// Uses a challenge up.
pub async fn set_used(conn: &mut Conn, id: ChallengeId, now: Timestamp) -> QueryResult<()> {
    diesel::update(sign_in_challenges::table.find(id))
        .set(sign_in_challenges::used_at.eq(now.to_diesel()))
        .execute(conn)
        .await?;
    Ok(())
}

/// Forgets challenges that ended before `until`, at most `limit`.
pub async fn delete_old_challenges(
    conn: &mut Conn,
    until: Timestamp,
    limit: i64,
) -> QueryResult<usize> {
    kept(
        sql_query(
            "DELETE FROM sign_in_challenges WHERE id = ANY (ARRAY( \
                 SELECT id FROM sign_in_challenges WHERE expires_at < $1 ORDER BY expires_at LIMIT $2))",
        )
        .bind::<Timestamptz, _>(until.to_diesel())
        .bind::<BigInt, _>(limit),
    )
    .execute(conn)
    .await
}
