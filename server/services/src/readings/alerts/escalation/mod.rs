//! What cannot wait and nobody has seen is told to whom the patient has named for an emergency.
pub mod queries;

use super::record;
use crate::{
    Clinic, Conn, Result,
    account::phone::emergency_number,
    identity::{Caller, Patient},
    outbox::{self, SMS},
    record::read_as,
};
use diesel_async::AsyncConnection;
use domain::{
    account::phone::PhoneNumber,
    identity::UserId,
    readings::{ReadingAlertId, alert_text},
};
use jiff::Timestamp;
use serde_json::json;

/// Whether somebody else can be told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Contact {
    Named,
    /// Or somebody whose number is none that can be called from everywhere.
    Nobody,
    /// Nobody carries text messages for this clinic.
    NoTexts,
}

/// Who is told, should `patient` not see what cannot wait.
pub async fn contact(clinic: &Clinic, patient: &Caller<Patient>) -> Result<Contact> {
    if clinic.gateways().sms.is_none() {
        return Ok(Contact::NoTexts);
    }
    let number = number(&mut *clinic.db().await?, patient.user).await?;
    Ok(number.map_or(Contact::Nobody, |_| Contact::Named))
}

async fn number(conn: &mut Conn, patient: UserId) -> Result<Option<PhoneNumber>> {
    Ok(emergency_number(conn, patient).await?.and_then(|number| number.parse().ok()))
}

/// How many alerts are thought of at once.
const AT_ONCE: i64 = 50;

/// Tells somebody else of what nobody has seen in time; how many alerts that were. Called by a worker. One that fails keeps
/// no other back.
pub async fn escalate(clinic: &Clinic) -> Result<usize> {
    let now = clinic.now();
    let due = queries::due(&mut *clinic.db().await?, now, AT_ONCE).await?;
    let mut done = 0;
    for (id, patient) in due {
        match escalate_one(clinic, patient, id, now).await {
            Ok(true) => {
                done += 1;
                clinic.live().announce_alerts(patient);
            }
            Ok(false) => {}
            Err(error) => error.report(),
        }
    }
    Ok(done)
}

/// Whether nobody else has taken it.
async fn escalate_one(
    clinic: &Clinic,
    patient: UserId,
    id: ReadingAlertId,
    now: Timestamp,
) -> Result<bool> {
    let has_texts = clinic.gateways().sms.is_some();
    let conn = &mut *clinic.db().await?;
    conn.transaction(async |conn| {
        read_as(conn, patient).await?;
        // The alert first, as whoever ends it does.
        if !queries::hold(conn, id).await? || !queries::forget(conn, id).await? {
            return Ok(false);
        }
        if has_texts && number(conn, patient).await?.is_some() {
            tell(conn, patient, id, now).await?;
        }
        Ok(true)
    })
    .await
}

async fn tell(conn: &mut Conn, patient: UserId, id: ReadingAlertId, now: Timestamp) -> Result<()> {
    if !queries::set_escalated(conn, id, now).await? {
        return Ok(());
    }
    record(conn, (None, "alert.escalate"), patient, id).await?;
    let payload = json!({ "alert_id": id, "user_id": patient });
    Ok(outbox::enqueue_in(conn, SMS, format!("{SMS}/alert/{id}/{now}"), payload).await?)
}

/// To whom a text message about an alert goes, and what it says; nothing once it is over or was seen.
pub(crate) async fn text_of(
    conn: &mut Conn,
    patient: UserId,
    id: ReadingAlertId,
) -> Result<Option<(PhoneNumber, String)>> {
    conn.transaction(async |conn| {
        read_as(conn, patient).await?;
        let number = number(conn, patient).await?;
        let name = queries::name_of_unseen(conn, patient, id).await?;
        Ok(number.zip(name.map(|name| alert_text(&name))))
    })
    .await
}
