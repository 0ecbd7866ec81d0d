use crate::{Page, PageResult, fields::Fields, page::see_other, times::Moment};
use axum::response::Response;
use domain::identity::permission::Permission;
use leptos::prelude::*;
use services::{
    calendar::{self, Feed},
    identity::Person,
};
use ui::{Button, ButtonKind, FormMessage, IconName, LinkButton, Notice, TextField};

/// `/account/calendar`
pub async fn show(page: Page) -> PageResult {
    let caller = page.caller::<Person>()?;
    let feed = calendar::feed(page.clinic(), &caller).await?;
    let off = Fields::of_query(page.query()).is_on("off");
    let news = off.then(|| {
        view! {
            <FormMessage>"Switched off. The address no longer shows anything to anybody."</FormMessage>
        }
        .into_any()
    });
    Ok(form(page, feed.as_ref(), news))
}

pub async fn change(page: Page, fields: Fields) -> PageResult {
    let caller = page.caller::<Person>()?;
    if fields.get("action") == "off" {
        calendar::close_feed(page.clinic(), &caller).await?;
        return Ok(see_other("/account/calendar?off=1"));
    }
    let token = calendar::issue_feed(page.clinic(), &caller).await?;
    let feed = calendar::feed(page.clinic(), &caller).await?;
    let address = format!("{}/calendar/{token}.ics", page.site().public_url());
    // Part of this answer alone: nobody can look it up again, not even we.
    Ok(form(page, feed.as_ref(), Some(issued(address))))
}

/// The new address, and what to do with it.
fn issued(address: String) -> AnyView {
    let subscribe =
        address.replacen("https://", "webcal://", 1).replacen("http://", "webcal://", 1);
    view! {
        <section class="card stack" aria-labelledby="new-address">
            <h2 id="new-address">"Your new address"</h2>
            <TextField
                label="Calendar address" name="address" value=address readonly=true kind="url"
                hint="We show it only now. Copy it before you leave this page."
            />
            <p class="cluster">
                <LinkButton href=subscribe icon=IconName::Calendar>"Open in my calendar app"</LinkButton>
                <button type="button" class="button button-secondary" data-copies="address" aria-live="polite" hidden=true>
                    "Copy the address"
                </button>
            </p>
            <p>"Elsewhere, look for “Subscribe to calendar”, “From URL” or “From internet”, and paste the address there."</p>
        </section>
    }
    .into_any()
}

fn form(page: Page, feed: Option<&Feed>, news: Option<AnyView>) -> Response {
    let doctor = page.actor().is_some_and(|actor| actor.may(Permission::RunVisits));
    let state = match feed {
        Some(feed) => switched_on(&page, feed),
        None => view! {
            <form method="post" action="/account/calendar">
                <Button name="action" value="make">"Make an address"</Button>
            </form>
        }
        .into_any(),
    };
    page.show("Your calendar", || {
        view! {
            <article class="narrow stack">
                <h1>"Your calendar"</h1>
                {news}
                <p class="lede">"See your visits in the calendar that you use anyway. It follows a private address of yours, so that moved and cancelled visits change there, too."</p>
                <Notice title="What it shows">
                    <p>{if doctor {
                        "When and where each visit is; with which doctor, if it is yours, and else the patient’s initials. Never why."
                    } else {
                        "When and where each visit is, and with whom. Never why."
                    }}</p>
                    <p>"Anyone who has the address can read it. Make a new one if somebody has it who should not."</p>
                </Notice>
                {state}
                {doctor.then(|| view! {
                    <p><a href="/doctor/calendar">"Keep times free that you need elsewhere"</a></p>
                })}
            </article>
        }
    })
}

fn switched_on(page: &Page, feed: &Feed) -> AnyView {
    let zone = page.zone_name().map_or_else(|| "UTC".to_owned(), ToString::to_string);
    let at = |instant| Moment::new(instant, page.zone().as_ref(), &zone).short();
    let read = feed.last_read_at.map_or_else(|| "Not yet".to_owned(), at);
    view! {
        <section class="stack" aria-labelledby="state">
            <h2 id="state">"Your address is switched on"</h2>
            <dl class="facts card">
                <dt>"Made"</dt><dd>{at(feed.issued_at)}</dd>
                <dt>"Last read by a calendar"</dt><dd>{read}</dd>
            </dl>
            <form method="post" action="/account/calendar" class="cluster">
                <Button name="action" value="make" kind=ButtonKind::Secondary>"Make a new address"</Button>
                <Button name="action" value="off" kind=ButtonKind::Danger>"Switch off"</Button>
            </form>
            <p class="muted">"With a new address, or without any, calendars that follow the present one get nothing more."</p>
        </section>
    }
    .into_any()
}
