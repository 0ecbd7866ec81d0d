//! How an account is signed in to: the second factor, switched on and off.
use super::{
    code_page::{code_field, code_problem},
    confirm_page::require_recent_proof,
    passkeys_page,
    recovery_codes::codes_page,
};
use crate::{Page, PageResult, fields::Fields, forms, page::see_other, times::Moment};
use axum::response::Response;
use domain::{
    Problem,
    identity::factor::{FACTOR_IS_OFF, FACTOR_IS_ON},
};
use leptos::prelude::*;
use services::{
    Error,
    identity::{
        Person,
        factor::{self, Means, State},
        passkeys,
    },
};
use tower_sessions::Session;
use ui::{
    Badge, Button, ButtonKind, FormMessage, LinkButton, Notice, PageHeader, PasswordField, Tone,
};

/// From how many recovery codes on the page says that there are few.
const FEW: i64 = 3;

/// `/account/security`
pub async fn show(page: Page) -> PageResult {
    let caller = page.owner::<Person>()?;
    let state = factor::state(page.clinic(), &caller).await?;
    let kept = passkeys::list(page.clinic(), &caller).await?;
    let codes_left = factor::codes_left(page.clinic(), &caller).await?;
    let query = Fields::of_query(page.query());
    let news = match (query.get("passkey"), query.is_on("off") && state.is_none()) {
        _ if query.get("password") == "changed" => {
            Some("Your password is changed. You are signed out everywhere else.")
        }
        ("added", _) if !kept.is_empty() => Some("Your passkey is added."),
        ("removed", _) => Some("The passkey is removed. It opens your account no more."),
        (_, true) if kept.is_empty() => {
            Some("Switched off. Your password alone opens your account.")
        }
        (_, true) => Some("Switched off. You sign in with a passkey from now on."),
        _ => None,
    };
    let recovery = (state.is_some() || !kept.is_empty()).then(|| recovery_part(codes_left));
    let passkeys = passkeys_page::section(&page, &kept);
    let required = caller.needs_factor;
    let part = match state {
        Some(state) => is_on(&page, state),
        None => is_off(),
    };
    Ok(page.show("Sign-in and security", || {
        view! {
            <PageHeader
                title="Sign-in and security" back_href="/account/profile" back_label="Your profile"
                lede="What it takes to open your account."
            />
            <article class="narrow stack">
                {news.map(|news| view! {
                    <FormMessage>{news}" "<a href="/account/sessions">"See where you are signed in"</a></FormMessage>
                })}
                {required.then(|| view! {
                    <Notice tone=Tone::Caution title="Please add a second step first">
                        <p>"You see the records of others, so a password alone is not enough. Everything else opens as soon as codes are on, or you have a passkey."</p>
                    </Notice>
                })}
                {passkeys}
                {part}
                {recovery}
                <section class="card stack-small" aria-labelledby="password">
                    <h2 id="password" class="h3">"Password"</h2>
                    <p>"Does somebody know it, or do you use it elsewhere? Then choose another one."</p>
                    <p><LinkButton kind=ButtonKind::Secondary href="/account/security/password">"Change your password"</LinkButton></p>
                </section>
            </article>
        }
    }))
}

fn is_off() -> AnyView {
    view! {
        <section class="card stack-small" aria-labelledby="codes">
            <h2 id="codes" class="h3 cluster">"Codes from an app "<Badge>"Off"</Badge></h2>
            <p>"With them, somebody who has your password still cannot sign in: we ask for a code that only your phone shows."</p>
            <form method="post" action="/account/security">
                <Button>"Set up codes"</Button>
            </form>
        </section>
    }
    .into_any()
}

fn is_on(page: &Page, state: State) -> AnyView {
    let zone = page.zone_name().map_or_else(|| "UTC".to_owned(), ToString::to_string);
    let since = Moment::new(state.since, page.zone().as_ref(), &zone).short();
    view! {
        <section class="card stack-small" aria-labelledby="codes">
            <h2 id="codes" class="h3 cluster">"Codes from an app "<Badge tone=Tone::Positive>"On"</Badge></h2>
            <p>"We ask for one each time you sign in. On since "{since}"."</p>
            <p><LinkButton kind=ButtonKind::Quiet href="/account/security/off">"Switch off"</LinkButton></p>
        </section>
    }
    .into_any()
}

fn recovery_part(left: i64) -> AnyView {
    let said = match left {
        0 => "none is left".to_owned(),
        1 => "one is left".to_owned(),
        left => format!("{left} are left"),
    };
    view! {
        <section class="card stack-small" aria-labelledby="recovery">
            <h2 id="recovery" class="h3">"Recovery codes"</h2>
            <p>"For when your phone or passkey is not there: "{said}"."</p>
            {(left <= FEW).then(|| view! {
                <Notice tone=Tone::Caution>
                    <p>"Without your phone or passkey and without a recovery code nobody gets in, not even you. Please make new ones."</p>
                </Notice>
            })}
            <p><LinkButton kind=ButtonKind::Secondary href="/account/security/codes">"Make new recovery codes"</LinkButton></p>
        </section>
    }
    .into_any()
}

/// Begins to set up codes. Whoever finds an open browser must not lock its owner out with them.
pub async fn begin(page: Page, session: Session) -> PageResult {
    let caller = page.owner::<Person>()?;
    require_recent_proof(&page, &session).await?;
    match factor::begin(page.clinic(), &caller).await {
        Ok(()) => Ok(see_other("/account/security/set-up")),
        Err(Error::Refused(FACTOR_IS_ON)) => Ok(see_other("/account/security")),
        Err(error) => Err(error.into()),
    }
}

/// `/account/security/codes`
pub async fn show_renew(page: Page, session: Session) -> PageResult {
    let caller = page.owner::<Person>()?;
    let means = factor::means(page.clinic(), &caller).await?;
    if !means.any() {
        return Ok(see_other("/account/security"));
    }
    if !means.app {
        require_recent_proof(&page, &session).await?;
    }
    Ok(renew_form(page, &Fields::default(), means, None))
}

pub async fn renew(page: Page, session: Session, fields: Fields) -> PageResult {
    let caller = page.owner::<Person>()?;
    let means = factor::means(page.clinic(), &caller).await?;
    let renewed = match means.app {
        true => factor::renew_codes(page.clinic(), &caller, fields.get("code")).await,
        false => {
            require_recent_proof(&page, &session).await?;
            factor::replace_codes(page.clinic(), &caller).await
        }
    };
    match renewed {
        // Part of this answer alone: nobody can look them up again, not even we.
        Ok(codes) => {
            Ok(codes_page(page, &codes, "These are new. Those you had before work no more."))
        }
        Err(Error::Refused(FACTOR_IS_OFF)) => Ok(see_other("/account/security")),
        Err(error) => Ok(renew_form(page, &fields, means, Some(code_problem(error)?))),
    }
}

fn renew_form(page: Page, fields: &Fields, means: Means, problem: Option<Problem>) -> Response {
    let problem = problem.as_ref();
    let recovery = fields.get("with") == "recovery"
        || Fields::of_query(page.query()).get("with") == "recovery";
    page.answering(problem).show(forms::title(problem, "New recovery codes"), || {
        view! {
            <PageHeader title="New recovery codes" back_href="/account/security" back_label="Sign-in and security" />
            <article class="narrow stack">
                {forms::summary(problem)}
                <p>"Those you have now work no more as soon as you have new ones."</p>
                <form method="post" novalidate=true action="/account/security/codes" class="stack">
                    <input type="hidden" name="with" value=if recovery { "recovery" } else { "" } />
                    {means.app.then(|| code_field(recovery, problem))}
                    <Button>"Make new recovery codes"</Button>
                </form>
                {(means.app && !recovery).then(|| view! {
                    <p>"No phone at hand? "<a href="/account/security/codes?with=recovery">"Use a recovery code"</a></p>
                })}
            </article>
        }
    })
}

/// `/account/security/off`
pub async fn show_off(page: Page) -> PageResult {
    let caller = page.owner::<Person>()?;
    match factor::state(page.clinic(), &caller).await? {
        Some(_) => Ok(off_form(page, &Fields::default(), None)),
        None => Ok(see_other("/account/security")),
    }
}

pub async fn turn_off(page: Page, fields: Fields) -> PageResult {
    let caller = page.owner::<Person>()?;
    let (password, code) = (fields.text("password"), fields.get("code"));
    match factor::turn_off(page.clinic(), &caller, password, code).await {
        Ok(()) | Err(Error::Refused(FACTOR_IS_OFF)) => Ok(see_other("/account/security?off=1")),
        Err(error) => Ok(off_form(page, &fields, Some(code_problem(error)?))),
    }
}

fn off_form(page: Page, fields: &Fields, problem: Option<Problem>) -> Response {
    let problem = problem.as_ref();
    let recovery = fields.get("with") == "recovery"
        || Fields::of_query(page.query()).get("with") == "recovery";
    page.answering(problem).show(forms::title(problem, "Switch codes off"), || {
        view! {
            <PageHeader title="Switch codes off" back_href="/account/security" back_label="Sign-in and security" />
            <article class="narrow stack">
                {forms::summary(problem)}
                <p>"From then on no code from an app is asked for. Unless you have a passkey, your password alone opens your account, and your recovery codes are gone."</p>
                <form method="post" novalidate=true action="/account/security/off" class="stack">
                    <input type="hidden" name="with" value=if recovery { "recovery" } else { "" } />
                    <PasswordField
                        label="Password" name="password" autocomplete="current-password"
                        error=forms::at(problem, "password")
                    />
                    {code_field(recovery, problem)}
                    <Button kind=ButtonKind::Danger>"Switch off"</Button>
                </form>
                {(!recovery).then(|| view! {
                    <p>"No phone at hand? "<a href="/account/security/off?with=recovery">"Use a recovery code"</a></p>
                })}
            </article>
        }
    })
}
