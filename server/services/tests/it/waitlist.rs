//! Waiting for a time, and being offered one.
use crate::schema::lines;
use domain::{
    booking::{AppointmentId, BookingRequest, SLOT_TAKEN, VisitKind},
    directory::{ProviderId, Specialty},
    identity::UserId,
    money::{Currency, Money},
    waitlist::{
        ACCEPTED_ALREADY, EntryStatus, OFFER_OVER, PRICE_CHANGED, Target, WAITING_ALREADY,
        WAITING_TOO_MUCH, WaitRequest, WaitlistEntryId, Weekdays,
    },
};
use jiff::civil::{Time, date};
use services::{
    Clinic, Error, Result,
    booking::{self, IdempotencyKey, When},
    directory::Page,
    identity::{Caller, Patient, Person},
    waitlist::{self, OfferedTime},
};
use testkit::{FEE, TestDb, at};

/// Ten in the morning: nobody is asked at night.
const NOW: &str = "2026-03-02T10:00:00Z";
const NINE: &str = "2026-03-03T09:00:00Z";
const TEN: &str = "2026-03-03T10:00:00Z";

/// Someone who would take nine o'clock on the third of March and nothing else.
pub fn nine(target: Target) -> WaitRequest {
    WaitRequest {
        target,
        hospital: None,
        city: None,
        kinds: VisitKind::Video.into(),
        weekdays: Weekdays::ALL.into_iter().collect(),
        starts: Time::constant(9, 0, 0, 0),
        ends: Time::constant(9, 30, 0, 0),
        from: date(2026, 3, 3),
        until: date(2026, 3, 3),
        reason: "A cough that stays".into(),
    }
}

async fn book(
    clinic: &Clinic,
    patient: &Caller<Patient>,
    provider: ProviderId,
    start: &str,
) -> Result<AppointmentId> {
    let key = IdempotencyKey::checked(&uuid::Uuid::now_v7().to_string()).unwrap();
    let (kind, reason) = (VisitKind::Video, "Cough".to_owned());
    let request = BookingRequest { provider, start: at(start), kind, reason, place: None };
    Ok(booking::book(clinic, patient, &key, request).await?.appointment)
}

/// A doctor whose nine o'clock is taken, by whom, and the visit.
struct Full {
    provider: ProviderId,
    holder: Caller<Patient>,
    visit: AppointmentId,
}

async fn full(db: &TestDb, clinic: &Clinic) -> Full {
    let (provider, holder) = (db.provider().await, db.patient(clinic).await);
    let visit = book(clinic, &holder, provider, NINE).await.unwrap();
    Full { provider, holder, visit }
}

impl Full {
    async fn give_back(&self, clinic: &Clinic) {
        booking::cancel(clinic, &self.holder, self.visit, None, None).await.unwrap();
    }

    /// A new patient who waits for nine o'clock.
    async fn waiting(&self, db: &TestDb, clinic: &Clinic) -> (Caller<Patient>, WaitlistEntryId) {
        let patient = db.patient(clinic).await;
        let request = nine(Target::Doctor(self.provider));
        let entry = waitlist::join(clinic, &patient, request).await.unwrap();
        (patient, entry)
    }
}

async fn offers(clinic: &Clinic, patient: &Caller<Patient>) -> Vec<OfferedTime> {
    waitlist::open_offers(clinic, patient).await.unwrap()
}

/// What the workers of a server do.
pub async fn work(clinic: &Clinic) {
    booking::expire_holds(clinic).await.unwrap();
    waitlist::offer_openings(clinic).await.unwrap();
}

/// Lets everything that is kept end now.
async fn let_time_pass(db: &TestDb) {
    db.execute("UPDATE appointments SET held_until = now() WHERE status = 'held'").await;
    db.execute("UPDATE waitlist_offers SET expires_at = now() WHERE outcome = 'pending'").await;
}

async fn outcomes(db: &TestDb) -> Vec<String> {
    let log = "SELECT position || ' of ' || waiting || ' ' || outcome AS line FROM waitlist_offers ORDER BY created_at";
    lines(db, log).await
}

fn refused<T: std::fmt::Debug>(result: Result<T>) -> &'static str {
    match result {
        Err(Error::Refused(refusal)) => refusal.code,
        other => panic!("{other:?}"),
    }
}

async fn status(clinic: &Clinic, patient: &Caller<Patient>, id: WaitlistEntryId) -> EntryStatus {
    waitlist::entry(clinic, patient, id).await.unwrap().status
}

#[tokio::test(flavor = "multi_thread")]
async fn a_time_that_is_given_back_goes_from_one_to_the_next_until_someone_takes_it() {
    let db = TestDb::at(NOW).await;
    let clinic = db.clinic();
    let full = full(&db, &clinic).await;
    let (ana, _) = full.waiting(&db, &clinic).await;
    let (ben, bens) = full.waiting(&db, &clinic).await;
    work(&clinic).await;
    assert!(offers(&clinic, &ana).await.is_empty());

    full.give_back(&clinic).await;
    work(&clinic).await;
    let offered = offers(&clinic, &ana).await;
    assert_eq!(offered[0].starts_at, at(NINE));
    let minutes = offered[0].remaining().unwrap().as_mins();
    assert!((29..=30).contains(&minutes), "{minutes}");
    assert!(offers(&clinic, &ben).await.is_empty());
    // It is kept from all others.
    let stranger = db.patient(&clinic).await;
    assert_eq!(refused(book(&clinic, &stranger, full.provider, NINE).await), SLOT_TAKEN.code);

    let_time_pass(&db).await;
    let late = waitlist::accept(&clinic, &ana, offered[0].id, None).await;
    assert_eq!(refused(late), OFFER_OVER.code);
    work(&clinic).await;
    let offered = offers(&clinic, &ben).await;
    let fee = Money::new(FEE, Currency::EUR);
    let dearer = waitlist::accept(&clinic, &ben, offered[0].id, Some(Money::new(1, Currency::EUR)));
    assert_eq!(refused(dearer.await), PRICE_CHANGED.code);
    let visit = waitlist::accept(&clinic, &ben, offered[0].id, Some(fee)).await.unwrap();

    assert_eq!(outcomes(&db).await, ["1 of 2 lapsed", "1 of 1 accepted"]);
    assert_eq!(status(&clinic, &ben, bens).await, EntryStatus::Booked);
    let visits = booking::visits(&clinic, &ben, When::Coming, Page::first()).await.unwrap();
    assert_eq!((visits.count, visits.items[0].id), (1, visit));
    assert_eq!(visits.items[0].chief_complaint, "A cough that stays");
    // Once more is the same visit; and it is too late to decline it.
    assert_eq!(waitlist::accept(&clinic, &ben, offered[0].id, None).await.unwrap(), visit);
    let declined = waitlist::decline(&clinic, &ben, offered[0].id).await;
    assert_eq!(refused(declined), ACCEPTED_ALREADY.code);
    let told = lines(&db, "SELECT topic AS line FROM outbox WHERE topic LIKE 'waitlist.%'").await;
    assert_eq!(told, ["waitlist.offered", "waitlist.offered"]);
    // The doctor reads what came of it.
    db.execute("UPDATE waitlist_openings SET created_at = '2026-03-02T10:00:00Z'").await;
    let doctor: Caller<Person> =
        db.caller(&clinic, db.doctor(&clinic, full.provider).await.user).await;
    let figures = waitlist::figures(&clinic, &doctor, full.provider).await.unwrap();
    assert_eq!((figures.waiting, figures.given_back, figures.filled), (1, 1, 1));
    assert_eq!(figures.fill_rate(), Some(100));
    let log = waitlist::log(&clinic, &doctor, full.provider, Page::first()).await.unwrap();
    assert_eq!(log.count, 2);
    let colleague = db.doctor(&clinic, db.provider().await).await.user;
    let colleague: Caller<Person> = db.caller(&clinic, colleague).await;
    let refused = waitlist::log(&clinic, &colleague, full.provider, Page::first()).await;
    assert!(matches!(refused, Err(Error::Forbidden)), "{refused:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn two_workers_at_once_offer_a_time_once() {
    let db = TestDb::at(NOW).await;
    let (clinic, other) = (db.clinic(), db.clinic());
    let full = full(&db, &clinic).await;
    full.waiting(&db, &clinic).await;
    full.waiting(&db, &clinic).await;
    work(&clinic).await;
    full.give_back(&clinic).await;

    let contenders = vec![waitlist::offer_openings(&clinic), waitlist::offer_openings(&other)];
    for outcome in db.race("appointments", contenders).await {
        outcome.unwrap();
    }
    work(&clinic).await;

    assert_eq!(outcomes(&db).await, ["1 of 2 pending"]);
    assert_eq!(db.count("appointments WHERE status = 'held'").await, 1);
    assert_eq!(db.count("outbox WHERE topic = 'waitlist.offered'").await, 1);
    assert_eq!(db.count("waitlist_openings WHERE looked_at IS NULL").await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn accepted_as_it_ends_one_of_two_has_it_whole() {
    let db = TestDb::at(NOW).await;
    let clinic = db.clinic();
    let full = full(&db, &clinic).await;
    let (ana, _) = full.waiting(&db, &clinic).await;
    full.give_back(&clinic).await;
    work(&clinic).await;
    let offer = offers(&clinic, &ana).await[0].id;
    // Only the hold has ended, as in the moment between two looks.
    db.execute("UPDATE appointments SET held_until = now() WHERE status = 'held'").await;
    let stranger = db.patient(&clinic).await;

    let accept = async { waitlist::accept(&clinic, &ana, offer, None).await };
    let take = async { book(&clinic, &stranger, full.provider, NINE).await };
    type Contender<'a> = std::pin::Pin<Box<dyn Future<Output = Result<AppointmentId>> + 'a>>;
    let contenders: Vec<Contender<'_>> = vec![Box::pin(accept), Box::pin(take)];
    let outcomes_of_both = db.race("appointments", contenders).await;

    let won = outcomes_of_both.iter().filter(|outcome| outcome.is_ok()).count();
    assert_eq!(won, 1, "{outcomes_of_both:?}");
    assert_eq!(db.count("appointments WHERE status = 'scheduled'").await, 1);
    work(&clinic).await;
    let expected = if outcomes_of_both[0].is_ok() { "1 of 1 accepted" } else { "1 of 1 lapsed" };
    assert_eq!(outcomes(&db).await, [expected]);
}

/// Between the end of a time and the visit that it became all the same another time was offered, and taken.
#[tokio::test(flavor = "multi_thread")]
async fn a_wish_is_met_by_one_offer_even_if_two_are_accepted_at_once() {
    let db = TestDb::at(NOW).await;
    let clinic = db.clinic();
    let full = full(&db, &clinic).await;
    let (ana, _) = full.waiting(&db, &clinic).await;
    let other = book(&clinic, &ana, full.provider, TEN).await.unwrap();
    full.give_back(&clinic).await;
    work(&clinic).await;
    let offer = offers(&clinic, &ana).await[0].id;
    db.execute("UPDATE appointments SET held_until = now() WHERE status = 'held'").await;

    let mut gate = db.gate("appointments").await;
    let meanwhile = async {
        gate.wait_for(1).await;
        db.execute(&format!(
            "UPDATE waitlist_offers SET outcome = 'lapsed', settled_at = now(); \
             INSERT INTO waitlist_offers (id, entry_id, appointment_id, provider_id, starts_at, ends_at, appointment_type, \
                 token_hash, expires_at, position, waiting, outcome, settled_at) \
             SELECT gen_random_uuid(), entry_id, '{other}', provider_id, starts_at + interval '1 hour', \
                 ends_at + interval '1 hour', appointment_type, sha256('other'), expires_at, 1, 1, 'accepted', now() \
             FROM waitlist_offers; \
             UPDATE waitlist_entries SET status = 'booked'"
        ))
        .await;
        gate.open().await;
    };
    let (accepted, ()) = tokio::join!(waitlist::accept(&clinic, &ana, offer, None), meanwhile);

    accepted.unwrap();
    assert_eq!(outcomes(&db).await, ["1 of 1 lapsed", "1 of 1 accepted"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_link_opens_one_offer_and_nothing_else() {
    let db = TestDb::at(NOW).await;
    let clinic = db.clinic();
    let full = full(&db, &clinic).await;
    let (ana, _) = full.waiting(&db, &clinic).await;
    full.give_back(&clinic).await;
    work(&clinic).await;
    let payload = "SELECT payload ->> 'token' AS line FROM outbox WHERE topic = 'waitlist.offered'";
    let token = lines(&db, payload).await.remove(0);
    let stored = format!("waitlist_offers WHERE token_hash = sha256('{token}')");
    assert_eq!(db.count(&stored).await, 1);

    assert!(matches!(waitlist::offer_by_token(&clinic, "x").await, Err(Error::NotFound)));
    let offer = waitlist::offer_by_token(&clinic, &token).await.unwrap();
    let other = db.patient(&clinic).await;
    let by_other = waitlist::accept(&clinic, &other, offer.id, None).await;
    assert!(matches!(by_other, Err(Error::NotFound)), "{by_other:?}");
    assert!(waitlist::decline(&clinic, &other, offer.id).await.is_err());
    let visit = waitlist::accept_by_token(&clinic, &token, None).await.unwrap();
    assert_eq!(waitlist::accept_by_token(&clinic, &token, None).await.unwrap(), visit);
    let visits = booking::visits(&clinic, &ana, When::Coming, Page::first()).await.unwrap();
    assert_eq!(visits.items[0].id, visit);
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_is_asked_twice_about_a_time_nor_after_three_silences() {
    let db = TestDb::at(NOW).await;
    let clinic = db.clinic();
    let provider = db.provider().await;
    let ana = db.patient(&clinic).await;
    let morning = WaitRequest {
        ends: Time::constant(12, 0, 0, 0),
        until: date(2026, 3, 4),
        ..nine(Target::Doctor(provider))
    };
    let entry = waitlist::join(&clinic, &ana, morning).await.unwrap();
    work(&clinic).await;
    waitlist::decline(&clinic, &ana, offers(&clinic, &ana).await[0].id).await.unwrap();

    let mut asked = vec![at(NINE)];
    for _ in 0..3 {
        work(&clinic).await;
        let offered = offers(&clinic, &ana).await;
        assert!(!asked.contains(&offered[0].starts_at), "{offered:?}");
        asked.push(offered[0].starts_at);
        let_time_pass(&db).await;
    }
    work(&clinic).await;
    waitlist::look_everywhere(&clinic).await.unwrap();
    work(&clinic).await;

    assert!(offers(&clinic, &ana).await.is_empty());
    assert_eq!(status(&clinic, &ana, entry).await, EntryStatus::Expired);
    assert_eq!(db.count("outbox WHERE topic = 'waitlist.paused'").await, 1);
    assert_eq!(outcomes(&db).await[0], "1 of 1 declined");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_others_keep_is_not_offered_and_an_offer_stands_beside_ones_own_choice() {
    let db = TestDb::at(NOW).await;
    let clinic = db.clinic();
    let full = full(&db, &clinic).await;
    let (ana, _) = full.waiting(&db, &clinic).await;
    full.give_back(&clinic).await;
    let ben = db.patient(&clinic).await;
    booking::hold(&clinic, &ben, full.provider, at(NINE), None).await.unwrap();
    work(&clinic).await;
    assert!(offers(&clinic, &ana).await.is_empty());

    let_time_pass(&db).await;
    work(&clinic).await;
    assert_eq!(offers(&clinic, &ana).await.len(), 1);
    // Looking at other times, and leaving them, does not lose it; nor does opening its own page end it.
    booking::hold(&clinic, &ana, full.provider, at(TEN), None).await.unwrap();
    let held = booking::hold(&clinic, &ana, full.provider, at(NINE), None).await.unwrap();
    assert!(held.remaining.as_mins() >= 29, "{held:?}");
    booking::release_hold(&clinic, &ana, full.provider).await.unwrap();
    assert_eq!(offers(&clinic, &ana).await.len(), 1);
    // Booked in the ordinary way, it is accepted.
    book(&clinic, &ana, full.provider, NINE).await.unwrap();
    assert_eq!(outcomes(&db).await, ["1 of 1 accepted"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wish_is_checked_kept_once_and_taken_back() {
    let db = TestDb::at(NOW).await;
    let clinic = db.clinic();
    let full = full(&db, &clinic).await;
    let (ana, entry) = full.waiting(&db, &clinic).await;
    let again = waitlist::join(&clinic, &ana, nine(Target::Doctor(full.provider))).await;
    assert_eq!(refused(again), WAITING_ALREADY.code);
    let wrong = WaitRequest {
        weekdays: Weekdays::from_bits(0),
        until: date(2027, 3, 3),
        reason: " ".into(),
        ..nine(Target::Specialty(Specialty::Urology))
    };
    let Err(Error::Invalid(problems)) = waitlist::join(&clinic, &ana, wrong).await else {
        panic!("it was accepted")
    };
    let fields: Vec<_> = problems.iter().map(|problem| problem.field.as_ref()).collect();
    assert_eq!(fields, ["weekdays", "until", "reason"]);

    full.give_back(&clinic).await;
    work(&clinic).await;
    waitlist::leave(&clinic, &ana, entry).await.unwrap();
    waitlist::leave(&clinic, &ana, entry).await.unwrap();
    assert_eq!(outcomes(&db).await, ["1 of 1 withdrawn"]);
    assert_eq!(status(&clinic, &ana, entry).await, EntryStatus::Left);
    // The time is everybody's again.
    book(&clinic, &full.holder, full.provider, NINE).await.unwrap();
    assert_eq!(db.count("audit_events WHERE action = 'waitlist.leave'").await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn who_leaves_as_an_offer_is_made_is_kept_nothing() {
    let db = TestDb::at(NOW).await;
    let clinic = db.clinic();
    let full = full(&db, &clinic).await;
    let (ana, entry) = full.waiting(&db, &clinic).await;
    full.give_back(&clinic).await;
    // Whoever leaves waits here after they have let go of what is kept for them: of nothing yet.
    let mut gate = db.gate_at_commit("hospitals").await;
    db.execute(
        "CREATE FUNCTION wait_to_leave() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN \
             IF current_query() LIKE 'UPDATE \"waitlist_entries\"%' THEN PERFORM pg_advisory_xact_lock_shared(1); END IF; \
             RETURN NULL; END $$; \
         CREATE TRIGGER wait_to_leave BEFORE UPDATE ON waitlist_entries FOR EACH STATEMENT EXECUTE FUNCTION wait_to_leave()",
    )
    .await;

    let offer = async {
        gate.wait_for(1).await;
        work(&clinic).await;
        gate.open().await;
    };
    let (left, ()) = tokio::join!(waitlist::leave(&clinic, &ana, entry), offer);

    left.unwrap();
    assert_eq!(outcomes(&db).await, ["1 of 1 withdrawn"]);
    db.check_rules().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn five_lists_are_enough_even_for_two_tabs() {
    let db = TestDb::at(NOW).await;
    let clinic = db.clinic();
    let ana = db.patient(&clinic).await;
    for &specialty in &Specialty::ALL[..4] {
        waitlist::join(&clinic, &ana, nine(Target::Specialty(specialty))).await.unwrap();
    }
    let join = |index: usize| {
        waitlist::join(&clinic, &ana, nine(Target::Specialty(Specialty::ALL[index])))
    };
    let outcomes = db.race("waitlist_entries", vec![join(4), join(5)]).await;
    let refusals: Vec<_> = outcomes.into_iter().filter(Result::is_err).map(refused).collect();
    assert_eq!(refusals, [WAITING_TOO_MUCH.code]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_specialty_is_served_by_any_doctor_of_it_and_new_hours_are_noticed() {
    let db = TestDb::at(NOW).await;
    let clinic = db.clinic();
    let ana = db.patient(&clinic).await;
    let request = nine(Target::Specialty(Specialty::Neurology));
    waitlist::join(&clinic, &ana, request).await.unwrap();
    let other = db.provider().await;
    let own: UserId = ana.user;
    let provider = db.provider_named("Ida", "Berg", "neurology").await;
    db.make_doctor(own, other).await;
    db.execute("UPDATE providers SET bio = 'New here'").await;
    work(&clinic).await;
    assert_eq!(offers(&clinic, &ana).await[0].provider_id, provider);
}

#[tokio::test(flavor = "multi_thread")]
async fn times_that_are_offered_one_after_another_keep_their_pauses() {
    let db = TestDb::at(NOW).await;
    let clinic = db.clinic();
    let provider = db.provider().await;
    db.execute("UPDATE availability_rules SET buffer_before_minutes = 15").await;
    for _ in 0..2 {
        let wish =
            WaitRequest { ends: Time::constant(10, 30, 0, 0), ..nine(Target::Doctor(provider)) };
        waitlist::join(&clinic, &db.patient(&clinic).await, wish).await.unwrap();
    }

    work(&clinic).await;

    let kept = "SELECT to_char(starts_at AT TIME ZONE 'UTC', 'HH24:MI') AS line FROM appointments ORDER BY starts_at";
    assert_eq!(lines(&db, kept).await, ["09:00", "10:00"]);
}
