//! Family: the people for whom somebody books and reads.
pub(crate) mod queries;

use crate::{
    Clinic, Conn, Error, OnConstraint, Result,
    audit::{self, Event},
    identity::{Caller, Patient},
    proxies::{self, authority},
};
use diesel_async::AsyncConnection;
use domain::{
    family::{DependantDetails, HAS_COMING_VISITS, TOO_MANY_DEPENDANTS},
    identity::UserId,
    proxies::Scope,
};
use jiff::civil::Date;

pub use queries::Dependant;

impl Dependant {
    pub fn full_name(&self) -> String {
        format!("{} {}", self.first_name, self.last_name)
    }
}

/// Somebody for whom another may book.
#[derive(Clone, PartialEq, Eq)]
pub struct BookedFor {
    pub id: UserId,
    pub name: String,
}

impl std::fmt::Debug for BookedFor {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("BookedFor").field("id", &self.id).finish_non_exhaustive()
    }
}

/// For whom `patient` may book beside themselves: their dependants, then those who let them.
pub async fn booked_for(clinic: &Clinic, patient: &Caller<Patient>) -> Result<Vec<BookedFor>> {
    let dependants = dependants(clinic, patient).await?;
    let dependants = dependants
        .into_iter()
        .map(|dependant| BookedFor { id: dependant.id, name: dependant.full_name() });
    let entrusted = proxies::acting_for(clinic, patient).await?;
    let entrusted = entrusted
        .into_iter()
        .filter(|acting| acting.scopes.allow(Scope::Booking))
        .map(|acting| BookedFor { id: acting.patient, name: acting.name });
    Ok(dependants.chain(entrusted).collect())
}

/// The dependants of `guardian`, in the order in which they were added.
pub async fn dependants(clinic: &Clinic, guardian: &Caller<Patient>) -> Result<Vec<Dependant>> {
    Ok(queries::dependants(&mut *clinic.db().await?, guardian.user).await?)
}

/// One of them.
pub async fn dependant(
    clinic: &Clinic,
    guardian: &Caller<Patient>,
    id: UserId,
) -> Result<Dependant> {
    let all = dependants(clinic, guardian).await?;
    all.into_iter().find(|dependant| dependant.id == id).ok_or(Error::NotFound)
}

/// Adds a dependant. Somebody of the same name, born on the same day, is the same: asked twice, it
/// is done once.
pub async fn add(
    clinic: &Clinic,
    guardian: &Caller<Patient>,
    details: &DependantDetails,
) -> Result<UserId> {
    let details = details.check(today(clinic, guardian))?;
    let conn = &mut *clinic.db().await?;
    conn.transaction(async |conn| {
        let zone = queries::lock_guardian(conn, guardian.user).await?;
        if let Some(known) = queries::same_dependant(conn, guardian.user, &details).await? {
            return Ok(known);
        }
        let person = UserId::generate();
        queries::insert_person(conn, person, &details, &zone).await?;
        queries::insert_dependant(conn, guardian.user, person, details.relationship)
            .await
            .on_constraint("dependants_at_most_ten", TOO_MANY_DEPENDANTS)?;
        audit::record_in(conn, event(guardian, person, "family.add")).await?;
        Ok(person)
    })
    .await
}

/// Changes what is known of a dependant.
pub async fn change(
    clinic: &Clinic,
    guardian: &Caller<Patient>,
    id: UserId,
    details: &DependantDetails,
) -> Result<()> {
    let details = details.check(today(clinic, guardian))?;
    let conn = &mut *clinic.db().await?;
    conn.transaction(async |conn| {
        if !queries::set_relationship(conn, guardian.user, id, details.relationship).await? {
            return Err(Error::NotFound);
        }
        queries::set_person(conn, id, &details).await?;
        audit::record_in(conn, event(guardian, id, "family.change")).await?;
        Ok(())
    })
    .await
}

/// Removes a dependant who has no coming visits. Past visits stay where they are.
pub async fn remove(clinic: &Clinic, guardian: &Caller<Patient>, id: UserId) -> Result<()> {
    let now = clinic.now();
    let conn = &mut *clinic.db().await?;
    conn.transaction(async |conn| {
        if !queries::set_removed(conn, guardian.user, id, now).await? {
            return Err(Error::NotFound);
        }
        if queries::has_coming_visits(conn, id, now).await? {
            return Err(HAS_COMING_VISITS.into());
        }
        audit::record_in(conn, event(guardian, id, "family.remove")).await?;
        Ok(())
    })
    .await
}

/// Whether `patient` may book for `person`: for themselves, for whom they have on their list, and for who lets them.
pub(crate) async fn check_books_for(
    conn: &mut Conn,
    patient: &Caller<Patient>,
    person: UserId,
) -> Result<()> {
    let may = person == patient.user
        || queries::is_dependant(conn, patient.user, person).await?
        || authority::may(conn, patient.user, person, Scope::Booking).await?;
    if may { Ok(()) } else { Err(Error::NotFound) }
}

/// `patient` and all those for whom they may book.
pub(crate) async fn everyone_booked_for(
    conn: &mut Conn,
    patient: &Caller<Patient>,
) -> Result<Vec<UserId>> {
    let mut people = everyone(conn, patient).await?;
    people.extend(authority::entrusted(conn, patient.user, Scope::Booking).await?);
    Ok(people)
}

/// `guardian` and those they have on their list.
pub(crate) async fn everyone(conn: &mut Conn, guardian: &Caller<Patient>) -> Result<Vec<UserId>> {
    let dependants = queries::dependants(conn, guardian.user).await?;
    let dependants = dependants.into_iter().map(|dependant| dependant.id);
    Ok(std::iter::once(guardian.user).chain(dependants).collect())
}

fn today(clinic: &Clinic, guardian: &Caller<Patient>) -> Date {
    clinic.now().to_zoned(guardian.zone.rules()).date()
}

fn event(guardian: &Caller<Patient>, person: UserId, action: &'static str) -> Event {
    Event {
        actor: Some(guardian.user),
        action,
        subject_type: "user",
        subject: person.as_uuid(),
        patient: Some(person),
    }
}
