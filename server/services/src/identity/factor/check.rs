//! Checking a code, so that each works once and nobody tries many.
use super::{is_on_in, queries, totp};
use crate::{
    Clinic, Conn, Error, Result,
    audit::{self, Event},
    identity::{
        Caller, Person, event, password,
        throttle::{self, Then, Turn},
    },
    outbox,
};
use diesel_async::AsyncConnection;
use domain::{
    identity::{
        UserId,
        factor::{Answer, FACTOR_IS_OFF, WRONG_CODE},
    },
    mail::Topic,
};
use jiff::Timestamp;
use serde_json::json;
use uuid::Uuid;

/// Uses `answer` up if it is right; refuses all where no factor is on. What is wrong is counted and stays so: that
/// error is a value, with which the transaction of the caller is to end without being undone.
pub(super) async fn answer_in(
    clinic: &Clinic,
    conn: &mut Conn,
    user: UserId,
    answer: &Answer,
    now: Timestamp,
) -> Result<Result<()>> {
    let counted = throttle::of_proof(clinic.keys(), user);
    let turn = Turn::begin(conn, &counted).await?;
    if !is_on_in(conn, user).await? {
        return Ok(Err(FACTOR_IS_OFF.into()));
    }
    let sealed = queries::secret(conn, user).await?.filter(|(_, is_on)| *is_on);
    let is_right = match (answer, sealed) {
        // Whoever has passkeys alone has no app that could be right.
        (Answer::App(_), None) => false,
        (Answer::App(code), Some((sealed, _))) => {
            let secret = clinic.keys().factors().open(user, &sealed)?;
            match totp::step_of(&secret, *code, now)? {
                Some(step) => queries::take_step(conn, user, step).await?,
                None => false,
            }
        }
        (Answer::Recovery(code), _) => {
            let hash = clinic.keys().factors().hash(code);
            queries::take_recovery_code(conn, user, &hash, now).await?
        }
    };
    turn.settle(clinic, conn, Then::after(is_right), now).await?;
    if !is_right {
        audit::record_in(conn, refused(user, "account.code_failed")).await?;
        return Ok(Err(WRONG_CODE.into()));
    }
    if matches!(answer, Answer::Recovery(_)) {
        audit::record_in(conn, event(user, "account.use_recovery_code")).await?;
        tell(conn, user, Topic::RecoveryCodeUsed).await?;
    }
    Ok(Ok(()))
}

/// Tells the owner of the account.
pub(in crate::identity) async fn tell(conn: &mut Conn, user: UserId, topic: Topic) -> Result<()> {
    let (topic, key) = (topic.as_str(), format!("{}/{}", topic.as_str(), Uuid::now_v7()));
    Ok(outbox::enqueue_in(conn, topic, key, json!({ "user_id": user })).await?)
}

/// Somebody who was not who they said, as far as we know.
fn refused(user: UserId, action: &'static str) -> Event {
    Event { actor: None, ..event(user, action) }
}

/// Checks the password of somebody who is signed in. A wrong one is counted as a wrong code is.
pub(super) async fn check_password(clinic: &Clinic, user: UserId, password: String) -> Result<()> {
    if password.is_empty() {
        return Err(Error::field("password", "Enter your password."));
    }
    let counted = throttle::of_proof(clinic.keys(), user);
    let hash = {
        let conn = &mut *clinic.db().await?;
        throttle::look(clinic, conn, &counted, clinic.now()).await?;
        queries::password_hash(conn, user).await?.map(|hash| (user, hash))
    };
    let is_right = password::prove(clinic, password, hash).await?;
    let now = clinic.now();
    let conn = &mut *clinic.db().await?;
    // The password makes up for no wrong codes: else whoever has it could try as many as they like.
    let then = if is_right { Then::Leave } else { Then::Count };
    conn.transaction(async |conn| -> Result<Result<()>> {
        Turn::begin(conn, &counted).await?.settle(clinic, conn, then, now).await?;
        if is_right {
            return Ok(Ok(()));
        }
        audit::record_in(conn, refused(user, "account.sign_in_failed")).await?;
        Ok(Err(Error::field("password", "That is not your password.")))
    })
    .await?
}

/// What somebody is asked for who is to prove once more who they are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Asked {
    Password,
    /// From the app or on paper; or a passkey instead.
    Code,
}

/// What the caller is asked for: a code, if they have a second factor.
pub async fn asked(clinic: &Clinic, caller: &Caller<Person>) -> Result<Asked> {
    let is_on = is_on_in(&mut *clinic.db().await?, caller.user).await?;
    Ok(if is_on { Asked::Code } else { Asked::Password })
}

/// Checks that the caller is still who signed in: by a code if they have a second factor, else by the password.
pub async fn prove(
    clinic: &Clinic,
    caller: &Caller<Person>,
    password: String,
    code: &str,
) -> Result<()> {
    if asked(clinic, caller).await? == Asked::Password {
        return check_password(clinic, caller.user, password).await;
    }
    let answer = Answer::checked("code", code)?;
    let now = clinic.now();
    let conn = &mut *clinic.db().await?;
    conn.transaction(async |conn| answer_in(clinic, conn, caller.user, &answer, now).await).await?
}
