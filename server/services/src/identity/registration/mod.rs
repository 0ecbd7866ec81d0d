//! Accounts that somebody asks for, and the proof that the address with which they do is theirs.
//!
//! Whether an address has an account already is nothing that a stranger may find out. So nobody looks while
//! they wait: the same is written and the same is said for every address, and only the mail, which its owner
//! alone reads, goes by what is known of it. For an address that has an account there is no code.
pub(crate) mod queries;

use super::{
    Caller, Person, SignedIn, event,
    keys::{Proof, token_id},
    password, queries as people, throttle,
};
use crate::{
    Clinic, Conn, Error, OnConstraint, Result,
    account::address::queries::is_held,
    audit::{self, Event},
    outbox,
};
use diesel_async::AsyncConnection;
use domain::{
    identity::{
        CheckedRegistration, EMAIL_TAKEN, Email, Registration, Role, UserId,
        proof::{
            CODE_LIFETIME, CODE_TRIES, Code, MAILS_A_DAY, REGISTRATION_OVER, RESEND_TOO_SOON,
            RegistrationId, may_resend,
        },
    },
    mail::Topic,
    zone::Zone,
};
use jiff::{SignedDuration, Timestamp};
use queries::{For, Open};
use serde_json::json;
use std::str::FromStr;

/// Why a code does not work that could be one.
const WRONG_CODE: &str = "That is not the newest code we sent you. Please check the digits.";
const CODE_OVER: &str = "This code works no longer. Ask for a new one below.";

/// All that is wrong with `registration`, or what it says.
fn checked(registration: &Registration) -> Result<(CheckedRegistration, Zone)> {
    let mut problems = Vec::new();
    let checked = registration.check().map_err(|found| problems.extend(found)).ok();
    if !problems.iter().any(|problem| problem.field == "password") {
        problems.extend(password::weakness(registration));
    }
    let checked = checked.filter(|_| problems.is_empty()).ok_or(problems)?;
    let zone = Zone::from_str(&registration.time_zone).unwrap_or_else(|_| Zone::utc());
    Ok((checked, zone))
}

/// Keeps a registration until its address is proven, and sends the mail for that. `previous`, which the same
/// browser had begun, ends.
///
/// Takes as long, and says the same, for an address that is known as for one that is not.
pub async fn begin(
    clinic: &Clinic,
    registration: Registration,
    previous: Option<RegistrationId>,
) -> Result<RegistrationId> {
    let (person, zone) = checked(&registration)?;
    throttle::take_request(clinic).await?;
    let hash = password::hash(clinic, registration.password).await?;
    let now = clinic.now();
    let conn = &mut *clinic.db().await?;
    conn.transaction(async |conn| {
        if let Some(previous) = previous {
            queries::end(conn, previous, now).await?;
        }
        let id = ask(conn, (&person, &zone), For::Newcomer(&hash), now).await?;
        audit::record_in(conn, begun(id)).await?;
        Ok(id)
    })
    .await
}

fn begun(id: RegistrationId) -> Event {
    Event {
        actor: None,
        action: "account.ask",
        subject_type: "registration",
        subject: id.as_uuid(),
        patient: None,
    }
}

/// Makes an account with the role of a patient at once, and sends the mail by which its address is proven.
///
/// Takes as long for an address that is known as for one that is not.
pub async fn register(clinic: &Clinic, registration: Registration) -> Result<SignedIn> {
    let (person, zone) = checked(&registration)?;
    throttle::take_request(clinic).await?;
    let hash = password::hash(clinic, registration.password).await?;
    let user = UserId::generate();
    let now = clinic.now();
    let conn = &mut *clinic.db().await?;
    conn.transaction(async |conn| {
        people::insert_user(conn, user, &person, &hash, &zone)
            .await
            .on_constraint("users_email_unique", EMAIL_TAKEN)?;
        // Looked at after it, so that a change that ends meanwhile is seen.
        if is_held(conn, person.email.as_str(), user, now).await? {
            return Err(EMAIL_TAKEN.into());
        }
        people::insert_role(conn, user, Role::Patient, None).await?;
        ask(conn, (&person, &zone), For::Account(user), now).await?;
        audit::record_in(conn, event(user, "account.register")).await?;
        Ok(SignedIn { user, version: 0 })
    })
    .await
}

/// Writes down that somebody has to prove their address, and asks them to.
async fn ask(
    conn: &mut Conn,
    (person, zone): (&CheckedRegistration, &Zone),
    whose: For<'_>,
    now: Timestamp,
) -> Result<RegistrationId> {
    let id = RegistrationId::generate();
    let is_sent = may_write(conn, person.email.as_str(), now).await?;
    queries::insert(conn, id, (person, zone), whose, is_sent, times(now))
        .await
        .on_constraint("registrations_one_an_account", RESEND_TOO_SOON)?;
    if is_sent {
        enqueue(conn, id, 1).await?;
    }
    Ok(id)
}

fn times(now: Timestamp) -> queries::Times {
    (now, now + CODE_LIFETIME)
}

/// Whether one more mail may go to an address of which nobody has proven that it is theirs. Of two who ask at
/// once, the second is counted after the first.
async fn may_write(conn: &mut Conn, email: &str, now: Timestamp) -> Result<bool> {
    queries::lock_address(conn, email).await?;
    let day = now - SignedDuration::from_hours(24);
    Ok(queries::mails_since(conn, email, day).await? < MAILS_A_DAY)
}

async fn enqueue(conn: &mut Conn, id: RegistrationId, round: i16) -> Result<()> {
    let topic = Topic::ConfirmAddress.as_str();
    let payload = json!({ "registration_id": id, "round": round });
    Ok(outbox::enqueue_in(conn, topic, format!("{topic}/{id}/{round}"), payload).await?)
}

/// A registration, as whoever has begun it sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Waiting {
    /// Where the code went: `a…@example.org`.
    pub address: String,
    /// Whether the newest code can still be tried.
    pub takes_code: bool,
}

impl Waiting {
    fn new(open: &Open, now: Timestamp) -> Self {
        let address = open.email.parse::<Email>().map(|email| email.masked());
        Self {
            address: address.unwrap_or_default(),
            takes_code: open.attempts < CODE_TRIES && open.expires_at > now,
        }
    }
}

/// The registration that a browser has begun; `None` once it has ended.
pub async fn waiting(clinic: &Clinic, id: RegistrationId) -> Result<Option<Waiting>> {
    let open = queries::open(&mut *clinic.db().await?, id).await?;
    Ok(open.map(|open| Waiting::new(&open, clinic.now())))
}

/// Finishes a registration with the code from the mail: makes the account, unless there is one, whose
/// address is proven by this. Five tries a code.
pub async fn enter_code(clinic: &Clinic, id: RegistrationId, code: &str) -> Result<SignedIn> {
    let code = Code::checked("code", code)?;
    throttle::take_request(clinic).await?;
    let now = clinic.now();
    let conn = &mut *clinic.db().await?;
    // A try that fails stays counted, so its error leaves the transaction as a value.
    conn.transaction(async |conn| {
        let Some(open) = queries::take_try(conn, id, now).await? else {
            return Ok(Err(over(conn, id).await?));
        };
        if clinic.keys().code(id.as_uuid(), open.sends) != code {
            return Ok(Err(Error::field("code", WRONG_CODE)));
        }
        finish(conn, &open, now).await
    })
    .await?
}

/// Why no code works any more.
async fn over(conn: &mut Conn, id: RegistrationId) -> Result<Error> {
    Ok(match queries::open(conn, id).await? {
        Some(_) => Error::field("code", CODE_OVER),
        None => REGISTRATION_OVER.into(),
    })
}

/// The address is proven.
async fn finish(conn: &mut Conn, open: &Open, now: Timestamp) -> Result<Result<SignedIn>> {
    let who = match open.user_id {
        Some(user) => {
            let Some(version) = queries::set_verified(conn, user, &open.email).await? else {
                return Ok(Err(REGISTRATION_OVER.into()));
            };
            audit::record_in(conn, event(user, "account.verify_email")).await?;
            SignedIn { user, version }
        }
        None => {
            let user = UserId::generate();
            if is_held(conn, &open.email, user, now).await?
                || !queries::insert_account(conn, open.id, user).await?
            {
                // Only who reads this mail gets here.
                return Ok(Err(EMAIL_TAKEN.into()));
            }
            people::insert_role(conn, user, Role::Patient, None).await?;
            audit::record_in(conn, event(user, "account.register")).await?;
            SignedIn { user, version: 0 }
        }
    };
    queries::end_as(conn, open.id, who.user, now).await?;
    Ok(Ok(who))
}

/// Sends another code, if the last one is a minute old; it ends the one before.
pub async fn resend(clinic: &Clinic, id: RegistrationId) -> Result<()> {
    throttle::take_request(clinic).await?;
    let now = clinic.now();
    let conn = &mut *clinic.db().await?;
    conn.transaction(async |conn| {
        let open = queries::lock_open(conn, id).await?.ok_or(REGISTRATION_OVER)?;
        may_resend(open.sends, open.sent_at, now)?;
        let is_sent = may_write(conn, &open.email, now).await?;
        let round = queries::renew(conn, id, is_sent, times(now)).await?;
        if is_sent {
            enqueue(conn, id, round).await?;
        }
        Ok(())
    })
    .await
}

/// Who follows a link, as far as their browser tells.
#[derive(Debug, Clone, Copy, Default)]
pub struct Follower {
    /// The registration that was begun in the same browser.
    pub registration: Option<RegistrationId>,
    /// Who is signed in there.
    pub user: Option<UserId>,
}

impl Follower {
    fn owns(self, open: &Open) -> bool {
        self.registration == Some(open.id) || self.user.is_some() && self.user == open.user_id
    }
}

/// What the link from a mail leads to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Link {
    /// It can be used. In another browser than the one where the registration was begun only with its
    /// password: somebody who is sent a link they did not ask for makes no account for a stranger.
    Open { address: String, needs_password: bool },
    /// It was used.
    Done,
    /// It never was one, or is none any more.
    Over,
}

/// Looks at the link from a mail. It is not used up by this: programs look at links, too.
pub async fn link(clinic: &Clinic, token: &str, follower: Follower) -> Result<Link> {
    let Some(id) = token_id(token).map(RegistrationId::from) else { return Ok(Link::Over) };
    let conn = &mut *clinic.db().await?;
    let Some(open) = queries::open(conn, id).await? else {
        let done = queries::is_done(conn, id).await?;
        return Ok(if done { Link::Done } else { Link::Over });
    };
    let waiting = Waiting::new(&open, clinic.now());
    let works =
        waiting.takes_code && open.is_sent && clinic.keys().opens(Proof::Link, token, open.sends);
    Ok(match works {
        true => Link::Open { address: waiting.address, needs_password: !follower.owns(&open) },
        false => Link::Over,
    })
}

/// Finishes a registration with the link from the mail, as [`enter_code`] does with the code.
pub async fn follow(
    clinic: &Clinic,
    token: &str,
    follower: Follower,
    password: String,
) -> Result<SignedIn> {
    let id = token_id(token).map(RegistrationId::from).ok_or(REGISTRATION_OVER)?;
    throttle::take_request(clinic).await?;
    let now = clinic.now();
    let open = {
        let conn = &mut *clinic.db().await?;
        let open = queries::open(conn, id).await?.ok_or(REGISTRATION_OVER)?;
        if !clinic.keys().opens(Proof::Link, token, open.sends) {
            return Err(REGISTRATION_OVER.into());
        }
        if password.is_empty() && !follower.owns(&open) {
            return Err(Error::field("password", "Enter the password you chose."));
        }
        // Counted first: of many who try at once, five are heard.
        let mut open = queries::take_try(conn, id, now).await?.ok_or(REGISTRATION_OVER)?;
        if let Some(user) = open.user_id {
            open.password_hash = queries::password_hash(conn, user).await?;
        }
        open
    };
    if !follower.owns(&open)
        && !password::verify(clinic, password, open.password_hash.clone()).await?
    {
        return Err(Error::field("password", "That is not the password you chose."));
    }
    let conn = &mut *clinic.db().await?;
    conn.transaction(async |conn| {
        let open = queries::lock_open(conn, id).await?.ok_or(REGISTRATION_OVER)?;
        finish(conn, &open, now).await
    })
    .await?
}

/// Proves the caller's address with the code from the mail.
pub async fn verify_email(clinic: &Clinic, caller: &Caller<Person>, code: &str) -> Result<()> {
    Code::checked("code", code)?;
    let open = {
        let conn = &mut *clinic.db().await?;
        if queries::account(conn, caller.user).await?.is_email_verified {
            return Ok(());
        }
        queries::open_of(conn, caller.user).await?
    };
    let id = open.ok_or_else(|| Error::field("code", CODE_OVER))?;
    enter_code(clinic, id, code).await.map(|_| ())
}

/// Sends the caller another code. Nothing is sent for an address that is proven.
pub async fn resend_code(clinic: &Clinic, caller: &Caller<Person>) -> Result<()> {
    let (account, open) = {
        let conn = &mut *clinic.db().await?;
        let account = queries::account(conn, caller.user).await?;
        (account, queries::open_of(conn, caller.user).await?)
    };
    match open {
        _ if account.is_email_verified => Ok(()),
        Some(id) => resend(clinic, id).await,
        None => {
            let zone = Zone::from_str(&account.time_zone).unwrap_or_else(|_| Zone::utc());
            let email: Email = account.email.parse().map_err(|_| Error::NotFound)?;
            let (first_name, last_name) = (account.first_name, account.last_name);
            let person = CheckedRegistration { first_name, last_name, email };
            let whose = For::Account(caller.user);
            let now = clinic.now();
            let conn = &mut *clinic.db().await?;
            let asked =
                conn.transaction(async |conn| ask(conn, (&person, &zone), whose, now).await);
            asked.await.map(|_| ())
        }
    }
}

/// How many registrations are forgotten at once.
pub const SWEPT: usize = 500;

/// Forgets registrations a day after their last mail, whatever became of them; returns how many. A full
/// batch: there are more. Called by a worker.
pub async fn sweep(clinic: &Clinic) -> Result<usize> {
    let limit = i64::try_from(SWEPT).unwrap_or(i64::MAX);
    let until = clinic.now() - SignedDuration::from_hours(24);
    Ok(queries::delete_old(&mut *clinic.db().await?, until, limit).await?)
}
