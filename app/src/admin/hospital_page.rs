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
    directory::{HospitalId, SyncState},
};
use jiff::tz::TimeZone;
use leptos::prelude::*;
use services::{
    Error,
    admin::{self, HospitalForm, sync::SyncLine},
    directory::Hospital,
    identity::Admin,
};
use ui::{
    BackLink, Badge, Button, CheckboxField, Fieldset, FormMessage, TextArea, TextField, Tone,
};

/// `/admin/hospitals/new`
pub async fn blank(page: Page) -> PageResult {
    page.caller::<Admin>()?;
    let fields = Fields::from_pairs([("is_active", "true"), ("hospital_type", "general")]);
    Ok(form(page, "Add a hospital", &fields, None, None))
}

pub async fn create(page: Page, fields: Fields) -> PageResult {
    let admin = page.caller::<Admin>()?;
    match admin::create_hospital(page.clinic(), &admin, &form_of(&fields)).await {
        Ok(id) => Ok(see_other(&format!("/admin/hospitals/{id}?saved=1"))),
        Err(error) => {
            let problem = form_problem(error)?;
            Ok(form(page, "Add a hospital", &fields, Some(problem), None))
        }
    }
}

/// `/admin/hospitals/{id}`
pub async fn show(page: Page, Path(id): Path<String>) -> PageResult {
    let admin = page.caller::<Admin>()?;
    let hospital = admin::hospital(page.clinic(), &admin, parse(&id)?).await?;
    let syncs = admin::sync::syncs(page.clinic(), &admin, hospital.id).await?;
    Ok(form(page, &hospital.name.clone(), &as_fields(&hospital), None, Some(&syncs)))
}

pub async fn change(page: Page, Path(id): Path<String>, fields: Fields) -> PageResult {
    let admin = page.caller::<Admin>()?;
    match admin::change_hospital(page.clinic(), &admin, parse(&id)?, &form_of(&fields)).await {
        Ok(()) => Ok(see_other(&format!("/admin/hospitals/{id}?saved=1"))),
        Err(error) => {
            let problem = form_problem(error)?;
            let name = fields.text("name");
            Ok(form(page, &name, &fields, Some(problem), None))
        }
    }
}

fn parse(id: &str) -> PageResult<HospitalId> {
    Ok(id.parse().map_err(|_| Error::NotFound)?)
}

fn form_of(fields: &Fields) -> HospitalForm {
    HospitalForm {
        name: fields.text("name"),
        hospital_type: fields.text("hospital_type"),
        address: fields.text("address"),
        city: fields.text("city"),
        country: fields.text("country"),
        time_zone: fields.text("time_zone"),
        phone_number: fields.text("phone_number"),
        website: fields.text("website"),
        latitude: fields.text("latitude"),
        longitude: fields.text("longitude"),
        description: fields.text("description"),
        emergency_services: fields.is_on("emergency_services"),
        is_active: fields.is_on("is_active"),
    }
}

fn as_fields(hospital: &Hospital) -> Fields {
    let optional = |value: &Option<String>| value.clone().unwrap_or_default();
    let on = |value: bool| if value { "true".to_owned() } else { String::new() };
    let degrees = |value: Option<f64>| value.map(|degrees| degrees.to_string()).unwrap_or_default();
    Fields::from_pairs([
        ("name", hospital.name.clone()),
        ("hospital_type", hospital.hospital_type.clone()),
        ("address", hospital.address.clone()),
        ("city", hospital.city.clone()),
        ("country", hospital.country.clone()),
        ("time_zone", hospital.time_zone.clone()),
        ("phone_number", optional(&hospital.phone_number)),
        ("website", optional(&hospital.website)),
        ("description", optional(&hospital.description)),
        ("latitude", degrees(hospital.latitude)),
        ("longitude", degrees(hospital.longitude)),
        ("emergency_services", on(hospital.emergency_services)),
        ("is_active", on(hospital.is_active)),
    ])
}

const POSITION: &str =
    "In degrees, for the distances that patients see. West and south are below zero.";

/// What the hospital's own system was told.
fn told(syncs: &[SyncLine], reader: Option<&TimeZone>) -> AnyView {
    let rows: Vec<_> = syncs
        .iter()
        .map(|line| {
            let (first, last) = &line.doctor;
            let news = if line.works_there { "Works here" } else { "Works here no more" };
            let state = line.state.label();
            let tone = match line.state {
                SyncState::Waiting => Tone::Neutral,
                SyncState::Told => Tone::Positive,
                SyncState::Failed => Tone::Critical,
            };
            let when = line.told_at.map(|told| Moment::new(told, reader, "UTC").short_view());
            let system = line.system.clone().unwrap_or_default();
            let problem = line.problem.clone();
            view! {
                <tr>
                    <th scope="row"><a href=format!("/admin/providers/{}", line.provider_id)>{format!("{last}, {first}")}</a></th>
                    <td data-label="News">{news}</td>
                    <td data-label="State">
                        <Badge tone>{state}</Badge>
                        {problem.map(|problem| view! { <span class="muted">{format!(" {problem}")}</span> })}
                    </td>
                    <td data-label="When">{when}</td>
                    <td data-label="Where">{system}</td>
                </tr>
            }
        })
        .collect();
    view! {
        <section class="stack">
            <h2>"What the hospital’s system was told"</h2>
            {if rows.is_empty() {
                view! { <p class="muted">"Nothing yet. It hears of each doctor who begins or ends to work here."</p> }.into_any()
            } else {
                view! {
                    <div class="table-wrap" tabindex="0" role="region" aria-label="What the hospital’s system was told">
                        <table class="table">
                            <thead>
                                <tr>
                                    <th scope="col">"Doctor"</th>
                                    <th scope="col">"News"</th>
                                    <th scope="col">"State"</th>
                                    <th scope="col">"Told"</th>
                                    <th scope="col">"Where"</th>
                                </tr>
                            </thead>
                            <tbody>{rows}</tbody>
                        </table>
                    </div>
                }.into_any()
            }}
        </section>
    }
    .into_any()
}

fn form(
    page: Page,
    heading: &str,
    fields: &Fields,
    problem: Option<Problem>,
    syncs: Option<&[SyncLine]>,
) -> Response {
    let reader = page.zone();
    let problem = problem.as_ref();
    let saved = Fields::of_query(page.query()).is_on("saved") && problem.is_none();
    let action = page.path().to_owned();
    let heading = heading.to_owned();
    let text = |label: &'static str, name: &'static str, maxlength: u32, required: bool| {
        view! {
            <TextField label=label name=name maxlength=maxlength required=required value=fields.text(name) error=forms::at(problem, name) />
        }
    };
    let degrees =
        (text("Latitude", "latitude", 20, false), text("Longitude", "longitude", 20, false));
    page.with_status(form_status(problem)).show(forms::title(problem, &heading), || {
        view! {
            <article class="narrow stack">
                {forms::summary(problem)}
                <BackLink href="/admin/hospitals" label="Hospitals" />
                <h1>{heading.clone()}</h1>
                {saved.then(|| view! { <FormMessage>"Saved."</FormMessage> })}
                <form method="post" novalidate=true action=action class="stack">
                    {text("Name", "name", 120, true)}
                    {text("Kind", "hospital_type", 60, true)}
                    {text("Address", "address", 200, true)}
                    {text("City", "city", 80, true)}
                    {text("Country", "country", 80, true)}
                    {text("Time zone", "time_zone", 60, true)}
                    <Fieldset legend="Where it is on the map" hint=POSITION inline=true>{degrees}</Fieldset>
                    {text("Phone number", "phone_number", 40, false)}
                    {text("Website", "website", 200, false)}
                    <TextArea label="Description" name="description" maxlength=2000 value=fields.text("description") error=forms::at(problem, "description") />
                    <CheckboxField label="Has an emergency department" name="emergency_services" value="true" checked=fields.is_on("emergency_services") />
                    <CheckboxField label="Active: patients find it" name="is_active" value="true" checked=fields.is_on("is_active") />
                    <Button>"Save"</Button>
                </form>
                {syncs.map(|syncs| told(syncs, reader.as_ref()))}
            </article>
        }
    })
}
