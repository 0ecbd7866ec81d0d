//! Those who can sign in to the demo clinic, and the patients who fill its days.
use super::{
    data::cities::{CITIES, City},
    doctors::{Doctor, townsperson},
    opened, phone,
    random::{Chance, Kind, id},
    slug,
};
use domain::{
    directory::{Gender, ProviderId},
    identity::{Role, UserId},
};
use jiff::{
    Timestamp, ToSpan,
    civil::{Date, date},
};

/// Who can sign in, and what for.
pub const LOGINS: [(&str, &str); 5] = [
    ("patient@demo.test", "patient in Lisbon, with past and coming visits"),
    ("patient2@demo.test", "patient in Edmonton, with another doctor"),
    ("doctor@demo.test", "family doctor in Lisbon"),
    ("doctor2@demo.test", "heart doctor in Dublin"),
    ("admin@demo.test", "runs the clinic"),
];

/// The password of all of them.
pub const PASSWORD: &str = "medconnect-demo-1";

#[derive(Debug)]
pub struct Person {
    pub id: UserId,
    pub email: String,
    pub first: String,
    pub last: String,
    pub gender: Gender,
    pub phone: String,
    pub born: Date,
    pub zone: &'static str,
    pub role: Role,
    pub can_sign_in: bool,
    /// The doctor in the directory whom this person is.
    pub provider: Option<ProviderId>,
    pub made: Timestamp,
}

/// Where those who can sign in stand among the people.
pub const PATIENT: usize = 0;
pub const PATIENT2: usize = 1;

/// The five who can sign in, in the order of [`LOGINS`], then all others.
pub fn people(doctors: &[Doctor]) -> Vec<Person> {
    let city = |zone: &str| CITIES.iter().position(|city| city.zone == zone).unwrap_or_default();
    let (lisbon, dublin, edmonton) =
        (city("Europe/Lisbon"), city("Europe/Dublin"), city("America/Edmonton"));
    let mut people = vec![
        login(0, Role::Patient, lisbon, "Marta", "Figueira", Gender::Female, date(1984, 5, 17)),
        login(1, Role::Patient, edmonton, "Étienne", "Kowalchuk", Gender::Male, date(1991, 11, 2)),
        login(2, Role::Doctor, lisbon, "", "", Gender::Unknown, date(1979, 2, 9)),
        login(3, Role::Doctor, dublin, "", "", Gender::Unknown, date(1977, 8, 23)),
        login(4, Role::Admin, lisbon, "Helena", "Nogueira", Gender::Female, date(1988, 1, 30)),
    ];
    for person in &mut people {
        if let Some(doctor) = doctors.iter().find(|doctor| doctor.email == person.email) {
            person.provider = Some(doctor.id);
            (person.first, person.last) = (doctor.first.clone(), doctor.last.clone());
            person.gender = doctor.gender;
        }
    }
    for (at, city) in CITIES.iter().enumerate() {
        for _ in 0..city.patients {
            people.push(patient(people.len(), at, Kind::User));
        }
    }
    people
}

fn login(
    number: usize,
    role: Role,
    city: usize,
    first: &str,
    last: &str,
    gender: Gender,
    born: Date,
) -> Person {
    let place: &City = &CITIES[city];
    Person {
        id: id(Kind::User, number, opened(number)).into(),
        email: LOGINS[number].0.to_owned(),
        first: first.to_owned(),
        last: last.to_owned(),
        gender,
        phone: phone(place, 10 + number),
        born,
        zone: place.zone,
        role,
        can_sign_in: true,
        provider: None,
        made: opened(number),
    }
}

/// Somebody who lives in that city and cannot sign in.
pub fn patient(number: usize, city: usize, series: Kind) -> Person {
    let mut chance = Chance::of(series, number);
    let place = &CITIES[city];
    let (gender, first, last) = townsperson(&mut chance, place);
    let born = date(1938, 1, 1).saturating_add(chance.between(0, 82 * 365).days());
    let email = match series {
        Kind::User => format!("{}.{}.{number}@people.example", slug(&first), slug(&last)),
        _ => format!("{}.{}.{number}@many.example", slug(&first), slug(&last)),
    };
    Person {
        id: id(series, number, opened(number)).into(),
        email,
        first,
        last,
        gender,
        phone: phone(place, 100 + number),
        born,
        zone: place.zone,
        role: Role::Patient,
        can_sign_in: false,
        provider: None,
        made: opened(number),
    }
}
