//! What the API is, for programs (OpenAPI 3.1) and for people.
mod waitlist;

use super::{
    List, Routes,
    availability::{AvailabilityBody, AvailabilityList, ScheduleEntry},
    booking::{AppointmentBody, CreateAppointmentBody, SlotBody, UpdateAppointmentBody},
    directory::{HospitalBody, MoneyBody, PlaceBody, ProviderBody},
    explain::{ExplainedBody, ExplainedHoursBody, ExplainedTimeBody},
    family::{self, DependantBody, DependantDetailsBody},
    holds::{CreateHoldBody, HoldBody},
    hours::{AvailabilityHoursBody, CreateAvailabilityBody},
    identity::{LoginBody, ProfileBody, RegisterBody, Session, UserBody},
    payments::{CreatePaymentBody, PaymentBody},
    problem::ProblemBody,
};
use app::reference;
use axum::{http::StatusCode, routing::get};
use domain::{
    FieldProblem,
    booking::{AppointmentStatus, Cause, PaymentStatus, VisitKind},
    directory::{Gender, Specialty},
    family::Relationship,
    identity::Role,
};
use serde_json::{Map, Value, json};
use std::sync::LazyLock;
use utoipa::{PartialSchema, ToSchema};

pub fn routes() -> Routes {
    vec![
        ("/openapi.json", get(async || axum::Json(&*DOCUMENT))),
        ("/docs", get(async |page: app::Page| reference::show(page, &DOCUMENT))),
    ]
}

/// Who may call an operation.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Who {
    Anyone,
    Person,
    Patient,
    Doctor,
}

/// One operation of the API.
pub(super) struct Operation {
    pub method: &'static str,
    pub path: &'static str,
    pub id: &'static str,
    pub summary: &'static str,
    pub who: Who,
    /// Where, name and meaning; `header?` may be left out, as may what is in the query.
    pub parameters: &'static [(&'static str, &'static str, &'static str)],
    pub body: Option<&'static str>,
    /// Status and schema; the empty one: no body.
    pub success: (u16, &'static str),
    pub failures: &'static [u16],
}

const PAGED: [(&str, &str, &str); 2] = [
    ("query", "page", "The page, from 1 on."),
    ("query", "page_size", "Rows on a page: 20, at most 100."),
];
const COMMAND: [(&str, &str, &str); 2] = [
    ID,
    (
        "header?",
        "Idempotency-Key",
        "1 to 255 visible ASCII characters, new for each command. A repetition within 48 hours does nothing more and answers with `Idempotency-Replayed: true`.",
    ),
];
pub(super) const ID: (&str, &str, &str) = ("path", "id", "UUID.");
const WINDOW: [(&str, &str, &str); 4] = [
    ID,
    ("query", "from", "A day in the doctor's zone, or a time with offset. Default: now."),
    ("query", "to", "The last day, or a time with offset; at most 31 days later. Default: a week."),
    ("query", "visit", "Only times for `video`, `phone` or `in_person`."),
];

const OPERATIONS: &[Operation] = &[
    Operation {
        method: "post",
        path: "/api/auth/register",
        id: "register",
        summary: "Make an account as a patient",
        who: Who::Anyone,
        parameters: &[],
        body: Some("RegisterBody"),
        success: (201, "Session"),
        failures: &[400, 415],
    },
    Operation {
        method: "post",
        path: "/api/auth/login",
        id: "login",
        summary: "Sign in with email and password",
        who: Who::Anyone,
        parameters: &[],
        body: Some("LoginBody"),
        success: (200, "Session"),
        failures: &[400, 401, 415],
    },
    Operation {
        method: "get",
        path: "/api/auth/profile",
        id: "get_profile",
        summary: "The caller's account",
        who: Who::Person,
        parameters: &[],
        body: None,
        success: (200, "UserBody"),
        failures: &[401],
    },
    Operation {
        method: "put",
        path: "/api/auth/profile",
        id: "update_profile",
        summary: "Change the caller's account",
        who: Who::Person,
        parameters: &[],
        body: Some("ProfileBody"),
        success: (200, "UserBody"),
        failures: &[400, 401, 415],
    },
    Operation {
        method: "get",
        path: "/api/patients/me",
        id: "get_patient",
        summary: "The calling patient",
        who: Who::Patient,
        parameters: &[],
        body: None,
        success: (200, "UserBody"),
        failures: &[401, 403],
    },
    Operation {
        method: "get",
        path: "/api/providers",
        id: "list_providers",
        summary: "Find doctors; each with the next free times",
        who: Who::Anyone,
        parameters: &[
            ("query", "q", "A name or specialty; accents and small mistakes allowed."),
            ("query", "specialization", "E.g. `cardiology`."),
            ("query", "city", "A city with one of the doctor's places."),
            ("query", "hospital", "The id of one of the doctor's places."),
            ("query", "language", "ISO 639-1, e.g. `fr`."),
            ("query", "gender", "`female`, `male`, `other` or `unknown`."),
            ("query", "visit", "`video`, `phone` or `in_person`."),
            ("query", "max_fee_minor", "The highest fee in minor units; needs `currency`."),
            ("query", "currency", "ISO 4217, e.g. `EUR`."),
            ("query", "free_before", "With a free time before this time with offset."),
            ("query", "accepting", "`true`: only doctors who take new patients."),
            PAGED[0],
            PAGED[1],
        ],
        body: None,
        success: (200, "ProviderList"),
        failures: &[400],
    },
    Operation {
        method: "get",
        path: "/api/providers/{id}",
        id: "get_provider",
        summary: "One doctor",
        who: Who::Anyone,
        parameters: &[ID],
        body: None,
        success: (200, "ProviderBody"),
        failures: &[404],
    },
    Operation {
        method: "get",
        path: "/api/providers/{id}/availability",
        id: "get_availability",
        summary: "The free times of a doctor, from the function that books",
        who: Who::Anyone,
        parameters: &WINDOW,
        body: None,
        success: (200, "AvailabilityBody"),
        failures: &[400, 404],
    },
    Operation {
        method: "get",
        path: "/api/providers/{id}/schedule",
        id: "get_schedule",
        summary: "The visits of the calling doctor",
        who: Who::Doctor,
        parameters: &WINDOW,
        body: None,
        success: (200, "ScheduleEntries"),
        failures: &[400, 401, 403, 404],
    },
    Operation {
        method: "post",
        path: "/api/doctors/availability",
        id: "create_availability",
        summary: "Add hours of the calling doctor: each week, or on one day",
        who: Who::Doctor,
        parameters: &[],
        body: Some("CreateAvailabilityBody"),
        success: (201, "AvailabilityHoursBody"),
        failures: &[400, 401, 403, 415, 422],
    },
    Operation {
        method: "get",
        path: "/api/providers/{id}/hospitals",
        id: "list_provider_hospitals",
        summary: "The places of a doctor, the primary one first",
        who: Who::Anyone,
        parameters: &[ID],
        body: None,
        success: (200, "Places"),
        failures: &[404],
    },
    Operation {
        method: "get",
        path: "/api/hospitals",
        id: "list_hospitals",
        summary: "Hospitals by city and name",
        who: Who::Anyone,
        parameters: &[("query", "city", "Only of this city."), PAGED[0], PAGED[1]],
        body: None,
        success: (200, "HospitalList"),
        failures: &[400],
    },
    Operation {
        method: "get",
        path: "/api/availability",
        id: "list_availability",
        summary: "The free times of up to 20 doctors at once",
        who: Who::Anyone,
        parameters: &[
            ("query", "providers", "1 to 20 UUIDs with commas between them."),
            WINDOW[1],
            WINDOW[2],
            WINDOW[3],
        ],
        body: None,
        success: (200, "AvailabilityList"),
        failures: &[400],
    },
    Operation {
        method: "get",
        path: "/api/providers/{id}/availability/explain",
        id: "explain_availability",
        summary: "Why is nothing free: every time of a day with the one cause that takes it away; for the doctor and for admins",
        who: Who::Person,
        parameters: &[ID, ("query", "date", "A day in the doctor's zone. Default: today.")],
        body: None,
        success: (200, "ExplainedBody"),
        failures: &[400, 401, 403, 404],
    },
    Operation {
        method: "put",
        path: "/api/providers/{id}/hold",
        id: "keep_time",
        summary: "Keep a free time for ten minutes while the patient decides; again to keep it for longer, half an hour at most",
        who: Who::Patient,
        parameters: &[ID],
        body: Some("CreateHoldBody"),
        success: (200, "HoldBody"),
        failures: &[400, 401, 403, 404, 409, 415],
    },
    Operation {
        method: "delete",
        path: "/api/providers/{id}/hold",
        id: "release_time",
        summary: "Let go of the time that is kept with this doctor",
        who: Who::Patient,
        parameters: &[ID],
        body: None,
        success: (204, ""),
        failures: &[401, 403, 404],
    },
    Operation {
        method: "get",
        path: "/api/appointments",
        id: "list_appointments",
        summary: "The visits of the calling patient and their family, latest first",
        who: Who::Patient,
        parameters: &PAGED,
        body: None,
        success: (200, "AppointmentList"),
        failures: &[400, 401, 403],
    },
    Operation {
        method: "post",
        path: "/api/appointments",
        id: "create_appointment",
        summary: "Book a visit; safe to repeat with the same key",
        who: Who::Patient,
        parameters: &[(
            "header",
            "Idempotency-Key",
            "1 to 255 visible ASCII characters, new for each booking. A repetition within 48 hours answers with `Idempotency-Replayed: true`.",
        )],
        body: Some("CreateAppointmentBody"),
        success: (201, "AppointmentBody"),
        failures: &[400, 401, 403, 404, 409, 415, 422],
    },
    Operation {
        method: "get",
        path: "/api/appointments/{id}",
        id: "get_appointment",
        summary: "One visit, for its patient, who books for them, or its doctor",
        who: Who::Person,
        parameters: &[ID],
        body: None,
        success: (200, "AppointmentBody"),
        failures: &[401, 404],
    },
    Operation {
        method: "put",
        path: "/api/appointments/{id}",
        id: "update_appointment",
        summary: "Move a visit, or change its reason",
        who: Who::Patient,
        parameters: &COMMAND,
        body: Some("UpdateAppointmentBody"),
        success: (200, "AppointmentBody"),
        failures: &[400, 401, 403, 404, 409, 415, 422],
    },
    Operation {
        method: "delete",
        path: "/api/appointments/{id}",
        id: "cancel_appointment",
        summary: "Cancel a visit",
        who: Who::Patient,
        parameters: &COMMAND,
        body: None,
        success: (200, "AppointmentBody"),
        failures: &[400, 401, 403, 404, 422],
    },
    Operation {
        method: "post",
        path: "/api/payments",
        id: "create_payment",
        summary: "Begin to pay for a visit: answers with the page on which the person pays",
        who: Who::Patient,
        parameters: &[(
            "header",
            "Idempotency-Key",
            "1 to 255 visible ASCII characters, new for each payment. A repetition within 48 hours answers with `Idempotency-Replayed: true`.",
        )],
        body: Some("CreatePaymentBody"),
        success: (201, "PaymentBody"),
        failures: &[400, 401, 403, 404, 409, 415, 422],
    },
];

fn schema_ref(name: &str) -> Value {
    json!({ "$ref": format!("#/components/schemas/{name}") })
}

fn content(kind: &str, schema: &str) -> Value {
    json!({ kind: { "schema": schema_ref(schema) } })
}

impl Operation {
    fn describe(&self) -> Value {
        let parameters: Vec<_> = self
            .parameters
            .iter()
            .map(|(place, name, about)| {
                let optional = place.ends_with('?') || *place == "query";
                json!({
                    "in": place.trim_end_matches('?'), "name": name, "description": about,
                    "required": !optional, "schema": { "type": "string" },
                })
            })
            .collect();
        let (status, schema) = self.success;
        let mut responses = Map::new();
        let described = |status: u16| {
            StatusCode::from_u16(status).ok().and_then(|s| s.canonical_reason()).unwrap_or_default()
        };
        let mut success = json!({ "description": described(status) });
        if !schema.is_empty() {
            success["content"] = content("application/json", schema);
        }
        responses.insert(status.to_string(), success);
        for failure in self.failures.iter().chain(&[503]) {
            responses.insert(
                failure.to_string(),
                json!({
                    "description": described(*failure),
                    "content": content("application/problem+json", "ProblemBody"),
                }),
            );
        }
        let mut operation = json!({
            "operationId": self.id, "summary": self.summary,
            "parameters": parameters, "responses": responses,
            "tags": [self.path.split('/').nth(2).unwrap_or_default()],
            "security": match self.who { Who::Anyone => json!([]), _ => json!([{ "bearer": [] }]) },
            "x-who": match self.who {
                Who::Anyone => "anyone",
                Who::Person => "anyone signed in",
                Who::Patient => "patients",
                Who::Doctor => "doctors",
            },
        });
        if let Some(body) = self.body {
            operation["requestBody"] =
                json!({ "required": true, "content": content("application/json", body) });
        }
        operation
    }
}

/// One schema by its name; generic ones get a name of their own.
fn schema<T: PartialSchema>() -> Value {
    serde_json::to_value(T::schema()).unwrap_or_default()
}

fn named<T: ToSchema>() -> (String, Value) {
    (T::name().into_owned(), schema::<T>())
}

static DOCUMENT: LazyLock<Value> = LazyLock::new(|| {
    let mut paths: Map<String, Value> = Map::new();
    for operation in OPERATIONS.iter().chain(waitlist::OPERATIONS).chain(family::OPERATIONS) {
        let path = paths.entry(operation.path).or_insert_with(|| json!({}));
        path[operation.method] = operation.describe();
    }
    let schemas: Map<String, Value> = [
        named::<AppointmentBody>(),
        named::<AppointmentStatus>(),
        named::<AvailabilityBody>(),
        named::<AvailabilityHoursBody>(),
        named::<AvailabilityList>(),
        named::<Cause>(),
        named::<CreateAppointmentBody>(),
        named::<CreateAvailabilityBody>(),
        named::<CreateHoldBody>(),
        named::<CreatePaymentBody>(),
        named::<DependantBody>(),
        named::<DependantDetailsBody>(),
        named::<FieldProblem>(),
        named::<Gender>(),
        named::<ExplainedBody>(),
        named::<ExplainedHoursBody>(),
        named::<ExplainedTimeBody>(),
        named::<HoldBody>(),
        named::<HospitalBody>(),
        named::<LoginBody>(),
        named::<MoneyBody>(),
        named::<PaymentBody>(),
        named::<PaymentStatus>(),
        named::<PlaceBody>(),
        named::<ProblemBody>(),
        named::<ProfileBody>(),
        named::<ProviderBody>(),
        named::<RegisterBody>(),
        named::<Relationship>(),
        named::<Role>(),
        named::<ScheduleEntry>(),
        named::<Session>(),
        named::<SlotBody>(),
        named::<Specialty>(),
        named::<UpdateAppointmentBody>(),
        named::<UserBody>(),
        named::<VisitKind>(),
        ("ProviderList".to_owned(), schema::<List<ProviderBody>>()),
        ("HospitalList".to_owned(), schema::<List<HospitalBody>>()),
        ("AppointmentList".to_owned(), schema::<List<AppointmentBody>>()),
        ("Family".to_owned(), json!({ "type": "array", "items": schema_ref("DependantBody") })),
        ("Places".to_owned(), json!({ "type": "array", "items": schema_ref("PlaceBody") })),
        (
            "ScheduleEntries".to_owned(),
            json!({ "type": "array", "items": schema_ref("ScheduleEntry") }),
        ),
    ]
    .into_iter()
    .chain(waitlist::schemas())
    .collect();
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "MedConnect",
            "version": env!("CARGO_PKG_VERSION"),
            "description": "Find a doctor, see real free times, book a visit. Times are RFC 3339 in UTC. \
                Failures are application/problem+json (RFC 9457). Every path answers with and without a slash at its end. \
                /api/consultations is another name of /api/appointments.",
        },
        "paths": paths,
        "components": {
            "schemas": schemas,
            "securitySchemes": {
                "bearer": { "type": "http", "scheme": "bearer", "bearerFormat": "JWT" },
            },
        },
    })
});
