use crate::{
    Page, PageResult,
    failure::{form_problem, form_status},
    fields::Fields,
    forms,
    page::see_other,
    times::Moment,
};
use axum::{extract::Path, response::Response};
use domain::{
    Problem,
    booking::VisitKind,
    directory::{Gender, HospitalId, Language, ProviderId, Specialty},
    money::Currency,
};
use jiff::tz::TimeZone;
use leptos::prelude::*;
use services::{
    Error,
    admin::{self, LicenseCheck, ProviderForm},
    directory::{HospitalBrief, Provider},
    identity::{Admin, Caller},
};
use ui::{
    BackLink, Button, CheckboxField, Choice, FieldError, FormMessage, SelectField, TextArea,
    TextField,
};

/// `/admin/providers/new`
pub async fn blank(page: Page) -> PageResult {
    let admin = page.caller::<Admin>()?;
    let fields = Fields::from_pairs([
        ("is_active", "true"),
        ("accepting_new_patients", "true"),
        ("lead_minutes", "60"),
        ("horizon_days", "60"),
        ("free_until_minutes", "1440"),
        ("late_percent", "50"),
        ("years_of_experience", "0"),
        ("currency", "EUR"),
        ("languages", "en"),
        ("visit_kinds", "in_person"),
    ]);
    form(page, (&admin, None), "Add a doctor", &fields, None, LICENSE_HINT.into()).await
}

pub async fn create(page: Page, fields: Fields) -> PageResult {
    let admin = page.caller::<Admin>()?;
    match admin::create_provider(page.clinic(), &admin, &form_of(&fields)).await {
        Ok(id) => Ok(see_other(&format!("/admin/providers/{id}?saved=1"))),
        Err(error) => {
            let problem = form_problem(error)?;
            form(page, (&admin, None), "Add a doctor", &fields, Some(problem), LICENSE_HINT.into())
                .await
        }
    }
}

/// `/admin/providers/{id}`
pub async fn show(page: Page, Path(id): Path<String>) -> PageResult {
    let admin = page.caller::<Admin>()?;
    let id = parse(&id)?;
    let (provider, places) = admin::provider(page.clinic(), &admin, id).await?;
    let check = admin::license_check(page.clinic(), &admin, id).await?;
    let note = license_note(&provider.license_number, check.as_ref(), page.zone().as_ref());
    form(
        page,
        (&admin, Some(id)),
        &provider.full_name(),
        &as_fields(&provider, &places),
        None,
        note,
    )
    .await
}

pub async fn change(page: Page, Path(id): Path<String>, fields: Fields) -> PageResult {
    let admin = page.caller::<Admin>()?;
    let id = parse(&id)?;
    match admin::change_provider(page.clinic(), &admin, id, &form_of(&fields)).await {
        Ok(()) => Ok(see_other(&format!("/admin/providers/{id}?saved=1"))),
        Err(error) => {
            let problem = form_problem(error)?;
            let name = format!("Dr {} {}", fields.get("first_name"), fields.get("last_name"));
            form(page, (&admin, Some(id)), &name, &fields, Some(problem), LICENSE_HINT.into()).await
        }
    }
}

fn parse(id: &str) -> PageResult<ProviderId> {
    Ok(id.parse().map_err(|_| Error::NotFound)?)
}

/// `45.50` in the minor units of `currency`; `None` when it is no amount.
fn minor_units(raw: &str, currency: &str) -> Option<i64> {
    let digits = usize::from(Currency::from_code(currency)?.exponent().unwrap_or(0));
    let (whole, rest) = raw.trim().split_once(['.', ',']).unwrap_or((raw.trim(), ""));
    let plain = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if whole.is_empty() || !plain(whole) || !plain(rest) || rest.len() > digits {
        return None;
    }
    format!("{whole}{rest:0<digits$}").parse().ok()
}

fn form_of(fields: &Fields) -> ProviderForm {
    let all = |name: &str| fields.all(name).map(str::to_owned).collect::<Vec<_>>();
    let primary = fields.parse::<HospitalId>("primary_hospital");
    let others = fields.all("hospitals").filter_map(|id| id.parse().ok());
    let mut hospitals: Vec<HospitalId> = primary.into_iter().collect();
    for hospital in others {
        if !hospitals.contains(&hospital) {
            hospitals.push(hospital);
        }
    }
    ProviderForm {
        first_name: fields.text("first_name"),
        last_name: fields.text("last_name"),
        email: fields.text("email"),
        phone_number: fields.text("phone_number"),
        specialization: fields.text("specialization"),
        license_number: fields.text("license_number"),
        gender: fields.text("gender"),
        bio: fields.text("bio"),
        years_of_experience: fields.text("years_of_experience"),
        consultation_fee_minor: minor_units(fields.get("consultation_fee"), fields.get("currency")),
        currency: fields.text("currency"),
        languages: all("languages"),
        visit_kinds: all("visit_kinds"),
        time_zone: fields.text("time_zone"),
        lead_minutes: fields.text("lead_minutes"),
        horizon_days: fields.text("horizon_days"),
        free_until_minutes: fields.text("free_until_minutes"),
        late_percent: fields.text("late_percent"),
        accepting_new_patients: fields.is_on("accepting_new_patients"),
        is_active: fields.is_on("is_active"),
        hospitals,
    }
}

fn as_fields(provider: &Provider, places: &[HospitalBrief]) -> Fields {
    let on = |value: bool| if value { "true".to_owned() } else { String::new() };
    let fee = provider.fee().to_string();
    let fee = fee.split(' ').next().unwrap_or_default().to_owned();
    let mut pairs = vec![
        ("first_name", provider.first_name.clone()),
        ("last_name", provider.last_name.clone()),
        ("email", provider.email.clone()),
        ("phone_number", provider.phone_number.clone().unwrap_or_default()),
        ("specialization", provider.specialization.to_string()),
        ("license_number", provider.license_number.clone()),
        ("gender", provider.gender.to_string()),
        ("bio", provider.bio.clone()),
        ("years_of_experience", provider.years_of_experience.to_string()),
        ("consultation_fee", fee),
        ("currency", provider.currency.clone()),
        ("time_zone", provider.time_zone.clone()),
        ("lead_minutes", provider.lead_minutes.to_string()),
        ("horizon_days", provider.horizon_days.to_string()),
        ("free_until_minutes", provider.free_until_minutes.to_string()),
        ("late_percent", provider.late_percent.to_string()),
        ("accepting_new_patients", on(provider.accepting_new_patients)),
        ("is_active", on(provider.is_active)),
    ];
    pairs.extend(provider.languages.iter().map(|word| ("languages", word.clone())));
    pairs.extend(provider.visit_kinds.iter().map(|word| ("visit_kinds", word.clone())));
    pairs.extend(places.first().map(|place| ("primary_hospital", place.id.to_string())));
    pairs.extend(places.iter().map(|place| ("hospitals", place.id.to_string())));
    Fields::from_pairs(pairs)
}

const LICENSE_HINT: &str = "We ask the register before anything is saved.";

/// What is known of the licence, for below its field.
fn license_note(number: &str, check: Option<&LicenseCheck>, reader: Option<&TimeZone>) -> String {
    match check {
        Some(check) if check.license_number == number => {
            let when = Moment::new(check.checked_at, reader, "UTC").short();
            format!("{} said on {when} that it is {}.", check.register, check.standing)
        }
        _ => "No register has been asked about this number. Another one is checked before it is saved."
            .into(),
    }
}

async fn form(
    page: Page,
    (admin, id): (&Caller<Admin>, Option<ProviderId>),
    heading: &str,
    fields: &Fields,
    problem: Option<Problem>,
    license: String,
) -> PageResult<Response> {
    let hospitals = admin::hospital_names(page.clinic(), admin).await?;
    let problem = problem.as_ref();
    let saved = Fields::of_query(page.query()).is_on("saved") && problem.is_none();
    let action = page.path().to_owned();
    let heading = heading.to_owned();
    let text = |label: &'static str, name: &'static str| {
        view! { <TextField label=label name=name value=fields.text(name) error=forms::at(problem, name) /> }
    };
    let number = |label: &'static str, name: &'static str| {
        view! { <TextField label=label name=name inputmode="numeric" value=fields.text(name) error=forms::at(problem, name) /> }
    };
    let specialties = words(Specialty::ALL, Specialty::label);
    let genders = words(Gender::ALL, Gender::label);
    let places: Vec<_> = std::iter::once(Choice::new("", "None"))
        .chain(hospitals.iter().map(|(id, name)| Choice::new(id.to_string(), name.clone())))
        .collect();
    Ok(page.with_status(form_status(problem)).show(forms::title(problem, &heading), || {
        view! {
            <article class="narrow stack">
                {forms::summary(problem)}
                <BackLink href="/admin/providers" label="Doctors" />
                <h1>{heading.clone()}</h1>
                {id.map(|id| view! {
                    <nav class="cluster" aria-label="About this doctor">
                        <a href=format!("/doctors/{id}")>"As patients see them"</a>
                        <a href=format!("/admin/providers/{id}/times")>"Why is a time not free?"</a>
                        <a href=format!("/admin/providers/{id}/waitlist")>"Waitlist"</a>
                    </nav>
                })}
                {saved.then(|| view! { <FormMessage>"Saved."</FormMessage> })}
                <form method="post" novalidate=true action=action class="stack">
                    {text("First name", "first_name")}
                    {text("Last name", "last_name")}
                    {text("Email", "email")}
                    {text("Phone number", "phone_number")}
                    <SelectField label="Specialty" name="specialization" options=specialties selected=fields.text("specialization") error=forms::at(problem, "specialization") />
                    <TextField label="Licence number" name="license_number" hint=license value=fields.text("license_number") error=forms::at(problem, "license_number") />
                    <SelectField label="Gender" name="gender" options=genders selected=fields.text("gender") error=forms::at(problem, "gender") />
                    <TextArea label="About the doctor" name="bio" maxlength=2000 value=fields.text("bio") error=forms::at(problem, "bio") />
                    {number("Years of experience", "years_of_experience")}
                    {text("Fee for a visit", "consultation_fee")}
                    {text("Currency", "currency")}
                    {checkboxes("Languages", "languages", Language::ALL, Language::label, fields, problem)}
                    {checkboxes("Kinds of visit", "visit_kinds", VisitKind::ALL, VisitKind::label, fields, problem)}
                    {text("Time zone", "time_zone")}
                    <SelectField label="Main place" name="primary_hospital" options=places.clone() selected=fields.text("primary_hospital") error=forms::at(problem, "hospitals") />
                    <SelectField label="Second place" name="hospitals" options=places selected=second_place(fields) />
                    {number("Minutes of notice before a visit", "lead_minutes")}
                    {number("Days ahead that can be booked", "horizon_days")}
                    {number("Cancelling is free until (minutes before)", "free_until_minutes")}
                    {number("Later it costs (percent of the fee)", "late_percent")}
                    <CheckboxField label="Takes new patients" name="accepting_new_patients" value="true" checked=fields.is_on("accepting_new_patients") />
                    <CheckboxField label="Active: patients find this doctor" name="is_active" value="true" checked=fields.is_on("is_active") />
                    <Button>"Save"</Button>
                </form>
            </article>
        }
    }))
}

fn second_place(fields: &Fields) -> String {
    let primary = fields.get("primary_hospital");
    fields.all("hospitals").find(|place| *place != primary).unwrap_or_default().to_owned()
}

fn words<T: Copy + std::fmt::Display>(all: &[T], label: fn(T) -> &'static str) -> Vec<Choice> {
    all.iter().map(|item| Choice::new(item.to_string(), label(*item))).collect()
}

fn checkboxes<T: Copy + std::fmt::Display>(
    legend: &'static str,
    name: &'static str,
    all: &[T],
    label: fn(T) -> &'static str,
    fields: &Fields,
    problem: Option<&Problem>,
) -> AnyView {
    let boxes: Vec<_> = all
        .iter()
        .map(|item| {
            let value = item.to_string();
            let checked = fields.all(name).any(|word| word == value);
            view! { <CheckboxField label=label(*item) name=name id=format!("{name}_{value}") value=value.clone() checked=checked /> }
        })
        .collect();
    view! {
        <fieldset class="kinds" id=name>
            <legend>{legend}</legend>
            {forms::at(problem, name).map(|message| view! { <FieldError message /> })}
            {boxes}
        </fieldset>
    }
    .into_any()
}

#[cfg(test)]
mod tests {
    use super::minor_units;

    #[test]
    fn an_amount_is_read_in_the_units_of_its_currency() {
        assert_eq!(minor_units("45", "EUR"), Some(4500));
        assert_eq!(minor_units("45,5", "EUR"), Some(4550));
        assert_eq!(minor_units("1.250", "KWD"), Some(1250));
        for wrong in ["", "-5", "1.234", "4 5", "abc", "5.5"] {
            let currency = if wrong == "5.5" { "JPY" } else { "EUR" };
            assert_eq!(minor_units(wrong, currency), None, "{wrong}");
        }
    }
}
