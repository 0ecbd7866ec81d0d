//! Accounts that are taken away with them, and closed.
use crate::{account::book, family::child, schema::lines};
use domain::{
    account::closing::{HAS_COMING_VISITS, IS_DOCTOR, LAST_ADMIN},
    booking::{BookingRequest, VisitKind},
    identity::Registration,
};
use services::{
    Clinic, Error,
    account::{
        closing,
        export::export,
        notifications::{self, Notifications},
    },
    booking::{self, IdempotencyKey},
    identity::{self, Patient, Person, tokens},
    mail,
};
use testkit::{TestDb, at};

const NOW: &str = "2026-03-02T06:00:00Z";
const NINE: &str = "2026-03-03T09:00:00Z";

/// Writes all mails that wait.
async fn write_mail(db: &TestDb, clinic: &Clinic) {
    for _ in 0..2 {
        db.execute(&format!("UPDATE outbox SET available_at = '{NOW}'")).await;
        while mail::hand_out(clinic).await.unwrap() > 0 {}
    }
    while mail::send_waiting(clinic, "https://clinic.test").await.unwrap() > 0 {}
}

#[tokio::test(flavor = "multi_thread")]
async fn a_closed_account_opens_nothing_and_frees_its_address() {
    let db = TestDb::at(NOW).await;
    let clinic = db.clinic();
    let person = db.person(&clinic).await;
    let caller = db.caller::<Person>(&clinic, person.user).await;
    let patient = db.caller::<Patient>(&clinic, person.user).await;
    let mia = child(&clinic, &patient, "Mia").await;
    let token = tokens::open(&clinic, person.signed_in()).await.unwrap().access.token;
    let close =
        async |password: &str| closing::close(&clinic, &caller, password.into(), None).await;

    assert!(matches!(close("").await, Err(Error::Invalid(_))));
    assert!(matches!(close("eight green lamps").await, Err(Error::Invalid(_))));
    assert!(tokens::actor(&clinic, &token).await.unwrap().is_some());
    close(person.password).await.unwrap();

    assert!(tokens::actor(&clinic, &token).await.unwrap().is_none());
    assert!(identity::actor(&clinic, person.user).await.unwrap().is_none());
    let refused = identity::sign_in(&clinic, &person.email, person.password.into(), None).await;
    assert!(matches!(refused, Err(Error::Refused(_))), "{refused:?}");
    assert_eq!(db.count("user_profiles").await, 0);
    assert_eq!(
        db.count(&format!("dependants WHERE person_id = '{mia}' AND removed_at IS NOT NULL")).await,
        1
    );
    assert!(matches!(close(person.password).await, Err(Error::Invalid(_))));

    let again = Registration {
        first_name: "Ana".into(),
        last_name: "Silva".into(),
        email: person.email.clone(),
        password: person.password.into(),
        time_zone: "UTC".into(),
    };
    assert_ne!(identity::register(&clinic, again).await.unwrap().user, person.user);

    // The last mail still finds them, and a week later nobody does.
    write_mail(&db, &clinic).await;
    let subjects = lines(
        &db,
        &format!(
            "SELECT subject AS line FROM demo_mails WHERE to_address = '{}' ORDER BY 1",
            person.email
        ),
    )
    .await;
    assert!(subjects.iter().any(|subject| subject == "Your account is closed"), "{subjects:?}");
    assert_eq!(closing::sweep(&clinic).await.unwrap(), 0);
    db.set_now("2026-03-10T06:00:00Z");
    assert_eq!(closing::sweep(&clinic).await.unwrap(), 1);
    assert_eq!(db.count("account_closings WHERE email IS NOT NULL").await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn coming_visits_of_the_family_doctors_and_the_last_admin_stand_in_the_way() {
    let db = TestDb::at(NOW).await;
    let clinic = db.clinic();
    let provider = db.provider().await;
    let person = db.person(&clinic).await;
    let caller = db.caller::<Person>(&clinic, person.user).await;
    let patient = db.caller::<Patient>(&clinic, person.user).await;
    let mia = child(&clinic, &patient, "Mia").await;
    let request = BookingRequest {
        provider,
        start: at(NINE),
        kind: VisitKind::Video,
        reason: "Cough".into(),
        place: None,
    };
    let visit =
        booking::book_for(&clinic, &patient, mia, &IdempotencyKey::fresh(), request).await.unwrap();
    let close = async || closing::close(&clinic, &caller, person.password.into(), None).await;

    assert!(matches!(close().await, Err(Error::Refused(HAS_COMING_VISITS))));
    booking::cancel(&clinic, &patient, visit.appointment, None, None).await.unwrap();
    close().await.unwrap();
    // What was stays with the doctor.
    assert_eq!(db.count("appointments WHERE status = 'cancelled'").await, 1);

    let doctor = db.person(&clinic).await;
    db.make_doctor(doctor.user, provider).await;
    let caller = db.caller::<Person>(&clinic, doctor.user).await;
    let refused = closing::close(&clinic, &caller, doctor.password.into(), None).await;
    assert!(matches!(refused, Err(Error::Refused(IS_DOCTOR))));

    let (one, other) = (db.person(&clinic).await, db.person(&clinic).await);
    for admin in [&one, &other] {
        db.give_role(admin.user, "admin").await;
    }
    let callers = [
        db.caller::<Person>(&clinic, one.user).await,
        db.caller::<Person>(&clinic, other.user).await,
    ];
    let close = |caller| closing::close(&clinic, caller, one.password.into(), None);
    let outcomes = db.race("account_closings", callers.iter().map(close).collect()).await;
    let refused: Vec<_> = outcomes.into_iter().filter_map(Result::err).collect();
    assert!(matches!(&refused[..], [Error::Refused(LAST_ADMIN)]), "{refused:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn who_books_while_the_account_closes_is_refused() {
    let db = TestDb::at(NOW).await;
    let clinic = db.clinic();
    let provider = db.provider().await;
    let person = db.person(&clinic).await;
    let caller = db.caller::<Person>(&clinic, person.user).await;
    let patient = db.caller::<Patient>(&clinic, person.user).await;
    let request = BookingRequest {
        provider,
        start: at(NINE),
        kind: VisitKind::Video,
        reason: "Cough".into(),
        place: None,
    };
    let key = IdempotencyKey::fresh();

    // Both have looked at how things are, and wait to write.
    let mut gate = db.gate("appointments").await;
    let (booked, closed, ()) = tokio::join!(
        booking::book(&clinic, &patient, &key, request),
        closing::close(&clinic, &caller, person.password.into(), None),
        async move {
            gate.wait_for(2).await;
            gate.open().await;
        }
    );
    closed.unwrap();
    assert!(matches!(booked, Err(Error::SignedOut)), "{booked:?}");
    assert_eq!(db.count("appointments").await, 0);
    db.check_rules().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_closes_while_a_visit_is_booked_is_told_of_it() {
    let db = TestDb::at(NOW).await;
    let clinic = db.clinic();
    let provider = db.provider().await;
    let person = db.person(&clinic).await;
    let caller = db.caller::<Person>(&clinic, person.user).await;
    let patient = db.caller::<Patient>(&clinic, person.user).await;

    let mut gate = db.gate_at_commit("appointments").await;
    let waits = "SELECT pid::text AS line FROM pg_stat_activity WHERE datname = current_database() \
                 AND wait_event_type = 'Lock' AND query LIKE '%FOR UPDATE%' AND query LIKE '%users%'";
    let (_, closed) = tokio::join!(book(&clinic, &patient, provider, NINE), async {
        gate.wait_for(1).await;
        let closing = closing::close(&clinic, &caller, person.password.into(), None);
        let opened = async {
            while lines(&db, waits).await.is_empty() {
                tokio::task::yield_now().await;
            }
            gate.open().await;
        };
        tokio::join!(closing, opened).0
    });
    assert!(matches!(closed, Err(Error::Refused(HAS_COMING_VISITS))), "{closed:?}");
    assert!(identity::actor(&clinic, person.user).await.unwrap().is_some());
}

#[tokio::test(flavor = "multi_thread")]
async fn an_export_holds_all_and_is_on_record() {
    let db = TestDb::at(NOW).await;
    let clinic = db.clinic();
    let provider = db.provider().await;
    let person = db.person(&clinic).await;
    let caller = db.caller::<Person>(&clinic, person.user).await;
    let patient = db.caller::<Patient>(&clinic, person.user).await;
    child(&clinic, &patient, "Mia").await;
    book(&clinic, &patient, provider, NINE).await;
    let stranger = db.patient(&clinic).await;
    book(&clinic, &stranger, provider, "2026-03-03T10:00:00Z").await;

    identity::tokens::open(&clinic, person.signed_in()).await.unwrap();
    let all = export(&clinic, &caller).await.unwrap();
    let count = |part: &str| all[part].as_array().unwrap().len();
    assert_eq!((count("visits"), count("family"), count("waitlist")), (1, 1, 0));
    assert_eq!(all["visits"][0]["payment"]["amount_minor"], testkit::FEE);
    assert_eq!(all["profile"]["email"], person.email);
    assert!(!all.to_string().contains("password"));
    assert_eq!((count("passkeys"), count("emergency_accesses"), count("sessions")), (0, 0, 1));
    assert_eq!(all["sessions"][0]["is_browser"], false);
    assert_eq!(all["access_log"][0]["action"], "account.export");
}

#[tokio::test(flavor = "multi_thread")]
async fn who_wants_no_suggestions_gets_none_by_mail_but_all_that_matters() {
    let db = TestDb::at(NOW).await;
    let clinic = db.clinic();
    let provider = db.provider().await;
    let doctor = db.doctor(&clinic, provider).await;
    let mut suggested = Vec::new();
    for wanted in [true, false] {
        let person = db.person(&clinic).await;
        let caller = db.caller::<Person>(&clinic, person.user).await;
        let patient = db.caller::<Patient>(&clinic, person.user).await;
        let start = if wanted { NINE } else { "2026-03-03T10:00:00Z" };
        let visit = book(&clinic, &patient, provider, start).await;
        let choice = Notifications { email_notifications: wanted, ..Notifications::default() };
        notifications::change(&clinic, &caller, choice).await.unwrap();
        assert_eq!(notifications::wanted(&clinic, &caller).await.unwrap(), choice);
        db.execute("UPDATE appointments SET status = 'in_progress' WHERE status = 'scheduled'")
            .await;
        db.execute("UPDATE appointments SET status = 'completed' WHERE status = 'in_progress'")
            .await;
        booking::suggest_follow_up(&clinic, &doctor, visit, 4).await.unwrap();
        write_mail(&db, &clinic).await;
        suggested
            .push(db.count(&format!("demo_mails WHERE to_address = '{}'", person.email)).await);
    }
    assert_eq!(suggested, [1, 0]);
}
