//! Bodies of requests that are too slow or too large.
use crate::{running::Server, support::TestApp};
use std::time::{Duration, Instant};
use testkit::TestDb;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

const NOW: &str = "2026-03-02T06:00:00Z";
const FORM: &str = "application/x-www-form-urlencoded";
const JSON: &str = "application/json";

/// Says that there is a body of 100 bytes, and sends the first of them once the server waits for it.
async fn begin(server: &Server, path: &str, kind: &str) -> TcpStream {
    const GO_ON: &[u8] = b"HTTP/1.1 100 Continue\r\n\r\n";
    let mut stream = TcpStream::connect(&server.addr).await.unwrap();
    let head = format!(
        "POST {path} HTTP/1.1\r\nhost: {}\r\nsec-fetch-site: same-origin\r\ncontent-type: {kind}\r\n\
         content-length: 100\r\nexpect: 100-continue\r\n\r\n",
        server.addr
    );
    stream.write_all(head.as_bytes()).await.unwrap();
    let mut said = [0; GO_ON.len()];
    stream.read_exact(&mut said).await.unwrap();
    assert_eq!(said, GO_ON, "{}", String::from_utf8_lossy(&said));
    stream.write_all(b"{").await.unwrap();
    stream
}

/// What is answered in the end, and after how long.
async fn answer(mut stream: TcpStream) -> (String, Duration) {
    let began = Instant::now();
    let mut answer = String::new();
    let read = stream.read_to_string(&mut answer);
    let _ = tokio::time::timeout(Duration::from_secs(30), read).await.expect("it goes on for ever");
    (answer, began.elapsed())
}

/// The same of a body that comes byte by byte, one a second.
async fn trickle(stream: TcpStream) -> (String, Duration) {
    let (mut read, mut write) = stream.into_split();
    let feed = async {
        let mut second = tokio::time::interval(Duration::from_secs(1));
        loop {
            second.tick().await;
            let _ = write.write_all(b" ").await;
        }
    };
    let (began, mut answer) = (Instant::now(), vec![0; 4_096]);
    let length = tokio::select! {
        length = read.read(&mut answer) => length.unwrap(),
        () = feed => unreachable!("it is fed for ever"),
        () = tokio::time::sleep(Duration::from_secs(30)) => panic!("it goes on for ever"),
    };
    (String::from_utf8_lossy(&answer[..length]).into_owned(), began.elapsed())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_body_that_does_not_come_to_its_end_is_ended_and_frees_its_place() {
    let db = TestDb::at(NOW).await;
    let server = Server::start_with(&db, &[("MEDCONNECT_REQUESTS", "3")]).await;
    let home = async || server.request("GET / HTTP/1.1", "").await.0;
    assert_eq!(home().await, 200);
    let form = begin(&server, "/login", FORM).await;
    let json = begin(&server, "/api/auth/login", JSON).await;
    let slow = begin(&server, "/api/auth/login", JSON).await;
    assert_eq!(home().await, 503, "all places are taken");

    let (form, json, slow) = tokio::join!(answer(form), answer(json), trickle(slow));

    for (said, words) in [(&form, "did not reach us in time"), (&json, "too_slow")] {
        assert!(said.0.starts_with("HTTP/1.1 408 ") && said.0.contains(words), "{said:?}");
        assert!(said.1 < Duration::from_secs(14), "{said:?}");
    }
    assert!(slow.0.starts_with("HTTP/1.1 503 ") && slow.1 < Duration::from_secs(24), "{slow:?}");
    assert_eq!(home().await, 200);
    server.kill().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_form_that_is_too_large_is_refused_in_a_calm_page() {
    let app = TestApp::new().await;
    // Three bytes each, as they are sent.
    let (near, over) = ("x".repeat(20_000), "x".repeat(23_000));
    let send = async |text: &str| {
        app.anyone().post_form("/login", &[("email", text), ("password", "x")]).await
    };
    assert_eq!(send(&near).await.status, 409, "nobody has that address");
    let refused = send(&over).await;
    assert_eq!(refused.status, 413);
    assert!(refused.body.contains("more than we can take at once"), "{}", refused.body);
    assert!(!refused.body.contains("xxxxx"));
}
