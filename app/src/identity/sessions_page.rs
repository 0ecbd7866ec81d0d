//! Where somebody is signed in, and how to end that.
use crate::{Page, PageResult, fields::Fields, page::see_other, times::Moment};
use domain::zone::Zone;
use leptos::prelude::*;
use services::{
    directory::{self, PAGE_SIZE},
    identity::{
        Person,
        sessions::{self, OpenSession},
    },
};
use ui::{
    Badge, Button, ButtonKind, EmptyState, FormMessage, IconName, PageHeader, Pagination, Tone,
};

const PATH: &str = "/account/sessions";

/// `/account/sessions?page=`: this browser first, then what was used last.
pub async fn show(page: Page) -> PageResult {
    let caller = page.caller::<Person>()?;
    let query = Fields::of_query(page.query());
    let wanted = directory::Page::new(query.parse("page").unwrap_or(1), PAGE_SIZE);
    let current = page.session_id();
    let found = sessions::open_sessions(page.clinic(), &caller, current, wanted).await?;
    let news = match query.get("ended") {
        "one" => Some("Signed out there. It takes effect at once."),
        "others" => Some("Signed out everywhere else. Only this browser is still signed in."),
        _ => None,
    };
    let others = found.count > i64::from(current.is_some());
    let cards: Vec<_> = found.items.iter().map(|session| card(&page, session)).collect();
    Ok(page.show("Where you are signed in", move || {
        view! {
            <article class="narrow stack">
                <PageHeader
                    title="Where you are signed in" back_href="/account/profile" back_label="Your profile"
                    lede="Is one of them not yours? Sign it out, and choose a new password."
                />
                {news.map(|news| view! { <FormMessage>{news}</FormMessage> })}
                {match cards.is_empty() {
                    true => view! {
                        <EmptyState icon=IconName::Person title="Nothing on this page" text="The list is shorter than that." />
                    }.into_any(),
                    false => view! { <ul class="plain-list stack-small">{cards}</ul> }.into_any(),
                }}
                <Pagination
                    page=wanted.number pages=wanted.pages(found.count)
                    href=move |number| format!("{PATH}?page={number}")
                />
                {others.then(|| view! {
                    <form method="post" action=PATH>
                        <Button name="end" value="others" kind=ButtonKind::Danger>"Sign out everywhere else"</Button>
                    </form>
                })}
                <p class="muted">
                    "A browser is signed out after 30 minutes without use (doctors and staff after 15), and after 12 hours in any case. An app is signed out after 30 days without use. We see the internet address something is used from, but not the place."
                </p>
            </article>
        }
    }))
}

/// Ends one, or all but this one.
pub async fn end(page: Page, fields: Fields) -> PageResult {
    let caller = page.caller::<Person>()?;
    if fields.get("end") == "others" {
        sessions::end_others(page.clinic(), &caller, page.session_id()).await?;
        return Ok(see_other(&format!("{PATH}?ended=others")));
    }
    let Some(id) = fields.parse("end") else { return Ok(see_other(PATH)) };
    sessions::end_one(page.clinic(), &caller, id).await?;
    Ok(see_other(&format!("{PATH}?ended=one")))
}

fn card(page: &Page, session: &OpenSession) -> AnyView {
    let when = |at| Moment::new(at, page.zone().as_ref(), Zone::UTC).short();
    let OpenSession { id, device, is_browser, is_current, .. } = session.clone();
    let network = session.network.clone().map_or_else(
        || "Place unknown".to_owned(),
        |network| format!("Internet address {network}, place unknown"),
    );
    let used = match is_current {
        true => "In use now".to_owned(),
        false => format!("Last used {}", when(session.last_used_at)),
    };
    let since = format!("Signed in {}", when(session.signed_in_at));
    let action = match is_current {
        true => view! {
            <form method="post" action="/logout">
                <Button kind=ButtonKind::Secondary>"Sign out"</Button>
            </form>
        }
        .into_any(),
        false => view! {
            <form method="post" action=PATH>
                <input type="hidden" name="end" value=id.to_string() />
                <button class="button button-secondary" type="submit">
                    "Sign out"<span class="visually-hidden">" "{device.clone()}", "{used.clone()}</span>
                </button>
            </form>
        }
        .into_any(),
    };
    view! {
        <li class="card visit-card">
            <div>
                <h2 class="h3">
                    {device}" "
                    {is_current.then(|| view! { <Badge tone=Tone::Positive>"This browser"</Badge> })}
                    {(!is_browser).then(|| view! { <Badge>"App"</Badge> })}
                </h2>
                <p>{used}</p>
                <p class="muted">{since}</p>
                <p class="muted">{network}</p>
            </div>
            {action}
        </li>
    }
    .into_any()
}
