use crate::{
    Page, PageResult,
    failure::{form_problem, form_status},
    fields::Fields,
    forms,
    page::see_other,
    record::record_page::measure,
};
use axum::response::Response;
use domain::{
    Problem,
    account::{ActivityLevel, BloodType, Bmi, CheckedHealth, HealthDetails},
    directory::Gender,
    readings::{MetricKind, Units},
};
use jiff::{ToSpan, civil::Date};
use leptos::prelude::*;
use services::{
    account,
    identity::{self, Person},
};
use ui::{Button, Choice, FormMessage, SelectField, TextArea, TextField};

const PATH: &str = "/account/health";

/// `/account/health`
pub async fn show(page: Page) -> PageResult {
    let caller = page.caller::<Person>()?;
    let health = account::health(page.clinic(), &caller).await?;
    let born = identity::profile(page.clinic(), &caller).await?.date_of_birth;
    let saved = Fields::of_query(page.query()).is_on("saved");
    let also = also(&health, &caller.units);
    let index = Bmi::of(health.height_cm, health.weight_kg).map(|bmi| {
        index(bmi, is_grown_up(born, page.clinic().now().to_zoned(caller.zone.rules()).date()))
    });
    let index = [also, index].into_iter().flatten().reduce(|also, index| format!("{also} {index}"));
    Ok(form(page, &as_fields(health), None, index, saved))
}

pub async fn change(page: Page, fields: Fields) -> PageResult {
    let caller = page.caller::<Person>()?;
    let details = HealthDetails {
        gender: fields.text("gender"),
        height_cm: fields.text("height_cm"),
        weight_kg: fields.text("weight_kg"),
        blood_type: fields.text("blood_type"),
        medical_conditions: fields.text("medical_conditions"),
        current_medications: fields.text("current_medications"),
        allergies: fields.text("allergies"),
        health_goals: fields.text("health_goals"),
        activity_level: fields.text("activity_level"),
    };
    match account::change_health(page.clinic(), &caller, &details).await {
        Ok(()) => Ok(see_other("/account/health?saved=1")),
        Err(error) => {
            let problem = form_problem(error)?;
            Ok(form(page, &fields, Some(problem), None, false))
        }
    }
}

/// What was typed in centimetres and kilograms in the units that were chosen, where these are others.
fn also(health: &CheckedHealth, units: &Units) -> Option<String> {
    let other = |number: Option<f32>, kind: MetricKind| {
        units.chosen(kind).filter(|unit| *unit != kind.unit())?;
        Some(measure(number?, kind, units))
    };
    let (height, weight) =
        (other(health.height_cm, MetricKind::Height), other(health.weight_kg, MetricKind::Weight));
    let all: Vec<_> = [height, weight].into_iter().flatten().collect();
    (!all.is_empty()).then(|| format!("That is {}.", all.join(" and ")))
}

/// Whether the words for adults are right. Of whom we know no age we say nothing.
fn is_grown_up(born: Option<Date>, today: Date) -> bool {
    born.is_some_and(|born| born.saturating_add(18.years()) <= today)
}

fn index(bmi: Bmi, is_grown_up: bool) -> String {
    let said = format!("Body mass index: {bmi}");
    match is_grown_up {
        true => format!("{said}, which the WHO calls {} in adults.", bmi.label()),
        false => format!("{said}. What it means depends on age; ask your doctor."),
    }
}

fn as_fields(health: CheckedHealth) -> Fields {
    let number = |number: Option<f32>| number.map_or_else(String::new, |n| n.to_string());
    Fields::from_pairs([
        ("gender", health.gender.map_or_else(String::new, |word| word.to_string())),
        ("height_cm", number(health.height_cm)),
        ("weight_kg", number(health.weight_kg)),
        ("blood_type", health.blood_type.map_or_else(String::new, |word| word.to_string())),
        ("medical_conditions", health.medical_conditions.unwrap_or_default()),
        ("current_medications", health.current_medications.unwrap_or_default()),
        ("allergies", health.allergies.unwrap_or_default()),
        ("health_goals", health.health_goals.unwrap_or_default()),
        ("activity_level", health.activity_level.map_or_else(String::new, |word| word.to_string())),
    ])
}

fn form(
    page: Page,
    fields: &Fields,
    problem: Option<Problem>,
    index: Option<String>,
    saved: bool,
) -> Response {
    let problem = problem.as_ref();
    let (history, body) = (history(fields, problem), body(fields, problem, index));
    let page = page.with_status(form_status(problem));
    page.show(forms::title(problem, "Your health"), || {
        view! {
            <article class="narrow stack">
                {forms::summary(problem)}
                <h1>"Your health"</h1>
                {saved.then(|| view! { <FormMessage>"Saved."</FormMessage> })}
                <p class="lede">"What a doctor should know. Fill in what you like and leave out the rest."</p>
                <p class="muted">
                    "Doctors whom you visit see all of this, whom to call for you, and your visits with them. In an emergency another doctor can open it for an hour, and you are told at once. People who "
                    <a href="/account/proxies">"act for you"</a>" can read it if you have let them. Each look is written into "
                    <a href="/account/access-log">"your access log"</a>"."
                </p>
                <form method="post" novalidate=true action=PATH class="stack">
                    {history}
                    {body}
                    <Button>"Save"</Button>
                </form>
            </article>
        }
    })
}

/// What doctors look for first.
fn history(fields: &Fields, problem: Option<&Problem>) -> AnyView {
    let value = |name: &str| fields.text(name);
    let error = |name: &str| forms::at(problem, name);
    view! {
        <h2>"For your doctors"</h2>
        <TextArea
            label="Allergies" name="allergies" optional=true rows=3 maxlength=2000
            hint="Medicines, food, latex. What happens, too." value=value("allergies") error=error("allergies")
        />
        <TextArea
            label="Conditions" name="medical_conditions" optional=true rows=3 maxlength=2000
            hint="What you live with, such as asthma or diabetes." value=value("medical_conditions") error=error("medical_conditions")
        />
        <TextArea
            label="Medicines you take" name="current_medications" optional=true rows=3 maxlength=2000
            hint="One a line, with how much and how often." value=value("current_medications") error=error("current_medications")
        />
        <SelectField label="Blood type" name="blood_type" optional=true options=blood_types() selected=value("blood_type") error=error("blood_type") />
    }
    .into_any()
}

fn body(fields: &Fields, problem: Option<&Problem>, index: Option<String>) -> AnyView {
    let value = |name: &str| fields.text(name);
    let error = |name: &str| forms::at(problem, name);
    view! {
        <h2>"About you"</h2>
        <SelectField label="Gender" name="gender" optional=true options=genders() selected=value("gender") error=error("gender") />
        <div class="field-row">
            <TextField label="Height" name="height_cm" inputmode="decimal" short=true unit="cm" value=value("height_cm") error=error("height_cm") />
            <TextField label="Weight" name="weight_kg" inputmode="decimal" short=true unit="kg" value=value("weight_kg") error=error("weight_kg") />
        </div>
        {index.map(|index| view! { <p class="muted tabular">{index}</p> })}
        <p><a href="/account/units">"Other units for what you read"</a></p>
        <SelectField label="How active are you?" name="activity_level" optional=true options=activity_levels() selected=value("activity_level") error=error("activity_level") />
        <TextArea
            label="Your goals" name="health_goals" optional=true rows=3 maxlength=2000
            hint="What you would like to change, in your own words." value=value("health_goals") error=error("health_goals")
        />
    }
    .into_any()
}

/// The words of a list, after the choice to say nothing.
fn or_nothing(words: impl Iterator<Item = Choice>) -> Vec<Choice> {
    std::iter::once(Choice::new("", "Not stated")).chain(words).collect()
}

fn blood_types() -> Vec<Choice> {
    or_nothing(BloodType::ALL.iter().map(|word| Choice::new(word.as_str(), word.as_str())))
}

fn genders() -> Vec<Choice> {
    let said = Gender::ALL.iter().filter(|gender| **gender != Gender::Unknown);
    or_nothing(said.map(|word| Choice::new(word.as_str(), word.label())))
}

fn activity_levels() -> Vec<Choice> {
    or_nothing(ActivityLevel::ALL.iter().map(|word| Choice::new(word.as_str(), word.label())))
}
