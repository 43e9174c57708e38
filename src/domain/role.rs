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

    /// Whether [`DUTIES`] says so; what does not stand there nobody may.
    pub fn may(self, permission: Permission) -> bool {
        DUTIES.iter().any(|(duty, roles)| *duty == permission && roles.contains(&self))
    }
}

/// Who may do what: the one table that routes, buttons and tests go by (`tests/hostile/routes.rs` names the permission of
/// each route). That nobody decides on a request of their own is `authorization::check_second_person`.
pub const DUTIES: [(Permission, &[Role]); 12] = {
    use Permission as P;
    use Role::{Admin, Agent, Auditor, Supervisor};
    [
        (P::ReadCases, &[Agent, Supervisor, Admin, Auditor]),
        (P::WorkCases, &[Agent, Supervisor]),
        (P::ApproveContactChange, &[Agent, Supervisor]),
        (P::Supervise, &[Supervisor]),
        (P::RunBatch, &[Supervisor, Admin]),
        (P::Administer, &[Admin]),
        (P::ReadAudit, &[Supervisor, Admin, Auditor]),
        (P::ReadReports, &[Supervisor, Auditor]),
        (P::Export, &[Supervisor, Auditor]),
        (P::InviteCustomers, &[Agent, Supervisor, Admin]),
        (P::CloseAccounts, &[Supervisor, Admin]),
        (P::Import, &[Supervisor, Admin]),
    ]
};

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
    /// Settings, users, tokens, connectors, holidays.
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
    /// Hand over many certificates, contacts or applications at once.
    Import,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_says_what_section_8_says() {
        use Permission as P;
        // Agent, supervisor, administrator, auditor.
        let section_8 = [
            (P::ReadCases, "asdu"),
            (P::WorkCases, "as"),
            (P::ApproveContactChange, "as"),
            (P::Supervise, "s"),
            (P::RunBatch, "sd"),
            (P::Administer, "d"),
            (P::ReadAudit, "sdu"),
            (P::ReadReports, "su"),
            (P::Export, "su"),
            (P::InviteCustomers, "asd"),
            (P::CloseAccounts, "sd"),
            (P::Import, "sd"),
        ];
        assert_eq!(section_8.len(), DUTIES.len());
        for (permission, who) in section_8 {
            for (role, letter) in Role::ALL.into_iter().zip("asdu".chars()) {
                assert_eq!(role.may(permission), who.contains(letter), "{role:?} {permission:?}");
            }
        }
    }
}
