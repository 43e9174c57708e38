//! Brings rows to an open import, all or none of them. A row that is there already with the same content is left alone, so
//! that whoever does not know whether a call got through makes it again.

use std::collections::HashMap;

use crate::domain::import::{ImportState, ROWS_AT_MOST, ROWS_AT_ONCE};
use crate::domain::problem::Problem;
use crate::errors::{Error, Result};
use crate::models::import_rows::{self, NewRow};
use crate::models::imports::{self, Import};
use crate::models::transaction;
use crate::services::Services;

#[derive(Debug, Clone)]
pub struct AddImportRows {
    pub import_id: i64,
    pub rows: Vec<NewRow>,
}

/// The import with these rows. Refused once it has been started, and where a row has the number of another content.
pub async fn add_import_rows(desk: &Services, input: AddImportRows) -> Result<Import> {
    let AddImportRows { import_id, rows } = input;
    if rows.is_empty() || rows.len() > ROWS_AT_ONCE {
        return Err(Problem::on("rows", "import_rows_number").with("max", ROWS_AT_ONCE).into());
    }
    if rows.iter().any(|row| row.line < 1) {
        return Err(Problem::on("rows", "import_row_number").into());
    }
    let txn = transaction::begin(&desk.db).await?;
    let import = imports::locked(&txn, import_id).await?;
    match import.state {
        ImportState::Open => {}
        ImportState::Running | ImportState::Finished | ImportState::Cancelled => {
            return Err(Error::conflict("import_not_open"));
        }
    }
    let lines = rows.iter().map(|row| row.line).collect();
    let mut sums: HashMap<i64, String> = import_rows::sums(&txn, import_id, lines).await?;
    let mut new = Vec::with_capacity(rows.len());
    for row in &rows {
        let sum = row.sha256(import.kind);
        match sums.get(&row.line) {
            Some(known) if *known == sum => {}
            Some(_) => return Err(Error::Conflict(Problem::on("rows", "import_row_differs").with("row", row.line))),
            None => {
                sums.insert(row.line, sum);
                new.push(row);
            }
        }
    }
    let number = |number: usize| i64::try_from(number).unwrap_or(i64::MAX);
    if import.target + number(new.len()) > ROWS_AT_MOST {
        return Err(Problem::on("rows", "import_too_many").with("max", ROWS_AT_MOST).into());
    }
    import_rows::insert(&txn, import_id, import.kind, &new).await?;
    let refused = new.iter().filter(|row| row.content.is_err()).count();
    imports::grow(&txn, import_id, number(new.len()), number(refused)).await?;
    let import = imports::by_id(&txn, import_id).await?;
    txn.commit().await?;
    Ok(import)
}
