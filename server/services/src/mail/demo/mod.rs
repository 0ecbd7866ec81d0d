//! The mail of the demo: a mailbox of everybody's, on a page of our own, which takes their text messages, too.
mod queries;

use crate::{
    Clinic, Error, Pool, Result,
    directory::{Found, Page},
    gateways::{Answer, Mail, OutgoingMail, OutgoingText, Posted, Silence, Sms},
};
use uuid::Uuid;

pub use queries::{DemoMailLine, DemoMailPage};

#[derive(Clone)]
pub struct DemoMail {
    pool: Pool,
}

impl std::fmt::Debug for DemoMail {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("DemoMail").finish_non_exhaustive()
    }
}

impl DemoMail {
    pub fn new(pool: Pool) -> Self {
        Self { pool }
    }
}

/// From whom the mails of the demo come.
pub const SENDER: &str = "no-reply@medconnect.test";

fn silent(error: impl Into<Error>) -> Silence {
    Silence(error.into().to_string())
}

impl Mail for DemoMail {
    fn sender(&self) -> &str {
        SENDER
    }

    fn send<'a>(&'a self, mail: &'a OutgoingMail) -> Answer<'a, Posted> {
        Box::pin(async {
            let conn = &mut *self.pool.get().await.map_err(silent)?;
            queries::keep(conn, mail).await.map_err(silent)?;
            Ok(Posted::Accepted)
        })
    }
}

impl Sms for DemoMail {
    fn send<'a>(&'a self, text: &'a OutgoingText) -> Answer<'a, Posted> {
        Box::pin(async {
            let conn = &mut *self.pool.get().await.map_err(silent)?;
            queries::keep_text(conn, text).await.map_err(silent)?;
            Ok(Posted::Accepted)
        })
    }
}

/// The mails to `address`, which may be a number, or all, newest first.
pub async fn mails(
    clinic: &Clinic,
    address: Option<&str>,
    page: Page,
) -> Result<Found<DemoMailLine>> {
    let address = address.map(str::to_lowercase);
    let address = address.as_deref();
    let conn = &mut *clinic.db().await?;
    let count = queries::count(conn, address).await?;
    Ok(Found { count, items: queries::mails(conn, address, page.size, page.offset()).await? })
}

pub async fn mail(clinic: &Clinic, id: Uuid) -> Result<DemoMailPage> {
    Ok(queries::mail(&mut *clinic.db().await?, id).await?)
}
