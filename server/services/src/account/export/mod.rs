//! All that is kept about somebody, for themselves.
mod readings;

use super::{event, health, notifications};
use crate::{
    Clinic, Result, audit,
    audit::log::{self, LogFilter},
    booking::{self, Visit, When},
    directory::Page,
    emergency::{self, PastAccess},
    family,
    identity::{self, Caller, Patient, Person, passkeys::Passkey, throttle},
    proxies::{self, ActingFor, Grant},
    waitlist,
};
use diesel_async::AsyncConnection;
use domain::account::Bmi;
use serde_json::{Value, json};

/// How many rows of each list are given out at most, and how many are read at once.
pub const MOST_ROWS: i64 = 10_000;
const AT_ONCE: i64 = 100;

/// All that is kept about the caller and those they book for, as one object: `exported_at`, `profile`,
/// `health`, `notifications`, `family`, `proxies`, `acting_for`, `visits` with their payments, `waitlist`,
/// `devices`, `readings`, `reading_corrections`, `reading_limits`, `quarantined_readings`, `reading_alerts`, `milestones`, `sessions`, `passkeys`, `emergency_accesses`, `access_log`. Times are RFC 3339 in UTC; money is in minor units; lists have the newest first and [`MOST_ROWS`] at most.
/// That it was given out is an event.
pub async fn export(clinic: &Clinic, caller: &Caller<Person>) -> Result<Value> {
    throttle::take_request(clinic).await?;
    {
        let conn = &mut *clinic.db().await?;
        conn.transaction(async |conn| {
            audit::record_in(conn, event(caller.user, "account.export")).await
        })
        .await?;
    }
    // Doctors and admins who are no patients have no record.
    let patient = identity::require::<Patient>(Some((**caller).clone())).ok();
    let mut all = json!({
        "exported_at": clinic.now(),
        "profile": profile(clinic, caller).await?,
        "health": health_of(clinic, caller).await?,
        "notifications": wishes(clinic, caller).await?,
        "sessions": sessions(clinic, caller).await?,
        "passkeys": passkeys(clinic, caller).await?,
    });
    if let Some(patient) = patient {
        all["family"] = dependants(clinic, &patient).await?;
        all["proxies"] = grants(clinic, &patient).await?;
        all["acting_for"] = acting_for(clinic, &patient).await?;
        all["visits"] = visits(clinic, &patient).await?;
        all["waitlist"] = wanted_times(clinic, &patient).await?;
        all["devices"] = readings::devices_of(clinic, &patient).await?;
        all["readings"] = readings::readings_of(clinic, &patient).await?;
        all["reading_corrections"] = readings::corrections(clinic, &patient).await?;
        all["reading_limits"] = readings::limits_of(clinic, &patient).await?;
        all["quarantined_readings"] = readings::quarantined(clinic, &patient).await?;
        all["reading_alerts"] = readings::alerts_of(clinic, &patient).await?;
        all["milestones"] = readings::reached(clinic, &patient).await?;
        all["emergency_accesses"] = emergencies(clinic, &patient).await?;
        all["access_log"] = access_log(clinic, &patient).await?;
    }
    Ok(all)
}

async fn profile(clinic: &Clinic, caller: &Caller<Person>) -> Result<Value> {
    let profile = identity::profile(clinic, caller).await?;
    Ok(json!({
        "id": profile.id,
        "email": profile.email,
        "is_email_verified": profile.is_email_verified,
        "first_name": profile.first_name,
        "last_name": profile.last_name,
        "username": profile.username,
        "phone_number": profile.phone_number,
        "phone_verified_at": profile.phone_verified_at,
        "date_of_birth": profile.date_of_birth,
        "has_picture": profile.profile_image.is_some(),
        "emergency_contact_name": profile.emergency_contact_name,
        "emergency_contact_phone": profile.emergency_contact_phone,
        "time_zone": profile.time_zone,
        "units": caller.units.all(),
        "roles": caller.roles,
        "created_at": profile.created_at,
    }))
}

async fn health_of(clinic: &Clinic, caller: &Caller<Person>) -> Result<Value> {
    let health = health(clinic, caller).await?;
    Ok(json!({
        "gender": health.gender,
        "height_cm": health.height_cm,
        "weight_kg": health.weight_kg,
        "bmi": Bmi::of(health.height_cm, health.weight_kg).map(Bmi::value),
        "blood_type": health.blood_type,
        "allergies": health.allergies,
        "medical_conditions": health.medical_conditions,
        "current_medications": health.current_medications,
        "health_goals": health.health_goals,
        "activity_level": health.activity_level,
    }))
}

async fn wishes(clinic: &Clinic, caller: &Caller<Person>) -> Result<Value> {
    let wanted = notifications::wanted(clinic, caller).await?;
    Ok(json!({
        "email_notifications": wanted.email_notifications,
        "push_notifications": wanted.push_notifications,
        "health_reminders": wanted.health_reminders,
        "visit_reminders": wanted.visit_reminders,
    }))
}

/// Where they are signed in, with browsers and with programs.
async fn sessions(clinic: &Clinic, caller: &Caller<Person>) -> Result<Value> {
    let mut all = Vec::new();
    for page in pages() {
        let found = identity::sessions::open_sessions(clinic, caller, None, page).await?;
        all.extend(found.items.iter().map(|session| {
            json!({
                "device": session.device,
                "is_browser": session.is_browser,
                "internet_address": session.network,
                "signed_in_at": session.signed_in_at,
                "last_used_at": session.last_used_at,
            })
        }));
        if is_last(page, found.count) {
            break;
        }
    }
    Ok(all.into())
}

async fn passkeys(clinic: &Clinic, caller: &Caller<Person>) -> Result<Value> {
    let kept = identity::passkeys::list(clinic, caller).await?;
    let line = |passkey: &Passkey| {
        json!({
            "name": passkey.name,
            "added_at": passkey.added_at,
            "last_used_at": passkey.last_used_at,
        })
    };
    Ok(kept.iter().map(line).collect())
}

/// When doctors opened a record in an emergency, and what was found of that.
async fn emergencies(clinic: &Clinic, patient: &Caller<Patient>) -> Result<Value> {
    let line = |access: &PastAccess| {
        json!({
            "patient": access.patient_name,
            "doctor": access.doctor,
            "opened_at": access.opened_at,
            "reason": access.reason,
            "is_justified": access.is_justified,
            "finding": access.finding,
        })
    };
    Ok(emergency::of_family(clinic, patient).await?.iter().map(line).collect())
}

async fn dependants(clinic: &Clinic, patient: &Caller<Patient>) -> Result<Value> {
    let people = family::dependants(clinic, patient).await?;
    Ok(people
        .iter()
        .map(|person| {
            json!({
                "id": person.id,
                "first_name": person.first_name,
                "last_name": person.last_name,
                "date_of_birth": person.date_of_birth,
                "relationship": person.relationship,
            })
        })
        .collect())
}

/// Who acts for the patient.
async fn grants(clinic: &Clinic, patient: &Caller<Patient>) -> Result<Value> {
    let line = |grant: &Grant| {
        json!({
            "id": grant.id,
            "name": grant.proxy_name,
            "email": grant.email,
            "scopes": grant.scopes.words(),
            "granted_at": grant.granted_at,
            "ends_at": grant.ends_at,
        })
    };
    Ok(proxies::grants(clinic, patient).await?.iter().map(line).collect())
}

/// For whom the patient acts: names alone, for the rest is not theirs.
async fn acting_for(clinic: &Clinic, patient: &Caller<Patient>) -> Result<Value> {
    let line = |acting: &ActingFor| {
        json!({
            "id": acting.id,
            "name": acting.name,
            "scopes": acting.scopes.words(),
            "ends_at": acting.ends_at,
        })
    };
    Ok(proxies::acting_for(clinic, patient).await?.iter().map(line).collect())
}

/// The pages of a list, one after the other, as far as one export goes.
fn pages() -> impl Iterator<Item = Page> {
    (1..=MOST_ROWS / AT_ONCE).map(|number| Page::new(number, AT_ONCE))
}

/// Whether `page` was the last one of a list of `count`.
fn is_last(page: Page, count: i64) -> bool {
    page.number >= page.pages(count)
}

async fn visits(clinic: &Clinic, patient: &Caller<Patient>) -> Result<Value> {
    let mut all = Vec::new();
    for page in pages() {
        let found = booking::visits_of_family(clinic, patient, When::Always, page).await?;
        all.extend(found.items.iter().map(visit));
        if is_last(page, found.count) {
            break;
        }
    }
    Ok(all.into())
}

fn visit(visit: &Visit) -> Value {
    json!({
        "id": visit.id,
        "patient": visit.patient_name,
        "doctor": visit.provider_name,
        "specialization": visit.specialization,
        "hospital": visit.hospital_name,
        "starts_at": visit.starts_at,
        "ends_at": visit.ends_at,
        "type": visit.appointment_type,
        "status": visit.status,
        "reason": visit.chief_complaint,
        "fee_minor": visit.consultation_fee_minor,
        "currency": visit.currency,
        "payment": {
            "status": visit.payment_status,
            "amount_minor": visit.payment_minor,
            "refunded_minor": visit.refund_minor,
        },
        "booked_at": visit.created_at,
        "reminder_sent_at": visit.reminder_sent_at,
    })
}

async fn wanted_times(clinic: &Clinic, patient: &Caller<Patient>) -> Result<Value> {
    let mut all = Vec::new();
    for page in pages() {
        let found = waitlist::entries(clinic, patient, page).await?;
        all.extend(found.items.iter().map(|entry| {
            json!({
                "id": entry.id,
                "doctor": entry.provider_name,
                "specialization": entry.specialization,
                "hospital": entry.hospital_name,
                "city": entry.city,
                "from_date": entry.from_date,
                "until_date": entry.until_date,
                "not_before": entry.starts,
                "not_after": entry.ends,
                "time_zone": entry.time_zone,
                "reason": entry.reason,
                "status": entry.status,
                "joined_at": entry.created_at,
            })
        }));
        if is_last(page, found.count) {
            break;
        }
    }
    Ok(all.into())
}

async fn access_log(clinic: &Clinic, patient: &Caller<Patient>) -> Result<Value> {
    let mut all = Vec::new();
    for page in pages() {
        let found = log::access_log(clinic, patient, LogFilter::default(), page).await?;
        all.extend(found.items.iter().map(|line| {
            json!({
                "occurred_at": line.occurred_at,
                "actor": line.actor_name,
                "action": line.action,
                "patient_id": line.patient,
            })
        }));
        if is_last(page, found.count) {
            break;
        }
    }
    Ok(all.into())
}
