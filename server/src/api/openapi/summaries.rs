//! The operations of what readings come to.
use super::{Operation, Who, named};
use crate::api::{
    figures::{AchievementBody, DisplayBody, LevelBody},
    summaries::{
        ComparisonBody, CoverageBody, DashboardBody, InsightBody, PointBody, RecommendationBody,
        SummaryBody, TargetRangeBody, TimeInRangeBody, TrendBody,
    },
};
use domain::readings::{Certainty, Direction, Milestone, Mood, Period, Step};
use serde_json::Value;

pub const OPERATIONS: &[Operation] = &[
    Operation {
        method: "get",
        path: "/api/health-metrics/dashboard",
        id: "get_dashboard",
        summary: "What the readings of the calling patient come to, kind by kind, with trends, insights and what to do next. Figures for which there are too few readings are `null`",
        who: Who::Patient,
        parameters: &[(
            "query",
            "period",
            "The `week`, `month` or `quarter` until today; a month if none is given.",
        )],
        body: None,
        success: (200, "DashboardBody"),
        failures: &[400, 401, 403],
    },
    Operation {
        method: "get",
        path: "/api/health-metrics/{kind}/summary",
        id: "get_summary",
        summary: "What the readings of one kind come to in a period, by its days, or by the hours of one day. Days are those of the clock of the patient",
        who: Who::Patient,
        parameters: &[
            ("path", "kind", "E.g. `blood_pressure`."),
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
];

pub fn schemas() -> Vec<(String, Value)> {
    vec![
        named::<AchievementBody>(),
        named::<Certainty>(),
        named::<ComparisonBody>(),
        named::<CoverageBody>(),
        named::<DashboardBody>(),
        named::<Direction>(),
        named::<DisplayBody>(),
        named::<InsightBody>(),
        named::<LevelBody>(),
        named::<Milestone>(),
        named::<Mood>(),
        named::<Period>(),
        named::<PointBody>(),
        named::<RecommendationBody>(),
        named::<Step>(),
        named::<SummaryBody>(),
        named::<TargetRangeBody>(),
        named::<TimeInRangeBody>(),
        named::<TrendBody>(),
    ]
}
