//! CRLs that this program publishes itself, read from the very files that relying parties get.
//!
//! A run asks for chunk after chunk of serial numbers: the same file is verified once.

use std::{
    fs::{File, Metadata},
    io::{self, Read},
    os::unix::fs::MetadataExt,
    path::PathBuf,
    sync::{Arc, Mutex, PoisonError},
};

use async_trait::async_trait;

use super::{Document, FetchedCrl, ProofError, ProofSource, Sought, crl::VerifiedCrl, sha256};
use crate::domain::certificate::CertificateFacts;

/// One issuer and the file of its newest CRL.
#[derive(Debug, Clone)]
pub struct PublishedCrlFile {
    pub issuer: CertificateFacts,
    pub path: PathBuf,
}

/// The published files of all issuers of the embedded CA. Cheap to clone.
#[derive(Debug, Clone)]
pub struct PublishedCrls(Arc<Vec<Published>>);

#[derive(Debug)]
struct Published {
    file: PublishedCrlFile,
    /// The one that was read last.
    last: Mutex<Option<Arc<Verified>>>,
}

impl PublishedCrls {
    pub fn new(files: Vec<PublishedCrlFile>) -> Self {
        Self(Arc::new(files.into_iter().map(|file| Published { file, last: Mutex::default() }).collect()))
    }
}

#[async_trait]
impl ProofSource for PublishedCrls {
    async fn crls(&self, issuer: &str, sought: &[Sought]) -> Vec<Result<FetchedCrl, ProofError>> {
        let known = self.0.iter().position(|published| published.file.issuer.subject.text == issuer);
        let Some(known) = known else { return vec![Err(ProofError::UnknownIssuer(issuer.to_owned()))] };
        let (crls, sought) = (self.0.clone(), sought.to_vec());
        let fetched = tokio::task::spawn_blocking(move || crls[known].fetch(&sought)).await;
        vec![fetched.unwrap_or_else(|error| Err(ProofError::Unreachable(error.to_string())))]
    }
}

/// A CRL that was verified, and which file it is.
#[derive(Debug)]
struct Verified {
    file: FileIdentity,
    sha256: String,
    crl: VerifiedCrl,
}

/// A published file is replaced, never changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct FileIdentity {
    device: u64,
    inode: u64,
    octets: u64,
    written: (i64, i64),
}

impl FileIdentity {
    fn of(file: &Metadata) -> Self {
        Self { device: file.dev(), inode: file.ino(), octets: file.len(), written: (file.mtime(), file.mtime_nsec()) }
    }
}

impl Published {
    fn fetch(&self, sought: &[Sought]) -> Result<FetchedCrl, ProofError> {
        let (identity, bytes) = self.load().map_err(|error| ProofError::Unreachable(error.to_string()))?;
        let unreadable = |part: &str| ProofError::Unreadable(part.to_owned());
        let verified = self.verified(identity, &bytes).map_err(unreadable)?;
        let read = verified.crl.look_up(&bytes, sought.iter().map(|one| &one.serial)).map_err(unreadable)?;
        let document = Document {
            source: self.file.path.display().to_string(),
            bytes: bytes.into(),
            sha256: verified.sha256.clone(),
            this_update: read.this_update,
            next_update: read.next_update,
        };
        Ok(FetchedCrl { document, views: read.views })
    }

    fn load(&self) -> io::Result<(FileIdentity, Vec<u8>)> {
        let mut file = File::open(&self.file.path)?;
        let facts = file.metadata()?;
        let mut bytes = Vec::with_capacity(usize::try_from(facts.len()).map_err(io::Error::other)?);
        file.read_to_end(&mut bytes)?;
        Ok((FileIdentity::of(&facts), bytes))
    }

    fn verified(&self, file: FileIdentity, bytes: &[u8]) -> Result<Arc<Verified>, &'static str> {
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(verified) = last.as_ref().filter(|verified| verified.file == file) {
            return Ok(verified.clone());
        }
        let crl = VerifiedCrl::read(bytes, &self.file.issuer)?;
        let verified = Arc::new(Verified { file, sha256: sha256(bytes), crl });
        *last = Some(verified.clone());
        Ok(verified)
    }
}
