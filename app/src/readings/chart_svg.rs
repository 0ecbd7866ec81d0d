//! The chart as SVG: shapes stretch with the screen, words and lines keep their size. Without scripts it tells each value
//! to a pointer and leads nearer; the table below it does for everybody. `islands::Charts` brings it to life.
use super::{
    chart::{Axis, Drawing, described},
    spots::{Plot, Spot},
    time::Times,
};
use domain::readings::{Level, Period, Summary};
use leptos::prelude::*;

/// The chart of a page, with its axis and dates, and what it says of the point that is looked at: at first the newest one.
/// Where there are `times`, its points lead to a nearer look.
pub fn chart(plot: &Plot, summary: &Summary, times: Option<&Times>) -> AnyView {
    let drawing = Drawing::of(plot);
    let label = described(summary, plot);
    let (scale, marks) = (scale(&drawing.axis, plot), marks(plot));
    let hits = hits(plot, &drawing.axis, times);
    let stride = percent(plot.width() * f64::from(plot.stride));
    let keys = keys(summary, times.is_some());
    let dots = plot.spots.last().map_or(0, |spot| numbers(spot.level).count());
    let dots: Vec<_> = (0..dots)
        .map(|_| view! { <circle class="chart-here" r="6" visibility="hidden" /> })
        .collect();
    view! {
        <div class="chart" data-chart=keys data-stride=stride>
            {scale}
            <div class="chart-field">
                <svg class="chart-plot" role="img" aria-label=label>{shapes(&drawing)}</svg>
                <svg class="chart-hits" aria-hidden="true">
                    <line class="chart-cursor" y1="0" y2="100%" visibility="hidden" />
                    {dots}
                    {hits}
                </svg>
            </div>
            {marks}
            {readout(plot, times)}
        </div>
    }
    .into_any()
}

/// `51.67%`: `islands::Charts` reads it, and goes by the two decimals.
fn percent(part: f64) -> String {
    format!("{part:.2}%")
}

/// The numbers of a value: of a blood pressure both.
fn numbers(level: Level) -> impl Iterator<Item = f64> {
    [Some(level.value), level.lower].into_iter().flatten()
}

/// What the chart is called as something to use, once it is alive.
fn keys(summary: &Summary, is_open: bool) -> String {
    let kind = summary.kind.label();
    let (each, open) = match summary.span.period {
        Period::Day => ("hour", ""),
        Period::Quarter => ("day", " Enter opens the week around it."),
        Period::Week | Period::Month => ("day", " Enter opens it."),
    };
    let open = if is_open { open } else { "" };
    format!(
        "{kind}, {each} by {each}. The left and right arrow keys go from one to the next.{open}"
    )
}

/// What is said of the point that is looked at.
fn readout(plot: &Plot, times: Option<&Times>) -> Option<AnyView> {
    let newest = plot.spots.last()?;
    let words = newest.words(plot);
    let nearer = nearer(newest, times).map(|(href, period)| {
        let open = match period {
            Period::Week => "Look at this week",
            _ => "Look at this day",
        };
        view! { <a class="chart-open" href=href>{open}</a> }
    });
    Some(view! { <p class="chart-readout screen-only"><span>{words}</span>{nearer}</p> }.into_any())
}

/// Where a nearer look at a point is, and at how long a time.
fn nearer(spot: &Spot, times: Option<&Times>) -> Option<(String, Period)> {
    let (times, span) = times.zip(spot.nearer)?;
    Some((times.address(span), span.period))
}

/// The same without words, for a card that says them.
pub fn small_chart(plot: &Plot) -> AnyView {
    let drawing = Drawing::of(plot);
    view! { <svg class="chart-small" aria-hidden="true">{shapes(&drawing)}</svg> }.into_any()
}

fn shapes(drawing: &Drawing) -> AnyView {
    let bands: Vec<_> = drawing
        .bands
        .iter()
        .map(|(top, height)| {
            view! { <rect class="chart-band" x="0" width="100" y=top.to_string() height=height.to_string() /> }
        })
        .collect();
    let grid: String = drawing
        .axis
        .ticks
        .iter()
        .map(|tick| format!("M0 {}H100", drawing.axis.top(*tick)))
        .collect();
    let path = |class: &'static str, path: &str| {
        (!path.is_empty()).then(|| {
            let path = path.to_owned();
            view! { <path class=class d=path vector-effect="non-scaling-stroke" /> }
        })
    };
    view! {
        <svg viewBox="0 0 100 100" preserveAspectRatio="none" width="100%" height="100%">
            {bands}
            {path("chart-grid", &grid)}
            {path("chart-spread", &drawing.spreads)}
            {path("chart-bars", &drawing.bars)}
            {path("chart-line", &drawing.lines)}
            {path("chart-dots", &drawing.dots)}
        </svg>
    }
    .into_any()
}

/// The numbers at the side.
fn scale(axis: &Axis, plot: &Plot) -> AnyView {
    let decimals = if axis.high - axis.low < 4.0 { 1 } else { 0 };
    let decimals = decimals.min(plot.scale.decimals.max(1));
    let numbers: Vec<_> = axis
        .ticks
        .iter()
        .map(|tick| {
            let place = format!("{}%", axis.top(*tick));
            let number = format!("{tick:.decimals$}");
            view! { <text x="100%" y=place dx="-8" dy="0.32em" text-anchor="end">{number}</text> }
        })
        .collect();
    view! { <svg class="chart-scale" aria-hidden="true">{numbers}</svg> }.into_any()
}

/// The days or hours below.
fn marks(plot: &Plot) -> AnyView {
    let last = plot.places.saturating_sub(1);
    let marks: Vec<_> = plot
        .marks
        .iter()
        .map(|(place, words)| {
            let (left, anchor) = match *place {
                0 => ("0%".to_owned(), "start"),
                place if place == last => ("100%".to_owned(), "end"),
                place => (format!("{}%", plot.left(place)), "middle"),
            };
            let words = words.clone();
            view! { <text x=left y="1.1em" text-anchor=anchor>{words}</text> }
        })
        .collect();
    view! { <svg class="chart-marks" aria-hidden="true">{marks}</svg> }.into_any()
}

/// A strip over each place that says what is there, and where: from the left and the top, for who brings it to life.
fn hits(plot: &Plot, axis: &Axis, times: Option<&Times>) -> Vec<AnyView> {
    let width = plot.width();
    let hit = |spot: &Spot| {
        let left = plot.left(spot.place);
        let tops = numbers(spot.level).map(|value| axis.top(plot.scale.of_canonical(value)));
        let at: Vec<_> = [left].into_iter().chain(tops).map(percent).collect();
        let at = at.join(" ");
        let strip = view! {
            <rect class="chart-hit" x=percent(left - width / 2.0) width=percent(width) y="0" height="100%">
                <title>{spot.words(plot)}</title>
            </rect>
        };
        match nearer(spot, times) {
            // By keyboard the table leads there: ninety stops on the way to it would be too many.
            Some((href, _)) => {
                view! { <a href=href tabindex="-1" data-at=at>{strip}</a> }.into_any()
            }
            None => view! { <g data-at=at>{strip}</g> }.into_any(),
        }
    };
    plot.spots.iter().map(hit).collect()
}
