use super::search_form::short_form;
use crate::{Page, PageResult, document::Waking, fields::Fields};
use islands::Comboboxes;
use leptos::prelude::*;
use services::directory;
use ui::{Icon, IconName, Notice, Tone};

/// How many specialties the page shows.
const SPECIALTIES: usize = 8;

/// `/`
pub async fn show(page: Page) -> PageResult {
    let offered = directory::choices(page.clinic()).await?;
    Ok(page.with_islands(Waking::OnUse).show("", move || {
        let cards: Vec<_> = offered
            .specialties
            .iter()
            .take(SPECIALTIES)
            .map(|(specialty, doctors)| {
                let doctors = match doctors {
                    1 => "1 doctor".to_owned(),
                    _ => format!("{doctors} doctors"),
                };
                view! {
                    <li>
                        <a class="card specialty" href=format!("/doctors?specialization={specialty}")>
                            <strong>{specialty.label()}</strong>
                            <span>{specialty.about()}</span>
                            <span class="muted">{doctors}</span>
                        </a>
                    </li>
                }
            })
            .collect();
        view! {
            <section class="hero">
                <h1>"See a doctor, soon and surely"</h1>
                <p class="lede">
                    "MedConnect shows the real free times of doctors, on your clock and on theirs. "
                    "Choose one, and it is yours."
                </p>
                {short_form(&Fields::default(), &offered)}
            </section>
            <section aria-labelledby="specialties">
                <h2 id="specialties">"What is it about?"</h2>
                <ul class="plain-list grid">{cards}</ul>
                <p><a href="/doctors">"See all doctors"</a></p>
            </section>
            <section aria-labelledby="promises">
                <h2 id="promises">"What you can count on"</h2>
                <ul class="plain-list grid">
                    {promise(IconName::Clock, "Real times", "Every time you see comes from the same place that books it. Nobody else can take the time that you have booked.")}
                    {promise(IconName::Globe, "Your clock and theirs", "For a doctor far away we show both, and they stay right when the clocks change.")}
                    {promise(IconName::Money, "No surprises", "You see the fee and what cancelling costs, with the date, before you book.")}
                </ul>
            </section>
            <Notice tone=Tone::Critical title="In an emergency, call your local emergency number">
                "MedConnect is not for emergencies."
            </Notice>
            <Comboboxes />
        }
    }))
}

fn promise(icon: IconName, title: &'static str, text: &'static str) -> AnyView {
    view! {
        <li class="promise">
            <Icon name=icon />
            <h3 class="h4">{title}</h3>
            <p>{text}</p>
        </li>
    }
    .into_any()
}
