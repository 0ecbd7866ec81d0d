use super::{Origin, SignedIn};
use crate::{
    Conn,
    identity::queries::{PERSON, PersonRow},
    kept::kept,
};
use diesel::{
    prelude::*,
    sql_query,
    sql_types::{BigInt, Binary, Bool, Integer, Nullable, Text, Timestamptz, Uuid},
};
use diesel_async::RunQueryDsl;
use domain::identity::{
    UserId,
    refresh::{FamilyId, Shown},
};
use jiff::Timestamp;
use jiff_diesel::ToDiesel;
use schema::{refresh_tokens, token_families};

/// When a new family begins and ends.
#[derive(Debug, Clone, Copy)]
pub struct Times {
    pub now: Timestamp,
    pub expires_at: Timestamp,
    pub ends_at: Timestamp,
}

/// A family and its first refresh token.
pub async fn insert_family(
    conn: &mut Conn,
    id: FamilyId,
    who: SignedIn,
    origin: &Origin,
    token_hash: &[u8],
    times: Times,
) -> QueryResult<()> {
    kept(
        sql_query(
            "WITH family AS (INSERT INTO token_families (id, user_id, access_version, device, network, \
                     created_at, last_used_at, expires_at, ends_at) \
                 VALUES ($1, $2, $3, $4, $5, $6, $6, $7, $8) RETURNING id, expires_at) \
             INSERT INTO refresh_tokens (token_hash, family_id, expires_at) SELECT $9, id, expires_at FROM family",
        )
        .bind::<Uuid, _>(id)
        .bind::<Uuid, _>(who.user)
        .bind::<Integer, _>(who.version)
        .bind::<Text, _>(&origin.device)
        .bind::<Nullable<Text>, _>(&origin.network)
        .bind::<Timestamptz, _>(times.now.to_diesel())
        .bind::<Timestamptz, _>(times.expires_at.to_diesel())
        .bind::<Timestamptz, _>(times.ends_at.to_diesel())
        .bind::<Binary, _>(token_hash),
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// A refresh token that is known, and whose it is.
#[derive(Debug, QueryableByName)]
pub struct Found {
    #[diesel(sql_type = Uuid)]
    pub family: FamilyId,
    #[diesel(sql_type = Uuid)]
    pub owner: UserId,
    #[diesel(sql_type = Text)]
    pub device: String,
    #[diesel(sql_type = Timestamptz, deserialize_as = jiff_diesel::Timestamp)]
    pub ends_at: Timestamp,
    #[diesel(sql_type = Timestamptz, deserialize_as = jiff_diesel::Timestamp)]
    expires_at: Timestamp,
    #[diesel(sql_type = Nullable<Timestamptz>, deserialize_as = jiff_diesel::NullableTimestamp)]
    spent_at: Option<Timestamp>,
    #[diesel(sql_type = Bool)]
    may_retry: bool,
    #[diesel(sql_type = Bool)]
    is_over: bool,
}

impl Found {
    pub fn shown(&self) -> Shown {
        let Self { expires_at, spent_at, may_retry, is_over, .. } = *self;
        Shown { expires_at, spent_at, may_retry, is_over }
    }
}

/// The token with this hash. Its family stays as it is until the transaction ends.
pub async fn lock_family_of(
    conn: &mut Conn,
    token_hash: &[u8],
    now: Timestamp,
) -> QueryResult<Option<Found>> {
    let locked = kept(
        sql_query(
            "SELECT FROM token_families WHERE id = (SELECT family_id FROM refresh_tokens WHERE token_hash = $1) \
             FOR NO KEY UPDATE",
        )
        .bind::<Binary, _>(token_hash),
    );
    if locked.execute(conn).await? == 0 {
        return Ok(None);
    }
    // Read by a statement of its own: as it is now that it is locked.
    kept(
        sql_query(
            "SELECT f.id AS family, f.user_id AS owner, f.device, f.ends_at, \
                 r.expires_at, r.spent_at, r.may_retry, \
                 f.ended_at IS NOT NULL OR f.expires_at <= $2 OR NOT u.is_active OR u.email IS NULL \
                     OR u.access_version <> f.access_version AS is_over \
             FROM refresh_tokens r JOIN token_families f ON f.id = r.family_id JOIN users u ON u.id = f.user_id \
             WHERE r.token_hash = $1",
        )
        .bind::<Binary, _>(token_hash)
        .bind::<Timestamptz, _>(now.to_diesel()),
    )
    .get_result(conn)
    .await
    .optional()
}

/// Uses up the token with this hash and, for good, any other of its family that was not used.
pub async fn spend_all(
    conn: &mut Conn,
    family: FamilyId,
    token_hash: &[u8],
    now: Timestamp,
) -> QueryResult<()> {
    kept(
        sql_query(
            "UPDATE refresh_tokens SET spent_at = $3, may_retry = token_hash = $2 \
             WHERE family_id = $1 AND spent_at IS NULL",
        )
        .bind::<Uuid, _>(family)
        .bind::<Binary, _>(token_hash)
        .bind::<Timestamptz, _>(now.to_diesel()),
    )
    .execute(conn)
    .await?;
    Ok(())
}

pub async fn forbid_retry(conn: &mut Conn, token_hash: &[u8]) -> QueryResult<()> {
    diesel::update(refresh_tokens::table.find(token_hash))
        .set(refresh_tokens::may_retry.eq(false))
        .execute(conn)
        .await?;
    Ok(())
}

pub async fn insert_token(
    conn: &mut Conn,
    family: FamilyId,
    token_hash: &[u8],
    expires_at: Timestamp,
) -> QueryResult<()> {
    diesel::insert_into(refresh_tokens::table)
        .values((
            refresh_tokens::token_hash.eq(token_hash),
            refresh_tokens::family_id.eq(family),
            refresh_tokens::expires_at.eq(expires_at.to_diesel()),
        ))
        .execute(conn)
        .await?;
    Ok(())
}

pub async fn set_used(
    conn: &mut Conn,
    family: FamilyId,
    now: Timestamp,
    expires_at: Timestamp,
) -> QueryResult<()> {
    diesel::update(token_families::table.find(family))
        .set((
            token_families::last_used_at.eq(now.to_diesel()),
            token_families::expires_at.eq(expires_at.to_diesel()),
        ))
        .execute(conn)
        .await?;
    Ok(())
}

/// Who is signed in by a token of `family`, and that it is used: `used` is now, and since when nothing is
/// written of it.
pub async fn actor(
    conn: &mut Conn,
    user: UserId,
    family: FamilyId,
    used: (Timestamp, Timestamp),
    network: Option<String>,
) -> QueryResult<Option<PersonRow>> {
    kept(
        sql_query(format!(
            "WITH used AS (UPDATE token_families SET last_used_at = $3, network = coalesce($5, network) \
                 WHERE id = $2 AND ended_at IS NULL AND last_used_at <= $4) \
             SELECT {PERSON} FROM token_families f \
             JOIN users u ON u.id = f.user_id AND u.access_version = f.access_version \
             LEFT JOIN providers d ON d.user_id = u.id \
             WHERE f.id = $2 AND f.user_id = $1 AND f.ended_at IS NULL AND f.expires_at > $3 \
                 AND u.is_active AND u.email IS NOT NULL"
        ))
        .bind::<Uuid, _>(user)
        .bind::<Uuid, _>(family)
        .bind::<Timestamptz, _>(used.0.to_diesel())
        .bind::<Timestamptz, _>(used.1.to_diesel())
        .bind::<Nullable<Text>, _>(network),
    )
    .get_result(conn)
    .await
    .optional()
}

/// When a program signed in.
pub async fn signed_in_at(conn: &mut Conn, family: FamilyId) -> QueryResult<Option<Timestamp>> {
    let at: Option<jiff_diesel::Timestamp> = token_families::table
        .find(family)
        .select(token_families::created_at)
        .first(conn)
        .await
        .optional()?;
    Ok(at.map(jiff_diesel::Timestamp::to_jiff))
}

/// Whose token with this hash is, and to which family it belongs.
pub async fn family_of(
    conn: &mut Conn,
    token_hash: &[u8],
) -> QueryResult<Option<(UserId, FamilyId)>> {
    refresh_tokens::table
        .inner_join(token_families::table)
        .filter(refresh_tokens::token_hash.eq(token_hash))
        .select((token_families::user_id, token_families::id))
        .first(conn)
        .await
        .optional()
}

/// Whether `who` has signed in from `origin` with a program before, and since their access has the version that it has.
pub async fn is_known(conn: &mut Conn, who: SignedIn, origin: &Origin) -> QueryResult<bool> {
    let before = token_families::table
        .filter(token_families::user_id.eq(who.user))
        .filter(token_families::access_version.eq(who.version))
        .filter(token_families::device.eq(&origin.device))
        .filter(token_families::network.is_not_distinct_from(&origin.network));
    diesel::select(diesel::dsl::exists(before)).get_result(conn).await
}

pub async fn end_one(
    conn: &mut Conn,
    user: UserId,
    id: FamilyId,
    now: Timestamp,
) -> QueryResult<usize> {
    diesel::update(
        token_families::table
            .find(id)
            .filter(token_families::user_id.eq(user))
            .filter(token_families::ended_at.is_null()),
    )
    .set(token_families::ended_at.eq(now.to_diesel()))
    .execute(conn)
    .await
}

pub async fn end_all(conn: &mut Conn, user: UserId, now: Timestamp) -> QueryResult<()> {
    diesel::update(
        token_families::table
            .filter(token_families::user_id.eq(user))
            .filter(token_families::ended_at.is_null()),
    )
    .set(token_families::ended_at.eq(now.to_diesel()))
    .execute(conn)
    .await?;
    Ok(())
}

pub async fn delete_tokens(conn: &mut Conn, until: Timestamp, limit: i64) -> QueryResult<usize> {
    kept(
        sql_query(
            "DELETE FROM refresh_tokens WHERE token_hash = ANY (ARRAY( \
                 SELECT token_hash FROM refresh_tokens WHERE expires_at <= $1 ORDER BY expires_at LIMIT $2))",
        )
        .bind::<Timestamptz, _>(until.to_diesel())
        .bind::<BigInt, _>(limit),
    )
    .execute(conn)
    .await
}

pub async fn delete_families(conn: &mut Conn, until: Timestamp, limit: i64) -> QueryResult<usize> {
    kept(
        sql_query(
            "DELETE FROM token_families WHERE id = ANY (ARRAY( \
                 SELECT id FROM token_families WHERE expires_at <= $1 ORDER BY expires_at LIMIT $2))",
        )
        .bind::<Timestamptz, _>(until.to_diesel())
        .bind::<BigInt, _>(limit),
    )
    .execute(conn)
    .await
}
