use super::providers_page::state;
use crate::{
    Page, PageResult, failure::form_problem, fields::Fields, forms,
    identity::confirm_page::require_recent_proof, page::see_other, times::Moment,
};
use axum::{extract::Path, response::Response};
use domain::{
    Problem,
    identity::{
        UserId,
        permission::{Permission, RoleId},
    },
};
use jiff::tz::TimeZone;
use leptos::prelude::*;
use services::{
    Error, directory,
    identity::{
        Caller, RoleManager, blocking,
        roles::{self, Account, Held, Role},
    },
};
use tower_sessions::Session;
use ui::{
    Button, ButtonKind, Cell, Choice, Column, DescriptionList, Detail, EmptyState, FormMessage,
    IconName, LinkButton, PageHeader, RowHead, SelectField, Size, Table,
};

/// `/admin/people/{id}`
pub async fn show(page: Page, session: Session, Path(id): Path<String>) -> PageResult {
    let manager = page.caller::<RoleManager>()?;
    require_recent_proof(&page, &session).await?;
    sheet(page, &manager, parse(&id)?, None).await
}

pub async fn change(
    page: Page,
    session: Session,
    Path(id): Path<String>,
    fields: Fields,
) -> PageResult {
    let manager = page.caller::<RoleManager>()?;
    require_recent_proof(&page, &session).await?;
    let user = parse(&id)?;
    let role: Option<RoleId> = fields.parse("role");
    let clinic = page.clinic();
    let action = match fields.get("action") {
        action @ ("sign_out" | "block" | "unblock") => action,
        _ => "roles",
    };
    let done = match (fields.get("action"), role) {
        ("sign_out", _) => blocking::sign_out(clinic, &manager, user).await,
        ("block", _) => blocking::block(clinic, &manager, user).await,
        ("unblock", _) => blocking::unblock(clinic, &manager, user).await,
        ("revoke", Some(role)) => roles::revoke(clinic, &manager, user, role).await,
        (_, Some(role)) => roles::assign(clinic, &manager, user, role).await,
        (_, None) => Err(Error::field("role", "Choose a role.")),
    };
    match done {
        // Who has just taken it from themselves could not see this page.
        Ok(()) if user == manager.user => Ok(see_other("/account/profile")),
        Ok(()) => Ok(see_other(&format!("/admin/people/{user}?done={action}"))),
        Err(error) => sheet(page, &manager, user, Some(form_problem(error)?)).await,
    }
}

fn parse(id: &str) -> PageResult<UserId> {
    Ok(id.parse().map_err(|_| Error::NotFound)?)
}

async fn sheet(
    page: Page,
    manager: &Caller<RoleManager>,
    user: UserId,
    problem: Option<Problem>,
) -> PageResult {
    let account = roles::account(page.clinic(), manager, user).await?;
    let known = roles::roles(page.clinic(), manager, directory::Page::new(1, 100)).await?;
    Ok(view_of(page, account, &known.items, problem))
}

fn view_of(page: Page, account: Account, known: &[Role], problem: Option<Problem>) -> Response {
    let problem = problem.as_ref();
    let query = Fields::of_query(page.query());
    let news = match query.get("done") {
        _ if problem.is_some() => None,
        "sign_out" => Some("Signed out everywhere, at once."),
        "block" => Some("Blocked. We have written to them."),
        "unblock" => Some("Open again. We have written to them."),
        "roles" => Some("Saved. It counts from the next thing they do."),
        _ => None,
    };
    let zone = page.zone();
    let is_own = page.viewer() == Some(account.id);
    let audited = page.actor().is_some_and(|actor| actor.may(Permission::ReadAudit));
    let held = |role: &Role| account.roles.iter().any(|held| held.role == role.id);
    let free: Vec<_> = known
        .iter()
        .filter(|role| role.is_active && !held(role))
        .map(|role| Choice::new(role.id.to_string(), role.name.clone()))
        .collect();
    let Account {
        id,
        full_name,
        email,
        is_email_verified,
        is_active,
        created_at,
        last_login_at,
        roles,
    } = account;
    let action = format!("/admin/people/{id}");
    let moment = |at| Moment::new(at, zone.as_ref(), "UTC").dated();
    let made = moment(created_at);
    let seen = last_login_at.map_or_else(|| "Never".to_owned(), moment);
    let held = held_roles(roles, &action, zone.as_ref());
    page.answering(problem).show(forms::title(problem, &full_name), || {
        view! {
            {forms::summary(problem)}
            <PageHeader title=full_name.clone() back_href="/admin/people" back_label="People" />
            <div class="narrow stack">
                {news.map(|news| view! { <FormMessage>{news}</FormMessage> })}
                <DescriptionList framed=true>
                    <Detail term="Email">{email}{(!is_email_verified).then_some(" (not confirmed)")}</Detail>
                    <Detail term="State">{state(is_active)}</Detail>
                    <Detail term="Account made">{made}</Detail>
                    <Detail term="Last sign-in">{seen}</Detail>
                </DescriptionList>
                <section class="stack" aria-labelledby="roles-heading">
                    <h2 id="roles-heading">"Roles"</h2>
                    {held}
                    {is_active.then(|| give(free, action.clone(), problem))}
                </section>
                {(!is_own).then(|| way_in(is_active, action.clone()))}
                {audited.then(|| view! {
                    <p class="cluster">
                        <LinkButton kind=ButtonKind::Secondary href=format!("/admin/audit?actor={id}")>"What they did"</LinkButton>
                        <LinkButton kind=ButtonKind::Secondary href=format!("/admin/audit?person={id}")>"What was done to their record"</LinkButton>
                    </p>
                })}
            </div>
        }
    })
}

/// What to do about an account that is in wrong hands.
fn way_in(is_active: bool, action: String) -> AnyView {
    let (said, buttons) = match is_active {
        true => (
            "For when somebody else may have got in. Signed out, they can sign in again. Blocked, nobody gets in until you open the account again, nobody acts for them, and their password is gone; we write to them. A doctor’s hours stay open for booking: take them off the search under Doctors.",
            view! {
                <Button kind=ButtonKind::Secondary name="action" value="sign_out">"Sign out everywhere"</Button>
                <Button kind=ButtonKind::Danger name="action" value="block">"Block the account"</Button>
            }
            .into_any(),
        ),
        false => (
            "The account is blocked: nobody gets in. Visits and the record are as they were. Once it is open again, they choose a new password by mail.",
            view! { <Button kind=ButtonKind::Secondary name="action" value="unblock">"Open it again"</Button> }
                .into_any(),
        ),
    };
    view! {
        <section class="stack-small" aria-labelledby="way-in">
            <h2 id="way-in">"Getting in"</h2>
            <p class="muted">{said}</p>
            <form method="post" action=action class="cluster">{buttons}</form>
        </section>
    }
    .into_any()
}

fn held_roles(roles: Vec<Held>, action: &str, zone: Option<&TimeZone>) -> AnyView {
    if roles.is_empty() {
        return view! {
            <EmptyState icon=IconName::Shield title="No role" text="This person can sign in, and that is all." />
        }
        .into_any();
    }
    let columns = ["Role", "Given by", "When", ""].into_iter().map(Column::new).collect();
    let rows: Vec<_> = roles
        .into_iter()
        .map(|Held { role, name, is_active, assigned_at, assigned_by }| {
            let when = Moment::new(assigned_at, zone, "UTC").dated();
            let label = format!("Take away the role {name}");
            let action = action.to_owned();
            view! {
                <tr>
                    <RowHead><a href=format!("/admin/roles/{role}")>{name}</a>{(!is_active).then_some(" (not in use)")}</RowHead>
                    <Cell label="Given by">{assigned_by.unwrap_or_else(|| "MedConnect".to_owned())}</Cell>
                    <Cell label="When">{when}</Cell>
                    <Cell label="Change">
                        <form method="post" action=action>
                            <input type="hidden" name="action" value="revoke" />
                            <input type="hidden" name="role" value=role.to_string() />
                            <Button kind=ButtonKind::Quiet size=Size::Small label>"Take away"</Button>
                        </form>
                    </Cell>
                </tr>
            }
        })
        .collect();
    view! { <Table caption="Roles" hidden_caption=true columns>{rows}</Table> }.into_any()
}

fn give(free: Vec<Choice>, action: String, problem: Option<&Problem>) -> AnyView {
    if free.is_empty() {
        return view! { <p class="muted">"They have every role there is."</p> }.into_any();
    }
    let options: Vec<_> = std::iter::once(Choice::new("", "Choose one")).chain(free).collect();
    view! {
        <form method="post" novalidate=true action=action class="cluster search-line">
            <SelectField label="Give a role" name="role" options error=forms::at(problem, "role") />
            <Button>"Give"</Button>
        </form>
    }
    .into_any()
}
