use super::*;
use crate::booking::{Origin, Pauses, Slot};
use jiff::{ToSpan, civil::date};
use proptest::prelude::*;

fn lisbon() -> TimeZone {
    TimeZone::get("Europe/Lisbon").unwrap()
}

fn at(instant: &str) -> Timestamp {
    instant.parse().unwrap()
}

fn wish() -> Wish {
    Wish {
        kinds: VisitKind::Video.into(),
        weekdays: Weekdays::ALL.into_iter().collect(),
        zone: lisbon(),
        starts: Time::midnight(),
        ends: Time::midnight(),
        from: date(2026, 3, 2),
        until: date(2026, 3, 29),
        place: Place::Anywhere,
    }
}

fn offer(start: Timestamp, kinds: VisitKinds, place: Option<HospitalId>) -> Offer {
    Offer {
        slot: Slot { start, end: start + 30.minutes() },
        local: start.to_zoned(lisbon()).datetime(),
        place,
        kinds,
        origin: Origin::Rule(Id::generate()),
        pauses: Pauses::NONE,
        cause: None,
        kept_until: None,
        takes_urgent: false,
    }
}

#[test]
fn an_offer_is_kept_for_half_an_hour_by_day_and_until_morning_by_night() {
    let kept = |now: &str, start: &str, lead| {
        time_to_answer(&at(now).to_zoned(lisbon()), at(start), lead).map(|time| time.as_mins())
    };
    let far = "2026-03-05T12:00:00Z";
    assert_eq!(kept("2026-03-03T10:00:00Z", far, 60), Some(30));
    assert_eq!(kept("2026-03-03T21:30:00Z", far, 60), Some(11 * 60));
    assert_eq!(kept("2026-03-03T07:00:00Z", far, 60), Some(90));
    // Never past the notice that the doctor wants.
    assert_eq!(kept("2026-03-03T10:00:00Z", "2026-03-03T11:20:00Z", 60), Some(20));
    assert_eq!(kept("2026-03-03T10:00:00Z", "2026-03-03T11:09:00Z", 60), None);
    assert_eq!(kept("2026-03-03T10:00:00Z", "2026-03-03T09:00:00Z", 0), None);
}

#[test]
fn a_place_matters_for_visits_in_person_alone() {
    let (here, there) = (HospitalId::generate(), HospitalId::generate());
    let both: VisitKinds = [VisitKind::Video, VisitKind::InPerson].into_iter().collect();
    let start = at("2026-03-03T10:00:00Z");
    let here_only =
        Wish { kinds: VisitKind::InPerson.into(), place: Place::Hospital(here), ..wish() };
    assert_eq!(here_only.takes(&offer(start, both, Some(here)), None), Some(VisitKind::InPerson));
    assert_eq!(here_only.takes(&offer(start, both, Some(there)), None), None);
    let or_video = Wish { kinds: both, ..here_only };
    assert_eq!(or_video.takes(&offer(start, both, Some(there)), None), Some(VisitKind::Video));
    let city =
        Wish { kinds: VisitKind::InPerson.into(), place: Place::City("porto".into()), ..wish() };
    assert_eq!(
        city.takes(&offer(start, both, Some(there)), Some("Porto")),
        Some(VisitKind::InPerson)
    );
    assert_eq!(city.takes(&offer(start, both, Some(there)), Some("Lisbon")), None);
}

#[test]
fn days_and_times_are_those_of_the_person() {
    let tokyo = Wish {
        zone: TimeZone::get("Asia/Tokyo").unwrap(),
        weekdays: [Weekday::Wednesday].into_iter().collect(),
        starts: Time::constant(7, 0, 0, 0),
        ends: Time::constant(8, 0, 0, 0),
        ..wish()
    };
    let taken = |start: &str| tokyo.takes(&offer(at(start), VisitKind::Video.into(), None), None);
    // Tuesday 22:30 in London is Wednesday 07:30 in Tokyo.
    assert_eq!(taken("2026-03-03T22:30:00Z"), Some(VisitKind::Video));
    assert_eq!(taken("2026-03-03T23:00:00Z"), None);
    assert_eq!(taken("2026-03-04T22:30:00Z"), None);
}

proptest! {
    #[test]
    fn a_time_is_taken_only_if_all_of_the_wish_holds(
        minutes in 0..60_000_i64,
        days in 1..128_i16,
        (from, length) in (0..40_i64, 0..40_i64),
        (starts, ends) in (0..24_i8, 1..24_i8),
        (wanted, offered) in (1..8_u8, 1..8_u8),
    ) {
        let kinds = |bits: u8| -> VisitKinds {
            VisitKind::ALL.iter().copied().enumerate()
                .filter(|(index, _)| bits & (1 << index) != 0).map(|(_, kind)| kind).collect()
        };
        let start = at("2026-03-01T00:00:00Z") + SignedDuration::from_mins(minutes);
        let wish = Wish {
            kinds: kinds(wanted),
            weekdays: Weekdays::from_bits(days),
            starts: Time::constant(starts, 0, 0, 0),
            ends: Time::constant(ends, 0, 0, 0),
            from: date(2026, 3, 1) + from.days(),
            until: date(2026, 3, 1) + (from + length).days(),
            ..wish()
        };
        let local = start.to_zoned(lisbon());
        let fits = wish.from <= local.date() && local.date() <= wish.until
            && wish.weekdays.iter().any(|day| day == local.weekday())
            && starts <= local.hour() && local.hour() < ends;
        let taken = wish.takes(&offer(start, kinds(offered), None), None);
        prop_assert_eq!(taken.is_some(), fits && wanted & offered != 0);
        if let Some(kind) = taken {
            prop_assert!(wish.kinds.contains(kind) && kinds(offered).contains(kind));
        }
        prop_assert_eq!(Weekdays::from_bits(wish.weekdays.bits()), wish.weekdays);
    }

    #[test]
    fn the_line_is_fair_and_nobody_is_asked_twice(
        people in prop::collection::vec((0..20_i64, any::<bool>(), any::<bool>()), 0..12),
    ) {
        let start = at("2026-03-03T10:00:00Z");
        let waiting: Vec<_> = people.iter().map(|&(since, fits, asked)| Waiting {
            entry: WaitlistEntryId::generate(),
            since: at("2026-02-01T00:00:00Z") + since.minutes(),
            wish: Wish { until: date(2026, 3, if fits { 29 } else { 2 }), ..wish() },
            asked: asked.then_some(start).into_iter().collect(),
        }).collect();
        let offer = offer(start, VisitKind::Video.into(), None);
        let line = line(&waiting, &offer, None);
        let expected = people.iter().filter(|(_, fits, asked)| *fits && !asked).count();
        prop_assert_eq!(line.len(), expected);
        prop_assert!(line.is_sorted_by_key(|(person, _)| (person.since, person.entry)));
        // Who came before the first one does not want it, or was asked.
        if let Some((first, _)) = line.first() {
            for person in waiting.iter().filter(|person| person.since < first.since) {
                prop_assert!(person.asked.contains(&start) || person.wish.takes(&offer, None).is_none());
            }
        }
    }

    #[test]
    fn an_answer_is_due_before_the_notice_begins(now in 0..5_000_i64, start in 0..10_000_i64, lead in 0..2_000_u32) {
        let midnight = at("2026-03-28T00:00:00Z");
        let now = (midnight + SignedDuration::from_mins(now)).to_zoned(lisbon());
        let start = midnight + SignedDuration::from_mins(start);
        if let Some(time) = time_to_answer(&now, start, lead) {
            let due = now.timestamp() + time;
            prop_assert!(time >= SHORTEST && time <= SignedDuration::from_hours(12));
            prop_assert!(due + SignedDuration::from_mins(lead.into()) <= start);
        }
    }
}
