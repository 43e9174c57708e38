//! What every page of the portal carries around its own content: who is logged in, how to reach the desk, the flash.

use crate::messages::Texts;
use crate::views::chrome::Flash;

/// The frame of a customer's page.
#[derive(Debug, Clone)]
pub struct PortalChrome {
    pub t: Texts,
    /// Product name, a setting.
    pub product: String,
    /// Name of the environment unless it is production.
    pub environment: Option<String>,
    /// `None` on the pages that come before the log-in.
    pub user: Option<PortalUser>,
    pub desk: DeskContact,
    /// The desk is halted: nothing can be filed or changed.
    pub halted: bool,
    pub flash: Option<Flash>,
}

#[derive(Debug, Clone)]
pub struct PortalUser {
    pub organisation: String,
    pub name: String,
    pub csrf: String,
}

#[derive(Debug, Clone)]
pub struct DeskContact {
    pub name: String,
    pub telephone: String,
    pub hours: String,
    pub email: String,
}

impl DeskContact {
    /// For a `tel:` link: the number's digits.
    pub fn dial(&self) -> String {
        self.telephone.chars().filter(|character| character.is_ascii_digit() || *character == '+').collect()
    }
}

/// Where the customer is in the application: 1 理由入力, 2 CSR入力, 3 内容確認, 4 申請完了.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Step {
    Reason,
    Csr,
    Confirm,
    Done,
}

impl Step {
    pub const ALL: [Self; 4] = [Self::Reason, Self::Csr, Self::Confirm, Self::Done];

    pub fn number(self) -> usize {
        match self {
            Self::Reason => 1,
            Self::Csr => 2,
            Self::Confirm => 3,
            Self::Done => 4,
        }
    }

    /// Key of its name in the catalogue.
    pub fn label(self) -> &'static str {
        match self {
            Self::Reason => "portal_step.reason",
            Self::Csr => "portal_step.csr",
            Self::Confirm => "portal_step.confirm",
            Self::Done => "portal_step.done",
        }
    }
}
