//! The second factor of an account: switched on with a code, asked for at each sign-in, switched off again.
mod challenge;
mod check;
mod queries;
pub mod removal;
mod seal;
mod totp;

pub(super) use challenge::next_step_in;
pub(super) use challenge::{Answered, challenged, finish};
pub use challenge::{SWEPT, SignIn, Waiting, enter_code, means_of, next_step, sweep};
pub(super) use check::tell;
pub use check::{Asked, asked, prove};
pub(super) use queries::{is_on as is_on_in, lock_owner};
pub(super) use seal::SecretBox;

use super::{
    Caller, Person, event,
    throttle::{self, Then, Turn},
};
use crate::{Clinic, Conn, Error, Result, audit};
use check::{answer_in, check_password};
use diesel_async::AsyncConnection;
use domain::{
    identity::{
        UserId,
        factor::{
            Answer, FACTOR_IS_OFF, FACTOR_IS_ON, RECOVERY_CODES, RECOVERY_LENGTH, RecoveryCode,
            SECRET_LENGTH, WRONG_CODE, base32, key_uri,
        },
        proof::Code,
    },
    mail::Topic,
};
use jiff::Timestamp;

/// A factor that is on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct State {
    pub since: Timestamp,
}

/// What somebody can show beside their password.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Means {
    /// Codes from an app.
    pub app: bool,
    pub passkeys: bool,
}

impl Means {
    pub const fn any(self) -> bool {
        self.app || self.passkeys
    }
}

/// What the caller can show beside their password.
pub async fn means(clinic: &Clinic, caller: &Caller<Person>) -> Result<Means> {
    Ok(queries::means(&mut *clinic.db().await?, caller.user).await?)
}

/// How many of the caller's recovery codes were not used.
pub async fn codes_left(clinic: &Clinic, caller: &Caller<Person>) -> Result<i64> {
    Ok(queries::codes_left(&mut *clinic.db().await?, caller.user).await?)
}

/// The caller's codes from an app; `None`: they are off.
pub async fn state(clinic: &Clinic, caller: &Caller<Person>) -> Result<Option<State>> {
    Ok(queries::state(&mut *clinic.db().await?, caller.user).await?)
}

/// Makes a secret for the caller's app. Nothing is asked for until the app has shown that it has it: see
/// [`turn_on`].
pub async fn begin(clinic: &Clinic, caller: &Caller<Person>) -> Result<()> {
    let secret = seal::random::<SECRET_LENGTH>()?;
    let sealed = clinic.keys().factors().seal(caller.user, &secret)?;
    let begun = queries::begin(&mut *clinic.db().await?, caller.user, &sealed).await?;
    if begun { Ok(()) } else { Err(FACTOR_IS_ON.into()) }
}

/// A factor that was begun.
struct SetUp {
    email: String,
    sealed_secret: Vec<u8>,
}

/// What the caller's app needs.
pub struct AppKey {
    /// In base32, to be typed.
    pub secret: String,
    /// The same with all an app wants to know, to be shown as a QR code.
    pub uri: String,
}

impl std::fmt::Debug for AppKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("AppKey(…)")
    }
}

/// The secret that was made for the caller's app, as long as the factor is not on; `None`: none was made.
pub async fn app_key(clinic: &Clinic, caller: &Caller<Person>) -> Result<Option<AppKey>> {
    let set_up = queries::set_up(&mut *clinic.db().await?, caller.user).await?;
    let Some(SetUp { email, sealed_secret }) = set_up else { return Ok(None) };
    let secret = base32(&clinic.keys().factors().open(caller.user, &sealed_secret)?);
    Ok(Some(AppKey { uri: key_uri(&email, &secret), secret }))
}

/// Switches the factor on with the code that the app shows, and returns the recovery codes. They are told only now;
/// whoever has passkeys has theirs already, and gets none.
pub async fn turn_on(
    clinic: &Clinic,
    caller: &Caller<Person>,
    code: &str,
) -> Result<Vec<RecoveryCode>> {
    let code: Code = code
        .parse()
        .map_err(|_| Error::field("code", "Enter the six digits that your app shows."))?;
    let (now, user) = (clinic.now(), caller.user);
    let conn = &mut *clinic.db().await?;
    // What is counted stays counted, so that errors leave the transaction as values.
    conn.transaction(async |conn| turn_on_in(clinic, conn, user, code, now).await).await?
}

async fn turn_on_in(
    clinic: &Clinic,
    conn: &mut Conn,
    user: UserId,
    code: Code,
    now: Timestamp,
) -> Result<Result<Vec<RecoveryCode>>> {
    let counted = throttle::of_proof(clinic.keys(), user);
    let turn = Turn::begin(conn, &counted).await?;
    let sealed = match queries::secret(conn, user).await? {
        None => return Ok(Err(FACTOR_IS_OFF.into())),
        Some((_, true)) => return Ok(Err(FACTOR_IS_ON.into())),
        Some((sealed, false)) => sealed,
    };
    let secret = clinic.keys().factors().open(user, &sealed)?;
    let step = totp::step_of(&secret, code, now)?;
    turn.settle(clinic, conn, Then::after(step.is_some()), now).await?;
    let Some(step) = step else { return Ok(Err(WRONG_CODE.into())) };
    queries::lock_owner(conn, user).await?;
    let had_factor = is_on_in(conn, user).await?;
    if !queries::confirm(conn, user, &sealed, step, now).await? {
        return Ok(Err(FACTOR_IS_ON.into()));
    }
    let codes = match had_factor {
        true => Vec::new(),
        false => first_codes_in(clinic, conn, user).await?,
    };
    audit::record_in(conn, event(user, "account.turn_factor_on")).await?;
    tell(conn, user, Topic::FactorOn).await?;
    Ok(Ok(codes))
}

/// Makes recovery codes for whoever has their first factor; those before work no more.
pub(super) async fn first_codes_in(
    clinic: &Clinic,
    conn: &mut Conn,
    user: UserId,
) -> Result<Vec<RecoveryCode>> {
    queries::delete_recovery_codes(conn, user).await?;
    insert_codes(clinic, conn, user).await
}

async fn insert_codes(clinic: &Clinic, conn: &mut Conn, user: UserId) -> Result<Vec<RecoveryCode>> {
    let codes = (0..RECOVERY_CODES)
        .map(|_| Ok(RecoveryCode::of(seal::random::<RECOVERY_LENGTH>()?)))
        .collect::<Result<Vec<_>>>()?;
    let hashes: Vec<_> = codes.iter().map(|code| clinic.keys().factors().hash(code)).collect();
    queries::insert_recovery_codes(conn, user, &hashes).await?;
    Ok(codes)
}

/// Makes new recovery codes for whoever has a code; those before work no more. They are told only now.
pub async fn renew_codes(
    clinic: &Clinic,
    caller: &Caller<Person>,
    code: &str,
) -> Result<Vec<RecoveryCode>> {
    let answer = Answer::checked("code", code)?;
    let user = caller.user;
    let conn = &mut *clinic.db().await?;
    let done: Result<Result<_>> = conn
        .transaction(async |conn| {
            if let Err(error) = answer_in(clinic, conn, user, &answer, clinic.now()).await? {
                return Ok(Err(error));
            }
            Ok(Ok(renew_in(clinic, conn, user).await?))
        })
        .await;
    done?
}

/// The same for whoever has no app that shows codes, but passkeys. Only a page that has made sure who the caller is
/// may do so.
pub async fn replace_codes(clinic: &Clinic, caller: &Caller<Person>) -> Result<Vec<RecoveryCode>> {
    let user = caller.user;
    let conn = &mut *clinic.db().await?;
    conn.transaction(async |conn| {
        queries::lock_owner(conn, user).await?;
        let means = queries::means(conn, user).await?;
        if means.app || !means.passkeys {
            return Err(FACTOR_IS_OFF.into());
        }
        renew_in(clinic, conn, user).await
    })
    .await
}

async fn renew_in(clinic: &Clinic, conn: &mut Conn, user: UserId) -> Result<Vec<RecoveryCode>> {
    let codes = first_codes_in(clinic, conn, user).await?;
    audit::record_in(conn, event(user, "account.renew_recovery_codes")).await?;
    tell(conn, user, Topic::RecoveryCodesRenewed).await?;
    Ok(codes)
}

/// Switches the factor off for whoever has the password and a code.
pub async fn turn_off(
    clinic: &Clinic,
    caller: &Caller<Person>,
    password: String,
    code: &str,
) -> Result<()> {
    let mut problems = Vec::new();
    let answer = Answer::checked("code", code);
    if password.is_empty() {
        problems.push(domain::FieldProblem::new("password", "Enter your password."));
    }
    problems.extend(answer.as_ref().err().cloned());
    let Some(answer) = answer.ok().filter(|_| problems.is_empty()) else {
        return Err(Error::Invalid(problems));
    };
    check_password(clinic, caller.user, password).await?;
    let user = caller.user;
    let conn = &mut *clinic.db().await?;
    let done: Result<Result<_>> = conn
        .transaction(async |conn| {
            if let Err(error) = answer_in(clinic, conn, user, &answer, clinic.now()).await? {
                return Ok(Err(error));
            }
            queries::delete(conn, user).await?;
            audit::record_in(conn, event(user, "account.turn_factor_off")).await?;
            tell(conn, user, Topic::FactorOff).await?;
            Ok(Ok(()))
        })
        .await;
    done?
}
