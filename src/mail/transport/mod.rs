//! How a message leaves the house: to a mail server, or into a file when there is none.

mod files;
mod smtp;
mod smtp_url;
mod tls;

use std::fs;
use std::path::Path;
use std::time::Duration;

use chrono::{DateTime, Utc};
use tokio::sync::SemaphorePermit;
use x509_parser::pem::parse_x509_pem;

pub use files::FileTransport;
pub use smtp::SmtpTransport;
pub use smtp_url::{Security, SmtpServer};

use super::dkim::Signer;
use super::envelope::Envelope;
use crate::domain::mail::{self, Recipient};
use crate::settings::{Settings, SettingsError};

/// Chosen by `SMTP_URL`. One per process: it keeps connections.
#[derive(Debug)]
pub enum Transport {
    Files(FileTransport),
    Smtp(SmtpTransport),
}

const FILES_SIDE_BY_SIDE: usize = 8;

/// Why one recipient did not get the mail.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SendError {
    /// For good (5xx for this address or this content).
    #[error("{0}")]
    Refused(String),
    /// Not now (4xx, or the server does not work with us at all).
    #[error("{0}")]
    TryLater(String),
    /// There is no connection; other mails will not get through either.
    #[error("{0}")]
    Unreachable(String),
    /// The connection broke after the content: it may have been delivered.
    #[error("{0}")]
    Unknown(String),
}

impl Transport {
    pub fn from_settings(settings: &Settings) -> Result<Self, SettingsError> {
        // A key that signs nothing stops the start, not the first mail.
        Signer::from_settings(settings)?;
        let Some(url) = &settings.mail.smtp_url else {
            return Ok(Self::Files(FileTransport::new(settings.data_dir.join("mail"))));
        };
        let server = SmtpServer::parse(url.reveal())
            .map_err(|reason| SettingsError::Value { key: "mail.smtp_url".to_owned(), reason: reason.to_owned() })?;
        let mut smtp = SmtpTransport::new(server, mail::host(&settings.public_url));
        if let Some(path) = &settings.mail.ca_file {
            smtp = smtp.with_own_root(own_root(path)?);
        }
        Ok(Self::Smtp(smtp.with_connections(settings.mail.connections)))
    }

    /// Mails that may be under way at the same time, from all runs of this process.
    pub fn connections(&self) -> usize {
        match self {
            Self::Files(_) => FILES_SIDE_BY_SIDE,
            Self::Smtp(smtp) => smtp.connections(),
        }
    }

    /// The longest that [`Self::deliver`] takes.
    pub fn patience(&self) -> Duration {
        match self {
            Self::Files(_) => Duration::ZERO,
            Self::Smtp(smtp) => smtp.send_timeout(),
        }
    }

    /// Waits until one more mail may be under way; it may as long as the answer is kept.
    pub async fn line(&self) -> Option<SemaphorePermit<'_>> {
        match self {
            Self::Files(_) => None,
            Self::Smtp(smtp) => smtp.line().await,
        }
    }

    /// Hands the message over for each of `to` and tells how each one went.
    pub async fn deliver(&self, envelope: &Envelope, to: &[Recipient]) -> Vec<Result<(), SendError>> {
        let result = match self {
            Self::Files(files) => files.deliver(envelope).await.map(|()| vec![Ok(()); to.len()]),
            Self::Smtp(smtp) => smtp.deliver(envelope, to).await,
        };
        result.unwrap_or_else(|error| vec![Err(error); to.len()])
    }
}

/// The certificate (DER) in a PEM file.
fn own_root(path: &Path) -> Result<Vec<u8>, SettingsError> {
    const KEY: &str = "mail.ca_file";
    let text = fs::read(path);
    let text = text.map_err(|source| SettingsError::File { key: KEY, path: path.to_owned(), source })?;
    let refused = || SettingsError::Value { key: KEY.to_owned(), reason: "is no certificate in PEM".to_owned() };
    match parse_x509_pem(&text) {
        Ok((_, block)) if block.label == "CERTIFICATE" => Ok(block.contents),
        _ => Err(refused()),
    }
}

/// Sorts by time, names the mail and is the same for each attempt: `20261122T012345.678901Z-RQ-….eml`.
fn file_name(date: DateTime<Utc>, message_id: &str) -> String {
    let local_part = message_id.trim_start_matches('<').split('@').next().unwrap_or_default();
    let safe: String = local_part
        .chars()
        .map(|character| if character.is_ascii_alphanumeric() || "._-".contains(character) { character } else { '_' })
        .collect();
    format!("{}-{safe}.eml", date.format("%Y%m%dT%H%M%S%.6fZ"))
}
