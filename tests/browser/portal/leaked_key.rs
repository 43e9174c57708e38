//! 鍵の漏えい to its end: first of all at the desk, revoked without a call, and a new certificate even afterwards.

use revocation_desk::actions::follow_up::follow_up;
use revocation_desk::actions::revoke_due::{RevokeDue, revoke_due};
use revocation_desk::domain::actor::Actor;
use revocation_desk::domain::case::CaseState;
use revocation_desk::models::columns::RunCause;
use tokio_util::sync::CancellationToken;

use super::{KeyPair, Portal, agree_and_file, begin, openssl};
use crate::harness::{Screen, Site};
use crate::staff::working_agent;

const UNTIL: &str = "11/25(水) 10:00";

/// What the night does: revokes what is due, publishes, proves, sends.
async fn the_batch(site: &Site) {
    let (desk, today, stop) = (site.app.services(), site.world.today(), CancellationToken::new());
    let input =
        RevokeDue { today, cause: RunCause::Task, dry_run: false, brake_lifted: false, stop: &stop, progress: &|_| {} };
    let run = revoke_due(&desk, input, &Actor::batch(), desk.clock.now()).await.unwrap().unwrap();
    assert_eq!((run.done, run.failed, run.skipped), (1, 0, 0));
    let followed = follow_up(&desk, today, RunCause::Task, &stop, &Actor::batch(), desk.clock.now()).await;
    assert_eq!(followed.proven.unwrap().done, 1);
}

#[tokio::test]
async fn a_leaked_key_comes_first_is_revoked_without_a_call_and_replaced_afterwards() {
    let portal = Portal::open().await;
    let (site, source) = (&portal.site, portal.a_certificate().register().await);
    let other = site.world.a_subscriber().named("例題電機株式会社").register().await;
    let other = site.world.a_certificate().of(&other).names(["other.example.jp"]).register().await;
    site.world.a_case().on(&other).open().await;
    let hana = portal.hana(Screen::Phone).await;
    begin(&hana, &source).await;
    hana.choose("鍵の漏えい").await;
    hana.press("次へ").await;
    hana.choose("新しいCSRはあとで提出する（失効を先に申請する）").await;
    hana.press("次へ").await;
    agree_and_file(&hana).await;
    let case = portal.the_case(&source).await;
    let number = case.reception_number.to_string();

    let agent = working_agent(site, "misaki@ca.example", true).await;
    agent.sees(UNTIL).await;
    assert!(agent.texts_of("tr[data-row]").await[0].contains(&number), "it comes first");
    agent.is_sound("today").await;
    agent.press("失効待ち一覧").await;
    agent.is_on("失効待ち一覧").await;
    let rows = agent.texts_of("tr[data-row]").await;
    assert!(rows[0].contains(&number) && rows[0].contains(UNTIL), "{rows:?}");
    agent.is_sound("list").await;
    agent.open(&format!("/desk/cases/{number}")).await;
    agent.sees(UNTIL).await;
    agent.is_sound("case").await;

    the_batch(site).await;
    assert_eq!(site.world.reload(&case).await.state, CaseState::Completed);
    agent.reload().await;
    agent.sees("失効をCRLで確認").await;
    agent.is_sound("completed").await;

    hana.open(&format!("/portal/requests/{number}")).await;
    hana.sees("新しい鍵でCSRを作成し、提出してください。").await;
    hana.is_sound("csr-awaited").await;
    hana.press("新しいCSRを提出する").await;
    let key = KeyPair::new();
    hana.fill("CSR", &key.csr).await;
    hana.press("確認へ進む").await;
    hana.press("提出する").await;
    hana.sees("CSRを受け取りました。新しい証明書を発行しています。").await;
    site.is_done().await;
    hana.reload().await;
    hana.sees("発行済み").await;
    hana.is_sound("replaced").await;
    let pem = hana.download("証明書（PEM）").await;
    assert_eq!(openssl(&["x509", "-noout", "-pubkey"], &pem), key.public_key());
    let case = site.world.reload(&case).await;
    assert_eq!(case.state, CaseState::Completed);
    assert!(case.replacement_certificate_id.is_some());
}
