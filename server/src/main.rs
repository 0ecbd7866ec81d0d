use anyhow::Context;
use clap::{Parser, Subcommand};
use server::{
    config::Config,
    serve,
    simulate::{self, Simulate},
    verify_audit,
};
use std::path::PathBuf;

/// Gives large blocks back: the system's own allocator keeps the 19 MiB of
/// every password it has seen hashed, several times over.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// MedConnect: a clinic on the web.
#[derive(Parser)]
#[command(name = "medconnect", version)]
struct Command {
    #[command(flatten)]
    config: Config,
    #[command(subcommand)]
    work: Option<Work>,
}

#[derive(Subcommand)]
enum Work {
    /// Migrates the database and serves pages and the API: what is done when nothing is said.
    Serve,
    /// Brings the database's schema up to date.
    Migrate,
    /// Loads the demo clinic, or many doctors for measuring.
    Seed {
        /// Doctors, with a hundred appointments each.
        #[arg(long)]
        scale: Option<usize>,
    },
    /// Prints the settings without secrets.
    Config,
    /// The trail of who did what.
    #[command(subcommand)]
    Audit(Audit),
    /// The private database cluster.
    #[command(subcommand)]
    Database(Database),
    /// Devices that send readings.
    #[command(subcommand)]
    Device(Device),
}

#[derive(Subcommand)]
enum Device {
    /// Plays a device that sends what it could have measured, and says what became of it. It registers nothing unless
    /// asked to.
    Simulate(Box<Simulate>),
}

#[derive(Subcommand)]
enum Audit {
    /// Looks whether anything of it was altered, removed, added or moved, and names the first such thing.
    /// Ends with 1 if so.
    Verify {
        /// A file with heads that were noted outside of the database, as MEDCONNECT_AUDIT_HEADS names it.
        #[arg(long)]
        heads: Option<PathBuf>,
    },
}

#[derive(Subcommand)]
enum Database {
    /// Runs a command beside a cluster of its own, which ends with it.
    ///
    /// The command finds the cluster in TEST_DATABASE_SERVER.
    Exec {
        #[arg(required = true, trailing_var_arg = true, allow_hyphen_values = true)]
        command: Vec<String>,
    },
}

fn main() -> anyhow::Result<()> {
    let command = Command::parse();
    let config = command.config.resolve()?;
    serve::install_tracing();
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .context("cannot start the runtime")?;
    let code = runtime.block_on(async {
        match command.work.unwrap_or(Work::Serve) {
            Work::Serve => serve::serve(config).await.map(|()| 0),
            Work::Migrate => serve::migrate(config).await.map(|()| 0),
            Work::Seed { scale } => serve::seed(config, scale).await.map(|()| 0),
            Work::Config => {
                println!("{}", config.print());
                Ok(0)
            }
            Work::Audit(Audit::Verify { heads }) => {
                verify_audit::run(config, heads.as_deref()).await
            }
            Work::Device(Device::Simulate(asked)) => {
                simulate::run(*asked, config.public_url()).await.map(|()| 0)
            }
            Work::Database(Database::Exec { command }) => serve::exec(&command).await,
        }
    })?;
    std::process::exit(code)
}
