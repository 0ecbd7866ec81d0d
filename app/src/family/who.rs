//! For whom a visit is.
use crate::{Page, PageResult, fields::Fields, forms, page::encode};
use domain::{FieldProblem, Problem, identity::UserId};
use leptos::prelude::*;
use services::{
    booking::Visit,
    family::{self, Dependant},
    identity::{Caller, Patient},
};
use ui::{Choice, ChoiceGroup};

/// Who may be chosen: whoever is signed in, and their dependants.
pub async fn dependants(page: &Page) -> PageResult<Vec<Dependant>> {
    match page.actor() {
        None => Ok(Vec::new()),
        Some(_) => {
            let patient = page.caller::<Patient>()?;
            Ok(family::dependants(page.clinic(), &patient).await?)
        }
    }
}

/// The person that the field `who` names; the caller when there was nothing to choose.
pub fn chosen(
    fields: &Fields,
    caller: &Caller<Patient>,
    dependants: &[Dependant],
) -> Result<UserId, FieldProblem> {
    let Some(word) = fields.some("who") else { return Ok(caller.user) };
    let named: Option<UserId> = word.parse().ok();
    let known =
        |id: &UserId| *id == caller.user || dependants.iter().any(|dependant| dependant.id == *id);
    named.filter(known).ok_or(FieldProblem::new("who", "Choose who this visit is for."))
}

/// Everybody who may be chosen, by name.
pub fn names(caller: &Caller<Patient>, dependants: &[Dependant]) -> Vec<(UserId, String)> {
    let others = dependants.iter().map(|dependant| (dependant.id, dependant.full_name()));
    std::iter::once((caller.user, caller.full_name())).chain(others).collect()
}

/// The question, or only the way to somebody to choose.
pub fn choice(
    page: &Page,
    fields: &Fields,
    dependants: &[Dependant],
    problem: Option<&Problem>,
) -> AnyView {
    let add = format!("/account/family?next={}", encode(&page.target()));
    let Some(actor) = page.actor().filter(|_| !dependants.is_empty()) else {
        return view! {
            <p class="muted">"This visit is for you. "<a href=add>"Book for a child or somebody else"</a></p>
        }
        .into_any();
    };
    let me = Choice::new(actor.user.to_string(), format!("Me, {}", actor.full_name()));
    let others = dependants
        .iter()
        .map(|dependant| Choice::new(dependant.id.to_string(), dependant.full_name()));
    let options: Vec<_> = std::iter::once(me).chain(others).collect();
    let selected = fields.some("who").map_or_else(|| actor.user.to_string(), str::to_owned);
    view! {
        <ChoiceGroup
            legend="Who is this visit for?" name="who" options selected
            error=forms::at(problem, "who")
        />
        <p><a href=add>"Add somebody"</a></p>
    }
    .into_any()
}

/// Whom `visit` is for, when that is somebody other than who looks at it.
pub fn for_whom(page: &Page, visit: &Visit) -> Option<String> {
    let acts = visit.guardian_id.is_some() && visit.guardian_id == page.viewer();
    acts.then(|| visit.patient_name.clone())
}
