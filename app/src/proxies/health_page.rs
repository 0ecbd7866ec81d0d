use super::day;
use crate::{
    Page, PageResult,
    record::record_page::{in_own_words, number, stated},
};
use axum::extract::Path;
use domain::proxies::ProxyGrantId;
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
    let (said, contact) = (in_own_words("In their own words", &health), contact(&person));
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
