//! What was measured of a patient, as they see and enter it.
pub mod add_page;
mod alert_card;
pub mod alerts_page;
pub mod attention_page;
mod chart;
mod chart_svg;
pub mod dashboard_page;
pub mod doctor_pages;
pub mod edit_page;
pub mod export_page;
pub mod kind_page;
pub mod limits_page;
pub mod list_page;
pub mod live;
pub mod milestones_page;
pub mod report_page;
mod spots;
mod time;
mod words;

use crate::{Page, times::Moment};
use domain::{
    identity::UserId,
    readings::{Level, MetricKind, Reading, ReadingId, Scale, Summary, Unit},
    zone::Zone,
};
use jiff::Timestamp;
use leptos::prelude::*;
use services::readings::StoredReading;
use ui::Choice;

const PATH: &str = "/patient/readings";

/// What of them needs attention.
const ALERTS: &str = "/patient/alerts";

/// The list of each of them.
const ALL: &str = "/patient/readings/all";

/// Who looks at the pages that patients and their doctors share.
#[derive(Debug, Clone)]
pub enum Reader {
    Patient,
    Doctor { patient: UserId, name: String },
}

impl Reader {
    /// Where the overview is.
    fn path(&self) -> String {
        match self {
            Self::Patient => PATH.to_owned(),
            Self::Doctor { patient, .. } => format!("/doctor/patients/{patient}/readings"),
        }
    }

    fn path_of(&self, kind: MetricKind) -> String {
        format!("{}/{kind}", self.path())
    }

    /// What the overview is called.
    fn title(&self) -> String {
        match self {
            Self::Patient => "Your readings".to_owned(),
            Self::Doctor { name, .. } => format!("Readings of {name}"),
        }
    }
}

/// As the range is called beside figures.
fn range_label(summary: &Summary) -> &'static str {
    match summary.target {
        Some(target) if target.is_personal => "In the target range",
        _ => "In the usual range",
    }
}

/// Where a reading is corrected. No word of a kind is an id.
fn edit_path(id: ReadingId) -> String {
    format!("{PATH}/{id}/edit")
}

/// Every kind, to choose from.
fn kinds() -> impl Iterator<Item = Choice> {
    MetricKind::ALL.iter().map(|kind| Choice::new(kind.as_str(), kind.label()))
}

/// `Tue 3 Mar 2026, 09:20`, on the reader's clock.
fn when(page: &Page, at: Timestamp) -> AnyView {
    let text = Moment::new(at, page.zone().as_ref(), Zone::UTC).dated();
    view! { <time class="tabular" datetime=at.to_string()>{text}</time> }.into_any()
}

/// `5.5 mmol/L`, in the unit it was sent or entered in.
fn value_as_sent(reading: Reading, unit: Unit) -> String {
    let shown = |unit| reading.shown_in(unit);
    shown(unit).or_else(|| shown(reading.kind().unit())).unwrap_or_default()
}

/// `5.5 mmol/L`
fn value_in(stored: &StoredReading, scale: &Scale) -> String {
    Level::from(stored.reading).shown(scale)
}
