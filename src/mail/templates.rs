//! The templates of `views/mail/`: three files for each mail.

use askama::Template;

use super::account::{AccountOccasion, AccountWords};
use super::alarm::AlarmWords;
use super::compose::{self, FailureWords, Placeholders};
use super::form_request::{FormReader, FormWords};
use super::letter::Occasion;
use super::proposal::{ProposalOccasion, ProposalWords};
use super::width;
use crate::domain::mail::{ComposedMail, MailKind, Recipient};
use crate::messages::{Texts, dates};

/// The three files of one mail, filled.
pub(super) struct Filled {
    pub subject: String,
    pub text: String,
    pub html: String,
}

impl Filled {
    pub(super) fn addressed(self, kind: MailKind, recipients: Vec<Recipient>) -> ComposedMail {
        ComposedMail {
            kind,
            recipients,
            subject: compose::one_line(&self.subject),
            text: width::fit(&self.text),
            html: self.html,
        }
    }
}

/// Declares the templates of one mail with the facts that only this mail has, and a function that fills them. A mail
/// about a case has [`Placeholders`]; another one names what it has in their place.
macro_rules! mail {
    ($name:ident, $subject:tt, $text:tt, $html:tt $(, $fact:ident: $type:ty)*) => {
        mail!($name for Placeholders, $subject, $text, $html $(, $fact: $type)*);
    };
    ($name:ident for $words:ident, $subject:tt, $text:tt, $html:tt $(, $fact:ident: $type:ty)*) => {
        mod $name {
            use super::*;

            #[derive(Template)]
            #[template(path = $subject)]
            #[allow(dead_code, reason = "a subject does not name every fact")]
            struct Subject<'a> {
                p: &'a $words,
                $($fact: &'a $type,)*
            }

            #[derive(Template)]
            #[template(path = $text)]
            struct Text<'a> {
                p: &'a $words,
                $($fact: &'a $type,)*
            }

            #[derive(Template)]
            #[template(path = $html)]
            struct Html<'a> {
                subject: &'a str,
                p: &'a $words,
                $($fact: &'a $type,)*
            }

            pub(super) fn fill(p: &$words $(, $fact: &$type)*) -> askama::Result<Filled> {
                let subject = Subject { p $(, $fact)* }.render()?;
                let text = Text { p $(, $fact)* }.render()?;
                let html = Html { subject: &subject, p $(, $fact)* }.render()?;
                Ok(Filled { subject, text, html })
            }
        }
    };
}

mail!(
    application_received,
    "mail/application_received/subject.txt",
    "mail/application_received/body.txt",
    "mail/application_received/body.html"
);
mail!(
    replacement_issued,
    "mail/replacement_issued/subject.txt",
    "mail/replacement_issued/body.txt",
    "mail/replacement_issued/body.html"
);
mail!(
    revocation_reminder,
    "mail/revocation_reminder/subject.txt",
    "mail/revocation_reminder/body.txt",
    "mail/revocation_reminder/body.html",
    n: u32
);
mail!(
    contact_unreached,
    "mail/contact_unreached/subject.txt",
    "mail/contact_unreached/body.txt",
    "mail/contact_unreached/body.html",
    calls: Vec<String>,
    reply_by: str
);
mail!(
    requested_date_changed,
    "mail/requested_date_changed/subject.txt",
    "mail/requested_date_changed/body.txt",
    "mail/requested_date_changed/body.html",
    revoke_on_before: str,
    actor: str
);
mail!(
    withdrawn,
    "mail/withdrawn/subject.txt",
    "mail/withdrawn/body.txt",
    "mail/withdrawn/body.html",
    actor: str
);
mail!(
    revocation_completed,
    "mail/revocation_completed/subject.txt",
    "mail/revocation_completed/body.txt",
    "mail/revocation_completed/body.html",
    revoked_at: str,
    confirmed_by_phone: bool
);
mail!(
    revocation_failed,
    "mail/revocation_failed/subject.txt",
    "mail/revocation_failed/body.txt",
    "mail/revocation_failed/body.html",
    failure: FailureWords
);
mail!(
    contact_change_needed,
    "mail/contact_change_needed/subject.txt",
    "mail/contact_change_needed/body.txt",
    "mail/contact_change_needed/body.html",
    reply_by: str
);
mail!(
    contact_changed,
    "mail/contact_changed/subject.txt",
    "mail/contact_changed/body.txt",
    "mail/contact_changed/body.html"
);
mail!(
    old_certificate_in_use,
    "mail/old_certificate_in_use/subject.txt",
    "mail/old_certificate_in_use/body.txt",
    "mail/old_certificate_in_use/body.html",
    hosts: Vec<String>
);
mail!(
    key_compromise_notice,
    "mail/key_compromise_notice/subject.txt",
    "mail/key_compromise_notice/body.txt",
    "mail/key_compromise_notice/body.html",
    reply_by: str
);
mail!(
    customer_invited for AccountWords,
    "mail/customer_invited/subject.txt",
    "mail/customer_invited/body.txt",
    "mail/customer_invited/body.html",
    url: str,
    until: str
);
mail!(
    password_reset for AccountWords,
    "mail/password_reset/subject.txt",
    "mail/password_reset/body.txt",
    "mail/password_reset/body.html",
    url: str,
    until: str
);
mail!(
    password_changed for AccountWords,
    "mail/password_changed/subject.txt",
    "mail/password_changed/body.txt",
    "mail/password_changed/body.html",
    changed_at: str
);
mail!(
    call_band_noted,
    "mail/call_band_noted/subject.txt",
    "mail/call_band_noted/body.txt",
    "mail/call_band_noted/body.html",
    band: str,
    any_time: bool,
    actor: str
);
mail!(case_expired, "mail/case_expired/subject.txt", "mail/case_expired/body.txt", "mail/case_expired/body.html");

mail!(
    contact_proposal_received for ProposalWords,
    "mail/contact_proposal_received/subject.txt",
    "mail/contact_proposal_received/body.txt",
    "mail/contact_proposal_received/body.html"
);
mail!(
    contact_proposal_arrived for ProposalWords,
    "mail/contact_proposal_arrived/subject.txt",
    "mail/contact_proposal_arrived/body.txt",
    "mail/contact_proposal_arrived/body.html"
);
mail!(
    contact_proposal_declined for ProposalWords,
    "mail/contact_proposal_declined/subject.txt",
    "mail/contact_proposal_declined/body.txt",
    "mail/contact_proposal_declined/body.html",
    ground: str
);

mail!(
    form_request_received for FormWords,
    "mail/form_request_received/subject.txt",
    "mail/form_request_received/body.txt",
    "mail/form_request_received/body.html"
);
mail!(
    form_requested for FormWords,
    "mail/form_requested/subject.txt",
    "mail/form_requested/body.txt",
    "mail/form_requested/body.html"
);

mail!(alarm for AlarmWords, "mail/alarm/subject.txt", "mail/alarm/body.txt", "mail/alarm/body.html");

pub(super) fn fill_alarm(p: &AlarmWords) -> askama::Result<Filled> {
    alarm::fill(p)
}

pub(super) fn fill_form_request(reader: FormReader, p: &FormWords) -> askama::Result<Filled> {
    match reader {
        FormReader::Customer => form_request_received::fill(p),
        FormReader::Desk => form_requested::fill(p),
    }
}

pub(super) fn fill_proposal(occasion: &ProposalOccasion, p: &ProposalWords) -> askama::Result<Filled> {
    match occasion {
        ProposalOccasion::Received => contact_proposal_received::fill(p),
        ProposalOccasion::Arrived => contact_proposal_arrived::fill(p),
        ProposalOccasion::Declined { ground } => contact_proposal_declined::fill(p, &compose::one_line(ground)),
    }
}

pub(super) fn fill(occasion: &Occasion, p: &Placeholders) -> askama::Result<Filled> {
    match occasion {
        Occasion::ApplicationReceived => application_received::fill(p),
        Occasion::ReplacementIssued => replacement_issued::fill(p),
        Occasion::RevocationReminder { business_days } => revocation_reminder::fill(p, business_days),
        Occasion::ContactUnreached { calls, reply_by } => {
            let calls = calls.iter().map(compose::call_in_vain).collect();
            contact_unreached::fill(p, &calls, &compose::instant(*reply_by))
        }
        Occasion::RequestedDateChanged { before, by } => {
            requested_date_changed::fill(p, &dates::long(Texts::JA, *before), &compose::performer(by, p))
        }
        Occasion::Withdrawn { by } => withdrawn::fill(p, &compose::performer(by, p)),
        Occasion::RevocationCompleted { revoked_at, confirmed_by_phone } => {
            revocation_completed::fill(p, &compose::instant(*revoked_at), confirmed_by_phone)
        }
        Occasion::RevocationFailed(failure) => revocation_failed::fill(p, &compose::failure(failure)),
        Occasion::ContactChangeNeeded { reply_by } => contact_change_needed::fill(p, &compose::instant(*reply_by)),
        Occasion::ContactChanged => contact_changed::fill(p),
        Occasion::OldCertificateInUse { hosts } => {
            old_certificate_in_use::fill(p, &hosts.iter().map(|host| compose::one_line(host)).collect())
        }
        Occasion::KeyCompromiseNotice { revoked_by } => key_compromise_notice::fill(p, &compose::instant(*revoked_by)),
        Occasion::CaseExpired => case_expired::fill(p),
        Occasion::CallBandNoted { band, by } => {
            let any_time = band.is_none();
            call_band_noted::fill(p, compose::call_band(*band), &any_time, &compose::performer(by, p))
        }
    }
}

pub(super) fn fill_account(occasion: &AccountOccasion, p: &AccountWords) -> askama::Result<Filled> {
    match occasion {
        AccountOccasion::Invited { url, until } => customer_invited::fill(p, url, &compose::instant(*until)),
        AccountOccasion::PasswordReset { url, until } => password_reset::fill(p, url, &compose::instant(*until)),
        AccountOccasion::PasswordChanged { at } => password_changed::fill(p, &compose::instant(*at)),
    }
}
