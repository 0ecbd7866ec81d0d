use crate::MaybeText;
use leptos::prelude::*;

/// A column of a table.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Column {
    pub label: String,
    /// Figures: set to the end of the line.
    pub numeric: bool,
    /// Where to sort by it, and how it is sorted now: "ascending", "descending".
    pub sort: Option<(String, Option<&'static str>)>,
}

impl Column {
    pub fn new(label: impl Into<String>) -> Self {
        Self { label: label.into(), ..Self::default() }
    }

    pub fn numeric(self) -> Self {
        Self { numeric: true, ..self }
    }

    /// The same with a link that sorts by it.
    pub fn sorted(self, href: impl Into<String>, now: Option<&'static str>) -> Self {
        Self { sort: Some((href.into(), now)), ..self }
    }
}

/// Rows and columns; under 40rem each row becomes a card of labelled lines.
///
/// Its children are `<tr>`s, which begin with a `RowHead` and go on with `Cell`s.
#[component]
pub fn Table(
    #[prop(into)] caption: String,
    /// The caption is read but not shown, when a heading says it already.
    #[prop(optional)]
    hidden_caption: bool,
    columns: Vec<Column>,
    children: Children,
) -> impl IntoView {
    let class = if hidden_caption { "visually-hidden" } else { "table-caption" };
    let columns = columns.into_iter().map(column).collect_view();
    view! {
        <div class="table-wrap" tabindex="0" role="region" aria-label=caption>
            <table class="table">
                <caption class=class>{caption.clone()}</caption>
                <thead>
                    <tr>{columns}</tr>
                </thead>
                <tbody>{children()}</tbody>
            </table>
        </div>
    }
}

fn column(column: Column) -> AnyView {
    let class = column.numeric.then_some("numeric");
    let (sort, label) = match column.sort {
        None => (None, column.label.into_any()),
        Some((href, now)) => {
            (now, view! { <a class="table-sort" href=href>{column.label}</a> }.into_any())
        }
    };
    view! { <th scope="col" class=class aria-sort=sort>{label}</th> }.into_any()
}

/// The cell that names its row.
#[component]
pub fn RowHead(children: Children) -> impl IntoView {
    view! { <th scope="row">{children()}</th> }
}

/// A cell; `label` repeats its column's heading for narrow screens.
#[component]
pub fn Cell(
    #[prop(into)] label: String,
    #[prop(optional)] numeric: bool,
    #[prop(into, optional)] title: MaybeText,
    children: Children,
) -> impl IntoView {
    view! {
        <td data-label=label class=numeric.then_some("numeric") title=title.words()>
            {children()}
        </td>
    }
}
