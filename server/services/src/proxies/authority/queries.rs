use crate::{Conn, kept::kept};
use diesel::{
    QueryResult, QueryableByName, sql_query,
    sql_types::{Text, Uuid},
};
use diesel_async::RunQueryDsl;
use domain::{identity::UserId, proxies::Scope};

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
