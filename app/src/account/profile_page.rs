use super::picture_of;
use crate::{
    Page, PageResult,
    document::Waking,
    failure::{form_problem, form_status},
    fields::Fields,
    forms,
    page::see_other,
};
use axum::response::Response;
use domain::{Problem, account::ProfileDetails, identity::permission::Permission, zone::rules};
use islands::Comboboxes;
use jiff::Zoned;
use leptos::prelude::*;
use services::{
    account,
    identity::{self, Person, Profile},
};
use ui::{Avatar, Button, Combobox, DateField, FormMessage, Size, TextField};

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
    Ok(form(page, &profile, &fields, None, saved))
}

pub async fn change(page: Page, fields: Fields) -> PageResult {
    let caller = page.caller::<Person>()?;
    let details = ProfileDetails {
        first_name: fields.text("first_name"),
        last_name: fields.text("last_name"),
        username: fields.text("username"),
        phone_number: fields.text("phone_number"),
        date_of_birth: fields.text("date_of_birth"),
        time_zone: fields.text("time_zone"),
        emergency_contact_name: fields.text("emergency_contact_name"),
        emergency_contact_phone: fields.text("emergency_contact_phone"),
    };
    match account::change_profile(page.clinic(), &caller, &details).await {
        Ok(()) => Ok(see_other("/account/profile?saved=1")),
        Err(error) => {
            let problem = form_problem(error)?;
            let profile = identity::profile(page.clinic(), &caller).await?;
            Ok(form(page, &profile, &fields, Some(problem), false))
        }
    }
}

fn as_fields(profile: &Profile) -> Fields {
    let optional = |value: &Option<String>| value.clone().unwrap_or_default();
    let born = profile.date_of_birth.map(|date| date.to_string());
    Fields::from_pairs([
        ("first_name", profile.first_name.clone()),
        ("last_name", profile.last_name.clone()),
        ("username", optional(&profile.username)),
        ("phone_number", optional(&profile.phone_number)),
        ("date_of_birth", born.unwrap_or_default()),
        ("time_zone", profile.time_zone.clone()),
        ("emergency_contact_name", optional(&profile.emergency_contact_name)),
        ("emergency_contact_phone", optional(&profile.emergency_contact_phone)),
    ])
}

fn form(
    page: Page,
    profile: &Profile,
    fields: &Fields,
    problem: Option<Problem>,
    saved: bool,
) -> Response {
    let problem = problem.as_ref();
    let zone = page.zone().unwrap_or_else(|| rules("UTC"));
    let inputs = inputs(fields, problem, page.clinic().now().to_zoned(zone));
    let head = head(profile);
    let patient = page.actor().is_some_and(|actor| actor.may(Permission::BookVisits));
    let page = page.with_islands(Waking::OnUse).with_status(form_status(problem));
    page.show(forms::title(problem, "Your profile"), || {
        view! {
            <article class="narrow stack">
                {forms::summary(problem)}
                <h1>"Your profile"</h1>
                {saved.then(|| view! { <FormMessage>"Saved."</FormMessage> })}
                {head}
                {patient.then(|| view! { <p><a href="/account/access-log">"Who looked at my record"</a></p> })}
                <form method="post" novalidate=true action="/account/profile" class="stack">
                    {inputs}
                    <Button>"Save"</Button>
                </form>
                <Comboboxes />
            </article>
        }
    })
}

/// The face of the account: picture, name, address and number.
fn head(profile: &Profile) -> AnyView {
    let name = format!("{} {}", profile.first_name, profile.last_name);
    let src = picture_of(profile.id, profile.profile_image.as_deref());
    let change = if src.is_some() { "Change your picture" } else { "Add a picture" };
    let email = profile.email.clone();
    let proven = (!profile.is_email_verified).then(|| {
        view! { " · "<a href="/verify">"confirm it"</a> }
    });
    let phone = profile.phone_number.clone().map(|number| {
        let proven = profile.phone_verified_at.is_none().then(|| {
            view! { " · "<a href="/account/phone">"confirm it"</a> }
        });
        view! { <p class="muted">{number}{proven}</p> }
    });
    view! {
        <div class="media card">
            <Avatar name=name.clone() src size=Size::Medium />
            <div class="stack-small">
                <p><strong>{name}</strong></p>
                <p class="muted">{email}{proven}</p>
                {phone}
                <p class="cluster">
                    <a href="/account/picture">{change}</a>
                    <a href="/account/address">"Change your address"</a>
                    <a href="/account/phone">"Your phone number"</a>
                </p>
            </div>
        </div>
    }
    .into_any()
}

fn inputs(fields: &Fields, problem: Option<&Problem>, now: Zoned) -> AnyView {
    let value = |name: &str| fields.text(name);
    let error = |name: &str| forms::at(problem, name);
    view! {
        <TextField label="First name" name="first_name" autocomplete="given-name" required=true maxlength=80 value=value("first_name") error=error("first_name") />
        <TextField label="Last name" name="last_name" autocomplete="family-name" required=true maxlength=80 value=value("last_name") error=error("last_name") />
        <DateField label="Date of birth" name="date_of_birth" autocomplete="bday" optional=true max=now.date().to_string() value=value("date_of_birth") error=error("date_of_birth") />
        <TextField label="Phone number" name="phone_number" kind="tel" autocomplete="tel" optional=true maxlength=40 value=value("phone_number") error=error("phone_number") />
        <Combobox label="Time zone" name="time_zone" value=value("time_zone") options=ZONES.map(str::to_owned).to_vec() error=error("time_zone") />
        <TextField
            label="Username" name="username" optional=true maxlength=30
            hint="A short name of your own, for programs that use your account. You sign in with your address."
            value=value("username") error=error("username")
        />
        <h2>"Someone to call in an emergency"</h2>
        <TextField label="Their name" name="emergency_contact_name" optional=true maxlength=160 value=value("emergency_contact_name") error=error("emergency_contact_name") />
        <TextField label="Their phone number" name="emergency_contact_phone" kind="tel" optional=true maxlength=40 value=value("emergency_contact_phone") error=error("emergency_contact_phone") />
    }
    .into_any()
}
