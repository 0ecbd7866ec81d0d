//! What becomes of visits by rule, without anybody's doing.
mod queries;

use crate::{Clinic, Result};

/// How many visits a rule changes at once.
const BATCH: i64 = 500;

/// Lets go of requests that no doctor answered before their time, and marks visits as missed where
/// the doctor has said after how long. Called by a worker.
pub async fn follow_rules(clinic: &Clinic) -> Result<()> {
    let conn = &mut *clinic.db().await?;
    queries::expire_requests(conn, clinic.now(), BATCH).await?;
    queries::mark_missed(conn, clinic.now(), BATCH).await?;
    Ok(())
}
