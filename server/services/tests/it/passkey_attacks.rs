//! Passkeys under attack: what was signed counts once, for whom it was asked, and only as it was asked.
use crate::{
    factor::World,
    passkeys::{ORIGIN, device, refused, second_step, sign_in, try_add, world},
    throttle::{ELSEWHERE, HERE, from},
};
use domain::identity::{
    factor::CHALLENGE_OVER,
    passkey::{CEREMONY_OVER, PASSKEY_COPIED, WRONG_PASSKEY},
};
use services::{Error, identity::passkeys};
use testkit::Device;

#[tokio::test(flavor = "multi_thread")]
async fn what_was_signed_once_opens_nothing_twice() {
    let world = world().await;
    let (mut device, _) = device(&world).await;
    let begun = passkeys::begin_sign_in(&world.clinic).await.unwrap();
    let shown = device.get(&begun.options);
    let show = || passkeys::sign_in(&world.clinic, Some(begun.ceremony), &shown, None);
    let mut gate = world.db.gate_at_rows("passkey_ceremonies").await;
    let open = async {
        gate.wait_for(2).await;
        gate.open().await;
    };
    let (one, other, ()) = tokio::join!(show(), show(), open);
    assert_eq!(u8::from(one.is_ok()) + u8::from(other.is_ok()), 1, "{one:?} {other:?}");
    assert!(refused(&one, CEREMONY_OVER) || refused(&other, CEREMONY_OVER));
    assert!(refused(&show().await, CEREMONY_OVER), "nor later");

    let later = passkeys::begin_sign_in(&world.clinic).await.unwrap();
    let replayed = passkeys::sign_in(&world.clinic, Some(later.ceremony), &shown, None).await;
    assert!(refused(&replayed, WRONG_PASSKEY), "nor for another question");
    let again = device.get(&later.options);
    let late = passkeys::sign_in(&world.clinic, Some(later.ceremony), &again, None).await;
    assert!(refused(&late, CEREMONY_OVER), "a wrong answer uses the question up");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_question_ends_after_five_minutes_and_is_forgotten() {
    let world = world().await;
    let (mut device, _) = device(&world).await;
    let begun = passkeys::begin_sign_in(&world.clinic).await.unwrap();
    let shown = device.get(&begun.options);
    world.later(300);
    let late = passkeys::sign_in(&world.clinic, Some(begun.ceremony), &shown, None).await;
    assert!(refused(&late, CEREMONY_OVER));
    assert_eq!(passkeys::sweep(&world.clinic).await.unwrap(), 0);
    world.later(301);
    assert_eq!(passkeys::sweep(&world.clinic).await.unwrap(), 1);
    let none = passkeys::sign_in(&world.clinic, None, &shown, None).await;
    assert!(refused(&none, CEREMONY_OVER));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_count_that_goes_back_is_refused_and_noted() {
    let world = world().await;
    let (mut device, _) = device(&world).await;
    device.count = 7;
    sign_in(&world.clinic, &mut device).await.unwrap();
    for count in [7, 6, 0] {
        device.count = count;
        assert!(refused(&sign_in(&world.clinic, &mut device).await, PASSKEY_COPIED), "{count}");
        assert!(refused(&second_step(&world, &mut device).await, PASSKEY_COPIED), "{count}");
        world.db.execute("DELETE FROM throttles").await;
    }
    assert_eq!(world.audited("passkey_copied").await, 6);
    let mails = world.mails().await;
    let told = mails.iter().filter(|subject| subject.starts_with("We turned away a passkey"));
    assert_eq!(told.count(), 6, "{mails:?}");
    device.count = 8;
    // Asked before another one was let in: what it is compared with is what is kept now.
    let token = world.token().await;
    let begun = passkeys::begin_second_step(&world.clinic, &token).await.unwrap();
    let shown = device.get(&begun.options);
    sign_in(&world.clinic, &mut device).await.unwrap();
    let copied = passkeys::enter(&world.clinic, &token, Some(begun.ceremony), &shown, None).await;
    assert!(refused(&copied, PASSKEY_COPIED));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_device_that_does_not_know_who_uses_it_or_shows_another_page_is_refused() {
    let world = world().await;
    let mut unsure = Device::at(ORIGIN);
    unsure.verifies = false;
    assert!(try_add(&world.clinic, &world.caller, &mut unsure).await.is_err());
    let (mut device, _) = device(&world).await;
    device.verifies = false;
    assert!(refused(&sign_in(&world.clinic, &mut device).await, WRONG_PASSKEY));
    assert!(refused(&second_step(&world, &mut device).await, WRONG_PASSKEY));
    device.verifies = true;
    for origin in [
        "https://evil.test",
        "https://www.clinic.test",
        "http://clinic.test",
        "https://clinic.test:8443",
    ] {
        world.db.execute("DELETE FROM throttles").await;
        device.origin = origin.to_owned();
        assert!(refused(&sign_in(&world.clinic, &mut device).await, WRONG_PASSKEY), "{origin}");
        assert!(refused(&second_step(&world, &mut device).await, WRONG_PASSKEY), "{origin}");
        let mut fresh = Device::at(origin);
        let added = try_add(&world.clinic, &world.caller, &mut fresh).await;
        assert!(refused(&added, WRONG_PASSKEY), "{origin}");
    }
    device.origin = ORIGIN.to_owned();
    sign_in(&world.clinic, &mut device).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn nobodys_passkey_opens_the_account_of_another() {
    let world = world().await;
    let (mut ours, _) = device(&world).await;
    let other = world.db.person(&world.clinic).await;
    let caller = world.db.caller(&world.clinic, other.user).await;
    let mut theirs = Device::at(ORIGIN);
    try_add(&world.clinic, &caller, &mut theirs).await.unwrap();

    let second = second_step(&world, &mut theirs).await;
    assert!(refused(&second, WRONG_PASSKEY), "after our password");
    let begun = passkeys::begin_proof(&world.clinic, &world.caller).await.unwrap();
    let shown = theirs.get(&begun.options);
    let proven = passkeys::prove(&world.clinic, &world.caller, Some(begun.ceremony), &shown).await;
    assert!(refused(&proven, WRONG_PASSKEY));

    // Their device says to be ours, and names our passkey.
    theirs.user_handle.clone_from(&ours.user_handle);
    assert!(refused(&sign_in(&world.clinic, &mut theirs).await, WRONG_PASSKEY));
    theirs.credential_id.clone_from(&ours.credential_id);
    assert!(refused(&sign_in(&world.clinic, &mut theirs).await, WRONG_PASSKEY));

    // What we were asked, they cannot answer, nor use our answer.
    let begun = passkeys::begin_proof(&world.clinic, &world.caller).await.unwrap();
    let shown = ours.get(&begun.options);
    let stolen = passkeys::prove(&world.clinic, &caller, Some(begun.ceremony), &shown).await;
    assert!(refused(&stolen, CEREMONY_OVER));
    let as_sign_in = passkeys::sign_in(&world.clinic, Some(begun.ceremony), &shown, None).await;
    assert!(refused(&as_sign_in, CEREMONY_OVER), "asked for something else");
    passkeys::prove(&world.clinic, &world.caller, Some(begun.ceremony), &shown).await.unwrap();

    let begun = passkeys::begin_adding(&world.clinic, &world.caller, "x").await.unwrap();
    let made = Device::at(ORIGIN).create(&begun.options);
    let added = passkeys::add(&world.clinic, &caller, Some(begun.ceremony), "x", &made).await;
    assert!(refused(&added, CEREMONY_OVER), "a passkey for us");
}

#[tokio::test(flavor = "multi_thread")]
async fn passkeys_cannot_be_tried_through_and_nonsense_is_no_passkey() {
    let world = world().await;
    let (mut device, codes) = device(&world).await;
    for credential in ["", "{}", "null", "[1]", "{\"id\":7}", &"x".repeat(10_000)] {
        let begun = passkeys::begin_sign_in(&world.clinic).await.unwrap();
        let shown = passkeys::sign_in(&world.clinic, Some(begun.ceremony), credential, None).await;
        assert!(refused(&shown, WRONG_PASSKEY), "{credential}");
    }
    device.verifies = false;
    for _ in 0..5 {
        assert!(refused(&second_step(&world, &mut device).await, WRONG_PASSKEY));
    }
    device.verifies = true;
    let locked = second_step(&world, &mut device).await;
    assert!(matches!(locked, Err(Error::TooMany(_))), "right or not");
    let code = world.enter(&world.token().await, &codes[0]).await;
    assert!(matches!(code, Err(Error::TooMany(_))), "in the same tally");
    assert_eq!(world.audited("passkey_failed").await, 5);
    world.later(60);
    second_step(&world, &mut device).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_knows_the_id_of_a_passkey_makes_nobody_elsewhere_wait() {
    let world = world().await;
    let (mut device, codes) = device(&world).await;
    let mut stranger = Device::at(ORIGIN);
    stranger.credential_id.clone_from(&device.credential_id);
    stranger.user_handle.clone_from(&device.user_handle);
    for _ in 0..5 {
        let shown = from(ELSEWHERE, sign_in(&world.clinic, &mut stranger)).await;
        assert!(refused(&shown, WRONG_PASSKEY));
    }
    for device in [&mut stranger, &mut device] {
        let shown = from(ELSEWHERE, sign_in(&world.clinic, device)).await;
        assert!(matches!(shown, Err(Error::TooMany(_))), "right or not");
    }
    assert_eq!(world.audited("passkey_failed").await, 5);

    from(HERE, sign_in(&world.clinic, &mut device)).await.unwrap();
    second_step(&world, &mut device).await.unwrap();
    world.enter(&world.token().await, &codes[0]).await.unwrap();
    // Nor there, once the pause is over.
    world.later(60);
    from(ELSEWHERE, sign_in(&world.clinic, &mut device)).await.unwrap();
    assert_eq!(world.db.count("throttles WHERE lane = 'credential'").await, 0, "forgotten");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_second_step_ends_with_a_new_password_and_has_a_token() {
    let world = world().await;
    let (mut device, _) = device(&world).await;
    for token in ["", "x"] {
        let made_up = passkeys::begin_second_step(&world.clinic, token).await;
        assert!(refused(&made_up, CHALLENGE_OVER));
    }
    let token = world.token().await;
    let begun = passkeys::begin_second_step(&world.clinic, &token).await.unwrap();
    let shown = device.get(&begun.options);
    world.db.execute("UPDATE users SET access_version = access_version + 1").await;
    let late = passkeys::enter(&world.clinic, &token, Some(begun.ceremony), &shown, None).await;
    assert!(refused(&late, CHALLENGE_OVER));
    assert_used_once(&world, &mut device).await;
}

async fn assert_used_once(world: &World, device: &mut Device) {
    let token = world.token().await;
    let begun = passkeys::begin_second_step(&world.clinic, &token).await.unwrap();
    let shown = device.get(&begun.options);
    passkeys::enter(&world.clinic, &token, Some(begun.ceremony), &shown, None).await.unwrap();
    let again = passkeys::begin_second_step(&world.clinic, &token).await;
    assert!(refused(&again, CHALLENGE_OVER), "a token works once");
}
