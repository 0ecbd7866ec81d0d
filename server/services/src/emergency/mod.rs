//! Emergency access ("break-glass"): a doctor opens the record of somebody who is not their patient. The patient
//! and the reviewers hear of it in the transaction that opens it.
mod queries;
pub mod review;

use crate::{
    Clinic, Conn, Error, Result,
    audit::{self, Event},
    identity::{Caller, Doctor, Patient},
    outbox,
    record::has_care,
};
use diesel_async::AsyncConnection;
use domain::{
    emergency::{EmergencyAccessId, EmergencyForm, KnownBy, MOST_AN_HOUR, TOO_MANY},
    identity::UserId,
    mail::Topic,
};
use jiff::Timestamp;
use serde_json::json;

pub use queries::{OpenAccess, PastAccess};

/// How many accesses are shown at once where they are not paged.
const SHOWN: i64 = 20;

/// Opens the record of who `form` names, for an hour; whose it is. Who is their patient anyway, or whose record is
/// open to them, is so without another access. Who has opened as many as one may hears the same whoever is found, but of
/// what they have opened themselves: else it would tell them who has an account.
pub async fn open(
    clinic: &Clinic,
    doctor: &Caller<Doctor>,
    form: &EmergencyForm,
) -> Result<UserId> {
    let provider = doctor.provider()?;
    let today = clinic.now().to_zoned(doctor.zone.rules()).date();
    let asked = form.check(today)?;
    let conn = &mut *clinic.db().await?;
    // What opened nothing is an event, too: it stays.
    conn.transaction(async |conn| {
        // One after the other, so that each counts those before it, and what is pressed twice finds the first.
        queries::lock(conn, doctor.user).await?;
        let found = match &asked.whom {
            KnownBy::Email(email) => queries::by_email(conn, email).await?,
            KnownBy::Birth { first_name, last_name, date_of_birth } => {
                queries::by_birth(conn, (first_name, last_name), *date_of_birth).await?
            }
        };
        if queries::opened_lately(conn, doctor.user).await? >= MOST_AN_HOUR {
            return match found[..] {
                [patient] if queries::is_open(conn, doctor.user, patient).await? => Ok(Ok(patient)),
                _ => unopened(conn, doctor, "emergency.refused", TOO_MANY.into()).await,
            };
        }
        let patient = match found[..] {
            [patient] => patient,
            [] => return unopened(conn, doctor, NOBODY_FOUND, nobody(&asked.whom)).await,
            _ => return unopened(conn, doctor, NOBODY_FOUND, several()).await,
        };
        if patient == doctor.user {
            let own = "This is your own account. You see your record under “Your profile”.";
            return Ok(Err(Error::field(asked.whom.field(), own)));
        }
        let is_open = queries::is_open(conn, doctor.user, patient).await?;
        if !is_open && !has_care(conn, provider, patient).await? {
            open_one(conn, doctor.user, patient, &asked.reason).await?;
        }
        Ok(Ok(patient))
    })
    .await?
}

const NOBODY_FOUND: &str = "emergency.nobody_found";

/// Looking for somebody is an event, too, whoever is found.
async fn unopened(
    conn: &mut Conn,
    doctor: &Caller<Doctor>,
    action: &'static str,
    answer: Error,
) -> Result<Result<UserId>> {
    let event = Event {
        actor: Some(doctor.user),
        action,
        subject_type: "user",
        subject: doctor.user.as_uuid(),
        patient: None,
    };
    audit::record_in(conn, event).await?;
    Ok(Err(answer))
}

fn nobody(whom: &KnownBy) -> Error {
    let message = match whom {
        KnownBy::Email(_) => "Nobody here has this address. Try their name and date of birth.",
        KnownBy::Birth { .. } => {
            "Nobody here has this name and this date of birth. Check the spelling, or try their address."
        }
    };
    Error::field(whom.field(), message)
}

fn several() -> Error {
    let message = "More than one person has this name and date of birth. Use their email address.";
    Error::field("last_name", message)
}

async fn open_one(conn: &mut Conn, doctor: UserId, patient: UserId, reason: &str) -> Result<()> {
    let id = EmergencyAccessId::generate();
    queries::insert(conn, id, (doctor, patient), reason).await?;
    audit::record_in(conn, event(doctor, "emergency.open", id, patient)).await?;
    tell_patient(conn, Topic::EmergencyOpened, id, patient).await?;
    for officer in queries::reviewers(conn, doctor, patient, SHOWN).await? {
        tell(conn, Topic::EmergencyToReview, id, officer).await?;
    }
    Ok(())
}

/// Tells the patient or, where they have no account, whoever acts for them.
async fn tell_patient(
    conn: &mut Conn,
    topic: Topic,
    id: EmergencyAccessId,
    patient: UserId,
) -> Result<()> {
    match queries::who_reads_for(conn, patient).await? {
        Some(reader) => tell(conn, topic, id, reader).await,
        None => Ok(()),
    }
}

async fn tell(conn: &mut Conn, topic: Topic, id: EmergencyAccessId, reader: UserId) -> Result<()> {
    let key = format!("{topic}/{id}/{reader}");
    let payload = json!({ "emergency_id": id, "user_id": reader });
    Ok(outbox::enqueue_in(conn, topic.as_str(), key, payload).await?)
}

/// Gives up, before its hour is over, what the doctor has opened.
pub async fn end(clinic: &Clinic, doctor: &Caller<Doctor>, patient: UserId) -> Result<()> {
    let conn = &mut *clinic.db().await?;
    conn.transaction(async |conn| {
        if let Some(id) = queries::end(conn, doctor.user, patient).await? {
            audit::record_in(conn, event(doctor.user, "emergency.end", id, patient)).await?;
        }
        Ok(())
    })
    .await
}

/// What the doctor has open now, the first to end first.
pub async fn open_now(clinic: &Clinic, doctor: &Caller<Doctor>) -> Result<Vec<OpenAccess>> {
    Ok(queries::open_now(&mut *clinic.db().await?, doctor.user, SHOWN).await?)
}

/// The last accesses to the record of the caller and of those they act for, newest first.
pub async fn of_family(clinic: &Clinic, patient: &Caller<Patient>) -> Result<Vec<PastAccess>> {
    Ok(queries::of_family(&mut *clinic.db().await?, patient.user, SHOWN).await?)
}

/// What a mail may know of an emergency access.
#[derive(Debug, Clone)]
pub(crate) struct Told {
    pub patient: UserId,
    pub patient_name: String,
    pub doctor: String,
    pub opened_at: Timestamp,
    pub is_justified: Option<bool>,
}

pub(crate) async fn told(conn: &mut Conn, id: EmergencyAccessId) -> Result<Option<Told>> {
    Ok(queries::told(conn, id).await?)
}

fn event(actor: UserId, action: &'static str, id: EmergencyAccessId, patient: UserId) -> Event {
    Event {
        actor: Some(actor),
        action,
        subject_type: "emergency_access",
        subject: id.as_uuid(),
        patient: Some(patient),
    }
}
