//! People who hold, book, wait, pay, move and cancel on three servers while servers and PostgreSQL are
//! killed under them: what each was told is so in the end, once, nobody's work is left lying, and the mail
//! that each has says how things are.
use crate::{
    fleet::{Fleet, head},
    posted::{UNTOLD, check_mails, forget_leases},
    running::{Answer, Folder, nines, pairs, tokens},
};
use domain::directory::ProviderId;
use futures_util::future::join_all;
use gateways::postgres::Cluster;
use jiff::{SignedDuration, Timestamp};
use rustix::process::{Signal, kill_process};
use serde_json::{Value, json};
use std::{collections::BTreeMap, time::Duration};
use testkit::{Smtp, TestDb, broken_rules};
use tokio::sync::watch;

const PEOPLE: usize = 8;
const COMMANDS: usize = 25;

/// How many commands are answered when something is killed: in the middle of whatever happens then, in
/// transactions, between commits and answers, and PostgreSQL.
const KILLS: [usize; 4] = [15, 40, 65, 90];

/// How many mails may come twice: one for each server that is killed, or loses its database, after the mail
/// server has taken it over and before that is written down.
const TWICE: usize = 1 + 2 + 3 + 3 + 3;

/// One of them, and what they were told of their visits: whether each stands, and when it is.
struct Survivor {
    number: usize,
    token: String,
    visits: BTreeMap<String, (bool, Timestamp)>,
}

struct Clinic {
    fleet: Fleet,
    smtp: Smtp,
    doctors: Vec<ProviderId>,
    starts: Vec<Timestamp>,
    answered: watch::Sender<usize>,
}

impl Clinic {
    async fn new(db: &TestDb) -> Self {
        let doctors = vec![db.provider().await, db.provider().await, db.provider().await];
        let half_hours =
            |nine: Timestamp| (0..6).map(move |count| nine + SignedDuration::from_mins(30 * count));
        let starts = nines(2).into_iter().flat_map(half_hours).collect();
        let smtp = Smtp::new().await;
        let fleet = Fleet::start_with_mail(db, Some(smtp.addr())).await;
        Self { fleet, smtp, doctors, starts, answered: watch::Sender::new(0) }
    }

    /// Returns once so many commands have been answered.
    async fn hears(&self, wanted: usize) {
        self.answered.subscribe().wait_for(|answered| *answered >= wanted).await.unwrap();
    }
}

impl Survivor {
    /// Sends a command until it is answered, which it must be with one of `wanted`.
    async fn send(
        &self,
        clinic: &Clinic,
        command: (&str, &str, &str),
        body: &Value,
        wanted: &[u16],
    ) -> Answer {
        let (method, path, key) = command;
        let head = head(method, path, &self.token, key);
        let body = if body.is_null() { String::new() } else { body.to_string() };
        let answer = clinic.fleet.insist(self.number, &head, &body).await;
        clinic.answered.send_modify(|answered| *answered += 1);
        assert!(wanted.contains(&answer.status), "{command:?} {answer:?}");
        answer
    }

    /// Keeps in mind what an answer says of a visit.
    fn learn(&mut self, answer: &Answer) {
        if ![200, 201].contains(&answer.status) {
            return;
        }
        let answer = answer.json();
        let visits = answer["results"].as_array().cloned().unwrap_or_else(|| vec![answer.clone()]);
        for visit in visits {
            let stands = visit["status"] != "cancelled";
            let start = visit["appointment_date"].as_str().unwrap().parse().unwrap();
            self.visits.insert(visit["id"].as_str().unwrap().to_owned(), (stands, start));
        }
    }

    /// The `dice`th of the visits that stand.
    fn visit(&self, dice: usize) -> Option<String> {
        let stands: Vec<_> = self.visits.iter().filter(|(_, (stands, _))| *stands).collect();
        stands.get(dice % stands.len().max(1)).map(|(id, _)| (*id).clone())
    }

    async fn act(&mut self, clinic: &Clinic, turn: usize) {
        // Anything does, so long as it is the same each time.
        let dice = (self.number * 31 + turn * 17) * 2_654_435_761 % 4_294_967_296 / 65_536;
        let doctor = clinic.doctors[dice % clinic.doctors.len()];
        let start = clinic.starts[dice / 4 % clinic.starts.len()];
        let key = &format!("{}-{turn}", self.number);
        let visit = self.visit(dice).map(|id| (format!("/api/appointments/{id}"), id));
        match (dice / 64 % 8, visit) {
            (0, _) => {
                let hold = format!("/api/providers/{doctor}/hold");
                let body = json!({ "start": start });
                self.send(clinic, ("PUT", &hold, key), &body, &[200, 400, 409]).await;
            }
            (1, _) => {
                let last = clinic.starts[11].strftime("%F").to_string();
                let body = json!({
                    "healthcare_provider_id": doctor, "appointment_types": ["video"],
                    "weekdays": [1, 2, 3, 4, 5, 6, 7], "starts": "09:00", "ends": "12:00",
                    "from": clinic.starts[0].strftime("%F").to_string(), "until": last,
                    "chief_complaint": "Sore throat",
                });
                self.send(clinic, ("POST", "/api/waitlist", key), &body, &[201, 409]).await;
            }
            (2, _) => self.accept(clinic, key).await,
            (3, Some((path, _))) => {
                let body = json!({ "appointment_date": start });
                let moved = self.send(clinic, ("PUT", &path, key), &body, &[200, 400, 409]).await;
                self.learn(&moved);
            }
            (4, Some((path, _))) => {
                let cancelled = self.send(clinic, ("DELETE", &path, key), &Value::Null, &[200]);
                let cancelled = cancelled.await;
                self.learn(&cancelled);
            }
            (5, Some((_, id))) => {
                let body = json!({ "appointment_id": id });
                self.send(clinic, ("POST", "/api/payments", key), &body, &[201, 409]).await;
            }
            (6, _) => {
                // The same time of both days.
                let next = clinic.starts[(dice / 4 + 6) % clinic.starts.len()];
                let body = json!({
                    "healthcare_provider_id": doctor, "appointment_type": "video", "every_weeks": 1,
                    "visits": [{ "appointment_date": start }, { "appointment_date": next }],
                    "chief_complaint": "Sore throat",
                });
                let all = ("POST", "/api/appointments/group", key.as_str());
                let booked = self.send(clinic, all, &body, &[201, 400, 409]).await;
                self.learn(&booked);
            }
            _ => {
                let body = json!({
                    "healthcare_provider_id": doctor, "appointment_date": start,
                    "appointment_type": "video", "chief_complaint": "Sore throat",
                });
                let booked = ("POST", "/api/appointments", key.as_str());
                let booked = self.send(clinic, booked, &body, &[201, 400, 409]).await;
                self.learn(&booked);
            }
        }
    }

    /// Accepts what is kept for them, if anything is.
    async fn accept(&mut self, clinic: &Clinic, key: &str) {
        let waits = self.send(clinic, ("GET", "/api/waitlist", key), &Value::Null, &[200]).await;
        let waits = waits.json();
        let mut offers = waits["results"].as_array().into_iter().flatten();
        if let Some(id) = offers.find_map(|wait| wait["offer"]["id"].as_str()) {
            let path = format!("/api/waitlist/offers/{id}/accept");
            let accepted = self.send(clinic, ("POST", &path, key), &Value::Null, &[200, 409]).await;
            self.learn(&accepted);
        }
    }
}

/// Something that the doctor is to be told, whatever else happens.
async fn welcome(db: &TestDb, doctor: ProviderId) {
    db.execute(&format!(
        "INSERT INTO outbox (id, topic, unique_key, payload) VALUES (gen_random_uuid(), 'provider.welcome', \
             'provider.welcome/{doctor}', jsonb_build_object('provider_id', '{doctor}'))"
    ))
    .await;
}

/// The workers get everything done that is to be done: nothing is kept that has ended, all money is where
/// it belongs, and everybody has been told.
async fn workers_resume(db: &TestDb) {
    db.execute(
        "UPDATE appointments SET held_until = now() WHERE status = 'held'; \
         UPDATE waitlist_offers SET expires_at = now() WHERE outcome = 'pending'; \
         UPDATE demo_checkouts SET outcome = 'paid' WHERE outcome = 'open'; \
         UPDATE payment_attempts SET next_at = now() WHERE status = 'started'",
    )
    .await;
    let mut now_and_then = tokio::time::interval(Duration::from_millis(100));
    let conn = &mut db.owner().await;
    let resting = async {
        while !broken_rules(conn, true).await.is_empty() || db.count(UNTOLD).await > 0 {
            now_and_then.tick().await;
        }
    };
    if tokio::time::timeout(Duration::from_secs(30), resting).await.is_err() {
        db.check_rules_at_rest().await;
        assert_eq!(db.count(UNTOLD).await, 0, "somebody has not been told");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_people_were_told_is_so_whichever_server_or_database_is_killed() {
    let folder = Folder::new();
    let cluster = Cluster::start(&folder.0, |_| ()).await.unwrap();
    let db = TestDb::over(&cluster.urls().owner);
    services::database::migrate(&db.owner_url()).await.unwrap();
    let tokens = tokens(&db, PEOPLE).await;
    let clinic = Clinic::new(&db).await;

    let lives = tokens.into_iter().enumerate().map(async |(number, token)| {
        let mut person = Survivor { number, token, visits: BTreeMap::new() };
        for turn in 0..COMMANDS {
            person.act(&clinic, turn).await;
        }
        person
    });
    let killing = async {
        clinic.hears(KILLS[0]).await;
        clinic.fleet.kill(0).await;
        clinic.fleet.restart(&db).await;

        clinic.hears(KILLS[1]).await;
        let mut gate = db.gate_at_rows("providers").await;
        gate.wait_for(2).await;
        clinic.fleet.kill(1).await;
        clinic.fleet.kill(2).await;
        gate.open().await;
        clinic.fleet.restart(&db).await;

        clinic.hears(KILLS[2]).await;
        let mut gate = db.gate_at_commit("appointments").await;
        gate.wait_for(1).await;
        // One of them has handed a mail over and does not know it yet.
        let (came, go) = clinic.smtp.hold();
        welcome(&db, clinic.doctors[0]).await;
        came.await.unwrap();
        clinic.fleet.kill_all().await;
        drop(go);
        gate.open().await;
        forget_leases(&db).await;
        clinic.fleet.restart(&db).await;

        clinic.hears(KILLS[3]).await;
        kill_process(folder.postmaster().unwrap(), Signal::KILL).unwrap();
        assert!(*clinic.answered.borrow() < PEOPLE * COMMANDS, "all was done before the last kill");
        while !cluster.revive().await.unwrap_or(false) {
            tokio::task::yield_now().await;
        }
    };
    let all = async { tokio::join!(join_all(lives), killing) };
    let (people, ()) =
        tokio::time::timeout(Duration::from_secs(80), all).await.expect("somebody waits for ever");

    db.check_rules().await;
    clinic.fleet.kill_all().await;
    forget_leases(&db).await;
    clinic.fleet.restart(&db).await;
    workers_resume(&db).await;
    let stored = pairs(
        &db,
        "SELECT id::text, (status <> 'cancelled') || ' ' || extract(epoch FROM starts_at)::bigint \
         FROM appointments WHERE held_until IS NULL",
    )
    .await;
    let told: BTreeMap<_, _> = people
        .iter()
        .flat_map(|person| &person.visits)
        .map(|(id, (stands, start))| (id.clone(), format!("{stands} {}", start.as_second())))
        .collect();
    assert_eq!(stored, told);
    assert!(told.len() >= PEOPLE, "too little happened");
    clinic.fleet.kill_all().await;
    check_mails(&db, &clinic.smtp.mails(), TWICE).await;
    cluster.remove().await.unwrap();
}
