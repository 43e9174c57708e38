//! Passkeys (WebAuthn): questions for the browser, and what its answers prove. Every question demands that the owner
//! unlocks the key (user verification), and that the key itself knows whose it is (discoverable).
//!
//! Questions are kept by whoever asked, as text; nothing is remembered here. Must not know tables or sessions.

use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Serialize;
use serde::de::DeserializeOwned;
use uuid::Uuid;
use webauthn_rs::WebauthnBuilder;
use webauthn_rs::prelude::{
    DiscoverableAuthentication, Passkey, PasskeyRegistration, PublicKeyCredential, RegisterPublicKeyCredential, Url,
    Webauthn, WebauthnError,
};

#[derive(Debug, thiserror::Error)]
pub enum PasskeyError {
    /// The answer is no proof.
    #[error("a passkey was refused: {0}")]
    Refused(String),
    /// A question or a stored passkey cannot be read.
    #[error("passkeys: {0}")]
    Fault(String),
}

/// What the browser is asked.
pub struct Question {
    /// JSON for `navigator.credentials`.
    pub options: String,
    /// To be kept until the answer, which counts once.
    pub kept: String,
}

/// A passkey that was made just now.
pub struct Made {
    /// As browsers name it.
    pub id: String,
    pub stored: String,
}

/// Of one site; cheap to clone.
#[derive(Clone)]
pub struct Passkeys(Arc<Webauthn>);

impl Passkeys {
    /// `None`: browsers bind passkeys to names, and this address has none (an IP address), or no TLS.
    pub fn at(public_url: &str) -> Option<Self> {
        let origin = Url::parse(public_url).ok()?;
        let name = origin.domain()?.to_owned();
        let trusted = origin.scheme() == "https" || name == "localhost";
        if !trusted {
            return None;
        }
        let site = WebauthnBuilder::new(&name, &origin).and_then(WebauthnBuilder::build).ok()?;
        Some(Self(Arc::new(site)))
    }

    /// A new passkey for this person, beside those they have.
    pub fn ask_to_enrol(
        &self,
        user_id: i64,
        login: &str,
        name: &str,
        stored: &[String],
    ) -> Result<Question, PasskeyError> {
        let has = stored.iter().map(|stored| read::<Passkey>(stored)).collect::<Result<Vec<_>, _>>()?;
        let has = has.iter().map(|passkey| passkey.cred_id().clone()).collect();
        // Distinct for each account, and says nothing about its owner (WebAuthn level 3, section 14.6.1).
        let handle = Uuid::from_u128(u128::from(user_id.unsigned_abs()));
        let (asked, kept) = self.0.start_passkey_registration(handle, login, name, Some(has)).map_err(fault)?;
        let mut options = serde_json::to_value(asked.public_key).map_err(fault)?;
        options["authenticatorSelection"]["residentKey"] = "required".into();
        options["authenticatorSelection"]["requireResidentKey"] = true.into();
        Ok(Question { options: options.to_string(), kept: write(&kept)? })
    }

    pub fn enrol(&self, answer: &str, kept: &str) -> Result<Made, PasskeyError> {
        let kept: PasskeyRegistration = read(kept)?;
        let answer: RegisterPublicKeyCredential = given(answer)?;
        let passkey = self.0.finish_passkey_registration(&answer, &kept).map_err(refused)?;
        Ok(Made { id: URL_SAFE_NO_PAD.encode(passkey.cred_id()), stored: write(&passkey)? })
    }

    /// Which passkey answers, its owner chooses.
    pub fn ask(&self) -> Result<Question, PasskeyError> {
        let (asked, kept) = self.0.start_discoverable_authentication().map_err(fault)?;
        let options = serde_json::to_string(&asked.public_key).map_err(fault)?;
        Ok(Question { options, kept: write(&kept)? })
    }

    /// The passkey that an answer names.
    pub fn credential_of(answer: &str) -> Option<String> {
        let answer: PublicKeyCredential = given(answer).ok()?;
        Some(URL_SAFE_NO_PAD.encode(answer.get_credential_id()))
    }

    /// The stored passkey as it is to be stored from now on, if the answer is its proof.
    pub fn judge(&self, answer: &str, kept: &str, stored: &str) -> Result<String, PasskeyError> {
        let kept: DiscoverableAuthentication = read(kept)?;
        let mut passkey: Passkey = read(stored)?;
        let answer: PublicKeyCredential = given(answer)?;
        let proven = self.0.finish_discoverable_authentication_v2(&answer, kept, &passkey).map_err(refused)?;
        if !proven.user_verified() {
            return Err(PasskeyError::Refused("the owner did not unlock it".to_owned()));
        }
        passkey.update_credential(&proven);
        write(&passkey)
    }
}

fn read<T: DeserializeOwned>(text: &str) -> Result<T, PasskeyError> {
    serde_json::from_str(text).map_err(fault)
}

fn write<T: Serialize>(value: &T) -> Result<String, PasskeyError> {
    serde_json::to_string(value).map_err(fault)
}

fn given<T: DeserializeOwned>(answer: &str) -> Result<T, PasskeyError> {
    serde_json::from_str(answer).map_err(|error| PasskeyError::Refused(error.to_string()))
}

#[allow(clippy::needless_pass_by_value, reason = "for map_err")]
fn refused(error: WebauthnError) -> PasskeyError {
    PasskeyError::Refused(error.to_string())
}

fn fault(error: impl std::fmt::Display) -> PasskeyError {
    PasskeyError::Fault(error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn passkeys_need_a_name_and_tls() {
        for (url, can) in [
            ("https://desk.example.co.jp", true),
            ("https://desk.example.co.jp:8443", true),
            ("http://localhost:5150", true),
            ("http://desk.test", false),
            ("http://desk.example.co.jp", false),
            ("http://127.0.0.1:5150", false),
            ("https://192.0.2.1", false),
            ("https://[2001:db8::1]", false),
        ] {
            assert_eq!(Passkeys::at(url).is_some(), can, "{url}");
        }
    }

    #[test]
    fn what_a_browser_did_not_make_is_refused() {
        let site = Passkeys::at("https://desk.example").unwrap();
        let question = site.ask_to_enrol(12, "hana@ca.example", "例文 花", &[]).unwrap();
        let asked: serde_json::Value = serde_json::from_str(&question.options).unwrap();
        assert_eq!(asked["authenticatorSelection"]["residentKey"], "required");
        assert_eq!(asked["authenticatorSelection"]["userVerification"], "required");
        for answer in
            ["", "{}", "null", "[1]", "{\"id\":\"a\",\"rawId\":\"YQ\",\"type\":\"public-key\",\"response\":{}}"]
        {
            assert!(matches!(site.enrol(answer, &question.kept), Err(PasskeyError::Refused(_))), "{answer}");
            assert_eq!(Passkeys::credential_of(answer), None, "{answer}");
        }
    }
}
