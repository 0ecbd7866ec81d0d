//! What moves on a page.
//!
//! Pages are whole without any of this; an island only makes a part of one
//! livelier. Islands know nothing of services: what they need from the server
//! comes with the page or as an event.
//!
//! [`Charts`], [`Comboboxes`] and [`Dialogs`] wake what the server has drawn, wherever it is on the page:
//! one of each at the end of a page is enough.
mod chart;
mod combobox;
mod dialogs;
mod dom;
mod kept_time;
mod live_times;
mod toast;

pub use chart::Charts;
pub use combobox::Comboboxes;
pub use dialogs::Dialogs;
pub use kept_time::KeptTime;
pub use live_times::LiveTimes;
pub use toast::{Toast, ToastSample};
