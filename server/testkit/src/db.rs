use diesel_async::{AsyncConnection, RunQueryDsl, SimpleAsyncConnection};
use jiff::Timestamp;
use secrecy::{ExposeSecret, SecretString};
use services::{Clinic, Clock, Conn, database, gateways::Gateways, identity::Keys};
use std::sync::{
    Arc,
    atomic::{AtomicI64, Ordering},
};

/// A migrated database of this test's own, dropped with it.
///
/// Copied from a template that the first test of a run makes.
#[derive(Debug)]
pub struct TestDb {
    /// `None`: another's, which stays.
    name: Option<String>,
    url: String,
    now: Arc<AtomicI64>,
}

impl TestDb {
    /// A database whose clock stands still at `now`.
    pub async fn at(now: &str) -> Self {
        let template = template().await;
        let name = format!("test_{}", uuid::Uuid::now_v7().simple());
        run(&url("postgres"), &format!("CREATE DATABASE {name} TEMPLATE {template}")).await;
        let now: Timestamp = now.parse().unwrap();
        Self::named(name, now)
    }

    /// A database without any table.
    pub async fn empty() -> Self {
        let name = format!("test_{}", uuid::Uuid::now_v7().simple());
        run(&url("postgres"), &format!("CREATE DATABASE {name}")).await;
        Self::named(name, Timestamp::UNIX_EPOCH)
    }

    fn named(name: String, now: Timestamp) -> Self {
        let url = url(&name);
        Self { name: Some(name), url, now: Arc::new(AtomicI64::new(now.as_second())) }
    }

    /// The database at `owner_url`, such as that of a private cluster. It is not dropped.
    pub fn over(owner_url: &SecretString) -> Self {
        Self {
            name: None,
            url: owner_url.expose_secret().to_owned(),
            now: Arc::new(AtomicI64::new(0)),
        }
    }

    /// The database as the owner of its tables.
    pub fn owner_url(&self) -> SecretString {
        self.url.clone().into()
    }

    /// A connection of the owner's, outside of every pool.
    pub async fn owner(&self) -> Conn {
        Conn::establish(&self.url).await.unwrap()
    }

    /// A clinic over this database, working as the application does.
    pub fn clinic(&self) -> Clinic {
        self.clinic_with(8)
    }

    /// The same with as many connections as a race needs.
    pub fn clinic_with(&self, connections: usize) -> Clinic {
        let pool = database::pool(&self.owner_url(), connections).unwrap();
        let now = Arc::clone(&self.now);
        let clock: Clock = Arc::new(move || {
            Timestamp::from_second(AtomicI64::load(&now, Ordering::SeqCst)).unwrap()
        });
        let keys = Keys::derive(&"a secret of the tests alone".to_owned().into()).unwrap();
        let gateways = Gateways::of_demo(&pool);
        Clinic::new(pool, clock, keys).with_gateways(gateways)
    }

    /// Sets the clock of every clinic over this database.
    pub fn set_now(&self, now: &str) {
        let now: Timestamp = now.parse().unwrap();
        self.now.store(now.as_second(), Ordering::SeqCst);
    }

    /// Opens the database to connections, or refuses them and ends those that there are.
    pub async fn set_accessible(&self, accessible: bool) {
        let name = self.name.as_deref().unwrap();
        let sql = format!("ALTER DATABASE {name} ALLOW_CONNECTIONS {accessible}");
        run(&url("postgres"), &sql).await;
        if !accessible {
            let end = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname =";
            run(&url("postgres"), &format!("{end} '{name}'")).await;
        }
    }

    /// How many rows `table` has.
    pub async fn count(&self, table: &str) -> i64 {
        #[derive(diesel::QueryableByName)]
        struct Count {
            #[diesel(sql_type = diesel::sql_types::BigInt)]
            count: i64,
        }
        let query = diesel::sql_query(format!("SELECT count(*) AS count FROM {table}"));
        query.get_result::<Count>(&mut self.owner().await).await.unwrap().count
    }

    /// Runs SQL as the owner.
    pub async fn execute(&self, sql: &str) {
        self.owner().await.batch_execute(sql).await.unwrap();
    }
}

impl Drop for TestDb {
    fn drop(&mut self) {
        let Some(name) = &self.name else { return };
        let sql = format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)");
        // A destructor cannot wait in an async way, so another thread does.
        let dropped = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
            runtime.unwrap().block_on(run(&url("postgres"), &sql));
        });
        if dropped.join().is_err() && !std::thread::panicking() {
            panic!("the test's database could not be dropped");
        }
    }
}

/// `database` on the server that `medconnect database exec` has started.
fn url(database: &str) -> String {
    let server = std::env::var("TEST_DATABASE_SERVER")
        .expect("run tests with `make test`, or under `medconnect database exec --`");
    let (server, _) = server.rsplit_once('/').unwrap();
    format!("{server}/{database}")
}

async fn run(url: &str, sql: &str) {
    Conn::establish(url).await.unwrap().batch_execute(sql).await.unwrap();
}

/// The name of the migrated template; made by whichever test comes first.
async fn template() -> &'static str {
    const NAME: &str = "template_migrated";
    let mut gate = Conn::establish(&url("postgres")).await.unwrap();
    gate.batch_execute("SELECT pg_advisory_lock(1)").await.unwrap();
    let made = diesel::sql_query("SELECT FROM pg_database WHERE datname = 'template_migrated'")
        .execute(&mut gate)
        .await
        .unwrap();
    if made == 0 {
        // Made under another name first: one that was begun and not finished is not used.
        run(&url("postgres"), "DROP DATABASE IF EXISTS template_begun").await;
        run(&url("postgres"), "CREATE DATABASE template_begun").await;
        database::migrate(&url("template_begun").into()).await.unwrap();
        run(&url("postgres"), "ALTER DATABASE template_begun RENAME TO template_migrated").await;
    }
    gate.batch_execute("SELECT pg_advisory_unlock(1)").await.unwrap();
    NAME
}
