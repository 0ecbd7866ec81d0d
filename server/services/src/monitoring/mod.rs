//! What operators watch, of all servers together: what waits, what was given up, and who is turned away. It tells numbers
//! alone.
mod queries;

use crate::{Clinic, Result};
use jiff::{SignedDuration, Timestamp};

pub use queries::{GivenUp, Queue, TurnedAway};

/// Whoever was turned away is counted for so long.
pub const WITHIN: SignedDuration = SignedDuration::from_mins(5);

/// And what was given up, for so long.
pub const GIVEN_UP_WITHIN: SignedDuration = SignedDuration::from_hours(1);

/// Beyond so many nobody counts: whoever is called for it knows enough.
const COUNTED: i64 = 10_000;

/// What there is at `at`.
#[derive(Debug)]
pub struct Watched {
    pub at: Timestamp,
    pub queues: Vec<Queue>,
    pub given_up: Vec<GivenUp>,
    /// By what it was that they could not show.
    pub turned_away: Vec<TurnedAway>,
}

/// Looks at all of it, in three statements.
pub async fn look(clinic: &Clinic) -> Result<Watched> {
    let at = clinic.now();
    let conn = &mut *clinic.db().await?;
    let queues = queries::queues(conn, at, COUNTED).await?;
    let given_up = queries::given_up(conn, at - GIVEN_UP_WITHIN, COUNTED).await?;
    let turned_away = queries::turned_away(conn, at - WITHIN, COUNTED).await?;
    Ok(Watched { at, queues, given_up, turned_away })
}

/// Connections of this server to the database.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Connections {
    pub at_most: usize,
    pub open: usize,
    pub idle: usize,
    /// How many requests wait for one.
    pub waiting: usize,
}

/// How this server's connections are used.
pub fn connections(clinic: &Clinic) -> Connections {
    let status = clinic.pool_status();
    Connections {
        at_most: status.max_size,
        open: status.size,
        idle: status.available,
        waiting: status.waiting,
    }
}
