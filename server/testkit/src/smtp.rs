//! A mail server that keeps what it is given, and refuses whom it is told to.
use std::{
    net::SocketAddr,
    sync::{Arc, Mutex, PoisonError},
};
use tokio::{
    io::{AsyncBufReadExt, AsyncWriteExt, BufReader},
    net::{TcpListener, TcpStream},
    sync::oneshot,
};

/// One mail, as it came over the wire.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Received {
    pub from: String,
    pub to: Vec<String>,
    pub data: String,
}

/// Whom it waits for before it says that it has taken a mail over.
type Hold = (oneshot::Sender<()>, oneshot::Receiver<()>);

#[derive(Debug, Default)]
struct Book {
    mails: Vec<Received>,
    refused: Option<(String, &'static str)>,
    hold: Option<Hold>,
}

/// Listens on this machine as long as it lives.
#[derive(Debug)]
pub struct Smtp {
    addr: SocketAddr,
    book: Arc<Mutex<Book>>,
    server: tokio::task::JoinHandle<()>,
}

impl Smtp {
    pub async fn new() -> Self {
        Self::at("127.0.0.1:0".parse().unwrap()).await
    }

    pub async fn at(addr: SocketAddr) -> Self {
        let listener = TcpListener::bind(addr).await.unwrap();
        let (addr, book) = (listener.local_addr().unwrap(), Arc::<Mutex<Book>>::default());
        let kept = Arc::clone(&book);
        let server = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(talk(stream, Arc::clone(&kept)));
            }
        });
        Self { addr, book, server }
    }

    pub fn addr(&self) -> SocketAddr {
        self.addr
    }

    pub fn mails(&self) -> Vec<Received> {
        lock(&self.book).mails.clone()
    }

    /// From now on answers whoever writes to `address` with `answer`.
    pub fn refuse(&self, address: &str, answer: &'static str) {
        lock(&self.book).refused = Some((address.to_owned(), answer));
    }

    pub fn refuse_nobody(&self) {
        lock(&self.book).refused = None;
    }

    /// Holds back the answer to the next mail: hear that it has come, then let it go.
    pub fn hold(&self) -> (oneshot::Receiver<()>, oneshot::Sender<()>) {
        let ((came, comes), (go, goes)) = (oneshot::channel(), oneshot::channel());
        lock(&self.book).hold = Some((came, goes));
        (comes, go)
    }
}

impl Drop for Smtp {
    fn drop(&mut self) {
        self.server.abort();
    }
}

fn lock(book: &Mutex<Book>) -> std::sync::MutexGuard<'_, Book> {
    book.lock().unwrap_or_else(PoisonError::into_inner)
}

/// What stands between `<` and `>`.
fn address(line: &str) -> String {
    line.split(['<', '>']).nth(1).unwrap_or_default().to_owned()
}

async fn talk(stream: TcpStream, book: Arc<Mutex<Book>>) -> Option<()> {
    let (read, mut write) = stream.into_split();
    let mut lines = BufReader::new(read).lines();
    write.write_all(b"220 ready\r\n").await.ok()?;
    let mut mail = Received { from: String::new(), to: Vec::new(), data: String::new() };
    while let Some(line) = lines.next_line().await.ok()? {
        let refused = lock(&book).refused.clone();
        let answer = match line.split([' ', ':']).next().unwrap_or_default() {
            "MAIL" => {
                mail = Received { from: address(&line), to: Vec::new(), data: String::new() };
                "250 ok"
            }
            "RCPT" => match refused {
                Some((who, answer)) if who == address(&line) => answer,
                _ => {
                    mail.to.push(address(&line));
                    "250 ok"
                }
            },
            "DATA" => {
                write.write_all(b"354 go on\r\n").await.ok()?;
                // A mail whose end does not come is none: whoever sent it is gone.
                loop {
                    let line = lines.next_line().await.ok()??;
                    if line == "." {
                        break;
                    }
                    mail.data.push_str(line.strip_prefix('.').unwrap_or(&line));
                    mail.data.push_str("\r\n");
                }
                lock(&book).mails.push(mail.clone());
                let hold = lock(&book).hold.take();
                if let Some((came, go)) = hold {
                    let _ = came.send(());
                    let _ = go.await;
                }
                "250 taken"
            }
            "QUIT" => "221 bye",
            _ => "250 ok",
        };
        write.write_all(format!("{answer}\r\n").as_bytes()).await.ok()?;
    }
    Some(())
}
