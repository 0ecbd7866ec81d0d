use crate::{
    Page, PageResult, failure::form_problem, fields::Fields, forms,
    identity::confirm_page::require_recent_proof, page::see_other,
};
use axum::{extract::Path, response::Response};
use domain::{
    Problem,
    identity::permission::{Permission, RoleForm, RoleId},
};
use leptos::prelude::*;
use services::{
    Error,
    identity::{
        RoleManager,
        roles::{self, Role},
    },
};
use tower_sessions::Session;
use ui::{
    BackLink, Button, CheckboxField, CheckboxGroup, Choice, FormMessage, Notice, TextArea,
    TextField,
};

/// `/admin/roles/new`
pub async fn blank(page: Page, session: Session) -> PageResult {
    page.caller::<RoleManager>()?;
    require_recent_proof(&page, &session).await?;
    Ok(form(page, "Add a role", &Fields::from_pairs([("is_active", "true")]), false, None))
}

pub async fn create(page: Page, session: Session, fields: Fields) -> PageResult {
    let manager = page.caller::<RoleManager>()?;
    require_recent_proof(&page, &session).await?;
    match roles::create_role(page.clinic(), &manager, &form_of(&fields)).await {
        Ok(id) => Ok(see_other(&format!("/admin/roles/{id}?saved=1"))),
        Err(error) => Ok(form(page, "Add a role", &fields, false, Some(form_problem(error)?))),
    }
}

/// `/admin/roles/{id}`
pub async fn show(page: Page, session: Session, Path(id): Path<String>) -> PageResult {
    let manager = page.caller::<RoleManager>()?;
    require_recent_proof(&page, &session).await?;
    let role = roles::role(page.clinic(), &manager, parse(&id)?).await?;
    Ok(form(page, &role.name.clone(), &as_fields(&role), role.is_built_in, None))
}

pub async fn change(
    page: Page,
    session: Session,
    Path(id): Path<String>,
    fields: Fields,
) -> PageResult {
    let manager = page.caller::<RoleManager>()?;
    require_recent_proof(&page, &session).await?;
    let id = parse(&id)?;
    let role = roles::role(page.clinic(), &manager, id).await?;
    let mut wanted = form_of(&fields);
    if role.is_built_in {
        // Its form does not ask for these.
        (wanted.name, wanted.is_active) = (role.name.clone(), true);
    }
    match roles::change_role(page.clinic(), &manager, id, &wanted).await {
        // Who has just taken it from themselves could not see this page.
        Ok(()) if manager_no_more(&page, &role, &wanted) => Ok(see_other("/account/profile")),
        Ok(()) => Ok(see_other(&format!("/admin/roles/{id}?saved=1"))),
        Err(error) => {
            Ok(form(page, &role.name, &fields, role.is_built_in, Some(form_problem(error)?)))
        }
    }
}

/// Whether the reader has the role, and it lets them run roles no longer.
fn manager_no_more(page: &Page, role: &Role, wanted: &RoleForm) -> bool {
    let runs_roles = Permission::ManageRoles.as_str();
    let keeps = wanted.is_active && wanted.permissions.iter().any(|word| word == runs_roles);
    !keeps && page.actor().is_some_and(|actor| actor.roles.contains(&role.name))
}

fn parse(id: &str) -> PageResult<RoleId> {
    Ok(id.parse().map_err(|_| Error::NotFound)?)
}

fn form_of(fields: &Fields) -> RoleForm {
    RoleForm {
        name: fields.text("name"),
        description: fields.text("description"),
        permissions: fields.all("permissions").map(str::to_owned).collect(),
        is_active: fields.is_on("is_active"),
    }
}

fn as_fields(role: &Role) -> Fields {
    let active = if role.is_active { "true" } else { "" };
    let text = [
        ("name", role.name.clone()),
        ("description", role.description.clone()),
        ("is_active", active.to_owned()),
    ];
    let permissions = role.permissions.iter().map(|word| ("permissions", word.to_string()));
    Fields::from_pairs(text.into_iter().chain(permissions))
}

fn form(
    page: Page,
    heading: &str,
    fields: &Fields,
    is_built_in: bool,
    problem: Option<Problem>,
) -> Response {
    let problem = problem.as_ref();
    let saved = problem.is_none() && Fields::of_query(page.query()).is_on("saved");
    let action = page.path().to_owned();
    let options: Vec<_> = Permission::ALL
        .iter()
        .map(|permission| {
            Choice::new(permission.as_str(), permission.label()).hint(permission.meaning())
        })
        .collect();
    let chosen = fields.all("permissions").map(str::to_owned).collect();
    page.answering(problem).show(forms::title(problem, heading), || {
        view! {
            <article class="narrow stack">
                {forms::summary(problem)}
                <BackLink href="/admin/roles" label="Roles" />
                <h1>{heading.to_owned()}</h1>
                {saved.then(|| view! { <FormMessage>"Saved. It counts from the next thing these people do."</FormMessage> })}
                <form method="post" novalidate=true action=action class="stack">
                    {match is_built_in {
                        true => view! {
                            <Notice>"This role is part of how the clinic works: it keeps its name and stays in use."</Notice>
                        }.into_any(),
                        false => view! {
                            <TextField label="Name" name="name" maxlength=60 required=true value=fields.text("name") error=forms::at(problem, "name") />
                        }.into_any(),
                    }}
                    <TextArea
                        label="What it is for" name="description" maxlength=200 required=true
                        value=fields.text("description") error=forms::at(problem, "description")
                    />
                    <CheckboxGroup
                        legend="It lets people" name="permissions" options selected=chosen
                        error=forms::at(problem, "permissions")
                    />
                    {(!is_built_in).then(|| view! {
                        <CheckboxField
                            label="In use" name="is_active" value="true" checked=fields.is_on("is_active")
                            hint="Without this, those who have it can do no more than if they had it not."
                        />
                    })}
                    <Button>"Save"</Button>
                </form>
            </article>
        }
    })
}
