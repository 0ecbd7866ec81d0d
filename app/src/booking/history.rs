//! What became of a visit, as its patient and its doctor read it.
use crate::{Page, times::Moment};
use domain::booking::AppointmentStatus;
use leptos::prelude::*;
use services::booking::{StatusChange, Visit};

/// Each change with when it was made, by whom, and why if they said so; the booking first.
pub fn history(page: &Page, visit: &Visit, changes: &[StatusChange]) -> AnyView {
    if changes.is_empty() {
        return ().into_any();
    }
    let moment = |instant| Moment::new(instant, page.zone().as_ref(), &visit.time_zone);
    let booked =
        view! { <li><span class="muted">{moment(visit.created_at).view()}</span>" Booked"</li> };
    let lines: Vec<_> = changes
        .iter()
        .map(|change| {
            let what = what(change, |start| moment(start).sentence());
            let who = who(page, visit, change);
            let reason = change.reason.clone();
            view! {
                <li>
                    <span class="muted">{moment(change.created_at).view()}</span>
                    " "{what}{who}
                    {reason.map(|reason| view! { <blockquote class="typed">{reason}</blockquote> })}
                </li>
            }
        })
        .collect();
    view! {
        <section aria-labelledby="history">
            <h2 id="history">"What happened so far"</h2>
            <ol class="history">{booked}{lines}</ol>
        </section>
    }
    .into_any()
}

fn what(change: &StatusChange, moment: impl Fn(jiff::Timestamp) -> String) -> String {
    if change.from_starts_at != change.to_starts_at {
        return format!("Moved to {}", moment(change.to_starts_at));
    }
    match (change.from_status, change.to_status) {
        (AppointmentStatus::CheckedIn, AppointmentStatus::Confirmed) => "Not here after all".into(),
        (AppointmentStatus::NoShow, AppointmentStatus::CheckedIn) => "Came after all".into(),
        (_, to) => to.label().to_owned(),
    }
}

fn who(page: &Page, visit: &Visit, change: &StatusChange) -> String {
    match change.actor_id {
        None => String::new(),
        Some(actor) if page.viewer() == Some(actor) => ", by you".to_owned(),
        Some(actor) if actor == visit.patient_id => format!(", by {}", visit.patient_name),
        Some(actor) if Some(actor) == visit.guardian_id => {
            format!(", by {}", visit.guardian_name.as_deref().unwrap_or_default())
        }
        Some(_) => {
            let proxy = change.proxy_name.as_deref();
            format!(", by {}", proxy.unwrap_or(&visit.provider_name))
        }
    }
}
