//! Which mails exist, and to whom one may go.
//!
//! Owns the storage names of the mails of `copy-ja.md` section 3 and of the accounts' mails, and the check of names and addresses. What a mail
//! says and how it travels is `mail/`.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use sha2::{Digest, Sha256};

use super::problem::Problem;

/// One kind of mail: one file in `views/mail/`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum MailKind {
    /// M01 申請受付
    ApplicationReceived,
    /// 発行完了と予定日
    ReplacementIssued,
    /// M02 失効予定のご案内
    RevocationReminder,
    /// M03 電話での確認が取れない場合
    ContactUnreached,
    /// M04 失効希望日の変更
    RequestedDateChanged,
    /// M05 失効の取り下げ
    Withdrawn,
    /// M06 失効完了
    RevocationCompleted,
    /// M07 失効の失敗, to the desk itself
    RevocationFailed,
    /// M08 担当者変更のお願い
    ContactChangeNeeded,
    /// M09 担当者変更の完了
    ContactChanged,
    /// M10 新しい証明書が未設置
    OldCertificateInUse,
    /// M11 鍵の漏えい
    KeyCompromiseNotice,
    /// 満了終了
    CaseExpired,
    /// お電話の時間帯
    CallBandNoted,
    /// 担当者変更のお申し出を承りました
    ContactProposalReceived,
    /// A customer named a successor; to the desk itself
    ContactProposalArrived,
    /// 担当者変更のお申し出の差し戻し
    ContactProposalDeclined,
    /// A form was asked for, to the customer
    FormRequestReceived,
    /// A form was asked for; to the desk itself
    FormRequested,
    /// The invitation to the portal
    CustomerInvited,
    /// The link to choose a new password
    PasswordReset,
    /// A password was set or changed
    PasswordChanged,
    /// Something needs a person at once; to the desk itself
    Alarm,
}

impl MailKind {
    pub const ALL: [Self; 23] = [
        Self::ApplicationReceived,
        Self::ReplacementIssued,
        Self::RevocationReminder,
        Self::ContactUnreached,
        Self::RequestedDateChanged,
        Self::Withdrawn,
        Self::RevocationCompleted,
        Self::RevocationFailed,
        Self::ContactChangeNeeded,
        Self::ContactChanged,
        Self::OldCertificateInUse,
        Self::KeyCompromiseNotice,
        Self::CaseExpired,
        Self::CallBandNoted,
        Self::ContactProposalReceived,
        Self::ContactProposalArrived,
        Self::ContactProposalDeclined,
        Self::FormRequestReceived,
        Self::FormRequested,
        Self::CustomerInvited,
        Self::PasswordReset,
        Self::PasswordChanged,
        Self::Alarm,
    ];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::ApplicationReceived => "application_received",
            Self::ReplacementIssued => "replacement_issued",
            Self::RevocationReminder => "revocation_reminder",
            Self::ContactUnreached => "contact_unreached",
            Self::RequestedDateChanged => "requested_date_changed",
            Self::Withdrawn => "withdrawn",
            Self::RevocationCompleted => "revocation_completed",
            Self::RevocationFailed => "revocation_failed",
            Self::ContactChangeNeeded => "contact_change_needed",
            Self::ContactChanged => "contact_changed",
            Self::OldCertificateInUse => "old_certificate_in_use",
            Self::KeyCompromiseNotice => "key_compromise_notice",
            Self::CaseExpired => "case_expired",
            Self::CallBandNoted => "call_band_noted",
            Self::ContactProposalReceived => "contact_proposal_received",
            Self::ContactProposalArrived => "contact_proposal_arrived",
            Self::ContactProposalDeclined => "contact_proposal_declined",
            Self::FormRequestReceived => "form_request_received",
            Self::FormRequested => "form_requested",
            Self::CustomerInvited => "customer_invited",
            Self::PasswordReset => "password_reset",
            Self::PasswordChanged => "password_changed",
            Self::Alarm => "alarm",
        }
    }

    /// Goes before all others, however many wait.
    pub fn goes_first(self) -> bool {
        self == Self::Alarm
    }

    /// Whether it tells the customers of a case how their case goes: what the desk may send once more to many at once.
    pub fn is_notice(self) -> bool {
        match self {
            Self::ApplicationReceived
            | Self::ReplacementIssued
            | Self::RevocationReminder
            | Self::ContactUnreached
            | Self::RequestedDateChanged
            | Self::Withdrawn
            | Self::RevocationCompleted
            | Self::ContactChangeNeeded
            | Self::ContactChanged
            | Self::OldCertificateInUse
            | Self::KeyCompromiseNotice
            | Self::CaseExpired
            | Self::CallBandNoted => true,
            Self::RevocationFailed
            | Self::ContactProposalReceived
            | Self::ContactProposalArrived
            | Self::ContactProposalDeclined
            | Self::FormRequestReceived
            | Self::FormRequested
            | Self::CustomerInvited
            | Self::PasswordReset
            | Self::PasswordChanged
            | Self::Alarm => false,
        }
    }

    /// Whether its text lets whoever reads it into an account. Only the recipient may: nobody at the desk sees it, it is
    /// never sent once more, and it is not kept after sending.
    pub fn holds_secret(self) -> bool {
        match self {
            Self::CustomerInvited | Self::PasswordReset => true,
            Self::ApplicationReceived
            | Self::ReplacementIssued
            | Self::RevocationReminder
            | Self::ContactUnreached
            | Self::RequestedDateChanged
            | Self::Withdrawn
            | Self::RevocationCompleted
            | Self::RevocationFailed
            | Self::ContactChangeNeeded
            | Self::ContactChanged
            | Self::OldCertificateInUse
            | Self::KeyCompromiseNotice
            | Self::CaseExpired
            | Self::CallBandNoted
            | Self::PasswordChanged
            | Self::ContactProposalReceived
            | Self::ContactProposalArrived
            | Self::ContactProposalDeclined
            | Self::FormRequestReceived
            | Self::FormRequested
            | Self::Alarm => false,
        }
    }
}

impl FromStr for MailKind {
    type Err = Problem;

    fn from_str(text: &str) -> Result<Self, Problem> {
        Self::ALL
            .into_iter()
            .find(|kind| kind.as_str() == text)
            .ok_or_else(|| Problem::on("kind", "mail_kind_unknown").with("value", text))
    }
}

/// A mail in words, ready for the outbox.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ComposedMail {
    pub kind: MailKind,
    pub recipients: Vec<Recipient>,
    pub subject: String,
    pub text: String,
    pub html: String,
}

/// The same mail has the same Message-ID however often it is sent, so that a receiver can drop the second one:
/// `<RQ-260806-0182.revocation_completed.1f2e3d4c5b6a7988@desk.example.com>`. The last part stands for `event_key`,
/// which may hold anything; the first is what the mail is about.
pub fn message_id(about: &str, kind: MailKind, event_key: &str, public_url: &str) -> String {
    let key = hex::encode(&Sha256::digest(event_key.as_bytes())[..8]);
    format!("<{about}.{}.{key}@{}>", kind.as_str(), host(public_url))
}

/// `https://desk.example.com:8443` → `desk.example.com`
pub fn host(public_url: &str) -> &str {
    let authority = public_url.split_once("://").map_or(public_url, |(_, rest)| rest);
    let authority = authority.split('/').next().unwrap_or(authority);
    if authority.starts_with('[') {
        return authority.split_inclusive(']').next().unwrap_or(authority);
    }
    authority.split(':').next().unwrap_or(authority)
}

/// One person or mailbox that a mail goes to. A value of this type can always be written into a header: control
/// characters (a line break in a name makes the mail library panic) and marks that turn the reading direction do not
/// pass.
#[derive(Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "Written")]
pub struct Recipient {
    name: String,
    email: String,
}

/// Characters. Longer than any name in a contact record; the header stays below its limit of 998 octets a line.
const MAX_NAME_CHARS: usize = 100;
/// Octets (RFC 5321, 4.5.3.1).
const MAX_EMAIL: usize = 254;
const MAX_LOCAL_PART: usize = 64;

impl Recipient {
    /// `email` may have a domain in Japanese letters; it is kept in its ASCII form.
    pub fn new(name: &str, email: &str) -> Result<Self, Problem> {
        let name = name.trim();
        if name.is_empty() {
            return Err(Problem::on("name", "recipient_name_missing"));
        }
        if name.chars().count() > MAX_NAME_CHARS {
            return Err(Problem::on("name", "recipient_name_too_long").with("limit", MAX_NAME_CHARS));
        }
        one_line("name", name)?;
        Ok(Self { name: name.to_owned(), email: address(email.trim())? })
    }

    pub fn name(&self) -> &str {
        &self.name
    }

    pub fn email(&self) -> &str {
        &self.email
    }
}

/// Logs never carry a name or an address.
impl fmt::Debug for Recipient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Recipient(..)")
    }
}

/// As it lies in the database; checked again when it is read.
#[derive(Deserialize)]
struct Written {
    name: String,
    email: String,
}

impl TryFrom<Written> for Recipient {
    type Error = Problem;

    fn try_from(written: Written) -> Result<Self, Problem> {
        Self::new(&written.name, &written.email)
    }
}

/// Refuses what must not stand in one line of text: control characters, line and paragraph separators, and the marks
/// that override the reading direction (they make a text read other than it is).
pub fn one_line(field: &'static str, text: &str) -> Result<(), Problem> {
    match text.chars().find(|character| is_unfit_for_a_line(*character)) {
        Some(found) => {
            let code_point = format!("U+{:04X}", u32::from(found));
            Err(Problem::on(field, "control_character").with("code_point", code_point))
        }
        None => Ok(()),
    }
}

pub fn is_unfit_for_a_line(character: char) -> bool {
    let turns_direction =
        matches!(character, '\u{061C}' | '\u{200E}' | '\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}');
    character.is_control() || turns_direction || matches!(character, '\u{2028}' | '\u{2029}' | '\u{FEFF}')
}

/// A mail address as every server takes it: an unquoted ASCII local part and a host name.
pub fn address(text: &str) -> Result<String, Problem> {
    let malformed = || Problem::on("email", "email_malformed");
    one_line("email", text)?;
    let (local, domain) = text.rsplit_once('@').ok_or_else(malformed)?;
    let domain = idna::domain_to_ascii(domain).map_err(|_| malformed())?;
    let address = format!("{local}@{domain}");
    let fits = address.len() <= MAX_EMAIL && local.len() <= MAX_LOCAL_PART;
    if fits && local.split('.').all(is_atom) && domain.split('.').all(is_host_label) {
        Ok(address)
    } else {
        Err(malformed())
    }
}

/// RFC 5322, 3.2.3.
fn is_atom(part: &str) -> bool {
    !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"!#$%&'*+-/=?^_`{|}~".contains(&byte))
}

fn is_host_label(label: &str) -> bool {
    let letters = label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
    letters && (1..=63).contains(&label.len()) && !label.starts_with('-') && !label.ends_with('-')
}
