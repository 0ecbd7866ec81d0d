use crate::{Icon, IconName, MaybeText};
use leptos::prelude::*;

/// How much a button asks to be pressed. One primary button a page.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum ButtonKind {
    #[default]
    Primary,
    Secondary,
    Quiet,
    Danger,
}

impl ButtonKind {
    const fn class(self) -> &'static str {
        match self {
            Self::Primary => "button button-primary",
            Self::Secondary => "button button-secondary",
            Self::Quiet => "button button-quiet",
            Self::Danger => "button button-danger",
        }
    }
}

/// A size of a button or an avatar.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Size {
    Small,
    #[default]
    Medium,
    Large,
}

impl Size {
    /// The end of the class name: `avatar-large`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Small => "small",
            Self::Medium => "medium",
            Self::Large => "large",
        }
    }
}

fn class(kind: ButtonKind, size: Size, wide: bool) -> String {
    let size = match size {
        Size::Medium => "",
        Size::Small => " button-small",
        Size::Large => " button-large",
    };
    let wide = if wide { " button-wide" } else { "" };
    format!("{}{size}{wide}", kind.class())
}

/// A button that sends its form; `submits=false` for one that a script listens to.
///
/// `pending` is what it says while the form is on its way: shown at once with
/// `busy`, and left in `data-pending` for the island that knows when to.
#[component]
pub fn Button(
    #[prop(optional)] kind: ButtonKind,
    #[prop(optional)] size: Size,
    #[prop(optional)] wide: bool,
    #[prop(default = true)] submits: bool,
    #[prop(into, optional)] id: MaybeText,
    #[prop(into, optional)] name: MaybeText,
    #[prop(into, optional)] value: MaybeText,
    #[prop(into, optional)] form: MaybeText,
    #[prop(into, optional)] label: MaybeText,
    #[prop(into, optional)] pending: MaybeText,
    #[prop(optional)] icon: Option<IconName>,
    #[prop(optional)] busy: bool,
    #[prop(optional)] disabled: bool,
    children: Children,
) -> impl IntoView {
    let pending = pending.words();
    let text = match pending.clone().filter(|_| busy) {
        Some(pending) => pending.into_any(),
        None => children().into_any(),
    };
    view! {
        <button
            class=class(kind, size, wide)
            type=if submits { "submit" } else { "button" }
            id=id.words()
            name=name.words()
            value=value.value()
            form=form.words()
            aria-label=label.words()
            data-pending=pending
            aria-busy=busy.then_some("true")
            aria-disabled=busy.then_some("true")
            disabled=disabled
        >
            {icon.map(|name| view! { <Icon name /> })}
            {text}
        </button>
    }
}

/// A link that looks like a button, for the next step of a page.
#[component]
pub fn LinkButton(
    #[prop(into)] href: String,
    #[prop(optional)] kind: ButtonKind,
    #[prop(optional)] size: Size,
    #[prop(optional)] wide: bool,
    #[prop(into, optional)] rel: MaybeText,
    #[prop(optional)] icon: Option<IconName>,
    children: Children,
) -> impl IntoView {
    view! {
        <a class=class(kind, size, wide) href=href rel=rel.words()>
            {icon.map(|name| view! { <Icon name /> })}
            {children()}
        </a>
    }
}

/// A link in running text. `external` adds an icon and says that it leads elsewhere.
#[component]
pub fn TextLink(
    #[prop(into)] href: String,
    #[prop(optional)] external: bool,
    children: Children,
) -> impl IntoView {
    view! {
        <a class="text-link" href=href rel=external.then_some("noreferrer")>
            {children()}
            {external.then(|| view! { <Icon name=IconName::External title="(another site)" /> })}
        </a>
    }
}
