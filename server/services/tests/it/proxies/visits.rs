//! Visits that are seen, booked, moved and cancelled for somebody else.
use super::{LATER, NINE, TEN, World, is_not_found};
use crate::schema::lines;
use domain::booking::VisitKind;
use services::{
    audit::log::{self, LogFilter},
    booking::{self, Change, GroupRequest, IdempotencyKey, When},
    calendar,
    directory::Page,
    family, payments,
};
use testkit::at;

#[tokio::test(flavor = "multi_thread")]
async fn who_sees_visits_sees_them_everywhere_and_changes_none() {
    let world = World::new().await;
    let World { db, clinic, ana, ben, .. } = &world;
    world.entrust(&["visits"]).await;
    let id = world.visit(LATER).await;
    let person = world.person(ben).await;

    let listed = booking::visits(clinic, ben, When::Coming, Page::first()).await.unwrap();
    assert_eq!((listed.count, listed.items[0].id), (1, id));
    let visit = booking::visit(clinic, &person, id).await.unwrap();
    assert!(visit.is_of(ben.user) && visit.is_only_seen() && !visit.is_changed_by(ben.user));
    assert!(visit.is_changed_by(ana.user));
    let token = calendar::issue_feed(clinic, &person).await.unwrap();
    let feed = calendar::read_feed(clinic, &token, "https://clinic.test").await.unwrap();
    assert!(feed.contains("Visit of Ana Silva"), "{feed}");
    assert!(!feed.contains("rash"));
    assert_eq!(
        world.deeds().await,
        ["proxy.accept", "appointment.list", "appointment.read", "appointment.list"]
    );

    let to_ten = Change { start: Some(at(TEN)), reason: None };
    for outcome in [
        booking::change(clinic, ben, id, &to_ten, None).await.map(drop),
        booking::cancel(clinic, ben, id, None, None).await.map(drop),
        booking::plan_following(clinic, ben, id, at(TEN)).await.map(drop),
        payments::begin(clinic, ben, id, "/".into(), None).await.map(drop),
        world.book(ben, NINE).await.map(drop),
        booking::own_visit_at(clinic, ben, ana.user, world.provider, at(LATER)).await.map(drop),
    ] {
        assert!(outcome.is_err(), "{outcome:?}");
    }
    assert!(family::booked_for(clinic, ben).await.unwrap().is_empty());
    assert_eq!(db.count("appointment_changes").await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn who_books_books_moves_and_cancels_and_all_of_it_is_on_record() {
    let world = World::new().await;
    let World { clinic, ana, ben, .. } = &world;
    world.entrust(&["booking"]).await;
    let id = world.book(ben, LATER).await.unwrap().visit.unwrap().id;
    let to_nine = Change { start: Some(at("2026-03-05T10:00:00Z")), reason: Some("Fever".into()) };
    booking::change(clinic, ben, id, &to_nine, None).await.unwrap();
    booking::cancel(clinic, ben, id, None, None).await.unwrap();

    assert_eq!(
        world.deeds().await,
        [
            "proxy.accept",
            "appointment.create",
            "appointment.change_reason",
            "appointment.reschedule",
            "appointment.cancel"
        ]
    );
    let visit = booking::visit(clinic, &world.person(ana).await, id).await.unwrap();
    let history = booking::history(clinic, &visit).await.unwrap();
    assert!(history.iter().all(|change| change.proxy_name.as_deref() == Some("Ben Silva")));
    let log = log::access_log(
        clinic,
        ana,
        LogFilter { others_only: true, ..Default::default() },
        Page::first(),
    );
    assert!(log.await.unwrap().items.iter().any(|line| line.action == "appointment.cancel"
        && line.actor_name.as_deref() == Some("Ben Silva")));
    // What is done to Ana is not for Ben to read.
    let of_ben = log::access_log(clinic, ben, LogFilter::default(), Page::first()).await.unwrap();
    assert!(of_ben.items.iter().all(|line| line.patient == Some(ben.user)));
}

#[tokio::test(flavor = "multi_thread")]
async fn several_visits_are_booked_for_who_lets_them_and_for_nobody_else() {
    let world = World::new().await;
    let World { clinic, ana, ben, .. } = &world;
    let group = || GroupRequest {
        provider: world.provider,
        kind: VisitKind::Video,
        reason: "Flu".into(),
        visits: vec![(ben.user, at(NINE)), (ana.user, at("2026-03-03T09:30:00Z"))],
        every_weeks: None,
    };
    let refused = booking::book_all(clinic, ben, &IdempotencyKey::fresh(), group()).await;
    assert!(is_not_found(&refused), "{refused:?}");
    world.entrust(&["booking"]).await;
    let booked = booking::book_all(clinic, ben, &IdempotencyKey::fresh(), group()).await.unwrap();
    assert_eq!(booked.visits.len(), 2);
    // Not the other way round.
    let key = IdempotencyKey::fresh();
    let back = booking::book_for(clinic, ana, ben.user, &key, world.visit_at(TEN)).await;
    assert!(is_not_found(&back), "{back:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_kept_time_becomes_the_visit_of_who_lets_them() {
    let world = World::new().await;
    let World { db, clinic, ana, ben, .. } = &world;
    world.entrust(&["booking"]).await;
    booking::hold(clinic, ben, world.provider, at(NINE), None).await.unwrap();
    let booked = world.book(ben, NINE).await.unwrap();
    let rows = lines(db, "SELECT id || ' ' || patient_id || ' ' || created_by AS line FROM appointments WHERE status = 'scheduled'").await;
    assert_eq!(rows, [format!("{} {} {}", booked.appointment, ana.user, ben.user)]);
}
