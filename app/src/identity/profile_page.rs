use crate::{
    Page, PageResult,
    document::Waking,
    failure::{form_problem, form_status},
    fields::Fields,
    forms,
    page::see_other,
};
use axum::response::Response;
use domain::{Problem, identity::permission::Permission};
use islands::Comboboxes;
use leptos::prelude::*;
use services::identity::{self, Person, Profile, ProfileChange};
use ui::{Button, Combobox, FormMessage, TextField};

/// Zones that are offered by name; any other may be typed.
const ZONES: [&str; 24] = [
    "Africa/Cairo",
    "Africa/Casablanca",
    "Africa/Lagos",
    "Africa/Nairobi",
    "America/Bogota",
    "America/Chicago",
    "America/Denver",
    "America/Edmonton",
    "America/Los_Angeles",
    "America/Mexico_City",
    "America/New_York",
    "America/Sao_Paulo",
    "Asia/Dhaka",
    "Asia/Dubai",
    "Asia/Karachi",
    "Asia/Kathmandu",
    "Asia/Kolkata",
    "Asia/Singapore",
    "Asia/Tokyo",
    "Australia/Sydney",
    "Europe/Dublin",
    "Europe/Lisbon",
    "Europe/Paris",
    "Pacific/Auckland",
];

/// `/account/profile`
pub async fn show(page: Page) -> PageResult {
    let caller = page.caller::<Person>()?;
    let profile = identity::profile(page.clinic(), &caller).await?;
    let saved = Fields::of_query(page.query()).is_on("saved");
    let fields = as_fields(&profile);
    Ok(form(page, &profile.email, &fields, None, saved))
}

pub async fn change(page: Page, fields: Fields) -> PageResult {
    let caller = page.caller::<Person>()?;
    let change = ProfileChange {
        first_name: fields.text("first_name"),
        last_name: fields.text("last_name"),
        phone_number: fields.text("phone_number"),
        time_zone: fields.text("time_zone"),
        emergency_contact_name: fields.text("emergency_contact_name"),
        emergency_contact_phone: fields.text("emergency_contact_phone"),
    };
    match identity::change_profile(page.clinic(), &caller, change).await {
        Ok(()) => Ok(see_other("/account/profile?saved=1")),
        Err(error) => {
            let problem = form_problem(error)?;
            Ok(form(page, &caller.email, &fields, Some(problem), false))
        }
    }
}

fn as_fields(profile: &Profile) -> Fields {
    let optional = |value: &Option<String>| value.clone().unwrap_or_default();
    Fields::from_pairs([
        ("first_name", profile.first_name.clone()),
        ("last_name", profile.last_name.clone()),
        ("phone_number", optional(&profile.phone_number)),
        ("time_zone", profile.time_zone.clone()),
        ("emergency_contact_name", optional(&profile.emergency_contact_name)),
        ("emergency_contact_phone", optional(&profile.emergency_contact_phone)),
    ])
}

fn form(
    page: Page,
    email: &str,
    fields: &Fields,
    problem: Option<Problem>,
    saved: bool,
) -> Response {
    let problem = problem.as_ref();
    let email = email.to_owned();
    let patient = page.actor().is_some_and(|actor| actor.may(Permission::BookVisits));
    let page = page.with_islands(Waking::OnUse).with_status(form_status(problem));
    page.show(forms::title(problem, "Your profile"), || {
        view! {
            <article class="narrow stack">
                {forms::summary(problem)}
                <h1>"Your profile"</h1>
                {saved.then(|| view! { <FormMessage>"Saved."</FormMessage> })}
                <p>"Signed in as "<strong>{email}</strong></p>
                <p><a href="/account/calendar">"See your visits in your own calendar"</a></p>
                {patient.then(|| view! {
                    <p><a href="/account/family">"The people you book for"</a></p>
                    <p><a href="/account/access-log">"Who looked at my record"</a></p>
                })}
                <form method="post" novalidate=true action="/account/profile" class="stack">
                    <TextField label="First name" name="first_name" autocomplete="given-name" required=true maxlength=80 value=fields.text("first_name") error=forms::at(problem, "first_name") />
                    <TextField label="Last name" name="last_name" autocomplete="family-name" required=true maxlength=80 value=fields.text("last_name") error=forms::at(problem, "last_name") />
                    <TextField label="Phone number" name="phone_number" kind="tel" autocomplete="tel" maxlength=40 value=fields.text("phone_number") error=forms::at(problem, "phone_number") />
                    <Combobox label="Time zone" name="time_zone" value=fields.text("time_zone") options=ZONES.map(str::to_owned).to_vec() error=forms::at(problem, "time_zone") />
                    <h2>"Someone to call in an emergency"</h2>
                    <TextField label="Their name" name="emergency_contact_name" maxlength=160 value=fields.text("emergency_contact_name") error=forms::at(problem, "emergency_contact_name") />
                    <TextField label="Their phone number" name="emergency_contact_phone" kind="tel" maxlength=40 value=fields.text("emergency_contact_phone") error=forms::at(problem, "emergency_contact_phone") />
                    <Button>"Save"</Button>
                </form>
                <Comboboxes />
            </article>
        }
    })
}
