//! The private PostgreSQL: what it keeps, what it refuses, and how it comes back.

use std::{
    fs::{self, Permissions},
    os::unix::fs::{MetadataExt as _, PermissionsExt as _},
    path::Path,
};

use gateways::postgres::Cluster;
use secrecy::{ExposeSecret as _, SecretString};

use crate::support::{
    as_app, as_owner, ask, connect, data_dir, kill_postmaster, postmaster, start, start_disposable,
    version_folder,
};

const REMEMBER: &str = "CREATE TABLE notes (body text); INSERT INTO notes VALUES ('kept')";
const RECALL: &str = "SELECT body FROM notes";

#[tokio::test]
async fn what_was_written_is_there_after_the_next_start() {
    let dir = data_dir();
    let cluster = start(&dir).await;
    as_owner(&cluster).await.batch_execute(REMEMBER).await.unwrap();
    cluster.stop().await.unwrap();

    let cluster = start(&dir).await;

    assert_eq!(ask(&as_owner(&cluster).await, RECALL).await, "kept");
    cluster.stop().await.unwrap();
}

#[tokio::test]
async fn an_acknowledged_row_survives_the_death_of_postgresql() {
    let dir = data_dir();
    let cluster = start(&dir).await;
    let owner = as_owner(&cluster).await;
    owner.batch_execute(REMEMBER).await.unwrap();
    kill_postmaster(&dir);
    drop(cluster);

    let cluster = start(&dir).await;

    assert_eq!(ask(&as_owner(&cluster).await, RECALL).await, "kept");
    cluster.stop().await.unwrap();
}

#[tokio::test]
async fn a_postgresql_that_died_is_started_again() {
    let dir = data_dir();
    let cluster = start(&dir).await;
    as_owner(&cluster).await.batch_execute(REMEMBER).await.unwrap();
    assert!(!cluster.revive().await.unwrap());

    kill_postmaster(&dir);
    // Refused as long as a process of the dead one has not noticed.
    while !cluster.revive().await.unwrap_or(false) {}

    assert_eq!(ask(&as_owner(&cluster).await, RECALL).await, "kept");
    cluster.stop().await.unwrap();
}

#[tokio::test]
async fn a_cluster_whose_server_is_gone_is_taken_over() {
    let dir = data_dir();
    drop(start_disposable(&dir).await);
    let running = postmaster(&dir);

    let cluster = start_disposable(&dir).await;

    assert_eq!(postmaster(&dir), running);
    assert_eq!(ask(&as_app(&cluster).await, "SELECT current_user::text").await, "medconnect_app");
    cluster.stop().await.unwrap();
}

#[tokio::test]
async fn a_second_server_on_the_same_folder_is_refused() {
    let dir = data_dir();
    let cluster = start_disposable(&dir).await;

    let refused = Cluster::start(dir.path(), |_| {}).await.unwrap_err().to_string();

    assert!(refused.contains("Another medconnect is using"), "{refused}");
    assert!(refused.contains("MEDCONNECT_DATA_DIR"), "{refused}");
    cluster.stop().await.unwrap();
}

#[tokio::test]
async fn it_is_reached_by_its_own_socket_only() {
    let dir = data_dir();
    let cluster = start_disposable(&dir).await;
    let owner = as_owner(&cluster).await;

    let sockets =
        ask(&owner, "SELECT btrim(current_setting('unix_socket_directories'), '\"')").await;

    assert_eq!(ask(&owner, "SHOW listen_addresses").await, "");
    assert_eq!(fs::metadata(sockets).unwrap().mode() & 0o777, 0o700);
    assert_eq!(fs::metadata(version_folder(&dir).join("passwords")).unwrap().mode() & 0o777, 0o600);
    cluster.stop().await.unwrap();
}

#[tokio::test]
async fn nobody_gets_in_without_the_right_password() {
    let dir = data_dir();
    let cluster = start_disposable(&dir).await;
    let url = cluster.urls().owner.expose_secret();
    let host = url.split_once('@').unwrap().1;

    for stranger in ["medconnect_owner:guess", "medconnect_owner", "postgres"] {
        let url = SecretString::from(format!("postgres://{stranger}@{host}"));
        assert!(connect(&url).await.is_err(), "{stranger}");
    }
    cluster.stop().await.unwrap();
}

#[tokio::test]
async fn the_application_owns_nothing_and_makes_nothing() {
    let dir = data_dir();
    let cluster = start_disposable(&dir).await;
    let app = as_app(&cluster).await;

    let owned = "SELECT count(*)::text FROM pg_shdepend
                 WHERE refobjid = 'medconnect_app'::regrole AND deptype = 'o'";
    assert_eq!(ask(&app, owned).await, "0");

    for forbidden in [
        "CREATE DATABASE mine",
        "CREATE ROLE friend",
        "CREATE TABLE mine (id int)",
        "CREATE TEMP TABLE mine (id int)",
        "CREATE SCHEMA mine",
        "ALTER ROLE medconnect_app SUPERUSER",
        "SET ROLE medconnect_owner",
        "SELECT pg_read_file('postgresql.conf')",
        "COPY (SELECT 1) TO PROGRAM 'true'",
    ] {
        assert!(app.batch_execute(forbidden).await.is_err(), "{forbidden}");
    }
    cluster.stop().await.unwrap();
}

#[tokio::test]
async fn what_people_typed_never_reaches_the_log() {
    let dir = data_dir();
    let cluster = start_disposable(&dir).await;
    let owner = as_owner(&cluster).await;
    owner.batch_execute("CREATE TABLE people (email text PRIMARY KEY)").await.unwrap();

    let insert = "INSERT INTO people VALUES ('hiv-positive@example.test')";
    owner.batch_execute(insert).await.unwrap();
    owner.batch_execute(insert).await.unwrap_err();
    owner.batch_execute("SELECT 'hiv-positive'::int").await.unwrap_err();

    let log = fs::read_to_string(version_folder(&dir).join("server.log")).unwrap();
    assert!(log.contains("ready to accept connections"), "{log}");
    assert!(!log.contains("hiv-positive"), "{log}");
    cluster.stop().await.unwrap();
}

#[tokio::test]
async fn letters_sort_and_fold_the_same_on_every_machine() {
    let dir = data_dir();
    let cluster = start_disposable(&dir).await;
    let owner = as_owner(&cluster).await;

    assert_eq!(ask(&owner, "SHOW server_encoding").await, "UTF8");
    assert_eq!(ask(&owner, "SHOW timezone").await, "UTC");
    assert_eq!(ask(&owner, "SELECT lower('ÅSE')").await, "åse");
    assert_eq!(ask(&owner, "SELECT ('a' > 'B')::text").await, "true");
    cluster.stop().await.unwrap();
}

#[tokio::test]
async fn a_first_start_that_was_interrupted_begins_again() {
    let dir = data_dir();
    let half = dir.path().join("postgres/new-interrupted/data");
    fs::create_dir_all(&half).unwrap();
    fs::write(half.join("PG_VERSION"), "15\n").unwrap();

    let cluster = start_disposable(&dir).await;

    assert!(!half.exists());
    assert_eq!(ask(&as_app(&cluster).await, "SELECT 'works'").await, "works");
    cluster.stop().await.unwrap();
}

#[tokio::test]
async fn data_of_another_version_is_left_alone_with_advice() {
    let dir = data_dir();
    let data = dir.path().join("postgres/99/data");
    fs::create_dir_all(&data).unwrap();
    fs::write(data.join("PG_VERSION"), "99\n").unwrap();

    let refused = Cluster::start(dir.path(), |_| {}).await.unwrap_err().to_string();

    assert!(refused.contains("is of PostgreSQL 99"), "{refused}");
    assert!(refused.contains("apt-get install postgresql-99"), "{refused}");
}

#[tokio::test]
async fn a_path_too_long_for_a_socket_works_all_the_same() {
    let dir = data_dir();
    works_in(&dir.path().join("an/uncommonly/long/path/".repeat(5))).await;
}

#[tokio::test]
async fn a_path_with_odd_letters_works_all_the_same() {
    let dir = data_dir();
    works_in(&dir.path().join(r#"Zoë's "50%", data \ folder"#)).await;
}

#[tokio::test]
async fn a_folder_that_only_its_owner_may_enter_works_all_the_same() {
    let dir = data_dir();
    let closed = dir.path().join("closed");
    fs::create_dir(&closed).unwrap();
    fs::set_permissions(&closed, Permissions::from_mode(0o700)).unwrap();
    works_in(&closed.join("data")).await;
    assert_eq!(fs::metadata(&closed).unwrap().mode() & 0o777, 0o700);
}

/// Starts, stops, starts again, and leaves nothing behind.
async fn works_in(folder: &Path) {
    let cluster = Cluster::start(folder, |_| {}).await.unwrap();
    as_owner(&cluster).await.batch_execute(REMEMBER).await.unwrap();
    cluster.stop().await.unwrap();

    let cluster = Cluster::start(folder, |_| {}).await.unwrap();
    assert_eq!(ask(&as_owner(&cluster).await, RECALL).await, "kept");
    cluster.remove().await.unwrap();
    assert!(!folder.join("postgres").exists());
}
