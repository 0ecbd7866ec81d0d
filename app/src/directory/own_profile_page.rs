use crate::{
    Page, PageResult,
    failure::{form_problem, form_status},
    fields::Fields,
    forms,
    page::see_other,
};
use axum::response::Response;
use domain::{Problem, directory::Language};
use leptos::prelude::*;
use services::{
    Error,
    directory::{self, OwnProfile},
    identity::Doctor,
};
use ui::{Button, CheckboxField, FieldError, FormMessage, TextArea, TextField};

/// `/doctor/profile`
pub async fn show(page: Page) -> PageResult {
    let doctor = page.caller::<Doctor>()?;
    let profile = directory::own_profile(page.clinic(), &doctor).await?;
    let saved = Fields::of_query(page.query()).is_on("saved");
    form(page, &as_fields(&profile), None, saved)
}

pub async fn change(page: Page, fields: Fields) -> PageResult {
    let doctor = page.caller::<Doctor>()?;
    let changed = match profile_of(&fields) {
        Err(problem) => Err(problem),
        Ok(profile) => directory::change_own_profile(page.clinic(), &doctor, profile).await,
    };
    match changed {
        Ok(()) => Ok(see_other("/doctor/profile?saved=1")),
        Err(error) => {
            let problem = form_problem(error)?;
            form(page, &fields, Some(problem), false)
        }
    }
}

fn as_fields(profile: &OwnProfile) -> Fields {
    let accepting = if profile.accepting_new_patients { "on" } else { "" };
    let all = [
        ("bio", profile.bio.clone()),
        ("phone_number", profile.phone_number.clone()),
        ("years_of_experience", profile.years_of_experience.to_string()),
        ("accepting_new_patients", accepting.to_owned()),
    ];
    let languages = profile.languages.iter().map(|language| ("languages", language.to_string()));
    Fields::from_pairs(all.into_iter().chain(languages))
}

fn profile_of(fields: &Fields) -> Result<OwnProfile, Error> {
    let years = fields.required("years_of_experience", "Enter a whole number from 0 to 80.");
    Ok(OwnProfile {
        bio: fields.text("bio"),
        phone_number: fields.text("phone_number"),
        years_of_experience: years.map_err(Error::from)?,
        languages: Language::ALL
            .iter()
            .copied()
            .filter(|language| fields.all("languages").any(|word| word == language.as_str()))
            .collect(),
        accepting_new_patients: fields.is_on("accepting_new_patients"),
    })
}

fn form(
    page: Page,
    fields: &Fields,
    problem: Option<Problem>,
    saved: bool,
) -> PageResult<Response> {
    let public = format!("/doctors/{}", page.caller::<Doctor>()?.provider()?);
    let problem = problem.as_ref();
    let at = |name: &str| forms::at(problem, name);
    let (bio, phone) = (fields.text("bio"), fields.text("phone_number"));
    let (bio_error, phone_error) = (at("bio"), at("phone_number"));
    let (years, years_error) = (fields.text("years_of_experience"), at("years_of_experience"));
    let accepting = fields.is_on("accepting_new_patients");
    let languages: Vec<_> = Language::ALL
        .iter()
        .map(|language| {
            let value = language.to_string();
            let checked = fields.all("languages").any(|word| word == value);
            view! {
                <CheckboxField
                    label=language.label() name="languages" id=format!("languages_{value}")
                    value=value.clone() checked=checked
                />
            }
        })
        .collect();
    let languages_error = at("languages").map(|message| view! { <FieldError message /> });
    Ok(page.with_status(form_status(problem)).show(forms::title(problem, "Your profile"), || {
        view! {
            <article class="narrow stack">
                {forms::summary(problem)}
                <h1>"Your profile"</h1>
                {saved.then(|| view! { <FormMessage>"Saved. Patients see it from now on."</FormMessage> })}
                <p class="lede">
                    "This is what patients read about you, on " <a href=public>"your page"</a>
                    " and in the search. Name, specialty, licence and places are kept by the clinic."
                </p>
                <form method="post" novalidate=true action="/doctor/profile" class="stack">
                    <TextArea
                        label="About you" name="bio" maxlength=2000 optional=true value=bio error=bio_error
                        hint="What you do, what matters to you, what a first visit is like."
                    />
                    <TextField
                        label="Phone number" name="phone_number" kind="tel" autocomplete="tel" optional=true
                        hint="For the clinic. Patients do not see it." value=phone error=phone_error
                    />
                    <TextField
                        label="Experience" name="years_of_experience" inputmode="numeric" short=true unit="years"
                        value=years error=years_error
                    />
                    <fieldset class="kinds" id="languages">
                        <legend>"Languages you speak with patients"</legend>
                        {languages_error}
                        {languages}
                    </fieldset>
                    <CheckboxField
                        name="accepting_new_patients" label="I take new patients" checked=accepting
                        hint="If not, only those who have been with you can book."
                    />
                    <Button>"Save profile"</Button>
                </form>
            </article>
        }
    }))
}
