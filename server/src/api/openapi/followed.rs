//! The operations of the readings of patients, as their doctors see them.
use super::{List, Operation, PAGED, Who, named, schema};
use crate::api::followed::{
    AttentionReasonBody, FollowedPatientBody, LimitNumbersBody, LimitsBody, SetLimitsBody,
};
use serde_json::Value;

const PATIENT: (&str, &str, &str) = ("path", "id", "The patient.");
const KIND: (&str, &str, &str) = ("path", "kind", "E.g. `blood_pressure`.");

pub const OPERATIONS: &[Operation] = &[
    Operation {
        method: "get",
        path: "/api/health-metrics/patients",
        id: "list_followed_patients",
        summary: "The patients with a visit of the calling doctor who have measured something lately, who needs attention most first. Each look is in the access log of the patient",
        who: Who::Doctor,
        parameters: &PAGED,
        body: None,
        success: (200, "FollowedPatientList"),
        failures: &[400, 401, 403],
    },
    Operation {
        method: "get",
        path: "/api/patients/{id}/health-metrics/dashboard",
        id: "get_dashboard_of_patient",
        summary: "What the patient sees on their own dashboard, for a doctor who may read the record. Each look is in the access log of the patient",
        who: Who::Doctor,
        parameters: &[
            PATIENT,
            (
                "query",
                "period",
                "The `week`, `month` or `quarter` until today; a month if none is given.",
            ),
        ],
        body: None,
        success: (200, "DashboardBody"),
        failures: &[400, 401, 403, 404],
    },
    Operation {
        method: "get",
        path: "/api/patients/{id}/health-metrics/{kind}/summary",
        id: "get_summary_of_patient",
        summary: "What the readings of one kind come to in a period, for a doctor who may read the record",
        who: Who::Doctor,
        parameters: &[
            PATIENT,
            KIND,
            ("query", "period", "A `day`, `week`, `month` or `quarter`; a month if none is given."),
            (
                "query",
                "on",
                "The last day of the period, such as `2026-03-02`; today if none is given.",
            ),
        ],
        body: None,
        success: (200, "SummaryBody"),
        failures: &[400, 401, 403, 404],
    },
    Operation {
        method: "get",
        path: "/api/patients/{id}/health-metrics/{kind}/limits",
        id: "get_limits_of_patient",
        summary: "The limits that hold for the readings of a patient, for a doctor who may read the record",
        who: Who::Doctor,
        parameters: &[PATIENT, KIND],
        body: None,
        success: (200, "LimitsBody"),
        failures: &[401, 403, 404],
    },
    Operation {
        method: "put",
        path: "/api/patients/{id}/health-metrics/{kind}/limits",
        id: "set_limits_of_patient",
        summary: "Set the limits for the readings of a patient, all of a kind at once. They hold for what comes from then on; 409 if they were changed since `version`",
        who: Who::Doctor,
        parameters: &[PATIENT, KIND],
        body: Some("SetLimitsBody"),
        success: (200, "LimitsBody"),
        failures: &[400, 401, 403, 404, 409, 415],
    },
];

pub fn schemas() -> Vec<(String, Value)> {
    vec![
        named::<AttentionReasonBody>(),
        named::<FollowedPatientBody>(),
        ("FollowedPatientList".to_owned(), schema::<List<FollowedPatientBody>>()),
        named::<LimitNumbersBody>(),
        named::<LimitsBody>(),
        named::<SetLimitsBody>(),
    ]
}
