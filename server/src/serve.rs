//! The commands: each opens the database, does its work and closes again.
use crate::{
    MqttDesk,
    config::Config,
    demo,
    metrics::{self, Requests},
    opened::{Database, broker_client, make_data_dir, secret},
    router, workers,
};
use anyhow::{Context, bail};
use app::Site;
use domain::readings::Retention;
use gateways::{mqtt::Mqtt, postgres::Cluster};
use hyper::{body::Incoming, server::conn::http1};
use hyper_util::{
    rt::{TokioIo, TokioTimer},
    server::graceful::GracefulShutdown,
    service::TowerToHyperService,
};
use jiff::Timestamp;
use secrecy::ExposeSecret;
use services::{Clinic, Clock, database, identity::Keys};
use std::{
    net::{IpAddr, SocketAddr},
    sync::Arc,
    time::Duration,
};
use tokio::{net::TcpListener, sync::Semaphore};
use tokio_util::sync::CancellationToken;
use tower::ServiceExt;
use tracing_subscriber::EnvFilter;

/// How long a browser may take to send the head of a request.
const HEADER_TIMEOUT: Duration = Duration::from_secs(10);

/// How long open requests may take to end after the server was told to stop.
const DRAIN: Duration = Duration::from_secs(10);

/// Connections open at once; further ones wait to be accepted.
const CONNECTIONS: usize = 10_000;

pub fn install_tracing() {
    let filter = EnvFilter::try_from_default_env()
        .unwrap_or_else(|_| EnvFilter::new("info,tower_sessions=warn"));
    tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).init();
}

#[expect(clippy::disallowed_methods, reason = "this is the clock that everybody is given")]
pub fn clock() -> Timestamp {
    Timestamp::now()
}

/// Serves until it is told to stop.
pub async fn serve(config: Config) -> anyhow::Result<()> {
    make_data_dir(&config)?;
    let doors = Doors::open(&config).await?;
    // Heard from the start on, so that a database that is just starting is stopped again.
    let stop = stop_signal()?;
    let database = Database::open(&config).await?;
    let done = serve_with(&config, &database, doors, stop).await;
    database.close().await?;
    done
}

async fn serve_with(
    config: &Config,
    database: &Database,
    doors: Doors,
    stop: CancellationToken,
) -> anyhow::Result<()> {
    let pool = database::pool(&database.app, config.database_connections.into())?;
    let keys = Keys::derive(&secret(config)?)?;
    let mut gateways = config.gateways(&pool)?;
    if gateways.mail.is_none() {
        tracing::warn!("SMTP_URL is not set: nobody is told anything by mail");
    }
    let broker = match config.broker()? {
        Some(address) => Some(Arc::new(Mqtt::new(address, broker_client(config)?))),
        None => None,
    };
    gateways.broker = broker.clone().map(|broker| broker as _);
    let clinic = Clinic::new(pool, Arc::new(clock) as Clock, keys)
        .with_gateways(gateways)
        .requiring_factor(config.requires_factor())
        .texting_at_most(config.text_limits())
        .keeping_readings(Retention::of(config.readings_kept_years));
    let addr = doors.people.local_addr()?;
    let public_url = config.public_url.clone().unwrap_or_else(|| format!("http://{addr}"));
    if !config.hashed_names {
        app::use_plain_names();
    }
    let site = Site::new(clinic, public_url, config.demo);
    let measured = doors.operators.is_some().then(Arc::<Requests>::default);
    let service = router::router(
        &site,
        &config.site_dir()?,
        config.hashed_names,
        router::Load::of(config.requests),
        &config.outside(),
        measured.clone(),
    );

    site.set_ready(false);
    tracing::info!("listening on http://{addr}");
    // Without its database the clinic answers, too: that it will be right back.
    let work = async {
        let prepared = tokio::select! {
            prepared = prepare(config, database) => prepared,
            () = stop.cancelled() => return Ok(()),
        };
        if prepared.is_err() {
            stop.cancel();
            return prepared;
        }
        site.set_ready(true);
        let workers = workers::start(
            site.clinic(),
            &database.app,
            site.reach(),
            site.public_url(),
            &config.heads(),
            &stop,
        );
        if let Some(broker) = broker {
            let (desk, stop) = (Arc::new(MqttDesk::new(site.clinic().clone())), stop.clone());
            let hear = Box::pin(async move { broker.run(desk).await });
            workers.spawn(async move { stop.run_until_cancelled(hear).await });
        }
        welcome(&site);
        stop.cancelled().await;
        workers.close();
        let _ = tokio::time::timeout(DRAIN, workers.wait()).await;
        Ok(())
    };
    let measure = async {
        if let Some((listener, requests)) = doors.operators.zip(measured) {
            accept(listener, metrics::router(&site, requests), stop.clone()).await;
        }
    };
    let end = async {
        stop.cancelled().await;
        tracing::info!("stopping");
        site.clinic().live().stop();
    };
    let accept = accept(doors.people, service, stop.clone());
    let (worked, ..) = tokio::join!(work, accept, measure, end, database.keep(&stop));
    worked
}

/// Where we are heard.
struct Doors {
    people: TcpListener,
    /// Those who measure, if there are any.
    operators: Option<TcpListener>,
}

impl Doors {
    async fn open(config: &Config) -> anyhow::Result<Self> {
        let people = listen(config.addr).await?;
        let operators = match config.metrics_addr {
            Some(addr) => Some(listen(addr).await?),
            None => None,
        };
        if let Some(listener) = &operators {
            let addr = listener.local_addr()?;
            tracing::info!("metrics are at http://{addr}/metrics");
            if !is_private(addr.ip()) {
                tracing::warn!("MEDCONNECT_METRICS_ADDR is an address that others may reach");
            }
        }
        Ok(Self { people, operators })
    }
}

/// Whether nobody reaches that address from elsewhere.
fn is_private(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => address.is_loopback() || address.is_private(),
        IpAddr::V6(address) => address.is_loopback() || address.is_unique_local(),
    }
}

async fn listen(addr: SocketAddr) -> anyhow::Result<TcpListener> {
    let listener = TcpListener::bind(addr).await;
    listener.with_context(|| format!("cannot listen on {addr}; is another server running?"))
}

fn welcome(site: &Site) {
    tracing::info!("MedConnect is at {}", site.public_url());
    if site.is_demo() {
        for (email, who) in demo::LOGINS {
            tracing::info!("demo login {email} ({who}), password {}", demo::PASSWORD);
        }
        tracing::info!("mail of the demo is at {}/dev/mail", site.public_url());
    }
}

/// Brings the database up to date, as soon as it can be reached.
async fn prepare(config: &Config, database: &Database) -> anyhow::Result<()> {
    loop {
        match database::migrate(&database.owner).await {
            Ok(()) => break,
            Err(error) if error.is::<database::Unreachable>() => {
                tracing::warn!("{error}; trying again");
                tokio::time::sleep(Duration::from_secs(1)).await;
            }
            Err(error) => return Err(error),
        }
    }
    if config.demo {
        let loaded = demo::load(&mut database.owner().await?, clock()).await?;
        tracing::debug!(?loaded, "demo clinic");
    }
    Ok(())
}

/// Accepts connections until `stop`, then lets open requests end.
///
/// axum's own `serve` has no time limit for the head of a request: half-sent
/// ones would stay open for ever.
async fn accept(listener: TcpListener, service: axum::Router, stop: CancellationToken) {
    let places = Arc::new(Semaphore::new(CONNECTIONS));
    let graceful = GracefulShutdown::new();
    let mut server = http1::Builder::new();
    server.timer(TokioTimer::new()).header_read_timeout(HEADER_TIMEOUT);
    loop {
        let Ok(place) = places.clone().acquire_owned().await else { break };
        let (stream, peer) = tokio::select! {
            () = stop.cancelled() => break,
            accepted = listener.accept() => match accepted {
                Ok(accepted) => accepted,
                Err(error) => {
                    // Out of file descriptors, most likely: wait for some to come back.
                    tracing::warn!(%error, "cannot accept a connection");
                    tokio::time::sleep(Duration::from_millis(100)).await;
                    continue;
                }
            },
        };
        let _ = stream.set_nodelay(true);
        let service = service.clone().map_request(move |mut request: http::Request<Incoming>| {
            request.extensions_mut().insert(axum::extract::ConnectInfo(peer));
            request
        });
        let connection =
            server.serve_connection(TokioIo::new(stream), TowerToHyperService::new(service));
        let connection = graceful.watch(connection);
        tokio::spawn(async move {
            if let Err(error) = connection.await {
                tracing::debug!(%error, "connection ended");
            }
            drop(place);
        });
    }
    if tokio::time::timeout(DRAIN, graceful.shutdown()).await.is_err() {
        tracing::warn!("some requests did not end in time");
    }
}

/// Cancelled when the process is asked to end.
fn stop_signal() -> anyhow::Result<CancellationToken> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    let stop = CancellationToken::new();
    let stopped = stop.clone();
    tokio::spawn(async move {
        tokio::select! { _ = terminate.recv() => (), _ = interrupt.recv() => () }
        stopped.cancel();
    });
    Ok(stop)
}

pub async fn migrate(config: Config) -> anyhow::Result<()> {
    make_data_dir(&config)?;
    let database = Database::open(&config).await?;
    let done = database::migrate(&database.owner).await;
    database.close().await?;
    done
}

pub async fn seed(config: Config, scale: Option<usize>) -> anyhow::Result<()> {
    make_data_dir(&config)?;
    let database = Database::open(&config).await?;
    let done = seed_with(&database, scale).await;
    database.close().await?;
    done
}

async fn seed_with(database: &Database, scale: Option<usize>) -> anyhow::Result<()> {
    database::migrate(&database.owner).await?;
    let client = &mut database.owner().await?;
    let loaded = demo::load(client, clock()).await?;
    tracing::info!(?loaded, "demo clinic");
    if let Some(doctors) = scale {
        demo::load_scale(client, doctors, clock(), |line| tracing::info!("{line}")).await?;
    }
    Ok(())
}

/// Runs `command` beside a throw-away cluster and returns its exit code.
///
/// Told to stop, it passes that on to the command by ending it, and still
/// takes the cluster away.
pub async fn exec(command: &[String]) -> anyhow::Result<i32> {
    let Some((program, arguments)) = command.split_first() else { bail!("no command") };
    let stop = stop_signal()?;
    let folder = std::env::temp_dir().join(format!("medconnect-{}", uuid::Uuid::now_v7().simple()));
    let cluster = Cluster::start_disposable(&folder, |_| ()).await?;
    let mut process = tokio::process::Command::new(program)
        .args(arguments)
        .env("TEST_DATABASE_SERVER", cluster.owner_url("postgres").expose_secret())
        .kill_on_drop(true)
        .spawn();
    let status = match &mut process {
        Ok(process) => tokio::select! {
            status = process.wait() => status,
            () = stop.cancelled() => process.kill().await.and(process.wait().await),
        },
        Err(error) => Err(std::io::Error::new(error.kind(), error.to_string())),
    };
    cluster.remove().await?;
    std::fs::remove_dir_all(&folder)?;
    let status = status.with_context(|| format!("cannot run {program}"))?;
    Ok(status.code().unwrap_or(1))
}
