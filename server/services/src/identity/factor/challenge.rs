//! The second step of signing in: the password was right, and nothing is open yet.
use super::{Means, check::answer_in, is_on_in, queries};
use crate::{
    Clinic, Conn, Result, audit,
    identity::{
        Proof, SignedIn, event,
        keys::{Keys, token_id},
        new_sign_in,
        passkeys::{Shown, check_in},
        queries as people, throttle,
    },
};
use diesel_async::AsyncConnection;
use domain::identity::{
    UserId,
    factor::{Answer, CHALLENGE_LIFETIME, CHALLENGE_OVER, ChallengeId},
};
use jiff::{SignedDuration, Timestamp};

/// How far a sign-in has come.
#[derive(Debug)]
pub enum SignIn {
    Done(SignedIn),
    /// Whoever this is has to show their second factor first.
    NeedsCode(Waiting),
}

/// A sign-in that waits for its code.
pub struct Waiting {
    /// Opens the second step, once. To be shown to whoever has given the password, and to nobody else.
    pub token: String,
    pub expires_at: Timestamp,
}

impl std::fmt::Debug for Waiting {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Waiting").field("expires_at", &self.expires_at).finish_non_exhaustive()
    }
}

impl SignIn {
    /// Who has signed in, if nothing more is asked for.
    pub fn done(self) -> Option<SignedIn> {
        match self {
            Self::Done(who) => Some(who),
            Self::NeedsCode(_) => None,
        }
    }
}

/// What `who` has to do next, whose first factor was right.
pub(crate) async fn next_step_in(
    conn: &mut Conn,
    keys: &Keys,
    who: SignedIn,
    now: Timestamp,
) -> Result<SignIn> {
    if !is_on_in(conn, who.user).await? {
        return Ok(SignIn::Done(who));
    }
    let (id, expires_at) = (ChallengeId::generate(), now + CHALLENGE_LIFETIME);
    queries::insert_challenge(conn, id, (who.user, who.version), expires_at).await?;
    audit::record_in(conn, event(who.user, "account.enter_password")).await?;
    let token = keys.token(Proof::SecondStep, id.as_uuid(), 0);
    Ok(SignIn::NeedsCode(Waiting { token, expires_at }))
}

/// What `who` has to do next, who has proven by other means than their password who they are; `browser` is what
/// they show, if they have signed in before.
pub async fn next_step(clinic: &Clinic, who: SignedIn, browser: Option<&str>) -> Result<SignIn> {
    let now = clinic.now();
    let conn = &mut *clinic.db().await?;
    conn.transaction(async |conn| {
        let step = next_step_in(conn, clinic.keys(), who, now).await?;
        if let SignIn::Done(who) = step {
            new_sign_in::tell_in(conn, clinic.keys(), who, browser, now).await?;
            // Nothing is opened of an account that has changed meanwhile.
            if !people::set_last_login(conn, who, now).await? {
                return Err(CHALLENGE_OVER.into());
            }
            audit::record_in(conn, event(who.user, "account.sign_in")).await?;
        }
        Ok(step)
    })
    .await
}

/// Finishes a sign-in with a code from the app, or a recovery code.
///
/// Wrong ones are counted for the account, whichever challenge they come with: who has the password cannot try
/// more of them by beginning anew. `browser` is what the caller shows, if they have signed in before.
pub async fn enter_code(
    clinic: &Clinic,
    token: &str,
    code: &str,
    browser: Option<&str>,
) -> Result<SignedIn> {
    challenge(clinic, token)?;
    let answer = Answer::checked("code", code)?;
    finish(clinic, token, Answered::Code(&answer), browser).await
}

fn challenge(clinic: &Clinic, token: &str) -> Result<ChallengeId> {
    let id = token_id(token).filter(|_| clinic.keys().opens(Proof::SecondStep, token, 0));
    Ok(id.map(ChallengeId::from).ok_or(CHALLENGE_OVER)?)
}

/// Whose sign-in waits for its second step.
pub(in crate::identity) async fn challenged(clinic: &Clinic, token: &str) -> Result<UserId> {
    let id = challenge(clinic, token)?;
    let found = queries::challenged(&mut *clinic.db().await?, id, clinic.now()).await?;
    Ok(found.ok_or(CHALLENGE_OVER)?)
}

/// What whoever has given the password can show next.
pub async fn means_of(clinic: &Clinic, token: &str) -> Result<Means> {
    let user = challenged(clinic, token).await?;
    Ok(queries::means(&mut *clinic.db().await?, user).await?)
}

/// What somebody shows at the second step.
#[derive(Clone, Copy)]
pub(in crate::identity) enum Answered<'a> {
    Code(&'a Answer),
    Passkey(&'a Shown),
}

pub(in crate::identity) async fn finish(
    clinic: &Clinic,
    token: &str,
    answered: Answered<'_>,
    browser: Option<&str>,
) -> Result<SignedIn> {
    let id = challenge(clinic, token)?;
    let now = clinic.now();
    let conn = &mut *clinic.db().await?;
    // What is counted stays counted, so that errors leave the transaction as values.
    conn.transaction(async |conn| enter(clinic, conn, id, answered, browser, now).await).await?
}

async fn enter(
    clinic: &Clinic,
    conn: &mut Conn,
    id: ChallengeId,
    answered: Answered<'_>,
    browser: Option<&str>,
    now: Timestamp,
) -> Result<Result<SignedIn>> {
    // Of two with the same challenge, the second one finds it used before its code is looked at.
    let Some((user, version)) = queries::lock_challenged(conn, id, now).await? else {
        return Ok(Err(CHALLENGE_OVER.into()));
    };
    let who = SignedIn { user, version };
    let (checked, action) = match answered {
        Answered::Code(answer) => {
            (answer_in(clinic, conn, user, answer, now).await?, "account.sign_in")
        }
        Answered::Passkey(shown) => {
            let counted = throttle::of_proof(clinic.keys(), user);
            let checked = check_in(clinic, conn, user, shown, &counted, now).await?;
            (checked, "account.sign_in_with_passkey")
        }
    };
    if let Err(error) = checked {
        return Ok(Err(error));
    }
    queries::set_used(conn, id, now).await?;
    new_sign_in::tell_in(conn, clinic.keys(), who, browser, now).await?;
    if !people::set_last_login(conn, who, now).await? {
        return Ok(Err(CHALLENGE_OVER.into()));
    }
    audit::record_in(conn, event(user, action)).await?;
    Ok(Ok(who))
}

/// How many challenges are forgotten at once.
pub const SWEPT: usize = 500;

/// Forgets challenges a day after they have ended; returns how many. A full batch: there are more. Called by a
/// worker.
pub async fn sweep(clinic: &Clinic) -> Result<usize> {
    let limit = i64::try_from(SWEPT).unwrap_or(i64::MAX);
    let until = clinic.now() - SignedDuration::from_hours(24);
    Ok(queries::delete_old_challenges(&mut *clinic.db().await?, until, limit).await?)
}
