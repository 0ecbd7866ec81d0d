//! What the API is, for programs (OpenAPI 3.1) and for people.
mod alerts;
mod devices;
mod followed;
mod operations;
mod reports;
mod summaries;
mod waitlist;

use super::{
    List, Routes,
    account::{AccountBody, HealthBody, HealthDetailsBody, ProfileBody},
    appointment::{AppointmentBody, MoneyOfVisit},
    availability::ScheduleEntry,
    booking::{CreateAppointmentBody, UpdateAppointmentBody},
    directory::{HospitalBody, MoneyBody, PlaceBody, ProviderBody},
    explain::{ExplainedBody, ExplainedHoursBody, ExplainedTimeBody},
    family::{self, DependantBody, DependantDetailsBody},
    group::{
        self, BookedBody, CreateAppointmentsBody, GroupBody, GroupVisitBody, SeriesTime,
        SeriesTimes, TimesTogether,
    },
    holds::{CreateHoldBody, HoldBody},
    hours::{AvailabilityHoursBody, CreateAvailabilityBody},
    identity::{LoginBody, LoginReply, MfaBody, RegisterBody, Session, UserBody, VerifyEmailBody},
    payments::{CreatePaymentBody, PaymentBody},
    problem::ProblemBody,
    providers::{
        AddHoursBody, AddedHoursBody, AnalyticsBody, CreateProviderBody, CreatedProviderBody,
        HospitalIdsBody, LicenseCheckBody, MonthBody, ProviderHospitalsBody,
    },
    proxies::{self, ActingForBody, CreateProxyBody, ProxiesBody, ProxyGrantBody},
    roles::{self, AssignRoleBody, RoleBody, UserRoleBody},
    times::{AvailabilityBody, AvailabilityList, SlotBody},
    tokens,
};
use app::reference;
use axum::{http::StatusCode, routing::get};
use domain::{
    FieldProblem,
    account::{ActivityLevel, BloodType},
    booking::{AppointmentStatus, Cause, PaymentStatus, Priority, VisitKind},
    directory::{Gender, Specialty},
    family::Relationship,
    identity::permission::Permission,
    proxies::{Lifetime, Scope},
};
pub(super) use operations::{ID, KEY, PAGED};
use operations::{OPERATIONS, PROVIDER_OPERATIONS};
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
    PatientOrDoctor,
    Admin,
    DoctorOrAdmin,
    RoleManager,
    /// One that shows its key.
    Device,
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
            "security": match self.who {
                Who::Anyone => json!([]),
                Who::Device => json!([{ "device": [] }]),
                _ => json!([{ "bearer": [] }]),
            },
            "x-who": match self.who {
                Who::Anyone => "anyone",
                Who::Person => "anyone signed in",
                Who::Patient => "patients",
                Who::Doctor => "doctors",
                Who::PatientOrDoctor => "patients, and the doctor",
                Who::Admin => "admins",
                Who::RoleManager => "those who run roles",
                Who::DoctorOrAdmin => "the doctor, and admins",
                Who::Device => "devices",
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

pub(super) fn named<T: ToSchema>() -> (String, Value) {
    (T::name().into_owned(), schema::<T>())
}

/// The schemas that operations name.
fn schemas() -> Vec<(String, Value)> {
    [
        named::<AccountBody>(),
        named::<ActivityLevel>(),
        named::<BloodType>(),
        named::<HealthBody>(),
        named::<HealthDetailsBody>(),
        named::<AddHoursBody>(),
        named::<AddedHoursBody>(),
        named::<AnalyticsBody>(),
        named::<CreateProviderBody>(),
        named::<CreatedProviderBody>(),
        named::<HospitalIdsBody>(),
        named::<LicenseCheckBody>(),
        named::<MonthBody>(),
        named::<ProviderHospitalsBody>(),
        named::<AppointmentBody>(),
        named::<AppointmentStatus>(),
        named::<AvailabilityBody<'_>>(),
        named::<AvailabilityHoursBody>(),
        named::<AvailabilityList<'_>>(),
        named::<Cause>(),
        named::<CreateAppointmentBody>(),
        named::<MoneyOfVisit>(),
        named::<CreateAppointmentsBody>(),
        named::<GroupVisitBody>(),
        named::<GroupBody>(),
        named::<BookedBody>(),
        named::<TimesTogether>(),
        named::<SeriesTimes>(),
        named::<SeriesTime>(),
        named::<CreateAvailabilityBody>(),
        named::<CreateHoldBody>(),
        named::<CreatePaymentBody>(),
        named::<DependantBody>(),
        named::<DependantDetailsBody>(),
        named::<ActingForBody>(),
        named::<CreateProxyBody>(),
        named::<Lifetime>(),
        named::<ProxiesBody>(),
        named::<ProxyGrantBody>(),
        named::<Scope>(),
        named::<FieldProblem>(),
        named::<Gender>(),
        named::<ExplainedBody>(),
        named::<ExplainedHoursBody>(),
        named::<ExplainedTimeBody>(),
        named::<HoldBody>(),
        named::<HospitalBody>(),
        named::<LoginBody>(),
        named::<LoginReply>(),
        named::<MfaBody>(),
        named::<MoneyBody>(),
        named::<PaymentBody>(),
        named::<PaymentStatus>(),
        named::<Priority>(),
        named::<PlaceBody>(),
        named::<ProblemBody>(),
        named::<ProfileBody>(),
        named::<ProviderBody>(),
        named::<RegisterBody>(),
        named::<Relationship>(),
        named::<AssignRoleBody>(),
        named::<Permission>(),
        named::<RoleBody>(),
        named::<UserRoleBody>(),
        named::<ScheduleEntry>(),
        named::<Session>(),
        named::<SlotBody>(),
        named::<Specialty>(),
        named::<UpdateAppointmentBody>(),
        named::<UserBody>(),
        named::<VerifyEmailBody>(),
        named::<VisitKind>(),
        ("RoleList".to_owned(), schema::<List<RoleBody>>()),
        ("UserRoles".to_owned(), json!({ "type": "array", "items": schema_ref("UserRoleBody") })),
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
    .chain(devices::schemas())
    .chain(reports::schemas())
    .chain(summaries::schemas())
    .chain(alerts::schemas())
    .chain(followed::schemas())
    .chain(tokens::schemas())
    .collect()
}

static DOCUMENT: LazyLock<Value> = LazyLock::new(|| {
    let mut paths: Map<String, Value> = Map::new();
    for operation in OPERATIONS
        .iter()
        .chain(PROVIDER_OPERATIONS)
        .chain(waitlist::OPERATIONS)
        .chain(devices::OPERATIONS)
        .chain(reports::OPERATIONS)
        .chain(summaries::OPERATIONS)
        .chain(alerts::OPERATIONS)
        .chain(followed::OPERATIONS)
        .chain(family::OPERATIONS)
        .chain(proxies::OPERATIONS)
        .chain(group::OPERATIONS)
        .chain(roles::OPERATIONS)
        .chain(tokens::OPERATIONS)
    {
        let path = paths.entry(operation.path).or_insert_with(|| json!({}));
        path[operation.method] = operation.describe();
    }
    tokens::describe_grants(&mut paths);
    let schemas: Map<String, Value> = schemas().into_iter().collect();
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "MedConnect",
            "version": env!("CARGO_PKG_VERSION"),
            "description": "Find a doctor, see real free times, book a visit. Times are RFC 3339 in UTC. \
                Failures are application/problem+json (RFC 9457). Every path answers with and without a slash at its end. \
                /api/consultations is another name of /api/appointments.",
        },
        "x-mqtt": devices::MQTT,
        "paths": paths,
        "components": {
            "schemas": schemas,
            "securitySchemes": {
                "bearer": { "type": "http", "scheme": "bearer", "bearerFormat": "JWT" },
                "device": { "type": "apiKey", "in": "header", "name": "X-API-Key" },
            },
        },
    })
});

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_schema_hides_another_of_its_name() {
        let mut known = Map::new();
        for (name, schema) in schemas() {
            let hidden = known.insert(name.clone(), schema.clone());
            assert!(hidden.is_none_or(|hidden| hidden == schema), "two schemas are called {name}");
        }
    }
}
