//! A time that is kept for somebody who waited, with all they need to answer.
use crate::{Page, fields::Fields, times::Moment};
use domain::{
    money::{Currency, Money},
    zone::{clock, short_day},
};
use leptos::prelude::*;
use services::waitlist::OfferedTime;
use ui::{Button, ButtonKind, Notice, Tone};

fn moment(page: &Page, offer: &OfferedTime) -> Moment {
    Moment::new(offer.starts_at, page.zone().as_ref(), &offer.time_zone)
}

/// `14:35`, with the day when that is another one; `None` when it is kept no more.
fn kept_until(page: &Page, offer: &OfferedTime) -> Option<String> {
    let now = page.clinic().now();
    let zone = page.zone().unwrap_or_else(|| domain::zone::rules(&offer.time_zone));
    let until = (now + offer.remaining()?).to_zoned(zone.clone());
    let today = now.to_zoned(zone).date();
    Some(match until.date() == today {
        true => clock(&until),
        false => format!("{}, {}", short_day(until.date()), clock(&until)),
    })
}

/// When, with whom, where, and what it costs.
fn facts(page: &Page, offer: &OfferedTime) -> AnyView {
    let when = moment(page, offer).view();
    let minutes = offer.ends_at.duration_since(offer.starts_at).as_mins();
    let place = match (&offer.hospital, offer.appointment_type) {
        (Some(hospital), domain::booking::VisitKind::InPerson) => hospital.clone(),
        (_, kind) => format!("{} visit", kind.label()),
    };
    let policy = offer.policy();
    let terms = policy.terms(offer.starts_at, offer.fee());
    let until = Moment::new(terms.free_until, page.zone().as_ref(), &offer.time_zone);
    let past = terms.free_until <= page.clinic().now();
    let cost = terms.late_fee.to_string();
    let cancelling = match (terms.late_fee.is_zero(), past) {
        (true, _) => "Free until the visit starts.".to_owned(),
        (false, false) => format!("Free until {}. After that it costs {cost}.", until.sentence()),
        (false, true) => format!("This visit is soon: cancelling it costs {cost}."),
    };
    let waived = (policy.first_late_free && !terms.late_fee.is_zero())
        .then_some(" The first time you cancel late with this doctor is free all the same.");
    view! {
        <dl class="facts">
            <dt>"When"</dt><dd><strong>{when}</strong>{format!(" ({minutes} minutes)")}</dd>
            <dt>"With"</dt><dd>{format!("{}, {}", offer.provider_name, offer.specialization.label())}</dd>
            <dt>"Where"</dt><dd>{place}</dd>
            <dt>"Fee"</dt><dd class="tabular">{offer.fee().to_string()}", paid later"</dd>
            <dt>"If you cancel"</dt><dd>{cancelling}{waived}</dd>
        </dl>
    }
    .into_any()
}

/// The time, until when it is kept, and the two answers; the form goes to `action`.
pub fn card(page: &Page, offer: &OfferedTime, action: &str) -> AnyView {
    let Some(until) = kept_until(page, offer) else { return ().into_any() };
    let facts = facts(page, offer);
    let accept =
        if offer.confirms_by_hand { "Accept and ask the doctor" } else { "Accept this time" };
    let fee = offer.fee();
    view! {
        <section class="card stack" aria-label="A time for you">
            <Notice tone=Tone::Positive title="A time is free for you">
                <p>"It is kept for you until "<strong class="tabular">{until}</strong>". After that the next person is asked."</p>
            </Notice>
            {facts}
            <form method="post" novalidate=true action=action.to_owned() class="cluster">
                <input type="hidden" name="offer" value=offer.id.to_string() />
                <input type="hidden" name="fee_minor" value=fee.minor.to_string() />
                <input type="hidden" name="currency" value=fee.currency.code() />
                <Button name="answer" value="accept">{accept}</Button>
                <Button kind=ButtonKind::Secondary name="answer" value="decline">"No, thank you"</Button>
            </form>
        </section>
    }
    .into_any()
}

/// What the form said that the visit costs.
pub fn quoted(fields: &Fields) -> Option<Money> {
    let currency = fields.some("currency").and_then(Currency::from_code)?;
    Some(Money::new(fields.parse("fee_minor")?, currency))
}

/// The way to what is kept for the person, if anything is.
pub fn offers_notice(page: &Page, offers: &[OfferedTime]) -> Option<AnyView> {
    let first = offers.first()?;
    let until = kept_until(page, first)?;
    let when = moment(page, first).short();
    let with = first.provider_name.clone();
    Some(
        view! {
            <Notice tone=Tone::Positive title="A time you waited for is free">
                <p>
                    {format!("{when}, with {with}. It is kept for you until {until}. ")}
                    <a href="/patient/waitlist">"Look and answer"</a>
                </p>
            </Notice>
        }
        .into_any(),
    )
}
