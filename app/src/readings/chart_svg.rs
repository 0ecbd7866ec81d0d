//! The chart as SVG: shapes stretch with the screen, words and lines keep their size. Without scripts it tells each value
//! to a pointer; to others the table below it does.
use super::chart::{Axis, Drawing, Plot, described};
use domain::readings::Summary;
use leptos::prelude::*;

/// The chart of a page, with its axis and dates.
pub fn chart(plot: &Plot, summary: &Summary) -> AnyView {
    let drawing = Drawing::of(plot);
    let label = described(summary, plot);
    let (scale, marks, hits) = (scale(&drawing.axis, plot), marks(plot), hits(plot));
    view! {
        <div class="chart">
            {scale}
            <svg class="chart-plot" role="img" aria-label=label>
                {shapes(&drawing)}
                {hits}
            </svg>
            {marks}
        </div>
    }
    .into_any()
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

/// A strip over each place that says what is there.
fn hits(plot: &Plot) -> Vec<AnyView> {
    let width = 100.0 / f64::from(u32::try_from(plot.places.max(1)).unwrap_or(1));
    let hit = |spot: &super::chart::Spot| {
        let left = format!("{:.2}%", plot.left(spot.place) - width / 2.0);
        let words = format!("{}: {}", spot.name, spot.level.shown(plot.scale));
        view! {
            <rect class="chart-hit" x=left width=format!("{width:.2}%") y="0" height="100%"><title>{words}</title></rect>
        }
        .into_any()
    };
    plot.spots.iter().map(hit).collect()
}
