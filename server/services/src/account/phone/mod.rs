//! The phone number of an account: proven by who reads its text messages.
//!
//! A code is never kept: it follows from the key of the clinic and the id of the message it is in. The database
//! forgets the proof, and ends the code that is under way, when the account gets another number.
mod queries;

use super::{address::queries::lock_account, event};
use crate::{
    Clinic, Conn, Error, Result, audit,
    identity::{Caller, Person, lock_address, throttle},
    outbox::{self, SMS},
};
use diesel_async::AsyncConnection;
use domain::{
    account::phone::{
        CODE_LIFETIME, NO_TEXTS, PHONE_CODE_OVER, PhoneCodeId, PhoneNumber, TEXTS_USED_UP,
        TextLimits, WRONG_PHONE_CODE, checked_code, may_text, texts_wait,
    },
    identity::{UserId, proof::Code},
};
use jiff::{SignedDuration, Timestamp};
use serde_json::json;

pub(crate) use queries::{emergency_number, number_of_code};

/// The number of an account, as it was typed.
#[derive(Clone)]
pub struct Phone {
    pub number: String,
    pub state: PhoneState,
}

/// Without the number, which no log may show.
impl std::fmt::Debug for Phone {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Phone").field("state", &self.state).finish_non_exhaustive()
    }
}

/// Whether it is known that a number is its owner's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PhoneState {
    Confirmed(Timestamp),
    Unconfirmed,
    /// A code is under way that can be tried.
    CodeSent,
    /// Nobody carries text messages for this clinic.
    NoTexts,
}

/// The caller's number, if they have given one.
pub async fn phone(clinic: &Clinic, caller: &Caller<Person>) -> Result<Option<Phone>> {
    let conn = &mut *clinic.db().await?;
    let own = queries::own_number(conn, caller.user).await?;
    let Some(number) = own.number else { return Ok(None) };
    let state = match own.verified_at {
        Some(at) => PhoneState::Confirmed(at),
        None if clinic.gateways().sms.is_none() => PhoneState::NoTexts,
        None if queries::has_open_code(conn, caller.user, clinic.now()).await? => {
            PhoneState::CodeSent
        }
        None => PhoneState::Unconfirmed,
    };
    Ok(Some(Phone { number, state }))
}

/// Gives the account another number, of which nobody has proven yet that it is theirs.
pub async fn change(clinic: &Clinic, caller: &Caller<Person>, number: &str) -> Result<()> {
    PhoneNumber::checked("phone_number", number)?;
    let conn = &mut *clinic.db().await?;
    conn.transaction(async |conn| {
        queries::set_number(conn, caller.user, number.trim()).await?;
        Ok(audit::record_in(conn, event(caller.user, "phone.change")).await?)
    })
    .await
}

/// Sends a code to the caller's number; the one before ends. Nothing is sent to a number that is proven.
pub async fn send_code(clinic: &Clinic, caller: &Caller<Person>) -> Result<()> {
    if clinic.gateways().sms.is_none() {
        return Err(NO_TEXTS.into());
    }
    throttle::take_request(clinic).await?;
    let (user, now) = (caller.user, clinic.now());
    let conn = &mut *clinic.db().await?;
    conn.transaction(async |conn| {
        lock_account(conn, user).await?;
        let own = queries::own_number(conn, user).await?;
        if own.verified_at.is_some() {
            return Ok(());
        }
        let number = own.number.unwrap_or_default();
        let number = PhoneNumber::checked("phone_number", &number)?;
        lock_address(conn, number.as_str()).await?;
        let day = now - SignedDuration::from_hours(24);
        let to_person = queries::sent_since(conn, user, day).await?;
        let to_number = queries::count_since(conn, &number, day).await?;
        may_text(&to_person, to_number, now)?;
        spend_text(conn, clinic.text_limits(), now).await?;
        let id = PhoneCodeId::generate();
        queries::end_open(conn, user, now).await?;
        queries::insert(conn, id, user, &number, (now, now + CODE_LIFETIME)).await?;
        outbox::enqueue_in(conn, SMS, format!("{SMS}/{id}"), json!({ "phone_code_id": id }))
            .await?;
        Ok(audit::record_in(conn, event(user, "phone.ask_code")).await?)
    })
    .await
}

/// Refuses all once the clinic has sent as many as it pays for. What was sent is counted where it is written, which
/// all servers share, so that no message is on its way that was not counted; others wait until the transaction ends.
async fn spend_text(conn: &mut Conn, limits: TextLimits, now: Timestamp) -> Result<()> {
    queries::lock_texts(conn).await?;
    let of_hour = queries::sent_before(conn, limits.an_hour).await?;
    let of_day = queries::sent_before(conn, limits.a_day).await?;
    let wait = texts_wait(of_hour, of_day, now);
    if wait.is_zero() { Ok(()) } else { Err(Error::UsedUp(TEXTS_USED_UP, wait)) }
}

/// Proves the caller's number with the code from the text message. Five tries a code.
pub async fn confirm(clinic: &Clinic, caller: &Caller<Person>, code: &str) -> Result<()> {
    let code = checked_code("code", code)?;
    throttle::take_request(clinic).await?;
    let conn = &mut *clinic.db().await?;
    // A try that fails stays counted, so its error leaves the transaction as a value.
    conn.transaction(async |conn| enter(clinic, conn, caller.user, code).await).await?
}

async fn enter(clinic: &Clinic, conn: &mut Conn, user: UserId, code: Code) -> Result<Result<()>> {
    let now = clinic.now();
    lock_account(conn, user).await?;
    if queries::own_number(conn, user).await?.verified_at.is_some() {
        return Ok(Ok(()));
    }
    let Some(id) = queries::take_try(conn, user, now).await? else {
        return Ok(Err(PHONE_CODE_OVER.into()));
    };
    if clinic.keys().code(id.as_uuid(), 0) != code {
        return Ok(Err(Error::field("code", WRONG_PHONE_CODE)));
    }
    queries::end_open(conn, user, now).await?;
    queries::set_verified(conn, user, now).await?;
    audit::record_in(conn, event(user, "phone.confirm")).await?;
    Ok(Ok(()))
}

/// How many codes are forgotten at once.
pub const SWEPT: usize = 500;

/// Forgets codes a day after they were sent; returns how many. A full batch: there are more. Called by a worker.
pub async fn sweep(clinic: &Clinic) -> Result<usize> {
    let limit = i64::try_from(SWEPT).unwrap_or(i64::MAX);
    let until = clinic.now() - SignedDuration::from_hours(24);
    Ok(queries::delete_old(&mut *clinic.db().await?, until, limit).await?)
}
