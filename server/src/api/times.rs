//! Free times, which answers hold by the hundred: what many of them have in common is written once, and copied.
use super::{
    JsonText,
    output::{self, PRINTER},
    problem::ApiResult,
};
use domain::{
    booking::{Cause, Offer, Priority, Slot, VisitKind, VisitKinds},
    directory::{HospitalId, ProviderId},
};
use jiff::Timestamp;
use serde::Serialize;
use services::directory::{Provider, ProviderDetails};
use std::sync::Arc;

/// A free time.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct SlotBody {
    #[schema(value_type = String, format = DateTime)]
    #[serde(serialize_with = "output::instant")]
    start: Timestamp,
    #[schema(value_type = String, format = DateTime)]
    #[serde(serialize_with = "output::instant")]
    end: Timestamp,
    /// The place, for visits in person.
    #[schema(value_type = Option<String>, format = Uuid)]
    hospital_id: Option<HospitalId>,
    #[schema(value_type = Vec<VisitKind>)]
    appointment_types: VisitKinds,
    /// `urgent` while it is kept for urgent visits, else `routine`.
    priority: Priority,
}

impl From<&Offer> for SlotBody {
    fn from(offer: &Offer) -> Self {
        let Slot { start, end } = offer.slot;
        let Manner { hospital_id, appointment_types, priority } = offer.into();
        Self { start, end, hospital_id, appointment_types, priority }
    }
}

/// The free times of a doctor.
#[derive(Serialize, utoipa::ToSchema)]
pub struct AvailabilityBody<'a> {
    #[schema(value_type = String, format = Uuid)]
    provider_id: ProviderId,
    /// IANA name of the doctor's zone.
    time_zone: &'a str,
    /// The length of a visit, when all in the window have the same.
    slot_minutes: Option<i64>,
    slots: Vec<SlotBody>,
}

/// The free times of several doctors, in the order asked for. Those that there are not are left out.
#[derive(utoipa::ToSchema)]
#[expect(dead_code, reason = "it is written as text; the schema says what is in it")]
pub struct AvailabilityList<'a> {
    results: Vec<AvailabilityBody<'a>>,
}

/// A doctor, and times of theirs.
pub type DoctorTimes = (Arc<ProviderDetails>, Vec<Offer>);

/// An [`AvailabilityBody`], of visits of one kind if given.
pub fn of_doctor(
    provider: &Provider,
    offers: &[Offer],
    visit: Option<VisitKind>,
) -> ApiResult<JsonText> {
    written(offers.len(), |text| write_doctor(text, provider, offers, visit))
}

/// An [`AvailabilityList`], of visits of one kind if given.
pub fn of_doctors(found: &[DoctorTimes], visit: Option<VisitKind>) -> ApiResult<JsonText> {
    let times = found.iter().map(|(_, offers)| offers.len()).sum();
    written(times, |text| {
        text.extend_from_slice(br#"{"results":["#);
        for (index, (doctor, offers)) in found.iter().enumerate() {
            if index > 0 {
                text.push(b',');
            }
            write_doctor(text, &doctor.provider, offers, visit)?;
        }
        text.extend_from_slice(b"]}");
        Ok(())
    })
}

fn written(
    times: usize,
    write: impl FnOnce(&mut Vec<u8>) -> anyhow::Result<()>,
) -> ApiResult<JsonText> {
    /// About as much as one time takes, in bytes.
    const A_TIME: usize = 140;
    let mut text = Vec::with_capacity((times + 2) * A_TIME);
    write(&mut text).map_err(services::Error::Internal)?;
    Ok(JsonText(text))
}

fn write_doctor(
    text: &mut Vec<u8>,
    provider: &Provider,
    offers: &[Offer],
    visit: Option<VisitKind>,
) -> anyhow::Result<()> {
    let fitting =
        || offers.iter().filter(|offer| visit.is_none_or(|kind| offer.kinds.contains(kind)));
    let mut lengths = fitting().map(|offer| offer.slot.minutes());
    let first = lengths.next();
    let empty = AvailabilityBody {
        provider_id: provider.id,
        time_zone: &provider.time_zone,
        slot_minutes: first.filter(|first| lengths.all(|length| length == *first)),
        slots: Vec::new(),
    };
    serde_json::to_writer(&mut *text, &empty)?;
    // The times come last.
    text.truncate(text.len() - "]}".len());
    write_slots(text, fitting())?;
    text.extend_from_slice(b"]}");
    Ok(())
}

/// How a visit may be had at a time.
#[derive(PartialEq, Eq, Serialize)]
struct Manner {
    hospital_id: Option<HospitalId>,
    appointment_types: VisitKinds,
    priority: Priority,
}

impl From<&Offer> for Manner {
    fn from(offer: &Offer) -> Self {
        let is_kept = offer.cause == Some(Cause::KeptForUrgent);
        Self {
            hospital_id: offer.place,
            appointment_types: offer.kinds,
            priority: if is_kept { Priority::Urgent } else { Priority::Routine },
        }
    }
}

/// Each as a [`SlotBody`], with commas between them. There are few manners, and each is written once.
fn write_slots<'o>(
    text: &mut Vec<u8>,
    offers: impl Iterator<Item = &'o Offer>,
) -> anyhow::Result<()> {
    let mut manners: Vec<(Manner, String)> = Vec::new();
    for (index, offer) in offers.enumerate() {
        let manner = Manner::from(offer);
        let known = manners.iter().position(|(other, _)| *other == manner);
        let known = match known {
            Some(known) => known,
            None => {
                let written = serde_json::to_string(&manner)?;
                manners.push((manner, written.replacen('{', ",", 1)));
                manners.len() - 1
            }
        };
        if index > 0 {
            text.push(b',');
        }
        text.extend_from_slice(br#"{"start":""#);
        PRINTER.print_timestamp(&offer.slot.start, &mut *text)?;
        text.extend_from_slice(br#"","end":""#);
        PRINTER.print_timestamp(&offer.slot.end, &mut *text)?;
        text.push(b'"');
        text.extend_from_slice(manners[known].1.as_bytes());
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::{
        Id,
        booking::{Origin, Pauses},
    };

    fn offer(start: &str, kinds: &[VisitKind], cause: Option<Cause>) -> Offer {
        let start: Timestamp = start.parse().unwrap();
        Offer {
            slot: Slot { start, end: start + jiff::SignedDuration::from_mins(20) },
            local: jiff::civil::date(2026, 3, 2).at(9, 0, 0, 0),
            place: kinds.contains(&VisitKind::InPerson).then(Id::generate),
            kinds: kinds.iter().copied().collect(),
            origin: Origin::Rule(Id::generate()),
            pauses: Pauses::NONE,
            cause,
            kept_until: None,
            takes_urgent: false,
        }
    }

    #[test]
    fn times_are_written_as_their_bodies_are() {
        use VisitKind::{InPerson, Phone, Video};
        let offers = [
            offer("2026-03-02T09:00:00Z", &[Video], None),
            offer("2026-03-02T09:20:00Z", &[Video, Phone], Some(Cause::KeptForUrgent)),
            offer("2026-03-02T23:50:00Z", &[InPerson], None),
            offer("2026-12-31T23:59:00.5Z", &[Video], None),
        ];
        for count in 0..=offers.len() {
            let mut text = vec![b'['];
            write_slots(&mut text, offers[..count].iter()).unwrap();
            text.push(b']');
            let bodies: Vec<SlotBody> = offers[..count].iter().map(SlotBody::from).collect();
            assert_eq!(String::from_utf8(text).unwrap(), serde_json::to_string(&bodies).unwrap());
        }
    }
}
