use crate::document::{Document, document};
use axum::{
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Redirect, Response},
};
use domain::{Problem, ProblemKind};
use leptos::prelude::*;
use services::{Error, audit::request};

/// Why a page is not shown; ends in a calm page that says what to do.
#[derive(Debug)]
pub enum Failure {
    Problem(Problem),
    /// The person has to be somewhere else first.
    Elsewhere(String),
}

pub type PageResult<T = Response> = Result<T, Failure>;

impl From<Problem> for Failure {
    fn from(problem: Problem) -> Self {
        Self::Problem(problem)
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        error.report();
        Self::Problem(error.to_problem())
    }
}

/// What a form can say beside its fields, with all that was typed kept; any other failure is a page
/// of its own.
pub fn form_problem(error: Error) -> Result<Problem, Failure> {
    match error {
        Error::Invalid(_)
        | Error::Refused(_)
        | Error::TooMany(_)
        | Error::UsedUp(..)
        | Error::Unavailable(_)
        | Error::Interrupted(_)
        | Error::Silent(_) => {
            error.report();
            Ok(error.to_problem())
        }
        other => Err(other.into()),
    }
}

/// The status of a form that is shown again.
pub fn form_status(problem: Option<&Problem>) -> StatusCode {
    match problem.map(|problem| problem.kind) {
        None => StatusCode::OK,
        Some(ProblemKind::Refused) => StatusCode::CONFLICT,
        Some(ProblemKind::TooMany) => StatusCode::TOO_MANY_REQUESTS,
        Some(ProblemKind::Unavailable) => StatusCode::SERVICE_UNAVAILABLE,
        Some(_) => StatusCode::UNPROCESSABLE_ENTITY,
    }
}

fn status(kind: ProblemKind) -> StatusCode {
    match kind {
        ProblemKind::Invalid => StatusCode::BAD_REQUEST,
        ProblemKind::SignedOut => StatusCode::UNAUTHORIZED,
        ProblemKind::Forbidden => StatusCode::FORBIDDEN,
        ProblemKind::NotFound => StatusCode::NOT_FOUND,
        ProblemKind::Refused | ProblemKind::KeyReused => StatusCode::CONFLICT,
        ProblemKind::TooMany => StatusCode::TOO_MANY_REQUESTS,
        ProblemKind::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
        ProblemKind::Internal => StatusCode::INTERNAL_SERVER_ERROR,
    }
}

fn heading(kind: ProblemKind) -> &'static str {
    match kind {
        ProblemKind::NotFound => "We could not find that page",
        ProblemKind::SignedOut => "Please sign in",
        ProblemKind::Forbidden => "This page is not for your account",
        ProblemKind::Unavailable => "We will be right back",
        ProblemKind::Internal => "Sorry, something went wrong",
        _ => "That did not work",
    }
}

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        match self {
            Self::Elsewhere(path) => Redirect::to(&path).into_response(),
            Self::Problem(problem) => error_page(&problem),
        }
    }
}

fn error_page(problem: &Problem) -> Response {
    let title = heading(problem.kind);
    let message = problem.message.clone().into_owned();
    let request = request::id();
    let head = Document { title: title.to_owned(), ..Document::default() };
    let mut response = document(head, move || {
        view! {
            <article class="prose error-page">
                <h1>{title}</h1>
                <p class="lede">{message}</p>
                <p><a class="button button-primary" href="/">"Go to the start page"</a></p>
                {request.map(|id| view! {
                    <p class="muted">"If you write to us about it, please tell us this number: "<code>{id}</code></p>
                })}
            </article>
        }
        .into_any()
    });
    *response.status_mut() = status(problem.kind);
    if problem.kind == ProblemKind::Unavailable {
        response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from_static("3"));
    }
    response
}
