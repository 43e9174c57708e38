//! One transaction with a CMP server over HTTP (RFC 9811): what we say is protected, and an answer counts only when it is one
//! to what was said, protected by somebody who may.

use chrono::{DateTime, Utc};
use ring::rand::{SecureRandom, SystemRandom};

use super::message::{self, Header, Message};
use super::status::{Rejection, Status};
use super::{Endpoint, body};
use crate::ca::CaError;
use crate::ca::http::send;

/// RFC 9810 5.1.1: 128 bits of random.
const NONCE: usize = 16;

pub struct Conversation<'a> {
    endpoint: &'a Endpoint,
    random: SystemRandom,
    transaction_id: Vec<u8>,
    now: DateTime<Utc>,
    /// Of the server's last message.
    their_nonce: Option<Vec<u8>>,
}

/// An answer whose protection was verified.
pub struct Answer {
    octets: Vec<u8>,
}

impl Answer {
    /// Kind and content.
    pub fn body(&self) -> (u8, &[u8]) {
        Message::read(&self.octets).map_or((body::ERROR, &[]), |message| message.body())
    }
}

impl<'a> Conversation<'a> {
    /// `transaction_id`: a new one when there is none.
    pub fn new(endpoint: &'a Endpoint, transaction_id: Option<&[u8]>, now: DateTime<Utc>) -> Result<Self, CaError> {
        let random = SystemRandom::new();
        let transaction_id = match transaction_id {
            Some(given) => given.to_vec(),
            None => octets(&random)?,
        };
        Ok(Self { endpoint, random, transaction_id, now, their_nonce: None })
    }

    /// Says one thing and reads the answer to it. An error of the CA is an answer, too, but says what was not done.
    pub async fn say(&mut self, said: &[u8]) -> Result<Answer, Rejection> {
        let nonce = octets(&self.random).map_err(Rejection::Other)?;
        let request = self.request(said, &nonce).ok_or_else(|| unavailable("our key cannot sign"))?;
        let post = self.endpoint.http.post(&[]).header("content-type", "application/pkixcmp").body(request);
        let answer = send(post).await.map_err(Rejection::Other)?;
        if answer.status != 200 {
            return Err(Rejection::Other(answer.not_understood()));
        }
        let Some(message) = Message::read(&answer.body) else {
            return Err(Rejection::Other(answer.not_understood()));
        };
        self.verify(&message, &nonce)?;
        self.their_nonce = message.sender_nonce.map(<[u8]>::to_vec);
        match message.body() {
            (body::ERROR, content) => Err(body::error(content)
                .map_or_else(|| Rejection::Other(answer.not_understood()), |status: Status| status.rejection())),
            _ => Ok(Answer { octets: answer.body }),
        }
    }

    fn request(&self, said: &[u8], nonce: &[u8]) -> Option<Vec<u8>> {
        let Endpoint { credentials, issuer, .. } = self.endpoint;
        let protection = credentials.protection(&self.random)?;
        let header = Header {
            sender: &credentials.sender(),
            recipient: &issuer.certificate.subject_der,
            time: self.now,
            protection_algorithm: &protection.algorithm(),
            sender_key_id: credentials.key_id(),
            transaction_id: &self.transaction_id,
            sender_nonce: nonce,
            recipient_nonce: self.their_nonce.as_deref(),
        };
        let header = header.encoded();
        let made = protection.of(&message::protected_part(&header, said))?;
        Some(message::encoded(&header, said, &made, credentials.certificates()))
    }

    /// Without this, everybody on the way could answer for the CA.
    fn verify(&self, answer: &Message<'_>, nonce: &[u8]) -> Result<(), Rejection> {
        let Endpoint { credentials, signers, .. } = self.endpoint;
        if !signers.accept(answer, credentials, self.now) {
            let words = match answer.body() {
                (body::ERROR, content) => body::error(content).map(|status| format!(", which says: {status}")),
                _ => None,
            };
            let words = words.unwrap_or_default();
            return Err(unavailable(&format!("an answer that nobody protected who may speak for the CA{words}")));
        }
        if answer.transaction_id != Some(&self.transaction_id) || answer.recipient_nonce != Some(nonce) {
            return Err(unavailable("an answer to another question"));
        }
        Ok(())
    }
}

fn octets(random: &SystemRandom) -> Result<Vec<u8>, CaError> {
    let mut octets = vec![0; NONCE];
    random.fill(&mut octets).map_err(|_| CaError::Unavailable("no random numbers".to_owned()))?;
    Ok(octets)
}

fn unavailable(words: &str) -> Rejection {
    Rejection::Other(CaError::Unavailable(words.to_owned()))
}
