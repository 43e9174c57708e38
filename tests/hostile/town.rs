//! Two organisations side by side in one desk, each with certificates, a case, people and mail, and what belongs to both.

use std::sync::Arc;

use revocation_desk::actions::add_closure::{AddClosure, add_closure};
use revocation_desk::actions::create_token::{NewToken, create_token};
use revocation_desk::actions::open_import::{OpenImport, open_import};
use revocation_desk::actions::prepare_bulk::{PrepareBulk, prepare_bulk};
use revocation_desk::actions::propose_contact::{ProposeContact, propose_contact};
use revocation_desk::actions::register_contact::register_contact;
use revocation_desk::actions::request_contact_change::request_contact_change;
use revocation_desk::domain::actor::{Actor, Identity};
use revocation_desk::domain::bulk::{BulkKind, BulkOrigin};
use revocation_desk::domain::contact::ContactRole;
use revocation_desk::domain::import::ImportKind;
use revocation_desk::domain::role::Role;
use revocation_desk::models::batch_runs::{self, NewRun};
use revocation_desk::models::certificates::Certificate;
use revocation_desk::models::columns::{EvidenceKind, RunCause};
use revocation_desk::models::evidence::{self, NewDocument};
use revocation_desk::models::messages;
use revocation_desk::models::revocation_cases::Case;
use revocation_desk::models::saved_views;
use sea_orm::{ActiveModelTrait, ActiveValue::Set};

use crate::builders::{World, a_contact, day, staff};
use crate::fake_ca::FakeCa;
use crate::support::app::{TestApp, set};

/// A program with a town in it.
pub struct OpenTown {
    pub app: TestApp,
    pub world: World,
    town: Town,
}

impl OpenTown {
    /// Where nobody is kept from asking a thousand times a minute.
    pub async fn open() -> Self {
        let app = TestApp::start_with(|config| {
            for limit in ["portal_per_minute", "api_per_minute", "unknown_tokens_per_minute"] {
                set(config, &format!("limits.{limit}"), 1_000_000);
            }
        });
        Self::of(app.await).await
    }

    pub async fn of(app: TestApp) -> Self {
        let ca = Arc::new(FakeCa::new(app.services().embedded_ca.unwrap()));
        app.change_services(|services| services.ca = ca.clone());
        let world = World::of_program(app.services(), ca);
        let town = Town::build(&app, &world).await;
        Self { app, world, town }
    }
}

impl std::ops::Deref for OpenTown {
    type Target = Town;

    fn deref(&self) -> &Town {
        &self.town
    }
}

pub struct Town {
    pub ours: Tenant,
    pub theirs: Tenant,
    pub bulk: i64,
    pub run: i64,
    pub view: i64,
    pub import: i64,
    pub document: i64,
    /// A member of staff who is nobody's own account.
    pub colleague: i64,
    pub token: i64,
    pub text: String,
    pub issuer: String,
}

/// One organisation with what it has.
pub struct Tenant {
    pub subscriber: i64,
    pub login: &'static str,
    pub customer: i64,
    /// Its case waits for the call.
    pub case: Case,
    /// A certificate without a case.
    pub free: Certificate,
    pub message: i64,
    pub proposal: i64,
    pub change: i64,
    /// What nobody else may come to see.
    pub marks: Vec<String>,
}

impl Tenant {
    pub fn case_number(&self) -> String {
        self.case.reception_number.to_string()
    }

    pub fn certificate_number(&self) -> String {
        self.free.reception_number.unwrap().to_string()
    }

    fn actor(&self) -> Actor {
        let (id, subscriber_id) = (self.customer, self.subscriber);
        Actor::new(Identity::Customer { id, name: "顧客".to_owned(), subscriber_id }, None)
    }
}

/// How a tenant is called, all of it found nowhere else.
struct Names {
    organisation: &'static str,
    login: &'static str,
    people: [&'static str; 2],
    /// The end of mail addresses and of the names of sites.
    domain: &'static str,
    /// The end of telephone numbers.
    phone: &'static str,
}

const OURS: Names = Names {
    organisation: "例示商事株式会社",
    login: "ours",
    people: ["例文 花", "例田 一郎"],
    domain: "ours.example",
    phone: "0000-4182",
};

const THEIRS: Names = Names {
    organisation: "見本物産株式会社",
    login: "theirs",
    people: ["見本 茜", "見田 二郎"],
    domain: "theirs.example",
    phone: "0000-7733",
};

impl Town {
    pub async fn build(app: &TestApp, world: &World) -> Self {
        let issuer = app.services().embedded_ca.unwrap().issuing().id.clone();
        let ours = tenant(app, world, &OURS).await;
        let theirs = tenant(app, world, &THEIRS).await;
        let (desk, now) = (&world.desk, world.now);

        let colleague = app.user("colleague@ca.example", Role::Agent).await.id;
        let new = NewToken {
            name: "order system".to_owned(),
            role: Role::Admin,
            read_only: false,
            lifetime: chrono::Duration::days(30),
            reason: None,
        };
        let (token, _) = create_token(&desk.db, new, &Actor::system(), now).await.unwrap();
        let closure =
            AddClosure {
                date: day("2026-12-15"), name: "創立記念日".to_owned(), reason: "社内行事".to_owned()
            };
        add_closure(desk, closure, &Actor::system(), now).await.unwrap();
        let bulk = PrepareBulk {
            kind: BulkKind::Revoke,
            origin: BulkOrigin::File,
            conditions: "list.csv".to_owned(),
            cases: vec![ours.case.reception_number],
        };
        let bulk = prepare_bulk(desk, bulk, &staff(colleague, "同僚", Role::Agent), now).await.unwrap();
        let view = saved_views::ActiveModel {
            owner_id: Set(colleague),
            name: Set("EVのみ".to_owned()),
            conditions: Set("validation=ev".to_owned()),
            shared: Set(true),
            created_at: Set(now),
            ..Default::default()
        };
        let view = view.insert(&desk.db).await.unwrap();
        let run = NewRun {
            task: "revoke_due",
            business_date: world.today(),
            started_by: "batch".to_owned(),
            cause: RunCause::Schedule,
            dry_run: false,
            target: 2,
        };
        let run = batch_runs::start(&desk.db, run, now).await.unwrap().unwrap();
        let document = NewDocument {
            kind: EvidenceKind::Crl,
            sha256: "00".repeat(32),
            source: "test".to_owned(),
            bytes: b"crl",
            this_update: now,
            next_update: None,
        };
        let document = evidence::keep_document(&desk.db, document, now).await.unwrap();
        let import = OpenImport { kind: ImportKind::Contacts, file_sha256: None };
        let import = open_import(desk, import, &staff(colleague, "同僚", Role::Supervisor), now).await.unwrap();
        let (bulk, view, run, token, import) = (bulk.id, view.id, run.id, token.id, import.id);
        Self { ours, theirs, bulk, run, view, import, document, colleague, token, text: "signature".to_owned(), issuer }
    }
}

async fn tenant(app: &TestApp, world: &World, names: &Names) -> Tenant {
    let (desk, now) = (&world.desk, world.now);
    let owner = world.a_subscriber().named(names.organisation).without_contacts().register().await;
    let mut contacts = Vec::new();
    for (role, name) in ContactRole::ALL.into_iter().zip(names.people) {
        let mut contact = a_contact(owner.id, role, day("2026-05-08"));
        name.clone_into(&mut contact.name);
        contact.email = format!("{}@{}", role.as_str().replace('_', "-"), names.domain);
        contact.phone = format!("03-{}", names.phone);
        register_contact(desk, contact.clone(), &Actor::system(), now - chrono::Duration::days(190)).await.unwrap();
        contacts.push(contact);
    }
    let site = world.a_certificate().of(&owner);
    let (used, free) = match names.login {
        "ours" => (site.names(["www.ours.example"]), world.a_certificate().of(&owner).names(["shop.ours.example"])),
        _ => (site.names(["www.theirs.example"]), world.a_certificate().of(&owner).names(["shop.theirs.example"])),
    };
    let (used, free) = (used.register().await, free.register().await);
    let case = world.a_case().on(&used).open().await;
    let customer = app.customer(owner.id, names.login).await;
    let message = messages::of_case(&desk.db, case.id).await.unwrap().remove(0).id;
    let mut marks: Vec<String> =
        [names.organisation, names.domain, names.phone, names.people[0], names.people[1]].map(str::to_owned).to_vec();
    marks.extend([used.serial.to_string(), free.serial.to_string()]);
    let mut tenant = Tenant {
        subscriber: owner.id,
        login: names.login,
        customer: customer.id,
        case,
        free,
        message,
        proposal: 0,
        change: 0,
        marks,
    };
    let proposal = ProposeContact {
        reception_number: Some(tenant.case.reception_number),
        role: ContactRole::ApplicationResponsible,
        name: names.people[0].to_owned(),
        name_kana: None,
        department: None,
        email: format!("next@{}", names.domain),
        phone: format!("06-{}", names.phone),
    };
    tenant.proposal = propose_contact(desk, proposal, &tenant.actor(), now).await.unwrap().id;
    let mut successor = contacts.remove(0);
    successor.email = format!("successor@{}", names.domain);
    successor.phone = format!("045-{}", names.phone);
    tenant.change = request_contact_change(desk, successor, &staff(99, "依頼者", Role::Agent), now).await.unwrap().id;
    tenant
}
