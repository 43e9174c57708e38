//! Mails as `.eml` files, for running without a mail server.

use std::path::{Path, PathBuf};

use tokio::fs;
use tokio::io::AsyncWriteExt;

use super::{SendError, file_name};
use crate::mail::envelope::Envelope;

#[derive(Debug, Clone)]
pub struct FileTransport {
    folder: PathBuf,
}

impl FileTransport {
    pub fn new(folder: PathBuf) -> Self {
        Self { folder }
    }

    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// One file per mail, whole or not at all. The same mail sent again replaces its file.
    pub async fn deliver(&self, envelope: &Envelope) -> Result<(), SendError> {
        self.write(envelope).await.map_err(|error| SendError::TryLater(format!("mail folder: {error}")))
    }

    async fn write(&self, envelope: &Envelope) -> std::io::Result<()> {
        fs::create_dir_all(&self.folder).await?;
        let name = file_name(envelope.date, &envelope.message_id);
        let unfinished = self.folder.join(format!(".{name}.{}", uuid::Uuid::new_v4()));
        let mut file = fs::File::create(&unfinished).await?;
        file.write_all(&envelope.bytes).await?;
        file.sync_all().await?;
        fs::rename(&unfinished, self.folder.join(name)).await
    }
}
