//! Mails about a case, an account, a proposal that nobody ever had: what a text looks like when it is sent.
//!
//! Owns the made-up facts; who reads the sample is their recipient.

use chrono::{DateTime, NaiveDate, Utc};

use super::account::{AccountLetter, AccountOccasion, compose_account};
use super::alarm::{AlarmLetter, compose_alarm};
use super::compose::compose;
use super::filling::{Words, desk_facts};
use super::form_request::{self, FormLetter, FormReader};
use super::letter::{CallInVain, Callee, CaseLetter, CertificateFacts, Failure, Occasion, Performer, ReissueAgain};
use super::proposal::{self, ProposalLetter, ProposalOccasion};
use crate::domain::alarm::{Alarm, AlarmKind};
use crate::domain::application::ReissueReason;
use crate::domain::calendar::jst;
use crate::domain::call::CallOutcome;
use crate::domain::call_band::CallBand;
use crate::domain::certificate::ValidationType;
use crate::domain::contact::ContactRole;
use crate::domain::mail::{ComposedMail, MailKind, Recipient};
use crate::domain::problem::Problem;
use crate::domain::reception_number::ReceptionNumber;
use crate::domain::text::template::Facts;
use crate::domain::text::{TextFault, TextKey};
use crate::messages::{Texts, dates};
use crate::settings::Desk;

/// Which case the sample is about: texts differ between them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Sample {
    /// One reader, nothing shortened.
    #[default]
    Ov,
    /// Two readers, other domains, a shortened replacement.
    Ev,
    /// Revoked at once, without a date, nothing issued yet.
    KeyCompromise,
}

impl Sample {
    pub const ALL: [Self; 3] = [Self::Ov, Self::Ev, Self::KeyCompromise];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Ov => "ov",
            Self::Ev => "ev",
            Self::KeyCompromise => "key_compromise",
        }
    }
}

impl std::str::FromStr for Sample {
    type Err = Problem;

    fn from_str(text: &str) -> Result<Self, Problem> {
        Self::ALL
            .into_iter()
            .find(|sample| sample.as_str() == text)
            .ok_or_else(|| Problem::on("sample", "value_unknown").with("value", text))
    }
}

/// The mail of this kind about the sample, to `reader`. `url` is where browsers reach the program.
pub fn compose_sample(
    kind: MailKind,
    sample: Sample,
    reader: &Recipient,
    url: &str,
    words: Words<'_>,
) -> Result<ComposedMail, TextFault> {
    let made_up = MadeUp { sample, reader, url };
    match made_up.subject(kind) {
        Subject::Case(occasion) => {
            let letter = made_up.case().map_err(|problem| TextFault::new(TextKey::Mail(kind), &problem))?;
            compose(&occasion, &letter, words)
        }
        Subject::Account(occasion) => compose_account(&occasion, &made_up.account(), words),
        Subject::Proposal(occasion) => proposal::compose(&occasion, &made_up.proposal(), words),
        Subject::Form(form_reader) => form_request::compose(form_reader, &made_up.form(), words),
        Subject::Alarm => compose_alarm(&alarm(), AlarmLetter { to: reader.clone(), url }, words),
    }
}

/// The mail in which this text is read: a text that is part of many is shown in one of them. `None`: it is said, not
/// written.
pub fn carrier(key: TextKey) -> Option<MailKind> {
    match key {
        TextKey::Mail(kind) => Some(kind),
        TextKey::Signature => Some(MailKind::ApplicationReceived),
        TextKey::ReissueAgain => Some(MailKind::ReplacementIssued),
        TextKey::OvScript | TextKey::EvScript | TextKey::Situations => None,
    }
}

/// The sample as a test mail to its author: its subject says that it is one.
pub fn compose_test(
    key: TextKey,
    sample: Sample,
    reader: &Recipient,
    url: &str,
    words: Words<'_>,
) -> Result<Option<ComposedMail>, TextFault> {
    let Some(kind) = carrier(key) else { return Ok(None) };
    let mail = compose_sample(kind, sample, reader, url, words)?;
    Ok(Some(ComposedMail { subject: Texts::JA.f("texts.test_subject", &[("subject", &mail.subject)]), ..mail }))
}

/// What a call script is filled with when the sample is called by `agent`.
pub fn call_facts(sample: Sample, agent: &str, desk: &Desk) -> Facts {
    let ev = sample == Sample::Ev;
    let role = if ev { ContactRole::ApplicationResponsible } else { ContactRole::ProcedureContact };
    desk_facts(desk)
        .text("agent", agent)
        .text("department", word("department"))
        .text("role", Texts::JA.s(&format!("mail.role.{}", role.as_str())))
        .text("role_name", word(if ev { "responsible" } else { "contact" }))
        .text("procedure_contact", word("contact"))
        .text("filed_on", dates::long(Texts::JA, day(8, 6)))
        .text("common_name", COMMON_NAME)
        .text("old_to", dates::long(Texts::JA, day(12, 31)))
}

/// What a mail is about, with why it is written.
enum Subject {
    Case(Occasion),
    Account(AccountOccasion),
    Proposal(ProposalOccasion),
    Form(FormReader),
    Alarm,
}

struct MadeUp<'a> {
    sample: Sample,
    reader: &'a Recipient,
    url: &'a str,
}

const COMMON_NAME: &str = "shop.example.jp";
const OLD_SERIAL: &str = "4a910ce75d22b87c3a4a910ce75d22b87c3a";
const NEW_SERIAL: &str = "1f63aa02c9d471e2901f63aa02c9d471e290";

impl MadeUp<'_> {
    fn subject(&self, kind: MailKind) -> Subject {
        let link = || (format!("{}/portal/password/{}", self.url, "x".repeat(43)), at(18, 0));
        let by = || Performer::Customer { name: word("contact").to_owned() };
        match kind {
            MailKind::ApplicationReceived => Subject::Case(Occasion::ApplicationReceived),
            MailKind::ReplacementIssued => Subject::Case(Occasion::ReplacementIssued),
            MailKind::RevocationReminder => Subject::Case(Occasion::RevocationReminder { business_days: 5 }),
            MailKind::ContactUnreached => {
                let calls = [at(9, 14), at(11, 2), at(15, 40)];
                let calls = calls.map(|at| CallInVain { at, outcome: CallOutcome::NoAnswer }).to_vec();
                Subject::Case(Occasion::ContactUnreached { calls, reply_by: at(17, 0) })
            }
            MailKind::RequestedDateChanged => {
                Subject::Case(Occasion::RequestedDateChanged { before: day(11, 20), by: by() })
            }
            MailKind::Withdrawn => Subject::Case(Occasion::Withdrawn { by: by() }),
            MailKind::RevocationCompleted => {
                let confirmed_by_phone = self.sample != Sample::KeyCompromise;
                Subject::Case(Occasion::RevocationCompleted { revoked_at: at(10, 27), confirmed_by_phone })
            }
            MailKind::RevocationFailed => Subject::Case(Occasion::RevocationFailed(self.failure())),
            MailKind::ContactChangeNeeded => Subject::Case(Occasion::ContactChangeNeeded { reply_by: at(17, 0) }),
            MailKind::ContactChanged => Subject::Case(Occasion::ContactChanged),
            MailKind::OldCertificateInUse => {
                let hosts = vec![COMMON_NAME.to_owned(), format!("www.{COMMON_NAME}")];
                Subject::Case(Occasion::OldCertificateInUse { hosts })
            }
            MailKind::KeyCompromiseNotice => Subject::Case(Occasion::KeyCompromiseNotice { revoked_by: at(16, 5) }),
            MailKind::CaseExpired => Subject::Case(Occasion::CaseExpired),
            MailKind::CallBandNoted => {
                Subject::Case(Occasion::CallBandNoted { band: Some(CallBand::Morning), by: by() })
            }
            MailKind::ContactProposalReceived => Subject::Proposal(ProposalOccasion::Received),
            MailKind::ContactProposalArrived => Subject::Proposal(ProposalOccasion::Arrived),
            MailKind::ContactProposalDeclined => {
                Subject::Proposal(ProposalOccasion::Declined { ground: word("ground").to_owned() })
            }
            MailKind::FormRequestReceived => Subject::Form(FormReader::Customer),
            MailKind::FormRequested => Subject::Form(FormReader::Desk),
            MailKind::CustomerInvited => {
                let (url, until) = link();
                Subject::Account(AccountOccasion::Invited { url, until })
            }
            MailKind::PasswordReset => {
                let (url, until) = link();
                Subject::Account(AccountOccasion::PasswordReset { url, until })
            }
            MailKind::PasswordChanged => Subject::Account(AccountOccasion::PasswordChanged { at: at(10, 24) }),
            MailKind::Alarm => Subject::Alarm,
        }
    }

    fn case(&self) -> Result<CaseLetter, Problem> {
        let (ev, compromised) = (self.sample == Sample::Ev, self.sample == Sample::KeyCompromise);
        let new_to = if ev { day(12, 1) } else { day(12, 31) };
        let replacement = CertificateFacts { serial: NEW_SERIAL.parse()?, last_day: new_to };
        let callee = Callee {
            role: if ev { ContactRole::ApplicationResponsible } else { ContactRole::ProcedureContact },
            name: word(if ev { "responsible" } else { "contact" }).to_owned(),
            phone_tail: "4182".to_owned(),
        };
        Ok(CaseLetter {
            reception_number: number(),
            company: word("company").to_owned(),
            to: vec![self.reader.clone()],
            common_name: COMMON_NAME.to_owned(),
            other_domains: if ev { 2 } else { 0 },
            validation: if ev { ValidationType::Ev } else { ValidationType::Ov },
            reason: if compromised { ReissueReason::KeyCompromise } else { ReissueReason::ServerReplacement },
            key_compromise: compromised,
            source: CertificateFacts { serial: OLD_SERIAL.parse()?, last_day: day(12, 31) },
            replacement: (!compromised).then_some(replacement),
            requested_on: day(11, 23),
            due_on: if ev { day(11, 24) } else { day(11, 23) },
            change_until: jst(day(11, 20), 18, 0),
            callee,
            portal_url: format!("{}/portal/requests/{}", self.url, number()),
            reissue_again: ev.then(|| ReissueAgain {
                replacement_last_day: new_to,
                from: day(11, 14),
                until: None,
                entitlement_end: day(12, 31),
            }),
        })
    }

    fn failure(&self) -> Failure {
        Failure {
            batch_run: Some("118".to_owned()),
            error_code: "E-CA-TIMEOUT".to_owned(),
            error_text: "no answer within 30 s".to_owned(),
            next_attempt_at: Some(at(18, 45)),
            case_url: format!("{}/desk/cases/{}", self.url, number()),
        }
    }

    fn account(&self) -> AccountLetter {
        AccountLetter { company: word("company").to_owned(), to: self.reader.clone(), login: "hanako".to_owned() }
    }

    fn proposal(&self) -> ProposalLetter {
        ProposalLetter {
            reception_number: Some(number()),
            company: word("company").to_owned(),
            to: vec![self.reader.clone()],
            role: ContactRole::ProcedureContact,
            successor: self.reader.clone(),
            phone_tail: "4182".to_owned(),
            page_url: format!("{}/portal/requests/{}", self.url, number()),
        }
    }

    fn form(&self) -> FormLetter {
        FormLetter {
            to: vec![self.reader.clone()],
            company: word("company").to_owned(),
            reception_number: number(),
            common_name: COMMON_NAME.to_owned(),
            other_domains: 2,
            validation: ValidationType::Ov,
            last_day: day(12, 31),
            form: "new_application",
            asked_by: word("contact").to_owned(),
            asked_at: at(10, 5),
            portal_url: format!("{}/portal/certificates/{}", self.url, number()),
            desk_url: format!("{}/desk/mails?q={}", self.url, number()),
        }
    }
}

fn alarm() -> Alarm {
    let examples = vec![number().to_string()];
    Alarm { kind: AlarmKind::Overdue, count: 1, instant: at(18, 30), examples, run: None }
}

fn number() -> ReceptionNumber {
    ReceptionNumber::new(day(8, 6), 182)
}

fn day(month: u32, day: u32) -> NaiveDate {
    NaiveDate::from_ymd_opt(2026, month, day).unwrap_or_default()
}

/// On 2026-11-24.
fn at(hour: u32, minute: u32) -> DateTime<Utc> {
    jst(day(11, 24), hour, minute)
}

fn word(name: &str) -> &'static str {
    Texts::JA.s(&format!("texts.sample.{name}"))
}
