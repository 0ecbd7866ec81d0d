//! What moves on a page.
//!
//! Pages are whole without any of this; an island only makes a part of one
//! livelier. Islands know nothing of services: what they need from the server
//! comes with the page or as an event.
mod live_times;

pub use live_times::LiveTimes;
