//! The whole server, asked over HTTP.
mod api_booking;
mod api_directory;
mod api_identity;
mod pages;
mod processes;
mod safety;
mod support;
