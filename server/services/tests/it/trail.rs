//! The trail of events, as those read it who look after it.
use domain::identity::UserId;
use services::{
    Clinic, Error,
    audit::trail::{self, LINES, TrailForm, TrailLine},
    identity::{Auditor, Caller},
};
use testkit::{Person, TestDb, at};

const NOW: &str = "2026-03-02T06:00:00Z";

struct World {
    db: TestDb,
    clinic: Clinic,
    auditor: Caller<Auditor>,
    ana: Person,
}

impl World {
    async fn new() -> Self {
        let db = TestDb::at(NOW).await;
        let clinic = db.clinic();
        let person = db.person(&clinic).await;
        db.give_role(person.user, "admin").await;
        let auditor = db.caller(&clinic, person.user).await;
        let ana = db.person(&clinic).await;
        db.execute("ALTER TABLE audit_events DISABLE TRIGGER USER; DELETE FROM audit_events").await;
        Self { db, clinic, auditor, ana }
    }

    async fn happened(&self, actor: UserId, patient: UserId, action: &str, count: usize) {
        self.db
            .execute(&format!(
                "INSERT INTO audit_events (id, occurred_at, actor_id, action, subject_type, patient_id) \
                 SELECT gen_random_uuid(), '2026-03-01T10:00:00Z', '{actor}', '{action}', 'appointment', '{patient}' \
                 FROM generate_series(1, {count})"
            ))
            .await;
    }

    async fn find(&self, form: TrailForm) -> Vec<TrailLine> {
        trail::trail(&self.clinic, &self.auditor, &form, None).await.unwrap().0
    }
}

#[tokio::test]
async fn events_are_found_by_person_actor_action_and_time() {
    let world = World::new().await;
    let (ana, doctor) = (world.ana.user, world.db.person(&world.clinic).await.user);
    world.db.execute("DELETE FROM audit_events").await;
    world.happened(doctor, ana, "appointment.read", 2).await;
    world.happened(ana, ana, "appointment.create", 1).await;

    let by_person = TrailForm { person: world.ana.email.to_uppercase(), ..TrailForm::default() };
    assert_eq!(world.find(by_person.clone()).await.len(), 3);
    let by_actor = TrailForm { actor: doctor.to_string(), ..by_person.clone() };
    let found = world.find(by_actor).await;
    // The look before this one was about the same person.
    assert_eq!(found.len(), 2);
    assert_eq!(found[0].patient_name.as_deref(), Some("Ana Silva"));
    let by_action = TrailForm { action: "appointment.create".into(), ..TrailForm::default() };
    assert_eq!(world.find(by_action.clone()).await.len(), 1);
    let later = TrailForm { from: Some(at("2026-03-01T10:00:01Z")), ..by_action.clone() };
    assert_eq!(world.find(later).await.len(), 0);
    let until = TrailForm { until: Some(at("2026-03-01T10:00:01Z")), ..by_action };
    assert_eq!(world.find(until).await.len(), 1);

    // Whoever's record was looked up reads of it.
    let looks = TrailForm { action: "audit.read".into(), ..by_person };
    assert_eq!(world.find(looks).await.len(), 2);
}

#[tokio::test]
async fn what_cannot_be_looked_for_is_said_at_its_field() {
    let world = World::new().await;
    let form = TrailForm {
        person: "nobody@example.org".into(),
        actor: "x".into(),
        action: "everything".into(),
        ..TrailForm::default()
    };
    let Err(Error::Invalid(problems)) =
        trail::trail(&world.clinic, &world.auditor, &form, None).await
    else {
        panic!("it was looked for")
    };
    let fields: Vec<_> = problems.iter().map(|problem| problem.field.as_ref()).collect();
    assert_eq!(fields, ["person", "actor", "action"]);
}

#[tokio::test]
async fn every_event_stands_on_one_page_even_where_many_happened_at_once() {
    let world = World::new().await;
    let count = usize::try_from(LINES).unwrap() * 2 + 7;
    world.happened(world.ana.user, world.ana.user, "appointment.read", count).await;
    let form = TrailForm { action: "appointment.read".into(), ..TrailForm::default() };
    let (mut seen, mut after) = (Vec::new(), None);
    loop {
        let (lines, next) =
            trail::trail(&world.clinic, &world.auditor, &form, after).await.unwrap();
        seen.extend(lines.into_iter().map(|line| line.id));
        after = next;
        if after.is_none() {
            break;
        }
    }
    seen.sort_unstable();
    seen.dedup();
    assert_eq!(seen.len(), count);

    let file = trail::export_trail(&world.clinic, &world.auditor, &form).await.unwrap();
    assert_eq!(file.len(), count);
    let exports = TrailForm { action: "audit.export".into(), ..TrailForm::default() };
    assert_eq!(world.find(exports).await.len(), 1);
}
