use crate::TestDb;
use diesel::{QueryableByName, sql_query, sql_types::BigInt};
use diesel_async::{RunQueryDsl, SimpleAsyncConnection};
use futures_util::future::join_all;
use services::Conn;

/// Everybody who waits for a lock, whichever it is.
const WAITING: &str = "SELECT count(*) FROM pg_stat_activity \
                       WHERE datname = current_database() AND wait_event_type = 'Lock'";

#[derive(QueryableByName)]
struct Waiting {
    #[diesel(sql_type = BigInt)]
    count: i64,
}

/// Holds up everyone who wants to write what it stands before. Reads pass it.
pub struct Gate {
    conn: Conn,
    /// Outside of the transaction, in which PostgreSQL's view of itself stands still.
    watch: Conn,
    /// Counts who waits.
    waiting: String,
}

impl Gate {
    /// Returns once `wanted` writers wait at the gate.
    pub async fn wait_for(&mut self, wanted: usize) {
        let wanted = i64::try_from(wanted).unwrap();
        let waiting = || sql_query(self.waiting.clone());
        while waiting().get_result::<Waiting>(&mut self.watch).await.unwrap().count < wanted {
            tokio::task::yield_now().await;
        }
    }

    /// Lets all of them go at once.
    pub async fn open(mut self) {
        self.conn.batch_execute("COMMIT").await.unwrap();
    }
}

impl TestDb {
    /// From here on, a statement that wants to write to `table` waits before it begins.
    pub async fn gate(&self, table: &str) -> Gate {
        let waiting = format!(
            "SELECT count(*) FROM pg_locks \
             WHERE relation = '{table}'::regclass AND database = \
               (SELECT oid FROM pg_database WHERE datname = current_database()) AND NOT granted"
        );
        self.close(&format!("LOCK TABLE {table} IN SHARE MODE"), waiting).await
    }

    /// From here on, a statement that needs a row of `table` to stay as it is waits in its middle.
    pub async fn gate_at_rows(&self, table: &str) -> Gate {
        self.close(&format!("SELECT FROM {table} FOR UPDATE"), WAITING.to_owned()).await
    }

    /// From here on, the first who wants to write to `table` waits, and with it all who stand in line for it at another
    /// lock.
    pub async fn gate_in_line(&self, table: &str) -> Gate {
        self.close(&format!("LOCK TABLE {table} IN SHARE MODE"), WAITING.to_owned()).await
    }

    /// From here on, a transaction that has written to `table` waits when it is about to commit.
    pub async fn gate_at_commit(&self, table: &str) -> Gate {
        self.execute(&format!(
            "CREATE FUNCTION wait_at_commit() RETURNS trigger LANGUAGE plpgsql AS \
                 'BEGIN PERFORM pg_advisory_xact_lock_shared(1); RETURN NULL; END'; \
             CREATE CONSTRAINT TRIGGER {table}_wait_at_commit AFTER INSERT OR UPDATE ON {table} \
                 DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION wait_at_commit()"
        ))
        .await;
        let waiting = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND objid = 1 AND NOT granted \
                       AND database = (SELECT oid FROM pg_database WHERE datname = current_database())";
        self.close("SELECT pg_advisory_xact_lock(1)", waiting.to_owned()).await
    }

    async fn close(&self, lock: &str, waiting: String) -> Gate {
        let mut conn = self.owner().await;
        conn.batch_execute(&format!("BEGIN; {lock}")).await.unwrap();
        Gate { conn, watch: self.owner().await, waiting }
    }

    /// Runs `contenders` until each of them waits to write to `table`, then
    /// lets them go at once.
    ///
    /// Reads pass the gate, so every contender has already seen the world
    /// without the others: what decides is the database.
    pub async fn race<F: Future>(&self, table: &str, contenders: Vec<F>) -> Vec<F::Output> {
        let mut gate = self.gate(table).await;
        let wanted = contenders.len();
        let open = async {
            gate.wait_for(wanted).await;
            gate.open().await;
        };
        tokio::join!(join_all(contenders), open).0
    }
}
