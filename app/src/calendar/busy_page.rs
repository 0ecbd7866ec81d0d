use crate::{
    Page, PageResult,
    failure::{form_problem, form_status},
    fields::Fields,
    forms,
    page::see_other,
    times::Moment,
};
use axum::response::Response;
use domain::Problem;
use leptos::prelude::*;
use services::{
    calendar::busy::{self, ProviderCalendar},
    identity::Doctor,
};
use ui::{Button, ButtonKind, FormMessage, Notice, TextField, Tone};

/// `/doctor/calendar`
pub async fn show(page: Page) -> PageResult {
    let doctor = page.caller::<Doctor>()?;
    let found = busy::calendar(page.clinic(), &doctor).await?;
    let query = Fields::of_query(page.query());
    let news = if query.is_on("saved") {
        Some("Saved. We read the calendar within a minute, and then every 15 minutes.")
    } else if query.is_on("off") {
        Some("Switched off. The times of that calendar no longer keep patients from booking.")
    } else {
        None
    };
    Ok(form(page, found.as_ref(), &Fields::default(), None, news))
}

pub async fn change(page: Page, fields: Fields) -> PageResult {
    let doctor = page.caller::<Doctor>()?;
    if fields.get("action") == "off" {
        busy::unfollow(page.clinic(), &doctor).await?;
        return Ok(see_other("/doctor/calendar?off=1"));
    }
    let reach = page.site().reach();
    match busy::follow(page.clinic(), &doctor, fields.get("address"), reach).await {
        Ok(()) => Ok(see_other("/doctor/calendar?saved=1")),
        Err(error) => {
            let problem = form_problem(error)?;
            let found = busy::calendar(page.clinic(), &doctor).await?;
            Ok(form(page, found.as_ref(), &fields, Some(problem), None))
        }
    }
}

fn form(
    page: Page,
    found: Option<&(ProviderCalendar, i64)>,
    fields: &Fields,
    problem: Option<Problem>,
    news: Option<&'static str>,
) -> Response {
    let problem = problem.as_ref();
    let state = found.map(|(calendar, count)| state(&page, calendar, *count));
    let save = if found.is_some() { "Use this calendar instead" } else { "Use this calendar" };
    page.with_status(form_status(problem)).show(forms::title(problem, "Busy elsewhere"), || {
        view! {
            <article class="narrow stack">
                {forms::summary(problem)}
                <h1>"Busy elsewhere"</h1>
                {news.map(|news| view! { <FormMessage>{news}</FormMessage> })}
                <p class="lede">"Patients are not offered the times at which another calendar of yours says that you are busy."</p>
                {state}
                <form method="post" novalidate=true action="/doctor/calendar" class="stack">
                    <TextField
                        label="Address of your calendar" name="address" kind="url" autocomplete="off" maxlength=2000 required=true
                        hint="Its secret or public address in iCal format. It ends in .ics most of the time."
                        value=fields.text("address") error=forms::at(problem, "address")
                    />
                    <Button name="action" value="follow">{save}</Button>
                </form>
                <Notice title="What we keep of it">
                    <p>"Only when you are busy: no title, no text, no place. Whole days block the day. What you have marked as free or cancelled does not block."</p>
                    <p>"Visits that are booked already stay booked."</p>
                </Notice>
                <p><a href="/account/calendar">"See your visits in your own calendar"</a></p>
            </article>
        }
    })
}

fn state(page: &Page, calendar: &ProviderCalendar, count: i64) -> AnyView {
    let zone = page.zone_name().map_or_else(|| "UTC".to_owned(), ToString::to_string);
    let at = |instant| Moment::new(instant, page.zone().as_ref(), &zone).short();
    let read = calendar.read_at.map_or_else(|| "Not yet".to_owned(), at);
    let blocks = match count {
        0 => "No times".to_owned(),
        1 => "1 time".to_owned(),
        count => format!("{count} times"),
    };
    let kept = calendar.read_at.map(|_| " The times that we read before still block.");
    view! {
        <section class="stack" aria-labelledby="state">
            <h2 id="state">"The calendar we read"</h2>
            {calendar.problem.clone().map(|problem| view! {
                <Notice tone=Tone::Caution title="We could not read it">
                    <p>{problem}{kept}" We try again every 15 minutes."</p>
                </Notice>
            })}
            <dl class="facts card">
                <dt>"Address"</dt><dd class="typed">{calendar.address.clone()}</dd>
                <dt>"Last read"</dt><dd>{read}</dd>
                <dt>"Blocks"</dt><dd>{blocks}</dd>
            </dl>
            <form method="post" action="/doctor/calendar">
                <Button name="action" value="off" kind=ButtonKind::Danger>"Switch off"</Button>
            </form>
        </section>
    }
    .into_any()
}
