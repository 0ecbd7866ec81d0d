use super::Specimen;
use crate::{
    BackLink, BottomNav, Breadcrumbs, Button, CheckboxField, FilterPanel, IconName, LinkButton,
    Menu, NavItem, Section, SideNav, SiteFooter, SiteHeader, Size, Tabs,
};
use leptos::prelude::*;

fn item(label: &str, icon: IconName) -> NavItem {
    NavItem::new("#gallery-navigation", label).icon(icon)
}

fn plain(labels: [&str; 3]) -> Vec<NavItem> {
    (0..)
        .zip(labels)
        .map(|(index, label)| NavItem::new("#gallery-navigation", label).current(index == 0))
        .collect()
}

fn rail() -> Vec<NavItem> {
    vec![
        item("Today", IconName::Home).current(true),
        item("Week", IconName::Calendar),
        item("Messages", IconName::Message).count("3"),
        item("Hours", IconName::Clock),
    ]
}

fn bar() -> Vec<NavItem> {
    vec![
        item("Home", IconName::Home),
        item("Visits", IconName::Calendar).current(true),
        item("Readings", IconName::Heart),
        item("Messages", IconName::Message).count("2"),
    ]
}

#[component]
pub fn Navigation() -> impl IntoView {
    view! {
        <Section title="Finding the way" id="gallery-navigation">
            <Specimen name="Head and foot of the site">
                <div class="gallery-frame">
                    <SiteHeader
                        items=plain(["Doctors", "Hospitals", "My visits"])
                        account=|| view! {
                            <Menu label="Zoë" icon=IconName::Person>
                                <a href="#gallery-navigation">"Your profile"</a>
                                <Button submits=false>"Sign out"</Button>
                            </Menu>
                        }
                    />
                    <SiteFooter items=plain(["Privacy", "Terms", "Help"])>"MedConnect"</SiteFooter>
                </div>
            </Specimen>
            <div class="gallery-columns">
                <Specimen name="Rail of doctors and admins">
                    <div class="gallery-frame"><SideNav label="Doctor" items=rail() /></div>
                </Specimen>
                <Specimen name="Bar of patients, on phones">
                    <div class="gallery-frame gallery-phone"><BottomNav label="Patient" items=bar() /></div>
                </Specimen>
            </div>
            <Specimen name="Page header">
                <Breadcrumbs items=vec![
                    NavItem::new("#gallery-navigation", "Admin"),
                    NavItem::new("#gallery-navigation", "Doctors").current(true),
                ] />
                <BackLink href="#gallery-navigation" label="All visits" />
                <p class="muted">"The header itself is the top of this page; with actions it ends in buttons."</p>
                <LinkButton href="#gallery-navigation" size=Size::Small>"An action"</LinkButton>
            </Specimen>
            <Specimen name="Tabs"><Tabs label="Which visits" items=plain(["Coming", "Past", "Cancelled"]) /></Specimen>
            <Specimen name="Filters">
                <FilterPanel title="More filters" active=2 open=true>
                    <CheckboxField label="Takes new patients" name="accepting" checked=true />
                    <CheckboxField label="Speaks Deutsch" name="deutsch" checked=true />
                </FilterPanel>
            </Specimen>
        </Section>
    }
}
