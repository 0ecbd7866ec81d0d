//! What somebody who waits would take, as a form.
use crate::{fields::Fields, forms};
use domain::{
    FieldProblem, Problem,
    booking::VisitKind,
    waitlist::{Target, WaitRequest, Weekdays},
    zone::{typed_closing, typed_time},
};
use jiff::{
    ToSpan,
    civil::{Date, Time, Weekday},
};
use leptos::prelude::*;
use ui::{Button, CheckboxGroup, Choice, DateField, Fieldset, TextArea, TextField};

const DAYS: [(Weekday, &str, &str); 7] = [
    (Weekday::Monday, "mon", "Mon"),
    (Weekday::Tuesday, "tue", "Tue"),
    (Weekday::Wednesday, "wed", "Wed"),
    (Weekday::Thursday, "thu", "Thu"),
    (Weekday::Friday, "fri", "Fri"),
    (Weekday::Saturday, "sat", "Sat"),
    (Weekday::Sunday, "sun", "Sun"),
];

/// What the form shows at first: any weekday of the next four weeks, whatever kind of `kinds`.
pub fn anything(today: Date, kinds: &[VisitKind]) -> Vec<(&'static str, String)> {
    let days = DAYS.iter().take(5).map(|(_, value, _)| ("weekdays", (*value).to_owned()));
    let kinds = kinds.iter().map(|kind| ("kinds", kind.to_string()));
    let until = today.saturating_add(28.days());
    days.chain(kinds).chain([("from", today.to_string()), ("until", until.to_string())]).collect()
}

/// What was filled in, or what cannot be read of it.
pub fn request_of(target: Target, fields: &Fields) -> Result<WaitRequest, Vec<FieldProblem>> {
    let time = |name: &'static str, read: fn(&str) -> Option<Time>| match fields.some(name) {
        None => Ok(Time::midnight()),
        Some(raw) => read(raw)
            .ok_or(FieldProblem::new(name, "Enter a time, such as 09:00, or leave it empty.")),
    };
    let (starts, ends) = (time("starts", typed_time), time("ends", typed_closing));
    let from = fields.required("from", "Choose the first day.");
    let until = fields.required("until", "Choose the last day.");
    match (starts, ends, from, until) {
        (Ok(starts), Ok(ends), Ok(from), Ok(until)) => Ok(WaitRequest {
            target,
            hospital: fields.parse("hospital_id"),
            city: fields.some("city").map(str::to_owned),
            kinds: fields.all("kinds").filter_map(|kind| kind.parse::<VisitKind>().ok()).collect(),
            weekdays: weekdays(fields),
            starts,
            ends,
            from,
            until,
            reason: fields.text("reason"),
        }),
        (starts, ends, from, until) => {
            Err([starts.err(), ends.err(), from.err(), until.err()].into_iter().flatten().collect())
        }
    }
}

fn weekdays(fields: &Fields) -> Weekdays {
    let chosen = |value: &str| fields.all("weekdays").any(|sent| sent == value);
    DAYS.iter().filter(|(_, value, _)| chosen(value)).map(|(day, _, _)| *day).collect()
}

/// The fields that do not depend on with whom the visit is, `more` among them, and the button.
pub fn wish_fields(
    fields: &Fields,
    problem: Option<&Problem>,
    kinds: &[VisitKind],
    zone: &str,
    more: AnyView,
) -> AnyView {
    let [kinds_wrong, days_wrong, starts_wrong, ends_wrong, from_wrong, until_wrong, reason_wrong] =
        ["kinds", "weekdays", "starts", "ends", "from", "until", "reason"]
            .map(|name| forms::at(problem, name));
    let [starts, ends, from, until, reason] =
        ["starts", "ends", "from", "until", "reason"].map(|name| fields.text(name));
    let [chosen_kinds, chosen_days] =
        ["kinds", "weekdays"].map(|name| fields.all(name).map(str::to_owned).collect::<Vec<_>>());
    let kinds: Vec<_> =
        kinds.iter().map(|kind| Choice::new(kind.to_string(), kind.label())).collect();
    let days: Vec<_> = DAYS.iter().map(|(_, value, label)| Choice::new(*value, *label)).collect();
    let hint = format!("On your clock ({zone}). Leave the times empty if any will do.");
    view! {
        <CheckboxGroup
            legend="How could the visit be held?" name="kinds" options=kinds
            selected=chosen_kinds error=kinds_wrong
        />
        {more}
        <Fieldset legend="When could you come?" hint=hint>
            <CheckboxGroup
                legend="Days" name="weekdays" options=days inline=true
                selected=chosen_days error=days_wrong
            />
            <div class="cluster">
                <TextField label="Not before" name="starts" kind="time" short=true value=starts error=starts_wrong />
                <TextField label="Not after" name="ends" kind="time" short=true value=ends error=ends_wrong />
            </div>
            <div class="cluster">
                <DateField label="First day" name="from" value=from error=from_wrong />
                <DateField label="Last day" name="until" value=until error=until_wrong />
            </div>
        </Fieldset>
        <TextArea
            label="What is it about?" name="reason" required=true maxlength=500
            hint="In a few words. Only you and the doctor can read it."
            value=reason error=reason_wrong
        />
        <p class="muted">
            "When a time fits, we keep it for you and tell you: for 30 minutes by day, until 08:30 by night, shorter when the visit is soon. Nothing is booked before you accept."
        </p>
        <Button>"Wait for a time"</Button>
    }
    .into_any()
}
