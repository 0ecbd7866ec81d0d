//! A connection to PostgreSQL, over TLS where its address asks for that.
use crate::Conn;
use diesel::{ConnectionError, ConnectionResult};
use rustls_tokio_postgres::{MakeRustlsConnect, config_platform_verifier};
use secrecy::{ExposeSecret, SecretString};
use std::sync::OnceLock;
use tokio_postgres::{
    Client, Config, Connection, Socket,
    config::{Host, SslMode},
    tls::MakeTlsConnect,
};

/// Makes TLS of a connection, where it is asked for.
#[derive(Clone)]
pub struct Tls(MakeRustlsConnect);

impl MakeTlsConnect<Socket> for Tls {
    type Stream = <MakeRustlsConnect as MakeTlsConnect<Socket>>::Stream;
    type TlsConnect = <MakeRustlsConnect as MakeTlsConnect<Socket>>::TlsConnect;
    type Error = <MakeRustlsConnect as MakeTlsConnect<Socket>>::Error;

    fn make_tls_connect(&mut self, host: &str) -> Result<Self::TlsConnect, Self::Error> {
        // Asked before it is known whether there will be any: a socket has no name.
        let host = if host.is_empty() { "localhost" } else { host };
        <MakeRustlsConnect as MakeTlsConnect<Socket>>::make_tls_connect(&mut self.0, host)
    }
}

/// What travels over a connection, be it TLS or not.
pub type Stream = <Tls as MakeTlsConnect<Socket>>::Stream;

/// Why there is no connection.
#[derive(Debug, thiserror::Error)]
pub enum Unconnected {
    #[error(transparent)]
    Database(#[from] tokio_postgres::Error),
    #[error("TLS does not work on this machine")]
    Tls(#[source] Box<dyn std::error::Error + Send + Sync>),
}

/// Connects to `url`.
///
/// With `sslmode=require`, `verify-ca` or `verify-full` over TLS, and the certificate must be one that this machine
/// trusts (those of its system, or of the file that `SSL_CERT_FILE` names) for that host: nothing less is worth its
/// name. Without any of them in plain.
pub async fn connect(
    url: &SecretString,
) -> Result<(Client, Connection<Socket, Stream>), Unconnected> {
    let mut config = config_of(url)?;
    if config.get_ssl_mode() != SslMode::Require {
        // Not as far as the server would: a certificate of its own would end what works today.
        config.ssl_mode(SslMode::Disable);
    }
    Ok(config.connect(tls()?).await?)
}

/// The same for diesel.
pub(super) async fn establish(url: &SecretString) -> ConnectionResult<Conn> {
    let bad = |why: Unconnected| ConnectionError::BadConnection(chain(&why));
    let (client, connection) = connect(url).await.map_err(bad)?;
    Conn::try_from_client_and_connection(client, connection).await
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
        config.get_ssl_mode() != SslMode::Require && !config.get_hosts().iter().all(here)
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
fn tls() -> Result<Tls, Unconnected> {
    static TLS: OnceLock<Tls> = OnceLock::new();
    if let Some(tls) = TLS.get() {
        return Ok(tls.clone());
    }
    let config = config_platform_verifier().map_err(|why| Unconnected::Tls(why.into()))?;
    Ok(TLS.get_or_init(|| Tls(MakeRustlsConnect::new(config))).clone())
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
        ] {
            assert!(is_in_plain(&plain.to_owned().into()), "{plain}");
        }
    }
}
