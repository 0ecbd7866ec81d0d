//! What is not PostgreSQL, as use cases see it. Asked before a transaction or after it, never inside.
use crate::{Pool, payments::demo::DemoPayments};
use domain::{money::Money, payments::AttemptId};
use std::{fmt::Debug, pin::Pin, sync::Arc};

/// What another system says, or that it does not.
pub type Answer<'a, T> = Pin<Box<dyn Future<Output = Result<T, Silence>> + Send + 'a>>;

/// Another system gave no answer that can be used; later it may. The words are for the log and for admins.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Silence(pub String);

/// What somebody is asked to pay.
#[derive(Debug, Clone)]
pub struct Checkout {
    pub attempt: AttemptId,
    pub amount: Money,
    /// The path of ours to which the gateway leads the person afterwards, whatever became of it.
    pub back_to: String,
}

/// What the gateway knows of an attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Paid {
    /// Nobody has paid yet, and somebody still may.
    Open,
    Paid,
    Declined,
    /// Nobody can pay any more.
    Closed,
}

/// Who takes the money. Everything goes by the id of the attempt: asked twice, it is done once.
pub trait PaymentGateway: Debug + Send + Sync {
    /// The page on which the person pays: an address, or a path of our own.
    fn begin<'a>(&'a self, checkout: &'a Checkout) -> Answer<'a, String>;

    /// What became of a charge.
    fn look_up<'a>(&'a self, charge: AttemptId) -> Answer<'a, Paid>;

    /// Lets nobody pay any more; [`Paid::Paid`] when somebody was faster.
    fn close<'a>(&'a self, charge: AttemptId) -> Answer<'a, Paid>;

    /// Gives `amount` of a paid charge back.
    fn refund<'a>(&'a self, refund: AttemptId, charge: AttemptId, amount: Money) -> Answer<'a, ()>;
}

/// What a clinic is connected to.
#[derive(Debug, Clone, Default)]
pub struct Gateways {
    /// `None`: visits are paid at the clinic.
    pub payments: Option<Arc<dyn PaymentGateway>>,
}

impl Gateways {
    /// A demo goes by rules instead of asking anybody.
    pub fn of_demo(pool: &Pool) -> Self {
        Self { payments: Some(Arc::new(DemoPayments::new(pool.clone()))) }
    }
}
