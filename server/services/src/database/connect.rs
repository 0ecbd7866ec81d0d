//! A connection to PostgreSQL, over TLS where its address asks for that.
use crate::Conn;
use diesel::{ConnectionError, ConnectionResult};
use rustls_tokio_postgres::{MakeRustlsConnect, config_platform_verifier};
use secrecy::{ExposeSecret, SecretString};
use std::{
    future::poll_fn,
    sync::OnceLock,
    task::{Context, Poll},
};
use tokio_postgres::{
    AsyncMessage, Client, Config, Connection, NoTls, Socket,
    config::{Host, SslMode},
    tls::{MakeTlsConnect, NoTlsStream},
};

/// Why there is no connection.
#[derive(Debug, thiserror::Error)]
pub enum Unconnected {
    #[error(transparent)]
    Database(#[from] tokio_postgres::Error),
    #[error("TLS does not work on this machine")]
    Tls(#[source] Box<dyn std::error::Error + Send + Sync>),
}

/// What moves between this program and the database.
pub enum Link {
    Plain(Box<Connection<Socket, NoTlsStream>>),
    Tls(Box<Connection<Socket, Tls>>),
}

type Tls = <MakeRustlsConnect as MakeTlsConnect<Socket>>::Stream;

impl std::fmt::Debug for Link {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Plain(_) => "Link::Plain",
            Self::Tls(_) => "Link::Tls",
        })
    }
}

impl Link {
    /// What the database says unasked; none, once the connection has ended. Nothing moves unless this is polled.
    pub fn poll_message(
        &mut self,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<AsyncMessage, tokio_postgres::Error>>> {
        match self {
            Self::Plain(connection) => connection.poll_message(context),
            Self::Tls(connection) => connection.poll_message(context),
        }
    }

    /// Lets it move until its client is gone.
    pub async fn run(mut self) {
        while let Some(Ok(_)) = poll_fn(|context| self.poll_message(context)).await {}
    }
}

/// Connects to `url`.
///
/// With `sslmode=require`, `verify-ca` or `verify-full` over TLS, and the certificate must be one that this machine
/// trusts (those of its system, or of the file that `SSL_CERT_FILE` names) for that host: nothing less is worth its
/// name. Without any of them in plain.
pub async fn connect(url: &SecretString) -> Result<(Client, Link), Unconnected> {
    let mut config = config_of(url)?;
    if config.get_ssl_mode() == SslMode::Require {
        let (client, connection) = config.connect(tls()?).await?;
        return Ok((client, Link::Tls(Box::new(connection))));
    }
    // Not as far as the server would: a certificate of its own would end what works today.
    config.ssl_mode(SslMode::Disable);
    let (client, connection) = config.connect(NoTls).await?;
    Ok((client, Link::Plain(Box::new(connection))))
}

/// The same for diesel.
pub(super) async fn establish(url: &SecretString) -> ConnectionResult<Conn> {
    let bad = |why: Unconnected| ConnectionError::BadConnection(chain(&why));
    match connect(url).await.map_err(bad)? {
        (client, Link::Plain(connection)) => {
            Conn::try_from_client_and_connection(client, *connection).await
        }
        (client, Link::Tls(connection)) => {
            Conn::try_from_client_and_connection(client, *connection).await
        }
    }
}

/// Whether what is said to the database at `url` can be read on the way to another machine.
pub fn is_in_plain(url: &SecretString) -> bool {
    let here = |host: &Host| match host {
        Host::Unix(_) => true,
        Host::Tcp(name) => {
            name == "localhost"
                || name.parse().is_ok_and(|addr: std::net::IpAddr| addr.is_loopback())
        }
    };
    config_of(url).is_ok_and(|config| {
        let all_here = config.get_hosts().iter().all(here)
            && config.get_hostaddrs().iter().all(std::net::IpAddr::is_loopback);
        config.get_ssl_mode() != SslMode::Require && !all_here
    })
}

fn config_of(url: &SecretString) -> Result<Config, tokio_postgres::Error> {
    let url = url.expose_secret();
    // Words of libpq that the library does not know; it checks all that they ask for in any case.
    url.replace("sslmode=verify-full", "sslmode=require")
        .replace("sslmode=verify-ca", "sslmode=require")
        .parse()
}

/// Made once: it reads the certificates of this machine.
fn tls() -> Result<MakeRustlsConnect, Unconnected> {
    static TLS: OnceLock<MakeRustlsConnect> = OnceLock::new();
    if let Some(tls) = TLS.get() {
        return Ok(tls.clone());
    }
    let config = config_platform_verifier().map_err(|why| Unconnected::Tls(why.into()))?;
    Ok(TLS.get_or_init(|| MakeRustlsConnect::new(config)).clone())
}

/// An error with all that led to it: the outermost of these says only that there was one.
fn chain(error: &(dyn std::error::Error + 'static)) -> String {
    std::iter::successors(Some(error), |error| error.source())
        .map(ToString::to_string)
        .collect::<Vec<_>>()
        .join(": ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_leaves_the_machine_in_plain_is_known() {
        for safe in [
            "postgres://a:b@db.example/clinic?sslmode=require",
            "postgres://a:b@db.example/clinic?sslmode=verify-full",
            "postgres://a:b@127.0.0.1/clinic",
            "postgres://a:b@[::1]/clinic",
            "postgres://a:b@localhost:5433/clinic?sslmode=disable",
            "postgres:///clinic?host=/run/postgresql",
        ] {
            assert!(!is_in_plain(&safe.to_owned().into()), "{safe}");
        }
        for plain in [
            "postgres://a:b@db.example/clinic",
            "postgres://a:b@10.0.0.7/clinic?sslmode=prefer",
            "host=db.example user=a",
            "host=localhost hostaddr=10.0.0.7 user=a",
        ] {
            assert!(is_in_plain(&plain.to_owned().into()), "{plain}");
        }
    }
}
