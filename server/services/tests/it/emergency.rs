//! Emergency access: an hour, for one patient, seen by them and by somebody who was not part of it.
use domain::{
    Refusal,
    emergency::{EmergencyAccessId, EmergencyForm, NOT_YOUR_OWN, OVER, REVIEWED, TOO_MANY},
    identity::UserId,
};
use services::{
    Clinic, Error, Result,
    directory::Page,
    emergency::{
        self,
        review::{self, Queue},
    },
    identity::{Caller, Doctor, EmergencyReviewer, Patient},
    record::{self, Grounds},
};
use testkit::TestDb;

const REASON: &str = "Unconscious after a fall; her ID card was in her pocket.";

fn refused<T>(result: &Result<T>, why: Refusal) -> bool {
    matches!(result, Err(Error::Refused(refusal)) if *refusal == why)
}

fn field<T: std::fmt::Debug>(result: Result<T>) -> String {
    match result {
        Err(Error::Invalid(problems)) => problems[0].field.to_string(),
        other => panic!("{other:?}"),
    }
}

struct World {
    db: TestDb,
    clinic: Clinic,
    doctor: Caller<Doctor>,
    patient: Caller<Patient>,
    reviewer: Caller<EmergencyReviewer>,
}

impl World {
    async fn new() -> Self {
        let db = TestDb::at("2026-03-02T08:00:00Z").await;
        let clinic = db.clinic();
        let provider = db.provider().await;
        let doctor = db.doctor(&clinic, provider).await;
        let patient = db.patient(&clinic).await;
        db.execute(&format!(
            "UPDATE users SET first_name = 'Ana', last_name = 'Lima', date_of_birth = '1950-03-21' WHERE id = '{}'",
            patient.user
        ))
        .await;
        let admin = db.admin(&clinic).await;
        let reviewer = db.caller(&clinic, admin.user).await;
        Self { db, clinic, doctor, patient, reviewer }
    }

    fn form(&self) -> EmergencyForm {
        EmergencyForm {
            email: self.patient.email.clone(),
            reason: REASON.into(),
            ..EmergencyForm::default()
        }
    }

    async fn open(&self) -> EmergencyAccessId {
        emergency::open(&self.clinic, &self.doctor, &self.form()).await.unwrap();
        self.waiting().await[0]
    }

    async fn waiting(&self) -> Vec<EmergencyAccessId> {
        let queue = review::queue(&self.clinic, &self.reviewer, Queue::Waiting, Page::first())
            .await
            .unwrap();
        assert_eq!(usize::try_from(queue.count).unwrap(), queue.items.len());
        queue.items.into_iter().map(|line| line.id).collect()
    }

    async fn read(&self) -> Result<Grounds> {
        let read =
            record::record(&self.clinic, &self.doctor, self.patient.user, Page::first()).await;
        read.map(|(record, _)| record.grounds)
    }

    /// The hour passes.
    async fn an_hour_later(&self) {
        self.db
            .execute(
                "ALTER TABLE emergency_accesses DISABLE TRIGGER emergency_accesses_kept; \
                 UPDATE emergency_accesses SET opened_at = opened_at - interval '61 minutes', ends_at = ends_at - interval '61 minutes'; \
                 ALTER TABLE emergency_accesses ENABLE TRIGGER emergency_accesses_kept",
            )
            .await;
    }

    async fn told(&self, topic: &str, reader: UserId) -> i64 {
        self.db
            .count(&format!(
                "outbox WHERE topic = 'emergency.{topic}' AND payload ->> 'user_id' = '{reader}'"
            ))
            .await
    }

    async fn events(&self, action: &str) -> i64 {
        self.db.count(&format!("audit_events WHERE action = '{action}'")).await
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_record_is_open_for_an_hour_to_the_doctor_who_says_why_and_the_patient_hears_of_it() {
    let world = World::new().await;
    assert!(matches!(world.read().await, Err(Error::NotFound)), "no visit, no record");
    assert_eq!(world.events("record.read").await, 0);

    let patient = emergency::open(&world.clinic, &world.doctor, &world.form()).await.unwrap();

    assert_eq!(patient, world.patient.user);
    assert!(matches!(world.read().await.unwrap(), Grounds::Emergency { .. }));
    assert_eq!(world.events("emergency.open").await, 1);
    assert_eq!(world.events("record.read_in_emergency").await, 1);
    assert_eq!(world.told("opened", world.patient.user).await, 1);
    assert_eq!(world.told("to_review", world.reviewer.user).await, 1);
    assert_eq!(world.db.count("outbox WHERE payload::text LIKE '%ID card%'").await, 0);
    let theirs = emergency::of_family(&world.clinic, &world.patient).await.unwrap();
    assert_eq!((theirs.len(), theirs[0].reason.as_str()), (1, REASON));

    world.an_hour_later().await;

    assert!(refused(&world.read().await, OVER));
    assert!(emergency::open_now(&world.clinic, &world.doctor).await.unwrap().is_empty());
    assert_eq!(world.events("record.read_in_emergency").await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_else_gets_in_by_it() {
    let world = World::new().await;
    let other_provider = world.db.provider().await;
    let other = world.db.doctor(&world.clinic, other_provider).await;
    world.open().await;
    let read = record::record(&world.clinic, &other, world.patient.user, Page::first()).await;
    assert!(matches!(read, Err(Error::NotFound)), "{read:?}");
    let third = world.db.patient(&world.clinic).await;
    let read = record::record(&world.clinic, &world.doctor, third.user, Page::first()).await;
    assert!(matches!(read, Err(Error::NotFound)), "of one patient, not of all: {read:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_looked_for_is_found_by_name_and_birth_and_never_guessed() {
    let world = World::new().await;
    let by_name = |last: &str, born: &str| EmergencyForm {
        first_name: "ana".into(),
        last_name: last.into(),
        date_of_birth: born.into(),
        reason: REASON.into(),
        ..EmergencyForm::default()
    };
    let open =
        async |form: EmergencyForm| emergency::open(&world.clinic, &world.doctor, &form).await;
    assert_eq!(field(open(by_name("Lima", "1950-03-22")).await), "last_name");
    assert_eq!(world.events("emergency.nobody_found").await, 1, "looking is an event");
    let unknown = EmergencyForm { email: "nobody@example.org".into(), ..world.form() };
    assert_eq!(field(open(unknown).await), "email");
    let own = EmergencyForm { email: world.doctor.email.clone(), ..world.form() };
    assert_eq!(field(open(own).await), "email");
    assert_eq!(open(by_name("LIMA", "1950-03-21")).await.unwrap(), world.patient.user);

    let twin = world.db.patient(&world.clinic).await;
    world
        .db
        .execute(&format!(
            "UPDATE users SET first_name = 'Ana', last_name = 'Lima', date_of_birth = '1950-03-21' WHERE id = '{}'",
            twin.user
        ))
        .await;
    assert_eq!(field(open(by_name("Lima", "1950-03-21")).await), "last_name");
}

#[tokio::test(flavor = "multi_thread")]
async fn asked_twice_at_once_it_is_opened_once() {
    let world = World::new().await;
    let form = world.form();
    let gate = world.db.gate("emergency_accesses").await;
    let open = || emergency::open(&world.clinic, &world.doctor, &form);
    let (one, other, ()) = tokio::join!(open(), open(), async {
        let mut gate = gate;
        gate.wait_for(1).await;
        gate.open().await;
    });
    assert_eq!((one.unwrap(), other.unwrap()), (world.patient.user, world.patient.user));
    assert_eq!(world.db.count("emergency_accesses").await, 1);
    assert_eq!(world.told("opened", world.patient.user).await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_doctor_gives_up_early_and_may_ask_again() {
    let world = World::new().await;
    world.open().await;
    emergency::end(&world.clinic, &world.doctor, world.patient.user).await.unwrap();
    assert!(refused(&world.read().await, OVER));
    emergency::end(&world.clinic, &world.doctor, world.patient.user).await.unwrap();
    assert_eq!(world.events("emergency.end").await, 1);
    world.open().await;
    assert!(world.read().await.is_ok());
    assert_eq!(world.waiting().await.len(), 2, "each is reviewed");
}

#[tokio::test(flavor = "multi_thread")]
async fn somebody_else_reviews_it_once_and_the_patient_hears_what_was_found() {
    let world = World::new().await;
    let id = world.open().await;
    world.read().await.unwrap();
    let sheet = review::sheet(&world.clinic, &world.reviewer, id).await.unwrap();
    assert_eq!(sheet.reason, REASON);
    let deeds: Vec<_> = sheet.deeds.iter().map(|deed| deed.action.as_str()).collect();
    assert_eq!(deeds, ["record.read_in_emergency"]);
    assert_eq!(world.events("emergency.read").await, 1);

    world.db.give_role(world.doctor.user, "admin").await;
    let own: Caller<EmergencyReviewer> = world.db.caller(&world.clinic, world.doctor.user).await;
    let alone = review::review(&world.clinic, &own, id, "justified", "").await;
    assert!(refused(&alone, NOT_YOUR_OWN));
    let silent = review::review(&world.clinic, &world.reviewer, id, "not_justified", " ").await;
    assert_eq!(field(silent), "finding");

    let finding = "There was no emergency. The doctor was warned.";
    let done = review::review(&world.clinic, &world.reviewer, id, "not_justified", finding).await;
    done.unwrap();

    assert!(world.waiting().await.is_empty());
    let again = review::review(&world.clinic, &world.reviewer, id, "justified", "").await;
    assert!(refused(&again, REVIEWED));
    assert_eq!(world.told("reviewed", world.patient.user).await, 1);
    let theirs = emergency::of_family(&world.clinic, &world.patient).await.unwrap();
    assert_eq!(theirs[0].is_justified, Some(false));
    assert_eq!(theirs[0].finding.as_deref(), Some(finding));
    let unknown = EmergencyAccessId::generate();
    let nothing = review::review(&world.clinic, &world.reviewer, unknown, "justified", "").await;
    assert!(matches!(nothing, Err(Error::NotFound)));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_reviewed_is_open_no_longer() {
    let world = World::new().await;
    let id = world.open().await;
    review::review(&world.clinic, &world.reviewer, id, "justified", "").await.unwrap();
    assert!(refused(&world.read().await, OVER));
    emergency::end(&world.clinic, &world.doctor, world.patient.user).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_opens_more_than_ten_in_an_hour() {
    let world = World::new().await;
    let mut last = world.form();
    for _ in 0..10 {
        let patient = world.db.patient(&world.clinic).await;
        last = EmergencyForm { email: patient.email.clone(), ..world.form() };
        emergency::open(&world.clinic, &world.doctor, &last).await.unwrap();
    }
    // The last one pressed twice is open.
    emergency::open(&world.clinic, &world.doctor, &last).await.unwrap();
    // Whether or not there is such a person, which the answer does not tell, and each time is an event.
    let nobody = EmergencyForm { email: "nobody@example.org".into(), ..world.form() };
    for form in [world.form(), nobody] {
        let one_more = emergency::open(&world.clinic, &world.doctor, &form).await;
        assert!(refused(&one_more, TOO_MANY), "{one_more:?}");
    }
    assert_eq!(world.db.count("emergency_accesses").await, 10);
    assert_eq!(world.events("emergency.refused").await, 2);
    assert_eq!(world.events("emergency.nobody_found").await, 0);
    world.an_hour_later().await;
    world.open().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_application_cannot_change_who_opened_what_and_why() {
    use diesel_async::SimpleAsyncConnection;
    let world = World::new().await;
    let id = world.open().await;
    let conn = &mut *world.clinic.db().await.unwrap();
    for change in [
        "UPDATE emergency_accesses SET reason = 'Something else, that is as long.'".to_owned(),
        format!("DELETE FROM emergency_accesses WHERE id = '{id}'"),
        "UPDATE emergency_accesses SET ends_at = ends_at + interval '1 second'".to_owned(),
    ] {
        conn.batch_execute(&change).await.unwrap_err();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn of_a_dependant_their_guardian_hears() {
    let world = World::new().await;
    let details = domain::family::DependantDetails {
        first_name: "Rui".into(),
        last_name: "Lima".into(),
        date_of_birth: "2018-05-31".into(),
        relationship: "child".into(),
    };
    let child = services::family::add(&world.clinic, &world.patient, &details).await.unwrap();
    let form = EmergencyForm {
        first_name: "Rui".into(),
        last_name: "Lima".into(),
        date_of_birth: "2018-05-31".into(),
        reason: REASON.into(),
        ..EmergencyForm::default()
    };
    let opened = emergency::open(&world.clinic, &world.doctor, &form).await.unwrap();
    assert_eq!(opened, child);
    assert_eq!(world.told("opened", world.patient.user).await, 1);
    assert_eq!(emergency::of_family(&world.clinic, &world.patient).await.unwrap().len(), 1);
    world.db.give_role(world.patient.user, "admin").await;
    let guardian: Caller<EmergencyReviewer> =
        world.db.caller(&world.clinic, world.patient.user).await;
    let own = review::review(&world.clinic, &guardian, world.waiting().await[0], "justified", "");
    assert!(refused(&own.await, NOT_YOUR_OWN));
    let (record, _) =
        record::record(&world.clinic, &world.doctor, child, Page::first()).await.unwrap();
    assert_eq!(record.person.guardian.as_deref(), Some("Ana Lima"));
}
