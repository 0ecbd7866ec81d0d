//! The trail of events, sealed by a server and looked at from the command line.
use crate::running::{Folder, SECRET, Server};
use secrecy::ExposeSecret;
use std::{path::Path, process::Output, time::Duration};
use testkit::TestDb;
use tokio::process::Command;

const NOW: &str = "2026-03-02T06:00:00Z";

async fn verify(folder: &Path, db: Option<&TestDb>, heads: Option<&Path>) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_medconnect"));
    command
        .args(["audit", "verify"])
        .env("MEDCONNECT_DATA_DIR", folder)
        .env("MEDCONNECT_SECRET", SECRET);
    if let Some(db) = db {
        command.env("DATABASE_URL", db.owner_url().expose_secret());
    }
    if let Some(heads) = heads {
        command.arg("--heads").arg(heads);
    }
    command.output().await.unwrap()
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_seals_what_happened_and_the_command_names_who_touched_it() {
    let db = TestDb::at(NOW).await;
    let folder = Folder::new();
    let heads = folder.0.with_extension("heads");
    db.execute(
        "INSERT INTO audit_events (id, action, subject_type) \
         SELECT gen_random_uuid(), 'account.sign_in', 'user' FROM generate_series(1, 7)",
    )
    .await;
    let noted = heads.to_str().unwrap();
    let server = Server::start_with(&db, &[("MEDCONNECT_AUDIT_HEADS", noted)]).await;
    let mut now_and_then = tokio::time::interval(Duration::from_millis(50));
    while !heads.exists() {
        now_and_then.tick().await;
    }

    let output = verify(&folder.0, Some(&db), Some(&heads)).await;
    assert!(output.status.success(), "{}", said(&output));
    assert!(said(&output).contains("7 events in 1 batches, 0 not sealed yet"), "{}", said(&output));

    db.execute(
        "ALTER TABLE audit_batches DISABLE TRIGGER USER; DELETE FROM audit_batches; \
         ALTER TABLE audit_batches ENABLE TRIGGER USER",
    )
    .await;
    let output = verify(&folder.0, Some(&db), Some(&heads)).await;
    assert_eq!(output.status.code(), Some(1));
    assert!(said(&output).contains("ends before batch 1"), "{}", said(&output));
    std::fs::remove_file(&heads).unwrap();
    server.kill().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_trail_of_a_private_database_is_looked_at_beside_its_server() {
    let folder = Folder::new();
    let server = Server::start_in(&folder.0).await;

    let output = verify(&folder.0, None, None).await;

    assert!(output.status.success(), "{}", said(&output));
    assert_eq!(server.request("GET /readyz HTTP/1.1", "").await.0, 200, "the server goes on");
    server.kill().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_without_a_trail_is_said_to_have_none() {
    let folder = Folder::new();

    let output = verify(&folder.0, None, None).await;

    assert_eq!(output.status.code(), Some(1));
    assert!(said(&output).contains("there is no audit trail yet"), "{}", said(&output));
}
