use super::{allowed, day};
use crate::{Page, PageResult, fields::Fields, page::see_other};
use axum::extract::Path;
use domain::proxies::{ProxyGrantId, Scope};
use leptos::prelude::*;
use services::{
    Error,
    identity::Patient,
    proxies::{self, ActingFor, Grant},
};
use ui::{Badge, Button, ButtonKind, FormMessage, LinkButton, PageHeader, Section, Tone};

const LEDE: &str = "Let somebody you trust, who has an account of their own, do for you what you choose, until a day you choose.";

/// `/account/proxies`
pub async fn show(page: Page) -> PageResult {
    let patient = page.caller::<Patient>()?;
    let grants = proxies::grants(page.clinic(), &patient).await?;
    let acting = proxies::acting_for(page.clinic(), &patient).await?;
    let news = news(&Fields::of_query(page.query()));
    let grants: Vec<_> = grants.iter().map(|grant| grant_card(&page, grant)).collect();
    let acting: Vec<_> = acting.iter().map(|acting| acting_card(&page, acting)).collect();
    Ok(page.show("Who acts for you", move || {
        view! {
            <PageHeader title="Who acts for you" lede=LEDE />
            <article class="narrow stack">
                {news.map(|news| view! { <FormMessage>{news}</FormMessage> })}
                <Section title="People who act for you" id="grants">
                    {listed(grants, "Nobody does, and nobody is invited to.")}
                    <p><LinkButton href="/account/proxies/new">"Let somebody act for you"</LinkButton></p>
                    <p class="muted">
                        "What they open and change is written into "<a href="/account/access-log">"your access log"</a>
                        ". To let somebody do more or less, invite them again: once they accept, the new choice takes the place of the old."
                    </p>
                </Section>
                <Section title="People you act for" id="acting">
                    {listed(acting, "Nobody has asked you to. Whoever does sends you an invitation by mail.")}
                </Section>
                <p>"For children and others without an account, use "<a href="/account/family">"your family"</a>"."</p>
            </article>
        }
    }))
}

fn news(query: &Fields) -> Option<&'static str> {
    let news = [
        (
            "invited",
            "We write to that address, without your name: tell the person that you have asked. Nothing is open to anybody until they have accepted, within seven days.",
        ),
        ("ended", "Done. From now on nothing can be done by that access."),
        ("accepted", "Thank you. You find what you may do below."),
        ("declined", "You have declined. Nothing was opened to you."),
    ];
    news.into_iter().find(|(name, _)| query.is_on(name)).map(|(_, text)| text)
}

fn listed(cards: Vec<AnyView>, none: &'static str) -> AnyView {
    match cards.is_empty() {
        true => view! { <p class="muted">{none}</p> }.into_any(),
        false => view! { <ul class="plain-list stack-small">{cards}</ul> }.into_any(),
    }
}

fn grant_card(page: &Page, grant: &Grant) -> AnyView {
    let (name, state) = match &grant.proxy_name {
        Some(name) => {
            (name.clone(), view! { <Badge tone=Tone::Positive>"Acts for you"</Badge> }.into_any())
        }
        None => (
            grant.email.clone(),
            view! { <Badge tone=Tone::Information>"Invited"</Badge> }.into_any(),
        ),
    };
    let when = match grant.proxy_name {
        Some(_) => format!("{} · until {}", grant.email, day(page, grant.ends_at)),
        None => format!(
            "Can accept until {} · would end on {}",
            day(page, grant.answer_until),
            day(page, grant.ends_at)
        ),
    };
    let label = if grant.proxy_name.is_some() { "Stop access" } else { "Take the invitation back" };
    let end = end_button(grant.id, label, &name);
    view! {
        <li class="card stack-small">
            <h3 class="h3 cluster"><span>{name}</span>" "{state}</h3>
            <p class="muted">{when}</p>
            {allowed(grant.scopes)}
            {end}
        </li>
    }
    .into_any()
}

fn acting_card(page: &Page, acting: &ActingFor) -> AnyView {
    let ActingFor { id, name, scopes, ends_at, .. } = acting.clone();
    let end = end_button(id, "Stop acting", &format!("for {name}"));
    let visits = scopes.allow(Scope::Visits).then(|| {
        view! { <a class="button button-secondary" href="/patient">"My visits"<span class="visually-hidden">", with those of "{name.clone()}</span></a> }
    });
    let health = scopes.allow(Scope::Health).then(|| {
        view! { <a class="button button-secondary" href=format!("/account/proxies/{id}")>"Health profile"<span class="visually-hidden">" of "{name.clone()}</span></a> }
    });
    view! {
        <li class="card stack-small">
            <h3 class="h3">{name.clone()}</h3>
            <p class="muted">"Until "{day(page, ends_at)}</p>
            {allowed(scopes)}
            <div class="cluster">{visits}{health}{end}</div>
        </li>
    }
    .into_any()
}

fn end_button(id: ProxyGrantId, label: &'static str, whom: &str) -> AnyView {
    let whom = whom.to_owned();
    view! {
        <form method="post" action=format!("/account/proxies/{id}/end")>
            <Button kind=ButtonKind::Danger>{label}<span class="visually-hidden">" "{whom}</span></Button>
        </form>
    }
    .into_any()
}

/// `POST /account/proxies/{id}/end`, by either of the two.
pub async fn end(page: Page, Path(id): Path<String>) -> PageResult {
    let caller = page.caller::<Patient>()?;
    let id: ProxyGrantId = id.parse().map_err(|_| Error::NotFound)?;
    match proxies::end(page.clinic(), &caller, id).await {
        // Pressed twice, or already done in another tab.
        Ok(()) | Err(Error::NotFound) => Ok(see_other("/account/proxies?ended=1")),
        Err(error) => Err(error.into()),
    }
}
