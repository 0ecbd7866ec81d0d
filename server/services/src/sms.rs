//! Telling people by text message what they wait for, the code that proves their number, and what cannot wait.
//!
//! A message whose answer was lost is sent again, with the same code; it is no other one, and soon given up.
use crate::{
    Clinic, Result,
    account::phone::number_of_code,
    gateways::{OutgoingText, Posted, Silence},
    outbox::{self, Message, SMS},
    readings::alerts,
};
use domain::{
    account::phone::{PhoneCodeId, message as words},
    identity::UserId,
    readings::ReadingAlertId,
};
use serde::Deserialize;

/// What is to be told, as the transaction wrote it that asked for it.
#[derive(Deserialize)]
#[serde(untagged)]
enum Subject {
    Code { phone_code_id: PhoneCodeId },
    Alert { alert_id: ReadingAlertId, user_id: UserId },
}

/// Sends the text messages that are due, a few at a time; returns how many it tried. Called by a worker.
pub async fn send_waiting(clinic: &Clinic) -> Result<usize> {
    let Some(sms) = clinic.gateways().sms.clone() else { return Ok(0) };
    let messages = outbox::take(clinic, SMS).await?;
    for message in &messages {
        // Nothing of the database is held while a message is on its way.
        let posted = match written(clinic, message).await? {
            Ok(Some(text)) => sms.send(&text).await,
            Ok(None) => Ok(Posted::Accepted),
            Err(problem) => Ok(Posted::Refused(problem)),
        };
        match posted {
            Ok(Posted::Accepted) => outbox::settle(clinic, message, Ok(())).await?,
            Ok(Posted::Refused(problem)) => outbox::give_up(clinic, message, &problem).await?,
            Err(Silence(problem)) => outbox::settle(clinic, message, Err(problem)).await?,
        }
    }
    Ok(messages.len())
}

/// What a message says; nothing, once there is a newer code, or this one is of no use.
async fn written(
    clinic: &Clinic,
    message: &Message,
) -> Result<Result<Option<OutgoingText>, String>> {
    let Ok(subject) = Subject::deserialize(&message.payload) else {
        return Ok(Err("the message cannot be read".into()));
    };
    let conn = &mut *clinic.db().await?;
    let phone_code_id = match subject {
        Subject::Code { phone_code_id } => phone_code_id,
        Subject::Alert { alert_id, user_id } => {
            let told = alerts::text_of(conn, user_id, alert_id).await?;
            return Ok(Ok(told.map(|(to, text)| OutgoingText { id: message.id, to, text })));
        }
    };
    let Some(number) = number_of_code(conn, phone_code_id, clinic.now()).await? else {
        return Ok(Ok(None));
    };
    let Ok(to) = number.parse() else { return Ok(Err("nobody can have that number".into())) };
    let code = clinic.keys().code(phone_code_id.as_uuid(), 0);
    Ok(Ok(Some(OutgoingText { id: message.id, to, text: words(code) })))
}
