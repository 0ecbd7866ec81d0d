//! The app of somebody with a second factor, written anew from the standards so that it shares no mistake.
use crate::TestDb;
use aws_lc_rs::hmac;
use domain::identity::UserId;
use jiff::Timestamp;
use services::{
    Clinic,
    identity::{self, factor},
};

const ALPHABET: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

/// The six digits that an app with `key`, in base32, shows at `now` (RFC 6238).
pub fn app_code(key: &str, now: Timestamp) -> String {
    let bits = key.bytes().filter(|letter| !letter.is_ascii_whitespace()).flat_map(|letter| {
        let value = ALPHABET.iter().position(|&known| known == letter).unwrap();
        (0..5).rev().map(move |bit| u8::try_from(value >> bit & 1).unwrap())
    });
    let bits: Vec<u8> = bits.collect();
    let secret: Vec<u8> =
        bits.chunks_exact(8).map(|byte| byte.iter().fold(0, |sum, bit| sum << 1 | bit)).collect();
    let key = hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, &secret);
    let tag = hmac::sign(&key, &(now.as_second() / 30).to_be_bytes());
    let tag = tag.as_ref();
    let start = usize::from(tag[19] & 15);
    let number = u32::from_be_bytes(tag[start..start + 4].try_into().unwrap()) & 0x7fff_ffff;
    format!("{:06}", number % 1_000_000)
}

/// What the owner of an account with a second factor has.
#[derive(Debug)]
pub struct Phone {
    pub key: String,
    pub recovery_codes: Vec<String>,
}

impl Phone {
    /// The code it shows at `now`.
    pub fn code(&self, now: Timestamp) -> String {
        app_code(&self.key, now)
    }
}

impl TestDb {
    /// Switches codes on for `user`, who uses up that of now.
    pub async fn phone(&self, clinic: &Clinic, user: UserId) -> Phone {
        let actor = identity::actor(clinic, user).await.unwrap();
        let caller = identity::require_owner::<identity::Person>(actor).unwrap();
        factor::begin(clinic, &caller).await.unwrap();
        let key = factor::app_key(clinic, &caller).await.unwrap().unwrap().secret;
        let code = app_code(&key, clinic.now());
        let codes = factor::turn_on(clinic, &caller, &code).await.unwrap();
        Phone { key, recovery_codes: codes.iter().map(ToString::to_string).collect() }
    }
}
