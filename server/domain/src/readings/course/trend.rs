use crate::text_enum;

/// No trend is told of fewer days: the normal approximation of the test holds from ten on (Gilbert,
/// Statistical Methods for Environmental Pollution Monitoring, 1987, 16.4).
pub const DAYS_AT_LEAST: usize = 10;

text_enum! {
    /// Where values are going.
    pub enum Direction {
        Rising = "rising",
        Falling = "falling",
        /// Over the whole period they change by less than is shown.
        Steady = "steady",
    }
}

text_enum! {
    /// How sure a direction is.
    pub enum Certainty {
        /// Values without a trend look like this in less than one case of twenty.
        Clear = "clear",
        /// In less than one of ten.
        Likely = "likely",
    }
}

impl Certainty {
    /// As it is said beside a direction.
    #[must_use]
    pub const fn adverb(self) -> &'static str {
        match self {
            Self::Clear => "clearly",
            Self::Likely => "probably",
        }
    }
}

/// The standard normal deviations that both ends leave 5 % and 10 % beyond them.
const CLEAR: f64 = 1.959_964;
const LIKELY: f64 = 1.644_854;

/// A line through values: by the median of the slopes of all pairs (Theil, 1950; Sen, 1968), which a
/// wild value hardly moves, and by the test of Mann and Kendall, which asks for no distribution.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Course {
    pub direction: Direction,
    /// `None`: values without a trend often look like this.
    pub certainty: Option<Certainty>,
    /// By how much values change in a day, in the canonical unit.
    pub slope: f64,
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Trend {
    /// There are fewer days than [`DAYS_AT_LEAST`], or than figures of the kind take.
    TooFew(usize),
    Known(Course),
}

impl Trend {
    /// That of `values`, each on a day by its number and none on the same as another. A change over all
    /// of them that is no more than `visible` is none.
    #[must_use]
    pub fn of(values: &[(i32, f64)], visible: f64) -> Self {
        if values.len() < DAYS_AT_LEAST {
            return Self::TooFew(values.len());
        }
        let mut slopes = Vec::with_capacity(values.len() * (values.len() - 1) / 2);
        // As many pairs rise more than fall.
        let mut score = 0_i32;
        for (number, (day, value)) in values.iter().enumerate() {
            for (other_day, other) in values.iter().skip(number + 1) {
                let slope = (other - value) / f64::from(other_day - day);
                score += if slope > 0.0 { 1 } else { -i32::from(slope < 0.0) };
                slopes.push(slope);
            }
        }
        let slope = median(&mut slopes);
        let days = values.iter().map(|(day, _)| *day);
        let length = days.clone().max().unwrap_or_default() - days.min().unwrap_or_default();
        let certainty = certainty(f64::from(score), values);
        let direction = match slope {
            slope if (slope * f64::from(length)).abs() <= visible => Direction::Steady,
            slope if slope > 0.0 => Direction::Rising,
            _ => Direction::Falling,
        };
        // A change that is not seen is no certain one.
        let certainty = certainty.filter(|_| direction != Direction::Steady);
        Self::Known(Course { direction, certainty, slope })
    }

    /// The direction, if there is one to speak of.
    #[must_use]
    pub fn course(self) -> Option<Course> {
        match self {
            Self::Known(course) => Some(course),
            Self::TooFew(_) => None,
        }
    }
}

/// By the variance of the score without a trend, less where values are the same.
fn certainty(score: f64, values: &[(i32, f64)]) -> Option<Certainty> {
    let term = |count: f64| count * (count - 1.0) * (2.0 * count + 5.0);
    let mut sorted: Vec<f64> = values.iter().map(|(_, value)| *value).collect();
    sorted.sort_by(f64::total_cmp);
    let number = |count: usize| u32::try_from(count).map_or(0.0, f64::from);
    let ties: f64 =
        sorted.chunk_by(|one, other| one == other).map(|tie| term(number(tie.len()))).sum();
    let deviation = ((term(number(values.len())) - ties) / 18.0).sqrt();
    // One off, since the score is a whole number (correction for continuity).
    let score = (score.abs() - 1.0).max(0.0);
    match score / deviation {
        z if z >= CLEAR => Some(Certainty::Clear),
        z if z >= LIKELY => Some(Certainty::Likely),
        _ => None,
    }
}

fn median(values: &mut [f64]) -> f64 {
    values.sort_by(f64::total_cmp);
    let middle = values.len() / 2;
    let at = |index: usize| values.get(index).copied().unwrap_or_default();
    match values.len() % 2 {
        0 => f64::midpoint(at(middle.saturating_sub(1)), at(middle)),
        _ => at(middle),
    }
}
