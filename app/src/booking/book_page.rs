use super::{
    group_page,
    hold::{Kept, came_by_choice, keep, kept_line, said},
    not_free::{instead_of_second, other_times, taken},
    wish::{self, Wish},
};
use crate::{
    Page, PageResult,
    directory::urgent::emergency,
    document::Waking,
    failure::{form_problem, form_status},
    family::who,
    fields::Fields,
    forms,
    page::{encode, see_other},
    times::Moment,
};
use axum::{extract::Path, http::HeaderMap, response::Response};
use domain::{
    FieldProblem, Problem, Refusal,
    booking::{
        ALREADY_BUSY, BookingRequest, NOT_OFFERED, ONE_URGENT, Offer, PERSON_BUSY, SLOT_TAKEN,
        Slot, VisitKind,
    },
    directory::ProviderId,
};
use jiff::{SignedDuration, Timestamp};
use leptos::prelude::*;
use services::{
    Error,
    booking::{self, IdempotencyKey},
    directory::{self, Provider, ProviderDetails},
    family::BookedFor,
    identity::{Caller, Patient},
};
use std::sync::Arc;
use ui::{BackLink, Button, Choice, ChoiceGroup, TextArea};

const OTHER_TIMES: &str = "Visits of this kind begin at other times.";

/// What there is to know about the time that was chosen.
pub(super) struct Chosen {
    pub(super) details: Arc<ProviderDetails>,
    pub(super) start: Timestamp,
    /// One for each length that visits may have then; none when it is not free any more.
    offers: Vec<Offer>,
    /// Whether it cannot wait.
    pub(super) urgent: bool,
    /// For whom it may be, beside who is signed in.
    others: Vec<BookedFor>,
}

impl Chosen {
    /// The kinds of visit that may begin then, each with its length in minutes.
    pub(super) fn kinds(&self) -> impl Iterator<Item = (VisitKind, i64)> + '_ {
        VisitKind::ALL.iter().filter_map(|&kind| {
            let offer = self.offers.iter().find(|offer| offer.kinds.contains(kind))?;
            Some((kind, offer.slot.minutes()))
        })
    }

    /// How many minutes the visit lasts, unless that hangs on its kind.
    fn minutes(&self) -> Option<i64> {
        let first = self.offers.first()?.slot.minutes();
        self.offers.iter().all(|offer| offer.slot.minutes() == first).then_some(first)
    }
}

async fn chosen(page: &Page, id: &str, fields: &Fields) -> PageResult<Result<Chosen, Response>> {
    let id: ProviderId = id.parse().map_err(|_| Error::NotFound)?;
    let details = directory::provider(page.clinic(), id).await?;
    // A link that was cut off still leads to the times.
    let Some(start) = fields.parse::<Timestamp>("start") else {
        return Ok(Err(see_other(&format!("/doctors/{id}#times"))));
    };
    let end = start.saturating_add(SignedDuration::from_secs(1)).unwrap_or(Timestamp::MAX);
    let urgent = fields.is_on("urgent");
    let (_, mut offers) = match urgent {
        true => booking::urgent_times(page.clinic(), id, page.viewer()).await?,
        false => booking::free_times(page.clinic(), id, Slot { start, end }, page.viewer()).await?,
    };
    offers.retain(|offer| offer.slot.start == start);
    let others = who::others(page).await?;
    Ok(Ok(Chosen { details, start, offers, urgent, others }))
}

/// `/doctors/{id}/book?start=&visit=`
///
/// Whoever is signed in has the time kept for them by coming here. Asking again changes nothing but
/// the end of that, so that it may be done by a GET.
pub async fn show(page: Page, Path(id): Path<String>, headers: HeaderMap) -> PageResult {
    let query = Fields::of_query(page.query());
    let chosen = match chosen(&page, &id, &query).await? {
        Ok(chosen) => chosen,
        Err(elsewhere) => return Ok(elsewhere),
    };
    let wanted: Option<VisitKind> = query.parse("visit");
    if chosen.offers.is_empty() {
        let why = why_taken(&page, &chosen).await?;
        return taken(page, &chosen, &why, wanted).await;
    }
    if wanted.is_some_and(|wanted| chosen.kinds().all(|(kind, _)| kind != wanted)) {
        return taken(page, &chosen, OTHER_TIMES, wanted).await;
    }
    if page.actor().is_none() {
        return Ok(sign_in_first(page, &chosen));
    }
    let patient = page.caller::<Patient>()?;
    let key = IdempotencyKey::fresh();
    let fields = Fields::from_pairs([
        ("start", chosen.start.to_string()),
        ("kind", query.text("visit")),
        ("who", query.text("who")),
        ("urgent", query.text("urgent")),
        ("key", key.as_str().to_owned()),
    ]);
    if !came_by_choice(&headers) {
        return Ok(form(page, &chosen, &fields, (None, None), &Kept::Not(None)));
    }
    match keep_chosen(&page, &patient, &chosen, &fields).await {
        Ok(kept) => Ok(form(page, &chosen, &fields, (None, None), &kept)),
        Err(refusal) => taken(page, &chosen, refusal.message, query.parse("visit")).await,
    }
}

/// Why the chosen time is not free, seen by who asks for it.
async fn why_taken(page: &Page, chosen: &Chosen) -> PageResult<String> {
    let id = chosen.details.provider.id;
    let free = match chosen.urgent {
        true => Ok(()),
        false => booking::check_free(page.clinic(), id, chosen.start, page.viewer()).await,
    };
    match free {
        // Urgent times are taken, or over. Of others it was so a moment ago.
        Ok(()) => Ok(SLOT_TAKEN.message.to_owned()),
        Err(error) => Ok(said(&form_problem(error)?)),
    }
}

async fn keep_chosen(
    page: &Page,
    patient: &Caller<Patient>,
    chosen: &Chosen,
    fields: &Fields,
) -> Result<Kept, Refusal> {
    let provider = chosen.details.provider.id;
    let wanted = (chosen.start, fields.parse("kind"));
    keep(page, patient, provider, wanted, chosen.urgent).await
}

pub async fn book(page: Page, Path(id): Path<String>, fields: Fields) -> PageResult {
    let patient = page.caller::<Patient>()?;
    let chosen = match chosen(&page, &id, &fields).await? {
        Ok(chosen) => chosen,
        Err(elsewhere) => return Ok(elsewhere),
    };
    let person = who::chosen(&fields, &patient, &chosen.others);
    let request = request(&chosen, &fields, person.as_ref().err());
    let person = person.unwrap_or(patient.user);
    // What cannot wait is one visit.
    let wanted = match chosen.urgent {
        true => Ok(Wish::Nothing),
        false => wish::wish(&fields, person, &patient, &chosen.others),
    };
    let request = match (request, wanted) {
        (Ok(_), Ok(wish @ (Wish::Together(_) | Wish::Series { .. }))) => {
            let provider = &chosen.details.provider;
            return group_page::plan(page, provider, &fields, (person, wish), None).await;
        }
        (request, Ok(_)) => request,
        (Ok(_), Err(problems)) => Err(problems),
        (Err(problems), Err(more)) => Err([problems, more].concat()),
    };
    let booked = match request {
        Err(problems) => Err(Error::Invalid(problems)),
        Ok((key, request)) => match chosen.urgent {
            true => booking::book_urgently(page.clinic(), &patient, person, &key, request).await,
            false => booking::book_for(page.clinic(), &patient, person, &key, request).await,
        },
    };
    match booked {
        Ok(booked) => Ok(see_other(&format!("/visits/{}?booked=1", booked.appointment))),
        Err(Error::Refused(refusal))
            if [SLOT_TAKEN, NOT_OFFERED, ALREADY_BUSY, PERSON_BUSY].contains(&refusal) =>
        {
            let mine = booking::own_visit_at(
                page.clinic(),
                &patient,
                person,
                chosen.details.provider.id,
                chosen.start,
            )
            .await?;
            match mine {
                // The same person, from another tab or after going back.
                Some(visit) => Ok(see_other(&format!("/visits/{visit}?already=1"))),
                None => taken(page, &chosen, refusal.message, fields.parse("kind")).await,
            }
        }
        Err(error) => {
            let problem = form_problem(error)?;
            if chosen.offers.is_empty() {
                return taken(page, &chosen, &said(&problem), fields.parse("kind")).await;
            }
            let instead = match problem.code == ONE_URGENT.code {
                true => instead_of_second(&page, &patient, person, &chosen).await?,
                false => None,
            };
            match keep_chosen(&page, &patient, &chosen, &fields).await {
                Ok(kept) => Ok(form(page, &chosen, &fields, (Some(problem), instead), &kept)),
                Err(refusal) => taken(page, &chosen, refusal.message, fields.parse("kind")).await,
            }
        }
    }
}

fn request(
    chosen: &Chosen,
    fields: &Fields,
    unknown: Option<&FieldProblem>,
) -> Result<(IdempotencyKey, BookingRequest), Vec<FieldProblem>> {
    let key = IdempotencyKey::checked(fields.get("key")).map_err(|_| {
        FieldProblem::new(
            "reason",
            "This page was open for too long. Please press the button again.",
        )
    });
    let kind = fields.required("kind", "Choose how you want to see the doctor.");
    let reason = domain::text::checked(
        "reason",
        "The reason for your visit",
        fields.get("reason"),
        domain::booking::REASON_LENGTH,
    );
    match (key, kind, reason) {
        (Ok(key), Ok(kind), Ok(reason)) if unknown.is_none() => Ok((
            key,
            BookingRequest {
                provider: chosen.details.provider.id,
                start: chosen.start,
                kind,
                reason,
                place: None,
            },
        )),
        (key, kind, reason) => {
            let problems = [unknown.cloned(), key.err(), kind.err(), reason.err()];
            Err(problems.into_iter().flatten().collect())
        }
    }
}

pub(super) fn moment(page: &Page, provider: &Provider, start: Timestamp) -> Moment {
    Moment::new(start, page.zone().as_ref(), &provider.time_zone)
}

/// The chosen time in a full sentence, with whom, where and for how much.
fn summary(page: &Page, chosen: &Chosen) -> AnyView {
    let provider = &chosen.details.provider;
    let moment = moment(page, provider, chosen.start);
    let minutes = chosen.minutes();
    let place = (chosen.offers.iter())
        .find_map(|offer| chosen.details.hospitals.iter().find(|h| Some(h.id) == offer.place))
        .map(|place| format!("{}, {}, {}", place.name, place.address, place.city));
    let policy = provider.policy();
    let terms = policy.terms(chosen.start, provider.fee());
    let free_until = Moment::new(terms.free_until, page.zone().as_ref(), &provider.time_zone);
    let past = terms.free_until <= page.clinic().now();
    let cost = terms.late_fee.to_string();
    let cancelling = match (terms.late_fee.is_zero(), past) {
        (true, _) => "Free until the visit starts.".to_owned(),
        (false, false) => {
            format!("Free until {}. After that it costs {cost}.", free_until.sentence())
        }
        (false, true) => format!("This visit is soon: cancelling it costs {cost}."),
    };
    let waived = policy.first_late_free && !terms.late_fee.is_zero();
    let waived =
        waived.then_some(" The first time you cancel late with this doctor is free all the same.");
    view! {
        <dl class="facts card">
            <dt>"When"</dt>
            <dd>
                <strong>{moment.view()}</strong>
                {minutes.map(|minutes| format!(" ({minutes} minutes)"))}
            </dd>
            <dt>"With"</dt><dd>{format!("{}, {}", provider.full_name(), provider.specialization.label())}</dd>
            {place.map(|place| view! { <dt>"Where"</dt><dd>{place}" (for visits in person)"</dd> })}
            <dt>"Fee"</dt><dd class="tabular">{provider.fee().to_string()}", paid now or later"</dd>
            <dt>"If you cancel"</dt><dd>{cancelling}{waived}</dd>
        </dl>
    }
    .into_any()
}

fn sign_in_first(page: Page, chosen: &Chosen) -> Response {
    let next = encode(&page.target());
    let back = format!("/doctors/{}#times", chosen.details.provider.id);
    let summary = summary(&page, chosen);
    page.show("Book a visit", move || {
        view! {
            <article class="narrow stack">
                <BackLink href=back label="Choose another time" />
                <h1>"Book this visit"</h1>
                {summary}
                <h2>"Who is it for?"</h2>
                <p>"Sign in or create an account, and you come back to this very time."</p>
                <p class="cluster">
                    <a class="button button-primary" href=format!("/register?next={next}")>"Create an account"</a>
                    <a class="button button-secondary" href=format!("/login?next={next}")>"Sign in"</a>
                </p>
            </article>
        }
    })
}

fn form(
    page: Page,
    chosen: &Chosen,
    fields: &Fields,
    (problem, instead): (Option<Problem>, Option<AnyView>),
    kept: &Kept,
) -> Response {
    let problem = problem.as_ref();
    let provider = &chosen.details.provider;
    let kinds: Vec<_> = chosen.kinds().collect();
    let selected = match (fields.some("kind"), kinds.as_slice()) {
        (Some(kind), _) => kind.to_owned(),
        (None, [(only, _)]) => only.to_string(),
        _ => String::new(),
    };
    let options = kinds.iter().map(|(kind, minutes)| {
        let choice = Choice::new(kind.to_string(), kind.label());
        match chosen.minutes() {
            Some(_) => choice,
            None => choice.hint(format!("{minutes} minutes")),
        }
    });
    let options: Vec<_> = options.collect();
    let other_times = other_times(chosen);
    let action = format!("/doctors/{}/book", provider.id);
    let back = format!("/doctors/{}#times", provider.id);
    let summary = summary(&page, chosen);
    let kept = kept_line(&page, provider, (chosen.start, chosen.urgent), kept);
    let more = (!chosen.urgent).then(|| wish::inputs(&page, fields, &chosen.others, problem));
    let urgent = chosen.urgent.then(|| {
        view! {
            <input type="hidden" name="urgent" value="1" />
        }
    });
    let emergency = chosen.urgent.then(emergency);
    let who = who::choice(&page, fields, &chosen.others, problem);
    let (button, waits) = match provider.confirms_by_hand {
        true => (
            "Ask for this visit",
            Some("This doctor confirms each visit. You hear as soon as that is done."),
        ),
        false => ("Book this visit", None),
    };
    let page = page.with_status(form_status(problem)).with_islands(Waking::AtOnce);
    page.show(forms::title(problem, "Book a visit"), || {
        view! {
            <article class="narrow stack">
                {forms::summary(problem)}
                {instead}
                <BackLink href=back label="Choose another time" />
                <h1>{if chosen.urgent { "Book this urgent visit" } else { "Book this visit" }}</h1>
                {emergency}
                {summary}
                {kept}
                <form method="post" novalidate=true action=action class="stack">
                    <input type="hidden" name="start" value=fields.text("start") />
                    <input type="hidden" name="key" value=fields.text("key") />
                    {urgent}
                    {who}
                    <ChoiceGroup
                        legend="How do you want to see the doctor?" name="kind" options
                        selected error=forms::at(problem, "kind").or(forms::at(problem, "appointment_type"))
                    />
                    {other_times}
                    <TextArea
                        label="What is it about?" name="reason" required=true maxlength=500
                        hint="In a few words. Only you and the doctor can read it."
                        value=fields.text("reason") error=forms::at(problem, "reason")
                    />
                    {more}
                    {waits.map(|waits| view! { <p class="muted">{waits}</p> })}
                    <Button>{button}</Button>
                </form>
            </article>
        }
    })
}
