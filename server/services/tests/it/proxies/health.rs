//! What is said of health, and what somebody takes along of themselves.
use super::{NINE, World, is_not_found};
use diesel_async::SimpleAsyncConnection;
use domain::{account::HealthDetails, identity::UserId};
use services::{
    Clinic, Error,
    account::{self, export},
    proxies,
};

#[tokio::test(flavor = "multi_thread")]
async fn what_is_said_of_health_is_open_to_who_may_read_it_alone() {
    let world = World::new().await;
    let World { db, clinic, ana, ben, .. } = &world;
    let details = HealthDetails { allergies: "Nuts".into(), ..Default::default() };
    account::change_health(clinic, &world.person(ana).await, &details).await.unwrap();

    let visits = world.entrust(&["booking"]).await;
    assert!(is_not_found(&proxies::health(clinic, ben, visits).await));
    assert_eq!(profiles(clinic, ben.user).await, 0, "the wall holds");
    let grant = world.entrust(&["health"]).await;
    let read = proxies::health(clinic, ben, grant).await.unwrap();
    assert_eq!(read.health.allergies.as_deref(), Some("Nuts"));
    assert_eq!(profiles(clinic, ben.user).await, 1);
    assert_eq!(world.deeds().await.last().unwrap(), "health_profile.read");
    assert!(is_not_found(&proxies::health(clinic, &db.patient(clinic).await, grant).await));
    world.let_time_pass().await;
    assert_eq!(profiles(clinic, ben.user).await, 0, "by the clock of the database");
}

/// How many profiles of others the application gets that reads as `reader`.
async fn profiles(clinic: &Clinic, reader: UserId) -> usize {
    use diesel::sql_query;
    use diesel_async::{AsyncConnection, RunQueryDsl};
    let conn = &mut *clinic.db().await.unwrap();
    conn.transaction(async |conn| {
        conn.batch_execute(&format!("SET LOCAL medconnect.reader = '{reader}'")).await?;
        let found = sql_query(format!("SELECT FROM user_profiles WHERE user_id <> '{reader}'"));
        Ok::<_, Error>(found.execute(conn).await?)
    })
    .await
    .unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_download_has_the_grants_and_no_visits_of_others() {
    let world = World::new().await;
    let World { clinic, ana, ben, .. } = &world;
    world.entrust(&["booking"]).await;
    world.visit(NINE).await;
    let of_ana = export::export(clinic, &world.person(ana).await).await.unwrap();
    assert_eq!(of_ana["proxies"][0]["name"], "Ben Silva");
    let of_ben = export::export(clinic, &world.person(ben).await).await.unwrap();
    assert_eq!(of_ben["acting_for"][0]["name"], "Ana Silva");
    assert_eq!(of_ben["visits"].as_array().unwrap().len(), 0);
    assert_eq!(of_ana["visits"].as_array().unwrap().len(), 1);
}
