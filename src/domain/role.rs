//! Who may do what: the roles of `domain.md` section 8 and the permissions each one holds.

use super::problem::Problem;

/// A member of staff's role. One person has one role.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Role {
    Agent,
    Supervisor,
    Admin,
    Auditor,
}

impl Role {
    pub const ALL: [Self; 4] = [Self::Agent, Self::Supervisor, Self::Admin, Self::Auditor];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Agent => "agent",
            Self::Supervisor => "supervisor",
            Self::Admin => "admin",
            Self::Auditor => "auditor",
        }
    }

    pub fn may(self, permission: Permission) -> bool {
        use Permission as P;
        match self {
            Self::Agent => {
                matches!(permission, P::ReadCases | P::WorkCases | P::ApproveContactChange | P::InviteCustomers)
            }
            Self::Supervisor => matches!(
                permission,
                P::ReadCases
                    | P::WorkCases
                    | P::Supervise
                    | P::RunBatch
                    | P::ApproveContactChange
                    | P::ReadAudit
                    | P::ReadReports
                    | P::Export
                    | P::InviteCustomers
                    | P::CloseAccounts
            ),
            Self::Admin => matches!(
                permission,
                P::ReadCases | P::Administer | P::RunBatch | P::ReadAudit | P::InviteCustomers | P::CloseAccounts
            ),
            Self::Auditor => matches!(permission, P::ReadCases | P::ReadAudit | P::ReadReports | P::Export),
        }
    }
}

impl Role {
    /// Whether the audit log shows personal data only after a reason was given.
    pub fn reads_masked(self) -> bool {
        match self {
            Self::Auditor => true,
            Self::Agent | Self::Supervisor | Self::Admin => false,
        }
    }
}

impl std::str::FromStr for Role {
    type Err = Problem;

    fn from_str(text: &str) -> Result<Self, Problem> {
        Self::ALL
            .into_iter()
            .find(|role| role.as_str() == text)
            .ok_or_else(|| Problem::on("role", "role_unknown").with("value", text))
    }
}

/// What a route or a button asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Permission {
    /// See cases, batches and mails.
    ReadCases,
    /// Claim, record calls, revoke after a confirmed call, change dates, withdraw, hold, file for a customer.
    WorkCases,
    /// Approve a successor that somebody else registered.
    ApproveContactChange,
    /// Override without a call (two people), break a lease, lift the brake.
    Supervise,
    /// Ring the batch by hand.
    RunBatch,
    /// Settings, users, tokens, connectors, imports.
    Administer,
    /// Read the whole audit log, not only one's own actions.
    ReadAudit,
    /// The supervisor's figures.
    ReadReports,
    /// Take data out of the system, phone numbers included.
    Export,
    /// Give a customer an account of the portal: its link goes to the address that is entered.
    InviteCustomers,
    /// Close a customer's account, open it again, free it from its confirmation code.
    CloseAccounts,
}
