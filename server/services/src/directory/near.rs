//! Places that distances are measured from.
use super::{Choices, HospitalBrief, ProviderDetails};
use domain::directory::Position;
use serde::{Deserialize, Serialize};

/// A place that a patient has chosen: a hospital, or the middle of a city.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Near {
    pub name: String,
    pub position: Position,
}

impl Choices {
    /// The place that somebody means by its id, or by the name of a hospital or a city; `None` when we know none.
    pub fn near(&self, wanted: &str) -> Option<Near> {
        let wanted = wanted.trim().to_lowercase();
        let hospital = self
            .positions
            .iter()
            .find(|(id, name, ..)| name.to_lowercase() == wanted || id.to_string() == wanted);
        if let Some((_, name, _, position)) = hospital {
            return Some(Near { name: name.clone(), position: *position });
        }
        let there: Vec<_> =
            self.positions.iter().filter(|(_, _, city, _)| city.to_lowercase() == wanted).collect();
        let (_, _, city, _) = there.first()?;
        // A city is small enough to be flat.
        let count = f64::from(u32::try_from(there.len()).unwrap_or(u32::MAX));
        let mean = |part: fn(&Position) -> f64| {
            there.iter().map(|(_, _, _, position)| part(position)).sum::<f64>() / count
        };
        let position = Position {
            latitude: mean(|position| position.latitude),
            longitude: mean(|position| position.longitude),
        };
        Some(Near { name: city.clone(), position })
    }
}

impl ProviderDetails {
    /// Kilometres from `near` to the nearest place of the doctor; `None` without one on the map.
    pub fn distance_km(&self, near: &Near) -> Option<f64> {
        let positions = self.hospitals.iter().filter_map(HospitalBrief::position);
        positions.map(|position| near.position.distance_km(position)).min_by(f64::total_cmp)
    }
}
