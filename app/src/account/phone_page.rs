//! The phone number of an account, and the proof that it is its owner's.
use crate::{
    Page, PageResult, failure::form_problem, fields::Fields, forms, page::see_other, times::Moment,
};
use domain::{Problem, zone::Zone};
use leptos::prelude::*;
use services::{
    account::phone::{self, Phone, PhoneState},
    identity::Person,
};
use ui::{BackLink, Badge, Button, ButtonKind, Fold, FormMessage, Notice, TextField, Tone};

const PATH: &str = "/account/phone";

/// `/account/phone`
pub async fn show(page: Page) -> PageResult {
    let query = Fields::of_query(page.query());
    render(page, query, None).await
}

pub async fn change(page: Page, fields: Fields) -> PageResult {
    let caller = page.caller::<Person>()?;
    let clinic = page.clinic();
    let (done, news) = match fields.get("action") {
        "send" => (phone::send_code(clinic, &caller).await, "sent"),
        "change" => (phone::change(clinic, &caller, fields.get("phone_number")).await, "saved"),
        _ => (phone::confirm(clinic, &caller, fields.get("code")).await, "confirmed"),
    };
    match done {
        Ok(()) => Ok(see_other(&format!("{PATH}?done={news}"))),
        Err(error) => render(page, fields, Some(form_problem(error)?)).await,
    }
}

async fn render(page: Page, fields: Fields, problem: Option<Problem>) -> PageResult {
    let caller = page.caller::<Person>()?;
    let phone = phone::phone(page.clinic(), &caller).await?;
    let problem = problem.as_ref();
    let news = match (fields.get("done"), phone.as_ref().map(|phone| phone.state)) {
        ("saved", _) => Some("Saved."),
        ("sent", Some(PhoneState::CodeSent)) => {
            Some("A code is on its way. Only the newest one works.")
        }
        ("confirmed", Some(PhoneState::Confirmed(_))) => {
            Some("Thank you. We know now that this number is yours.")
        }
        _ => None,
    };
    let mailbox = demo_phone(&page);
    let parts = match phone {
        None => first_number(&fields, problem),
        Some(phone) => of_number(&page, phone, &fields, problem),
    };
    Ok(page.answering(problem).show(forms::title(problem, "Your phone number"), || {
        view! {
            <article class="narrow stack">
                {forms::summary(problem)}
                <BackLink href="/account/profile" label="Your profile" />
                <h1>"Your phone number"</h1>
                {news.filter(|_| problem.is_none()).map(|news| view! { <FormMessage>{news}</FormMessage> })}
                {parts}
                {mailbox}
            </article>
        }
    }))
}

/// For who has given no number yet.
fn first_number(fields: &Fields, problem: Option<&Problem>) -> AnyView {
    view! {
        <p class="lede">"We have no number of yours. With one, your doctors can call you."</p>
        {number_form(fields.text("phone_number"), problem)}
    }
    .into_any()
}

fn of_number(page: &Page, phone: Phone, fields: &Fields, problem: Option<&Problem>) -> AnyView {
    let Phone { number, state } = phone;
    let confirmed = matches!(state, PhoneState::Confirmed(_));
    let badge = match confirmed {
        true => view! { <Badge tone=Tone::Positive>"Confirmed"</Badge> },
        false => view! { <Badge>"Not confirmed"</Badge> },
    };
    let proof = match state {
        PhoneState::Confirmed(at) => {
            let at = Moment::new(at, page.zone().as_ref(), Zone::UTC).short();
            view! { <p class="muted">"You confirmed it on "{at}"."</p> }.into_any()
        }
        PhoneState::Unconfirmed => view! {
            <p>"We send you six digits by text message. Enter them here to show us that the number is yours."</p>
            {send_form("Send a code", ButtonKind::Primary)}
        }
        .into_any(),
        PhoneState::CodeSent => code_form(fields, problem),
        PhoneState::NoTexts => view! {
            <Notice title="Numbers cannot be confirmed here">
                <p>"This clinic sends no text messages. We keep your number all the same, so that your doctors can call you."</p>
            </Notice>
        }
        .into_any(),
    };
    // A number that cannot be texted is put right where it is changed.
    let to_blame = forms::at(problem, "phone_number").is_some();
    let typed = match fields.get("action") {
        "change" => fields.text("phone_number"),
        _ if to_blame => number.clone(),
        _ => String::new(),
    };
    let form = number_form(typed, problem);
    view! {
        <p class="lede cluster"><strong class="tabular">{number}</strong>{badge}</p>
        {proof}
        <Fold title="Change your number" open=to_blame>
            {form}
        </Fold>
    }
    .into_any()
}

fn number_form(value: String, problem: Option<&Problem>) -> AnyView {
    view! {
        <form method="post" novalidate=true action=PATH class="stack">
            <input type="hidden" name="action" value="change" />
            <TextField
                label="Phone number" name="phone_number" kind="tel" autocomplete="tel" required=true maxlength=40
                hint="With + and the country code, such as +351 912 345 678."
                value=value error=forms::at(problem, "phone_number")
            />
            <Button kind=ButtonKind::Secondary>"Save number"</Button>
        </form>
    }
    .into_any()
}

fn send_form(label: &'static str, kind: ButtonKind) -> AnyView {
    view! {
        <form method="post" action=PATH>
            <input type="hidden" name="action" value="send" />
            <Button kind>{label}</Button>
        </form>
    }
    .into_any()
}

fn code_form(fields: &Fields, problem: Option<&Problem>) -> AnyView {
    view! {
        <form method="post" novalidate=true action=PATH class="stack">
            <TextField
                label="Code" name="code" inputmode="numeric" autocomplete="one-time-code"
                required=true short=true maxlength=12 hint="Six digits. They work for 10 minutes."
                value=fields.text("code") error=forms::at(problem, "code")
            />
            <Button>"Confirm"</Button>
        </form>
        <div class="stack-small">
            <p class="muted">"No message after a minute? Check the number, or have it sent once more."</p>
            {send_form("Send a new code", ButtonKind::Secondary)}
        </div>
    }
    .into_any()
}

/// Where the text messages of a demo are read.
fn demo_phone(page: &Page) -> Option<AnyView> {
    page.site().is_demo().then(|| {
        view! {
            <Notice title="This is a demo">
                <p>"Its text messages reach no phone: they are in "<a href="/dev/mail">"the mailbox"</a>" some seconds later."</p>
            </Notice>
        }
        .into_any()
    })
}
