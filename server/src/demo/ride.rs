//! A ride on a bicycle that somebody has really recorded: where it is from, says `ride/SOURCE.md`.

/// Their heart, in beats a minute, each second; a line is a minute.
const BEATS: &str = include_str!("ride/heart_rate.txt");

/// How fast it was when each minute began.
pub fn beats_each_minute() -> impl Iterator<Item = i64> {
    BEATS.lines().filter_map(|minute| minute.split(' ').next()?.parse().ok())
}
