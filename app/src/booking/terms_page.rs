use crate::{
    Page, PageResult,
    failure::{form_problem, form_status},
    fields::Fields,
    forms,
    page::see_other,
};
use axum::response::Response;
use domain::{FieldProblem, Problem};
use leptos::prelude::*;
use services::{
    Error,
    booking::{self, VisitTerms},
    identity::Doctor,
};
use ui::{Button, CheckboxField, Choice, Fieldset, FormMessage, SelectField, TextField};

/// Until when cancelling may be free, in minutes before the start.
const FREE_UNTIL: [(i32, &str); 9] = [
    (0, "The start of the visit"),
    (60, "1 hour before"),
    (120, "2 hours before"),
    (240, "4 hours before"),
    (720, "12 hours before"),
    (1_440, "1 day before"),
    (2_880, "2 days before"),
    (4_320, "3 days before"),
    (10_080, "1 week before"),
];

/// `/doctor/terms`
pub async fn show(page: Page) -> PageResult {
    let doctor = page.caller::<Doctor>()?;
    let terms = booking::terms(page.clinic(), &doctor).await?;
    let saved = Fields::of_query(page.query()).is_on("saved");
    Ok(form(page, &as_fields(&terms), None, saved))
}

pub async fn change(page: Page, fields: Fields) -> PageResult {
    let doctor = page.caller::<Doctor>()?;
    let changed = match terms_of(&fields) {
        Err(problems) => Err(Error::Invalid(problems)),
        Ok(terms) => booking::change_terms(page.clinic(), &doctor, &terms).await,
    };
    match changed {
        Ok(()) => Ok(see_other("/doctor/terms?saved=1")),
        Err(error) => {
            let problem = form_problem(error)?;
            Ok(form(page, &fields, Some(problem), false))
        }
    }
}

fn as_fields(terms: &VisitTerms) -> Fields {
    let on = |yes: bool| if yes { "on" } else { "" }.to_owned();
    Fields::from_pairs([
        ("confirms_by_hand", on(terms.confirms_by_hand)),
        ("first_late_free", on(terms.first_late_free)),
        ("free_until_minutes", terms.free_until_minutes.to_string()),
        ("late_percent", terms.late_percent.to_string()),
        ("no_show_minutes", terms.no_show_minutes.map(|m| m.to_string()).unwrap_or_default()),
    ])
}

/// What was filled in, or what cannot be read of it.
fn terms_of(fields: &Fields) -> Result<VisitTerms, Vec<FieldProblem>> {
    let free_until = fields.required("free_until_minutes", "Choose one of the list.");
    let late = fields.required("late_percent", "Enter a whole number from 0 to 100.");
    let missed = match fields.some("no_show_minutes") {
        None => Ok(None),
        Some(_) => fields
            .required("no_show_minutes", "Enter a whole number from 5 to 240, or leave it empty.")
            .map(Some),
    };
    match (free_until, late, missed) {
        (Ok(free_until_minutes), Ok(late_percent), Ok(no_show_minutes)) => Ok(VisitTerms {
            confirms_by_hand: fields.is_on("confirms_by_hand"),
            first_late_free: fields.is_on("first_late_free"),
            free_until_minutes,
            late_percent,
            no_show_minutes,
        }),
        (free_until, late, missed) => {
            Err([free_until.err(), late.err(), missed.err()].into_iter().flatten().collect())
        }
    }
}

fn form(page: Page, fields: &Fields, problem: Option<Problem>, saved: bool) -> Response {
    let problem = problem.as_ref();
    let at = |name: &str| forms::at(problem, name);
    let mut free_until: Vec<(i32, String)> =
        FREE_UNTIL.iter().map(|(minutes, label)| (*minutes, (*label).to_owned())).collect();
    if let Some(set) = fields.parse::<i32>("free_until_minutes")
        && !free_until.iter().any(|(minutes, _)| *minutes == set)
    {
        free_until.push((set, format!("{set} minutes before")));
        free_until.sort();
    }
    let options: Vec<_> = free_until
        .into_iter()
        .map(|(minutes, label)| Choice::new(minutes.to_string(), label))
        .collect();
    let selected = fields.text("free_until_minutes");
    let (until_error, late_error) = (at("free_until_minutes"), at("late_percent"));
    let (late, missed) = (fields.text("late_percent"), fields.text("no_show_minutes"));
    let missed_error = at("no_show_minutes");
    let (by_hand, waived) = (fields.is_on("confirms_by_hand"), fields.is_on("first_late_free"));
    page.with_status(form_status(problem)).show(forms::title(problem, "Confirming and cancelling"), || {
        view! {
            <article class="narrow stack">
                {forms::summary(problem)}
                <h1>"Confirming and cancelling"</h1>
                {saved.then(|| view! { <FormMessage>"Saved. Visits that are booked from now on have these terms."</FormMessage> })}
                <p class="lede">"Patients see this before they book. Visits that are booked already keep their terms."</p>
                <form method="post" novalidate=true action="/doctor/terms" class="stack">
                    <Fieldset legend="Before a visit is agreed">
                        <CheckboxField
                            name="confirms_by_hand" label="I confirm each visit myself" checked=by_hand
                            hint="Until you do, the time is kept and the patient knows that they wait. Unanswered requests end at the start of the visit, at no cost."
                        />
                    </Fieldset>
                    <Fieldset legend="When a patient cancels">
                        <SelectField label="It is free until" name="free_until_minutes" options selected error=until_error />
                        <TextField
                            label="Later it costs" name="late_percent" inputmode="numeric" short=true
                            unit="% of the fee" value=late error=late_error
                        />
                        <CheckboxField name="first_late_free" label="The first late one of each patient is free" checked=waived />
                    </Fieldset>
                    <Fieldset legend="When nobody comes" hint="You can always say so yourself, and take it back if they come after all.">
                        <TextField
                            label="Count it as missed after" name="no_show_minutes" inputmode="numeric" short=true
                            optional=true unit="minutes" value=missed error=missed_error
                        />
                    </Fieldset>
                    <Button>"Save terms"</Button>
                </form>
            </article>
        }
    })
}
