//! A visit in the words that its reader may see.
use super::queries::FeedVisit;
use crate::booking::Visit;
use domain::{
    booking::{AppointmentStatus, VisitKind},
    calendar::{Entry, Purpose, Standing, UID_DOMAIN, write},
};
use jiff::Timestamp;

/// Whose calendar it is for. Calendars are shared, and shown on walls: none of them learns why there
/// is a visit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reader {
    /// Reads with whom, and for which of their dependants.
    Patient,
    /// Reads with whom, and for whom, who lets them.
    Proxy,
    /// Reads the patient's initials.
    Doctor,
}

/// The `.ics` file of one visit, which is shown at `public_url`.
pub fn file(visit: &Visit, reader: Reader, public_url: &str, now: Timestamp) -> String {
    write(&[entry(&FeedVisit::from(visit), reader, public_url)], Purpose::File(now))
}

pub(crate) fn entry(visit: &FeedVisit, reader: Reader, public_url: &str) -> Entry {
    let place = match (visit.appointment_type, &visit.hospital_name, &visit.hospital_address) {
        (VisitKind::InPerson, Some(name), Some(address)) => format!("{name}, {address}"),
        (kind, ..) => format!("{} visit", kind.label()),
    };
    let page = format!("{public_url}/visits/{}", visit.id);
    let (summary, description) = match reader {
        Reader::Patient | Reader::Proxy => (
            match visit.has_guardian || reader == Reader::Proxy {
                true => format!("Visit of {} with {}", visit.patient_name, visit.provider_name),
                false => format!("Visit with {}", visit.provider_name),
            },
            format!("Change or cancel it here: {page}"),
        ),
        Reader::Doctor => (
            format!("Visit of {}", initials(&visit.patient_name)),
            format!("More about it here: {page}"),
        ),
    };
    Entry {
        uid: format!("{}{UID_DOMAIN}", visit.id),
        sequence: u32::try_from(visit.sequence).unwrap_or_default(),
        changed_at: visit.updated_at,
        starts_at: visit.starts_at,
        ends_at: visit.ends_at,
        time_zone: visit.time_zone.clone(),
        summary,
        place,
        description,
        page,
        standing: match visit.status {
            AppointmentStatus::Cancelled | AppointmentStatus::Expired => Standing::Cancelled,
            AppointmentStatus::Requested => Standing::Tentative,
            _ => Standing::Confirmed,
        },
    }
}

/// `A.S.` of `Ana Maria Silva`
pub(crate) fn initials(name: &str) -> String {
    let mut words = name.split_whitespace();
    let letters = [words.next(), words.next_back()].into_iter().flatten();
    letters.filter_map(|word| word.chars().next()).map(|letter| format!("{letter}.")).collect()
}

#[cfg(test)]
mod tests {
    use super::initials;

    #[test]
    fn initials_are_of_the_first_and_the_last_name() {
        assert_eq!(initials("Ana Maria Silva"), "A.S.");
        assert_eq!(initials("Özgür Łuk"), "Ö.Ł.");
        assert_eq!(initials("Ana"), "A.");
    }
}
