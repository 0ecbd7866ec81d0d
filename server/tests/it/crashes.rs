//! What is left when the server or PostgreSQL is killed while people book: every booking that was
//! answered, none by halves, and none twice.
use crate::running::{Answer, Folder, Server, ask, insist, nines, pairs, tokens};
use domain::directory::ProviderId;
use futures_util::future::join_all;
use jiff::{SignedDuration, Timestamp};
use rustix::process::{Pid, Signal, kill_process};
use serde_json::json;
use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};
use testkit::TestDb;
use tokio::sync::mpsc;

/// One patient's wish for one time. It keeps its key however often it is sent.
#[derive(Debug, Clone)]
struct Command {
    token: String,
    key: String,
    provider: ProviderId,
    start: Timestamp,
}

impl Command {
    fn head(&self) -> String {
        format!(
            "POST /api/appointments HTTP/1.1\r\ncontent-type: application/json\r\n\
             authorization: Bearer {}\r\nidempotency-key: {}",
            self.token, self.key
        )
    }

    fn body(&self) -> String {
        let body = json!({
            "healthcare_provider_id": self.provider, "appointment_date": self.start,
            "appointment_type": "video", "chief_complaint": "Sore throat",
        });
        body.to_string()
    }
}

/// What each patient wants, in order: eight people and `days` days of six times; each time is wanted
/// by two.
async fn wishes(db: &TestDb, days: i64) -> Vec<Vec<Command>> {
    let provider = db.provider().await;
    let half_hours = |nine: &Timestamp| {
        let nine = *nine;
        (0..6).map(move |count| nine + SignedDuration::from_mins(30 * count))
    };
    let times: Vec<_> = nines(days).iter().flat_map(half_hours).collect();
    let tokens = tokens(db, 8).await;
    let wishes = tokens.iter().enumerate().map(|(patient, token)| {
        let wanted = times.iter().enumerate().filter(|(time, _)| time % 4 == patient / 2);
        let command = |(time, start): (usize, &Timestamp)| Command {
            token: token.clone(),
            key: format!("{patient}-{time}"),
            provider,
            start: *start,
        };
        wanted.map(command).collect()
    });
    wishes.collect()
}

/// Sends all wishes, those of each patient one after the other, and runs `kill` as soon as `after`
/// answers have arrived. The bookings that somebody was told of, by their keys.
async fn rush(
    addr: &str,
    wishes: &[Vec<Command>],
    after: usize,
    kill: impl Future<Output = ()>,
) -> BTreeMap<String, String> {
    let (arrived, mut arrivals) = mpsc::unbounded_channel();
    let sending = wishes.iter().map(async |commands| {
        for command in commands {
            if let Some(answer) = ask(addr, &command.head(), &command.body()).await {
                arrived.send((command.key.clone(), answer)).unwrap();
            }
        }
    });
    let killing = async {
        let mut heard = Vec::new();
        while heard.len() < after {
            heard.push(arrivals.recv().await.unwrap());
        }
        kill.await;
        heard
    };
    let (_, mut heard) = tokio::join!(join_all(sending), killing);
    while let Ok(answer) = arrivals.try_recv() {
        heard.push(answer);
    }
    let commands: usize = wishes.iter().map(Vec::len).sum();
    assert!(heard.len() < commands, "all were answered before the server was gone");
    let odd: Vec<_> =
        heard.iter().filter(|(_, answer)| ![201, 409, 503].contains(&answer.status)).collect();
    assert!(odd.is_empty(), "{odd:?}");
    let booked = heard.into_iter().filter(|(_, answer)| answer.status == 201);
    booked.map(|(key, answer)| (key, id(&answer))).collect()
}

fn id(answer: &Answer) -> String {
    answer.json()["id"].as_str().unwrap().to_owned()
}

/// The appointment that each key made.
async fn stored(db: &TestDb) -> BTreeMap<String, String> {
    pairs(db, "SELECT key, appointment_id::text FROM idempotency_keys").await
}

/// Returns once nobody works in the database any more: PostgreSQL finishes the statement of a
/// client that is gone.
pub async fn settled(db: &TestDb) {
    while db
        .count(
            "pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid() \
             AND backend_type = 'client backend'",
        )
        .await
        > 0
    {
        tokio::task::yield_now().await;
    }
}

/// Every booking is whole, and nothing is beside them. Returns how many there are.
async fn whole_bookings(db: &TestDb) -> usize {
    db.check_rules().await;
    usize::try_from(db.count("appointments").await).unwrap()
}

/// Sends every command once more: what was booked is told again, the rest is booked once.
async fn send_again(db: &TestDb, addr: &str, wishes: &[Vec<Command>]) {
    let before = stored(db).await;
    let again = wishes.iter().map(async |commands| {
        let mut answers = Vec::new();
        for command in commands {
            let answer = insist(addr, &command.head(), &command.body(), |_| ()).await;
            answers.push((command, answer));
        }
        answers
    });
    let answers = join_all(again).await.concat();

    let mut booked = BTreeSet::new();
    for (command, answer) in answers {
        let replayed = answer.header("idempotency-replayed") == Some("true");
        match (answer.status, before.get(&command.key)) {
            (201, Some(made)) => {
                assert!(replayed && id(&answer) == *made, "{command:?} {answer:?}");
            }
            (201, None) => assert!(!replayed, "{command:?} {answer:?}"),
            (409, None) => continue,
            _ => panic!("{command:?} {answer:?}"),
        }
        assert!(booked.insert(command.start), "{command:?} was booked twice");
    }
    let wanted: BTreeSet<_> = wishes.iter().flatten().map(|command| command.start).collect();
    assert_eq!(booked, wanted);
    assert_eq!(whole_bookings(db).await, wanted.len());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_is_killed_while_people_book_loses_and_doubles_nothing() {
    let db = TestDb::at("2026-03-02T06:00:00Z").await;
    let mut server = Server::start(&db).await;
    let wishes = wishes(&db, 8).await;

    for after in [5, 25, 60] {
        let addr = server.addr.clone();
        let told = rush(&addr, &wishes, after, server.kill()).await;

        settled(&db).await;
        let stored = stored(&db).await;
        for (key, appointment) in &told {
            assert_eq!(stored.get(key), Some(appointment), "a booking that was answered is lost");
        }
        assert_eq!(whole_bookings(&db).await, stored.len());
        server = Server::start(&db).await;
    }

    send_again(&db, &server.addr, &wishes).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_booking_whose_answer_was_never_heard_is_found_again() {
    let db = TestDb::at("2026-03-02T06:00:00Z").await;
    let server = Server::start(&db).await;
    let addr = server.addr.clone();
    let wishes: Vec<_> =
        wishes(&db, 1).await.into_iter().map(|mut all| vec![all.remove(0)]).collect();
    // PostgreSQL finishes a statement that it has begun, whether or not anybody still listens.
    let mut gate = db.gate_at_rows("providers").await;
    let kill = async {
        gate.wait_for(wishes.len()).await;
        server.kill().await;
        gate.open().await;
    };

    let told = rush(&addr, &wishes, 0, kill).await;

    settled(&db).await;
    assert_eq!((told.len(), whole_bookings(&db).await), (0, 4));
    let server = Server::start(&db).await;
    send_again(&db, &server.addr, &wishes).await;
}

/// A visit of somebody, through the API.
async fn booked(server: &Server, command: &Command) -> String {
    let answer = server.ask(&command.head(), &command.body()).await.unwrap();
    assert_eq!(answer.status, 201, "{answer:?}");
    id(&answer)
}

/// What moves or cancels `visit`, with a key of its own.
fn change(method: &str, visit: &str, command: &Command) -> String {
    format!(
        "{method} /api/appointments/{visit} HTTP/1.1\r\ncontent-type: application/json\r\n\
         authorization: Bearer {}\r\nidempotency-key: {method}-{}",
        command.token, command.key
    )
}

/// The server dies after PostgreSQL was told to commit and before anybody heard of it: whoever asks
/// again with the same key hears that it is done, and it is done once.
#[tokio::test(flavor = "multi_thread")]
async fn a_move_and_a_cancellation_whose_answers_were_never_heard_are_done_once() {
    let db = TestDb::at("2026-03-02T06:00:00Z").await;
    let server = Server::start(&db).await;
    let mut wishes = wishes(&db, 1).await.into_iter();
    let mut first_of = |person: usize| wishes.nth(person).unwrap().remove(0);
    let (mover, canceller) = (first_of(0), first_of(1));
    let (moved, cancelled) = (booked(&server, &mover).await, booked(&server, &canceller).await);
    let later = nines(1)[0] + SignedDuration::from_mins(120);
    let move_to = json!({ "appointment_date": later }).to_string();
    let commands = [
        (change("PUT", &moved, &mover), move_to),
        (change("DELETE", &cancelled, &canceller), String::new()),
    ];
    let mut gate = db.gate_at_commit("appointments").await;

    let addr = server.addr.clone();
    let asking = commands.iter().map(|(head, body)| ask(&addr, head, body));
    let kill = async {
        gate.wait_for(2).await;
        server.kill().await;
        gate.open().await;
    };
    let (heard, ()) = tokio::join!(join_all(asking), kill);
    assert!(heard.iter().all(Option::is_none), "{heard:?}");
    settled(&db).await;
    let server = Server::start(&db).await;

    let sequences = "SELECT id::text, status || ' ' || sequence FROM appointments";
    for _ in 0..2 {
        for (head, body) in &commands {
            let answer = server.ask(head, body).await.unwrap();
            assert_eq!(answer.status, 200, "{answer:?}");
            assert_eq!(answer.header("idempotency-replayed"), Some("true"));
        }
        let stored = pairs(&db, sequences).await;
        assert_eq!((&*stored[&moved], &*stored[&cancelled]), ("rescheduled 1", "cancelled 1"));
    }
    // The same key for something else is a mistake, and does nothing.
    let other = json!({ "appointment_date": nines(1)[0] }).to_string();
    let answer = server.ask(&commands[0].0, &other).await.unwrap();
    assert_eq!(answer.status, 422, "{answer:?}");
    assert_eq!(pairs(&db, sequences).await[&moved], "rescheduled 1");
    for action in ["appointment.reschedule", "appointment.cancel"] {
        assert_eq!(db.count(&format!("audit_events WHERE action = '{action}'")).await, 1);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_payment_whose_beginning_was_never_heard_of_is_the_same_one() {
    let db = TestDb::at("2026-03-02T06:00:00Z").await;
    let payer = wishes(&db, 1).await.remove(0).remove(0);
    let server = Server::start_demo(&db).await;
    let visit = booked(&server, &payer).await;
    let head = format!(
        "POST /api/payments HTTP/1.1\r\ncontent-type: application/json\r\n\
         authorization: Bearer {}\r\nidempotency-key: pay",
        payer.token
    );
    let body = json!({ "appointment_id": visit }).to_string();
    let mut gate = db.gate_at_commit("payment_attempts").await;

    let addr = server.addr.clone();
    let kill = async {
        gate.wait_for(1).await;
        server.kill().await;
        gate.open().await;
    };
    let (heard, ()) = tokio::join!(ask(&addr, &head, &body), kill);
    assert!(heard.is_none(), "{heard:?}");
    settled(&db).await;
    let server = Server::start_demo(&db).await;

    let pages = [server.ask(&head, &body).await.unwrap(), server.ask(&head, &body).await.unwrap()];
    assert!(pages.iter().all(|page| page.status == 201), "{pages:?}");
    assert_eq!(pages[0].header("idempotency-replayed"), Some("true"));
    assert!(pages[0].json()["checkout_url"].as_str().unwrap().contains("/dev/pay/"));
    assert_eq!(pages[0].body, pages[1].body);
    assert_eq!(db.count("payment_attempts").await, 1);
}

/// Whom the killer goes for.
#[derive(Debug, Clone, Copy)]
enum Victim {
    Postmaster,
    /// One process of a connection, at which PostgreSQL ends all the others and starts anew.
    Backend,
}

#[tokio::test(flavor = "multi_thread")]
async fn a_postgresql_that_is_killed_while_people_book_comes_back_with_every_booking() {
    survives(Victim::Postmaster).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_connection_that_is_killed_while_people_book_costs_no_booking() {
    survives(Victim::Backend).await;
}

async fn survives(victim: Victim) {
    let folder = Folder::new();
    let (db, server) = Server::start_beside_its_database(&folder.0).await;
    let wishes = wishes(&db, 3).await;
    let postmaster = folder.postmaster().unwrap();
    let (heard, mut answers) = mpsc::unbounded_channel();

    let sending = wishes.iter().map(async |commands| {
        for command in commands {
            let hear = |answer: &Answer| heard.send((command.key.clone(), answer.clone())).unwrap();
            insist(&server.addr, &command.head(), &command.body(), hear).await;
        }
    });
    let killing = async {
        let mut all = Vec::new();
        while all.len() < 8 {
            all.push(answers.recv().await.unwrap());
        }
        let victim = match victim {
            Victim::Postmaster => postmaster,
            Victim::Backend => {
                let backends = "SELECT pid::text, '' FROM pg_stat_activity \
                                WHERE usename = 'medconnect_app' AND backend_type = 'client backend'";
                let found = pairs(&db, backends).await;
                Pid::from_raw(found.keys().next().unwrap().parse().unwrap()).unwrap()
            }
        };
        kill_process(victim, Signal::KILL).unwrap();
        all
    };
    let both = async { tokio::join!(join_all(sending), killing) };
    let (_, mut all) =
        tokio::time::timeout(Duration::from_secs(60), both).await.expect("it did not come back");
    while let Ok(answer) = answers.try_recv() {
        all.push(answer);
    }

    let away: Vec<_> = all.iter().filter(|(_, answer)| answer.status == 503).collect();
    assert!(!away.is_empty(), "nobody noticed that {victim:?} was killed");
    for (_, answer) in away {
        assert_eq!(answer.header("content-type"), Some("application/problem+json"), "{answer:?}");
        assert!(answer.header("retry-after").is_some(), "{answer:?}");
    }
    let odd: Vec<_> =
        all.iter().filter(|(_, answer)| ![201, 409, 503].contains(&answer.status)).collect();
    assert!(odd.is_empty(), "{odd:?}");
    let stored = stored(&db).await;
    for (key, answer) in all.iter().filter(|(_, answer)| answer.status == 201) {
        assert_eq!(stored.get(key), Some(&id(answer)), "a booking that was answered is lost");
    }
    send_again(&db, &server.addr, &wishes).await;
    server.kill().await;
}
