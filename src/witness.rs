//! What this node has seen of the database, kept outside of it: the newest end of the audit log.
//!
//! A database that does not contain it any more was restored or swapped. One small file in the data folder, replaced in
//! one step; it must not be backed up with the rest.

use std::{
    fs::{self, File},
    io::{self, ErrorKind, Write},
    path::{Path, PathBuf},
};

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// The name in the data folder.
pub const FILE: &str = "audit-head.json";

/// An end of the audit log, and when it was seen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Seen {
    pub sequence: i64,
    pub hash: String,
    pub seen_at: DateTime<Utc>,
}

pub struct Witness {
    folder: PathBuf,
}

impl Witness {
    pub fn in_folder(folder: &Path) -> Self {
        Self { folder: folder.to_owned() }
    }

    /// What was seen last; nothing in a new folder.
    pub fn read(&self) -> io::Result<Option<Seen>> {
        match fs::read(self.folder.join(FILE)) {
            Ok(text) => Ok(Some(serde_json::from_slice(&text)?)),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Keeps `seen` over a crash.
    pub fn write(&self, seen: &Seen) -> io::Result<()> {
        let new = self.folder.join(format!(".{FILE}-{}", Uuid::new_v4().simple()));
        let written =
            write_whole(&new, &serde_json::to_vec(seen)?).and_then(|()| fs::rename(&new, self.folder.join(FILE)));
        if written.is_err() {
            // Nothing depends on it; the next write has another name.
            let _ = fs::remove_file(&new);
        }
        written?;
        File::open(&self.folder)?.sync_all()
    }
}

fn write_whole(path: &Path, content: &[u8]) -> io::Result<()> {
    let mut file = File::create_new(path)?;
    file.write_all(content)?;
    file.sync_all()
}
