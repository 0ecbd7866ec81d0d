use diesel::result::{DatabaseErrorKind, Error as DieselError};
use diesel_async::pooled_connection::deadpool::PoolError;
use domain::{FieldProblem, Problem, ProblemKind, Refusal, identity::factor::FACTOR_REQUIRED};
use jiff::SignedDuration;

pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Why a use case did not do what was asked.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("not signed in")]
    SignedOut,
    #[error("not allowed")]
    Forbidden,
    /// The caller must set up a second factor before anything else.
    #[error("second factor required")]
    NeedsFactor,
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
    /// Nothing was done, and in a moment it may work.
    #[error("database unavailable")]
    Unavailable(#[source] anyhow::Error),
    /// The connection was lost on the way: it may have been done, or not.
    #[error("database connection lost")]
    Interrupted(#[source] anyhow::Error),
    /// Too often for now; after so long it may be tried again.
    #[error("too many")]
    TooMany(SignedDuration),
    /// What the clinic as a whole may do of this is used up; after so long some of it may be done again.
    #[error("used up: {}", .0.code)]
    UsedUp(Refusal, SignedDuration),
    /// Another system that this needs does not answer. Nothing was done.
    #[error("no answer: {}", .0.code)]
    Silent(Refusal),
    #[error("internal error")]
    Internal(#[source] anyhow::Error),
}

impl Error {
    /// One field that is wrong.
    pub fn field(field: &'static str, message: &'static str) -> Self {
        Self::Invalid(vec![FieldProblem::new(field, message)])
    }

    /// The same failure of the database, for somebody else whom it meets.
    pub(crate) fn of_another(&self) -> Self {
        let why = || anyhow::Error::msg(self.to_string());
        match self {
            Self::Unavailable(_) => Self::Unavailable(why()),
            Self::Interrupted(_) => Self::Interrupted(why()),
            _ => Self::Internal(why()),
        }
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
            Self::NeedsFactor => {
                Problem::new(Kind::Forbidden, FACTOR_REQUIRED.code, FACTOR_REQUIRED.message)
            }
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
            // Every command can be sent again: what was done is found, not done twice.
            Self::Interrupted(_) => Problem::new(
                Kind::Unavailable,
                "interrupted",
                "We lost the connection to our records while we worked on this. Please try again: nothing is done twice.",
            ),
            Self::TooMany(wait) => Problem::too_many(*wait),
            Self::UsedUp(why, wait) => Problem {
                code: why.code.into(),
                message: why.message.into(),
                ..Problem::too_many(*wait)
            },
            Self::Silent(why) => Problem::new(Kind::Unavailable, why.code, why.message),
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
            Self::Interrupted(source) => {
                tracing::warn!(error = %source, "database connection lost");
            }
            Self::Silent(why) => tracing::warn!(code = why.code, "another system does not answer"),
            Self::TooMany(wait) => tracing::info!(seconds = wait.as_secs(), "told to wait"),
            Self::UsedUp(why, _) => {
                tracing::warn!(code = why.code, "a limit of the whole clinic is reached");
            }
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

/// What PostgreSQL says when a right statement cannot be done at the moment. It has undone the
/// statement then, so that nothing was changed.
///
/// Words and not codes, because diesel keeps the SQLSTATE to itself. They are English in the private
/// cluster; another database should have `lc_messages = 'C'`.
const NOT_NOW: [&str; 12] = [
    // 57P01 to 57P05 and 25P03: it stops, starts, or has ended this connection.
    "the database system is",
    "terminating connection",
    // 57014 and 55P03: a statement or a lock took longer than it may.
    "canceling statement due to",
    // 40P01: two waited for each other, and this one gave way.
    "deadlock detected",
    // 53100: the disk is full.
    "No space left on device",
    "could not extend file",
    "Disk quota exceeded",
    // 53200 to 53400: no more memory, connections, or room for sorting.
    "out of memory",
    "too many clients",
    "remaining connection slots",
    "temp_file_limit",
    // 58030: the disk itself.
    "Input/output error",
];

impl From<DieselError> for Error {
    fn from(error: DieselError) -> Self {
        match &error {
            DieselError::NotFound => Self::NotFound,
            DieselError::DatabaseError(
                DatabaseErrorKind::ClosedConnection | DatabaseErrorKind::UnableToSendCommand,
                _,
            )
            | DieselError::BrokenTransactionManager => Self::Interrupted(error.into()),
            DieselError::DatabaseError(_, info)
                if NOT_NOW.iter().any(|words| info.message().contains(words)) =>
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
