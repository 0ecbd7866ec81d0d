//! VTIMEZONE (RFC 5545, section 3.6.5): the rules of a zone, written out for some years.
use super::content::Content;
use jiff::{
    SignedDuration, Timestamp, Unit,
    civil::DateTime,
    tz::{Offset, TimeZone},
};

/// One time at which the clocks of a zone change.
struct Observance {
    /// On the wall clock as it was before.
    onset: DateTime,
    from: Offset,
    to: Offset,
    is_daylight: bool,
    name: String,
}

/// Writes what the clocks of `zone` do from `first` to `last`.
///
/// Each change is written by itself: rules would have to hold for years of which nobody knows yet.
pub fn write(content: &mut Content, id: &str, zone: &TimeZone, first: Timestamp, last: Timestamp) {
    content.raw("BEGIN", "VTIMEZONE");
    content.text("TZID", id);
    for observance in observances(zone, first, last) {
        let kind = if observance.is_daylight { "DAYLIGHT" } else { "STANDARD" };
        content.raw("BEGIN", kind);
        content.raw("DTSTART", &observance.onset.strftime("%Y%m%dT%H%M%S").to_string());
        content.raw("TZOFFSETFROM", &utc_offset(observance.from));
        content.raw("TZOFFSETTO", &utc_offset(observance.to));
        content.text("TZNAME", &observance.name);
        content.raw("END", kind);
    }
    content.raw("END", "VTIMEZONE");
}

fn observances(zone: &TimeZone, first: Timestamp, last: Timestamp) -> Vec<Observance> {
    let before = zone.preceding(first).next().map(|change| change.timestamp());
    let mut changes: Vec<Timestamp> = before.into_iter().collect();
    let since = before.unwrap_or_else(|| first.saturating_sub(DAY).unwrap_or(Timestamp::MIN));
    changes.extend(
        zone.following(since)
            .map(|change| change.timestamp())
            .take_while(|&change| change <= last)
            .take(500),
    );
    let mut observances: Vec<_> = changes.into_iter().map(|at| observance(zone, at)).collect();
    if before.is_none() {
        let info = zone.to_offset_info(since);
        let (offset, name) = (info.offset(), info.abbreviation().to_owned());
        let onset = DateTime::constant(1970, 1, 1, 0, 0, 0, 0);
        let always = Observance { onset, from: offset, to: offset, is_daylight: false, name };
        observances.insert(0, always);
    }
    observances
}

const DAY: SignedDuration = SignedDuration::from_hours(24);

fn observance(zone: &TimeZone, at: Timestamp) -> Observance {
    let just_before = at.saturating_sub(SignedDuration::from_secs(1)).unwrap_or(at);
    let (old, new) = (zone.to_offset_info(just_before), zone.to_offset_info(at));
    let turns = old.dst().is_dst() || new.dst().is_dst();
    Observance {
        onset: old.offset().to_datetime(at),
        from: old.offset(),
        to: new.offset(),
        // Ireland and Morocco call their winter or their Ramadan the exception. Calendars expect
        // DAYLIGHT to be the time at which clocks are ahead.
        is_daylight: turns && new.offset() > old.offset(),
        name: new.abbreviation().to_owned(),
    }
}

/// `+0530`, with seconds only where an offset has them.
fn utc_offset(offset: Offset) -> String {
    let sign = if offset.seconds() < 0 { '-' } else { '+' };
    let seconds = offset.seconds().unsigned_abs();
    let (hours, minutes, seconds) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    if seconds == 0 {
        format!("{sign}{hours:02}{minutes:02}")
    } else {
        format!("{sign}{hours:02}{minutes:02}{seconds:02}")
    }
}

/// Whether a wall clock in `zone` names `instant`, and no earlier one, to the second.
pub fn wall(zone: &TimeZone, instant: Timestamp) -> Option<DateTime> {
    let instant = instant.round(Unit::Second).ok()?;
    let wall = zone.to_datetime(instant);
    (zone.to_ambiguous_timestamp(wall).compatible().ok()? == instant).then_some(wall)
}
