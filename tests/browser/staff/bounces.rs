//! A mail that comes back (journey 13): it is counted and shown on its case, the contact is corrected by two people, and
//! the mail goes to the new address.

use std::fs;

use revocation_desk::actions::read_bounces::read_bounces;
use revocation_desk::actions::send_messages::ReturnPath;
use revocation_desk::domain::actor::Actor;
use revocation_desk::models::columns::MessageStatus;
use revocation_desk::models::messages::Message;
use serde_json::json;

use super::working_agent;
use crate::builders::day;
use crate::harness::{Screen, Site, Window};

async fn is_sound_at_all_sizes(window: &Window, step: &str) {
    for (width, screen) in [("1280", Screen::Desk), ("640", Screen::Half), ("320", Screen::Narrow)] {
        window.set_screen(screen).await;
        window.is_sound(&format!("{step}-{width}")).await;
    }
    window.set_screen(Screen::Desk).await;
}

/// The mail server delivers its report, and the schedule rings.
async fn comes_back(site: &Site, maildir: &std::path::Path, mail: &Message) {
    let desk = site.app.services();
    let path = ReturnPath::from_settings(&desk.settings).unwrap().unwrap();
    let address = path.mailbox.address(path.key.mark(mail.id, &mail.message_id));
    let to = mail.addressees().unwrap()[0].recipient.email().to_owned();
    let report = format!(
        "Return-Path: <>\r\nDelivered-To: {address}\r\nMIME-Version: 1.0\r\n\
         Content-Type: multipart/report; report-type=delivery-status; boundary=b\r\n\r\n\
         --b\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; relay.example.net\r\n\r\n\
         Final-Recipient: rfc822; {to}\r\nAction: failed\r\nStatus: 5.1.1\r\n\
         Diagnostic-Code: smtp; 550 5.1.1 <{to}>: User unknown\r\n\r\n--b--\r\n"
    );
    fs::write(maildir.join("new/1.a.host"), report).unwrap();
    assert_eq!(read_bounces(&desk, &Actor::batch(), desk.clock.now()).await.unwrap().done, 1);
}

#[tokio::test]
async fn a_mail_that_came_back_goes_to_the_address_that_two_people_corrected() {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join("new")).unwrap();
    fs::write(folder.path().join("key"), "0123456789abcdef0123456789abcdef").unwrap();
    let site = Site::open_with("2026-11-24T01:00:00Z".parse().unwrap(), |config| {
        config.settings.as_mut().unwrap()["mail"]["bounces"] = json!({
            "address": "bounce@ca.example",
            "maildir": folder.path(),
            "key_file": folder.path().join("key"),
        });
    })
    .await;
    let case = site.world.a_case().open().await;
    site.world.tamper("UPDATE messages SET status = 'sent', sent_at = '2026-11-24T00:00:00+00:00'").await;
    let mail = site.world.mails(&case).await.remove(0);
    let case_page = format!("/desk/cases/{}", case.reception_number);
    let agent = working_agent(&site, "misaki@ca.example", true).await;
    agent.open(&case_page).await;
    agent.sees_no("メール不達").await;

    comes_back(&site, folder.path(), &mail).await;

    agent.open(&case_page).await;
    agent.sees("メール不達").await;
    agent.sees("hana@example.jpへ届きませんでした（550 5.1.1 <hana@example.jp>: User unknown）").await;
    assert_eq!(agent.texts_of("nav .n.hot").await, ["1"], "the count in the menu");
    is_sound_at_all_sizes(&agent, "case").await;
    agent.open("/desk/mails?view=failed").await;
    agent.sees("不達").await;
    is_sound_at_all_sizes(&agent, "list").await;
    agent.press("申請受付").await;
    agent.sees("送信の記録").await;
    is_sound_at_all_sizes(&agent, "mail").await;
    agent.press("再送する").await;
    agent.sees("いまの連絡先: 手続き担当者 例文 花 <hana@example.jp>").await;
    agent.press("担当者変更を登録").await;
    agent.is_on("担当者変更の登録").await;
    agent.choose_from("役割", "手続き担当者").await;
    for (field, value) in [
        ("氏名", "例文 花"),
        ("メールアドレス", "hana.reibun@example.jp"),
        ("確かめた電話番号", "03-0000-4182"),
        ("番号の出所", "法人番号公表サイト"),
        ("確かめた日", "2026-11-24"),
    ] {
        agent.fill(field, value).await;
    }
    agent.press("番号を確認して承認に回す").await;
    agent.sees("番号の確認を記録し、承認に回しました。").await;
    let change = agent.path().await;

    let second = working_agent(&site, "aoi@ca.example", true).await;
    second.open(&change).await;
    second.press("変更を承認する").await;
    second.sees("変更を承認しました").await;

    agent.open(&format!("/desk/mails/{}", mail.id)).await;
    agent.press("再送する").await;
    agent.holds("例文 花 様のメールアドレス", "hana.reibun@example.jp").await;
    agent.sees("届かなかった hana@example.jp の代わりに、登録されている新しいアドレスを入れました。").await;
    is_sound_at_all_sizes(&agent, "resend").await;
    agent.press("この内容で送信する").await;
    agent.sees("に送信します。それまでは取り消せます。").await;

    assert_eq!(agent.texts_of("nav .n.hot").await, [""; 0], "nothing waits for a person");
    agent.open(&case_page).await;
    agent.sees_no("メール不達").await;
    let copy = site.world.mails(&case).await.into_iter().find(|copy| copy.resend_of == Some(mail.id)).unwrap();
    assert_eq!(copy.status, MessageStatus::Queued);
    assert_eq!(copy.addressees().unwrap()[0].recipient.email(), "hana.reibun@example.jp");
    assert_eq!(site.world.reload(&case).await.due_on, day("2026-11-24"));
}
