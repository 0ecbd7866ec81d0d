//! What ends it: a word of either, time, a closed account, a new password, a block.
use super::{LATER, NINE, NOW, TEN, World, form, is_not_found};
use crate::address::{mail_to, token_in};
use diesel_async::SimpleAsyncConnection;
use domain::{booking::AppointmentId, proxies::ProxyGrantId};
use services::{
    Error,
    account::closing,
    booking::{self, When},
    directory::Page,
    identity::{blocking, reset},
    proxies,
};

#[tokio::test(flavor = "multi_thread")]
async fn what_either_of_them_ends_is_over_at_once() {
    for by_patient in [true, false] {
        let world = World::new().await;
        let World { db, clinic, ana, ben, .. } = &world;
        let grant = world.entrust(&["booking", "health"]).await;
        let id = world.visit(LATER).await;
        assert!(world.sees(id).await);
        let eve = db.patient(clinic).await;
        assert!(is_not_found(&proxies::end(clinic, &eve, grant).await));
        proxies::end(clinic, if by_patient { ana } else { ben }, grant).await.unwrap();
        assert!(is_not_found(&proxies::end(clinic, ana, grant).await), "once");

        assert!(!world.sees(id).await);
        assert!(is_not_found(&world.book(ben, NINE).await));
        assert!(is_not_found(&booking::cancel(clinic, ben, id, None, None).await));
        assert!(is_not_found(&proxies::health(clinic, ben, grant).await));
        assert_eq!(
            booking::visits(clinic, ben, When::Always, Page::first()).await.unwrap().count,
            0
        );
        assert!(proxies::acting_for(clinic, ben).await.unwrap().is_empty());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_clock_of_the_database_ends_a_grant() {
    let world = World::new().await;
    let World { db, clinic, ana, ben, .. } = &world;
    let grant = world.entrust(&["booking", "health"]).await;
    let id = world.visit(LATER).await;
    // Ours says that years have passed, or none: it is not asked.
    db.set_now("2030-01-01T00:00:00Z");
    assert!(world.sees(id).await);
    db.set_now(NOW);
    world.let_time_pass().await;

    assert!(!world.sees(id).await);
    assert!(is_not_found(&world.book(ben, NINE).await));
    assert!(is_not_found(&booking::cancel(clinic, ben, id, None, None).await));
    assert!(is_not_found(&proxies::health(clinic, ben, grant).await));
    assert!(proxies::grants(clinic, ana).await.unwrap().is_empty());
    assert_eq!(proxies::sweep(clinic).await.unwrap(), 1);
    assert_eq!(proxies::sweep(clinic).await.unwrap(), 0);
    assert_eq!(db.count("proxy_grants WHERE ended_at IS NOT NULL AND ended_by IS NULL").await, 1);
}

/// Books, or cancels, as Ben while Ana takes his access back; what came of it.
async fn meanwhile(
    world: &World,
    grant: ProxyGrantId,
    cancels: Option<AppointmentId>,
) -> (bool, bool) {
    let act = async {
        match cancels {
            Some(id) => booking::cancel(&world.clinic, &world.ben, id, None, None).await.is_ok(),
            None => world.book(&world.ben, NINE).await.is_ok(),
        }
    };
    let mut gate = world.db.gate_at_rows("proxy_grants").await;
    let open = async {
        gate.wait_for(2).await;
        gate.open().await;
    };
    let (done, ended, ()) = tokio::join!(act, proxies::end(&world.clinic, &world.ana, grant), open);
    (done, ended.is_ok())
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_booked_or_cancelled_by_a_grant_that_was_taken_back() {
    for cancels in [false, true] {
        let world = World::new().await;
        let grant = world.entrust(&["booking"]).await;
        let id = world.visit(LATER).await;
        let (done, ended) = meanwhile(&world, grant, cancels.then_some(id)).await;
        assert!(ended);
        let theirs = format!(
            "audit_events WHERE actor_id = '{}' AND action LIKE 'appointment.%'",
            world.ben.user
        );
        assert_eq!(world.db.count(&theirs).await, i64::from(done), "all of it or nothing");
        assert!(is_not_found(&world.book(&world.ben, TEN).await));
        world.db.check_rules().await;
    }
}

/// As Ben has read the grant, and writes only after it has ended.
#[tokio::test(flavor = "multi_thread")]
async fn who_has_looked_before_it_ended_books_nothing_after() {
    let world = World::new().await;
    let grant = world.entrust(&["booking"]).await;
    // The booking has passed every check, and waits for the doctor's row, or for the grant's.
    let mut owner = world.db.owner().await;
    owner
        .batch_execute(&format!(
            "BEGIN; UPDATE proxy_grants SET ended_at = clock_timestamp(), ended_by = patient_id WHERE id = '{grant}'"
        ))
        .await
        .unwrap();
    let mut watch = world.db.owner().await;
    let commit = async {
        while lines_waiting(&mut watch).await == 0 {
            tokio::task::yield_now().await;
        }
        owner.batch_execute("COMMIT").await.unwrap();
    };
    let (booked, ()) = tokio::join!(world.book(&world.ben, NINE), commit);
    assert!(is_not_found(&booked), "{booked:?}");
    assert_eq!(world.db.count("appointments").await, 0);
}

/// How many wait for a lock.
async fn lines_waiting(conn: &mut services::Conn) -> i64 {
    use diesel::{QueryableByName, sql_query, sql_types::BigInt};
    use diesel_async::RunQueryDsl;
    #[derive(QueryableByName)]
    struct Waiting {
        #[diesel(sql_type = BigInt)]
        count: i64,
    }
    let sql = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'";
    sql_query(sql).get_result::<Waiting>(conn).await.unwrap().count
}

#[tokio::test(flavor = "multi_thread")]
async fn a_closed_account_grants_nothing_and_is_granted_nothing() {
    for closes_patient in [true, false] {
        let world = World::new().await;
        let World { db, clinic, ana, ben, .. } = &world;
        let grant = world.entrust(&["booking", "health"]).await;
        let who = world.person(if closes_patient { ana } else { ben }).await;
        closing::close(clinic, &who, "purple tractor sings quietly".into(), None).await.unwrap();
        assert_eq!(db.count("proxy_grants WHERE ended_at IS NULL").await, 0);
        if closes_patient {
            assert!(is_not_found(&proxies::health(clinic, ben, grant).await));
            assert!(is_not_found(&world.book(ben, NINE).await));
        } else {
            assert!(proxies::grants(clinic, ana).await.unwrap().is_empty());
        }
        let refused = proxies::grant(clinic, ana, &form("a@example.org", &["visits"])).await;
        assert_eq!(refused.is_err(), closes_patient);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_password_ends_what_was_granted_in_the_last_week() {
    let world = World::new().await;
    let World { db, clinic, ana, .. } = &world;
    world.entrust(&["visits"]).await;
    world.invite("thief@example.org", &["health"]).await.unwrap();
    reset::ask(clinic, &ana.email).await.unwrap();
    let token = token_in(&mail_to(db, clinic, &ana.email).await.unwrap());
    reset::choose(clinic, &token, "eleven calm rivers glowing".into()).await.unwrap();
    assert_eq!(db.count("proxy_grants WHERE ended_at IS NULL").await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn for_who_is_blocked_nobody_acts_and_the_blocked_act_for_nobody() {
    for blocks_patient in [true, false] {
        let world = World::new().await;
        world.entrust(&["visits", "booking", "health"]).await;
        world.book(&world.ben, NINE).await.unwrap();
        let manager = world.db.role_manager(&world.clinic).await;
        let whom = if blocks_patient { world.ana.user } else { world.ben.user };

        blocking::block(&world.clinic, &manager, whom).await.unwrap();

        assert!(proxies::acting_for(&world.clinic, &world.ben).await.unwrap().is_empty());
        let refused = world.book(&world.ben, TEN).await;
        assert!(matches!(refused, Err(Error::NotFound | Error::SignedOut)), "{refused:?}");
        assert_eq!(world.db.count("proxy_grants WHERE ended_at IS NULL").await, 0);
    }
}
