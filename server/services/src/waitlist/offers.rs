//! Answering an offer: signed in, or with the link that the person was sent.
use super::{
    event,
    queries::{self, OfferedTime},
};
use crate::{
    Clinic, Error, Result, audit,
    booking::{self, IdempotencyKey},
    identity::{self, Caller, Patient},
    token,
};
use diesel_async::AsyncConnection;
use domain::{
    booking::{AppointmentId, BookingRequest, NOT_OFFERED, SLOT_TAKEN},
    money::Money,
    waitlist::{
        ACCEPTED_ALREADY, OFFER_OVER, OfferOutcome, PRICE_CHANGED, WaitlistEntryId, WaitlistOfferId,
    },
};

/// What is kept for `patient` now, soonest to end first.
pub async fn open_offers(clinic: &Clinic, patient: &Caller<Patient>) -> Result<Vec<OfferedTime>> {
    Ok(queries::open_offers(&mut *clinic.db().await?, patient.user).await?)
}

/// The offer that `token` opens. Whoever has the link may see it and answer it, and nothing else of
/// the person; the token of no offer is not found.
pub async fn offer_by_token(clinic: &Clinic, token: &str) -> Result<OfferedTime> {
    Ok(queries::offer_by_token(&mut *clinic.db().await?, &token::hash(token)).await?)
}

/// Makes the offer a visit; `expected` is what the person was told it costs.
///
/// Accepted twice, it is the same visit.
pub async fn accept(
    clinic: &Clinic,
    patient: &Caller<Patient>,
    id: WaitlistOfferId,
    expected: Option<Money>,
) -> Result<AppointmentId> {
    let offer = queries::offer_of(&mut *clinic.db().await?, patient.user, id).await?;
    take(clinic, patient, offer, expected).await
}

/// The same with the link.
pub async fn accept_by_token(
    clinic: &Clinic,
    token: &str,
    expected: Option<Money>,
) -> Result<AppointmentId> {
    let offer = offer_by_token(clinic, token).await?;
    let patient = identity::require(identity::actor(clinic, offer.patient_id).await?)?;
    take(clinic, &patient, offer, expected).await
}

async fn take(
    clinic: &Clinic,
    patient: &Caller<Patient>,
    offer: OfferedTime,
    expected: Option<Money>,
) -> Result<AppointmentId> {
    if let Some(visit) = offer.visit {
        return Ok(visit);
    }
    if offer.remaining().is_none() {
        return Err(OFFER_OVER.into());
    }
    if expected.is_some_and(|expected| expected != offer.fee()) {
        return Err(PRICE_CHANGED.into());
    }
    // The same for each try, so that two of them are one booking.
    let key = IdempotencyKey::checked(&format!("waitlist.accept/{}", offer.id))?;
    let request = BookingRequest {
        provider: offer.provider_id,
        start: offer.starts_at,
        kind: offer.appointment_type,
        reason: offer.reason.clone(),
        place: None,
    };
    let booked =
        booking::book(clinic, patient, &key, request).await.map_err(|error| match error {
            Error::Refused(refusal) if [SLOT_TAKEN, NOT_OFFERED].contains(&refusal) => {
                OFFER_OVER.into()
            }
            other => other,
        })?;
    let conn = &mut *clinic.db().await?;
    queries::withdraw_others(conn, &offer).await?;
    queries::settle_accepted(conn, &offer, booked.appointment).await?;
    Ok(booked.appointment)
}

/// Gives the time to the next person, and says who waits on. Asked twice, it does so once.
pub async fn decline(
    clinic: &Clinic,
    patient: &Caller<Patient>,
    id: WaitlistOfferId,
) -> Result<WaitlistEntryId> {
    let offer = queries::offer_of(&mut *clinic.db().await?, patient.user, id).await?;
    let_go(clinic, &offer).await?;
    Ok(offer.entry_id)
}

/// The same with the link.
pub async fn decline_by_token(clinic: &Clinic, token: &str) -> Result<()> {
    let_go(clinic, &offer_by_token(clinic, token).await?).await
}

async fn let_go(clinic: &Clinic, offer: &OfferedTime) -> Result<()> {
    if offer.outcome == OfferOutcome::Accepted {
        return Err(ACCEPTED_ALREADY.into());
    }
    let conn = &mut *clinic.db().await?;
    let freed = conn
        .transaction(async |conn| {
            let freed = queries::decline(conn, offer).await?;
            if freed {
                let subject = offer.id.as_uuid();
                let event = event(offer.patient_id, "waitlist.decline", "waitlist_offer", subject);
                audit::record_in(conn, event).await?;
            }
            Ok::<_, Error>(freed)
        })
        .await?;
    if freed {
        clinic.live().announce(offer.provider_id);
    }
    Ok(())
}
