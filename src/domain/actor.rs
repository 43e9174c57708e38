//! Who acts: the identity that every state change, audit event and approval names.

use super::role::Role;

/// An acting identity. `key()` is what the database keeps; the name is looked up when shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Actor {
    Staff {
        id: i64,
        name: String,
        role: Role,
    },
    /// A program with an API token. It acts under its own name.
    Token {
        id: i64,
        name: String,
        role: Role,
    },
    Customer {
        id: i64,
        name: String,
    },
    /// The scheduled batch.
    Batch,
    /// Commands of the operator (`task …`) and start-up work.
    System,
}

impl Actor {
    /// Stable key, e.g. `staff:12`. Two approvals by one key are one person.
    pub fn key(&self) -> String {
        match self {
            Self::Staff { id, .. } => format!("staff:{id}"),
            Self::Token { id, .. } => format!("token:{id}"),
            Self::Customer { id, .. } => format!("customer:{id}"),
            Self::Batch => "batch".to_owned(),
            Self::System => "system".to_owned(),
        }
    }

    pub fn name(&self) -> &str {
        match self {
            Self::Staff { name, .. } | Self::Token { name, .. } | Self::Customer { name, .. } => name,
            Self::Batch => "batch",
            Self::System => "system",
        }
    }

    /// The role whose permissions apply; customers and the machine have none of the staff's.
    pub fn role(&self) -> Option<Role> {
        match self {
            Self::Staff { role, .. } | Self::Token { role, .. } => Some(*role),
            Self::Customer { .. } | Self::Batch | Self::System => None,
        }
    }
}
