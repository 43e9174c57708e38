//! Schemas of closed lists of words, written from the lists themselves.

use utoipa::openapi::schema::{Array, ArrayBuilder, Object, ObjectBuilder, Type};

use crate::domain::{
    account::AccountState,
    application::ReissueReason,
    call::CallOutcome,
    case::{CaseState, HoldReason},
    certificate::ValidationType,
    contact::ContactRole,
    import::{ImportKind, ImportState, RowState},
    installation::{Hindrance, Seen, StandingKind},
    webhook::EventKind,
};
use crate::models::{
    case_queue::CaseView,
    columns::{MessageStatus, RunStatus},
};

pub fn contact_role() -> Object {
    one_of(ContactRole::ALL.map(ContactRole::as_str))
}

pub fn account_state() -> Object {
    one_of(AccountState::ALL.map(AccountState::as_str))
}

pub fn webhook_events() -> Array {
    ArrayBuilder::new().items(one_of(EventKind::all().map(|kind| kind.to_string()))).build()
}

pub fn validation() -> Object {
    one_of(ValidationType::ALL.map(ValidationType::as_str))
}

pub fn reissue_reason() -> Object {
    one_of(ReissueReason::ALL.map(ReissueReason::as_str))
}

pub fn case_state() -> Object {
    one_of(CaseState::ALL.map(CaseState::as_str))
}

pub fn case_view() -> Object {
    one_of(CaseView::ALL.map(CaseView::as_str))
}

pub fn hold_reason() -> Object {
    one_of(HoldReason::ALL.map(HoldReason::as_str))
}

pub fn installation() -> Object {
    one_of(StandingKind::ALL.map(StandingKind::as_str))
}

pub fn seen() -> Object {
    one_of(Seen::ALL.map(Seen::as_str))
}

pub fn hindrance() -> Object {
    one_of(Hindrance::ALL.map(Hindrance::as_str))
}

pub fn call_outcome() -> Object {
    one_of(CallOutcome::ALL.map(CallOutcome::as_str))
}

pub const NAME_AND_COMPANY: &str = "name_and_company";
pub const RECEPTION_NUMBER_OR_COMMON_NAME: &str = "reception_number_or_common_name";

pub fn run_status() -> Object {
    one_of(RunStatus::ALL.iter().map(|status| status.as_str()))
}

pub fn message_status() -> Object {
    one_of(MessageStatus::ALL.iter().map(|status| status.as_str()))
}

/// The task that programs may ring.
pub const REVOKE_DUE: &str = "revoke_due";

pub fn batch_task() -> Object {
    one_of([REVOKE_DUE])
}

fn one_of(words: impl IntoIterator<Item = impl Into<serde_json::Value>>) -> Object {
    ObjectBuilder::new().schema_type(Type::String).enum_values(Some(words)).build()
}

pub fn import_kind() -> Object {
    one_of(ImportKind::ALL.map(ImportKind::as_str))
}

pub fn import_state() -> Object {
    one_of(ImportState::ALL.map(ImportState::as_str))
}

pub fn import_row_state() -> Object {
    one_of(RowState::ALL.map(RowState::as_str))
}
