use crate::{MaybeText, field::Wiring};
use leptos::prelude::*;

/// A time to choose.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TimeOption {
    /// The instant, which is sent and which live updates know it by.
    pub value: String,
    /// "09:20"
    pub label: String,
    /// "14:20 in Kolkata"
    pub note: Option<String>,
    /// Where it leads, in a list of links.
    pub href: String,
    /// What other links know it by, in a list of links.
    pub id: Option<String>,
    pub taken: bool,
}

impl TimeOption {
    pub fn new(value: impl Into<String>, label: impl Into<String>) -> Self {
        Self { value: value.into(), label: label.into(), ..Self::default() }
    }

    pub fn note(self, note: impl Into<String>) -> Self {
        Self { note: Some(note.into()), ..self }
    }

    pub fn href(self, href: impl Into<String>) -> Self {
        Self { href: href.into(), ..self }
    }

    pub fn id(self, id: impl Into<String>) -> Self {
        Self { id: Some(id.into()), ..self }
    }

    pub fn taken(self, taken: bool) -> Self {
        Self { taken, ..self }
    }

    fn state(&self) -> Option<&'static str> {
        self.taken.then_some("taken")
    }

    fn words(&self) -> AnyView {
        let note = self.note.clone();
        view! {
            <time class="tabular" datetime=self.value.clone()>{self.label.clone()}</time>
            {note.map(|note| view! { " "<span class="time-note">{note}</span> })}
            {self.taken.then(|| view! { " "<span class="time-note">"taken"</span> })}
        }
        .into_any()
    }
}

/// Times as links, in two or three columns. `data-start` and `data-state` are for live updates.
#[component]
pub fn TimeList(times: Vec<TimeOption>, #[prop(into, optional)] label: MaybeText) -> impl IntoView {
    let times = times.into_iter().map(|time| time_link(&time)).collect_view();
    view! { <ul class="time-list" aria-label=label.words()>{times}</ul> }
}

fn time_link(time: &TimeOption) -> AnyView {
    let href = (!time.taken).then(|| time.href.clone());
    let taken = time.taken.then_some("true");
    view! {
        <li>
            <a
                class="time"
                id=time.id.clone()
                href=href
                role=taken.map(|_| "link")
                aria-disabled=taken
                data-start=time.value.clone()
                data-state=time.state()
                rel="nofollow"
            >
                {time.words()}
            </a>
        </li>
    }
    .into_any()
}

/// Times as radio buttons of a form, in two or three columns.
#[component]
pub fn TimeChoice(
    #[prop(into)] legend: String,
    #[prop(into)] name: String,
    times: Vec<TimeOption>,
    #[prop(into, optional)] selected: MaybeText,
    #[prop(into, optional)] id: MaybeText,
    #[prop(into, optional)] hint: MaybeText,
    #[prop(into, optional)] error: MaybeText,
) -> impl IntoView {
    let field = Wiring::new(&name, id, hint, error);
    let selected = selected.words();
    let first = field.id.clone();
    let times = times
        .into_iter()
        .enumerate()
        .map(move |(index, time)| {
            let id = match index {
                0 => first.clone(),
                _ => format!("{first}-{index}"),
            };
            let checked = !time.taken && selected.as_ref() == Some(&time.value);
            time_radio(&time, id, name.clone(), checked)
        })
        .collect_view();
    view! {
        <fieldset class=field.class() aria-describedby=field.described_by()>
            <legend class="field-label">{legend}</legend>
            {field.hint()}
            {field.error()}
            <ul class="time-list">{times}</ul>
        </fieldset>
    }
}

fn time_radio(time: &TimeOption, id: String, name: String, checked: bool) -> AnyView {
    view! {
        <li>
            <label class="time" for=id data-start=time.value.clone() data-state=time.state()>
                <input
                    type="radio"
                    id=id.clone()
                    name=name
                    value=time.value.clone()
                    checked=checked
                    required=true
                    disabled=time.taken
                />
                {time.words()}
            </label>
        </li>
    }
    .into_any()
}
