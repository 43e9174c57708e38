//! How domain values stand in the database: enums and newtypes as text, the CRL reason as its number.
//!
//! Owns also the small enums that only rows know. A value that the program does not know is an error when read,
//! never a default.

use sea_orm::sea_query::{
    ArrayType, ColumnType, Nullable, QueryBuilder, SqliteQueryBuilder, StringLen, Value, ValueType, ValueTypeErr,
};
use sea_orm::{ColIdx, DbErr, QueryResult, TryGetError, TryGetable};

use crate::domain::application::{CrlReason, FilingChannel, ReissueReason};
use crate::domain::authorization::AuthorizationKind;
use crate::domain::bounce::BounceAction;
use crate::domain::bulk::{BulkKind, BulkOrigin, BulkState};
use crate::domain::call::CallOutcome;
use crate::domain::call_band::CallBand;
use crate::domain::case::{CaseState, HoldReason};
use crate::domain::certificate::{Fingerprint, SerialNumber, ValidationType};
use crate::domain::contact::ContactRole;
use crate::domain::evidence::Disagreement;
use crate::domain::halt::{Finding, HaltCause};
use crate::domain::import::{ImportKind, ImportState, RowState};
use crate::domain::installation::{Hindrance, Seen};
use crate::domain::language::Language;
use crate::domain::problem::Problem;
use crate::domain::reception_number::ReceptionNumber;
use crate::domain::role::Role;
use crate::domain::setting::SettingName;
use crate::domain::webhook::{Answer, DeliveryStatus};

/// Values as they stand in the text of a statement: `'revoked','completed'`. Partial indexes are only found by these.
pub fn literals<T: Into<Value>>(values: impl IntoIterator<Item = T>) -> String {
    let literal = |value: T| SqliteQueryBuilder.value_to_string(&value.into());
    values.into_iter().map(literal).collect::<Vec<_>>().join(",")
}

macro_rules! text_column {
    ($to_text:ident: $($kind:ty),+ $(,)?) => {$(
        impl From<$kind> for Value {
            fn from(value: $kind) -> Self {
                Value::String(Some(value.$to_text().into()))
            }
        }

        impl Nullable for $kind {
            fn null() -> Value {
                Value::String(None)
            }
        }

        impl ValueType for $kind {
            fn try_from(value: Value) -> Result<Self, ValueTypeErr> {
                match value {
                    Value::String(Some(text)) => text.parse().map_err(|_| ValueTypeErr),
                    _ => Err(ValueTypeErr),
                }
            }

            fn type_name() -> String {
                stringify!($kind).to_owned()
            }

            fn array_type() -> ArrayType {
                ArrayType::String
            }

            fn column_type() -> ColumnType {
                ColumnType::String(StringLen::None)
            }
        }

        impl TryGetable for $kind {
            fn try_get_by<I: ColIdx>(row: &QueryResult, index: I) -> Result<Self, TryGetError> {
                let text = String::try_get_by(row, index)?;
                text.parse().map_err(|_| unreadable(stringify!($kind), &text))
            }
        }
    )+};
}

text_column!(
    as_str: Answer,
    AttemptOutcome,
    AuthorizationKind,
    BounceAction,
    BulkKind,
    BulkOrigin,
    BulkState,
    CallBand,
    CallOutcome,
    CaseState,
    ContactRole,
    DeliveryStatus,
    DeskForm,
    Disagreement,
    DraftCsr,
    EvidenceKind,
    FilingChannel,
    Finding,
    HaltCause,
    Hindrance,
    HoldReason,
    HolidayKind,
    ImportKind,
    ImportState,
    ItemOutcome,
    Language,
    LinkPurpose,
    MessageStatus,
    ReissueReason,
    Role,
    RowState,
    RunCause,
    RunStatus,
    Seen,
    SettingName,
    ValidationType,
);
text_column!(to_string: Fingerprint, ReceptionNumber, SerialNumber);

impl From<CrlReason> for Value {
    fn from(reason: CrlReason) -> Self {
        Value::Int(Some(i32::from(reason.code())))
    }
}

impl Nullable for CrlReason {
    fn null() -> Value {
        Value::Int(None)
    }
}

impl ValueType for CrlReason {
    fn try_from(value: Value) -> Result<Self, ValueTypeErr> {
        match value {
            Value::Int(Some(code)) => reason(code).ok_or(ValueTypeErr),
            _ => Err(ValueTypeErr),
        }
    }

    fn type_name() -> String {
        "CrlReason".to_owned()
    }

    fn array_type() -> ArrayType {
        ArrayType::Int
    }

    fn column_type() -> ColumnType {
        ColumnType::Integer
    }
}

impl TryGetable for CrlReason {
    fn try_get_by<I: ColIdx>(row: &QueryResult, index: I) -> Result<Self, TryGetError> {
        let code = i32::try_get_by(row, index)?;
        reason(code).ok_or_else(|| unreadable("CrlReason", &code.to_string()))
    }
}

/// The reason with this number; a method call here would be ambiguous with the column traits.
fn reason(code: i32) -> Option<CrlReason> {
    CrlReason::ALL.into_iter().find(|reason| i32::from(reason.code()) == code)
}

fn unreadable(kind: &str, value: &str) -> TryGetError {
    TryGetError::DbErr(DbErr::Type(format!("{kind} cannot be {value:?}")))
}

macro_rules! row_enum {
    ($(#[$doc:meta])* $name:ident { $($variant:ident = $text:literal),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum $name { $($variant),+ }

        impl $name {
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            pub fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $text),+ }
            }
        }

        impl std::str::FromStr for $name {
            type Err = Problem;

            fn from_str(text: &str) -> Result<Self, Problem> {
                Self::ALL
                    .iter()
                    .copied()
                    .find(|value| value.as_str() == text)
                    .ok_or_else(|| Problem::new("value_unknown").with("value", text))
            }
        }
    };
}

pub(super) use row_enum;

row_enum!(
    /// What set a batch run off.
    RunCause { Schedule = "schedule", CatchUp = "catch_up", Task = "task", Api = "api", Desk = "desk" }
);
row_enum!(
    /// How a batch run stands. `Braked`: stopped before the first revocation, a supervisor is asked.
    RunStatus {
        Running = "running",
        Finished = "finished",
        Failed = "failed",
        Braked = "braked",
        Interrupted = "interrupted",
    }
);
row_enum!(
    /// What the CA answered to an attempt.
    AttemptOutcome {
        Accepted = "accepted",
        AlreadyRevoked = "already_revoked",
        Refused = "refused",
        Unavailable = "unavailable",
    }
);
row_enum!(
    /// What became of one case of an act on many. `LeftOut`: its request did not hold it; `Skipped`: it changed after the
    /// list was made.
    ItemOutcome { LeftOut = "left_out", Done = "done", Skipped = "skipped", Failed = "failed" }
);
row_enum!(
    EvidenceKind { Crl = "crl", Ocsp = "ocsp" }
);
row_enum!(
    MessageStatus { Queued = "queued", Sent = "sent", Failed = "failed", Cancelled = "cancelled" }
);
row_enum!(
    HolidayKind { National = "national", Closure = "closure" }
);
row_enum!(
    /// What a one-time link mailed to a customer is for.
    LinkPurpose { Invitation = "invitation", PasswordReset = "password_reset" }
);
row_enum!(
    /// Where the key of a replacement comes from: the CSR of the source, the one in the draft, or one given later (after
    /// a key compromise).
    DraftCsr { Reuse = "reuse", Given = "given", Later = "later" }
);
row_enum!(
    /// What a customer asks the desk for where a certificate cannot be reissued.
    DeskForm { NewApplication = "new_application", RevocationApplication = "revocation_application" }
);
