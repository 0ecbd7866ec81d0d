//! Mail as it goes over the wire, to a server that may be down, refuse, or outlive us.
use app::Site;
use axum::{
    body::Body,
    extract::ConnectInfo,
    http::{Request, StatusCode},
};
use domain::{
    booking::{AppointmentId, BookingRequest, VisitKind},
    directory::ProviderId,
};
use gateways::mail::SmtpMail;
use mail_parser::{MessageParser, MimeHeaders};
use services::{
    Clinic,
    booking::{self, GroupRequest, IdempotencyKey},
    database,
    gateways::Gateways,
    identity::{Caller, Patient},
    mail,
};
use std::{net::SocketAddr, path::Path, sync::Arc};
use testkit::{Person, Received, Smtp, TestDb, at};
use tower::ServiceExt;

pub const NOW: &str = "2026-03-02T06:00:00Z";
const NINE: &str = "2026-03-04T09:00:00Z";
pub const SENDER: &str = "visits@clinic.test";
pub const SITE: &str = "https://clinic.test";

pub fn clinic_with_mail(db: &TestDb, addr: SocketAddr) -> Clinic {
    let url = format!("smtp://{addr}").into();
    let mail = SmtpMail::new(&url, &SENDER.parse().unwrap()).unwrap();
    let pool = database::pool(&db.owner_url(), 1).unwrap();
    let gateways = Gateways { mail: Some(Arc::new(mail)), ..Gateways::of_demo(&pool) };
    db.clinic().with_gateways(gateways)
}

pub struct World {
    pub db: TestDb,
    pub clinic: Clinic,
    pub provider: ProviderId,
    pub person: Person,
    pub patient: Caller<Patient>,
}

impl World {
    pub async fn new(addr: SocketAddr) -> Self {
        let db = TestDb::at(NOW).await;
        let clinic = clinic_with_mail(&db, addr);
        let provider = db.provider().await;
        let person = db.person(&clinic).await;
        let patient = db.caller(&clinic, person.user).await;
        Self { db, clinic, provider, person, patient }
    }

    pub async fn book(&self) -> AppointmentId {
        let request = BookingRequest {
            provider: self.provider,
            start: at(NINE),
            kind: VisitKind::Video,
            reason: "A secret rash".into(),
            place: None,
        };
        let key = IdempotencyKey::fresh();
        booking::book(&self.clinic, &self.patient, &key, request).await.unwrap().appointment
    }

    /// Three visits, a week apart.
    pub async fn book_series(&self) -> Vec<AppointmentId> {
        let starts = [NINE, "2026-03-11T09:00:00Z", "2026-03-18T09:00:00Z"];
        let request = GroupRequest {
            provider: self.provider,
            kind: VisitKind::Video,
            reason: "A secret rash".into(),
            visits: starts.iter().map(|start| (self.person.user, at(start))).collect(),
            every_weeks: Some(1),
        };
        let key = IdempotencyKey::fresh();
        booking::book_all(&self.clinic, &self.patient, &key, request).await.unwrap().visits
    }

    /// What the worker does once, with all messages due.
    pub async fn send(&self) {
        for _ in 0..2 {
            self.db.execute("UPDATE outbox SET available_at = '2026-03-02'").await;
            mail::hand_out(&self.clinic).await.unwrap();
        }
        mail::send_waiting(&self.clinic, SITE).await.unwrap();
    }

    /// The doctor's address.
    fn doctor(&self) -> String {
        format!("{}@example.org", self.provider)
    }

    async fn waiting(&self, problem: &str) -> i64 {
        let left = "outbox WHERE topic = 'mail' AND done_at IS NULL AND dead_at IS NULL";
        self.db.count(&format!("{left} AND problem = '{problem}'")).await
    }
}

fn to<'a>(mails: &'a [Received], address: &str) -> Vec<&'a Received> {
    mails.iter().filter(|mail| mail.to == [address]).collect()
}

fn message_id(mail: &Received) -> String {
    let message = MessageParser::default().parse(mail.data.as_bytes()).unwrap();
    message.message_id().unwrap().to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_visit_comes_as_text_as_html_and_for_the_calendar() {
    let smtp = Smtp::new().await;
    let world = World::new(smtp.addr()).await;
    let id = world.book().await;
    world.send().await;

    let mails = smtp.mails();
    assert_eq!((mails.len(), to(&mails, &world.doctor()).len()), (2, 1));
    let mail = to(&mails, &world.person.email)[0];
    assert_eq!(mail.from, SENDER);
    assert!(!mail.data.to_lowercase().contains("rash"));
    let message = MessageParser::default().parse(mail.data.as_bytes()).unwrap();
    assert_eq!(
        message.subject(),
        Some("Your visit with Dr José Muñoz is booked: Wed 4 Mar, 09:00")
    );
    assert!(message.message_id().unwrap().ends_with("@clinic.test"));
    assert_eq!(message.header_raw("Auto-Submitted").unwrap().trim(), "auto-generated");
    let page = format!("{SITE}/visits/{id}");
    assert!(message.body_text(0).unwrap().contains(&page));
    assert!(message.body_html(0).unwrap().contains(&format!("href=\"{page}\"")));
    let calendars: Vec<_> = message
        .parts
        .iter()
        .filter(|part| part.content_type().is_some_and(|kind| kind.subtype() == Some("calendar")))
        .collect();
    assert_eq!(calendars.len(), 2);
    for part in &calendars {
        assert_eq!(part.content_type().unwrap().attribute("method"), Some("REQUEST"));
        assert_eq!(part.contents(), calendars[0].contents());
    }
    assert_eq!(calendars[1].attachment_name(), Some("visit.ics"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mail_server_that_is_down_is_tried_again_and_keeps_nobody_from_booking() {
    let addr = Smtp::new().await.addr();
    let world = World::new(addr).await;
    world.book().await;
    world.send().await;
    assert_eq!(world.waiting("the mail server cannot be reached").await, 2);
    // Put off: not at once again.
    assert_eq!(mail::send_waiting(&world.clinic, SITE).await.unwrap(), 0);

    let smtp = Smtp::at(addr).await;
    world.send().await;
    assert_eq!(smtp.mails().len(), 2);
    assert_eq!(world.db.count("outbox WHERE done_at IS NULL").await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_is_told_twice_because_somebody_else_could_not_be_told() {
    let smtp = Smtp::new().await;
    let world = World::new(smtp.addr()).await;
    smtp.refuse(&world.doctor(), "451 4.3.0 try again later");
    world.book().await;
    world.send().await;
    assert_eq!(world.waiting("the mail server answered 451").await, 1);
    smtp.refuse_nobody();
    world.send().await;
    let mails = smtp.mails();
    assert_eq!(to(&mails, &world.person.email).len(), 1);
    assert_eq!(to(&mails, &world.doctor()).len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_that_is_refused_for_good_is_given_up_and_not_named() {
    let smtp = Smtp::new().await;
    let world = World::new(smtp.addr()).await;
    smtp.refuse(&world.person.email, "550 5.1.1 <somebody@example.org> is not here");
    world.book().await;
    world.send().await;
    let dead =
        "outbox WHERE dead_at IS NOT NULL AND problem = 'the mail server refused it with 550'";
    assert_eq!(world.db.count(dead).await, 1);
    world.send().await;
    assert_eq!(smtp.mails().len(), 1);

    // What is wrong with us is not held against the address.
    let other = World::new(smtp.addr()).await;
    smtp.refuse(&other.person.email, "530 5.7.0 sign in first");
    other.book().await;
    other.send().await;
    assert_eq!(other.waiting("the mail server answered 530").await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mail_that_was_sent_as_the_server_died_is_known_by_its_id() {
    let smtp = Smtp::new().await;
    let world = World::new(smtp.addr()).await;
    // The patient alone is told.
    world.db.execute("UPDATE providers SET confirms_by_hand = true").await;
    world.book().await;
    world.db.execute("UPDATE providers SET is_active = false").await;
    for _ in 0..2 {
        world.db.execute("UPDATE outbox SET available_at = '2026-03-02'").await;
        mail::hand_out(&world.clinic).await.unwrap();
    }
    let (came, go) = smtp.hold();
    let clinic = world.clinic.clone();
    let worker = tokio::spawn(async move { mail::send_waiting(&clinic, SITE).await });
    came.await.unwrap();
    let mut gate = world.db.gate("outbox").await;
    go.send(()).unwrap();
    gate.wait_for(1).await;
    world
        .db
        .execute("SELECT pg_terminate_backend(pid) FROM pg_locks WHERE relation = 'outbox'::regclass AND NOT granted")
        .await;
    assert!(worker.await.unwrap().is_err());
    gate.open().await;
    let next_server = clinic_with_mail(&world.db, smtp.addr());
    assert_eq!(mail::send_waiting(&next_server, SITE).await.unwrap(), 0);

    world.db.set_now("2026-03-02T06:02:00Z");
    while mail::send_waiting(&next_server, SITE).await.unwrap() > 0 {}
    let mails = smtp.mails();
    assert_eq!((mails.len(), message_id(&mails[0])), (2, message_id(&mails[1])));
    assert_eq!(world.db.count("outbox WHERE done_at IS NULL").await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn nobodys_name_writes_a_header_or_a_recipient() {
    let smtp = Smtp::new().await;
    let world = World::new(smtp.addr()).await;
    let name = r#"E'A\r\nBcc: evil@example.org\r\n\r\n<b>"<x@y.z>,'"#;
    world.db.execute(&format!("UPDATE users SET first_name = {name}")).await;
    world.db.execute(&format!("UPDATE providers SET first_name = {name}")).await;
    world.book().await;
    world.send().await;
    let mails = smtp.mails();
    assert_eq!(mails.len(), 2);
    for mail in &mails {
        assert_eq!(mail.to.len(), 1, "{:?}", mail.to);
        let (headers, _) = mail.data.split_once("\r\n\r\n").unwrap();
        assert!(!headers.lines().any(|line| line.starts_with("Bcc")), "{headers}");
        let message = MessageParser::default().parse(mail.data.as_bytes()).unwrap();
        assert!(message.bcc().is_none());
        assert_eq!(message.to().unwrap().iter().count(), 1, "{headers}");
        assert!(!message.body_html(0).unwrap().contains("<b>"));
    }
}

#[test]
fn mail_goes_to_other_machines_over_tls_alone_and_no_password_is_shown() {
    let new = |url: &str| SmtpMail::new(&url.to_owned().into(), &SENDER.parse().unwrap());
    for plain in ["smtp://mail.example", "smtp://mail.example?tls=opportunistic", "http://x", "x"] {
        assert!(new(plain).is_err(), "{plain}");
    }
    for safe in ["smtps://u:p@mail.example", "smtp://mail.example:587?tls=required"] {
        assert!(new(safe).is_ok(), "{safe}");
    }
    let shown = SmtpMail::shown(&"smtps://mailer:hunter2@mail.example:465".to_owned().into());
    assert_eq!(shown, "smtps://mailer@mail.example:465");
}

#[tokio::test(flavor = "multi_thread")]
async fn only_a_demo_has_a_mailbox_for_everybody_to_read() {
    let db = TestDb::at(NOW).await;
    for (demo, status) in [(true, StatusCode::OK), (false, StatusCode::NOT_FOUND)] {
        let site = Site::new(db.clinic(), SITE.into(), demo);
        let router = server::router::router(
            &site,
            Path::new("/nonexistent"),
            true,
            server::router::Load::of(8),
            &server::Outside::default(),
            None,
        );
        let request = Request::get("/dev/mail")
            .extension(ConnectInfo(SocketAddr::from(([203, 0, 113, 7], 443))))
            .body(Body::empty())
            .unwrap();
        assert_eq!(router.oneshot(request).await.unwrap().status(), status);
    }
}
