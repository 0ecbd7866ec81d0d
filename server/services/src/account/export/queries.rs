use crate::Conn;
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use domain::identity::UserId;
use jiff::Timestamp;
use jiff_diesel::ToDiesel;
use schema::sessions;

/// When the open sessions of `user` began and end, the newest first; `limit` at most.
pub async fn sessions(
    conn: &mut Conn,
    user: UserId,
    now: Timestamp,
    limit: i64,
) -> QueryResult<Vec<(Timestamp, Timestamp)>> {
    let rows: Vec<(jiff_diesel::Timestamp, jiff_diesel::Timestamp)> = sessions::table
        .filter(sessions::user_id.eq(user))
        .filter(sessions::expires_at.gt(now.to_diesel()))
        .order(sessions::created_at.desc())
        .select((sessions::created_at, sessions::expires_at))
        .limit(limit)
        .load(conn)
        .await?;
    Ok(rows.into_iter().map(|(began, ends)| (began.to_jiff(), ends.to_jiff())).collect())
}
