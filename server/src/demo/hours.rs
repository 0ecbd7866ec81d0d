//! When the doctors of the demo clinic work.
use super::{
    data::cities::Week,
    doctors::Doctor,
    random::{Chance, Kind, id},
};
use domain::{
    booking::{DayChange, DayException, VisitKind, VisitKinds, WeeklyRule},
    directory::HospitalId,
    zone,
};
use jiff::{
    Timestamp, ToSpan,
    civil::{Date, Time, Weekday, time},
    tz::TimeZone,
};

/// What a doctor's week is made from.
#[derive(Debug)]
pub struct Timetable {
    rules: Vec<WeeklyRule>,
    zone: TimeZone,
    slot: u16,
    buffer: u16,
    series: Kind,
    first_id: usize,
    made: Timestamp,
}

impl Timetable {
    fn add(
        &mut self,
        weekday: Weekday,
        (starts, ends): (Time, Time),
        place: Option<HospitalId>,
        kinds: VisitKinds,
    ) {
        self.rules.push(WeeklyRule {
            id: id(self.series, self.first_id + self.rules.len(), self.made).into(),
            weekday,
            starts,
            ends,
            slot_minutes: self.slot,
            buffer_before_minutes: 0,
            buffer_after_minutes: self.buffer,
            place,
            zone: self.zone.clone(),
            kinds,
            every_weeks: 1,
            valid_from: None,
            valid_until: None,
            kept_for_urgent_minutes: None,
        });
    }
}

const fn half(hours: (i8, i8), until: (i8, i8)) -> (Time, Time) {
    (time(hours.0, hours.1, 0, 0), time(until.0, until.1, 0, 0))
}

const WEEK: [Weekday; 7] = [
    Weekday::Monday,
    Weekday::Tuesday,
    Weekday::Wednesday,
    Weekday::Thursday,
    Weekday::Friday,
    Weekday::Saturday,
    Weekday::Sunday,
];

const fn working_days(week: Week) -> &'static [Weekday] {
    use Weekday::*;
    match week {
        Week::MondayToFriday => &[Monday, Tuesday, Wednesday, Thursday, Friday],
        Week::MondayToSaturday => &[Monday, Tuesday, Wednesday, Thursday, Friday, Saturday],
        Week::SundayToThursday => &[Sunday, Monday, Tuesday, Wednesday, Thursday],
        Week::SundayToFriday => &[Sunday, Monday, Tuesday, Wednesday, Thursday, Friday],
    }
}

/// The whole week, without a day off: whoever tries the demo finds a time.
pub fn every_day(doctor: &Doctor, places: &[HospitalId]) -> Vec<WeeklyRule> {
    let mut table = timetable(doctor, 20, 0, Kind::Rule);
    for day in WEEK {
        table.add(day, half((8, 0), (12, 0)), places.first().copied(), doctor.kinds);
        table.add(day, half((13, 0), (19, 0)), places.last().copied(), doctor.kinds);
        // One of them can be seen the same day, by whoever cannot wait.
        if doctor.email == "doctor@demo.test" {
            table.add(
                day,
                half((19, 0), (0, 0)),
                None,
                [VisitKind::Video, VisitKind::Phone].into_iter().collect(),
            );
            if let Some(evening) = table.rules.last_mut() {
                evening.kept_for_urgent_minutes = Some(60);
            }
        }
    }
    table.rules
}

/// An ordinary week. `series` numbers the rules; `buffers` says whether some
/// doctors keep a pause between two visits.
pub fn weekly(
    doctor: &Doctor,
    places: &[HospitalId],
    series: Kind,
    buffers: bool,
    chance: &mut Chance,
) -> Vec<WeeklyRule> {
    let slot = chance.weighted(&[(20, 45), (30, 30), (15, 25)]);
    let buffer = if buffers { chance.weighted(&[(0, 70), (5, 20), (10, 10)]) } else { 0 };
    let mut table = timetable(doctor, slot, buffer, series);
    let mut days = working_days(doctor.city.week).to_vec();
    if chance.percent(35) {
        days.remove(chance.below(days.len()));
    }
    let morning = chance.pick(&[
        half((8, 0), (12, 0)),
        half((8, 30), (12, 30)),
        half((9, 0), (12, 0)),
        half((9, 0), (13, 0)),
        half((10, 0), (13, 0)),
    ]);
    let afternoon = chance.pick(&[
        half((13, 30), (16, 30)),
        half((14, 0), (17, 0)),
        half((14, 0), (17, 30)),
        half((15, 0), (18, 0)),
    ]);
    let (main, other) = (places.first().copied(), places.last().copied());
    let screen: VisitKinds = [VisitKind::Video, VisitKind::Phone]
        .into_iter()
        .filter(|&kind| doctor.kinds.contains(kind))
        .collect();
    let pattern = chance.below(4);
    for (number, &day) in days.iter().enumerate() {
        match pattern {
            // Mornings here, afternoons there, one afternoon off.
            0 => {
                table.add(day, morning, main, doctor.kinds);
                if number != 2 {
                    table.add(day, afternoon, other, doctor.kinds);
                }
            }
            // One place on even days, the other one on odd days.
            1 => {
                let place = if number % 2 == 0 { main } else { other };
                table.add(day, morning, place, doctor.kinds);
                table.add(day, afternoon, place, doctor.kinds);
            }
            // Mornings at the hospital; two late afternoons from home.
            2 => {
                table.add(day, morning, main, doctor.kinds);
                if number % 2 == 1 && !screen.is_empty() {
                    table.add(day, half((17, 0), (20, 0)), None, screen);
                }
            }
            // Mornings and afternoons in turn.
            _ => table.add(
                day,
                if number % 2 == 0 { morning } else { afternoon },
                main,
                doctor.kinds,
            ),
        }
    }
    if doctor.city.week == Week::MondayToFriday && chance.percent(15) {
        table.add(Weekday::Saturday, half((9, 0), (12, 0)), main, doctor.kinds);
    }
    table.rules
}

fn timetable(doctor: &Doctor, slot: u16, buffer: u16, series: Kind) -> Timetable {
    Timetable {
        rules: Vec::new(),
        zone: zone::rules(doctor.city.zone),
        slot,
        buffer,
        series,
        // Nobody has more than three rules a day.
        first_id: doctor.number * 32,
        made: doctor.made,
    }
}

/// Days off and extra hours in the weeks after `today`, with their reasons.
pub fn exceptions(
    doctor: &Doctor,
    places: &[HospitalId],
    today: Date,
    chance: &mut Chance,
) -> Vec<(DayException, &'static str)> {
    let zone = zone::rules(doctor.city.zone);
    let mut found = Vec::new();
    let mut add = |after: i64, change: DayChange, reason| {
        let id = id(Kind::Exception, doctor.number * 16 + found.len(), doctor.made).into();
        found.push((DayException { id, date: today.saturating_add(after.days()), change }, reason));
    };
    let closed = |hours| DayChange::Closed { hours, zone: zone.clone(), place: None };
    match chance.below(10) {
        0 | 1 => add(
            chance.between(3, 30),
            closed(None),
            chance.pick(&["Conference", "Training day", "Family day", "Moving rooms"]),
        ),
        2 => add(
            chance.between(2, 20),
            closed(Some(half((12, 0), (23, 0)))),
            chance.pick(&["Teaching", "Team meeting", "School play"]),
        ),
        3 => {
            let first = chance.between(5, 25);
            for day in first..first + 7 {
                add(day, closed(None), "Holiday");
            }
        }
        4 | 5 if doctor.rules.iter().all(|rule| rule.weekday != Weekday::Saturday) => {
            let extra = DayChange::Extra {
                starts: time(9, 0, 0, 0),
                ends: time(12, 0, 0, 0),
                slot_minutes: doctor.rules.first().map_or(20, |rule| rule.slot_minutes),
                buffer_before_minutes: 0,
                buffer_after_minutes: 0,
                place: places.first().copied(),
                zone: zone.clone(),
                kinds: doctor.kinds,
                kept_for_urgent_minutes: None,
            };
            // The next Saturday but one, or the one after it.
            let saturday = today.weekday().until(Weekday::Saturday);
            add(i64::from(saturday) + 7 * chance.between(1, 2), extra, "Saturday clinic");
        }
        _ => {}
    }
    found
}
