//! What charts and figures say, in words and in a table.
use super::{chart::Plot, kind_page::mark};
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
pub fn figures_table(course: &KindCourse, plot: &Plot) -> AnyView {
    let title = match course.series {
        Series::Days(_) => "The same as a table, day by day",
        Series::Hours(_) => "The same as a table, hour by hour",
    };
    let table = daily_table(course, plot);
    view! { <Fold title>{table}</Fold> }.into_any()
}

/// All that the chart shows as a table, the newest first.
pub fn daily_table(course: &KindCourse, plot: &Plot) -> AnyView {
    let when = match course.series {
        Series::Days(_) => "Day",
        Series::Hours(_) => "From",
    };
    let value = if plot.is_total { "In all" } else { "Average" };
    let names = match plot.is_total {
        true => vec![when, value, "Readings"],
        false => vec![when, value, "Lowest", "Highest", "Readings"],
    };
    let columns = names.iter().map(|name| Column::new(*name)).collect();
    let number = |level: Level| level.number(plot.scale);
    let rows: Vec<_> = plot
        .spots
        .iter()
        .rev()
        .map(|spot| {
            let ends = (!plot.is_total).then(|| {
                let (lowest, highest) = (number(spot.lowest), number(spot.highest));
                view! { <Cell label="Lowest">{lowest}</Cell><Cell label="Highest">{highest}</Cell> }
            });
            let (name, level, readings) =
                (spot.name.clone(), spot.level.shown(plot.scale), spot.readings.to_string());
            view! {
                <tr>
                    <RowHead>{name}</RowHead>
                    <Cell label=value><span class="tabular">{level}</span></Cell>
                    {ends}
                    <Cell label="Readings">{readings}</Cell>
                </tr>
            }
        })
        .collect();
    let caption = format!("{}, {}", course.summary.kind.label(), course.summary.span.words());
    view! { <Table caption hidden_caption=true columns>{rows}</Table> }.into_any()
}
