//! What people see while the database cannot write, and that nothing is left of it afterwards.
use crate::support::{NINE, Reply, TestApp};
use domain::directory::ProviderId;
use serde_json::{Value, json};

/// Every table that a booking writes to.
const WRITTEN: [&str; 5] = ["appointments", "payments", "idempotency_keys", "outbox", "bookings"];

impl TestApp {
    /// From here on, whatever is written to `table` meets a PostgreSQL whose disk is full.
    pub async fn fill_disk(&self, table: &str) {
        self.refuse_writes(
            table,
            "'could not extend file \"base/5/16397\": No space left on device' \
             USING ERRCODE = 'disk_full', HINT = 'Check free disk space.'",
        )
        .await;
    }

    /// Lets PostgreSQL raise `error` after each row of `table` was written.
    async fn refuse_writes(&self, table: &str, error: &str) {
        self.db
            .execute(&format!(
                "CREATE OR REPLACE FUNCTION refuse_write() RETURNS trigger LANGUAGE plpgsql AS $$ \
                     BEGIN RAISE EXCEPTION {error}; END $$; \
                 CREATE OR REPLACE TRIGGER outage AFTER INSERT OR UPDATE ON {table} \
                     FOR EACH ROW EXECUTE FUNCTION refuse_write()"
            ))
            .await;
    }

    pub async fn free_disk(&self, table: &str) {
        self.db.execute(&format!("DROP TRIGGER outage ON {table}")).await;
    }

    /// How many rows each table has that a booking writes to.
    async fn rows(&self) -> Vec<i64> {
        let mut rows = Vec::new();
        for table in WRITTEN {
            rows.push(match table {
                "bookings" => {
                    self.db.count("audit_events WHERE action = 'appointment.create'").await
                }
                table => self.db.count(table).await,
            });
        }
        rows
    }
}

fn booking(provider: ProviderId) -> Value {
    json!({
        "healthcare_provider_id": provider, "appointment_date": NINE,
        "appointment_type": "video", "chief_complaint": "Sore throat",
    })
}

fn calm(reply: &Reply) {
    assert_eq!((reply.status, reply.code()), (503, "unavailable".into()), "{}", reply.body);
    assert_eq!(reply.header("retry-after"), "3");
    assert!(reply.json()["detail"].as_str().unwrap().contains("Nothing was changed."));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_disk_books_nothing_and_the_same_command_books_once_there_is_space() {
    let app = TestApp::new().await;
    let provider = app.db.provider().await;
    let patient = app.patient().await;

    // Wherever in the booking the last byte went.
    for table in ["appointments", "payments", "idempotency_keys", "audit_events", "outbox"] {
        app.fill_disk(table).await;
        calm(&patient.book("k", booking(provider)).await);
        assert_eq!(app.rows().await, [0; 5], "{table}");
        app.free_disk(table).await;
    }

    let booked = patient.book("k", booking(provider)).await;
    assert_eq!((booked.status, booked.header("idempotency-replayed")), (201, ""));
    assert_eq!(app.rows().await, [1; 5]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_disk_leaves_a_visit_as_it_was() {
    let app = TestApp::new().await;
    let provider = app.db.provider().await;
    let patient = app.patient().await;
    let booked = patient.book("k", booking(provider)).await;
    let path = booked.header("location");
    let later = json!({ "appointment_date": "2026-03-04T10:00:00Z", "chief_complaint": "Cough" });

    // The last row that each of the two writes.
    app.fill_disk("outbox").await;
    calm(&patient.put(path, later.clone()).await);
    calm(&patient.delete(path).await);

    let visit = patient.get(path).await.json();
    assert_eq!(visit["appointment_date"], NINE);
    assert_eq!(
        (&visit["status"], &visit["chief_complaint"]),
        (&json!("scheduled"), &json!("Sore throat"))
    );
    assert_eq!(app.rows().await, [1; 5]);
    app.free_disk("outbox").await;
    assert_eq!(patient.put(path, later).await.status, 200);
    assert_eq!(patient.delete(path).await.status, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_form_keeps_what_was_typed_until_there_is_space_again() {
    let app = TestApp::new().await;
    let provider = app.db.provider().await;
    let browser = app.browser(&app.db.person(&app.clinic).await).await;
    let path = format!("/doctors/{provider}/book");
    let form = [("start", NINE), ("kind", "video"), ("key", "k"), ("reason", "Fièvre \"39\"")];
    app.fill_disk("appointments").await;

    let page = browser.post_form(&path, &form).await;

    assert_eq!(page.status, 503, "{}", page.body);
    assert!(page.body.contains("We cannot reach our records at the moment. Nothing was changed."));
    assert!(page.body.contains("Fièvre \"39\"</textarea>"), "{}", page.body);
    assert_eq!((page.hidden("key"), page.hidden("start")), ("k".into(), NINE.into()));
    assert_eq!(app.rows().await, [0; 5]);
    app.free_disk("appointments").await;
    assert_eq!(browser.post_form(&path, &form).await.status, 303);
    assert_eq!(app.rows().await, [1; 5]);
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_is_signed_in_or_out_by_halves_on_a_full_disk() {
    let app = TestApp::new().await;
    let person = app.db.person(&app.clinic).await;
    let form = [("email", person.email.as_str()), ("password", person.password)];
    app.fill_disk("sessions").await;

    let refused = app.anyone().post_form("/login", &form).await;

    assert_eq!((refused.status, refused.header("set-cookie")), (503, ""));
    assert!(refused.body.contains("Nothing was changed."), "{}", refused.body);
    assert_eq!(app.db.count("sessions").await, 0);
    app.free_disk("sessions").await;
    let browser = app.browser(&person).await;
    assert_eq!(browser.get("/patient").await.status, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn whatever_else_stops_the_database_for_a_moment_is_as_calm() {
    let app = TestApp::new().await;
    let provider = app.db.provider().await;
    let patient = app.patient().await;
    // What PostgreSQL says, and the condition it says it under.
    for (words, condition) in [
        ("terminating connection due to administrator command", "admin_shutdown"),
        ("the database system is starting up", "cannot_connect_now"),
        ("canceling statement due to statement timeout", "query_canceled"),
        ("canceling statement due to lock timeout", "lock_not_available"),
        ("out of memory", "out_of_memory"),
        ("could not read block 7 in file \"base/5/16397\": Input/output error", "io_error"),
    ] {
        app.refuse_writes("appointments", &format!("'{words}' USING ERRCODE = '{condition}'"))
            .await;
        calm(&patient.book("k", booking(provider)).await);
    }
    // What is wrong with us is not called an outage.
    app.refuse_writes("appointments", "'column \"x\" does not exist' USING ERRCODE = '42703'")
        .await;
    let broken = patient.book("k", booking(provider)).await;
    assert_eq!((broken.status, broken.code()), (500, "internal".into()));
    assert_eq!(app.rows().await, [0; 5]);
}
