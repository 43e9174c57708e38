//! Gathers what the full picture of a case shows.

use super::certificates::described;
use crate::{
    domain::{contact::whom_to_phone, installation::LOOKED_AT},
    errors::Result,
    messages::Texts,
    models::{
        attempts, authorizations, calls, certificates, contacts, evidence, installation, reissue_applications,
        revocation_cases::Case, same_key, subscribers,
    },
    services::Services,
    views::api::{
        case_facts::{Attempt, Authorization, Call, Installation, OverrideRequested, Proof},
        cases::{Callee, CaseDetail, Filing, Hold, KeyCompromise, Lease, Named, SameKeyCertificate},
    },
};

/// Everything about `case` as it stands.
pub async fn detail(desk: &Services, t: Texts, case: Case) -> Result<CaseDetail> {
    let db = &desk.db;
    let subscriber = subscribers::by_id(db, case.subscriber_id).await?;
    let application = reissue_applications::by_id(db, case.application_id).await?;
    let source = certificates::by_id(db, case.source_certificate_id).await?;
    let replacement = match case.replacement_certificate_id {
        Some(id) => Some(described(&certificates::by_id(db, id).await?)?),
        None => None,
    };
    let people = contacts::current(db, case.subscriber_id).await?;
    let callee = whom_to_phone(source.validation).and_then(|role| contacts::in_role(&people, role));
    let authorization = authorizations::newest(db, case.id).await?;
    let override_request = authorizations::override_request(db, case.id, case.version).await?;
    let proofs = evidence::described(db, case.id).await?;
    let same_key = same_key::others(db, &case, &source, desk.clock.now()).await?;
    let looks = if desk.live().installation().on && LOOKED_AT.contains(&case.state) {
        installation::of_case(db, case.id).await?
    } else {
        Vec::new()
    };
    Ok(CaseDetail {
        reception_number: case.reception_number.to_string(),
        state: case.state.as_str(),
        version: case.version,
        subscriber: Named { id: subscriber.id, name: subscriber.name },
        validation: source.validation.as_str(),
        reason: application.reason.as_str(),
        revocation_reason: case.revocation_reason.as_str(),
        requested_on: case.requested_on,
        due_on: case.due_on,
        needs_reexamination: application.needs_reexamination,
        filing: Filing::of(application),
        key_compromise: KeyCompromise::of(&case),
        hold: Hold::of(&case),
        next_call_at: case.next_call_at,
        lease: Lease::of(&case, desk.clock.now()),
        contact: callee.map(|contact| Callee::of(t, contact)),
        source: described(&source)?,
        replacement,
        installation: Installation::of(&looks),
        same_key_certificates: same_key.into_iter().map(SameKeyCertificate::from).collect(),
        calls: calls::of_case(db, case.id).await?.into_iter().map(Call::from).collect(),
        authorization: authorization.map(|row| Authorization::of(row, &case)),
        override_request: override_request.map(OverrideRequested::from),
        attempts: attempts::of_case(db, case.id).await?.into_iter().map(Attempt::from).collect(),
        evidence: proofs.into_iter().map(|(proof, document)| Proof::of(&proof, document)).collect(),
        opened_at: case.opened_at,
        revoked_at: case.revoked_at,
        closed_at: case.closed_at,
        updated_at: case.updated_at,
    })
}
