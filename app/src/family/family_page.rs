use crate::{
    Page, PageResult,
    failure::{form_problem, form_status},
    fields::Fields,
    forms,
    page::{safe_next, see_other},
};
use domain::{
    Problem,
    family::{DependantDetails, Relationship},
    zone::rules,
};
use jiff::{civil::Date, tz::TimeZone};
use leptos::prelude::*;
use services::{
    family::{self, Dependant},
    identity::Patient,
};
use ui::{BackLink, Button, Choice, ChoiceGroup, DateField, FormMessage, TextField};

const PATH: &str = "/account/family";

/// `/account/family?next=`
pub async fn show(page: Page) -> PageResult {
    let query = Fields::of_query(page.query());
    let fields = Fields::from_pairs([("next", query.text("next"))]);
    render(page, &fields, None).await
}

/// Adds somebody, and leads back to where they were missed.
pub async fn add(page: Page, fields: Fields) -> PageResult {
    let patient = page.caller::<Patient>()?;
    match family::add(page.clinic(), &patient, &details(&fields)).await {
        Ok(id) => {
            let next = safe_next(fields.get("next"), "");
            let back = match next.contains('?') {
                true => format!("{next}&who={id}"),
                false => format!("{PATH}?added=1"),
            };
            Ok(see_other(&back))
        }
        Err(error) => {
            let problem = form_problem(error)?;
            render(page, &fields, Some(problem)).await
        }
    }
}

/// What the form says of somebody.
pub fn details(fields: &Fields) -> DependantDetails {
    DependantDetails {
        first_name: fields.text("first_name"),
        last_name: fields.text("last_name"),
        date_of_birth: fields.text("date_of_birth"),
        relationship: fields.text("relationship"),
    }
}

/// The fields in which somebody is described.
pub fn inputs(page: &Page, fields: &Fields, problem: Option<&Problem>) -> AnyView {
    let options: Vec<_> = Relationship::ALL
        .iter()
        .map(|relationship| Choice::new(relationship.to_string(), relationship.label()))
        .collect();
    let today = page.clinic().now().to_zoned(zone(page)).date();
    view! {
        <TextField label="First name" name="first_name" autocomplete="off" required=true maxlength=80 value=fields.text("first_name") error=forms::at(problem, "first_name") />
        <TextField label="Last name" name="last_name" autocomplete="off" required=true maxlength=80 value=fields.text("last_name") error=forms::at(problem, "last_name") />
        <DateField label="Date of birth" name="date_of_birth" required=true max=today.to_string() value=fields.text("date_of_birth") error=forms::at(problem, "date_of_birth") />
        <ChoiceGroup legend="What are they to you?" name="relationship" options selected=fields.text("relationship") error=forms::at(problem, "relationship") inline=true />
    }
    .into_any()
}

fn zone(page: &Page) -> TimeZone {
    page.zone().unwrap_or_else(|| rules("UTC"))
}

/// `Child, born on 31 May 2018`
pub fn about(dependant: &Dependant) -> String {
    let born = |born: Date| format!(", born on {}", born.strftime("%-d %B %Y"));
    let born = dependant.date_of_birth.map(born).unwrap_or_default();
    format!("{}{born}", dependant.relationship.label())
}

async fn render(page: Page, fields: &Fields, problem: Option<Problem>) -> PageResult {
    let patient = page.caller::<Patient>()?;
    let all = family::dependants(page.clinic(), &patient).await?;
    let query = Fields::of_query(page.query());
    let news = [
        ("added", "Added. You can choose this person whenever you book a visit."),
        ("saved", "Saved."),
        ("removed", "Removed. Their past visits stay under My visits."),
    ];
    let news = news.into_iter().find(|(name, _)| query.is_on(name)).map(|(_, text)| text);
    let problem = problem.as_ref();
    let inputs = inputs(&page, fields, problem);
    let next = fields.text("next");
    let back = Some(safe_next(&next, "")).filter(|next| !next.is_empty()).map(str::to_owned);
    let cards: Vec<_> = all.iter().map(card).collect();
    let page = page.with_status(form_status(problem));
    Ok(page.show(forms::title(problem, "Your family"), || {
        view! {
            <article class="narrow stack">
                {forms::summary(problem)}
                {back.map(|back| view! { <BackLink href=back label="Back to the visit" /> })}
                <h1>"Your family"</h1>
                <p class="lede">"Children and others for whom you book. They need no account: you see, move and cancel their visits as your own."</p>
                {news.map(|news| view! { <FormMessage>{news}</FormMessage> })}
                {(!cards.is_empty()).then(|| view! { <ul class="plain-list stack-small">{cards}</ul> })}
                <p>"Adults with an account of their own are not added here: "<a href="/account/proxies">"let somebody act for you"</a>", or let them invite you."</p>
                <form method="post" novalidate=true action=PATH class="card stack">
                    <h2>"Add somebody"</h2>
                    <input type="hidden" name="next" value=next.clone() />
                    {inputs}
                    <Button>"Add"</Button>
                </form>
            </article>
        }
    }))
}

fn card(dependant: &Dependant) -> AnyView {
    let name = dependant.full_name();
    view! {
        <li class="card visit-card">
            <div>
                <h2 class="h3">{name.clone()}</h2>
                <p class="muted">{about(dependant)}</p>
            </div>
            <a class="button button-secondary" href=format!("{PATH}/{}", dependant.id)>
                "Change"<span class="visually-hidden">" "{name}</span>
            </a>
        </li>
    }
    .into_any()
}
