//! Seals small secrets before they are stored, and opens them: envelope encryption under a master key that is no part of
//! the database.
//!
//! Each secret is encrypted (AES-256-GCM) under a key of its own, and that key under the master key. What is sealed for
//! one row opens for no other: the row's name is authenticated. `v1.<master key>.<wrapped key>.<secret>`, all but the
//! first part base64url; the master key is named by the beginning of its hash. Must not know tables.

use std::fmt;
use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use ring::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use sha2::{Digest, Sha256};

/// The form of what is sealed.
const FORM: &str = "v1";
/// Bytes of a master key, and of the keys under it.
const KEY_BYTES: usize = 32;
/// Where the key lies that development and tests make for themselves.
pub const OWN_KEY: &str = "master.key";

#[derive(Debug, thiserror::Error)]
pub enum VaultError {
    #[error("cannot read the master key {path}: {source}", path = .path.display())]
    Unreadable { path: PathBuf, source: io::Error },
    /// The message names the line, never what stands there.
    #[error("the master key {path}: line {line} is not 32 bytes in base64", path = .path.display())]
    NotAKey { path: PathBuf, line: usize },
    #[error("the master key {path} is empty", path = .path.display())]
    Empty { path: PathBuf },
    #[error("sealed under the master key {0}, which is not there")]
    UnknownKey(String),
    #[error("what is sealed does not open: it was changed, or belongs to another row")]
    NotOpened,
    #[error("no random numbers, or no encryption")]
    Crypto,
}

/// The master keys of this process; cheap to clone.
#[derive(Clone)]
pub struct Vault {
    /// The first one seals, all of them open.
    keys: Arc<Vec<MasterKey>>,
}

struct MasterKey {
    name: String,
    key: LessSafeKey,
}

impl fmt::Debug for Vault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Vault")
    }
}

impl Vault {
    /// One key a line, the present one first, then those before it. Without a file, one is made under `data_dir`.
    pub fn load(file: Option<&Path>, data_dir: &Path) -> Result<Self, VaultError> {
        let path = match file {
            Some(file) => file.to_owned(),
            None => own_key(data_dir)?,
        };
        let text = fs::read_to_string(&path).map_err(|source| VaultError::Unreadable { path: path.clone(), source })?;
        let lines = text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty());
        let keys = lines.map(|(at, line)| {
            let not_a_key = || VaultError::NotAKey { path: path.clone(), line: at + 1 };
            let bytes = STANDARD.decode(line.trim()).map_err(|_| not_a_key())?;
            MasterKey::new(&bytes).ok_or_else(not_a_key)
        });
        let keys = keys.collect::<Result<Vec<_>, _>>()?;
        if keys.is_empty() {
            return Err(VaultError::Empty { path });
        }
        Ok(Self { keys: Arc::new(keys) })
    }

    /// Whether there is a key to load: without a file, the program makes one at its start.
    pub fn is_there(file: Option<&Path>, data_dir: &Path) -> bool {
        file.is_some() || data_dir.join(OWN_KEY).exists()
    }

    /// Whether keys are kept that seal nothing new.
    pub fn has_old_keys(&self) -> bool {
        self.keys.len() > 1
    }

    /// `row` names where the secret is stored, such as `users/12/totp_secret`.
    pub fn seal(&self, row: &str, secret: &str) -> Result<String, VaultError> {
        let master = self.keys.first().ok_or(VaultError::Crypto)?;
        let own: [u8; KEY_BYTES] = rand::random();
        let sealed = encrypt(&key(&own)?, row, secret.as_bytes())?;
        master.envelope(row, &own, &sealed)
    }

    pub fn open(&self, row: &str, sealed: &str) -> Result<String, VaultError> {
        let (own, secret) = self.unwrap_key(row, sealed)?;
        let plain = decrypt(&key(&own)?, row, secret)?;
        String::from_utf8(plain).map_err(|_| VaultError::NotOpened)
    }

    /// The same secret under the present master key, or nothing when it is there already. The secret itself stays closed.
    pub fn rewrap(&self, row: &str, sealed: &str) -> Result<Option<String>, VaultError> {
        let master = self.keys.first().ok_or(VaultError::Crypto)?;
        if sealed.split('.').nth(1) == Some(master.name.as_str()) {
            return Ok(None);
        }
        let (own, secret) = self.unwrap_key(row, sealed)?;
        let secret = URL_SAFE_NO_PAD.decode(secret).map_err(|_| VaultError::NotOpened)?;
        master.envelope(row, &own, &secret).map(Some)
    }

    /// What was stored before there was a master key is no envelope.
    pub fn is_sealed(stored: &str) -> bool {
        stored.split('.').next() == Some(FORM)
    }

    /// The key of one secret, and the secret as it stands in the envelope.
    fn unwrap_key<'a>(&self, row: &str, sealed: &'a str) -> Result<(Vec<u8>, &'a str), VaultError> {
        let parts: Vec<&str> = sealed.split('.').collect();
        let [FORM, name, wrapped, secret] = parts[..] else { return Err(VaultError::NotOpened) };
        let master = self.keys.iter().find(|key| key.name == name);
        let master = master.ok_or_else(|| VaultError::UnknownKey(name.to_owned()))?;
        Ok((decrypt(&master.key, &wrapping(name, row), wrapped)?, secret))
    }
}

impl MasterKey {
    fn new(bytes: &[u8]) -> Option<Self> {
        let name = hex::encode(&Sha256::digest(bytes)[..4]);
        Some(Self { name, key: key(bytes).ok()? })
    }

    fn envelope(&self, row: &str, own: &[u8], secret: &[u8]) -> Result<String, VaultError> {
        let wrapped = encrypt(&self.key, &wrapping(&self.name, row), own)?;
        let (wrapped, secret) = (URL_SAFE_NO_PAD.encode(wrapped), URL_SAFE_NO_PAD.encode(secret));
        Ok(format!("{FORM}.{}.{wrapped}.{secret}", self.name))
    }
}

fn wrapping(master: &str, row: &str) -> String {
    format!("{FORM}.{master} {row}")
}

fn key(bytes: &[u8]) -> Result<LessSafeKey, VaultError> {
    let key = UnboundKey::new(&AES_256_GCM, bytes).map_err(|_| VaultError::Crypto)?;
    Ok(LessSafeKey::new(key))
}

/// The nonce before the ciphertext. A key of 256 bits is used for few secrets: random nonces do not meet.
fn encrypt(key: &LessSafeKey, authenticated: &str, plain: &[u8]) -> Result<Vec<u8>, VaultError> {
    let nonce: [u8; NONCE_LEN] = rand::random();
    let mut text = plain.to_vec();
    key.seal_in_place_append_tag(Nonce::assume_unique_for_key(nonce), Aad::from(authenticated.as_bytes()), &mut text)
        .map_err(|_| VaultError::Crypto)?;
    Ok([nonce.as_slice(), &text].concat())
}

fn decrypt(key: &LessSafeKey, authenticated: &str, sealed: &str) -> Result<Vec<u8>, VaultError> {
    let bytes = URL_SAFE_NO_PAD.decode(sealed).map_err(|_| VaultError::NotOpened)?;
    let (nonce, text) = bytes.split_at_checked(NONCE_LEN).ok_or(VaultError::NotOpened)?;
    let nonce = Nonce::try_assume_unique_for_key(nonce).map_err(|_| VaultError::NotOpened)?;
    let mut text = text.to_vec();
    let plain = key.open_in_place(nonce, Aad::from(authenticated.as_bytes()), &mut text);
    plain.map(|plain| plain.to_vec()).map_err(|_| VaultError::NotOpened)
}

/// The key of a program that was given none. Of two processes that begin at once, both take what the first one wrote.
fn own_key(data_dir: &Path) -> Result<PathBuf, VaultError> {
    let path = data_dir.join(OWN_KEY);
    let unreadable = |source| VaultError::Unreadable { path: path.clone(), source };
    if path.exists() {
        return Ok(path);
    }
    let draft = data_dir.join(format!("{OWN_KEY}.{}", uuid::Uuid::new_v4().simple()));
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let text = STANDARD.encode(rand::random::<[u8; KEY_BYTES]>());
    options.open(&draft).and_then(|mut file| writeln!(file, "{text}")).map_err(unreadable)?;
    let linked = fs::hard_link(&draft, &path);
    fs::remove_file(&draft).map_err(unreadable)?;
    match linked {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => Err(unreadable(error)),
        Ok(()) | Err(_) => Ok(path),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ROW: &str = "users/12/totp_secret";

    fn vault(keys: &[u8]) -> Vault {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("key");
        let lines: Vec<String> = keys.iter().map(|byte| STANDARD.encode([*byte; KEY_BYTES])).collect();
        fs::write(&file, lines.join("\n")).unwrap();
        Vault::load(Some(&file), folder.path()).unwrap()
    }

    #[test]
    fn what_is_sealed_opens_for_its_row_and_key_only() {
        let sealed = vault(&[1]).seal(ROW, "JBSWY3DPEHPK3PXP").unwrap();
        assert!(Vault::is_sealed(&sealed) && !Vault::is_sealed("JBSWY3DPEHPK3PXP"));
        assert!(!sealed.contains("JBSWY3DPEHPK3PXP"));
        assert_ne!(sealed, vault(&[1]).seal(ROW, "JBSWY3DPEHPK3PXP").unwrap(), "nothing repeats");
        for (name, keys, row, opens) in [
            ("as sealed", vec![1], ROW, true),
            ("with a newer key before it", vec![2, 1], ROW, true),
            ("under another key", vec![2], ROW, false),
            ("in another row", vec![1], "users/13/totp_secret", false),
            ("in another table", vec![1], "customers/12/totp_secret", false),
        ] {
            assert_eq!(vault(&keys).open(row, &sealed).is_ok(), opens, "{name}");
        }
    }

    #[test]
    fn a_changed_envelope_does_not_open() {
        let sealed = vault(&[1]).seal(ROW, "JBSWY3DPEHPK3PXP").unwrap();
        for at in 0..sealed.len() {
            let mut bytes = sealed.clone().into_bytes();
            bytes[at] = if bytes[at] == b'A' { b'B' } else { b'A' };
            let changed = String::from_utf8(bytes).unwrap();
            assert!(vault(&[1]).open(ROW, &changed).is_err(), "{at}: {changed}");
        }
    }

    #[test]
    fn a_new_master_key_takes_over_what_the_old_one_sealed() {
        let sealed = vault(&[1]).seal(ROW, "JBSWY3DPEHPK3PXP").unwrap();
        let rewrapped = vault(&[2, 1]).rewrap(ROW, &sealed).unwrap().unwrap();
        assert_eq!(vault(&[2]).open(ROW, &rewrapped).unwrap(), "JBSWY3DPEHPK3PXP");
        assert_eq!(vault(&[2, 1]).rewrap(ROW, &rewrapped).unwrap(), None, "it is there already");
        assert!(vault(&[1]).open(ROW, &rewrapped).is_err());
        assert!(vault(&[2]).rewrap(ROW, &sealed).is_err(), "the old key is needed once more");
    }

    #[test]
    fn a_program_without_a_key_makes_one_for_itself_and_keeps_it() {
        let folder = tempfile::tempdir().unwrap();
        let sealed = Vault::load(None, folder.path()).unwrap().seal(ROW, "JBSWY3DPEHPK3PXP").unwrap();
        assert_eq!(Vault::load(None, folder.path()).unwrap().open(ROW, &sealed).unwrap(), "JBSWY3DPEHPK3PXP");
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            let mode = fs::metadata(folder.path().join(OWN_KEY)).unwrap().permissions().mode();
            assert_eq!(mode & 0o777, 0o600);
        }
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1, "no draft is left");
    }

    #[test]
    fn a_wrong_key_file_stops_the_start_and_is_not_shown() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("key");
        for (text, told) in [
            ("", "is empty"),
            ("\n\n", "is empty"),
            ("c2hvcnQ=", "line 1"),
            ("not base64 at all", "line 1"),
            ("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\nc2hvcnQ=", "line 2"),
        ] {
            fs::write(&file, text).unwrap();
            let error = Vault::load(Some(&file), folder.path()).unwrap_err().to_string();
            assert!(error.contains(told) && !error.contains("c2hvcnQ"), "{error}");
        }
        assert!(Vault::load(Some(&folder.path().join("none")), folder.path()).is_err());
    }
}
