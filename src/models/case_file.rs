//! Everything the desk knows about one case, read at once for its pages.

use sea_orm::ConnectionTrait;

use super::attempts::{self, Attempt};
use super::audit_events::{self, AuditEvent};
use super::authorizations::{self, AuthorizationRow, OverrideRequest};
use super::calls::{self, Call};
use super::certificates::{self, Certificate};
use super::contacts::{self, Contact};
use super::evidence::{self, Evidence};
use super::messages::{self, Message};
use super::reissue_applications::{self, Application};
use super::revocation_cases::{self, Case};
use super::subscribers::{self, Subscriber};
use crate::domain::contact::whom_to_phone;
use crate::domain::reception_number::ReceptionNumber;
use crate::errors::Result;

pub struct CaseFile {
    pub case: Case,
    pub subscriber: Subscriber,
    pub application: Application,
    pub source: Certificate,
    pub replacement: Option<Certificate>,
    pub contacts: Vec<Contact>,
    pub calls: Vec<Call>,
    /// The newest, whatever version it was given for.
    pub authorization: Option<AuthorizationRow>,
    /// Asked for on the current version.
    pub override_request: Option<OverrideRequest>,
    pub attempts: Vec<Attempt>,
    pub evidence: Vec<Evidence>,
    pub messages: Vec<Message>,
    pub events: Vec<AuditEvent>,
}

impl CaseFile {
    pub async fn load(db: &impl ConnectionTrait, number: ReceptionNumber) -> Result<Self> {
        let case = revocation_cases::by_reception_number(db, number).await?;
        let replacement = match case.replacement_certificate_id {
            Some(id) => Some(certificates::by_id(db, id).await?),
            None => None,
        };
        Ok(Self {
            subscriber: subscribers::by_id(db, case.subscriber_id).await?,
            application: reissue_applications::by_id(db, case.application_id).await?,
            source: certificates::by_id(db, case.source_certificate_id).await?,
            replacement,
            contacts: contacts::current(db, case.subscriber_id).await?,
            calls: calls::of_case(db, case.id).await?,
            authorization: authorizations::newest(db, case.id).await?,
            override_request: authorizations::override_request(db, case.id, case.version).await?,
            attempts: attempts::of_case(db, case.id).await?,
            evidence: evidence::of_case(db, case.id).await?,
            messages: messages::of_case(db, case.id).await?,
            events: audit_events::of_case(db, case.id).await?,
            case,
        })
    }

    /// The contact whom the manual wants phoned, when one is registered.
    pub fn callee(&self) -> Option<&Contact> {
        contacts::in_role(&self.contacts, whom_to_phone(self.source.validation)?)
    }

    /// The authorization that counts for the case as it stands.
    pub fn live_authorization(&self) -> Option<&AuthorizationRow> {
        self.authorization.as_ref().filter(|row| row.case_version == self.case.version)
    }
}
