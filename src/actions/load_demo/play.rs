//! Plays the script: each scene is one action at the time that the script gives it.

use std::collections::HashMap;
use std::sync::Arc;

use chrono::{DateTime, Duration, NaiveDate, Utc};
use sea_orm::{ActiveModelTrait, ActiveValue::Set, IntoActiveModel};
use tokio_util::sync::CancellationToken;

use super::accounts;
use super::customers::{Customers, Feature, NewSource, SignedSource};
use super::material::{Material, Words};
use super::moody_ca::MoodyCa;
use super::script::{Act, Filing, Kind, Routine, Scene, Script, Story};
use super::staff::Staff;
use crate::actions::approve_override::{ApproveOverride, approve_override};
use crate::actions::claim_case::claim_case;
use crate::actions::expire_cases::expire_cases;
use crate::actions::file_application::{Caller, CsrChoice, FileApplication, file_application};
use crate::actions::hold_case::{HoldCase, hold_case};
use crate::actions::issue_replacement::issue_replacement;
use crate::actions::prefer_call_band::{PreferCallBand, prefer_call_band};
use crate::actions::propose_contact::{ProposeContact, propose_contact};
use crate::actions::prove::prove;
use crate::actions::publish_crls::publish_crls;
use crate::actions::record_call::{RecordCall, record_call};
use crate::actions::record_run::{Run, record_run};
use crate::actions::register_certificate::{RegisterCertificate, register_certificate};
use crate::actions::register_contact::register_contact;
use crate::actions::register_subscriber::register_subscriber;
use crate::actions::remind::remind;
use crate::actions::request_contact_change::request_contact_change;
use crate::actions::request_override::{RequestOverride, request_override};
use crate::actions::reschedule::{Reschedule, reschedule};
use crate::actions::rescue_stuck::rescue_stuck;
use crate::actions::revoke_case::{Click, RevokeCase, revoke_case};
use crate::actions::revoke_due::{RevokeDue, revoke_due};
use crate::actions::withdraw::{Withdraw, withdraw};
use crate::ca::embedded::EmbeddedCa;
use crate::clock::Clock;
use crate::domain::actor::Actor;
use crate::domain::application::{FilingChannel, ReissueReason};
use crate::domain::calendar::jst_date;
use crate::domain::call::{CallOutcome, IdentityChecks};
use crate::domain::contact::{ContactRole, whom_to_phone};
use crate::domain::reception_number::ReceptionNumber;
use crate::errors::{Error, Result};
use crate::models::batch_runs::Counts;
use crate::models::columns::RunCause;
use crate::models::contacts::{self, Contact};
use crate::models::messages::Message;
use crate::models::outbox::{self, Ending, Verdict};
use crate::models::revocation_cases::{self, Case};
use crate::models::subscribers::Subscriber;
use crate::models::{certificates, transaction};
use crate::services::Services;

/// Mails younger than this are left to the real transport.
const STILL_QUEUED: Duration = Duration::minutes(1);

pub struct Play<'a> {
    desk: Services,
    embedded: EmbeddedCa,
    ca: Arc<MoodyCa>,
    script: &'a Script,
    staff: &'a Staff,
    material: &'a Material,
    words: &'a Words,
    customers: Customers<'a>,
    subscribers: Vec<Subscriber>,
    /// Who uses the portal for each of them.
    applicants: Vec<Actor>,
    /// Certificate and case of each story, as far as they exist.
    certificates: HashMap<usize, i64>,
    cases: HashMap<usize, i64>,
    /// Reception numbers given to certificates from before the desk's own counting.
    old_numbers: HashMap<NaiveDate, u32>,
}

impl<'a> Play<'a> {
    /// With all customers and their contacts registered.
    pub async fn new(
        desk: &Services,
        embedded: EmbeddedCa,
        material: &'a Material,
        script: &'a Script,
        staff: &'a Staff,
        password_hash: &str,
    ) -> Result<Self> {
        let ca = Arc::new(MoodyCa::new(desk.ca.clone()));
        let mut desk = desk.clone();
        desk.ca = ca.clone();
        let mut play = Self {
            desk,
            embedded,
            ca,
            script,
            staff,
            material,
            words: &material.words,
            customers: Customers::new(material),
            subscribers: Vec::new(),
            applicants: Vec::new(),
            certificates: HashMap::new(),
            cases: HashMap::new(),
            old_numbers: HashMap::new(),
        };
        play.register_customers(password_hash).await?;
        Ok(play)
    }

    async fn register_customers(&mut self, password_hash: &str) -> Result<()> {
        let at = self.script.begins_at;
        for organisation in 0..self.customers.count() {
            let new = self.customers.subscriber(organisation);
            let subscriber = register_subscriber(&self.desk, new, &Actor::system(), at).await?;
            for role in ContactRole::ALL {
                let contact = self.customers.contact(&subscriber, organisation, role, jst_date(at));
                let contact = register_contact(&self.desk, contact, &Actor::system(), at).await?;
                if role == ContactRole::ProcedureContact {
                    let whose = (organisation, &subscriber, &contact);
                    self.applicants.push(accounts::open(&self.desk, self.material, password_hash, whose, at).await?);
                }
            }
            self.subscribers.push(subscriber);
        }
        Ok(())
    }

    pub async fn run(mut self, progress: &(dyn Fn(Counts) + Send + Sync), now: DateTime<Utc>) -> Result<()> {
        let scenes = self.script.scenes();
        let mut counts = Counts { target: i64::try_from(scenes.len()).unwrap_or(i64::MAX), ..Counts::default() };
        for (at, scene) in scenes {
            match scene {
                Scene::Routine(routine) => self.routine(routine, at).await?,
                Scene::Story(index, act) => self.act(index, act, at).await?,
            }
            counts.done += 1;
            progress(counts);
        }
        self.prove_what_the_past_could_not(now).await?;
        self.deliver_past_mails(now).await
    }

    /// The desk as it was at `at`.
    fn desk_at(&self, at: DateTime<Utc>) -> Services {
        let mut desk = self.desk.clone();
        desk.clock = Clock::starting_at(at);
        desk
    }

    async fn routine(&self, routine: Routine, at: DateTime<Utc>) -> Result<()> {
        let desk = self.desk_at(at);
        let (today, batch) = (jst_date(at), Actor::batch());
        let run = |task| Run { task, today, cause: RunCause::Schedule };
        match routine {
            Routine::Expire => {
                record_run(&desk, run("expire"), expire_cases(&desk, &batch, at), &batch, at).await?;
            }
            Routine::Remind => {
                record_run(&desk, run("remind"), remind(&desk, today, at), &batch, at).await?;
            }
            Routine::Rescue => {
                record_run(&desk, run("rescue_stuck"), rescue_stuck(&desk, &batch, at), &batch, at).await?;
            }
            Routine::RevokeDue => {
                let stop = CancellationToken::new();
                let cause = RunCause::Schedule;
                let input =
                    RevokeDue { today, cause, dry_run: false, brake_lifted: false, stop: &stop, progress: &|_| {} };
                revoke_due(&desk, input, &batch, at).await?;
            }
            Routine::PublishAndProve => {
                // A server that ran before this has published newer CRLs: then all proof comes at the end.
                if publish_crls(&desk, at).await.is_ok() {
                    record_run(&desk, run("prove"), prove(&desk, &batch, at), &batch, at).await?;
                }
            }
        }
        Ok(())
    }

    /// Only where no CRL could be published with a date in the past.
    async fn prove_what_the_past_could_not(&self, now: DateTime<Utc>) -> Result<()> {
        if revocation_cases::is_unproven_since(&self.desk.db, now - Duration::hours(24)).await? {
            publish_crls(&self.desk, now).await?;
            prove(&self.desk, &Actor::batch(), now).await?;
        }
        Ok(())
    }

    async fn act(&mut self, index: usize, act: Act, at: DateTime<Utc>) -> Result<()> {
        let desk = self.desk.clone();
        match act {
            Act::Register => return self.register(index, at).await,
            Act::File(filing) => return self.file(index, filing, at).await,
            Act::SetMood(mood) => {
                let source = certificates::by_id(&desk.db, self.certificate(index)?).await?;
                self.ca.set(&source.serial, mood);
                return Ok(());
            }
            _ => {}
        }
        let case = self.case(index).await?;
        let (reception_number, version) = (case.reception_number, case.version);
        let (agents, supervisors) = (&self.staff.agents, &self.staff.supervisors);
        match act {
            Act::Register | Act::File(_) | Act::SetMood(_) => {}
            Act::Issue => drop(issue_replacement(&desk, case.id, &Actor::system(), at).await?),
            Act::Claim { agent } => drop(claim_case(&desk, reception_number, &agents[agent], at).await?),
            Act::Call { agent, outcome, call_back_at } => {
                let report = self.report(&case, outcome, call_back_at).await?;
                record_call(&desk, report, &agents[agent], at).await?;
            }
            Act::Click { agent } => self.click(&case, &agents[agent], at).await?,
            Act::PutOff { until } => {
                let mut row = case.into_active_model();
                row.next_attempt_at = Set(Some(until));
                row.update(&desk.db).await?;
            }
            Act::Reschedule(requested_on) => {
                let input = Reschedule { reception_number, version, requested_on };
                reschedule(&desk, input, &agents[0], at).await?;
            }
            Act::Withdraw => {
                let input = Withdraw { reception_number, version, ground: self.words.withdrawn.clone() };
                withdraw(&desk, input, &agents[0], at).await?;
            }
            Act::Hold => {
                let input = HoldCase { reception_number, version, note: self.words.held.clone() };
                hold_case(&desk, input, &agents[1], at).await?;
            }
            Act::RequestOverride => {
                let input = RequestOverride { reception_number, version, ground: self.words.r#override.clone() };
                request_override(&desk, input, &supervisors[0], at).await?;
            }
            Act::ApproveOverride => {
                approve_override(&desk, ApproveOverride { reception_number, version }, &supervisors[1], at).await?;
            }
            Act::RequestSuccessor => self.request_successor(index, &case, at).await?,
            Act::PreferCallBand(band) => {
                let input = PreferCallBand { reception_number, version, call_band: Some(band) };
                prefer_call_band(&desk, input, self.applicant(index), at).await?;
            }
            Act::ProposeContact => self.propose_successor(index, &case, at).await?,
        }
        Ok(())
    }

    fn story(&self, index: usize) -> &'a Story {
        &self.script.stories[index]
    }

    fn organisation(&self, index: usize) -> usize {
        self.story(index).organisation.unwrap_or(index % self.subscribers.len())
    }

    fn applicant(&self, index: usize) -> &Actor {
        &self.applicants[self.organisation(index)]
    }

    fn certificate(&self, index: usize) -> Result<i64> {
        self.certificates.get(&index).copied().ok_or_else(|| Error::internal("the script names no certificate yet"))
    }

    async fn case(&self, index: usize) -> Result<Case> {
        let id = self.cases.get(&index).ok_or_else(|| Error::internal("the script names no case yet"))?;
        revocation_cases::by_id(&self.desk.db, *id).await
    }

    async fn register(&mut self, index: usize, at: DateTime<Utc>) -> Result<()> {
        let story = self.story(index);
        let feature = match story.kind {
            Kind::SpareSymbolsOnlyUnit => Feature::SymbolsOnlyUnit,
            Kind::OpenCompromise | Kind::CompletedCompromise => Feature::OwnKey,
            Kind::SpareEv => Feature::Ev,
            Kind::SpareOfShortOrder => Feature::ShortOrder,
            _ => Feature::Plain,
        };
        let (issued_at, last_day) = (story.issued_at, story.last_day);
        let new = NewSource { organisation: self.organisation(index), issued_at, last_day, feature };
        let SignedSource { der, entitlement_end_on } =
            self.customers.sign(&self.embedded, &self.desk.policy(), &new).await?;
        let reexamine = matches!(story.kind, Kind::WaitsForReexamination | Kind::SpareToReexamine);
        let input = RegisterCertificate {
            subscriber_id: self.subscribers[new.organisation].id,
            certificate: der,
            reception_number: self.old_number(jst_date(issued_at)),
            entitlement_end_on: Some(entitlement_end_on),
            validation_expires_on: reexamine.then(|| jst_date(self.script.begins_at)),
        };
        let certificate = register_certificate(&self.desk, input, &Actor::system(), at).await?;
        self.certificates.insert(index, certificate.id);
        Ok(())
    }

    /// For a certificate from before the desk: a number of its day. Later ones get the desk's own.
    fn old_number(&mut self, issued_on: NaiveDate) -> Option<ReceptionNumber> {
        if issued_on >= jst_date(self.script.begins_at) {
            return None;
        }
        let last = self.old_numbers.entry(issued_on).or_insert(100);
        *last += 1;
        Some(ReceptionNumber::new(issued_on, *last))
    }

    async fn file(&mut self, index: usize, filing: Filing, at: DateTime<Utc>) -> Result<()> {
        let source = certificates::by_id(&self.desk.db, self.certificate(index)?).await?;
        let people = contacts::current(&self.desk.db, source.subscriber_id).await?;
        let applicant = contacts::in_role(&people, ContactRole::ProcedureContact).map(|contact| contact.name.clone());
        let applicant = applicant.unwrap_or_default();
        let lost = filing.reason == ReissueReason::KeyLostOrDamaged;
        let own_key = lost || filing.reason == ReissueReason::KeyCompromise;
        let csr = if filing.with_csr { CsrChoice::Given(self.customers.request(own_key)?) } else { CsrChoice::Reuse };
        let caller = Caller { name: applicant, ground: self.words.caller_ground.clone() };
        let input = FileApplication {
            certificate_id: source.id,
            draft: None,
            reason: filing.reason,
            key_possibly_exposed: lost.then_some(false),
            requested_on: filing.requested_on,
            csr,
            agreement_version: self.desk.agreement.version.clone(),
            channel: if filing.by_agent { FilingChannel::Agent } else { FilingChannel::Portal },
            caller: filing.by_agent.then_some(caller),
        };
        let actor = if filing.by_agent { &self.staff.agents[0] } else { self.applicant(index) };
        let case = file_application(&self.desk, input, actor, at).await?;
        self.cases.insert(index, case.id);
        Ok(())
    }

    async fn report(
        &self,
        case: &Case,
        outcome: CallOutcome,
        call_back_at: Option<DateTime<Utc>>,
    ) -> Result<RecordCall> {
        let words = self.words;
        let (spoke, note) = match outcome {
            CallOutcome::Withdraw => (true, &words.withdraw),
            CallOutcome::CallBack => (true, &words.call_back),
            CallOutcome::NoAnswer => (false, &words.no_answer),
            CallOutcome::ContactChanged => (false, &words.contact_changed),
            CallOutcome::IdentityFailed => (false, &words.identity_failed),
            CallOutcome::WrongNumber => (false, &words.wrong_number),
            CallOutcome::Confirmed | CallOutcome::Reschedule | CallOutcome::KeyCompromise => (true, &words.confirmed),
        };
        let callee = if spoke { Some(self.callee(case).await?.name) } else { None };
        Ok(RecordCall {
            reception_number: case.reception_number,
            version: case.version,
            outcome,
            spoke_with: callee,
            identity_checks: IdentityChecks { name_and_company: spoke, reception_number_or_common_name: spoke },
            call_back_at,
            requested_on: None,
            note: Some(note.clone()),
        })
    }

    async fn callee(&self, case: &Case) -> Result<Contact> {
        let source = certificates::by_id(&self.desk.db, case.source_certificate_id).await?;
        let people = contacts::current(&self.desk.db, case.subscriber_id).await?;
        let role = whom_to_phone(source.validation).unwrap_or(ContactRole::ProcedureContact);
        contacts::in_role(&people, role).cloned().ok_or_else(|| Error::internal("a customer without contacts"))
    }

    async fn click(&self, case: &Case, agent: &Actor, at: DateTime<Utc>) -> Result<()> {
        let source = certificates::by_id(&self.desk.db, case.source_certificate_id).await?;
        let click =
            Click { version: case.version, serial_suffix: source.serial.suffix().to_owned(), old_in_use_told: false };
        let input = RevokeCase { case_id: case.id, today: jst_date(at), click: Some(click), batch_run: None };
        revoke_case(&self.desk, input, agent, at).await?;
        Ok(())
    }

    async fn request_successor(&mut self, index: usize, case: &Case, at: DateTime<Utc>) -> Result<()> {
        let role = self.callee(case).await?.role;
        let organisation = self.organisation(index);
        let subscriber = &self.subscribers[organisation];
        let successor = self.customers.contact(subscriber, organisation, role, jst_date(at));
        request_contact_change(&self.desk, successor, &self.staff.agents[0], at).await?;
        Ok(())
    }

    async fn propose_successor(&mut self, index: usize, case: &Case, at: DateTime<Utc>) -> Result<()> {
        let organisation = self.organisation(index);
        let (subscriber, role) = (&self.subscribers[organisation], ContactRole::ProcedureContact);
        let person = self.customers.contact(subscriber, organisation, role, jst_date(at));
        let input = ProposeContact {
            reception_number: Some(case.reception_number),
            role,
            name: person.name,
            name_kana: person.name_kana,
            department: person.department,
            email: person.email,
            phone: person.phone,
        };
        propose_contact(&self.desk, input, self.applicant(index), at).await?;
        Ok(())
    }

    /// Mails of the past went out then; sending hundreds of them now would only fill the folder of the mails.
    async fn deliver_past_mails(&self, now: DateTime<Utc>) -> Result<()> {
        let txn = transaction::begin(&self.desk.db).await?;
        let lease = std::time::Duration::from_mins(5);
        loop {
            let past = outbox::claim_due(&txn, now - STILL_QUEUED, 200, lease, now).await?;
            if past.is_empty() {
                break;
            }
            let sent = past.iter().map(sent_soon).collect::<Result<Vec<_>>>()?;
            outbox::record(&txn, &sent).await?;
        }
        txn.commit().await?;
        Ok(())
    }
}

/// Delivered to everybody within a minute.
fn sent_soon(mail: &Message) -> Result<Ending> {
    let at = mail.created_at + Duration::seconds(20 + mail.id % 40);
    let mut addressees = mail.addressees()?;
    for addressee in &mut addressees {
        addressee.delivered_at = Some(at);
    }
    let recipients = serde_json::to_string(&addressees).map_err(Error::internal)?;
    Ok(Ending::new(mail, Verdict::Sent { at }, Some(recipients)))
}
