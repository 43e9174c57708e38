//! CRLs that this program publishes itself, read from the very files that relying parties get.

use std::{collections::HashSet, fs, path::PathBuf};

use async_trait::async_trait;
use sha2::{Digest, Sha256};

use super::{FetchedCrl, ProofError, ProofSource, crl};
use crate::domain::certificate::{CertificateFacts, SerialNumber};

/// One issuer and the file of its newest CRL.
#[derive(Debug, Clone)]
pub struct PublishedCrlFile {
    pub issuer: CertificateFacts,
    pub path: PathBuf,
}

/// The published files of all issuers of the embedded CA.
#[derive(Debug, Clone)]
pub struct PublishedCrls(Vec<PublishedCrlFile>);

impl PublishedCrls {
    pub fn new(files: Vec<PublishedCrlFile>) -> Self {
        Self(files)
    }
}

#[async_trait]
impl ProofSource for PublishedCrls {
    async fn crl(&self, issuer: &str, serials: &HashSet<SerialNumber>) -> Result<FetchedCrl, ProofError> {
        let file = self.0.iter().find(|file| file.issuer.subject.text == issuer).cloned();
        let file = file.ok_or_else(|| ProofError::UnknownIssuer(issuer.to_owned()))?;
        let serials = serials.clone();
        tokio::task::spawn_blocking(move || fetch(&file, &serials))
            .await
            .map_err(|error| ProofError::Unreachable(error.to_string()))?
    }
}

fn fetch(file: &PublishedCrlFile, serials: &HashSet<SerialNumber>) -> Result<FetchedCrl, ProofError> {
    let bytes = fs::read(&file.path).map_err(|error| ProofError::Unreachable(error.to_string()))?;
    let read = crl::read(&bytes, &file.issuer, serials).map_err(|part| ProofError::Unreadable(part.to_owned()))?;
    Ok(FetchedCrl {
        source: file.path.display().to_string(),
        sha256: hex::encode(Sha256::digest(&bytes)),
        this_update: read.this_update,
        next_update: read.next_update,
        views: read.views,
        bytes,
    })
}
