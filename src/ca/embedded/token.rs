//! A PKCS#11 token that keeps the CA's keys: they are made in it, never leave it, and are found by their public key.
//!
//! A private key's CKA_ID is the key identifier of its certificate, so a key that was brought in by other tools is found as
//! well. Calls block: a CRL or a certificate is one signature.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use cryptoki::context::{CInitializeArgs, CInitializeFlags, Pkcs11};
use cryptoki::error::{Error, RvError};
use cryptoki::mechanism::Mechanism;
use cryptoki::object::{Attribute, AttributeType, KeyType, ObjectClass, ObjectHandle};
use cryptoki::session::{Session, UserType};
use cryptoki::slot::Slot;
use cryptoki::types::AuthPin;

use super::signer::key_id;
use crate::domain::certificate::der::{OCTET_STRING, expect};
use crate::settings::{CaToken, Secret};

#[derive(Debug, thiserror::Error)]
pub enum TokenError {
    #[error("the token \"{0}\" is not there")]
    Absent(String),
    #[error("the token has no key {0}")]
    NoKey(String),
    #[error("the token has several keys {0}")]
    SeveralKeys(String),
    #[error(
        "the token \"{0}\" refused the PIN, and is not asked again before the next start: after some tries it would lock"
    )]
    Pin(String),
    #[error("the token made a key that is not one of P-256")]
    Curve,
    #[error("the token cannot be used: {0}")]
    Module(#[from] Error),
}

/// The OID of P-256, encoded: CKA_EC_PARAMS.
const P256: [u8; 10] = [0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07];
/// An uncompressed point of P-256.
const POINT: usize = 65;

pub struct Token {
    module: PathBuf,
    label: String,
    pin: AuthPin,
    context: Pkcs11,
    /// Logged in; opened anew after a failure.
    session: Mutex<Option<Session>>,
    pin_refused: AtomicBool,
}

impl Token {
    pub fn of_settings(settings: &CaToken) -> Result<Self, TokenError> {
        let absent = || TokenError::Pin(settings.label.clone());
        Self::open(&settings.module, &settings.label, settings.pin.as_ref().ok_or_else(absent)?)
    }

    /// `module`: the maker's library. Logs in, so that a wrong PIN stops the start.
    pub fn open(module: &Path, label: &str, pin: &Secret) -> Result<Self, TokenError> {
        let context = Pkcs11::new(module)?;
        match context.initialize(CInitializeArgs::new(CInitializeFlags::OS_LOCKING_OK)) {
            Ok(()) | Err(Error::Pkcs11(RvError::CryptokiAlreadyInitialized, _)) => {}
            Err(error) => return Err(error.into()),
        }
        let token = Self {
            module: module.to_owned(),
            label: label.to_owned(),
            pin: AuthPin::new(pin.reveal().to_owned().into()),
            context,
            session: Mutex::new(None),
            pin_refused: AtomicBool::new(false),
        };
        let session = token.logged_in()?;
        *token.session.lock().unwrap_or_else(PoisonError::into_inner) = Some(session);
        Ok(token)
    }

    /// Makes a key pair that cannot leave the token. `name`: for people who look into it.
    pub fn generate(self: &Arc<Self>, name: &str) -> Result<TokenKey, TokenError> {
        let label = Attribute::Label(name.as_bytes().to_vec());
        let public = [
            Attribute::Token(true),
            Attribute::Private(false),
            Attribute::Verify(true),
            Attribute::EcParams(P256.to_vec()),
            label.clone(),
        ];
        let private = [
            Attribute::Token(true),
            Attribute::Private(true),
            Attribute::Sensitive(true),
            Attribute::Extractable(false),
            Attribute::Sign(true),
            label,
        ];
        self.with_session(|session| {
            let (public, private) = session.generate_key_pair(&Mechanism::EccKeyPairGen, &public, &private)?;
            let read = session.get_attributes(public, &[AttributeType::EcPoint])?;
            let point = read.into_iter().find_map(|attribute| match attribute {
                Attribute::EcPoint(encoded) => point(&encoded),
                _ => None,
            });
            let point = point.ok_or(TokenError::Curve)?;
            let id = [Attribute::Id(key_id(&point))];
            session.update_attributes(public, &id)?;
            session.update_attributes(private, &id)?;
            Ok(TokenKey { token: self.clone(), point })
        })
    }

    /// The key of this public point.
    pub fn key(self: &Arc<Self>, point: [u8; POINT]) -> Result<TokenKey, TokenError> {
        self.with_session(|session| private_key(session, &point))?;
        Ok(TokenKey { token: self.clone(), point })
    }

    /// Once more with a new session when it did not work: tokens restart, networks to them break, and who is logged out does
    /// not see private keys.
    fn with_session<T>(&self, work: impl Fn(&Session) -> Result<T, TokenError>) -> Result<T, TokenError> {
        let mut held = self.session.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(session) = held.take()
            && let Ok(done) = work(&session)
        {
            *held = Some(session);
            return Ok(done);
        }
        let session = self.logged_in()?;
        let done = work(&session);
        *held = Some(session);
        done
    }

    fn logged_in(&self) -> Result<Session, TokenError> {
        if self.pin_refused.load(Ordering::SeqCst) {
            return Err(TokenError::Pin(self.label.clone()));
        }
        let session = self.context.open_rw_session(self.slot()?)?;
        match session.login(UserType::User, Some(&self.pin)) {
            Ok(()) | Err(Error::Pkcs11(RvError::UserAlreadyLoggedIn, _)) => Ok(session),
            Err(Error::Pkcs11(RvError::PinIncorrect | RvError::PinLocked, _)) => {
                self.pin_refused.store(true, Ordering::SeqCst);
                Err(TokenError::Pin(self.label.clone()))
            }
            Err(error) => Err(error.into()),
        }
    }

    fn slot(&self) -> Result<Slot, TokenError> {
        for slot in self.context.get_slots_with_initialized_token()? {
            if self.context.get_token_info(slot)?.label().trim_end() == self.label {
                return Ok(slot);
            }
        }
        Err(TokenError::Absent(self.label.clone()))
    }
}

impl std::fmt::Debug for Token {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Token({}, {})", self.module.display(), self.label)
    }
}

/// One P-256 key in a token.
pub struct TokenKey {
    token: Arc<Token>,
    pub point: [u8; POINT],
}

impl TokenKey {
    /// Both numbers of the ECDSA signature, one after the other.
    pub fn sign_digest(&self, digest: &[u8; 32]) -> Result<Vec<u8>, TokenError> {
        self.token.with_session(|session| {
            let key = private_key(session, &self.point)?;
            Ok(session.sign(&Mechanism::Ecdsa, key, digest)?)
        })
    }

    /// For a CA that was not finished: nobody else has seen the key.
    pub fn destroy(self) -> Result<(), TokenError> {
        self.token.with_session(|session| {
            for object in session.find_objects(&[Attribute::Id(key_id(&self.point))])? {
                session.destroy_object(object)?;
            }
            Ok(())
        })
    }
}

fn private_key(session: &Session, point: &[u8; POINT]) -> Result<ObjectHandle, TokenError> {
    let id = key_id(point);
    let wanted =
        [Attribute::Class(ObjectClass::PRIVATE_KEY), Attribute::KeyType(KeyType::EC), Attribute::Id(id.clone())];
    match session.find_objects(&wanted)?[..] {
        [key] => Ok(key),
        [] => Err(TokenError::NoKey(hex::encode(id))),
        [_, _, ..] => Err(TokenError::SeveralKeys(hex::encode(id))),
    }
}

/// CKA_EC_POINT: the point in an OCTET STRING; some tokens leave that away.
fn point(encoded: &[u8]) -> Option<[u8; POINT]> {
    let bare =
        expect(encoded, OCTET_STRING).filter(|(_, rest)| rest.is_empty()).map_or(encoded, |(inner, _)| inner.content);
    <[u8; POINT]>::try_from(bare).ok().filter(|point| point[0] == 4)
}
