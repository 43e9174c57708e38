//! メール送信履歴: what was said to whom, and saying it again.

use chrono::Duration;
use revocation_desk::actions::follow_up;
use revocation_desk::domain::role::Role;
use revocation_desk::models::contacts;
use revocation_desk::models::revocation_cases::Case;
use tokio_util::sync::CancellationToken;

use super::office::{Office, href};
use crate::pages::assert_sound;

#[tokio::test]
async fn a_mail_is_read_as_sent_and_sent_once_more() {
    let office = Office::open().await;
    let case = office.world.a_case().open().await;
    let mail = office.world.mails(&case).await.remove(0);
    let page = format!("/desk/mails/{}", mail.id);
    let resend = format!("{page}/resend");
    let mut agent = office.app.login_as(Role::Agent).await;
    let mut auditor = office.app.login_as(Role::Auditor).await;

    agent.get(&page).await.assert_status(200).assert_contains("送信待ち").assert_lacks(&resend);
    let csrf = agent.get(&page).await.hidden_fields("/logout").remove(0).1;
    let early = agent.post(&resend, &[("_csrf", &csrf)]).await;
    assert_eq!(early.assert_status(303).location(), page);
    agent.get(&page).await.assert_contains("このメールはまだ送信待ちです。");
    follow_up::send(&office.app.services(), &CancellationToken::new()).await.unwrap();

    let shown = auditor.get(&page).await;
    shown.assert_contains("送信済み").assert_contains(&mail.message_id.replace('<', "&#60;").replace('>', "&#62;"));
    shown.assert_contains("hana@example.jp").assert_contains(&href(&case)).assert_lacks("再送する");
    let form = format!("{resend}/new");
    let looked_at = agent.get(&form).await;
    assert_sound("mail-resend-live", &looked_at.assert_status(200).body);
    looked_at.assert_contains(mail.body_text.lines().nth(3).unwrap()).assert_contains("hana@example.jp");
    let again = agent.post_form(&form, &resend, &[("to", "hana@example.jp")]).await;
    assert_ne!(again.assert_status(303).location(), page);
    agent.get(again.location()).await.assert_contains("再送の予定に入れました。").assert_contains("送信待ち");
    let twice = agent.post_form(&form, &resend, &[]).await;
    assert_eq!(twice.assert_status(303).location(), page);
    agent.get(&page).await.assert_contains("このメールはすでに再送しました。").assert_contains(again.location());
    assert_eq!(office.world.mails(&case).await.iter().filter(|one| one.subject == mail.subject).count(), 2);
}

/// A mail that the server refused, and the page of it.
async fn a_bounced_mail(office: &Office, case: &Case) -> String {
    let mail = office.world.mails(case).await.remove(0);
    let refused = "550 5.1.1: Recipient address rejected";
    office
        .world
        .tamper(&format!(
            "UPDATE messages SET status = 'failed', attempts = 1, last_error = '{refused}' WHERE id = {}",
            mail.id
        ))
        .await;
    office.world.tamper(&format!("UPDATE messages SET status = 'sent' WHERE id <> {}", mail.id)).await;
    format!("/desk/mails/{}", mail.id)
}

#[tokio::test]
async fn a_mail_that_did_not_arrive_is_sent_to_the_corrected_address() {
    let office = Office::open().await;
    let case = office.world.a_case().open().await;
    let page = a_bounced_mail(&office, &case).await;
    let (form, resend) = (format!("{page}/resend/new"), format!("{page}/resend"));
    let mut agent = office.app.login_as(Role::Agent).await;
    agent.get(&href(&case)).await.assert_contains("hana@example.jpへ届きませんでした").assert_contains(&page);
    agent.get("/desk/mails?view=failed").await.assert_contains("<span class=\"n hot\">1</span>").assert_contains(&page);

    for (address, told) in [("hana@", "メールアドレスを読み取れません。"), ("", "送る宛先がありません。")]
    {
        let refused = agent.post_form(&form, &resend, &[("to", address)]).await;
        assert_sound("mail-resend-live-refused", &refused.assert_status(422).body);
        refused
            .assert_contains(told)
            .assert_contains("href=\"#f-to_1\"")
            .assert_contains(&format!("value=\"{address}\""));
    }
    let sent = agent.post_form(&form, &resend, &[("to", "hana.reibun@example.jp")]).await;
    let copy = sent.assert_status(303).location().to_owned();
    agent.get(&copy).await.assert_contains("hana.reibun@example.jp").assert_contains("送信を取り消す");
    agent.get(&href(&case)).await.assert_lacks("届きませんでした");
    agent.get("/desk/mails?view=failed").await.assert_lacks("<span class=\"n hot\">").assert_lacks("<tr data-row");
    let contacts = contacts::current(&office.world.desk.db, case.subscriber_id).await.unwrap();
    assert!(
        contacts.iter().all(|contact| contact.email != "hana.reibun@example.jp"),
        "contacts change by two people only"
    );
}

#[tokio::test]
async fn what_came_back_stands_on_the_page_of_its_mail() {
    let office = Office::open().await;
    let case = office.world.a_case().open().await;
    let page = a_bounced_mail(&office, &case).await;
    let id = page.rsplit_once('/').unwrap().1;
    let mut agent = office.app.login_as(Role::Agent).await;
    let given_up = agent.get(&page).await;
    given_up.assert_contains("停止").assert_lacks("不達</span>").assert_lacks("配達が遅れている");

    let plant = async |action: &str, words: &str, at: &str| {
        let columns = "message_id, recipient, action, status_code, words, arrived_at";
        let row = format!("{id}, 'hana@example.jp', '{action}', '5.1.1', '{words}', '2026-11-24T{at}:00+00:00'");
        office.world.tamper(&format!("INSERT INTO bounces ({columns}) VALUES ({row})")).await;
    };
    plant("delayed", "451 4.2.1 mailbox busy", "00:10").await;
    plant("failed", "550 5.1.1: Recipient address rejected", "00:40").await;
    let to = r#"[{"name":"例文 花","email":"hana@example.jp","refused":"550 5.1.1: Recipient address rejected"}]"#;
    office.world.tamper(&format!("UPDATE messages SET recipients = '{to}' WHERE id = {id}")).await;

    let shown = agent.get(&page).await;
    assert_sound("mail-bounced-live", &shown.assert_status(200).body);
    shown.assert_contains("配達が遅れている").assert_contains("11/24(火) 09:10").assert_contains("11/24(火) 09:40");
    shown.assert_contains("hana@example.jp 451 4.2.1 mailbox busy").assert_contains("不達");
    assert_eq!(shown.body.matches("550 5.1.1: Recipient address rejected").count(), 1, "told once");
    agent.get("/desk/mails?view=failed").await.assert_contains("不達");

    let mut reader = office.reader(Role::Agent).await;
    let english = reader.get(&page).await;
    english.assert_contains("Delivery is late").assert_contains("Undelivered").assert_lacks("???");
    reader.get(&format!("{page}/resend/new")).await.assert_contains("Contacts now: ").assert_lacks("???");
}

#[tokio::test]
async fn a_mail_sent_once_more_can_be_taken_back_for_ten_seconds() {
    let office = Office::open().await;
    let case = office.world.a_case().open().await;
    let page = a_bounced_mail(&office, &case).await;
    let (form, resend) = (format!("{page}/resend/new"), format!("{page}/resend"));
    let mut agent = office.app.login_as(Role::Agent).await;
    let send = async || follow_up::send(&office.app.services(), &CancellationToken::new()).await.unwrap();

    let copy = agent.post_form(&form, &resend, &[]).await.assert_status(303).location().to_owned();
    send().await;
    assert_sound("mail-leaving-live", &agent.get(&copy).await.body);
    let cancel = format!("{copy}/cancel");
    let back = agent.post_form(&copy, &cancel, &[]).await;
    assert_eq!(back.assert_status(303).location(), page);
    agent.get(&page).await.assert_contains("送信を取り消しました。").assert_contains("取り消し");
    agent.get(&href(&case)).await.assert_contains("届きませんでした");
    agent.get(&copy).await.assert_lacks("送信を取り消す");

    let second = agent.post_form(&form, &resend, &[]).await.assert_status(303).location().to_owned();
    assert_ne!(second, copy, "what was taken back can be sent after all");
    let shown = agent.get(&second).await;
    office.app.pass(Duration::seconds(11));
    send().await;
    let csrf = shown.hidden_fields(&format!("{second}/cancel"));
    let csrf: Vec<_> = csrf.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    let late = agent.post(&format!("{second}/cancel"), &csrf).await;
    assert_eq!(late.assert_status(303).location(), second);
    agent.get(&second).await.assert_contains("送信が始まったため、取り消せません。").assert_contains("送信済み");
    let first = page.clone();
    let never = agent.post(&format!("{first}/cancel"), &csrf).await;
    assert_eq!(never.assert_status(303).location(), first, "nobody sent this one by hand");
}

#[tokio::test]
async fn mails_are_filtered_by_view_kind_and_words() {
    let office = Office::open().await;
    let case = office.world.a_case().open().await;
    let mut agent = office.app.login_as(Role::Agent).await;
    for (query, rows) in [
        ("", 2),
        ("?view=waiting", 2),
        ("?view=sent", 0),
        ("?view=failed", 0),
        ("?kind=application_received", 1),
        ("?q=hana@example.jp", 2),
        ("?q=nobody", 0),
        ("?from=2026-11-17&to=2026-11-17", 2),
        ("?from=2026-11-18", 0),
        ("?from=nonsense&kind=nonsense", 2),
    ] {
        let page = agent.get(&format!("/desk/mails{query}")).await;
        assert_eq!(page.assert_status(200).body.matches("<tr data-row").count(), rows, "{query}");
        page.assert_lacks("???");
    }
    let number = case.reception_number.to_string();
    agent.get(&format!("/desk/mails?q={number}")).await.assert_contains(&href(&case));
}
