use app::Site;
use axum::{
    Router,
    body::{Body, BodyDataStream, to_bytes},
    extract::ConnectInfo,
    http::{HeaderMap, Method, Request, StatusCode, header},
};
use domain::directory::ProviderId;
use serde_json::Value;
use server::{Outside, router::Load};
use services::{Clinic, identity::tokens};
use std::{net::SocketAddr, path::Path, sync::Mutex};
use testkit::{Person, TestDb};
use tokio::runtime::Handle;
use tower::ServiceExt;

pub const NOW: &str = "2026-03-02T06:00:00Z";
pub const NINE: &str = "2026-03-03T09:00:00Z";

/// Where every request comes from.
pub const PEER: [u8; 4] = [203, 0, 113, 7];

/// The whole server over a database of its own.
pub struct TestApp {
    pub db: TestDb,
    pub clinic: Clinic,
    pub router: Router,
}

impl TestApp {
    pub async fn new() -> Self {
        Self::set_up(|clinic| clinic).await
    }

    /// One whose doctors and admins need a second factor.
    pub async fn requiring_factor() -> Self {
        Self::set_up(|clinic| clinic.requiring_factor(true)).await
    }

    /// One whose clinic is as `set` makes it.
    pub async fn set_up(set: impl FnOnce(Clinic) -> Clinic) -> Self {
        let db = TestDb::at(NOW).await;
        let clinic = set(db.clinic());
        let router = router(&clinic, 512);
        Self { db, clinic, router }
    }

    /// The same, as the settings in `outside` say.
    pub async fn with(outside: &Outside) -> Self {
        let app = Self::new().await;
        let router = router_with(&app.clinic, Load::of(512), outside);
        Self { router, ..app }
    }

    /// Someone without an account.
    pub fn anyone(&self) -> Client<'_> {
        Client { app: self, token: None, key: None, cookies: Mutex::default() }
    }

    /// Someone with an access token.
    pub fn with_token(&self, person: &Person) -> Client<'_> {
        let opened = tokens::open(&self.clinic, person.signed_in());
        let opened = tokio::task::block_in_place(|| Handle::current().block_on(opened));
        self.with_bearer(&opened.unwrap().access.token)
    }

    /// Someone with this access token.
    pub fn with_bearer(&self, token: &str) -> Client<'_> {
        Client { token: Some(token.to_owned()), ..self.anyone() }
    }

    /// A device with this key.
    pub fn with_key(&self, key: &str) -> Client<'_> {
        Client { key: Some(key.to_owned()), ..self.anyone() }
    }

    pub async fn patient(&self) -> Client<'_> {
        self.with_token(&self.db.person(&self.clinic).await)
    }

    pub async fn doctor(&self, provider: ProviderId) -> Client<'_> {
        let person = self.db.person(&self.clinic).await;
        self.db.make_doctor(person.user, provider).await;
        self.with_token(&person)
    }

    /// The text of the newest mail to `email`, once the worker has written all that wait.
    pub async fn mail_to(&self, email: &str) -> String {
        for _ in 0..2 {
            self.db.execute(&format!("UPDATE outbox SET available_at = '{NOW}'")).await;
            while services::mail::hand_out(&self.clinic).await.unwrap() > 0 {}
        }
        while services::mail::send_waiting(&self.clinic, "https://medconnect.test").await.unwrap()
            > 0
        {}
        let first = services::directory::Page::first();
        let mails = services::mail::demo::mails(&self.clinic, Some(email), first).await.unwrap();
        let newest = mails.items.first().unwrap_or_else(|| panic!("no mail to {email}")).id;
        services::mail::demo::mail(&self.clinic, newest).await.unwrap().body_text
    }

    /// The code that `email` was sent.
    pub async fn code_for(&self, email: &str) -> String {
        let mail = self.mail_to(email).await;
        mail.split("Code: ").nth(1).unwrap_or_else(|| panic!("{mail}"))[..6].to_owned()
    }

    /// A browser in which `person` has signed in through the form.
    pub async fn browser(&self, person: &Person) -> Client<'_> {
        let browser = self.anyone();
        let form = [("email", person.email.as_str()), ("password", person.password)];
        let reply = browser.post_form("/login", &form).await;
        assert_eq!(reply.status, 303, "{}", reply.body);
        browser
    }
}

pub fn router(clinic: &Clinic, requests: usize) -> Router {
    router_with(clinic, Load::of(requests), &Outside::default())
}

pub fn router_with(clinic: &Clinic, load: Load, outside: &Outside) -> Router {
    let site = Site::new(clinic.clone(), "https://medconnect.test".into(), true);
    server::router::router(&site, Path::new("/nonexistent"), true, load, outside, None)
}

/// Sends requests as one caller, and keeps cookies as a browser does.
pub struct Client<'a> {
    app: &'a TestApp,
    token: Option<String>,
    key: Option<String>,
    cookies: Mutex<Vec<(String, String)>>,
}

pub type Form<'a> = [(&'a str, &'a str)];

impl Client<'_> {
    pub async fn get(&self, path: &str) -> Reply {
        self.send(self.request(Method::GET, path).body(Body::empty()).unwrap()).await
    }

    pub async fn delete(&self, path: &str) -> Reply {
        self.send(self.request(Method::DELETE, path).body(Body::empty()).unwrap()).await
    }

    pub async fn post(&self, path: &str, body: Value) -> Reply {
        self.json(Method::POST, path, body, &[]).await
    }

    pub async fn put(&self, path: &str, body: Value) -> Reply {
        self.json(Method::PUT, path, body, &[]).await
    }

    pub async fn patch(&self, path: &str, body: Value) -> Reply {
        self.json(Method::PATCH, path, body, &[]).await
    }

    /// A booking with its key.
    pub async fn book(&self, key: &str, body: Value) -> Reply {
        self.command("/api/appointments", key, body).await
    }
    pub async fn command(&self, path: &str, key: &str, body: Value) -> Reply {
        self.json(Method::POST, path, body, &[("idempotency-key", key)]).await
    }

    async fn json(&self, method: Method, path: &str, body: Value, headers: &Form<'_>) -> Reply {
        let mut request =
            self.request(method, path).header(header::CONTENT_TYPE, "application/json");
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        self.send(request.body(Body::from(body.to_string())).unwrap()).await
    }

    /// Submits a form as a browser without JavaScript does.
    pub async fn post_form(&self, path: &str, form: &Form<'_>) -> Reply {
        self.post_form_from(path, form, "same-origin").await
    }

    pub async fn post_form_from(&self, path: &str, form: &Form<'_>, site: &str) -> Reply {
        let encode =
            |text: &str| text.bytes().map(|byte| format!("%{byte:02X}")).collect::<String>();
        let body: Vec<_> =
            form.iter().map(|(name, value)| format!("{name}={}", encode(value))).collect();
        let request = self
            .request(Method::POST, path)
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .header("sec-fetch-site", site)
            .header(
                header::ORIGIN,
                if site == "cross-site" { "https://evil.test" } else { "https://medconnect.test" },
            )
            .header(header::HOST, "medconnect.test");
        self.send(request.body(Body::from(body.join("&"))).unwrap()).await
    }

    pub fn request(&self, method: Method, path: &str) -> axum::http::request::Builder {
        let mut request = Request::builder()
            .method(method)
            .uri(path)
            .extension(ConnectInfo(SocketAddr::from((PEER, 443))));
        if let Some(token) = &self.token {
            request = request.header(header::AUTHORIZATION, format!("Bearer {token}"));
        }
        if let Some(key) = &self.key {
            request = request.header("x-api-key", key);
        }
        let cookies = self.cookies.lock().unwrap();
        if !cookies.is_empty() {
            let cookies: Vec<_> =
                cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
            request = request.header(header::COOKIE, cookies.join("; "));
        }
        request
    }

    /// The status and the headers of an answer whose body may have no end.
    pub async fn head(&self, request: Request<Body>) -> (StatusCode, HeaderMap) {
        let response = self.app.router.clone().oneshot(request).await.unwrap();
        (response.status(), response.headers().clone())
    }

    /// What an answer says whose body may have no end, bit by bit.
    pub async fn listen(&self, path: &str) -> BodyDataStream {
        let request = self.request(Method::GET, path).body(Body::empty()).unwrap();
        let response = self.app.router.clone().oneshot(request).await.unwrap();
        assert_eq!(response.status(), 200);
        response.into_body().into_data_stream()
    }

    pub async fn send(&self, request: Request<Body>) -> Reply {
        let response = self.app.router.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let body = to_bytes(body, usize::MAX).await.unwrap();
        for cookie in parts.headers.get_all(header::SET_COOKIE) {
            let (pair, _) = cookie.to_str().unwrap().split_once(';').unwrap();
            let (name, value) = pair.split_once('=').unwrap();
            let mut cookies = self.cookies.lock().unwrap();
            cookies.retain(|(other, _)| other != name);
            cookies.push((name.to_owned(), value.to_owned()));
        }
        Reply {
            status: parts.status.as_u16(),
            headers: parts.headers,
            body: String::from_utf8_lossy(&body).into_owned(),
        }
    }
}

#[derive(Debug)]
pub struct Reply {
    pub status: u16,
    pub headers: HeaderMap,
    pub body: String,
}

impl Reply {
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|e| panic!("{e}: {}", self.body))
    }

    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }

    /// What sets the cookie of the session, or an empty text.
    pub fn session_cookie(&self) -> &str {
        let cookies = self.headers.get_all(header::SET_COOKIE).iter();
        let mut cookies = cookies.filter_map(|cookie| cookie.to_str().ok());
        cookies.find(|cookie| cookie.starts_with("__Host-session=")).unwrap_or_default()
    }

    /// The code of a problem document, or an empty text.
    pub fn code(&self) -> String {
        assert_eq!(self.header("content-type"), "application/problem+json", "{}", self.body);
        self.json()["code"].as_str().unwrap_or_default().to_owned()
    }

    /// The fields that a problem document blames.
    pub fn fields(&self) -> Vec<String> {
        let json = self.json();
        let errors = json["errors"].as_array().cloned().unwrap_or_default();
        errors.iter().map(|error| error["field"].as_str().unwrap().to_owned()).collect()
    }

    /// The value of the hidden field `name` in a page.
    pub fn hidden(&self, name: &str) -> String {
        let (_, rest) = self.body.split_once(&format!("name=\"{name}\"")).unwrap();
        let (_, rest) = rest.split_once("value=\"").unwrap();
        rest.split_once('"').unwrap().0.to_owned()
    }
}
