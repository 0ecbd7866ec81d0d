//! The holidays of each country, as its law has them.
use super::Country;
use jiff::civil::Weekday::{self, Monday, Thursday};

/// The holidays of one country, in order of the year.
pub(super) struct Holidays {
    pub(super) weekend: Weekend,
    pub(super) days: &'static [Day],
}

/// On which day a holiday at a weekend is kept as well.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Weekend {
    /// The next day that is neither at a weekend nor a holiday.
    NextWeekday,
    /// Friday for a Saturday, Monday for a Sunday.
    NearestWeekday,
}

pub(super) struct Day {
    pub(super) name: &'static str,
    pub(super) rule: Rule,
    /// Whether another day stands in for it at a weekend.
    pub(super) moves: bool,
}

/// How the date of a holiday is found.
pub(super) enum Rule {
    /// Month and day.
    Fixed(i8, i8),
    /// From this year on: month and day.
    Since(i16, i8, i8),
    /// So many days after Easter Sunday.
    Easter(i64),
    /// The nth such weekday of a month; -1 is the last.
    Nth(i8, Weekday, i8),
    /// The last such weekday before a month and day.
    Before(Weekday, i8, i8),
    /// The first of a month when it is a Friday, else its first Monday.
    FridayOrFirstMonday(i8),
    /// Year, month and day, as the law lists them.
    Listed(&'static [(i16, i8, i8)]),
}

use Rule::{Before, Easter, Fixed, FridayOrFirstMonday, Listed, Nth, Since};

const fn day(name: &'static str, rule: Rule) -> Day {
    Day { name, rule, moves: false }
}

const fn moved(name: &'static str, rule: Rule) -> Day {
    Day { name, rule, moves: true }
}

pub(super) const fn of(country: Country) -> Holidays {
    let days = match country {
        Country::Australia => AUSTRALIA,
        Country::Canada => CANADA,
        Country::Germany => GERMANY,
        Country::Spain => SPAIN,
        Country::France => FRANCE,
        Country::England => ENGLAND,
        Country::Ireland => IRELAND,
        Country::Italy => ITALY,
        Country::NewZealand => NEW_ZEALAND,
        Country::Portugal => PORTUGAL,
        Country::UnitedStates => UNITED_STATES,
    };
    let weekend = match country {
        Country::UnitedStates => Weekend::NearestWeekday,
        _ => Weekend::NextWeekday,
    };
    Holidays { weekend, days }
}

const AUSTRALIA: &[Day] = &[
    moved("New Year's Day", Fixed(1, 1)),
    moved("Australia Day", Fixed(1, 26)),
    day("Good Friday", Easter(-2)),
    day("Easter Monday", Easter(1)),
    day("Anzac Day", Fixed(4, 25)),
    moved("Christmas Day", Fixed(12, 25)),
    moved("Boxing Day", Fixed(12, 26)),
];

/// The general holidays of the Canada Labour Code.
const CANADA: &[Day] = &[
    day("New Year's Day", Fixed(1, 1)),
    day("Good Friday", Easter(-2)),
    day("Victoria Day", Before(Monday, 5, 25)),
    day("Canada Day", Fixed(7, 1)),
    day("Labour Day", Nth(1, Monday, 9)),
    day("Truth and Reconciliation Day", Fixed(9, 30)),
    day("Thanksgiving", Nth(2, Monday, 10)),
    day("Remembrance Day", Fixed(11, 11)),
    day("Christmas Day", Fixed(12, 25)),
    day("Boxing Day", Fixed(12, 26)),
];

const GERMANY: &[Day] = &[
    day("New Year's Day", Fixed(1, 1)),
    day("Good Friday", Easter(-2)),
    day("Easter Monday", Easter(1)),
    day("Labour Day", Fixed(5, 1)),
    day("Ascension Day", Easter(39)),
    day("Whit Monday", Easter(50)),
    day("German Unity Day", Fixed(10, 3)),
    day("Christmas Day", Fixed(12, 25)),
    day("Second Day of Christmas", Fixed(12, 26)),
];

const SPAIN: &[Day] = &[
    day("New Year's Day", Fixed(1, 1)),
    day("Epiphany", Fixed(1, 6)),
    day("Good Friday", Easter(-2)),
    day("Labour Day", Fixed(5, 1)),
    day("Assumption", Fixed(8, 15)),
    day("National Day", Fixed(10, 12)),
    day("All Saints' Day", Fixed(11, 1)),
    day("Constitution Day", Fixed(12, 6)),
    day("Immaculate Conception", Fixed(12, 8)),
    day("Christmas Day", Fixed(12, 25)),
];

const FRANCE: &[Day] = &[
    day("New Year's Day", Fixed(1, 1)),
    day("Easter Monday", Easter(1)),
    day("Labour Day", Fixed(5, 1)),
    day("Victory Day", Fixed(5, 8)),
    day("Ascension Day", Easter(39)),
    day("Whit Monday", Easter(50)),
    day("National Day", Fixed(7, 14)),
    day("Assumption", Fixed(8, 15)),
    day("All Saints' Day", Fixed(11, 1)),
    day("Armistice Day", Fixed(11, 11)),
    day("Christmas Day", Fixed(12, 25)),
];

/// Bank holidays of England and Wales.
const ENGLAND: &[Day] = &[
    moved("New Year's Day", Fixed(1, 1)),
    day("Good Friday", Easter(-2)),
    day("Easter Monday", Easter(1)),
    day("Early May bank holiday", Nth(1, Monday, 5)),
    day("Spring bank holiday", Nth(-1, Monday, 5)),
    day("Summer bank holiday", Nth(-1, Monday, 8)),
    moved("Christmas Day", Fixed(12, 25)),
    moved("Boxing Day", Fixed(12, 26)),
];

const IRELAND: &[Day] = &[
    day("New Year's Day", Fixed(1, 1)),
    day("St Brigid's Day", FridayOrFirstMonday(2)),
    day("St Patrick's Day", Fixed(3, 17)),
    day("Easter Monday", Easter(1)),
    day("May holiday", Nth(1, Monday, 5)),
    day("June holiday", Nth(1, Monday, 6)),
    day("August holiday", Nth(1, Monday, 8)),
    day("October holiday", Nth(-1, Monday, 10)),
    day("Christmas Day", Fixed(12, 25)),
    day("St Stephen's Day", Fixed(12, 26)),
];

const ITALY: &[Day] = &[
    day("New Year's Day", Fixed(1, 1)),
    day("Epiphany", Fixed(1, 6)),
    day("Easter Sunday", Easter(0)),
    day("Easter Monday", Easter(1)),
    day("Liberation Day", Fixed(4, 25)),
    day("Labour Day", Fixed(5, 1)),
    day("Republic Day", Fixed(6, 2)),
    day("Assumption", Fixed(8, 15)),
    day("St Francis' Day", Since(2026, 10, 4)),
    day("All Saints' Day", Fixed(11, 1)),
    day("Immaculate Conception", Fixed(12, 8)),
    day("Christmas Day", Fixed(12, 25)),
    day("St Stephen's Day", Fixed(12, 26)),
];

const NEW_ZEALAND: &[Day] = &[
    moved("New Year's Day", Fixed(1, 1)),
    moved("Day after New Year's Day", Fixed(1, 2)),
    moved("Waitangi Day", Fixed(2, 6)),
    day("Good Friday", Easter(-2)),
    day("Easter Monday", Easter(1)),
    moved("Anzac Day", Fixed(4, 25)),
    day("King's Birthday", Nth(1, Monday, 6)),
    day("Matariki", Listed(MATARIKI)),
    day("Labour Day", Nth(4, Monday, 10)),
    moved("Christmas Day", Fixed(12, 25)),
    moved("Boxing Day", Fixed(12, 26)),
];

/// By the stars, and so by law: the schedule of Te Kāhui o Matariki Public Holiday Act 2022, as far
/// as 2035.
const MATARIKI: &[(i16, i8, i8)] = &[
    (2025, 6, 20),
    (2026, 7, 10),
    (2027, 6, 25),
    (2028, 7, 14),
    (2029, 7, 6),
    (2030, 6, 21),
    (2031, 7, 11),
    (2032, 7, 2),
    (2033, 6, 24),
    (2034, 7, 7),
    (2035, 6, 29),
];

const PORTUGAL: &[Day] = &[
    day("New Year's Day", Fixed(1, 1)),
    day("Good Friday", Easter(-2)),
    day("Easter Sunday", Easter(0)),
    day("Freedom Day", Fixed(4, 25)),
    day("Labour Day", Fixed(5, 1)),
    day("Corpus Christi", Easter(60)),
    day("Portugal Day", Fixed(6, 10)),
    day("Assumption", Fixed(8, 15)),
    day("Republic Day", Fixed(10, 5)),
    day("All Saints' Day", Fixed(11, 1)),
    day("Restoration of Independence", Fixed(12, 1)),
    day("Immaculate Conception", Fixed(12, 8)),
    day("Christmas Day", Fixed(12, 25)),
];

/// Federal holidays.
const UNITED_STATES: &[Day] = &[
    moved("New Year's Day", Fixed(1, 1)),
    day("Martin Luther King Jr. Day", Nth(3, Monday, 1)),
    day("Presidents' Day", Nth(3, Monday, 2)),
    day("Memorial Day", Nth(-1, Monday, 5)),
    moved("Juneteenth", Fixed(6, 19)),
    moved("Independence Day", Fixed(7, 4)),
    day("Labor Day", Nth(1, Monday, 9)),
    day("Columbus Day", Nth(2, Monday, 10)),
    moved("Veterans Day", Fixed(11, 11)),
    day("Thanksgiving", Nth(4, Thursday, 11)),
    moved("Christmas Day", Fixed(12, 25)),
];
