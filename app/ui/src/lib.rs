//! The design system: what every page is made of. It knows no clinic.
//!
//! All of it is plain HTML from the server, works without scripts, and is shown in every state at
//! `/dev/ui` ([`Gallery`]). Props are plain values; text props take `&str`, `String`, and where they
//! may be missing an `Option` of either ([`MaybeText`]). `attr:name=…` adds what a prop does not.
//!
//! - **Press**: [`Button`] (one [`ButtonKind::Primary`] a page), [`LinkButton`], [`TextLink`], [`Menu`]
//! - **Fill in**: [`TextField`], [`TextArea`], [`SelectField`], [`Combobox`], [`DateField`],
//!   [`PasswordField`], [`SearchField`], [`CheckboxField`], [`CheckboxGroup`], [`ChoiceGroup`], [`FileField`], [`Fieldset`].
//!   The id of a field is [`id_of`] its name, which is where an [`ErrorLink`] of the [`ErrorSummary`] leads
//! - **Tell**: [`Notice`], [`FormMessage`], [`FieldError`], [`Badge`], [`Tag`], [`Toast`], [`EmptyState`], [`Skeleton`]
//! - **Show**: [`Card`], [`Section`], [`DescriptionList`], [`Table`], [`Stat`], [`Agenda`], [`Timeline`],
//!   [`Avatar`], [`Icon`], [`Dialog`]
//! - **Choose a time**: [`WeekStrip`], [`TimeList`] (links), [`TimeChoice`] (radio buttons)
//! - **Go**: [`SkipLink`], [`SiteHeader`], [`SideNav`], [`BottomNav`], [`Tabs`], [`Breadcrumbs`], [`BackLink`],
//!   [`Pagination`], [`ProgressSteps`], [`FilterPanel`], [`PageHeader`], [`SiteFooter`]
//!
//! Layout is by class: `page` (the measure of a page), `narrow` (of a form), `prose`, `stack`,
//! `stack-small`, `stack-large` (one below the other), `cluster` (side by side, wrapping), `media` (a picture and words),
//! `grid` (equal
//! columns as they fit), `field-row` (fields side by side), `with-aside` (content and a column beside it),
//! `portal` (rail and content), `plain-list`. Words: `h1`–`h4`, `lede`, `muted`, `small`, `tabular`
//! (figures in columns), `typed` (what a person typed), `visually-hidden`; `print-only` and `screen-only`.
//! Colours, spaces and sizes are tokens in `style/tokens.css`; Tailwind's utilities work with the prefix `tw:`.
mod agenda;
mod avatar;
mod badge;
mod brand;
mod button;
mod card;
mod checkbox_field;
mod choice;
mod choice_group;
mod combobox;
mod date_field;
mod description_list;
mod dialog;
mod empty_state;
mod error_summary;
mod field;
mod fieldset;
mod file_field;
mod filter_panel;
mod fold;
mod gallery;
mod icon;
mod icon_paths;
mod nav;
mod notice;
mod page_header;
mod pagination;
mod password_field;
mod search_field;
mod select_field;
mod site;
mod stat;
mod table;
mod text;
mod text_area;
mod text_field;
mod times;
mod tone;
mod waiting;
mod week;

pub use agenda::{Agenda, AgendaItem, Timeline, TimelineItem};
pub use avatar::Avatar;
pub use badge::{Badge, Tag};
pub use brand::{Brand, BrandMark};
pub use button::{Button, ButtonKind, LinkButton, Size, TextLink};
pub use card::{Card, Section};
pub use checkbox_field::CheckboxField;
pub use choice::Choice;
pub use choice_group::{CheckboxGroup, ChoiceGroup};
pub use combobox::Combobox;
pub use date_field::DateField;
pub use description_list::{DescriptionList, Detail};
pub use dialog::{Dialog, Menu};
pub use empty_state::EmptyState;
pub use error_summary::{ErrorLink, ErrorSummary};
pub use field::FieldError;
pub use fieldset::Fieldset;
pub use file_field::FileField;
pub use filter_panel::FilterPanel;
pub use fold::Fold;
pub use gallery::Gallery;
pub use icon::{Icon, IconName};
pub use nav::{BackLink, BottomNav, Breadcrumbs, NavItem, SideNav, Tabs};
pub use notice::{FormMessage, Notice, Toast, ToastRegion};
pub use page_header::PageHeader;
pub use pagination::Pagination;
pub use password_field::PasswordField;
pub use search_field::SearchField;
pub use select_field::SelectField;
pub use site::{SiteFooter, SiteHeader, SkipLink};
pub use stat::Stat;
pub use table::{Cell, Column, RowHead, Table};
pub use text::{MaybeText, id_of};
pub use text_area::TextArea;
pub use text_field::TextField;
pub use times::{TimeChoice, TimeList, TimeOption};
pub use tone::Tone;
pub use waiting::{ProgressSteps, Skeleton};
pub use week::{WeekDay, WeekStrip};
