//! Who may ask what: every route of the server, asked by everybody, against one table.
use crate::{
    api_devices::Device,
    support::{Client, NOW, TestApp},
};
use axum::{
    body::Body,
    http::{Method, StatusCode, header},
};
use domain::{
    directory::{HospitalId, ProviderId},
    identity::{UserId, permission::RoleId},
};
use jiff::SignedDuration;
use serde_json::json;
use std::{collections::BTreeMap, fmt::Write};
use testkit::{Person, at};
use uuid::Uuid;

/// Who asks, in the order of the table's columns.
const ASKERS: [&str; 8] = [
    "anyone",
    "the patient",
    "another patient",
    "the proxy",
    "the doctor",
    "another doctor",
    "an admin",
    "a device",
];

/// `+` answered, `s` asked to sign in first, `-` refused, `0` told that there is no such thing.
///
/// What the path names is a visit of the patient with the doctor, or is theirs in another way. The proxy is another
/// patient whom they let do all there is to let. The device is the patient's and shows its key, wherever that is.
pub const TABLE: &str = include_str!("access.txt");

/// A route as it is declared: `GET /visits/{id}`.
type Route = (Method, String);

/// Every method of every path that the router knows; axum tells it only in the words meant for debugging.
fn routes(router: &axum::Router) -> Vec<Route> {
    let told = format!("{router:?}");
    let (endpoints, paths) = told.split_once("node: Node { paths: {").unwrap();
    let (paths, _) = paths.split_once("} }").unwrap();
    let paths: BTreeMap<&str, &str> = paths
        .split("RouteId(")
        .filter_map(|entry| {
            let (id, rest) = entry.split_once("): \"")?;
            Some((id, rest.split_once('"')?.0))
        })
        .collect();
    let mut routes = Vec::new();
    for endpoint in endpoints.split("RouteId(") {
        let Some((id, rest)) = endpoint.split_once("): MethodRouter(") else { continue };
        // Files have none.
        let Some((_, allowed)) = rest.split_once("allow_header: Bytes(b\"") else { continue };
        let (allowed, _) = allowed.split_once('"').unwrap();
        let methods = allowed.split(',').filter(|method| *method != "HEAD");
        routes.extend(
            methods.map(|method| (method.parse::<Method>().unwrap(), paths[id].to_owned())),
        );
    }
    routes.sort_by(|one, other| (&one.1, one.0.as_str()).cmp(&(&other.1, other.0.as_str())));
    routes
}

struct World {
    app: TestApp,
    people: Vec<Person>,
    provider: ProviderId,
    hospital: HospitalId,
    key: String,
}

impl World {
    async fn new() -> Self {
        let app = TestApp::new().await;
        let mut people = Vec::new();
        for _ in 1..ASKERS.len() - 1 {
            people.push(app.db.person(&app.clinic).await);
        }
        let provider = app.db.provider().await;
        let hospital = app.db.hospital().await;
        app.db.link(provider, hospital).await;
        app.db.make_doctor(people[3].user, provider).await;
        app.db.make_doctor(people[4].user, app.db.provider().await).await;
        app.db.give_role(people[5].user, "admin").await;
        let staff: Vec<_> = people[3..].iter().map(|person| format!("'{}'", person.user)).collect();
        app.db
            .execute(&format!(
                "DELETE FROM user_roles WHERE user_id IN ({}) \
                 AND role_id = (SELECT id FROM roles WHERE name = 'patient')",
                staff.join(", ")
            ))
            .await;
        let key = Device::new(&app, &app.with_token(&people[0])).await.key;
        let world = Self { app, people, provider, hospital, key };
        world.grant().await;
        world
    }

    /// What lets the proxy act for the patient, in place of what did before.
    async fn grant(&self) -> Uuid {
        let id = Uuid::now_v7();
        let (patient, proxy) = (self.patient(), &self.people[2]);
        self.app
            .db
            .execute(&format!(
                "UPDATE proxy_grants SET ended_at = clock_timestamp() WHERE ended_at IS NULL; \
                 INSERT INTO proxy_grants (id, patient_id, invited_email, scopes, granted_at, ends_at, proxy_id, accepted_at) \
                 SELECT '{id}', '{patient}', '{}', '{{visits,booking,health}}', now(), now() + interval '1 day', '{}', now()",
                proxy.email, proxy.user
            ))
            .await;
        id
    }

    fn patient(&self) -> UserId {
        self.people[0].user
    }

    /// A visit of the patient with the doctor; the `n`th.
    async fn visit(&self, n: usize) -> Uuid {
        let id = Uuid::now_v7();
        let (patient, provider) = (self.patient(), self.provider);
        self.app
            .db
            .execute(&format!(
                "INSERT INTO appointments (id, patient_id, provider_id, created_by, starts_at, ends_at, time_zone, \
                     appointment_type, status, chief_complaint, consultation_fee_minor, currency, free_until_minutes, late_percent) \
                 SELECT '{id}', '{patient}', '{provider}', '{patient}', start, start + interval '30 minutes', 'Europe/Lisbon', \
                     'video', 'scheduled', 'x', 4500, 'EUR', 1440, 50 \
                 FROM (SELECT '2026-04-01T00:00:00Z'::timestamptz + {n} * interval '1 hour' AS start) AS starts; \
                 INSERT INTO payments (id, appointment_id, amount_minor, currency, status) \
                 VALUES (gen_random_uuid(), '{id}', 4500, 'EUR', 'pending')"
            ))
            .await;
        id
    }

    /// Somebody whom the patient books for.
    async fn dependant(&self) -> String {
        let patient = self.app.with_token(&self.people[0]);
        let details = json!({
            "first_name": "Rui", "last_name": "Silva", "date_of_birth": "2018-05-31", "relationship": "child",
        });
        let added = patient.post("/api/family", details).await;
        assert_eq!(added.status, 201, "{}", added.body);
        added.json()["id"].as_str().unwrap().to_owned()
    }

    /// A role that the patient has.
    async fn role(&self) -> RoleId {
        let id = RoleId::generate();
        let patient = self.patient();
        self.app
            .db
            .execute(&format!(
                "INSERT INTO roles (id, name, description) VALUES ('{id}', '{id}', 'x'); \
                 INSERT INTO user_roles (user_id, role_id) VALUES ('{patient}', '{id}')"
            ))
            .await;
        id
    }

    async fn waitlist_entry(&self) -> String {
        let patient = self.app.with_token(&self.people[0]);
        // Noon is beyond the doctor's hours, so that nothing is free for it.
        let wish = json!({
            "healthcare_provider_id": self.provider, "appointment_types": ["video"], "starts": "12:00",
            "from": "2026-03-02", "until": "2026-03-20", "chief_complaint": "Cough",
        });
        let joined = patient.post("/api/waitlist", wish).await;
        assert_eq!(joined.status, 201, "{}", joined.body);
        joined.json()["id"].as_str().unwrap().to_owned()
    }

    /// A device of the patient's that has not shown its key.
    async fn device(&self) -> String {
        let (id, patient) = (Uuid::now_v7(), self.patient());
        self.app
            .db
            .execute(&format!(
                "INSERT INTO devices (id, patient_id, name, kind) VALUES ('{id}', '{patient}', 'x', 'scale')"
            ))
            .await;
        id.to_string()
    }

    /// Something the patient was told of their readings.
    async fn alert(&self) -> String {
        let (id, patient) = (Uuid::now_v7(), self.patient());
        self.app
            .db
            .execute(&format!(
                "INSERT INTO reading_alerts (id, patient_id, kind, severity, side, concern, reading_id, value, unit, recorded_at, \
                     opened_at, ended_at, outcome) \
                 VALUES ('{id}', '{patient}', 'weight', 'warning', 'high', 'change', '{id}', 80, 'kg', now(), now(), now(), 'calmed')"
            ))
            .await;
        id.to_string()
    }

    /// A reading of the patient; the `n`th.
    async fn reading(&self, n: usize) -> String {
        let patient = self.app.with_token(&self.people[0]);
        let at = at(NOW) - SignedDuration::from_mins(i64::try_from(n).unwrap());
        let steps = json!({ "metric_type": "steps", "value": n, "recorded_at": at });
        let made = patient.post("/api/health-metrics", steps).await;
        assert_eq!(made.status, 201, "{}", made.body);
        made.json()["id"].as_str().unwrap().to_owned()
    }

    /// `path` with names of things there are, made anew each time: what is done to them is done once.
    async fn named(&self, path: &str, n: usize) -> String {
        let id = match path
            .split('/')
            .find(|part| !matches!(*part, "" | "api" | "live" | "admin" | "doctor"))
        {
            _ if !path.contains("{id}") => String::new(),
            Some("doctors" | "providers") => self.provider.to_string(),
            Some("visits" | "appointments" | "consultations") => self.visit(n).await.to_string(),
            Some("hospitals") => self.hospital.to_string(),
            Some("people" | "users" | "patients") => self.patient().to_string(),
            Some("roles") => self.role().await.to_string(),
            _ if path.contains("/family/") => self.dependant().await,
            _ if path.contains("/proxies/") => self.grant().await.to_string(),
            _ if path.contains("/devices/") => self.device().await,
            _ if path.contains("/alerts/") || path.contains("/health-alerts/") => {
                self.alert().await
            }
            _ if path.contains("/readings/") || path.contains("/health-metrics/") => {
                self.reading(n).await
            }
            _ if path == "/api/waitlist/{id}" => self.waitlist_entry().await,
            _ => Uuid::now_v7().to_string(),
        };
        let mut named = path.replace("{id}", &id);
        if named.contains("{role}") {
            named = named.replace("{role}", &self.role().await.to_string());
        }
        let named = named.replace("{kind}", "weight");
        named.replace("{token}", "unknown").replace("{file}", "unknown")
    }

    /// Takes away what is limited in number.
    async fn tidy(&self, path: &str) {
        if path.contains("/family") {
            self.app
                .db
                .execute("DELETE FROM dependants; DELETE FROM users WHERE email IS NULL")
                .await;
        }
        if path.contains("/proxies") {
            self.grant().await;
        }
        if path.contains("/devices") {
            let put_away = "UPDATE devices SET status = 'revoked' WHERE status = 'unverified'";
            self.app.db.execute(put_away).await;
        }
        if path.contains("waitlist") {
            self.app.db.execute("DELETE FROM waitlist_entries").await;
        }
    }

    /// Everybody, in a browser of theirs and with a token; the device with its key.
    async fn clients(&self, api: bool) -> Vec<Client<'_>> {
        let mut clients = vec![self.app.anyone()];
        for person in &self.people {
            clients.push(match api {
                true => self.app.with_token(person),
                false => self.app.browser(person).await,
            });
        }
        clients.push(self.app.with_key(&self.key));
        clients
    }
}

/// What came of it, as the table has it.
async fn outcome(client: &Client<'_>, (method, path): &Route) -> char {
    let mut request = client.request(method.clone(), path).header(header::HOST, "medconnect.test");
    let mut body = Body::empty();
    if *method != Method::GET {
        let (kind, empty) = match path.starts_with("/api/") {
            true => ("application/json", "{}"),
            false => ("application/x-www-form-urlencoded", ""),
        };
        body = Body::from(empty);
        request = request
            .header(header::CONTENT_TYPE, kind)
            .header("idempotency-key", Uuid::now_v7().to_string())
            .header("sec-fetch-site", "same-origin")
            .header(header::ORIGIN, "https://medconnect.test");
    }
    let (status, headers) = client.head(request.body(body).unwrap()).await;
    let to = headers.get(header::LOCATION).map_or("", |to| to.to_str().unwrap());
    match status {
        StatusCode::UNAUTHORIZED => 's',
        StatusCode::SEE_OTHER if to.starts_with("/login?next=") => 's',
        StatusCode::FORBIDDEN => '-',
        StatusCode::NOT_FOUND => '0',
        status if status.is_server_error() => panic!("{method} {path}: {status}"),
        _ => '+',
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn everybody_may_do_what_the_table_says_and_nothing_else() {
    let world = World::new().await;
    let routes = routes(&world.app.router);
    assert!(routes.len() > 150, "{routes:?}");
    let (mut browsers, mut tokens) = (world.clients(false).await, world.clients(true).await);

    let mut found = String::new();
    let mut n = 0;
    for (method, path) in &routes {
        let api = path.starts_with("/api/");
        // The same with a slash at its end.
        if api && path.ends_with('/') {
            continue;
        }
        let mut line = String::new();
        for asker in 0..ASKERS.len() {
            n += 1;
            let named = (method.clone(), world.named(path, n).await);
            let client = if api { &tokens[asker] } else { &browsers[asker] };
            line.push(outcome(client, &named).await);
            world.tidy(path).await;
        }
        if path == "/api/auth/logout" {
            tokens = world.clients(true).await;
        }
        if *method == Method::POST
            && !api
            && browsers[1].get("/account/profile").await.status != 200
        {
            browsers = world.clients(false).await;
        }
        writeln!(found, "{line} {method} {path}").unwrap();
    }

    let expected: Vec<&str> =
        TABLE.lines().filter(|line| !line.is_empty() && !line.starts_with('#')).collect();
    let differences: Vec<String> = found
        .lines()
        .filter(|line| !expected.contains(line))
        .map(|line| format!("found     {line}"))
        .chain(
            expected
                .iter()
                .filter(|line| !found.lines().any(|other| other == **line))
                .map(|line| format!("expected  {line}")),
        )
        .collect();
    assert!(differences.is_empty(), "\n{}", differences.join("\n"));
}

#[tokio::test(flavor = "multi_thread")]
async fn every_path_of_the_api_answers_with_and_without_a_slash() {
    let app = TestApp::new().await;
    let routes = routes(&app.router);
    for (method, path) in routes.iter().filter(|(_, path)| path.starts_with("/api/")) {
        let other = match path.strip_suffix('/') {
            Some(without) => without.to_owned(),
            None => format!("{path}/"),
        };
        assert!(routes.contains(&(method.clone(), other)), "{method} {path}");
    }
}
