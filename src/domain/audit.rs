//! What the audit log records, for those who read it: the actions by group, which of them went wrong, and what of a
//! record is about a person.
//!
//! Whatever an action under `actions/` records stands in [`GROUPS`]; a test reads the sources.

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};

/// Actions that people look for together.
#[derive(Debug)]
pub struct ActionGroup {
    /// The word for it is `audit.group.<name>`.
    pub name: &'static str,
    /// The word for one is `audit.action.<action>`.
    pub actions: &'static [&'static str],
}

pub const GROUPS: [ActionGroup; 9] = [
    ActionGroup {
        name: "case",
        actions: &[
            "filed",
            "csr_supplied",
            "replacement_registered",
            "claimed",
            "claim_released",
            "call_confirmed",
            "call_unanswered",
            "call_back_promised",
            "call_blocked",
            "call_band_preferred",
            "date_changed",
            "case_assigned",
            "installation_seen",
            "substance_changed",
            "hold_placed",
            "hold_resolved",
            "confirmation_lapsed",
            "confirmation_voided",
            "key_compromise_reported",
            "override_requested",
            "override_approved",
            "withdrawn",
            "source_expired",
        ],
    },
    ActionGroup {
        name: "execution",
        actions: &[
            "execution_started",
            "revocation_accepted",
            "ca_refused",
            "ca_unavailable",
            "found_revoked",
            "proof_seen",
            "proof_disagreed",
            "run_braked",
            "run_paused",
            "run_resumed",
            "run_retried",
        ],
    },
    ActionGroup {
        name: "contact",
        actions: &[
            "contact_registered",
            "contact_proposed",
            "contact_proposal_verified",
            "contact_proposal_declined",
            "contact_change_requested",
            "contact_change_declined",
        ],
    },
    ActionGroup {
        name: "customer",
        actions: &[
            "subscriber_registered",
            "certificate_registered",
            "form_requested",
            "customer_invited",
            "customer_invited_again",
            "customer_logged_in",
            "customer_password_set",
            "customer_disabled",
            "customer_enabled",
            "password_reset_requested",
            "confirmation_code_on",
            "confirmation_code_off",
        ],
    },
    ActionGroup {
        name: "bulk",
        actions: &[
            "bulk_prepared",
            "bulk_executed",
            "bulk_requested",
            "bulk_approved",
            "bulk_declined",
            "bulk_cancelled",
        ],
    },
    ActionGroup {
        name: "staff",
        actions: &[
            "logged_in",
            "identity_proven",
            "identity_refused",
            "password_changed",
            "staff_code_on",
            "staff_code_off",
            "passkey_added",
            "passkey_removed",
            "sessions_ended",
            "user_created",
            "user_role_changed",
            "user_disabled",
            "user_enabled",
            "user_password_reset",
            "user_factor_released",
            "token_created",
            "token_revoked",
            "view_saved",
            "view_changed",
            "view_removed",
            "columns_chosen",
            "preferences_chosen",
        ],
    },
    ActionGroup {
        name: "reading",
        actions: &[
            "audit_exported",
            "audit_unlocked",
            "report_exported",
            "cases_exported",
            "person_exported",
            "import_rows_exported",
            "access_reviewed",
        ],
    },
    ActionGroup {
        name: "setting",
        actions: &[
            "call_rules_changed",
            "opening_hours_changed",
            "validity_rules_changed",
            "closure_added",
            "closure_removed",
            "holidays_imported",
            "text_saved",
            "text_tested",
            "ca_paused",
            "ca_resumed",
            "ca_rate_changed",
            "installation_rules_changed",
            "webhook_created",
            "webhook_paused",
            "webhook_resumed",
            "webhook_removed",
            "webhook_secret_rotated",
            "webhook_tested",
            "webhook_redelivered",
            "webhook_gone",
        ],
    },
    ActionGroup {
        name: "operation",
        actions: &[
            "message_resent",
            "message_cancelled",
            "message_bounced",
            "message_delayed",
            "desk_halted",
            "desk_reconciled",
            "desk_released",
            "case_erased",
            "personal_data_erased",
            "legal_hold_placed",
            "legal_hold_released",
            "secrets_sealed",
            "master_key_rotated",
            "import_opened",
            "import_started",
            "import_finished",
            "import_cancelled",
        ],
    },
];

/// What the daily run records for each case that it revokes: most of a long log.
pub const BULK: [&str; 3] = ["execution_started", "revocation_accepted", "proof_seen"];

/// The identity of the daily run.
pub const BATCH: &str = "batch";

/// For how long an auditor sees personal data after having said why.
pub const UNLOCKED_FOR: TimeDelta = TimeDelta::minutes(30);

pub const REASON_MAX: usize = 500;

pub fn is_known(action: &str) -> bool {
    GROUPS.iter().any(|group| group.actions.contains(&action))
}

/// What came of the recorded act. Refusals by the desk itself are not recorded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Upshot {
    Done,
    /// Somebody said no.
    Declined,
    /// It did not work.
    Failed,
}

impl Upshot {
    pub fn of(action: &str) -> Self {
        match action {
            "ca_refused" | "ca_unavailable" | "run_braked" | "webhook_gone" => Self::Failed,
            "contact_proposal_declined" | "contact_change_declined" | "bulk_declined" => Self::Declined,
            _ => Self::Done,
        }
    }

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::Declined => "declined",
            Self::Failed => "failed",
        }
    }
}

/// Facts that name a person, whatever they look like.
const NAMING: [&str; 5] = ["name", "name_kana", "email", "login", "phone"];

/// Whether a fact of a record may be about a person: what is no code, number or date is text that people wrote.
pub fn is_personal(name: &str, value: &str) -> bool {
    NAMING.contains(&name) || !(is_code(value) || is_date(value))
}

fn is_code(value: &str) -> bool {
    value.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_-:".contains(&byte))
}

fn is_date(value: &str) -> bool {
    value.parse::<NaiveDate>().is_ok() || value.parse::<DateTime<Utc>>().is_ok()
}

/// A network address without its end: `192.0.2.***`.
pub fn masked_address(address: &str) -> String {
    let (kept, mark) = match address.rsplit_once('.') {
        Some((network, _)) if !address.contains(':') => (network.to_owned(), "."),
        _ => (address.split(':').take(2).collect::<Vec<_>>().join(":"), ":"),
    };
    format!("{kept}{mark}***")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::case::CaseEvent;

    #[test]
    fn no_action_stands_in_the_list_twice() {
        let mut all: Vec<&str> = GROUPS.iter().flat_map(|group| group.actions.iter().copied()).collect();
        let listed = all.len();
        all.sort_unstable();
        all.dedup();
        assert_eq!(all.len(), listed);
    }

    #[test]
    fn every_step_of_a_case_and_what_the_batch_records_is_known() {
        for action in CaseEvent::ALL.map(CaseEvent::as_str).into_iter().chain(BULK) {
            assert!(is_known(action), "{action}");
        }
        assert!(!is_known("nothing"));
    }

    #[test]
    fn what_people_wrote_is_personal_and_what_programs_wrote_is_not() {
        for (name, value, personal) in [
            ("outcome", "no_answer", false),
            ("serial", "4a910ce75d22b87c3a", false),
            ("due_on", "2026-12-08", false),
            ("deadline", "2026-11-24T01:20:00.123456Z", false),
            ("request", "", false),
            ("reason", "server_replacement", false),
            ("reason", "調査のため", true),
            ("answer", "certificate is on hold", true),
            ("by", "hana@example.jp", true),
            ("site", "www.example.jp", true),
            ("name", "hana", true),
            ("login", "hana", true),
        ] {
            assert_eq!(is_personal(name, value), personal, "{name}={value}");
        }
    }

    #[test]
    fn a_masked_address_keeps_its_network() {
        for (address, masked) in [
            ("192.0.2.1", "192.0.2.***"),
            ("2001:db8:0:1::7", "2001:db8:***"),
            ("::ffff:192.0.2.1", "::***"),
            ("", ":***"),
        ] {
            assert_eq!(masked_address(address), masked, "{address}");
        }
    }
}
