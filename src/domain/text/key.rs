//! Which texts there are.

use std::fmt;
use std::str::FromStr;

use crate::domain::mail::MailKind;
use crate::domain::problem::Problem;

/// One text that can be changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum TextKey {
    /// Subject and body of a mail.
    Mail(MailKind),
    /// Ends every mail.
    Signature,
    /// The paragraph on a further reissue, which several mails include.
    ReissueAgain,
    /// What is said on the phone to the procedure contact.
    OvScript,
    /// What is said on the phone to the application's responsible person.
    EvScript,
    /// What to say when a call goes another way.
    Situations,
}

/// The page of the settings on which a text is found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Family {
    Mails,
    CallScripts,
}

impl TextKey {
    const OTHERS: [Self; 5] = [Self::Signature, Self::ReissueAgain, Self::OvScript, Self::EvScript, Self::Situations];

    pub fn all() -> impl Iterator<Item = Self> {
        MailKind::ALL.into_iter().map(Self::Mail).chain(Self::OTHERS)
    }

    pub fn of(family: Family) -> impl Iterator<Item = Self> {
        Self::all().filter(move |key| key.family() == family)
    }

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Mail(kind) => kind.as_str(),
            Self::Signature => "signature",
            Self::ReissueAgain => "reissue_again",
            Self::OvScript => "ov_script",
            Self::EvScript => "ev_script",
            Self::Situations => "situations",
        }
    }

    pub fn family(self) -> Family {
        match self {
            Self::Mail(_) | Self::Signature | Self::ReissueAgain => Family::Mails,
            Self::OvScript | Self::EvScript | Self::Situations => Family::CallScripts,
        }
    }

    pub fn has_subject(self) -> bool {
        match self {
            Self::Mail(_) => true,
            Self::Signature | Self::ReissueAgain | Self::OvScript | Self::EvScript | Self::Situations => false,
        }
    }
}

impl fmt::Display for TextKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for TextKey {
    type Err = Problem;

    fn from_str(text: &str) -> Result<Self, Problem> {
        Self::all().find(|key| key.as_str() == text).ok_or_else(|| Problem::new("text_not_found").with("value", text))
    }
}
