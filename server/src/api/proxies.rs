//! Who acts for the calling patient, and for whom they act.
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
    routing::{delete, get},
};
use domain::{
    identity::UserId,
    proxies::{GrantForm, ProxyGrantId, Scope},
};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use services::{
    Error,
    identity::{self, Caller, Patient, Person, factor},
    proxies::{self, ActingFor, Grant},
};

pub fn routes() -> Routes {
    vec![
        ("/proxies", get(list_proxies).post(create_proxy)),
        ("/proxies/{id}", delete(remove_proxy)),
    ]
}

/// What there is to ask about them.
pub(super) const OPERATIONS: &[Operation] = &[
    Operation {
        method: "get",
        path: "/api/proxies",
        id: "list_proxies",
        summary: "Who acts for the calling patient, and for whom they act",
        who: Who::Patient,
        parameters: &[],
        body: None,
        success: (200, "ProxiesBody"),
        failures: &[401, 403],
    },
    Operation {
        method: "post",
        path: "/api/proxies",
        id: "create_proxy",
        summary: "Invite somebody by mail to act for the calling patient, ten at most. The answer is the same whether or not the address has an account",
        who: Who::Patient,
        parameters: &[],
        body: Some("CreateProxyBody"),
        success: (201, "ProxyGrantBody"),
        failures: &[400, 401, 403, 409, 415, 429],
    },
    Operation {
        method: "delete",
        path: "/api/proxies/{id}",
        id: "remove_proxy",
        summary: "End a grant of the caller or one to them, at once",
        who: Who::Patient,
        parameters: &[ID],
        body: None,
        success: (200, "ProxiesBody"),
        failures: &[401, 403, 404],
    },
];

/// What the caller lets somebody do.
#[derive(Serialize, utoipa::ToSchema)]
pub struct ProxyGrantBody {
    #[schema(value_type = String, format = Uuid)]
    id: ProxyGrantId,
    /// Of who acts; `null` until they have accepted.
    name: Option<String>,
    /// To which the invitation went.
    email: String,
    scopes: Vec<Scope>,
    #[schema(value_type = String, format = DateTime)]
    granted_at: Timestamp,
    /// Until when the invitation can be accepted.
    #[schema(value_type = String, format = DateTime)]
    answer_until: Timestamp,
    #[schema(value_type = String, format = DateTime)]
    ends_at: Timestamp,
}

impl From<Grant> for ProxyGrantBody {
    fn from(grant: Grant) -> Self {
        Self {
            id: grant.id,
            name: grant.proxy_name,
            email: grant.email,
            scopes: grant.scopes.iter().collect(),
            granted_at: grant.granted_at,
            answer_until: grant.answer_until,
            ends_at: grant.ends_at,
        }
    }
}

/// For whom the caller acts.
#[derive(Serialize, utoipa::ToSchema)]
pub struct ActingForBody {
    /// Of the grant.
    #[schema(value_type = String, format = Uuid)]
    id: ProxyGrantId,
    /// What `patient_id` of a booking names.
    #[schema(value_type = String, format = Uuid)]
    patient_id: UserId,
    name: String,
    scopes: Vec<Scope>,
    #[schema(value_type = String, format = DateTime)]
    ends_at: Timestamp,
}

impl From<ActingFor> for ActingForBody {
    fn from(acting: ActingFor) -> Self {
        Self {
            id: acting.id,
            patient_id: acting.patient,
            name: acting.name,
            scopes: acting.scopes.iter().collect(),
            ends_at: acting.ends_at,
        }
    }
}

/// Both directions.
#[derive(Serialize, utoipa::ToSchema)]
pub struct ProxiesBody {
    /// Who acts for the caller, or is invited to, the newest first.
    granted: Vec<ProxyGrantBody>,
    acting_for: Vec<ActingForBody>,
}

/// Who is to act for the caller, and the proof that it is they who ask.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(default)]
#[derive(Default)]
pub struct CreateProxyBody {
    email: String,
    /// `visits`, `booking`, which takes `visits` along, and `health`; one at least.
    scopes: Vec<String>,
    /// `30_days`, `6_months` or `1_year`.
    lifetime: String,
    /// The caller's, unless they have codes from an app.
    password: String,
    /// From the app, if they have one.
    code: String,
}

async fn list_proxies(
    State(site): State<Site>,
    As(patient): As<Patient>,
) -> ApiResult<axum::Json<ProxiesBody>> {
    Ok(axum::Json(both(&site, &patient).await?))
}

async fn both(site: &Site, patient: &Caller<Patient>) -> ApiResult<ProxiesBody> {
    let granted = proxies::grants(site.clinic(), patient).await?;
    let acting_for = proxies::acting_for(site.clinic(), patient).await?;
    Ok(ProxiesBody {
        granted: granted.into_iter().map(ProxyGrantBody::from).collect(),
        acting_for: acting_for.into_iter().map(ActingForBody::from).collect(),
    })
}

async fn create_proxy(
    State(site): State<Site>,
    As(patient): As<Patient>,
    Json(body): Json<CreateProxyBody>,
) -> ApiResult<(StatusCode, axum::Json<ProxyGrantBody>)> {
    let form = GrantForm { email: body.email, scopes: body.scopes, lifetime: body.lifetime };
    // What is wrong with the rest is said before somebody counts as guessing.
    form.check(&patient.email).map_err(Error::Invalid)?;
    let person = identity::require::<Person>(Some((*patient).clone()))?;
    factor::prove(site.clinic(), &person, body.password, &body.code).await?;
    let id = proxies::grant(site.clinic(), &patient, &form).await?;
    let granted = proxies::grants(site.clinic(), &patient).await?;
    let made = granted.into_iter().find(|grant| grant.id == id).ok_or(Error::NotFound)?;
    Ok((StatusCode::CREATED, axum::Json(made.into())))
}

async fn remove_proxy(
    State(site): State<Site>,
    As(patient): As<Patient>,
    Path(id): Path<ProxyGrantId>,
) -> ApiResult<axum::Json<ProxiesBody>> {
    proxies::end(site.clinic(), &patient, id).await?;
    Ok(axum::Json(both(&site, &patient).await?))
}
