//! Who is invited, who may accept, and what nobody learns from it.
use super::{NINE, World, form, is_not_found};
use crate::{
    address::{mail_to, token_in},
    schema::lines,
};
use diesel_async::SimpleAsyncConnection;
use domain::{
    booking::AppointmentId,
    proxies::{
        INVITATION_OVER, NOT_YOUR_INVITATION, Scope, TOO_MANY_INVITATIONS, TOO_MANY_PROXIES,
    },
};
use services::{
    Error, Result, family,
    proxies::{self, Invitation},
};

#[tokio::test(flavor = "multi_thread")]
async fn proxies_are_invited_accept_once_and_are_seen_by_both() {
    let world = World::new().await;
    let World { clinic, ana, ben, .. } = &world;
    world.invite(&format!(" {} ", ben.email.to_uppercase()), &["booking"]).await.unwrap();
    let waiting = proxies::grants(clinic, ana).await.unwrap();
    assert_eq!((waiting.len(), waiting[0].proxy_name.as_deref()), (1, None));
    assert!(is_not_found(&world.book(ben, NINE).await), "nothing is open before they accept");

    let mail = mail_to(&world.db, clinic, &ben.email).await.unwrap();
    assert!(!mail.contains("Ana") && !mail.contains("Silva"), "{mail}");
    let token = token_in(&mail);
    let Invitation::Open(invitation) = proxies::invitation(clinic, ben, &token).await.unwrap()
    else {
        panic!("it is Ben's")
    };
    assert_eq!((invitation.name.as_str(), invitation.patient), ("Ana Silva", ana.user));
    proxies::accept(clinic, ben, &token).await.unwrap();
    let again = proxies::accept(clinic, ben, &token).await;
    assert!(matches!(again, Err(Error::Refused(INVITATION_OVER))), "{again:?}");

    let granted = proxies::grants(clinic, ana).await.unwrap();
    assert_eq!(granted[0].proxy_name.as_deref(), Some("Ben Silva"));
    assert_eq!(granted[0].scopes.iter().collect::<Vec<_>>(), [Scope::Visits, Scope::Booking]);
    let acting = proxies::acting_for(clinic, ben).await.unwrap();
    assert_eq!((acting.len(), acting[0].patient), (1, ana.user));
    let told = mail_to(&world.db, clinic, &ana.email).await.unwrap();
    assert!(told.contains("has agreed") && told.contains("/account/proxies"), "{told}");
    let chosen = family::booked_for(clinic, ben).await.unwrap();
    assert_eq!((chosen.len(), chosen[0].name.as_str()), (1, "Ana Silva"));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_invitation_is_for_one_proven_address_and_seven_days() {
    let world = World::new().await;
    let World { db, clinic, ana, ben, .. } = &world;
    let eve = db.patient(clinic).await;
    world.invite(&ben.email, &["visits"]).await.unwrap();
    let token = world.token(&ben.email).await;

    for other in [&eve, ana] {
        let seen = proxies::invitation(clinic, other, &token).await.unwrap();
        assert!(matches!(seen, Invitation::NotYours), "{seen:?}");
        for answer in [
            proxies::accept(clinic, other, &token).await,
            proxies::decline(clinic, other, &token).await,
        ] {
            assert!(matches!(answer, Err(Error::Refused(NOT_YOUR_INVITATION))), "{answer:?}");
        }
    }
    let set =
        |is: bool| format!("UPDATE users SET is_email_verified = {is} WHERE id = '{}'", ben.user);
    db.execute(&set(false)).await;
    let unproven = proxies::accept(clinic, ben, &token).await;
    assert!(matches!(unproven, Err(Error::Refused(NOT_YOUR_INVITATION))), "{unproven:?}");
    db.execute(&set(true)).await;
    for forged in ["", "x", &token[1..], &format!("{token}A")] {
        let over = proxies::accept(clinic, ben, forged).await;
        assert!(matches!(over, Err(Error::Refused(INVITATION_OVER))), "{forged}: {over:?}");
    }

    db.execute("UPDATE proxy_grants SET granted_at = granted_at - interval '168 hours', ends_at = ends_at - interval '168 hours'").await;
    let late = proxies::accept(clinic, ben, &token).await;
    assert!(matches!(late, Err(Error::Refused(INVITATION_OVER))), "{late:?}");
    assert!(matches!(proxies::invitation(clinic, ben, &token).await.unwrap(), Invitation::Over));
    assert!(proxies::grants(clinic, ana).await.unwrap().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_learns_whether_an_address_has_an_account() {
    let world = World::new().await;
    let World { db, clinic, ben, .. } = &world;
    let known = world.invite(&ben.email, &["visits"]).await;
    let unknown = world.invite("nobody@example.org", &["visits"]).await;
    assert!(known.is_ok() && unknown.is_ok());

    let (one, other) = (
        mail_to(db, clinic, &ben.email).await.unwrap(),
        mail_to(db, clinic, "nobody@example.org").await.unwrap(),
    );
    let without_token = |mail: &str| mail.replace(&token_in(mail), "");
    assert_eq!(without_token(&one), without_token(&other));
    let rows = lines(
        db,
        "SELECT scopes::text || num_nonnulls(invited_email, proxy_id, accepted_at, ended_at) AS line FROM proxy_grants",
    );
    assert_eq!(rows.await, ["{visits}1", "{visits}1"]);
    // Who may not see a visit cannot tell it from one that there is not.
    let id = world.visit(NINE).await;
    assert!(!world.sees(id).await && !world.sees(AppointmentId::generate()).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn another_invitation_takes_the_place_of_the_one_before() {
    let world = World::new().await;
    let World { clinic, ana, ben, .. } = &world;
    world.entrust(&["visits"]).await;
    let id = world.visit(NINE).await;

    world.invite(&ben.email, &["health"]).await.unwrap();
    let first = world.token(&ben.email).await;
    world.invite(&ben.email, &["health"]).await.unwrap();
    let second = world.token(&ben.email).await;
    let over = proxies::accept(clinic, ben, &first).await;
    assert!(matches!(over, Err(Error::Refused(INVITATION_OVER))), "{over:?}");
    assert!(world.sees(id).await, "what they may do stays until they accept");
    proxies::accept(clinic, ben, &second).await.unwrap();
    assert!(!world.sees(id).await);
    assert_eq!(proxies::grants(clinic, ana).await.unwrap().len(), 1);
    assert_eq!(world.db.count("audit_events WHERE action = 'proxy.replace'").await, 2);

    world.invite(&ben.email, &["booking"]).await.unwrap();
    let third = world.token(&ben.email).await;
    proxies::decline(clinic, ben, &third).await.unwrap();
    assert!(proxies::accept(clinic, ben, &third).await.is_err());
    assert_eq!(proxies::grants(clinic, ana).await.unwrap().len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn ten_act_at_most_and_ten_invitations_go_out_in_a_day() {
    let world = World::new().await;
    let World { db, clinic, ana, .. } = &world;
    for number in 0..9 {
        world.invite(&format!("{number}@example.org"), &["visits"]).await.unwrap();
    }
    // Two that would each be the tenth, on a day when all others are older.
    db.execute("UPDATE proxy_grants SET granted_at = granted_at - interval '2 days', ends_at = ends_at - interval '2 days'").await;
    let (one, other) = (form("x@example.org", &["visits"]), form("y@example.org", &["visits"]));
    let mut gate = db.gate_at_rows("users").await;
    let open = async {
        gate.wait_for(2).await;
        gate.open().await;
    };
    let (one, other, ()) =
        tokio::join!(proxies::grant(clinic, ana, &one), proxies::grant(clinic, ana, &other), open);
    let refused: Vec<_> = [one, other].into_iter().filter_map(Result::err).collect();
    assert!(matches!(&refused[..], [Error::Refused(TOO_MANY_PROXIES)]), "{refused:?}");

    for grant in proxies::grants(clinic, ana).await.unwrap() {
        proxies::end(clinic, ana, grant.id).await.unwrap();
    }
    for number in 0..9 {
        world.invite(&format!("{number}@example.org"), &["visits"]).await.unwrap();
    }
    let refused = world.invite("last@example.org", &["visits"]).await;
    assert!(matches!(refused, Err(Error::Refused(TOO_MANY_INVITATIONS))), "{refused:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_granted_is_not_for_the_application_to_change() {
    let world = World::new().await;
    let grant = world.entrust(&["visits"]).await;
    let mut app = world.clinic.db().await.unwrap();
    let eve = world.db.patient(&world.clinic).await.user;
    for forbidden in [
        "UPDATE proxy_grants SET scopes = '{visits,booking,health}'".to_owned(),
        "UPDATE proxy_grants SET ends_at = ends_at + interval '1 day'".to_owned(),
        format!("UPDATE proxy_grants SET proxy_id = '{eve}'"),
        "DELETE FROM proxy_grants".to_owned(),
    ] {
        assert!(app.batch_execute(&forbidden).await.is_err(), "{forbidden}");
    }
    proxies::end(&world.clinic, &world.ana, grant).await.unwrap();
    assert!(
        app.batch_execute("UPDATE proxy_grants SET ended_at = NULL, ended_by = NULL")
            .await
            .is_err()
    );
    let mut owner = world.db.owner().await;
    for wrong in ["'{booking}'", "'{}'", "'{visits,all}'"] {
        let insert = format!(
            "INSERT INTO proxy_grants (id, patient_id, invited_email, scopes, ends_at) \
             SELECT gen_random_uuid(), patient_id, 'a@example.org', {wrong}, clock_timestamp() + interval '1 day' FROM proxy_grants"
        );
        assert!(owner.batch_execute(&insert).await.is_err(), "{wrong}");
    }
    let long = "INSERT INTO proxy_grants (id, patient_id, invited_email, scopes, granted_at, ends_at) \
        SELECT gen_random_uuid(), patient_id, 'a@example.org', '{visits}', now(), now() + interval '8761 hours' FROM proxy_grants";
    assert!(owner.batch_execute(long).await.is_err());
}
