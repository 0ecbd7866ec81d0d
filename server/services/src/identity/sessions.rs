//! Sessions of browsers, as rows. Which id is whose is kept only as a hash.
use crate::{Clinic, Conn, Result};
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use domain::identity::UserId;
use jiff::Timestamp;
use jiff_diesel::ToDiesel;
use schema::sessions;

/// A session as it is stored.
#[derive(Debug)]
pub struct StoredSession {
    pub user: Option<UserId>,
    pub data: serde_json::Value,
    pub expires_at: Timestamp,
}

fn hash(id: i128) -> Vec<u8> {
    aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, &id.to_be_bytes()).as_ref().to_vec()
}

/// Stores a new session; false when its id exists.
pub async fn create(clinic: &Clinic, id: i128, session: &StoredSession) -> Result<bool> {
    Ok(insert(&mut *clinic.db().await?, &hash(id), session).await? == 1)
}

async fn insert(conn: &mut Conn, id_hash: &[u8], session: &StoredSession) -> QueryResult<usize> {
    diesel::insert_into(sessions::table)
        .values((
            sessions::id_hash.eq(id_hash),
            sessions::user_id.eq(session.user),
            sessions::data.eq(&session.data),
            sessions::expires_at.eq(session.expires_at.to_diesel()),
        ))
        .on_conflict_do_nothing()
        .execute(conn)
        .await
}

/// Stores a session over the one with its id. One that was ended meanwhile stays ended.
pub async fn save(clinic: &Clinic, id: i128, session: &StoredSession) -> Result<()> {
    diesel::update(sessions::table.find(hash(id)))
        .set((
            sessions::user_id.eq(session.user),
            sessions::data.eq(&session.data),
            sessions::expires_at.eq(session.expires_at.to_diesel()),
        ))
        .execute(&mut *clinic.db().await?)
        .await?;
    Ok(())
}

/// The session, unless it has ended.
pub async fn load(clinic: &Clinic, id: i128) -> Result<Option<StoredSession>> {
    let row: Option<(Option<UserId>, serde_json::Value, jiff_diesel::Timestamp)> = sessions::table
        .find(hash(id))
        .filter(sessions::expires_at.gt(clinic.now().to_diesel()))
        .select((sessions::user_id, sessions::data, sessions::expires_at))
        .first(&mut *clinic.db().await?)
        .await
        .optional()?;
    Ok(row.map(|(user, data, expires_at)| StoredSession {
        user,
        data,
        expires_at: expires_at.to_jiff(),
    }))
}

pub async fn delete(clinic: &Clinic, id: i128) -> Result<()> {
    diesel::delete(sessions::table.find(hash(id))).execute(&mut *clinic.db().await?).await?;
    Ok(())
}

/// Ends every session of `user`.
pub(crate) async fn end_all(conn: &mut Conn, user: UserId) -> QueryResult<()> {
    diesel::delete(sessions::table.filter(sessions::user_id.eq(user))).execute(conn).await?;
    Ok(())
}

/// Removes what has ended. Called by a worker.
pub async fn sweep(clinic: &Clinic) -> Result<usize> {
    Ok(diesel::delete(sessions::table.filter(sessions::expires_at.le(clinic.now().to_diesel())))
        .execute(&mut *clinic.db().await?)
        .await?)
}
