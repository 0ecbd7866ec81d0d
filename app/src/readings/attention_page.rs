//! A doctor's patients who measure something, who needs attention first.
use super::{Reader, live};
use crate::{Page, PageResult, fields::Fields};
use domain::{readings::Reason, zone::short_day};
use leptos::prelude::*;
use services::{
    directory::{self, PAGE_SIZE},
    identity::Doctor,
    readings::{self, FollowedPatient},
};
use ui::{Badge, Cell, Column, EmptyState, IconName, PageHeader, Pagination, RowHead, Table, Tone};

const LEDE: &str =
    "Patients with a visit of yours who measure something. Who needs you most comes first.";

/// So many reasons are told of each; the others are on the page of the patient.
const REASONS: usize = 3;

/// `/doctor/readings?page=`
pub async fn show(page: Page) -> PageResult {
    let doctor = page.caller::<Doctor>()?;
    let query = Fields::of_query(page.query());
    let wanted = directory::Page::new(query.parse("page").unwrap_or(1), PAGE_SIZE);
    // Before the list, so that nothing changes unheard between.
    let standing = readings::standing(page.clinic(), &doctor).await?;
    let found = readings::followed(page.clinic(), &doctor, wanted).await?;
    let region = live::region_of_list(&standing);
    let rows: Vec<_> = found.items.iter().map(row).collect();
    Ok(page.show("Readings of your patients", move || {
        let columns = ["Patient", "Why", "Last measured"].map(Column::new).to_vec();
        let list = match rows.is_empty() {
            true => view! {
                <EmptyState
                    icon=IconName::Chart title="Nobody measures anything yet"
                    text="Patients with a visit of yours are listed here once they have entered a reading, or a device of theirs has sent one, in the last three months."
                />
            }
            .into_any(),
            false => view! {
                <Table caption="Readings of your patients" hidden_caption=true columns>{rows}</Table>
                <p class="muted">"By what each day came to, beside the target you have set or, without one, what is usual in adults. It is no diagnosis, and no alarm: who is calm here may still be ill."</p>
            }
            .into_any(),
        };
        view! {
            <PageHeader title="Readings of your patients" lede=LEDE />
            {region}
            {list}
            <Pagination
                page=wanted.number
                pages=wanted.pages(found.count)
                href=|number| format!("/doctor/readings?page={number}")
            />
        }
    }))
}

fn row(patient: &FollowedPatient) -> AnyView {
    let reader = Reader::Doctor { patient: patient.patient, name: patient.name.clone() };
    let (name, last) = (patient.name.clone(), short_day(patient.last));
    let shown = patient.attention.reasons.iter().take(REASONS);
    let reasons: Vec<_> = shown.map(|reason| line(reason, &reader)).collect();
    let why = match reasons.is_empty() {
        true => view! { <span class="muted">"Nothing stands out"</span> }.into_any(),
        false => view! { <ul class="plain-list stack-small" role="list">{reasons}</ul> }.into_any(),
    };
    view! {
        <tr>
            <RowHead><a href=reader.path()>{name}</a></RowHead>
            <Cell label="Why">{why}</Cell>
            <Cell label="Last measured">{last}</Cell>
        </tr>
    }
    .into_any()
}

fn line(reason: &Reason, reader: &Reader) -> AnyView {
    let (tone, word) = match reason {
        Reason::Alert(_) => (Tone::Critical, "Alert"),
        Reason::Outside { .. } => (Tone::Caution, "Out of target"),
        Reason::Worsening { .. } => (Tone::Caution, "Getting worse"),
        Reason::Silent { .. } => (Tone::Neutral, "Silent"),
    };
    let href = reason.kind().map_or_else(|| reader.path(), |kind| reader.path_of(kind));
    let words = reason.words();
    view! { <li><Badge tone>{word}</Badge>" "<a href=href>{words}</a></li> }.into_any()
}
