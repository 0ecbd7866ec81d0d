//! What charts and figures say, in words and in a table.
use super::{
    kind_page::mark,
    spots::{Plot, Spot},
    time::Times,
};
use domain::readings::{Insight, Level};
use leptos::prelude::*;
use services::readings::{KindCourse, Series};
use ui::{Cell, Column, Fold, Icon, RowHead, Table};

pub fn insight_list(all: &[Insight]) -> AnyView {
    let lines: Vec<_> = all
        .iter()
        .map(|insight| {
            let (class, name) = mark(insight.mood);
            let text = insight.text.clone();
            view! { <li class=class><Icon name />{text}</li> }
        })
        .collect();
    view! { <ul class="plain-list" role="list">{lines}</ul> }.into_any()
}

/// All that the chart shows as a table, folded away.
pub fn figures_table(course: &KindCourse, plot: &Plot, times: Option<&Times>) -> AnyView {
    let title = match course.series {
        Series::Days(_) => "The same as a table, day by day",
        Series::Hours(_) => "The same as a table, hour by hour",
    };
    let table = daily_table(course, plot, times);
    view! { <Fold title>{table}</Fold> }.into_any()
}

/// All that the chart shows as a table, the newest first. Where there are `times`, each row leads to a nearer look.
pub fn daily_table(course: &KindCourse, plot: &Plot, times: Option<&Times>) -> AnyView {
    let when = match course.series {
        Series::Days(_) => "Day",
        Series::Hours(_) => "From",
    };
    let value = if plot.is_total { "In all" } else { "Average" };
    let mut names = match plot.is_total {
        true => vec![when, value, "Readings"],
        false => vec![when, value, "Lowest", "Highest", "Readings"],
    };
    if plot.spots.iter().any(|spot| spot.range.is_some()) {
        names.push("Range");
    }
    let columns = names.iter().map(|name| Column::new(*name)).collect();
    let rows: Vec<_> = plot.spots.iter().rev().map(|spot| row(spot, plot, value, times)).collect();
    let caption = format!("{}, {}", course.summary.kind.label(), course.summary.span.words());
    view! { <Table caption hidden_caption=true columns>{rows}</Table> }.into_any()
}

fn row(spot: &Spot, plot: &Plot, value: &'static str, times: Option<&Times>) -> AnyView {
    let number = |level: Level| level.number(plot.scale);
    let ends = (!plot.is_total).then(|| {
        let (lowest, highest) = (number(spot.lowest), number(spot.highest));
        view! { <Cell label="Lowest">{lowest}</Cell><Cell label="Highest">{highest}</Cell> }
    });
    let (level, readings) = (spot.level.shown(plot.scale), spot.readings.to_string());
    let range = spot.range.as_deref().map(|range| {
        let range = sentence(range);
        view! { <Cell label="Range">{range}</Cell> }
    });
    let name = spot.name.clone();
    let name = match times.zip(spot.nearer) {
        Some((times, span)) => view! { <a href=times.address(span)>{name}</a> }.into_any(),
        None => name.into_any(),
    };
    view! {
        <tr>
            <RowHead>{name}</RowHead>
            <Cell label=value><span class="tabular">{level}</span></Cell>
            {ends}
            <Cell label="Readings">{readings}</Cell>
            {range}
        </tr>
    }
    .into_any()
}

/// `words` with a capital.
fn sentence(words: &str) -> String {
    let mut rest = words.chars();
    rest.next().map(|first| first.to_uppercase().chain(rest).collect()).unwrap_or_default()
}
