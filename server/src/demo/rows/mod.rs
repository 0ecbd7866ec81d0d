//! The demo clinic as rows of its tables.
mod booking;
mod measured;
mod waitlist;

pub use booking::{appointment, appointments, payment, payments};

use super::{
    Clinic,
    copy::{Row, Table},
    doctors::{Doctor, places},
    hospitals::Hospital,
    people::{PATIENT, Person},
};
use anyhow::Context;
use domain::{
    booking::{DayChange, DayException, WeeklyRule},
    directory::{Gender, HospitalId, Language, Specialty},
    identity::{Role, UserId},
};
use jiff::Timestamp;
use std::collections::HashMap;
use tokio_postgres::Transaction;
use uuid::Uuid;

/// What stands in place of a password hash for those who cannot sign in.
pub const NO_PASSWORD: &str = "!";

/// The ids of the roles, which the migrations make.
pub async fn roles(transaction: &Transaction<'_>) -> anyhow::Result<HashMap<Role, Uuid>> {
    let rows = transaction.query("SELECT name, id::text FROM roles", &[]).await?;
    let mut roles = HashMap::new();
    for row in rows {
        let (name, id): (&str, &str) = (row.get(0), row.get(1));
        if let Ok(role) = name.parse() {
            roles.insert(role, id.parse().context("id of a role")?);
        }
    }
    Ok(roles)
}

/// All tables of the demo clinic, in an order that keeps every foreign key.
pub fn tables(
    clinic: &Clinic,
    roles: &HashMap<Role, Uuid>,
    hash: &str,
    now: Timestamp,
) -> Vec<Table> {
    let (mut users, mut profiles, mut user_roles) = (users(), profiles(), user_roles());
    for (number, person) in clinic.people.iter().enumerate() {
        user(&mut users, person, hash);
        profile(&mut profiles, person, number == PATIENT);
        user_role(&mut user_roles, person, roles);
    }
    let mut hospitals = hospitals();
    for row in &clinic.hospitals {
        hospital(&mut hospitals, row);
    }
    let (mut providers, mut at, mut rules, mut exceptions) =
        (providers(), provider_hospitals(), rules(), exceptions());
    for (doctor, next_free) in clinic.doctors.iter().zip(&clinic.next_free) {
        let user = clinic
            .people
            .iter()
            .find(|person| person.provider == Some(doctor.id))
            .map(|person| person.id);
        let hospital = doctor.hospitals.first().map(|&first| &clinic.hospitals[first]);
        provider(&mut providers, doctor, user, hospital, *next_free, now);
        provider_hospital(&mut at, doctor, &places(doctor, &clinic.hospitals));
        for row in &doctor.rules {
            rule(&mut rules, doctor, row);
        }
        for (row, reason) in &doctor.exceptions {
            exception(&mut exceptions, doctor, row, reason);
        }
    }
    let (mut appointments, mut payments) = (appointments(), payments());
    for visit in &clinic.visits {
        let doctor = &clinic.doctors[visit.doctor];
        appointment(&mut appointments, visit, doctor, clinic.people[visit.patient].id);
        payment(&mut payments, visit, doctor);
    }
    let [reading_hours, reading_days] = measured::rollups(&clinic.diary);
    vec![
        users,
        profiles,
        user_roles,
        hospitals,
        providers,
        at,
        rules,
        exceptions,
        appointments,
        payments,
        waitlist::entries(clinic),
        waitlist::offers(clinic),
        waitlist::openings(clinic),
        measured::devices(&clinic.diary),
        measured::days(&clinic.diary),
        measured::readings(&clinic.diary),
        reading_hours,
        reading_days,
    ]
}

pub fn users() -> Table {
    Table::new(
        "users",
        "id, email, password_hash, first_name, last_name, phone_number, date_of_birth, time_zone, is_email_verified, created_at, updated_at",
    )
}

pub fn user(users: &mut Table, person: &Person, hash: &str) {
    users
        .row()
        .id(person.id.as_uuid())
        .text(&person.email)
        .text(if person.can_sign_in { hash } else { NO_PASSWORD })
        .text(&person.first)
        .text(&person.last)
        .text(&person.phone)
        .day(person.born)
        .text(person.zone)
        .flag(true)
        .instant(person.made)
        .instant(person.made)
        .end();
}

fn profiles() -> Table {
    Table::new(
        "user_profiles",
        "user_id, gender, height_cm, weight_kg, blood_type, medical_conditions, current_medications, allergies, health_goals, created_at, updated_at",
    )
}

fn profile(profiles: &mut Table, person: &Person, told_all: bool) {
    let row = profiles.row().id(person.id.as_uuid()).text(person.gender.as_str());
    let row = if told_all {
        row.number(168)
            .number(64)
            .text("A+")
            .text("High blood pressure since last year")
            .text("Amlodipine 5 mg, once a day")
            .text("Penicillin: rash as a child")
            .text("Walk 8,000 steps a day, sleep seven hours")
    } else {
        row.null().null().null().null().null().null().null()
    };
    row.instant(person.made).instant(person.made).end();
}

pub fn user_roles() -> Table {
    Table::new("user_roles", "user_id, role_id, assigned_at, created_at, updated_at")
}

pub fn user_role(user_roles: &mut Table, person: &Person, roles: &HashMap<Role, Uuid>) {
    if let Some(&role) = roles.get(&person.role) {
        user_roles
            .row()
            .id(person.id.as_uuid())
            .id(role)
            .instant(person.made)
            .instant(person.made)
            .instant(person.made)
            .end();
    }
}

fn hospitals() -> Table {
    Table::new(
        "hospitals",
        "id, name, hospital_type, address, city, region, country, time_zone, phone_number, email, website, description, specialties, facilities, established_year, bed_capacity, emergency_services, latitude, longitude, created_at, updated_at",
    )
}

fn hospital(hospitals: &mut Table, hospital: &Hospital) {
    hospitals
        .row()
        .id(hospital.id.as_uuid())
        .text(hospital.name)
        .text(hospital.kind.as_str())
        .text(hospital.address)
        .text(hospital.city.name)
        .maybe(hospital.city.region, Row::text)
        .text(hospital.city.country)
        .text(hospital.city.zone)
        .text(&hospital.phone)
        .text(&hospital.email)
        .text(&hospital.website)
        .text(&hospital.description)
        .words(hospital.specialties.iter().copied().map(Specialty::as_str))
        .words(hospital.facilities.iter().copied())
        .number(hospital.year)
        .number(hospital.beds)
        .flag(hospital.emergency)
        .text(&format!("{:.5}", hospital.position.latitude))
        .text(&format!("{:.5}", hospital.position.longitude))
        .instant(hospital.made)
        .instant(hospital.made)
        .end();
}

pub fn providers() -> Table {
    Table::new(
        "providers",
        "id, user_id, first_name, last_name, email, phone_number, specialization, license_number, gender, hospital_clinic, address, bio, years_of_experience, consultation_fee_minor, currency, languages, visit_kinds, time_zone, lead_minutes, horizon_days, free_until_minutes, late_percent, accepting_new_patients, next_free_at, created_at, updated_at",
    )
}

pub fn provider(
    providers: &mut Table,
    doctor: &Doctor,
    user: Option<UserId>,
    hospital: Option<&Hospital>,
    next_free: Option<Timestamp>,
    now: Timestamp,
) {
    providers
        .row()
        .id(doctor.id.as_uuid())
        .maybe(user, |row, user| row.id(user.as_uuid()))
        .text(&doctor.first)
        .text(&doctor.last)
        .text(&doctor.email)
        .text(&doctor.phone)
        .text(doctor.specialty.as_str())
        .text(&doctor.license)
        .text(Gender::as_str(doctor.gender))
        .maybe(hospital, |row, hospital| row.text(hospital.name))
        .maybe(hospital, |row, hospital| row.text(hospital.address))
        .text(&doctor.bio)
        .number(doctor.years)
        .number(doctor.fee)
        .text(doctor.city.currency)
        .words(doctor.languages.iter().copied().map(Language::as_str))
        .words(doctor.kinds.words())
        .text(doctor.city.zone)
        .number(doctor.lead)
        .number(doctor.horizon)
        .number(doctor.free_until)
        .number(doctor.late_percent)
        .flag(doctor.accepting)
        .maybe(next_free, Row::instant)
        .instant(doctor.made)
        .instant(now)
        .end();
}

pub fn provider_hospitals() -> Table {
    Table::new("provider_hospitals", "provider_id, hospital_id, is_primary, created_at, updated_at")
}

pub fn provider_hospital(at: &mut Table, doctor: &Doctor, places: &[HospitalId]) {
    for (number, place) in places.iter().enumerate() {
        at.row()
            .id(doctor.id.as_uuid())
            .id(place.as_uuid())
            .flag(number == 0)
            .instant(doctor.made)
            .instant(doctor.made)
            .end();
    }
}

pub fn rules() -> Table {
    Table::new(
        "availability_rules",
        "id, provider_id, hospital_id, weekday, starts, ends, slot_minutes, buffer_before_minutes, buffer_after_minutes, kinds, time_zone, kept_for_urgent_minutes, created_at, updated_at",
    )
}

pub fn rule(rules: &mut Table, doctor: &Doctor, rule: &WeeklyRule) {
    rules
        .row()
        .id(rule.id.as_uuid())
        .id(doctor.id.as_uuid())
        .maybe(rule.place, |row, place| row.id(place.as_uuid()))
        .number(rule.weekday.to_monday_one_offset())
        .clock(rule.starts)
        .clock(rule.ends)
        .number(rule.slot_minutes)
        .number(rule.buffer_before_minutes)
        .number(rule.buffer_after_minutes)
        .words(rule.kinds.words())
        .text(doctor.city.zone)
        .maybe(rule.kept_for_urgent_minutes, Row::number)
        .instant(doctor.made)
        .instant(doctor.made)
        .end();
}

fn exceptions() -> Table {
    Table::new(
        "availability_exceptions",
        "id, provider_id, hospital_id, day, change, starts, ends, slot_minutes, kinds, time_zone, reason, created_at, updated_at",
    )
}

fn exception(exceptions: &mut Table, doctor: &Doctor, exception: &DayException, reason: &str) {
    let row = exceptions.row().id(exception.id.as_uuid()).id(doctor.id.as_uuid());
    let row = match &exception.change {
        DayChange::Closed { hours, place, .. } => row
            .maybe(*place, |row, place| row.id(place.as_uuid()))
            .day(exception.date)
            .text("closed")
            .maybe(hours.map(|hours| hours.0), Row::clock)
            .maybe(hours.map(|hours| hours.1), Row::clock)
            .null()
            .words([]),
        DayChange::Extra { starts, ends, slot_minutes, place, kinds, .. } => row
            .maybe(*place, |row, place| row.id(place.as_uuid()))
            .day(exception.date)
            .text("extra")
            .clock(*starts)
            .clock(*ends)
            .number(*slot_minutes)
            .words(kinds.words()),
    };
    row.text(doctor.city.zone).text(reason).instant(doctor.made).instant(doctor.made).end();
}
