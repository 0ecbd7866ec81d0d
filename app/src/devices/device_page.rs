use super::{PATH, badge, dated, key_page, owned, path_of, words};
use crate::{Page, PageResult, failure::form_problem, fields::Fields, forms, page::see_other};
use axum::{extract::Path, response::Response};
use domain::{Problem, devices::DeviceStatus};
use leptos::prelude::*;
use services::devices::{self, Device, KeyLine};
use ui::{
    Button, ButtonKind, DescriptionList, Detail, FormMessage, LinkButton, PageHeader, Section,
};

/// `/patient/devices/{id}`
pub async fn show(page: Page, Path(id): Path<String>) -> PageResult {
    let (_, device) = owned(&page, &id).await?;
    Ok(render(page, &device, None))
}

/// `POST /patient/devices/{id}/status`: pause it, or go on.
pub async fn advance(page: Page, Path(id): Path<String>, fields: Fields) -> PageResult {
    let (owner, device) = owned(&page, &id).await?;
    let (to, news) = match fields.get("to") {
        "paused" => (DeviceStatus::Paused, "paused"),
        _ => (DeviceStatus::Active, "resumed"),
    };
    match devices::advance(page.clinic(), &owner, device.id, to).await {
        Ok(()) => Ok(see_other(&format!("{}?{news}=1", path_of(device.id)))),
        Err(error) => Ok(render(page, &device, Some(form_problem(error)?))),
    }
}

/// `POST /patient/devices/{id}/serviced`
pub async fn serviced(page: Page, Path(id): Path<String>) -> PageResult {
    let (owner, device) = owned(&page, &id).await?;
    match devices::serviced(page.clinic(), &owner, device.id).await {
        Ok(()) => Ok(see_other(&format!("{}?serviced=1", path_of(device.id)))),
        Err(error) => Ok(render(page, &device, Some(form_problem(error)?))),
    }
}

/// `POST /patient/devices/{id}/key`: another key, shown in the answer.
pub async fn rotate(page: Page, Path(id): Path<String>) -> PageResult {
    let (owner, device) = owned(&page, &id).await?;
    match devices::rotate_key(page.clinic(), &owner, device.id).await {
        Ok(key) => {
            let news = "Your device has a new key. The one that it has used until now works for one more day.";
            Ok(key_page::show(page, device.id, &key, news))
        }
        Err(error) => Ok(render(page, &device, Some(form_problem(error)?))),
    }
}

/// Said until it is done, whoever has asked for it.
const CLEARING: &str =
    "All readings that it has sent are being removed. If there are many, that takes some minutes.";

fn news(query: &Fields, is_clearing: bool) -> Option<&'static str> {
    let cleared = match is_clearing {
        true => CLEARING,
        false => "All readings that it had sent are removed.",
    };
    let news = [
        ("cleared", cleared),
        ("saved", "Saved."),
        ("paused", "Paused. We take nothing from it until you resume it."),
        ("resumed", "It may send again."),
        ("serviced", "Noted: serviced today."),
    ];
    news.into_iter().find(|(name, _)| query.is_on(name)).map(|(_, text)| text)
}

fn render(page: Page, device: &Device, problem: Option<Problem>) -> Response {
    let problem = problem.as_ref();
    let news = news(&Fields::of_query(page.query()), device.is_clearing);
    let news = news.or(device.is_clearing.then_some(CLEARING));
    let notices = words::notices(&device.health.issues());
    let (state, facts) = (state(&page, device), facts(&page, device));
    let actions = (!device.status.next().is_empty()).then(|| actions(device));
    let successor = device.replaced_by.map(|id| {
        view! { <p><a href=path_of(id)>"The device that has its place"</a></p> }
    });
    let clear = (device.signs.last_reading.is_some() && !device.is_clearing).then(|| clear(device));
    let name = device.name.clone();
    page.answering(problem).show(forms::title(problem, &name), || {
        view! {
            <PageHeader title=name.clone() back_href=PATH back_label="Your devices" />
            <article class="narrow stack">
                {forms::summary(problem)}
                {news.map(|news| view! { <FormMessage>{news}</FormMessage> })}
                {notices}
                {state}
                {successor}
                <p><a href="/patient/readings">"Your readings"</a></p>
                {facts}
                {actions}
                {clear}
            </article>
        }
    })
}

/// How it is.
fn state(page: &Page, device: &Device) -> AnyView {
    let or_never = |at| match at {
        Some(at) => dated(page, at),
        None => "Never".into_any(),
    };
    let (status, heard) = (badge(device.status), words::heard(page, device));
    let (battery, week) = (words::battery(page, device), words::week(device.signs.week));
    let quality = words::quality(device.health.quality);
    let newest = or_never(device.signs.last_reading);
    let serviced = or_never(device.last_maintenance);
    let error = device.last_error.clone().map(|(code, at)| {
        let at = dated(page, at);
        view! { <Detail term="Last error"><code>{code}</code>", "{at}</Detail> }
    });
    view! {
        <DescriptionList framed=true>
            <Detail term="State">{status}</Detail>
            <Detail term="Connection">{heard}</Detail>
            <Detail term="Battery">{battery}</Detail>
            <Detail term="Last measured">{newest}</Detail>
            <Detail term="Readings of the last 7 days">{week}</Detail>
            <Detail term="Quality">{quality}</Detail>
            {error}
            <Detail term="Last serviced">{serviced}</Detail>
        </DescriptionList>
    }
    .into_any()
}

/// What it is.
fn facts(page: &Page, device: &Device) -> AnyView {
    let text = |term: &'static str, text: Option<String>| {
        text.map(|text| view! { <Detail term=term>{text}</Detail> })
    };
    let about = words::about(device);
    let version = text("Version of its software", device.firmware_version.clone());
    let place = text("Measures at", device.position.map(|place| place.label().to_owned()));
    let keys: Vec<_> = device.keys.iter().map(|key| key_line(page, key)).collect();
    let added = dated(page, device.created_at);
    view! {
        <DescriptionList framed=true>
            <Detail term="Kind">{about}</Detail>
            {place}
            {version}
            <Detail term="Added">{added}</Detail>
            {(!keys.is_empty()).then(|| view! { <Detail term="Key"><ul class="plain-list">{keys}</ul></Detail> })}
        </DescriptionList>
    }
    .into_any()
}

fn key_line(page: &Page, key: &KeyLine) -> AnyView {
    let made = dated(page, key.created_at);
    let ends = key.ends_at.map(|at| {
        let at = dated(page, at);
        view! { ", ends "{at} }
    });
    view! { <li><code>{key.prefix.clone()}"…"</code>", made "{made}{ends}</li> }.into_any()
}

/// What its owner can do.
fn actions(device: &Device) -> AnyView {
    let path = path_of(device.id);
    let pause = match device.status {
        DeviceStatus::Active => Some(("paused", "Pause")),
        DeviceStatus::Paused => Some(("active", "Resume")),
        _ => None,
    };
    let pause = pause.map(|(to, label)| {
        view! {
            <form method="post" action=format!("{path}/status")>
                <Button name="to" value=to kind=ButtonKind::Secondary>{label}</Button>
            </form>
        }
    });
    let post = |action: &str, label: &'static str| {
        view! {
            <form method="post" action=format!("{path}/{action}")>
                <Button kind=ButtonKind::Secondary>{label}</Button>
            </form>
        }
    };
    let (key, serviced) = (post("key", "Make a new key"), post("serviced", "Serviced today"));
    view! {
        <Section title="What you can do" id="actions">
            <div class="cluster">
                {pause}
                <LinkButton kind=ButtonKind::Secondary href=format!("{path}/change")>"Change"</LinkButton>
                {serviced}
                {key}
                <LinkButton kind=ButtonKind::Secondary href=format!("{path}/replace")>"Replace it with another"</LinkButton>
                <LinkButton kind=ButtonKind::Danger href=format!("{path}/revoke")>"Remove"</LinkButton>
            </div>
            <p class="muted">"A new key is for when you have lost the old one, which works for one more day. If somebody has the key who should not, remove the device and add it anew. “Serviced” means a new battery, a cleaning, a calibration."</p>
        </Section>
    }
    .into_any()
}

/// The way to remove what it has sent, be it in use or not.
fn clear(device: &Device) -> AnyView {
    let href = format!("{}/clear", path_of(device.id));
    view! {
        <Section title="What it has sent" id="sent">
            <p>"If it was worn by somebody else, or has measured wrong, you can remove all of it at once."</p>
            <div class="cluster">
                <LinkButton kind=ButtonKind::Danger href=href>"Remove all its readings"</LinkButton>
            </div>
        </Section>
    }
    .into_any()
}
