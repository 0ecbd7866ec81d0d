//! Tokens after the first ones: the next, none any more, and by the grants of OAuth 2.0.
use super::{
    Routes,
    identity::{LoginBody, LoginReply, answer_login, bad_request},
    input::{Json, bearer},
    openapi::{Operation, Who, named},
    problem::{ApiError, ApiResult},
};
use app::Site;
use axum::{
    Form,
    extract::{State, rejection::FormRejection},
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
    routing::post,
};
use domain::{Problem, ProblemKind};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use services::{
    Error,
    identity::{
        signing::{self, ACCESS_LIFETIME, PublicKey},
        tokens::{self, Tokens},
    },
};

pub fn routes() -> Routes {
    vec![
        ("/auth/token", post(create_token)),
        ("/auth/token/refresh", post(refresh_token)),
        ("/auth/logout", post(logout)),
    ]
}

pub(super) const OPERATIONS: &[Operation] = &[
    Operation {
        method: "post",
        path: "/api/auth/token/refresh",
        id: "refresh_token",
        summary: "The next tokens, for the refresh token of the last ones. Each works once, and once more within 10 seconds by who did not get the answer; used again after that, it ends the whole sign-in",
        who: Who::Anyone,
        parameters: &[],
        body: Some("RefreshBody"),
        success: (200, "TokensBody"),
        failures: &[400, 401, 415],
    },
    Operation {
        method: "post",
        path: "/api/auth/logout",
        id: "logout",
        summary: "End the sign-in of the refresh token or, without one, of the access token; none of its tokens opens anything from then on",
        who: Who::Anyone,
        parameters: &[],
        body: Some("RefreshBody"),
        success: (204, ""),
        failures: &[400, 401, 415],
    },
    Operation {
        method: "post",
        path: "/api/auth/token",
        id: "create_token",
        summary: "Deprecated, for programs that know nothing but the OAuth 2.0 password grant (RFC 6749, sections 4.3 and 6): use login",
        who: Who::Anyone,
        parameters: &[],
        body: Some("GrantBody"),
        success: (200, "GrantedBody"),
        failures: &[],
    },
    Operation {
        method: "get",
        path: "/.well-known/jwks.json",
        id: "list_keys",
        summary: "The public keys of access tokens. A new one is here an hour before it signs",
        who: Who::Anyone,
        parameters: &[],
        body: None,
        success: (200, "JwkSet"),
        failures: &[],
    },
];

/// Says of the grants what only they have: a form, and failures of their own.
pub(super) fn describe_grants(paths: &mut Map<String, Value>) {
    let Some(grants) = paths.get_mut("/api/auth/token").and_then(|path| path.get_mut("post"))
    else {
        return;
    };
    grants["deprecated"] = json!(true);
    let form = grants["requestBody"]["content"]["application/json"].take();
    grants["requestBody"]["content"] = json!({ "application/x-www-form-urlencoded": form });
    let schema = json!({ "$ref": "#/components/schemas/GrantErrorBody" });
    for (status, description) in
        [("400", "Bad Request"), ("429", "Too Many Requests"), ("503", "Service Unavailable")]
    {
        grants["responses"][status] = json!({
            "description": description, "content": { "application/json": { "schema": schema } },
        });
    }
}

/// The schemas of these operations.
pub(super) fn schemas() -> Vec<(String, Value)> {
    vec![
        named::<GrantBody>(),
        named::<GrantErrorBody>(),
        named::<GrantedBody>(),
        named::<Jwk>(),
        named::<JwkSet>(),
        named::<RefreshBody>(),
        named::<TokensBody>(),
    ]
}

/// A refresh token.
#[derive(Debug, Default, Deserialize, utoipa::ToSchema)]
#[serde(default)]
pub struct RefreshBody {
    refresh: String,
}

/// What opens an account to a program, and with what it gets the next ones.
#[derive(Serialize, utoipa::ToSchema)]
pub struct TokensBody {
    /// JWT (RFC 7519) for the header `Authorization: Bearer …`.
    access: String,
    token_type: &'static str,
    #[schema(value_type = String, format = DateTime)]
    expires_at: Timestamp,
    /// For the next time, once. To be kept like a password.
    refresh: String,
    #[schema(value_type = String, format = DateTime)]
    refresh_expires_at: Timestamp,
}

async fn refresh_token(
    State(site): State<Site>,
    Json(body): Json<RefreshBody>,
) -> ApiResult<axum::Json<TokensBody>> {
    if body.refresh.is_empty() {
        return Err(ApiError::field("refresh", "Send the refresh token."));
    }
    let Tokens { access, refresh } = tokens::refresh(site.clinic(), &body.refresh)
        .await
        .map_err(|error| bad_request(error, ProblemKind::Refused, StatusCode::UNAUTHORIZED))?;
    Ok(axum::Json(TokensBody {
        access: access.token,
        token_type: "Bearer",
        expires_at: access.expires_at,
        refresh: refresh.token,
        refresh_expires_at: refresh.expires_at,
    }))
}

/// Safe to repeat: a refresh token that opens nothing any more needs no more.
async fn logout(
    State(site): State<Site>,
    headers: HeaderMap,
    body: ApiResult<Json<RefreshBody>>,
) -> ApiResult<StatusCode> {
    let body = match body {
        Err(_) if !headers.contains_key(header::CONTENT_TYPE) => RefreshBody::default(),
        body => body?.0,
    };
    let shown = Some(body.refresh).filter(|refresh| !refresh.is_empty());
    match (shown, bearer(&headers)) {
        (Some(refresh), _) => tokens::sign_out_by_refresh(site.clinic(), &refresh).await?,
        (None, Some(access)) if tokens::sign_out_by_access(site.clinic(), access).await? => {}
        (None, _) => return Err(Error::SignedOut.into()),
    }
    Ok(StatusCode::NO_CONTENT)
}

/// A request for tokens as OAuth 2.0 words it.
#[derive(Debug, Default, Deserialize, utoipa::ToSchema)]
#[serde(default)]
pub struct GrantBody {
    /// `password`, or `refresh_token`.
    grant_type: String,
    /// With `password`: the email.
    username: String,
    password: String,
    /// With `password`, the second time: from the answer that said `mfa_required`.
    mfa_token: String,
    /// Six digits of the app, or a recovery code.
    code: String,
    /// With `refresh_token`.
    refresh_token: String,
}

/// Tokens as OAuth 2.0 words them (RFC 6749, section 5.1).
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct GrantedBody {
    access_token: String,
    token_type: &'static str,
    /// Seconds.
    expires_in: i64,
    refresh_token: String,
}

impl GrantedBody {
    fn new(access_token: String, refresh_token: String) -> Self {
        let expires_in = ACCESS_LIFETIME.as_secs();
        Self { access_token, token_type: "Bearer", expires_in, refresh_token }
    }
}

/// Why there are none (section 5.2).
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct GrantErrorBody {
    /// `invalid_request`, `invalid_grant`, `unsupported_grant_type` or `temporarily_unavailable`.
    error: &'static str,
    error_description: String,
}

/// A failure in the words of OAuth 2.0.
pub struct GrantError {
    status: StatusCode,
    body: GrantErrorBody,
    retry_after: Option<u16>,
}

impl GrantError {
    fn new(error: &'static str, description: &str) -> Self {
        let body = GrantErrorBody { error, error_description: description.to_owned() };
        Self { status: StatusCode::BAD_REQUEST, body, retry_after: None }
    }
}

impl From<ApiError> for GrantError {
    fn from(error: ApiError) -> Self {
        let (kind, problem) = (error.kind(), error.into_problem());
        let (status, word) = match kind {
            ProblemKind::Invalid => (StatusCode::BAD_REQUEST, "invalid_request"),
            ProblemKind::TooMany => (StatusCode::TOO_MANY_REQUESTS, "temporarily_unavailable"),
            ProblemKind::Unavailable | ProblemKind::Internal => {
                (StatusCode::SERVICE_UNAVAILABLE, "temporarily_unavailable")
            }
            _ => (StatusCode::BAD_REQUEST, "invalid_grant"),
        };
        let Problem { message, retry_after, .. } = problem;
        Self { status, retry_after, ..Self::new(word, &message) }
    }
}

impl IntoResponse for GrantError {
    fn into_response(self) -> Response {
        let mut response = (self.status, axum::Json(self.body)).into_response();
        if let Some(seconds) = self.retry_after {
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        response
    }
}

/// The grants that this server knows. Whoever has a password goes the way of the login, with all that it asks.
async fn create_token(
    State(site): State<Site>,
    form: Result<Form<GrantBody>, FormRejection>,
) -> Result<Response, GrantError> {
    let unreadable =
        "Send a form, with the content type application/x-www-form-urlencoded and each field once.";
    let Ok(Form(grant)) = form else {
        return Err(GrantError::new("invalid_request", unreadable));
    };
    let granted = match grant.grant_type.as_str() {
        "password" => {
            let GrantBody { username: email, password, mfa_token, code, .. } = grant;
            let body = LoginBody { email, password, mfa_token, code };
            match answer_login(&site, body).await? {
                LoginReply::Session(session) => GrantedBody::new(session.access, session.refresh),
                // As at the login: no account with a second factor opens without it.
                LoginReply::Mfa(waiting) => return Ok(axum::Json(waiting).into_response()),
            }
        }
        "refresh_token" if grant.refresh_token.is_empty() => {
            return Err(GrantError::new("invalid_request", "Send refresh_token."));
        }
        "refresh_token" => {
            let refreshed = tokens::refresh(site.clinic(), &grant.refresh_token).await;
            let Tokens { access, refresh } = refreshed.map_err(ApiError::from)?;
            GrantedBody::new(access.token, refresh.token)
        }
        "" => return Err(GrantError::new("invalid_request", "Send grant_type.")),
        _ => {
            let known = "This server knows the grants password and refresh_token.";
            return Err(GrantError::new("unsupported_grant_type", known));
        }
    };
    // RFC 6749 asks for both headers; the other one stands on every answer.
    let pragma = [(header::PRAGMA, HeaderValue::from_static("no-cache"))];
    Ok((pragma, axum::Json(granted)).into_response())
}

/// A public key (RFC 8037).
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct Jwk {
    kty: &'static str,
    crv: &'static str,
    r#use: &'static str,
    alg: &'static str,
    kid: String,
    x: String,
}

/// Public keys (RFC 7517).
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct JwkSet {
    keys: Vec<Jwk>,
}

/// `/.well-known/jwks.json`: with what others check our access tokens.
pub async fn list_keys(State(site): State<Site>) -> ApiResult<Response> {
    let keys = signing::public_keys(site.clinic()).await?;
    let jwk = |PublicKey { id, x }| Jwk {
        kty: "OKP",
        crv: "Ed25519",
        r#use: "sig",
        alg: "EdDSA",
        kid: id.to_string(),
        x,
    };
    let set = JwkSet { keys: keys.into_iter().map(jwk).collect() };
    let kept = [(header::CACHE_CONTROL, HeaderValue::from_static("public, max-age=300"))];
    Ok((kept, axum::Json(set)).into_response())
}
