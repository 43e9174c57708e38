//! The embedded CA's files: keys and certificates in a directory that only the program's user can read. With a token, the keys
//! are in there and the directory has the certificates.
//!
//! A CA is made in a directory of its own and appears under its name in one step, so two processes that start at once
//! end up with one CA, and a crash leaves none or a whole one. Nothing is ever overwritten.

use std::{
    fs::{self, DirBuilder, File, OpenOptions},
    io::{self, Write},
    os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt},
    path::{Path, PathBuf},
    sync::Arc,
};

use chrono::{DateTime, Utc};
use ring::{
    rand::{SecureRandom, SystemRandom},
    signature::{ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair},
};
use sea_orm::DbErr;
use uuid::Uuid;

use super::{
    certificates,
    signer::{CaKey, Issuer, point_of},
    token::{Token, TokenError},
};
use crate::domain::certificate::{self, pem};

/// Why the embedded CA cannot be opened or used.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    #[error("{path}: {source}", path = .path.display())]
    Io { path: PathBuf, source: io::Error },
    #[error("{} can be read by others; its mode must be 0600", .0.display())]
    Permissions(PathBuf),
    #[error("no random numbers")]
    Random,
    #[error("the CA key cannot be used")]
    Key,
    #[error("the CA certificate cannot be read")]
    Certificate,
    #[error("the CA certificate belongs to another key")]
    Mismatch,
    #[error("{} is still there: bring the key into the token and take the file away", .0.display())]
    KeyInFile(PathBuf),
    #[error(transparent)]
    Token(#[from] TokenError),
    #[error(
        "{} holds the CA {folder}, but this database is the books of the CA {books}: \
         all nodes on one database share DATA_DIR/ca", .directory.display()
    )]
    OtherBooks { directory: PathBuf, folder: String, books: String },
    #[error(
        "{} is not there, but this database is the books of the CA {books}: \
         share DATA_DIR/ca with the other nodes, or restore it", .directory.display()
    )]
    FolderMissing { directory: PathBuf, books: String },
    #[error(transparent)]
    Database(#[from] DbErr),
}

/// Where the CA is: certificates and CRLs in `directory`, keys there, too, or in a token.
#[derive(Debug, Clone)]
pub struct Home {
    pub directory: PathBuf,
    pub token: Option<Arc<Token>>,
}

impl From<&Path> for Home {
    fn from(directory: &Path) -> Self {
        Self { directory: directory.to_owned(), token: None }
    }
}

impl From<&PathBuf> for Home {
    fn from(directory: &PathBuf) -> Self {
        directory.as_path().into()
    }
}

/// Both CAs of the directory.
pub struct Hierarchy {
    pub root: Issuer,
    pub issuing: Issuer,
}

/// Opens the CA of this home; makes one when there is none.
pub fn open(home: &Home, public_url: &str, now: DateTime<Utc>) -> Result<Hierarchy, StoreError> {
    if !exists(&home.directory)? {
        create(home, public_url, now)?;
    }
    let root = load(home, ROOT_KEY, ROOT_CERTIFICATE)?;
    let issuing = load(home, ISSUING_KEY, ISSUING_CERTIFICATE)?;
    Ok(Hierarchy { root, issuing })
}

/// Whether the CA of this home could be opened now.
pub fn can_open(home: &Home) -> bool {
    [(ROOT_KEY, ROOT_CERTIFICATE), (ISSUING_KEY, ISSUING_CERTIFICATE)]
        .iter()
        .all(|(key, certificate)| load(home, key, certificate).is_ok())
}

/// Whether there is a CA in `directory`.
pub fn exists(directory: &Path) -> Result<bool, StoreError> {
    directory.join(ROOT_CERTIFICATE).try_exists().map_err(at(directory))
}

/// Where the published CRLs of a CA directory are.
pub fn crl_directory(directory: &Path) -> PathBuf {
    directory.join("crl")
}

/// Sixteen octets: positive, without a leading zero, 126 random bits (BR 7.1 asks for 64).
pub fn random_serial() -> Result<[u8; 16], StoreError> {
    let mut octets = [0; 16];
    SystemRandom::new().fill(&mut octets).map_err(|_| StoreError::Random)?;
    octets[0] = octets[0] & 0x3f | 0x40;
    Ok(octets)
}

const ROOT_KEY: &str = "root.key.pem";
const ROOT_CERTIFICATE: &str = "root.crt.pem";
const ISSUING_KEY: &str = "issuing.key.pem";
const ISSUING_CERTIFICATE: &str = "issuing.crt.pem";

fn create(home: &Home, public_url: &str, now: DateTime<Utc>) -> Result<(), StoreError> {
    let directory = &home.directory;
    let parent = directory.parent().filter(|parent| *parent != Path::new("")).unwrap_or(Path::new("."));
    fs::create_dir_all(parent).map_err(at(parent))?;
    let building = parent.join(format!(".new-ca-{}", Uuid::new_v4()));
    private_directory(&building)?;
    private_directory(&crl_directory(&building))?;

    let hierarchy = build(home, &building, public_url, now)?;
    sync_directory(&building)?;
    // Fails when another process was first: a directory with files in it is not replaced.
    let renamed = fs::rename(&building, directory);
    if renamed.is_err() {
        fs::remove_dir_all(&building).map_err(at(&building))?;
        forget(hierarchy)?;
    }
    match renamed {
        Err(error) if !matches!(error.kind(), io::ErrorKind::DirectoryNotEmpty | io::ErrorKind::AlreadyExists) => {
            Err(at(directory)(error))
        }
        Ok(()) | Err(_) => sync_directory(parent),
    }
}

/// Makes keys and certificates of a new CA, with its files in `building`.
fn build(home: &Home, building: &Path, public_url: &str, now: DateTime<Utc>) -> Result<Hierarchy, StoreError> {
    let root_key = new_key(home, building, ROOT_KEY)?;
    let root_der = certificates::root(&root_key, &random_serial()?, now)?;
    let root = Issuer::new(root_key, &root_der)?;
    let issuing_key = new_key(home, building, ISSUING_KEY)?;
    let issuing_der = certificates::issuing(&issuing_key, &root, public_url, &random_serial()?, now)?;
    let issuing = Issuer::new(issuing_key, &issuing_der)?;
    for (name, der) in [(ROOT_CERTIFICATE, &root_der), (ISSUING_CERTIFICATE, &issuing_der)] {
        write_private(&building.join(name), pem::encode("CERTIFICATE", der).as_bytes())?;
    }
    Ok(Hierarchy { root, issuing })
}

fn new_key(home: &Home, building: &Path, name: &str) -> Result<CaKey, StoreError> {
    if let Some(token) = &home.token {
        let label = format!("revocation-desk {}", name.trim_end_matches(".key.pem"));
        return Ok(CaKey::Token(token.generate(&label)?));
    }
    let pkcs8 = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_ASN1_SIGNING, &SystemRandom::new())
        .map_err(|_| StoreError::Random)?;
    write_private(&building.join(name), pem::encode("PRIVATE KEY", pkcs8.as_ref()).as_bytes())?;
    CaKey::from_pkcs8(pkcs8.as_ref())
}

/// Nobody has seen this CA: another process made one sooner.
fn forget(hierarchy: Hierarchy) -> Result<(), StoreError> {
    for issuer in [hierarchy.root, hierarchy.issuing] {
        if let CaKey::Token(key) = issuer.key {
            key.destroy()?;
        }
    }
    Ok(())
}

fn load(home: &Home, key: &str, certificate: &str) -> Result<Issuer, StoreError> {
    let certificate = read_pem(&home.directory.join(certificate), "CERTIFICATE")?.ok_or(StoreError::Certificate)?;
    let path = home.directory.join(key);
    let key = match &home.token {
        None => key_of_file(&path)?,
        Some(_) if path.try_exists().map_err(at(&path))? => return Err(StoreError::KeyInFile(path)),
        Some(token) => {
            let facts = certificate::parse_der(&certificate).map_err(|_| StoreError::Certificate)?;
            let point = point_of(&facts.public_key.spki_der).ok_or(StoreError::Certificate)?;
            CaKey::Token(token.key(point)?)
        }
    };
    Issuer::new(key, &certificate)
}

fn key_of_file(path: &Path) -> Result<CaKey, StoreError> {
    let mode = fs::metadata(path).map_err(at(path))?.permissions().mode();
    if mode & 0o077 != 0 {
        return Err(StoreError::Permissions(path.to_owned()));
    }
    CaKey::from_pkcs8(&read_pem(path, "PRIVATE KEY")?.ok_or(StoreError::Key)?)
}

fn private_directory(path: &Path) -> Result<(), StoreError> {
    DirBuilder::new().mode(0o700).create(path).map_err(at(path))
}

fn write_private(path: &Path, content: &[u8]) -> Result<(), StoreError> {
    let write = || {
        let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?;
        file.write_all(content)?;
        file.sync_all()
    };
    write().map_err(at(path))
}

fn read_pem(path: &Path, label: &str) -> Result<Option<Vec<u8>>, StoreError> {
    let text = fs::read(path).map_err(at(path))?;
    Ok(pem::only_der(&text, &[label]).ok())
}

pub fn sync_directory(path: &Path) -> Result<(), StoreError> {
    File::open(path).and_then(|directory| directory.sync_all()).map_err(at(path))
}

pub fn at(path: &Path) -> impl FnOnce(io::Error) -> StoreError {
    let path = path.to_owned();
    move |source| StoreError::Io { path, source }
}
