//! Visits that a change of hours would leave without their time, and what becomes of each.
use crate::{Page, fields::Fields, times::Moment};
use leptos::prelude::*;
use services::schedule::{Fate, Fates, Stranded};
use ui::{CheckboxField, Choice, Notice, SelectField, Tone};

/// `keep/{id}`, `cancel/{id}` or `move/{id}/{start}`: so no visit is decided that was not shown.
const FATE: &str = "fate";

/// What the doctor said of the visits that were shown; nothing until they said to save.
pub fn fates_of(fields: &Fields) -> Fates {
    if !fields.is_on("keep_stranded") {
        return Fates::from(false);
    }
    let fate = |value: &str| {
        let mut words = value.split('/');
        let (word, id) = (words.next()?, words.next()?.parse().ok()?);
        let fate = match word {
            "keep" => Fate::Keep,
            "cancel" => Fate::Cancel,
            "move" => Fate::MoveTo(words.next()?.parse().ok()?),
            _ => return None,
        };
        Some((id, fate))
    };
    Fates::Each(fields.all(FATE).filter_map(fate).collect())
}

/// Asks what is to become of each of `stranded`.
pub fn stranded_warning(page: &Page, fields: &Fields, stranded: &[Stranded]) -> Option<AnyView> {
    if stranded.is_empty() {
        return None;
    }
    let asked: Vec<_> = stranded.iter().map(|one| ask(page, fields, one)).collect();
    Some(
        view! {
            <Notice tone=Tone::Caution title="Nothing is saved yet" announce=true>
                <div class="stack">
                    <p>
                        "These visits are booked and would be outside of the new hours. Say what becomes of each. Patients are told, and pay nothing for what you cancel."
                    </p>
                    {asked}
                </div>
                <CheckboxField label="Save all the same, and do this with the visits." name="keep_stranded" />
            </Notice>
        }
        .into_any(),
    )
}

fn ask(page: &Page, fields: &Fields, one: &Stranded) -> AnyView {
    let Stranded { visit, nearest } = one;
    let at = |start| Moment::new(start, page.zone().as_ref(), &visit.time_zone);
    let (id, name) =
        (visit.id, format!("{} {}", visit.patient_first_name, visit.patient_last_name));
    let keep = format!("keep/{id}");
    let cancel = format!("cancel/{id}");
    let mut choices = vec![Choice::new(keep.clone(), "Hold it")];
    if let Some(offer) = nearest {
        let start = offer.slot.start;
        let label = format!("Move to {}", at(start).short());
        choices.push(Choice::new(format!("move/{id}/{start}"), label));
    }
    choices.push(Choice::new(cancel, "Cancel it"));
    // What was chosen stays chosen, as long as there is that choice.
    let said = fields.all(FATE).find(|said| choices.iter().any(|choice| choice.value == **said));
    let selected = said.unwrap_or(&keep).to_owned();
    view! {
        <div>
            <SelectField
                label=format!("{}, {name}", at(visit.starts_at).short())
                name=FATE id=format!("{FATE}_{id}") options=choices selected
            />
            <a href=format!("/visits/{id}")>"Look at the visit"</a>
        </div>
    }
    .into_any()
}
