//! Faces that suit their names.
//!
//! A portrait is drawn from the doctor's id: the twelve bits of it that are
//! chance in a real one say skin, hair and whether the head is covered (see
//! `app/src/directory/portrait.rs`). The demo chooses them.
use super::{data::names::Culture, doctors::Doctor, random::Chance};
use domain::directory::Gender;

/// A number of the palette, and how likely it is.
type Choices = [(u16, usize)];

const BLACK: [(u16, usize); 2] = [(0, 4), (1, 1)];
const DARK: [(u16, usize); 3] = [(0, 4), (1, 5), (2, 3)];
const MIXED: [(u16, usize); 6] = [(0, 1), (1, 3), (2, 4), (3, 4), (4, 1), (5, 3)];
const OLD: [(u16, usize); 2] = [(6, 3), (7, 2)];

pub fn look(doctor: &Doctor, chance: &mut Chance) -> u16 {
    use Culture::*;
    let (skins, hairs): (&Choices, &Choices) = match doctor.culture {
        Irish | Dutch | German | Polish | Ukrainian => (&[(0, 3), (1, 3)], &MIXED),
        Anglo | French => (&[(0, 4), (1, 5), (2, 2), (5, 1)], &MIXED),
        Italian | Portuguese => (&[(1, 4), (2, 3)], &DARK),
        Andean | Mexican => (&[(1, 2), (2, 4), (3, 3)], &DARK),
        Brazilian => (&[(1, 3), (2, 2), (3, 2), (4, 2), (6, 1)], &DARK),
        Turkish => (&[(1, 4), (2, 3)], &DARK),
        Egyptian | Moroccan => (&[(2, 4), (3, 3), (4, 1)], &DARK),
        Chinese | Japanese => (&[(0, 1), (1, 4), (2, 1)], &BLACK),
        Nepalese => (&[(2, 3), (3, 4), (4, 1)], &BLACK),
        Bangladeshi | Indian | Pakistani => (&[(2, 1), (3, 4), (4, 4), (5, 1)], &BLACK),
        Polynesian => (&[(2, 1), (3, 4), (4, 3)], &BLACK),
        Kenyan | Nigerian => (&[(5, 1), (6, 4), (7, 4)], &BLACK),
    };
    let grey = chance.percent(match doctor.years {
        ..18 => 3,
        18..28 => 30,
        _ => 75,
    });
    let skin = chance.weighted(skins);
    let hair = chance.weighted(if grey { &OLD } else { hairs });
    let covered = chance.percent(match (doctor.culture, doctor.gender) {
        (Egyptian | Pakistani | Bangladeshi, Gender::Female) => 40,
        (Moroccan, Gender::Female) => 30,
        (Turkish, Gender::Female) => 15,
        (Kenyan | Nigerian, Gender::Female)
            if matches!(doctor.first.as_str(), "Halima" | "Amina" | "Zainab" | "Hauwa") =>
        {
            80
        }
        (Indian, Gender::Male) if matches!(doctor.last.as_str(), "Singh" | "Gill") => 85,
        _ => 0,
    });
    let cover = if covered { 0 } else { 1 + u16::try_from(chance.below(15)).unwrap_or_default() };
    skin | hair << 3 | cover << 6
}
