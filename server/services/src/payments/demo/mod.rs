//! The payment gateway of the demo: a page of our own on which nobody loses money.
//!
//! It remembers in a table what a real one would remember elsewhere, by the same rules.
mod queries;

use crate::{
    Clinic, Error, Pool, Result,
    gateways::{Answer, Checkout, Paid, PaymentGateway, Silence},
};
use domain::{money::Money, payments::AttemptId};

pub use queries::DemoCheckout;

#[derive(Clone)]
pub struct DemoPayments {
    pool: Pool,
}

impl std::fmt::Debug for DemoPayments {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("DemoPayments").finish_non_exhaustive()
    }
}

impl DemoPayments {
    pub fn new(pool: Pool) -> Self {
        Self { pool }
    }
}

fn silent(error: impl Into<Error>) -> Silence {
    Silence(error.into().to_string())
}

impl PaymentGateway for DemoPayments {
    fn begin<'a>(&'a self, checkout: &'a Checkout) -> Answer<'a, String> {
        Box::pin(async {
            let conn = &mut *self.pool.get().await.map_err(silent)?;
            queries::open(conn, checkout).await.map_err(silent)?;
            Ok(format!("/dev/pay/{}", checkout.attempt))
        })
    }

    fn look_up<'a>(&'a self, charge: AttemptId) -> Answer<'a, Paid> {
        Box::pin(async move {
            let conn = &mut *self.pool.get().await.map_err(silent)?;
            let found = queries::checkout(conn, charge).await.map_err(silent)?;
            // Not heard of yet: the server died before it asked.
            Ok(found.map_or(Paid::Open, |checkout| checkout.paid()))
        })
    }

    fn close<'a>(&'a self, charge: AttemptId) -> Answer<'a, Paid> {
        Box::pin(async move {
            let conn = &mut *self.pool.get().await.map_err(silent)?;
            queries::answer(conn, charge, "closed").await.map_err(silent)?;
            let found = queries::checkout(conn, charge).await.map_err(silent)?;
            Ok(found.map_or(Paid::Closed, |checkout| checkout.paid()))
        })
    }

    fn refund<'a>(&'a self, _: AttemptId, charge: AttemptId, amount: Money) -> Answer<'a, ()> {
        Box::pin(async move {
            let conn = &mut *self.pool.get().await.map_err(silent)?;
            let refunded = queries::refund(conn, charge, amount.minor).await.map_err(silent)?;
            refunded.then_some(()).ok_or_else(|| Silence("that was never paid".into()))
        })
    }
}

/// What the page shows.
pub async fn checkout(clinic: &Clinic, id: AttemptId) -> Result<DemoCheckout> {
    let conn = &mut *clinic.db().await?;
    queries::checkout(conn, id).await?.ok_or(Error::NotFound)
}

/// What the person does on the page; only the first time counts.
pub async fn answer(clinic: &Clinic, id: AttemptId, pays: bool) -> Result<()> {
    let conn = &mut *clinic.db().await?;
    Ok(queries::answer(conn, id, if pays { "paid" } else { "declined" }).await?)
}
