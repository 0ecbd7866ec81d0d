use crate::{Icon, IconName, MaybeText};
use leptos::prelude::*;

/// Links to the pages of a list: the neighbours, the ends, and those around this one.
///
/// Nothing when there is only one page.
#[component]
pub fn Pagination<F>(
    page: i64,
    pages: i64,
    /// The address of a page.
    href: F,
    #[prop(into, optional)] label: MaybeText,
) -> impl IntoView
where
    F: Fn(i64) -> String,
{
    let numbers: Vec<_> = shown(page, pages)
        .into_iter()
        .map(|number| match number {
            Some(number) => number_link(number, number == page, href(number)),
            None => view! { <li class="pages-gap" aria-hidden="true">"…"</li> }.into_any(),
        })
        .collect();
    let previous = (page > 1).then(|| href(page - 1));
    let next = (page < pages).then(|| href(page + 1));
    let label = label.words().unwrap_or_else(|| "Pages".to_owned());
    (pages > 1).then(|| {
        view! {
            <nav class="pages" aria-label=label>
                <ol>{numbers}</ol>
                {previous.map(|href| view! {
                    <a class="pages-step" href=href rel="prev"><Icon name=IconName::ChevronLeft />"Previous"</a>
                })}
                {next.map(|href| view! {
                    <a class="pages-step" href=href rel="next">"Next"<Icon name=IconName::ChevronRight /></a>
                })}
            </nav>
        }
    })
}

fn number_link(number: i64, current: bool, href: String) -> AnyView {
    view! {
        <li>
            <a href=href aria-current=current.then_some("page")>
                <span class="visually-hidden">"Page "</span>
                {number.to_string()}
            </a>
        </li>
    }
    .into_any()
}

/// Which numbers to show; `None` is a gap.
fn shown(page: i64, pages: i64) -> Vec<Option<i64>> {
    let mut numbers: Vec<Option<i64>> = Vec::new();
    let around = (page - 1).max(2)..=(page + 1).min(pages - 1);
    for number in std::iter::once(1).chain(around).chain(Some(pages).filter(|last| *last > 1)) {
        match numbers.last().copied().flatten() {
            // A gap of one page is that page.
            Some(last) if number - last == 2 => numbers.push(Some(last + 1)),
            Some(last) if number - last > 2 => numbers.push(None),
            _ => {}
        }
        numbers.push(Some(number));
    }
    numbers
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn far_pages_hide_behind_gaps_of_two_or_more() {
        let of = |page, pages| {
            let words = |n: Option<i64>| n.map_or("…".to_owned(), |n| n.to_string());
            shown(page, pages).into_iter().map(words).collect::<Vec<_>>().join(" ")
        };
        assert_eq!(of(1, 3), "1 2 3");
        assert_eq!(of(1, 20), "1 2 … 20");
        assert_eq!(of(4, 20), "1 2 3 4 5 … 20");
        assert_eq!(of(10, 20), "1 … 9 10 11 … 20");
    }
}
