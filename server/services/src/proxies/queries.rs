use super::{ActingFor, Grant};
use crate::{Conn, kept::kept};
use diesel::{
    prelude::*,
    sql_query,
    sql_types::{Array, BigInt, Bool, Date, Nullable, Text, Timestamptz, Uuid},
};
use diesel_async::RunQueryDsl;
use domain::{
    identity::{Email, UserId},
    proxies::{CheckedGrant, INVITATION_LIFETIME, ProxyGrantId, Scope, Scopes},
};
use jiff::{Timestamp, civil};
use jiff_diesel::ToDiesel;

/// What can be accepted, of the grant `g`. Mirrors `proxy_grants_accepted_in_time`.
const UNANSWERED: &str = "g.proxy_id IS NULL AND g.ended_at IS NULL AND g.ends_at > clock_timestamp() \
    AND g.granted_at > clock_timestamp() - interval '168 hours'";

/// Whether the user `$2` has the address to which the grant `g` went.
const INVITED: &str = "g.patient_id <> $2 AND EXISTS (SELECT FROM users \
    WHERE id = $2 AND email = g.invited_email AND is_email_verified AND is_active)";

/// Lets everybody wait who changes the account of `user`; false: it is closed.
pub async fn lock_account(conn: &mut Conn, user: UserId) -> QueryResult<bool> {
    let found = kept(
        sql_query("SELECT FROM users WHERE id = $1 AND is_active FOR NO KEY UPDATE")
            .bind::<Uuid, _>(user),
    );
    Ok(found.execute(conn).await? == 1)
}

#[derive(QueryableByName)]
struct Count {
    #[diesel(sql_type = BigInt)]
    count: i64,
}

/// How many invitations `patient` has sent in the last day.
pub async fn sent_by(conn: &mut Conn, patient: UserId) -> QueryResult<i64> {
    let counted: Count = kept(
        sql_query(
            "SELECT count(*) AS count FROM proxy_grants \
             WHERE patient_id = $1 AND granted_at > clock_timestamp() - interval '1 day'",
        )
        .bind::<Uuid, _>(patient),
    )
    .get_result(conn)
    .await?;
    Ok(counted.count)
}

/// How many went to `email` in the last day, whoever sent them.
pub async fn sent_to(conn: &mut Conn, email: &Email) -> QueryResult<i64> {
    let counted: Count = kept(
        sql_query(
            "SELECT count(*) AS count FROM proxy_grants \
             WHERE invited_email = $1 AND granted_at > clock_timestamp() - interval '1 day'",
        )
        .bind::<Text, _>(email.as_str()),
    )
    .get_result(conn)
    .await?;
    Ok(counted.count)
}

/// Ends the invitation of `patient` to `email` that nobody has answered; which, and whose it was.
pub async fn end_unanswered(
    conn: &mut Conn,
    patient: UserId,
    email: &Email,
) -> QueryResult<Vec<(ProxyGrantId, UserId)>> {
    let rows = kept(
        sql_query(
            "UPDATE proxy_grants SET ended_at = clock_timestamp() \
             WHERE patient_id = $1 AND invited_email = $2 AND proxy_id IS NULL AND ended_at IS NULL \
             RETURNING id, patient_id AS patient",
        )
        .bind::<Uuid, _>(patient)
        .bind::<Text, _>(email.as_str()),
    )
    .load(conn)
    .await?;
    Ok(owned(rows))
}

pub async fn insert(
    conn: &mut Conn,
    id: ProxyGrantId,
    patient: UserId,
    grant: &CheckedGrant,
) -> QueryResult<()> {
    kept(
        sql_query(
            "INSERT INTO proxy_grants (id, patient_id, invited_email, scopes, granted_at, ends_at) \
             SELECT $1, $2, $3, $4, now, now + $5 * interval '1 hour' FROM (SELECT clock_timestamp() AS now) AS clock",
        )
        .bind::<Uuid, _>(id)
        .bind::<Uuid, _>(patient)
        .bind::<Text, _>(grant.email.as_str())
        .bind::<Array<Text>, _>(grant.scopes.words())
        .bind::<BigInt, _>(grant.lifetime.hours()),
    )
    .execute(conn)
    .await?;
    Ok(())
}

#[derive(QueryableByName)]
struct GrantRow {
    #[diesel(sql_type = Uuid)]
    id: ProxyGrantId,
    #[diesel(sql_type = Nullable<Text>)]
    proxy_name: Option<String>,
    #[diesel(sql_type = Nullable<Text>)]
    email: Option<String>,
    #[diesel(sql_type = Array<Text>)]
    scopes: Vec<String>,
    #[diesel(sql_type = Timestamptz, deserialize_as = jiff_diesel::Timestamp)]
    granted_at: Timestamp,
    #[diesel(sql_type = Timestamptz, deserialize_as = jiff_diesel::Timestamp)]
    ends_at: Timestamp,
}

/// What `patient` has granted and what is not over, the newest first; never more than ten.
pub async fn grants(conn: &mut Conn, patient: UserId) -> QueryResult<Vec<Grant>> {
    let rows: Vec<GrantRow> = kept(
        sql_query(format!(
            "SELECT g.id, p.first_name || ' ' || p.last_name AS proxy_name, g.invited_email AS email, g.scopes, g.granted_at, g.ends_at \
             FROM proxy_grants g LEFT JOIN users p ON p.id = g.proxy_id \
             WHERE g.patient_id = $1 AND (({UNANSWERED}) OR g.proxy_id IS NOT NULL AND g.ended_at IS NULL AND g.ends_at > clock_timestamp()) \
             ORDER BY g.granted_at DESC, g.id LIMIT 10"
        ))
        .bind::<Uuid, _>(patient),
    )
    .load(conn)
    .await?;
    let grant = |row: GrantRow| {
        Some(Grant {
            id: row.id,
            proxy_name: row.proxy_name,
            email: row.email?,
            scopes: Scopes::stored(&row.scopes)?,
            granted_at: row.granted_at,
            answer_until: row.granted_at + INVITATION_LIFETIME,
            ends_at: row.ends_at,
        })
    };
    Ok(rows.into_iter().filter_map(grant).collect())
}

#[derive(QueryableByName)]
struct ActingRow {
    #[diesel(sql_type = Uuid)]
    id: ProxyGrantId,
    #[diesel(sql_type = Uuid)]
    patient: UserId,
    #[diesel(sql_type = Text)]
    name: String,
    #[diesel(sql_type = Array<Text>)]
    scopes: Vec<String>,
    #[diesel(sql_type = Timestamptz, deserialize_as = jiff_diesel::Timestamp)]
    ends_at: Timestamp,
}

impl ActingRow {
    fn acting(self) -> Option<ActingFor> {
        let Self { id, patient, name, scopes, ends_at } = self;
        Some(ActingFor { id, patient, name, scopes: Scopes::stored(&scopes)?, ends_at })
    }
}

/// Those for whom `proxy` acts, in the order in which they agreed; `limit` at most.
pub async fn acting_for(conn: &mut Conn, proxy: UserId, limit: i64) -> QueryResult<Vec<ActingFor>> {
    let rows: Vec<ActingRow> = kept(
        sql_query(
            "SELECT g.id, p.id AS patient, p.first_name || ' ' || p.last_name AS name, g.scopes, g.ends_at \
             FROM proxy_grants g JOIN users p ON p.id = g.patient_id \
             WHERE g.proxy_id = $1 AND g.ended_at IS NULL AND g.ends_at > clock_timestamp() \
             ORDER BY g.accepted_at, g.id LIMIT $2",
        )
        .bind::<Uuid, _>(proxy)
        .bind::<BigInt, _>(limit),
    )
    .load(conn)
    .await?;
    Ok(rows.into_iter().filter_map(ActingRow::acting).collect())
}

#[derive(QueryableByName)]
struct InvitationRow {
    #[diesel(embed)]
    acting: ActingRow,
    #[diesel(sql_type = Bool)]
    is_theirs: bool,
}

/// The invitation `id`, as long as it can be accepted, and whether it went to `user`.
pub async fn invitation(
    conn: &mut Conn,
    id: ProxyGrantId,
    user: UserId,
) -> QueryResult<Option<(ActingFor, bool)>> {
    let row: Option<InvitationRow> = kept(
        sql_query(format!(
            "SELECT g.id, p.id AS patient, p.first_name || ' ' || p.last_name AS name, g.scopes, g.ends_at, {INVITED} AS is_theirs \
             FROM proxy_grants g JOIN users p ON p.id = g.patient_id WHERE g.id = $1 AND {UNANSWERED}"
        ))
        .bind::<Uuid, _>(id)
        .bind::<Uuid, _>(user),
    )
    .get_result(conn)
    .await
    .optional()?;
    Ok(row.and_then(|row| Some((row.acting.acting()?, row.is_theirs))))
}

/// Whether the invitation `id` can still be accepted.
pub async fn is_unanswered(conn: &mut Conn, id: ProxyGrantId) -> QueryResult<bool> {
    let found = kept(
        sql_query(format!("SELECT FROM proxy_grants g WHERE g.id = $1 AND {UNANSWERED}"))
            .bind::<Uuid, _>(id),
    );
    Ok(found.execute(conn).await? == 1)
}

/// Ends what `proxy` has from the patient of the invitation `id` already; which, and whose it was.
pub async fn end_former(
    conn: &mut Conn,
    id: ProxyGrantId,
    proxy: UserId,
) -> QueryResult<Vec<(ProxyGrantId, UserId)>> {
    let rows = kept(
        sql_query(
            "UPDATE proxy_grants SET ended_at = clock_timestamp() WHERE proxy_id = $2 AND ended_at IS NULL \
             AND patient_id = (SELECT patient_id FROM proxy_grants WHERE id = $1) \
             RETURNING id, patient_id AS patient",
        )
        .bind::<Uuid, _>(id)
        .bind::<Uuid, _>(proxy),
    )
    .load(conn)
    .await?;
    Ok(owned(rows))
}

#[derive(QueryableByName)]
struct Changed {
    #[diesel(sql_type = Uuid)]
    id: ProxyGrantId,
    #[diesel(sql_type = Uuid)]
    patient: UserId,
}

/// Which grants were changed, and whose each was.
fn owned(rows: Vec<Changed>) -> Vec<(ProxyGrantId, UserId)> {
    rows.into_iter().map(|row| (row.id, row.patient)).collect()
}

/// Lets `proxy` act, if the invitation `id` went to them and can be accepted; for whom.
pub async fn accept(
    conn: &mut Conn,
    id: ProxyGrantId,
    proxy: UserId,
) -> QueryResult<Option<UserId>> {
    let statement = format!(
        "UPDATE proxy_grants g SET proxy_id = $2, accepted_at = now FROM (SELECT clock_timestamp() AS now) AS clock \
         WHERE g.id = $1 AND {UNANSWERED} AND g.granted_at > now - interval '168 hours' AND {INVITED}"
    );
    change_one(conn, statement, id, proxy).await
}

/// Ends the invitation `id`, if it went to `proxy`; whose it was.
pub async fn decline(
    conn: &mut Conn,
    id: ProxyGrantId,
    proxy: UserId,
) -> QueryResult<Option<UserId>> {
    let statement = format!(
        "UPDATE proxy_grants g SET ended_at = clock_timestamp(), ended_by = $2 \
         WHERE g.id = $1 AND {UNANSWERED} AND {INVITED}"
    );
    change_one(conn, statement, id, proxy).await
}

/// Ends a grant of `user`, or one to them; whose it was. Who books by it holds the row while they do.
pub async fn end(conn: &mut Conn, id: ProxyGrantId, user: UserId) -> QueryResult<Option<UserId>> {
    let statement = "UPDATE proxy_grants g SET ended_at = clock_timestamp(), ended_by = $2 \
         WHERE g.id = $1 AND $2 IN (g.patient_id, g.proxy_id) AND g.ended_at IS NULL";
    change_one(conn, statement.to_owned(), id, user).await
}

/// Whose grant `id` is that `user` changed by an update of `proxy_grants g`; none was changed: `None`.
async fn change_one(
    conn: &mut Conn,
    update: String,
    id: ProxyGrantId,
    user: UserId,
) -> QueryResult<Option<UserId>> {
    let row: Option<Changed> = kept(
        sql_query(format!("{update} RETURNING g.id, g.patient_id AS patient"))
            .bind::<Uuid, _>(id)
            .bind::<Uuid, _>(user),
    )
    .get_result(conn)
    .await
    .optional()?;
    Ok(row.map(|row| row.patient))
}

/// Ends all that `user` has granted, since `since` if that is said, and, with `both`, what was granted to them;
/// which, and whose each was.
pub async fn end_all(
    conn: &mut Conn,
    user: UserId,
    since: Option<Timestamp>,
    both: bool,
) -> QueryResult<Vec<(ProxyGrantId, UserId)>> {
    let rows = kept(
        sql_query(
            "UPDATE proxy_grants SET ended_at = clock_timestamp(), ended_by = $1 \
             WHERE (patient_id = $1 OR $3 AND proxy_id = $1) AND ended_at IS NULL \
                 AND ($2 IS NULL OR granted_at >= $2) RETURNING id, patient_id AS patient",
        )
        .bind::<Uuid, _>(user)
        .bind::<Nullable<Timestamptz>, _>(since.map(ToDiesel::to_diesel))
        .bind::<Bool, _>(both),
    )
    .load(conn)
    .await?;
    Ok(owned(rows))
}

/// Who somebody is, and whom to call for them.
#[derive(Clone, QueryableByName)]
pub struct PersonLine {
    #[diesel(sql_type = Uuid)]
    pub id: UserId,
    #[diesel(sql_type = Text)]
    pub name: String,
    #[diesel(sql_type = Nullable<Date>, deserialize_as = jiff_diesel::NullableDate)]
    pub date_of_birth: Option<civil::Date>,
    #[diesel(sql_type = Nullable<Text>)]
    pub emergency_contact_name: Option<String>,
    #[diesel(sql_type = Nullable<Text>)]
    pub emergency_contact_phone: Option<String>,
}

impl std::fmt::Debug for PersonLine {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("PersonLine").field("id", &self.id).finish_non_exhaustive()
    }
}

/// Whose health profile the grant `id` lets `proxy` read.
pub async fn person(conn: &mut Conn, id: ProxyGrantId, proxy: UserId) -> QueryResult<PersonLine> {
    kept(
        sql_query(
            "SELECT u.id, u.first_name || ' ' || u.last_name AS name, u.date_of_birth, u.emergency_contact_name, u.emergency_contact_phone \
             FROM proxy_grants g JOIN users u ON u.id = g.patient_id \
             WHERE g.id = $1 AND g.proxy_id = $2 AND u.id IN (SELECT acts_for($2, $3))",
        )
        .bind::<Uuid, _>(id)
        .bind::<Uuid, _>(proxy)
        .bind::<Text, _>(Scope::Health),
    )
    .get_result(conn)
    .await
}

/// Ends what its time has ended, `limit` grants at most, and forgets to whom those were that ended a day ago.
pub async fn sweep(conn: &mut Conn, limit: i64) -> QueryResult<usize> {
    let ended = kept(
        sql_query(
            "UPDATE proxy_grants SET ended_at = clock_timestamp() WHERE ended_at IS NULL AND id = ANY (ARRAY( \
                 (SELECT id FROM proxy_grants WHERE ended_at IS NULL AND ends_at <= clock_timestamp() LIMIT $1) \
                 UNION ALL (SELECT id FROM proxy_grants WHERE ended_at IS NULL AND proxy_id IS NULL \
                     AND granted_at <= clock_timestamp() - interval '168 hours' LIMIT $1)))",
        )
        .bind::<BigInt, _>(limit),
    )
    .execute(conn)
    .await?;
    let forgotten = kept(
        sql_query(
            "UPDATE proxy_grants SET invited_email = NULL WHERE id = ANY (ARRAY( \
                 SELECT id FROM proxy_grants WHERE invited_email IS NOT NULL AND ended_at IS NOT NULL \
                     AND ended_at <= clock_timestamp() - interval '1 day' LIMIT $1))",
        )
        .bind::<BigInt, _>(limit),
    )
    .execute(conn)
    .await?;
    Ok(ended.max(forgotten))
}
