//! Adults who act for a patient: who may do what, until when, and who hears of it.
use crate::{
    address::{mail_to, token_in},
    schema::lines,
};
use diesel_async::SimpleAsyncConnection;
use domain::{
    account::HealthDetails,
    booking::{AppointmentId, BookingRequest, VisitKind},
    directory::ProviderId,
    identity::UserId,
    proxies::{
        GrantForm, INVITATION_OVER, NOT_YOUR_INVITATION, ProxyGrantId, Scope, TOO_MANY_INVITATIONS,
        TOO_MANY_PROXIES,
    },
};
use services::{
    Clinic, Error, Result,
    account::{self, closing, export},
    audit::log::{self, LogFilter},
    booking::{self, Booked, Change, GroupRequest, IdempotencyKey, When},
    calendar,
    directory::Page,
    family,
    identity::{Caller, Patient, Person, blocking, reset},
    payments,
    proxies::{self, Invitation},
};
use testkit::{TestDb, at};

const NOW: &str = "2026-03-02T06:00:00Z";
const NINE: &str = "2026-03-03T09:00:00Z";
const TEN: &str = "2026-03-03T10:00:00Z";
const LATER: &str = "2026-03-05T09:00:00Z";

/// Ana, who grants, and Ben, who acts.
pub struct World {
    pub db: TestDb,
    pub clinic: Clinic,
    pub provider: ProviderId,
    pub ana: Caller<Patient>,
    pub ben: Caller<Patient>,
}

impl World {
    pub async fn new() -> Self {
        let db = TestDb::at(NOW).await;
        let clinic = db.clinic();
        let provider = db.provider().await;
        let (ana, ben) = (db.patient(&clinic).await, db.patient(&clinic).await);
        db.execute(&format!("UPDATE users SET first_name = 'Ben' WHERE id = '{}'", ben.user)).await;
        Self { db, clinic, provider, ana, ben }
    }

    async fn person(&self, caller: &Caller<Patient>) -> Caller<Person> {
        self.db.caller(&self.clinic, caller.user).await
    }

    async fn invite(&self, email: &str, scopes: &[&str]) -> Result<ProxyGrantId> {
        proxies::grant(&self.clinic, &self.ana, &form(email, scopes)).await
    }

    /// The token of the newest invitation to `email`.
    async fn token(&self, email: &str) -> String {
        token_in(&mail_to(&self.db, &self.clinic, email).await.unwrap())
    }

    /// Ben acts for Ana.
    pub async fn entrust(&self, scopes: &[&str]) -> ProxyGrantId {
        let id = self.invite(&self.ben.email, scopes).await.unwrap();
        let token = self.token(&self.ben.email).await;
        proxies::accept(&self.clinic, &self.ben, &token).await.unwrap();
        id
    }

    async fn book(&self, by: &Caller<Patient>, start: &str) -> Result<Booked> {
        let key = IdempotencyKey::fresh();
        booking::book_for(&self.clinic, by, self.ana.user, &key, self.visit_at(start)).await
    }

    fn visit_at(&self, start: &str) -> BookingRequest {
        BookingRequest {
            provider: self.provider,
            start: at(start),
            kind: VisitKind::Video,
            reason: "A secret rash".into(),
            place: None,
        }
    }

    /// A visit that Ana has booked herself.
    async fn visit(&self, start: &str) -> AppointmentId {
        self.book(&self.ana, start).await.unwrap().appointment
    }

    /// What Ben has done to or seen of Ana, in order.
    async fn deeds(&self) -> Vec<String> {
        let sql = format!(
            "SELECT action AS line FROM audit_events WHERE actor_id = '{}' AND patient_id = '{}' ORDER BY occurred_at, id",
            self.ben.user, self.ana.user
        );
        lines(&self.db, &sql).await
    }

    /// Lets the time of every grant pass, on the clock of the database.
    async fn let_time_pass(&self) {
        self.db
            .execute(
                "UPDATE proxy_grants SET granted_at = granted_at - interval '300 days', \
                 accepted_at = accepted_at - interval '300 days', ends_at = clock_timestamp() - interval '1 second'",
            )
            .await;
    }

    async fn sees(&self, id: AppointmentId) -> bool {
        let ben = self.person(&self.ben).await;
        booking::visit(&self.clinic, &ben, id).await.is_ok()
    }
}

fn form(email: &str, scopes: &[&str]) -> GrantForm {
    let scopes = scopes.iter().map(|&word| word.to_owned()).collect();
    GrantForm { email: email.into(), scopes, lifetime: "6_months".into() }
}

fn is_not_found<T>(outcome: &Result<T>) -> bool {
    matches!(outcome, Err(Error::NotFound))
}

#[tokio::test(flavor = "multi_thread")]
async fn proxies_are_invited_accept_once_and_are_seen_by_both() {
    let world = World::new().await;
    let World { clinic, ana, ben, .. } = &world;
    world.invite(&format!(" {} ", ben.email.to_uppercase()), &["booking"]).await.unwrap();
    let waiting = proxies::grants(clinic, ana).await.unwrap();
    assert_eq!((waiting.len(), waiting[0].proxy_name.as_deref()), (1, None));
    assert!(is_not_found(&world.book(ben, NINE).await), "nothing is open before they accept");

    let mail = mail_to(&world.db, clinic, &ben.email).await.unwrap();
    assert!(!mail.contains("Ana") && !mail.contains("Silva"), "{mail}");
    let token = token_in(&mail);
    let Invitation::Open(invitation) = proxies::invitation(clinic, ben, &token).await.unwrap()
    else {
        panic!("it is Ben's")
    };
    assert_eq!((invitation.name.as_str(), invitation.patient), ("Ana Silva", ana.user));
    proxies::accept(clinic, ben, &token).await.unwrap();
    let again = proxies::accept(clinic, ben, &token).await;
    assert!(matches!(again, Err(Error::Refused(INVITATION_OVER))), "{again:?}");

    let granted = proxies::grants(clinic, ana).await.unwrap();
    assert_eq!(granted[0].proxy_name.as_deref(), Some("Ben Silva"));
    assert_eq!(granted[0].scopes.iter().collect::<Vec<_>>(), [Scope::Visits, Scope::Booking]);
    let acting = proxies::acting_for(clinic, ben).await.unwrap();
    assert_eq!((acting.len(), acting[0].patient), (1, ana.user));
    let told = mail_to(&world.db, clinic, &ana.email).await.unwrap();
    assert!(told.contains("has agreed") && told.contains("/account/proxies"), "{told}");
    let chosen = family::booked_for(clinic, ben).await.unwrap();
    assert_eq!((chosen.len(), chosen[0].name.as_str()), (1, "Ana Silva"));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_invitation_is_for_one_proven_address_and_seven_days() {
    let world = World::new().await;
    let World { db, clinic, ana, ben, .. } = &world;
    let eve = db.patient(clinic).await;
    world.invite(&ben.email, &["visits"]).await.unwrap();
    let token = world.token(&ben.email).await;

    for other in [&eve, ana] {
        let seen = proxies::invitation(clinic, other, &token).await.unwrap();
        assert!(matches!(seen, Invitation::NotYours), "{seen:?}");
        for answer in [
            proxies::accept(clinic, other, &token).await,
            proxies::decline(clinic, other, &token).await,
        ] {
            assert!(matches!(answer, Err(Error::Refused(NOT_YOUR_INVITATION))), "{answer:?}");
        }
    }
    let set =
        |is: bool| format!("UPDATE users SET is_email_verified = {is} WHERE id = '{}'", ben.user);
    db.execute(&set(false)).await;
    let unproven = proxies::accept(clinic, ben, &token).await;
    assert!(matches!(unproven, Err(Error::Refused(NOT_YOUR_INVITATION))), "{unproven:?}");
    db.execute(&set(true)).await;
    for forged in ["", "x", &token[1..], &format!("{token}A")] {
        let over = proxies::accept(clinic, ben, forged).await;
        assert!(matches!(over, Err(Error::Refused(INVITATION_OVER))), "{forged}: {over:?}");
    }

    db.execute("UPDATE proxy_grants SET granted_at = granted_at - interval '168 hours', ends_at = ends_at - interval '168 hours'").await;
    let late = proxies::accept(clinic, ben, &token).await;
    assert!(matches!(late, Err(Error::Refused(INVITATION_OVER))), "{late:?}");
    assert!(matches!(proxies::invitation(clinic, ben, &token).await.unwrap(), Invitation::Over));
    assert!(proxies::grants(clinic, ana).await.unwrap().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_learns_whether_an_address_has_an_account() {
    let world = World::new().await;
    let World { db, clinic, ben, .. } = &world;
    let known = world.invite(&ben.email, &["visits"]).await;
    let unknown = world.invite("nobody@example.org", &["visits"]).await;
    assert!(known.is_ok() && unknown.is_ok());

    let (one, other) = (
        mail_to(db, clinic, &ben.email).await.unwrap(),
        mail_to(db, clinic, "nobody@example.org").await.unwrap(),
    );
    let without_token = |mail: &str| mail.replace(&token_in(mail), "");
    assert_eq!(without_token(&one), without_token(&other));
    let rows = lines(
        db,
        "SELECT scopes::text || num_nonnulls(invited_email, proxy_id, accepted_at, ended_at) AS line FROM proxy_grants",
    );
    assert_eq!(rows.await, ["{visits}1", "{visits}1"]);
    // Who may not see a visit cannot tell it from one that there is not.
    let id = world.visit(NINE).await;
    assert!(!world.sees(id).await && !world.sees(AppointmentId::generate()).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn another_invitation_takes_the_place_of_the_one_before() {
    let world = World::new().await;
    let World { clinic, ana, ben, .. } = &world;
    world.entrust(&["visits"]).await;
    let id = world.visit(NINE).await;

    world.invite(&ben.email, &["health"]).await.unwrap();
    let first = world.token(&ben.email).await;
    world.invite(&ben.email, &["health"]).await.unwrap();
    let second = world.token(&ben.email).await;
    let over = proxies::accept(clinic, ben, &first).await;
    assert!(matches!(over, Err(Error::Refused(INVITATION_OVER))), "{over:?}");
    assert!(world.sees(id).await, "what they may do stays until they accept");
    proxies::accept(clinic, ben, &second).await.unwrap();
    assert!(!world.sees(id).await);
    assert_eq!(proxies::grants(clinic, ana).await.unwrap().len(), 1);

    world.invite(&ben.email, &["booking"]).await.unwrap();
    let third = world.token(&ben.email).await;
    proxies::decline(clinic, ben, &third).await.unwrap();
    assert!(proxies::accept(clinic, ben, &third).await.is_err());
    assert_eq!(proxies::grants(clinic, ana).await.unwrap().len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn who_sees_visits_sees_them_everywhere_and_changes_none() {
    let world = World::new().await;
    let World { db, clinic, ana, ben, .. } = &world;
    world.entrust(&["visits"]).await;
    let id = world.visit(LATER).await;
    let person = world.person(ben).await;

    let listed = booking::visits(clinic, ben, When::Coming, Page::first()).await.unwrap();
    assert_eq!((listed.count, listed.items[0].id), (1, id));
    let visit = booking::visit(clinic, &person, id).await.unwrap();
    assert!(visit.is_of(ben.user) && visit.is_only_seen() && !visit.is_changed_by(ben.user));
    assert!(visit.is_changed_by(ana.user));
    let token = calendar::issue_feed(clinic, &person).await.unwrap();
    let feed = calendar::read_feed(clinic, &token, "https://clinic.test").await.unwrap();
    assert!(feed.contains("Visit of Ana Silva"), "{feed}");
    assert!(!feed.contains("rash"));
    assert_eq!(
        world.deeds().await,
        ["proxy.accept", "appointment.list", "appointment.read", "appointment.list"]
    );

    let to_ten = Change { start: Some(at(TEN)), reason: None };
    for outcome in [
        booking::change(clinic, ben, id, &to_ten, None).await.map(drop),
        booking::cancel(clinic, ben, id, None, None).await.map(drop),
        booking::plan_following(clinic, ben, id, at(TEN)).await.map(drop),
        payments::begin(clinic, ben, id, "/".into(), None).await.map(drop),
        world.book(ben, NINE).await.map(drop),
        booking::own_visit_at(clinic, ben, ana.user, world.provider, at(LATER)).await.map(drop),
    ] {
        assert!(outcome.is_err(), "{outcome:?}");
    }
    assert!(family::booked_for(clinic, ben).await.unwrap().is_empty());
    assert_eq!(db.count("appointment_changes").await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn who_books_books_moves_and_cancels_and_all_of_it_is_on_record() {
    let world = World::new().await;
    let World { clinic, ana, ben, .. } = &world;
    world.entrust(&["booking"]).await;
    let id = world.book(ben, LATER).await.unwrap().visit.unwrap().id;
    let to_nine = Change { start: Some(at("2026-03-05T10:00:00Z")), reason: Some("Fever".into()) };
    booking::change(clinic, ben, id, &to_nine, None).await.unwrap();
    booking::cancel(clinic, ben, id, None, None).await.unwrap();

    assert_eq!(
        world.deeds().await,
        [
            "proxy.accept",
            "appointment.create",
            "appointment.change_reason",
            "appointment.reschedule",
            "appointment.cancel"
        ]
    );
    let visit = booking::visit(clinic, &world.person(ana).await, id).await.unwrap();
    let history = booking::history(clinic, &visit).await.unwrap();
    assert!(history.iter().all(|change| change.proxy_name.as_deref() == Some("Ben Silva")));
    let log = log::access_log(
        clinic,
        ana,
        LogFilter { others_only: true, ..Default::default() },
        Page::first(),
    );
    assert!(log.await.unwrap().items.iter().any(|line| line.action == "appointment.cancel"
        && line.actor_name.as_deref() == Some("Ben Silva")));
    // What is done to Ana is not for Ben to read.
    let of_ben = log::access_log(clinic, ben, LogFilter::default(), Page::first()).await.unwrap();
    assert!(of_ben.items.iter().all(|line| line.patient == Some(ben.user)));
}

#[tokio::test(flavor = "multi_thread")]
async fn several_visits_are_booked_for_who_lets_them_and_for_nobody_else() {
    let world = World::new().await;
    let World { clinic, ana, ben, .. } = &world;
    let group = || GroupRequest {
        provider: world.provider,
        kind: VisitKind::Video,
        reason: "Flu".into(),
        visits: vec![(ben.user, at(NINE)), (ana.user, at("2026-03-03T09:30:00Z"))],
        every_weeks: None,
    };
    let refused = booking::book_all(clinic, ben, &IdempotencyKey::fresh(), group()).await;
    assert!(is_not_found(&refused), "{refused:?}");
    world.entrust(&["booking"]).await;
    let booked = booking::book_all(clinic, ben, &IdempotencyKey::fresh(), group()).await.unwrap();
    assert_eq!(booked.visits.len(), 2);
    // Not the other way round.
    let key = IdempotencyKey::fresh();
    let back = booking::book_for(clinic, ana, ben.user, &key, world.visit_at(TEN)).await;
    assert!(is_not_found(&back), "{back:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_kept_time_becomes_the_visit_of_who_lets_them() {
    let world = World::new().await;
    let World { db, clinic, ana, ben, .. } = &world;
    world.entrust(&["booking"]).await;
    booking::hold(clinic, ben, world.provider, at(NINE), None).await.unwrap();
    let booked = world.book(ben, NINE).await.unwrap();
    let rows = lines(db, "SELECT id || ' ' || patient_id || ' ' || created_by AS line FROM appointments WHERE status = 'scheduled'").await;
    assert_eq!(rows, [format!("{} {} {}", booked.appointment, ana.user, ben.user)]);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_either_of_them_ends_is_over_at_once() {
    for by_patient in [true, false] {
        let world = World::new().await;
        let World { db, clinic, ana, ben, .. } = &world;
        let grant = world.entrust(&["booking", "health"]).await;
        let id = world.visit(LATER).await;
        assert!(world.sees(id).await);
        let eve = db.patient(clinic).await;
        assert!(is_not_found(&proxies::end(clinic, &eve, grant).await));
        proxies::end(clinic, if by_patient { ana } else { ben }, grant).await.unwrap();
        assert!(is_not_found(&proxies::end(clinic, ana, grant).await), "once");

        assert!(!world.sees(id).await);
        assert!(is_not_found(&world.book(ben, NINE).await));
        assert!(is_not_found(&booking::cancel(clinic, ben, id, None, None).await));
        assert!(is_not_found(&proxies::health(clinic, ben, grant).await));
        assert_eq!(
            booking::visits(clinic, ben, When::Always, Page::first()).await.unwrap().count,
            0
        );
        assert!(proxies::acting_for(clinic, ben).await.unwrap().is_empty());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_clock_of_the_database_ends_a_grant() {
    let world = World::new().await;
    let World { db, clinic, ana, ben, .. } = &world;
    let grant = world.entrust(&["booking", "health"]).await;
    let id = world.visit(LATER).await;
    // Ours says that years have passed, or none: it is not asked.
    db.set_now("2030-01-01T00:00:00Z");
    assert!(world.sees(id).await);
    db.set_now(NOW);
    world.let_time_pass().await;

    assert!(!world.sees(id).await);
    assert!(is_not_found(&world.book(ben, NINE).await));
    assert!(is_not_found(&booking::cancel(clinic, ben, id, None, None).await));
    assert!(is_not_found(&proxies::health(clinic, ben, grant).await));
    assert!(proxies::grants(clinic, ana).await.unwrap().is_empty());
    assert_eq!(proxies::sweep(clinic).await.unwrap(), 1);
    assert_eq!(proxies::sweep(clinic).await.unwrap(), 0);
    assert_eq!(db.count("proxy_grants WHERE ended_at IS NOT NULL AND ended_by IS NULL").await, 1);
}

/// Books, or cancels, as Ben while Ana takes his access back; what came of it.
async fn meanwhile(
    world: &World,
    grant: ProxyGrantId,
    cancels: Option<AppointmentId>,
) -> (bool, bool) {
    let act = async {
        match cancels {
            Some(id) => booking::cancel(&world.clinic, &world.ben, id, None, None).await.is_ok(),
            None => world.book(&world.ben, NINE).await.is_ok(),
        }
    };
    let mut gate = world.db.gate_at_rows("proxy_grants").await;
    let open = async {
        gate.wait_for(2).await;
        gate.open().await;
    };
    let (done, ended, ()) = tokio::join!(act, proxies::end(&world.clinic, &world.ana, grant), open);
    (done, ended.is_ok())
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_booked_or_cancelled_by_a_grant_that_was_taken_back() {
    for cancels in [false, true] {
        let world = World::new().await;
        let grant = world.entrust(&["booking"]).await;
        let id = world.visit(LATER).await;
        let (done, ended) = meanwhile(&world, grant, cancels.then_some(id)).await;
        assert!(ended);
        let theirs = format!(
            "audit_events WHERE actor_id = '{}' AND action LIKE 'appointment.%'",
            world.ben.user
        );
        assert_eq!(world.db.count(&theirs).await, i64::from(done), "all of it or nothing");
        assert!(is_not_found(&world.book(&world.ben, TEN).await));
        world.db.check_rules().await;
    }
}

/// As Ben has read the grant, and writes only after it has ended.
#[tokio::test(flavor = "multi_thread")]
async fn who_has_looked_before_it_ended_books_nothing_after() {
    let world = World::new().await;
    let grant = world.entrust(&["booking"]).await;
    // The booking has passed every check, and waits for the doctor's row, or for the grant's.
    let mut owner = world.db.owner().await;
    owner
        .batch_execute(&format!(
            "BEGIN; UPDATE proxy_grants SET ended_at = clock_timestamp(), ended_by = patient_id WHERE id = '{grant}'"
        ))
        .await
        .unwrap();
    let mut watch = world.db.owner().await;
    let commit = async {
        while lines_waiting(&mut watch).await == 0 {
            tokio::task::yield_now().await;
        }
        owner.batch_execute("COMMIT").await.unwrap();
    };
    let (booked, ()) = tokio::join!(world.book(&world.ben, NINE), commit);
    assert!(is_not_found(&booked), "{booked:?}");
    assert_eq!(world.db.count("appointments").await, 0);
}

/// How many wait for a lock.
async fn lines_waiting(conn: &mut services::Conn) -> i64 {
    use diesel::{QueryableByName, sql_query, sql_types::BigInt};
    use diesel_async::RunQueryDsl;
    #[derive(QueryableByName)]
    struct Waiting {
        #[diesel(sql_type = BigInt)]
        count: i64,
    }
    let sql = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'";
    sql_query(sql).get_result::<Waiting>(conn).await.unwrap().count
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_said_of_health_is_open_to_who_may_read_it_alone() {
    let world = World::new().await;
    let World { db, clinic, ana, ben, .. } = &world;
    let details = HealthDetails { allergies: "Nuts".into(), ..Default::default() };
    account::change_health(clinic, &world.person(ana).await, &details).await.unwrap();

    let visits = world.entrust(&["booking"]).await;
    assert!(is_not_found(&proxies::health(clinic, ben, visits).await));
    assert_eq!(profiles(clinic, ben.user).await, 0, "the wall holds");
    let grant = world.entrust(&["health"]).await;
    let read = proxies::health(clinic, ben, grant).await.unwrap();
    assert_eq!(read.health.allergies.as_deref(), Some("Nuts"));
    assert_eq!(profiles(clinic, ben.user).await, 1);
    assert_eq!(world.deeds().await.last().unwrap(), "health_profile.read");
    assert!(is_not_found(&proxies::health(clinic, &db.patient(clinic).await, grant).await));
    world.let_time_pass().await;
    assert_eq!(profiles(clinic, ben.user).await, 0, "by the clock of the database");
}

/// How many profiles of others the application gets that reads as `reader`.
async fn profiles(clinic: &Clinic, reader: UserId) -> usize {
    use diesel::sql_query;
    use diesel_async::{AsyncConnection, RunQueryDsl};
    let conn = &mut *clinic.db().await.unwrap();
    conn.transaction(async |conn| {
        conn.batch_execute(&format!("SET LOCAL medconnect.reader = '{reader}'")).await?;
        let found = sql_query(format!("SELECT FROM user_profiles WHERE user_id <> '{reader}'"));
        Ok::<_, Error>(found.execute(conn).await?)
    })
    .await
    .unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_closed_account_grants_nothing_and_is_granted_nothing() {
    for closes_patient in [true, false] {
        let world = World::new().await;
        let World { db, clinic, ana, ben, .. } = &world;
        let grant = world.entrust(&["booking", "health"]).await;
        let who = world.person(if closes_patient { ana } else { ben }).await;
        closing::close(clinic, &who, "purple tractor sings quietly".into(), None).await.unwrap();
        assert_eq!(db.count("proxy_grants WHERE ended_at IS NULL").await, 0);
        if closes_patient {
            assert!(is_not_found(&proxies::health(clinic, ben, grant).await));
            assert!(is_not_found(&world.book(ben, NINE).await));
        } else {
            assert!(proxies::grants(clinic, ana).await.unwrap().is_empty());
        }
        let refused = proxies::grant(clinic, ana, &form("a@example.org", &["visits"])).await;
        assert_eq!(refused.is_err(), closes_patient);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_password_ends_what_was_granted_in_the_last_week() {
    let world = World::new().await;
    let World { db, clinic, ana, .. } = &world;
    world.entrust(&["visits"]).await;
    world.invite("thief@example.org", &["health"]).await.unwrap();
    reset::ask(clinic, &ana.email).await.unwrap();
    let token = token_in(&mail_to(db, clinic, &ana.email).await.unwrap());
    reset::choose(clinic, &token, "eleven calm rivers glowing".into()).await.unwrap();
    assert_eq!(db.count("proxy_grants WHERE ended_at IS NULL").await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn ten_act_at_most_and_ten_invitations_go_out_in_a_day() {
    let world = World::new().await;
    let World { db, clinic, ana, .. } = &world;
    for number in 0..9 {
        world.invite(&format!("{number}@example.org"), &["visits"]).await.unwrap();
    }
    // Two that would each be the tenth, on a day when all others are older.
    db.execute("UPDATE proxy_grants SET granted_at = granted_at - interval '2 days', ends_at = ends_at - interval '2 days'").await;
    let (one, other) = (form("x@example.org", &["visits"]), form("y@example.org", &["visits"]));
    let mut gate = db.gate_at_rows("users").await;
    let open = async {
        gate.wait_for(2).await;
        gate.open().await;
    };
    let (one, other, ()) =
        tokio::join!(proxies::grant(clinic, ana, &one), proxies::grant(clinic, ana, &other), open);
    let refused: Vec<_> = [one, other].into_iter().filter_map(Result::err).collect();
    assert!(matches!(&refused[..], [Error::Refused(TOO_MANY_PROXIES)]), "{refused:?}");

    for grant in proxies::grants(clinic, ana).await.unwrap() {
        proxies::end(clinic, ana, grant.id).await.unwrap();
    }
    for number in 0..9 {
        world.invite(&format!("{number}@example.org"), &["visits"]).await.unwrap();
    }
    let refused = world.invite("last@example.org", &["visits"]).await;
    assert!(matches!(refused, Err(Error::Refused(TOO_MANY_INVITATIONS))), "{refused:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_granted_is_not_for_the_application_to_change() {
    let world = World::new().await;
    let grant = world.entrust(&["visits"]).await;
    let mut app = world.clinic.db().await.unwrap();
    let eve = world.db.patient(&world.clinic).await.user;
    for forbidden in [
        "UPDATE proxy_grants SET scopes = '{visits,booking,health}'".to_owned(),
        "UPDATE proxy_grants SET ends_at = ends_at + interval '1 day'".to_owned(),
        format!("UPDATE proxy_grants SET proxy_id = '{eve}'"),
        "DELETE FROM proxy_grants".to_owned(),
    ] {
        assert!(app.batch_execute(&forbidden).await.is_err(), "{forbidden}");
    }
    proxies::end(&world.clinic, &world.ana, grant).await.unwrap();
    assert!(
        app.batch_execute("UPDATE proxy_grants SET ended_at = NULL, ended_by = NULL")
            .await
            .is_err()
    );
    let mut owner = world.db.owner().await;
    for wrong in ["'{booking}'", "'{}'", "'{visits,all}'"] {
        let insert = format!(
            "INSERT INTO proxy_grants (id, patient_id, invited_email, scopes, ends_at) \
             SELECT gen_random_uuid(), patient_id, 'a@example.org', {wrong}, clock_timestamp() + interval '1 day' FROM proxy_grants"
        );
        assert!(owner.batch_execute(&insert).await.is_err(), "{wrong}");
    }
    let long = "INSERT INTO proxy_grants (id, patient_id, invited_email, scopes, granted_at, ends_at) \
        SELECT gen_random_uuid(), patient_id, 'a@example.org', '{visits}', now(), now() + interval '8761 hours' FROM proxy_grants";
    assert!(owner.batch_execute(long).await.is_err());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_download_has_the_grants_and_no_visits_of_others() {
    let world = World::new().await;
    let World { clinic, ana, ben, .. } = &world;
    world.entrust(&["booking"]).await;
    world.visit(NINE).await;
    let of_ana = export::export(clinic, &world.person(ana).await).await.unwrap();
    assert_eq!(of_ana["proxies"][0]["name"], "Ben Silva");
    let of_ben = export::export(clinic, &world.person(ben).await).await.unwrap();
    assert_eq!(of_ben["acting_for"][0]["name"], "Ana Silva");
    assert_eq!(of_ben["visits"].as_array().unwrap().len(), 0);
    assert_eq!(of_ana["visits"].as_array().unwrap().len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn for_who_is_blocked_nobody_acts_and_the_blocked_act_for_nobody() {
    for blocks_patient in [true, false] {
        let world = World::new().await;
        world.entrust(&["visits", "booking", "health"]).await;
        world.book(&world.ben, NINE).await.unwrap();
        let manager = world.db.role_manager(&world.clinic).await;
        let whom = if blocks_patient { world.ana.user } else { world.ben.user };

        blocking::block(&world.clinic, &manager, whom).await.unwrap();

        assert!(proxies::acting_for(&world.clinic, &world.ben).await.unwrap().is_empty());
        let refused = world.book(&world.ben, TEN).await;
        assert!(matches!(refused, Err(Error::NotFound | Error::SignedOut)), "{refused:?}");
        assert_eq!(world.db.count("proxy_grants WHERE ended_at IS NULL").await, 0);
    }
}
