//! What we keep about somebody, to read and to take away.
use crate::{Page, PageResult, identity::confirm_page::require_recent_proof};
use axum::{
    http::{HeaderValue, header},
    response::IntoResponse,
};
use leptos::prelude::*;
use serde_json::{Map, Value};
use services::{Error, account::export::export, identity::Person};
use tower_sessions::Session;
use ui::{BackLink, ButtonKind, DescriptionList, Detail, IconName, LinkButton};

/// `/account/data`
pub async fn show(page: Page) -> PageResult {
    page.caller::<Person>()?;
    Ok(page.show("Your data", || {
        view! {
            <article class="narrow stack">
                <h1>"Your data"</h1>
                <p class="lede">"All that we keep about you is yours to see and to take with you."</p>
                <ul>
                    <li>"Your profile, your health profile and what you want to be written to about"</li>
                    <li>"Your visits and those of your family, with what was paid"</li>
                    <li>"Times you wait or waited for"</li>
                    <li>"Where you are signed in, your passkeys, and who looked at your record"</li>
                </ul>
                <p class="cluster">
                    <LinkButton href="/account/data/read" icon=IconName::Eye>"Read it here"</LinkButton>
                    <LinkButton kind=ButtonKind::Secondary href="/account/data.json" icon=IconName::Download>"Download as a file"</LinkButton>
                </p>
                <p class="muted">
                    "The file is JSON, which programs can read. It holds what you told your doctors, so keep it where nobody else looks. "
                    "Lists go back 10,000 entries. That you took it is written into your access log."
                </p>
                <p><a href="/account/close">"Close your account"</a></p>
            </article>
        }
    }))
}

/// `/account/data.json`
pub async fn file(page: Page, session: Session) -> PageResult {
    let caller = page.caller::<Person>()?;
    require_recent_proof(&page, &session).await?;
    let all = export(page.clinic(), &caller).await?;
    let text = serde_json::to_vec_pretty(&all).map_err(|error| Error::Internal(error.into()))?;
    let kind = HeaderValue::from_static("application/json");
    let name = HeaderValue::from_static("attachment; filename=\"medconnect.json\"");
    Ok(([(header::CONTENT_TYPE, kind), (header::CONTENT_DISPOSITION, name)], text).into_response())
}

/// How many entries of a list stand on the page; the file has them all.
const SHOWN: usize = 100;

/// The parts, in the order in which people read them.
const PARTS: [(&str, &str); 12] = [
    ("profile", "Profile"),
    ("health", "Health"),
    ("notifications", "Notifications"),
    ("family", "Family"),
    ("proxies", "Who acts for you"),
    ("acting_for", "For whom you act"),
    ("visits", "Visits"),
    ("waitlist", "Waitlist"),
    ("sessions", "Where you are signed in"),
    ("passkeys", "Passkeys"),
    ("emergency_accesses", "Your record in emergencies"),
    ("access_log", "Who looked at your record"),
];

/// `/account/data/read`
pub async fn read(page: Page, session: Session) -> PageResult {
    let caller = page.caller::<Person>()?;
    require_recent_proof(&page, &session).await?;
    let all = export(page.clinic(), &caller).await?;
    let parts: Vec<_> =
        PARTS.into_iter().filter_map(|(name, title)| Some(part(title, all.get(name)?))).collect();
    Ok(page.show("All your data", || {
        view! {
            <article class="narrow stack">
                <BackLink href="/account/data" label="Your data" />
                <h1>"All your data"</h1>
                <p class="muted">"Times are in UTC. Money is in the smallest unit of its currency, such as cents."</p>
                {parts}
            </article>
        }
    }))
}

fn part(title: &'static str, value: &Value) -> AnyView {
    match value {
        Value::Array(items) => {
            let count = items.len();
            let left = count.saturating_sub(SHOWN);
            let entries: Vec<_> = items.iter().take(SHOWN).map(entry).collect();
            let left = (left > 0).then(|| {
                view! { <p class="muted">{format!("{left} more are in the file.")}</p> }
            });
            view! {
                <details class="card">
                    <summary><h2 class="h3">{format!("{title} ({count})")}</h2></summary>
                    <div class="stack">{entries}{left}</div>
                </details>
            }
            .into_any()
        }
        value => view! {
            <section class="stack-small">
                <h2 class="h3">{title}</h2>
                {entry(value)}
            </section>
        }
        .into_any(),
    }
}

fn entry(value: &Value) -> AnyView {
    let none = Map::new();
    let facts: Vec<_> = value
        .as_object()
        .unwrap_or(&none)
        .iter()
        // What only programs need.
        .filter(|(name, _)| !matches!(name.as_str(), "id" | "patient_id"))
        .map(|(name, value)| (words(name), said(value)))
        .map(|(term, said)| view! { <Detail term><span class="typed">{said}</span></Detail> })
        .collect();
    view! { <DescriptionList framed=true>{facts}</DescriptionList> }.into_any()
}

/// `date_of_birth` as people write it.
fn words(name: &str) -> String {
    let spaced = name.replace('_', " ");
    let mut letters = spaced.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

fn said(value: &Value) -> String {
    match value {
        Value::Null => "–".to_owned(),
        Value::Bool(true) => "Yes".to_owned(),
        Value::Bool(false) => "No".to_owned(),
        Value::Number(number) => number.to_string(),
        Value::String(text) => text.clone(),
        Value::Array(all) => all.iter().map(said).collect::<Vec<_>>().join(", "),
        Value::Object(parts) => {
            let part =
                |(name, value): (&String, &Value)| format!("{}: {}", words(name), said(value));
            parts.iter().map(part).collect::<Vec<_>>().join(", ")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn values_are_said_in_words() {
        assert_eq!(words("date_of_birth"), "Date of birth");
        assert_eq!(
            said(&json!({ "status": "paid", "late": false, "to": null })),
            "Late: No, Status: paid, To: –"
        );
        assert_eq!(said(&json!(["a", 2])), "a, 2");
    }
}
