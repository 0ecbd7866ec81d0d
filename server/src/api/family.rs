//! The people the calling patient books for.
use super::{
    Routes,
    input::{As, Json, Path},
    openapi::{ID, Operation, Who},
    problem::ApiResult,
};
use app::Site;
use axum::{
    extract::State,
    http::StatusCode,
    routing::{get, put},
};
use domain::{
    family::{DependantDetails, Relationship},
    identity::UserId,
};
use serde::{Deserialize, Serialize};
use services::{
    family::{self, Dependant},
    identity::Patient,
};

pub fn routes() -> Routes {
    vec![
        ("/family", get(list_family).post(add_to_family)),
        ("/family/{id}", put(update_family).delete(remove_from_family)),
    ]
}

/// What there is to ask about them.
pub(super) const OPERATIONS: &[Operation] = &[
    Operation {
        method: "get",
        path: "/api/family",
        id: "list_family",
        summary: "The people the calling patient books for",
        who: Who::Patient,
        parameters: &[],
        body: None,
        success: (200, "Family"),
        failures: &[401, 403],
    },
    Operation {
        method: "post",
        path: "/api/family",
        id: "add_to_family",
        summary: "Add somebody to book for, ten at most",
        who: Who::Patient,
        parameters: &[],
        body: Some("DependantDetailsBody"),
        success: (201, "DependantBody"),
        failures: &[400, 401, 403, 409, 415],
    },
    Operation {
        method: "put",
        path: "/api/family/{id}",
        id: "update_family",
        summary: "Change what is known of somebody",
        who: Who::Patient,
        parameters: &[ID],
        body: Some("DependantDetailsBody"),
        success: (200, "DependantBody"),
        failures: &[400, 401, 403, 404, 415],
    },
    Operation {
        method: "delete",
        path: "/api/family/{id}",
        id: "remove_from_family",
        summary: "Remove somebody who has no coming visits",
        who: Who::Patient,
        parameters: &[ID],
        body: None,
        success: (200, "DependantBody"),
        failures: &[401, 403, 404, 409],
    },
];

/// Somebody without an account, for whom the caller books.
#[derive(Serialize, utoipa::ToSchema)]
pub struct DependantBody {
    /// What `patient_id` of a booking names.
    #[schema(value_type = String, format = Uuid)]
    id: UserId,
    first_name: String,
    last_name: String,
    full_name: String,
    #[schema(value_type = Option<String>, format = Date)]
    date_of_birth: Option<jiff::civil::Date>,
    relationship: Relationship,
}

impl From<Dependant> for DependantBody {
    fn from(dependant: Dependant) -> Self {
        Self {
            id: dependant.id,
            full_name: dependant.full_name(),
            first_name: dependant.first_name,
            last_name: dependant.last_name,
            date_of_birth: dependant.date_of_birth,
            relationship: dependant.relationship,
        }
    }
}

/// What is to be known of somebody; all of it is replaced.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(default)]
#[derive(Default)]
pub struct DependantDetailsBody {
    first_name: String,
    last_name: String,
    /// E.g. `2018-05-31`.
    date_of_birth: String,
    /// `child`, `partner`, `parent` or `other`.
    relationship: String,
}

impl DependantDetailsBody {
    fn details(self) -> DependantDetails {
        DependantDetails {
            first_name: self.first_name,
            last_name: self.last_name,
            date_of_birth: self.date_of_birth,
            relationship: self.relationship,
        }
    }
}

async fn list_family(
    State(site): State<Site>,
    As(patient): As<Patient>,
) -> ApiResult<axum::Json<Vec<DependantBody>>> {
    let all = family::dependants(site.clinic(), &patient).await?;
    Ok(axum::Json(all.into_iter().map(DependantBody::from).collect()))
}

async fn add_to_family(
    State(site): State<Site>,
    As(patient): As<Patient>,
    Json(body): Json<DependantDetailsBody>,
) -> ApiResult<(StatusCode, axum::Json<DependantBody>)> {
    let id = family::add(site.clinic(), &patient, &body.details()).await?;
    let added = family::dependant(site.clinic(), &patient, id).await?;
    Ok((StatusCode::CREATED, axum::Json(added.into())))
}

async fn update_family(
    State(site): State<Site>,
    As(patient): As<Patient>,
    Path(id): Path<UserId>,
    Json(body): Json<DependantDetailsBody>,
) -> ApiResult<axum::Json<DependantBody>> {
    family::change(site.clinic(), &patient, id, &body.details()).await?;
    Ok(axum::Json(family::dependant(site.clinic(), &patient, id).await?.into()))
}

async fn remove_from_family(
    State(site): State<Site>,
    As(patient): As<Patient>,
    Path(id): Path<UserId>,
) -> ApiResult<axum::Json<DependantBody>> {
    let removed = family::dependant(site.clinic(), &patient, id).await?;
    family::remove(site.clinic(), &patient, id).await?;
    Ok(axum::Json(removed.into()))
}
