//! The staff's pages in English: every page, and what the pages answer.

use revocation_desk::actions::choose_preferences::{Preferences, choose_preferences};
use revocation_desk::domain::actor::{Actor, Identity};
use revocation_desk::domain::case::CaseState;
use revocation_desk::domain::language::Language;
use revocation_desk::domain::role::Role;
use revocation_desk::models::messages;

use super::office::{NOTE, Office, calls_of, claim, href, record, take_next};
use crate::support::app::{Answer, Browser};

/// Every list and form without a case, by its route.
const ROUTES: &str = include_str!("../../../src/controllers/desk/mod.rs");
/// What people wrote in Japanese stays as it is, and so do the names of holidays.
const WRITTEN: [&str; 8] = [
    NOTE,
    "担当者の異動を確認中",
    "お客様からの電話",
    "代表者印のある依頼書を受領",
    "みどりの日",
    "こどもの日",
    "の日",
    "の休日",
];

impl Office {
    /// Somebody with this role who reads English.
    pub async fn reader(&self, role: Role) -> Browser {
        let user = self.app.user(&format!("{}@reads.example", role.as_str()), role).await;
        let actor = Actor::new(Identity::Staff { id: user.id, name: user.name, role }, None);
        let english = Preferences { language: Language::English, single_keys: true };
        choose_preferences(&self.world.desk.db, english, &actor, self.app.now()).await.unwrap();
        let mut browser = self.app.visitor();
        browser.log_in(&user.email, crate::support::app::PASSWORD).await.assert_status(303);
        browser
    }
}

#[tokio::test]
async fn every_page_without_a_case_is_in_english_for_each_role() {
    let office = Office::open().await;
    office.world.a_case().open().await;
    office.world.a_case().ev().in_state(CaseState::Confirmed).open().await;
    let addresses = addresses();
    assert!(addresses.len() > 8, "{addresses:?}");
    let mut faults = Vec::new();
    for role in Role::ALL {
        let mut browser = office.reader(role).await;
        for address in &addresses {
            let page = browser.get(address).await;
            assert!(!page.status.is_server_error(), "{address}: {}", page.status);
            if !page.status.is_redirection() && page.header("content-type").starts_with("text/html") {
                // Refused ones too: they know the reader's language.
                faults.extend(fault_of(address, &page));
            }
        }
        for tab in ["promised", "carried_over", "mine", "confirmed", "revoked", "on_hold"] {
            faults.extend(fault_of(tab, &browser.get(&format!("/desk/today?tab={tab}")).await));
        }
    }
    assert!(faults.is_empty(), "{faults:#?}");
}

#[tokio::test]
async fn every_page_of_a_case_is_in_english_in_every_state() {
    let office = Office::open().await;
    let mut cases = Vec::new();
    for state in CaseState::ALL.into_iter().filter(|state| *state != CaseState::Completed) {
        cases.push(office.world.a_case().in_state(state).open().await);
    }
    cases.push(office.world.a_case().ev().open().await);
    let mut reader = office.reader(Role::Supervisor).await;
    for case in &cases {
        for event in ["", "/requested_on/edit", "/withdrawal/new", "/hold/new", "/override/new", "/key_compromise/new"]
        {
            let address = format!("{}{event}", href(case));
            let page = reader.get(&address).await;
            assert_english(&format!("{address} {:?}", case.state), &page);
        }
        for mail in messages::of_case(&office.world.desk.db, case.id).await.unwrap() {
            assert_english("mail", reader.get(&format!("/desk/mails/{}", mail.id)).await.assert_status(200));
        }
    }
}

#[tokio::test]
async fn a_call_is_taken_refused_recorded_and_revoked_in_english() {
    let office = Office::open().await;
    let case = office.world.a_case().open().await;
    let mut agent = office.reader(Role::Agent).await;
    take_next(&mut agent).await.assert_status(303);
    let page = agent.get(&href(&case)).await;
    page.assert_contains("The case is yours until 10:15.").assert_contains("2026/11/24 (Tue)");
    assert_english("claimed", &page);

    let refused = record(&mut agent, &case, &[("outcome", "confirmed")]).await;
    refused.assert_status(422).assert_contains("<title>Error: ").assert_contains("Tick both identity checks.");
    assert_english("refused", &refused);
    let agreement = office.agreement(&case).await;
    record(&mut agent, &case, &agreement.refs()).await.assert_status(303);

    let (confirmation, revocation) = (format!("{}/revocation/new", href(&case)), format!("{}/revocation", href(&case)));
    assert_english("confirmation", &agent.get(&confirmation).await);
    let wrong = agent.post_form(&confirmation, &revocation, &[("serial_suffix", "zzzz")]).await;
    assert_english("wrong serial", wrong.assert_status(422));
    let suffix = office.world.source(&case).await.serial.suffix().to_owned();
    agent.post_form(&confirmation, &revocation, &[("serial_suffix", &suffix)]).await.assert_status(303);
    let page = agent.get(&href(&case)).await;
    page.assert_contains("Revoked (www.example.jp, ending in").assert_contains("Confirmed: may be revoked");
    assert_english("revoked", &page);
}

#[tokio::test]
async fn two_people_on_one_case_are_told_in_english() {
    let office = Office::open().await;
    let case = office.world.a_case().open().await;
    let (mut agent, mut other) = (office.reader(Role::Agent).await, office.reader(Role::Supervisor).await);
    claim(&mut agent, &case).await.assert_status(303);
    assert_english("held", &other.get(&href(&case)).await);

    let form = agent.get(&href(&case)).await;
    let fields = office.agreement(&case).await.on(&form, &calls_of(&case));
    let edit = (format!("{}/requested_on/edit", href(&case)), format!("{}/requested_on", href(&case)));
    let past = other.post_form(&edit.0, &edit.1, &[("requested_on", "2026-11-01"), ("note", "earlier")]).await;
    assert_english("refused date", past.assert_status(422));
    let stale = fields.with("version", "0");
    assert_english("conflict", agent.post(&calls_of(&case), &stale.refs()).await.assert_status(409));
}

#[tokio::test]
async fn contact_changes_are_in_english() {
    let office = Office::open().await;
    let case = office.world.a_case().open().await;
    let proposal = office.proposal(&case).await;
    let mut agent = office.reader(Role::Agent).await;
    let page = format!("/desk/contacts/proposals/{}", proposal.id);
    assert_english("proposal", agent.get(&page).await.assert_status(200));
    let refused = agent.post_form(&page, &format!("{page}/verification"), &[("phone", "1")]).await;
    assert_english("refused", refused.assert_status(422));
    assert_english("list", &agent.get("/desk/contacts").await);
}

/// The addresses of `.add("/…", get(…))` that name no row.
fn addresses() -> Vec<String> {
    let lines = ROUTES.lines().filter(|line| line.trim().starts_with(".add(\"") && line.contains("get("));
    let paths = lines.filter_map(|line| line.split('"').nth(1)).filter(|path| !path.contains('{'));
    // Streams of events do not end.
    let paths = paths.filter(|path| *path != "/" && !path.ends_with("/events"));
    paths.map(|path| format!("/desk{path}")).collect()
}

/// No hiragana, which every Japanese sentence has, outside of what is marked as Japanese; no text is missing.
fn assert_english(name: &str, answer: &Answer) {
    assert_eq!(fault_of(name, answer), None);
}

fn fault_of(name: &str, answer: &Answer) -> Option<String> {
    let mut html = without_marked(&answer.body);
    for written in WRITTEN {
        html = html.replace(written, "");
    }
    crate::pages::assert_sound("english", &answer.body);
    let japanese: Vec<&str> = html.split('>').filter(|part| part.chars().any(is_hiragana)).collect();
    let english = html.contains("<html lang=\"en\"") && japanese.is_empty() && !html.contains("{n|");
    (!english).then(|| format!("{name} {}: {japanese:?}", answer.status))
}

fn is_hiragana(letter: char) -> bool {
    matches!(letter, '\u{3041}'..='\u{3096}')
}

/// Without the elements that have `lang="ja"`.
fn without_marked(html: &str) -> String {
    let mut kept = String::new();
    let mut rest = html;
    while let Some(at) = rest.find(" lang=\"ja\"") {
        let start = rest[..at].rfind('<').unwrap();
        let tag: String = rest[start + 1..].chars().take_while(char::is_ascii_alphanumeric).collect();
        kept.push_str(&rest[..start]);
        let end = format!("</{tag}>");
        let after = rest[at..].find(&end).map_or(rest.len(), |end_at| at + end_at + end.len());
        rest = &rest[after..];
    }
    kept + rest
}

#[test]
fn japanese_is_seen_where_it_is_not_marked() {
    let marked = "<p lang=\"ja\">です</p><ol class=\"x\" lang=\"ja\"><li>ます</li></ol><b>English</b>";
    assert!(!without_marked(marked).chars().any(is_hiragana));
    assert_eq!(without_marked("<p>です</p>"), "<p>です</p>");
}
