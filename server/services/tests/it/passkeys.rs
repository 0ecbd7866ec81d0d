//! Passkeys: how they are added, what they open, and how they go.
use crate::factor::{World, is_wrong};
use domain::{
    Refusal,
    identity::passkey::{NO_PASSKEYS, PASSKEY_KNOWN, PASSKEYS_FULL, WRONG_PASSKEY},
};
use services::{
    Clinic, Error, Result,
    identity::{
        self, Caller, SignedIn,
        factor::{self, Asked},
        passkeys::{self, Passkey},
        reset,
    },
};
use testkit::{Device, app_code};

pub const ORIGIN: &str = "https://clinic.test";

/// A clinic that people open at [`ORIGIN`], with one person.
pub async fn world() -> World {
    let world = World::new().await;
    World { clinic: world.clinic.clone().reached_at(ORIGIN), ..world }
}

pub fn refused<T>(result: &Result<T>, why: Refusal) -> bool {
    matches!(result, Err(Error::Refused(refusal)) if *refusal == why)
}

/// Lets `device` make a passkey for `caller`; their recovery codes, if it is their first factor.
pub async fn try_add(
    clinic: &Clinic,
    caller: &Caller<identity::Person>,
    device: &mut Device,
) -> Result<Vec<String>> {
    let begun = passkeys::begin_adding(clinic, caller, "Laptop").await?;
    let made = device.create(&begun.options);
    let codes = passkeys::add(clinic, caller, Some(begun.ceremony), "Laptop", &made).await?;
    Ok(codes.iter().map(ToString::to_string).collect())
}

/// A device with a passkey of the world's person.
pub async fn device(world: &World) -> (Device, Vec<String>) {
    let mut device = Device::at(ORIGIN);
    let codes = try_add(&world.clinic, &world.caller, &mut device).await.unwrap();
    (device, codes)
}

pub async fn sign_in(clinic: &Clinic, device: &mut Device) -> Result<SignedIn> {
    let begun = passkeys::begin_sign_in(clinic).await?;
    let shown = device.get(&begun.options);
    passkeys::sign_in(clinic, Some(begun.ceremony), &shown, None).await
}

/// Shows the passkey after the password.
pub async fn second_step(world: &World, device: &mut Device) -> Result<SignedIn> {
    let token = world.token().await;
    let begun = passkeys::begin_second_step(&world.clinic, &token).await?;
    let shown = device.get(&begun.options);
    passkeys::enter(&world.clinic, &token, Some(begun.ceremony), &shown, None).await
}

pub async fn listed(world: &World) -> Vec<Passkey> {
    passkeys::list(&world.clinic, &world.caller).await.unwrap()
}

async fn codes_left(world: &World) -> i64 {
    factor::codes_left(&world.clinic, &world.caller).await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_passkey_opens_the_account_and_its_owner_hears_of_it() {
    let world = world().await;
    let (mut device, codes) = device(&world).await;
    assert_eq!(codes.len(), 10, "the first factor brings recovery codes");
    let added = listed(&world).await;
    assert_eq!((added.len(), added[0].name.as_str(), added[0].last_used_at), (1, "Laptop", None));

    let now = world.later(60);
    let who = sign_in(&world.clinic, &mut device).await.unwrap();

    assert_eq!(who.user, world.person.user);
    assert_eq!(listed(&world).await[0].last_used_at, Some(now));
    assert_eq!(world.audited("sign_in_with_passkey").await, 1);
    assert_eq!(world.db.count("audit_events WHERE action = 'passkey.add'").await, 1);
    assert_eq!(world.db.count("passkey_ceremonies").await, 0, "used up");
    let mails = world.mails().await;
    assert!(mails.contains(&"A passkey was added to your account".to_owned()), "{mails:?}");

    world.later(120);
    sign_in(&world.clinic, &mut device).await.unwrap();
    let told = world.mails().await;
    let new = told.iter().filter(|subject| subject.starts_with("New sign-in")).count();
    assert_eq!(new, 1, "no browser is known here, and of the first nobody is told");
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_has_a_passkey_is_asked_for_it_after_the_password() {
    let world = world().await;
    assert!(world.password().await.unwrap().done().is_some());
    let (mut device, codes) = device(&world).await;
    let token = world.token().await;
    let means = factor::means_of(&world.clinic, &token).await.unwrap();
    assert_eq!((means.app, means.passkeys), (false, true));
    assert!(is_wrong(&world.enter(&token, "000000").await), "no app shows codes");

    let who = second_step(&world, &mut device).await.unwrap();
    assert_eq!(who.user, world.person.user);
    assert_eq!(world.enter(&token, &codes[0]).await.unwrap(), who, "the way out");
    assert_eq!(codes_left(&world).await, 9);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_passkey_shows_once_more_who_somebody_is() {
    let world = world().await;
    let (clinic, caller) = (&world.clinic, &world.caller);
    let (mut device, codes) = device(&world).await;
    assert_eq!(factor::asked(clinic, caller).await.unwrap(), Asked::Code);
    let password = factor::prove(clinic, caller, world.person.password.into(), "").await;
    assert!(password.is_err(), "the password alone is not enough");

    let begun = passkeys::begin_proof(clinic, caller).await.unwrap();
    let shown = device.get(&begun.options);
    passkeys::prove(clinic, caller, Some(begun.ceremony), &shown).await.unwrap();

    let new = factor::replace_codes(clinic, caller).await.unwrap();
    assert_eq!(new.len(), 10);
    assert!(is_wrong(&world.enter(&world.token().await, &codes[0]).await), "the old ones are gone");
}

#[tokio::test(flavor = "multi_thread")]
async fn recovery_codes_come_with_the_first_factor_and_go_with_the_last() {
    let world = world().await;
    let phone = world.phone().await;
    assert_eq!(phone.recovery_codes.len(), 10);
    let (_, codes) = device(&world).await;
    assert!(codes.is_empty(), "they have theirs");
    let renewed = factor::replace_codes(&world.clinic, &world.caller).await;
    assert!(renewed.is_err(), "whoever has an app shows a code of it");

    let (clinic, caller) = (&world.clinic, &world.caller);
    let password = || world.person.password.to_owned();
    factor::turn_off(clinic, caller, password(), &phone.recovery_codes[0]).await.unwrap();
    assert_eq!(codes_left(&world).await, 9, "a passkey is left");
    assert!(world.phone().await.recovery_codes.is_empty());
    passkeys::remove(clinic, caller, listed(&world).await[0].id).await.unwrap();
    assert_eq!(codes_left(&world).await, 9, "the app is left");
    factor::turn_off(clinic, caller, password(), &phone.recovery_codes[1]).await.unwrap();
    assert_eq!(codes_left(&world).await, 0);
    assert!(world.password().await.unwrap().done().is_some(), "the password alone");
}

#[tokio::test(flavor = "multi_thread")]
async fn two_first_factors_at_once_bring_recovery_codes_once() {
    let world = world().await;
    let (clinic, caller) = (&world.clinic, &world.caller);
    factor::begin(clinic, caller).await.unwrap();
    let key = factor::app_key(clinic, caller).await.unwrap().unwrap().secret;
    let code = app_code(&key, clinic.now());
    let mut laptop = Device::at(ORIGIN);

    let mut gate = world.db.gate_in_line("recovery_codes").await;
    let (app, passkey, ()) = tokio::join!(
        factor::turn_on(clinic, caller, &code),
        try_add(clinic, caller, &mut laptop),
        async {
            gate.wait_for(2).await;
            gate.open().await;
        }
    );

    assert_eq!(app.unwrap().len() + passkey.unwrap().len(), 10);
    assert_eq!(codes_left(&world).await, 10);
}

#[tokio::test(flavor = "multi_thread")]
async fn codes_that_are_replaced_in_two_tabs_are_those_of_one_of_them() {
    let world = world().await;
    device(&world).await;
    let mut gate = world.db.gate_in_line("recovery_codes").await;
    let replace = || factor::replace_codes(&world.clinic, &world.caller);
    let (one, other, ()) = tokio::join!(replace(), replace(), async {
        gate.wait_for(2).await;
        gate.open().await;
    });
    assert!(one.is_ok() && other.is_ok());
    assert_eq!(codes_left(&world).await, 10);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_passkey_that_was_removed_opens_nothing_and_its_owner_hears_of_it() {
    let world = world().await;
    let (mut device, _) = device(&world).await;
    let stranger = world.db.person(&world.clinic).await;
    let stranger = world.db.caller(&world.clinic, stranger.user).await;
    let id = listed(&world).await[0].id;
    let theirs = passkeys::remove(&world.clinic, &stranger, id).await;
    assert!(matches!(theirs, Err(Error::NotFound)));

    passkeys::remove(&world.clinic, &world.caller, id).await.unwrap();

    assert!(sign_in(&world.clinic, &mut device).await.is_err());
    let again = passkeys::remove(&world.clinic, &world.caller, id).await;
    assert!(matches!(again, Err(Error::NotFound)));
    assert!(world.password().await.unwrap().done().is_some(), "nothing more is asked for");
    assert_eq!(world.db.count("audit_events WHERE action = 'passkey.remove'").await, 1);
    assert_eq!(codes_left(&world).await, 0);
    let mails = world.mails().await;
    assert!(mails.contains(&"A passkey was removed from your account".to_owned()), "{mails:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_has_more_than_ten_nor_one_twice() {
    let world = world().await;
    let (mut first, _) = device(&world).await;
    let begun = passkeys::begin_adding(&world.clinic, &world.caller, "x").await.unwrap();
    let there = &begun.options["publicKey"]["excludeCredentials"];
    assert_eq!(there.as_array().map(Vec::len), Some(1), "the browser is told of it");
    let selection = &begun.options["publicKey"]["authenticatorSelection"];
    assert_eq!(selection["residentKey"], "required");
    assert_eq!(selection["userVerification"], "required");
    let again = try_add(&world.clinic, &world.caller, &mut first).await;
    assert!(refused(&again, WRONG_PASSKEY), "their browser would have said so");
    let other = world.db.person(&world.clinic).await;
    let other = world.db.caller(&world.clinic, other.user).await;
    let theirs = try_add(&world.clinic, &other, &mut first).await;
    assert!(refused(&theirs, PASSKEY_KNOWN), "nor do two people have one");

    for _ in 0..9 {
        device(&world).await;
    }
    let more = passkeys::begin_adding(&world.clinic, &world.caller, "x").await;
    assert!(refused(&more, PASSKEYS_FULL));
    assert_eq!(listed(&world).await.len(), 10);
}

#[tokio::test(flavor = "multi_thread")]
async fn of_many_added_at_once_no_more_than_ten_are_kept() {
    let world = world().await;
    for _ in 0..9 {
        device(&world).await;
    }
    let mut made = Vec::new();
    for _ in 0..2 {
        let begun = passkeys::begin_adding(&world.clinic, &world.caller, "x").await.unwrap();
        let credential = Device::at(ORIGIN).create(&begun.options);
        made.push((begun.ceremony, credential));
    }
    let add =
        |n: usize| passkeys::add(&world.clinic, &world.caller, Some(made[n].0), "Key", &made[n].1);
    let mut gate = world.db.gate_at_rows("users").await;
    let open = async {
        gate.wait_for(2).await;
        gate.open().await;
    };
    let (one, other, ()) = tokio::join!(add(0), add(1), open);
    assert_eq!(u8::from(one.is_ok()) + u8::from(other.is_ok()), 1, "{one:?} {other:?}");
    assert!(refused(&one, PASSKEYS_FULL) || refused(&other, PASSKEYS_FULL));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_passkey_is_the_factor_that_doctors_and_admins_need() {
    let world = world().await;
    let strict = world.clinic.clone().requiring_factor(true);
    world.db.give_role(world.person.user, "admin").await;
    let admin = async || {
        let actor = identity::actor(&strict, world.person.user).await.unwrap();
        identity::require::<identity::Admin>(actor).map(|_| ())
    };
    assert!(matches!(admin().await, Err(Error::NeedsFactor)));
    let (_device, _) = device(&world).await;
    admin().await.unwrap();
}

/// The owner of the account chooses another password, by the mail that they get.
async fn choose_password(world: &World) {
    reset::ask(&world.clinic, &world.person.email).await.unwrap();
    world.mails().await;
    let link = crate::schema::lines(
        &world.db,
        "SELECT substring(body_text FROM '/reset\\?token=([-_A-Za-z0-9]+)') AS line FROM demo_mails \
         WHERE subject LIKE 'Choose%'",
    )
    .await
    .remove(0);
    reset::choose(&world.clinic, &link, "seven green lamps dancing".into()).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_password_takes_the_passkey_of_whoever_knew_the_old_one_and_leaves_those_of_long_ago()
{
    let world = world().await;
    let (mut planted, _) = device(&world).await;
    choose_password(&world).await;
    assert!(sign_in(&world.clinic, &mut planted).await.is_err(), "added this week");
    assert_eq!(world.db.count("recovery_codes").await, 0);

    let world = self::world().await;
    let (mut own, _) = device(&world).await;
    world.db.execute("UPDATE passkeys SET created_at = created_at - interval '1 year'").await;
    choose_password(&world).await;
    sign_in(&world.clinic, &mut own).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn passkeys_go_with_an_account_that_is_closed_or_was_never_proven() {
    let world = world().await;
    let (mut device, _) = device(&world).await;
    world.db.execute("UPDATE users SET is_active = false").await;
    assert!(sign_in(&world.clinic, &mut device).await.is_err(), "a closed account");
    world.db.execute("UPDATE users SET is_active = true, is_email_verified = false").await;
    // Whoever added it never read the mail of the address; whoever resets the password does.
    choose_password(&world).await;
    assert_eq!(world.db.count("passkeys").await, 0);
    assert_eq!(world.db.count("recovery_codes").await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn where_the_clinic_has_no_name_there_are_no_passkeys() {
    let world = World::new().await;
    for public_url in ["http://192.0.2.7:3000", "http://clinic.test", "https://192.0.2.7"] {
        let clinic = world.clinic.clone().reached_at(public_url);
        assert_eq!(passkeys::origin_of(&clinic), None);
        assert!(refused(&passkeys::begin_sign_in(&clinic).await, NO_PASSKEYS), "{public_url}");
    }
    let local = world.clinic.clone().reached_at("http://127.0.0.1:3000");
    assert_eq!(passkeys::origin_of(&local), Some("http://localhost:3000"));
    let mut device = Device::at("http://localhost:3000");
    try_add(&local, &world.caller, &mut device).await.unwrap();
    sign_in(&local, &mut device).await.unwrap();
}
