//! The search: what the address bar holds, and the form that fills it.
use crate::fields::Fields;
use domain::{
    booking::VisitKind,
    directory::{Gender, Language, Sort, Specialty},
    money::{Currency, Money},
    text,
};
use jiff::{civil::Date, tz::TimeZone};
use leptos::prelude::*;
use services::directory::{Choices, ProviderSearch};
use ui::{Button, CheckboxField, Choice, Combobox, DateField, FilterPanel, SelectField, TextField};

/// The search that a query string means; what cannot be meant is left out.
pub fn search_of(
    query: &Fields,
    zone: &TimeZone,
    speaks: Option<Language>,
    offered: &Choices,
) -> ProviderSearch {
    let words = |name: &'static str| {
        let raw = query.some(name)?;
        text::checked(name, "The text", raw, 1..=100).ok()
    };
    // A specialty that is typed by its name is a specialty, not a name of someone.
    let q = words("q");
    let named = q.as_deref().and_then(specialty_named);
    let fee =
        query.parse::<u32>("max_fee").zip(query.some("currency").and_then(Currency::from_code));
    let free_before = query
        .parse::<Date>("free_before")
        .and_then(|date| Some(date.tomorrow().ok()?.to_zoned(zone.clone()).ok()?.timestamp()));
    ProviderSearch {
        specialization: query.parse("specialization").or(named),
        q: q.filter(|_| named.is_none()),
        city: words("city"),
        hospital: query.parse("hospital"),
        language: query.parse("language"),
        gender: query.parse("gender"),
        visit: query.parse("visit"),
        max_fee: fee.map(|(amount, currency)| {
            let unit = 10_i64.pow(u32::from(currency.exponent().unwrap_or(0)));
            Money::new(i64::from(amount) * unit, currency)
        }),
        free_before,
        accepting: query.is_on("accepting"),
        near: query.some("near").and_then(|place| offered.near(place)),
        sort: query.parse("sort").unwrap_or(Sort::Best),
        speaks: query.parse("language").or(speaks),
    }
}

fn specialty_named(words: &str) -> Option<Specialty> {
    let words = words.to_lowercase();
    Specialty::ALL.iter().copied().find(|specialty| {
        specialty.label().to_lowercase() == words || specialty.as_str().replace('_', " ") == words
    })
}

fn choices<T: Copy + std::fmt::Display>(
    any: &str,
    all: &[T],
    label: impl Fn(T) -> &'static str,
) -> Vec<Choice> {
    std::iter::once(Choice::new("", any))
        .chain(all.iter().map(|item| Choice::new(item.to_string(), label(*item))))
        .collect()
}

/// The three questions that most people ask, for the home page.
pub fn short_form(query: &Fields, offered: &Choices) -> AnyView {
    let specialties: Vec<_> = Specialty::ALL.iter().map(|s| s.label().to_owned()).collect();
    view! {
        <form class="search-hero" method="get" action="/doctors" role="search">
            <Combobox
                label="Specialty or name"
                name="q"
                value=query.text("q")
                options=specialties
            />
            <Combobox label="City" name="city" value=query.text("city") options=offered.cities.clone() />
            <SelectField
                label="Kind of visit"
                name="visit"
                options=choices("Any kind", VisitKind::ALL, VisitKind::label)
                selected=query.text("visit")
            />
            <Button>"Find a doctor"</Button>
        </form>
    }
    .into_any()
}

/// The hospitals of the city that is looked in; all of the world's would be too many to choose from.
fn hospitals_of(query: &Fields, offered: &Choices) -> Vec<Choice> {
    let city = query.get("city").trim().to_lowercase();
    let chosen = query.get("hospital");
    let there: Vec<_> = offered
        .hospitals
        .iter()
        .filter(|(id, _, place)| place.to_lowercase() == city || id.to_string() == chosen)
        .map(|(id, name, _)| Choice::new(id.to_string(), name.clone()))
        .collect();
    match there.as_slice() {
        [] => there,
        _ => std::iter::once(Choice::new("", "Any hospital")).chain(there).collect(),
    }
}

/// The cities where distances can be measured from. Hospitals can be typed too: all would be too many to send.
fn places(offered: &Choices) -> Vec<String> {
    let mut cities: Vec<_> = offered.positions.iter().map(|(_, _, city, _)| city.clone()).collect();
    cities.sort();
    cities.dedup();
    cities
}

/// What to say at the field when the place is none we know, or none was given to sort by.
pub fn unknown_place(query: &Fields, offered: &Choices) -> Option<String> {
    match query.some("near") {
        Some(place) if offered.near(place).is_none() => {
            Some("We do not know this place. Choose a city or a hospital from the list.".into())
        }
        None if query.parse("sort") == Some(Sort::Nearest) => {
            Some("Choose a place, and we show who is nearest to it.".into())
        }
        _ => None,
    }
}

/// Every filter.
pub fn full_form(query: &Fields, offered: &Choices) -> AnyView {
    let hospitals = hospitals_of(query, offered);
    let currencies = std::iter::once(Choice::new("", "Currency"))
        .chain(offered.currencies.iter().map(|c| Choice::new(c.code(), c.code())))
        .collect::<Vec<_>>();
    let query = query.clone();
    let places = places(offered);
    let unknown = unknown_place(&query, offered);
    let orders: Vec<_> =
        Sort::ALL.iter().map(|sort| Choice::new(sort.to_string(), sort.label())).collect();
    view! {
        <form class="stack" method="get" action="/doctors" role="search">
            <TextField label="Name or specialty" name="q" value=query.text("q") maxlength=100 />
            <Combobox label="City" name="city" value=query.text("city") options=offered.cities.clone() />
            <Combobox label="Near" name="near" hint="A city or a hospital" value=query.text("near") options=places error=unknown />
            <SelectField label="Order" name="sort" options=orders selected=query.text("sort") />
            <FilterPanel title="More filters">
                <SelectField label="Specialty" name="specialization" options=choices("Any specialty", Specialty::ALL, Specialty::label) selected=query.text("specialization") />
                <SelectField label="Kind of visit" name="visit" options=choices("Any kind", VisitKind::ALL, VisitKind::label) selected=query.text("visit") />
                <SelectField label="Language" name="language" options=choices("Any language", Language::ALL, Language::label) selected=query.text("language") />
                {(!hospitals.is_empty()).then(|| view! { <SelectField label="Hospital" name="hospital" options=hospitals selected=query.text("hospital") /> })}
                <SelectField label="Gender of the doctor" name="gender" options=choices("Any", &[Gender::Female, Gender::Male], Gender::label) selected=query.text("gender") />
                <DateField label="Free on or before" name="free_before" value=query.text("free_before") />
                <div class="cluster">
                    <TextField label="Fee up to" name="max_fee" value=query.text("max_fee") inputmode="numeric" />
                    <SelectField label="In" name="currency" options=currencies selected=query.text("currency") />
                </div>
                <CheckboxField label="Takes new patients" name="accepting" value="true" checked=query.is_on("accepting") />
            </FilterPanel>
            <Button>"Search"</Button>
            <a href="/doctors">"Clear all"</a>
        </form>
    }
    .into_any()
}
