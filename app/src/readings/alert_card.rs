//! One alert, with what to do about it.
use super::{ALERTS, Reader, when};
use crate::Page;
use domain::readings::{Level, Severity, advice, headline};
use leptos::prelude::*;
use services::readings::alerts::Alert;
use ui::{Badge, Button, Tone};

/// `Your blood pressure is very high`
pub fn title(alert: &Alert) -> String {
    headline(alert.kind, alert.concern, alert.severity, alert.side, alert.reading_severity)
}

/// `182/121 mmHg`, as the viewer reads it.
fn value(page: &Page, alert: &Alert) -> String {
    Level::from(alert.reading).shown(page.units().shown_in(alert.kind, alert.unit))
}

/// One that goes on.
pub fn open_card(page: &Page, alert: &Alert) -> AnyView {
    let (label, tone) = match (alert.severity, alert.reading_severity) {
        (Severity::Critical, _) => ("Urgent", Tone::Critical),
        (Severity::Warning, Severity::Critical) => ("Measure again now", Tone::Critical),
        (Severity::Warning, Severity::Warning) => ("Needs a look", Tone::Caution),
    };
    let Alert { kind, concern, severity, side, reading_severity, .. } = *alert;
    let steps: Vec<_> = advice(kind, concern, severity, side, reading_severity)
        .into_iter()
        .map(|step| view! { <li>{step}</li> })
        .collect();
    let more = (alert.readings > 1).then(
        || view! { <p class="muted">{format!("{} readings like this so far", alert.readings)}</p> },
    );
    let escalated = alert.escalated_at.map(|at| {
        let at = when(page, at);
        view! { <p>"A text message to your emergency contact was sent off, "{at}"."</p> }
    });
    let seen = match alert.acknowledged_at {
        Some(at) => {
            let at = when(page, at);
            view! { <p class="muted">"You have seen this, "{at}". It stays here until your readings are calm again."</p> }
                .into_any()
        }
        None => view! {
            <form method="post" action=format!("{ALERTS}/{}/seen", alert.id)>
                <Button>"I have seen this"</Button>
            </form>
        }
        .into_any(),
    };
    let at = when(page, alert.recorded_at);
    view! {
        <li class=format!("card stack-small alert-card alert-{}", alert.severity)>
            <div class="cluster">
                <h2 class="h3">{title(alert)}</h2>
                <Badge tone>{label}</Badge>
            </div>
            <p><strong class="tabular">{value(page, alert)}</strong>", "{at}</p>
            {more}
            <h3 class="h4">"What to do"</h3>
            <ol>{steps}</ol>
            {escalated}
            <div class="cluster">
                {seen}
                <a href=format!("{}?period=week", Reader::Patient.path_of(alert.kind))>"See the readings"</a>
            </div>
        </li>
    }
    .into_any()
}

/// One that is over.
pub fn past_card(page: &Page, alert: &Alert) -> AnyView {
    let (at, ended) = (when(page, alert.recorded_at), alert.ended_at.map(|at| when(page, at)));
    view! {
        <li class="card stack-small">
            <h3 class="h4">{title(alert)}</h3>
            <p><span class="tabular">{value(page, alert)}</span>", "{at}</p>
            {ended.map(|ended| view! { <p class="muted">"Over since "{ended}</p> })}
        </li>
    }
    .into_any()
}
