//! Money that is asked for once, whatever happens on the way, and goes back when it should.
use domain::{
    booking::{AppointmentId, BookingRequest, PaymentStatus as Status, VisitKind},
    directory::ProviderId,
    money::Money,
    payments::{AttemptId, AttemptStatus},
};
use services::{
    Clinic, Error, Result,
    booking::{self, IdempotencyKey, Visit},
    database,
    gateways::{Answer, Checkout, Gateways, Paid, PaymentGateway, Silence},
    identity::{Caller, Patient, Person},
    payments::{self, demo},
};
use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};
use testkit::{FEE, TestDb, at};

const NOW: &str = "2026-03-02T06:00:00Z";
const NINE: &str = "2026-03-03T09:00:00Z";
/// Less than 24 hours before: half of the fee.
const LATE: &str = "2026-03-02T10:00:00Z";

struct World {
    db: TestDb,
    clinic: Clinic,
    provider: ProviderId,
    patient: Caller<Patient>,
    visit: AppointmentId,
}

impl World {
    async fn new() -> Self {
        let db = TestDb::at(NOW).await;
        let clinic = db.clinic();
        let provider = db.provider().await;
        db.execute("UPDATE providers SET first_late_free = false").await;
        let patient = db.patient(&clinic).await;
        let request = BookingRequest {
            provider,
            start: at(NINE),
            kind: VisitKind::Video,
            reason: "Cough".into(),
            place: None,
        };
        let key = IdempotencyKey::fresh();
        let visit = booking::book(&clinic, &patient, &key, request).await.unwrap().appointment;
        Self { db, clinic, provider, patient, visit }
    }

    async fn begin(&self, key: &IdempotencyKey) -> Result<payments::Begun> {
        payments::begin(&self.clinic, &self.patient, self.visit, "/back".into(), Some(key)).await
    }

    /// Pays on the page of the gateway, and comes back.
    async fn pay(&self) {
        let attempt = attempt(&self.begin(&IdempotencyKey::fresh()).await.unwrap());
        demo::answer(&self.clinic, attempt, true).await.unwrap();
        let heard = payments::look_up(&self.clinic, &self.patient, self.visit).await.unwrap();
        assert_eq!(heard, Some(AttemptStatus::Succeeded));
    }

    async fn seen(&self) -> Visit {
        let person: Caller<Person> = self.db.caller(&self.clinic, self.patient.user).await;
        booking::visit(&self.clinic, &person, self.visit).await.unwrap()
    }

    /// State, what was to be paid and what goes back, in hundredths.
    async fn payment(&self) -> (Status, i64, i64) {
        let visit = self.seen().await;
        (visit.payment_status, visit.payment().minor, visit.refund().minor)
    }

    async fn cancel(&self) {
        booking::cancel(&self.clinic, &self.patient, self.visit, None, None).await.unwrap();
    }

    /// The worker, when all attempts are due.
    async fn follow_up(&self) {
        self.db.execute("UPDATE payment_attempts SET next_at = now()").await;
        payments::follow_up(&self.clinic).await.unwrap();
    }

    async fn gone_back(&self, amount: i64) -> bool {
        self.db.count(&format!("demo_checkouts WHERE refunded_minor = {amount}")).await == 1
    }
}

fn attempt(begun: &payments::Begun) -> AttemptId {
    begun.page.as_deref().unwrap().rsplit('/').next().unwrap().parse().unwrap()
}

fn refused<T: std::fmt::Debug>(result: Result<T>) -> &'static str {
    match result {
        Err(Error::Refused(refusal)) => refusal.code,
        other => panic!("{other:?}"),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_visit_is_paid_once_from_two_tabs() {
    let world = World::new().await;
    let (one, other) = (IdempotencyKey::fresh(), IdempotencyKey::fresh());
    let mut gate = world.db.gate_at_rows("appointments").await;
    let open = async {
        gate.wait_for(2).await;
        gate.open().await;
    };
    let (first, second, ()) = tokio::join!(world.begin(&one), world.begin(&other), open);
    let (first, second) = (first.unwrap(), second.unwrap());
    assert_eq!(first.page, second.page);

    demo::answer(&world.clinic, attempt(&first), true).await.unwrap();
    // Both come back, and the worker looks as well.
    let look = || payments::look_up(&world.clinic, &world.patient, world.visit);
    let (one_sees, other_sees, ()) = tokio::join!(look(), look(), world.follow_up());
    assert_eq!(
        (one_sees.unwrap(), other_sees.unwrap()),
        (Some(AttemptStatus::Succeeded), Some(AttemptStatus::Succeeded))
    );

    assert_eq!(world.payment().await, (Status::Paid, FEE, 0));
    assert_eq!(world.db.count("audit_events WHERE action = 'payment.paid'").await, 1);
    assert_eq!(world.db.count("outbox WHERE topic = 'payment.paid'").await, 1);
    let again = world.begin(&one).await.unwrap();
    assert_eq!((again.page, again.replayed), (None, true));
    let new = world.begin(&IdempotencyKey::fresh()).await;
    assert_eq!(refused(new), "payments.nothing_to_pay");
}

#[tokio::test(flavor = "multi_thread")]
async fn who_loses_the_way_back_has_paid_all_the_same() {
    let world = World::new().await;
    let begun = world.begin(&IdempotencyKey::fresh()).await.unwrap();
    demo::answer(&world.clinic, attempt(&begun), true).await.unwrap();

    // Not due yet: the person may still be on their way.
    assert_eq!(payments::follow_up(&world.clinic).await.unwrap(), 0);
    assert_eq!(world.payment().await, (Status::Pending, FEE, 0));
    world.follow_up().await;

    assert_eq!(world.payment().await, (Status::Paid, FEE, 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_declined_card_may_be_followed_by_another_and_an_old_page_is_closed() {
    let world = World::new().await;
    let first = attempt(&world.begin(&IdempotencyKey::fresh()).await.unwrap());
    demo::answer(&world.clinic, first, false).await.unwrap();
    let heard = payments::look_up(&world.clinic, &world.patient, world.visit).await.unwrap();
    assert_eq!(heard, Some(AttemptStatus::Declined));
    assert_eq!(world.payment().await, (Status::Pending, FEE, 0));

    let second = attempt(&world.begin(&IdempotencyKey::fresh()).await.unwrap());
    assert_ne!(first, second);
    world
        .db
        .execute("UPDATE payment_attempts SET created_at = now() - interval '31 minutes'")
        .await;
    world.follow_up().await;
    demo::answer(&world.clinic, second, true).await.unwrap();
    world.follow_up().await;
    assert_eq!(world.payment().await, (Status::Pending, FEE, 0));

    world.pay().await;
    assert_eq!(world.payment().await, (Status::Paid, FEE, 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_quoted_for_a_paid_visit_is_what_stays() {
    let world = World::new().await;
    world.pay().await;
    world.db.set_now(LATE);
    let quote = world.seen().await.quote(at(LATE));
    assert_eq!(quote.cost.minor, FEE / 2);

    world.cancel().await;
    assert_eq!(world.payment().await, (Status::Paid, FEE, FEE - quote.cost.minor));
    world.follow_up().await;
    world.follow_up().await;

    assert!(world.gone_back(FEE / 2).await);
    assert_eq!(world.db.count("audit_events WHERE action = 'payment.refunded'").await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn everything_goes_back_when_the_doctor_cancels() {
    let world = World::new().await;
    world.pay().await;
    let doctor = world.db.doctor(&world.clinic, world.provider).await;
    world.db.set_now(LATE);

    booking::cancel_as_doctor(&world.clinic, &doctor, world.visit, "Away").await.unwrap();
    world.follow_up().await;

    assert_eq!(world.payment().await, (Status::Refunded, FEE, FEE));
    assert!(world.gone_back(FEE).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_payment_that_arrives_after_the_cancellation_goes_back() {
    let world = World::new().await;
    let paying = attempt(&world.begin(&IdempotencyKey::fresh()).await.unwrap());
    world.cancel().await;
    assert_eq!(world.payment().await, (Status::Cancelled, 0, 0));

    demo::answer(&world.clinic, paying, true).await.unwrap();
    world.follow_up().await;
    world.follow_up().await;

    assert_eq!(world.payment().await, (Status::Refunded, FEE, FEE));
    assert!(world.gone_back(FEE).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn only_the_patient_pays_and_only_for_what_takes_place() {
    let world = World::new().await;
    let stranger = world.db.patient(&world.clinic).await;
    let pays = payments::begin(&world.clinic, &stranger, world.visit, "/".into(), None).await;
    assert!(matches!(pays, Err(Error::NotFound)), "{pays:?}");
    let looks = payments::look_up(&world.clinic, &stranger, world.visit).await.unwrap();
    assert_eq!(looks, None);

    world.cancel().await;
    let pays = world.begin(&IdempotencyKey::fresh()).await;
    assert_eq!(refused(pays), "payments.nothing_to_pay");
    let at_the_clinic = world.db.clinic().with_gateways(Gateways::default());
    let pays = payments::begin(&at_the_clinic, &world.patient, world.visit, "/".into(), None).await;
    assert_eq!(refused(pays), "payments.not_offered");
}

/// A gateway that gives no answer to its first requests of a kind.
#[derive(Debug)]
struct Shaky {
    behind: demo::DemoPayments,
    silent_begins: AtomicUsize,
    silent_refunds: AtomicUsize,
}

fn is_silent(left: &AtomicUsize) -> bool {
    left.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| left.checked_sub(1)).is_ok()
}

fn silence<T>() -> Result<T, Silence> {
    Err(Silence("not now".into()))
}

impl PaymentGateway for Shaky {
    fn begin<'a>(&'a self, checkout: &'a Checkout) -> Answer<'a, String> {
        if is_silent(&self.silent_begins) {
            return Box::pin(async { silence() });
        }
        self.behind.begin(checkout)
    }

    fn look_up<'a>(&'a self, charge: AttemptId) -> Answer<'a, Paid> {
        self.behind.look_up(charge)
    }

    fn close<'a>(&'a self, charge: AttemptId) -> Answer<'a, Paid> {
        self.behind.close(charge)
    }

    fn refund<'a>(&'a self, refund: AttemptId, charge: AttemptId, amount: Money) -> Answer<'a, ()> {
        let done = self.behind.refund(refund, charge, amount);
        match is_silent(&self.silent_refunds) {
            // The money went back, and the answer was lost.
            true => Box::pin(async { done.await.and_then(|()| silence()) }),
            false => done,
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_gateway_that_does_not_answer_is_asked_again_and_nothing_is_done_twice() {
    let mut world = World::new().await;
    let pool = database::pool(&world.db.owner_url(), 2).unwrap();
    let shaky = Shaky {
        behind: demo::DemoPayments::new(pool),
        silent_begins: AtomicUsize::new(1),
        silent_refunds: AtomicUsize::new(2),
    };
    world.clinic = world
        .clinic
        .with_gateways(Gateways { payments: Some(Arc::new(shaky)), ..Gateways::default() });
    let key = IdempotencyKey::fresh();

    let first = world.begin(&key).await;
    assert!(matches!(first, Err(Error::Silent(why)) if why == payments::NO_ANSWER), "{first:?}");
    let second = world.begin(&key).await.unwrap();
    assert!(second.replayed);
    assert_eq!(world.db.count("payment_attempts").await, 1);
    demo::answer(&world.clinic, attempt(&second), true).await.unwrap();
    world.follow_up().await;

    world.cancel().await;
    for tried in 1..=3 {
        world.follow_up().await;
        let open =
            world.db.count("payment_attempts WHERE kind = 'refund' AND status = 'started'").await;
        assert_eq!(open, i64::from(tried < 3), "after {tried} tries");
    }
    assert!(world.gone_back(FEE).await);
    assert_eq!(world.payment().await, (Status::Refunded, FEE, FEE));
}
