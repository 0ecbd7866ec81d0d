use super::{
    Clinic, PASSWORD,
    data::{
        cities::CITIES,
        hospitals::{FACILITIES, HOSPITALS},
    },
    doctors::Doctor,
    hospitals::hospitals,
    people::{LOGINS, PATIENT, PATIENT2, Person},
    random::{Kind, id},
    rows, scale, slug,
    visits::{Visit, offered},
    wishes::Whom,
};
use domain::{
    booking::{AppointmentStatus, REASON_LENGTH, Slot, VisitKind},
    directory::{Language, Specialty},
    identity::{Email, Role},
    money::Currency,
    waitlist::{EntryStatus, OfferOutcome},
    zone::Zone,
};
use jiff::{SignedDuration, Timestamp};
use std::{
    collections::{HashMap, HashSet},
    sync::LazyLock,
};

const DAY: SignedDuration = SignedDuration::from_hours(24);

fn now() -> Timestamp {
    "2026-11-21T15:10:00Z".parse().unwrap()
}

static CLINIC: LazyLock<Clinic> = LazyLock::new(|| Clinic::new(now()));

fn all_different<T: std::hash::Hash + Eq>(things: impl IntoIterator<Item = T>) -> bool {
    let mut seen = HashSet::new();
    things.into_iter().all(|thing| seen.insert(thing))
}

fn no_overlap(mut slots: Vec<Slot>) -> bool {
    slots.sort_by_key(|slot| slot.start);
    slots.windows(2).all(|pair| pair[0].end <= pair[1].start)
}

/// The visits that take a time away from somebody else.
fn taking(visits: &[Visit]) -> impl Iterator<Item = &Visit> {
    visits.iter().filter(|visit| visit.status != AppointmentStatus::Cancelled)
}

#[test]
fn the_clinic_is_as_large_as_we_say() {
    assert_eq!(CLINIC.doctors.len(), 400);
    assert_eq!(CLINIC.hospitals.len(), HOSPITALS.len());
    assert!(CLINIC.hospitals.len() >= 60);
    assert!(CITIES.len() >= 30);
    assert!(CLINIC.visits.len() > 5_000, "{}", CLINIC.visits.len());
    for specialty in Specialty::ALL {
        let count = CLINIC.doctors.iter().filter(|doctor| doctor.specialty == *specialty).count();
        assert!(count >= 8, "{specialty}: {count}");
    }
}

#[test]
fn every_word_of_the_tables_is_one_we_know() {
    for city in CITIES {
        assert!(city.zone.parse::<Zone>().is_ok(), "{}", city.zone);
        let currency = Currency::from_code(city.currency).unwrap();
        assert_eq!(currency.code(), city.currency);
        assert!(city.fee % city.round == 0, "{}", city.name);
        assert!(HOSPITALS.iter().any(|row| row.0 == city.name), "{} has no hospital", city.name);
    }
    assert!(HOSPITALS.iter().all(|row| CITIES.iter().any(|city| city.name == row.0)));
    assert!(all_different(CITIES.iter().map(|city| city.zone)));
    assert!(FACILITIES.iter().all(|word| !word.contains(['"', '\\', ','])));
}

#[test]
fn what_must_be_unique_is() {
    let doctors = &CLINIC.doctors;
    assert!(all_different(doctors.iter().map(|doctor| doctor.id)));
    assert!(all_different(doctors.iter().map(|doctor| &doctor.email)));
    assert!(all_different(doctors.iter().map(|doctor| &doctor.license)));
    assert!(all_different(doctors.iter().map(|doctor| (&doctor.first, &doctor.last))));
    assert!(all_different(CLINIC.people.iter().map(|person| &person.email)));
    assert!(all_different(CLINIC.people.iter().map(|person| person.id)));
    assert!(all_different(CLINIC.hospitals.iter().map(|hospital| hospital.name)));
    assert!(all_different(CLINIC.visits.iter().map(|visit| visit.id)));
    assert!(all_different(CLINIC.visits.iter().map(|visit| visit.payment)));
    assert!(all_different(
        doctors.iter().flat_map(|doctor| doctor.rules.iter().map(|rule| rule.id))
    ));
    assert!(all_different(
        doctors.iter().flat_map(|doctor| doctor.exceptions.iter().map(|exception| exception.0.id))
    ));
}

#[test]
fn doctors_are_people_one_can_book() {
    for doctor in &CLINIC.doctors {
        let who = &doctor.email;
        assert!(doctor.email.parse::<Email>().is_ok(), "{who}");
        assert!(!doctor.languages.is_empty() && all_different(&doctor.languages), "{who}");
        assert!(!doctor.kinds.is_empty() && !doctor.rules.is_empty(), "{who}");
        assert!(doctor.fee > 0 && doctor.fee % doctor.city.round == 0, "{who}");
        let sentences = doctor.bio.matches(['.', ';', '?']).count();
        assert!(sentences >= 3 && doctor.bio.len() < 600, "{who}: {}", doctor.bio);
        assert!(
            (1..=2).contains(&doctor.hospitals.len()) && all_different(&doctor.hospitals),
            "{who}"
        );
        for &at in &doctor.hospitals {
            assert_eq!(CLINIC.hospitals[at].city.name, doctor.city.name, "{who}");
        }
        for rule in &doctor.rules {
            assert!(
                !rule.kinds.is_empty() && rule.kinds.iter().all(|kind| doctor.kinds.contains(kind)),
                "{who}"
            );
            assert_eq!(rule.zone.iana_name(), Some(doctor.city.zone));
        }
    }
    let speaks =
        |language| CLINIC.doctors.iter().any(|doctor| doctor.languages.contains(&language));
    assert!(Language::ALL.iter().all(|&language| speaks(language)));
}

#[test]
fn every_hospital_has_doctors() {
    assert!(CLINIC.hospitals.iter().all(|hospital| !hospital.specialties.is_empty()));
}

#[test]
fn visits_lie_on_times_that_were_offered() {
    let mut by_doctor: HashMap<usize, Vec<&Visit>> = HashMap::new();
    for visit in &CLINIC.visits {
        by_doctor.entry(visit.doctor).or_default().push(visit);
    }
    for (at, visits) in by_doctor {
        let doctor: &Doctor = &CLINIC.doctors[at];
        let plan = doctor.plan();
        for visit in visits {
            let window = Slot {
                start: visit.slot.start,
                end: visit.slot.start + SignedDuration::from_secs(1),
            };
            let offers = offered(&plan, window);
            let offer =
                offers.iter().find(|offer| offer.slot == visit.slot).expect("the time was offered");
            assert_eq!(offer.place, visit.place);
            assert!(offer.kinds.contains(visit.kind));
        }
    }
}

#[test]
fn nobody_is_in_two_places_at_once() {
    let (mut doctors, mut patients): (HashMap<_, Vec<_>>, HashMap<_, Vec<_>>) = Default::default();
    for visit in taking(&CLINIC.visits) {
        doctors.entry(visit.doctor).or_default().push(visit.slot);
        patients.entry(visit.patient).or_default().push(visit.slot);
    }
    assert!(doctors.into_values().all(no_overlap));
    assert!(patients.into_values().all(no_overlap));
}

#[test]
fn visits_are_what_their_time_says() {
    for visit in &CLINIC.visits {
        let ended =
            matches!(visit.status, AppointmentStatus::Completed | AppointmentStatus::NoShow);
        assert!(!ended || visit.slot.end <= now());
        assert!(!visit.is_live() || visit.slot.end > now());
        assert!(visit.made <= visit.slot.start && visit.made < now());
        assert_eq!(visit.cancelled.is_some(), visit.status == AppointmentStatus::Cancelled);
        assert!(
            visit
                .cancelled
                .is_none_or(|at| visit.made <= at && at <= now() && at <= visit.slot.start)
        );
        assert!(REASON_LENGTH.contains(&visit.reason.chars().count()));
    }
}

#[test]
fn those_who_can_sign_in_have_something_to_see() {
    let doctor =
        |email: &str| CLINIC.doctors.iter().position(|doctor| doctor.email == email).unwrap();
    let count = |patient, doctor, coming: bool| {
        let suits = |visit: &&Visit| {
            visit.patient == patient
                && visit.doctor == doctor
                && (visit.slot.start > now()) == coming
        };
        taking(&CLINIC.visits).filter(suits).count()
    };
    let (ines, oisin) = (doctor("doctor@demo.test"), doctor("doctor2@demo.test"));
    assert_eq!((count(PATIENT, ines, false), count(PATIENT, ines, true)), (4, 4));
    assert_eq!((count(PATIENT2, oisin, false), count(PATIENT2, oisin, true)), (2, 2));
    assert_eq!((count(PATIENT2, ines, false), count(PATIENT2, ines, true)), (0, 0));
    let others =
        taking(&CLINIC.visits).filter(|visit| visit.patient == PATIENT && visit.doctor != ines);
    assert_eq!(others.count(), 1);

    let people: Vec<&Person> = CLINIC.people.iter().filter(|person| person.can_sign_in).collect();
    let emails: Vec<&str> = people.iter().map(|person| person.email.as_str()).collect();
    assert_eq!(emails, LOGINS.map(|login| login.0));
    let roles: Vec<Role> = people.iter().map(|person| person.role).collect();
    assert_eq!(roles, [Role::Patient, Role::Patient, Role::Doctor, Role::Doctor, Role::Admin]);
    assert_eq!(people[2].provider, Some(CLINIC.doctors[ines].id));
    assert_eq!(people[3].provider, Some(CLINIC.doctors[oisin].id));
}

#[test]
fn at_any_hour_those_who_can_sign_in_find_visits_and_free_times() {
    for hour in (0..24 * 7).step_by(19) {
        let now = now() + SignedDuration::from_hours(hour);
        let clinic = Clinic::new(now);
        let coming = |patient| {
            clinic
                .visits
                .iter()
                .filter(|visit| visit.patient == patient && visit.slot.start > now)
                .count()
        };
        assert_eq!((coming(PATIENT), coming(PATIENT2)), (4, 2), "after {hour} hours");
        for (doctor, free) in clinic.doctors.iter().zip(&clinic.next_free) {
            if !doctor.email.ends_with("demo.test") {
                continue;
            }
            let soon = now + SignedDuration::from_hours(20);
            assert!(free.is_some_and(|free| free < soon), "{} after {hour} hours", doctor.email);
        }
    }
}

#[test]
fn those_who_wait_wait_for_what_nobody_offers_and_those_who_waited_have_their_visit() {
    for hour in (0..24 * 7).step_by(41) {
        let now = now() + SignedDuration::from_hours(hour);
        let clinic = Clinic::new(now);
        let list = &clinic.waitlist;
        let waiting: Vec<_> =
            list.wishes.iter().filter(|wish| wish.status == EntryStatus::Waiting).collect();
        let whose = |patient| waiting.iter().filter(|wish| wish.patient == patient).count();
        assert_eq!((waiting.len(), whose(PATIENT), whose(PATIENT2)), (7, 2, 1));
        let mut rules = clinic.doctors.iter().flat_map(|doctor| &doctor.rules);
        assert!(waiting.iter().all(|wish| wish.kind == VisitKind::InPerson));
        assert!(rules.all(|rule| waiting.iter().all(|wish| rule.starts >= wish.ends)));
        for wish in &waiting {
            let zone = match wish.whom {
                Whom::Doctor(at) => clinic.doctors[at].city.zone,
                Whom::Specialty(_, name) => {
                    CITIES.iter().find(|city| city.name == name).unwrap().zone
                }
            };
            assert_eq!(zone, clinic.people[wish.patient].zone);
        }
        assert!(all_different(list.wishes.iter().map(|wish| wish.id)));
        assert!(all_different(list.offers.iter().map(|offer| (offer.wish, offer.visit))));
        assert!(all_different(
            waiting.iter().map(|wish| (wish.patient, format!("{:?}", wish.whom)))
        ));
        for offer in &list.offers {
            let (wish, visit) = (&list.wishes[offer.wish], &clinic.visits[offer.visit]);
            assert!(wish.made < offer.made && offer.made < offer.settled && offer.settled < now);
            assert!((1..=offer.waiting).contains(&offer.position));
            if offer.outcome == OfferOutcome::Accepted {
                assert_eq!((wish.patient, wish.status), (visit.patient, EntryStatus::Booked));
                assert!(visit.cancelled.is_none() && offer.settled < visit.slot.start);
            }
        }
        let outcomes: HashSet<_> = list.offers.iter().map(|offer| offer.outcome.as_str()).collect();
        assert_eq!(
            outcomes,
            HashSet::from(["accepted", "declined", "lapsed"]),
            "after {hour} hours"
        );
    }
}

#[test]
fn the_demo_password_is_hashed_as_ours_are_and_opens() {
    use argon2::{Argon2, PasswordVerifier, password_hash::phc::PasswordHash};
    let hash = super::password_hash().unwrap();
    assert!(hash.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{hash}");
    let hash = PasswordHash::new(&hash).unwrap();
    assert!(Argon2::default().verify_password(PASSWORD.as_bytes(), &hash).is_ok());
    assert!(PasswordHash::new(rows::NO_PASSWORD).is_err());
}

#[test]
fn the_first_patient_has_measured_for_a_month() {
    let diary = &CLINIC.diary;
    assert_eq!((diary.patient, diary.gadgets.len()), (CLINIC.people[PATIENT].id, 4));
    assert!(diary.readings.len() > 700, "{}", diary.readings.len());
    assert!(all_different(diary.readings.iter().map(|measured| measured.id)));
    for measured in &diary.readings {
        assert!(measured.received <= now() && measured.at > now() - DAY * 32);
        let gadget = measured.gadget.map(|gadget| &diary.gadgets[gadget]);
        assert!(gadget.is_none_or(|gadget| gadget.made < measured.at));
    }
    for gadget in 0..3 {
        let mut sent = diary.readings.iter().filter(|measured| measured.gadget == Some(gadget));
        assert!(sent.next_back().is_some_and(|newest| newest.at > now() - DAY * 7), "{gadget}");
    }
    assert!(diary.readings.iter().any(|measured| measured.gadget.is_none()));
}

#[test]
fn the_same_day_makes_the_same_clinic() {
    assert_eq!(format!("{:?}", *CLINIC), format!("{:?}", Clinic::new(now())));
}

#[test]
fn ids_are_version_7_and_sort_by_age() {
    let (old, new) = (id(Kind::User, 7, now() - DAY), id(Kind::User, 3, now()));
    assert_eq!(old.get_version_num(), 7);
    assert_eq!(old.get_variant(), uuid::Variant::RFC4122);
    assert!(old < new);
    assert!(all_different((0..100_000).map(|number| id(Kind::Visit, number, now()))));
}

#[test]
fn names_become_plain_addresses() {
    assert_eq!(slug("Łucja Wiśniewska"), "lucja-wisniewska");
    assert_eq!(slug("İpek D'Souza"), "ipek-dsouza");
    for person in &CLINIC.people {
        assert!(
            person.email.is_ascii() && person.email.parse::<Email>().is_ok(),
            "{}",
            person.email
        );
        assert!(
            !person.first.is_empty()
                && slug(&person.first).len() + 1 >= person.first.chars().count(),
            "{}",
            person.first
        );
    }
}

#[test]
fn many_doctors_keep_the_rules_as_well() {
    let staff = scale::staff(200, &hospitals(), now());
    assert_eq!(staff.len(), 200);
    assert!(all_different(staff.iter().map(|(doctor, ..)| &doctor.email)));
    assert!(all_different(staff.iter().map(|(doctor, ..)| &doctor.license)));
    for (doctor, times, free) in &staff {
        assert_eq!(times.len(), 100);
        assert!(free.is_some());
        assert!(no_overlap(times.iter().map(|time| time.slot).collect()));
        let plan = doctor.plan();
        for (number, time) in times.iter().enumerate().step_by(7) {
            let visit = time.visit(number, 0, doctor, now());
            let window = Slot {
                start: visit.slot.start,
                end: visit.slot.start + SignedDuration::from_secs(1),
            };
            let offers = offered(&plan, window);
            let offer =
                offers.iter().find(|offer| offer.slot == visit.slot).expect("the time was offered");
            assert_eq!((offer.place, offer.kinds.contains(visit.kind)), (visit.place, true));
        }
    }
}
