use crate::{Page, PageResult, fields::Fields};
use leptos::prelude::*;
use services::directory::{self, Hospital, PAGE_SIZE};
use ui::{Badge, Button, Combobox, EmptyState, IconName, Pagination, Tone};

/// `/hospitals?city=&page=`
pub async fn show(page: Page) -> PageResult {
    let query = Fields::of_query(page.query());
    let wanted = directory::Page::new(query.parse("page").unwrap_or(1), PAGE_SIZE);
    let found = directory::hospitals(page.clinic(), query.some("city"), wanted).await?;
    let cities = directory::choices(page.clinic()).await?.cities.clone();
    Ok(page.show("Hospitals", move || {
        let cards: Vec<_> = found.items.iter().map(hospital_card).collect();
        let none = cards.is_empty();
        view! {
            <h1>"Hospitals"</h1>
            <form class="cluster search-line" method="get" action="/hospitals" role="search">
                <Combobox label="City" name="city" value=query.text("city") options=cities />
                <Button>"Show"</Button>
            </form>
            {if none {
                view! {
                    <EmptyState
                        icon=IconName::Hospital
                        title="No hospital there"
                        text="We have no hospital in that city yet."
                        action_href="/hospitals"
                        action_label="Show all hospitals"
                    />
                }.into_any()
            } else {
                view! { <ul class="plain-list grid">{cards}</ul> }.into_any()
            }}
            <Pagination
                page=wanted.number
                pages=wanted.pages(found.count)
                href=move |number| format!("/hospitals?{}", query.query_with("page", &number.to_string()))
            />
        }
    }))
}

fn hospital_card(hospital: &Hospital) -> AnyView {
    let facilities = hospital.facilities.join(", ");
    view! {
        <li class="card stack-small">
            <h2 class="h3">{hospital.name.clone()}</h2>
            <p class="muted">{hospital.full_address()}</p>
            {hospital.emergency_services.then(|| view! { <p><Badge tone=Tone::Information>"Emergency department"</Badge></p> })}
            {hospital.description.clone().map(|text| view! { <p>{text}</p> })}
            {(!facilities.is_empty()).then(|| view! { <p class="muted">{facilities}</p> })}
            <p><a href=format!("/doctors?hospital={}", hospital.id)>"Doctors at "{hospital.name.clone()}</a></p>
        </li>
    }
    .into_any()
}
