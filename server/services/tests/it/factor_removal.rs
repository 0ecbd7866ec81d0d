//! A lost phone: nobody gets in by one admin alone, and no owner is left in the dark.
use crate::factor::World;
use domain::Refusal;
use domain::identity::factor::{
    NOT_ALONE, NOT_FOR_ONESELF, REMOVAL_OVER, REMOVAL_WAITS, RemovalId,
};
use services::{
    Error, Result,
    identity::{Caller, RoleManager, factor::removal},
};

const GROUNDS: &str = "Came to the desk with her passport.";

fn refused<T>(result: &Result<T>, why: Refusal) -> bool {
    matches!(result, Err(Error::Refused(refusal)) if *refusal == why)
}

/// What waits, asked for by `admin`.
async fn asked(world: &World, admin: &Caller<RoleManager>) -> RemovalId {
    removal::ask(&world.clinic, admin, &world.person.email, GROUNDS).await.unwrap();
    removal::waiting(&world.clinic, admin).await.unwrap()[0].id
}

#[tokio::test(flavor = "multi_thread")]
async fn two_admins_switch_the_codes_of_a_third_off_and_its_owner_hears_of_both() {
    let world = World::new().await;
    let (one, other) =
        (world.db.role_manager(&world.clinic).await, world.db.role_manager(&world.clinic).await);
    let nothing = removal::ask(&world.clinic, &one, &world.person.email, GROUNDS).await;
    assert!(matches!(nothing, Err(Error::Invalid(_))), "there is no factor");
    world.phone().await;
    let token = world.token().await;
    let bare = removal::ask(&world.clinic, &one, &world.person.email, "ok").await;
    assert!(matches!(bare, Err(Error::Invalid(_))));

    let id = asked(&world, &one).await;
    let again = removal::ask(&world.clinic, &other, &world.person.email, GROUNDS).await;
    assert!(refused(&again, REMOVAL_WAITS));
    assert!(refused(&removal::approve(&world.clinic, &one, id).await, NOT_ALONE));
    assert!(world.password().await.unwrap().done().is_none());

    removal::approve(&world.clinic, &other, id).await.unwrap();

    assert!(world.password().await.unwrap().done().is_some());
    assert!(world.enter(&token, "000000").await.is_err(), "what waited is over");
    assert!(refused(&removal::approve(&world.clinic, &other, id).await, REMOVAL_OVER));
    for action in ["ask_factor_removal", "remove_factor"] {
        let audited =
            format!("audit_events WHERE action = 'account.{action}' AND actor_id IS NOT NULL");
        assert_eq!(world.db.count(&audited).await, 1, "{action}");
    }
    for topic in ["factor_removal_asked", "factor_removed"] {
        let told = format!(
            "outbox WHERE topic = 'account.{topic}' AND payload ->> 'user_id' = '{}'",
            world.person.user
        );
        assert_eq!(world.db.count(&told).await, 1, "{topic}");
    }
    assert_eq!(world.db.count("outbox WHERE payload::text LIKE '%passport%'").await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn no_admin_helps_themselves() {
    let world = World::new().await;
    world.db.give_role(world.person.user, "admin").await;
    let other = world.db.role_manager(&world.clinic).await;
    world.phone().await;
    let own: Caller<RoleManager> = world.db.caller(&world.clinic, world.person.user).await;
    let alone = removal::ask(&world.clinic, &own, &world.person.email, GROUNDS).await;
    assert!(refused(&alone, NOT_FOR_ONESELF));
    let id = asked(&world, &other).await;
    assert!(refused(&removal::approve(&world.clinic, &own, id).await, NOT_ALONE));
    assert!(world.password().await.unwrap().done().is_none());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_nobody_agrees_to_in_a_day_or_somebody_refuses_is_over() {
    let world = World::new().await;
    let (one, other) =
        (world.db.role_manager(&world.clinic).await, world.db.role_manager(&world.clinic).await);
    world.phone().await;
    let id = asked(&world, &one).await;
    world.later(24 * 60 * 60);
    assert!(removal::waiting(&world.clinic, &other).await.unwrap().is_empty());
    assert!(refused(&removal::approve(&world.clinic, &other, id).await, REMOVAL_OVER));

    let id = asked(&world, &one).await;
    removal::refuse(&world.clinic, &other, id).await.unwrap();
    assert!(refused(&removal::approve(&world.clinic, &other, id).await, REMOVAL_OVER));
    assert!(world.password().await.unwrap().done().is_none());
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_becomes_the_second_admin_after_the_first_has_asked() {
    let world = World::new().await;
    let one = world.db.role_manager(&world.clinic).await;
    world.phone().await;
    let id = asked(&world, &one).await;

    let own = world.db.role_manager(&world.clinic).await;

    assert!(refused(&removal::approve(&world.clinic, &own, id).await, NOT_ALONE));
    assert!(world.password().await.unwrap().done().is_none(), "the codes are still asked for");
}
