//! What was measured of a patient, as they see and enter it.
pub mod add_page;
pub mod list_page;

use domain::readings::MetricKind;
use ui::Choice;

const PATH: &str = "/patient/readings";

/// Every kind, to choose from.
fn kinds() -> impl Iterator<Item = Choice> {
    MetricKind::ALL.iter().map(|kind| Choice::new(kind.as_str(), kind.label()))
}
