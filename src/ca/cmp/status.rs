//! PKIStatusInfo and PKIFailureInfo (RFC 9810 5.2.3): what the CA says it did, and why not.

use super::message::{Fields, sequence_of};
use crate::ca::CaError;
use crate::domain::certificate::der::{BIT_STRING, INTEGER, SEQUENCE};

const ACCEPTED: u8 = 0;
const REJECTION: u8 = 2;
/// Characters of the CA's words that are kept.
const WORDS: usize = 300;

const BAD_MESSAGE_CHECK: usize = 1;
const BAD_TIME: usize = 3;
const CERTIFICATE_REVOKED: usize = 10;
const WRONG_INTEGRITY: usize = 12;
const BAD_RECIPIENT_NONCE: usize = 13;
const TIME_NOT_AVAILABLE: usize = 14;
const BAD_SENDER_NONCE: usize = 18;
const SIGNER_NOT_TRUSTED: usize = 20;
const TRANSACTION_ID_IN_USE: usize = 21;
const NOT_AUTHORIZED: usize = 23;
const SYSTEM_UNAVAILABLE: usize = 24;
const SYSTEM_FAILURE: usize = 25;

/// The bits by the names of the standard.
const FAILURES: [&str; 27] = [
    "badAlg",
    "badMessageCheck",
    "badRequest",
    "badTime",
    "badCertId",
    "badDataFormat",
    "wrongAuthority",
    "incorrectData",
    "missingTimeStamp",
    "badPOP",
    "certRevoked",
    "certConfirmed",
    "wrongIntegrity",
    "badRecipientNonce",
    "timeNotAvailable",
    "unacceptedPolicy",
    "unacceptedExtension",
    "addInfoNotAvailable",
    "badSenderNonce",
    "badCertTemplate",
    "signerNotTrusted",
    "transactionIdInUse",
    "unsupportedVersion",
    "notAuthorized",
    "systemUnavail",
    "systemFailure",
    "duplicateCertReq",
];

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Status {
    value: u8,
    words: String,
    failures: Vec<usize>,
}

/// Why it was not done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Rejection {
    /// Somebody has revoked the certificate before.
    AlreadyRevoked,
    Other(CaError),
}

impl Status {
    pub fn read(encoded: &[u8]) -> Option<Self> {
        let mut fields = Fields::of_only(encoded, SEQUENCE)?;
        let value = match fields.take(INTEGER)?.content {
            [value] => *value,
            _ => return None,
        };
        let words = match fields.optional(SEQUENCE) {
            Some(texts) => sequence_of(texts.content)?.into_iter().map(text).collect::<Option<Vec<_>>>()?.join("; "),
            None => String::new(),
        };
        let failures = match fields.optional(BIT_STRING) {
            Some(bits) => set_bits(bits.content)?,
            None => Vec::new(),
        };
        fields.end()?;
        Some(Self { value, words, failures })
    }

    /// Whether it was done just as it was ordered. Modified, waiting or imminent is neither done nor refused.
    pub fn verdict(&self) -> Result<(), Rejection> {
        match self.value {
            ACCEPTED => Ok(()),
            REJECTION => Err(self.rejection()),
            _ => Err(Rejection::Other(CaError::Unavailable(self.to_string()))),
        }
    }

    /// As an answer to something that does not end in a status of its own: nothing was done.
    pub fn rejection(&self) -> Rejection {
        let any = |bits: &[usize]| self.failures.iter().any(|failure| bits.contains(failure));
        if any(&[CERTIFICATE_REVOKED]) {
            return Rejection::AlreadyRevoked;
        }
        let words = self.to_string();
        let about_us = [BAD_MESSAGE_CHECK, BAD_TIME, WRONG_INTEGRITY, SIGNER_NOT_TRUSTED, NOT_AUTHORIZED];
        let about_now = [
            BAD_RECIPIENT_NONCE,
            TIME_NOT_AVAILABLE,
            BAD_SENDER_NONCE,
            TRANSACTION_ID_IN_USE,
            SYSTEM_UNAVAILABLE,
            SYSTEM_FAILURE,
        ];
        Rejection::Other(if any(&about_us) {
            CaError::Unavailable(format!("our credentials are not accepted: {words}"))
        } else if any(&about_now) {
            CaError::Unavailable(words)
        } else {
            CaError::Refused(words)
        })
    }
}

impl std::fmt::Display for Status {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let status = match self.value {
            ACCEPTED => "accepted",
            1 => "granted with modifications",
            REJECTION => "rejection",
            3 => "waiting",
            4 => "revocation warning",
            5 => "revocation notification",
            _ => "a status that is not known",
        };
        f.write_str(status)?;
        for failure in &self.failures {
            write!(f, ", {}", FAILURES.get(*failure).unwrap_or(&"a failure that is not known"))?;
        }
        if self.words.is_empty() { Ok(()) } else { write!(f, ": {}", self.words) }
    }
}

/// One UTF8String.
fn text(encoded: &[u8]) -> Option<String> {
    const UTF8_STRING: u8 = 0x0c;
    let text = std::str::from_utf8(Fields(encoded).last(UTF8_STRING)?.content).ok()?;
    Some(text.chars().filter(|c| !c.is_control()).take(WORDS).collect())
}

/// The numbers of the bits that are set, the leftmost being 0.
fn set_bits(content: &[u8]) -> Option<Vec<usize>> {
    let (unused, octets) = content.split_first()?;
    if *unused > 7 || octets.len() > 8 {
        return None;
    }
    let is_set = |bit: &usize| octets[bit / 8] & (0x80 >> (bit % 8)) != 0;
    Some((0..octets.len() * 8).filter(is_set).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ca::der;
    use crate::domain::certificate::der::element;

    fn status(status: u8, words: &[&str], bits: Option<u32>) -> Status {
        let words: Vec<Vec<u8>> = words.iter().map(|word| element(0x0c, &[word.as_bytes()])).collect();
        let words = if words.is_empty() { Vec::new() } else { der::sequence(&[&words.concat()]) };
        let bits = bits.map(|bit| element(0x03, &[&[0], &(0x8000_0000_u32 >> bit).to_be_bytes()])).unwrap_or_default();
        Status::read(&der::sequence(&[&der::integer(u64::from(status)), &words, &bits])).unwrap()
    }

    #[test]
    fn only_accepted_is_done() {
        for (value, done) in
            [(0, true), (1, false), (2, false), (3, false), (4, false), (5, false), (6, false), (9, false)]
        {
            let verdict = status(value, &[], None).verdict();
            assert_eq!(verdict.is_ok(), done, "{value}");
            if value > 2 || value == 1 {
                assert!(matches!(verdict, Err(Rejection::Other(CaError::Unavailable(_)))), "{value}: {verdict:?}");
            }
        }
    }

    #[test]
    fn a_rejection_is_for_good_unless_it_is_about_us_or_about_now() {
        let not_for_good = [1, 3, 12, 13, 14, 18, 20, 21, 23, 24, 25];
        for bit in 0..27_u32 {
            let rejection = status(2, &["no"], Some(bit)).verdict().unwrap_err();
            match rejection {
                Rejection::AlreadyRevoked => assert_eq!(bit, 10),
                Rejection::Other(CaError::Unavailable(_)) => assert!(not_for_good.contains(&bit), "{bit}"),
                Rejection::Other(CaError::Refused(words)) => {
                    assert!(!not_for_good.contains(&bit), "{bit}");
                    assert_eq!(words, format!("rejection, {}: no", FAILURES[bit as usize]));
                }
                Rejection::Other(other) => panic!("{bit}: {other:?}"),
            }
        }
        assert!(matches!(status(2, &[], None).verdict(), Err(Rejection::Other(CaError::Refused(_)))));
    }

    #[test]
    fn words_of_the_ca_are_kept_short_and_on_one_line() {
        let long = "x".repeat(WORDS + 1);
        let told = status(2, &["a\r\nb", &long], None).to_string();
        assert_eq!(told, format!("rejection: ab; {}", &long[..WORDS]));
    }

    #[test]
    fn what_is_no_status_is_not_read() {
        for wrong in [
            vec![],
            der::sequence(&[]),
            der::sequence(&[&element(0x02, &[&[0, 0]])]),
            der::sequence(&[&der::integer(0), &der::sequence(&[&[0x04, 0x00]])]),
            der::sequence(&[&der::integer(0), &element(0x03, &[&[8, 0]])]),
            der::sequence(&[&der::integer(0), &element(0x03, &[])]),
            der::sequence(&[&der::integer(0), &der::integer(0)]),
        ] {
            assert_eq!(Status::read(&wrong), None, "{wrong:?}");
        }
    }
}
