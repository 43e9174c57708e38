//! PKIMessage (RFC 4210 5.1, RFC 9810 5.1): the frame around every body, written and read.
//!
//! What is read keeps the octets as they came, because the protection was made over them.

use chrono::{DateTime, Utc};

use crate::ca::der;
use crate::domain::certificate::der::{BIT_STRING, Element, INTEGER, OCTET_STRING, SEQUENCE, element, expect, read};

/// cmp2000. Servers of cmp2021 answer in the version in which they were asked (RFC 9810 7).
const VERSION: u64 = 2;
const VERSIONS: [&[u8]; 2] = [&[2], &[3]];

const GENERALIZED_TIME: u8 = 0x18;
/// GeneralName directoryName.
const DIRECTORY_NAME: u8 = 0xa4;
const MESSAGE_TIME: u8 = 0xa0;
const PROTECTION_ALGORITHM: u8 = 0xa1;
const SENDER_KEY_ID: u8 = 0xa2;
const TRANSACTION_ID: u8 = 0xa4;
const SENDER_NONCE: u8 = 0xa5;
const RECIPIENT_NONCE: u8 = 0xa6;
const PROTECTION: u8 = 0xa0;
const EXTRA_CERTIFICATES: u8 = 0xa1;

/// What a header of ours says.
pub struct Header<'a> {
    /// Encoded Name.
    pub sender: &'a [u8],
    /// Encoded Name.
    pub recipient: &'a [u8],
    pub time: DateTime<Utc>,
    /// Encoded AlgorithmIdentifier.
    pub protection_algorithm: &'a [u8],
    /// Which of the sender's keys or secrets it is.
    pub sender_key_id: Option<&'a [u8]>,
    pub transaction_id: &'a [u8],
    pub sender_nonce: &'a [u8],
    /// The nonce of the message that this one answers.
    pub recipient_nonce: Option<&'a [u8]>,
}

impl Header<'_> {
    pub fn encoded(&self) -> Vec<u8> {
        let octets = |tag: u8, value: &[u8]| element(tag, &[&der::octet_string(value)]);
        let time = self.time.format("%Y%m%d%H%M%SZ").to_string();
        der::sequence(&[
            &der::integer(VERSION),
            &element(DIRECTORY_NAME, &[self.sender]),
            &element(DIRECTORY_NAME, &[self.recipient]),
            &element(MESSAGE_TIME, &[&element(GENERALIZED_TIME, &[time.as_bytes()])]),
            &element(PROTECTION_ALGORITHM, &[self.protection_algorithm]),
            &self.sender_key_id.map(|id| octets(SENDER_KEY_ID, id)).unwrap_or_default(),
            &octets(TRANSACTION_ID, self.transaction_id),
            &octets(SENDER_NONCE, self.sender_nonce),
            &self.recipient_nonce.map(|nonce| octets(RECIPIENT_NONCE, nonce)).unwrap_or_default(),
        ])
    }
}

/// What a protection is made over: ProtectedPart.
pub fn protected_part(header: &[u8], body: &[u8]) -> Vec<u8> {
    der::sequence(&[header, body])
}

/// The whole message. `certificates`: for the other side to verify with.
pub fn encoded(header: &[u8], body: &[u8], protection: &[u8], certificates: &[Vec<u8>]) -> Vec<u8> {
    let extra = if certificates.is_empty() {
        Vec::new()
    } else {
        element(EXTRA_CERTIFICATES, &[&der::sequence(&[&certificates.concat()])])
    };
    der::sequence(&[header, body, &element(PROTECTION, &[&der::bit_string(protection)]), &extra])
}

/// A message of the other side; all parts borrow from what came.
#[derive(Debug)]
pub struct Message<'a> {
    header: &'a [u8],
    body: Element<'a>,
    /// Encoded AlgorithmIdentifier.
    pub protection_algorithm: Option<&'a [u8]>,
    pub transaction_id: Option<&'a [u8]>,
    pub sender_nonce: Option<&'a [u8]>,
    pub recipient_nonce: Option<&'a [u8]>,
    pub protection: Option<&'a [u8]>,
    /// Encoded certificates.
    pub certificates: Vec<&'a [u8]>,
}

impl<'a> Message<'a> {
    /// `None` when it is not a PKIMessage of a version that we know.
    pub fn read(input: &'a [u8]) -> Option<Self> {
        let mut message = Fields::of_only(input, SEQUENCE)?;
        let header = message.take(SEQUENCE)?;
        let body = message.any()?;
        let protection = match message.optional(PROTECTION) {
            Some(explicit) => Some(bits(Fields(explicit.content).last(BIT_STRING)?.content)?),
            None => None,
        };
        let certificates = match message.optional(EXTRA_CERTIFICATES) {
            Some(explicit) => sequence_of(Fields(explicit.content).last(SEQUENCE)?.content)?,
            None => Vec::new(),
        };
        message.end()?;
        let mut read = Self {
            header: header.encoded,
            body,
            protection_algorithm: None,
            transaction_id: None,
            sender_nonce: None,
            recipient_nonce: None,
            protection,
            certificates,
        };
        read.read_header(header.content)?;
        Some(read)
    }

    fn read_header(&mut self, content: &'a [u8]) -> Option<()> {
        let mut header = Fields(content);
        let version = header.take(INTEGER)?;
        if !VERSIONS.contains(&version.content) {
            return None;
        }
        // Sender and recipient: GeneralNames of any kind. Who it was is what the protection says.
        header.any()?;
        header.any()?;
        // All that follow are optional and in the order of their tags.
        while let Some(field) = header.any() {
            match field.tag {
                PROTECTION_ALGORITHM => {
                    self.protection_algorithm = Some(Fields(field.content).last(SEQUENCE)?.encoded);
                }
                TRANSACTION_ID => self.transaction_id = Some(Fields(field.content).last(OCTET_STRING)?.content),
                SENDER_NONCE => self.sender_nonce = Some(Fields(field.content).last(OCTET_STRING)?.content),
                RECIPIENT_NONCE => self.recipient_nonce = Some(Fields(field.content).last(OCTET_STRING)?.content),
                _ => {}
            }
        }
        header.end()
    }

    pub fn protected_part(&self) -> Vec<u8> {
        protected_part(self.header, self.body.encoded)
    }

    /// The number of the body's kind (RFC 9810 5.1.2) and what is inside its tag.
    pub fn body(&self) -> (u8, &'a [u8]) {
        (self.body.tag & 0x1f, self.body.content)
    }
}

/// Reads elements one after the other.
pub struct Fields<'a>(pub &'a [u8]);

impl<'a> Fields<'a> {
    /// What is inside of `input`, which is one element of this tag and nothing else.
    pub fn of_only(input: &'a [u8], tag: u8) -> Option<Self> {
        Fields(input).last(tag).map(|element| Self(element.content))
    }

    pub fn any(&mut self) -> Option<Element<'a>> {
        let (element, rest) = read(self.0)?;
        self.0 = rest;
        Some(element)
    }

    pub fn take(&mut self, tag: u8) -> Option<Element<'a>> {
        let (element, rest) = expect(self.0, tag)?;
        self.0 = rest;
        Some(element)
    }

    /// Takes the next element if it is of this tag.
    pub fn optional(&mut self, tag: u8) -> Option<Element<'a>> {
        self.take(tag)
    }

    /// The next element, if it is of this tag and the last.
    pub fn last(mut self, tag: u8) -> Option<Element<'a>> {
        let element = self.take(tag)?;
        self.end()?;
        Some(element)
    }

    pub fn end(&self) -> Option<()> {
        self.0.is_empty().then_some(())
    }
}

/// The encoded elements of a SEQUENCE OF.
pub fn sequence_of(content: &[u8]) -> Option<Vec<&[u8]>> {
    let mut fields = Fields(content);
    let mut elements = Vec::new();
    while !fields.0.is_empty() {
        elements.push(fields.any()?.encoded);
    }
    Some(elements)
}

/// The octets of a BIT STRING of whole octets.
fn bits(content: &[u8]) -> Option<&[u8]> {
    content.strip_prefix(&[0])
}
