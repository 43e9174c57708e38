//! What may be filed: reasons and their CRLReason, eligibility of the source certificate, limits of the requested
//! date (`domain.md` section 3).
//!
//! Owns the rules of filing. What happens to a filed application is `case.rs`; how a CSR is judged is `csr.rs`.

use std::str::FromStr;

use super::problem::Problem;

/// 再発行理由. The customer picks one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ReissueReason {
    ServerReplacement,
    KeyLostOrDamaged,
    /// Suspected or certain.
    KeyCompromise,
    Other,
}

impl ReissueReason {
    pub const ALL: [Self; 4] = [Self::ServerReplacement, Self::KeyLostOrDamaged, Self::KeyCompromise, Self::Other];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::ServerReplacement => "server_replacement",
            Self::KeyLostOrDamaged => "key_lost_or_damaged",
            Self::KeyCompromise => "key_compromise",
            Self::Other => "other",
        }
    }
}

impl FromStr for ReissueReason {
    type Err = Problem;

    fn from_str(text: &str) -> Result<Self, Problem> {
        Self::ALL
            .into_iter()
            .find(|reason| reason.as_str() == text)
            .ok_or_else(|| Problem::on("reason", "reissue_reason_unknown").with("value", text))
    }
}

/// The reasons this desk puts into a CRL (RFC 5280, 5.3.1). certificateHold does not exist here.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum CrlReason {
    KeyCompromise = 1,
    Superseded = 4,
}

impl CrlReason {
    pub const ALL: [Self; 2] = [Self::KeyCompromise, Self::Superseded];

    /// The ENUMERATED value of the CRL entry extension.
    pub fn code(self) -> u8 {
        self as u8
    }

    pub fn from_code(code: u8) -> Option<Self> {
        Self::ALL.into_iter().find(|reason| reason.code() == code)
    }

    pub fn as_str(self) -> &'static str {
        match self {
            Self::KeyCompromise => "key_compromise",
            Self::Superseded => "superseded",
        }
    }
}

impl FromStr for CrlReason {
    type Err = Problem;

    fn from_str(text: &str) -> Result<Self, Problem> {
        Self::ALL
            .into_iter()
            .find(|reason| reason.as_str() == text)
            .ok_or_else(|| Problem::on("crl_reason", "crl_reason_unknown").with("value", text))
    }
}

/// Fixes the CRLReason at filing. Lost or damaged keys need the answer whether a third party may have obtained the
/// key; whoever says so has reported a compromise, whatever reason was picked (BR 4.9.1.1).
pub fn revocation_reason(reason: ReissueReason, key_possibly_exposed: Option<bool>) -> Result<CrlReason, Problem> {
    match (reason, key_possibly_exposed) {
        (ReissueReason::KeyCompromise, _) | (_, Some(true)) => Ok(CrlReason::KeyCompromise),
        (ReissueReason::KeyLostOrDamaged, None) => Err(Problem::on("key_possibly_exposed", "key_exposure_unanswered")),
        (ReissueReason::ServerReplacement | ReissueReason::Other, None | Some(false))
        | (ReissueReason::KeyLostOrDamaged, Some(false)) => Ok(CrlReason::Superseded),
    }
}

/// Who brought the application in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum FilingChannel {
    /// The customer, in the portal.
    Portal,
    /// A member of the desk for a customer who cannot; kept with the caller and why.
    Agent,
    /// Another program with a token.
    Api,
}

impl FilingChannel {
    pub const ALL: [Self; 3] = [Self::Portal, Self::Agent, Self::Api];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Portal => "portal",
            Self::Agent => "agent",
            Self::Api => "api",
        }
    }
}

impl FromStr for FilingChannel {
    type Err = Problem;

    fn from_str(text: &str) -> Result<Self, Problem> {
        Self::ALL
            .into_iter()
            .find(|channel| channel.as_str() == text)
            .ok_or_else(|| Problem::on("channel", "filing_channel_unknown").with("value", text))
    }
}
