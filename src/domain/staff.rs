//! What an administrator may change about a member of staff's account.

use super::problem::Problem;
use super::role::Role;

/// An account as it stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StaffAccount {
    pub id: i64,
    pub role: Role,
    pub disabled: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AccountChange {
    Role(Role),
    Disable,
    Enable,
    ResetPassword,
    /// Taking away the second factor of somebody who has lost it.
    ReleaseFactor,
    EndSessions,
}

/// Nobody changes themselves, and one administrator always stays. `actor` is the account of who asks, if it is one of the
/// staff; `other_admins` counts the enabled administrators besides `account`.
pub fn check_account_change(
    actor: Option<i64>,
    account: StaffAccount,
    change: AccountChange,
    other_admins: usize,
) -> Result<(), Problem> {
    if actor == Some(account.id) {
        return Err(Problem::new("own_account"));
    }
    let refused = match change {
        AccountChange::Role(role) if role == account.role => Some(Problem::on("role", "role_unchanged")),
        AccountChange::Enable if !account.disabled => Some(Problem::new("user_enabled_already")),
        AccountChange::Role(_)
        | AccountChange::Disable
        | AccountChange::ResetPassword
        | AccountChange::ReleaseFactor
        | AccountChange::EndSessions
            if account.disabled =>
        {
            Some(Problem::new("user_disabled"))
        }
        AccountChange::Role(_) | AccountChange::Disable => None,
        AccountChange::Enable
        | AccountChange::ResetPassword
        | AccountChange::ReleaseFactor
        | AccountChange::EndSessions => return Ok(()),
    };
    if let Some(problem) = refused {
        return Err(problem);
    }
    if account.role == Role::Admin && other_admins == 0 {
        return Err(Problem::new("last_admin"));
    }
    Ok(())
}
