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
use uuid::Uuid;

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
                    <li>"Your devices and readings, with what was corrected and what has a wrong date"</li>
                    <li>"The limits that doctors have set for your readings, what you were told of them and what you have reached"</li>
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

/// All parts of the file but its date, in the order in which people read them.
const PARTS: [(&str, &str); 19] = [
    ("profile", "Profile"),
    ("health", "Health"),
    ("notifications", "Notifications"),
    ("family", "Family"),
    ("proxies", "Who acts for you"),
    ("acting_for", "For whom you act"),
    ("visits", "Visits"),
    ("waitlist", "Waitlist"),
    ("devices", "Devices"),
    ("readings", "Readings"),
    ("reading_corrections", "Readings as they were before they were corrected"),
    ("quarantined_readings", "Readings with a wrong date"),
    ("reading_limits", "Limits that doctors have set for your readings"),
    ("reading_alerts", "Alerts about your readings"),
    ("milestones", "What you have reached"),
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
    let parts: Vec<_> = PARTS
        .into_iter()
        .filter_map(|(name, title)| Some(part(name, title, all.get(name)?)))
        .collect();
    Ok(page.show("All your data", || {
        view! {
            <article class="narrow stack">
                <BackLink href="/account/data" label="Your data" />
                <h1>"All your data"</h1>
                <p class="muted">"Times are in UTC. Money is in the smallest unit of its currency, such as cents. Readings are in the unit in which all of their kind can be compared."</p>
                {parts}
            </article>
        }
    }))
}

fn part(name: &'static str, title: &'static str, value: &Value) -> AnyView {
    match value {
        Value::Array(items) => {
            let count = items.len();
            let left = count.saturating_sub(SHOWN);
            let entries: Vec<_> = items.iter().take(SHOWN).map(entry).collect();
            let left = (left > 0).then(|| {
                view! { <p class="muted">{format!("{left} more are in the file.")}</p> }
            });
            view! {
                <details class="card" data-part=name>
                    <summary><h2 class="h3">{format!("{title} ({count})")}</h2></summary>
                    <div class="stack">{entries}{left}</div>
                </details>
            }
            .into_any()
        }
        value => view! {
            <section class="stack-small" data-part=name>
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
        .filter(|(name, value)| !is_for_programs(name, value))
        .map(|(name, value)| (words(name), shown(name, value)))
        .map(|(term, said)| view! { <Detail term><span class="typed">{said}</span></Detail> })
        .collect();
    view! { <DescriptionList framed=true>{facts}</DescriptionList> }.into_any()
}

/// Whether nobody but a program knows what to do with it.
fn is_for_programs(name: &str, value: &Value) -> bool {
    match name {
        "id" | "loinc" | "patient_id" | "reading" => true,
        // Of a reading, whose device has a name, too.
        "device" => value.as_str().is_none_or(|text| Uuid::try_parse(text).is_ok()),
        _ => false,
    }
}

/// What `name` is, where that is not clear from the value alone.
fn shown(name: &str, value: &Value) -> String {
    match (name, value) {
        (
            "concern" | "quarantine" | "reached" | "severity" | "side" | "status" | "type",
            Value::String(word),
        ) => words(word),
        ("near_duplicate_of" | "replaced_by", Value::String(_)) => "Another one".to_owned(),
        (_, value) => said(value),
    }
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
        Value::Number(number) => match number.as_f64().filter(|_| number.is_f64()) {
            Some(number) => number.to_string(),
            None => number.to_string(),
        },
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
        assert_eq!(said(&json!(["a", 2, 70.0])), "a, 2, 70");
        assert_eq!(shown("type", &json!("blood_pressure")), "Blood pressure");
        let id = json!("0199b9a4-7d0c-7000-8000-000000000000");
        assert_eq!(shown("replaced_by", &id), "Another one");
        assert!(is_for_programs("device", &id) && is_for_programs("device", &Value::Null));
        assert!(!is_for_programs("device", &json!("Firefox on Windows")));
    }
}
