use super::offered::{card, quoted};
use crate::{
    Page, PageResult,
    failure::{form_problem, form_status},
    fields::Fields,
    forms,
    page::see_other,
};
use axum::extract::Path;
use domain::{Problem, waitlist::OfferOutcome};
use leptos::prelude::*;
use services::waitlist::{self, OfferedTime};
use ui::{Notice, Tone};

/// `/offers/{token}`: the page behind the link that somebody was sent. No account is needed.
pub async fn show(page: Page, Path(token): Path<String>) -> PageResult {
    render(page, &token, None).await
}

pub async fn answer(page: Page, Path(token): Path<String>, fields: Fields) -> PageResult {
    let done = match fields.get("answer") {
        "accept" => {
            waitlist::accept_by_token(page.clinic(), &token, quoted(&fields)).await.map(|_| ())
        }
        _ => waitlist::decline_by_token(page.clinic(), &token).await,
    };
    match done {
        Ok(()) => Ok(see_other(&format!("/offers/{token}"))),
        Err(error) => {
            let problem = form_problem(error)?;
            render(page, &token, Some(problem)).await
        }
    }
}

async fn render(page: Page, token: &str, problem: Option<Problem>) -> PageResult {
    let offer = waitlist::offer_by_token(page.clinic(), token).await?;
    let offered = match offer.remaining() {
        Some(_) => card(&page, &offer, &format!("/offers/{token}")),
        None => ended(&page, &offer),
    };
    let problem = problem.as_ref();
    let page = page.with_status(form_status(problem));
    Ok(page.show(forms::title(problem, "A time for you"), || {
        view! {
            <article class="narrow stack">
                {forms::summary(problem)}
                <h1>"The time you waited for"</h1>
                {offered}
            </article>
        }
    }))
}

/// What became of it, and what can be done now.
fn ended(page: &Page, offer: &OfferedTime) -> AnyView {
    let when = crate::times::Moment::new(offer.starts_at, page.zone().as_ref(), &offer.time_zone);
    let when = format!("{}, with {}", when.sentence(), offer.provider_name);
    let doctor = format!("/doctors/{}", offer.provider_id);
    let (tone, said) = match offer.outcome {
        OfferOutcome::Accepted if offer.confirms_by_hand => (
            Tone::Positive,
            "You have accepted. The doctor confirms each visit, and you hear as soon as that is done.",
        ),
        OfferOutcome::Accepted => (Tone::Positive, "You have accepted: the visit is booked."),
        OfferOutcome::Declined => (
            Tone::Information,
            "You did not want this time, and it went to the next person. You stay on the list.",
        ),
        _ => (
            Tone::Caution,
            "This time is no longer kept for you and went to the next person. If you still wait, we ask you again.",
        ),
    };
    let next = match offer.visit {
        Some(visit) => view! { <a class="button button-primary" href=format!("/visits/{visit}")>"See the visit"</a> }.into_any(),
        None => view! {
            <a class="button button-primary" href="/patient/waitlist">"See what you wait for"</a>
            <a class="button button-secondary" href=doctor>"See the doctor's times"</a>
        }
        .into_any(),
    };
    view! {
        <Notice tone=tone announce=true><p>{said}</p></Notice>
        <p>{when}"."</p>
        <p class="cluster">{next}</p>
    }
    .into_any()
}
