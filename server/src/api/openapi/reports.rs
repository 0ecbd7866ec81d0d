//! The operations of one reading and its corrections, and of reports.
use super::{ID, Operation, Who, named};
use crate::api::{
    reading::{CorrectReadingBody, CorrectedBody, ReadingDetailsBody},
    report::{ChartDataBody, ImprovementBody, ReportBody},
};
use serde_json::Value;

pub const OPERATIONS: &[Operation] = &[
    Operation {
        method: "get",
        path: "/api/health-metrics/{id}",
        id: "get_reading",
        summary: "A reading of the calling patient, and what it was before it was corrected. Asked for by the id it had before, it comes with its own",
        who: Who::Patient,
        parameters: &[ID],
        body: None,
        success: (200, "ReadingDetailsBody"),
        failures: &[401, 403, 404],
    },
    Operation {
        method: "patch",
        path: "/api/health-metrics/{id}",
        id: "correct_reading",
        summary: "Correct a reading that the calling patient entered, or the note of any; what it was stays readable. Its id follows from what it says, so that other numbers or another time give it a new one",
        who: Who::Patient,
        parameters: &[ID],
        body: Some("CorrectReadingBody"),
        success: (200, "ReadingDetailsBody"),
        failures: &[400, 401, 403, 404, 409, 415],
    },
    Operation {
        method: "get",
        path: "/api/health-metrics/report",
        id: "get_report",
        summary: "What the readings of the calling patient come to in a period, beside the period before: what has improved, and what to do next. Figures for which there are too few readings are `null`",
        who: Who::Patient,
        parameters: &[
            (
                "query",
                "period",
                "`weekly`, `monthly` (30 days) or `quarterly` (13 weeks); a month if none is given.",
            ),
            (
                "query",
                "last",
                "The last day of the period, such as `2026-03-02`; today if none is given.",
            ),
        ],
        body: None,
        success: (200, "ReportBody"),
        failures: &[400, 401, 403],
    },
];

pub fn schemas() -> Vec<(String, Value)> {
    vec![
        named::<ChartDataBody>(),
        named::<CorrectReadingBody>(),
        named::<CorrectedBody>(),
        named::<ImprovementBody>(),
        named::<ReadingDetailsBody>(),
        named::<ReportBody>(),
    ]
}
