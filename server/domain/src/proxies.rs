//! Proxies: adults with an account of their own who act for a patient, as far as the patient lets them.
//!
//! What FHIR calls a Consent for a RelatedPerson: scoped, with an end, and taken back at once.
use crate::{FieldProblem, Id, Refusal, identity::Email, text_enum};
use jiff::SignedDuration;
use std::fmt;

/// A row of `proxy_grants`.
#[derive(Debug)]
pub enum ProxyGrant {}
pub type ProxyGrantId = Id<ProxyGrant>;

/// How long an invitation can be accepted; mirrors `proxy_grants_accepted_in_time`.
pub const INVITATION_LIFETIME: SignedDuration = SignedDuration::from_hours(7 * 24);

/// How many a patient sends in a day.
pub const INVITATIONS_A_DAY: i64 = 10;

/// How many an address is sent in a day, whoever sends them.
pub const MAILS_A_DAY: i64 = 12;

pub const TOO_MANY_PROXIES: Refusal = Refusal::new(
    "proxies.too_many",
    "Ten people act for you or are invited to, which is as many as there can be. Stop the access of one of them first.",
);
pub const TOO_MANY_INVITATIONS: Refusal = Refusal::new(
    "proxies.too_many_invitations",
    "You have sent ten invitations in the last 24 hours. Please wait a day before you send another.",
);
pub const INVITATION_OVER: Refusal = Refusal::new(
    "proxies.invitation_over",
    "This invitation works no longer. Please ask for a new one.",
);
pub const NOT_YOUR_INVITATION: Refusal = Refusal::new(
    "proxies.not_your_invitation",
    "This invitation went to another address. Please sign in with the account that has it.",
);

text_enum! {
    /// What a proxy may do.
    pub enum Scope {
        Visits = "visits",
        Booking = "booking",
        Health = "health",
    }
}

impl Scope {
    /// What the patient chooses.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::Visits => "See your visits",
            Self::Booking => "Book, move and cancel visits for you",
            Self::Health => "Read your health profile",
        }
    }

    /// What that means.
    #[must_use]
    pub const fn explanation(self) -> &'static str {
        match self {
            Self::Visits => "When, where, with whom, and the reason.",
            Self::Booking => "They see your visits then, and what they cost, and can pay for them.",
            Self::Health => {
                "Date of birth, blood type, allergies, conditions, medicines, and whom to call for you."
            }
        }
    }

    /// The same, as it is said to the proxy and of anybody.
    #[must_use]
    pub const fn act(self) -> &'static str {
        match self {
            Self::Visits => "See visits",
            Self::Booking => "Book, move and cancel visits",
            Self::Health => "Read the health profile",
        }
    }
}

/// What a proxy may do: something, and whoever books sees what is booked. Mirrors `proxy_grants_scopes_known`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Scopes {
    visits: bool,
    booking: bool,
    health: bool,
}

impl Scopes {
    /// Those among `chosen`, and what they take along; `None`: nothing was chosen.
    #[must_use]
    pub fn new(chosen: &[Scope]) -> Option<Self> {
        let has = |scope| chosen.contains(&scope);
        let booking = has(Scope::Booking);
        let scopes =
            Self { visits: booking || has(Scope::Visits), booking, health: has(Scope::Health) };
        (!chosen.is_empty()).then_some(scopes)
    }

    /// Those that are stored as `words`.
    #[must_use]
    pub fn stored(words: &[String]) -> Option<Self> {
        let known: Vec<Scope> = words.iter().filter_map(|word| word.parse().ok()).collect();
        Self::new(&known)
    }

    /// As they are stored.
    #[must_use]
    pub fn words(self) -> Vec<&'static str> {
        self.iter().map(Scope::as_str).collect()
    }

    #[must_use]
    pub const fn allow(self, scope: Scope) -> bool {
        match scope {
            Scope::Visits => self.visits,
            Scope::Booking => self.booking,
            Scope::Health => self.health,
        }
    }

    /// In the order of [`Scope::ALL`].
    pub fn iter(self) -> impl Iterator<Item = Scope> {
        Scope::ALL.iter().copied().filter(move |&scope| self.allow(scope))
    }
}

text_enum! {
    /// How long a grant lasts.
    pub enum Lifetime {
        Month = "30_days",
        HalfYear = "6_months",
        Year = "1_year",
    }
}

impl Lifetime {
    /// What the patient chooses.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::Month => "30 days",
            Self::HalfYear => "6 months",
            Self::Year => "1 year",
        }
    }

    /// The longest is as long as `proxy_grants_a_year` takes.
    #[must_use]
    pub const fn hours(self) -> i64 {
        match self {
            Self::Month => 30 * 24,
            Self::HalfYear => 182 * 24,
            Self::Year => 365 * 24,
        }
    }
}

/// Who is to act for somebody, as it was typed.
#[derive(Clone, Default)]
pub struct GrantForm {
    pub email: String,
    /// Words of [`Scope`].
    pub scopes: Vec<String>,
    /// A word of [`Lifetime`].
    pub lifetime: String,
}

/// Without the address, which no log may show.
impl fmt::Debug for GrantForm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("GrantForm").finish_non_exhaustive()
    }
}

/// A form whose every field is right.
#[derive(Clone, PartialEq, Eq)]
pub struct CheckedGrant {
    pub email: Email,
    pub scopes: Scopes,
    pub lifetime: Lifetime,
}

impl fmt::Debug for CheckedGrant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CheckedGrant").field("scopes", &self.scopes).finish_non_exhaustive()
    }
}

impl GrantForm {
    /// All that is wrong with it, field by field; `own` is the address of who fills it in.
    pub fn check(&self, own: &str) -> Result<CheckedGrant, Vec<FieldProblem>> {
        let email =
            Email::checked("email", &self.email).and_then(|email| match email.as_str() == own {
                true => Err(FieldProblem::new(
                    "email",
                    "This is your own address. Enter that of the other person.",
                )),
                false => Ok(email),
            });
        let lifetime = self
            .lifetime
            .parse()
            .map_err(|_| FieldProblem::new("lifetime", "Choose until when they may act for you."));
        match (email, self.scopes(), lifetime) {
            (Ok(email), Ok(scopes), Ok(lifetime)) => Ok(CheckedGrant { email, scopes, lifetime }),
            (email, scopes, lifetime) => {
                Err([email.err(), scopes.err(), lifetime.err()].into_iter().flatten().collect())
            }
        }
    }

    fn scopes(&self) -> Result<Scopes, FieldProblem> {
        let problem = || FieldProblem::new("scopes", "Choose at least one thing that they may do.");
        let chosen: Result<Vec<Scope>, _> = self.scopes.iter().map(|word| word.parse()).collect();
        chosen.ok().and_then(|chosen| Scopes::new(&chosen)).ok_or_else(problem)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::{prelude::*, sample::subsequence};

    fn form(email: &str, scopes: &[&str], lifetime: &str) -> GrantForm {
        let scopes = scopes.iter().map(|&word| word.to_owned()).collect();
        GrantForm { email: email.into(), scopes, lifetime: lifetime.into() }
    }

    fn wrong(form: &GrantForm) -> Vec<String> {
        let problems = form.check("ana@example.org").unwrap_err();
        problems.into_iter().map(|problem| problem.field.into_owned()).collect()
    }

    #[test]
    fn what_is_wrong_is_said_field_by_field() {
        let right =
            form(" Ben@Example.org ", &["booking"], "6_months").check("ana@example.org").unwrap();
        assert_eq!(right.email.as_str(), "ben@example.org");
        assert_eq!(right.scopes.iter().collect::<Vec<_>>(), [Scope::Visits, Scope::Booking]);
        assert_eq!(wrong(&form("ben", &[], "")), ["email", "scopes", "lifetime"]);
        assert_eq!(
            wrong(&form("ben@example.org", &["visits", "all"], "2_years")),
            ["scopes", "lifetime"]
        );
        assert!(!format!("{:?}", form("ben@example.org", &[], "")).contains("ben"));
    }

    #[test]
    fn nobody_acts_for_themselves() {
        assert_eq!(wrong(&form("ANA@example.org", &["visits"], "1_year")), ["email"]);
    }

    #[test]
    fn nothing_lasts_longer_than_a_year() {
        assert!(Lifetime::ALL.iter().all(|lifetime| (1..=8_760).contains(&lifetime.hours())));
    }

    proptest! {
        #[test]
        fn what_was_chosen_is_allowed_and_nothing_but_what_it_takes_along(
            chosen in subsequence(Scope::ALL.to_vec(), 0..=3)
        ) {
            let scopes = Scopes::new(&chosen);
            prop_assert_eq!(scopes.is_none(), chosen.is_empty());
            for &scope in Scope::ALL {
                let allowed = scopes.is_some_and(|scopes| scopes.allow(scope));
                let along = scope == Scope::Visits && chosen.contains(&Scope::Booking);
                prop_assert_eq!(allowed, chosen.contains(&scope) || along);
            }
        }

        #[test]
        fn what_is_stored_means_the_same_when_it_is_read(chosen in subsequence(Scope::ALL.to_vec(), 1..=3)) {
            let scopes = Scopes::new(&chosen).unwrap();
            let words: Vec<_> = scopes.words().into_iter().map(str::to_owned).collect();
            prop_assert_eq!(Scopes::stored(&words), Some(scopes));
        }
    }
}
