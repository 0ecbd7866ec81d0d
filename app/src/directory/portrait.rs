//! Portraits of doctors, drawn by us: nobody's likeness, the same for each id.
use domain::directory::Gender;
use std::fmt::Write as _;

/// Skin, its shade and the lips on it, from light to dark.
const SKINS: [[&str; 3]; 8] = [
    ["#f7dcc9", "#e9c2a9", "#b9685c"],
    ["#f0c9ab", "#ddae8b", "#ad5c4f"],
    ["#e5b48e", "#cf9a73", "#9d5145"],
    ["#d39e74", "#ba845b", "#8c463b"],
    ["#b88057", "#9d6842", "#773a32"],
    ["#99663f", "#7f5130", "#63302a"],
    ["#7d5136", "#653f28", "#4c2420"],
    ["#633f2b", "#4e3020", "#391b18"],
];
/// From black to white.
const HAIRS: [&str; 8] =
    ["#262224", "#3c2c26", "#573f33", "#774f38", "#96583a", "#c49f68", "#a39e98", "#d8d4cd"];
/// Behind the head.
const WALLS: [&str; 6] = ["#d8e9e5", "#efe6d7", "#dfe7ee", "#e3eadb", "#f1e2d8", "#e6e3ec"];
/// Scrubs, shirts and cloth, each with the tone of its folds.
const CLOTHS: [[&str; 2]; 8] = [
    ["#2f7f7b", "#256865"],
    ["#3d6f96", "#315b7c"],
    ["#5f7f67", "#4d6954"],
    ["#8a5d73", "#744c60"],
    ["#c08a52", "#a47341"],
    ["#5b6584", "#4a526d"],
    ["#b9695a", "#9d5648"],
    ["#3f5a5c", "#324849"],
];

/// A stream of small numbers from the seed (SplitMix64).
struct Draw(u64);

impl Draw {
    fn below(&mut self, limit: u64) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        usize::try_from((z ^ (z >> 31)) % limit).unwrap_or_default()
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Head {
    Long,
    Wavy,
    Bob,
    Bun,
    Ponytail,
    Afro,
    Curls,
    Pixie,
    Parted,
    Cropped,
    Quiff,
    Receding,
    Bald,
    Headscarf,
    Turban,
}

use Head::*;

/// An SVG of 96 by 96, without text, for beside a name.
///
/// The twelve bits above the lowest 64 hold what belongs together in a face:
/// three of skin, three of hair, four that cover the head when all are 0. In an
/// id of version 7 they are chance, so that any doctor gets a face.
pub fn portrait(seed: u128, gender: Gender) -> String {
    let bits = |at: u32, count: u32| {
        usize::try_from((seed >> at) & ((1 << count) - 1)).unwrap_or_default()
    };
    let mut draw =
        Draw(u64::try_from((seed ^ (seed >> 64)) & u128::from(u64::MAX)).unwrap_or_default());
    let feminine = match gender {
        Gender::Female => true,
        Gender::Male => false,
        Gender::Other | Gender::Unknown => draw.below(2) == 0,
    };
    let tone = bits(64, 3);
    // Fair hair grows on fair heads; grey and white on all.
    let hair = match bits(67, 3) {
        fair @ 2..=5 if tone > 3 => fair % 2,
        other => other,
    };
    let head = head(&mut draw, feminine, tone > 4, hair, bits(70, 4) == 0);
    let [skin, shade, lips] = SKINS[tone];
    let hair = HAIRS[hair];
    let (cloth, scarf) = (CLOTHS[draw.below(8)], CLOTHS[draw.below(8)]);

    let mut svg = String::with_capacity(2500);
    // Writing into a string cannot fail.
    let _ = write!(
        svg,
        r#"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 96 96"><path fill="{}" d="M0 0h96v96H0z"/><g transform="matrix(1.14 0 0 1.14 -6.7 -5)">"#,
        WALLS[draw.below(6)]
    );
    svg.push_str(&behind(head, hair, scarf));
    clothes(&mut svg, &mut draw, skin, shade, cloth);
    face(&mut svg, head, skin, shade);
    features(&mut svg, &mut draw, hair, shade, lips, feminine);
    if !feminine {
        beard(&mut svg, &mut draw, hair, head);
    }
    svg.push_str(&front(head, hair, scarf));
    if draw.below(3) == 0 {
        glasses(&mut svg, &mut draw, tone > 4);
    }
    svg.push_str("</g></svg>");
    svg
}

fn head(draw: &mut Draw, feminine: bool, dark: bool, hair: usize, covered: bool) -> Head {
    const FEMININE: [Head; 11] =
        [Long, Wavy, Bob, Bun, Ponytail, Long, Curls, Pixie, Wavy, Bob, Bun];
    const MASCULINE: [Head; 10] =
        [Parted, Cropped, Quiff, Receding, Bald, Curls, Parted, Cropped, Quiff, Parted];
    let head = match (covered, feminine) {
        (true, true) => Headscarf,
        (true, false) => Turban,
        (false, true) => FEMININE[draw.below(11)],
        (false, false) => MASCULINE[draw.below(10)],
    };
    match head {
        // The tightest curls grow on dark heads.
        Curls if dark => Afro,
        // Nobody goes bald before the first grey hair.
        Receding if hair < 4 && draw.below(5) < 3 => Cropped,
        other => other,
    }
}

/// What is seen behind neck and shoulders.
fn behind(head: Head, hair: &str, [scarf, _]: [&str; 2]) -> String {
    let (fill, path) = match head {
        Long => (hair, "M26 44c-2-20 9-29 22-29s24 9 22 29c-1 12 1 22 4 30H22c3-8 5-18 4-30z"),
        Wavy => (
            hair,
            "M26 42c-1-18 9-27 22-27s23 9 22 27c0 7 5 9 4 16 0 5 3 8 0 12-8 5-44 5-52 0-3-4 0-7 0-12-1-7 4-9 4-16z",
        ),
        Bob => {
            (hair, "M26 44c-2-20 9-29 22-29s24 9 22 29c0 9-1 15-4 19-10 3-26 3-36 0-3-4-4-10-4-19z")
        }
        Ponytail => (hair, "M58 20c13-4 20 5 19 18 0 11 3 17-2 26-6-3-9-12-9-22z"),
        Bun => (hair, "M39 12a9 8 0 0 1 18 0c0 4-3 8-9 8s-9-4-9-8z"),
        Afro => {
            (hair, "M48 9c15 0 26 11 26 27 0 14-7 23-14 25H36c-7-2-14-11-14-25C22 20 33 9 48 9z")
        }
        Headscarf => (
            scarf,
            "M24 44c-1-22 11-32 24-32s25 10 24 32c0 10 3 17 6 24-6 10-54 10-60 0 3-7 6-14 6-24z",
        ),
        _ => return String::new(),
    };
    format!(r#"<path fill="{fill}" d="{path}"/>"#)
}

fn clothes(svg: &mut String, draw: &mut Draw, skin: &str, shade: &str, [cloth, fold]: [&str; 2]) {
    const BODY: &str = "M10 96c0-15 11-21 28-25h20c17 4 28 10 28 25z";
    let _ = write!(svg, r#"<path fill="{shade}" d="M40 54h16v18l-8 9-8-9z"/>"#);
    match draw.below(3) {
        // Scrubs: a V of skin, a pocket.
        0 => {
            let _ = write!(
                svg,
                r#"<path fill="{cloth}" d="{BODY}"/><path fill="{skin}" d="M39 70.5l9 13.5 9-13.5-1-4H40z"/><path fill="none" stroke="{fold}" stroke-width="2" d="M38 70.5l10 15 10-15M62 90h9"/>"#
            );
        }
        // A coat over a shirt with a collar.
        1 => {
            let _ = write!(
                svg,
                r##"<path fill="#fbfaf7" d="{BODY}"/><path fill="{cloth}" d="M38 71l10 25 10-25-2-2H40z"/><path fill="{fold}" d="M40 68l8 9-5 5-5-11zm16 0l-8 9 5 5 5-11z"/><path fill="#e6e6e0" d="M37 71l11 25h-5L31 77zm22 0L48 96h5l12-19z"/>"##
            );
        }
        // A coat over a round neck, with a stethoscope.
        _ => {
            let _ = write!(
                svg,
                r##"<path fill="#fbfaf7" d="{BODY}"/><path fill="{cloth}" d="M37 71.5L48 96l11-24.5-3-3c-4 6-12 6-16 0z"/><path fill="#e6e6e0" d="M37 71l11 25h-5L31 77zm22 0L48 96h5l12-19z"/><path fill="none" stroke="#3e4a50" stroke-width="2" stroke-linecap="round" d="M36 71c0 8 1 13 3 17m21-17c1 4 1 6 0 9"/><circle cx="60" cy="82" r="2.8" fill="#aab4b8" stroke="#3e4a50" stroke-width="1.5"/>"##
            );
        }
    }
}

fn face(svg: &mut String, head: Head, skin: &str, shade: &str) {
    if head == Headscarf {
        let _ = write!(
            svg,
            r#"<path fill="{skin}" d="M32.5 42c0-13 6-18 15.5-18s15.5 5 15.5 18c0 12-7 20-15.5 20s-15.5-8-15.5-20z"/>"#
        );
        return;
    }
    let _ = write!(
        svg,
        r#"<circle cx="31.5" cy="44" r="4.2" fill="{shade}"/><circle cx="64.5" cy="44" r="4.2" fill="{shade}"/><path fill="{skin}" d="M31 39c0-13 7-19 17-19s17 6 17 19c0 14-7 23-17 23s-17-9-17-23z"/>"#
    );
}

fn features(
    svg: &mut String,
    draw: &mut Draw,
    hair: &str,
    shade: &str,
    lips: &str,
    feminine: bool,
) {
    // White brows would vanish.
    let brow = if hair == HAIRS[7] { HAIRS[6] } else { hair };
    let brows = [
        "M37.5 38c2-1.8 5-2 7-.8m7 0c2-1.2 5-1 7 .8",
        "M37.5 37.6c2-1.2 4.5-1.2 7 0m7 0c2.5-1.2 5-1.2 7 0",
        "M37.5 38.4c1.5-2 4-2.8 7-1.6m7 0c3-1.2 5.5-.4 7 1.6",
    ][draw.below(3)];
    let width = if feminine { "1.4" } else { "2" };
    let nose = [
        "M48 44.5c-.6 2-1.6 3.4-1 4.3.5.6 1.6.5 2.2.2",
        "M48.5 44c1 2 2 3.8 1.2 4.7-.7.6-2.2.5-2.9 0",
        "M46 48.5c1 .9 3 .9 4 0",
    ][draw.below(3)];
    let mouth = match draw.below(3) {
        0 => format!(
            r##"<path fill="#fff" stroke="{lips}" stroke-width="1.2" stroke-linejoin="round" d="M42.5 53c3 1 8 1 11 0-1 3-3 4.2-5.5 4.2s-4.5-1.2-5.5-4.2z"/>"##
        ),
        1 => format!(
            r#"<path fill="none" stroke="{lips}" stroke-width="1.8" stroke-linecap="round" d="M42.5 53.5c3 3 8 3 11 0"/>"#
        ),
        _ => format!(
            r#"<path fill="none" stroke="{lips}" stroke-width="1.8" stroke-linecap="round" d="M43 54c3 2 7 2.2 10.5-.4"/>"#
        ),
    };
    let _ = write!(
        svg,
        r##"<path fill="none" stroke="{brow}" stroke-width="{width}" stroke-linecap="round" d="{brows}"/><g fill="#2a2422"><ellipse cx="41" cy="43" rx="1.7" ry="2.1"/><ellipse cx="55" cy="43" rx="1.7" ry="2.1"/></g><path stroke="#fff" stroke-width=".9" stroke-linecap="round" d="M41.6 42.2h.1M55.6 42.2h.1"/><path fill="none" stroke="{shade}" stroke-width="1.6" stroke-linecap="round" d="{nose}"/>{mouth}<g fill="{lips}" opacity=".16"><circle cx="38" cy="50" r="3"/><circle cx="58" cy="50" r="3"/></g>"##
    );
}

fn beard(svg: &mut String, draw: &mut Draw, hair: &str, head: Head) {
    let _ = match (head, draw.below(10)) {
        (Turban, _) | (_, 0 | 1) => write!(
            svg,
            r#"<path fill="{hair}" fill-rule="evenodd" d="M31 43c1 3 2 6 4 7 4 1 8-1.5 13-1.5S57 51 61 50c2-1 3-4 4-7 1 13-7 23-17 23S30 56 31 43zm11 10.2c3-1.2 9-1.2 12 0-.5 3.3-3 4.6-6 4.6s-5.5-1.3-6-4.6z"/>"#
        ),
        (_, 2) => write!(
            svg,
            r#"<path fill="{hair}" d="M48 49.6c-3-1.4-7 .4-8 3.2 3 .4 6-.4 8-1.4 2 1 5 1.8 8 1.4-1-2.8-5-4.6-8-3.2z"/>"#
        ),
        (_, 3 | 4) if hair != HAIRS[6] && hair != HAIRS[7] => write!(
            svg,
            r#"<path fill="{hair}" fill-rule="evenodd" opacity=".2" d="M31.4 44c.6 3 2 5.6 4.6 6.4 3.5 1 8-1.6 12-1.6s8.5 2.6 12 1.6c2.6-.8 4-3.4 4.6-6.4C64 55 57 62 48 62s-16-7-16.6-18zM42 53c3-1 9-1 12 0-.5 3.3-3 4.6-6 4.6S42.5 56.3 42 53z"/>"#
        ),
        _ => return,
    };
}

/// What falls over the forehead.
fn front(head: Head, hair: &str, [scarf, fold]: [&str; 2]) -> String {
    let path = match head {
        Long | Ponytail => {
            "M29.5 46c-2-19 7-30 18.5-30s20.5 11 18.5 30c-1-9-6-16-15-22-5 8-21 10-22 22z"
        }
        Wavy => "M29 47c-3-18 6-31 19-31s22 13 19 31c-2-12-8-15-14-19-6 6-12 4-17 8-4 3-6 6-7 11z",
        Bob => {
            "M29.5 48c-2-20 6-32 18.5-32s20.5 12 18.5 32c-1-8-2-13-4-17-9 2-20 2-29-1-2 5-3 10-4 18z"
        }
        Bun => "M30 43c-2-16 6-26 18-26s20 10 18 26c-2-9-8-16-18-16s-16 7-18 16z",
        Afro => "M30 41c-2-15 7-23 18-23s20 8 18 23c-2-7-4-9-7-11-5 2-17 2-22 0-3 2-5 4-7 11z",
        Curls => {
            "M30 42c-5-4-4-11 0-13-1-6 4-11 9-10 3-5 11-6 15-2 6-1 11 4 10 9 5 3 6 11 2 16-1-5-2-8-5-10-3 2-6 1-8-1-3 3-7 3-10 0-3 3-6 3-8 2-3 2-4 5-5 9z"
        }
        Pixie => {
            "M30 42c-3-16 6-26 19-26 12 0 19 10 17 25-2-5-3-8-6-11-6 2-14 1-19-3-2 5-8 6-11 15z"
        }
        Parted => {
            "M30.5 40c-3-14 4-24 17-24 12 0 20 8 18 24-1.5-5-3-8-6-10-8 1-15 0-21-4-1 5-6 7-8 14z"
        }
        Cropped => {
            "M30.5 39c-2-14 6-21.5 17.5-21.5S67.5 25 65.5 39c-1-5-3-9-5-11-8-2-17-2-25 0-2 2-4 6-5 11z"
        }
        Quiff => {
            "M30.5 40c-2-9-1-14 3-17-1-4 8-9 17-8 9 0 17 8 15 25-1-5-3-8-5-11-9 1-17 0-23-2-3 3-6 7-7 13z"
        }
        Receding => "M30.5 44c-3-9-1-17 5-20-2 5-2 9-3 13zm35 0c3-9 1-17-5-20 2 5 2 9 3 13z",
        Bald => {
            return String::from(
                r##"<path fill="#fff" opacity=".18" d="M39 26c4-4 11-4 15-1-5-1-10-1-15 1z"/>"##,
            );
        }
        Headscarf => {
            return format!(
                r#"<path fill="{scarf}" fill-rule="evenodd" d="M27 46c-2-22 8-33 21-33s23 11 21 33c0 9 3 15 7 22-10 16-46 16-56 0 4-7 7-13 7-22zm6-2c0 12 6 18.5 15 18.5S63 56 63 44c0-13-5-19.5-15-19.5S33 31 33 44z"/><path fill="none" stroke="{fold}" stroke-width="1.5" stroke-linecap="round" d="M31 55c5 11 17 17 33 12M28 62c6 10 18 15 32 13"/>"#
            );
        }
        Turban => {
            return format!(
                r#"<path fill="{scarf}" d="M28 37c-6-14 4-28 20-28s26 14 20 28c-4-7-11-11-20-11s-16 4-20 11z"/><path fill="none" stroke="{fold}" stroke-width="1.6" stroke-linecap="round" d="M29 29c7-6 17-9 28-18M27.5 33c10-7 24-8 35-17M48 26c8-1 14-3 19-7"/>"#
            );
        }
    };
    format!(r#"<path fill="{hair}" d="{path}"/>"#)
}

fn glasses(svg: &mut String, draw: &mut Draw, on_dark: bool) {
    const DARK: [&str; 4] = ["#2f3336", "#6b4a34", "#31605e", "#7b7f83"];
    const LIGHT: [&str; 4] = ["#d6bf8c", "#e2ded6", "#83b3ae", "#b9bdc0"];
    let frame = if on_dark { LIGHT } else { DARK }[draw.below(4)];
    let lens = if draw.below(2) == 0 {
        "M35 43.5a6 6 0 0 1 12 0 6 6 0 0 1-12 0zm14 0a6 6 0 0 1 12 0 6 6 0 0 1-12 0z"
    } else {
        "M35 39.5h12v4c0 3-2 5-6 5s-6-2-6-5zm14 0h12v4c0 3-2 5-6 5s-6-2-6-5z"
    };
    let _ = write!(
        svg,
        r#"<path fill="none" stroke="{frame}" stroke-width="1.4" stroke-linejoin="round" d="{lens}M47 42.5q1-1 2 0M35 42l-3.5-1M61 42l3.5-1"/>"#
    );
}

#[cfg(test)]
mod tests {
    use super::{Gender, portrait};

    fn seeds() -> impl Iterator<Item = u128> {
        (1..500_u128).map(|number| number.wrapping_mul(0x9e37_79b9_7f4a_7c15_f39c_c060_5ced_c835))
    }

    #[test]
    fn portraits_are_light_and_each_doctor_has_one() {
        let mut faces = std::collections::HashSet::new();
        for seed in seeds() {
            for &gender in Gender::ALL {
                let svg = portrait(seed, gender);
                assert_eq!(svg, portrait(seed, gender));
                assert!(svg.len() < 2_500, "{} bytes", svg.len());
                assert!(svg.starts_with("<svg xmlns=") && svg.ends_with("</svg>"));
                assert_eq!(svg.matches('<').count(), svg.matches('>').count());
                assert_eq!(svg.matches('"').count() % 2, 0);
                assert_eq!(svg.matches("<g ").count(), svg.matches("</g>").count());
                for unwanted in ["<text", "style", "script", "href", "url("] {
                    assert!(!svg.contains(unwanted), "{unwanted} in {svg}");
                }
                faces.insert(svg);
            }
        }
        assert!(faces.len() > 990, "only {} faces", faces.len());
    }
}
