//! Many people choose, book, wait, pay, move and cancel at random; a simple model says what must become
//! of it.
mod crowd;
mod expected;
mod turns;
mod world;

use expected::Model;
use turns::Turn;
use world::World;

/// A small generator of numbers, so that a run can be told again by its seed.
struct Chance(u64);

impl Chance {
    fn below(&mut self, end: usize) -> usize {
        // Steele, Lea, Flood 2014: SplitMix64.
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        usize::try_from((mixed ^ (mixed >> 31)) % u64::try_from(end).unwrap()).unwrap()
    }

    fn tosses(&mut self) -> bool {
        self.below(2) == 0
    }
}

/// What has been done so far. Told when the test fails.
struct Story {
    seed: u64,
    turns: Vec<Turn>,
}

impl Drop for Story {
    fn drop(&mut self) {
        if std::thread::panicking() {
            let Self { seed, turns } = self;
            eprintln!("seed {seed}, and the last of {} turns went wrong:", turns.len());
            for turn in turns {
                eprintln!("    {turn:?}");
            }
        }
    }
}

async fn play(seed: u64, turns: usize) {
    let (world, mut model, mut chance) = (World::new().await, Model::default(), Chance(seed));
    let mut story = Story { seed, turns: Vec::new() };
    for _ in 0..turns {
        let Some(turn) = turns::pick(&model, &mut chance) else { continue };
        story.turns.push(turn);
        turns::play(turn, &world, &mut model).await;
        world.compare(&model).await;
    }
    world.db.check_rules().await;
    world.finish().await;
    world.db.check_rules_at_rest().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn whatever_people_do_the_clinic_does_what_the_model_says() {
    for seed in 1..=3 {
        play(seed, 90).await;
    }
}
