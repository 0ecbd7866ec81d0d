//! The phone number of an account, and the code that proves it.
use crate::schema::lines;
use domain::account::phone::{
    NO_TEXTS, NUMBER_TEXTED_TOO_OFTEN, PHONE_CODE_OVER, TEXT_TOO_SOON, TEXTED_TOO_OFTEN,
    TEXTS_USED_UP, TextLimits,
};
use futures_util::future::join_all;
use jiff::{SignedDuration, Timestamp};
use services::{
    Clinic, Error, Result,
    account::{
        closing,
        phone::{self, PhoneState},
    },
    gateways::Gateways,
    identity::{Caller, Person},
    sms,
};
use testkit::{TestDb, at};

const NOW: &str = "2026-03-02T06:00:00Z";
const NUMBER: &str = "+351 912 345 678";
const E164: &str = "+351912345678";

struct World {
    db: TestDb,
    clinic: Clinic,
    caller: Caller<Person>,
}

impl World {
    /// Somebody with a number that nobody has proven.
    async fn new() -> Self {
        let db = TestDb::at(NOW).await;
        let clinic = db.clinic();
        let person = db.person(&clinic).await;
        let caller = db.caller(&clinic, person.user).await;
        let world = Self { db, clinic, caller };
        phone::change(&world.clinic, &world.caller, NUMBER).await.unwrap();
        world
    }

    async fn another(&self) -> Caller<Person> {
        let person = self.db.person(&self.clinic).await;
        let caller = self.db.caller(&self.clinic, person.user).await;
        phone::change(&self.clinic, &caller, NUMBER).await.unwrap();
        caller
    }

    /// Sets the clock so many seconds after the beginning.
    fn later(&self, seconds: i64) {
        let now: Timestamp = at(NOW) + SignedDuration::from_secs(seconds);
        self.db.set_now(&now.to_string());
    }

    async fn ask(&self) -> Result<()> {
        phone::send_code(&self.clinic, &self.caller).await
    }

    async fn enter(&self, code: &str) -> Result<()> {
        phone::confirm(&self.clinic, &self.caller, code).await
    }

    /// What went to `number`, the oldest first, once all that waits is sent.
    async fn texts(&self, number: &str) -> Vec<String> {
        self.db.execute("UPDATE outbox SET available_at = '2026-03-02'").await;
        while sms::send_waiting(&self.clinic).await.unwrap() > 0 {}
        let sql = format!(
            "SELECT body_text AS line FROM demo_mails WHERE is_text_message AND to_address = '{number}' ORDER BY created_at"
        );
        lines(&self.db, &sql).await
    }

    async fn newest_code(&self) -> String {
        self.texts(E164).await.pop().unwrap()[..6].to_owned()
    }

    async fn state(&self) -> PhoneState {
        phone::phone(&self.clinic, &self.caller).await.unwrap().unwrap().state
    }

    async fn events(&self, action: &str) -> i64 {
        self.db.count(&format!("audit_events WHERE action = '{action}'")).await
    }
}

/// One that is not `code`.
fn other_than(code: &str) -> String {
    format!("{:06}", (code.parse::<u32>().unwrap() + 1) % 1_000_000)
}

fn field(result: Result<()>) -> String {
    match result {
        Err(Error::Invalid(fields)) => fields[0].field.to_string(),
        other => panic!("{other:?}"),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_code_from_the_text_message_proves_the_number() {
    let world = World::new().await;
    assert_eq!(world.state().await, PhoneState::Unconfirmed);
    world.ask().await.unwrap();
    assert_eq!(world.state().await, PhoneState::CodeSent);

    let kept = "SELECT payload::text AS line FROM outbox WHERE topic = 'sms'";
    let waiting = lines(&world.db, kept).await;
    assert!(waiting.len() == 1 && !waiting[0].contains("912"), "{waiting:?}");
    let texts = world.texts(E164).await;
    assert_eq!(texts.len(), 1);
    let code = texts[0][..6].to_owned();
    assert!(!lines(&world.db, kept).await[0].contains(&code));

    assert_eq!(field(world.enter("12").await), "code");
    assert_eq!(field(world.enter(&other_than(&code)).await), "code");
    world.later(599);
    world.enter(&format!(" {} {} ", &code[..3], &code[3..])).await.unwrap();

    assert_eq!(world.state().await, PhoneState::Confirmed(at("2026-03-02T06:09:59Z")));
    let asked = world.events("phone.ask_code").await;
    assert_eq!((asked, world.events("phone.confirm").await), (1, 1));
    // Once it is proven there is nothing to send and nothing to guess.
    world.ask().await.unwrap();
    world.enter("000000").await.unwrap();
    assert_eq!(world.db.count("phone_codes").await, 1);
    assert_eq!(world.events("phone.confirm").await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_code_works_for_ten_minutes_and_is_not_sent_after_them() {
    let world = World::new().await;
    world.ask().await.unwrap();
    let code = world.newest_code().await;
    world.later(600);
    assert!(matches!(world.enter(&code).await, Err(Error::Refused(PHONE_CODE_OVER))));
    assert_eq!(world.state().await, PhoneState::Unconfirmed);

    world.ask().await.unwrap();
    world.later(1_200);
    assert_eq!(world.texts(E164).await.len(), 1);
    assert_eq!(world.db.count("outbox WHERE topic = 'sms' AND done_at IS NULL").await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_code_is_tried_five_times_and_the_next_one_anew() {
    let world = World::new().await;
    world.ask().await.unwrap();
    let code = world.newest_code().await;
    for _ in 0..5 {
        assert_eq!(field(world.enter(&other_than(&code)).await), "code");
    }
    assert!(matches!(world.enter(&code).await, Err(Error::Refused(PHONE_CODE_OVER))));
    assert_eq!(world.state().await, PhoneState::Unconfirmed);

    world.later(60);
    world.ask().await.unwrap();
    let next = world.newest_code().await;
    assert_eq!(field(world.enter(&code).await), "code", "the one before");
    world.enter(&next).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_is_showered_with_codes() {
    let world = World::new().await;
    for sent in 0..6 {
        world.later(sent * 60);
        world.ask().await.unwrap();
        world.later(sent * 60 + 59);
        let soon = world.ask().await;
        let (last, refused) = (sent == 5, soon.unwrap_err());
        let expected = if last { TEXTED_TOO_OFTEN } else { TEXT_TOO_SOON };
        assert!(matches!(refused, Error::Refused(why) if why == expected), "{refused:?}");
    }
    world.later(6_000);
    assert!(matches!(world.ask().await, Err(Error::Refused(TEXTED_TOO_OFTEN))));
    // Another number is no way around it, and neither is another account to the same number.
    phone::change(&world.clinic, &world.caller, "+351 911 111 111").await.unwrap();
    assert!(matches!(world.ask().await, Err(Error::Refused(TEXTED_TOO_OFTEN))));
    for _ in 0..2 {
        phone::send_code(&world.clinic, &world.another().await).await.unwrap();
    }
    let third = phone::send_code(&world.clinic, &world.another().await).await;
    assert!(matches!(third, Err(Error::Refused(NUMBER_TEXTED_TOO_OFTEN))), "{third:?}");
    assert_eq!(world.db.count("phone_codes").await, 8);

    world.later(6_000 + 24 * 3_600);
    assert_eq!(phone::sweep(&world.clinic).await.unwrap(), 6);
    world.ask().await.unwrap();
}

/// Somebody whose number nobody else has.
async fn with_own_number(world: &World, index: usize) -> Caller<Person> {
    let caller = world.another().await;
    let number = format!("+351 913 000 {index:03}");
    phone::change(&world.clinic, &caller, &number).await.unwrap();
    caller
}

fn used_up(result: &Result<()>) -> Option<i64> {
    match result {
        Err(Error::UsedUp(TEXTS_USED_UP, wait)) => Some(wait.as_secs()),
        _ => None,
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn many_accounts_and_numbers_cost_the_clinic_no_more_than_it_pays_for() {
    let world = World::new().await;
    let clinic = world.db.clinic().texting_at_most(TextLimits { an_hour: 3, a_day: 5 });
    let mut callers = Vec::new();
    for index in 0..7 {
        callers.push(with_own_number(&world, index).await);
    }
    let send = async |index: usize| phone::send_code(&clinic, &callers[index]).await;
    for index in 0..3 {
        world.later(60 * i64::try_from(index).unwrap());
        send(index).await.unwrap();
    }
    assert_eq!(used_up(&send(3).await), Some(3_600 - 120));
    assert_eq!(world.events("phone.ask_code").await, 3, "nothing is left of it");
    world.later(3_600);
    send(3).await.unwrap();
    assert_eq!(used_up(&send(4).await), Some(60), "one an hour later than the first");
    world.later(3_660);
    send(4).await.unwrap();
    world.later(3 * 3_600);
    assert_eq!(used_up(&send(5).await), Some(21 * 3_600), "five a day");
    // Codes that are kept no more are older than a day.
    world.later(24 * 3_600);
    phone::sweep(&clinic).await.unwrap();
    send(5).await.unwrap();
    assert_eq!(used_up(&send(6).await), Some(60));
}

#[tokio::test(flavor = "multi_thread")]
async fn many_who_ask_at_once_cost_the_clinic_no_more_than_it_pays_for() {
    let world = World::new().await;
    let clinic = world.db.clinic_with(10).texting_at_most(TextLimits { an_hour: 3, a_day: 100 });
    let mut callers = Vec::new();
    for index in 0..8 {
        callers.push(with_own_number(&world, index).await);
    }
    let mut gate = world.db.gate_at_rows("users").await;
    let open = async {
        gate.wait_for(8).await;
        gate.open().await;
    };
    let each = callers.iter().map(|caller| phone::send_code(&clinic, caller));
    let (outcomes, ()) = tokio::join!(join_all(each), open);
    assert_eq!(outcomes.iter().filter(|outcome| outcome.is_ok()).count(), 3, "{outcomes:?}");
    assert_eq!(outcomes.iter().filter(|outcome| used_up(outcome) == Some(3_600)).count(), 5);
    assert_eq!(world.db.count("outbox WHERE topic = 'sms'").await, 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn two_who_ask_at_once_for_one_number_are_counted_one_after_the_other() {
    let world = World::new().await;
    for _ in 0..7 {
        phone::send_code(&world.clinic, &world.another().await).await.unwrap();
    }
    let (one, other) = (world.another().await, world.another().await);
    let clinic = world.db.clinic_with(8);
    let mut gate = world.db.gate_at_rows("users").await;
    let open = async {
        gate.wait_for(4).await;
        gate.open().await;
    };
    let each = [&one, &one, &other, &other].map(|caller| phone::send_code(&clinic, caller));
    let (outcomes, ()) = tokio::join!(join_all(each), open);
    assert_eq!(outcomes.iter().filter(|outcome| outcome.is_ok()).count(), 1, "{outcomes:?}");
    assert_eq!(world.db.count("phone_codes").await, 8);
}

#[tokio::test(flavor = "multi_thread")]
async fn many_codes_at_once_are_five_codes_and_the_right_one_counts_once() {
    let world = World::new().await;
    let clinic = world.db.clinic_with(10);
    let all_at_once = async |codes: Vec<String>| {
        let mut gate = world.db.gate_at_rows("users").await;
        let waiting = codes.len();
        let open = async {
            gate.wait_for(waiting).await;
            gate.open().await;
        };
        let each = codes.iter().map(|code| phone::confirm(&clinic, &world.caller, code));
        tokio::join!(join_all(each), open).0
    };
    world.ask().await.unwrap();
    let code = world.newest_code().await;
    let wrong = all_at_once(vec![other_than(&code); 8]).await;
    let heard = wrong.iter().filter(|one| matches!(one, Err(Error::Invalid(_)))).count();
    assert_eq!(heard, 5, "{wrong:?}");

    world.later(60);
    world.ask().await.unwrap();
    let code = world.newest_code().await;
    let right = all_at_once(vec![code; 3]).await;
    assert!(right.iter().all(Result::is_ok), "{right:?}");
    assert_eq!(world.events("phone.confirm").await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_code_proves_no_other_number_than_the_one_it_went_to() {
    let world = World::new().await;
    world.ask().await.unwrap();
    let code = world.newest_code().await;
    phone::change(&world.clinic, &world.caller, "+351 911 111 111").await.unwrap();
    assert!(matches!(world.enter(&code).await, Err(Error::Refused(PHONE_CODE_OVER))));
    assert_eq!(world.state().await, PhoneState::Unconfirmed);

    // Neither is the number proven any more that is another one now, whoever changes it.
    world.later(60);
    world.ask().await.unwrap();
    let code = world.texts("+351911111111").await.pop().unwrap()[..6].to_owned();
    world.enter(&code).await.unwrap();
    world.db.execute("UPDATE users SET phone_number = '+351 911 111 112'").await;
    assert_eq!(world.state().await, PhoneState::Unconfirmed);
    // Nor where the same statement says that it is.
    world
        .db
        .execute("UPDATE users SET phone_number = '+351 911 111 113', phone_verified_at = now()")
        .await;
    assert_eq!(world.state().await, PhoneState::Unconfirmed);
}

#[tokio::test(flavor = "multi_thread")]
async fn nobodys_code_proves_the_number_of_another() {
    let world = World::new().await;
    let other = world.another().await;
    world.ask().await.unwrap();
    let code = world.newest_code().await;
    let none = phone::confirm(&world.clinic, &other, &code).await;
    assert!(matches!(none, Err(Error::Refused(PHONE_CODE_OVER))), "{none:?}");
    phone::send_code(&world.clinic, &other).await.unwrap();
    let theirs = world.newest_code().await;
    assert_ne!(code, theirs);
    assert_eq!(field(phone::confirm(&world.clinic, &other, &code).await), "code");
    assert_eq!(field(world.enter(&theirs).await), "code");
    world.enter(&code).await.unwrap();
    phone::confirm(&world.clinic, &other, &theirs).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_number_that_cannot_be_texted_is_said_at_its_field() {
    let world = World::new().await;
    for wrong in ["", "912 345 678", "call me", "+0"] {
        let changed = phone::change(&world.clinic, &world.caller, wrong).await;
        assert_eq!(field(changed), "phone_number", "{wrong}");
    }
    // As the profile takes them.
    world.db.execute("UPDATE users SET phone_number = '912 345 678'").await;
    assert_eq!(field(world.ask().await), "phone_number");
    world.db.execute("UPDATE users SET phone_number = NULL").await;
    assert_eq!(field(world.ask().await), "phone_number");
    assert!(phone::phone(&world.clinic, &world.caller).await.unwrap().is_none());
    assert_eq!(world.db.count("phone_codes").await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn without_anybody_who_carries_them_no_code_is_asked_for() {
    let world = World::new().await;
    let clinic = world.db.clinic().with_gateways(Gateways::default());
    let state = phone::phone(&clinic, &world.caller).await.unwrap().unwrap().state;
    assert_eq!(state, PhoneState::NoTexts);
    let asked = phone::send_code(&clinic, &world.caller).await;
    assert!(matches!(asked, Err(Error::Refused(NO_TEXTS))), "{asked:?}");
    assert_eq!(world.db.count("outbox WHERE topic = 'sms'").await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_closed_account_sends_nothing_more_and_leaves_no_number_behind_after_a_day() {
    let world = World::new().await;
    let person = world.db.person(&world.clinic).await;
    let caller = world.db.caller::<Person>(&world.clinic, person.user).await;
    phone::change(&world.clinic, &caller, NUMBER).await.unwrap();
    phone::send_code(&world.clinic, &caller).await.unwrap();
    closing::close(&world.clinic, &caller, person.password.into(), None).await.unwrap();
    assert_eq!(world.db.count("phone_codes WHERE ended_at IS NULL").await, 0);
    assert!(world.texts(E164).await.is_empty());
    // Else the number could be written to again and again, from one account after the other.
    assert_eq!(world.db.count("phone_codes").await, 1);
    world.later(24 * 60 * 60 + 1);
    phone::sweep(&world.clinic).await.unwrap();
    assert_eq!(world.db.count("phone_codes").await, 0);
}
