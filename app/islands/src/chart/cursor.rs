//! Which point of a chart is looked at. Needs no browser.

/// Where to go from the point that is looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    Earlier,
    Later,
    FarEarlier,
    FarLater,
    First,
    Last,
}

/// The points of a chart from left to right, and the one that is looked at.
#[derive(Debug)]
pub struct Cursor {
    /// In ten-thousandths of the width. Reading numbers with a point would take as much as all of this.
    lefts: Vec<i32>,
    /// How far a far step goes.
    stride: i32,
    at: Option<usize>,
}

impl Cursor {
    pub fn new(lefts: Vec<i32>, stride: i32) -> Self {
        Self { lefts, stride, at: None }
    }

    pub fn at(&self) -> Option<usize> {
        self.at
    }

    pub fn give_up(&mut self) {
        self.at = None;
    }

    /// Goes one step. From nowhere it comes to the newest point, be it the one to the left that is asked for; none is
    /// beyond the first and the last.
    pub fn step(&mut self, step: Step) {
        let Some(last) = self.lefts.len().checked_sub(1) else { return };
        let at = match (step, self.at) {
            (Step::First, _) => 0,
            (Step::Last, _) | (_, None) => last,
            (Step::Earlier, Some(at)) => at.saturating_sub(1),
            (Step::Later, Some(at)) => at + 1,
            (Step::FarEarlier, Some(at)) => self.far_earlier(at),
            (Step::FarLater, Some(at)) => self.far_later(at),
        };
        self.at = Some(at.min(last));
    }

    /// Goes to the point that is nearest to a place.
    pub fn to(&mut self, left: i32) {
        let distance = |place: &usize| self.left(*place).abs_diff(left);
        self.at = (0..self.lefts.len()).min_by_key(distance);
    }

    /// The first point within a far step, or the one before where there is none.
    fn far_earlier(&self, at: usize) -> usize {
        let end = self.left(at) - self.stride - ROUNDED;
        let near = self.lefts.iter().position(|left| *left >= end).unwrap_or(0);
        near.min(at.saturating_sub(1))
    }

    fn far_later(&self, at: usize) -> usize {
        let end = self.left(at) + self.stride + ROUNDED;
        let near = self.lefts.iter().rposition(|left| *left <= end).unwrap_or(at);
        near.max(at + 1)
    }

    fn left(&self, place: usize) -> i32 {
        self.lefts.get(place).copied().unwrap_or_default()
    }
}

/// What places differ by that are rounded.
const ROUNDED: i32 = 5;

#[cfg(test)]
mod tests {
    use super::{Cursor, Step};

    /// Days 0 to 20 of thirty, without some.
    fn chart(without: &[u32]) -> Cursor {
        let place = |day: u32| i32::try_from((day * 2 + 1) * 10_000 / 60).unwrap();
        let lefts = (0..=20).filter(|day| !without.contains(day)).map(place).collect();
        Cursor::new(lefts, 2_333)
    }

    fn walk(cursor: &mut Cursor, steps: &[Step]) -> Vec<usize> {
        let walked = steps.iter().filter_map(|step| {
            cursor.step(*step);
            cursor.at()
        });
        walked.collect()
    }

    #[test]
    fn it_begins_at_the_newest_point_and_never_leaves_the_chart() {
        use Step::{Earlier, First, Last, Later};
        let mut cursor = chart(&[]);
        assert_eq!(cursor.at(), None);
        let steps = [Earlier, Earlier, Later, Later, First, Earlier, Later, Last];
        assert_eq!(walk(&mut cursor, &steps), [20, 19, 20, 20, 0, 0, 1, 20]);
        cursor.give_up();
        assert_eq!(walk(&mut cursor, &[Later]), [20]);
        assert!(walk(&mut Cursor::new(Vec::new(), 7), &[First, Last, Later]).is_empty());
    }

    #[test]
    fn a_far_step_is_a_week_and_over_a_gap_at_least_a_point() {
        use Step::{FarEarlier, FarLater, First};
        let mut cursor = chart(&[]);
        let steps =
            [FarEarlier, FarEarlier, FarEarlier, FarEarlier, FarEarlier, FarLater, FarLater];
        assert_eq!(walk(&mut cursor, &steps), [20, 13, 6, 0, 0, 7, 14]);
        let gap: Vec<_> = (1..=18).collect();
        let mut cursor = chart(&gap);
        assert_eq!(walk(&mut cursor, &[First, FarLater, FarLater, FarEarlier]), [0, 1, 2, 1]);
        assert_eq!(walk(&mut cursor, &[FarEarlier, FarEarlier]), [0, 0]);
    }

    #[test]
    fn a_pointer_comes_to_the_nearest_point() {
        let mut cursor = chart(&[1, 2, 3, 4]);
        for (left, at) in [(-500, 0), (100, 0), (990, 0), (1_010, 1), (1_833, 1), (10_000, 16)] {
            cursor.to(left);
            assert_eq!(cursor.at(), Some(at), "{left}");
        }
    }
}
