//! Makes contacts that an older program left ready for the search of callers. Safe to run twice and on several nodes.

use crate::errors::Result;
use crate::models::{contacts, transaction};
use crate::services::Services;

/// Contacts of one transaction: some hundred milliseconds.
const AT_ONCE: u64 = 500;

/// All that there are, or as many as fit before the process is asked to end.
pub async fn fold_contacts(desk: &Services) -> Result<()> {
    while !desk.stop.is_cancelled() {
        let txn = transaction::begin(&desk.db).await?;
        let folded = contacts::fold_missing(&txn, AT_ONCE).await?;
        txn.commit().await?;
        if folded == 0 {
            break;
        }
    }
    Ok(())
}
