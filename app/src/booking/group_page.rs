//! Several visits at once: what they would be, and whether all of them are wanted.
use super::wish::{Wish, wish};
use crate::{
    Page, PageResult,
    directory::doctor_page::terms_sentence,
    failure::{form_problem, form_status},
    family::who,
    fields::Fields,
    forms,
    page::see_other,
    times::Moment,
};
use axum::{extract::Path, http::StatusCode};
use domain::{
    Problem,
    booking::{Occurrence, Offer, VisitKind},
    directory::ProviderId,
    identity::UserId,
    money::Money,
};
use jiff::Timestamp;
use leptos::prelude::*;
use services::{
    Error,
    booking::{self, GroupRequest, IdempotencyKey},
    directory::{self, Provider},
    identity::Patient,
};
use ui::{BackLink, Button, CheckboxGroup, Choice, Notice, Tone};

/// The visits as they would be, before anything is booked.
pub async fn plan(
    page: Page,
    provider: &Provider,
    fields: &Fields,
    (person, wish): (UserId, Wish),
    problem: Option<Problem>,
) -> PageResult {
    let patient = page.caller::<Patient>()?;
    let start: Timestamp = fields.parse("start").ok_or(Error::NotFound)?;
    let kind: VisitKind = fields.parse("kind").ok_or(Error::NotFound)?;
    let at = (provider.id, start);
    let clinic = page.clinic();
    match wish {
        Wish::Nothing => Ok(see_other(&format!("/doctors/{}#times", provider.id))),
        Wish::Together(people) => {
            let found = booking::plan_together(clinic, &patient, at, people.len(), kind).await?;
            let all = found.times.len() == people.len();
            let body = together(&page, provider, &people, &found.times);
            let instead = (!all).then(|| instead(&page, provider, fields, &people, &found));
            let status = if all { form_status(problem.as_ref()) } else { StatusCode::CONFLICT };
            let whole = Whole { count: people.len(), every_weeks: None, may_book: all, instead };
            let page = page.with_status(status);
            Ok(show(page, provider, fields, problem, body, whole))
        }
        Wish::Series { every_weeks, times } => {
            let (_, found) =
                booking::plan_repetition(clinic, &patient, at, (every_weeks, times), kind).await?;
            let body = series(&page, provider, fields, (person, &found), problem.as_ref());
            let count = found.iter().filter(|one| one.offer.is_some()).count();
            let whole =
                Whole { count, every_weeks: Some(every_weeks), may_book: count > 0, instead: None };
            let page = page.with_status(form_status(problem.as_ref()));
            Ok(show(page, provider, fields, problem, body, whole))
        }
    }
}

struct Whole {
    count: usize,
    every_weeks: Option<u8>,
    may_book: bool,
    /// What to do where it may not.
    instead: Option<AnyView>,
}

/// What was said on the form before, to be said again.
fn carried(fields: &Fields, start: Option<Timestamp>) -> AnyView {
    let names = ["start", "kind", "key", "reason", "who", "repeat", "times"];
    let start = start.map(|start| start.to_string());
    let inputs: Vec<_> = names
        .into_iter()
        .map(|name| match (name, &start) {
            ("start", Some(start)) => (name, start.clone()),
            _ => (name, fields.text(name)),
        })
        .chain(fields.all("also").map(|also| ("also", also.to_owned())))
        .map(|(name, value)| view! { <input type="hidden" name=name value=value /> })
        .collect();
    inputs.into_any()
}

fn show(
    page: Page,
    provider: &Provider,
    fields: &Fields,
    problem: Option<Problem>,
    body: AnyView,
    whole: Whole,
) -> axum::response::Response {
    let problem = problem.as_ref();
    let back = format!("/doctors/{}/book?start={}", provider.id, fields.get("start"));
    let action = format!("/doctors/{}/book/all", provider.id);
    let fee = provider.fee();
    let count = i64::try_from(whole.count).unwrap_or_default();
    let all = Money::new(fee.minor.saturating_mul(count), fee.currency);
    let fees = format!("{fee} for each visit, {all} in all, paid later");
    let button = match (whole.every_weeks.is_some(), provider.confirms_by_hand) {
        (_, true) => "Ask for these visits",
        (true, false) => "Book the chosen visits",
        (false, false) => "Book all of them",
    };
    let waits = provider
        .confirms_by_hand
        .then_some("This doctor confirms each visit. You hear as soon as that is done.");
    let name = format!("{}, {}", provider.full_name(), provider.specialization.label());
    let terms = terms_sentence(provider);
    let carried = carried(fields, None);
    page.show(forms::title(problem, "Book these visits?"), || {
        view! {
            <article class="narrow stack">
                {forms::summary(problem)}
                <BackLink href=back label="Change something" />
                <h1>"Book these visits?"</h1>
                <p>"Nothing is booked yet. Either all of them are booked, or none."</p>
                <dl class="facts card">
                    <dt>"With"</dt><dd>{name}</dd>
                    <dt>"Fee"</dt><dd class="tabular">{fees}</dd>
                    <dt>"If you cancel"</dt><dd>{terms}" Each visit is cancelled by itself."</dd>
                </dl>
                <form method="post" novalidate=true action=action class="stack">
                    {carried}
                    {whole.every_weeks.map(|weeks| view! { <input type="hidden" name="every_weeks" value=weeks.to_string() /> })}
                    {body}
                    {waits.map(|waits| view! { <p class="muted">{waits}</p> })}
                    {whole.may_book.then(|| view! { <Button>{button}</Button> })}
                </form>
                {whole.instead}
            </article>
        }
    })
}

fn moment(page: &Page, provider: &Provider, start: Timestamp) -> Moment {
    Moment::new(start, page.zone().as_ref(), &provider.time_zone)
}

/// Who comes when.
fn together(
    page: &Page,
    provider: &Provider,
    people: &[(UserId, String)],
    times: &[Offer],
) -> AnyView {
    let rows: Vec<_> = people
        .iter()
        .enumerate()
        .map(|(index, (id, name))| {
            let time = times.get(index).map(|offer| {
                let start = offer.slot.start;
                let value = format!("{id}|{start}");
                view! {
                    {moment(page, provider, start).short_view()}
                    <input type="hidden" name="visit" value=value />
                }
            });
            let missing =
                time.is_none().then(|| view! { <span class="muted">"No free time"</span> });
            view! { <dt>{name.clone()}</dt><dd>{time}{missing}</dd> }
        })
        .collect();
    view! { <dl class="facts card">{rows}</dl> }.into_any()
}

/// Which time is missing, and from when on all fit.
fn instead(
    page: &Page,
    provider: &Provider,
    fields: &Fields,
    people: &[(UserId, String)],
    found: &booking::Together,
) -> AnyView {
    let who = people.get(found.times.len()).map(|(_, name)| name.clone()).unwrap_or_default();
    let message = match found.times.is_empty() {
        true => "The first of these times is not free any more.".to_owned(),
        false => format!(
            "There is no free time for {who} within an hour after the visit before. Nothing was booked."
        ),
    };
    let action = format!("/doctors/{}/book", provider.id);
    let other = found.nearest.map(|start| {
        let label = format!("Look at {} instead", moment(page, provider, start).short());
        view! {
            <form method="post" novalidate=true action=action>
                {carried(fields, Some(start))}
                <Button>{label}</Button>
            </form>
        }
    });
    let none = other
        .is_none()
        .then_some("In the next three weeks there are not enough times after each other.");
    view! {
        <Notice tone=Tone::Caution announce=true>{message}</Notice>
        {other}
        {none.map(|none| view! { <p>{none}</p> })}
    }
    .into_any()
}

/// Each date with what is free, to keep or to leave out.
fn series(
    page: &Page,
    provider: &Provider,
    fields: &Fields,
    (person, found): (UserId, &[Occurrence]),
    problem: Option<&Problem>,
) -> AnyView {
    let options: Vec<_> = found
        .iter()
        .map(|one| {
            let wanted = moment(page, provider, one.wanted).short();
            let Some(offer) = one.offer else {
                return Choice::new("", wanted).hint("Nothing is free in this week.").disabled();
            };
            let start = offer.slot.start;
            let choice =
                Choice::new(format!("{person}|{start}"), moment(page, provider, start).short());
            match one.is_as_wanted() {
                true => choice,
                false => {
                    choice.hint(format!("{wanted} is not free. This is the nearest time that is."))
                }
            }
        })
        .collect();
    let selected: Vec<_> = match problem.is_some() && fields.all("visit").next().is_some() {
        true => fields.all("visit").map(str::to_owned).collect(),
        false => {
            options.iter().map(|choice| choice.value.clone()).filter(|v| !v.is_empty()).collect()
        }
    };
    view! {
        <CheckboxGroup
            legend="Which of these do you want?" name="visit" options selected
            error=forms::at(problem, "visit")
        />
    }
    .into_any()
}

/// `POST /doctors/{id}/book/all`
pub async fn book(page: Page, Path(id): Path<String>, fields: Fields) -> PageResult {
    let patient = page.caller::<Patient>()?;
    let id: ProviderId = id.parse().map_err(|_| Error::NotFound)?;
    let details = directory::provider(page.clinic(), id).await?;
    let provider = &details.provider;
    let others = who::others(&page).await?;
    let read = |word: &str| {
        let (person, start) = word.split_once('|')?;
        Some((person.parse().ok()?, start.parse().ok()?))
    };
    let request = GroupRequest {
        provider: id,
        kind: fields.parse("kind").ok_or(Error::NotFound)?,
        reason: fields.text("reason"),
        visits: fields.all("visit").filter_map(read).collect(),
        every_weeks: fields.parse("every_weeks"),
    };
    let key = IdempotencyKey::checked(fields.get("key")).map_err(Error::from)?;
    match booking::book_all(page.clinic(), &patient, &key, request).await {
        Ok(booked) => {
            let news = if provider.confirms_by_hand { "asked" } else { "booked" };
            Ok(see_other(&format!("/patient?{news}={}", booked.visits.len())))
        }
        Err(error) => {
            let problem = form_problem(error)?;
            let person = who::chosen(&fields, &patient, &others).map_err(Error::from)?;
            let wish = wish(&fields, person, &patient, &others).map_err(Error::from)?;
            plan(page, provider, &fields, (person, wish), Some(problem)).await
        }
    }
}
