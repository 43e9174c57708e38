//! Ends of the audit log, signed and kept outside the database: one line of JSON each, in one file a month.
//!
//! Whoever may write the database can rewrite the whole log with its hashes and cut its end; they cannot make these lines,
//! which need the key, nor take them back from a folder that is copied elsewhere (`docs/OPERATIONS.md`). Must not read the
//! database.

use std::{
    fs::{self, File, OpenOptions},
    io::{self, ErrorKind, Write},
    path::{Path, PathBuf},
};

use chrono::{DateTime, SecondsFormat, Utc};
use ring::{
    rand::SystemRandom,
    signature::{ED25519, Ed25519KeyPair, KeyPair, UnparsedPublicKey},
};
use serde::{Deserialize, Serialize};

use crate::domain::{certificate::pem, problem::Problem};
use crate::settings::Settings;

const FOLDER: &str = "audit-heads";
pub const KEY_FILE: &str = "audit-head.key";
const KEY_LABEL: &str = "PRIVATE KEY";

/// An end of the log as it was at an instant, with the signature over the three.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SignedHead {
    pub sequence: i64,
    pub hash: String,
    pub at: DateTime<Utc>,
    /// Hex.
    pub signature: String,
}

/// The key that signs ends.
pub struct HeadKey(Ed25519KeyPair);

impl HeadKey {
    /// The key of the settings, which must be there; or the data folder's own, made when it is not.
    pub fn open(settings: &Settings) -> io::Result<Self> {
        let Some(path) = &settings.audit.key_file else {
            let path = settings.data_dir.join(KEY_FILE);
            if !path.exists() {
                make(&path)?;
            }
            return Self::read(&path);
        };
        Self::read(path)
    }

    fn read(path: &Path) -> io::Result<Self> {
        let bad = || io::Error::new(ErrorKind::InvalidData, format!("{} is no Ed25519 key in PEM", path.display()));
        let der = pem::only_der(&fs::read(path)?, &[KEY_LABEL]).map_err(|_| bad())?;
        Ed25519KeyPair::from_pkcs8_maybe_unchecked(&der).map(Self).map_err(|_| bad())
    }

    /// Hex of the public key: what somebody who checks needs.
    pub fn public(&self) -> String {
        hex::encode(self.0.public_key())
    }

    pub fn sign(&self, sequence: i64, hash: String, at: DateTime<Utc>) -> SignedHead {
        let signature = hex::encode(self.0.sign(signed(sequence, &hash, at).as_bytes()));
        SignedHead { sequence, hash, at, signature }
    }
}

impl SignedHead {
    /// Whether the holder of the key of this public key made it.
    pub fn is_signed_by(&self, public: &str) -> bool {
        let (Ok(key), Ok(signature)) = (hex::decode(public), hex::decode(&self.signature)) else { return false };
        let text = signed(self.sequence, &self.hash, self.at);
        UnparsedPublicKey::new(&ED25519, key).verify(text.as_bytes(), &signature).is_ok()
    }
}

fn signed(sequence: i64, hash: &str, at: DateTime<Utc>) -> String {
    format!("revocation-desk audit head\n{sequence}\n{hash}\n{}\n", at.to_rfc3339_opts(SecondsFormat::Micros, true))
}

/// Where ends are kept.
pub fn folder(settings: &Settings) -> PathBuf {
    settings.audit.heads_dir.clone().unwrap_or_else(|| settings.data_dir.join(FOLDER))
}

/// Adds one line to the file of its month, and to nothing that is there.
pub fn add(folder: &Path, head: &SignedHead) -> io::Result<PathBuf> {
    fs::create_dir_all(folder)?;
    let path = folder.join(format!("{}.jsonl", head.at.format("%Y-%m")));
    let mut file = OpenOptions::new().create(true).append(true).open(&path)?;
    let mut line = serde_json::to_vec(head)?;
    line.push(b'\n');
    file.write_all(&line)?;
    file.sync_all()?;
    Ok(path)
}

/// The ends of a file, or of all files of a folder, with their lines; each signed with the key of `public`.
pub fn read(path: &Path, public: &str) -> io::Result<Result<Vec<SignedHead>, Problem>> {
    let mut files = vec![path.to_owned()];
    if path.is_dir() {
        files = fs::read_dir(path)?.map(|entry| entry.map(|entry| entry.path())).collect::<io::Result<_>>()?;
        files.retain(|file| file.extension().is_some_and(|end| end == "jsonl"));
        files.sort();
    }
    let mut heads = Vec::new();
    for file in files {
        for (number, line) in (1_u64..).zip(fs::read_to_string(file)?.lines()) {
            let problem = |code| Problem::new(code).with("line", number);
            match serde_json::from_str::<SignedHead>(line) {
                Err(_) => return Ok(Err(problem("audit_head_unreadable"))),
                Ok(head) if !head.is_signed_by(public) => return Ok(Err(problem("audit_head_forged"))),
                Ok(head) => heads.push(head),
            }
        }
    }
    Ok(Ok(heads))
}

/// For its owner alone. Of several nodes that make it at once, one wins and the others read it.
fn make(path: &Path) -> io::Result<()> {
    let failed = |_| io::Error::other("no key could be made");
    let pkcs8 = Ed25519KeyPair::generate_pkcs8(&SystemRandom::new()).map_err(failed)?;
    let new = path.with_extension(format!("new-{}", uuid::Uuid::new_v4().simple()));
    let mut file = private(&new)?;
    file.write_all(pem::encode(KEY_LABEL, pkcs8.as_ref()).as_bytes())?;
    file.sync_all()?;
    match fs::hard_link(&new, path) {
        Err(error) if error.kind() != ErrorKind::AlreadyExists => Err(error),
        _ => fs::remove_file(&new),
    }
}

fn private(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}
