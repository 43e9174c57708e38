//! S7 連絡先変更: from the customer's word to the approval of a second person.

use chrono::Duration;
use revocation_desk::actions::propose_contact::{ProposeContact, propose_contact};
use revocation_desk::domain::actor::{Actor, Identity};
use revocation_desk::domain::call::CallOutcome;
use revocation_desk::domain::case::CaseState;
use revocation_desk::domain::contact::ContactRole;
use revocation_desk::domain::role::Role;
use revocation_desk::models::contact_proposals::ContactProposal;
use revocation_desk::models::contacts;
use revocation_desk::models::revocation_cases::Case;

use super::office::{Office, claim, href};
use crate::support::app::{Answer, Browser};

impl Office {
    /// A customer names 例外 次郎.
    pub async fn proposal(&self, case: &Case) -> ContactProposal {
        self.proposal_at(case, Duration::zero()).await
    }

    async fn proposal_at(&self, case: &Case, later: Duration) -> ContactProposal {
        let row = self.app.customer(case.subscriber_id, &format!("c{}", case.subscriber_id)).await;
        let identity = Identity::Customer { id: row.id, name: row.name, subscriber_id: case.subscriber_id };
        let input = ProposeContact {
            reception_number: Some(case.reception_number),
            role: ContactRole::ProcedureContact,
            name: "例外 次郎".to_owned(),
            name_kana: None,
            department: Some("総務部".to_owned()),
            email: "jiro@example.jp".to_owned(),
            phone: "03-0000-7777".to_owned(),
        };
        let now = self.app.now() + later;
        propose_contact(&self.world.desk, input, &Actor::new(identity, None), now).await.unwrap()
    }

    async fn dialled(&self, case: &Case) -> String {
        let people = contacts::current(&self.world.desk.db, case.subscriber_id).await.unwrap();
        contacts::in_role(&people, ContactRole::ProcedureContact).unwrap().phone.clone()
    }
}

const VERIFIED: [(&str, &str); 6] = [
    ("name", "例外 次郎"),
    ("name_kana", "レイガイ ジロウ"),
    ("email", "jiro@example.jp"),
    ("phone", "03-0000-8888"),
    ("phone_source", "法人番号公表サイト"),
    ("verified_on", "2026-11-24"),
];

fn page(proposal: &ContactProposal) -> String {
    format!("/desk/contacts/proposals/{}", proposal.id)
}

async fn verify(agent: &mut Browser, proposal: &ContactProposal) -> String {
    let action = format!("{}/verification", page(proposal));
    let answer = agent.post_form(&page(proposal), &action, &VERIFIED).await;
    answer.assert_status(303).location().to_owned()
}

async fn approve(browser: &mut Browser, change: &str) -> Answer {
    browser.post_form(change, &format!("{change}/approval"), &[]).await
}

#[tokio::test]
async fn one_person_verifies_and_another_approves() {
    let office = Office::open().await;
    let case = office.world.a_case().in_state(CaseState::Confirmed).open().await;
    let proposal = office.proposal(&case).await;
    let mut agent = office.app.login_as(Role::Agent).await;
    let mut second = office.app.login_another(Role::Agent, "second@ca.example").await;

    let list = agent.get("/desk/contacts").await;
    list.assert_status(200).assert_contains("例外 次郎").assert_contains("例文 花").assert_contains("番号は未確認");
    list.assert_contains(&page(&proposal)).assert_contains("2026/11/24(火)").assert_lacks("???");
    let shown = agent.get(&page(&proposal)).await;
    shown.assert_status(200).assert_contains("03-0000-7777").assert_contains("総務部").assert_lacks("???");
    shown.assert_contains(&case.reception_number.to_string());

    let change = verify(&mut agent, &proposal).await;
    let own = agent.get(&change).await;
    own.assert_contains("自分が確認した変更は承認できません").assert_lacks("変更を承認する</button>");
    own.assert_contains("03-0000-8888").assert_contains("法人番号公表サイト");
    assert_eq!(agent.get(&page(&proposal)).await.assert_status(303).location(), change);
    assert_eq!(office.dialled(&case).await, "03-0000-4182");

    second.get(&change).await.assert_contains("変更を承認する</button>");
    approve(&mut second, &change).await.assert_status(303);
    second.get(&change).await.assert_contains("変更を承認しました").assert_contains("さんが承認しました");

    assert_eq!(office.dialled(&case).await, "03-0000-8888");
    assert_eq!(office.world.reload(&case).await.state, CaseState::AwaitingCall);
    let page = agent.get(&href(&case)).await;
    page.assert_contains("例外 次郎").assert_contains("例文 agentが確認").assert_lacks("staff:");
    for (view, holds) in
        [("waiting", false), ("received", false), ("checking", false), ("approved", true), ("all", true)]
    {
        let list = agent.get(&format!("/desk/contacts?view={view}")).await;
        assert_eq!(list.body.contains("例外 次郎"), holds, "{view}");
    }
}

#[tokio::test]
async fn whoever_verified_cannot_approve_even_by_a_forged_form() {
    let office = Office::open().await;
    let case = office.world.a_case().open().await;
    let proposal = office.proposal(&case).await;
    let mut agent = office.app.login_as(Role::Agent).await;
    let change = verify(&mut agent, &proposal).await;

    let csrf = agent.get(&change).await.hidden_fields("/logout").remove(0).1;
    let answer = agent.post(&format!("{change}/approval"), &[("_csrf", &csrf)]).await;

    assert_eq!(answer.assert_status(303).location(), change);
    agent.get(&change).await.assert_contains("自分が確認した変更は承認できません");
    assert_eq!(office.dialled(&case).await, "03-0000-4182");
}

#[tokio::test]
async fn a_refused_verification_keeps_what_was_typed() {
    let office = Office::open().await;
    let case = office.world.a_case().open().await;
    let proposal = office.proposal(&case).await;
    let mut agent = office.app.login_as(Role::Agent).await;
    let action = format!("{}/verification", page(&proposal));
    for (field, value, sentence) in [
        ("phone", "8888", "電話番号は、03-0000-0000のように市外局番から入力してください。"),
        ("phone_source", "", "電話番号の出所を入力してください。"),
        ("verified_on", "", "電話番号を確認した日を入力してください。"),
        ("verified_on", "昨日", "確認した日「昨日」を読み取れません。"),
        ("verified_on", "2026-11-25", "先の日付です"),
        ("email", "jiro", "メールアドレスを読み取れません。"),
        ("name", "", "必ず入力してください。"),
    ] {
        let fields: Vec<_> =
            VERIFIED.iter().map(|(name, given)| (*name, if *name == field { value } else { given })).collect();
        let answer = agent.post_form(&page(&proposal), &action, &fields).await;
        answer.assert_status(422).assert_contains("<title>エラー: ").assert_contains(sentence);
        answer.assert_contains(&format!("id=\"e-{field}\"")).assert_lacks("???");
        let (name, kept) = fields.iter().find(|(name, _)| *name != field && *name != "name").unwrap();
        answer.assert_contains(&format!("name=\"{name}\" maxlength=\"254\" autocomplete=\"off\" value=\"{kept}\""));
    }
    assert_eq!(office.world.count("contact_changes").await, 0);
}

#[tokio::test]
async fn a_proposal_is_declined_with_a_ground_that_the_customer_reads() {
    let office = Office::open().await;
    let case = office.world.a_case().open().await;
    let proposal = office.proposal(&case).await;
    let mut agent = office.app.login_as(Role::Agent).await;
    let action = format!("{}/decline", page(&proposal));

    let empty = agent.post_form(&page(&proposal), &action, &[("ground", "")]).await;
    empty.assert_status(422).assert_contains("差し戻す理由を入力してください。").assert_contains("<details open>");
    agent.post_form(&page(&proposal), &action, &[("ground", "在籍を確認できません。")]).await.assert_status(303);

    agent.get(&page(&proposal)).await.assert_contains("在籍を確認できません。").assert_lacks("</textarea>");
    agent.get("/desk/contacts?view=declined").await.assert_contains("差し戻し");
    assert_eq!(office.world.mail_kinds(&case).await.last().unwrap(), "contact_proposal_declined");
}

#[tokio::test]
async fn what_the_second_person_sends_back_is_verified_again() {
    let office = Office::open().await;
    let case = office.world.a_case().open().await;
    let proposal = office.proposal(&case).await;
    let mut agent = office.app.login_as(Role::Agent).await;
    let mut second = office.app.login_as(Role::Supervisor).await;
    let change = verify(&mut agent, &proposal).await;

    let decline = format!("{change}/decline");
    second.post_form(&change, &decline, &[("ground", "出所が古い")]).await.assert_status(303);
    second.get(&change).await.assert_contains("例文 supervisorさんが差し戻しました。理由: 出所が古い");

    let again = agent.get(&page(&proposal)).await;
    again.assert_status(200).assert_contains("出所が古い").assert_contains("番号を確認して承認に回す");
    let change = verify(&mut agent, &proposal).await;
    approve(&mut second, &change).await.assert_status(303);
    assert_eq!(office.dialled(&case).await, "03-0000-8888");
}

#[tokio::test]
async fn after_a_call_the_desk_begins_itself() {
    let office = Office::open().await;
    let case = office.world.a_case().open().await;
    let mut agent = office.app.login_as(Role::Agent).await;
    let mut second = office.app.login_as(Role::Supervisor).await;
    claim(&mut agent, &case).await.assert_status(303);
    let calls = format!("{}/calls", href(&case));
    let outcome = CallOutcome::ContactChanged.as_str();
    agent.post_form(&href(&case), &calls, &[("outcome", outcome), ("note", "異動")]).await.assert_status(303);

    let form = format!("/desk/contacts/new?case={}", case.reception_number);
    agent.get(&href(&case)).await.assert_contains(&form).assert_contains("担当者変更を登録");
    let mut fields = VERIFIED.to_vec();
    fields.push(("role", "procedure_contact"));
    let answer = agent.post_form(&form, "/desk/contacts/changes", &fields).await;
    let change = answer.assert_status(303).location().to_owned();
    agent.get(&href(&case)).await.assert_contains("担当者変更があります");
    let twice = agent.post_form(&form, "/desk/contacts/changes", &fields).await;
    assert_eq!(twice.assert_status(303).location(), href(&case));
    agent.get(&href(&case)).await.assert_contains("承認を待っています");

    approve(&mut second, &change).await.assert_status(303);
    assert_eq!(office.world.reload(&case).await.state, CaseState::AwaitingCall);
    assert_eq!(office.dialled(&case).await, "03-0000-8888");
}

#[tokio::test]
async fn auditors_read_and_administrators_see_four_digits() {
    let office = Office::open().await;
    let case = office.world.a_case().open().await;
    let proposal = office.proposal(&case).await;
    let mut agent = office.app.login_as(Role::Agent).await;
    let other = office.world.a_case().open().await;
    let change = verify(&mut agent, &office.proposal(&other).await).await;
    for (role, whole) in [(Role::Auditor, true), (Role::Admin, false)] {
        let mut browser = office.app.login_as(role).await;
        browser.get("/desk/contacts").await.assert_status(200);
        for (address, number) in [(page(&proposal), "7777"), (change.clone(), "8888")] {
            let shown = browser.get(&address).await;
            shown.assert_status(200).assert_contains("この役割では、確認も承認もできません。");
            assert_eq!(shown.body.matches("method=\"post\"").count(), 1, "{role:?} may only log out");
            assert_eq!(shown.body.contains(&format!("03-0000-{number}")), whole, "{role:?}");
            shown.assert_contains(number);
        }
        let csrf = browser.get("/desk/contacts").await.hidden_fields("/logout").remove(0).1;
        for address in [
            format!("{}/verification", page(&proposal)),
            format!("{}/decline", page(&proposal)),
            format!("{change}/approval"),
            format!("{change}/decline"),
            "/desk/contacts/changes".to_owned(),
        ] {
            let answer = browser.post(&address, &[("_csrf", &csrf), ("ground", "x")]).await;
            assert_eq!(answer.status.as_u16(), 403, "{role:?} at {address}");
        }
        let new = browser.get(&format!("/desk/contacts/new?case={}", case.reception_number)).await;
        new.assert_status(403);
    }
    assert_eq!(office.dialled(&case).await, "03-0000-4182");
}

#[tokio::test]
async fn what_does_not_exist_is_not_found() {
    let office = Office::open().await;
    let mut agent = office.app.login_as(Role::Agent).await;
    for address in [
        "/desk/contacts/proposals/99",
        "/desk/contacts/changes/99",
        "/desk/contacts/changes/nonsense",
        "/desk/contacts/new?case=RQ-261124-9999",
        "/desk/contacts/new",
    ] {
        agent.get(address).await.assert_status(404);
    }
}

#[tokio::test]
async fn pages_of_the_list_neither_skip_nor_repeat() {
    use revocation_desk::models::handovers::{self, HandoverView, Page};
    let office = Office::open().await;
    for minutes in 0..5 {
        let case = office.world.a_case().open().await;
        office.proposal_at(&case, Duration::minutes(minutes / 2)).await;
    }
    let db = &office.world.desk.db;
    let mut seen = Vec::new();
    let mut place = Page::First;
    loop {
        let (rows, more) = handovers::page(db, HandoverView::All, place, 2).await.unwrap();
        seen.extend(rows.iter().map(|row| row.cursor().to_string()));
        match rows.last() {
            Some(last) if more => place = Page::After(last.cursor().to_string().parse().unwrap()),
            _ => break,
        }
    }
    let (all, _) = handovers::page(db, HandoverView::All, Page::First, 50).await.unwrap();
    let cursors: Vec<String> = all.iter().map(|row| row.cursor().to_string()).collect();
    assert_eq!((seen.len(), &seen), (5, &cursors));
    let (back, more) = handovers::page(db, HandoverView::All, Page::Before(all[3].cursor()), 2).await.unwrap();
    let back: Vec<String> = back.iter().map(|row| row.cursor().to_string()).collect();
    assert_eq!((back, more), (cursors[1..3].to_vec(), true));
}
