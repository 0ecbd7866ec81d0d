//! The places where the doctors of the demo clinic see their patients.
use super::{
    data::{
        centres::CENTRES,
        cities::{CITIES, City},
        hospitals::{FACILITIES, HOSPITALS, HospitalKind},
    },
    opened, phone,
    random::{Chance, Kind, id},
    slug,
};
use domain::directory::{HospitalId, Position, Specialty};
use jiff::Timestamp;

#[derive(Debug)]
pub struct Hospital {
    pub id: HospitalId,
    pub name: &'static str,
    pub kind: HospitalKind,
    pub city: &'static City,
    pub address: &'static str,
    pub phone: String,
    pub email: String,
    pub website: String,
    pub description: String,
    /// What its doctors are trained in; known once there are doctors.
    pub specialties: Vec<Specialty>,
    pub facilities: Vec<&'static str>,
    pub year: i64,
    pub beds: i64,
    pub emergency: bool,
    pub made: Timestamp,
    pub position: Position,
}

impl Hospital {
    pub fn is_for_children(&self) -> bool {
        self.kind == HospitalKind::Children
    }

    /// How well a doctor of `specialty` fits in; 0 is not at all.
    pub const fn fit(&self, specialty: Specialty) -> usize {
        use Specialty::*;
        let everyday = matches!(
            specialty,
            GeneralPractice
                | Dermatology
                | Psychiatry
                | Gynaecology
                | Physiotherapy
                | Paediatrics
                | Ophthalmology
        );
        match self.kind {
            HospitalKind::Children => {
                if matches!(specialty, Paediatrics) {
                    12
                } else {
                    0
                }
            }
            HospitalKind::Rehabilitation => match specialty {
                Physiotherapy => 12,
                Orthopaedics | Neurology | Rheumatology | Geriatrics => 5,
                _ => 0,
            },
            HospitalKind::Clinic | HospitalKind::Community => {
                if everyday {
                    6
                } else {
                    1
                }
            }
            HospitalKind::General | HospitalKind::Teaching => 4,
        }
    }
}

/// All of them, in the order of the table.
pub fn hospitals() -> Vec<Hospital> {
    HOSPITALS
        .iter()
        .enumerate()
        .filter_map(|(number, &(city, name, kind, address))| {
            let city = CITIES.iter().find(|row| row.name == city)?;
            Some(hospital(number, city, name, kind, address))
        })
        .collect()
}

fn hospital(
    number: usize,
    city: &'static City,
    name: &'static str,
    kind: HospitalKind,
    address: &'static str,
) -> Hospital {
    let mut chance = Chance::of(Kind::Hospital, number);
    let beds = match kind {
        HospitalKind::Teaching => chance.between(55, 110) * 10,
        HospitalKind::General => chance.between(18, 60) * 10,
        HospitalKind::Children | HospitalKind::Rehabilitation => chance.between(8, 24) * 10,
        HospitalKind::Clinic => chance.between(0, 12),
        HospitalKind::Community => chance.between(2, 14),
    };
    let year = match kind {
        HospitalKind::Teaching | HospitalKind::General => chance.between(1888, 1994),
        _ => chance.between(1952, 2016),
    };
    let emergency = match kind {
        HospitalKind::Teaching | HospitalKind::General => true,
        HospitalKind::Children => chance.percent(70),
        // The only place for 600 kilometres has to be there at night, too.
        HospitalKind::Community => city.doctors < 5,
        HospitalKind::Clinic | HospitalKind::Rehabilitation => false,
    };
    let wanted = if beds > 50 { chance.between(8, 13) } else { chance.between(4, 6) };
    let mut order: Vec<usize> = (0..FACILITIES.len()).collect();
    chance.shuffle(&mut order);
    let large = |facility: &str| matches!(facility, "MRI" | "CT" | "Day surgery");
    order.retain(|&which| beds > 50 || !large(FACILITIES[which]));
    order.truncate(usize::try_from(wanted).unwrap_or_default());
    order.sort_unstable();
    let host = slug(name);
    let made = opened(number);
    Hospital {
        id: id(Kind::Hospital, number, made).into(),
        name,
        kind,
        city,
        address,
        phone: phone(city, number),
        email: format!("hello@{host}.example"),
        website: format!("https://{host}.example"),
        description: description(&mut chance, city, kind, year, beds),
        specialties: Vec::new(),
        facilities: order.into_iter().map(|which| FACILITIES[which]).collect(),
        year,
        beds,
        emergency,
        made,
        position: position(number, city),
    }
}

/// Somewhere within three kilometres of the middle of the city.
fn position(number: usize, city: &City) -> Position {
    let (latitude, longitude) = CENTRES
        .iter()
        .find(|(name, ..)| *name == city.name)
        .map_or((0.0, 0.0), |(_, latitude, longitude)| (*latitude, *longitude));
    let step = |number: usize| f64::from(u32::try_from(number % 5).unwrap_or_default()) - 2.0;
    Position {
        latitude: latitude + step(number * 3 + 1) * 0.009,
        longitude: longitude + step(number * 2 + 4) * 0.011,
    }
}

fn description(
    chance: &mut Chance,
    city: &City,
    kind: HospitalKind,
    year: i64,
    beds: i64,
) -> String {
    let what = match kind {
        HospitalKind::General => "A general hospital",
        HospitalKind::Teaching => "A teaching hospital",
        HospitalKind::Children => "A hospital for children and teenagers",
        HospitalKind::Clinic => "An outpatient clinic",
        HospitalKind::Rehabilitation => "A centre for rehabilitation",
        HospitalKind::Community => "A neighbourhood health centre",
    };
    let size = match beds {
        0 => "no overnight beds".to_owned(),
        1 => "one bed".to_owned(),
        _ => format!("{beds} beds"),
    };
    let touch = chance.pick(&[
        "Signs are in large letters, and somebody at the door helps you find your way.",
        "The waiting rooms have daylight and quiet corners.",
        "There is a garden in the courtyard that is open to everyone.",
        "Bus and bicycle both stop in front of the main entrance.",
        "Visits by video are held from quiet rooms on the upper floor.",
        "Interpreters can be booked along with your visit.",
    ]);
    format!("{what} in {}, open since {year}, with {size}. {touch}", city.name)
}
