use super::{FoundSession, Origin, StoredSession};
use crate::{
    Conn,
    directory::Page,
    identity::{
        Actor,
        queries::{PERSON, PersonRow},
    },
    kept::kept,
};
use diesel::{
    prelude::*,
    sql_query,
    sql_types::{BigInt, Binary, Bool, Integer, Nullable, Text, Timestamptz, Uuid as SqlUuid},
};
use diesel_async::RunQueryDsl;
use domain::identity::{UserId, permission::Permission};
use jiff::Timestamp;
use jiff_diesel::ToDiesel;
use schema::sessions;
use std::sync::LazyLock;
use uuid::Uuid;

/// When a new session begins and ends.
#[derive(Debug, Clone, Copy)]
pub struct Times {
    /// Before now, if it goes on under a new id.
    pub begun: Timestamp,
    pub now: Timestamp,
    pub expires_at: Timestamp,
    pub ends_at: Timestamp,
}

pub async fn insert(
    conn: &mut Conn,
    id_hash: &[u8],
    session: &StoredSession,
    origin: &Origin,
    times: Times,
) -> QueryResult<usize> {
    diesel::insert_into(sessions::table)
        .values((
            sessions::id_hash.eq(id_hash),
            sessions::user_id.eq(session.user),
            sessions::access_version.eq(session.version),
            sessions::data.eq(&session.data),
            sessions::device.eq(&origin.device),
            sessions::network.eq(&origin.network),
            sessions::created_at.eq(times.begun.to_diesel()),
            sessions::last_used_at.eq(times.now.to_diesel()),
            sessions::expires_at.eq(times.expires_at.to_diesel()),
            sessions::ends_at.eq(times.ends_at.to_diesel()),
        ))
        .on_conflict_do_nothing()
        .execute(conn)
        .await
}

pub async fn set_data(conn: &mut Conn, id_hash: &[u8], session: &StoredSession) -> QueryResult<()> {
    diesel::update(sessions::table.find(id_hash))
        .set((
            sessions::user_id.eq(session.user),
            sessions::access_version.eq(session.version),
            sessions::data.eq(&session.data),
        ))
        .execute(conn)
        .await?;
    Ok(())
}

pub async fn session(
    conn: &mut Conn,
    id_hash: &[u8],
    now: Timestamp,
) -> QueryResult<Option<FoundSession>> {
    let row: Option<(serde_json::Value, jiff_diesel::Timestamp)> = sessions::table
        .find(id_hash)
        .filter(sessions::expires_at.gt(now.to_diesel()))
        .select((sessions::data, sessions::expires_at))
        .first(conn)
        .await
        .optional()?;
    Ok(row.map(|(data, expires_at)| FoundSession { data, expires_at: expires_at.to_jiff() }))
}

/// Whether the user `s.user_id` may do more than what is for patients, as `needs_factor` says it.
static IS_STAFF: LazyLock<String> = LazyLock::new(|| {
    let for_patients = Permission::BookVisits.as_str();
    format!(
        "EXISTS(SELECT FROM user_roles g JOIN roles r ON r.id = g.role_id \
         WHERE g.user_id = s.user_id AND r.is_active AND r.permissions - '{for_patients}' <> '[]')"
    )
});

pub async fn is_staff(conn: &mut Conn, user: UserId) -> QueryResult<bool> {
    #[derive(QueryableByName)]
    struct Row {
        #[diesel(sql_type = Bool)]
        is_staff: bool,
    }
    let row: Row = kept(
        sql_query(format!("SELECT {} AS is_staff FROM (SELECT $1 AS user_id) AS s", *IS_STAFF))
            .bind::<SqlUuid, _>(user),
    )
    .get_result(conn)
    .await?;
    Ok(row.is_staff)
}

/// When a session is used.
#[derive(Debug, Clone, Copy)]
pub struct Use {
    pub now: Timestamp,
    /// How long it may be idle from now on.
    pub idle_until: Timestamp,
    /// The same of staff.
    pub staff_idle_until: Timestamp,
    /// Nothing is written of a session that was used since then.
    pub unless_since: Timestamp,
}

/// Who is signed in by a session, and until when unless it is used again.
#[derive(Debug, QueryableByName)]
pub struct UsedSession {
    #[diesel(embed)]
    pub person: PersonRow,
    #[diesel(sql_type = Timestamptz, deserialize_as = jiff_diesel::Timestamp)]
    pub expires_at: Timestamp,
}

/// Who is signed in by a session, and that it is used.
pub async fn actor(
    conn: &mut Conn,
    id_hash: &[u8],
    used: Use,
    network: Option<String>,
) -> QueryResult<Option<UsedSession>> {
    kept(
        sql_query(format!(
            "WITH used AS (UPDATE sessions s SET last_used_at = $2, network = coalesce($5, network), \
                     expires_at = least(CASE WHEN {is_staff} THEN $6 ELSE $3 END, ends_at) \
                 WHERE id_hash = $1 AND expires_at > $2 AND last_used_at <= $4 RETURNING expires_at) \
             SELECT {PERSON}, coalesce((SELECT expires_at FROM used), s.expires_at) AS expires_at FROM sessions s \
             JOIN users u ON u.id = s.user_id AND u.access_version = s.access_version \
             LEFT JOIN providers d ON d.user_id = u.id \
             WHERE s.id_hash = $1 AND s.expires_at > $2 AND u.is_active AND u.email IS NOT NULL",
            is_staff = *IS_STAFF
        ))
        .bind::<Binary, _>(id_hash)
        .bind::<Timestamptz, _>(used.now.to_diesel())
        .bind::<Timestamptz, _>(used.idle_until.to_diesel())
        .bind::<Timestamptz, _>(used.unless_since.to_diesel())
        .bind::<Nullable<Text>, _>(network)
        .bind::<Timestamptz, _>(used.staff_idle_until.to_diesel()),
    )
    .get_result(conn)
    .await
    .optional()
}

pub async fn delete(conn: &mut Conn, id_hash: &[u8]) -> QueryResult<()> {
    diesel::delete(sessions::table.find(id_hash)).execute(conn).await?;
    Ok(())
}

/// Ends the session in which somebody has signed in; who.
pub async fn delete_owned(conn: &mut Conn, id_hash: &[u8]) -> QueryResult<Option<UserId>> {
    diesel::delete(sessions::table.find(id_hash).filter(sessions::user_id.is_not_null()))
        .returning(sessions::user_id.assume_not_null())
        .get_result(conn)
        .await
        .optional()
}

/// Ends the sessions of `user`, but not the one whose id has the hash `kept`.
pub async fn delete_of(conn: &mut Conn, user: UserId, kept: Option<Vec<u8>>) -> QueryResult<()> {
    let kept = kept.unwrap_or_default();
    let others =
        sessions::table.filter(sessions::user_id.eq(user)).filter(sessions::id_hash.ne(kept));
    diesel::delete(others).execute(conn).await?;
    Ok(())
}

pub async fn delete_one(conn: &mut Conn, user: UserId, id: Uuid) -> QueryResult<usize> {
    let one = sessions::table.filter(sessions::public_id.eq(id)).filter(sessions::user_id.eq(user));
    diesel::delete(one).execute(conn).await
}

pub async fn delete_ended(conn: &mut Conn, now: Timestamp) -> QueryResult<usize> {
    diesel::delete(sessions::table.filter(sessions::expires_at.le(now.to_diesel())))
        .execute(conn)
        .await
}

/// Somewhere that a person is signed in.
#[derive(Debug, Clone, QueryableByName)]
pub struct OpenSession {
    #[diesel(sql_type = SqlUuid)]
    pub id: Uuid,
    /// A browser; else a program that uses the API.
    #[diesel(sql_type = Bool)]
    pub is_browser: bool,
    /// `Firefox on Windows`
    #[diesel(sql_type = Text)]
    pub device: String,
    /// From where it was used last: an IPv4 address or the /64 of an IPv6 address.
    #[diesel(sql_type = Nullable<Text>)]
    pub network: Option<String>,
    #[diesel(sql_type = Timestamptz, deserialize_as = jiff_diesel::Timestamp)]
    pub signed_in_at: Timestamp,
    /// To the minute.
    #[diesel(sql_type = Timestamptz, deserialize_as = jiff_diesel::Timestamp)]
    pub last_used_at: Timestamp,
    /// Whether it is the one that asks.
    #[diesel(sql_type = Bool)]
    pub is_current: bool,
    /// How many there are in all.
    #[diesel(sql_type = BigInt)]
    pub(super) count: i64,
}

pub async fn open_sessions(
    conn: &mut Conn,
    actor: &Actor,
    current: &[u8],
    now: Timestamp,
    page: Page,
) -> QueryResult<Vec<OpenSession>> {
    kept(
        sql_query(
            "SELECT *, count(*) OVER () AS count FROM ( \
                 SELECT public_id AS id, true AS is_browser, device, network, created_at AS signed_in_at, \
                     last_used_at, id_hash = $3 AS is_current \
                 FROM sessions WHERE user_id = $1 AND access_version = $2 AND expires_at > $4 \
                 UNION ALL SELECT id, false, device, network, created_at, last_used_at, false \
                 FROM token_families \
                 WHERE user_id = $1 AND access_version = $2 AND expires_at > $4 AND ended_at IS NULL \
             ) AS open ORDER BY is_current DESC, last_used_at DESC, id LIMIT $5 OFFSET $6",
        )
        .bind::<SqlUuid, _>(actor.user)
        .bind::<Integer, _>(actor.access_version)
        .bind::<Binary, _>(current)
        .bind::<Timestamptz, _>(now.to_diesel())
        .bind::<BigInt, _>(page.size)
        .bind::<BigInt, _>(page.offset()),
    )
    .load(conn)
    .await
}
