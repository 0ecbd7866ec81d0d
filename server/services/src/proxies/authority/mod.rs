//! For whom somebody may do what: the one place that says it, for queries and for use cases.
mod queries;

use crate::Conn;
use diesel::QueryResult;
use domain::{identity::UserId, proxies::Scope};

pub use queries::{entrusted, hold, may};

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

/// Whether `proxy` may now do anything for `patient`.
pub async fn acts_at_all(conn: &mut Conn, proxy: UserId, patient: UserId) -> QueryResult<bool> {
    for &scope in Scope::ALL {
        if may(conn, proxy, patient, scope).await? {
            return Ok(true);
        }
    }
    Ok(false)
}
