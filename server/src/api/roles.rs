//! Roles, and who has which.
use super::{
    List, PageQuery, Routes,
    input::{As, Json, JustSignedIn, Path, Query},
    openapi::{ID, Operation, PAGED, Who},
    problem::ApiResult,
};
use app::Site;
use axum::{
    extract::{OriginalUri, State},
    http::StatusCode,
    routing::{delete, get},
};
use domain::identity::{
    UserId,
    permission::{Permission, RoleId},
};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use services::{
    Error,
    identity::{
        Caller, RoleManager,
        roles::{self, Held, Role},
    },
};

pub fn routes() -> Routes {
    vec![
        ("/roles", get(list_roles)),
        ("/users/{id}/roles", get(list_user_roles).post(assign_role)),
        ("/users/{id}/roles/{role}", delete(revoke_role)),
    ]
}

/// What there is to ask about them.
pub(super) const OPERATIONS: &[Operation] = &[
    Operation {
        method: "get",
        path: "/api/roles",
        id: "list_roles",
        summary: "The roles there are, and what each lets people do",
        who: Who::RoleManager,
        parameters: &PAGED,
        body: None,
        success: (200, "RoleList"),
        failures: &[400, 401, 403],
    },
    Operation {
        method: "get",
        path: "/api/users/{id}/roles",
        id: "list_user_roles",
        summary: "The roles somebody has, and who gave them these",
        who: Who::RoleManager,
        parameters: &[ID],
        body: None,
        success: (200, "UserRoles"),
        failures: &[401, 403, 404],
    },
    Operation {
        method: "post",
        path: "/api/users/{id}/roles",
        id: "assign_role",
        summary: "Give somebody a role, which counts from their next request on; asks for a sign-in of the last ten minutes",
        who: Who::RoleManager,
        parameters: &[ID],
        body: Some("AssignRoleBody"),
        success: (201, "UserRoles"),
        failures: &[400, 401, 403, 404, 409, 415],
    },
    Operation {
        method: "delete",
        path: "/api/users/{id}/roles/{role}",
        id: "revoke_role",
        summary: "Take a role from somebody, unless nobody would be left who runs roles; asks for a sign-in of the last ten minutes",
        who: Who::RoleManager,
        parameters: &[ID, ("path", "role", "UUID of the role.")],
        body: None,
        success: (200, "UserRoles"),
        failures: &[401, 403, 404, 409],
    },
];

/// A role.
#[derive(Serialize, utoipa::ToSchema)]
pub struct RoleBody {
    #[schema(value_type = String, format = Uuid)]
    id: RoleId,
    name: String,
    description: String,
    permissions: Vec<Permission>,
    is_active: bool,
}

impl From<Role> for RoleBody {
    fn from(role: Role) -> Self {
        Self {
            id: role.id,
            name: role.name,
            description: role.description,
            permissions: role.permissions,
            is_active: role.is_active,
        }
    }
}

/// A role that somebody has.
#[derive(Serialize, utoipa::ToSchema)]
pub struct UserRoleBody {
    #[schema(value_type = String, format = Uuid)]
    role: RoleId,
    name: String,
    is_active: bool,
    #[schema(value_type = String, format = DateTime)]
    assigned_at: Timestamp,
    /// The name of who gave it; left out where that was MedConnect itself.
    assigned_by: Option<String>,
}

impl From<Held> for UserRoleBody {
    fn from(held: Held) -> Self {
        Self {
            role: held.role,
            name: held.name,
            is_active: held.is_active,
            assigned_at: held.assigned_at,
            assigned_by: held.assigned_by,
        }
    }
}

/// A role to give.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(default)]
#[derive(Default)]
pub struct AssignRoleBody {
    /// UUID of the role.
    role: String,
}

async fn list_roles(
    State(site): State<Site>,
    As(manager): As<RoleManager>,
    OriginalUri(uri): OriginalUri,
    Query(query): Query<PageQuery>,
) -> ApiResult<axum::Json<List<RoleBody>>> {
    let page = query.page()?;
    let found = roles::roles(site.clinic(), &manager, page).await?;
    Ok(axum::Json(List::new(found, page, &uri, RoleBody::from)))
}

async fn roles_of(
    site: &Site,
    manager: &Caller<RoleManager>,
    user: UserId,
) -> ApiResult<axum::Json<Vec<UserRoleBody>>> {
    let account = roles::account(site.clinic(), manager, user).await?;
    Ok(axum::Json(account.roles.into_iter().map(UserRoleBody::from).collect()))
}

async fn list_user_roles(
    State(site): State<Site>,
    As(manager): As<RoleManager>,
    Path(user): Path<UserId>,
) -> ApiResult<axum::Json<Vec<UserRoleBody>>> {
    roles_of(&site, &manager, user).await
}

async fn assign_role(
    State(site): State<Site>,
    JustSignedIn(manager): JustSignedIn<RoleManager>,
    Path(user): Path<UserId>,
    Json(body): Json<AssignRoleBody>,
) -> ApiResult<(StatusCode, axum::Json<Vec<UserRoleBody>>)> {
    let role = body.role.parse().map_err(|_| Error::field("role", "Send the id of a role."))?;
    roles::assign(site.clinic(), &manager, user, role).await?;
    Ok((StatusCode::CREATED, roles_of(&site, &manager, user).await?))
}

async fn revoke_role(
    State(site): State<Site>,
    JustSignedIn(manager): JustSignedIn<RoleManager>,
    Path((user, role)): Path<(UserId, RoleId)>,
) -> ApiResult<axum::Json<Vec<UserRoleBody>>> {
    roles::revoke(site.clinic(), &manager, user, role).await?;
    roles_of(&site, &manager, user).await
}
