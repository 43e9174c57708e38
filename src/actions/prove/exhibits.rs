//! CRLs and OCSP answers that cases are proven with: each goes to the database once, with the first transaction that
//! needs it.

use std::collections::BTreeSet;

use sea_orm::DatabaseTransaction;
use sea_orm::prelude::DateTimeUtc;
use tokio::sync::{Mutex, MutexGuard};

use crate::errors::Result;
use crate::models::columns::EvidenceKind;
use crate::models::evidence::{self, NewDocument};
use crate::proof::Document;

pub struct Exhibit {
    kind: EvidenceKind,
    pub document: Document,
    /// The id of the stored document, once it is committed. Whoever stores it keeps this until then, so that a large CRL
    /// is sent to the database once.
    stored: Mutex<Option<i64>>,
}

/// The ids of the exhibits that a transaction uses.
pub struct Kept<'a>(Vec<Filed<'a>>);

struct Filed<'a> {
    exhibit: usize,
    id: i64,
    /// Where to note the id of what this transaction stored.
    note: Option<MutexGuard<'a, Option<i64>>>,
}

impl Exhibit {
    pub fn new(kind: EvidenceKind, document: Document) -> Self {
        Self { kind, document, stored: Mutex::default() }
    }
}

/// Stores what is not stored yet. In the order of the numbers: two transactions wait for each other in one direction only.
pub async fn keep<'a>(
    txn: &DatabaseTransaction,
    exhibits: &'a [Exhibit],
    used: BTreeSet<usize>,
    now: DateTimeUtc,
) -> Result<Kept<'a>> {
    let mut filed = Vec::with_capacity(used.len());
    for exhibit in used {
        let Some(Exhibit { kind, document, stored }) = exhibits.get(exhibit) else { continue };
        let stored = stored.lock().await;
        if let Some(id) = *stored {
            filed.push(Filed { exhibit, id, note: None });
            continue;
        }
        let new = NewDocument {
            kind: *kind,
            sha256: document.sha256.clone(),
            source: document.source.clone(),
            bytes: &document.bytes,
            this_update: document.this_update,
            next_update: document.next_update,
        };
        let id = evidence::keep_document(txn, new, now).await?;
        filed.push(Filed { exhibit, id, note: Some(stored) });
    }
    Ok(Kept(filed))
}

impl Kept<'_> {
    pub fn id(&self, exhibit: usize) -> Option<i64> {
        let place = self.0.binary_search_by_key(&exhibit, |filed| filed.exhibit).ok()?;
        Some(self.0[place].id)
    }

    /// To be said when the transaction is committed.
    pub fn committed(self) {
        for Filed { id, note, .. } in self.0 {
            if let Some(mut note) = note {
                *note = Some(id);
            }
        }
    }
}
