//! What the demo clinic is made of: tables of words, and nothing else.
pub mod bios;
pub mod centres;
pub mod cities;
pub mod complaints;
pub mod hospitals;
pub mod names;
