//! The operations of what needs attention.
use super::{ID, List, Operation, PAGED, Who, named, schema};
use crate::api::alerts::{AlertBody, OpenAlertsBody};
use domain::readings::{Concern, Severity, Side};
use serde_json::Value;

pub const OPERATIONS: &[Operation] = &[
    Operation {
        method: "get",
        path: "/api/health-alerts",
        id: "list_alerts",
        summary: "What in the readings of the calling patient needs attention, and what to do: one alert of each kind at most, what was not seen first",
        who: Who::Patient,
        parameters: &[],
        body: None,
        success: (200, "OpenAlertsBody"),
        failures: &[401, 403],
    },
    Operation {
        method: "get",
        path: "/api/health-alerts/past",
        id: "list_past_alerts",
        summary: "The alerts of the calling patient that are over, the newest first",
        who: Who::Patient,
        parameters: &PAGED,
        body: None,
        success: (200, "AlertList"),
        failures: &[400, 401, 403],
    },
    Operation {
        method: "post",
        path: "/api/health-alerts/{id}/acknowledge",
        id: "acknowledge_alert",
        summary: "Say that the calling patient has seen an alert. It goes on until their readings are calm again",
        who: Who::Patient,
        parameters: &[ID],
        body: None,
        success: (204, ""),
        failures: &[401, 403, 404],
    },
];

pub fn schemas() -> Vec<(String, Value)> {
    vec![
        named::<AlertBody>(),
        ("AlertList".to_owned(), schema::<List<AlertBody>>()),
        named::<Concern>(),
        named::<OpenAlertsBody>(),
        named::<Severity>(),
        named::<Side>(),
    ]
}
