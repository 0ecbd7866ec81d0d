use super::Specimen;
use crate::{
    Agenda, AgendaItem, Avatar, Badge, Card, Cell, Column, DescriptionList, Detail, IconName,
    Pagination, RowHead, Section, Size, Stat, Table, Timeline, TimelineItem, Tone,
};
use leptos::prelude::*;

#[component]
pub fn Data() -> impl IntoView {
    view! {
        <Section title="Showing things" id="gallery-data">
            <Specimen name="Cards">
                <div class="grid">
                    <Card title="Dr. Asha Rao" href="#gallery-data">
                        <p class="media">
                            <Avatar name="Dr. Asha Rao" />
                            <span>"Cardiology"<br /><span class="muted">"Lisbon, and by video"</span></span>
                        </p>
                    </Card>
                    <Card title="Sizes of portraits">
                        <p class="cluster">
                            <Avatar name="Łukasz Nowak" size=Size::Small />
                            <Avatar name="Dr. Mei Chen" />
                            <Avatar name="Dr. Omar Haddad" size=Size::Large />
                        </p>
                    </Card>
                </div>
            </Specimen>
            <Specimen name="Details">
                <DescriptionList framed=true>
                    <Detail term="When"><strong>"Tuesday 3 March, 09:20, your time; 14:50 in Kolkata"</strong></Detail>
                    <Detail term="With">"Dr. Asha Rao, Cardiology"</Detail>
                    <Detail term="Fee"><span class="tabular">"€ 80.00, paid later"</span></Detail>
                </DescriptionList>
            </Specimen>
            <Specimen name="Figures">
                <div class="grid">
                    <Stat label="Blood pressure, last 7 days" value="128/82" unit="mmHg" note="from 14 readings" />
                    <Stat label="Visits today" value="9" note="2 more than last Tuesday" tone=Tone::Positive />
                    <Stat label="Heart rate" value="118" unit="bpm" note="above your range" tone=Tone::Critical />
                </div>
            </Specimen>
            <Rows />
            <Days />
        </Section>
    }
}

#[component]
fn Rows() -> impl IntoView {
    let columns = vec![
        Column::new("Name").sorted("#gallery-data", Some("ascending")),
        Column::new("Specialty"),
        Column::new("State"),
        Column::new("Fee").numeric(),
    ];
    let rows = [
        ("Haddad, Omar", "General practice", true, "€ 45.00"),
        ("Rao, Asha", "Cardiology", false, "€ 1,180.00"),
    ]
    .map(|(name, specialty, active, fee)| {
        let (tone, word) =
            if active { (Tone::Positive, "Active") } else { (Tone::Neutral, "Not active") };
        view! {
            <tr>
                <RowHead><a href="#gallery-data">{name}</a></RowHead>
                <Cell label="Specialty">{specialty}</Cell>
                <Cell label="State"><Badge tone>{word}</Badge></Cell>
                <Cell label="Fee" numeric=true>{fee}</Cell>
            </tr>
        }
    })
    .collect_view();
    view! {
        <Specimen name="Table, pages">
            <div class="stack">
                <Table caption="Doctors" columns>{rows}</Table>
                <Pagination page=5 pages=20 href=|page| format!("#page-{page}") />
            </div>
        </Specimen>
    }
}

#[component]
fn Days() -> impl IntoView {
    view! {
        <Specimen name="A doctor's day">
            <Agenda>
                <AgendaItem
                    starts="09:00" ends="09:20" title="Ana Sousa" href="#gallery-data" note="Palpitations at night"
                    icon=IconName::Video kind="Video"
                    state=|| view! { <Badge>"Completed"</Badge> }
                />
                <AgendaItem
                    starts="09:20" ends="09:40" title="Ben Carter" href="#gallery-data" note="Follow-up, blood pressure"
                    icon=IconName::Phone kind="Phone" now=true
                    state=|| view! { <Badge tone=Tone::Information>"In progress"</Badge> }
                />
                <AgendaItem
                    starts="10:00" ends="10:20" title="Zoë Łukasińska" href="#gallery-data"
                    icon=IconName::Person kind="In person"
                    state=|| view! { <Badge tone=Tone::Positive>"Confirmed"</Badge> }
                />
            </Agenda>
        </Specimen>
        <Specimen name="What happened">
            <Timeline>
                <TimelineItem when="Today, 09:41" title="Dr. Asha Rao read your notes" icon=IconName::Eye />
                <TimelineItem when="2 March, 18:05" title="Blood pressure 128/82" icon=IconName::Heart>
                    <p class="muted">"From your device"</p>
                </TimelineItem>
            </Timeline>
        </Specimen>
    }
}
