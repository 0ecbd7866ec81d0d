//! Devices that send readings, as their owner sees them.
pub mod change_page;
pub mod clear_page;
pub mod device_page;
mod form;
mod key_page;
pub mod list_page;
pub mod new_page;
pub mod replace_page;
pub mod revoke_page;
mod words;

use crate::{Page, PageResult, times::Moment};
use domain::{
    devices::{DeviceId, DeviceStatus},
    zone::Zone,
};
use jiff::Timestamp;
use leptos::prelude::*;
use services::{
    Error,
    devices::{self, Device},
    identity::{Caller, Patient},
};
use ui::{Badge, NavItem, Tabs, Tone};

const PATH: &str = "/patient/devices";

fn path_of(id: DeviceId) -> String {
    format!("{PATH}/{id}")
}

/// The owner who asks, and the device that the address names.
async fn owned(page: &Page, id: &str) -> PageResult<(Caller<Patient>, Device)> {
    let owner = page.caller::<Patient>()?;
    let id: DeviceId = id.parse().map_err(|_| Error::NotFound)?;
    let device = devices::device(page.clinic(), &owner, id).await?;
    Ok((owner, device))
}

/// `Tue 3 Mar 2026, 09:20`, on the reader's clock.
fn dated(page: &Page, at: Timestamp) -> AnyView {
    let text = Moment::new(at, page.zone().as_ref(), Zone::UTC).dated();
    view! { <time class="tabular" datetime=at.to_string()>{text}</time> }.into_any()
}

fn badge(status: DeviceStatus) -> AnyView {
    let tone = match status {
        DeviceStatus::Active => Tone::Positive,
        DeviceStatus::Unverified => Tone::Information,
        DeviceStatus::Paused => Tone::Caution,
        DeviceStatus::Revoked | DeviceStatus::Replaced => Tone::Neutral,
    };
    view! { <Badge tone>{status.label()}</Badge> }.into_any()
}

/// Which of a patient's lists about what was measured is open.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Tab {
    Overview,
    Alerts,
    Readings,
    KeptApart,
    Devices,
}

/// The way from each of them to the others.
pub fn tabs(open: Tab) -> AnyView {
    let items = vec![
        NavItem::new("/patient/readings", "Overview").current(open == Tab::Overview),
        NavItem::new("/patient/alerts", "Alerts").current(open == Tab::Alerts),
        NavItem::new("/patient/readings/all", "All readings").current(open == Tab::Readings),
        NavItem::new("/patient/readings/all?show=apart", "Wrong date")
            .current(open == Tab::KeptApart),
        NavItem::new(PATH, "Devices").current(open == Tab::Devices),
    ];
    view! { <Tabs label="What was measured" items /> }.into_any()
}
