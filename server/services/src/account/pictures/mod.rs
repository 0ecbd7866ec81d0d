//! The picture of a person.
mod queries;
mod square;

use super::event;
use crate::{
    Clinic, Error, Result, audit,
    identity::{Caller, Person},
    record,
};
use aws_lc_rs::digest::{SHA256, digest};
use diesel_async::AsyncConnection;
use domain::identity::UserId;
use tokio::sync::Semaphore;

pub use square::MOST_BYTES;

/// Each takes a core and much memory while it is read: one after the other.
static AT_ONCE: Semaphore = Semaphore::const_new(1);

/// Keeps the middle of the picture in `file`: a JPEG, PNG or WebP of [`MOST_BYTES`] at most.
pub async fn set(clinic: &Clinic, caller: &Caller<Person>, file: Vec<u8>) -> Result<()> {
    let content = square_of(file).await?;
    let name = name_of(&content);
    let conn = &mut *clinic.db().await?;
    conn.transaction(async |conn| {
        queries::set_image(conn, caller.user, &name, &content).await?;
        queries::set_name(conn, caller.user, Some(&name)).await?;
        Ok(audit::record_in(conn, event(caller.user, "account.set_picture")).await?)
    })
    .await
}

async fn square_of(file: Vec<u8>) -> Result<Vec<u8>> {
    let turn = AT_ONCE.acquire().await.map_err(|error| Error::Internal(error.into()))?;
    let done = tokio::task::spawn_blocking(move || {
        // Kept by the work and not by who waits for it, who may go.
        let _turn = turn;
        square::square(&file)
    });
    Ok(done.await.map_err(|error| Error::Internal(error.into()))??)
}

/// Half of the SHA-256 of `content`, in hexadecimal.
fn name_of(content: &[u8]) -> String {
    let hash = digest(&SHA256, content);
    hash.as_ref().iter().take(16).map(|byte| format!("{byte:02x}")).collect()
}

/// Safe to repeat.
pub async fn remove(clinic: &Clinic, caller: &Caller<Person>) -> Result<()> {
    let conn = &mut *clinic.db().await?;
    conn.transaction(async |conn| {
        queries::set_name(conn, caller.user, None).await?;
        if queries::delete(conn, caller.user).await? {
            audit::record_in(conn, event(caller.user, "account.remove_picture")).await?;
        }
        Ok(())
    })
    .await
}

/// The picture of `user` called `name` as a JPEG, for themselves and for doctors who may read their record.
pub async fn picture(
    clinic: &Clinic,
    viewer: &Caller<Person>,
    user: UserId,
    name: &str,
) -> Result<Vec<u8>> {
    let conn = &mut *clinic.db().await?;
    if user != viewer.user && !record::may_read(conn, viewer, user).await? {
        return Err(Error::NotFound);
    }
    Ok(queries::content(conn, user, name).await?)
}
