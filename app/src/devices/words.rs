//! How a device is, in words.
use super::dated;
use crate::Page;
use domain::{
    devices::{BatteryStatus, Connectivity, DataQuality, Issue},
    readings::Tally,
};
use leptos::prelude::*;
use services::devices::Device;
use ui::{Icon, IconName, Notice, Tone};

/// `Blood pressure monitor · Acme BP-1`
pub fn about(device: &Device) -> String {
    let made: Vec<_> =
        [&device.manufacturer, &device.model].into_iter().flatten().map(String::as_str).collect();
    match made.is_empty() {
        true => device.kind.label().to_owned(),
        false => format!("{} · {}", device.kind.label(), made.join(" ")),
    }
}

/// Whether it is heard, and when it was.
pub fn heard(page: &Page, device: &Device) -> AnyView {
    let Some(seen) = device.signs.last_seen else {
        return "Nothing heard of it yet".into_any();
    };
    let word = match device.health.connectivity {
        Connectivity::Online => "Connected",
        Connectivity::Stale => "Nothing heard for longer than usual",
        Connectivity::Offline | Connectivity::NeverSeen => "Nothing heard for a long time",
    };
    view! { {word}", last heard "{dated(page, seen)} }.into_any()
}

/// What its battery had when it last said so.
pub fn battery(page: &Page, device: &Device) -> AnyView {
    let Some(battery) = device.signs.battery else { return "It has not said".into_any() };
    let percent = format!("{} %", battery.level.percent());
    let at = dated(page, battery.at);
    match device.health.battery {
        BatteryStatus::Good => percent.into_any(),
        BatteryStatus::Low => view! { {percent}", low, on "{at} }.into_any(),
        BatteryStatus::Unknown => view! { {percent}" on "{at}", nothing heard since" }.into_any(),
    }
}

/// `128 taken, 2 sent again`: what became of the readings of a week.
pub fn week(tally: Tally) -> String {
    if tally.total() == 0 {
        return "None".to_owned();
    }
    let others = [
        (tally.duplicates, "sent again"),
        (tally.quarantined, "with a wrong date"),
        (tally.refused, "not usable"),
    ];
    let others = others.into_iter().filter(|(count, _)| *count > 0);
    let said = others.map(|(count, what)| format!("{count} {what}"));
    std::iter::once(format!("{} taken", tally.accepted)).chain(said).collect::<Vec<_>>().join(", ")
}

/// How much of them is of use.
pub fn quality(quality: DataQuality) -> &'static str {
    match quality {
        DataQuality::High => "Nearly all can be used",
        DataQuality::Medium => "Most can be used",
        DataQuality::Low => "Many cannot be used",
        DataQuality::Unknown => "Too few to say",
    }
}

/// What its owner should look after, a line each.
pub fn issues(issues: &[Issue]) -> Option<AnyView> {
    let lines: Vec<_> = issues
        .iter()
        .map(|issue| {
            view! { <li class="cluster"><Icon name=IconName::Warning /><span>{issue.message()}</span></li> }
        })
        .collect();
    (!lines.is_empty())
        .then(|| view! { <ul class="plain-list stack-small" role="list">{lines}</ul> }.into_any())
}

/// The same on the page of the device.
pub fn notices(issues: &[Issue]) -> Vec<AnyView> {
    let notice = |text| view! { <Notice tone=Tone::Caution><p>{text}</p></Notice> }.into_any();
    issues.iter().map(|issue| notice(issue.message())).collect()
}
