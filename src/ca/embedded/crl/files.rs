//! The folder of the published CRLs: names, the turn to publish, and the one step in which a CRL is replaced.

use std::{
    fs::{self, File},
    io::ErrorKind,
    os::unix::fs::MetadataExt,
    path::{Path, PathBuf},
};

use super::{
    super::store::{self, StoreError},
    PublishError,
};

/// The newest CRL, under the name that relying parties fetch.
pub fn current_file(directory: &Path, issuer_id: &str) -> PathBuf {
    directory.join(format!("{issuer_id}.crl"))
}

pub fn file_name(issuer_id: &str, number: i64) -> String {
    format!("{issuer_id}-{number:010}.crl")
}

/// Held by whoever publishes in this folder, of all processes that share it.
pub async fn lock(directory: &Path) -> Result<File, PublishError> {
    let path = directory.join("lock");
    let locked = tokio::task::spawn_blocking(move || {
        let file = File::options().create(true).append(true).open(&path).map_err(store::at(&path))?;
        file.lock().map_err(store::at(&path))?;
        Ok(file)
    });
    locked.await.map_err(|_| PublishError::Cancelled)?
}

/// The highest number of which there is a file.
pub fn highest_number(directory: &Path, issuer_id: &str) -> Result<Option<i64>, StoreError> {
    let mut highest = None;
    for file in fs::read_dir(directory).map_err(store::at(directory))? {
        let name = file.map_err(store::at(directory))?.file_name();
        let number = name
            .to_str()
            .and_then(|name| name.strip_prefix(issuer_id)?.strip_prefix('-')?.strip_suffix(".crl")?.parse().ok());
        highest = highest.max(number);
    }
    Ok(highest)
}

/// Lets a CRL appear under the name that is served, in one step.
pub fn show(directory: &Path, issuer_id: &str, path: &Path) -> Result<(), StoreError> {
    let link = Scratch::new(directory, &format!("{issuer_id}.link"));
    fs::hard_link(path, &link.0).map_err(store::at(&link.0))?;
    let current = current_file(directory, issuer_id);
    fs::rename(&link.0, &current).map_err(store::at(&current))?;
    store::sync_directory(directory)
}

/// Whether the CRL of this number is the one that is served.
pub fn shows(directory: &Path, issuer_id: &str, number: i64) -> bool {
    let identity = |path: PathBuf| fs::metadata(path).ok().map(|file| (file.dev(), file.ino()));
    let wanted = identity(directory.join(file_name(issuer_id, number)));
    wanted.is_some() && wanted == identity(current_file(directory, issuer_id))
}

/// Only the newest CRL and its predecessor are compared; older files would fill the disk. A file that is not there, or
/// cannot be removed, harms nothing.
pub fn forget(directory: &Path, file: &str) {
    if let Err(error) = fs::remove_file(directory.join(file))
        && error.kind() != ErrorKind::NotFound
    {
        tracing::warn!(crl.file = file, cause = %error, "an old CRL could not be removed");
    }
}

/// A file that goes away whatever happens. A left-over of a crash is replaced.
pub struct Scratch(pub PathBuf);

impl Scratch {
    pub fn new(directory: &Path, name: &str) -> Self {
        let scratch = Self(directory.join(name));
        scratch.remove();
        scratch
    }

    /// That it is not there is what is wanted; any other trouble shows at the next use of the name.
    fn remove(&self) {
        let _ = fs::remove_file(&self.0);
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        self.remove();
    }
}
