use diesel::result::{DatabaseErrorKind, Error as DieselError};
use diesel_async::pooled_connection::deadpool::PoolError;
use domain::{FieldProblem, Problem, ProblemKind, Refusal};

pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Why a use case did not do what was asked.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("not signed in")]
    SignedOut,
    #[error("not allowed")]
    Forbidden,
    #[error("invalid input")]
    Invalid(Vec<FieldProblem>),
    #[error("refused: {}", .0.code)]
    Refused(#[from] Refusal),
    /// An idempotency key came again with another request.
    #[error("idempotency key reused")]
    KeyReused,
    /// Absent, or not the caller's to see.
    #[error("not found")]
    NotFound,
    #[error("database unavailable")]
    Unavailable(#[source] anyhow::Error),
    #[error("internal error")]
    Internal(#[source] anyhow::Error),
}

impl Error {
    /// One field that is wrong.
    pub fn field(field: &'static str, message: &'static str) -> Self {
        Self::Invalid(vec![FieldProblem::new(field, message)])
    }

    /// The part of this error a caller may see. Nothing else leaves the crate.
    pub fn to_problem(&self) -> Problem {
        use ProblemKind as Kind;
        match self {
            Self::SignedOut => Problem::new(Kind::SignedOut, "signed_out", "Please sign in."),
            Self::Forbidden => Problem::new(
                Kind::Forbidden,
                "forbidden",
                "Your account cannot do that. If you think it should, please write to the clinic.",
            ),
            Self::Invalid(fields) => Problem::invalid(fields.clone()),
            Self::Refused(refusal) => Problem::new(Kind::Refused, refusal.code, refusal.message),
            Self::KeyReused => Problem::new(
                Kind::KeyReused,
                "idempotency.key_reused",
                "This Idempotency-Key was used before for another request.",
            ),
            Self::NotFound => Problem::new(
                Kind::NotFound,
                "not_found",
                "We could not find that. It may have moved, or it may not be yours to see.",
            ),
            Self::Unavailable(_) => Problem::new(
                Kind::Unavailable,
                "unavailable",
                "We cannot reach our records at the moment. Nothing was changed. Please try again shortly.",
            ),
            Self::Internal(_) => Problem::new(
                Kind::Internal,
                "internal",
                "Something went wrong on our side. Nothing was lost. Please try again.",
            ),
        }
    }

    /// Logs what the caller will not be told. Called once, at the edge.
    pub fn report(&self) {
        match self {
            Self::Internal(source) => tracing::error!(error = ?source, "use case failed"),
            Self::Unavailable(source) => tracing::warn!(error = %source, "database unavailable"),
            Self::Refused(refusal) => tracing::debug!(code = refusal.code, "refused"),
            _ => {}
        }
    }
}

impl From<PoolError> for Error {
    fn from(error: PoolError) -> Self {
        Self::Unavailable(error.into())
    }
}

impl From<DieselError> for Error {
    fn from(error: DieselError) -> Self {
        match &error {
            DieselError::NotFound => Self::NotFound,
            DieselError::DatabaseError(
                DatabaseErrorKind::ClosedConnection | DatabaseErrorKind::UnableToSendCommand,
                _,
            )
            | DieselError::BrokenTransactionManager => Self::Unavailable(error.into()),
            // 57P01 to 57P03: the server is stopping or starting.
            DieselError::DatabaseError(_, info)
                if info.message().contains("the database system is")
                    || info.message().contains("terminating connection")
                    || info.message().contains("connection closed") =>
            {
                Self::Unavailable(error.into())
            }
            _ => Self::Internal(error.into()),
        }
    }
}

impl From<Vec<FieldProblem>> for Error {
    fn from(problems: Vec<FieldProblem>) -> Self {
        Self::Invalid(problems)
    }
}

impl From<FieldProblem> for Error {
    fn from(problem: FieldProblem) -> Self {
        Self::Invalid(vec![problem])
    }
}

/// Turns the violation of a named constraint into an error of ours.
pub trait OnConstraint<T> {
    fn on_constraint(self, name: &str, error: impl Into<Error>) -> Result<T>;
}

impl<T> OnConstraint<T> for diesel::QueryResult<T> {
    fn on_constraint(self, name: &str, ours: impl Into<Error>) -> Result<T> {
        self.map_err(|error| if violates(&error, name) { ours.into() } else { error.into() })
    }
}

/// Whether `error` is the violation of the constraint called `name`.
pub(crate) fn violates(error: &DieselError, name: &str) -> bool {
    matches!(error, DieselError::DatabaseError(_, info) if info.constraint_name() == Some(name))
}
