//! The organisation that a row names.

use sea_orm::ConnectionTrait;

use crate::domain::problem::Problem;
use crate::errors::Result;
use crate::models::subscribers::{self, Subscriber};

/// The organisation with this external id, name or number. `None`: the text can be the name of a new one. A name that two
/// organisations have tells neither: a wrong one would be phoned.
pub(super) async fn find(txn: &impl ConnectionTrait, named: &str) -> Result<Option<Subscriber>> {
    if let Some(known) = subscribers::by_external_id(txn, named).await? {
        return Ok(Some(known));
    }
    let mut of_name = subscribers::with_name(txn, named, 2).await?;
    if of_name.len() > 1 {
        return Err(Problem::on("subscriber", "import_subscriber_ambiguous").with("value", named).into());
    }
    if let Some(known) = of_name.pop() {
        return Ok(Some(known));
    }
    match named.parse() {
        Ok(id) => subscribers::by_id(txn, id).await.map(Some).map_err(|_| unknown(named).into()),
        Err(_) => Ok(None),
    }
}

pub(super) fn unknown(named: &str) -> Problem {
    Problem::on("subscriber", "import_subscriber_unknown").with("value", named)
}
