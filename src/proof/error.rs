//! Why there is no proof.

#[derive(Debug, thiserror::Error)]
pub enum ProofError {
    /// Nobody told the desk where this issuer publishes.
    #[error("no source of proof is configured for {0}")]
    UnknownIssuer(String),
    #[error("it cannot be fetched: {0}")]
    Unreachable(String),
    #[error("it cannot be read: {0}")]
    Unreadable(String),
    /// RFC 6960 4.2.1, OCSPResponseStatus: the responder has no answer.
    #[error("the OCSP responder answers {0}")]
    Refused(&'static str),
}
