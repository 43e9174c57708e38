//! Which optional columns somebody wants to see.

use axum::response::Redirect;
use serde::Deserialize;

use crate::actions::choose_columns::{ChooseColumns, choose_columns};
use crate::controllers::desk::frame::Frame;
use crate::controllers::extractors::Form;
use crate::errors::Result;
use crate::messages::Texts;
use crate::models::list_columns::ListColumn;
use crate::views::form::Choice;

pub fn choices(t: Texts, chosen: &[ListColumn]) -> Vec<Choice> {
    let choice = |column: &ListColumn| {
        Choice::new(column.as_str(), t.s(&format!("lists.column.{}", column.as_str())), chosen.contains(column))
    };
    ListColumn::ALL.iter().map(choice).collect()
}

#[derive(Deserialize)]
pub struct Chosen {
    #[serde(default)]
    columns: Vec<String>,
    /// Of the list that is shown, to come back to it.
    #[serde(default)]
    conditions: String,
}

/// `POST /desk/columns`
pub async fn choose(frame: Frame, Form(chosen): Form<Chosen>) -> Result<Redirect> {
    let columns = chosen.columns.iter().map(|name| name.parse()).collect::<Result<Vec<ListColumn>, _>>()?;
    let input = ChooseColumns { user_id: frame.staff.id, columns };
    choose_columns(&frame.desk, input, &frame.actor(), frame.now).await?;
    Ok(Redirect::to(&super::views::list_href(&chosen.conditions)))
}
