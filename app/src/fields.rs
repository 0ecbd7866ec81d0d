use crate::failure::Failure;
use axum::{
    Form,
    extract::{FromRequest, Request, rejection::FormRejection},
    http::StatusCode,
    response::{IntoResponse, Response},
};
use domain::{FieldProblem, Problem, ProblemKind};
use std::str::FromStr;

/// What a form or a query sent, as it was typed, so that it can be shown again.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Fields(Vec<(String, String)>);

impl<S: Send + Sync> FromRequest<S> for Fields {
    /// A page; where the body was too large or did not come to its end, the bare status, of which the server
    /// makes one.
    type Rejection = Response;

    async fn from_request(request: Request, state: &S) -> Result<Self, Response> {
        match Form::<Vec<(String, String)>>::from_request(request, state).await {
            Ok(Form(fields)) => Ok(Self(fields)),
            Err(rejection) => Err(unreadable(&rejection)),
        }
    }
}

fn unreadable(rejection: &FormRejection) -> Response {
    match rejection {
        FormRejection::BytesRejection(_) if rejection.status() == StatusCode::PAYLOAD_TOO_LARGE => {
            StatusCode::PAYLOAD_TOO_LARGE.into_response()
        }
        FormRejection::BytesRejection(_) => StatusCode::REQUEST_TIMEOUT.into_response(),
        _ => Failure::Problem(Problem::new(
            ProblemKind::Invalid,
            "malformed",
            "We could not read that form. Please go back, reload the page and try again.",
        ))
        .into_response(),
    }
}

impl Fields {
    /// The fields of a query string; what cannot be read is not there.
    pub fn of_query(query: &str) -> Self {
        let uri = format!("/?{query}").parse().unwrap_or_default();
        let read = axum::extract::Query::<Vec<(String, String)>>::try_from_uri(&uri);
        Self(read.map(|axum::extract::Query(fields)| fields).unwrap_or_default())
    }

    pub fn from_pairs<K: Into<String>, V: Into<String>>(
        pairs: impl IntoIterator<Item = (K, V)>,
    ) -> Self {
        Self(pairs.into_iter().map(|(name, value)| (name.into(), value.into())).collect())
    }

    /// The value of `name`; empty when it was not sent.
    pub fn get(&self, name: &str) -> &str {
        self.0.iter().find(|field| field.0 == name).map_or("", |field| field.1.as_str())
    }

    /// The same, to keep.
    pub fn text(&self, name: &str) -> String {
        self.get(name).to_owned()
    }

    /// The value of `name`, unless it is empty.
    pub fn some(&self, name: &str) -> Option<&str> {
        Some(self.get(name).trim()).filter(|value| !value.is_empty())
    }

    /// Every value of `name`.
    pub fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.0.iter().filter(move |field| field.0 == name).map(|field| field.1.as_str())
    }

    pub fn is_on(&self, name: &str) -> bool {
        self.some(name).is_some()
    }

    /// The value of `name` as a `T`, if it is one.
    pub fn parse<T: FromStr>(&self, name: &str) -> Option<T> {
        self.some(name)?.parse().ok()
    }

    /// The value of `name` as a `T`, or what to say beside the field.
    pub fn required<T: FromStr>(
        &self,
        name: &'static str,
        message: &'static str,
    ) -> Result<T, FieldProblem> {
        self.get(name).trim().parse().map_err(|_| FieldProblem::new(name, message))
    }

    /// The query string of these fields with `name` set to `value`; empty ones are left out.
    pub fn query_with(&self, name: &str, value: &str) -> String {
        let pairs = self.0.iter().map(|(name, value)| (name.as_str(), value.as_str()));
        let kept = pairs.filter(|(other, value)| *other != name && !value.is_empty());
        let pairs = kept.chain(Some((name, value)).filter(|(_, value)| !value.is_empty()));
        pairs
            .map(|(name, value)| format!("{name}={}", crate::page::encode(value)))
            .collect::<Vec<_>>()
            .join("&")
    }
}
