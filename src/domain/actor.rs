//! Who acts: the identity that every state change, audit event and approval names.

use super::role::Role;

/// An acting identity and the network address it acts from, when it has one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Actor {
    pub identity: Identity,
    pub address: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Identity {
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
    /// An account of the portal. It acts for its own subscriber only.
    Customer {
        id: i64,
        name: String,
        subscriber_id: i64,
    },
    /// The scheduled batch.
    Batch,
    /// Commands of the operator (`task …`) and start-up work.
    System,
}

impl Actor {
    pub fn new(identity: Identity, address: Option<String>) -> Self {
        Self { identity, address }
    }

    pub fn batch() -> Self {
        Self::new(Identity::Batch, None)
    }

    pub fn system() -> Self {
        Self::new(Identity::System, None)
    }

    /// Stable key, e.g. `staff:12`: what the database keeps. Two approvals by one key are one person.
    pub fn key(&self) -> String {
        match &self.identity {
            Identity::Staff { id, .. } => format!("staff:{id}"),
            Identity::Token { id, .. } => format!("token:{id}"),
            Identity::Customer { id, .. } => format!("customer:{id}"),
            Identity::Batch => "batch".to_owned(),
            Identity::System => "system".to_owned(),
        }
    }

    pub fn name(&self) -> &str {
        match &self.identity {
            Identity::Staff { name, .. } | Identity::Token { name, .. } | Identity::Customer { name, .. } => name,
            Identity::Batch => "batch",
            Identity::System => "system",
        }
    }

    /// The organisation whose things are all there is for this actor; `None` sees all.
    pub fn subscriber_id(&self) -> Option<i64> {
        match self.identity {
            Identity::Customer { subscriber_id, .. } => Some(subscriber_id),
            Identity::Staff { .. } | Identity::Token { .. } | Identity::Batch | Identity::System => None,
        }
    }

    /// The role whose permissions apply; customers and the machine have none of the staff's.
    pub fn role(&self) -> Option<Role> {
        match &self.identity {
            Identity::Staff { role, .. } | Identity::Token { role, .. } => Some(*role),
            Identity::Customer { .. } | Identity::Batch | Identity::System => None,
        }
    }
}
