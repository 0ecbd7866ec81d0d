use super::Specimen;
use crate::{BrandMark, Icon, IconName, Section, TextLink};
use leptos::prelude::*;

/// The colours that carry a meaning, by token.
const COLOURS: [&str; 10] = [
    "paper",
    "surface",
    "sunken",
    "ink",
    "brand",
    "brand-soft",
    "positive",
    "caution",
    "critical",
    "information",
];

#[component]
pub fn Words() -> impl IntoView {
    let colours = COLOURS
        .map(|name| {
            view! { <li><span class=format!("swatch swatch-{name}")></span>{name}</li> }
        })
        .collect_view();
    let icons = IconName::ALL
        .map(|name| view! { <li><Icon name /><span>{format!("{name:?}")}</span></li> })
        .collect_view();
    view! {
        <Section title="Words, colours, icons" id="gallery-words">
            <Specimen name="Type">
                <div class="stack-small">
                    <p class="h1">"See a doctor, soon and surely"</p>
                    <p class="lede">"Real free times, on your clock and on theirs."</p>
                    <p class="h2">"Tuesday 3 March, 09:20"</p>
                    <p class="h3">"Dr. Zoë Łukasińska"</p>
                    <p class="h4">"Next free times"</p>
                    <p class="prose">
                        "Body text is large, for reading when tired. A "
                        <TextLink href="#gallery-words">"link"</TextLink>
                        " is underlined, one that "
                        <TextLink href="https://www.rfc-editor.org" external=true>"leads elsewhere"</TextLink>
                        " says so, and "
                        <strong>"what matters"</strong>
                        " is bold."
                    </p>
                    <p class="muted">"Muted text still reads at 7:1."</p>
                    <p class="tabular">"Figures stand in columns: 09:20 · 11:11 · € 1,180.00 · 120/80 mmHg"</p>
                </div>
            </Specimen>
            <Specimen name="Colours">
                <ul class="plain-list swatches">{colours}</ul>
            </Specimen>
            <Specimen name="Mark and icons">
                <p class="cluster"><BrandMark />"Our mark: two people side by side draw an M."</p>
                <ul class="plain-list icon-list">{icons}</ul>
            </Specimen>
        </Section>
    }
}
