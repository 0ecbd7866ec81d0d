use crate::{Conn, record::read_as};
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use domain::{
    account::closing::ClosingId, booking::AppointmentStatus, directory::ProviderId,
    identity::UserId, waitlist::EntryStatus,
};
use jiff::Timestamp;
use jiff_diesel::ToDiesel;
use schema::{
    account_closings, address_changes, appointments, calendar_feeds, dependants, profile_images,
    providers, registrations, second_factors, user_profiles, users, waitlist_entries,
};

/// Lets others wait who write something that belongs to the account; its address, unless it is closed.
pub async fn lock_account(conn: &mut Conn, user: UserId) -> QueryResult<Option<String>> {
    let found: Option<Option<String>> = users::table
        .find(user)
        .filter(users::is_active)
        .select(users::email)
        .for_update()
        .first(conn)
        .await
        .optional()?;
    Ok(found.flatten())
}

/// Whether `user` is in the directory of doctors.
pub async fn is_doctor(conn: &mut Conn, user: UserId) -> QueryResult<bool> {
    let theirs = providers::table.filter(providers::user_id.eq(user));
    diesel::select(diesel::dsl::exists(theirs)).get_result(conn).await
}

/// Takes everybody off the list of `guardian`. Bookings for them hold the row while they are written.
pub async fn remove_dependants(
    conn: &mut Conn,
    guardian: UserId,
    now: Timestamp,
) -> QueryResult<()> {
    diesel::update(
        dependants::table
            .filter(dependants::guardian_id.eq(guardian))
            .filter(dependants::removed_at.is_null()),
    )
    .set(dependants::removed_at.eq(now.to_diesel()))
    .execute(conn)
    .await?;
    Ok(())
}

/// Ends what is kept for `user`; the doctors with whom.
pub async fn let_holds_go(conn: &mut Conn, user: UserId) -> QueryResult<Vec<ProviderId>> {
    diesel::update(
        appointments::table
            .filter(appointments::patient_id.eq(user))
            .filter(appointments::status.eq(AppointmentStatus::Held)),
    )
    .set((
        appointments::status.eq(AppointmentStatus::Expired),
        appointments::changed_by.eq(None::<UserId>),
        appointments::change_reason.eq(None::<String>),
    ))
    .returning(appointments::provider_id)
    .get_results(conn)
    .await
}

/// Whether a visit of `user`, or of anybody who was on their list, is still to come or under way.
pub async fn has_coming_visits(conn: &mut Conn, user: UserId, now: Timestamp) -> QueryResult<bool> {
    let theirs =
        dependants::table.filter(dependants::guardian_id.eq(user)).select(dependants::person_id);
    diesel::select(diesel::dsl::exists(
        appointments::table
            .filter(appointments::patient_id.eq(user).or(appointments::patient_id.eq_any(theirs)))
            .filter(appointments::ends_at.gt(now.to_diesel()))
            .filter(appointments::status.eq_any(AppointmentStatus::LIVE))
            .select(appointments::id),
    ))
    .get_result(conn)
    .await
}

pub async fn leave_waitlist(conn: &mut Conn, user: UserId) -> QueryResult<()> {
    diesel::update(
        waitlist_entries::table
            .filter(waitlist_entries::patient_id.eq(user))
            .filter(waitlist_entries::status.eq(EntryStatus::Waiting)),
    )
    .set(waitlist_entries::status.eq(EntryStatus::Left))
    .execute(conn)
    .await?;
    Ok(())
}

pub async fn insert_closing(
    conn: &mut Conn,
    id: ClosingId,
    user: UserId,
    email: &str,
    now: Timestamp,
) -> QueryResult<()> {
    diesel::insert_into(account_closings::table)
        .values((
            account_closings::id.eq(id),
            account_closings::user_id.eq(user),
            account_closings::email.eq(email),
            account_closings::closed_at.eq(now.to_diesel()),
        ))
        .execute(conn)
        .await?;
    Ok(())
}

/// Leaves of the account what visits need: a name and a date of birth.
pub async fn close_account(conn: &mut Conn, user: UserId) -> QueryResult<()> {
    let none = None::<String>;
    diesel::update(users::table.find(user))
        .set((
            users::is_active.eq(false),
            users::access_version.eq(users::access_version + 1),
            users::email.eq(&none),
            users::password_hash.eq(&none),
            users::username.eq(&none),
            users::phone_number.eq(&none),
            users::is_email_verified.eq(false),
            users::profile_image.eq(&none),
            users::emergency_contact_name.eq(&none),
            users::emergency_contact_phone.eq(&none),
        ))
        .execute(conn)
        .await?;
    Ok(())
}

/// Forgets what only the account needed.
pub async fn forget(conn: &mut Conn, user: UserId, now: Timestamp) -> QueryResult<()> {
    read_as(conn, user).await?;
    diesel::delete(user_profiles::table.find(user)).execute(conn).await?;
    diesel::delete(profile_images::table.find(user)).execute(conn).await?;
    diesel::delete(calendar_feeds::table.find(user)).execute(conn).await?;
    diesel::delete(second_factors::table.find(user)).execute(conn).await?;
    diesel::delete(address_changes::table.filter(address_changes::user_id.eq(user)))
        .execute(conn)
        .await?;
    diesel::update(
        registrations::table
            .filter(registrations::user_id.eq(user))
            .filter(registrations::ended_at.is_null()),
    )
    .set(registrations::ended_at.eq(now.to_diesel()))
    .execute(conn)
    .await?;
    Ok(())
}

pub async fn forget_addresses(conn: &mut Conn, until: Timestamp) -> QueryResult<usize> {
    diesel::update(
        account_closings::table
            .filter(account_closings::email.is_not_null())
            .filter(account_closings::closed_at.lt(until.to_diesel())),
    )
    .set(account_closings::email.eq(None::<String>))
    .execute(conn)
    .await
}
