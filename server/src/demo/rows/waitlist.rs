//! Who waits, and what they were offered.
use crate::demo::{
    Clinic,
    copy::{Row, Table},
    wishes::{GivenBack, Offered, Whom, Wish},
};
use domain::{directory::Specialty, waitlist::OfferOutcome};
use jiff::SignedDuration;

pub fn entries(clinic: &Clinic) -> Table {
    let mut entries = Table::new(
        "waitlist_entries",
        "id, patient_id, provider_id, specialization, city, kinds, weekdays, time_zone, starts, ends, from_date, until_date, reason, status, created_at, updated_at",
    );
    for wish in &clinic.waitlist.wishes {
        entry(&mut entries, wish, clinic);
    }
    entries
}

fn entry(entries: &mut Table, wish: &Wish, clinic: &Clinic) {
    let person = &clinic.people[wish.patient];
    let row = entries.row().id(wish.id).id(person.id.as_uuid());
    let row = match wish.whom {
        Whom::Doctor(doctor) => row.id(clinic.doctors[doctor].id.as_uuid()).null().null(),
        Whom::Specialty(specialty, city) => {
            row.null().text(Specialty::as_str(specialty)).text(city)
        }
    };
    row.words([wish.kind.as_str()])
        .number(wish.weekdays.bits())
        .text(person.zone)
        .clock(wish.starts)
        .clock(wish.ends)
        .day(wish.from)
        .day(wish.until)
        .text(wish.reason)
        .text(wish.status.as_str())
        .instant(wish.made)
        .instant(wish.made)
        .end();
}

pub fn offers(clinic: &Clinic) -> Table {
    let mut offers = Table::new(
        "waitlist_offers",
        "id, entry_id, appointment_id, provider_id, starts_at, ends_at, appointment_type, token_hash, expires_at, position, waiting, outcome, settled_at, created_at, updated_at",
    );
    for offered in &clinic.waitlist.offers {
        offer(&mut offers, offered, clinic);
    }
    offers
}

fn offer(offers: &mut Table, offered: &Offered, clinic: &Clinic) {
    let visit = &clinic.visits[offered.visit];
    let accepted = (offered.outcome == OfferOutcome::Accepted).then_some(visit.id.as_uuid());
    let expires = (offered.made + SignedDuration::from_hours(2)).max(offered.settled);
    offers
        .row()
        .id(offered.id)
        .id(clinic.waitlist.wishes[offered.wish].id)
        .maybe(accepted, Row::id)
        .id(clinic.doctors[visit.doctor].id.as_uuid())
        .instant(visit.slot.start)
        .instant(visit.slot.end)
        .text(visit.kind.as_str())
        // Of no token at all: nobody knows what it would be the hash of.
        .text(&format!("\\x{0}{0}", offered.id.simple()))
        .instant(expires)
        .number(offered.position)
        .number(offered.waiting)
        .text(offered.outcome.as_str())
        .instant(offered.settled)
        .instant(offered.made)
        .instant(offered.settled)
        .end();
}

pub fn openings(clinic: &Clinic) -> Table {
    let mut openings = Table::new(
        "waitlist_openings",
        "provider_id, cause, starts_at, ends_at, looked_at, created_at, updated_at",
    );
    for GivenBack { doctor, slot, at } in &clinic.waitlist.given_back {
        openings
            .row()
            .id(clinic.doctors[*doctor].id.as_uuid())
            .text("given_back")
            .instant(slot.start)
            .instant(slot.end)
            .instant(*at)
            .instant(*at)
            .instant(*at)
            .end();
    }
    openings
}
