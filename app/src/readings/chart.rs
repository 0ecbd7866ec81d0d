//! Where the points of a chart are: from what readings come to, to hundredths of its width and height.
use super::spots::{Plot, Spot};
use domain::readings::{Level, Scale, Summary};

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

    /// That of a place, in hundredths of the width.
    pub fn width(&self) -> f64 {
        100.0 / number(self.places.max(1))
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
    use super::{
        super::spots::tests::{plot, spot},
        Axis, Drawing,
    };
    use domain::readings::MetricKind;

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
