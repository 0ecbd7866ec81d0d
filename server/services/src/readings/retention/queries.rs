use crate::{Conn, kept::kept};
use diesel::{
    prelude::*,
    sql_query,
    sql_types::{Integer, Nullable, Timestamptz},
};
use diesel_async::RunQueryDsl;
use jiff::{Timestamp, civil::Date};
use jiff_diesel::{NullableDate, ToDiesel};

#[derive(QueryableByName)]
struct Dropped {
    #[diesel(sql_type = Nullable<diesel::sql_types::Date>, deserialize_as = NullableDate)]
    month: Option<Date>,
}

/// Drops the oldest month that ended before `from`, unless another server is just at it; its first day.
pub async fn drop_month(conn: &mut Conn, from: Timestamp) -> QueryResult<Option<Date>> {
    let dropped: Dropped = kept(
        // Any number that nobody else uses.
        sql_query(
            "SELECT CASE WHEN pg_try_advisory_xact_lock(5108830442916670014) THEN drop_reading_month($1) END AS month",
        )
        .bind::<Timestamptz, _>(from.to_diesel()),
    )
    .get_result(conn)
    .await?;
    Ok(dropped.month)
}

#[derive(QueryableByName)]
struct Forgotten {
    #[diesel(sql_type = Integer)]
    forgotten: i32,
}

pub async fn forget_quarantined(
    conn: &mut Conn,
    before: Timestamp,
    most: i32,
) -> QueryResult<usize> {
    let row: Forgotten = kept(
        sql_query("SELECT forget_quarantined_readings($1, $2) AS forgotten")
            .bind::<Timestamptz, _>(before.to_diesel())
            .bind::<Integer, _>(most),
    )
    .get_result(conn)
    .await?;
    Ok(usize::try_from(row.forgotten).unwrap_or_default())
}
