//! The way out of mails, whether they are encrypted and signed, and the way back. Sends nothing.

use super::Patient;
use crate::domain::diagnosis::Finding;
use crate::domain::problem::Problem;
use crate::mail::Transport;
use crate::mail::maildir::Maildir;
use crate::mail::transport::Security;

pub async fn look(patient: &Patient<'_>) -> Vec<Finding> {
    let mut findings = vec![way_out(patient).await];
    let mail = &patient.settings.mail;
    let transport = Transport::from_settings(patient.settings);
    if let Ok(Transport::Smtp(smtp)) = &transport {
        findings.extend(match smtp.security() {
            Security::Plain => Some(Finding::warning(Problem::new("doctor_mail_plain"))),
            Security::Opportunistic => Some(Finding::warning(Problem::new("doctor_mail_opportunistic"))),
            Security::StartTls | Security::Tls => None,
        });
        if mail.dkim.is_none() {
            findings.push(Finding::warning(Problem::new("doctor_no_dkim")));
        }
        if mail.bounces.is_none() {
            findings.push(Finding::warning(Problem::new("doctor_no_bounces")));
        }
    }
    if let Some(bounces) = &mail.bounces {
        let named = |code| Problem::new(code).with("path", bounces.maildir.display());
        findings.push(match Maildir::new(bounces.maildir.clone()).waiting().await {
            Ok(_) => Finding::ok(named("doctor_bounces")),
            Err(error) => Finding::error(named("doctor_bounces_unreadable").with("reason", error)),
        });
    }
    findings
}

async fn way_out(patient: &Patient<'_>) -> Finding {
    match Transport::from_settings(patient.settings) {
        Err(error) => Finding::error(Problem::new("doctor_mail_settings").with("reason", error)),
        Ok(Transport::Files(_)) => Finding::for_production(patient.is_production, Problem::new("doctor_mail_files")),
        Ok(Transport::Smtp(smtp)) => match smtp.check().await {
            Ok(()) => Finding::ok(Problem::new("doctor_mail").with("server", smtp.place())),
            Err(error) => Finding::error(
                Problem::new("doctor_mail_unreachable").with("server", smtp.place()).with("reason", error),
            ),
        },
    }
}
