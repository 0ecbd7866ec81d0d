//! A PostgreSQL elsewhere, reached over TLS.
use crate::running::{SECRET, Server};
use secrecy::ExposeSecret;
use std::{
    path::Path,
    process::{Command, Stdio},
    sync::Arc,
};
use testkit::TestDb;
use tokio::{
    io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader, copy_bidirectional},
    net::{TcpListener, TcpStream, UnixStream},
};
use tokio_postgres::{Config, config::Host};
use tokio_rustls::{
    TlsAcceptor,
    rustls::{
        ServerConfig,
        pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject},
    },
};

/// What a client of PostgreSQL asks first that wants TLS.
const SSL_REQUEST: [u8; 8] = [0, 0, 0, 8, 4, 210, 22, 47];

/// The test's database behind a door that lets nobody in without TLS.
struct Door {
    /// With `sslmode` to be said.
    url: String,
    password: String,
    folder: tempfile::TempDir,
}

impl Door {
    async fn to(db: &TestDb) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let acceptor = acceptor(folder.path());
        let real: Config = db.owner_url().expose_secret().parse().unwrap();
        let Host::Unix(sockets) = &real.get_hosts()[0] else { panic!("{real:?}") };
        let socket = sockets.join(".s.PGSQL.5432");
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let password = String::from_utf8_lossy(real.get_password().unwrap()).into_owned();
        let url = format!(
            "postgres://{}:{password}@localhost:{}/{}",
            real.get_user().unwrap(),
            listener.local_addr().unwrap().port(),
            real.get_dbname().unwrap(),
        );
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (acceptor, socket) = (acceptor.clone(), socket.clone());
                tokio::spawn(async move { pass(stream, acceptor, &socket).await });
            }
        });
        Self { url, password, folder }
    }

    fn url(&self, mode: &str) -> String {
        format!("{}?sslmode={mode}", self.url)
    }

    /// The file of the authority that has made the certificate.
    fn authority(&self) -> String {
        self.folder.path().join("ca.pem").to_str().unwrap().to_owned()
    }
}

/// Lets a client in that asks for TLS, as PostgreSQL does with `hostssl` alone.
async fn pass(mut stream: TcpStream, acceptor: TlsAcceptor, socket: &Path) -> std::io::Result<()> {
    let mut asked = [0; 8];
    stream.read_exact(&mut asked).await?;
    if asked != SSL_REQUEST {
        return Ok(());
    }
    stream.write_all(b"S").await?;
    let mut stream = acceptor.accept(stream).await?;
    let mut database = UnixStream::connect(socket).await?;
    copy_bidirectional(&mut stream, &mut database).await?;
    Ok(())
}

/// With a certificate for `localhost` of an authority that nobody knows.
fn acceptor(folder: &Path) -> TlsAcceptor {
    make_certificate(folder, "ca", &["-subj", "/CN=authority"]);
    let by = ["ca.pem", "ca.key"].map(|name| folder.join(name).to_str().unwrap().to_owned());
    let named = ["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"];
    let plain = ["-addext", "basicConstraints=critical,CA:FALSE"];
    make_certificate(
        folder,
        "cert",
        &[&["-CA", &by[0], "-CAkey", &by[1]], named.as_slice(), &plain].concat(),
    );
    let cert = CertificateDer::from_pem_file(folder.join("cert.pem")).unwrap();
    let key = PrivateKeyDer::from_pem_file(folder.join("cert.key")).unwrap();
    let config = ServerConfig::builder().with_no_client_auth().with_single_cert(vec![cert], key);
    TlsAcceptor::from(Arc::new(config.unwrap()))
}

fn make_certificate(folder: &Path, name: &str, options: &[&str]) {
    let made = Command::new("openssl")
        .args(["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1"])
        .args(["-nodes", "-days", "2"])
        .args(options)
        .arg("-out")
        .arg(folder.join(format!("{name}.pem")))
        .arg("-keyout")
        .arg(folder.join(format!("{name}.key")))
        .stderr(Stdio::null())
        .status()
        .unwrap();
    assert!(made.success());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_elsewhere_is_reached_over_tls_by_all_that_the_server_does() {
    let db = TestDb::at("2026-03-02T06:00:00Z").await;
    let door = Door::to(&db).await;
    for mode in ["require", "verify-full"] {
        let settings = [("DATABASE_URL", door.url(mode)), ("SSL_CERT_FILE", door.authority())];
        let settings = settings.each_ref().map(|(name, value)| (*name, value.as_str()));
        let server = Server::start_with(&db, &settings).await;
        let (status, _) = server.request("GET /api/providers HTTP/1.1", "").await;
        assert_eq!(status, 200, "{mode}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_certificate_that_nobody_vouches_for_is_refused_and_so_is_plain_text() {
    let db = TestDb::at("2026-03-02T06:00:00Z").await;
    let door = Door::to(&db).await;
    for (mode, said) in [
        ("require", "invalid peer certificate"),
        ("disable", "error communicating with the server"),
    ] {
        let mut process = tokio::process::Command::new(env!("CARGO_BIN_EXE_medconnect"))
            .arg("serve")
            .env("DATABASE_URL", door.url(mode))
            .env("MEDCONNECT_SECRET", SECRET)
            .env("MEDCONNECT_ADDR", "127.0.0.1:0")
            .env("MEDCONNECT_DATA_DIR", door.folder.path().join("data"))
            .env("NO_COLOR", "1")
            .stderr(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(process.stderr.take().unwrap()).lines();
        let mut told = String::new();
        // It goes on asking, as it does for a database that is not there yet.
        while !told.contains("cannot reach the database") {
            told = lines.next_line().await.unwrap().expect("the server has ended");
        }
        assert!(told.contains(said), "{mode}: {told}");
        assert!(!told.contains(&door.password), "{told}");
    }
}
