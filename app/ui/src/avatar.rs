use crate::{MaybeText, Size};
use leptos::prelude::*;

/// A portrait, or the initials of `name`. Silent: the name is read beside it.
#[component]
pub fn Avatar(
    #[prop(into)] name: MaybeText,
    #[prop(into, optional)] src: MaybeText,
    #[prop(optional)] size: Size,
) -> impl IntoView {
    let class = format!("avatar avatar-{}", size.as_str());
    match src.words() {
        Some(src) => {
            let side = match size {
                Size::Small => "36",
                Size::Medium => "64",
                Size::Large => "112",
            };
            view! { <img class=class src=src alt="" width=side height=side loading="lazy" decoding="async" /> }
                .into_any()
        }
        None => view! { <span class=class aria-hidden="true">{name.words().map(|name| initials(&name))}</span> }.into_any(),
    }
}

/// The first letters of the first and the last name, without titles such as "Dr."
fn initials(name: &str) -> String {
    let mut names = name.split_whitespace().filter(|word| !word.ends_with('.'));
    let first = names.next().and_then(|word| word.chars().next());
    let last = names.next_back().and_then(|word| word.chars().next());
    first.into_iter().chain(last).flat_map(char::to_uppercase).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn initials_leave_out_titles() {
        assert_eq!(initials("Dr. Asha van der Rao"), "AR");
        assert_eq!(initials("Łukasz"), "Ł");
        assert_eq!(initials(""), "");
    }
}
