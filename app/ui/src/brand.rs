use leptos::prelude::*;

/// Our mark: two people side by side, whose shoulders draw an M.
#[component]
pub fn BrandMark() -> impl IntoView {
    view! {
        <svg class="brand-mark" viewBox="0 0 32 32" aria-hidden="true">
            <rect width="32" height="32" rx="9" />
            <path d="M7.5 24v-3.75a4.25 4.25 0 0 1 8.5 0V24m0-3.75a4.25 4.25 0 0 1 8.5 0V24" />
            <circle cx="11.75" cy="10" r="2.6" />
            <circle cx="20.25" cy="10" r="2.6" />
        </svg>
    }
}

/// The mark and the name, as a link to the start page.
#[component]
pub fn Brand(#[prop(into, default = String::from("/"))] href: String) -> impl IntoView {
    view! {
        <a class="brand" href=href>
            <BrandMark />
            <span>"MedConnect"</span>
        </a>
    }
}
