//! The payment page of the demo: it stands for a page of somebody else's.
use crate::{Page, PageResult, fields::Fields, page::see_other};
use axum::extract::Path;
use domain::payments::AttemptId;
use leptos::prelude::*;
use services::{Error, gateways::Paid, payments::demo};
use ui::{Button, ButtonKind, Notice, Tone};

fn attempt(page: &Page, id: &str) -> PageResult<AttemptId> {
    if !page.site().is_demo() {
        return Err(Error::NotFound.into());
    }
    Ok(id.parse().map_err(|_| Error::NotFound)?)
}

/// `/dev/pay/{id}`
pub async fn show(page: Page, Path(id): Path<String>) -> PageResult {
    let attempt = attempt(&page, &id)?;
    let checkout = demo::checkout(page.clinic(), attempt).await?;
    let (amount, back_to) = (checkout.amount().to_string(), checkout.back_to.clone());
    let is_open = checkout.paid() == Paid::Open;
    Ok(page.show("Demo payment", move || {
        let choices = is_open.then(|| {
            view! {
                <form method="post" class="stack">
                    <p>"Which card do you pay with?"</p>
                    <div class="cluster">
                        <Button name="card" value="works">"A card that works"</Button>
                        <Button name="card" value="declined" kind=ButtonKind::Secondary>
                            "A card that is declined"
                        </Button>
                        <Button name="card" value="lost" kind=ButtonKind::Secondary>
                            "A card that works, and no way back"
                        </Button>
                    </div>
                </form>
            }
        });
        let ended = (!is_open).then_some("This payment has ended. There is nothing more to do here.");
        view! {
            <article class="narrow stack">
                <h1>"Demo payment"</h1>
                <Notice tone=Tone::Information>
                    "This page stands for the payment service of a real clinic. No money moves."
                </Notice>
                <dl class="facts card"><dt>"To pay"</dt><dd class="tabular"><strong>{amount}</strong></dd></dl>
                {choices}
                {ended.map(|ended| view! { <p>{ended}</p> })}
                <p><a href=back_to>"Back to the clinic"</a></p>
            </article>
        }
    }))
}

pub async fn answer(page: Page, Path(id): Path<String>, fields: Fields) -> PageResult {
    let attempt = attempt(&page, &id)?;
    let card = fields.get("card");
    demo::answer(page.clinic(), attempt, card != "declined").await?;
    if card == "lost" {
        return Ok(see_other(page.path()));
    }
    let checkout = demo::checkout(page.clinic(), attempt).await?;
    Ok(see_other(&checkout.back_to))
}
