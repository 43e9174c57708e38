//! 取り込み: a file is handed over, rows are refused, corrected in the file that comes back, and handed over again.

use std::time::Duration;

use revocation_desk::domain::role::Role;

use super::office::Office;
use crate::support::app::{Answer, Browser};

/// Chooses a kind and a file and presses 取り込む.
async fn upload(browser: &mut Browser, kind: &str, file: &[u8]) -> Answer {
    let parts = [("kind", None, kind.as_bytes()), ("file", Some("a.csv"), file)];
    browser.attach("/desk/imports", "/desk/imports", &parts).await
}

/// The page of an import at its end, which comes in the background.
async fn ended(browser: &mut Browser, address: &str) -> Answer {
    for _ in 0..600 {
        let page = browser.get(address).await;
        if !page.body.contains("/cancellation") {
            return page;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("the import did not end");
}

const HEADING: &str = "subscriber,role,name,email,phone,phone_source,verified_on\r\n";

#[tokio::test]
async fn refused_rows_come_back_with_the_reason_and_are_corrected() {
    let office = Office::open().await;
    office.world.a_subscriber().named("例示商事").without_contacts().register().await;
    let mut supervisor = office.app.login_as(Role::Supervisor).await;
    let file = format!(
        "{HEADING}例示商事,procedure_contact,例文 花,hana@example.jp,03-0000-4182,登記簿,2026-11-02\r\n\
         例示商事,application_responsible,例田 一郎,ichiro@example.jp,+81 3 0000 4183,登記簿,2026-13-02\r\n"
    );

    let address = upload(&mut supervisor, "contacts", file.as_bytes()).await.assert_status(303).location().to_owned();
    let page = ended(&mut supervisor, &address).await;

    page.assert_contains("2 / 2行").assert_contains("<b class=\"num\">1</b>").assert_lacks("???");
    let only = supervisor.get(&format!("{address}?state=refused")).await;
    only.assert_contains("verified_on").assert_contains("2026-13-02").assert_lacks("登録した行</span>");
    let csv = supervisor.post_form(&address, &format!("{address}/refused"), &[]).await.assert_status(200).body.clone();
    assert!(csv.starts_with("\u{feff}import_line,import_reason,subscriber,"), "{csv}");
    let lines: Vec<&str> = csv.trim().lines().collect();
    assert_eq!(lines.len(), 2, "{csv}");
    assert!(lines[1].starts_with("3,verified_on: ") && lines[1].contains(",'+81 3 0000 4183,"), "{csv}");
    assert_eq!(office.world.count("audit_events WHERE action = 'import_rows_exported'").await, 1);

    let corrected = csv.replace(",2026-13-02", ",2026-11-02");
    let address =
        upload(&mut supervisor, "contacts", corrected.as_bytes()).await.assert_status(303).location().to_owned();
    ended(&mut supervisor, &address).await.assert_contains("取り込めなかった行 <b class=\"num\">0</b>");
    assert_eq!(office.world.count("contacts WHERE phone = '+81 3 0000 4183'").await, 1);
    supervisor.get("/desk/imports").await.assert_contains("例文 supervisor").assert_contains("連絡先");
}

#[tokio::test]
async fn a_file_that_is_none_is_told_on_the_page_and_nothing_is_kept() {
    let office = Office::open().await;
    let mut admin = office.app.login_as(Role::Admin).await;
    for (kind, file, told) in [
        ("", &b"x"[..], "種類を選んでください。"),
        ("contacts", b"", "ファイルを選んでください。"),
        ("contacts", b"hello", "1行目に決められた見出しがありません。"),
        ("certificates", b"subscriber,pem\r\n", "見出しの下に行がありません。"),
        ("applications", b"reason,csr\r\nx,y\r\n", "列「consent_version」がありません。"),
    ] {
        upload(&mut admin, kind, file).await.assert_status(422).assert_contains(told).assert_contains("エラー: ");
    }
    assert_eq!(office.world.count("imports").await, 0);
    let sample = admin.get("/desk/imports/samples/applications").await;
    sample.assert_status(200).assert_contains("order_number,reception_number,");
    admin.get("/desk/imports/samples/wishes").await.assert_status(404);
}

#[tokio::test]
async fn only_who_may_import_sees_the_way_there() {
    let office = Office::open().await;
    for (role, may) in [(Role::Agent, false), (Role::Auditor, false), (Role::Supervisor, true), (Role::Admin, true)] {
        let mut browser = office.app.login_as(role).await;
        let shown = browser.get("/desk/batches").await.body.contains("href=\"/desk/imports\"");
        assert_eq!(shown, may, "{role:?}");
        let status = browser.get("/desk/imports").await.status.as_u16();
        assert_eq!(status, if may { 200 } else { 403 }, "{role:?}");
    }
}
