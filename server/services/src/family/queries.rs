use crate::Conn;
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use domain::{
    booking::AppointmentStatus,
    family::{CheckedDependant, Relationship},
    identity::UserId,
};
use jiff::{Timestamp, civil::Date};
use jiff_diesel::ToDiesel;
use schema::{appointments, dependants, users};
use std::str::FromStr;

/// Somebody without an account, for whom their guardian books and reads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dependant {
    pub id: UserId,
    pub first_name: String,
    pub last_name: String,
    pub date_of_birth: Option<Date>,
    pub relationship: Relationship,
}

type Row = (UserId, String, String, jiff_diesel::NullableDate, String);

fn dependant((id, first_name, last_name, born, relationship): Row) -> Dependant {
    Dependant {
        id,
        first_name,
        last_name,
        date_of_birth: born.to_jiff(),
        relationship: Relationship::from_str(&relationship).unwrap_or(Relationship::Other),
    }
}

/// Those whom `guardian` has not removed, the first one added first; never more than ten.
pub async fn dependants(conn: &mut Conn, guardian: UserId) -> QueryResult<Vec<Dependant>> {
    let rows: Vec<Row> = dependants::table
        .inner_join(users::table.on(users::id.eq(dependants::person_id)))
        .filter(dependants::guardian_id.eq(guardian))
        .filter(dependants::removed_at.is_null())
        .order((dependants::created_at, dependants::person_id))
        .select((
            users::id,
            users::first_name,
            users::last_name,
            users::date_of_birth,
            dependants::relationship,
        ))
        .limit(10)
        .load(conn)
        .await?;
    Ok(rows.into_iter().map(dependant).collect())
}

/// Whether `guardian` may book for `person`.
pub async fn is_dependant(conn: &mut Conn, guardian: UserId, person: UserId) -> QueryResult<bool> {
    diesel::select(diesel::dsl::exists(
        dependants::table
            .find(person)
            .filter(dependants::guardian_id.eq(guardian))
            .filter(dependants::removed_at.is_null()),
    ))
    .get_result(conn)
    .await
}

/// Holds what changes of `guardian` until the transaction ends: one who adds waits for another.
pub async fn lock_guardian(conn: &mut Conn, guardian: UserId) -> QueryResult<String> {
    users::table.find(guardian).select(users::time_zone).for_no_key_update().first(conn).await
}

/// The dependant of this name, born that day, if `guardian` has one.
pub async fn same_dependant(
    conn: &mut Conn,
    guardian: UserId,
    details: &CheckedDependant,
) -> QueryResult<Option<UserId>> {
    dependants::table
        .inner_join(users::table.on(users::id.eq(dependants::person_id)))
        .filter(dependants::guardian_id.eq(guardian))
        .filter(dependants::removed_at.is_null())
        .filter(users::first_name.eq(&details.first_name))
        .filter(users::last_name.eq(&details.last_name))
        .filter(users::date_of_birth.eq(details.date_of_birth.to_diesel()))
        .select(users::id)
        .first(conn)
        .await
        .optional()
}

/// A person without an account, who reads times as their guardian does.
pub async fn insert_person(
    conn: &mut Conn,
    person: UserId,
    details: &CheckedDependant,
    time_zone: &str,
) -> QueryResult<()> {
    diesel::insert_into(users::table)
        .values((
            users::id.eq(person),
            users::first_name.eq(&details.first_name),
            users::last_name.eq(&details.last_name),
            users::date_of_birth.eq(details.date_of_birth.to_diesel()),
            users::time_zone.eq(time_zone),
        ))
        .execute(conn)
        .await?;
    Ok(())
}

pub async fn insert_dependant(
    conn: &mut Conn,
    guardian: UserId,
    person: UserId,
    relationship: Relationship,
) -> QueryResult<()> {
    diesel::insert_into(dependants::table)
        .values((
            dependants::person_id.eq(person),
            dependants::guardian_id.eq(guardian),
            dependants::relationship.eq(relationship),
        ))
        .execute(conn)
        .await?;
    Ok(())
}

/// Changes what `person` is to `guardian`; false: nobody whom they have on their list.
pub async fn set_relationship(
    conn: &mut Conn,
    guardian: UserId,
    person: UserId,
    relationship: Relationship,
) -> QueryResult<bool> {
    let changed = diesel::update(
        dependants::table
            .find(person)
            .filter(dependants::guardian_id.eq(guardian))
            .filter(dependants::removed_at.is_null()),
    )
    .set(dependants::relationship.eq(relationship))
    .execute(conn)
    .await?;
    Ok(changed > 0)
}

pub async fn set_person(
    conn: &mut Conn,
    person: UserId,
    details: &CheckedDependant,
) -> QueryResult<()> {
    diesel::update(users::table.find(person))
        .set((
            users::first_name.eq(&details.first_name),
            users::last_name.eq(&details.last_name),
            users::date_of_birth.eq(details.date_of_birth.to_diesel()),
        ))
        .execute(conn)
        .await?;
    Ok(())
}

/// Takes `person` off the list of `guardian`; false: they are not on it.
///
/// Bookings hold the row while they are written, so that a visit is either seen next or refused.
pub async fn set_removed(
    conn: &mut Conn,
    guardian: UserId,
    person: UserId,
    now: Timestamp,
) -> QueryResult<bool> {
    let removed = diesel::update(
        dependants::table
            .find(person)
            .filter(dependants::guardian_id.eq(guardian))
            .filter(dependants::removed_at.is_null()),
    )
    .set(dependants::removed_at.eq(now.to_diesel()))
    .execute(conn)
    .await?;
    Ok(removed > 0)
}

/// Whether a visit of `person` is still to come, or under way.
pub async fn has_coming_visits(
    conn: &mut Conn,
    person: UserId,
    now: Timestamp,
) -> QueryResult<bool> {
    diesel::select(diesel::dsl::exists(
        appointments::table
            .filter(appointments::patient_id.eq(person))
            .filter(appointments::ends_at.gt(now.to_diesel()))
            .filter(appointments::status.eq_any(AppointmentStatus::LIVE))
            .select(appointments::id),
    ))
    .get_result(conn)
    .await
}
