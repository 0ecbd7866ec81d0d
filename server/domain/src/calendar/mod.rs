//! Calendars: visits as entries of other programs' calendars (RFC 5545).
mod content;
mod observance;
mod public;
#[cfg(test)]
mod tests;

pub use public::is_public;

use crate::zone;
use content::Content;
use jiff::{SignedDuration, Timestamp, tz::TimeZone};
use std::collections::BTreeMap;

/// Where our entries come from: the end of each UID.
pub const UID_DOMAIN: &str = "@medconnect";

/// What the file of the visit at `index` of `count` in a mail is called.
#[must_use]
pub fn file_name(index: usize, count: usize) -> String {
    if count == 1 { "visit.ics".to_owned() } else { format!("visit-{}.ics", index + 1) }
}

/// How sure it is that a visit takes place (RFC 5545, 3.8.1.11).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// Asked for, and not yet confirmed.
    Tentative,
    Confirmed,
    Cancelled,
}

impl Standing {
    const fn word(self) -> &'static str {
        match self {
            Self::Tentative => "TENTATIVE",
            Self::Confirmed => "CONFIRMED",
            Self::Cancelled => "CANCELLED",
        }
    }
}

/// One visit, in the words that its reader may see.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Stays the same through all changes.
    pub uid: String,
    /// Grows with each change.
    pub sequence: u32,
    /// When it was changed last.
    pub changed_at: Timestamp,
    pub starts_at: Timestamp,
    pub ends_at: Timestamp,
    /// IANA name of the zone whose wall clock the entry goes by.
    pub time_zone: String,
    pub summary: String,
    pub place: String,
    pub description: String,
    /// The page of the visit.
    pub page: String,
    pub standing: Standing,
}

/// What a calendar is to do with a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose<'a> {
    /// Take the entry over once; or take it out, if it is cancelled. The file is made now.
    File(Timestamp),
    /// Show what is in it under a name, and ask again.
    Feed(&'a str),
    /// Put the entry in, change it, or take it out, because a mail says so (iTIP, RFC 5546).
    Invitation(&'a Invitation),
}

/// Who invites whom, and when that is said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Invitation {
    pub now: Timestamp,
    /// With whom the visit is.
    pub organizer_name: String,
    /// The clinic's address. It stays the same, or calendars refuse the change.
    pub organizer: String,
    pub attendee_name: String,
    pub attendee: String,
}

/// What a calendar that gets `entries` by mail is to do (RFC 5546, 1.4).
#[must_use]
pub fn method(entries: &[Entry]) -> &'static str {
    if are_cancelled(entries) { "CANCEL" } else { "REQUEST" }
}

fn are_cancelled(entries: &[Entry]) -> bool {
    !entries.is_empty() && entries.iter().all(|entry| entry.standing == Standing::Cancelled)
}

/// How often a calendar that follows a feed should ask, as RFC 7986 and older programs read it.
const REFRESH: &str = "PT1H";

/// The iCalendar object with `entries`. The same entries give the same feed, byte for byte.
#[must_use]
pub fn write(entries: &[Entry], purpose: Purpose<'_>) -> String {
    let mut content = Content::default();
    content.raw("BEGIN", "VCALENDAR");
    content.raw("VERSION", "2.0");
    content.raw("PRODID", "-//MedConnect//Visits//EN");
    content.raw("CALSCALE", "GREGORIAN");
    match purpose {
        Purpose::File(_) => {
            content.raw("METHOD", if are_cancelled(entries) { "CANCEL" } else { "PUBLISH" });
        }
        Purpose::Invitation(_) => content.raw("METHOD", method(entries)),
        Purpose::Feed(name) => {
            content.text("NAME", name);
            content.text("X-WR-CALNAME", name);
            content.raw("REFRESH-INTERVAL;VALUE=DURATION", REFRESH);
            content.raw("X-PUBLISHED-TTL", REFRESH);
        }
    }
    let zones = zones(entries);
    for (id, (zone, first, last)) in &zones {
        observance::write(&mut content, id, zone, *first, *last);
    }
    for entry in entries {
        let stamp = match purpose {
            Purpose::File(now) => now,
            Purpose::Invitation(invitation) => invitation.now,
            // Without a METHOD it says when the entry was changed.
            Purpose::Feed(_) => entry.changed_at,
        };
        let zone = zones.get(entry.time_zone.as_str()).map(|(zone, ..)| zone);
        content.raw("BEGIN", "VEVENT");
        write_entry(&mut content, entry, zone, stamp);
        if let Purpose::Invitation(invitation) = purpose {
            write_parties(&mut content, invitation);
        }
        content.raw("END", "VEVENT");
    }
    content.raw("END", "VCALENDAR");
    content.finish()
}

/// The zones that entries go by, other than UTC, and from when until when.
fn zones(entries: &[Entry]) -> BTreeMap<&str, (TimeZone, Timestamp, Timestamp)> {
    // A little more on both ends, for programs that look at the day around an entry.
    const AROUND: SignedDuration = SignedDuration::from_hours(24 * 366);
    let mut zones = BTreeMap::new();
    for entry in entries {
        let rules = zone::rules(&entry.time_zone);
        if rules == TimeZone::UTC {
            continue;
        }
        let first = entry.starts_at.saturating_sub(AROUND).unwrap_or(Timestamp::MIN);
        let last = entry.ends_at.saturating_add(AROUND).unwrap_or(Timestamp::MAX);
        let (_, known_first, known_last) =
            zones.entry(entry.time_zone.as_str()).or_insert((rules, first, last));
        *known_first = first.min(*known_first);
        *known_last = last.max(*known_last);
    }
    zones
}

fn write_entry(content: &mut Content, entry: &Entry, zone: Option<&TimeZone>, stamp: Timestamp) {
    content.text("UID", &entry.uid);
    content.raw("SEQUENCE", &entry.sequence.to_string());
    content.raw("DTSTAMP", &utc(stamp));
    content.raw("LAST-MODIFIED", &utc(entry.changed_at));
    for (name, instant) in [("DTSTART", entry.starts_at), ("DTEND", entry.ends_at)] {
        match zone.and_then(|zone| observance::wall(zone, instant)) {
            Some(wall) => content.raw(
                &format!("{name};TZID={}", entry.time_zone),
                &wall.strftime("%Y%m%dT%H%M%S").to_string(),
            ),
            // In the second copy of an hour that the clocks repeat, the wall would say the first.
            None => content.raw(name, &utc(instant)),
        }
    }
    content.text("SUMMARY", &entry.summary);
    content.text("LOCATION", &entry.place);
    content.text("DESCRIPTION", &entry.description);
    content.raw("URL", &entry.page);
    content.raw("STATUS", entry.standing.word());
    let is_over = entry.standing == Standing::Cancelled;
    content.raw("TRANSP", if is_over { "TRANSPARENT" } else { "OPAQUE" });
}

/// Whoever has booked comes: nobody is asked to answer.
fn write_parties(content: &mut Content, invitation: &Invitation) {
    let Invitation { organizer_name, organizer, attendee_name, attendee, .. } = invitation;
    let organizer_name = content::quoted(organizer_name);
    content.raw(&format!("ORGANIZER;CN={organizer_name}"), &format!("mailto:{organizer}"));
    let attendee_name = content::quoted(attendee_name);
    content.raw(
        &format!("ATTENDEE;CN={attendee_name};ROLE=REQ-PARTICIPANT;PARTSTAT=ACCEPTED;RSVP=FALSE"),
        &format!("mailto:{attendee}"),
    );
}

/// `20260303T092000Z`
fn utc(instant: Timestamp) -> String {
    instant.strftime("%Y%m%dT%H%M%SZ").to_string()
}
