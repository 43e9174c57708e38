//! The desk's pages for contacts, filing and accounts at 100 % and at 200 %.

use revocation_desk::actions::propose_contact::{ProposeContact, propose_contact};
use revocation_desk::domain::contact::ContactRole;

use super::working_agent;
use crate::builders::customer_of;
use crate::harness::{Screen, Site};

#[tokio::test]
async fn contacts_filing_and_accounts_fit_1280_and_640_pixels() {
    let site = Site::open().await;
    let owner = site.world.a_subscriber().register().await;
    let certificate = site.world.a_certificate().of(&owner).register().await;
    let case = site.world.a_case().on(&certificate).open().await;
    let free = site.world.a_certificate().of(&owner).ev().names(["shop.example.jp"]).register().await;
    let hana = site.app.customer(owner.id, "hana").await;
    let proposal = ProposeContact {
        reception_number: Some(case.reception_number),
        role: ContactRole::ProcedureContact,
        name: "見本 茜".to_owned(),
        name_kana: None,
        department: Some("情報システム部 インフラストラクチャー管理グループ".to_owned()),
        email: "akane@example.jp".to_owned(),
        phone: "03-0000-7711".to_owned(),
    };
    let proposal = propose_contact(&site.world.desk, proposal, &customer_of(owner.id), site.world.now).await.unwrap();
    let agent = working_agent(&site, "misaki@ca.example", true).await;
    for (step, path) in [
        ("contacts", "/desk/contacts".to_owned()),
        ("proposal", format!("/desk/contacts/proposals/{}", proposal.id)),
        ("contact-new", format!("/desk/contacts/new?case={}", case.reception_number)),
        ("search", "/desk/reissues/new?q=example".to_owned()),
        ("filing", format!("/desk/reissues/new?certificate={}", free.id)),
        ("customers", "/desk/customers".to_owned()),
        ("customer", format!("/desk/customers/{}", hana.id)),
        ("choose", "/desk/customers/new?q=%E4%BE%8B%E7%A4%BA".to_owned()),
        ("invite", format!("/desk/customers/new?subscriber={}", owner.id)),
    ] {
        agent.set_screen(Screen::Desk).await;
        agent.open(&path).await;
        agent.is_at(path.split('?').next().unwrap()).await;
        agent.is_sound(&format!("{step}-1280")).await;
        agent.set_screen(Screen::Half).await;
        agent.is_sound(&format!("{step}-640")).await;
    }
}
