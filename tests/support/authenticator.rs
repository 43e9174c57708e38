//! A passkey in software (WebAuthn level 3), which does what the test tells it: it may stay locked, count backwards, or
//! answer to another site.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use p256::ecdsa::signature::Signer;
use p256::ecdsa::{Signature, SigningKey};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

const PRESENT: u8 = 0x01;
const UNLOCKED: u8 = 0x04;
const WITH_KEY: u8 = 0x40;

pub struct Authenticator {
    key: SigningKey,
    id: Vec<u8>,
    pub origin: String,
    pub is_unlocked: bool,
    /// How often it says it has signed.
    pub counter: u32,
}

impl Authenticator {
    /// `seed` tells keys apart.
    pub fn new(seed: u8) -> Self {
        Self {
            key: SigningKey::from_slice(&[seed; 32]).unwrap(),
            id: vec![seed; 16],
            origin: "https://desk.example".to_owned(),
            is_unlocked: true,
            counter: 1,
        }
    }

    /// What a browser answers to a site that asks for a new passkey.
    pub fn make(&self, options: &str) -> String {
        let mut data = self.data(options, WITH_KEY);
        data.extend([0; 16]);
        data.extend([0, 16]);
        data.extend(&self.id);
        data.extend(self.public_key());
        // {"fmt": "none", "attStmt": {}, "authData": …} in CBOR.
        let mut object = b"\xa3\x63fmt\x64none\x67attStmt\xa0\x68authData\x58".to_vec();
        object.push(u8::try_from(data.len()).unwrap());
        object.extend(data);
        self.answer(&json!({
            "attestationObject": URL_SAFE_NO_PAD.encode(object),
            "clientDataJSON": URL_SAFE_NO_PAD.encode(self.client("webauthn.create", options)),
        }))
    }

    /// What a browser answers to a site that asks for a proof by the passkey of this person.
    pub fn prove(&self, options: &str, user_id: u128) -> String {
        let (data, client) = (self.data(options, 0), self.client("webauthn.get", options));
        let signed = [data.as_slice(), &Sha256::digest(&client)].concat();
        let signature: Signature = self.key.sign(&signed);
        self.answer(&json!({
            "authenticatorData": URL_SAFE_NO_PAD.encode(data),
            "clientDataJSON": URL_SAFE_NO_PAD.encode(client),
            "signature": URL_SAFE_NO_PAD.encode(signature.to_der()),
            "userHandle": URL_SAFE_NO_PAD.encode(user_id.to_be_bytes()),
        }))
    }

    fn data(&self, options: &str, flags: u8) -> Vec<u8> {
        let options: Value = serde_json::from_str(options).unwrap();
        let site = options["rp"]["id"].as_str().or(options["rpId"].as_str()).unwrap();
        let flags = flags | PRESENT | if self.is_unlocked { UNLOCKED } else { 0 };
        [Sha256::digest(site).as_slice(), &[flags], &self.counter.to_be_bytes()].concat()
    }

    fn client(&self, kind: &str, options: &str) -> Vec<u8> {
        let options: Value = serde_json::from_str(options).unwrap();
        let client = json!({
            "type": kind,
            "challenge": options["challenge"],
            "origin": self.origin,
            "crossOrigin": false,
        });
        client.to_string().into_bytes()
    }

    /// ES256 on P-256, in CBOR (RFC 9053).
    fn public_key(&self) -> Vec<u8> {
        let point = self.key.verifying_key().to_encoded_point(false);
        let (x, y) = (point.x().unwrap(), point.y().unwrap());
        [b"\xa5\x01\x02\x03\x26\x20\x01\x21\x58\x20".as_slice(), x, b"\x22\x58\x20", y].concat()
    }

    fn answer(&self, response: &Value) -> String {
        let id = URL_SAFE_NO_PAD.encode(&self.id);
        json!({ "id": id, "rawId": id, "type": "public-key", "response": response, "clientExtensionResults": {} })
            .to_string()
    }
}
