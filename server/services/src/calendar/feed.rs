//! The private address under which a calendar program follows a person's visits.
use super::{
    Reader,
    entry::entry,
    queries::{self, FeedVisit, Owner},
};
use crate::{
    Clinic, Result,
    audit::{self, Event},
    identity::{Caller, Person},
    token::{self, hash},
};
use base64ct::{Base64UrlUnpadded, Encoding};
use diesel_async::AsyncConnection;
use domain::{
    calendar::{Purpose, write},
    identity::UserId,
};
use jiff::{SignedDuration, Timestamp};

pub use queries::Feed;

/// How many entries a feed has at most; the ones that come first.
const MOST: usize = 1_000;

/// How far back a feed reaches, for visits that were and for those that were cancelled.
const BACK: SignedDuration = SignedDuration::from_hours(30 * 24);

/// A year is the furthest that a doctor may be booked ahead.
const AHEAD: SignedDuration = SignedDuration::from_hours(367 * 24);

/// The caller's feed, if it is switched on.
pub async fn feed(clinic: &Clinic, caller: &Caller<Person>) -> Result<Option<Feed>> {
    Ok(queries::feed(&mut *clinic.db().await?, caller.user).await?)
}

/// Switches the caller's feed on and returns the token of its address, which nobody can look up
/// again. An address that there was before is no longer answered.
pub async fn issue_feed(clinic: &Clinic, caller: &Caller<Person>) -> Result<String> {
    let token = token::new()?;
    let conn = &mut *clinic.db().await?;
    let now = clinic.now();
    conn.transaction(async |conn| {
        let rotated = queries::put_feed(conn, caller.user, &hash(&token), now).await?;
        let action = if rotated { "calendar_feed.rotate" } else { "calendar_feed.create" };
        audit::record_in(conn, event(caller.user, action)).await?;
        Ok(token)
    })
    .await
}

/// Switches the caller's feed off. Asked twice, it does so once.
pub async fn close_feed(clinic: &Clinic, caller: &Caller<Person>) -> Result<()> {
    let conn = &mut *clinic.db().await?;
    conn.transaction(async |conn| {
        if queries::delete_feed(conn, caller.user).await? {
            audit::record_in(conn, event(caller.user, "calendar_feed.remove")).await?;
        }
        Ok(())
    })
    .await
}

/// The iCalendar object behind `token`: visits from thirty days ago on, as far as one can book.
///
/// Whoever knows the token may read it; the token of nobody is not found.
pub async fn read_feed(clinic: &Clinic, token: &str, public_url: &str) -> Result<String> {
    let now = clinic.now();
    let conn = &mut *clinic.db().await?;
    let owner = queries::owner(conn, &hash(token)).await?;
    let Owner { user, provider, last_read_at } = owner;
    let from = now.saturating_sub(BACK).unwrap_or(Timestamp::MIN);
    let until = now.saturating_add(AHEAD).unwrap_or(Timestamp::MAX);
    let mine = queries::visits_of_patient(conn, user, from, until).await?;
    // Programs come every few minutes: what they read is on record once an hour.
    if last_read_at.is_none_or(|last| now.duration_since(last).as_hours() >= 1) {
        queries::set_read(conn, user, now).await?;
        let entrusted = |visit: &&FeedVisit| reader_of(visit, user) == Reader::Proxy;
        let line = |visit: &FeedVisit| (visit.id.as_uuid(), visit.patient_id);
        let seen: Vec<_> = mine.iter().filter(entrusted).map(line).collect();
        audit::record_list(conn, user, ("appointment.list", "appointment"), seen).await?;
    }
    let mut visits: Vec<_> = mine
        .into_iter()
        .map(|visit| {
            let reader = reader_of(&visit, user);
            (visit, reader)
        })
        .collect();
    if let Some(provider) = provider {
        let theirs = queries::visits_of_provider(conn, provider, from, until).await?;
        visits.extend(theirs.into_iter().map(|visit| (visit, Reader::Doctor)));
    }
    visits.sort_by_key(|(visit, _)| (visit.starts_at, visit.id));
    visits.truncate(MOST);
    let entries: Vec<_> =
        visits.iter().map(|(visit, reader)| entry(visit, *reader, public_url)).collect();
    Ok(write(&entries, Purpose::Feed("MedConnect visits")))
}

/// As what `user` reads a visit that they see as their own.
fn reader_of(visit: &FeedVisit, user: UserId) -> Reader {
    match visit.patient_id == user || visit.has_guardian {
        true => Reader::Patient,
        false => Reader::Proxy,
    }
}

/// The entity tag of a feed: the same as long as the feed is. Weak, because it may be compressed.
pub fn tag(feed: &str) -> String {
    format!("W/\"{}\"", Base64UrlUnpadded::encode_string(&hash(feed)))
}

fn event(user: UserId, action: &'static str) -> Event {
    Event {
        actor: Some(user),
        action,
        subject_type: "user",
        subject: user.as_uuid(),
        patient: Some(user),
    }
}
