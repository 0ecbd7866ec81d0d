//! What became of a visit since it was booked.
mod queries;

use super::Visit;
use crate::{Clinic, Result};

pub use queries::StatusChange;

/// Its changes, in order. Whoever has the visit may see it.
pub async fn history(clinic: &Clinic, visit: &Visit) -> Result<Vec<StatusChange>> {
    Ok(queries::history(&mut *clinic.db().await?, visit.id).await?)
}
