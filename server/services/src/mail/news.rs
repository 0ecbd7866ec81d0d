//! A mail, from what happened and how things are now.
use super::{
    Errand, Place, Recipient,
    queries::{self, Addressee, Told},
};
use crate::{
    Conn, Result, booking,
    calendar::{self, FeedVisit, entry_of, initials},
    emergency,
    gateways::CalendarFile,
    identity::Proof,
};
use domain::{
    booking::{AppointmentId, ReminderKind, VisitKind},
    calendar::{Invitation, Purpose, method, write as write_calendar},
    mail::{
        self as words, EmergencyWords, Letter, OfferWords, Pronoun, Reader, SignInWords, Topic,
        VisitWords, one_line,
    },
    waitlist::OfferOutcome,
    zone::Zone,
};
use jiff::{SignedDuration, Timestamp};
use std::collections::BTreeMap;

/// A reminder that could not be sent by then is none any more: meanwhile they may have measured.
const REMINDED_WITHIN: SignedDuration = SignedDuration::from_hours(8);

/// A mail as it goes out.
pub(super) struct News {
    pub letter: Letter,
    /// One for each visit that calendars are told of.
    pub calendars: Vec<CalendarFile>,
    /// The visits to which that has happened, each with its start.
    pub visits: Vec<(AppointmentId, Timestamp)>,
}

type Written = Option<News>;

/// What `reader` is to be told; `None`: nothing any more.
pub(super) async fn write(
    conn: &mut Conn,
    errand: &Errand,
    reader: &Addressee,
    place: &Place<'_>,
) -> Result<Written> {
    let of = &errand.of;
    match errand.topic {
        Topic::Offered => Ok(offer(conn, errand, reader, place).await?.map(alone)),
        Topic::Paused | Topic::Over => {
            let page = format!("{}/patient/waitlist", place.public_url);
            Ok(Some(alone(words::waiting_over(errand.topic, &reader.name, &page))))
        }
        Topic::Welcome => {
            let Some(provider) = of.provider_id else { return Ok(None) };
            let page = format!("{}/doctors/{provider}", place.public_url);
            Ok(Some(alone(words::welcome(&reader.name, &page))))
        }
        Topic::ConfirmAddress => Ok(confirm(conn, errand, place).await?.map(alone)),
        Topic::ResetPassword => Ok(of.reset_id.map(|id| {
            let token = place.keys.token(Proof::Reset, id.as_uuid(), 0);
            alone(words::reset_password(format!("{}/reset?token={token}", place.public_url)))
        })),
        Topic::PasswordChanged => {
            let page = format!("{}/reset", place.public_url);
            Ok(Some(alone(words::password_changed(&reader.name, page))))
        }
        Topic::NewSignIn | Topic::TokenReused => Ok(sign_in(errand, reader, place).map(alone)),
        topic @ (Topic::FactorOn
        | Topic::FactorOff
        | Topic::RecoveryCodesRenewed
        | Topic::RecoveryCodeUsed
        | Topic::FactorRemovalAsked
        | Topic::FactorRemoved
        | Topic::PasskeyAdded
        | Topic::PasskeyRemoved
        | Topic::PasskeyCopied) => {
            let page = format!("{}/account/security", place.public_url);
            Ok(words::factor_changed(topic, &reader.name, page).map(alone))
        }
        topic @ (Topic::DeviceAdded | Topic::DeviceKeyMade | Topic::DeviceFailed) => {
            Ok(of.device_id.and_then(|id| {
                let page = format!("{}/patient/devices/{id}", place.public_url);
                words::device(topic, &reader.name, page).map(alone)
            }))
        }
        topic @ (Topic::AlertOpened | Topic::AlertCritical) => {
            let page = format!("{}/patient/alerts", place.public_url);
            Ok(words::alert(topic, &reader.name, page).map(alone))
        }
        Topic::MilestoneReached => {
            let page = format!("{}/patient/readings/milestones", place.public_url);
            Ok(Some(alone(words::milestone_reached(&reader.name, page))))
        }
        Topic::MeasureReminder => {
            let is_fresh = of.at.is_some_and(|at| place.now.duration_since(at) < REMINDED_WITHIN);
            let page = format!("{}/patient/readings", place.public_url);
            Ok(is_fresh.then(|| alone(words::measure_reminder(&reader.name, page))))
        }
        Topic::EmergencyOpened | Topic::EmergencyToReview | Topic::EmergencyReviewed => {
            Ok(emergency(conn, errand, reader, place).await?.map(alone))
        }
        Topic::ConfirmNewAddress => new_address(conn, errand, place).await,
        Topic::AddressChanged => Ok(of.change_id.map(|id| {
            let token = place.keys.token(Proof::UndoAddress, id.as_uuid(), 0);
            let page = format!("{}/address/undo?token={token}", place.public_url);
            alone(words::address_changed(&reader.name, page))
        })),
        Topic::ProxyInvited => Ok(of.grant_id.map(|id| {
            let token = place.keys.token(Proof::Invitation, id.as_uuid(), 0);
            let page = format!("{}/proxies/invitation?token={token}", place.public_url);
            alone(words::proxy_invited(page))
        })),
        Topic::ProxyAccepted => {
            let page = format!("{}/account/proxies", place.public_url);
            Ok(Some(alone(words::proxy_accepted(&reader.name, page))))
        }
        Topic::AuditHead => Ok(of.head.as_deref().map(|line| alone(words::audit_head(line)))),
        Topic::AccountBlocked => Ok(Some(alone(words::account_blocked(&reader.name)))),
        Topic::AccountUnblocked => {
            let page = format!("{}/reset", place.public_url);
            Ok(Some(alone(words::account_unblocked(&reader.name, page))))
        }
        Topic::AccountClosed => {
            let page = format!("{}/register", place.public_url);
            Ok(Some(alone(words::account_closed(&reader.name, page))))
        }
        Topic::Paid | Topic::Refunded => {
            let (Some(id), Some(attempt)) = (of.appointment_id, of.attempt_id) else {
                return Ok(None);
            };
            let Some(told) = queries::told(conn, id).await? else { return Ok(None) };
            let Some(amount) = queries::amount(conn, attempt).await? else { return Ok(None) };
            let amount = booking::money(amount.amount_minor, &amount.currency).to_string();
            let said = said_of(&told, errand, reader, place);
            Ok(Some(alone(words::payment(errand.topic, &said, &amount))))
        }
        topic if !of.visits.is_empty() => several(conn, topic, errand, reader, place).await,
        _ => {
            let Some(id) = of.appointment_id else { return Ok(None) };
            let Some(told) = queries::told(conn, id).await? else { return Ok(None) };
            Ok(visit(&told, errand, reader, place))
        }
    }
}

/// That a doctor has opened a record in an emergency, and what was found of that.
async fn emergency(
    conn: &mut Conn,
    errand: &Errand,
    reader: &Addressee,
    place: &Place<'_>,
) -> Result<Option<Letter>> {
    let Some(id) = errand.of.emergency_id else { return Ok(None) };
    let Some(told) = emergency::told(conn, id).await? else { return Ok(None) };
    let path = match errand.topic {
        Topic::EmergencyToReview => format!("/admin/emergencies/{id}"),
        _ => "/account/access-log".to_owned(),
    };
    let said = EmergencyWords {
        name: reader.name.clone(),
        zone: zone(reader),
        doctor: told.doctor,
        whose: match errand.of.user_id == Some(told.patient) {
            true => Pronoun::Yours,
            false => Pronoun::Of(told.patient_name),
        },
        opened_at: told.opened_at,
        is_justified: told.is_justified,
        page: format!("{}{path}", place.public_url),
    };
    Ok(words::emergency(errand.topic, &said))
}

/// The link for an address that an account is to have. Where it has an account of its own, there is none.
async fn new_address(conn: &mut Conn, errand: &Errand, place: &Place<'_>) -> Result<Written> {
    let Some(id) = errand.of.change_id else { return Ok(None) };
    if queries::has_account(conn, id).await? {
        let page = format!("{}/login", place.public_url);
        return Ok(Some(alone(words::address_has_account(page))));
    }
    let token = place.keys.token(Proof::NewAddress, id.as_uuid(), 0);
    let page = format!("{}/address?token={token}", place.public_url);
    Ok(Some(alone(words::confirm_new_address(page))))
}

fn alone(letter: Letter) -> News {
    News { letter, calendars: Vec::new(), visits: Vec::new() }
}

/// What is said of `all` these visits, with what calendars are told.
fn about(
    letter: Letter,
    all: &[Told],
    errand: &Errand,
    reader: &Addressee,
    place: &Place<'_>,
) -> News {
    let calendars = calendar_files(all, errand, reader, place);
    let visits = all.iter().map(|told| (told.visit.id, told.visit.starts_at)).collect();
    News { letter, calendars, visits }
}

/// What happened to a visit, unless something else has happened to it since.
fn visit(told: &Told, errand: &Errand, reader: &Addressee, place: &Place<'_>) -> Written {
    if !is_still_so(told, errand.of.sequence, errand, place) {
        return None;
    }
    let letter = words::visit(errand.topic, &said_of(told, errand, reader, place))?;
    Some(about(letter, std::slice::from_ref(told), errand, reader, place))
}

/// What happened to several visits, those left out to which something else has happened since.
async fn several(
    conn: &mut Conn,
    topic: Topic,
    errand: &Errand,
    reader: &Addressee,
    place: &Place<'_>,
) -> Result<Written> {
    let sequences: BTreeMap<_, _> =
        errand.of.visits.iter().map(|visit| (visit.appointment_id, visit.sequence)).collect();
    let ids: Vec<_> = sequences.keys().copied().collect();
    let mut all = queries::told_of(conn, &ids).await?;
    all.retain(|told| is_still_so(told, sequences.get(&told.visit.id).copied(), errand, place));
    if let [told] = &all[..] {
        let letter = words::visit(topic, &said_of(told, errand, reader, place));
        return Ok(letter.map(|letter| about(letter, &all, errand, reader, place)));
    }
    let page = match role(errand.to) {
        Reader::Patient => format!("{}/patient", place.public_url),
        Reader::Doctor => format!("{}/doctor/week", place.public_url),
        Reader::Owner => return Ok(None),
    };
    let said: Vec<_> = all.iter().map(|told| said_of(told, errand, reader, place)).collect();
    let letter = words::visits(topic, &said, &page);
    Ok(letter.map(|letter| about(letter, &all, errand, reader, place)))
}

/// Whether nothing has happened to the visit since it was `sequence`, and it is not too late to be reminded of it.
fn is_still_so(told: &Told, sequence: Option<i32>, errand: &Errand, place: &Place<'_>) -> bool {
    let visit = &told.visit;
    let is_over = visit.ends_at <= place.now;
    let in_time = |kind: ReminderKind| kind.is_in_time(visit.status, visit.starts_at, place.now);
    sequence.is_none_or(|sequence| sequence == visit.sequence)
        && errand.topic.holds(role(errand.to), visit.status, is_over)
        && errand.topic.reminder().is_none_or(in_time)
}

/// What the reader's calendar is told of each of these visits.
fn calendar_files(
    all: &[Told],
    errand: &Errand,
    reader: &Addressee,
    place: &Place<'_>,
) -> Vec<CalendarFile> {
    if !errand.topic.is_for_calendars(role(errand.to)) {
        return Vec::new();
    }
    all.iter().map(|told| calendar_file(&told.visit, reader, place)).collect()
}

fn role(to: Recipient) -> Reader {
    match to {
        Recipient::User(_) => Reader::Patient,
        Recipient::Provider(_) => Reader::Doctor,
        Recipient::Registration(_)
        | Recipient::Reset(_)
        | Recipient::Closing(_)
        | Recipient::NewAddress(_)
        | Recipient::OldAddress(_)
        | Recipient::Invited(_)
        | Recipient::Keeper => Reader::Owner,
    }
}

fn said_of(told: &Told, errand: &Errand, reader: &Addressee, place: &Place<'_>) -> VisitWords {
    let visit = &told.visit;
    let role = role(errand.to);
    let fee = booking::money(told.consultation_fee_minor, &told.currency);
    let reminds = errand.topic.reminder().is_some();
    VisitWords {
        reader: role,
        name: reader.name.clone(),
        zone: zone(reader),
        whose: match errand.to {
            Recipient::Provider(_) => Pronoun::Of(initials(&visit.patient_name)),
            Recipient::User(user) if user == visit.patient_id => Pronoun::Yours,
            _ => Pronoun::Of(visit.patient_name.clone()),
        },
        doctor: visit.provider_name.clone(),
        starts_at: visit.starts_at,
        visit_zone: visit.time_zone.clone(),
        place: match (visit.appointment_type, &visit.hospital_name, &visit.hospital_address) {
            (VisitKind::InPerson, Some(name), Some(address)) => format!("{name}, {address}"),
            (kind, ..) => held_by(kind),
        },
        fee: (role == Reader::Patient && !reminds).then(|| fee.to_string()),
        free_until: Some(free_until(told)).filter(|until| reminds && *until > place.now),
        page: format!("{}/visits/{}", place.public_url, visit.id),
        again: told.again,
    }
}

/// Until when cancelling costs the patient nothing.
fn free_until(told: &Told) -> Timestamp {
    let terms = told.terms();
    if terms.late_fee.is_zero() { told.visit.starts_at } else { terms.free_until }
}

/// `Video visit`
fn held_by(kind: VisitKind) -> String {
    format!("{} visit", kind.label())
}

fn zone(reader: &Addressee) -> Zone {
    reader.time_zone.parse().unwrap_or_else(|_| Zone::utc())
}

/// The visit as the patient's calendar takes it over, changes it or takes it out.
fn calendar_file(visit: &FeedVisit, reader: &Addressee, place: &Place<'_>) -> CalendarFile {
    let entry = entry_of(visit, calendar::Reader::Patient, place.public_url);
    let invitation = Invitation {
        now: place.now,
        organizer_name: one_line(&visit.provider_name),
        organizer: place.sender.to_owned(),
        attendee_name: one_line(&reader.name),
        attendee: reader.email.clone(),
    };
    let entries = std::slice::from_ref(&entry);
    CalendarFile {
        method: method(entries),
        content: write_calendar(entries, Purpose::Invitation(&invitation)),
    }
}

/// The newest code for an address, as long as it works. Where the address has an account, there is none.
async fn confirm(conn: &mut Conn, errand: &Errand, place: &Place<'_>) -> Result<Option<Letter>> {
    let (Some(id), Some(round)) = (errand.of.registration_id, errand.of.round) else {
        return Ok(None);
    };
    let asked = queries::asked(conn, id, round, place.now).await?;
    Ok(asked.map(|asked| match asked.has_account {
        true => words::account_exists(format!("{}/login", place.public_url)),
        false => {
            let token = place.keys.token(Proof::Link, id.as_uuid(), round);
            let page = format!("{}/verify?token={token}", place.public_url);
            words::confirm_address(place.keys.code(id.as_uuid(), round), page)
        }
    }))
}

/// From where somebody has signed in to the reader's account, or was signed out.
fn sign_in(errand: &Errand, reader: &Addressee, place: &Place<'_>) -> Option<Letter> {
    let said = SignInWords {
        name: reader.name.clone(),
        zone: zone(reader),
        device: errand.of.device.clone()?,
        network: errand.of.network.clone(),
        at: errand.of.at?,
    };
    let sessions = format!("{}/account/sessions", place.public_url);
    let reset = format!("{}/reset", place.public_url);
    Some(match errand.topic {
        Topic::TokenReused => words::token_reused(&said, sessions, &reset),
        _ => words::new_sign_in(&said, sessions, &reset),
    })
}

/// The time that is kept for somebody, as long as it is.
async fn offer(
    conn: &mut Conn,
    errand: &Errand,
    reader: &Addressee,
    place: &Place<'_>,
) -> Result<Option<Letter>> {
    let (Some(id), Some(token)) = (errand.of.offer_id, &errand.of.token) else { return Ok(None) };
    let kept = queries::kept_time(conn, id).await?;
    let Some(kept) = kept.filter(|kept| kept.outcome == OfferOutcome::Pending) else {
        return Ok(None);
    };
    let fee = booking::money(kept.consultation_fee_minor, &kept.currency);
    let visit = VisitWords {
        reader: Reader::Patient,
        name: reader.name.clone(),
        zone: zone(reader),
        whose: match errand.to == Recipient::User(kept.patient_id) {
            true => Pronoun::Yours,
            false => Pronoun::Of(kept.patient_name),
        },
        doctor: kept.provider_name,
        starts_at: kept.starts_at,
        visit_zone: kept.time_zone,
        place: match kept.hospital {
            Some(hospital) if kept.appointment_type == VisitKind::InPerson => hospital,
            _ => held_by(kept.appointment_type),
        },
        fee: Some(fee.to_string()),
        free_until: None,
        page: format!("{}/offers/{token}", place.public_url),
        again: None,
    };
    Ok(Some(words::offer(&OfferWords { visit, until: kept.expires_at })))
}
