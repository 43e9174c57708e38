//! 設定 › Webhook: an administrator enters a receiver, tries it out, sees what it answered, and takes it away.

use revocation_desk::actions::send_webhooks::send_webhooks;
use revocation_desk::domain::actor::Actor;
use revocation_desk::domain::case::CaseState;
use revocation_desk::domain::role::Role;
use revocation_desk::webhooks::Receivers;

use super::office::{Fields, Office};
use crate::receiver::{Receiver, Reply};
use crate::support::app::{Answer, Browser};

const LIST: &str = "/desk/settings/webhooks";

/// Sends the form that an answer shows for `action`, with these fields.
async fn send(browser: &mut Browser, shown: &Answer, action: &str, fields: &[(&str, &str)]) -> Answer {
    browser.post(action, &Fields::of(fields).on(shown, action).refs()).await
}

fn secret_of(answer: &Answer) -> String {
    let start = answer.body.find("whsec_").unwrap();
    answer.body[start..].chars().take_while(|c| *c != '"').collect()
}

/// The page of the only receiver.
async fn only(admin: &mut Browser) -> String {
    let list = admin.get(LIST).await;
    let links = list.body.split("href=\"").filter_map(|part| part.split('"').next());
    let mut pages = links.filter(|link| link.starts_with("/desk/settings/webhooks/") && !link.ends_with("/new"));
    pages.next().unwrap().to_owned()
}

#[tokio::test]
async fn a_receiver_is_entered_tried_out_and_taken_away() {
    let (office, receiver) = (Office::open().await, Receiver::open().await);
    office.app.change_services(|services| services.receivers = Receivers::new(true));
    let mut admin = office.app.login_as(Role::Admin).await;
    admin.get(LIST).await.assert_contains("送信先はまだありません。");
    let new = admin.get(&format!("{LIST}/new")).await;
    let typed = [("name", "注文システム"), ("url", "hooks"), ("events", "case.filed"), ("reason", "連携")];
    let refused = send(&mut admin, &new, LIST, &typed).await;
    refused.assert_status(422).assert_contains("URLの形が正しくありません。");
    refused.assert_contains("value=\"hooks\"").assert_contains("value=\"case.filed\" checked");

    let made = send(&mut admin, &new, LIST, &Fields::of(&typed).with("url", &receiver.url).refs()).await;
    let secret = secret_of(made.assert_status(200));
    let page = only(&mut admin).await;
    admin.get(&page).await.assert_contains("送信中").assert_lacks("whsec_");
    receiver.replies([Reply::Status(500)]);
    admin.post_form(&page, &format!("{page}/test"), &[]).await.assert_status(303);
    let shown = admin.get(&page).await;
    shown.assert_contains("試し送信の応答: 拒否 (500)").assert_contains("webhook.test").assert_lacks("/resend");

    office.world.a_case().in_state(CaseState::AwaitingReissue).open().await;
    admin.get(LIST).await.assert_contains("注文システム");
    send_webhooks(&office.app.services(), &Actor::batch()).await.unwrap();
    let shown = admin.get(&page).await;
    shown.assert_contains("case.filed").assert_contains("受信 (204)");
    let resend =
        shown.body.split("action=\"").find_map(|part| part.split('"').next().filter(|to| to.ends_with("/resend")));
    let resend = resend.unwrap().to_owned();
    admin.post_form(&page, &resend, &[]).await.assert_status(303);
    admin.get(&page).await.assert_contains("同じwebhook-idで再送します。");

    let rotate = format!("{page}/secret");
    let confirm = admin.get(&rotate).await;
    send(&mut admin, &confirm, &rotate, &[("reason", "")]).await.assert_status(422);
    let rotated = send(&mut admin, &confirm, &rotate, &[("reason", "定期更新")]).await;
    assert_ne!(secret_of(rotated.assert_status(200)), secret);
    for (deed, told) in [("pause", "停止中"), ("resume", "送信中")] {
        let action = format!("{page}/{deed}");
        let confirm = admin.get(&action).await;
        send(&mut admin, &confirm, &action, &[("reason", "保守")]).await.assert_status(303);
        admin.get(&page).await.assert_contains(told);
        send(&mut admin, &confirm, &action, &[("reason", "保守")]).await.assert_status(409);
    }
    let removal = format!("{page}/removal");
    let confirm = admin.get(&removal).await;
    send(&mut admin, &confirm, &removal, &[("reason", "契約の終了")]).await.assert_status(303);
    admin.get(&page).await.assert_status(404);
    admin.get(LIST).await.assert_contains("送信先はまだありません。");
}
