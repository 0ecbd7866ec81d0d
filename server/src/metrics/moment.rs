//! How things are at the moment of asking.
use app::Site;
use procfs::{ProcResult, process::Process};
use prometheus_client::{
    encoding::EncodeLabelSet,
    metrics::{
        counter::ConstCounter,
        family::Family,
        gauge::{ConstGauge, Gauge},
    },
    registry::{Registry, Unit},
};
use services::monitoring::{self, Connections, Watched};
use std::{sync::atomic::AtomicU64, time::Duration};

/// Whoever measures gives up sooner than whoever is measured.
const PATIENCE: Duration = Duration::from_secs(3);

/// What there is to say, whether or not the database answers.
pub async fn look(site: &Site) -> Registry {
    let mut registry = Registry::default();
    let ours = registry.sub_registry_with_prefix("medconnect");
    say_connections(ours, monitoring::connections(site.clinic()));
    let watched = watch(site).await;
    ours.register(
        "database_up",
        "Whether the database has answered within three seconds",
        ConstGauge::new(i64::from(watched.is_some())),
    );
    if let Some(watched) = watched {
        say_watched(ours, &watched);
    }
    if let Err(error) = say_process(registry.sub_registry_with_prefix("process")) {
        tracing::warn!(%error, "cannot tell what this process needs");
    }
    registry
}

/// What waits in the database; `None` while that is away.
async fn watch(site: &Site) -> Option<Watched> {
    if !site.is_ready() {
        return None;
    }
    match tokio::time::timeout(PATIENCE, monitoring::look(site.clinic())).await {
        Ok(Ok(watched)) => Some(watched),
        Ok(Err(error)) => {
            error.report();
            None
        }
        Err(_) => None,
    }
}

/// What connections of this server there are.
#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Connection {
    state: &'static str,
}

fn say_connections(registry: &mut Registry, connections: Connections) {
    let by_state = Family::<Connection, Gauge<u64, AtomicU64>>::default();
    let busy = connections.open.saturating_sub(connections.idle);
    for (state, count) in [("busy", busy), ("idle", connections.idle)] {
        by_state.get_or_create(&Connection { state }).set(count as u64);
    }
    registry.register("database_connections", "Connections of this server", by_state);
    for (name, help, count) in [
        ("database_connections_limit", "How many there may be", connections.at_most),
        ("database_connections_awaited", "Requests that wait for one", connections.waiting),
    ] {
        registry.register(name, help, ConstGauge::new(count as u64));
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Queued {
    queue: String,
}

/// By the action of the audit trail.
#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Failed {
    action: String,
}

fn say_watched(registry: &mut Registry, watched: &Watched) {
    let waiting = Family::<Queued, Gauge>::default();
    let delay = Family::<Queued, Gauge<f64, AtomicU64>>::default();
    for queue in &watched.queues {
        let label = Queued { queue: queue.name.clone() };
        waiting.get_or_create(&label).set(queue.waiting);
        let since =
            queue.oldest.map_or(0.0, |since| watched.at.duration_since(since).as_secs_f64());
        delay.get_or_create(&label).set(since.max(0.0));
    }
    registry.register("queue_waiting", "What is not done, of all servers", waiting);
    registry.register_with_unit(
        "queue_delay",
        "For how long the one has waited that waits longest, however often it was tried",
        Unit::Seconds,
        delay,
    );
    let given_up = Family::<Queued, Gauge>::default();
    for topic in &watched.given_up {
        let label = Queued { queue: topic.topic.clone() };
        given_up.get_or_create(&label).set(topic.count);
    }
    let help = "Messages that were given up within the last hour, of all servers";
    registry.register("messages_given_up", help, given_up);
    let failed = Family::<Failed, Gauge>::default();
    for turned_away in &watched.turned_away {
        failed.get_or_create(&Failed { action: turned_away.action.clone() }).set(turned_away.count);
    }
    let help = "Who was turned away at a sign-in in the last five minutes, of all servers";
    registry.register("sign_ins_failed", help, failed);
}

/// By the names that Prometheus' own libraries give them.
#[expect(clippy::cast_precision_loss, reason = "processor time in ticks")]
fn say_process(registry: &mut Registry) -> ProcResult<()> {
    let process = Process::myself()?;
    let stat = process.stat()?;
    let ticks = procfs::ticks_per_second();
    let used = (stat.utime + stat.stime) as f64 / ticks as f64;
    registry.register_with_unit("cpu", "Processor time", Unit::Seconds, ConstCounter::new(used));
    let memory = stat.rss * procfs::page_size();
    registry.register_with_unit("resident_memory", "Memory", Unit::Bytes, ConstGauge::new(memory));
    let files = process.fd_count()? as u64;
    registry.register("open_fds", "Open files", ConstGauge::new(files));
    Ok(())
}
