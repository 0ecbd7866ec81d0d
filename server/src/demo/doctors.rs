//! The doctors of the demo clinic.
use super::{
    data::{
        bios,
        cities::{CITIES, City},
        names::Culture,
    },
    hospitals::Hospital,
    hours,
    looks::look,
    opened, phone,
    random::{Chance, Kind, id, id_with},
    slug,
};
use domain::{
    booking::{DayException, Plan, VisitKind, VisitKinds, WeeklyRule},
    directory::{Gender, Language, ProviderId, Specialty},
    zone,
};
use jiff::Timestamp;
use std::collections::HashSet;

#[derive(Debug)]
pub struct Doctor {
    pub number: usize,
    pub id: ProviderId,
    pub first: String,
    pub last: String,
    pub email: String,
    pub phone: String,
    pub specialty: Specialty,
    pub license: String,
    pub gender: Gender,
    pub culture: Culture,
    pub bio: String,
    pub years: i64,
    /// In minor units of the city's currency.
    pub fee: i64,
    pub city: &'static City,
    pub languages: Vec<Language>,
    pub kinds: VisitKinds,
    /// Where in the list of hospitals; the first is the main one.
    pub hospitals: Vec<usize>,
    pub lead: u32,
    pub horizon: u16,
    pub free_until: u32,
    pub late_percent: u8,
    pub accepting: bool,
    pub rules: Vec<WeeklyRule>,
    pub exceptions: Vec<(DayException, &'static str)>,
    pub made: Timestamp,
}

impl Doctor {
    pub fn plan(&self) -> Plan {
        Plan {
            rules: self.rules.clone(),
            exceptions: self.exceptions.iter().map(|(exception, _)| exception.clone()).collect(),
            lead_minutes: self.lead,
            horizon_days: self.horizon,
            ..Plan::default()
        }
    }

    /// The longest pause that any of the hours keep around a visit, in minutes.
    pub fn pause(&self) -> i64 {
        self.rules.iter().map(|rule| i64::from(rule.buffer_after_minutes)).max().unwrap_or_default()
    }
}

/// How many doctors there are of each specialty, beside the general practitioner
/// and the paediatricians whom each city has.
const DECK: [(Specialty, usize); 19] = [
    (Specialty::GeneralPractice, 17),
    (Specialty::Cardiology, 22),
    (Specialty::Dermatology, 20),
    (Specialty::Orthopaedics, 20),
    (Specialty::Gynaecology, 22),
    (Specialty::Psychiatry, 22),
    (Specialty::Neurology, 18),
    (Specialty::Ophthalmology, 18),
    (Specialty::Otolaryngology, 16),
    (Specialty::Gastroenterology, 18),
    (Specialty::Endocrinology, 18),
    (Specialty::Physiotherapy, 20),
    (Specialty::Pulmonology, 15),
    (Specialty::Rheumatology, 14),
    (Specialty::Urology, 16),
    (Specialty::Oncology, 16),
    (Specialty::Nephrology, 12),
    (Specialty::Haematology, 11),
    (Specialty::Geriatrics, 11),
];

/// The 400, city by city. `now` decides which days off are ahead.
pub fn doctors(hospitals: &[Hospital], now: Timestamp) -> Vec<Doctor> {
    let mut deck: Vec<Specialty> =
        DECK.iter().flat_map(|&(specialty, count)| std::iter::repeat_n(specialty, count)).collect();
    Chance::of(Kind::Deck, 0).shuffle(&mut deck);
    let mut doctors: Vec<Doctor> = Vec::new();
    let mut taken = HashSet::new();
    for city in CITIES {
        let children = match city.doctors {
            0..6 => 0,
            _ if hospitals
                .iter()
                .any(|place| place.is_for_children() && place.city.name == city.name) =>
            {
                3
            }
            _ => 1,
        };
        for place in 0..city.doctors {
            let number = doctors.len();
            let specialty = match place {
                0 if city.zone == "Europe/Dublin" => Specialty::Cardiology,
                0 => Specialty::GeneralPractice,
                _ if (1..=children).contains(&place) => Specialty::Paediatrics,
                4 if city.zone == "Europe/Dublin" => Specialty::GeneralPractice,
                _ => deck.pop().unwrap_or(Specialty::GeneralPractice),
            };
            let mut chance = Chance::of(Kind::Provider, number);
            let mut doctor = doctor(number, city, specialty, hospitals, &mut chance);
            while !taken.insert(format!("{} {}", doctor.first, doctor.last)) {
                (doctor.first, doctor.last) = name(&mut chance, doctor.culture, doctor.gender);
            }
            doctor.email =
                format!("{}.{}@medconnect.example", slug(&doctor.first), slug(&doctor.last));
            if place == 0 && known(&mut doctor) {
                doctor.rules = hours::every_day(&doctor, &places(&doctor, hospitals));
            } else {
                let at = places(&doctor, hospitals);
                doctor.rules = hours::weekly(&doctor, &at, Kind::Rule, true, &mut chance);
                let today = now.to_zoned(zone::rules(city.zone)).date();
                doctor.exceptions = hours::exceptions(&doctor, &at, today, &mut chance);
            }
            doctor.id =
                id_with(Kind::Provider, number, doctor.made, look(&doctor, &mut chance)).into();
            doctors.push(doctor);
        }
    }
    doctors
}

pub fn places(doctor: &Doctor, hospitals: &[Hospital]) -> Vec<domain::directory::HospitalId> {
    doctor.hospitals.iter().map(|&at| hospitals[at].id).collect()
}

/// Makes the first doctor of two cities one who can sign in; whether it did.
fn known(doctor: &mut Doctor) -> bool {
    let (first, last, email, gender, specialty, languages) = match doctor.city.zone {
        "Europe/Lisbon" => (
            "Inês",
            "Carvalho",
            "doctor@demo.test",
            Gender::Female,
            Specialty::GeneralPractice,
            vec![Language::Portuguese, Language::English, Language::Spanish],
        ),
        "Europe/Dublin" => (
            "Oisín",
            "Brennan",
            "doctor2@demo.test",
            Gender::Male,
            Specialty::Cardiology,
            vec![Language::English, Language::Irish],
        ),
        _ => return false,
    };
    (doctor.first, doctor.last, doctor.email) =
        (first.to_owned(), last.to_owned(), email.to_owned());
    (doctor.gender, doctor.specialty, doctor.languages) = (gender, specialty, languages);
    doctor.culture = if gender == Gender::Female { Culture::Portuguese } else { Culture::Irish };
    doctor.years = 14;
    doctor.fee = fee(doctor.city, specialty, doctor.years);
    doctor.kinds = VisitKind::ALL.iter().copied().collect();
    (doctor.lead, doctor.horizon, doctor.free_until, doctor.late_percent) = (30, 60, 1440, 50);
    doctor.accepting = true;
    doctor.bio = bio(&mut Chance::of(Kind::Deck, 1 + doctor.number), doctor);
    true
}

/// A doctor who has no hours yet.
pub fn doctor(
    number: usize,
    city: &'static City,
    specialty: Specialty,
    hospitals: &[Hospital],
    chance: &mut Chance,
) -> Doctor {
    let gender = chance.weighted(&[
        (Gender::Female, 49),
        (Gender::Male, 49),
        (Gender::Other, 1),
        (Gender::Unknown, 1),
    ]);
    let culture = chance.weighted(city.cultures);
    let (first, last) = name(chance, culture, gender);
    let years = chance.between(3, 38);
    let kinds = chance.weighted(match specialty {
        Specialty::Psychiatry | Specialty::Endocrinology | Specialty::GeneralPractice => &ON_SCREEN,
        _ => &IN_ROOM,
    });
    let made = opened(number);
    let mut doctor = Doctor {
        number,
        id: id(Kind::Provider, number, made).into(),
        first,
        last,
        email: String::new(),
        phone: phone(city, 40 + number),
        specialty,
        license: format!("{}-{:06}", city.code, 100_003 + number * 1009 % 900_000),
        gender,
        culture,
        bio: String::new(),
        years,
        fee: fee(city, specialty, years),
        city,
        languages: languages(chance, city, culture),
        kinds: kinds.iter().copied().collect(),
        hospitals: workplaces(chance, city, specialty, hospitals),
        lead: chance.weighted(&[(60, 40), (120, 25), (30, 15), (240, 10), (1440, 10)]),
        horizon: chance.weighted(&[(60, 50), (30, 20), (90, 20), (45, 10)]),
        free_until: chance.weighted(&[(1440, 60), (720, 20), (2880, 20)]),
        late_percent: chance.weighted(&[(50, 55), (0, 15), (25, 15), (100, 15)]),
        accepting: !chance.percent(4),
        rules: Vec::new(),
        exceptions: Vec::new(),
        made,
    };
    doctor.bio = bio(chance, &doctor);
    doctor
}

type Weighted = (&'static [VisitKind], usize);
const EVERY: &[VisitKind] = &[VisitKind::Video, VisitKind::Phone, VisitKind::InPerson];
const MOST: &[VisitKind] = &[VisitKind::Video, VisitKind::InPerson];
const ON_SCREEN: [Weighted; 3] =
    [(EVERY, 55), (MOST, 30), (&[VisitKind::Video, VisitKind::Phone], 15)];
const IN_ROOM: [Weighted; 3] = [(EVERY, 25), (MOST, 45), (&[VisitKind::InPerson], 30)];

fn name(chance: &mut Chance, culture: Culture, gender: Gender) -> (String, String) {
    let names = culture.names();
    let female = match gender {
        Gender::Female => true,
        Gender::Male => false,
        Gender::Other | Gender::Unknown => chance.percent(50),
    };
    let first = chance.pick(if female { names.female } else { names.male });
    let last = culture.last_name(chance.pick(names.last), female);
    (first.to_owned(), last)
}

/// Somebody of that city who is no doctor: gender, first and last name.
pub fn townsperson(chance: &mut Chance, city: &City) -> (Gender, String, String) {
    let gender = chance.weighted(&[
        (Gender::Female, 51),
        (Gender::Male, 47),
        (Gender::Other, 1),
        (Gender::Unknown, 1),
    ]);
    let culture = chance.weighted(city.cultures);
    let (first, last) = name(chance, culture, gender);
    (gender, first, last)
}

fn languages(chance: &mut Chance, city: &City, culture: Culture) -> Vec<Language> {
    let mut spoken = culture.names().languages.to_vec();
    for (rank, &language) in city.languages.iter().enumerate() {
        let likely = match (rank, language) {
            (0, _) => 95,
            (_, Language::English) => 75,
            _ => 20,
        };
        if chance.percent(likely) && !spoken.contains(&language) {
            spoken.push(language);
        }
    }
    spoken
}

fn workplaces(
    chance: &mut Chance,
    city: &City,
    specialty: Specialty,
    hospitals: &[Hospital],
) -> Vec<usize> {
    let mut fitting: Vec<(usize, usize)> = hospitals
        .iter()
        .enumerate()
        .filter(|(_, hospital)| hospital.city.name == city.name)
        .map(|(at, hospital)| (at, hospital.fit(specialty)))
        .filter(|&(_, fit)| fit > 0)
        .collect();
    let main = chance.weighted(&fitting);
    fitting.retain(|&(at, _)| at != main);
    let mut chosen = vec![main];
    if !fitting.is_empty() && chance.percent(30) {
        chosen.push(chance.weighted(&fitting));
    }
    chosen
}

fn fee(city: &City, specialty: Specialty, years: i64) -> i64 {
    use Specialty::*;
    let percent = match specialty {
        Physiotherapy => 75,
        GeneralPractice => 100,
        Paediatrics => 110,
        Cardiology | Neurology | Psychiatry => 150,
        Oncology => 165,
        _ => 130,
    };
    let exact = city.fee * percent * (100 + years) / 10_000;
    (exact + city.round / 2) / city.round * city.round
}

fn bio(chance: &mut Chance, doctor: &Doctor) -> String {
    let mut sentences =
        vec![chance.pick(bios::openings(doctor.specialty)), chance.pick(bios::APPROACHES)];
    if chance.percent(50) {
        let other = chance.pick(bios::APPROACHES);
        if !sentences.contains(&other) {
            sentences.push(other);
        }
    }
    let by = |kind| doctor.kinds.contains(kind);
    if by(VisitKind::Phone) && chance.percent(30) {
        sentences.push(chance.pick(bios::BY_PHONE));
    } else if by(VisitKind::Video) && chance.percent(40) {
        sentences.push(chance.pick(bios::BY_VIDEO));
    } else if by(VisitKind::InPerson) && !by(VisitKind::Video) {
        sentences.push(chance.pick(bios::IN_PERSON));
    }
    sentences.push(chance.pick(bios::PERSONAL));
    sentences.join(" ")
}
