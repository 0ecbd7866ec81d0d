//! Calendars that doctors keep elsewhere, fetched without being led astray.
use reqwest::{
    Client, Response, StatusCode, Url,
    dns::{Addrs, Name, Resolve, Resolving},
    header::{self, HeaderName},
    redirect::Policy,
};
use services::{
    Clinic, Error, Result,
    calendar::busy::{self, Answer, Due, Reach, is_reachable},
};
use std::{net::IpAddr, sync::Arc, time::Duration};

/// How often to look whether a calendar is due.
const PAUSE: Duration = Duration::from_secs(5);

/// How long one calendar may take, with all that it leads to.
const TIME: Duration = Duration::from_secs(10);

/// The largest calendar, in bytes.
const SIZE: usize = 2 * 1024 * 1024;

/// How often an address may lead to another one.
const REDIRECTS: usize = 3;

/// Reads calendars as they become due, for as long as the server runs.
pub async fn run(clinic: Clinic, reach: Reach) {
    let mut reader = None;
    loop {
        match read_due(&clinic, reach, &mut reader).await {
            // There may be more.
            Ok(1..) => continue,
            Ok(0) => {}
            Err(error) => error.report(),
        }
        tokio::time::sleep(PAUSE).await;
    }
}

/// Reads some of the calendars that are due, all of them at once; returns how many.
pub async fn read_due(
    clinic: &Clinic,
    reach: Reach,
    reader: &mut Option<CalendarReader>,
) -> Result<usize> {
    let due = busy::take_due(clinic).await?;
    let count = due.len();
    if count == 0 {
        return Ok(0);
    }
    // Made when first needed: without certificates there is no client, but there is a clinic.
    let reader = match reader {
        Some(reader) => reader,
        None => reader.insert(CalendarReader::new(reach, TIME).map_err(Error::Internal)?),
    };
    let mut readings = tokio::task::JoinSet::new();
    for due in due {
        let (clinic, reader) = (clinic.clone(), reader.clone());
        readings.spawn(async move {
            let answer = reader.read(&due).await;
            busy::keep(&clinic, due, answer).await
        });
    }
    while let Some(kept) = readings.join_next().await {
        if let Ok(Err(error)) = kept {
            error.report();
        }
    }
    Ok(count)
}

/// Fetches calendars. Cheap to clone.
#[derive(Debug, Clone)]
pub struct CalendarReader {
    client: Client,
    reach: Reach,
    time: Duration,
}

impl CalendarReader {
    /// One that gives a calendar `time`.
    pub fn new(reach: Reach, time: Duration) -> anyhow::Result<Self> {
        let client = Client::builder()
            // A proxy would connect to where we must not.
            .no_proxy()
            .redirect(Policy::none())
            .dns_resolver(Arc::new(CheckedResolver(reach)))
            .https_only(reach == Reach::Public)
            .user_agent(concat!("MedConnect/", env!("CARGO_PKG_VERSION")))
            .build()?;
        Ok(Self { client, reach, time })
    }

    /// What the calendar `due` is now, or why that cannot be told.
    pub async fn read(&self, due: &Due) -> Answer {
        match tokio::time::timeout(self.time, self.fetch(due)).await {
            Ok(Ok(answer)) => answer,
            Ok(Err(problem)) => Answer::Problem(problem.words()),
            Err(_) => Answer::Problem(Problem::Slow.words()),
        }
    }

    async fn fetch(&self, due: &Due) -> Result<Answer, Problem> {
        let mut url = Url::parse(&due.address).map_err(|_| Problem::Unreachable)?;
        for _ in 0..=REDIRECTS {
            self.check(&url)?;
            let response = self.ask(url.clone(), due).await?;
            match response.status() {
                StatusCode::NOT_MODIFIED => return Ok(Answer::Unchanged),
                StatusCode::MOVED_PERMANENTLY
                | StatusCode::FOUND
                | StatusCode::SEE_OTHER
                | StatusCode::TEMPORARY_REDIRECT
                | StatusCode::PERMANENT_REDIRECT => {
                    let next = text(&response, &header::LOCATION).ok_or(Problem::Astray)?;
                    url = url.join(&next).map_err(|_| Problem::Astray)?;
                }
                status if status.is_success() => return calendar(response).await,
                status => return Err(Problem::Status(status)),
            }
        }
        Err(Problem::Astray)
    }

    async fn ask(&self, url: Url, due: &Due) -> Result<Response, Problem> {
        let mut request = self.client.get(url).header(header::ACCEPT, "text/calendar, */*;q=0.1");
        if let Some(etag) = &due.etag {
            request = request.header(header::IF_NONE_MATCH, etag);
        }
        if let Some(last) = &due.last_modified {
            request = request.header(header::IF_MODIFIED_SINCE, last);
        }
        // The words of the error are not shown: they tell what our network is like inside.
        request.send().await.map_err(|_| Problem::Unreachable)
    }

    /// Refuses what needs no name to be resolved; the resolver refuses the rest.
    fn check(&self, url: &Url) -> Result<(), Problem> {
        let scheme =
            url.scheme() == "https" || url.scheme() == "http" && self.reach == Reach::LocalToo;
        let host = url.host_str().unwrap_or_default();
        let literal = host.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>().ok();
        let reachable = literal.is_none_or(|ip| is_reachable(ip, self.reach));
        if scheme && reachable && !host.is_empty() { Ok(()) } else { Err(Problem::Forbidden) }
    }
}

/// The body, as long as it is no longer than a calendar may be.
async fn calendar(mut response: Response) -> Result<Answer, Problem> {
    let etag = text(&response, &header::ETAG);
    let last_modified = text(&response, &header::LAST_MODIFIED);
    let told = response.content_length().unwrap_or_default();
    if usize::try_from(told).is_ok_and(|told| told > SIZE) {
        return Err(Problem::TooLarge);
    }
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(|_| Problem::Unreachable)? {
        if body.len() + chunk.len() > SIZE {
            return Err(Problem::TooLarge);
        }
        body.extend_from_slice(&chunk);
    }
    let text = String::from_utf8_lossy(&body).into_owned();
    Ok(Answer::Calendar { text, etag, last_modified })
}

/// A header that is short enough to be kept.
fn text(response: &Response, name: &HeaderName) -> Option<String> {
    let value = response.headers().get(name)?.to_str().ok()?;
    (value.len() <= 2_000).then(|| value.to_owned())
}

/// Why a calendar could not be read.
#[derive(Debug)]
enum Problem {
    Status(StatusCode),
    Slow,
    TooLarge,
    /// It leads to nowhere, or in a circle.
    Astray,
    /// It leads to where we do not go.
    Forbidden,
    Unreachable,
}

impl Problem {
    /// In words for the doctor.
    fn words(&self) -> String {
        match self {
            Self::Status(status) => format!("The address answered {}.", status.as_u16()),
            Self::Slow => "The address took too long to answer.".into(),
            Self::TooLarge => "The calendar is larger than 2 MB.".into(),
            Self::Astray => "The address leads to other ones too often.".into(),
            Self::Forbidden => "The address leads to one that we do not read.".into(),
            Self::Unreachable => "We cannot reach the address.".into(),
        }
    }
}

/// Gives the client only addresses that it may connect to; it connects to no other.
#[derive(Debug, Clone, Copy)]
struct CheckedResolver(Reach);

impl Resolve for CheckedResolver {
    fn resolve(&self, name: Name) -> Resolving {
        let reach = self.0;
        Box::pin(async move {
            let found = tokio::net::lookup_host((name.as_str(), 0)).await?;
            let found: Vec<_> = found.collect();
            // One that is closed among others is no slip but a trap.
            if found.is_empty() || !found.iter().all(|found| is_reachable(found.ip(), reach)) {
                return Err("not an address of the open internet".into());
            }
            Ok(Box::new(found.into_iter()) as Addrs)
        })
    }
}
