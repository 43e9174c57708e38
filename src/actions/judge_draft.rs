//! Judges an application while it is being written, by the rules that filing judges it by again.

use chrono::NaiveDate;
use sea_orm::prelude::DateTimeUtc;

use super::csr_check;
use super::file_application::{CsrChoice, FileApplication, may_reuse_csr, read_csr, requested_date};
use crate::domain::application::{self, CrlReason, FilingChannel, ReissueReason, RequestedDate, parse_requested_on};
use crate::domain::csr::CsrFacts;
use crate::domain::problem::Problem;
use crate::errors::Result;
use crate::models::certificates::Certificate;
use crate::models::columns::DraftCsr;
use crate::models::reissue_drafts::Draft;
use crate::services::Services;

/// What a draft says so far, and what each of its steps still lacks.
#[derive(Debug)]
pub struct Judgement {
    pub reason: Result<ReissueReason, Problem>,
    /// What the CRL would say. While something is missing: that no key is compromised.
    pub crl_reason: CrlReason,
    pub date: Result<RequestedDate, Problem>,
    /// The request that was given, where it can be read and used.
    pub csr: Option<CsrFacts>,
    /// Whether the CSR of the source certificate may be used, and the desk has it.
    pub offers_reuse: bool,
    pub reason_problems: Vec<Problem>,
    pub csr_problems: Vec<Problem>,
    application: Option<(ReissueReason, Option<NaiveDate>)>,
}

impl Judgement {
    /// The application as the draft has it; `None` while a step lacks something.
    pub fn application(&self, draft: &Draft, agreement_version: String) -> Option<FileApplication> {
        let (reason, requested_on) = self.application.filter(|_| self.csr_problems.is_empty())?;
        Some(FileApplication {
            certificate_id: draft.certificate_id,
            draft: Some(draft.id),
            reason,
            key_possibly_exposed: draft.key_possibly_exposed,
            requested_on,
            csr: csr_choice(draft),
            agreement_version,
            channel: FilingChannel::Portal,
            caller: None,
        })
    }
}

pub async fn judge_draft(desk: &Services, draft: &Draft, source: &Certificate, now: DateTimeUtc) -> Result<Judgement> {
    let reason: Result<ReissueReason, Problem> = draft.reason.parse();
    let known = reason.as_ref().copied().unwrap_or(ReissueReason::Other);
    let fixed = application::revocation_reason(known, draft.key_possibly_exposed);
    let crl_reason = fixed.as_ref().copied().unwrap_or(CrlReason::Superseded);
    let requested_on = match crl_reason {
        CrlReason::KeyCompromise => Ok(None),
        CrlReason::Superseded => parse_requested_on(&draft.requested_on).map(Some),
    };
    let date = requested_on.clone().and_then(|day| requested_date(desk, Some(crl_reason), day, source, now));
    let problems = [reason.as_ref().err(), fixed.as_ref().err(), date.as_ref().err()];
    let reason_problems: Vec<Problem> = problems.into_iter().flatten().cloned().collect();
    let offers_reuse = may_reuse_csr(known, crl_reason) && source.csr_der.is_some();
    let (csr, csr_problems) = judge_csr(desk, draft, source, (known, crl_reason), offers_reuse).await?;
    let application = reason_problems.is_empty().then_some((known, requested_on.ok().flatten()));
    Ok(Judgement { reason, crl_reason, date, csr, offers_reuse, reason_problems, csr_problems, application })
}

async fn judge_csr(
    desk: &Services,
    draft: &Draft,
    source: &Certificate,
    (reason, crl_reason): (ReissueReason, CrlReason),
    offers_reuse: bool,
) -> Result<(Option<CsrFacts>, Vec<Problem>)> {
    if draft.csr_choice == DraftCsr::Given {
        return Ok(match csr_check::read(&desk.db, draft.csr.as_bytes(), source, reason, crl_reason).await? {
            Ok(facts) => (Some(facts), Vec::new()),
            Err(problem) => (None, vec![problem]),
        });
    }
    let read = read_csr(&desk.db, &csr_choice(draft), reason, crl_reason, source).await?;
    let unknown = draft.csr_choice == DraftCsr::Reuse && !offers_reuse;
    let problem = read.err().or_else(|| unknown.then(|| Problem::on("csr", "csr_missing")));
    Ok((None, problem.into_iter().collect()))
}

fn csr_choice(draft: &Draft) -> CsrChoice {
    match draft.csr_choice {
        DraftCsr::Reuse => CsrChoice::Reuse,
        DraftCsr::Given => CsrChoice::Given(draft.csr.clone().into_bytes()),
        DraftCsr::Later => CsrChoice::Later,
    }
}
