use super::*;
use jiff::civil::date;
use proptest::prelude::*;

/// `01-01 04-03`
fn days(country: Country, year: i16) -> String {
    let days = holidays(country, year);
    let days: Vec<String> =
        days.iter().map(|holiday| holiday.date.strftime("%m-%d").to_string()).collect();
    days.join(" ")
}

#[test]
fn easter_is_when_it_was_and_will_be() {
    for (year, month, day) in [
        (1961, 4, 2),
        (2000, 4, 23),
        (2008, 3, 23),
        (2011, 4, 24),
        (2024, 3, 31),
        (2025, 4, 20),
        (2026, 4, 5),
        (2027, 3, 28),
        (2028, 4, 16),
        (2038, 4, 25),
    ] {
        assert_eq!(easter(year), Some(date(year, month, day)));
    }
}

#[test]
fn bank_holidays_of_england_are_as_published() {
    assert_eq!(days(Country::England, 2025), "01-01 04-18 04-21 05-05 05-26 08-25 12-25 12-26");
    // Boxing Day is a Saturday.
    let of_2026 = "01-01 04-03 04-06 05-04 05-25 08-31 12-25 12-26 12-28";
    assert_eq!(days(Country::England, 2026), of_2026);
    // Both days of Christmas are at the weekend.
    let of_2027 = "01-01 03-26 03-29 05-03 05-31 08-30 12-25 12-26 12-27 12-28";
    assert_eq!(days(Country::England, 2027), of_2027);
    let of_2028 = "01-01 01-03 04-14 04-17 05-01 05-29 08-28 12-25 12-26";
    assert_eq!(days(Country::England, 2028), of_2028);
    // Christmas Day is a Sunday and the Monday is taken.
    assert!(days(Country::England, 2022).ends_with("12-25 12-26 12-27"));
    let last = holidays(Country::England, 2027).pop().unwrap();
    assert_eq!((last.name, last.is_substitute), ("Boxing Day", true));
}

#[test]
fn federal_holidays_are_kept_on_the_nearest_weekday() {
    let of_2026 = "01-01 01-19 02-16 05-25 06-19 07-03 07-04 09-07 10-12 11-11 11-26 12-25";
    assert_eq!(days(Country::UnitedStates, 2026), of_2026);
    // Juneteenth and Christmas are on Saturdays, Independence Day on a Sunday; the New Year of 2028
    // is kept on the last day of this one.
    let of_2027 =
        "01-01 01-18 02-15 05-31 06-18 06-19 07-04 07-05 09-06 10-11 11-11 11-25 12-24 12-25 12-31";
    assert_eq!(days(Country::UnitedStates, 2027), of_2027);
}

#[test]
fn the_countries_of_europe_rest_when_their_laws_say() {
    for (country, year, expected) in [
        (Country::Ireland, 2025, "01-01 02-03 03-17 04-21 05-05 06-02 08-04 10-27 12-25 12-26"),
        (Country::Ireland, 2026, "01-01 02-02 03-17 04-06 05-04 06-01 08-03 10-26 12-25 12-26"),
        (Country::Germany, 2026, "01-01 04-03 04-06 05-01 05-14 05-25 10-03 12-25 12-26"),
        (Country::Germany, 2027, "01-01 03-26 03-29 05-01 05-06 05-17 10-03 12-25 12-26"),
        (
            Country::France,
            2025,
            "01-01 04-21 05-01 05-08 05-29 06-09 07-14 08-15 11-01 11-11 12-25",
        ),
        (
            Country::France,
            2028,
            "01-01 04-17 05-01 05-08 05-25 06-05 07-14 08-15 11-01 11-11 12-25",
        ),
        (
            Country::Portugal,
            2026,
            "01-01 04-03 04-05 04-25 05-01 06-04 06-10 08-15 10-05 11-01 12-01 12-08 12-25",
        ),
        (Country::Spain, 2027, "01-01 01-06 03-26 05-01 08-15 10-12 11-01 12-06 12-08 12-25"),
        (
            Country::Italy,
            2025,
            "01-01 01-06 04-20 04-21 04-25 05-01 06-02 08-15 11-01 12-08 12-25 12-26",
        ),
        (
            Country::Italy,
            2026,
            "01-01 01-06 04-05 04-06 04-25 05-01 06-02 08-15 10-04 11-01 12-08 12-25 12-26",
        ),
    ] {
        assert_eq!(days(country, year), expected, "{country} {year}");
    }
}

#[test]
fn st_brigid_has_her_own_day_when_it_is_a_friday() {
    assert_eq!(holidays(Country::Ireland, 2030)[1].date, date(2030, 2, 1));
    assert_eq!(holidays(Country::Ireland, 2028)[1].date, date(2028, 2, 7));
}

#[test]
fn the_countries_overseas_rest_when_their_laws_say() {
    for (country, year, expected) in [
        (Country::Canada, 2026, "01-01 04-03 05-18 07-01 09-07 09-30 10-12 11-11 12-25 12-26"),
        (Country::Canada, 2027, "01-01 03-26 05-24 07-01 09-06 09-30 10-11 11-11 12-25 12-26"),
        (Country::Australia, 2025, "01-01 01-26 01-27 04-18 04-21 04-25 12-25 12-26"),
        (Country::Australia, 2026, "01-01 01-26 04-03 04-06 04-25 12-25 12-26 12-28"),
        (
            Country::NewZealand,
            2026,
            "01-01 01-02 02-06 04-03 04-06 04-25 04-27 06-01 07-10 10-26 12-25 12-26 12-28",
        ),
        // Both days of the New Year and Waitangi Day are at a weekend.
        (
            Country::NewZealand,
            2028,
            "01-01 01-02 01-03 01-04 02-06 02-07 04-14 04-17 04-25 06-05 07-14 10-23 12-25 12-26",
        ),
    ] {
        assert_eq!(days(country, year), expected, "{country} {year}");
    }
}

#[test]
fn a_stretch_may_cross_the_new_year() {
    let found = holidays_between(Country::Germany, date(2026, 12, 26), date(2027, 1, 1));
    let names: Vec<_> = found.iter().map(|holiday| holiday.name).collect();
    assert_eq!(names, ["Second Day of Christmas", "New Year's Day"]);
}

proptest! {
    #[test]
    fn holidays_are_in_order_and_once_each(
        country in proptest::sample::select(Country::ALL),
        year in 1..=9999_i16,
    ) {
        let found = holidays(country, year);
        prop_assert!(found.windows(2).all(|pair| pair[0].date < pair[1].date));
        prop_assert!(found.iter().all(|holiday| holiday.date.year() == year));
        prop_assert!(found.iter().all(|holiday| !holiday.is_substitute || !is_weekend(holiday.date)));
        prop_assert!((7..=15).contains(&found.len()));
    }

    #[test]
    fn easter_is_a_sunday_of_spring(year in 1583..=9999_i16) {
        let easter = easter(year).unwrap();
        prop_assert_eq!(easter.weekday(), Weekday::Sunday);
        prop_assert!((date(year, 3, 22)..=date(year, 4, 25)).contains(&easter));
    }
}
