//! Passkeys (WebAuthn): keys that a device keeps for this clinic alone, and opens for whoever it knows.
use crate::{FieldProblem, Id, Refusal, text, text_enum};
use jiff::SignedDuration;
use std::net::IpAddr;

/// A key that one person has on one of their devices.
#[derive(Debug)]
pub enum Passkey {}
pub type PasskeyId = Id<Passkey>;

/// What a device was asked to sign, and did not yet.
#[derive(Debug)]
pub enum Ceremony {}
pub type CeremonyId = Id<Ceremony>;

/// How long a device has for its answer.
pub const CEREMONY_LIFETIME: SignedDuration = SignedDuration::from_mins(5);

/// How old a passkey is that a new password leaves alone. Younger ones may be of whoever knew the one before.
pub const YOUNG: SignedDuration = SignedDuration::from_hours(7 * 24);

/// How many passkeys one person may have.
pub const MOST_PASSKEYS: i16 = 10;

text_enum! {
    /// What a device is asked for.
    pub enum Purpose {
        /// A new passkey of somebody who is signed in.
        Add = "add",
        /// A passkey of whoever it is.
        SignIn = "sign_in",
        /// One of the passkeys of somebody whom we know.
        Prove = "prove",
    }
}

pub const WRONG_PASSKEY: Refusal = Refusal::new(
    "identity.wrong_passkey",
    "That passkey does not fit. It may have been removed from the account. Please try another one.",
);
pub const PASSKEY_COPIED: Refusal = Refusal::new(
    "identity.passkey_copied",
    "That passkey looks like a copy of one that was used since, so we do not take it. Please try another one.",
);
pub const CEREMONY_OVER: Refusal = Refusal::new(
    "identity.passkey_over",
    "We got no passkey, or it took longer than five minutes. Please try again.",
);
pub const PASSKEYS_FULL: Refusal = Refusal::new(
    "identity.passkeys_full",
    "You have ten passkeys, which is as many as we keep. Remove one first.",
);
pub const PASSKEY_KNOWN: Refusal =
    Refusal::new("identity.passkey_known", "This passkey is in use already.");
pub const NO_PASSKEYS: Refusal = Refusal::new(
    "identity.no_passkeys",
    "Passkeys do not work at this address: they need one with a name, over https.",
);

/// What its owner calls a passkey: 1 to 50 characters.
pub fn checked_name(field: &'static str, raw: &str) -> Result<String, FieldProblem> {
    text::checked(field, "A name", raw, 1..=50)
}

/// Whether a passkey that has signed `stored` times can have signed `shown` times by now. Most passkeys do not
/// count: theirs is always zero.
#[must_use]
pub const fn has_counted_on(stored: i64, shown: i64) -> bool {
    shown > stored || (shown == 0 && stored == 0)
}

/// For whom devices keep passkeys.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RelyingParty {
    /// The name of the host.
    pub id: String,
    /// The only address whose pages may ask for them, without a slash at its end.
    pub origin: String,
}

/// Whose passkeys are at the address `public_url`. `None`: browsers allow none there, because it has no name or
/// what is sent can be read on the way. This machine is `localhost`, whatever its address.
#[must_use]
pub fn relying_party(public_url: &str) -> Option<RelyingParty> {
    let (scheme, rest) = public_url.split_once("://")?;
    let authority = rest.split(['/', '?', '#']).next()?.to_ascii_lowercase();
    let (host, port) = match authority.rsplit_once(':') {
        Some((host, port)) if !port.ends_with(']') => (host, Some(port)),
        _ => (authority.as_str(), None),
    };
    let address = host.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>();
    let host = match address {
        Ok(address) if address.is_loopback() && scheme == "http" => "localhost",
        Ok(_) => return None,
        Err(_) => host,
    };
    let is_named = !host.is_empty()
        && host.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.'));
    let is_local = host == "localhost" || host.ends_with(".localhost");
    let usual = match scheme {
        "https" => "443",
        "http" if is_local => "80",
        _ => return None,
    };
    let port = port.filter(|port| *port != usual);
    let port = match port {
        Some(port) => format!(":{}", port.parse::<u16>().ok()?),
        None => String::new(),
    };
    is_named
        .then(|| RelyingParty { id: host.to_owned(), origin: format!("{scheme}://{host}{port}") })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn at(public_url: &str) -> Option<(String, String)> {
        relying_party(public_url).map(|party| (party.id, party.origin))
    }

    fn party(id: &str, origin: &str) -> Option<(String, String)> {
        Some((id.to_owned(), origin.to_owned()))
    }

    proptest! {
        #[test]
        fn a_named_host_over_https_has_passkeys_of_its_own(host in "[a-z]{1,9}(\\.[a-z]{2,9}){0,2}", port: u16) {
            let origin = format!("https://{host}");
            prop_assert_eq!(at(&origin), party(&host, &origin));
            prop_assert_eq!(at(&format!("{}/a/page?x=1", &origin)), party(&host, &origin));
            if port != 443 {
                let origin = format!("https://{host}:{port}");
                prop_assert_eq!(at(&origin), party(&host, &origin));
            }
            if host != "localhost" {
                prop_assert_eq!(at(&format!("http://{host}")), None);
            }
        }

        #[test]
        fn an_address_in_numbers_has_none_but_this_machine(address: IpAddr, port: u16) {
            let host = match address {
                IpAddr::V4(address) => address.to_string(),
                IpAddr::V6(address) => format!("[{address}]"),
            };
            prop_assert_eq!(at(&format!("https://{host}:{port}")), None);
            prop_assert_eq!(at(&format!("http://{host}:{port}")).is_some(), address.is_loopback());
        }

        #[test]
        fn a_count_never_goes_back(stored in 0..=i64::from(u32::MAX), shown in 0..=i64::from(u32::MAX)) {
            prop_assert_eq!(has_counted_on(stored, shown), shown > stored || stored + shown == 0);
            prop_assert!(!has_counted_on(stored + 1, stored + 1));
        }

        #[test]
        fn no_address_is_too_odd_to_be_looked_at(public_url in "\\PC{0,40}|https?://\\PC{0,30}") {
            if let Some(party) = relying_party(&public_url) {
                prop_assert!(party.origin.contains(&party.id));
                prop_assert!(!party.id.is_empty() && !party.id.contains([':', '/', '@', ' ']));
            }
        }
    }

    #[test]
    fn this_machine_is_called_localhost() {
        let local = party("localhost", "http://localhost:3000");
        for address in ["http://127.0.0.1:3000", "http://[::1]:3000/", "http://localhost:3000"] {
            assert_eq!(at(address), local, "{address}");
        }
        assert_eq!(at("http://LOCALHOST:80"), party("localhost", "http://localhost"));
    }

    #[test]
    fn a_name_is_kept_without_space_around_it() {
        assert_eq!(checked_name("name", " My phone ").unwrap(), "My phone");
        for wrong in ["", "  ", &"x".repeat(51), "a\u{202e}b"] {
            assert!(checked_name("name", wrong).is_err(), "{wrong:?}");
        }
    }
}
