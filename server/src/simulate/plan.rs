//! When a simulated device measures, and when it comes to send: with everything that real ones do.
use super::course;
use crate::demo::random::{Chance, Kind};
use domain::readings::{BATCH_AT_MOST, MetricKind};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use std::collections::VecDeque;

/// What is simulated. The same plan is the same readings, whenever it is begun.
#[derive(Debug, Clone)]
pub struct Plan {
    pub seed: u64,
    pub kinds: Vec<MetricKind>,
    /// How often the device measures what can be measured as often.
    pub every: SignedDuration,
    /// How often it sends.
    pub sends: SignedDuration,
    /// Without drop-outs, bursts, drift, repetitions, wrong clocks and impossible values.
    pub is_calm: bool,
}

/// One reading, as the device says it.
#[derive(Debug, Clone, PartialEq)]
pub struct Sample {
    pub kind: MetricKind,
    pub value: f64,
    pub diastolic: Option<f64>,
    pub at: Timestamp,
}

/// What the device sends at once.
#[derive(Debug, Clone, PartialEq)]
pub struct Batch {
    pub at: Timestamp,
    pub samples: Vec<Sample>,
    /// Percent.
    pub battery: i64,
}

impl Batch {
    /// As the API takes it.
    pub fn body(&self) -> Value {
        let metrics: Vec<Value> = self.samples.iter().map(Sample::body).collect();
        json!({ "battery_level": self.battery, "metrics": metrics })
    }
}

impl Sample {
    fn body(&self) -> Value {
        let mut body = json!({
            "type": self.kind, "value": self.value, "unit": self.kind.unit(), "timestamp": self.at,
        });
        if let Some(lower) = self.diastolic {
            body["diastolic"] = lower.into();
        }
        body
    }
}

/// In how many of 100 times that it would send a device does what.
const FALLS_SILENT: usize = 2;
const BURSTS: usize = 2;
const REPEATS: usize = 4;
const HAS_A_WRONG_CLOCK: usize = 1;
const SLIPS_OFF: usize = 1;

/// How many readings a burst has, a second apart.
const BURST: i64 = 30;

/// How much too high a device shows at the end of a week, as a multiple of its noise; then it is set right.
const DRIFT: f64 = 1.5;

/// What a device sends from one time to another, in order.
#[derive(Debug)]
pub struct Batches {
    plan: Plan,
    /// When it comes to send next, until when, and since when it runs.
    next: Timestamp,
    until: Timestamp,
    since: Timestamp,
    /// Nothing that was measured since then has been sent.
    silent_until: Option<Timestamp>,
    memory: Vec<Sample>,
    ready: VecDeque<Batch>,
}

impl Plan {
    pub fn batches(&self, from: Timestamp, until: Timestamp) -> Batches {
        Batches {
            plan: self.clone(),
            next: from,
            until,
            since: from,
            silent_until: None,
            memory: Vec::new(),
            ready: VecDeque::new(),
        }
    }

    /// What is measured from `from` on, before `until`. Each kind has times of its own that hang on nothing else.
    fn measured(&self, from: Timestamp, until: Timestamp) -> Vec<Sample> {
        let mut samples = Vec::new();
        for kind in &self.kinds {
            let every = self.every.max(course::spacing(*kind)).as_secs().max(1);
            // What is measured once a day is in the morning.
            let offset = if every >= 8 * 3_600 { 7 * 3_600 } else { 0 };
            let first = from.as_second() + (offset - from.as_second()).rem_euclid(every);
            let times = std::iter::successors(Some(first), |time| time.checked_add(every));
            for time in times.take_while(|time| *time < until.as_second()) {
                samples.extend(Timestamp::from_second(time).ok().map(|at| self.sample(*kind, at)));
            }
        }
        samples.sort_by_key(|sample| sample.at);
        samples
    }

    fn sample(&self, kind: MetricKind, at: Timestamp) -> Sample {
        let week = 7.0 * 86_400.0;
        let drift = match self.is_calm {
            true => 0.0,
            false => DRIFT * (at.as_second() as f64).rem_euclid(week) / week,
        };
        let number = at.as_second() as u64 ^ (kind as u64) << 40;
        let (value, diastolic) = course::measure(kind, at, drift, &mut self.chance(number));
        Sample { kind, value, diastolic, at }
    }

    fn chance(&self, number: u64) -> Chance {
        let mixed = self.seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) ^ number;
        Chance::of(Kind::Reading, mixed as usize)
    }
}

impl Batches {
    /// What happens when the device would send at `now`, having measured until then.
    fn come(&mut self, now: Timestamp, is_last: bool) {
        let mut chance = self.plan.chance(now.as_second() as u64 ^ 1 << 60);
        let mut has = |percent: usize| chance.percent(percent) && !self.plan.is_calm;
        let (silent, bursts, repeats) = (has(FALLS_SILENT), has(BURSTS), has(REPEATS));
        let (wrong_clock, slipped) = (has(HAS_A_WRONG_CLOCK), has(SLIPS_OFF));
        if bursts && let Some(kind) = self.plan.kinds.first() {
            let times = (1..=BURST).map(|second| now - SignedDuration::from_secs(second));
            self.memory.extend(times.map(|at| self.plan.sample(*kind, at)));
        }
        if silent && self.silent_until.is_none() {
            self.silent_until = Some(now + self.plan.sends * 8);
        }
        if self.silent_until.is_some_and(|until| now < until) && !is_last {
            return;
        }
        self.silent_until = None;
        let mut memory = std::mem::take(&mut self.memory);
        if let Some(first) = memory.first_mut().filter(|_| wrong_clock) {
            first.at = now + SignedDuration::from_hours(3);
        }
        if let Some(last) = memory.last_mut().filter(|_| slipped) {
            last.value = 0.0;
        }
        let hours = now.duration_since(self.since).as_hours();
        let battery = 100 - (hours / 2) % 90;
        for samples in memory.chunks(BATCH_AT_MOST) {
            let batch = Batch { at: now, samples: samples.to_vec(), battery };
            if repeats {
                self.ready.push_back(batch.clone());
            }
            self.ready.push_back(batch);
        }
    }
}

impl Iterator for Batches {
    type Item = Batch;

    fn next(&mut self) -> Option<Batch> {
        while self.ready.is_empty() && self.next < self.until {
            let sends = self.plan.sends.max(SignedDuration::from_secs(1));
            let then = self.next.checked_add(sends).unwrap_or(self.until).min(self.until);
            self.memory.extend(self.plan.measured(self.next, then));
            self.next = then;
            self.come(then, then == self.until);
        }
        self.ready.pop_front()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::readings::Reading;

    fn plan(seed: u64, is_calm: bool) -> Plan {
        let minutes = SignedDuration::from_mins;
        Plan {
            seed,
            kinds: MetricKind::ALL.to_vec(),
            every: minutes(2),
            sends: minutes(15),
            is_calm,
        }
    }

    fn week(plan: &Plan) -> Vec<Batch> {
        let from = Timestamp::from_second(1_772_440_200).unwrap();
        plan.batches(from, from + SignedDuration::from_hours(7 * 24)).collect()
    }

    fn samples(batches: &[Batch]) -> Vec<Sample> {
        batches.iter().flat_map(|batch| batch.samples.clone()).collect()
    }

    #[test]
    fn the_same_seed_is_the_same_week_and_another_one_is_another() {
        assert_eq!(week(&plan(1, false)), week(&plan(1, false)));
        assert_ne!(samples(&week(&plan(1, false))), samples(&week(&plan(2, false))));
    }

    #[test]
    fn a_calm_device_sends_each_reading_once_and_in_time_and_all_are_possible() {
        let batches = week(&plan(7, true));
        assert_eq!(batches.len(), 7 * 24 * 4);
        for batch in &batches {
            for Sample { kind, value, diastolic, at } in batch.samples.iter().cloned() {
                assert!(Reading::stored(kind, value, diastolic).is_some(), "{kind:?} {value}");
                assert!(
                    at < batch.at && batch.at.duration_since(at) <= SignedDuration::from_mins(15)
                );
            }
        }
        let mut once: Vec<_> = samples(&batches).iter().map(|s| (s.at, s.kind as u8)).collect();
        let count = once.len();
        once.sort_unstable();
        once.dedup();
        assert_eq!(once.len(), count);
        // Each two minutes the pulse, and each day the weight.
        let of = |kind| samples(&batches).iter().filter(|sample| sample.kind == kind).count();
        assert_eq!((of(MetricKind::HeartRate), of(MetricKind::Weight)), (7 * 24 * 30, 7));
    }

    #[test]
    fn a_real_one_does_everything_else_and_forgets_nothing() {
        for seed in 0..20 {
            let (calm, real) = (week(&plan(seed, true)), week(&plan(seed, false)));
            assert!(real.iter().all(|batch| (1..=BATCH_AT_MOST).contains(&batch.samples.len())));
            assert!(real.iter().all(|batch| (10..=100).contains(&batch.battery)));
            let late = |batch: &Batch| {
                let oldest = batch.samples.iter().map(|sample| sample.at).min().unwrap();
                batch.at.duration_since(oldest) > SignedDuration::from_hours(1)
            };
            assert!(real.iter().any(late), "silent, and then all at once");
            assert!(real.windows(2).any(|pair| pair[0] == pair[1]), "sent twice");
            let is_ahead = |batch: &Batch| batch.samples.iter().any(|sample| sample.at > batch.at);
            let slipped = |sample: &Sample| sample.value == 0.0 && sample.kind != MetricKind::Steps;
            if seed == 0 {
                assert!(real.iter().any(is_ahead), "a wrong clock");
                assert!(samples(&real).iter().any(slipped), "a value that nobody has");
            }
            let burst = |pair: &[Sample]| {
                pair[0].kind == pair[1].kind
                    && pair[1].at.duration_since(pair[0].at).as_secs().abs() == 1
            };
            assert!(samples(&real).windows(2).any(burst), "a burst");
            let sent: std::collections::BTreeSet<_> =
                samples(&real).iter().map(|sample| (sample.at, sample.kind as u8)).collect();
            let clocks = real.iter().filter(|batch| is_ahead(batch)).count();
            let missing =
                samples(&calm).iter().filter(|s| !sent.contains(&(s.at, s.kind as u8))).count();
            assert!(missing <= clocks, "{missing} of {clocks}");
        }
    }
}
