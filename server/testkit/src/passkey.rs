//! A device with a passkey, written anew from the standard (WebAuthn, level 2) so that it shares no mistake.
use aws_lc_rs::{
    digest::{SHA256, digest},
    rand::SystemRandom,
    signature::{ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair, KeyPair},
};
use base64ct::{Base64UrlUnpadded, Encoding};
use serde_json::{Value, json};

const USER_PRESENT: u8 = 0x01;
const USER_VERIFIED: u8 = 0x04;
const HAS_CREDENTIAL: u8 = 0x40;

/// A passkey on a device, and what the device says of itself; tests let it lie.
#[derive(Debug)]
pub struct Device {
    key: EcdsaKeyPair,
    pub credential_id: Vec<u8>,
    /// Whose passkey it says to be.
    pub user_handle: Vec<u8>,
    /// The address of the page that asks, as the browser sees it.
    pub origin: String,
    /// How often it has signed; one that says 0 does not count.
    pub count: u32,
    /// Whether it has made sure who uses it.
    pub verifies: bool,
}

impl Device {
    /// One with a new key, in the browser that shows `origin`.
    pub fn at(origin: &str) -> Self {
        Self {
            key: EcdsaKeyPair::generate(&ECDSA_P256_SHA256_ASN1_SIGNING).unwrap(),
            credential_id: uuid::Uuid::now_v7().as_bytes().repeat(2),
            user_handle: Vec::new(),
            origin: origin.to_owned(),
            count: 0,
            verifies: true,
        }
    }

    /// Makes a passkey for the page that asks by `options`; the JSON that its script sends.
    pub fn create(&mut self, options: &Value) -> String {
        let asked = &options["publicKey"];
        self.user_handle = decoded(&asked["user"]["id"]);
        let mut data = self.authenticator_data(text(&asked["rp"]["id"]), HAS_CREDENTIAL);
        data.extend([0; 16]);
        data.extend(u16::try_from(self.credential_id.len()).unwrap().to_be_bytes());
        data.extend(&self.credential_id);
        data.extend(self.public_key());
        // CBOR: a map of three, in which the first says that nobody vouches for the device.
        let mut attestation = b"\xa3\x63fmt\x64none\x67attStmt\xa0\x68authData\x58".to_vec();
        attestation.push(u8::try_from(data.len()).unwrap());
        attestation.extend(data);
        self.answer(json!({
            "clientDataJSON": encoded(self.client_data("webauthn.create", asked).as_bytes()),
            "attestationObject": encoded(&attestation),
            "transports": ["internal", "hybrid"],
        }))
    }

    /// Signs what the page asks by `options`; the JSON that its script sends.
    pub fn get(&mut self, options: &Value) -> String {
        let asked = &options["publicKey"];
        let data = self.authenticator_data(text(&asked["rpId"]), 0);
        let client_data = self.client_data("webauthn.get", asked);
        let signed = [&data, digest(&SHA256, client_data.as_bytes()).as_ref()].concat();
        let signature = self.key.sign(&SystemRandom::new(), &signed).unwrap();
        self.answer(json!({
            "clientDataJSON": encoded(client_data.as_bytes()),
            "authenticatorData": encoded(&data),
            "signature": encoded(signature.as_ref()),
            "userHandle": encoded(&self.user_handle),
        }))
    }

    fn answer(&self, response: Value) -> String {
        json!({
            "id": encoded(&self.credential_id), "rawId": encoded(&self.credential_id),
            "type": "public-key", "authenticatorAttachment": "platform",
            "clientExtensionResults": {}, "response": response,
        })
        .to_string()
    }

    fn client_data(&self, kind: &str, asked: &Value) -> String {
        json!({
            "type": kind, "challenge": asked["challenge"], "origin": self.origin, "crossOrigin": false,
        })
        .to_string()
    }

    fn authenticator_data(&self, relying_party: &str, flags: u8) -> Vec<u8> {
        let verified = if self.verifies { USER_VERIFIED } else { 0 };
        let mut data = digest(&SHA256, relying_party.as_bytes()).as_ref().to_vec();
        data.push(flags | USER_PRESENT | verified);
        data.extend(self.count.to_be_bytes());
        data
    }

    /// As a COSE key: a map of five that says ES256 over P-256.
    fn public_key(&self) -> Vec<u8> {
        let (x, y) = self.key.public_key().as_ref()[1..].split_at(32);
        [b"\xa5\x01\x02\x03\x26\x20\x01\x21\x58\x20".as_slice(), x, b"\x22\x58\x20", y].concat()
    }
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap()
}

fn encoded(bytes: &[u8]) -> String {
    Base64UrlUnpadded::encode_string(bytes)
}

fn decoded(value: &Value) -> Vec<u8> {
    Base64UrlUnpadded::decode_vec(text(value)).unwrap()
}
