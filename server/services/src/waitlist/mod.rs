//! The waitlist: who would take which times, and what they are offered.
//!
//! An offer is a hold that nobody asked for: a time that is kept for one person until they answer or
//! its end comes. Accepting it is a booking like any other.
mod figures;
mod offers;
mod queries;
mod turns;

use crate::{
    Clinic, Conn, Error, Result,
    audit::{self, Event},
    booking::check_may_book,
    directory::{self, Found, Page},
    error::violates,
    identity::{Caller, Patient},
};
use diesel_async::AsyncConnection;
use domain::{
    identity::UserId,
    waitlist::{Target, WAITING_ALREADY, WAITING_TOO_MUCH, WaitRequest, WaitlistEntryId},
};
use uuid::Uuid;

pub use figures::{Figures, LoggedOffer, figures, log};
pub use offers::{accept, accept_by_token, decline, decline_by_token, offer_by_token, open_offers};
pub use queries::{Entry, OfferedTime};
pub use turns::{look_everywhere, offer_openings};

/// A checked wish and whose it is.
struct Joined<'a> {
    id: WaitlistEntryId,
    patient: UserId,
    /// IANA name.
    zone: &'a str,
    request: &'a WaitRequest,
}

/// Lets `patient` wait for a time, on the clock of their account's zone.
pub async fn join(
    clinic: &Clinic,
    patient: &Caller<Patient>,
    request: WaitRequest,
) -> Result<WaitlistEntryId> {
    let request = request.check(clinic.now().to_zoned(patient.zone.rules()).date())?;
    let conn = &mut *clinic.db().await?;
    check_target(clinic, conn, patient, &request).await?;
    let id = WaitlistEntryId::generate();
    let joined =
        Joined { id, patient: patient.user, zone: patient.zone.as_str(), request: &request };
    conn.transaction(async |conn| {
        queries::insert_entry(conn, &joined).await.map_err(refused)?;
        queries::ask_to_look(conn, request.target).await?;
        let event = event(patient.user, "waitlist.join", "waitlist_entry", id.as_uuid());
        audit::record_in(conn, event).await?;
        Ok(id)
    })
    .await
}

/// What it means to a person that the database refused the row.
fn refused(error: diesel::result::Error) -> Error {
    let doubles = ["waitlist_entries_one_a_doctor", "waitlist_entries_one_a_specialty"];
    if violates(&error, "waitlist_entries_five_at_most") {
        WAITING_TOO_MUCH.into()
    } else if doubles.iter().any(|constraint| violates(&error, constraint)) {
        WAITING_ALREADY.into()
    } else if violates(&error, "waitlist_entries_of_open_accounts") {
        Error::SignedOut
    } else {
        error.into()
    }
}

/// Whether the person may wait for this doctor, and the place is one of theirs.
async fn check_target(
    clinic: &Clinic,
    conn: &mut Conn,
    patient: &Caller<Patient>,
    request: &WaitRequest,
) -> Result<()> {
    let Target::Doctor(provider) = request.target else {
        return match request.hospital {
            None => Ok(()),
            Some(_) => Err(Error::field("hospital_id", "Choose a doctor to choose a place.")),
        };
    };
    let doctor = directory::details_of(clinic, conn, provider).await?;
    if !doctor.provider.is_active {
        return Err(Error::NotFound);
    }
    if let Some(place) = request.hospital
        && !doctor.hospitals.iter().any(|hospital| hospital.id == place)
    {
        return Err(Error::field("hospital_id", "Choose one of the doctor's places."));
    }
    check_may_book(conn, patient, Some(patient.user), &doctor.provider).await
}

/// Ends a wish of `patient` and lets go of what is kept for it. Asked twice, it does so once.
pub async fn leave(clinic: &Clinic, patient: &Caller<Patient>, id: WaitlistEntryId) -> Result<()> {
    let conn = &mut *clinic.db().await?;
    let freed = conn
        .transaction(async |conn| {
            let entry = queries::entry_of(conn, patient.user, id).await?;
            let freed = queries::withdraw(conn, entry.id).await?;
            if queries::leave(conn, patient.user, id).await? {
                let event = event(patient.user, "waitlist.leave", "waitlist_entry", id.as_uuid());
                audit::record_in(conn, event).await?;
            }
            Ok::<_, Error>(freed)
        })
        .await?;
    // Until the wish had ended, the worker may have offered something. Not before the commit: whoever accepts it
    // waits for the wish, and we would wait for them.
    let late = queries::withdraw(conn, id).await?;
    if let Some(provider) = freed.or(late) {
        clinic.live().announce(provider);
    }
    Ok(())
}

/// One wish of `patient`.
pub async fn entry(
    clinic: &Clinic,
    patient: &Caller<Patient>,
    id: WaitlistEntryId,
) -> Result<Entry> {
    Ok(queries::entry_of(&mut *clinic.db().await?, patient.user, id).await?)
}

/// The wishes of `patient`: those that wait first, then the latest.
pub async fn entries(
    clinic: &Clinic,
    patient: &Caller<Patient>,
    page: Page,
) -> Result<Found<Entry>> {
    let conn = &mut *clinic.db().await?;
    let count = queries::count_entries(conn, patient.user).await?;
    let part = (page.size, page.offset());
    Ok(Found { count, items: queries::entries_of(conn, patient.user, part).await? })
}

fn event(
    patient: UserId,
    action: &'static str,
    subject_type: &'static str,
    subject: Uuid,
) -> Event {
    Event { actor: Some(patient), action, subject_type, subject, patient: Some(patient) }
}
