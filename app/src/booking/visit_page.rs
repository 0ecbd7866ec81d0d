use super::{
    cancel_page, day_page::urgent_badge, follow_up, history::history, patient, series::series_list,
    staff_page,
};
use crate::{
    Page, PageResult, calendar::feed_file::file_of, document::Waking, failure::form_status,
    family::who::for_whom, fields::Fields, forms, payments::pay, times::Moment,
};
use axum::{
    extract::Path,
    http::{HeaderValue, header},
};
use domain::{
    Problem,
    booking::{AppointmentId, AppointmentStatus, VisitKind, can_be_cancelled, can_be_rescheduled},
};
use islands::Dialogs;
use leptos::prelude::*;
use services::{
    booking::{self, Visit},
    calendar::{self, Reader},
    identity::{Patient, Person},
};
use ui::{BackLink, Badge, FormMessage, Notice, Tone};

/// How a status looks.
pub fn tone(status: AppointmentStatus) -> Tone {
    match status {
        AppointmentStatus::Scheduled
        | AppointmentStatus::Confirmed
        | AppointmentStatus::Rescheduled => Tone::Positive,
        AppointmentStatus::Held
        | AppointmentStatus::Requested
        | AppointmentStatus::CheckedIn
        | AppointmentStatus::InProgress => Tone::Information,
        AppointmentStatus::Completed => Tone::Neutral,
        AppointmentStatus::Cancelled | AppointmentStatus::Expired => Tone::Caution,
        AppointmentStatus::NoShow => Tone::Critical,
    }
}

/// The visit that the address names, if the caller may see it.
pub async fn visit_of(page: &Page, id: &str) -> PageResult<Visit> {
    let id: AppointmentId = id.parse().map_err(|_| services::Error::NotFound)?;
    let caller = page.caller::<Person>()?;
    Ok(booking::visit(page.clinic(), &caller, id).await?)
}

/// The same to change it: to whom the patient lets only see it, there is no such page.
pub async fn visit_to_change(page: &Page, id: &str) -> PageResult<Visit> {
    let visit = visit_of(page, id).await?;
    match visit.is_only_seen() {
        true => Err(services::Error::NotFound.into()),
        false => Ok(visit),
    }
}

/// `/visits/{id}`
pub async fn show(page: Page, Path(id): Path<String>) -> PageResult {
    let visit = visit_of(&page, &id).await?;
    render(page, visit, &Fields::default(), None).await
}

/// The page of `visit`, with what was typed and what was wrong with it.
pub async fn render(
    page: Page,
    visit: Visit,
    fields: &Fields,
    problem: Option<Problem>,
) -> PageResult {
    let query = Fields::of_query(page.query());
    let mine = page.viewer().is_some_and(|viewer| visit.is_of(viewer));
    let moment = Moment::new(visit.starts_at, page.zone().as_ref(), &visit.time_zone);
    let changes = booking::history(page.clinic(), &visit).await?;
    let series = booking::series(page.clinic(), &visit).await?;
    let news = news(&query, visit.status, mine);
    let problem = problem.as_ref();
    let wrong = forms::summary(problem);
    let facts = facts(&page, &visit, mine, &moment);
    let changes_it = page.viewer().is_some_and(|viewer| visit.is_changed_by(viewer));
    let actions = match (changes_it, mine) {
        (true, _) => actions(&page, &visit),
        (false, true) => calendar_link(&visit),
        (false, false) => staff_page::actions(&page, &visit),
    };
    let patient = if mine { None } else { patient::known(&page, &visit).await? };
    let follow_up = match (changes_it, mine) {
        (true, _) => suggested(&page, &visit).await?,
        (false, true) => None,
        (false, false) => follow_up::form(&visit, fields, problem),
    };
    let history = history(&page, &visit, &changes);
    let series = series_list(&page, &visit, &series);
    let back = if mine { ("/patient", "My visits") } else { ("/doctor", "Today") };
    let heading = if mine {
        format!("Visit with {}", visit.provider_name)
    } else {
        format!("Visit of {}", visit.patient_name)
    };
    let page = page.with_status(form_status(problem)).with_islands(Waking::OnUse);
    Ok(page.show(heading.clone(), move || {
        view! {
            <article class="narrow stack">
                {wrong}
                <BackLink href=back.0 label=back.1 />
                {news}
                <header>
                    <h1>{heading}</h1>
                    {urgent_badge(visit.priority)}
                    <Badge tone=tone(visit.status)>{visit.status.label()}</Badge>
                </header>
                {patient}
                {facts}
                {actions}
                {follow_up}
                {series}
                {history}
            </article>
            <Dialogs />
        }
    }))
}

/// The follow-up that the doctor suggested, until it is booked.
async fn suggested(page: &Page, visit: &Visit) -> PageResult<Option<AnyView>> {
    if visit.next_appointment_recommended.is_none() {
        return Ok(None);
    }
    let patient = page.caller::<Patient>()?;
    let open = booking::follow_up_of(page.clinic(), &patient, visit.id).await?;
    Ok(open.as_ref().map(follow_up::suggestion))
}

fn news(query: &Fields, status: AppointmentStatus, mine: bool) -> Option<AnyView> {
    let booked = match status {
        AppointmentStatus::Requested => {
            "You have asked for this visit. It takes place once the doctor has confirmed it."
        }
        _ => "Your visit is booked. You find it under My visits.",
    };
    let cancelled = if mine {
        "Your visit is cancelled."
    } else {
        "The visit is cancelled. The patient pays nothing, and is told."
    };
    let message = [
        ("booked", booked),
        ("already", "You had already booked this visit. Nothing was booked twice."),
        ("moved", "Your visit has moved to its new time."),
        ("paid", "Thank you. Your payment has arrived."),
        ("declined", "The payment did not go through, and nothing was taken. You can try again."),
        ("checking", "We have not heard yet whether your payment arrived. Nothing is taken twice, and this page shows it as soon as we know."),
        ("cancelled", cancelled),
        (
            "suggested",
            "Saved. The patient sees your suggestion with the free times around that day.",
        ),
    ]
    .into_iter()
    .find(|(name, _)| query.is_on(name))?
    .1;
    if query.is_on("declined") || query.is_on("checking") {
        return Some(
            view! { <Notice tone=Tone::Caution announce=true>{message}</Notice> }.into_any(),
        );
    }
    Some(view! { <FormMessage>{message}</FormMessage> }.into_any())
}

fn facts(page: &Page, visit: &Visit, mine: bool, moment: &Moment) -> AnyView {
    let minutes = visit.ends_at.duration_since(visit.starts_at).as_mins();
    let place = match (visit.appointment_type, &visit.hospital_name, &visit.hospital_address) {
        (VisitKind::InPerson, Some(name), Some(address)) => format!("{name}, {address}"),
        (kind, ..) => kind.label().to_owned(),
    };
    let terms = visit.policy().terms(visit.starts_at, visit.fee());
    let free_until = Moment::new(terms.free_until, page.zone().as_ref(), &visit.time_zone);
    let live = visit.status.is_live();
    let cancelling = (mine && live).then(|| match terms.late_fee.is_zero() {
        true => "Free until the visit starts.".to_owned(),
        false => {
            format!("Free until {}. After that it costs {}.", free_until.sentence(), terms.late_fee)
        }
    });
    // What it costs is for who may pay it, and for the doctor.
    let payment = (!visit.is_only_seen()).then(|| pay::standing(visit, mine));
    let cancelling = cancelling.filter(|_| !visit.is_only_seen());
    let who = if mine {
        ("With", format!("{}, {}", visit.provider_name, visit.specialization.label()))
    } else {
        ("Patient", visit.patient_name.clone())
    };
    let whom = for_whom(page, visit);
    let booker = visit.guardian_name.clone().filter(|_| !mine);
    let reads_it = mine && !page.viewer().is_some_and(|viewer| visit.is_entrusted_to(viewer));
    let reminded = visit.reminder_sent_at.map(|instant| {
        let said = if reads_it { "We reminded you on " } else { "We reminded them on " };
        let moment = Moment::new(instant, page.zone().as_ref(), &visit.time_zone);
        view! { <dt>"Reminder"</dt><dd>{said}{moment.view()}"."</dd> }
    });
    view! {
        <dl class="facts card">
            <dt>"When"</dt>
            <dd><strong>{moment.view()}</strong>{format!(" ({minutes} minutes)")}</dd>
            {whom.map(|name| view! { <dt>"For"</dt><dd><strong>{name}</strong></dd> })}
            <dt>{who.0}</dt><dd>{who.1}</dd>
            {booker.map(|name| view! { <dt>"Booked by"</dt><dd>{name}</dd> })}
            <dt>"Where"</dt><dd>{place}</dd>
            <dt>"Reason"</dt><dd class="typed">{visit.chief_complaint.clone()}</dd>
            {payment.map(|payment| view! { <dt>"Fee"</dt><dd class="tabular">{payment}</dd> })}
            {cancelling.map(|terms| view! { <dt>"If you cancel"</dt><dd>{terms}</dd> })}
            {reminded}
        </dl>
    }
    .into_any()
}

/// All there is to do for whom the patient lets only see it.
fn calendar_link(visit: &Visit) -> AnyView {
    let live = visit.status.is_live();
    live.then(|| view! {
        <p><a class="button button-secondary" href=format!("/visits/{}/calendar.ics", visit.id)>"Add to calendar"</a></p>
    })
    .into_any()
}

fn actions(page: &Page, visit: &Visit) -> AnyView {
    let now = page.clinic().now();
    let path = format!("/visits/{}", visit.id);
    let may_move = can_be_rescheduled(visit.status, visit.starts_at, visit.policy(), now).is_ok();
    let may_cancel = can_be_cancelled(visit.status, visit.starts_at, now).is_ok();
    let again = format!("/doctors/{}", visit.provider_id);
    let pays = pay::is_offered(page, visit);
    // One step is the next one.
    let moving = if pays { "button button-secondary" } else { "button button-primary" };
    view! {
        {pays.then(|| pay::button(visit))}
        <p class="cluster">
            {may_move.then(|| view! { <a class=moving href=format!("{path}/reschedule")>"Choose another time"</a> })}
            {may_cancel.then(|| view! {
                <a class="button button-secondary" href=format!("{path}/calendar.ics")>"Add to calendar"</a>
                <a class="button button-quiet" href=format!("{path}/cancel") data-opens=cancel_page::DIALOG>"Cancel visit"</a>
            })}
            {(visit.status == AppointmentStatus::Cancelled).then(|| view! {
                <a class="button button-quiet" href=format!("{path}/calendar.ics")>"Take it out of your calendar"</a>
            })}
            {(!may_cancel).then(|| view! { <a class="button button-secondary" href=again>"Book another visit"</a> })}
        </p>
        {may_cancel.then(|| cancel_page::dialog(page, visit))}
    }
    .into_any()
}

/// `/visits/{id}/calendar.ics`
pub async fn calendar(page: Page, Path(id): Path<String>) -> PageResult {
    let visit = visit_of(&page, &id).await?;
    let mine = page.viewer().is_some_and(|viewer| visit.is_of(viewer));
    let entrusted = page.viewer().is_some_and(|viewer| visit.is_entrusted_to(viewer));
    let reader = match (entrusted, mine) {
        (true, _) => Reader::Proxy,
        (false, true) => Reader::Patient,
        (false, false) => Reader::Doctor,
    };
    let now = page.clinic().now();
    let mut response = file_of(calendar::file(&visit, reader, page.site().public_url(), now));
    let name = HeaderValue::from_static("attachment; filename=\"visit.ics\"");
    response.headers_mut().insert(header::CONTENT_DISPOSITION, name);
    Ok(response)
}
