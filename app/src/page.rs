use crate::{
    Site, admin,
    document::{Document, Waking, document},
    failure::{Failure, PageResult, form_status},
};
use axum::{
    extract::FromRequestParts,
    http::{
        HeaderValue, Method, StatusCode, Uri,
        header::{ACCEPT_LANGUAGE, COOKIE, REFERER, RETRY_AFTER},
        request::Parts,
    },
    response::{IntoResponse, Response},
};
use domain::{
    Problem,
    directory::Language,
    identity::{UserId, permission::Permission},
    readings::Units,
    zone::Zone,
};
use jiff::{SignedDuration, Timestamp, tz::TimeZone};
use leptos::prelude::*;
use services::{
    Clinic,
    identity::{
        self, Actor, ActsAs, Caller,
        sessions::{self, Asking},
    },
};
use tower_sessions::Session;

/// The name under which a session keeps who is signed in.
pub const SESSION_USER: &str = "user";
/// And under which the version of their access when they signed in.
pub const SESSION_VERSION: &str = "version";
/// And under which when they did: seconds since 1970. Under a new id it stays.
pub const SESSION_SINCE: &str = "since";
/// And under which when they last proved who they are: seconds since 1970.
pub const SESSION_PROOF: &str = "proof";

/// What somebody may open whose account needs a second factor first.
const BEFORE_FACTOR: [&str; 5] =
    ["/account/security", "/account/confirm", "/reset", "/address", "/session"];

/// What a handler knows of the request, and how it answers.
#[derive(Debug)]
pub struct Page {
    site: Site,
    actor: Option<Actor>,
    /// When whoever is signed in no longer is, unless they go on.
    signed_in_until: Option<Timestamp>,
    /// That of the browser's cookie, whether or not it is still one of ours.
    session: Option<i128>,
    uri: Uri,
    /// The page from which a form was sent, when it was.
    form_page: Option<String>,
    /// The zone of the viewer's clock, when the browser or the account has told it.
    zone: Option<Zone>,
    /// What the reader's browser asks for first.
    language: Option<Language>,
    status: StatusCode,
    retry_after: Option<u16>,
    known: Option<String>,
    islands: Option<Waking>,
}

/// The cookie of a browser in which somebody has signed in before.
pub const KNOWN_BROWSER: &str = "__Host-known";

impl FromRequestParts<Site> for Page {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, site: &Site) -> PageResult<Self> {
        // Not through the session, which is one more statement: what it holds only some pages ask for.
        let session = parts.extensions.get::<Session>().and_then(Session::id).map(|id| id.0);
        let signed_in = match session {
            Some(id) => sessions::actor(site.clinic(), id, asking(parts)).await?,
            None => None,
        };
        let (actor, signed_in_until) = signed_in.unzip();
        if actor.as_ref().is_some_and(|actor| actor.needs_factor)
            && !is_before_factor(parts.uri.path())
        {
            return Err(Failure::Elsewhere("/account/security".to_owned()));
        }
        let zone = cookie_zone(parts).or_else(|| actor.as_ref().map(|actor| actor.zone.clone()));
        Ok(Self {
            site: site.clone(),
            actor,
            signed_in_until,
            session,
            uri: parts.uri.clone(),
            form_page: (parts.method != Method::GET).then(|| form_page(parts)).flatten(),
            zone,
            language: language(parts),
            status: StatusCode::OK,
            retry_after: None,
            known: cookie(parts, KNOWN_BROWSER).map(ToOwned::to_owned),
            islands: None,
        })
    }
}

/// The path and query of the page that sent the request. It comes with requests from our own pages alone.
fn form_page(parts: &Parts) -> Option<String> {
    let page: Uri = parts.headers.get(REFERER)?.to_str().ok()?.parse().ok()?;
    page.path_and_query().map(ToString::to_string)
}

/// Streams are opened again and again by the browser alone.
fn asking(parts: &Parts) -> Asking {
    if parts.uri.path().starts_with("/live/") { Asking::Watching } else { Asking::Person }
}

fn is_before_factor(path: &str) -> bool {
    BEFORE_FACTOR.iter().any(|open| {
        path.strip_prefix(open).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    })
}

fn cookie<'a>(parts: &'a Parts, name: &str) -> Option<&'a str> {
    let cookies = parts.headers.get_all(COOKIE).into_iter().filter_map(|line| line.to_str().ok());
    cookies
        .flat_map(|line| line.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .find_map(|(other, value)| (other == name).then_some(value))
}

/// The zone that /page.js has put into a cookie.
fn cookie_zone(parts: &Parts) -> Option<Zone> {
    cookie(parts, "zone").and_then(|name| name.replace("%2F", "/").parse().ok())
}

/// The first language that the browser asks for and that visits are held in.
fn language(parts: &Parts) -> Option<Language> {
    let asked = parts.headers.get(ACCEPT_LANGUAGE)?.to_str().ok()?;
    asked
        .split(',')
        .find_map(|tag| tag.split(['-', ';']).next()?.trim().to_lowercase().parse().ok())
}

impl Page {
    pub fn site(&self) -> &Site {
        &self.site
    }

    pub fn clinic(&self) -> &Clinic {
        self.site.clinic()
    }

    pub fn actor(&self) -> Option<&Actor> {
        self.actor.as_ref()
    }

    /// Who looks, if we know them: what is kept for them is free to them.
    pub fn viewer(&self) -> Option<UserId> {
        self.actor.as_ref().map(|actor| actor.user)
    }

    /// The caller in the role this page is for; a stranger signs in first and comes back.
    pub fn caller<R: ActsAs>(&self) -> PageResult<Caller<R>> {
        self.signed_in(identity::require(self.actor.clone()))
    }

    /// The same on the pages where a second factor is set up, be it one that everything else waits for.
    pub fn owner<R: ActsAs>(&self) -> PageResult<Caller<R>> {
        self.signed_in(identity::require_owner(self.actor.clone()))
    }

    fn signed_in<R>(&self, caller: services::Result<Caller<R>>) -> PageResult<Caller<R>> {
        match caller {
            Ok(caller) => Ok(caller),
            Err(services::Error::SignedOut) => Err(Failure::Elsewhere(self.sign_in_path())),
            Err(error) => Err(error.into()),
        }
    }

    /// Where to sign in, with the way back to this page, or to that of the form that was sent. Who has been
    /// signed in before is told why they are not.
    pub fn sign_in_path(&self) -> String {
        let next = encode(self.form_page.as_deref().unwrap_or(&self.target()));
        match self.session {
            Some(_) => format!("/login?next={next}&ended=1"),
            None => format!("/login?next={next}"),
        }
    }

    /// For how long whoever is signed in stays so without doing anything.
    pub fn signed_in_for(&self) -> Option<SignedDuration> {
        self.signed_in_until.map(|until| until.duration_since(self.clinic().now()))
    }

    /// The session that the browser's cookie names.
    pub fn session_id(&self) -> Option<i128> {
        self.session
    }

    /// The path and query of this page.
    pub fn target(&self) -> String {
        self.uri.path_and_query().map_or_else(|| "/".to_owned(), ToString::to_string)
    }

    pub fn path(&self) -> &str {
        self.uri.path()
    }

    pub fn query(&self) -> &str {
        self.uri.query().unwrap_or_default()
    }

    /// The viewer's zone, if it is known.
    pub fn zone(&self) -> Option<TimeZone> {
        self.zone.as_ref().map(Zone::rules)
    }

    /// In which units the viewer reads what is measured.
    pub fn units(&self) -> Units {
        self.actor().map_or_else(Units::default, |actor| actor.units.clone())
    }

    /// The reader's language, if it is one that visits are held in.
    pub fn language(&self) -> Option<Language> {
        self.language
    }

    pub fn zone_name(&self) -> Option<&Zone> {
        self.zone.as_ref()
    }

    /// Wakes the islands of this page in the browser.
    pub fn with_islands(mut self, waking: Waking) -> Self {
        self.islands = Some(waking);
        self
    }

    /// What the browser shows that has signed in here before.
    pub fn known_browser(&self) -> Option<&str> {
        self.known.as_deref()
    }

    /// Answers with the status of a form with this problem and, if it is known, when to try again.
    pub fn answering(mut self, problem: Option<&Problem>) -> Self {
        self.status = form_status(problem);
        self.retry_after = problem.and_then(|problem| problem.retry_after);
        self
    }

    pub fn with_status(mut self, status: StatusCode) -> Self {
        self.status = status;
        self
    }

    /// The answer: `view` inside the document.
    pub fn show<V: IntoView>(self, title: impl Into<String>, view: impl FnOnce() -> V) -> Response {
        let signed_in_for = self.signed_in_for();
        let head = Document {
            title: title.into(),
            path: self.uri.path().to_owned(),
            zone: self.zone.as_ref().map(std::string::ToString::to_string),
            islands: self.islands,
            demo: self.site.is_demo(),
            actor: self.actor,
            signed_in_for,
        };
        let mut response = document(head, move || view().into_any());
        *response.status_mut() = self.status;
        if let Some(seconds) = self.retry_after {
            response.headers_mut().insert(RETRY_AFTER, HeaderValue::from(seconds));
        }
        response
    }
}

/// Where someone belongs who has just signed in.
pub fn home_of(actor: &Actor) -> &'static str {
    if admin::home(actor).is_some() {
        "/admin"
    } else if actor.may(Permission::RunVisits) {
        "/doctor"
    } else {
        "/patient"
    }
}

/// Where whoever has signed in goes on: to where they were going, unless that is a portal for others.
pub fn next_of<'a>(next: &'a str, actor: &Actor) -> &'a str {
    let home = home_of(actor);
    let next = safe_next(next, home);
    let is_theirs = match next.split(['/', '?']).nth(1) {
        Some("admin") => admin::home(actor).is_some(),
        Some("doctor") => actor.may(Permission::RunVisits),
        Some("patient") => actor.may(Permission::BookVisits),
        _ => true,
    };
    if is_theirs { next } else { home }
}

/// A redirect after a form was done: the browser asks for `path` with GET.
pub fn see_other(path: &str) -> Response {
    axum::response::Redirect::to(path).into_response()
}

/// `text` as part of a query.
pub fn encode(text: &str) -> String {
    text.bytes()
        .map(|byte| match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' | b'/' => {
                char::from(byte).to_string()
            }
            _ => format!("%{byte:02X}"),
        })
        .collect()
}

/// `next` if it leads to a page of ours; else `fallback`. Never to another site.
pub fn safe_next<'a>(next: &'a str, fallback: &'a str) -> &'a str {
    let ours = next.starts_with('/')
        && !next.starts_with("//")
        && !next.contains('\\')
        && !next.chars().any(char::is_control);
    if ours { next } else { fallback }
}

#[cfg(test)]
mod tests {
    use super::safe_next;

    #[test]
    fn the_way_back_never_leaves_the_clinic() {
        for foreign in ["https://evil.example", "//evil.example", "/\\evil.example", "", "/a\nb"] {
            assert_eq!(safe_next(foreign, "/patient"), "/patient", "{foreign:?}");
        }
        assert_eq!(safe_next("/doctors/1/book?start=2", "/"), "/doctors/1/book?start=2");
    }
}
