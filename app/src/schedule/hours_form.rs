//! The form of the weekly hours: a week at a glance, in which each line opens to be changed.
use super::stranded::stranded_warning;
use crate::{Page, failure::form_status, fields::Fields, forms};
use axum::{http::StatusCode, response::Response};
use domain::{
    Problem,
    booking::{MOST_WEEKS, VisitKind},
    zone::{closing, typed_closing, typed_time},
};
use jiff::civil::{Date, Time};
use leptos::prelude::*;
use services::schedule::{Hours, Stranded};
use ui::{
    Badge, Button, CheckboxField, Choice, DateField, FieldError, FormMessage, Icon, IconName,
    SelectField, TextField, Tone,
};

/// Lines beyond those in use, for new hours.
pub const SPARE_LINES: usize = 3;

const WEEKDAYS: [(&str, &str); 7] = [
    ("1", "Monday"),
    ("2", "Tuesday"),
    ("3", "Wednesday"),
    ("4", "Thursday"),
    ("5", "Friday"),
    ("6", "Saturday"),
    ("7", "Sunday"),
];

/// The parts of a line, each a field of it.
const PARTS: [&str; 11] = [
    "weekday",
    "starts",
    "ends",
    "slot_minutes",
    "buffer_after_minutes",
    "place",
    "kinds",
    "every_weeks",
    "valid_from",
    "valid_until",
    "kept_for_urgent_minutes",
];

/// What the form shows, beside the doctor's hours as they are stored.
pub struct Shown<'a> {
    pub fields: &'a Fields,
    /// How many lines are of hours that there are; those after them are for new ones.
    pub filled: usize,
    pub problem: Option<&'a Problem>,
    pub stranded: &'a [Stranded],
    pub saved: bool,
}

pub fn form(page: Page, hours: &Hours, shown: &Shown<'_>) -> Response {
    let Shown { fields, filled, problem, stranded, saved } = *shown;
    let count = filled + SPARE_LINES;
    let places: Vec<_> = std::iter::once(Choice::new("", "Video and phone only"))
        .chain(
            hours.places.iter().map(|place| Choice::new(place.id.to_string(), place.name.clone())),
        )
        .collect();
    let line = |index| Line { index, spare: index >= filled, fields, problem, places: &places };
    let week: Vec<_> = WEEKDAYS
        .iter()
        .map(|(day, name)| {
            let lines = (0..filled).map(line).filter(|line| line.weekday().0 == *day);
            day_view(name, lines.map(|line| line.view(false)).collect())
        })
        .collect();
    let new: Vec<_> = (filled..count).map(|index| line(index).view(index == filled)).collect();
    let zone = hours.time_zone.clone();
    let status = if stranded.is_empty() { form_status(problem) } else { StatusCode::CONFLICT };
    let warning = stranded_warning(&page, fields, stranded);
    page.with_status(status).show(forms::title(problem, "My weekly hours"), || {
        view! {
            <article class="stack">
                {forms::summary(problem)}
                <h1>"My weekly hours"</h1>
                {saved.then(|| view! { <FormMessage>"Saved. Patients see the new times already."</FormMessage> })}
                <p class="lede">"Hours at a place go by the clock there; hours by video or phone by "{zone}" time."</p>
                <p class="cluster">
                    <a href="/doctor/days">"Close a day, or add hours on one"</a>
                    <a href="/doctor/rules">"Booking rules: notice, pauses, limits, public holidays"</a>
                    <a href="/doctor/times">"Why is a time not free?"</a>
                </p>
                <form method="post" novalidate=true action="/doctor/hours" class="stack">
                    {warning}
                    <input type="hidden" name="lines" value=count.to_string() />
                    <section class="card" aria-labelledby="week">
                        <h2 id="week">"Your week"</h2>
                        <p class="muted">
                            {if filled == 0 { "There are no hours yet, so nobody can book you. Add the first ones below." } else { "Open a line to change or remove it." }}
                        </p>
                        <div class="hours-week">{week}</div>
                    </section>
                    <section class="stack-small" aria-labelledby="new">
                        <h2 id="new">"Add hours"</h2>
                        <p class="muted">"There is room for more as soon as these are saved."</p>
                        {new}
                    </section>
                    <Button>"Save hours"</Button>
                </form>
            </article>
        }
    })
}

fn day_view(name: &'static str, lines: Vec<AnyView>) -> AnyView {
    let lines = match lines.is_empty() {
        true => view! { <p class="hours-none muted">"No hours"</p> }.into_any(),
        false => lines.into_any(),
    };
    view! { <div class="hours-day"><h3 class="h4">{name}</h3><div>{lines}</div></div> }.into_any()
}

/// For whom hours are, with what is `set` among it.
pub fn kept_choices(set: &str) -> Vec<Choice> {
    let known = [
        ("", "Everybody"),
        ("60", "Urgent until 1 hour before"),
        ("120", "Urgent until 2 hours before"),
        ("240", "Urgent until 4 hours before"),
        ("0", "Urgent visits only"),
    ];
    let mut choices: Vec<_> =
        known.iter().map(|(value, label)| Choice::new(*value, *label)).collect();
    if known.iter().all(|(value, _)| *value != set) {
        choices.push(Choice::new(set, format!("Urgent until {set} minutes before")));
    }
    choices
}

/// A line of the form, with what was typed in it.
struct Line<'a> {
    index: usize,
    /// For new hours.
    spare: bool,
    fields: &'a Fields,
    problem: Option<&'a Problem>,
    places: &'a [Choice],
}

impl Line<'_> {
    fn name(&self, part: &str) -> String {
        format!("{part}_{}", self.index)
    }

    fn typed(&self, part: &str) -> Option<&str> {
        self.fields.some(&self.name(part))
    }

    fn error(&self, part: &str) -> Option<String> {
        forms::at(self.problem, &self.name(part))
    }

    /// What was typed, or `blank` in a new line.
    fn value(&self, part: &str, blank: &str) -> String {
        match self.typed(part) {
            Some(value) => value.to_owned(),
            None if self.spare => blank.to_owned(),
            None => String::new(),
        }
    }

    /// The number and the name of the day.
    fn weekday(&self) -> (&'static str, &'static str) {
        let day = self.typed("weekday");
        WEEKDAYS.into_iter().find(|(number, _)| day == Some(number)).unwrap_or(WEEKDAYS[0])
    }

    /// `08:00 to 12:00`
    fn hours(&self) -> String {
        let starts = self.typed("starts").unwrap_or_default();
        let ends = self.typed("ends").unwrap_or_default();
        let clock = |time: Time| time.strftime("%H:%M").to_string();
        format!(
            "{} to {}",
            typed_time(starts).map_or_else(|| starts.to_owned(), clock),
            typed_closing(ends).map_or_else(|| ends.to_owned(), closing),
        )
    }

    fn kinds(&self) -> impl Iterator<Item = VisitKind> {
        let name = self.name("kinds");
        let chosen =
            move |kind: &VisitKind| self.fields.all(&name).any(|word| word == kind.as_str());
        VisitKind::ALL.iter().copied().filter(chosen)
    }

    fn place(&self) -> Option<&str> {
        let place = self.typed("place")?;
        let place = self.places.iter().find(|choice| choice.value == place)?;
        Some(&place.label)
    }

    /// `City Clinic · video, in person · 20 min each · every 2 weeks`
    fn about(&self) -> String {
        let kinds: Vec<_> = self.kinds().map(|kind| kind.label().to_lowercase()).collect();
        let weeks = self.typed("every_weeks").filter(|weeks| *weeks != "1");
        let date = |part| self.typed(part)?.parse::<Date>().ok();
        let date = |word: &str, part| Some(format!("{word} {}", date(part)?.strftime("%-d %b %Y")));
        let kept = self.typed("kept_for_urgent_minutes");
        let kept = kept.and_then(|set| {
            let choice = kept_choices(set).into_iter().find(|choice| choice.value == set)?;
            Some(choice.label.to_lowercase())
        });
        [
            self.place().map(str::to_owned),
            Some(kinds.join(", ")).filter(|kinds| !kinds.is_empty()),
            self.typed("slot_minutes").map(|minutes| format!("{minutes} min each")),
            weeks.map(|weeks| format!("every {weeks} weeks")),
            date("from", "valid_from"),
            date("until", "valid_until"),
            kept,
        ]
        .into_iter()
        .flatten()
        .collect::<Vec<_>>()
        .join(" · ")
    }

    /// `Monday 08:00 to 12:00, City Clinic`
    fn legend(&self) -> String {
        let place = self.place().map(|place| format!(", {place}")).unwrap_or_default();
        format!("{} {}{place}", self.weekday().1, self.hours())
    }

    /// Folded, unless it is to be `open` or something in it is wrong.
    fn view(&self, open: bool) -> AnyView {
        let open = open || PARTS.iter().any(|part| self.error(part).is_some());
        let removed = self.typed("remove").is_some();
        let (legend, glance) = match self.spare {
            true => {
                let typed = self.typed("starts").is_some() || self.typed("ends").is_some();
                let hours = typed.then(|| self.legend());
                let glance = view! {
                    <strong>"New hours"</strong>
                    {hours.map(|hours| view! { <span class="muted">{hours}</span> })}
                };
                ("New hours".to_owned(), glance.into_any())
            }
            false => {
                let glance = view! {
                    <strong class="tabular">{self.hours()}</strong>
                    <span class="muted">{self.about()}</span>
                    {removed.then(|| view! { <Badge tone=Tone::Caution>"To be removed"</Badge> })}
                };
                (self.legend(), glance.into_any())
            }
        };
        let class = if self.spare { "hours-block card" } else { "hours-block" };
        view! {
            <details class=class open=open>
                <summary><span class="hours-glance">{glance}</span><Icon name=IconName::ChevronDown /></summary>
                {self.inputs(legend, removed)}
            </details>
        }
        .into_any()
    }

    fn inputs(&self, legend: String, removed: bool) -> AnyView {
        let (name, at) = (|part: &str| self.name(part), |part: &str| self.error(part));
        let value = |part: &str, blank: &str| self.value(part, blank);
        let number = |label: &'static str, part: &str, blank: &str| {
            view! { <TextField label=label name=name(part) inputmode="numeric" value=value(part, blank) error=at(part) /> }
        };
        let weekdays: Vec<_> =
            WEEKDAYS.iter().map(|(value, label)| Choice::new(*value, *label)).collect();
        // The platform's own field for times knows no 24:00.
        let ends = typed_closing(&value("ends", ""));
        let midnight = (ends == Some(Time::midnight())).then_some("Midnight, as the day ends");
        let ends =
            ends.map_or_else(|| value("ends", ""), |ends| ends.strftime("%H:%M").to_string());
        view! {
            <fieldset class="hours-line">
                <legend class="visually-hidden">{legend}</legend>
                <SelectField label="Day" name=name("weekday") options=weekdays selected=value("weekday", "1") error=at("weekday") />
                <TextField label="From" name=name("starts") kind="time" value=value("starts", "") error=at("starts") />
                <TextField label="To" name=name("ends") kind="time" value=ends hint=midnight error=at("ends") />
                {number("Minutes a visit", "slot_minutes", "20")}
                {number("Pause after", "buffer_after_minutes", "0")}
                <div class="hours-place">
                    <SelectField label="Place" name=name("place") options=self.places.to_vec() selected=value("place", "") error=at("place") />
                </div>
                {self.kinds_view()}
                {self.dates_view()}
                {(!self.spare).then(|| view! {
                    <div class="hours-whole"><CheckboxField label="Remove these hours" name=name("remove") value="true" checked=removed /></div>
                })}
            </fieldset>
        }
        .into_any()
    }

    fn kinds_view(&self) -> AnyView {
        let name = self.name("kinds");
        let chosen: Vec<_> = self.kinds().collect();
        let boxes: Vec<_> = VisitKind::ALL
            .iter()
            .map(|kind| {
                view! {
                    <CheckboxField
                        label=kind.label() name=name.clone() id=format!("{name}_{kind}")
                        value=kind.as_str() checked=chosen.contains(kind)
                    />
                }
            })
            .collect();
        view! {
            <fieldset class="kinds hours-whole" id=name>
                <legend>"Kinds of visit"</legend>
                {self.error("kinds").map(|message| view! { <FieldError message /> })}
                {boxes}
            </fieldset>
        }
        .into_any()
    }

    /// When these hours are kept and for whom, which most people leave as it is.
    fn dates_view(&self) -> AnyView {
        let (name, at) = (|part: &str| self.name(part), |part: &str| self.error(part));
        let often: Vec<_> = (1..=MOST_WEEKS)
            .map(|weeks| match weeks {
                1 => Choice::new("1", "Every week"),
                _ => Choice::new(weeks.to_string(), format!("Every {weeks} weeks")),
            })
            .collect();
        let open = ["every_weeks", "valid_from", "valid_until", "kept_for_urgent_minutes"]
            .iter()
            .any(|part| at(part).is_some() || self.typed(part).is_some_and(|value| value != "1"));
        let kept = self.value("kept_for_urgent_minutes", "");
        view! {
            <details class="hours-dates hours-whole" open=open>
                <summary><span>"Only some weeks, only for a while, or kept for urgent visits"</span><Icon name=IconName::ChevronDown /></summary>
                <p class="muted">"Weeks are counted from the one with the first day, Monday to Sunday. Patients who cannot wait book urgent hours on the same day; from the hour you choose before its start, a time that is left is free to everybody."</p>
                <div class="hours-line">
                    <SelectField label="How often" name=name("every_weeks") options=often selected=self.value("every_weeks", "1") error=at("every_weeks") />
                    <DateField label="First day" name=name("valid_from") value=self.value("valid_from", "") error=at("valid_from") />
                    <DateField label="Last day" name=name("valid_until") value=self.value("valid_until", "") error=at("valid_until") />
                    <div class="hours-place">
                        <SelectField label="For whom" name=name("kept_for_urgent_minutes") options=kept_choices(&kept) selected=kept error=at("kept_for_urgent_minutes") />
                    </div>
                </div>
            </details>
        }
        .into_any()
    }
}
