//! `medconnect audit verify`.
use crate::{
    audit_heads,
    config::Config,
    opened::{Database, make_data_dir, secret},
    serve::clock,
};
use anyhow::bail;
use domain::audit::{Flaw, Hash};
use services::{
    Clinic, Clock,
    audit::seal::{self, Verified},
    database,
    identity::Keys,
};
use std::{path::Path, sync::Arc};

/// Looks whether anybody touched the trail of events, beside a server or without one; the exit code.
///
/// `noted` is a file with the heads of batches, as [`audit_heads`] notes them.
pub async fn run(config: Config, noted: Option<&Path>) -> anyhow::Result<i32> {
    let heads = noted.map_or(Ok(Vec::new()), audit_heads::read)?;
    make_data_dir(&config)?;
    let database = Database::join(&config).await?;
    let verified = verify(&config, &database, &heads).await;
    database.close().await?;
    match verified? {
        Ok(found) => {
            let Verified { batches, sealed, waiting, head } = found;
            println!(
                "The trail holds: {sealed} events in {batches} batches, {waiting} not sealed yet."
            );
            println!("Head of batch {batches}: {head}");
            Ok(0)
        }
        Err(flaw) => {
            println!("The trail was touched: {flaw}.");
            Ok(1)
        }
    }
}

async fn verify(
    config: &Config,
    database: &Database,
    heads: &[(i64, Hash)],
) -> anyhow::Result<Result<Verified, Flaw>> {
    if !database::has_audit_trail(&database.app).await? {
        bail!(match heads {
            [] => "there is no audit trail yet: serve once, or run `medconnect migrate`",
            _ => "there is no audit trail, though heads of one were noted: it was removed",
        });
    }
    let pool = database::pool(&database.app, 2)?;
    let clinic = Clinic::new(pool, Arc::new(clock) as Clock, Keys::derive(&secret(config)?)?);
    seal::verify(&clinic, heads).await.map_err(|error| anyhow::anyhow!("{error:?}"))
}
