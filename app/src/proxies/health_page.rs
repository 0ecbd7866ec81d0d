use super::day;
use crate::{
    Page, PageResult,
    record::record_page::{number, stated},
};
use axum::extract::Path;
use domain::{
    account::{BloodType, CheckedHealth},
    proxies::ProxyGrantId,
};
use leptos::prelude::*;
use services::{
    Error,
    identity::Patient,
    proxies::{self, PersonHealth, PersonLine},
};
use ui::{DescriptionList, Detail, PageHeader};

/// `/account/proxies/{id}`: what the person says of their health, to read.
pub async fn show(page: Page, Path(id): Path<String>) -> PageResult {
    let proxy = page.caller::<Patient>()?;
    let id: ProxyGrantId = id.parse().map_err(|_| Error::NotFound)?;
    let PersonHealth { person, health } = proxies::health(page.clinic(), &proxy, id).await?;
    let grants = proxies::acting_for(page.clinic(), &proxy).await?;
    let until = grants.iter().find(|grant| grant.id == id).map(|grant| day(&page, grant.ends_at));
    let title = format!("Health of {}", person.name);
    let (said, contact) = (said(&health), contact(&person));
    Ok(page.show(title.clone(), move || {
        view! {
            <PageHeader title=title back_href="/account/proxies" back_label="Who acts for you" />
            <article class="narrow stack">
                <p class="muted">
                    "Only to read. That you have opened it is written into their access log."
                    {until.map(|until| format!(" You can until {until}."))}
                </p>
                {said}
                {contact}
            </article>
        }
    }))
}

fn said(health: &CheckedHealth) -> AnyView {
    let [allergies, conditions, medicines, blood] = [
        health.allergies.as_deref(),
        health.medical_conditions.as_deref(),
        health.current_medications.as_deref(),
        health.blood_type.map(BloodType::as_str),
    ]
    .map(stated);
    view! {
        <section class="card stack-small" aria-labelledby="said">
            <h2 class="h3" id="said">"In their own words"</h2>
            <DescriptionList>
                <Detail term="Allergies">{allergies}</Detail>
                <Detail term="Conditions">{conditions}</Detail>
                <Detail term="Medicines">{medicines}</Detail>
                <Detail term="Blood type">{blood}</Detail>
            </DescriptionList>
        </section>
    }
    .into_any()
}

fn contact(person: &PersonLine) -> AnyView {
    let born = person.date_of_birth.map(|date| date.strftime("%-d %B %Y").to_string());
    let born = stated(born.as_deref());
    let who = stated(person.emergency_contact_name.as_deref());
    let call = number(person.emergency_contact_phone.as_deref());
    view! {
        <section class="card stack-small" aria-labelledby="contact">
            <h2 class="h3" id="contact">"Whom to call"</h2>
            <DescriptionList>
                <Detail term="In an emergency">{who}</Detail>
                <Detail term="Number">{call}</Detail>
                <Detail term="Date of birth">{born}</Detail>
            </DescriptionList>
        </section>
    }
    .into_any()
}
