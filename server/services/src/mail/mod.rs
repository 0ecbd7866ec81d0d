//! Telling people by mail what has happened, once it is committed.
//!
//! In two steps: what happened becomes one message of the outbox for each person it concerns, and each of
//! those becomes a mail, written from how things are by then. What one act did to several visits is one mail
//! to each person, about all of theirs. So nobody is told twice because somebody else
//! could not be told. A mail that was taken over, but not ticked off before the server died, is sent again
//! under the same id.
pub mod demo;

mod news;
mod queries;

use crate::{
    Clinic, Conn, Error, Result,
    booking::reminders,
    gateways::{Mail, OutgoingMail, Posted},
    identity::Keys,
    outbox::{self, MAIL, Message},
};
use diesel_async::AsyncConnection;
use domain::{
    account::{address::AddressChangeId, closing::ClosingId},
    booking::AppointmentId,
    devices::DeviceId,
    directory::ProviderId,
    emergency::EmergencyAccessId,
    identity::{UserId, proof::RegistrationId, reset::ResetId},
    mail::{Reader, Topic, one_line},
    payments::AttemptId,
    proxies::ProxyGrantId,
    waitlist::{WaitlistEntryId, WaitlistOfferId},
};
use jiff::Timestamp;
use news::News;
use queries::Addressee;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// To whom a mail goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Recipient {
    User(UserId),
    Provider(ProviderId),
    /// Whoever reads the mail of the address with which somebody registers.
    Registration(RegistrationId),
    /// Whoever has the account whose password is forgotten.
    Reset(ResetId),
    /// Whoever had the account that was closed.
    Closing(ClosingId),
    /// Whoever reads the mail of the address that an account is to have.
    NewAddress(AddressChangeId),
    /// Whoever reads that of the one it had.
    OldAddress(AddressChangeId),
    /// Whoever reads the mail of the address that somebody is invited by to act for them.
    Invited(ProxyGrantId),
    /// Whoever keeps the heads of the audit trail, at the address that is told along with one.
    Keeper,
}

impl Recipient {
    fn id(self) -> Uuid {
        match self {
            Self::User(user) => user.as_uuid(),
            Self::Provider(provider) => provider.as_uuid(),
            Self::Registration(registration) => registration.as_uuid(),
            Self::Reset(reset) => reset.as_uuid(),
            Self::Closing(closing) => closing.as_uuid(),
            Self::NewAddress(change) | Self::OldAddress(change) => change.as_uuid(),
            Self::Invited(grant) => grant.as_uuid(),
            Self::Keeper => Uuid::nil(),
        }
    }
}

/// What is to be told, as the transaction wrote it that did it.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
struct Subject {
    #[serde(skip_serializing_if = "Option::is_none")]
    appointment_id: Option<AppointmentId>,
    /// That of the visit, after what happened.
    #[serde(skip_serializing_if = "Option::is_none")]
    sequence: Option<i32>,
    /// Where it happened to several visits at once: these, instead of the one above.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    visits: Vec<OneOfSeveral>,
    #[serde(skip_serializing_if = "Option::is_none")]
    attempt_id: Option<AttemptId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    entry_id: Option<WaitlistEntryId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    offer_id: Option<WaitlistOfferId>,
    /// Opens the offer.
    #[serde(skip_serializing_if = "Option::is_none")]
    token: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    provider_id: Option<ProviderId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    registration_id: Option<RegistrationId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reset_id: Option<ResetId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    closing_id: Option<ClosingId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    change_id: Option<AddressChangeId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    emergency_id: Option<EmergencyAccessId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    grant_id: Option<ProxyGrantId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    device_id: Option<DeviceId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    user_id: Option<UserId>,
    /// On what, from where and when somebody has signed in; or when somebody was to be reminded.
    #[serde(skip_serializing_if = "Option::is_none")]
    device: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    network: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    at: Option<Timestamp>,
    /// A head of the audit trail, as it is noted, and the address where it is kept.
    #[serde(skip_serializing_if = "Option::is_none")]
    head: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    keeper: Option<String>,
    /// Which of the mails about a registration it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    round: Option<i16>,
}

/// One of several visits to which the same happened.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
struct OneOfSeveral {
    appointment_id: AppointmentId,
    /// After what happened.
    sequence: i32,
}

impl Subject {
    /// What is told of these visits.
    fn of(visits: Vec<OneOfSeveral>) -> Self {
        if let [OneOfSeveral { appointment_id, sequence }] = visits[..] {
            let (appointment_id, sequence) = (Some(appointment_id), Some(sequence));
            return Self { appointment_id, sequence, ..Self::default() };
        }
        Self { visits, ..Self::default() }
    }
}

/// One mail that is to be written.
#[derive(Debug, Serialize, Deserialize)]
struct Errand {
    topic: Topic,
    to: Recipient,
    of: Subject,
}

/// The topics that people are told of.
fn topics() -> Vec<&'static str> {
    Topic::ALL.iter().map(|topic| topic.as_str()).collect()
}

/// How much of what has happened is looked at in one go.
const AT_ONCE: i64 = 100;

/// Makes of what has happened one message for each person it concerns; returns how much it looked at. What
/// happened before there was mail is no news any more. Called by a worker.
pub async fn hand_out(clinic: &Clinic) -> Result<usize> {
    if clinic.gateways().mail.is_none() {
        return Ok(0);
    }
    let messages = outbox::take_of(clinic, &topics(), AT_ONCE).await?;
    for message in &messages {
        let done = match message.is_stale {
            true => Ok(()),
            false => {
                let conn = &mut *clinic.db().await?;
                conn.transaction(async |conn| hand_out_one(conn, message).await).await?
            }
        };
        outbox::settle(clinic, message, done).await?;
    }
    Ok(messages.len())
}

/// Handed out twice, there is still one message for each person.
async fn hand_out_one(conn: &mut Conn, message: &Message) -> Result<Result<(), String>> {
    let (Ok(topic), Ok(of)) =
        (message.topic.parse::<Topic>(), Subject::deserialize(&message.payload))
    else {
        return Ok(Err("the message cannot be read".into()));
    };
    for &reader in topic.readers() {
        for (to, of) in addressed(conn, topic, reader, &of).await? {
            let errand = serde_json::to_value(Errand { topic, to, of });
            let errand = errand.map_err(|error| Error::Internal(error.into()))?;
            let key = format!("{MAIL}/{}/{}", message.id, to.id());
            outbox::enqueue_in(conn, MAIL, key, errand).await?;
        }
    }
    Ok(Ok(()))
}

/// Each person who reads as `reader`, and what they are told: of several visits those that are theirs.
async fn addressed(
    conn: &mut Conn,
    topic: Topic,
    reader: Reader,
    of: &Subject,
) -> Result<Vec<(Recipient, Subject)>> {
    if of.visits.is_empty() {
        let to = recipient(conn, topic, reader, of).await?;
        return Ok(to.map(|to| (to, of.clone())).into_iter().collect());
    }
    let ids: Vec<_> = of.visits.iter().map(|visit| visit.appointment_id).collect();
    let parties = queries::parties_of_visits(conn, &ids).await?;
    let mut each: Vec<(Recipient, Vec<OneOfSeveral>)> = Vec::new();
    for &visit in &of.visits {
        let party = parties.iter().find(|party| party.appointment_id == visit.appointment_id);
        let Some(to) = party.and_then(|party| party.parties.recipient(reader)) else { continue };
        match each.iter_mut().find(|(known, _)| *known == to) {
            Some((_, theirs)) => theirs.push(visit),
            None => each.push((to, vec![visit])),
        }
    }
    Ok(each.into_iter().map(|(to, theirs)| (to, Subject::of(theirs))).collect())
}

/// Who reads as `reader`; nobody, where there is no such person or they have no address.
async fn recipient(
    conn: &mut Conn,
    topic: Topic,
    reader: Reader,
    of: &Subject,
) -> Result<Option<Recipient>> {
    let parties = match of {
        Subject { appointment_id: Some(id), .. } => queries::parties_of_visit(conn, *id).await?,
        Subject { offer_id: Some(id), .. } => queries::parties_of_offer(conn, *id).await?,
        Subject { entry_id: Some(id), .. } => queries::parties_of_entry(conn, *id).await?,
        _ => None,
    };
    let told = parties.and_then(|parties| parties.recipient(reader));
    Ok(match reader {
        Reader::Patient => told,
        Reader::Doctor => of.provider_id.map(Recipient::Provider).or(told),
        Reader::Owner => of
            .registration_id
            .map(Recipient::Registration)
            .or(of.reset_id.map(Recipient::Reset))
            .or(of.closing_id.map(Recipient::Closing))
            .or(of.change_id.map(match topic {
                Topic::AddressChanged => Recipient::OldAddress,
                _ => Recipient::NewAddress,
            }))
            .or(of.grant_id.map(Recipient::Invited))
            .or(of.user_id.map(Recipient::User))
            .or(of.keeper.is_some().then_some(Recipient::Keeper)),
    })
}

/// What became of one mail.
enum Sent {
    /// Or there is nothing to be said any more.
    Done,
    NotYet(String),
    Never(String),
}

/// Sends the mails that are due, a few at a time; returns how many it tried. `public_url` is the address
/// people use. Called by a worker.
pub async fn send_waiting(clinic: &Clinic, public_url: &str) -> Result<usize> {
    let Some(mail) = clinic.gateways().mail.clone() else { return Ok(0) };
    let messages = outbox::take(clinic, MAIL).await?;
    for message in &messages {
        match send(clinic, mail.as_ref(), message, public_url).await? {
            Sent::Done => outbox::settle(clinic, message, Ok(())).await?,
            Sent::NotYet(problem) => outbox::settle(clinic, message, Err(problem)).await?,
            Sent::Never(problem) => outbox::give_up(clinic, message, &problem).await?,
        }
    }
    Ok(messages.len())
}

async fn send(
    clinic: &Clinic,
    mail: &dyn Mail,
    message: &Message,
    public_url: &str,
) -> Result<Sent> {
    let Ok(errand) = Errand::deserialize(&message.payload) else {
        return Ok(Sent::Never("the message cannot be read".into()));
    };
    let written = {
        let conn = &mut *clinic.db().await?;
        let reader = match errand.of.keeper.as_deref() {
            Some(address) => Some(Addressee::keeper(address)),
            None => queries::addressee(conn, errand.to).await?,
        };
        let Some(reader) = reader else { return Ok(Sent::Done) };
        if let Some(choice) = errand.topic.choice()
            && queries::declines(conn, errand.to, choice).await?
        {
            return Ok(Sent::Done);
        }
        let place =
            Place { public_url, sender: mail.sender(), now: clinic.now(), keys: clinic.keys() };
        let written = news::write(conn, &errand, &reader, &place).await?;
        written.map(|News { letter, calendars, visits }| {
            let outgoing = OutgoingMail {
                id: message.id,
                to_name: one_line(&reader.name),
                to_address: reader.email,
                subject: letter.subject.clone(),
                text: letter.text(),
                html: letter.html(),
                calendars,
            };
            (outgoing, visits)
        })
    };
    // Nothing of the database is held while the mail is on its way.
    let Some((outgoing, visits)) = written else { return Ok(Sent::Done) };
    Ok(match mail.send(&outgoing).await {
        Ok(Posted::Accepted) => {
            if let Some(kind) = errand.topic.reminder() {
                reminders::sent(clinic, kind, &visits).await?;
            }
            Sent::Done
        }
        Ok(Posted::Refused(problem)) => Sent::Never(problem),
        Err(silence) => Sent::NotYet(silence.0),
    })
}

/// Where and when a mail is written.
struct Place<'a> {
    public_url: &'a str,
    sender: &'a str,
    now: Timestamp,
    keys: &'a Keys,
}
