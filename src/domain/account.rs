//! What a customer's account may look like: ユーザーID, name, mail address.

use super::mail::{self, is_unfit_for_a_line};
use super::problem::Problem;

/// Characters.
const LOGIN: std::ops::RangeInclusive<usize> = 3..=64;
const MAX_NAME: usize = 100;

/// The facts of a new account, checked and in the form in which they are stored.
#[derive(Clone, PartialEq, Eq)]
pub struct AccountFacts {
    pub login: String,
    pub name: String,
    pub email: String,
}

impl AccountFacts {
    /// Every problem at once.
    pub fn read(login: &str, name: &str, email: &str) -> Result<Self, Vec<Problem>> {
        let (login, name) = (login_key(login), name.trim().to_owned());
        let mut problems = Vec::new();
        let fits = |byte: u8| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'.' | b'_' | b'-' | b'@');
        if !LOGIN.contains(&login.len()) || !login.bytes().all(fits) {
            problems.push(Problem::on("login", "login_invalid"));
        }
        if name.is_empty() || name.chars().count() > MAX_NAME || name.chars().any(is_unfit_for_a_line) {
            problems.push(Problem::on("name", "user_name_invalid"));
        }
        match mail::address(email.trim()) {
            Ok(email) if problems.is_empty() => Ok(Self { login, name, email }),
            Ok(_) => Err(problems),
            Err(_) => {
                problems.push(Problem::on("email", "email_invalid"));
                Err(problems)
            }
        }
    }
}

/// The form in which a ユーザーID is stored and compared.
pub fn login_key(typed: &str) -> String {
    typed.trim().to_lowercase()
}

/// Where an account stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AccountState {
    /// 招待中: no password yet.
    Invited,
    /// 有効
    Active,
    /// 停止
    Disabled,
}

impl AccountState {
    pub const ALL: [Self; 3] = [Self::Invited, Self::Active, Self::Disabled];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Invited => "invited",
            Self::Active => "active",
            Self::Disabled => "disabled",
        }
    }
}
