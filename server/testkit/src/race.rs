use crate::TestDb;
use diesel::{QueryableByName, sql_query, sql_types::BigInt};
use diesel_async::{RunQueryDsl, SimpleAsyncConnection};
use futures_util::future::join_all;

#[derive(QueryableByName)]
struct Waiting {
    #[diesel(sql_type = BigInt)]
    count: i64,
}

impl TestDb {
    /// Runs `contenders` until each of them waits to write to `table`, then
    /// lets them go at once.
    ///
    /// Reads pass the gate, so every contender has already seen the world
    /// without the others: what decides is the database.
    pub async fn race<F: Future>(&self, table: &str, contenders: Vec<F>) -> Vec<F::Output> {
        let wanted = i64::try_from(contenders.len()).unwrap();
        let mut gate = self.owner().await;
        gate.batch_execute(&format!("BEGIN; LOCK TABLE {table} IN SHARE MODE")).await.unwrap();
        let open = async {
            let waiting = format!(
                "SELECT count(*) FROM pg_locks \
                 WHERE relation = '{table}'::regclass AND database = \
                   (SELECT oid FROM pg_database WHERE datname = current_database()) AND NOT granted"
            );
            while sql_query(&waiting).get_result::<Waiting>(&mut gate).await.unwrap().count < wanted
            {
                tokio::task::yield_now().await;
            }
            gate.batch_execute("COMMIT").await.unwrap();
        };
        tokio::join!(join_all(contenders), open).0
    }
}
