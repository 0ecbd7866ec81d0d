//! Times that a doctor needs elsewhere, read from a calendar kept elsewhere.
mod event;
mod expand;
pub(crate) mod queries;

use crate::{
    Clinic, Error, Result,
    audit::{self, Event},
    identity::{Caller, Doctor},
    schedule,
};
use diesel_async::AsyncConnection;
use domain::{FieldProblem, booking::Slot, directory::ProviderId, zone};
use jiff::{SignedDuration, Timestamp, ToSpan, tz::TimeZone};
use url::{Host, Url};

pub use expand::{Unusable, busy_times};
pub use queries::{Due, ProviderCalendar};

/// How often a calendar is read.
const EVERY: SignedDuration = SignedDuration::from_mins(15);

/// How long an answer that nothing changed is enough: each day brings new times within reach.
const WHOLE: SignedDuration = SignedDuration::from_hours(12);

/// Which addresses may be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reach {
    /// Public ones, over https.
    Public,
    /// This machine too, and http: for demos and tests.
    LocalToo,
}

/// What reading a calendar came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    Unchanged,
    Calendar {
        text: String,
        etag: Option<String>,
        last_modified: Option<String>,
    },
    /// In words for the doctor.
    Problem(String),
}

/// The calendar that the doctor lets us follow, and how many times of it block.
pub async fn calendar(
    clinic: &Clinic,
    doctor: &Caller<Doctor>,
) -> Result<Option<(ProviderCalendar, i64)>> {
    let provider = doctor.provider()?;
    let conn = &mut *clinic.db().await?;
    match queries::calendar(conn, provider).await? {
        None => Ok(None),
        Some(calendar) => {
            let count = queries::count(conn, provider, clinic.now()).await?;
            Ok(Some((calendar, count)))
        }
    }
}

/// Follows the calendar at `address` from now on, in place of another one. It is read soon.
pub async fn follow(
    clinic: &Clinic,
    doctor: &Caller<Doctor>,
    address: &str,
    reach: Reach,
) -> Result<()> {
    let provider = doctor.provider()?;
    let address = checked_address(address, reach)?;
    let conn = &mut *clinic.db().await?;
    conn.transaction(async |conn| {
        queries::put_calendar(conn, provider, address.as_str(), clinic.now()).await?;
        audit::record_in(conn, event(doctor, provider, "provider_calendar.follow")).await?;
        Ok::<_, Error>(())
    })
    .await?;
    schedule::announce(clinic, &[provider]).await
}

/// Follows no calendar any more; its times are free again.
pub async fn unfollow(clinic: &Clinic, doctor: &Caller<Doctor>) -> Result<()> {
    let provider = doctor.provider()?;
    let conn = &mut *clinic.db().await?;
    conn.transaction(async |conn| {
        if queries::delete_calendar(conn, provider).await? {
            audit::record_in(conn, event(doctor, provider, "provider_calendar.remove")).await?;
        }
        Ok::<_, Error>(())
    })
    .await?;
    schedule::announce(clinic, &[provider]).await
}

fn event(doctor: &Caller<Doctor>, provider: ProviderId, action: &'static str) -> Event {
    Event {
        actor: Some(doctor.user),
        action,
        subject_type: "provider",
        subject: provider.as_uuid(),
        patient: None,
    }
}

/// The address of a calendar as somebody has pasted it. Where it leads is looked at each time.
fn checked_address(raw: &str, reach: Reach) -> Result<Url, FieldProblem> {
    let problem = |message: &'static str| FieldProblem::new("address", message);
    let raw = raw.trim();
    let https = raw.strip_prefix("webcal://").map(|rest| format!("https://{rest}"));
    let raw = https.as_deref().unwrap_or(raw);
    if raw.is_empty() {
        return Err(problem("Paste the address of your calendar."));
    }
    if raw.len() > 2_000 {
        return Err(problem("The address must have 2000 characters or fewer."));
    }
    let url = Url::parse(raw)
        .map_err(|_| problem("Paste the whole address, beginning with https://."))?;
    let secure = url.scheme() == "https";
    if !(secure || url.scheme() == "http" && reach == Reach::LocalToo) {
        return Err(problem("The address must begin with https://."));
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(problem("Leave out the name and the password before the @."));
    }
    let closed = match url.host() {
        Some(Host::Ipv4(ip)) => !is_reachable(ip.into(), reach),
        Some(Host::Ipv6(ip)) => !is_reachable(ip.into(), reach),
        Some(Host::Domain(_)) => false,
        None => true,
    };
    if closed {
        return Err(problem("We cannot read calendars at that address."));
    }
    Ok(url)
}

/// Whether we may connect to `ip`: never to what only our own network sees.
pub fn is_reachable(ip: std::net::IpAddr, reach: Reach) -> bool {
    domain::calendar::is_public(ip) || reach == Reach::LocalToo && ip.to_canonical().is_loopback()
}

/// Calendars to be read now; each is nobody else's for a while. Called by a worker.
pub async fn take_due(clinic: &Clinic) -> Result<Vec<Due>> {
    let now = clinic.now();
    let conn = &mut *clinic.db().await?;
    Ok(queries::take_due(conn, now, now + EVERY, now - WHOLE).await?)
}

/// Keeps what reading `due` came to. A problem leaves the times of the last good answer as they are.
/// Called by a worker.
pub async fn keep(clinic: &Clinic, due: Due, answer: Answer) -> Result<()> {
    let now = clinic.now();
    match answer {
        Answer::Problem(problem) => {
            let conn = &mut *clinic.db().await?;
            Ok(queries::set_problem(conn, &due, &problem).await?)
        }
        Answer::Unchanged => {
            let conn = &mut *clinic.db().await?;
            Ok(queries::set_unchanged(conn, &due, now).await?)
        }
        Answer::Calendar { text, etag, last_modified } => {
            let (zone, within) = (zone::rules(&due.time_zone), within(&due, now));
            // A long calendar takes a while, and one that breaks the parser breaks only that.
            let times = tokio::task::spawn_blocking(move || busy_times(&text, &zone, within));
            match times.await.unwrap_or(Err(Unusable::NoCalendar)) {
                Ok(times) => {
                    let state = (etag.as_deref(), last_modified.as_deref());
                    keep_times(clinic, &due, &times, state, now).await
                }
                Err(unusable) => {
                    let problem = match unusable {
                        Unusable::NoCalendar => "What we found at the address is not a calendar.",
                        Unusable::TooMuch => "The calendar has more events than we can take.",
                    };
                    let conn = &mut *clinic.db().await?;
                    Ok(queries::set_problem(conn, &due, problem).await?)
                }
            }
        }
    }
}

/// Whole days, so that the times of a calendar that stays the same change once a day at most.
fn within(due: &Due, now: Timestamp) -> Slot {
    let days = u16::try_from(due.horizon_days).unwrap_or_default().min(366);
    let today = now.to_zoned(TimeZone::UTC).date();
    let midnight = |days: i32| {
        let day = today.saturating_add(days.days());
        day.to_zoned(TimeZone::UTC).map(|day| day.timestamp())
    };
    Slot {
        start: midnight(-2).unwrap_or(Timestamp::MIN),
        end: midnight(i32::from(days) + 4).unwrap_or(Timestamp::MAX),
    }
}

async fn keep_times(
    clinic: &Clinic,
    due: &Due,
    times: &[Slot],
    (etag, last_modified): (Option<&str>, Option<&str>),
    now: Timestamp,
) -> Result<()> {
    let conn = &mut *clinic.db().await?;
    let changed = conn
        .transaction(async |conn| {
            if !queries::lock(conn, due).await? {
                return Ok(false);
            }
            queries::set_read(conn, due.provider, etag, last_modified, now).await?;
            let known = queries::busy_times(conn, &[due.provider], Timestamp::UNIX_EPOCH).await?;
            let same = known.get(&due.provider).map(Vec::as_slice).unwrap_or_default() == times;
            if !same {
                queries::replace_busy_times(conn, due.provider, times).await?;
            }
            Ok::<_, Error>(!same)
        })
        .await?;
    if changed { schedule::announce(clinic, &[due.provider]).await } else { Ok(()) }
}

#[cfg(test)]
mod tests;
