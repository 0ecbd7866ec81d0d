//! For whom somebody may do what: the one place that says it, for queries and for use cases.
use crate::{Conn, kept::kept};
use diesel::{
    QueryResult, QueryableByName, sql_query,
    sql_types::{Text, Uuid},
};
use diesel_async::RunQueryDsl;
use domain::{identity::UserId, proxies::Scope};

/// As an array of SQL: those for whom `viewer`, a parameter of the query, may do what `scope` names. They are
/// themselves, their dependants, past ones too, and who lets them.
pub fn people(viewer: &str, scope: Scope) -> String {
    format!(
        "ARRAY(SELECT {viewer}::uuid UNION ALL SELECT person_id FROM dependants WHERE guardian_id = {viewer} \
         UNION ALL SELECT acts_for({viewer}, '{scope}'))"
    )
}

/// As a join of SQL: the grant `x` that lets `viewer`, a parameter of the query, see the visit `a`, if there is one.
pub fn grant_of(viewer: &str) -> String {
    format!(
        "LEFT JOIN proxy_grants x ON x.patient_id = a.patient_id AND x.proxy_id = {viewer} \
         AND x.ended_at IS NULL AND x.ends_at > clock_timestamp() AND 'visits' = ANY (x.scopes)"
    )
}

#[derive(QueryableByName)]
struct Patient {
    #[diesel(sql_type = Uuid)]
    id: UserId,
}

/// Those for whom `proxy` may now do what `scope` names; a hundred at most.
pub async fn entrusted(conn: &mut Conn, proxy: UserId, scope: Scope) -> QueryResult<Vec<UserId>> {
    let found: Vec<Patient> = kept(
        sql_query("SELECT acts_for($1, $2) AS id LIMIT 100")
            .bind::<Uuid, _>(proxy)
            .bind::<Text, _>(scope),
    )
    .load(conn)
    .await?;
    Ok(found.into_iter().map(|patient| patient.id).collect())
}

/// Whether `proxy` may now do what `scope` names for `patient`.
pub async fn may(
    conn: &mut Conn,
    proxy: UserId,
    patient: UserId,
    scope: Scope,
) -> QueryResult<bool> {
    let found = kept(
        sql_query("SELECT FROM acts_for($1, $3) AS patient WHERE patient = $2")
            .bind::<Uuid, _>(proxy)
            .bind::<Uuid, _>(patient)
            .bind::<Text, _>(scope),
    );
    Ok(found.execute(conn).await? > 0)
}

/// The same, and that it stays so until the transaction ends: whoever takes the grant back waits.
pub async fn hold(
    conn: &mut Conn,
    proxy: UserId,
    patient: UserId,
    scope: Scope,
) -> QueryResult<bool> {
    let found = kept(
        sql_query(
            "SELECT FROM proxy_grants WHERE proxy_id = $1 AND patient_id = $2 AND $3 = ANY (scopes) \
             AND ended_at IS NULL AND ends_at > clock_timestamp() FOR SHARE",
        )
        .bind::<Uuid, _>(proxy)
        .bind::<Uuid, _>(patient)
        .bind::<Text, _>(scope),
    );
    Ok(found.execute(conn).await? > 0)
}

/// Whether `proxy` may now do anything for `patient`.
pub async fn acts_at_all(conn: &mut Conn, proxy: UserId, patient: UserId) -> QueryResult<bool> {
    for &scope in Scope::ALL {
        if may(conn, proxy, patient, scope).await? {
            return Ok(true);
        }
    }
    Ok(false)
}
