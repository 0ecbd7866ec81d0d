//! What readings come to, place by place, and what is said of each.
use domain::{
    readings::{Bucket, Level, Scale, Span, Target},
    zone::{clock, short_day},
};
use jiff::{SignedDuration, Timestamp, ToSpan, civil::Date, tz::TimeZone};
use services::readings::{KindCourse, Series};

/// A day or an hour in which something was measured.
#[derive(Debug, Clone)]
pub struct Spot {
    /// Which of the places of the chart is its own; the first one is 0.
    pub place: usize,
    /// `Tue 3 Mar`
    pub name: String,
    pub level: Level,
    pub lowest: Level,
    pub highest: Level,
    pub readings: u32,
    /// How much of it is in range, where it is judged: `2 of 3 in the usual range`
    pub range: Option<String>,
    /// A nearer look at it.
    pub nearer: Option<Span>,
}

impl Spot {
    /// `2 readings`
    pub fn count(&self) -> String {
        match self.readings {
            1 => "1 reading".to_owned(),
            readings => format!("{readings} readings"),
        }
    }

    /// Its lowest and its highest reading, where it has several.
    pub fn ends(&self, plot: &Plot) -> Option<(String, String)> {
        let number = |level: Level| level.number(plot.scale);
        (!plot.is_total && self.readings > 1).then(|| (number(self.lowest), number(self.highest)))
    }

    /// All that the table says of it, in a line.
    pub fn words(&self, plot: &Plot) -> String {
        let ends = self.ends(plot);
        let ends = ends.map(|(lowest, highest)| format!(", lowest {lowest}, highest {highest}"));
        let range = self.range.as_ref().map(|range| format!(", {range}"));
        format!(
            "{}: {}{}, {}{}",
            self.name,
            self.level.shown(plot.scale),
            ends.unwrap_or_default(),
            self.count(),
            range.unwrap_or_default()
        )
    }
}

/// What is drawn, in the unit that is shown.
#[derive(Debug, Clone)]
pub struct Plot {
    pub spots: Vec<Spot>,
    /// How many places there are from side to side.
    pub places: usize,
    /// What stands below some of the places.
    pub marks: Vec<(usize, String)>,
    /// Whether what is shown is added up, and so begins at nothing.
    pub is_total: bool,
    /// How many places may be empty between two that a line joins.
    pub reach: usize,
    /// How many places are gone over at a time by whoever is in a hurry.
    pub stride: u32,
    pub bands: Vec<(Option<f64>, Option<f64>)>,
    pub scale: &'static Scale,
}

impl Plot {
    pub fn of(course: &KindCourse) -> Self {
        let (kind, span) = (course.summary.kind, course.summary.span);
        let judge = Judge { is_total: kind.is_total(), target: course.summary.target };
        let is_of_days = matches!(course.series, Series::Days(_));
        let (spots, places, marks) = match &course.series {
            Series::Days(days) => of_days(days, span, course.today, judge),
            Series::Hours(hours) => of_hours(hours, span.last, &course.zone, judge),
        };
        let bands = course.summary.target.map_or_else(Vec::new, |target| {
            // What is judged by the day is not drawn beside hours.
            let is_seen = target.is_of_readings() || is_of_days;
            let bands = [Some(target.band), target.lower].into_iter().flatten();
            bands.filter(|_| is_seen).map(|band| (band.low, band.high)).collect()
        });
        let reach = usize::try_from(kind.cadence().as_hours() / 24).unwrap_or(1).clamp(1, 14) * 2;
        let stride = if is_of_days { 7 } else { 6 };
        let (is_total, scale) = (judge.is_total, course.scale);
        Self { spots, places, marks, is_total, reach, stride, bands, scale }
    }
}

type Placed = (Vec<Spot>, usize, Vec<(usize, String)>);

/// How readings of a kind are taken together.
#[derive(Clone, Copy)]
struct Judge {
    is_total: bool,
    target: Option<Target>,
}

impl Judge {
    fn spot<T>(self, bucket: &Bucket<T>, place: usize, name: String) -> Option<Spot> {
        let figures = bucket.figures;
        let level = figures.level(self.is_total)?;
        let of = |value, lower: Option<f64>| Level { value, lower };
        let (lowest, highest) = match self.is_total {
            true => (level, level),
            false => (
                of(figures.lowest, figures.lower.map(|lower| lower.lowest)),
                of(figures.highest, figures.lower.map(|lower| lower.highest)),
            ),
        };
        let readings = figures.count;
        let target = self.target.filter(Target::is_of_readings);
        let range =
            target.map(|target| in_range(&target, (lowest, highest), figures.in_range, readings));
        Some(Spot { place, name, level, lowest, highest, readings, range, nearer: None })
    }

    /// What is added up is judged by the day, when that is over.
    fn of_day(self, level: Level, is_over: bool) -> Option<String> {
        let target = self.target.filter(|target| !target.is_of_readings())?;
        Some(match is_over {
            true => in_range(&target, (level, level), 0, 1),
            false => "so far today".to_owned(),
        })
    }
}

/// How many of `of` readings that lie between two ends are in the range of `target`. So many as are `counted` may have been
/// so by another range, which held then: where the ends say it, they go by what holds now, as the band of the chart does.
fn in_range(target: &Target, (lowest, highest): (Level, Level), counted: u32, of: u32) -> String {
    let range = target.name();
    let ((low, below), (lower_low, lower_below)) = target.edges();
    let is_outside =
        |(lowest, highest): (f64, f64), low: f64, below: f64| highest < low || lowest >= below;
    let all_outside = is_outside((lowest.value, highest.value), low, below)
        || lowest
            .lower
            .zip(highest.lower)
            .is_some_and(|ends| is_outside(ends, lower_low, lower_below));
    match counted {
        _ if target.has(lowest) && target.has(highest) => format!("in {range}"),
        _ if all_outside || counted == 0 => format!("outside {range}"),
        counted if counted < of => format!("{counted} of {of} in {range}"),
        _ => format!("partly in {range}"),
    }
}

fn of_days(days: &[Bucket<Date>], span: Span, today: Date, judge: Judge) -> Placed {
    let first = span.first();
    let spots = days.iter().filter_map(|day| {
        let place = usize::try_from(first.until(day.at).ok()?.get_days()).ok()?;
        let spot = judge.spot(day, place, short_day(day.at))?;
        let range = judge.of_day(spot.level, day.at < today);
        let nearer = span.nearer(day.at, today);
        Some(Spot { range: spot.range.or(range), nearer, ..spot })
    });
    let places = usize::from(span.period.days());
    let name = |place: usize| {
        let day = first.saturating_add(i64::try_from(place).unwrap_or_default().days());
        day.strftime("%-d %b").to_string()
    };
    let marks = [0, places / 2, places - 1].map(|place| (place, name(place)));
    (spots.collect(), places, marks.to_vec())
}

fn of_hours(hours: &[Bucket<Timestamp>], day: Date, zone: &TimeZone, judge: Judge) -> Placed {
    let start_of = |day: Date| day.to_zoned(zone.clone()).map(|start| start.timestamp());
    let Ok(start) = start_of(day) else { return (Vec::new(), 24, Vec::new()) };
    let end = day.tomorrow().and_then(start_of).unwrap_or(start + SignedDuration::from_hours(24));
    let place_of = |at: Timestamp| usize::try_from(at.duration_since(start).as_hours()).ok();
    let name = |at: Timestamp| clock(&at.to_zoned(zone.clone()));
    let spots = hours.iter().filter_map(|hour| judge.spot(hour, place_of(hour.at)?, name(hour.at)));
    let places = place_of(end).unwrap_or(24).max(1);
    let marks = [0, 6, 12, 18].map(|hour: i32| {
        (
            usize::try_from(hour).unwrap_or_default(),
            name(start + SignedDuration::from_hours(1) * hour),
        )
    });
    (spots.collect(), places, marks.to_vec())
}

#[cfg(test)]
pub(super) mod tests {
    use super::{Judge, Plot, Spot, in_range};
    use domain::readings::{Level, MetricKind, Target};

    pub fn spot(place: usize, value: f64, lower: Option<f64>) -> Spot {
        let level = Level { value, lower };
        let (lowest, highest) = (level, level);
        let (name, range, nearer) = (String::new(), None, None);
        Spot { place, name, level, lowest, highest, readings: 1, range, nearer }
    }

    pub fn plot(kind: MetricKind, spots: Vec<Spot>) -> Plot {
        let scale = kind.canonical();
        let is_total = kind.is_total();
        let (marks, bands) = (Vec::new(), Vec::new());
        Plot { spots, places: 10, marks, is_total, reach: 2, stride: 7, bands, scale }
    }

    #[test]
    fn a_spot_says_what_the_table_says_of_it() {
        let one = spot(0, 120.0, Some(80.0));
        let several = Spot {
            name: "Tue 3 Mar".to_owned(),
            lowest: Level { value: 118.0, lower: Some(76.0) },
            highest: Level { value: 139.0, lower: Some(90.0) },
            readings: 3,
            range: Some("2 of 3 in the usual range".to_owned()),
            ..one.clone()
        };
        let plot = plot(MetricKind::BloodPressure, Vec::new());
        assert_eq!(
            several.words(&plot),
            "Tue 3 Mar: 120/80 mmHg, lowest 118/76, highest 139/90, 3 readings, 2 of 3 in the usual range"
        );
        assert_eq!(one.words(&plot), ": 120/80 mmHg, 1 reading");
    }

    #[test]
    fn a_day_is_judged_when_it_is_over() {
        let judge = Judge { is_total: true, target: Target::of(MetricKind::Steps) };
        let level = Level { value: 200.0, lower: None };
        assert_eq!(judge.of_day(level, true).unwrap(), "outside the usual range");
        assert_eq!(judge.of_day(level, false).unwrap(), "so far today");
    }

    #[test]
    fn a_spot_is_judged_by_the_range_that_is_drawn() {
        let target = Target::of(MetricKind::BloodPressure).unwrap();
        let level = |value, lower| Level { value, lower: Some(lower) };
        let (calm, high, low) = (level(120.0, 80.0), level(150.0, 80.0), level(80.0, 50.0));
        for (ends, counted, of, words) in [
            ((calm, calm), 1, 1, "in the usual range"),
            // Counted by another range, which held then.
            ((calm, calm), 0, 1, "in the usual range"),
            ((high, high), 1, 1, "outside the usual range"),
            ((low, low), 0, 2, "outside the usual range"),
            ((calm, high), 2, 3, "2 of 3 in the usual range"),
            ((calm, high), 3, 3, "partly in the usual range"),
            ((low, high), 0, 3, "outside the usual range"),
            // The lower number alone.
            ((level(120.0, 90.0), level(125.0, 95.0)), 2, 2, "outside the usual range"),
        ] {
            assert_eq!(in_range(&target, ends, counted, of), words);
        }
    }
}
