//! Tokens of programs: each of use once, and what happens when one is used again.
use domain::identity::refresh::REFRESH_OVER;
use futures_util::future::join_all;
use jiff::Timestamp;
use services::{
    Clinic, Error, Result, database,
    identity::{
        Keys, signing,
        tokens::{self, Tokens},
    },
    mail,
};
use std::{sync::Arc, time::SystemTime};
use testkit::TestDb;

const NOW: &str = "2026-03-02T06:00:00Z";
const REUSED: &str = "audit_events WHERE action = 'account.token_reused'";

struct World {
    db: TestDb,
    clinic: Clinic,
    person: testkit::Person,
}

impl World {
    async fn new() -> Self {
        let db = TestDb::at(NOW).await;
        let clinic = db.clinic();
        let person = db.person(&clinic).await;
        Self { db, clinic, person }
    }

    async fn open(&self) -> Tokens {
        tokens::open(&self.clinic, self.person.signed_in()).await.unwrap()
    }

    async fn refresh(&self, tokens: &Tokens) -> Result<Tokens> {
        tokens::refresh(&self.clinic, &tokens.refresh.token).await
    }

    async fn takes(&self, tokens: &Tokens) -> bool {
        tokens::actor(&self.clinic, &tokens.access.token).await.unwrap().is_some()
    }
}

fn is_over(result: &Result<Tokens>) -> bool {
    matches!(result, Err(Error::Refused(REFRESH_OVER)))
}

#[tokio::test(flavor = "multi_thread")]
async fn tokens_follow_from_each_other_and_are_kept_only_as_hashes() {
    let world = World::new().await;
    let first = world.open().await;
    let second = world.refresh(&first).await.unwrap();
    let third = world.refresh(&second).await.unwrap();

    assert!(world.takes(&first).await && world.takes(&third).await);
    assert_eq!(world.db.count("token_families").await, 1);
    assert_eq!(world.db.count("refresh_tokens WHERE spent_at IS NULL").await, 1);
    for tokens in [&first, &third] {
        let kept =
            format!("refresh_tokens WHERE refresh_tokens::text LIKE '%{}%'", tokens.refresh.token);
        assert_eq!(world.db.count(&kept).await, 0);
    }
    assert!(is_over(&tokens::refresh(&world.clinic, "nonsense").await));
    assert!(is_over(&tokens::refresh(&world.clinic, "").await));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_that_is_used_again_ends_its_family_and_the_owner_is_told() {
    let world = World::new().await;
    let (first, other) = (world.open().await, world.open().await);
    let second = world.refresh(&first).await.unwrap();
    world.db.set_now("2026-03-02T06:00:11Z");

    assert!(is_over(&world.refresh(&first).await));

    assert!(is_over(&world.refresh(&second).await), "nobody may go on");
    let server = world.db.clinic();
    assert!(tokens::actor(&server, &second.access.token).await.unwrap().is_none());
    assert!(world.takes(&other).await && world.refresh(&other).await.is_ok());
    // Whoever tries once more is not told of again.
    assert!(is_over(&world.refresh(&first).await));
    assert_eq!(world.db.count(REUSED).await, 1);
    for _ in 0..2 {
        world.db.execute(&format!("UPDATE outbox SET available_at = '{NOW}'")).await;
        mail::hand_out(&world.clinic).await.unwrap();
    }
    mail::send_waiting(&world.clinic, "https://medconnect.test").await.unwrap();
    let told = "demo_mails WHERE subject = 'We signed out an app of your MedConnect account' \
        AND body_text LIKE 'Dear Ana Silva,%https://medconnect.test/account/sessions%'";
    assert_eq!(world.db.count(told).await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn who_did_not_get_the_answer_may_ask_once_more_and_nobody_else() {
    let world = World::new().await;
    let first = world.open().await;
    // Both have found the token unused, and wait for whoever changes its family first.
    let mut gate = world.db.gate_at_rows("token_families").await;
    let both = join_all([world.refresh(&first), world.refresh(&first)]);
    let (both, ()) = tokio::join!(both, async {
        gate.wait_for(2).await;
        gate.open().await;
    });
    let [one, other] = <[_; 2]>::try_from(both).unwrap().map(Result::unwrap);
    assert_eq!(world.db.count(REUSED).await, 0);

    // One of the two goes on; the other one was not received, unless by a thief.
    let next = world.refresh(&one).await.unwrap();
    assert!(world.takes(&next).await);
    assert!(is_over(&world.refresh(&other).await));
    assert!(!world.takes(&next).await);
    assert_eq!(world.db.count(REUSED).await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_third_use_at_once_ends_the_family() {
    let world = World::new().await;
    let first = world.open().await;
    let mut gate = world.db.gate_at_rows("token_families").await;
    let all = join_all((0..3).map(|_| world.refresh(&first)));
    let (all, ()) = tokio::join!(all, async {
        gate.wait_for(3).await;
        gate.open().await;
    });

    assert_eq!(all.iter().filter(|answer| is_over(answer)).count(), 1);
    for answer in all.iter().flatten() {
        assert!(!world.takes(answer).await);
    }
    assert_eq!(world.db.count(REUSED).await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_program_is_signed_out_by_either_token_and_by_time() {
    let world = World::new().await;
    let (one, other) = (world.open().await, world.open().await);
    assert!(tokens::sign_out_by_access(&world.clinic, &one.access.token).await.unwrap());
    assert!(!tokens::sign_out_by_access(&world.clinic, &one.access.token).await.unwrap());
    assert!(!world.takes(&one).await && is_over(&world.refresh(&one).await));
    for _ in 0..2 {
        tokens::sign_out_by_refresh(&world.clinic, &other.refresh.token).await.unwrap();
    }
    assert!(!world.takes(&other).await && is_over(&world.refresh(&other).await));
    assert_eq!(world.db.count("audit_events WHERE action = 'account.sign_out'").await, 2);
    assert_eq!(world.db.count(REUSED).await, 0);

    let mut kept = world.open().await;
    for day in 3..=31 {
        world.db.set_now(&format!("2026-03-{day:02}T06:00:00Z"));
        kept = world.refresh(&kept).await.unwrap();
    }
    let unused = world.open().await;
    world.db.set_now("2026-04-29T06:00:00Z");
    kept = world.refresh(&kept).await.unwrap();
    world.db.set_now("2026-04-30T06:00:00Z");
    assert!(is_over(&world.refresh(&unused).await), "thirty days without use");
    world.db.set_now("2026-05-31T06:00:00Z");
    assert!(is_over(&world.refresh(&kept).await), "ninety days in any case");
    world.db.set_now("2026-08-01T06:00:00Z");
    assert!(tokens::sweep(&world.clinic).await.unwrap() > 0);
    assert_eq!(world.db.count("token_families").await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_first_token_is_signed_while_time_goes_on() {
    let world = World::new().await;
    let pool = database::pool(&world.db.owner_url(), 1).unwrap();
    let keys = Keys::derive(&"a secret of the tests alone".to_owned().into()).unwrap();
    let clock = || Timestamp::try_from(SystemTime::now()).unwrap();
    let clinic = Clinic::new(pool, Arc::new(clock), keys);

    let opened = tokens::open(&clinic, world.person.signed_in()).await.unwrap();
    assert!(tokens::actor(&clinic, &opened.access.token).await.unwrap().is_some());
    tokens::refresh(&clinic, &opened.refresh.token).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn servers_have_the_same_keys_and_change_them_together() {
    let world = World::new().await;
    let (server, third) = (world.db.clinic(), world.db.clinic());
    let both = vec![signing::follow_up(&world.clinic), signing::follow_up(&server)];
    for done in world.db.race("signing_keys", both).await {
        done.unwrap();
    }
    assert_eq!(world.db.count("signing_keys").await, 1);
    let first = world.open().await;
    assert!(tokens::actor(&server, &first.access.token).await.unwrap().is_some());

    // An hour before it signs, the next key is there.
    world.db.set_now("2026-04-01T05:30:00Z");
    signing::follow_up(&server).await.unwrap();
    signing::follow_up(&third).await.unwrap();
    assert_eq!(world.db.count("signing_keys").await, 2);
    let keys = signing::public_keys(&server).await.unwrap();
    assert_eq!(keys, signing::public_keys(&third).await.unwrap());
    let of_old = world.open().await;
    world.db.set_now("2026-04-01T06:31:00Z");
    let of_new = tokens::open(&server, world.person.signed_in()).await.unwrap();
    let head = |tokens: &Tokens| tokens.access.token.split('.').next().unwrap().to_owned();
    assert_ne!(head(&of_old), head(&of_new));
    assert!(tokens::actor(&third, &of_new.access.token).await.unwrap().is_some());

    world.db.set_now("2026-04-01T08:00:00Z");
    signing::follow_up(&third).await.unwrap();
    assert_eq!(world.db.count("signing_keys").await, 1);
    assert_eq!(signing::public_keys(&third).await.unwrap().len(), 1);
}
