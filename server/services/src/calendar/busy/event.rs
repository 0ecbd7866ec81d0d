//! What of a foreign event matters: when it is. Its words are not read.
use calcard::icalendar::{
    ICalendar, ICalendarComponent, ICalendarComponentType, ICalendarEntry, ICalendarParameterName,
    ICalendarProperty, ICalendarStatus, ICalendarTransparency, ICalendarValue,
    timezone::TzResolver,
};
use calcard::{Entry, Parser, common::PartialDateTime};
use domain::{booking::Slot, calendar::UID_DOMAIN};
use jiff::{
    SignedDuration, Timestamp, ToSpan,
    civil::{Date, DateTime},
    tz::TimeZone,
};
use std::collections::HashSet;

/// One event, or one changed occurrence of it.
#[derive(Debug)]
pub struct Event {
    pub uid: String,
    /// On the wall clock of `zone`.
    pub starts: DateTime,
    zone: TimeZone,
    length: Length,
    /// The RRULE, with its UNTIL on the wall clock of `zone`.
    pub rule: Option<ICalendarEntry>,
    /// RDATE.
    pub further: Vec<DateTime>,
    without: HashSet<Timestamp>,
    without_days: HashSet<Date>,
    /// Neither cancelled nor transparent, and none of ours.
    pub blocks: bool,
}

#[derive(Debug, Clone, Copy)]
enum Length {
    /// From midnight to midnight, however long the days are.
    Days(i32),
    Exactly(SignedDuration),
}

/// An occurrence that was changed.
#[derive(Debug)]
pub struct Override {
    /// When it would have begun.
    pub original: Timestamp,
    /// Whether all that come after it are changed in the same way (RFC 5545, 3.2.13).
    pub and_future: bool,
    pub event: Event,
}

impl Override {
    /// Where an occurrence goes that would have begun `later`: as much earlier or later on the wall clock, and
    /// as long as this one.
    pub fn slot_of(&self, later: Timestamp) -> Option<Slot> {
        let shift = self.event.wall(self.original).duration_until(self.event.starts);
        self.event.slot(self.event.wall(later).checked_add(shift).ok()?)
    }
}

/// The events of a calendar, and apart from them what was changed of their occurrences.
#[derive(Debug, Default)]
pub struct Parsed {
    pub events: Vec<Event>,
    pub overrides: Vec<Override>,
}

/// `None` when there is no calendar in `text`.
pub fn parse(text: &str, zone: &TimeZone) -> Option<Parsed> {
    let mut parser = Parser::new(text);
    let mut parsed = None;
    loop {
        match parser.entry() {
            Entry::ICalendar(calendar) => {
                let parsed = parsed.get_or_insert_with(Parsed::default);
                add(&calendar, zone, parsed);
            }
            Entry::Eof => return parsed,
            _ => {}
        }
    }
}

fn add(calendar: &ICalendar, zone: &TimeZone, parsed: &mut Parsed) {
    let zones = Zones { known: calendar.build_tz_resolver(), default: zone };
    let events = calendar
        .components
        .iter()
        .filter(|component| component.component_type == ICalendarComponentType::VEvent);
    for component in events {
        let Some(event) = event(component, &zones) else { continue };
        match entry(component, &ICalendarProperty::RecurrenceId) {
            None => parsed.events.push(event),
            Some(original) => {
                let and_future = original.parameter(&ICalendarParameterName::Range).is_some();
                let original =
                    moment(original, &zones).and_then(|(wall, zone)| zone.to_timestamp(wall).ok());
                parsed.overrides.extend(original.map(|original| Override {
                    original,
                    and_future,
                    event,
                }));
            }
        }
    }
}

impl Event {
    /// The occurrence that begins at `wall`. Where the clocks skip that, it begins as much later.
    pub fn slot(&self, wall: DateTime) -> Option<Slot> {
        let start = self.zone.to_timestamp(wall).ok()?;
        let end = match self.length {
            Length::Exactly(length) => start.checked_add(length).ok()?,
            Length::Days(days) => {
                let end = wall.date().checked_add(days.days()).ok()?;
                self.zone.to_timestamp(end.to_datetime(jiff::civil::Time::midnight())).ok()?
            }
        };
        Some(Slot { start, end })
    }

    /// What the clock of its zone says at `instant`.
    fn wall(&self, instant: Timestamp) -> DateTime {
        self.zone.to_datetime(instant)
    }

    pub fn is_excluded(&self, wall: DateTime, start: Timestamp) -> bool {
        self.without.contains(&start) || self.without_days.contains(&wall.date())
    }
}

/// The zones of one calendar.
struct Zones<'c> {
    known: TzResolver<&'c str>,
    default: &'c TimeZone,
}

impl Zones<'_> {
    /// The zone that a TZID means: an IANA name, perhaps behind the name of who gave it, or what
    /// Windows calls it.
    fn zone(&self, id: Option<&str>) -> TimeZone {
        let Some(id) = id else { return self.default.clone() };
        let parts = id.matches('/').count();
        let named = (0..=parts).find_map(|skip| {
            let name = id.splitn(skip + 1, '/').last().unwrap_or_default();
            TimeZone::get(name).ok()
        });
        let known = || TimeZone::get(&self.known.resolve(id)?.name()?).ok();
        named.or_else(known).unwrap_or_else(|| self.default.clone())
    }
}

fn entry<'c>(
    component: &'c ICalendarComponent,
    name: &ICalendarProperty,
) -> Option<&'c ICalendarEntry> {
    component.entries.iter().find(|entry| entry.name == *name)
}

fn value<'c>(
    component: &'c ICalendarComponent,
    name: &ICalendarProperty,
) -> Option<&'c ICalendarValue> {
    entry(component, name)?.values.first()
}

fn event(component: &ICalendarComponent, zones: &Zones<'_>) -> Option<Event> {
    let start = entry(component, &ICalendarProperty::Dtstart)?;
    let (starts, zone) = moment(start, zones)?;
    let has_time = partial(start.values.first()?)?.has_time();
    let length = length(component, zones, starts, &zone, has_time)?;
    let uid = match value(component, &ICalendarProperty::Uid) {
        Some(ICalendarValue::Text(uid)) => uid.clone(),
        _ => String::new(),
    };
    let cancelled = matches!(
        value(component, &ICalendarProperty::Status),
        Some(ICalendarValue::Status(ICalendarStatus::Cancelled))
    );
    let transparent = matches!(
        value(component, &ICalendarProperty::Transp),
        Some(ICalendarValue::Transparency(ICalendarTransparency::Transparent))
    );
    let mut event = Event {
        // A visit that comes back to us blocks its time already, or was cancelled.
        blocks: !cancelled && !transparent && !uid.ends_with(UID_DOMAIN),
        uid,
        starts,
        length,
        rule: entry(component, &ICalendarProperty::Rrule).and_then(|rule| on_wall(rule, &zone)),
        zone,
        further: Vec::new(),
        without: HashSet::new(),
        without_days: HashSet::new(),
    };
    for entry in &component.entries {
        let further = entry.name == ICalendarProperty::Rdate;
        if !further && entry.name != ICalendarProperty::Exdate {
            continue;
        }
        for date in entry.values.iter().filter_map(partial) {
            let Some((wall, zone)) = moment_of(date, entry.tz_id(), zones) else { continue };
            if !further && !date.has_time() {
                event.without_days.insert(wall.date());
            }
            let Ok(instant) = zone.to_timestamp(wall) else { continue };
            match further {
                true => event.further.push(event.zone.to_datetime(instant)),
                false if date.has_time() => _ = event.without.insert(instant),
                false => {}
            }
        }
    }
    Some(event)
}

/// How long an event is; `None` when it has no end, or ends before it starts.
fn length(
    component: &ICalendarComponent,
    zones: &Zones<'_>,
    starts: DateTime,
    zone: &TimeZone,
    has_time: bool,
) -> Option<Length> {
    let end = entry(component, &ICalendarProperty::Dtend).and_then(|end| moment(end, zones));
    let duration = match value(component, &ICalendarProperty::Duration) {
        Some(ICalendarValue::Duration(duration)) => duration.to_time_delta(),
        _ => None,
    };
    let duration = duration.map(|delta| SignedDuration::from_secs(delta.num_seconds()));
    let length = if has_time {
        let exact = match end {
            Some((end, its_zone)) => {
                let end = its_zone.to_timestamp(end).ok()?;
                end.duration_since(zone.to_timestamp(starts).ok()?)
            }
            None => duration?,
        };
        Length::Exactly(exact)
    } else {
        let days = match (end, duration) {
            (Some((end, _)), _) => starts.date().until(end.date()).ok()?.get_days(),
            (None, Some(duration)) => i32::try_from(duration.as_hours() / 24).ok()?,
            (None, None) => 1,
        };
        Length::Days(days)
    };
    match length {
        Length::Exactly(length) if length.is_positive() => Some(Length::Exactly(length)),
        Length::Days(days) if days > 0 => Some(Length::Days(days)),
        _ => None,
    }
}

/// `rule` with its end on the wall clock of `zone`, so that it can be followed without a zone.
fn on_wall(rule: &ICalendarEntry, zone: &TimeZone) -> Option<ICalendarEntry> {
    let Some(ICalendarValue::RecurrenceRule(parsed)) = rule.values.first() else { return None };
    let mut parsed = parsed.clone();
    if let Some(until) = &mut parsed.until {
        if !until.has_time() {
            // The last day, to its end.
            (until.hour, until.minute, until.second) = (Some(23), Some(59), Some(59));
        } else if until.tz_hour.is_some() {
            let wall = zone.to_datetime(instant(until)?);
            until.year = u16::try_from(wall.year()).ok();
            until.month = u8::try_from(wall.month()).ok();
            until.day = u8::try_from(wall.day()).ok();
            until.hour = u8::try_from(wall.hour()).ok();
            until.minute = u8::try_from(wall.minute()).ok();
            until.second = u8::try_from(wall.second()).ok();
        }
        (until.tz_hour, until.tz_minute, until.tz_minus) = (None, None, false);
    }
    Some(ICalendarEntry { values: vec![ICalendarValue::RecurrenceRule(parsed)], ..rule.clone() })
}

fn partial(value: &ICalendarValue) -> Option<&PartialDateTime> {
    match value {
        ICalendarValue::PartialDateTime(date) => Some(date),
        _ => None,
    }
}

/// The wall clock time of `entry`, and the zone in which it is meant.
fn moment(entry: &ICalendarEntry, zones: &Zones<'_>) -> Option<(DateTime, TimeZone)> {
    moment_of(partial(entry.values.first()?)?, entry.tz_id(), zones)
}

fn moment_of(
    date: &PartialDateTime,
    id: Option<&str>,
    zones: &Zones<'_>,
) -> Option<(DateTime, TimeZone)> {
    if date.has_time() && date.tz_hour.is_some() {
        return Some((TimeZone::UTC.to_datetime(instant(date)?), TimeZone::UTC));
    }
    Some((civil(date)?, if date.has_time() { zones.zone(id) } else { zones.default.clone() }))
}

fn civil(date: &PartialDateTime) -> Option<DateTime> {
    let part = |part: Option<u8>| i8::try_from(part.unwrap_or_default()).ok();
    let year = i16::try_from(date.year?).ok()?;
    let (hour, minute) = (part(date.hour)?, part(date.minute)?);
    // A leap second is read as the one before it.
    let second = part(date.second)?.min(59);
    DateTime::new(year, part(date.month)?, part(date.day)?, hour, minute, second, 0).ok()
}

/// Of a time with an offset: UTC, in everything that follows the standard.
fn instant(date: &PartialDateTime) -> Option<Timestamp> {
    let (hours, minutes) = (date.tz_hour.unwrap_or_default(), date.tz_minute.unwrap_or_default());
    let offset = SignedDuration::from_mins(i64::from(hours) * 60 + i64::from(minutes));
    let utc = TimeZone::UTC.to_timestamp(civil(date)?).ok()?;
    if date.tz_minus { utc.checked_add(offset).ok() } else { utc.checked_sub(offset).ok() }
}
