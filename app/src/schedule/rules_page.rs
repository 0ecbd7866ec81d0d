use super::stranded::{fates_of, stranded_warning};
use crate::{
    Page, PageResult,
    failure::{form_problem, form_status},
    fields::Fields,
    forms,
    page::see_other,
};
use axum::response::Response;
use domain::{FieldProblem, Problem, booking::VisitKind, holidays::Country};
use leptos::prelude::*;
use services::{
    Error,
    identity::Doctor,
    schedule::{self, BookingRules, Changed, OwnRules, Stranded},
};
use std::{num::ParseIntError, str::FromStr};
use ui::{Button, Choice, Fieldset, FormMessage, SelectField, TextField};

/// The notice that can be chosen, in minutes.
const NOTICE: [(i32, &str); 12] = [
    (0, "None"),
    (15, "15 minutes"),
    (30, "30 minutes"),
    (60, "1 hour"),
    (120, "2 hours"),
    (240, "4 hours"),
    (720, "12 hours"),
    (1_440, "1 day"),
    (2_880, "2 days"),
    (4_320, "3 days"),
    (10_080, "1 week"),
    (20_160, "2 weeks"),
];

/// `/doctor/rules`
pub async fn show(page: Page) -> PageResult {
    let doctor = page.caller::<Doctor>()?;
    let rules = schedule::booking_rules(page.clinic(), &doctor).await?;
    let saved = Fields::of_query(page.query()).is_on("saved");
    Ok(form(page, &as_fields(&rules), None, &[], saved))
}

pub async fn change(page: Page, fields: Fields) -> PageResult {
    let doctor = page.caller::<Doctor>()?;
    let fates = fates_of(&fields);
    let changed = match rules_of(&fields) {
        Err(problems) => Err(Error::Invalid(problems)),
        Ok(rules) => schedule::change_rules(page.clinic(), &doctor, &rules, fates).await,
    };
    match changed {
        Ok(Changed::Saved) => Ok(see_other("/doctor/rules?saved=1")),
        Ok(Changed::Strands(visits)) => Ok(form(page, &fields, None, &visits, false)),
        Err(error) => Ok(form(page, &fields, Some(form_problem(error)?), &[], false)),
    }
}

fn as_fields(rules: &BookingRules) -> Fields {
    let limit = |most: Option<i16>| most.map(|most| most.to_string()).unwrap_or_default();
    let of_all = [
        ("lead_minutes", rules.lead_minutes.to_string()),
        ("horizon_days", rules.horizon_days.to_string()),
        ("buffer_before_minutes", rules.buffer_before_minutes.to_string()),
        ("buffer_after_minutes", rules.buffer_after_minutes.to_string()),
        ("travel_minutes", rules.travel_minutes.to_string()),
        ("daily_limit", limit(rules.daily_limit)),
        ("weekly_limit", limit(rules.weekly_limit)),
        ("holiday_country", rules.holiday_country.map(|c| c.to_string()).unwrap_or_default()),
    ];
    let of_all = of_all.into_iter().map(|(name, value)| (name.to_owned(), value));
    let of_kinds = rules.kinds.iter().flat_map(|own| {
        let pause = |minutes: i16| if minutes == 0 { String::new() } else { minutes.to_string() };
        [
            (format!("slot_minutes_{}", own.kind), limit(own.slot_minutes)),
            (format!("buffer_before_minutes_{}", own.kind), pause(own.buffer_before_minutes)),
            (format!("buffer_after_minutes_{}", own.kind), pause(own.buffer_after_minutes)),
        ]
    });
    Fields::from_pairs(of_all.chain(of_kinds))
}

/// What was filled in, or what cannot be read of it.
fn rules_of(fields: &Fields) -> Result<BookingRules, Vec<FieldProblem>> {
    let mut problems = Vec::new();
    let mut read = Reader { fields, problems: &mut problems };
    let rules = BookingRules {
        lead_minutes: read.number("lead_minutes").unwrap_or_default(),
        horizon_days: read.number("horizon_days").unwrap_or_default(),
        buffer_before_minutes: read.number("buffer_before_minutes").unwrap_or_default(),
        buffer_after_minutes: read.number("buffer_after_minutes").unwrap_or_default(),
        travel_minutes: read.number("travel_minutes").unwrap_or_default(),
        daily_limit: read.optional("daily_limit", "Enter a number, or leave it empty."),
        weekly_limit: read.optional("weekly_limit", "Enter a number, or leave it empty."),
        holiday_country: read.optional("holiday_country", "Choose one of the list."),
        kinds: VisitKind::ALL.iter().filter_map(|&kind| read.own(kind)).collect(),
    };
    if problems.is_empty() { Ok(rules) } else { Err(problems) }
}

/// Reads fields and gathers what is wrong with them.
struct Reader<'a> {
    fields: &'a Fields,
    problems: &'a mut Vec<FieldProblem>,
}

impl Reader<'_> {
    fn number<N: FromStr>(&mut self, name: &'static str) -> Option<N> {
        let read = self.fields.required(name, "Enter a whole number.");
        read.map_err(|problem| self.problems.push(problem)).ok()
    }

    /// What is said of `kind`; `None`: nothing.
    fn own(&mut self, kind: VisitKind) -> Option<OwnRules> {
        let mut minutes = |name: &str| {
            let field = format!("{name}_{kind}");
            let minutes = self.fields.some(&field)?.parse();
            let problem = |_| FieldProblem::new(field, "Enter a number, or leave it empty.");
            minutes.map_err(|error: ParseIntError| self.problems.push(problem(error))).ok()
        };
        let slot_minutes = minutes("slot_minutes");
        let before = minutes("buffer_before_minutes").unwrap_or_default();
        let after = minutes("buffer_after_minutes").unwrap_or_default();
        let any = slot_minutes.is_some() || before != 0 || after != 0;
        any.then_some(OwnRules {
            kind,
            slot_minutes,
            buffer_before_minutes: before,
            buffer_after_minutes: after,
        })
    }

    fn optional<N: FromStr>(&mut self, name: &'static str, message: &'static str) -> Option<N> {
        self.fields.some(name)?;
        let read = self.fields.required(name, message);
        read.map_err(|problem| self.problems.push(problem)).ok()
    }
}

fn form(
    page: Page,
    fields: &Fields,
    problem: Option<Problem>,
    stranded: &[Stranded],
    saved: bool,
) -> Response {
    let problem = problem.as_ref();
    let at = |name: &str| forms::at(problem, name);
    let number = |label: &'static str, name: &'static str, unit: &'static str| {
        view! {
            <TextField label=label name=name inputmode="numeric" short=true unit=unit value=fields.text(name) error=at(name) />
        }
        .into_any()
    };
    let limit = |label: &'static str, name: &'static str| {
        view! {
            <TextField label=label name=name inputmode="numeric" short=true optional=true unit="visits" value=fields.text(name) error=at(name) />
        }
        .into_any()
    };
    let horizon = number("How far ahead patients can book", "horizon_days", "days");
    let before = number("Before", "buffer_before_minutes", "minutes");
    let after = number("After", "buffer_after_minutes", "minutes");
    let travel = number("From one place to another", "travel_minutes", "minutes");
    let daily = limit("Most on one day", "daily_limit");
    let weekly = limit("Most in one week", "weekly_limit");
    let kinds: Vec<_> =
        VisitKind::ALL.iter().map(|&kind| own_rules(fields, problem, kind)).collect();
    let (notices, lead, lead_error) =
        (notice(fields), fields.text("lead_minutes"), at("lead_minutes"));
    let (country, country_error) = (fields.text("holiday_country"), at("holiday_country"));
    let countries: Vec<_> = std::iter::once(Choice::new("", "Open as on other days"))
        .chain(Country::ALL.iter().map(|country| {
            Choice::new(country.to_string(), format!("Closed on those of {}", country.label()))
        }))
        .collect();
    let status =
        if stranded.is_empty() { form_status(problem) } else { axum::http::StatusCode::CONFLICT };
    let warning = stranded_warning(&page, fields, stranded);
    page.with_status(status).show(forms::title(problem, "Booking rules"), || {
        view! {
            <article class="narrow stack">
                {forms::summary(problem)}
                <h1>"Booking rules"</h1>
                {saved.then(|| view! { <FormMessage>"Saved. They hold for every new booking."</FormMessage> })}
                <p class="lede">"They hold for every new booking. Visits that are booked already stay as they are."</p>
                <p><a href="/doctor/hours">"My weekly hours"</a></p>
                <form method="post" novalidate=true action="/doctor/rules" class="stack">
                    {warning}
                    <Fieldset legend="How soon and how far ahead">
                        <SelectField label="Notice before a visit" name="lead_minutes" options=notices selected=lead error=lead_error />
                        {horizon}
                    </Fieldset>
                    <Fieldset legend="Pauses around each visit" hint="Where your weekly hours have a longer pause, that one holds." inline=true>
                        {before}
                        {after}
                    </Fieldset>
                    {kinds}
                    <Fieldset legend="How many visits" hint="Leave a field empty for no limit. Weeks go from Monday to Sunday. Visits that are over count, cancelled ones do not." inline=true>
                        {daily}
                        {weekly}
                    </Fieldset>
                    <Fieldset legend="On the way" hint="So soon before or after a visit at one place, no time at another is offered.">
                        {travel}
                    </Fieldset>
                    <Fieldset legend="Public holidays" hint="Those that the whole country keeps, without the ones of a state or region.">
                        <SelectField label="On public holidays" name="holiday_country" options=countries selected=country error=country_error />
                    </Fieldset>
                    <Button>"Save rules"</Button>
                </form>
            </article>
        }
    })
}

/// How long visits of `kind` are, and their pauses, where they differ from what the hours say.
fn own_rules(fields: &Fields, problem: Option<&Problem>, kind: VisitKind) -> AnyView {
    let number = |label: &'static str, what: &str| {
        let name = format!("{what}_{kind}");
        let (value, error) = (fields.text(&name), forms::at(problem, &name));
        view! {
            <TextField label=label name=name inputmode="numeric" short=true optional=true unit="minutes" value=value error=error />
        }
        .into_any()
    };
    let length = number("Length", "slot_minutes");
    let before = number("Pause before", "buffer_before_minutes");
    let after = number("Pause after", "buffer_after_minutes");
    let (legend, hint) = match kind {
        VisitKind::Video => (
            "Video visits",
            "Without a length, a visit is as long as your weekly hours say. Of several pauses the longest holds.",
        ),
        VisitKind::Phone => ("Phone visits", "The same for visits by phone."),
        VisitKind::InPerson => ("Visits in person", "The same for visits in person."),
    };
    view! {
        <Fieldset legend=legend hint=hint inline=true>
            {length}
            {before}
            {after}
        </Fieldset>
    }
    .into_any()
}

/// The notice to choose from, with the one that is set among it.
fn notice(fields: &Fields) -> Vec<Choice> {
    let mut choices: Vec<(i32, String)> =
        NOTICE.iter().map(|(minutes, label)| (*minutes, (*label).to_owned())).collect();
    if let Some(set) = fields.parse::<i32>("lead_minutes")
        && !choices.iter().any(|(minutes, _)| *minutes == set)
    {
        choices.push((set, format!("{set} minutes")));
        choices.sort();
    }
    choices.into_iter().map(|(minutes, label)| Choice::new(minutes.to_string(), label)).collect()
}
