use super::day_page::{own_zone, span};
use crate::{Page, PageResult, fields::Fields};
use domain::zone::{clock, day, short_day};
use jiff::{ToSpan, civil::Date, tz::TimeZone};
use leptos::prelude::*;
use services::{
    booking::{self, Visit},
    identity::Doctor,
};
use ui::{Icon, IconName};

/// `/doctor/week?from=`: seven days side by side, from a Monday on.
pub async fn show(page: Page) -> PageResult {
    let doctor = page.caller::<Doctor>()?;
    let zone = own_zone(&page, &doctor).await?;
    let today = page.clinic().now().to_zoned(zone.clone()).date();
    let wanted: Date = Fields::of_query(page.query()).parse("from").unwrap_or(today);
    let monday = wanted.saturating_sub(i64::from(wanted.weekday().to_monday_zero_offset()).days());
    let visits = booking::day_of(page.clinic(), &doctor, span(monday, 7, &zone)?).await?;
    Ok(page.show("This week", move || {
        let days: Vec<_> = (0..7)
            .map(|index| day_column(monday.saturating_add(index.days()), today, &visits, &zone))
            .collect();
        let link = |date: Date| format!("/doctor/week?from={date}");
        let sunday = monday.saturating_add(6.days());
        view! {
            <header class="page-head">
                <h1>{format!("{} to {}", short_day(monday), short_day(sunday))}</h1>
                <nav class="cluster" aria-label="Weeks">
                    <a class="button button-secondary" rel="prev" href=link(monday.saturating_sub(7.days()))>
                        <Icon name=IconName::ChevronLeft />"Earlier"
                    </a>
                    <a class="button button-secondary" href="/doctor/week">"This week"</a>
                    <a class="button button-secondary" rel="next" href=link(monday.saturating_add(7.days()))>
                        "Later"<Icon name=IconName::ChevronRight />
                    </a>
                </nav>
            </header>
            <div class="week-columns">{days}</div>
        }
    }))
}

fn day_column(date: Date, today: Date, visits: &[Visit], zone: &TimeZone) -> AnyView {
    let lines: Vec<_> = visits
        .iter()
        .filter(|visit| visit.starts_at.to_zoned(zone.clone()).date() == date)
        .map(|visit| {
            let starts = clock(&visit.starts_at.to_zoned(zone.clone()));
            view! {
                <li>
                    <a class="week-visit" href=format!("/visits/{}", visit.id)>
                        <span class="tabular">{starts}</span>" "{visit.patient_name.clone()}
                    </a>
                </li>
            }
        })
        .collect();
    let none = lines.is_empty();
    view! {
        <section class="week-column" aria-labelledby=format!("day-{date}") data-today=(date == today).then_some("true")>
            <h2 class="h4" id=format!("day-{date}")><a href=format!("/doctor?day={date}")>{day(date)}</a></h2>
            {if none {
                view! { <p class="muted">"No visits"</p> }.into_any()
            } else {
                view! { <ol class="plain-list stack-small">{lines}</ol> }.into_any()
            }}
        </section>
    }
    .into_any()
}
