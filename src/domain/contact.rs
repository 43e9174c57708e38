//! Whom to phone and why, and which number may be dialled.
//!
//! The number comes only from a validated contact record; a number told in an application or during a call is
//! never dialled for a confirmation.

use chrono::NaiveDate;

use super::certificate::ValidationType;
use super::named::named;
use super::problem::Problem;

named! {
    #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
    pub enum ContactRole {
        /// 手続き担当者
        ProcedureContact = "procedure_contact",
        /// 申請責任者
        ApplicationResponsible = "application_responsible",
    }
    else |text| Problem::on("role", "contact_role_unknown").with("value", text)
}

/// OV → 手続き担当者, EV → 申請責任者 (the manual). Other certificates have no case, hence nobody to phone.
pub fn whom_to_phone(validation: ValidationType) -> Option<ContactRole> {
    match validation {
        ValidationType::Ov => Some(ContactRole::ProcedureContact),
        ValidationType::Ev => Some(ContactRole::ApplicationResponsible),
        ValidationType::Dv | ValidationType::Iv | ValidationType::Unknown => None,
    }
}

named! {
    /// How far the handover from one contact to the next has come, whoever began it.
    #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
    pub enum HandoverStage {
        /// 受付: a customer named a successor; the desk has not verified the number.
        Received = "received",
        /// 確認中: verified, waiting for the approval of a second person.
        Checking = "checking",
        /// 承認
        Approved = "approved",
        /// 差し戻し
        Declined = "declined",
    }
    else |text| Problem::on("view", "view_unknown").with("value", text)
}

/// A telephone number as it is dialled: `+` and digits (E.164), with the written form kept for the eye.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PhoneNumber {
    written: String,
    e164: String,
    extension: Option<String>,
}

impl PhoneNumber {
    /// Reads `03-0000-4182`, `+81 3 0000 4182`, `06-0000-3390 内線 2104`. Full-width digits are folded.
    pub fn parse(text: &str) -> Result<Self, Problem> {
        use unicode_normalization::UnicodeNormalization;
        let folded: String = text.trim().nfkc().collect();
        let refused = || Problem::on("phone", "phone_malformed");
        let (number, extension) = split_extension(&folded);
        if number.chars().any(|c| !(c.is_ascii_digit() || "+-() ‐−ー".contains(c))) {
            return Err(refused());
        }
        let digits: String = number.chars().filter(char::is_ascii_digit).collect();
        let e164 = if number.starts_with('+') {
            format!("+{digits}")
        } else {
            // Japanese national format: the trunk zero is replaced by the country code.
            format!("+81{}", digits.strip_prefix('0').ok_or_else(refused)?)
        };
        // E.164: at most 15 digits; the shortest Japanese subscriber number has 9 with its country code.
        if !(9..=15).contains(&(e164.len() - 1)) {
            return Err(refused());
        }
        let written = number.trim().replace(['‐', '−', 'ー'], "-");
        Ok(Self { written, e164, extension })
    }

    pub fn written(&self) -> &str {
        &self.written
    }

    pub fn e164(&self) -> &str {
        &self.e164
    }

    pub fn extension(&self) -> Option<&str> {
        self.extension.as_deref()
    }

    /// The last four digits: all that mails and the portal may show.
    pub fn tail(&self) -> &str {
        &self.e164[self.e164.len() - 4..]
    }

    /// A Japanese mobile number: 070, 080 or 090 and eight digits.
    pub fn is_mobile(&self) -> bool {
        // `+81`, then the number without its trunk zero; a landline has one digit less.
        const LENGTH: usize = "+819000000000".len();
        self.e164.len() == LENGTH && ["+8170", "+8180", "+8190"].iter().any(|prefix| self.e164.starts_with(prefix))
    }
}

/// 申請責任者 is phoned for EV only, on a number of the company that a third party's records show (the EV Guidelines'
/// verified method of communication): a mobile number is not found there. A malformed number is another check's concern.
pub fn check_reachable_by_third_party(role: ContactRole, phone: &str) -> Result<(), Problem> {
    let mobile = PhoneNumber::parse(phone).is_ok_and(|number| number.is_mobile());
    match role {
        ContactRole::ApplicationResponsible if mobile => Err(Problem::on("phone", "phone_mobile_only")),
        ContactRole::ApplicationResponsible | ContactRole::ProcedureContact => Ok(()),
    }
}

fn split_extension(text: &str) -> (&str, Option<String>) {
    for mark in ["\u{5185}\u{7dda}", "ext.", "ext", "x", "#"] {
        if let Some((number, extension)) = text.split_once(mark) {
            let digits: String = extension.chars().filter(char::is_ascii_digit).collect();
            return (number.trim(), (!digits.is_empty()).then_some(digits));
        }
    }
    (text, None)
}

/// A contact record may be dialled when the number was verified on or before the day of the call.
pub fn check_dialable(phone_source: &str, verified_on: NaiveDate, today: NaiveDate) -> Result<(), Problem> {
    if phone_source.trim().is_empty() {
        return Err(Problem::on("phone_source", "phone_source_missing"));
    }
    if verified_on > today {
        return Err(Problem::on("verified_on", "verified_in_future").with("verified_on", verified_on));
    }
    Ok(())
}
