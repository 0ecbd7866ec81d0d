//! Tokens that others would like us to take.
use super::{
    AUDIENCE, Cache, Claims, ISSUER, KNOWN, Key, OVERLAP, PublicKey, Read, SIGNS_FOR, TYPE,
    Timestamp, key_id, queries::KeyRow,
};
use crate::identity::Keys;
use base64ct::{Base64UrlUnpadded, Encoding};
use domain::identity::{UserId, refresh::FamilyId};
use jiff::SignedDuration;
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use serde_json::{Value, json};
use uuid::Uuid;

fn secret(secret: &str) -> Keys {
    Keys::derive(&secret.to_owned().into()).unwrap()
}

fn now() -> Timestamp {
    "2026-03-02T06:00:00Z".parse().unwrap()
}

fn key(keys: &Keys, signs_from: Timestamp) -> Key {
    let (id, sealed_key) = Key::generate(keys).unwrap();
    Key::open(keys, KeyRow { id, generation: 1, sealed_key, signs_from }).unwrap()
}

fn read(keys: Vec<Key>) -> Read {
    Read { at: now(), generation: 1, keys, checked: Cache::new(KNOWN) }
}

fn claims() -> Value {
    let now = now().as_second();
    let claims = Claims {
        iss: ISSUER.into(),
        aud: AUDIENCE.into(),
        sub: UserId::generate(),
        sid: FamilyId::generate(),
        jti: Uuid::new_v4(),
        iat: now,
        nbf: now,
        exp: now + 900,
    };
    serde_json::to_value(claims).unwrap()
}

fn header(alg: Algorithm, key: &Key) -> Header {
    let (typ, kid) = (Some(TYPE.to_owned()), Some(key.id.to_string()));
    Header { typ, kid, ..Header::new(alg) }
}

fn signed(key: &Key, claims: &Value) -> String {
    jsonwebtoken::encode(&header(Algorithm::EdDSA, key), claims, &key.signing).unwrap()
}

/// Whether a server with the keys `read` takes `token` at `now`.
fn takes_at(read: &Read, token: &str, now: Timestamp) -> bool {
    key_id(token).and_then(|id| read.check(token, id, now)).is_some()
}

fn takes(read: &Read, token: &str) -> bool {
    takes_at(read, token, now())
}

fn part(value: &Value) -> String {
    Base64UrlUnpadded::encode_string(value.to_string().as_bytes())
}

#[test]
fn a_token_is_good_from_its_beginning_to_its_end_give_or_take_the_clocks() {
    let read = read(vec![key(&secret("one"), now())]);
    let token = signed(&read.keys[0], &claims());
    for (seconds, good) in [(-31, false), (-30, true), (0, true), (929, true), (930, false)] {
        let at = now() + SignedDuration::from_secs(seconds);
        // What is signed by a key that does not sign yet is good as well: clocks differ.
        assert_eq!(takes_at(&read, &token, at), good, "{seconds}");
    }
}

#[test]
fn a_token_for_somebody_else_or_of_somebody_else_is_refused() {
    let read = read(vec![key(&secret("one"), now())]);
    let with = |name: &str, value: Value| {
        let mut claims = claims();
        claims[name] = value;
        signed(&read.keys[0], &claims)
    };
    assert!(takes(&read, &with("jti", json!(Uuid::nil()))));
    for (name, value) in [
        ("iss", json!("evil")),
        ("iss", Value::Null),
        ("aud", json!("another-api")),
        ("aud", json!([])),
        ("sub", json!("everybody")),
        ("sid", Value::Null),
        ("exp", json!(now().as_second() - 60)),
        ("exp", Value::Null),
        ("nbf", json!(now().as_second() + 60)),
    ] {
        assert!(!takes(&read, &with(name, value.clone())), "{name} {value}");
    }
}

#[test]
fn what_is_known_again_is_the_very_token_while_its_key_is_good() {
    let first = key(&secret("one"), now());
    let token = signed(&first, &claims());
    let other = signed(&first, &claims());
    let mut read = read(vec![first]);
    for _ in 0..2 {
        assert!(takes(&read, &token) && takes(&read, &other));
    }
    let (head, signature) = token.rsplit_once('.').unwrap();
    let (other_head, other_signature) = other.rsplit_once('.').unwrap();
    for altered in [
        format!("{head}.{other_signature}"),
        format!("{other_head}.{signature}"),
        format!("{head}."),
        format!("{token}A"),
    ] {
        assert!(!takes(&read, &altered), "{altered}");
    }
    // A younger key has signed for so long that none of its tokens can be good.
    let younger = key(&secret("one"), now() - SIGNS_FOR);
    read.keys.insert(0, younger);
    assert!(!takes(&read, &token));
}

#[test]
fn a_token_that_is_signed_otherwise_is_refused() {
    let read = read(vec![key(&secret("one"), now())]);
    let ours = &read.keys[0];
    let good = signed(ours, &claims());
    let parts: Vec<_> = good.split('.').collect();
    let kid = ours.id.to_string();
    let unsigned = |alg: &str| {
        let header = json!({ "alg": alg, "typ": TYPE, "kid": kid });
        format!("{}.{}.", part(&header), part(&claims()))
    };
    // With the public key, which everybody has, as the secret (RFC 8725, section 2.1).
    let PublicKey { x, .. } = ours.public();
    let confused =
        [x.clone().into_bytes(), Base64UrlUnpadded::decode_vec(&x).unwrap()].map(|key| {
            let header = header(Algorithm::HS256, ours);
            jsonwebtoken::encode(&header, &claims(), &EncodingKey::from_secret(&key)).unwrap()
        });
    let foreign = key(&secret("one"), now());
    let under_our_name =
        jsonwebtoken::encode(&header(Algorithm::EdDSA, ours), &claims(), &foreign.signing);
    let other_purpose = Header { typ: Some("JWT".into()), ..header(Algorithm::EdDSA, ours) };
    let other_purpose = jsonwebtoken::encode(&other_purpose, &claims(), &ours.signing).unwrap();
    let nameless = Header { kid: None, ..header(Algorithm::EdDSA, ours) };
    let nameless = jsonwebtoken::encode(&nameless, &claims(), &ours.signing).unwrap();
    let flipped = parts[2].chars().rev().collect::<String>();

    assert!(takes(&read, &good));
    for forged in [
        unsigned("none"),
        unsigned("None"),
        unsigned("EdDSA"),
        confused[0].clone(),
        confused[1].clone(),
        signed(&foreign, &claims()),
        under_our_name.unwrap(),
        other_purpose,
        nameless,
        format!("{}.{}.{flipped}", parts[0], parts[1]),
        format!("{}.{}.{}", parts[0], part(&claims()), parts[2]),
        parts[..2].join("."),
        "a.b.c".to_owned(),
        String::new(),
    ] {
        assert!(!takes(&read, &forged), "{forged}");
    }
}

#[test]
fn a_key_that_this_clinic_has_not_sealed_is_none() {
    let (ours, theirs) = (secret("one"), secret("two"));
    let (id, sealed_key) = Key::generate(&theirs).unwrap();
    let row = |id, sealed_key| KeyRow { id, generation: 1, sealed_key, signs_from: now() };
    assert!(Key::open(&ours, row(id, sealed_key.clone())).is_none());
    assert!(Key::open(&theirs, row(id, sealed_key.clone())).is_some());
    // Nor one of ours under another name.
    assert!(Key::open(&theirs, row(Uuid::now_v7(), sealed_key.clone())).is_none());
    assert!(Key::open(&theirs, row(id, sealed_key[..20].to_vec())).is_none());
    assert!(Key::open(&theirs, row(id, Vec::new())).is_none());
}

#[test]
fn a_key_is_followed_by_the_next_and_good_until_its_tokens_have_expired() {
    let keys = secret("one");
    let next = now() + SIGNS_FOR;
    let read = read(vec![key(&keys, next), key(&keys, now())]);
    let signs = |at| read.signing(at).map(|key| key.signs_from);
    let good = |at| read.good(at).count();

    assert_eq!(signs(now()), Some(now()));
    assert_eq!(signs(next), Some(next));
    assert_eq!((good(now()), good(next), good(next + OVERLAP)), (2, 2, 1));
}
