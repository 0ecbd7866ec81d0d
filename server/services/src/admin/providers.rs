//! The doctors of the clinic: nobody is added whose licence a register does not call valid.
use super::{
    EMAIL_IN_USE, LICENSE_IN_USE, LICENSE_NOT_CHECKED, event,
    provider_form::ProviderForm,
    queries::{self, LicenseCheck, ProviderLine, ProviderRow},
    sync,
};
use crate::{
    Clinic, Conn, Error, OnConstraint, Result, audit,
    directory::{Found, HospitalBrief, Page, Provider, queries as directory},
    gateways::License,
    identity::{Admin, Caller},
    outbox,
};
use diesel_async::AsyncConnection;
use domain::directory::{HospitalId, ProviderId};
use serde_json::json;
use uuid::Uuid;

/// Doctors, active or not, by name.
pub async fn providers(
    clinic: &Clinic,
    _: &Caller<Admin>,
    q: Option<&str>,
    page: Page,
) -> Result<Found<ProviderLine>> {
    let conn = &mut *clinic.db().await?;
    let count = queries::count_providers(conn, q).await?;
    Ok(Found { count, items: queries::providers(conn, q, page).await? })
}

/// A doctor and the places they work at, active or not.
pub async fn provider(
    clinic: &Clinic,
    _: &Caller<Admin>,
    id: ProviderId,
) -> Result<(Provider, Vec<HospitalBrief>)> {
    let conn = &mut *clinic.db().await?;
    let provider = directory::provider(conn, id).await?;
    let places = directory::hospitals_of(conn, &[id]).await?.remove(&id).unwrap_or_default();
    Ok((provider, places))
}

/// What a register has said about the doctor's licence; `None` when nobody was asked.
pub async fn license_check(
    clinic: &Clinic,
    _: &Caller<Admin>,
    id: ProviderId,
) -> Result<Option<LicenseCheck>> {
    Ok(queries::license_check(&mut *clinic.db().await?, id).await?)
}

/// Adds a doctor, with no hours yet, and welcomes them.
pub async fn create_provider(
    clinic: &Clinic,
    admin: &Caller<Admin>,
    form: &ProviderForm,
) -> Result<ProviderId> {
    let row = form.check()?;
    let check = checked(clinic, admin, &row).await?;
    let id = ProviderId::generate();
    let event = event(admin, "provider.create", "provider", id.as_uuid());
    let conn = &mut *clinic.db().await?;
    conn.transaction(async |conn| {
        taken(queries::insert_provider(conn, id, &row).await)?;
        queries::insert_license_check(conn, Uuid::now_v7(), Some(id), &check).await?;
        link(conn, id, &form.hospitals).await?;
        let welcome = json!({ "provider_id": id });
        outbox::enqueue_in(conn, "provider.welcome", format!("provider.welcome/{id}"), welcome)
            .await?;
        audit::record_in(conn, event).await?;
        Ok::<_, Error>(())
    })
    .await?;
    clinic.known_choices().forget();
    Ok(id)
}

/// Changes a doctor. One that is no longer active keeps their visits but is not found any more.
/// Another licence number is checked as that of a new doctor is.
pub async fn change_provider(
    clinic: &Clinic,
    admin: &Caller<Admin>,
    id: ProviderId,
    form: &ProviderForm,
) -> Result<()> {
    let row = form.check()?;
    let known = directory::provider(&mut *clinic.db().await?, id).await?.license_number;
    let check = match known == row.license_number {
        true => None,
        false => Some(checked(clinic, admin, &row).await?),
    };
    let event = event(admin, "provider.change", "provider", id.as_uuid());
    let conn = &mut *clinic.db().await?;
    conn.transaction(async |conn| {
        if !taken(queries::set_provider(conn, id, &row).await)? {
            return Err(Error::NotFound);
        }
        if let Some(check) = &check {
            queries::insert_license_check(conn, Uuid::now_v7(), Some(id), check).await?;
        }
        link(conn, id, &form.hospitals).await?;
        audit::record_in(conn, event).await?;
        Ok(())
    })
    .await?;
    clinic.known_choices().forget();
    clinic.live().announce(id);
    Ok(())
}

/// Replaces the places of a doctor, the first being the main one, and tells the hospitals.
pub async fn set_hospitals(
    clinic: &Clinic,
    admin: &Caller<Admin>,
    id: ProviderId,
    places: &[HospitalId],
) -> Result<Vec<HospitalBrief>> {
    if places.len() > 20 {
        return Err(Error::field("hospitals", "Choose 20 places or fewer."));
    }
    let event = event(admin, "provider.set_hospitals", "provider", id.as_uuid());
    let conn = &mut *clinic.db().await?;
    conn.transaction(async |conn| {
        if !queries::lock_provider(conn, id).await? {
            return Err(Error::NotFound);
        }
        link(conn, id, places).await?;
        audit::record_in(conn, event).await?;
        Ok(())
    })
    .await?;
    clinic.known_choices().forget();
    clinic.live().announce(id);
    Ok(directory::hospitals_of(conn, &[id]).await?.remove(&id).unwrap_or_default())
}

/// Asks the register. A number that is not valid is kept as such, and refused at its field.
async fn checked(
    clinic: &Clinic,
    admin: &Caller<Admin>,
    row: &ProviderRow,
) -> Result<LicenseCheck> {
    let license = License {
        license_number: row.license_number.clone(),
        first_name: row.first_name.clone(),
        last_name: row.last_name.clone(),
        specialization: row.specialization,
    };
    let register = &clinic.gateways().licenses;
    let standing = register.standing(&license).await.map_err(|silence| {
        tracing::warn!(%silence, "licence not checked");
        Error::Silent(LICENSE_NOT_CHECKED)
    })?;
    let check = LicenseCheck {
        license_number: license.license_number,
        standing,
        register: register.name().to_owned(),
        checked_at: clinic.now(),
    };
    let Some(refusal) = standing.refusal() else { return Ok(check) };
    let id = Uuid::now_v7();
    let event = event(admin, "provider.refuse_license", "license_check", id);
    let conn = &mut *clinic.db().await?;
    conn.transaction(async |conn| {
        queries::insert_license_check(conn, id, None, &check).await?;
        audit::record_in(conn, event).await
    })
    .await?;
    Err(Error::field("license_number", refusal))
}

fn taken<T>(result: diesel::QueryResult<T>) -> Result<T> {
    match result {
        Err(error) if crate::error::violates(&error, "providers_email_unique") => {
            Err(EMAIL_IN_USE.into())
        }
        other => other.on_constraint("providers_license_number_unique", LICENSE_IN_USE),
    }
}

/// Replaces the places of a doctor, and has the hospitals told that gain, keep or lose them.
async fn link(conn: &mut Conn, id: ProviderId, places: &[HospitalId]) -> Result<()> {
    let before = queries::places_of(conn, id).await?;
    let mut after = Vec::new();
    for place in places {
        if !after.contains(place) {
            after.push(*place);
        }
    }
    queries::set_hospitals(conn, id, &after).await.on_constraint(
        "provider_hospitals_hospital_id_fkey",
        Error::field("hospitals", "Choose places from the list."),
    )?;
    let version = directory::version(conn, id).await?;
    let lost =
        before.into_iter().filter(|place| !after.contains(place)).map(|place| (place, false));
    let all: Vec<_> = after.iter().map(|place| (*place, true)).chain(lost).collect();
    sync::ask_in(conn, id, version, &all).await
}
