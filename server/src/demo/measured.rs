//! What the first patient has measured in the last month, with four devices and by hand.
//!
//! Somebody whose blood pressure comes down with the tablets, who walks on most days, and forgets a device now and then.
use super::{
    people::{PATIENT, Person},
    random::{Chance, Kind, id},
    ride,
};
use domain::{
    devices::{BodyPosition, DeviceId, DeviceKind},
    identity::UserId,
    readings::{MetricKind, Reading, ReadingId, utc_offset},
    zone,
};
use jiff::{
    SignedDuration, Timestamp, ToSpan,
    civil::{Date, Weekday},
    tz::TimeZone,
};
use services::readings::content_id;

/// How many days there are readings of.
const DAYS: i64 = 30;

/// How long a reading takes from the device to the clinic.
const ON_THE_WAY: SignedDuration = SignedDuration::from_secs(20);

#[derive(Debug)]
pub struct Gadget {
    pub id: DeviceId,
    pub name: &'static str,
    pub kind: DeviceKind,
    pub manufacturer: &'static str,
    pub model: &'static str,
    pub position: Option<BodyPosition>,
    /// Percent, when it was last heard.
    pub battery: i64,
    pub made: Timestamp,
}

/// One reading, and when it came.
#[derive(Debug)]
pub struct Measured {
    pub id: ReadingId,
    /// Where in the list of devices; `None`: the patient typed it.
    pub gadget: Option<usize>,
    pub reading: Reading,
    pub at: Timestamp,
    pub utc_offset: i16,
    pub received: Timestamp,
}

#[derive(Debug)]
pub struct Diary {
    pub patient: UserId,
    pub gadgets: Vec<Gadget>,
    /// In the order of their times.
    pub readings: Vec<Measured>,
}

/// Where the devices stand in the list.
const CUFF: usize = 0;
const WATCH: usize = 1;
const SCALE: usize = 2;
const STRAP: usize = 3;

/// What the patient who can sign in has measured until `now`.
pub fn diary(people: &[Person], now: Timestamp) -> Diary {
    let person = &people[PATIENT];
    let zone = zone::rules(person.zone);
    let today = now.to_zoned(zone.clone()).date();
    let made = now - SignedDuration::from_hours((DAYS + 2) * 24);
    let mut diary = Diary { patient: person.id, gadgets: gadgets(made), readings: Vec::new() };
    for number in 0..=DAYS {
        let date = today.saturating_sub((DAYS - number).days());
        let mut day = Day {
            diary: &mut diary,
            chance: Chance::of(Kind::Reading, day_number(number)),
            zone: &zone,
            date,
            number,
            now,
        };
        day.pressure();
        day.watch();
        day.weight();
        day.ride();
        day.typed();
    }
    diary.readings.sort_by_key(|measured| measured.id);
    diary
}

fn day_number(number: i64) -> usize {
    usize::try_from(number).unwrap_or_default()
}

fn gadgets(made: Timestamp) -> Vec<Gadget> {
    let gadget = |number, name, kind, manufacturer, model, position, battery| Gadget {
        id: id(Kind::Device, number, made).into(),
        name,
        kind,
        manufacturer,
        model,
        position,
        battery,
        made,
    };
    vec![
        gadget(
            CUFF,
            "Blood pressure, kitchen",
            DeviceKind::BloodPressureMonitor,
            "Alvor",
            "Braço 3",
            Some(BodyPosition::LeftUpperArm),
            64,
        ),
        gadget(
            WATCH,
            "My watch",
            DeviceKind::Smartwatch,
            "Tempo",
            "Ritmo S",
            Some(BodyPosition::LeftWrist),
            78,
        ),
        gadget(SCALE, "Bathroom scale", DeviceKind::Scale, "Alvor", "Peso 1", None, 18),
        gadget(
            STRAP,
            "Strap for rides",
            DeviceKind::HeartRateMonitor,
            "Tempo",
            "Cinta 1",
            Some(BodyPosition::Chest),
            91,
        ),
    ]
}

/// One day of the diary, on the clock of the patient.
struct Day<'d> {
    diary: &'d mut Diary,
    chance: Chance,
    zone: &'d TimeZone,
    date: Date,
    /// The first one is 0.
    number: i64,
    now: Timestamp,
}

impl Day<'_> {
    /// In the morning and in the evening, after a rest, two or three points lower each week.
    fn pressure(&mut self) {
        for (hour, more) in [(7, 3), (21, 0)] {
            if self.chance.percent(12) {
                continue;
            }
            let systolic = 141 + more - self.number / 3 + self.chance.between(-5, 5);
            let diastolic = 89 + more / 2 - self.number / 6 + self.chance.between(-3, 3);
            let pulse = 68 + self.chance.between(-5, 6);
            let at = (hour, self.chance.between(5, 50));
            self.measured(Some(CUFF), MetricKind::BloodPressure, systolic, Some(diastolic), at);
            self.measured(Some(CUFF), MetricKind::HeartRate, pulse, None, at);
        }
    }

    /// The pulse of each hour, and what the night and the day came to.
    fn watch(&mut self) {
        for hour in 0..24 {
            // While it is charged.
            if hour == 20 || self.chance.percent(3) {
                continue;
            }
            let usual = match hour {
                0..=6 => 57,
                7..=9 | 17..=19 => 84,
                _ => 72,
            };
            let pulse = usual + self.chance.between(-6, 9);
            self.measured(Some(WATCH), MetricKind::HeartRate, pulse, None, (hour, 0));
        }
        let weekend = matches!(self.date.weekday(), Weekday::Saturday | Weekday::Sunday);
        let steps = if weekend { 6_200 } else { 7_900 } + self.chance.between(-2_600, 2_900);
        let asleep = if weekend { 452 } else { 401 } + self.chance.between(-55, 50);
        let oxygen = 96 + self.chance.between(-1, 2);
        let variability = 41 + self.chance.between(-9, 11);
        self.measured(Some(WATCH), MetricKind::SleepDuration, asleep, None, (6, 50));
        self.measured(Some(WATCH), MetricKind::OxygenSaturation, oxygen, None, (6, 51));
        self.measured(Some(WATCH), MetricKind::HeartRateVariability, variability, None, (6, 52));
        self.measured(Some(WATCH), MetricKind::Steps, steps, None, (23, 55));
    }

    /// Twice a week.
    fn weight(&mut self) {
        if matches!(self.date.weekday(), Weekday::Monday | Weekday::Thursday) {
            let kilograms = 64 + self.chance.between(-1, 0);
            self.measured(Some(SCALE), MetricKind::Weight, kilograms, None, (7, 2));
        }
    }

    /// On the last Saturday but for yesterday, with a strap around the chest.
    fn ride(&mut self) {
        let days_ago = DAYS - self.number;
        if self.date.weekday() != Weekday::Saturday || !(2..9).contains(&days_ago) {
            return;
        }
        for (minute, beats) in (10..).zip(ride::beats_each_minute()) {
            let at = (11 + minute / 60, minute % 60);
            self.measured(Some(STRAP), MetricKind::HeartRate, beats, None, at);
        }
    }

    /// A thermometer without a clock of its own, in the days of a cold.
    fn typed(&mut self) {
        if (11..=13).contains(&self.number) {
            let degrees = 38 - (self.number - 11) / 2;
            self.measured(None, MetricKind::BodyTemperature, degrees, None, (18, 30));
        }
    }

    fn measured(
        &mut self,
        gadget: Option<usize>,
        kind: MetricKind,
        value: i64,
        lower: Option<i64>,
        (hour, minute): (i64, i64),
    ) {
        let (Ok(hour), Ok(minute)) = (i8::try_from(hour), i8::try_from(minute)) else { return };
        let local = self.date.at(hour, minute, 0, 0);
        // Where the clock is put forward, an hour of the night is missing.
        let at = self.zone.to_ambiguous_timestamp(local).unambiguous();
        let float = |number: i64| f64::from(i32::try_from(number).unwrap_or_default());
        let reading = Reading::stored(kind, float(value), lower.map(float));
        let (Ok(at), Some(reading)) = (at, reading) else { return };
        if at + ON_THE_WAY > self.now {
            return;
        }
        let source = match gadget {
            Some(gadget) => self.diary.gadgets[gadget].id.as_uuid(),
            None => self.diary.patient.as_uuid(),
        };
        let id = content_id(source, reading, at, None);
        let (utc_offset, received) = (utc_offset(at, self.zone), at + ON_THE_WAY);
        let measured = Measured { id, gadget, reading, at, utc_offset, received };
        self.diary.readings.push(measured);
    }
}
