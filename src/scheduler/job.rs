//! What rings, by its name in the settings, and what it may run beside.

use std::str::FromStr;

use crate::domain::problem::Problem;
use crate::errors::Result;

/// What rings. The names are the keys of `schedule` in the settings.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Job {
    RevokeDue,
    Prove,
    SendMessages,
    SendWebhooks,
    ReadBounces,
    Remind,
    RescueStuck,
    Expire,
    PublishCrl,
    CheckInvariants,
    CheckInstallations,
    ExportAuditHead,
    RunImports,
}

impl Job {
    pub const ALL: [Self; 13] = [
        Self::RevokeDue,
        Self::Prove,
        Self::SendMessages,
        Self::SendWebhooks,
        Self::ReadBounces,
        Self::Remind,
        Self::RescueStuck,
        Self::Expire,
        Self::PublishCrl,
        Self::CheckInvariants,
        Self::CheckInstallations,
        Self::ExportAuditHead,
        Self::RunImports,
    ];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::RevokeDue => "revoke_due",
            Self::Prove => "prove",
            Self::SendMessages => "send_messages",
            Self::SendWebhooks => "send_webhooks",
            Self::ReadBounces => "read_bounces",
            Self::Remind => "remind",
            Self::RescueStuck => "rescue_stuck",
            Self::Expire => "expire",
            Self::PublishCrl => "publish_crl",
            Self::CheckInvariants => "check_invariants",
            Self::CheckInstallations => "check_installations",
            Self::ExportAuditHead => "export_audit_head",
            Self::RunImports => "run_imports",
        }
    }

    /// Those that go on while the desk is halted.
    pub(super) fn only_looks(self) -> bool {
        match self {
            Self::CheckInvariants | Self::ExportAuditHead => true,
            Self::RevokeDue
            | Self::Prove
            | Self::SendMessages
            | Self::SendWebhooks
            | Self::ReadBounces
            | Self::Remind
            | Self::RescueStuck
            | Self::Expire
            | Self::PublishCrl
            | Self::CheckInstallations
            | Self::RunImports => false,
        }
    }

    /// Those that change what the CA or its proof says run one after the other.
    pub(super) fn works_with_the_ca(self) -> bool {
        match self {
            Self::RevokeDue | Self::Prove | Self::RescueStuck | Self::PublishCrl => true,
            Self::SendMessages
            | Self::SendWebhooks
            | Self::ReadBounces
            | Self::Remind
            | Self::Expire
            | Self::CheckInvariants
            | Self::CheckInstallations
            | Self::ExportAuditHead
            | Self::RunImports => false,
        }
    }
}

impl FromStr for Job {
    type Err = Problem;

    fn from_str(text: &str) -> Result<Self, Problem> {
        Self::ALL
            .into_iter()
            .find(|job| job.as_str() == text)
            .ok_or_else(|| Problem::new("value_unknown").with("value", text))
    }
}
