//! In which order doctors are shown, and why: by what helps the reader, never by who pays.
use super::ProviderId;
use crate::text_enum;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use std::cmp::Reverse;

text_enum! {
    /// What stands first.
    pub enum Sort {
        /// By all reasons together.
        Best = "best",
        Soonest = "soonest",
        /// By the distance from a chosen place.
        Nearest = "nearest",
    }
}

impl Sort {
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::Best => "Best match",
            Self::Soonest => "Free soonest",
            Self::Nearest => "Nearest",
        }
    }
}

/// How far around a chosen place doctors are looked for.
pub const RADIUS_KM: f64 = 100.0;

/// A point on the earth in degrees (WGS 84).
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Position {
    pub latitude: f64,
    pub longitude: f64,
}

impl Position {
    /// Kilometres along a great circle of a sphere (haversine): wrong by half a percent at most.
    #[must_use]
    pub fn distance_km(self, other: Self) -> f64 {
        let half = |from: f64, to: f64| ((to - from).to_radians() / 2.0).sin().powi(2);
        let shrink = self.latitude.to_radians().cos() * other.latitude.to_radians().cos();
        let chord =
            half(self.latitude, other.latitude) + shrink * half(self.longitude, other.longitude);
        2.0 * 6371.0088 * chord.min(1.0).sqrt().asin()
    }
}

/// What patients thought of a doctor.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rating {
    pub count: u32,
    /// All stars together, 1 to 5 from each.
    pub stars: u32,
}

impl Rating {
    /// Fewer say nothing, and are not shown.
    pub const FEWEST: u32 = 5;

    /// The average in hundredths of a star, as if ten visits of four stars had come before: a few
    /// ratings move it little, many decide it.
    #[must_use]
    pub fn shrunken(self) -> u32 {
        let stars = u64::from(self.stars) + 40;
        let average = stars * 100 / (u64::from(self.count) + 10);
        u32::try_from(average).unwrap_or(500).min(500)
    }
}

/// What is known of a doctor that speaks for them.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Signals {
    pub provider: ProviderId,
    pub next_free: Option<Timestamp>,
    /// From the place that was chosen.
    pub distance_km: Option<f64>,
    /// Speaks the language of the reader.
    pub speaks: bool,
    pub rating: Option<Rating>,
}

impl Signals {
    /// How much speaks for the doctor: each reason adds, none takes away.
    #[must_use]
    pub fn points(&self, now: Timestamp) -> u32 {
        let soon = self.next_free.map_or(0, |free| match free.duration_since(now) {
            wait if wait <= SignedDuration::from_hours(24) => 3,
            wait if wait <= SignedDuration::from_hours(72) => 2,
            wait if wait <= SignedDuration::from_hours(24 * 7) => 1,
            _ => 0,
        });
        let near = self.distance_km.map_or(0, |distance| match distance {
            near if near <= 3.0 => 3,
            near if near <= 10.0 => 2,
            near if near <= 30.0 => 1,
            _ => 0,
        });
        let speaks = if self.speaks { 3 } else { 0 };
        let rated = self.rating.filter(|rating| rating.count >= Rating::FEWEST);
        let liked = rated.map_or(0, |rating| match rating.shrunken() {
            460.. => 2,
            430.. => 1,
            _ => 0,
        });
        soon + near + speaks + liked
    }
}

/// Brings the best match first; of equal ones who is free soonest.
pub fn rank(doctors: &mut [Signals], now: Timestamp) {
    doctors.sort_by_key(|doctor| {
        let soonest = doctor.next_free.unwrap_or(Timestamp::MAX);
        (Reverse(doctor.points(now)), soonest, doctor.provider)
    });
}

#[cfg(test)]
mod tests {
    use super::{Position, Rating, Signals, rank};
    use crate::Id;
    use jiff::{Timestamp, ToSpan};
    use proptest::prelude::*;

    fn now() -> Timestamp {
        "2026-03-02T06:00:00Z".parse().unwrap()
    }

    fn plain() -> Signals {
        let provider = Id::generate();
        Signals { provider, next_free: None, distance_km: None, speaks: false, rating: None }
    }

    fn signals() -> impl Strategy<Value = Signals> {
        let free = prop::option::of((0..20_000_i64).prop_map(|minutes| now() + minutes.minutes()));
        let rating = prop::option::of((1..200_u32).prop_flat_map(|count| {
            (count..=count * 5).prop_map(move |stars| Rating { count, stars })
        }));
        (free, prop::option::of(0.0..100.0), any::<bool>(), rating).prop_map(
            |(next_free, distance_km, speaks, rating)| Signals {
                next_free,
                distance_km,
                speaks,
                rating,
                ..plain()
            },
        )
    }

    #[test]
    fn distances_are_those_of_the_map() {
        let lisbon = Position { latitude: 38.7223, longitude: -9.1393 };
        let dublin = Position { latitude: 53.3498, longitude: -6.2603 };
        let distance = lisbon.distance_km(dublin);
        assert!((1_640.0..1_644.0).contains(&distance), "{distance}");
        let suva = |longitude| Position { latitude: -18.1, longitude };
        assert!(suva(179.9).distance_km(suva(-179.9)) < 22.0);
    }

    #[test]
    fn one_enthusiast_does_not_outweigh_sixty_content_patients() {
        let one = Rating { count: 1, stars: 5 };
        let sixty = Rating { count: 60, stars: 288 };
        assert!(one.shrunken() < sixty.shrunken());
        let rated = |rating| Signals { rating: Some(rating), ..plain() };
        let mut doctors = [rated(one), rated(sixty)];
        rank(&mut doctors, now());
        assert_eq!(doctors[0].rating, Some(sixty));
    }

    proptest! {
        #[test]
        fn the_order_is_whole_and_does_not_depend_on_where_one_stood(
            mut doctors in prop::collection::vec(signals(), 0..30), turn: prop::sample::Index,
        ) {
            let mut turned = doctors.clone();
            if !turned.is_empty() {
                let by = turn.index(turned.len());
                turned.rotate_left(by);
            }
            rank(&mut doctors, now());
            rank(&mut turned, now());
            prop_assert_eq!(&doctors, &turned);
            for pair in doctors.windows(2) {
                prop_assert!(pair[0].points(now()) >= pair[1].points(now()));
            }
        }

        #[test]
        fn one_reason_more_never_lowers(doctor in signals(), closer in 0.0..1.0, sooner in 0..1_000_i64) {
            let before = doctor.points(now());
            let more = [
                Signals { speaks: true, ..doctor },
                Signals { distance_km: Some(doctor.distance_km.unwrap_or(99.0) * closer), ..doctor },
                Signals { next_free: Some(doctor.next_free.unwrap_or(now() + 99.hours()) - sooner.minutes()), ..doctor },
                Signals { rating: doctor.rating.or(Some(Rating { count: 9, stars: 40 })), ..doctor },
            ];
            for better in more {
                prop_assert!(better.points(now()) >= before, "{better:?}");
            }
        }

        #[test]
        fn a_shrunken_average_lies_between_four_stars_and_the_average(count in 1..10_000_u32, more in 0.0..=4.0) {
            let stars = count + (f64::from(count) * more) as u32;
            let average = stars * 100 / count;
            let shrunken = Rating { count, stars }.shrunken();
            prop_assert!(shrunken + 1 >= average.min(400) && shrunken <= average.max(400) + 1);
        }

        #[test]
        fn a_way_there_is_as_long_as_the_way_back(
            (a, b, c, d) in (-90.0..=90.0, -180.0..=180.0, -90.0..=90.0, -180.0..=180.0),
        ) {
            let (one, other) = (Position { latitude: a, longitude: b }, Position { latitude: c, longitude: d });
            let distance = one.distance_km(other);
            prop_assert!((0.0..=20_016.0).contains(&distance));
            prop_assert!((distance - other.distance_km(one)).abs() < 1e-6);
            prop_assert!(one.distance_km(one) < 1e-6);
        }
    }
}
