//! The visits that come again together.
use super::visit_page::tone;
use crate::{Page, times::Moment};
use domain::booking::{AppointmentStatus, can_be_cancelled};
use leptos::prelude::*;
use services::booking::{SeriesVisit, Visit};
use ui::Badge;

/// Which of how many `visit` is, and the way to the others.
pub fn series_list(page: &Page, visit: &Visit, series: &[SeriesVisit]) -> Option<AnyView> {
    let number = series.iter().position(|other| other.id == visit.id)? + 1;
    let ahead =
        |other: &&SeriesVisit| other.starts_at >= visit.starts_at && other.status.is_ahead();
    let mine = page.viewer().is_some_and(|viewer| visit.is_changed_by(viewer));
    let may_cancel = can_be_cancelled(visit.status, visit.starts_at, page.clinic().now()).is_ok();
    let cancel = (mine && may_cancel && series.iter().filter(ahead).count() > 1).then(|| {
        let href = format!("/visits/{}/cancel/following", visit.id);
        view! { <p><a href=href>"Cancel this visit and all that follow"</a></p> }
    });
    let lines: Vec<_> = series.iter().map(|other| line(page, visit, other)).collect();
    let title = format!("Visit {number} of {} in a series", series.len());
    Some(
        view! {
            <section aria-labelledby="series" class="stack-small">
                <h2 id="series">{title}</h2>
                <ol class="plain-list stack-small">{lines}</ol>
                {cancel}
            </section>
        }
        .into_any(),
    )
}

fn line(page: &Page, visit: &Visit, other: &SeriesVisit) -> AnyView {
    let moment = Moment::new(other.starts_at, page.zone().as_ref(), &visit.time_zone);
    let ended = !other.status.is_live() && other.status != AppointmentStatus::Completed;
    let status = other.status;
    let badge = ended.then(|| view! { " "<Badge tone=tone(status)>{status.label()}</Badge> });
    match other.id == visit.id {
        true => view! { <li aria-current="true"><strong>{moment.short_view()}</strong>", this visit"{badge}</li> }.into_any(),
        false => view! {
            <li><a href=format!("/visits/{}", other.id)>{moment.short_view()}</a>{badge}</li>
        }
        .into_any(),
    }
}
