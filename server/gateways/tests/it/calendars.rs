use gateways::calendars::CalendarReader;
use services::calendar::busy::{Answer, Due, Reach};
use std::{
    net::SocketAddr,
    sync::{Arc, Mutex},
    time::Duration,
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpListener,
};

const CALENDAR: &str = "BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n";

/// A server that answers `path` with what `answer` makes of it, and remembers what it was asked.
struct Server {
    addr: SocketAddr,
    asked: Arc<Mutex<Vec<String>>>,
}

impl Server {
    async fn start(answer: impl Fn(&str) -> Vec<u8> + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let addr = listener.local_addr().unwrap();
        let asked = Arc::new(Mutex::new(Vec::new()));
        let (heard, answer) = (asked.clone(), Arc::new(answer));
        tokio::spawn(async move {
            loop {
                let (mut stream, _) = listener.accept().await.unwrap();
                let (heard, answer) = (heard.clone(), answer.clone());
                tokio::spawn(async move {
                    let mut request = Vec::new();
                    while !request.ends_with(b"\r\n\r\n") {
                        let mut byte = [0];
                        if stream.read(&mut byte).await.unwrap_or(0) == 0 {
                            return;
                        }
                        request.push(byte[0]);
                    }
                    let request = String::from_utf8(request).unwrap().to_lowercase();
                    let answer = answer(request.split(' ').nth(1).unwrap());
                    heard.lock().unwrap().push(request);
                    let _ = stream.write_all(&answer).await;
                    // One that says nothing keeps the connection, as a slow one does.
                    if answer.is_empty() {
                        tokio::time::sleep(Duration::from_secs(30)).await;
                    }
                });
            }
        });
        Self { addr, asked }
    }

    fn asked(&self) -> Vec<String> {
        self.asked.lock().unwrap().clone()
    }

    /// What a reader that may read this machine makes of `path`.
    async fn read(&self, path: &str) -> Answer {
        let reader = CalendarReader::new(Reach::LocalToo, Duration::from_secs(5)).unwrap();
        reader.read(&due(format!("http://{}{path}", self.addr))).await
    }
}

fn due(address: String) -> Due {
    Due {
        provider: domain::Id::generate(),
        address,
        etag: None,
        last_modified: None,
        time_zone: "UTC".into(),
        horizon_days: 90,
    }
}

fn answer(status: &str, headers: &str, body: &str) -> Vec<u8> {
    let length = body.len();
    format!(
        "HTTP/1.1 {status}\r\ncontent-length: {length}\r\nconnection: close\r\n{headers}\r\n{body}"
    )
    .into_bytes()
}

fn problem(words: &str) -> Answer {
    Answer::Problem(words.into())
}

#[tokio::test]
async fn a_calendar_is_read_and_then_asked_for_changes_alone() {
    let server = Server::start(|path| match path {
        "/same" => answer("304 Not Modified", "", ""),
        _ => answer("200 OK", "etag: \"7\"\r\nlast-modified: yesterday\r\n", CALENDAR),
    })
    .await;

    let read = server.read("/a.ics").await;
    let mut known = due(format!("http://{}/same", server.addr));
    (known.etag, known.last_modified) = (Some("\"7\"".into()), Some("yesterday".into()));
    let reader = CalendarReader::new(Reach::LocalToo, Duration::from_secs(5)).unwrap();
    let again = reader.read(&known).await;

    let (etag, last_modified) = (Some("\"7\"".into()), Some("yesterday".into()));
    assert_eq!(read, Answer::Calendar { text: CALENDAR.into(), etag, last_modified });
    assert_eq!(again, Answer::Unchanged);
    let asked = server.asked();
    assert!(!asked[0].contains("if-none-match"));
    assert!(asked[1].contains("if-none-match: \"7\"\r\n"), "{asked:?}");
    assert!(asked[1].contains("if-modified-since: yesterday\r\n"));
}

#[tokio::test]
async fn redirects_are_followed_three_times_and_checked_each_time() {
    let server = Server::start(|path| {
        let to = |place: &str| answer("302 Found", &format!("location: {place}\r\n"), "");
        match path {
            "/0" => to("/1"),
            "/1" => to("/2"),
            "/2" => to("/3"),
            "/one-more" => to("/0"),
            "/private" => to("http://10.0.0.1/a.ics"),
            "/metadata" => to("http://169.254.169.254/latest/meta-data"),
            "/file" => to("file:///etc/passwd"),
            "/nowhere" => answer("302 Found", "", ""),
            _ => answer("200 OK", "", CALENDAR),
        }
    })
    .await;

    assert!(matches!(server.read("/0").await, Answer::Calendar { .. }));
    for path in ["/private", "/metadata", "/file"] {
        let refused = problem("The address leads to one that we do not read.");
        assert_eq!(server.read(path).await, refused, "{path}");
    }
    for path in ["/one-more", "/nowhere"] {
        let astray = problem("The address leads to other ones too often.");
        assert_eq!(server.read(path).await, astray, "{path}");
    }
}

#[tokio::test]
async fn outside_of_a_demo_nothing_reaches_this_machine() {
    let server = Server::start(|_| answer("200 OK", "", CALENDAR)).await;
    let reader = CalendarReader::new(Reach::Public, Duration::from_secs(5)).unwrap();
    let port = server.addr.port();
    // By a name, the resolver refuses what it finds.
    for address in [
        format!("https://127.0.0.1:{port}/"),
        format!("https://localhost:{port}/"),
        format!("https://[::1]:{port}/"),
        format!("https://[::ffff:127.0.0.1]:{port}/"),
        format!("http://localhost:{port}/"),
    ] {
        let read = reader.read(&due(address.clone())).await;
        assert!(matches!(read, Answer::Problem(_)), "{address}: {read:?}");
    }
    assert_eq!(server.asked(), Vec::<String>::new());
}

#[tokio::test]
async fn what_is_gone_too_large_or_too_slow_is_said_to_be() {
    let server = Server::start(|path| match path {
        "/gone" => answer("404 Not Found", "", ""),
        "/told" => b"HTTP/1.1 200 OK\r\ncontent-length: 99999999\r\n\r\n".to_vec(),
        "/untold" => {
            let mut answer = b"HTTP/1.1 200 OK\r\nconnection: close\r\n\r\n".to_vec();
            answer.resize(3 * 1024 * 1024, b'x');
            answer
        }
        _ => Vec::new(),
    })
    .await;

    assert_eq!(server.read("/gone").await, problem("The address answered 404."));
    for path in ["/told", "/untold"] {
        assert_eq!(server.read(path).await, problem("The calendar is larger than 2 MB."), "{path}");
    }
    let hasty = CalendarReader::new(Reach::LocalToo, Duration::from_millis(200)).unwrap();
    let slow = hasty.read(&due(format!("http://{}/slow", server.addr))).await;
    assert_eq!(slow, problem("The address took too long to answer."));
    let closed = server.read("").await;
    assert!(matches!(closed, Answer::Problem(_)), "{closed:?}");
}
