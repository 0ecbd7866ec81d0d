use crate::{Page, PageResult, fields::Fields, page::see_other};
use domain::readings::{MetricKind, UNIT_CHOICES, Unit, Units};
use leptos::prelude::*;
use services::{account::units, identity::Person};
use ui::{Button, Choice, FormMessage, SelectField};

const PATH: &str = "/account/units";

/// `/account/units`
pub async fn show(page: Page) -> PageResult {
    let caller = page.caller::<Person>()?;
    let saved = Fields::of_query(page.query()).is_on("saved");
    let fields: Vec<_> = UNIT_CHOICES
        .iter()
        .map(|(kind, choice)| field(*kind, choice, caller.units.chosen(*kind)))
        .collect();
    Ok(page.show("Units", || {
        view! {
            <article class="narrow stack">
                <h1>"Units"</h1>
                {saved.then(|| view! { <FormMessage>"Saved."</FormMessage> })}
                <p class="lede">"In which units do you read what was measured?"</p>
                <p class="muted">"Everything you see is converted, and forms ask in the same unit. What was measured stays as it was sent, and others read it in the units they have chosen."</p>
                <form method="post" action=PATH class="stack">
                    {fields}
                    <Button>"Save"</Button>
                </form>
            </article>
        }
    }))
}

fn field(kind: MetricKind, choice: &[Unit], chosen: Option<Unit>) -> AnyView {
    let words = |unit: &Unit| Some(Choice::new(unit.as_str(), kind.scale(*unit)?.words));
    let as_sent = Choice::new("", "As it was measured");
    let options: Vec<_> = std::iter::once(as_sent).chain(choice.iter().filter_map(words)).collect();
    let selected = chosen.map_or_else(String::new, |unit| unit.to_string());
    view! { <SelectField label=kind.label() name=kind.as_str() options selected /> }.into_any()
}

/// What is none of the choices is as if nothing was chosen.
pub async fn change(page: Page, fields: Fields) -> PageResult {
    let caller = page.caller::<Person>()?;
    let chosen = UNIT_CHOICES.iter().filter_map(|(kind, choice)| {
        fields.parse::<Unit>(kind.as_str()).filter(|unit| choice.contains(unit))
    });
    units::change(page.clinic(), &caller, &Units::new(chosen)).await?;
    Ok(see_other("/account/units?saved=1"))
}
