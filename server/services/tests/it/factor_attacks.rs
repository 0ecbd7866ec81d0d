//! What somebody tries who has the password, and not the phone.
use crate::factor::{World, is_wrong};
use domain::identity::{WRONG_CREDENTIALS, factor::CHALLENGE_OVER};
use jiff::SignedDuration;
use services::{
    Error, Result,
    identity::{self, SignIn, SignedIn, factor},
};
use testkit::at;

const NOW: &str = "2026-03-02T06:00:00Z";

fn is_over(result: &Result<SignedIn>) -> bool {
    matches!(result, Err(Error::Refused(CHALLENGE_OVER)))
}

fn waits<T>(result: &Result<T>) -> bool {
    matches!(result, Err(Error::TooMany(_)))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_code_that_was_seen_works_no_second_time() {
    let world = World::new().await;
    let phone = world.phone().await;
    assert!(
        is_wrong(&world.enter(&world.token().await, &phone.code(at(NOW))).await),
        "that of the set-up"
    );
    let (first, second) = (world.token().await, world.token().await);
    let now = world.later(60);
    world.enter(&first, &phone.code(now)).await.unwrap();

    assert!(is_wrong(&world.enter(&second, &phone.code(now)).await));
    // Nor does the one before, which would still be in time.
    let before = now - SignedDuration::from_secs(30);
    assert!(is_wrong(&world.enter(&second, &phone.code(before)).await));
    world.later(90);
    assert!(is_wrong(&world.enter(&second, &phone.code(now)).await));
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_who_show_one_code_at_once_one_is_let_in() {
    let world = World::new().await;
    let phone = world.phone().await;
    let code = phone.code(at(NOW) + SignedDuration::from_secs(60));
    for (table, code) in [("second_factors", &code), ("recovery_codes", &phone.recovery_codes[0])] {
        world.later(0);
        let tokens = [world.token().await, world.token().await];
        world.later(60);
        let mut gate = world.db.gate_at_rows(table).await;
        let both =
            async { tokio::join!(world.enter(&tokens[0], code), world.enter(&tokens[1], code)) };
        let open = async {
            gate.wait_for(2).await;
            gate.open().await;
        };
        let ((one, other), ()) = tokio::join!(both, open);
        assert_eq!(u8::from(one.is_ok()) + u8::from(other.is_ok()), 1, "{one:?} {other:?}");
        assert!(is_wrong(&one) || is_wrong(&other), "{table}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn one_challenge_opens_once_even_for_two_at_once() {
    let world = World::new().await;
    let phone = world.phone().await;
    let token = world.token().await;
    let now = world.later(60);
    let next = now + SignedDuration::from_secs(30);
    let mut gate = world.db.gate_at_rows("sign_in_challenges").await;
    let (now, next) = (phone.code(now), phone.code(next));
    let both = async { tokio::join!(world.enter(&token, &now), world.enter(&token, &next)) };
    let open = async {
        gate.wait_for(2).await;
        gate.open().await;
    };
    let ((one, other), ()) = tokio::join!(both, open);
    assert_eq!(u8::from(one.is_ok()) + u8::from(other.is_ok()), 1, "{one:?} {other:?}");
    assert!(is_over(&one) || is_over(&other));
    assert!(is_over(&world.enter(&token, &phone.recovery_codes[0]).await));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_challenge_ends_with_its_time_with_a_new_password_and_with_the_account() {
    let world = World::new().await;
    let phone = world.phone().await;
    let code = &phone.recovery_codes[0];
    let token = world.token().await;
    world.later(300);
    assert!(is_over(&world.enter(&token, code).await), "five minutes");

    let token = world.token().await;
    world.db.execute("UPDATE users SET access_version = access_version + 1").await;
    assert!(is_over(&world.enter(&token, code).await), "a new password");

    let token = world.token().await;
    world.db.execute("UPDATE users SET is_active = false").await;
    assert!(is_over(&world.enter(&token, code).await), "a closed account");
    assert!(matches!(world.password().await, Err(Error::Refused(WRONG_CREDENTIALS))));
    assert_eq!(world.db.count("recovery_codes WHERE used_at IS NOT NULL").await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn nobodys_code_fits_the_challenge_of_another_and_none_can_be_made_up() {
    let world = World::new().await;
    let phone = world.phone().await;
    let other = world.db.person(&world.clinic).await;
    let others = world.db.phone(&world.clinic, other.user).await;
    let token = world.token().await;
    let now = world.later(60);
    assert!(is_wrong(&world.enter(&token, &others.code(now)).await));
    assert!(is_wrong(&world.enter(&token, &others.recovery_codes[0]).await));

    let mut changed = token.clone();
    changed.replace_range(..2, if token.starts_with("AA") { "AB" } else { "AA" });
    let backwards: String = token.chars().rev().collect();
    for made_up in ["", "x", &changed, &backwards, &token[..token.len() - 2]] {
        assert!(is_over(&world.enter(made_up, &phone.code(now)).await), "{made_up}");
    }
    world.enter(&token, &phone.code(now)).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn codes_cannot_be_tried_through() {
    let world = World::new().await;
    let phone = world.phone().await;
    for _ in 0..5 {
        // Each time with the password anew, and from no browser that we know.
        assert!(is_wrong(&world.enter(&world.token().await, "000000").await));
    }
    let now = world.later(10);
    let token = world.token().await;
    assert!(waits(&world.enter(&token, "000000").await));
    assert!(waits(&world.enter(&token, &phone.code(now)).await), "nobody learns which is right");
    let recovery = &phone.recovery_codes[0];
    assert!(waits(&world.enter(&token, recovery).await), "in the same tally");
    let again = factor::prove(&world.clinic, &world.caller, String::new(), &phone.code(now)).await;
    assert!(waits(&again), "nor where somebody is signed in");
    let off = factor::turn_off(&world.clinic, &world.caller, "guess".into(), recovery).await;
    assert!(waits(&off));

    let now = world.later(75);
    world.enter(&token, &phone.code(now)).await.unwrap();
    assert_eq!(world.db.count("throttles WHERE lane = 'proof'").await, 0, "forgotten");
    assert_eq!(world.db.count("audit_events WHERE action = 'account.code_failed'").await, 5);
}

#[tokio::test(flavor = "multi_thread")]
async fn many_codes_at_once_are_a_few_codes() {
    let world = World::new().await;
    world.phone().await;
    let mut tokens = Vec::new();
    for _ in 0..12 {
        tokens.push(world.token().await);
    }
    let all = tokens.iter().map(|token| world.enter(token, "000000"));
    let answers = futures_util::future::join_all(all).await;
    assert_eq!(answers.iter().filter(|answer| is_wrong(answer)).count(), 5);
    assert_eq!(answers.iter().filter(|answer| waits(answer)).count(), 7);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stranger_without_the_password_does_not_slow_the_owners_code() {
    let world = World::new().await;
    let phone = world.phone().await;
    let browser = identity::known_browser(&world.clinic, world.person.signed_in(), None);
    for _ in 0..8 {
        let wrong = "not the password".into();
        let _ = identity::sign_in(&world.clinic, &world.person.email, wrong, None).await;
        let _ = world.enter("x", "000000").await;
    }
    let (email, password) = (&world.person.email, world.person.password.into());
    let step = identity::sign_in(&world.clinic, email, password, Some(&browser)).await.unwrap();
    let SignIn::NeedsCode(waiting) = step else { panic!("signed in without a code") };
    let now = world.later(60);
    world.enter(&waiting.token, &phone.code(now)).await.unwrap();
}
