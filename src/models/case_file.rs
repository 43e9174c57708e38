//! Everything the desk knows about one case, read at once for its pages.

use chrono::NaiveDate;
use sea_orm::ConnectionTrait;

use super::attempts::{self, Attempt};
use super::audit_events::{self, AuditEvent};
use super::authorizations::{self, AuthorizationRow, OverrideRequest};
use super::calls::{self, Call};
use super::certificates::{self, Certificate};
use super::contacts::{self, Contact};
use super::disagreements::{self, FoundDisagreement};
use super::evidence::{self, DocumentFacts, Evidence};
use super::installation::{self, Look};
use super::messages::{self, Message};
use super::reissue_applications::{self, Application};
use super::revocation_cases::{self, Case};
use super::subscribers::{self, Subscriber};
use crate::domain::actor::Actor;
use crate::domain::call::CallOutcome;
use crate::domain::case::CaseState;
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
    /// Each with its document.
    pub evidence: Vec<(Evidence, DocumentFacts)>,
    pub disagreements: Vec<FoundDisagreement>,
    pub messages: Vec<Message>,
    pub events: Vec<AuditEvent>,
    /// What the sites showed at the last look, by name.
    pub looks: Vec<Look>,
}

impl CaseFile {
    pub async fn load(db: &impl ConnectionTrait, number: ReceptionNumber) -> Result<Self> {
        Self::of(db, revocation_cases::by_reception_number(db, number).await?).await
    }

    /// To a customer another organisation's case does not exist.
    pub async fn load_for(db: &impl ConnectionTrait, number: ReceptionNumber, actor: &Actor) -> Result<Self> {
        Self::of(db, revocation_cases::of_actor(db, number, actor).await?).await
    }

    async fn of(db: &impl ConnectionTrait, case: Case) -> Result<Self> {
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
            evidence: evidence::described(db, case.id).await?,
            disagreements: disagreements::of_case(db, case.id).await?,
            messages: messages::of_case(db, case.id).await?,
            events: audit_events::of_case(db, case.id).await?,
            looks: installation::of_case(db, case.id).await?,
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

    /// The steps of the case since the version that somebody saw, oldest first.
    pub fn steps_after(&self, seen: i64) -> impl DoubleEndedIterator<Item = &AuditEvent> {
        self.events.iter().filter(move |event| version_of(event).is_some_and(|version| version > seen))
    }

    /// The state at the version that somebody saw.
    pub fn state_at(&self, seen: i64) -> CaseState {
        let first = self.steps_after(seen).next().map(AuditEvent::facts);
        let from = first.as_ref().and_then(|detail| detail["from"].as_str()).and_then(|state| state.parse().ok());
        from.unwrap_or(self.case.state)
    }

    /// The date of the application, as changed by calls and by hand up to the version that somebody saw.
    pub fn requested_on_at(&self, seen: i64) -> NaiveDate {
        let changed = self.events.iter().filter_map(|event| Some((version_of(event)?, self.new_date(event)?)));
        let known = changed.filter(|(version, _): &(i64, NaiveDate)| *version <= seen);
        let newest = known.max_by_key(|(version, _)| *version).map(|(_, day)| day);
        newest.or(self.application.requested_on).unwrap_or(self.case.requested_on)
    }

    /// The requested date that `event` brought, by hand or in a call.
    pub fn new_date(&self, event: &AuditEvent) -> Option<NaiveDate> {
        let facts = event.facts();
        if let Some(after) = facts["with"]["after"].as_str() {
            return after.parse().ok();
        }
        let id = facts["with"]["call"].as_i64()?;
        let call = self.calls.iter().find(|call| call.id == id && call.outcome == CallOutcome::Reschedule)?;
        call.requested_on
    }
}

fn version_of(event: &AuditEvent) -> Option<i64> {
    let detail = event.facts();
    detail.get("to").and_then(|_| detail.get("version"))?.as_i64()
}
