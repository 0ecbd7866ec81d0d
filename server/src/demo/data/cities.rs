//! The cities with a hospital of the demo clinic, one row each.
use super::names::Culture::{self, *};
use domain::directory::Language;

/// Which days people work there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Week {
    MondayToFriday,
    SundayToThursday,
    SundayToFriday,
    MondayToSaturday,
}

#[derive(Debug)]
pub struct City {
    pub name: &'static str,
    pub region: Option<&'static str>,
    pub country: &'static str,
    /// ISO 3166-1; begins the licence numbers.
    pub code: &'static str,
    pub zone: &'static str,
    pub currency: &'static str,
    /// What a general practitioner asks, in minor units, and what fees are rounded to.
    pub fee: i64,
    pub round: i64,
    /// Numbers that reach nobody: ranges kept for fiction where a country has
    /// one, else a subscriber number that begins with 000.
    pub phone: &'static str,
    pub week: Week,
    /// The language of the place first, then others one hears there.
    pub languages: &'static [Language],
    /// Where the names come from, and how often.
    pub cultures: &'static [(Culture, usize)],
    pub doctors: usize,
    pub patients: usize,
}

use Language::{
    Arabic as Ar, Bengali as Bn, Chinese as Zh, Dutch as Nl, English as En, French as Fr,
    German as De, Hindi as Hi, Irish as Ga, Italian as It, Japanese as Ja, Nepali as Ne,
    Polish as Pl, Portuguese as Pt, Spanish as Es, Swahili as Sw, Turkish as Tr, Ukrainian as Uk,
    Urdu as Ur,
};
use Week::*;

macro_rules! cities {
    ($($name:literal, $region:expr, $country:literal $code:literal, $zone:literal, $currency:literal $fee:literal / $round:literal, $phone:literal, $week:ident, [$($language:ident)+], [$($culture:ident $weight:literal)+], $doctors:literal, $patients:literal;)+) => {
        pub const CITIES: &[City] = &[$(City {
            name: $name, region: $region, country: $country, code: $code, zone: $zone, currency: $currency,
            fee: $fee, round: $round, phone: $phone, week: $week, languages: &[$($language),+],
            cultures: &[$(($culture, $weight)),+], doctors: $doctors, patients: $patients,
        }),+];
    };
}

cities! {
    "Lisbon", None, "Portugal" "PT", "Europe/Lisbon", "EUR" 6000 / 500, "+351 21 000 00", MondayToFriday, [Pt En Es Fr], [Portuguese 9 Brazilian 2], 17, 120;
    "Dublin", Some("Leinster"), "Ireland" "IE", "Europe/Dublin", "EUR" 7000 / 500, "+353 20 910 00", MondayToFriday, [En Ga Fr], [Irish 9 Polish 1 Indian 1 Nigerian 1], 16, 100;
    "Paris", Some("Île-de-France"), "France" "FR", "Europe/Paris", "EUR" 5500 / 500, "+33 1 99 00 00 ", MondayToFriday, [Fr En Ar It], [French 8 Moroccan 2 Portuguese 1], 13, 36;
    "Berlin", None, "Germany" "DE", "Europe/Berlin", "EUR" 6500 / 500, "+49 30 23125 0", MondayToFriday, [De En Nl], [German 8 Turkish 2 Ukrainian 1 Dutch 1 Italian 1], 13, 36;
    "Warsaw", Some("Masovia"), "Poland" "PL", "Europe/Warsaw", "PLN" 22000 / 1000, "+48 22 000 00 ", MondayToFriday, [Pl En De], [Polish 10 Ukrainian 2], 13, 36;
    "Istanbul", None, "Türkiye" "TR", "Europe/Istanbul", "TRY" 250000 / 10000, "+90 212 000 00 ", MondayToSaturday, [Tr En De], [Turkish 1], 13, 36;
    "Cairo", None, "Egypt" "EG", "Africa/Cairo", "EGP" 60000 / 5000, "+20 2 0000 00", SundayToThursday, [Ar En Fr], [Egyptian 1], 13, 36;
    "Casablanca", None, "Morocco" "MA", "Africa/Casablanca", "MAD" 30000 / 2500, "+212 522 000 0", MondayToFriday, [Ar Fr En Es], [Moroccan 1], 13, 36;
    "Nairobi", None, "Kenya" "KE", "Africa/Nairobi", "KES" 300000 / 25000, "+254 20 000 00", MondayToFriday, [Sw En], [Kenyan 8 Indian 1], 13, 36;
    "Lagos", None, "Nigeria" "NG", "Africa/Lagos", "NGN" 2000000 / 100000, "+234 1 000 00", MondayToFriday, [En Fr], [Nigerian 1], 13, 36;
    "Dubai", None, "United Arab Emirates" "AE", "Asia/Dubai", "AED" 35000 / 1000, "+971 4 000 00", MondayToFriday, [Ar En Hi Ur], [Egyptian 5 Indian 4 Pakistani 2 Anglo 1], 13, 36;
    "Karachi", Some("Sindh"), "Pakistan" "PK", "Asia/Karachi", "PKR" 300000 / 25000, "+92 21 0000 00", MondayToSaturday, [Ur En], [Pakistani 1], 13, 36;
    "Mumbai", Some("Maharashtra"), "India" "IN", "Asia/Kolkata", "INR" 90000 / 5000, "+91 22 0000 00", MondayToSaturday, [Hi En Ur], [Indian 1], 13, 36;
    "Kathmandu", Some("Bagmati"), "Nepal" "NP", "Asia/Kathmandu", "NPR" 120000 / 10000, "+977 1 000 00", SundayToFriday, [Ne En Hi], [Nepalese 1], 13, 36;
    "Dhaka", None, "Bangladesh" "BD", "Asia/Dhaka", "BDT" 100000 / 10000, "+880 2 0000 00", SundayToThursday, [Bn En Hi], [Bangladeshi 1], 13, 36;
    "Singapore", None, "Singapore" "SG", "Asia/Singapore", "SGD" 6500 / 500, "+65 0000 00", MondayToSaturday, [En Zh Hi], [Chinese 8 Indian 3 Anglo 1], 13, 36;
    "Tokyo", None, "Japan" "JP", "Asia/Tokyo", "JPY" 6500 / 500, "+81 3 0000 00", MondayToFriday, [Ja En Zh], [Japanese 10 Chinese 1], 13, 36;
    "Sydney", Some("New South Wales"), "Australia" "AU", "Australia/Sydney", "AUD" 11000 / 500, "+61 2 5550 00", MondayToFriday, [En Zh Ar It], [Anglo 6 Chinese 2 Indian 2 Italian 1 Egyptian 1], 13, 36;
    "Lord Howe Island", Some("New South Wales"), "Australia" "AU", "Australia/Lord_Howe", "AUD" 9000 / 500, "+61 2 7010 00", MondayToFriday, [En], [Anglo 1], 3, 14;
    "Auckland", None, "New Zealand" "NZ", "Pacific/Auckland", "NZD" 8500 / 500, "+64 9 000 00", MondayToFriday, [En Zh Hi], [Anglo 5 Polynesian 4 Chinese 1 Indian 1], 13, 36;
    "Honolulu", Some("Hawaii"), "United States" "US", "Pacific/Honolulu", "USD" 15000 / 500, "+1 808 555 01", MondayToFriday, [En Ja Zh], [Polynesian 4 Japanese 4 Anglo 3 Chinese 1], 13, 36;
    "Los Angeles", Some("California"), "United States" "US", "America/Los_Angeles", "USD" 17500 / 500, "+1 213 555 01", MondayToFriday, [En Es Zh], [Anglo 4 Mexican 4 Chinese 2 Japanese 1], 13, 36;
    "Denver", Some("Colorado"), "United States" "US", "America/Denver", "USD" 14500 / 500, "+1 303 555 01", MondayToFriday, [En Es], [Anglo 8 Mexican 3], 13, 36;
    "Edmonton", Some("Alberta"), "Canada" "CA", "America/Edmonton", "CAD" 10000 / 500, "+1 780 555 01", MondayToFriday, [En Fr Uk], [Anglo 6 Ukrainian 3 French 1 Indian 2], 13, 40;
    "Chicago", Some("Illinois"), "United States" "US", "America/Chicago", "USD" 15500 / 500, "+1 312 555 01", MondayToFriday, [En Es Pl], [Anglo 6 Polish 2 Mexican 2 Nigerian 1], 13, 36;
    "Mexico City", None, "Mexico" "MX", "America/Mexico_City", "MXN" 90000 / 5000, "+52 55 0000 00", MondayToSaturday, [Es En], [Mexican 1], 13, 36;
    "New York", Some("New York"), "United States" "US", "America/New_York", "USD" 18000 / 500, "+1 212 555 01", MondayToFriday, [En Es Zh It], [Anglo 5 Italian 2 Mexican 1 Chinese 2 Irish 1 Indian 1], 13, 36;
    "Bogotá", None, "Colombia" "CO", "America/Bogota", "COP" 16000000 / 1000000, "+57 601 000 00", MondayToSaturday, [Es En], [Andean 1], 13, 36;
    "Santiago", None, "Chile" "CL", "America/Santiago", "CLP" 40000 / 1000, "+56 2 0000 00", MondayToFriday, [Es En De], [Andean 1], 13, 36;
    "São Paulo", Some("São Paulo"), "Brazil" "BR", "America/Sao_Paulo", "BRL" 35000 / 1000, "+55 11 0000 00", MondayToFriday, [Pt En It], [Brazilian 8 Italian 2 Japanese 2], 13, 36;
    "St John's", Some("Newfoundland and Labrador"), "Canada" "CA", "America/St_Johns", "CAD" 9500 / 500, "+1 709 555 01", MondayToFriday, [En Fr], [Anglo 5 Irish 5 French 2], 13, 36;
}
