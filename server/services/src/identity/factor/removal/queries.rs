use super::Removal;
use crate::{Conn, kept::kept};
use diesel::{
    dsl::exists,
    prelude::*,
    sql_query,
    sql_types::{Text, Timestamptz, Uuid},
};
use diesel_async::RunQueryDsl;
use domain::identity::{Email, UserId, factor::RemovalId};
use jiff::Timestamp;
use jiff_diesel::ToDiesel;
use schema::{factor_removals, passkeys, second_factors, users};

/// Whose address it is, if they have a factor that is on.
pub async fn owner(conn: &mut Conn, email: &Email) -> QueryResult<Option<UserId>> {
    let app = second_factors::table
        .filter(second_factors::user_id.eq(users::id))
        .filter(second_factors::confirmed_at.is_not_null());
    let passkeys = passkeys::table.filter(passkeys::user_id.eq(users::id));
    users::table
        .filter(users::email.eq(email.as_str()))
        .filter(users::is_active)
        .filter(exists(app).or(exists(passkeys)))
        .select(users::id)
        .first(conn)
        .await
        .optional()
}

/// Ends what nobody has agreed to in time.
pub async fn end_expired(conn: &mut Conn, user: UserId, now: Timestamp) -> QueryResult<()> {
    diesel::update(
        factor_removals::table
            .filter(factor_removals::user_id.eq(user))
            .filter(factor_removals::ended_at.is_null())
            .filter(factor_removals::expires_at.le(now.to_diesel())),
    )
    .set(factor_removals::ended_at.eq(now.to_diesel()))
    .execute(conn)
    .await?;
    Ok(())
}

pub async fn insert(
    conn: &mut Conn,
    id: RemovalId,
    (user, asked_by): (UserId, UserId),
    grounds: &str,
    expires_at: Timestamp,
) -> QueryResult<()> {
    diesel::insert_into(factor_removals::table)
        .values((
            factor_removals::id.eq(id),
            factor_removals::user_id.eq(user),
            factor_removals::asked_by.eq(asked_by),
            factor_removals::grounds.eq(grounds),
            factor_removals::expires_at.eq(expires_at.to_diesel()),
        ))
        .execute(conn)
        .await?;
    Ok(())
}

/// Whether `admin` could run roles before the removal `id` was asked for.
pub async fn ran_roles_before(conn: &mut Conn, id: RemovalId, admin: UserId) -> QueryResult<bool> {
    let before = sql_query(
        "SELECT FROM factor_removals r, user_roles g JOIN roles o ON o.id = g.role_id \
         WHERE r.id = $1 AND g.user_id = $2 AND o.is_active AND o.permissions ? 'roles.manage' \
             AND g.assigned_at < r.created_at LIMIT 1",
    );
    let found = kept(before.bind::<Uuid, _>(id).bind::<Uuid, _>(admin)).execute(conn).await?;
    Ok(found == 1)
}

#[derive(QueryableByName)]
struct Row {
    #[diesel(sql_type = Uuid)]
    id: RemovalId,
    #[diesel(sql_type = Uuid)]
    user_id: UserId,
    #[diesel(sql_type = Uuid)]
    asked_by: UserId,
    #[diesel(sql_type = Text)]
    name: String,
    #[diesel(sql_type = Text)]
    email: String,
    #[diesel(sql_type = Text)]
    asked_by_name: String,
    #[diesel(sql_type = Text)]
    grounds: String,
    #[diesel(sql_type = Timestamptz)]
    expires_at: jiff_diesel::Timestamp,
}

/// What waits for somebody to agree, the most urgent first, `limit` at most.
pub async fn waiting(conn: &mut Conn, now: Timestamp, limit: i64) -> QueryResult<Vec<Removal>> {
    let rows: Vec<Row> = kept(
        sql_query(
            "SELECT r.id, r.user_id, r.asked_by, u.first_name || ' ' || u.last_name AS name, \
                 coalesce(u.email, '') AS email, a.first_name || ' ' || a.last_name AS asked_by_name, \
                 r.grounds, r.expires_at \
             FROM factor_removals r JOIN users u ON u.id = r.user_id JOIN users a ON a.id = r.asked_by \
             WHERE r.ended_at IS NULL AND r.expires_at > $1 ORDER BY r.expires_at LIMIT $2",
        )
        .bind::<Timestamptz, _>(now.to_diesel())
        .bind::<diesel::sql_types::BigInt, _>(limit),
    )
    .load(conn)
    .await?;
    let removal = |row: Row| Removal {
        id: row.id,
        user: row.user_id,
        asked_by: row.asked_by,
        name: row.name,
        email: row.email,
        asked_by_name: row.asked_by_name,
        grounds: row.grounds,
        expires_at: row.expires_at.to_jiff(),
    };
    Ok(rows.into_iter().map(removal).collect())
}

/// Ends what waits, agreed to by `approved_by` or refused by whoever; whose factor it is. `None`: it has ended.
pub async fn end(
    conn: &mut Conn,
    id: RemovalId,
    approved_by: Option<UserId>,
    now: Timestamp,
) -> QueryResult<Option<UserId>> {
    diesel::update(
        factor_removals::table
            .find(id)
            .filter(factor_removals::ended_at.is_null())
            .filter(factor_removals::expires_at.gt(now.to_diesel())),
    )
    .set((
        factor_removals::ended_at.eq(now.to_diesel()),
        factor_removals::approved_by.eq(approved_by),
    ))
    .returning(factor_removals::user_id)
    .get_result(conn)
    .await
    .optional()
}
