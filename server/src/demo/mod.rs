//! The demo clinic: hospitals in 31 cities, 400 doctors, and full calendars.
//!
//! All of it is made up, and made anew the same each time: what is loaded hangs
//! on the tables in `data`, on counters, and on the day it is loaded.
mod copy;
mod data;
mod doctors;
mod hospitals;
mod hours;
mod looks;
mod measured;
mod people;
pub(crate) mod random;
mod ride;
mod rows;
mod scale;
#[cfg(test)]
mod tests;
mod visits;
mod wishes;

pub use people::{LOGINS, PASSWORD};
pub use scale::load_scale;

use argon2::{Argon2, PasswordHasher};
use data::cities::City;
use doctors::Doctor;
use domain::directory::Specialty;
use hospitals::Hospital;
use jiff::{SignedDuration, Timestamp};
use measured::Diary;
use people::Person;
use tokio_postgres::Client;
use visits::Visit;
use wishes::Waitlist;

/// What [`load`] did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Loaded {
    New {
        hospitals: usize,
        doctors: usize,
        visits: usize,
    },
    /// There are people in the database already, and nothing was touched.
    AlreadyThere,
}

/// Loads the demo clinic unless some user exists already. `now` decides which visits are past.
pub async fn load(client: &mut Client, now: Timestamp) -> anyhow::Result<Loaded> {
    let transaction = client.transaction().await?;
    // Two servers that start together must not both find an empty clinic.
    transaction.batch_execute("LOCK TABLE users IN SHARE ROW EXCLUSIVE MODE").await?;
    if transaction.query_one("SELECT EXISTS (SELECT FROM users)", &[]).await?.get(0) {
        return Ok(Loaded::AlreadyThere);
    }
    transaction.batch_execute(&count_versions(false)).await?;
    let now = whole_seconds(now);
    transaction.batch_execute(&format!("SELECT make_reading_partitions('{now}')")).await?;
    let clinic = Clinic::new(now);
    let roles = rows::roles(&transaction).await?;
    for mut table in rows::tables(&clinic, &roles, &password_hash()?, now) {
        table.load(&transaction).await?;
    }
    transaction.batch_execute(&count_versions(true)).await?;
    transaction.commit().await?;
    // Without figures about the new rows the planner guesses, and guesses badly.
    client.batch_execute(VACUUM).await?;
    Ok(Loaded::New {
        hospitals: clinic.hospitals.len(),
        doctors: clinic.doctors.len(),
        visits: clinic.visits.len(),
    })
}

/// Nobody keeps a doctor in memory yet who is only being loaded: raising their version with each of
/// their hours would write their row again and again.
fn count_versions(count: bool) -> String {
    let mode = if count { "ENABLE" } else { "DISABLE" };
    ["provider_hospitals", "availability_rules", "availability_exceptions"]
        .map(|table| format!("ALTER TABLE {table} {mode} TRIGGER {table}_version_insert;"))
        .concat()
}

/// Makes the statistics, and the maps by which an index alone can answer.
const VACUUM: &str = "VACUUM (ANALYZE) users, user_profiles, user_roles, hospitals, providers, provider_hospitals, \
    availability_rules, availability_exceptions, appointments, payments, waitlist_entries, waitlist_offers, waitlist_openings, devices, device_days, readings, \
    reading_hours, reading_days";

/// All that is loaded, before it becomes rows.
#[derive(Debug)]
struct Clinic {
    hospitals: Vec<Hospital>,
    doctors: Vec<Doctor>,
    people: Vec<Person>,
    visits: Vec<Visit>,
    /// The next free time of each doctor.
    next_free: Vec<Option<Timestamp>>,
    waitlist: Waitlist,
    diary: Diary,
}

impl Clinic {
    fn new(now: Timestamp) -> Self {
        let mut hospitals = hospitals::hospitals();
        let doctors = doctors::doctors(&hospitals, now);
        for (at, hospital) in hospitals.iter_mut().enumerate() {
            let works_here = |specialty: &Specialty| {
                doctors
                    .iter()
                    .any(|doctor| doctor.specialty == *specialty && doctor.hospitals.contains(&at))
            };
            hospital.specialties = Specialty::ALL.iter().copied().filter(works_here).collect();
        }
        let people = people::people(&doctors);
        let (visits, next_free) = visits::visits(&doctors, &people, now);
        let waitlist = wishes::waitlist(&doctors, &people, &visits, now);
        let diary = measured::diary(&people, now);
        Self { hospitals, doctors, people, visits, next_free, waitlist, diary }
    }
}

/// The hash of [`PASSWORD`], with the parameters that real accounts have. Its
/// salt is fixed: the password is printed on the screen, there is nothing to guard.
fn password_hash() -> anyhow::Result<String> {
    Argon2::default()
        .hash_password_with_salt(PASSWORD.as_bytes(), b"medconnect-demo!")
        .map(|hash| hash.to_string())
        .map_err(|error| anyhow::anyhow!("cannot hash the demo password: {error}"))
}

/// When the `number`th thing of a kind entered the clinic: long ago, one an hour.
fn opened(number: usize) -> Timestamp {
    const FIRST: Timestamp = Timestamp::constant(1_704_700_800, 0);
    let hours = i64::try_from(number).unwrap_or_default() % 10_000;
    FIRST + SignedDuration::from_hours(hours)
}

/// `now` without its fraction, as all of our times are.
fn whole_seconds(now: Timestamp) -> Timestamp {
    Timestamp::from_second(now.as_second()).unwrap_or(now)
}

/// A number of the city's that reaches nobody.
fn phone(city: &City, number: usize) -> String {
    format!("{}{:02}", city.phone, number % 100)
}

/// `name` in plain lower-case letters, with hyphens, for an address.
fn slug(name: &str) -> String {
    let mut plain = String::with_capacity(name.len());
    for letter in name.chars().flat_map(char::to_lowercase) {
        match letter {
            'a'..='z' | '0'..='9' => plain.push(letter),
            ' ' | '-' if !plain.ends_with('-') => plain.push('-'),
            _ => plain.push_str(letter_without_marks(letter)),
        }
    }
    plain
}

fn letter_without_marks(letter: char) -> &'static str {
    match letter {
        'á' | 'à' | 'â' | 'ã' | 'ä' | 'ā' | 'ą' => "a",
        'ç' => "c",
        'é' | 'è' | 'ê' | 'ë' | 'ē' | 'ę' => "e",
        'ğ' => "g",
        'í' | 'î' | 'ï' | 'ī' | 'ı' => "i",
        'ł' => "l",
        'ñ' | 'ń' => "n",
        'ó' | 'ò' | 'ô' | 'õ' | 'ö' | 'ō' => "o",
        'ś' | 'ş' | 'ṣ' => "s",
        'ß' => "ss",
        'ú' | 'ü' | 'ū' => "u",
        'ż' => "z",
        // Apostrophes, and the dot that İ leaves behind in lower case.
        _ => "",
    }
}
