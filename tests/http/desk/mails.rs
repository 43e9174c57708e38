//! メール送信履歴: what was said to whom, and saying it again.

use revocation_desk::actions::follow_up;
use revocation_desk::domain::role::Role;
use tokio_util::sync::CancellationToken;

use super::office::{Office, href};

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
    let again = agent.post_form(&page, &resend, &[]).await;
    assert_ne!(again.assert_status(303).location(), page);
    agent.get(again.location()).await.assert_contains("再送の予定に入れました。").assert_contains("送信待ち");
    let twice = agent.post_form(&page, &resend, &[]).await;
    assert_eq!(twice.assert_status(303).location(), page);
    agent.get(&page).await.assert_contains("このメールはすでに再送しました。");
    assert_eq!(office.world.mails(&case).await.iter().filter(|one| one.subject == mail.subject).count(), 2);
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
