//! Where the points of a chart are: from what readings come to, to hundredths of its width and height.
use domain::{
    readings::{Bucket, Level, Scale, Span, Summary},
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
    pub bands: Vec<(Option<f64>, Option<f64>)>,
    pub scale: &'static Scale,
}

impl Plot {
    pub fn of(course: &KindCourse) -> Self {
        let (kind, span) = (course.summary.kind, course.summary.span);
        let is_total = kind.is_total();
        let (spots, places, marks) = match &course.series {
            Series::Days(days) => of_days(days, span, is_total),
            Series::Hours(hours) => of_hours(hours, span.last, &course.zone, is_total),
        };
        let bands = course.summary.target.map_or_else(Vec::new, |target| {
            // What is judged by the day is not drawn beside hours.
            let is_seen = target.is_of_readings() || matches!(course.series, Series::Days(_));
            let bands = [Some(target.band), target.lower].into_iter().flatten();
            bands.filter(|_| is_seen).map(|band| (band.low, band.high)).collect()
        });
        let reach = usize::try_from(kind.cadence().as_hours() / 24).unwrap_or(1).clamp(1, 14) * 2;
        Self { spots, places, marks, is_total, reach, bands, scale: course.scale }
    }
}

type Placed = (Vec<Spot>, usize, Vec<(usize, String)>);

fn spot<T>(bucket: &Bucket<T>, place: usize, name: String, is_total: bool) -> Option<Spot> {
    let figures = bucket.figures;
    let level = figures.level(is_total)?;
    let of = |value, lower: Option<f64>| Level { value, lower };
    let (lowest, highest) = match is_total {
        true => (level, level),
        false => (
            of(figures.lowest, figures.lower.map(|lower| lower.lowest)),
            of(figures.highest, figures.lower.map(|lower| lower.highest)),
        ),
    };
    Some(Spot { place, name, level, lowest, highest, readings: figures.count })
}

fn of_days(days: &[Bucket<Date>], span: Span, is_total: bool) -> Placed {
    let first = span.first();
    let spots = days.iter().filter_map(|day| {
        let place = usize::try_from(first.until(day.at).ok()?.get_days()).ok()?;
        spot(day, place, short_day(day.at), is_total)
    });
    let places = usize::from(span.period.days());
    let name = |place: usize| {
        let day = first.saturating_add(i64::try_from(place).unwrap_or_default().days());
        day.strftime("%-d %b").to_string()
    };
    let marks = [0, places / 2, places - 1].map(|place| (place, name(place)));
    (spots.collect(), places, marks.to_vec())
}

fn of_hours(hours: &[Bucket<Timestamp>], day: Date, zone: &TimeZone, is_total: bool) -> Placed {
    let start_of = |day: Date| day.to_zoned(zone.clone()).map(|start| start.timestamp());
    let Ok(start) = start_of(day) else { return (Vec::new(), 24, Vec::new()) };
    let end = day.tomorrow().and_then(start_of).unwrap_or(start + SignedDuration::from_hours(24));
    let place_of = |at: Timestamp| usize::try_from(at.duration_since(start).as_hours()).ok();
    let name = |at: Timestamp| clock(&at.to_zoned(zone.clone()));
    let spots =
        hours.iter().filter_map(|hour| spot(hour, place_of(hour.at)?, name(hour.at), is_total));
    let places = place_of(end).unwrap_or(24).max(1);
    let marks = [0, 6, 12, 18].map(|hour: i32| {
        (
            usize::try_from(hour).unwrap_or_default(),
            name(start + SignedDuration::from_hours(1) * hour),
        )
    });
    (spots.collect(), places, marks.to_vec())
}

/// From which value to which a chart goes, and which of them have a line.
#[derive(Debug, Clone, PartialEq)]
pub struct Axis {
    pub low: f64,
    pub high: f64,
    pub ticks: Vec<f64>,
}

impl Axis {
    /// So that all of `values` are on it, at round numbers; from 0 on if it `begins_at_zero`.
    pub fn around(values: impl IntoIterator<Item = f64>, begins_at_zero: bool) -> Self {
        let (low, high) = values
            .into_iter()
            .filter(|value| value.is_finite())
            .fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), value| {
                (low.min(value), high.max(value))
            });
        let (low, high) = if low > high { (0.0, 1.0) } else { (low, high) };
        let low = if begins_at_zero { 0.0 } else { low };
        let room = ((high - low) * 0.08).max(high.abs() * 0.01).max(0.1);
        let (low, high) = (if begins_at_zero { 0.0 } else { low - room }, high + room);
        let step = step((high - low) / 4.0);
        let ticks = (0..=20)
            .map(|number| ((low / step).ceil() + f64::from(number)) * step)
            .take_while(|tick| *tick <= high)
            .collect();
        Self { low, high, ticks }
    }

    /// How far from the top `value` is, in hundredths of the height.
    pub fn top(&self, value: f64) -> f64 {
        let share = (self.high - value) / (self.high - self.low);
        (share.clamp(0.0, 1.0) * 10_000.0).round() / 100.0
    }
}

/// A round number that is near: 1, 2 or 5 with zeros.
fn step(rough: f64) -> f64 {
    let unit = 10_f64.powf(rough.log10().floor());
    match rough / unit {
        part if part < 1.5 => unit,
        part if part < 3.5 => 2.0 * unit,
        part if part < 7.5 => 5.0 * unit,
        _ => 10.0 * unit,
    }
}

/// A plot on its axis, in hundredths of its width and height.
#[derive(Debug, Clone)]
pub struct Drawing {
    pub axis: Axis,
    /// The target ranges: from the top, and how high.
    pub bands: Vec<(f64, f64)>,
    /// Paths of SVG.
    pub spreads: String,
    pub lines: String,
    pub dots: String,
    pub bars: String,
}

impl Drawing {
    pub fn of(plot: &Plot) -> Self {
        let shown = |value: f64| plot.scale.of_canonical(value);
        let both = |level: Level| [Some(level.value), level.lower].into_iter().flatten();
        let values = plot.spots.iter().flat_map(|spot| both(spot.lowest).chain(both(spot.highest)));
        let ends = plot.bands.iter().flat_map(|(low, high)| [*low, *high]).flatten();
        let axis = Axis::around(values.chain(ends).map(shown), plot.is_total);
        let top = |value: f64| axis.top(shown(value));
        let bands = plot.bands.iter().map(|(low, high)| {
            let from = high.map_or(0.0, top);
            (from, low.map_or(100.0, top) - from)
        });
        let bands = bands.collect();
        let mut drawing = Self {
            bands,
            spreads: String::new(),
            lines: String::new(),
            dots: String::new(),
            bars: String::new(),
            axis: axis.clone(),
        };
        if plot.is_total {
            drawing.bars =
                plot.spots.iter().map(|spot| bar(plot, spot, top(spot.level.value))).collect();
            return drawing;
        }
        let upper = |level: Level| Some(level.value);
        let lower = |level: Level| level.lower;
        for number in [upper as fn(Level) -> Option<f64>, lower] {
            drawing.lines.push_str(&line(plot, number, top));
            for spot in &plot.spots {
                let left = plot.left(spot.place);
                if let Some(value) = number(spot.level) {
                    drawing.dots.push_str(&format!("M{left} {}h0", top(value)));
                }
                if let Some((low, high)) =
                    number(spot.lowest).zip(number(spot.highest)).filter(|(low, high)| low < high)
                {
                    drawing.spreads.push_str(&format!("M{left} {}V{}", top(high), top(low)));
                }
            }
        }
        drawing
    }
}

impl Plot {
    /// The middle of a place, in hundredths of the width.
    pub fn left(&self, place: usize) -> f64 {
        let share = (number(place) + 0.5) / number(self.places.max(1));
        (share * 10_000.0).round() / 100.0
    }
}

fn number(count: usize) -> f64 {
    u32::try_from(count).map_or(0.0, f64::from)
}

fn line(plot: &Plot, number: fn(Level) -> Option<f64>, top: impl Fn(f64) -> f64) -> String {
    let mut path = String::new();
    let mut last: Option<usize> = None;
    for spot in &plot.spots {
        let Some(value) = number(spot.level) else { continue };
        let is_near = last.is_some_and(|last| spot.place.saturating_sub(last) <= plot.reach);
        let to = if is_near { 'L' } else { 'M' };
        path.push_str(&format!("{to}{} {}", plot.left(spot.place), top(value)));
        last = Some(spot.place);
    }
    path
}

fn bar(plot: &Plot, spot: &Spot, top: f64) -> String {
    let width = 64.0 / number(plot.places.max(1));
    let from = ((plot.left(spot.place) - width / 2.0) * 100.0).round() / 100.0;
    let to = ((plot.left(spot.place) + width / 2.0) * 100.0).round() / 100.0;
    format!("M{from} 100V{top}H{to}V100Z")
}

/// What a chart shows, in a sentence for those who do not see it.
pub fn described(summary: &Summary, plot: &Plot) -> String {
    let kind = summary.kind.label();
    let span = summary.span.words();
    let extent = summary
        .extremes
        .map(|ends| format!(", from {} {}", extent(ends, plot.scale), plot.scale.words));
    format!(
        "{kind}, {span}: {} with readings{}.",
        summary.coverage.words(),
        extent.unwrap_or_default()
    )
}

/// `129 to 149`; of a pair `129 to 149 over 82 to 92`, as its lowest numbers need not have been measured together.
pub fn extent((lowest, highest): (Level, Level), scale: &Scale) -> String {
    let ends = |low, high| format!("{} to {}", scale.shown(low), scale.shown(high));
    let upper = ends(lowest.value, highest.value);
    match lowest.lower.zip(highest.lower) {
        Some((low, high)) => format!("{upper} over {}", ends(low, high)),
        None => upper,
    }
}

#[cfg(test)]
mod tests {
    use super::{Axis, Drawing, Plot, Spot};
    use domain::readings::{Level, MetricKind};

    fn spot(place: usize, value: f64, lower: Option<f64>) -> Spot {
        let level = Level { value, lower };
        Spot { place, name: String::new(), level, lowest: level, highest: level, readings: 1 }
    }

    fn plot(kind: MetricKind, spots: Vec<Spot>) -> Plot {
        let scale = kind.canonical();
        let is_total = kind.is_total();
        Plot { spots, places: 10, marks: Vec::new(), is_total, reach: 2, bands: Vec::new(), scale }
    }

    #[test]
    fn everything_is_on_the_axis_and_its_lines_are_at_round_numbers() {
        for values in [
            vec![],
            vec![0.0],
            vec![70.0],
            vec![36.6, 36.7],
            vec![60.0, 300.0],
            vec![0.0, 350_000.0],
        ] {
            for begins_at_zero in [false, true] {
                let axis = Axis::around(values.clone(), begins_at_zero);
                assert!(axis.low < axis.high, "{values:?}");
                assert!((2..=9).contains(&axis.ticks.len()), "{values:?} {axis:?}");
                for value in values.iter().chain(&axis.ticks) {
                    assert!((axis.low..=axis.high).contains(value), "{values:?} {axis:?}");
                    assert!((0.0..=100.0).contains(&axis.top(*value)));
                }
            }
        }
        assert_eq!(Axis::around([60.0, 140.0], false).ticks, [60.0, 80.0, 100.0, 120.0, 140.0]);
    }

    #[test]
    fn a_line_has_a_gap_where_nothing_was_measured_for_long() {
        let spots = vec![spot(0, 70.0, None), spot(2, 71.0, None), spot(5, 72.0, None)];
        let drawing = Drawing::of(&plot(MetricKind::HeartRate, spots));
        assert_eq!(drawing.lines.matches('M').count(), 2, "{}", drawing.lines);
        assert_eq!(drawing.lines.matches('L').count(), 1);
        assert!(drawing.lines.starts_with("M5 "), "{}", drawing.lines);
        assert_eq!(drawing.dots.matches("h0").count(), 3);
        assert!(drawing.bars.is_empty());
    }

    #[test]
    fn a_pressure_has_two_lines_and_steps_have_bars() {
        let pressure = plot(
            MetricKind::BloodPressure,
            vec![spot(0, 120.0, Some(80.0)), spot(1, 121.0, Some(81.0))],
        );
        assert_eq!(Drawing::of(&pressure).lines.matches('M').count(), 2);
        let steps = plot(MetricKind::Steps, vec![spot(0, 4_000.0, None), spot(9, 8_000.0, None)]);
        let drawing = Drawing::of(&steps);
        assert_eq!((drawing.bars.matches('Z').count(), drawing.axis.low), (2, 0.0));
        assert!(drawing.lines.is_empty());
    }
}
