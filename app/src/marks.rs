//! `<!>`: the marks by which islands find their parts again. Most of a page is no island.
use memchr::memmem;

const MARK: &str = "<!>";
const ISLAND: &str = "<leptos-island";
const ISLAND_END: &str = "</leptos-island>";

/// Takes out the marks where there is no island. None of ours has another one in it.
pub fn without_marks(html: &str) -> String {
    let mut lean = String::with_capacity(html.len());
    let mut rest = html;
    while let Some(island) = memmem::find(rest.as_bytes(), ISLAND.as_bytes()) {
        let (before, from) = rest.split_at(island);
        push_without_marks(&mut lean, before);
        let end = memmem::find(from.as_bytes(), ISLAND_END.as_bytes())
            .map_or(from.len(), |end| end + ISLAND_END.len());
        let (island, after) = from.split_at(end);
        lean.push_str(island);
        rest = after;
    }
    push_without_marks(&mut lean, rest);
    lean
}

fn push_without_marks(lean: &mut String, html: &str) {
    let mut from = 0;
    for at in memmem::find_iter(html.as_bytes(), MARK) {
        lean.push_str(&html[from..at]);
        from = at + MARK.len();
    }
    lean.push_str(&html[from..]);
}

#[cfg(test)]
mod tests {
    use super::without_marks;

    #[test]
    fn marks_stay_inside_of_islands_and_nowhere_else() {
        for (page, lean) in [
            (
                "<p>a<!>b</p><leptos-island>c<!>d</leptos-island><!><leptos-island><!></leptos-island>é<!>",
                "<p>ab</p><leptos-island>c<!>d</leptos-island><leptos-island><!></leptos-island>é",
            ),
            ("<!><leptos-island>cut<!>off", "<leptos-island>cut<!>off"),
            ("<!doctype html><!--><!><!>", "<!doctype html><!-->"),
            ("", ""),
        ] {
            assert_eq!(without_marks(page), lean);
        }
    }
}
