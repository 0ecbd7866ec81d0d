//! For whom a visit is.
use crate::{Page, PageResult, fields::Fields, forms, page::encode};
use domain::{FieldProblem, Problem, identity::UserId};
use leptos::prelude::*;
use services::{
    booking::Visit,
    family::{self, BookedFor},
    identity::{Caller, Patient},
};
use ui::{Choice, ChoiceGroup};

/// Who may be chosen beside whoever is signed in: their dependants, and those who let them book.
pub async fn others(page: &Page) -> PageResult<Vec<BookedFor>> {
    match page.actor() {
        None => Ok(Vec::new()),
        Some(_) => {
            let patient = page.caller::<Patient>()?;
            Ok(family::booked_for(page.clinic(), &patient).await?)
        }
    }
}

/// The person that the field `who` names; the caller when there was nothing to choose.
pub fn chosen(
    fields: &Fields,
    caller: &Caller<Patient>,
    others: &[BookedFor],
) -> Result<UserId, FieldProblem> {
    let Some(word) = fields.some("who") else { return Ok(caller.user) };
    let named: Option<UserId> = word.parse().ok();
    let known = |id: &UserId| *id == caller.user || others.iter().any(|person| person.id == *id);
    named.filter(known).ok_or(FieldProblem::new("who", "Choose who this visit is for."))
}

/// Everybody who may be chosen, by name.
pub fn names(caller: &Caller<Patient>, others: &[BookedFor]) -> Vec<(UserId, String)> {
    let others = others.iter().map(|person| (person.id, person.name.clone()));
    std::iter::once((caller.user, caller.full_name())).chain(others).collect()
}

/// The question, or only the way to somebody to choose.
pub fn choice(
    page: &Page,
    fields: &Fields,
    others: &[BookedFor],
    problem: Option<&Problem>,
) -> AnyView {
    let add = format!("/account/family?next={}", encode(&page.target()));
    let Some(actor) = page.actor().filter(|_| !others.is_empty()) else {
        return view! {
            <p class="muted">"This visit is for you. "<a href=add>"Book for a child or somebody else"</a></p>
        }
        .into_any();
    };
    let me = Choice::new(actor.user.to_string(), format!("Me, {}", actor.full_name()));
    let others =
        others.iter().map(|person| Choice::new(person.id.to_string(), person.name.clone()));
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
    let acts = |viewer| visit.guardian_id == Some(viewer) || visit.is_entrusted_to(viewer);
    page.viewer().is_some_and(acts).then(|| visit.patient_name.clone())
}
