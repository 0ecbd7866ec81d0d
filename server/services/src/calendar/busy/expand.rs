//! From the text of a foreign calendar to the times at which it blocks.
//!
//! The parser and the steps of recurrence rules are those of `calcard`. What they mean in instants is
//! worked out here, in the same time zone database as everything else of ours.
use super::event::{Event, Override, Parsed, parse};
use calcard::{
    common::{PartialDateTime, timezone::Tz},
    icalendar::{
        ICalendar, ICalendarComponent, ICalendarComponentType, ICalendarEntry, ICalendarProperty,
        ICalendarValue,
    },
};
use domain::booking::Slot;
use jiff::{Timestamp, civil::DateTime, tz::TimeZone};
use std::collections::{HashMap, HashSet};

/// Steps that all rules of one calendar may take together.
const MOST_STEPS: usize = 200_000;

/// Steps of one rule: fifty years of days.
const MOST_STEPS_OF_ONE: usize = 20_000;

/// Times that one calendar may block.
const MOST_TIMES: usize = 5_000;

/// Why a calendar blocks nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unusable {
    /// It is no iCalendar object.
    NoCalendar,
    /// It blocks more times, or repeats more, than we keep.
    TooMuch,
}

/// The times within `within` at which the calendar blocks, in order and apart from each other.
///
/// Days and times without a zone are read in `zone`.
pub fn busy_times(text: &str, zone: &TimeZone, within: Slot) -> Result<Vec<Slot>, Unusable> {
    let Parsed { events, overrides } = parse(text, zone).ok_or(Unusable::NoCalendar)?;
    let mut times = Times { within, found: Vec::new() };
    let mut steps = MOST_STEPS;
    // An occurrence that was changed is at its new time alone.
    let changed: HashMap<&str, HashSet<Timestamp>> =
        overrides.iter().fold(HashMap::new(), |mut changed, one| {
            changed.entry(one.event.uid.as_str()).or_default().insert(one.original);
            changed
        });
    let mut lasting: Vec<_> = overrides.iter().filter(|one| one.and_future).collect();
    lasting.sort_by_key(|one| one.original);
    for event in &events {
        let elsewhere = changed.get(event.uid.as_str());
        let of_this = |one: &&&Override| one.event.uid == event.uid;
        let since: Vec<_> = lasting.iter().filter(of_this).collect();
        if !event.blocks && !since.iter().any(|one| one.event.blocks) {
            continue;
        }
        let mut add = |wall: DateTime| {
            let Some(slot) = event.slot(wall) else { return };
            let gone = elsewhere.is_some_and(|gone| gone.contains(&slot.start));
            if gone || event.is_excluded(wall, slot.start) {
                return;
            }
            // Of several changes that reach this far, the last one holds.
            match since.iter().rfind(|one| one.original < slot.start) {
                None if event.blocks => times.add(slot),
                Some(one) if one.event.blocks => {
                    if let Some(slot) = one.slot_of(slot.start) {
                        times.add(slot);
                    }
                }
                _ => {}
            }
        };
        match &event.rule {
            None => add(event.starts),
            Some(rule) => {
                for wall in walls(rule, event, &mut steps)? {
                    add(wall);
                }
            }
        }
        for &wall in &event.further {
            add(wall);
        }
    }
    for Override { event, .. } in overrides.iter().filter(|one| one.event.blocks) {
        times.found.extend(event.slot(event.starts).and_then(|slot| times.clipped(slot)));
    }
    times.merged()
}

/// The starts of a rule on the wall clock of its event, none of them put right for any zone.
fn walls(
    rule: &ICalendarEntry,
    event: &Event,
    steps: &mut usize,
) -> Result<Vec<DateTime>, Unusable> {
    let start = PartialDateTime {
        year: u16::try_from(event.starts.year()).ok(),
        month: u8::try_from(event.starts.month()).ok(),
        day: u8::try_from(event.starts.day()).ok(),
        hour: u8::try_from(event.starts.hour()).ok(),
        minute: u8::try_from(event.starts.minute()).ok(),
        second: u8::try_from(event.starts.second()).ok(),
        ..PartialDateTime::default()
    };
    let start = ICalendarEntry {
        values: vec![ICalendarValue::PartialDateTime(Box::new(start))],
        ..ICalendarEntry::new(ICalendarProperty::Dtstart)
    };
    let alone = ICalendarComponent {
        component_type: ICalendarComponentType::VEvent,
        entries: vec![start, rule.clone()],
        component_ids: Vec::new(),
    };
    let limit = MOST_STEPS_OF_ONE.min(*steps);
    let calendar = ICalendar { components: vec![alone] };
    let found = calendar.expand_dates(Tz::Floating, limit).events;
    *steps -= found.len().min(*steps);
    if *steps == 0 {
        return Err(Unusable::TooMuch);
    }
    let civil = |seconds| {
        Timestamp::from_second(seconds).ok().map(|instant| TimeZone::UTC.to_datetime(instant))
    };
    let seconds = found.iter().map(|found| found.start.naive_local().and_utc().timestamp());
    Ok(seconds.filter_map(civil).collect())
}

/// Times in the making.
struct Times {
    within: Slot,
    found: Vec<Slot>,
}

impl Times {
    fn clipped(&self, slot: Slot) -> Option<Slot> {
        let start = slot.start.max(self.within.start);
        let end = slot.end.min(self.within.end);
        (start < end).then_some(Slot { start, end })
    }

    fn add(&mut self, slot: Slot) {
        self.found.extend(self.clipped(slot));
    }

    fn merged(mut self) -> Result<Vec<Slot>, Unusable> {
        self.found.sort_unstable_by_key(|slot| slot.start);
        let mut merged: Vec<Slot> = Vec::new();
        for slot in self.found {
            match merged.last_mut() {
                Some(last) if slot.start <= last.end => last.end = last.end.max(slot.end),
                _ => merged.push(slot),
            }
        }
        if merged.len() > MOST_TIMES { Err(Unusable::TooMuch) } else { Ok(merged) }
    }
}
