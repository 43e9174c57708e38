//! Files a reissue application and the revocation of its source certificate: one submission, one transaction.

use chrono::NaiveDate;
use sea_orm::prelude::DateTimeUtc;
use sea_orm::{ActiveModelTrait, ActiveValue::Set, ConnectionTrait, DatabaseTransaction};
use serde_json::json;

use super::checks::require_text;
use super::csr_check;
use super::letters;
use super::report_key_compromise::{Ground, compromise};
use crate::domain::actor::Actor;
use crate::domain::application::{
    self, CrlReason, EligibilityFacts, FilingChannel, Ineligibility, OpenCase, ReissueReason, RequestedDate,
};
use crate::domain::calendar::jst_date;
use crate::domain::case::CaseState;
use crate::domain::certificate::ValidationType;
use crate::domain::problem::Problem;
use crate::errors::{Error, Result};
use crate::mail::letter::Occasion;
use crate::models::audit_events::{self, Act};
use crate::models::certificates::{self, Certificate};
use crate::models::reissue_applications::{self, Application, NewConsent};
use crate::models::reissue_drafts;
use crate::models::revocation_cases::{self, Case};
use crate::models::transaction;
use crate::services::Services;

#[derive(Debug, Clone)]
pub struct FileApplication {
    pub certificate_id: i64,
    /// The draft that this application uses up: it files once, however often it is sent.
    pub draft: Option<i64>,
    pub reason: ReissueReason,
    pub key_possibly_exposed: Option<bool>,
    /// `None` only where the reason is key compromise, which takes no date.
    pub requested_on: Option<NaiveDate>,
    pub csr: CsrChoice,
    pub agreement_version: String,
    pub channel: FilingChannel,
    /// Who asked on the phone, and why the desk files for them.
    pub caller: Option<Caller>,
}

#[derive(Debug, Clone)]
pub enum CsrChoice {
    /// The CSR of the source certificate.
    Reuse,
    /// PEM or DER as given.
    Given(Vec<u8>),
    /// A new CSR follows. Only for key compromise, whose revocation does not wait for a replacement.
    Later,
}

#[derive(Debug, Clone)]
pub struct Caller {
    pub name: String,
    pub ground: String,
}

/// The case of the application, waiting for its replacement (or, for key compromise, for its revocation).
///
/// Refused with every reason at once: ineligible certificate, date out of limits, CSR, missing consent. A draft that was
/// filed before is a conflict that names its reception number. A customer's certificate must be of their organisation.
pub async fn file_application(
    desk: &Services,
    input: FileApplication,
    actor: &Actor,
    now: DateTimeUtc,
) -> Result<Case> {
    let txn = transaction::begin(&desk.db).await?;
    let case = enter(&txn, desk, input, actor, now).await?;
    txn.commit().await?;
    Ok(case)
}

/// The checks and rows of a filing, within the transaction of its caller.
pub(super) async fn enter(
    txn: &DatabaseTransaction,
    desk: &Services,
    input: FileApplication,
    actor: &Actor,
    now: DateTimeUtc,
) -> Result<Case> {
    if let Some(draft) = input.draft {
        reissue_drafts::use_up(txn, draft, input.certificate_id, actor, now).await?;
    }
    let source = certificates::by_id(txn, input.certificate_id).await?;
    let filing = examine(txn, desk, input, source, actor, now).await?;
    let application = filing.insert_application(txn, actor, now).await?;
    filing.insert_consent(txn, desk, &application, actor, now).await?;
    let case = filing.insert_case(txn, &application, actor, now).await?;
    letters::queue(txn, desk, &case, Occasion::ApplicationReceived, "filed", now).await?;
    let case = match filing.revocation_reason {
        CrlReason::KeyCompromise => compromise(txn, desk, &case, Ground::Application, actor, now).await?,
        CrlReason::Superseded => case,
    };
    if let Some(draft) = filing.input.draft {
        reissue_drafts::name_filed(txn, draft, case.reception_number).await?;
    }
    Ok(case)
}

/// What eligibility is judged by. Also answers the API's and the portal's question before anything is filed.
pub async fn eligibility_facts(
    db: &impl ConnectionTrait,
    source: &Certificate,
    subscriber_id: Option<i64>,
) -> Result<EligibilityFacts> {
    let open_case = revocation_cases::open_on_certificate(db, source.id).await?;
    Ok(EligibilityFacts {
        owned_by_applicant: subscriber_id.is_none_or(|id| id == source.subscriber_id),
        organisation_validated: matches!(source.validation, ValidationType::Ov | ValidationType::Ev),
        not_before: source.not_before,
        not_after: source.not_after,
        revoked: source.revoked_at.is_some(),
        open_case: open_case
            .map(|case| OpenCase { reception_number: case.reception_number, filed_on: jst_date(case.opened_at) }),
        organizational_units: source.facts()?.subject.organizational_units,
        validation_expires_on: source.validation_expires_on,
    })
}

/// An application that may be filed.
struct Filing {
    input: FileApplication,
    source: Certificate,
    revocation_reason: CrlReason,
    date: RequestedDate,
    csr_der: Option<Vec<u8>>,
    needs_reexamination: bool,
}

async fn examine(
    txn: &DatabaseTransaction,
    desk: &Services,
    input: FileApplication,
    source: Certificate,
    actor: &Actor,
    now: DateTimeUtc,
) -> Result<Filing> {
    let facts = eligibility_facts(txn, &source, actor.subscriber_id()).await?;
    let eligibility = application::eligibility(&facts, now);
    if !facts.owned_by_applicant {
        // Another organisation's certificate does not exist for the applicant.
        return Err(Error::not_found("certificate_not_found"));
    }
    let reason = application::revocation_reason(input.reason, input.key_possibly_exposed);
    let date = requested_date(desk, reason.as_ref().ok().copied(), input.requested_on, &source, now);
    let crl_reason = reason.as_ref().ok().copied().unwrap_or(CrlReason::Superseded);
    let only_revoked = is_only_revoked(&input, crl_reason, actor);
    let stands = |refusal: &&Ineligibility| !(only_revoked && refusal.yields_to_compromise());
    let mut problems: Vec<Problem> = eligibility.refusals.iter().filter(stands).map(Ineligibility::problem).collect();
    let csr_der = read_csr(txn, &input.csr, input.reason, crl_reason, &source).await?;
    problems.extend(lacking_caller(&input));
    if input.agreement_version != desk.agreement.version && !needs_no_consent(&input, crl_reason) {
        let current = &desk.agreement.version;
        problems.push(Problem::on("consent", "agreement_version_differs").with("current", current));
    }
    match (reason, date, csr_der) {
        (Ok(revocation_reason), Ok(date), Ok(csr_der)) if problems.is_empty() => Ok(Filing {
            needs_reexamination: eligibility.reexamination.is_some(),
            input,
            source,
            revocation_reason,
            date,
            csr_der,
        }),
        (reason, date, csr_der) => {
            problems.extend([reason.err(), date.err(), csr_der.err()].into_iter().flatten());
            Err(Error::Invalid(problems))
        }
    }
}

/// The staff takes the report of a compromised key also where no new certificate can be had: revoking comes first.
fn is_only_revoked(input: &FileApplication, crl_reason: CrlReason, actor: &Actor) -> bool {
    let later = matches!(input.csr, CsrChoice::Later);
    later && crl_reason == CrlReason::KeyCompromise && actor.subscriber_id().is_none()
}

/// Anybody may report a compromised key to the desk, also who cannot agree to anything for the subscriber.
fn needs_no_consent(input: &FileApplication, crl_reason: CrlReason) -> bool {
    let reported = input.channel == FilingChannel::Agent && crl_reason == CrlReason::KeyCompromise;
    reported && input.agreement_version.is_empty()
}

/// What the desk files for somebody else names that person and why.
fn lacking_caller(input: &FileApplication) -> Vec<Problem> {
    if input.channel != FilingChannel::Agent {
        return Vec::new();
    }
    let Some(caller) = &input.caller else { return vec![Problem::on("caller", "caller_missing")] };
    let mut problems = Vec::new();
    require_text("caller_name", &caller.name, &mut problems);
    if caller.ground.trim().is_empty() {
        problems.push(Problem::on("filing_ground", "filing_ground_missing"));
    }
    problems
}

/// Key compromise takes no date: it is due on the day it is filed.
pub(super) fn requested_date(
    desk: &Services,
    reason: Option<CrlReason>,
    requested_on: Option<NaiveDate>,
    source: &Certificate,
    now: DateTimeUtc,
) -> Result<RequestedDate, Problem> {
    let today = jst_date(now);
    match (reason, requested_on) {
        (Some(CrlReason::KeyCompromise), _) => Ok(RequestedDate { requested_on: today, due_on: today }),
        (_, None) => Err(Problem::on("requested_on", "requested_on_missing")),
        (_, Some(requested_on)) => {
            application::check_requested_on(requested_on, today, source.last_day(), &desk.calendar())
        }
    }
}

/// The CSR whose key the replacement gets. `None`: it follows, or it is that of the source and the desk does not have
/// it; then the replacement is issued elsewhere and registered.
pub(super) async fn read_csr(
    db: &impl ConnectionTrait,
    choice: &CsrChoice,
    reason: ReissueReason,
    crl_reason: CrlReason,
    source: &Certificate,
) -> Result<Result<Option<Vec<u8>>, Problem>> {
    let refused = |code| Ok(Err(Problem::on("csr", code)));
    match choice {
        CsrChoice::Reuse if !may_reuse_csr(reason, crl_reason) => refused("csr_reuse_refused"),
        CsrChoice::Reuse if certificates::is_key_blocked(db, &source.spki_sha256).await? => refused("csr_key_blocked"),
        CsrChoice::Reuse => Ok(Ok(source.csr_der.clone())),
        CsrChoice::Given(bytes) => {
            let read = csr_check::read(db, bytes, source, reason, crl_reason).await?;
            Ok(read.map(|facts| Some(facts.der)))
        }
        CsrChoice::Later if crl_reason == CrlReason::KeyCompromise => Ok(Ok(None)),
        CsrChoice::Later => refused("csr_later_refused"),
    }
}

/// A lost key cannot be installed, a compromised one must not be.
pub(super) fn may_reuse_csr(reason: ReissueReason, crl_reason: CrlReason) -> bool {
    match reason {
        ReissueReason::KeyLostOrDamaged | ReissueReason::KeyCompromise => false,
        ReissueReason::ServerReplacement | ReissueReason::Other => crl_reason == CrlReason::Superseded,
    }
}

impl Filing {
    async fn insert_application(
        &self,
        txn: &DatabaseTransaction,
        actor: &Actor,
        now: DateTimeUtc,
    ) -> Result<Application> {
        let number = reissue_applications::next_reception_number(txn, jst_date(now)).await?;
        let caller = self.input.caller.as_ref();
        let row = reissue_applications::ActiveModel {
            reception_number: Set(number),
            certificate_id: Set(self.source.id),
            reason: Set(self.input.reason),
            key_possibly_exposed: Set(self.input.key_possibly_exposed),
            requested_on: Set(self.input.requested_on),
            csr_der: Set(self.csr_der.clone()),
            csr_reused: Set(matches!(self.input.csr, CsrChoice::Reuse)),
            channel: Set(self.input.channel),
            caller_name: Set(caller.map(|caller| caller.name.clone())),
            filing_ground: Set(caller.map(|caller| caller.ground.clone())),
            filed_by: Set(actor.key()),
            filed_by_name: Set(actor.name().to_owned()),
            filed_at: Set(now),
            needs_reexamination: Set(self.needs_reexamination),
            ..Default::default()
        };
        Ok(row.insert(txn).await?)
    }

    async fn insert_consent(
        &self,
        txn: &DatabaseTransaction,
        desk: &Services,
        application: &Application,
        actor: &Actor,
        now: DateTimeUtc,
    ) -> Result<()> {
        if self.input.agreement_version.is_empty() {
            return Ok(());
        }
        let consent = NewConsent {
            application_id: Set(application.id),
            agreement_version: Set(desk.agreement.version.clone()),
            agreement_sha256: Set(desk.agreement.sha256.clone()),
            given_by: Set(actor.key()),
            address: Set(actor.address.clone()),
            given_at: Set(now),
            ..Default::default()
        };
        Ok(reissue_applications::insert_consent(txn, consent).await?)
    }

    async fn insert_case(
        &self,
        txn: &DatabaseTransaction,
        application: &Application,
        actor: &Actor,
        now: DateTimeUtc,
    ) -> Result<Case> {
        let row = revocation_cases::ActiveModel {
            reception_number: Set(application.reception_number),
            application_id: Set(application.id),
            subscriber_id: Set(self.source.subscriber_id),
            source_certificate_id: Set(self.source.id),
            state: Set(CaseState::AwaitingReissue),
            version: Set(1),
            revocation_reason: Set(self.revocation_reason),
            requested_on: Set(self.date.requested_on),
            due_on: Set(self.date.due_on),
            fence: Set(0),
            opened_at: Set(now),
            updated_at: Set(now),
            ..Default::default()
        };
        let case = revocation_cases::insert(txn, row).await?;
        let act = Act {
            action: "filed",
            subject: case.audit_subject(),
            case_id: Some(case.id),
            detail: json!({
                "certificate": self.source.id,
                "reason": self.input.reason.as_str(),
                "requested_on": case.requested_on,
                "due_on": case.due_on,
                "channel": self.input.channel.as_str(),
            }),
        };
        audit_events::append(txn, act, actor, now).await?;
        Ok(case)
    }
}
