//! LISTEN: what other servers announce reaches the open pages of this one.
use secrecy::SecretString;
use services::{
    Clinic,
    database::{Unconnected, connect},
    live::{ALERTS, SCHEDULES},
};
use std::{future::poll_fn, time::Duration};
use tokio_postgres::AsyncMessage;

/// How long to wait before connecting again.
const PAUSE: Duration = Duration::from_secs(1);

/// Listens for as long as the server runs; connects again when the database went away.
pub async fn run(clinic: Clinic, database: SecretString) {
    loop {
        if let Err(error) = listen(&clinic, &database).await {
            tracing::warn!(%error, "cannot hear what other servers tell; trying again");
        }
        tokio::time::sleep(PAUSE).await;
    }
}

async fn listen(clinic: &Clinic, database: &SecretString) -> Result<(), Unconnected> {
    let (client, mut link) = connect(database).await?;
    let subscribe = tokio::spawn(async move {
        let done = client.batch_execute(&format!("LISTEN {SCHEDULES}; LISTEN {ALERTS}")).await;
        // The connection lives as long as its client.
        done.map(|()| client)
    });
    while let Some(message) = poll_fn(|context| link.poll_message(context)).await {
        if let AsyncMessage::Notification(notification) = message? {
            clinic.live().publish(notification.channel(), notification.payload());
        }
    }
    subscribe.abort();
    Ok(())
}
