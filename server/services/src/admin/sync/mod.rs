//! Hospitals hear in their own systems who works there: after the commit, until they have.
mod queries;

use crate::{
    Clinic, Conn, Result,
    identity::{Admin, Caller},
    outbox::{self, Message},
};
use domain::directory::{HospitalId, ProviderId, SyncState};
use serde::Deserialize;

pub use queries::SyncLine;

/// The messages of the outbox that are for the systems of hospitals.
const TOPIC: &str = "hospital.sync";

#[derive(Debug, Deserialize)]
struct Payload {
    hospital_id: HospitalId,
    provider_id: ProviderId,
}

/// Has each place told whether the doctor works there now.
pub(super) async fn ask_in(
    conn: &mut Conn,
    provider: ProviderId,
    version: i32,
    places: &[(HospitalId, bool)],
) -> Result<()> {
    queries::ask_syncs(conn, provider, places).await?;
    for (hospital, _) in places {
        let key = format!("{TOPIC}/{hospital}/{provider}/{version}");
        let payload = serde_json::json!({ "hospital_id": hospital, "provider_id": provider });
        outbox::enqueue_in(conn, TOPIC, key, payload).await?;
    }
    Ok(())
}

/// What the hospital's own system was told last, the newest first; at most twenty.
pub async fn syncs(clinic: &Clinic, _: &Caller<Admin>, id: HospitalId) -> Result<Vec<SyncLine>> {
    Ok(queries::syncs(&mut *clinic.db().await?, id).await?)
}

/// Tells hospitals what they are waiting for, a few at a time; returns how many it tried. Called by a worker.
pub async fn tell_waiting(clinic: &Clinic) -> Result<usize> {
    let messages = outbox::take(clinic, TOPIC).await?;
    let count = messages.len();
    for message in messages {
        let told = tell(clinic, &message).await?;
        outbox::settle(clinic, &message, told).await?;
    }
    Ok(count)
}

/// Tells one hospital how things are now, whenever it was asked for. `Err`: why it did not hear it.
async fn tell(clinic: &Clinic, message: &Message) -> Result<Result<(), String>> {
    let Ok(Payload { hospital_id, provider_id }) = Payload::deserialize(&message.payload) else {
        return Ok(Err("the message cannot be read".into()));
    };
    let known = queries::affiliation(&mut *clinic.db().await?, hospital_id, provider_id).await?;
    // Gone in the meantime: there is nobody to tell, or nothing.
    let Some(affiliation) = known else { return Ok(Ok(())) };
    let system = &clinic.gateways().hospitals;
    let answer = system.tell(&affiliation).await;
    let conn = &mut *clinic.db().await?;
    match answer {
        Ok(()) => {
            queries::set_told(conn, &affiliation, system.name(), clinic.now()).await?;
            Ok(Ok(()))
        }
        Err(silence) => {
            let state = if message.is_last_try() { SyncState::Failed } else { SyncState::Waiting };
            queries::set_untold(conn, hospital_id, provider_id, state, &silence.0).await?;
            Ok(Err(silence.0))
        }
    }
}
