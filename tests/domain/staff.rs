//! Who may change whose account.

use revocation_desk::domain::role::Role;
use revocation_desk::domain::staff::{AccountChange, StaffAccount, check_account_change};

const CHANGES: [AccountChange; 6] = [
    AccountChange::Role(Role::Supervisor),
    AccountChange::Disable,
    AccountChange::Enable,
    AccountChange::ResetPassword,
    AccountChange::ReleaseFactor,
    AccountChange::EndSessions,
];

fn account(role: Role, disabled: bool) -> StaffAccount {
    StaffAccount { id: 7, role, disabled }
}

fn refusal(actor: Option<i64>, account: StaffAccount, change: AccountChange, others: usize) -> Option<&'static str> {
    check_account_change(actor, account, change, others).err().map(|problem| problem.code)
}

#[test]
fn nobody_changes_their_own_account() {
    for change in CHANGES {
        for disabled in [false, true] {
            assert_eq!(refusal(Some(7), account(Role::Admin, disabled), change, 3), Some("own_account"), "{change:?}");
        }
    }
}

#[test]
fn one_administrator_always_stays() {
    for (change, others, expected) in [
        (AccountChange::Disable, 0, Some("last_admin")),
        (AccountChange::Disable, 1, None),
        (AccountChange::Role(Role::Agent), 0, Some("last_admin")),
        (AccountChange::Role(Role::Agent), 1, None),
        (AccountChange::ResetPassword, 0, None),
        (AccountChange::ReleaseFactor, 0, None),
        (AccountChange::EndSessions, 0, None),
    ] {
        assert_eq!(refusal(None, account(Role::Admin, false), change, others), expected, "{change:?} {others}");
        assert_eq!(refusal(None, account(Role::Auditor, false), change, others), None, "{change:?} of another role");
    }
}

#[test]
fn a_closed_account_is_opened_before_anything_else() {
    for (change, of_open, of_closed) in [
        (AccountChange::Role(Role::Supervisor), None, Some("user_disabled")),
        (AccountChange::Disable, None, Some("user_disabled")),
        (AccountChange::ResetPassword, None, Some("user_disabled")),
        (AccountChange::ReleaseFactor, None, Some("user_disabled")),
        (AccountChange::EndSessions, None, Some("user_disabled")),
        (AccountChange::Enable, Some("user_enabled_already"), None),
    ] {
        assert_eq!(refusal(Some(1), account(Role::Agent, false), change, 1), of_open, "{change:?} open");
        assert_eq!(refusal(Some(1), account(Role::Agent, true), change, 1), of_closed, "{change:?} closed");
    }
}

#[test]
fn the_role_that_somebody_has_is_no_change() {
    let same = AccountChange::Role(Role::Agent);
    assert_eq!(refusal(Some(1), account(Role::Agent, false), same, 1), Some("role_unchanged"));
}
