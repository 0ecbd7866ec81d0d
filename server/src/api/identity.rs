use super::{
    Routes,
    input::{As, Json},
    problem::{ApiError, ApiResult},
};
use app::Site;
use axum::{
    extract::State,
    http::StatusCode,
    routing::{get, post},
};
use domain::{
    ProblemKind,
    identity::{Registration, UserId},
};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use services::identity::{
    self, Patient, Person, Profile, SignIn, SignedIn, factor, registration,
    tokens::{self, Tokens},
};

pub fn routes() -> Routes {
    vec![
        ("/auth/register", post(register)),
        ("/auth/verify-email", post(verify_email)),
        ("/auth/verify-email/resend", post(resend_code)),
        ("/auth/login", post(login)),
        ("/patients/me", get(get_patient)),
    ]
}

/// An account and the token that opens it.
#[derive(Serialize, utoipa::ToSchema)]
pub struct Session {
    /// JWT (RFC 7519) for the header `Authorization: Bearer …`.
    pub access: String,
    token_type: &'static str,
    #[schema(value_type = String, format = DateTime)]
    expires_at: Timestamp,
    /// For `POST /api/auth/token/refresh`, once. To be kept like a password.
    pub refresh: String,
    #[schema(value_type = String, format = DateTime)]
    refresh_expires_at: Timestamp,
    user: UserBody,
}

/// A person with an account.
#[derive(Serialize, utoipa::ToSchema)]
pub struct UserBody {
    #[schema(value_type = String, format = Uuid)]
    id: UserId,
    email: String,
    first_name: String,
    last_name: String,
    full_name: String,
    username: Option<String>,
    phone_number: Option<String>,
    #[schema(value_type = Option<String>, format = Date)]
    date_of_birth: Option<jiff::civil::Date>,
    /// The path of their picture, for their own browser and that of their doctors.
    profile_image: Option<String>,
    emergency_contact_name: Option<String>,
    emergency_contact_phone: Option<String>,
    /// IANA name.
    time_zone: String,
    is_email_verified: bool,
    is_phone_verified: bool,
    /// The names of their roles.
    roles: Vec<String>,
    #[schema(value_type = String, format = DateTime)]
    created_at: Timestamp,
    /// The last time that their name, address, phone or password changed, or they signed in.
    #[schema(value_type = String, format = DateTime)]
    updated_at: Timestamp,
}

impl UserBody {
    pub(super) fn new(profile: Profile, roles: Vec<String>) -> Self {
        Self {
            id: profile.id,
            full_name: format!("{} {}", profile.first_name, profile.last_name),
            email: profile.email,
            first_name: profile.first_name,
            last_name: profile.last_name,
            username: profile.username,
            phone_number: profile.phone_number,
            date_of_birth: profile.date_of_birth,
            profile_image: app::picture_of(profile.id, profile.profile_image.as_deref()),
            emergency_contact_name: profile.emergency_contact_name,
            emergency_contact_phone: profile.emergency_contact_phone,
            time_zone: profile.time_zone,
            is_email_verified: profile.is_email_verified,
            is_phone_verified: profile.phone_verified_at.is_some(),
            roles,
            created_at: profile.created_at,
            updated_at: profile.updated_at,
        }
    }
}

/// What makes an account.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(default)]
#[derive(Default)]
pub struct RegisterBody {
    email: String,
    /// 12 characters or more, hard to guess.
    password: String,
    first_name: String,
    last_name: String,
    /// IANA name; UTC when it is left out.
    time_zone: String,
}

/// What opens an account: email and password or, where the answer to these asks for it, `mfa_token` and `code`.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(default)]
#[derive(Default)]
pub struct LoginBody {
    pub email: String,
    pub password: String,
    /// From the answer to email and password.
    pub mfa_token: String,
    /// Six digits of the app, or a recovery code.
    pub code: String,
}

/// The password was right, and nothing is open yet.
#[derive(Serialize, utoipa::ToSchema)]
pub struct MfaBody {
    /// Always true.
    mfa_required: bool,
    /// To be sent with a code; works once.
    mfa_token: String,
    #[schema(value_type = String, format = DateTime)]
    mfa_expires_at: Timestamp,
}

/// What a sign-in answers: the account is open, or a code is needed first.
#[derive(Serialize, utoipa::ToSchema)]
#[serde(untagged)]
pub enum LoginReply {
    Session(Box<Session>),
    Mfa(MfaBody),
}

async fn session(site: &Site, who: SignedIn) -> ApiResult<Session> {
    // First, so that who has to set up a factor opens nothing.
    let caller = identity::require::<Person>(identity::actor_of(site.clinic(), who).await?)?;
    let Tokens { access, refresh } = tokens::open(site.clinic(), who).await?;
    let profile = identity::profile(site.clinic(), &caller).await?;
    Ok(Session {
        access: access.token,
        token_type: "Bearer",
        expires_at: access.expires_at,
        refresh: refresh.token,
        refresh_expires_at: refresh.expires_at,
        user: UserBody::new(profile, caller.roles.clone()),
    })
}

/// Makes an account. An address that is known answers 400, as the founding documents ask.
async fn register(
    State(site): State<Site>,
    Json(body): Json<RegisterBody>,
) -> ApiResult<(StatusCode, axum::Json<Session>)> {
    let registration = Registration {
        first_name: body.first_name,
        last_name: body.last_name,
        email: body.email,
        password: body.password,
        time_zone: body.time_zone,
    };
    let who = identity::register(site.clinic(), registration)
        .await
        .map_err(|error| bad_request(error, ProblemKind::Refused, StatusCode::BAD_REQUEST))?;
    Ok((StatusCode::CREATED, axum::Json(session(&site, who).await?)))
}

/// The code from the mail.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(default)]
#[derive(Default)]
pub struct VerifyEmailBody {
    /// Six digits; spaces between them do no harm.
    code: String,
}

/// Safe to repeat: an address that is proven stays so.
async fn verify_email(
    State(site): State<Site>,
    As(caller): As<Person>,
    Json(body): Json<VerifyEmailBody>,
) -> ApiResult<axum::Json<UserBody>> {
    registration::verify_email(site.clinic(), &caller, &body.code).await?;
    let profile = identity::profile(site.clinic(), &caller).await?;
    Ok(axum::Json(UserBody::new(profile, caller.roles.clone())))
}

async fn resend_code(State(site): State<Site>, As(caller): As<Person>) -> ApiResult<StatusCode> {
    registration::resend_code(site.clinic(), &caller).await?;
    Ok(StatusCode::NO_CONTENT)
}

async fn login(
    State(site): State<Site>,
    Json(body): Json<LoginBody>,
) -> ApiResult<axum::Json<LoginReply>> {
    Ok(axum::Json(answer_login(&site, body).await?))
}

/// Answers whoever wants to sign in, by whichever operation: no account with a second factor opens without it.
pub(super) async fn answer_login(site: &Site, body: LoginBody) -> ApiResult<LoginReply> {
    let step = match body.mfa_token.as_str() {
        "" => identity::sign_in(site.clinic(), &body.email, body.password, None).await,
        token => factor::enter_code(site.clinic(), token, &body.code, None).await.map(SignIn::Done),
    };
    let step =
        step.map_err(|error| bad_request(error, ProblemKind::Refused, StatusCode::UNAUTHORIZED))?;
    Ok(match step {
        SignIn::Done(who) => LoginReply::Session(Box::new(session(site, who).await?)),
        SignIn::NeedsCode(waiting) => LoginReply::Mfa(MfaBody {
            mfa_required: true,
            mfa_token: waiting.token,
            mfa_expires_at: waiting.expires_at,
        }),
    })
}

pub(super) fn bad_request(
    error: services::Error,
    kind: ProblemKind,
    status: StatusCode,
) -> ApiError {
    let error = ApiError::from(error);
    if error.kind() == kind { error.answered_with(status) } else { error }
}

async fn get_patient(
    State(site): State<Site>,
    As(patient): As<Patient>,
) -> ApiResult<axum::Json<UserBody>> {
    let caller = identity::require::<Person>(Some((*patient).clone()))?;
    let profile = identity::profile(site.clinic(), &caller).await?;
    Ok(axum::Json(UserBody::new(profile, caller.roles.clone())))
}
