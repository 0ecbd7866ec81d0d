//! Passkeys of an account: seen, added and removed.
use super::{
    confirm_page::require_recent_proof,
    passkey_form::{PasskeyForm, Wanted, ask, asked, note, script},
    recovery_codes::codes_page,
};
use crate::{
    Page, PageResult, failure::form_problem, fields::Fields, forms, page::see_other, times::Moment,
};
use axum::{extract::Path, response::Response};
use domain::{
    Problem,
    identity::passkey::{MOST_PASSKEYS, PasskeyId},
    zone::Zone,
};
use leptos::prelude::*;
use services::identity::{
    Person,
    passkeys::{self, Passkey},
};
use tower_sessions::Session;
use ui::{Badge, Button, ButtonKind, LinkButton, PageHeader, TextField, Tone};

const SECURITY: &str = "/account/security";
const NEW: &str = "/account/security/passkeys/new";

/// The part of `/account/security` about them.
pub fn section(page: &Page, kept: &[Passkey]) -> AnyView {
    let rows: Vec<_> = kept.iter().map(|passkey| row(page, passkey)).collect();
    let is_full = usize::try_from(MOST_PASSKEYS).is_ok_and(|most| kept.len() >= most);
    let badge = match kept.is_empty() {
        true => view! { <Badge>"Off"</Badge> }.into_any(),
        false => view! { <Badge tone=Tone::Positive>"On"</Badge> }.into_any(),
    };
    let origin = passkeys::origin_of(page.clinic()).map(ToOwned::to_owned);
    view! {
        <section class="card stack-small" aria-labelledby="passkeys">
            <h2 id="passkeys" class="h3 cluster">"Passkeys "{badge}</h2>
            <p>"A passkey opens your account with the fingerprint, the face or the PIN that unlocks your device: no password, no code. It works on this site alone, so no false one can ask you for it."</p>
            {(!rows.is_empty()).then(|| view! { <ul class="plain-list stack-small" role="list">{rows}</ul> })}
            {match is_full {
                true => view! { <p class="muted">"You have ten, which is as many as we keep."</p> }.into_any(),
                false => view! {
                    {origin.map(|origin| view! {
                        {script()}
                        <p hidden=true data-passkey-origin=origin>
                            <LinkButton kind=ButtonKind::Secondary href=NEW>"Add a passkey"</LinkButton>
                        </p>
                    })}
                    {note(page, "To add one")}
                }.into_any(),
            }}
        </section>
    }
    .into_any()
}

fn row(page: &Page, passkey: &Passkey) -> AnyView {
    let Passkey { id, name, added_at, last_used_at } = passkey.clone();
    let when = |at| Moment::new(at, page.zone().as_ref(), Zone::UTC).dated();
    let used = match last_used_at {
        Some(at) => format!("Last used {}", when(at)),
        None => "Not used yet".to_owned(),
    };
    let href = format!("{SECURITY}/passkeys/{id}");
    view! {
        <li class="visit-card">
            <div>
                <p><strong>{name.clone()}</strong></p>
                <p class="muted">{used}" · Added "{when(added_at)}</p>
            </div>
            <a href=href>"Remove"<span class="visually-hidden">" "{name}</span></a>
        </li>
    }
    .into_any()
}

/// `/account/security/passkeys/new`
pub async fn show_new(page: Page, session: Session) -> PageResult {
    page.owner::<Person>()?;
    require_recent_proof(&page, &session).await?;
    let fields = Fields::from_pairs([("name", passkeys::suggested_name())]);
    Ok(new_form(page, &fields, None))
}

/// Tells the script what to ask the device.
pub async fn ask_new(page: Page, session: Session, fields: Fields) -> PageResult {
    let caller = page.owner::<Person>()?;
    require_recent_proof(&page, &session).await?;
    let begun = passkeys::begin_adding(page.clinic(), &caller, fields.get("name")).await;
    ask(&session, begun).await
}

pub async fn add(page: Page, session: Session, fields: Fields) -> PageResult {
    let caller = page.owner::<Person>()?;
    require_recent_proof(&page, &session).await?;
    let ceremony = asked(&session).await?;
    let (name, credential) = (fields.get("name"), fields.get("credential"));
    match passkeys::add(page.clinic(), &caller, ceremony, name, credential).await {
        Ok(codes) if codes.is_empty() => Ok(see_other("/account/security?passkey=added")),
        // Part of this answer alone: nobody can look them up again, not even we.
        Ok(codes) => Ok(codes_page(page, &codes, "Your passkey is added.")),
        Err(error) => {
            let problem = form_problem(error)?;
            Ok(new_form(page, &fields, Some(problem)))
        }
    }
}

fn new_form(page: Page, fields: &Fields, problem: Option<Problem>) -> Response {
    let problem = problem.as_ref();
    let name = view! {
        <TextField
            label="Name" name="name" required=true maxlength=50 value=fields.text("name")
            hint="So that you know which device it is on." error=forms::at(problem, "name")
        />
    };
    let form = PasskeyForm {
        wanted: Wanted::New,
        action: NEW,
        asks: "/account/security/passkeys/ask",
        label: "Add the passkey",
        kind: ButtonKind::Primary,
    };
    let form = form.view(&page, name.into_any());
    let note = note(&page, "To add a passkey");
    page.answering(problem).show(forms::title(problem, "Add a passkey"), || {
        view! {
            <PageHeader title="Add a passkey" back_href=SECURITY back_label="Sign-in and security" />
            <article class="narrow stack">
                {forms::summary(problem)}
                <p>"Your browser asks where to keep it: on this device, on your phone, or on a security key. Whoever can unlock that can open your account, so add none on a device that others unlock, too."</p>
                {form}
                {note}
            </article>
        }
    })
}

/// `/account/security/passkeys/{id}`: whether to remove it.
pub async fn show_removal(page: Page, session: Session, Path(id): Path<PasskeyId>) -> PageResult {
    let caller = page.owner::<Person>()?;
    require_recent_proof(&page, &session).await?;
    let all = passkeys::list(page.clinic(), &caller).await?;
    let Passkey { name, .. } = passkeys::find(page.clinic(), &caller, id).await?;
    let is_last = all.len() == 1;
    let action = format!("{SECURITY}/passkeys/{id}");
    Ok(page.show("Remove a passkey", || {
        view! {
            <PageHeader title="Remove a passkey" back_href=SECURITY back_label="Sign-in and security" />
            <article class="narrow stack">
                <p>"“"{name}"” opens your account no more then. Your device may go on offering it: remove it there, too."</p>
                {is_last.then(|| view! { <p>"It is your only passkey. You sign in with your password then, and with a code if you have codes from an app. If you have none, your recovery codes go with it."</p> })}
                <form method="post" action=action class="cluster">
                    <Button kind=ButtonKind::Danger>"Remove it"</Button>
                    <LinkButton kind=ButtonKind::Quiet href=SECURITY>"Keep it"</LinkButton>
                </form>
            </article>
        }
    }))
}

pub async fn remove(page: Page, session: Session, Path(id): Path<PasskeyId>) -> PageResult {
    let caller = page.owner::<Person>()?;
    require_recent_proof(&page, &session).await?;
    passkeys::remove(page.clinic(), &caller, id).await?;
    Ok(see_other("/account/security?passkey=removed"))
}
