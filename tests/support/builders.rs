//! A desk of its own for each test, and builders that bring it where a scenario begins.
//!
//! States are reached as in life, by the actions that lead there, with `now` in the past where need be. The day is
//! Tuesday 24 November 2026, 10:00 JST, the first business day after a long weekend, unless a test says otherwise.

#![allow(dead_code, reason = "each test binary uses its part")]

use std::path::Path;
use std::sync::Arc;

use chrono::{DateTime, Days, Duration, NaiveDate, Utc};
use loco_rs::environment::Environment;
use revocation_desk::actions::approve_override::{ApproveOverride, approve_override};
use revocation_desk::actions::claim_case::claim_case;
use revocation_desk::actions::expire_cases::expire_cases;
use revocation_desk::actions::file_application::{CsrChoice, FileApplication, file_application};
use revocation_desk::actions::hold_case::{HoldCase, hold_case};
use revocation_desk::actions::issue_replacement::issue_replacement;
use revocation_desk::actions::prove::prove;
use revocation_desk::actions::record_call::{RecordCall, record_call};
use revocation_desk::actions::register_certificate::{RegisterCertificate, register_certificate};
use revocation_desk::actions::register_contact::register_contact;
use revocation_desk::actions::register_subscriber::register_subscriber;
use revocation_desk::actions::request_override::{RequestOverride, request_override};
use revocation_desk::actions::revoke_case::{RevokeCase, revoke_case};
use revocation_desk::actions::withdraw::{Withdraw, withdraw};
use revocation_desk::ca::embedded::{EmbeddedCa, SourceOrder, SubjectAttribute};
use revocation_desk::clock::Clock;
use revocation_desk::domain::actor::{Actor, Identity};
use revocation_desk::domain::application::{FilingChannel, ReissueReason};
use revocation_desk::domain::calendar::{Calendar, end_of_day, jst, jst_date};
use revocation_desk::domain::call::{CallOutcome, IdentityChecks};
use revocation_desk::domain::case::CaseState;
use revocation_desk::domain::certificate::ValidationType;
use revocation_desk::domain::contact::{ContactRole, whom_to_phone};
use revocation_desk::domain::problem::Problem;
use revocation_desk::domain::role::Role;
use revocation_desk::domain::validity::ValidityPolicy;
use revocation_desk::errors::Error;
use revocation_desk::mail::Transport;
use revocation_desk::models::certificates::{self, Certificate};
use revocation_desk::models::contacts::NewContact;
use revocation_desk::models::messages::{self, Message};
use revocation_desk::models::revocation_cases::{self, Case};
use revocation_desk::models::subscribers::{NewSubscriber, Subscriber};
use revocation_desk::services::{Parts, Services};
use revocation_desk::settings::Settings;
use revocation_desk::vault::Vault;
use sea_orm::{ConnectionTrait, DatabaseConnection, Statement};
use tempfile::TempDir;
use uuid::Uuid;

use crate::database;
use crate::fake_ca::{Behaviour, FakeCa, FakeCrl};

pub const PROCEDURE_CONTACT: &str = "例文 花";
pub const RESPONSIBLE: &str = "例田 一郎";

/// A desk with its database, its CA and its day.
pub struct World {
    pub desk: Services,
    pub ca: Arc<FakeCa>,
    pub crl: Arc<FakeCrl>,
    pub now: DateTime<Utc>,
    url: String,
    /// Gone with the world; a running program keeps its own.
    _folder: Option<TempDir>,
}

impl World {
    /// Tuesday 24 November 2026, 10:00 JST.
    pub async fn new() -> Self {
        Self::at(jst(day("2026-11-24"), 10, 0)).await
    }

    pub async fn at(now: DateTime<Utc>) -> Self {
        Self::with(now, |_| {}).await
    }

    /// With changed settings.
    pub async fn with(now: DateTime<Utc>, change: impl FnOnce(&mut Settings)) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let url = database::migrated(folder.path()).await;
        let world = Self::open(now, url, folder.path(), change).await;
        Self { _folder: Some(folder), ..world }
    }

    /// On a migrated database and in a folder that the caller keeps.
    pub async fn on(url: String, folder: &Path, now: DateTime<Utc>) -> Self {
        Self::open(now, url, folder, |_| {}).await
    }

    async fn open(now: DateTime<Utc>, url: String, folder: &Path, change: impl FnOnce(&mut Settings)) -> Self {
        let db = database::connect(&url).await;
        let mut settings = Settings::load(&Environment::Test.load().unwrap(), &Environment::Test).unwrap();
        folder.clone_into(&mut settings.data_dir);
        change(&mut settings);
        let embedded = EmbeddedCa::open(db.clone(), &folder.join("ca"), &settings.public_url, now).unwrap();
        let transport = Transport::from_settings(&settings).unwrap();
        let vault = Vault::load(None, folder).unwrap();
        let ca = Arc::new(FakeCa::new(embedded.clone()));
        let crl = Arc::new(FakeCrl::new(embedded, db.clone(), now));
        let desk = Services::new(Parts {
            db,
            agreement: Arc::new(settings.agreement().unwrap()),
            settings: Arc::new(settings),
            clock: Clock::starting_at(now),
            policy: Arc::new(ValidityPolicy::shipped()),
            ca: ca.clone(),
            authorities: Arc::default(),
            proof: crl.clone(),
            embedded_ca: Some(ca.embedded().clone()),
            transport: Arc::new(transport),
            vault,
            calendar: Calendar::shipped(),
        });
        Self { desk, ca, crl, now, url, _folder: None }
    }

    /// The desk of a running program, whose CA is `ca`. Its proofs are the program's own.
    pub fn of_program(desk: Services, ca: Arc<FakeCa>) -> Self {
        let now = desk.clock.now();
        let crl = Arc::new(FakeCrl::new(ca.embedded().clone(), desk.db.clone(), now));
        Self { desk, ca, crl, now, url: String::new(), _folder: None }
    }

    pub fn today(&self) -> NaiveDate {
        jst_date(self.now)
    }

    /// A connection that shares nothing with the desk's: it sees what is committed.
    pub async fn second_connection(&self) -> DatabaseConnection {
        database::connect(&self.url).await
    }

    /// Changes rows behind the program's back.
    pub async fn tamper(&self, sql: &str) {
        self.desk.db.execute_unprepared(sql).await.unwrap();
    }

    /// How many rows a table has.
    pub async fn count(&self, table: &str) -> i64 {
        let row = self.desk.db.query_one_raw(Statement::from_string(
            self.desk.db.get_database_backend(),
            format!("SELECT COUNT(*) FROM {table}"),
        ));
        row.await.unwrap().unwrap().try_get_by_index(0).unwrap()
    }

    pub fn a_subscriber(&self) -> SubscriberBuilder<'_> {
        SubscriberBuilder { world: self, name: "例示商事株式会社".to_owned(), with_contacts: true }
    }

    pub fn a_certificate(&self) -> CertificateBuilder<'_> {
        CertificateBuilder {
            world: self,
            subscriber: None,
            validation: ValidationType::Ov,
            issued_days_ago: 100,
            last_day: None,
            names: vec!["www.example.jp".to_owned()],
            units: Vec::new(),
            validation_expires_on: None,
            known_request: None,
        }
    }

    /// An OV case that waits for its call today, unless told otherwise.
    pub fn a_case(&self) -> CaseBuilder<'_> {
        CaseBuilder { world: self, certificate: None, ev: false, state: CaseState::AwaitingCall, due_on: self.today() }
    }

    /// The case as it stands in the database.
    pub async fn reload(&self, case: &Case) -> Case {
        revocation_cases::by_id(&self.desk.db, case.id).await.unwrap()
    }

    pub async fn source(&self, case: &Case) -> Certificate {
        certificates::by_id(&self.desk.db, case.source_certificate_id).await.unwrap()
    }

    pub async fn replacement(&self, case: &Case) -> Certificate {
        certificates::by_id(&self.desk.db, case.replacement_certificate_id.unwrap()).await.unwrap()
    }

    pub async fn mails(&self, case: &Case) -> Vec<Message> {
        messages::of_case(&self.desk.db, case.id).await.unwrap()
    }

    /// The kinds of the mails queued for a case, oldest first.
    pub async fn mail_kinds(&self, case: &Case) -> Vec<String> {
        self.mails(case).await.into_iter().map(|mail| mail.kind).collect()
    }

    /// The order to revoke that the batch gives for a case.
    pub fn order(&self, case: &Case) -> RevokeCase {
        RevokeCase { case_id: case.id, today: self.today(), click: None, batch_run: None }
    }

    /// A call in which the right person agreed, as its agent reports it.
    pub async fn confirming_call(&self, case: &Case) -> RecordCall {
        let role = whom_to_phone(self.source(case).await.validation).unwrap();
        RecordCall {
            spoke_with: Some(role.as_str().to_owned()),
            identity_checks: IdentityChecks { name_and_company: true, reception_number_or_common_name: true },
            ..call(case, CallOutcome::Confirmed)
        }
    }
}

/// A call with nothing filled in but its outcome.
pub fn call(case: &Case, outcome: CallOutcome) -> RecordCall {
    RecordCall {
        reception_number: case.reception_number,
        version: case.version,
        outcome,
        spoke_with: None,
        identity_checks: IdentityChecks::default(),
        call_back_at: None,
        requested_on: None,
        note: None,
    }
}

/// 窓口 美咲
pub fn agent() -> Actor {
    staff(1, "窓口 美咲", Role::Agent)
}

/// 当番 葵
pub fn another_agent() -> Actor {
    staff(2, "当番 葵", Role::Agent)
}

pub fn supervisor() -> Actor {
    staff(3, "責任 任", Role::Supervisor)
}

pub fn another_supervisor() -> Actor {
    staff(4, "承認 守", Role::Supervisor)
}

pub fn staff(id: i64, name: &str, role: Role) -> Actor {
    Actor::new(Identity::Staff { id, name: name.to_owned(), role }, Some("192.0.2.1".to_owned()))
}

/// A customer of the first organisation.
pub fn customer() -> Actor {
    customer_of(1)
}

pub fn customer_of(subscriber_id: i64) -> Actor {
    Actor::new(
        Identity::Customer { id: 1, name: PROCEDURE_CONTACT.to_owned(), subscriber_id },
        Some("192.0.2.80".to_owned()),
    )
}

pub fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

/// The codes of a refusal, in the order given.
#[track_caller]
pub fn codes<T: std::fmt::Debug>(refused: Result<T, Error>) -> Vec<&'static str> {
    problems(refused).iter().map(|problem| problem.code).collect()
}

/// The one problem of a refusal.
#[track_caller]
pub fn problem<T: std::fmt::Debug>(refused: Result<T, Error>) -> Problem {
    let mut problems = problems(refused);
    assert_eq!(problems.len(), 1, "{problems:?}");
    problems.remove(0)
}

#[track_caller]
pub fn problems<T: std::fmt::Debug>(refused: Result<T, Error>) -> Vec<Problem> {
    match refused {
        Err(Error::Invalid(problems)) => problems,
        Err(Error::Conflict(problem) | Error::NotFound(problem) | Error::Forbidden(problem)) => vec![problem],
        Err(fault) => panic!("not a refusal: {fault}"),
        Ok(done) => panic!("not refused: {done:?}"),
    }
}

/// What a problem says about one of its parameters.
pub fn param<'a>(problem: &'a Problem, name: &str) -> Option<&'a str> {
    problem.params.iter().find(|(key, _)| *key == name).map(|(_, value)| value.as_str())
}

/// DER of a certificate signing request with a fresh ECDSA key.
pub fn a_csr() -> Vec<u8> {
    let key = rcgen::KeyPair::generate().unwrap();
    rcgen::CertificateParams::default().serialize_request(&key).unwrap().der().to_vec()
}

pub struct SubscriberBuilder<'w> {
    world: &'w World,
    name: String,
    with_contacts: bool,
}

impl SubscriberBuilder<'_> {
    pub fn named(mut self, name: &str) -> Self {
        name.clone_into(&mut self.name);
        self
    }

    pub fn without_contacts(mut self) -> Self {
        self.with_contacts = false;
        self
    }

    /// With 例文 花 as 手続き担当者 and 例田 一郎 as 申請責任者.
    pub async fn register(self) -> Subscriber {
        let desk = &self.world.desk;
        let registered_at = self.world.now - Duration::days(200);
        let new = NewSubscriber { name: self.name, name_kana: None, external_id: None };
        let subscriber = register_subscriber(desk, new, &Actor::system(), registered_at).await.unwrap();
        if self.with_contacts {
            for role in ContactRole::ALL {
                let contact = a_contact(subscriber.id, role, jst_date(registered_at));
                register_contact(desk, contact, &Actor::system(), registered_at).await.unwrap();
            }
        }
        subscriber
    }
}

/// A contact record that may be dialled.
pub fn a_contact(subscriber_id: i64, role: ContactRole, verified_on: NaiveDate) -> NewContact {
    let (name, email, phone) = match role {
        ContactRole::ProcedureContact => (PROCEDURE_CONTACT, "hana@example.jp", "03-0000-4182"),
        ContactRole::ApplicationResponsible => (RESPONSIBLE, "ichiro@example.jp", "03-0000-3390"),
    };
    NewContact {
        subscriber_id,
        role,
        name: name.to_owned(),
        name_kana: None,
        department: Some("情報システム部".to_owned()),
        email: email.to_owned(),
        phone: phone.to_owned(),
        phone_source: "登記簿".to_owned(),
        verified_by: "system".to_owned(),
        verified_on,
    }
}

pub struct CertificateBuilder<'w> {
    world: &'w World,
    subscriber: Option<i64>,
    validation: ValidationType,
    issued_days_ago: u64,
    last_day: Option<NaiveDate>,
    names: Vec<String>,
    units: Vec<String>,
    validation_expires_on: Option<NaiveDate>,
    known_request: Option<Vec<u8>>,
}

impl CertificateBuilder<'_> {
    pub fn of(mut self, subscriber: &Subscriber) -> Self {
        self.subscriber = Some(subscriber.id);
        self
    }

    pub fn ov(mut self) -> Self {
        self.validation = ValidationType::Ov;
        self
    }

    pub fn ev(mut self) -> Self {
        self.validation = ValidationType::Ev;
        self
    }

    pub fn issued_days_ago(mut self, days: u64) -> Self {
        self.issued_days_ago = days;
        self
    }

    /// Last day of validity; 200 days from today when not said.
    pub fn valid_until(mut self, last_day: NaiveDate) -> Self {
        self.last_day = Some(last_day);
        self
    }

    pub fn names<const N: usize>(mut self, names: [&str; N]) -> Self {
        self.names = names.map(str::to_owned).to_vec();
        self
    }

    /// One more OU.
    pub fn ou(mut self, unit: &str) -> Self {
        self.units.push(unit.to_owned());
        self
    }

    pub fn validation_data_until(mut self, last_day: NaiveDate) -> Self {
        self.validation_expires_on = Some(last_day);
        self
    }

    /// Made on this request, which the desk still has.
    pub fn with_known_request(mut self, csr_der: Vec<u8>) -> Self {
        self.known_request = Some(csr_der);
        self
    }

    /// Issued by the embedded CA and known to the desk since its issue.
    pub async fn register(self) -> Certificate {
        let world = self.world;
        let subscriber_id = match self.subscriber {
            Some(id) => id,
            None => world.a_subscriber().register().await.id,
        };
        let issued_on = world.today() - Days::new(self.issued_days_ago);
        let issued_at = jst(issued_on, 9, 30);
        let last_day = self.last_day.unwrap_or(world.today() + Days::new(200));
        let csr_der = self.known_request.clone().unwrap_or_else(a_csr);
        let order = SourceOrder {
            subject: self.subject(),
            dns_names: self.names,
            validation: self.validation,
            csr_der: csr_der.clone(),
            not_before: issued_at,
            not_after: end_of_day(last_day),
            request_id: Uuid::new_v4(),
            now: issued_at,
        };
        let certificate = world.ca.embedded().sign_source_certificate(&order).await.unwrap();
        let input = RegisterCertificate {
            subscriber_id,
            certificate,
            reception_number: None,
            entitlement_end_on: None,
            validation_expires_on: self.validation_expires_on,
        };
        let certificate = register_certificate(&world.desk, input, &Actor::system(), issued_at).await.unwrap();
        let Some(request) = self.known_request else { return certificate };
        let request = hex::encode(request);
        world.tamper(&format!("UPDATE certificates SET csr_der = X'{request}' WHERE id = {}", certificate.id)).await;
        certificates::by_id(&world.desk.db, certificate.id).await.unwrap()
    }

    fn subject(&self) -> Vec<(SubjectAttribute, String)> {
        use SubjectAttribute as A;
        let mut subject = vec![
            (A::Country, "JP".to_owned()),
            (A::State, "Tokyo".to_owned()),
            (A::Organization, "Example Trading Co., Ltd.".to_owned()),
        ];
        subject.extend(self.units.iter().map(|unit| (A::OrganizationalUnit, unit.clone())));
        subject.push((A::CommonName, self.names[0].clone()));
        subject
    }
}

/// An application that the certificate's owner files for `requested_on`, with a new key.
pub fn an_application(certificate: &Certificate, requested_on: NaiveDate) -> FileApplication {
    FileApplication {
        certificate_id: certificate.id,
        draft: None,
        reason: ReissueReason::ServerReplacement,
        key_possibly_exposed: None,
        requested_on: Some(requested_on),
        csr: CsrChoice::Given(a_csr()),
        agreement_version: "1.0".to_owned(),
        channel: FilingChannel::Portal,
        caller: None,
    }
}

pub struct CaseBuilder<'w> {
    world: &'w World,
    certificate: Option<Certificate>,
    ev: bool,
    state: CaseState,
    due_on: NaiveDate,
}

impl CaseBuilder<'_> {
    pub fn on(mut self, certificate: &Certificate) -> Self {
        self.certificate = Some(certificate.clone());
        self
    }

    pub fn ev(mut self) -> Self {
        self.ev = true;
        self
    }

    pub fn in_state(mut self, state: CaseState) -> Self {
        self.state = state;
        self
    }

    /// Requested for this day, which should be a business day. `Expired` cases have their own.
    pub fn due_on(mut self, day: NaiveDate) -> Self {
        self.due_on = day;
        self
    }

    /// Filed a week ago; the replacement came an hour later, the call half an hour ago.
    pub async fn open(mut self) -> Case {
        let world = self.world;
        let desk = &world.desk;
        let batch = Actor::batch();
        let filed_at = world.now - Duration::days(7);
        let certificate = match self.certificate.take() {
            Some(certificate) => certificate,
            None => self.register_certificate().await,
        };
        if self.state == CaseState::Expired {
            self.due_on = desk.calendar().last_business_day_until(certificate.last_day());
        }
        let application = an_application(&certificate, self.due_on);
        let applicant = customer_of(certificate.subscriber_id);
        let filed = file_application(desk, application, &applicant, filed_at).await.unwrap();
        if self.state == CaseState::AwaitingReissue {
            return filed;
        }
        let waiting = issue_replacement(desk, filed.id, &Actor::system(), filed_at + Duration::hours(1)).await.unwrap();
        let before = world.now - Duration::minutes(30);
        match self.state {
            CaseState::AwaitingReissue | CaseState::AwaitingCall => waiting,
            CaseState::Confirmed => world.confirm(&waiting, before).await,
            CaseState::Revoking => {
                let confirmed = world.confirm(&waiting, before).await;
                world.ca.will(&certificate.serial, Behaviour::OutOfReach);
                let revoking = revoke_case(desk, world.order(&confirmed), &batch, before).await.unwrap();
                world.ca.will(&certificate.serial, Behaviour::Accepts);
                revoking
            }
            CaseState::Revoked => world.revoke(&waiting, before).await,
            CaseState::Completed => {
                let revoked = world.revoke(&waiting, before).await;
                world.crl.publish(world.now);
                prove(desk, &batch, world.now).await.unwrap();
                world.reload(&revoked).await
            }
            CaseState::OnHold => {
                let note = "担当者の異動を確認中".to_owned();
                let input = HoldCase { reception_number: waiting.reception_number, version: waiting.version, note };
                hold_case(desk, input, &agent(), before).await.unwrap()
            }
            CaseState::Withdrawn => {
                let ground = "お客様からの電話".to_owned();
                let input = Withdraw { reception_number: waiting.reception_number, version: waiting.version, ground };
                withdraw(desk, input, &agent(), before).await.unwrap()
            }
            CaseState::Expired => {
                expire_cases(desk, &batch, before).await.unwrap();
                world.reload(&waiting).await
            }
        }
    }

    async fn register_certificate(&self) -> Certificate {
        let new = self.world.a_certificate();
        let new = if self.ev { new.ev() } else { new };
        let new = match self.state {
            CaseState::Expired => new.valid_until(self.world.today() - Days::new(1)),
            _ => new,
        };
        new.register().await
    }
}

impl World {
    /// Claims a case and records the call in which the right person agreed.
    pub async fn confirm(&self, case: &Case, at: DateTime<Utc>) -> Case {
        claim_case(&self.desk, case.reception_number, &agent(), at).await.unwrap();
        record_call(&self.desk, self.confirming_call(case).await, &agent(), at).await.unwrap()
    }

    async fn revoke(&self, waiting: &Case, at: DateTime<Utc>) -> Case {
        let confirmed = self.confirm(waiting, at).await;
        revoke_case(&self.desk, self.order(&confirmed), &Actor::batch(), at).await.unwrap()
    }

    /// Two supervisors allow the revocation without a call.
    pub async fn override_call(&self, case: &Case, at: DateTime<Utc>) -> Case {
        let (reception_number, version) = (case.reception_number, case.version);
        let ground = "代表者印のある依頼書を受領".to_owned();
        let request = RequestOverride { reception_number, version, ground };
        request_override(&self.desk, request, &supervisor(), at).await.unwrap();
        let approval = ApproveOverride { reception_number, version };
        approve_override(&self.desk, approval, &another_supervisor(), at).await.unwrap()
    }
}
