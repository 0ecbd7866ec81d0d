//! Three servers over one database, and people whom it is no matter if one of them is gone.
use crate::running::{Answer, Server, ask};
use futures_util::future::join_all;
use std::{net::SocketAddr, sync::Mutex, time::Duration};
use testkit::TestDb;

const SERVERS: usize = 3;

pub struct Fleet {
    /// `None`: gone for a moment.
    servers: [Mutex<Option<Server>>; SERVERS],
    /// Where their mail goes.
    smtp: Option<SocketAddr>,
}

impl Fleet {
    pub async fn start(db: &TestDb) -> Self {
        Self::start_with_mail(db, None).await
    }

    pub async fn start_with_mail(db: &TestDb, smtp: Option<SocketAddr>) -> Self {
        let start = || Server::start_one_of_several(db, smtp);
        let (one, two, three) = tokio::join!(start(), start(), start());
        Self { servers: [one, two, three].map(|server| Mutex::new(Some(server))), smtp }
    }

    fn addr(&self, index: usize) -> Option<String> {
        let server = self.servers[index % SERVERS].lock().unwrap();
        server.as_ref().map(|server| server.addr.clone())
    }

    /// `kill -9` of one of them.
    pub async fn kill(&self, index: usize) {
        let server = self.servers[index].lock().unwrap().take();
        server.unwrap().kill().await;
    }

    pub async fn kill_all(&self) {
        for index in 0..SERVERS {
            self.kill(index).await;
        }
    }

    /// Starts those anew that are gone.
    pub async fn restart(&self, db: &TestDb) {
        let gone = self.servers.iter().filter(|server| server.lock().unwrap().is_none());
        let starting = gone.map(async |server| {
            let started = Server::start_one_of_several(db, self.smtp).await;
            *server.lock().unwrap() = Some(started);
        });
        join_all(starting).await;
    }

    /// Asks one server after the other, from `first` on, until one of them does or refuses it.
    pub async fn insist(&self, first: usize, head: &str, body: &str) -> Answer {
        let mut now_and_then = tokio::time::interval(Duration::from_millis(50));
        for index in first.. {
            if let Some(addr) = self.addr(index)
                && let Some(answer) = ask(&addr, head, body).await
                && answer.status != 503
            {
                return answer;
            }
            now_and_then.tick().await;
        }
        unreachable!("somebody answers in the end")
    }
}

/// The head of a request of the person with `token`; `key` makes a retry harmless.
pub fn head(method: &str, path: &str, token: &str, key: &str) -> String {
    format!(
        "{method} {path} HTTP/1.1\r\ncontent-type: application/json\r\n\
         authorization: Bearer {token}\r\nidempotency-key: {key}"
    )
}
