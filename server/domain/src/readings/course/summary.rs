use super::{Course, Coverage, Figures, Level, Part, Period, Span, Target, Trend};
use crate::readings::MetricKind;
use jiff::{Timestamp, civil::Date, tz::TimeZone};

/// What the readings of an hour or a day come to.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Bucket<T> {
    pub at: T,
    pub figures: Figures,
}

/// How many of how many are in the target range.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Share {
    pub within: u32,
    pub of: u32,
    /// Days, not readings.
    pub is_of_days: bool,
}

impl Share {
    #[must_use]
    pub fn percent(self) -> u32 {
        let percent = f64::from(self.within) * 100.0 / f64::from(self.of.max(1));
        // All of it is said of all of it alone, and nothing of nothing.
        match (percent.round(), self.within) {
            (percent, within) if percent >= 100.0 && within < self.of => 99,
            (percent, within) if percent < 1.0 && within > 0 => 1,
            _ => (self.within * 100 + self.of.max(1) / 2) / self.of.max(1),
        }
    }
}

/// How an average differs from that of the period before, in the canonical unit.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Change {
    pub before: Level,
    /// Of a blood pressure that of the upper number.
    pub value: Difference,
    pub lower: Option<Difference>,
}

/// By how much one number of an average differs.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Difference {
    pub by: f64,
    /// It is more than the days differ among each other anyway: twice its standard error.
    pub is_clear: bool,
}

impl Change {
    /// By how much that number differs, if it does so clearly.
    #[must_use]
    pub fn clear(&self, part: Part) -> Option<f64> {
        let of = match part {
            Part::Upper => Some(self.value),
            Part::Lower => self.lower,
        };
        of.filter(|of| of.is_clear).map(|of| of.by)
    }

    /// Whether any of its numbers does.
    #[must_use]
    pub fn is_clear(&self) -> bool {
        Part::ALL.into_iter().any(|part| self.clear(part).is_some())
    }
}

/// What a period comes to. Figures for which there are too few readings are missing.
#[derive(Debug, Clone, PartialEq)]
pub struct Summary {
    pub kind: MetricKind,
    /// Where readings should be, by which days and averages are judged.
    pub target: Option<Target>,
    pub span: Span,
    pub coverage: Coverage,
    /// The mean of its days, or of the hours of one; of what is added up in a day, its total.
    pub average: Option<Level>,
    /// What today has come to so far, where that is added up: no other figure has it before the day is over.
    pub so_far: Option<Level>,
    /// The lowest and the highest reading, or day of what is added up.
    pub extremes: Option<(Level, Level)>,
    pub in_range: Option<Share>,
    /// Of a blood pressure that of the upper number.
    pub trend: Trend,
    /// `None`: there is one number alone, or too little to tell.
    pub lower_trend: Option<Trend>,
    pub change: Option<Change>,
}

impl Summary {
    /// That of the days of `span` that are among `days`, as it is on the day `today`, beside the period
    /// before where its days are there, too.
    #[must_use]
    pub fn of_days(
        kind: MetricKind,
        target: Option<Target>,
        span: Span,
        today: Date,
        days: &[Bucket<Date>],
    ) -> Self {
        let of = |span: Span| -> Vec<Bucket<Date>> {
            let whole = days.iter().filter(|bucket| kind.is_whole(bucket.at, today));
            whole.filter(|bucket| span.has(bucket.at)).copied().collect()
        };
        let (now, before) = (of(span), of(span.before()));
        let coverage = |days: &[Bucket<Date>]| {
            Coverage::new(kind, span.period, readings(days), count(days.len()), 24)
        };
        let first = span.first();
        let trend = |part: Part| {
            let value = |bucket: &Bucket<Date>| {
                let level = bucket.figures.level(kind.is_total())?;
                Some((number(first, bucket.at), level.part(part)?))
            };
            let values: Vec<_> = now.iter().filter_map(value).collect();
            Trend::of(&values, kind.looks_same_within())
        };
        let mut summary = Self::of((kind, target), span, coverage(&now), &now);
        if kind.is_total() && span.has(today) {
            let running = days.iter().find(|bucket| bucket.at == today);
            summary.so_far = running.and_then(|bucket| bucket.figures.level(true));
        }
        // Where figures are withheld, nobody is told where they are going.
        if summary.coverage.is_enough() {
            summary.trend = trend(Part::Upper);
            summary.lower_trend = kind.is_pair().then(|| trend(Part::Lower));
        }
        if coverage(&before).is_enough() {
            summary.change = change(kind, &now, &before).filter(|_| summary.coverage.is_enough());
        }
        summary
    }

    /// That of one `day` on the clock of `zone`, by its hours, as it is on the day `today`.
    #[must_use]
    pub fn of_hours(
        kind: MetricKind,
        target: Option<Target>,
        (day, today): (Date, Date),
        zone: &TimeZone,
        hours: &[Bucket<Timestamp>],
    ) -> Self {
        let span = Span::new(Period::Day, day);
        let coverage = Coverage::new(
            kind,
            Period::Day,
            readings(hours),
            count(hours.len()),
            length(day, zone),
        );
        let mut summary = Self::of((kind, target), span, coverage, hours);
        if kind.is_total() {
            let all = hours.iter().map(|bucket| bucket.figures).reduce(Figures::with);
            // What the day comes to is so with one reading, too.
            let level = all.and_then(|all| all.level(true));
            (summary.average, summary.so_far) = match kind.is_whole(day, today) {
                true => (level, None),
                false => (None, level),
            };
        }
        summary
    }

    fn of<T>(
        (kind, target): (MetricKind, Option<Target>),
        span: Span,
        coverage: Coverage,
        buckets: &[Bucket<T>],
    ) -> Self {
        let is_enough = coverage.is_enough();
        let levels = || buckets.iter().filter_map(|bucket| bucket.figures.level(kind.is_total()));
        let all = buckets.iter().map(|bucket| bucket.figures).reduce(Figures::with);
        let average = Level::mean(levels()).filter(|_| is_enough);
        let in_range = target.zip(all).filter(|_| is_enough).and_then(|(target, all)| {
            match (target.is_of_readings(), span.period) {
                (true, _) => Some(Share { within: all.in_range, of: all.count, is_of_days: false }),
                (false, Period::Day) => None,
                (false, _) => {
                    let within = levels().filter(|level| target.has(*level)).count();
                    let of = count(buckets.len());
                    Some(Share { within: count(within), of, is_of_days: true })
                }
            }
        });
        let extremes = match kind.is_total() {
            true => {
                let values = || levels().map(|level| level.value);
                let level = |value| Level { value, lower: None };
                values().reduce(f64::min).map(level).zip(values().reduce(f64::max).map(level))
            }
            false => all.map(|all| {
                let level = |value, lower| Level { value, lower };
                (
                    level(all.lowest, all.lower.map(|lower| lower.lowest)),
                    level(all.highest, all.lower.map(|lower| lower.highest)),
                )
            }),
        };
        Self {
            kind,
            target,
            span,
            coverage,
            average,
            so_far: None,
            extremes,
            in_range,
            trend: Trend::TooFew(buckets.len()),
            lower_trend: None,
            change: None,
        }
    }

    /// Whether it is of one day alone, which is not over, of what is added up in it.
    #[must_use]
    pub fn is_running(&self) -> bool {
        self.span.period == Period::Day && self.so_far.is_some()
    }

    /// Where its numbers are going, as far as that is worth a word: of a lower one that goes the way of the upper one, or
    /// none that is sure, nothing is said.
    #[must_use]
    pub fn courses(&self) -> Vec<(Part, Course)> {
        let upper = self.trend.course();
        let way = |course: Course| course.certainty.map(|_| course.direction);
        let lower = self.lower_trend.and_then(Trend::course);
        let lower =
            lower.filter(|lower| way(*lower).is_some() && way(*lower) != upper.and_then(way));
        let said = |part, course: Option<Course>| course.map(|course| (part, course));
        [said(Part::Upper, upper), said(Part::Lower, lower)].into_iter().flatten().collect()
    }
}

fn count(length: usize) -> u32 {
    u32::try_from(length).unwrap_or(u32::MAX)
}

fn readings<T>(buckets: &[Bucket<T>]) -> u32 {
    buckets.iter().fold(0, |all, bucket| all.saturating_add(bucket.figures.count))
}

/// How many days `day` is after `first`.
fn number(first: Date, day: Date) -> i32 {
    first.until(day).map_or(0, |span| span.get_days())
}

/// How many hours `day` has: 23 or 25 where clocks are changed.
fn length(day: Date, zone: &TimeZone) -> u32 {
    let start = |day: Date| day.to_zoned(zone.clone()).map(|start| start.timestamp());
    let end = day.tomorrow().ok().and_then(|next| start(next).ok());
    let hours = start(day).ok().zip(end).map(|(start, end)| end.duration_since(start).as_hours());
    hours.and_then(|hours| u32::try_from(hours).ok()).unwrap_or(24)
}

fn change(kind: MetricKind, now: &[Bucket<Date>], before: &[Bucket<Date>]) -> Option<Change> {
    let levels = |days: &[Bucket<Date>]| -> Vec<Level> {
        days.iter().filter_map(|bucket| bucket.figures.level(kind.is_total())).collect()
    };
    let (now, before) = (levels(now), levels(before));
    let of = |part: Part| {
        let numbers = |levels: &[Level]| -> Vec<f64> {
            levels.iter().filter_map(|level| level.part(part)).collect()
        };
        difference(kind, &numbers(&now), &numbers(&before))
    };
    let (value, lower) = (of(Part::Upper)?, of(Part::Lower));
    Some(Change { before: Level::mean(before)?, value, lower })
}

/// `None`: of one value nobody knows how they differ.
fn difference(kind: MetricKind, now: &[f64], before: &[f64]) -> Option<Difference> {
    let ((mean, error), (earlier, earlier_error)) = (mean(now)?, mean(before)?);
    let by = mean - earlier;
    let noise = (error + earlier_error).sqrt();
    let is_clear = by.abs() > kind.looks_same_within() && by.abs() > 2.0 * noise;
    Some(Difference { by, is_clear })
}

/// The mean of `values` and its squared standard error.
fn mean(values: &[f64]) -> Option<(f64, f64)> {
    let count = f64::from(count(values.len()));
    let mean = values.iter().sum::<f64>() / count;
    let squares: f64 = values.iter().map(|value| (value - mean).powi(2)).sum();
    (count > 1.0).then(|| (mean, squares / (count - 1.0) / count))
}
