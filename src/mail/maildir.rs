//! The maildir into which the mail server puts what comes back.
//!
//! Owns its files: `new/` waits, `cur/` was understood, `failed/` needs a person. Any number of nodes may look at the same
//! time and one may die at any moment: a file leaves `new/` after what it says was recorded, and whoever comes second
//! finds it gone.

use std::io::{self, ErrorKind};
use std::path::PathBuf;

use tokio::fs;
use tokio::io::AsyncReadExt;

/// Octets of a file that are read. A report stands before the mail that it gives back.
const READ: u64 = 256 * 1024;

/// Where a file goes when it has been read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shelf {
    Understood,
    Failed,
}

#[derive(Debug, Clone)]
pub struct Maildir {
    folder: PathBuf,
}

impl Maildir {
    pub fn new(folder: PathBuf) -> Self {
        Self { folder }
    }

    /// The names of what waits, oldest first.
    pub async fn waiting(&self) -> io::Result<Vec<String>> {
        let mut entries = fs::read_dir(self.folder.join("new")).await?;
        let mut names = Vec::new();
        while let Some(entry) = entries.next_entry().await? {
            // No link leads elsewhere.
            let Ok(kind) = entry.file_type().await else { continue };
            names.extend(entry.file_name().into_string().ok().filter(|name| kind.is_file() && !name.starts_with('.')));
        }
        names.sort_unstable();
        Ok(names)
    }

    /// The beginning of a file; `None` when another node has taken it away.
    pub async fn read(&self, name: &str) -> io::Result<Option<Vec<u8>>> {
        let file = match fs::File::open(self.folder.join("new").join(name)).await {
            Ok(file) => file,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(error),
        };
        let mut bytes = Vec::new();
        file.take(READ).read_to_end(&mut bytes).await?;
        Ok(Some(bytes))
    }

    pub async fn put_away(&self, name: &str, to: Shelf) -> io::Result<()> {
        let (folder, name_there) = match to {
            // Seen, as mail programs mark it.
            Shelf::Understood => (self.folder.join("cur"), format!("{}:2,S", name.split(':').next().unwrap_or(name))),
            Shelf::Failed => (self.folder.join("failed"), name.to_owned()),
        };
        fs::create_dir_all(&folder).await?;
        match fs::rename(self.folder.join("new").join(name), folder.join(name_there)).await {
            Err(error) if error.kind() != ErrorKind::NotFound => Err(error),
            _ => Ok(()),
        }
    }
}
