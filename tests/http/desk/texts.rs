//! メールの文面 and 通話の進め方: an administrator changes what is said (journey 17 of `ui.md`).

use chrono::Duration;
use revocation_desk::actions::follow_up;
use revocation_desk::domain::contact::ContactRole;
use revocation_desk::domain::role::Role;
use tokio_util::sync::CancellationToken;

use super::office::{Fields, Office, href};
use crate::pages::assert_sound;
use crate::support::app::{Answer, Browser};

const WITHDRAWN: &str = "/desk/settings/texts/withdrawn";
const SUBJECT: &str = "【{{ca_name}}】取り下げを承りました（{{receipt_no}}）";
const BODY: &str = "{{company}}\n{{to_name}} 様\n\n取り下げを承りました。\n{{portal_url}}";

/// Writes the text and looks at its preview.
async fn preview(admin: &mut Browser, page: &str, subject: &str, body: &str) -> Answer {
    let shown = admin.get(page).await;
    let address = page.split('?').next().unwrap();
    let fields = Fields::of(&[("subject", subject), ("body", body)]).on(&shown, &format!("{address}/preview"));
    admin.post(&format!("{address}/preview"), &fields.refs()).await
}

/// Presses a button of the preview.
async fn press(admin: &mut Browser, preview: &Answer, button: &str, more: &[(&str, &str)]) -> Answer {
    let fields = Fields::of(more).on(preview, &format!("{WITHDRAWN}/versions"));
    admin.post(&format!("{WITHDRAWN}/{button}"), &fields.refs()).await
}

const TODAY: (&str, &str) = ("effective_on", "2026-11-24");
const REASON: (&str, &str) = ("reason", "言い回しを改めるため");

#[tokio::test]
async fn a_text_is_written_looked_at_and_saved() {
    let office = Office::open().await;
    let mut admin = office.app.login_as(Role::Admin).await;
    admin
        .get("/desk/settings/mail_texts")
        .await
        .assert_status(200)
        .assert_contains(WITHDRAWN)
        .assert_contains("出荷時の文面");
    let page = admin.get(WITHDRAWN).await;
    assert_sound("text-edit-live", &page.body);
    page.assert_contains("{{#has_replacement}}…{{/has_replacement}}")
        .assert_contains("再発行した新しい証明書も有効のままです。");

    let shown = preview(&mut admin, WITHDRAWN, SUBJECT, BODY).await;
    assert_sound("text-confirm-live", &shown.assert_status(200).body);
    shown
        .assert_contains("<ins>取り下げを承りました。</ins>")
        .assert_contains("【例示認証局】取り下げを承りました（RQ-260806-0182）");

    let unexplained = press(&mut admin, &shown, "versions", &[TODAY]).await;
    assert_sound("text-confirm-live-refused", &unexplained.assert_status(422).body);
    unexplained.assert_contains("変更の理由を入力してください。").assert_contains("<ins>取り下げを承りました。</ins>");
    let saved = press(&mut admin, &shown, "versions", &[TODAY, REASON]).await;
    assert_eq!(saved.assert_status(303).location(), WITHDRAWN);
    let page = admin.get(WITHDRAWN).await;
    page.assert_contains("第1版を保存しました。2026年11月24日(火)から使われます。")
        .assert_contains(REASON.1)
        .assert_contains("例文 admin");
    let version = admin.get(&format!("{WITHDRAWN}/versions/1")).await;
    assert_sound("text-version-live", &version.assert_status(200).body);
    admin.get(&format!("{WITHDRAWN}/versions/0")).await.assert_status(200).assert_contains("再発行した新しい証明書も");

    let case = office.world.a_case().open().await;
    let mut agent = office.app.login_as(Role::Agent).await;
    let contact = office.contact(&case, ContactRole::ProcedureContact).await;
    let fields = [("asked_by", contact.as_str()), ("note", "お電話")];
    super::office::ask(&mut agent, &case, "withdrawal/new", "withdrawal", &fields).await.assert_status(303);
    let mails = office.world.mails(&case).await;
    let mail = mails.iter().find(|mail| mail.kind == "withdrawn").unwrap();
    assert!(mail.body_text.contains("取り下げを承りました。\nhttp://desk.test/"), "{}", mail.body_text);
    assert!(mail.subject.starts_with("【例示認証局】取り下げを承りました（RQ-"), "{}", mail.subject);
}

#[tokio::test]
async fn a_mistake_in_a_text_is_explained_and_what_was_typed_stays() {
    let office = Office::open().await;
    let mut admin = office.app.login_as(Role::Admin).await;
    let refused = preview(&mut admin, WITHDRAWN, SUBJECT, "{{companx}} 御中").await;
    assert_sound("text-edit-live-refused", &refused.assert_status(422).body);
    refused
        .assert_contains("1行目: {{companx}}という差し込み項目はありません。{{company}}ではありませんか。")
        .assert_contains("{{companx}} 御中</textarea>");
    let named = preview(&mut admin, WITHDRAWN, "{{role_name}}様（{{receipt_no}}）", BODY).await;
    named.assert_status(422).assert_contains("件名に{{role_name}}は使えません。");
    let shown = preview(&mut admin, WITHDRAWN, SUBJECT, BODY).await;
    for (day, told) in [
        ("2026-11-23", "適用日は、今日（2026年11月24日(火)）以降の日を選んでください。"),
        ("tomorrow", "適用日は、2026/12/08のように年月日で入力してください。"),
    ] {
        let refused = press(&mut admin, &shown, "versions", &[("effective_on", day), REASON]).await;
        refused.assert_status(422).assert_contains(told).assert_contains(REASON.1);
    }
    let again = press(&mut admin, &shown, "edit", &[TODAY, REASON]).await;
    again.assert_status(200).assert_contains("取り下げを承りました。").assert_contains(REASON.1);
    admin.get("/desk/settings/texts/nothing").await.assert_status(404);
    admin.get(&format!("{WITHDRAWN}/versions/7")).await.assert_status(404);
}

#[tokio::test]
async fn a_test_mail_goes_to_the_administrator_as_the_preview_shows_it() {
    let office = Office::open().await;
    let mut admin = office.app.login_as(Role::Admin).await;
    let shown = preview(&mut admin, WITHDRAWN, SUBJECT, BODY).await;
    let sent = press(&mut admin, &shown, "test", &[TODAY, ("sample", "ev")]).await;
    sent.assert_status(200).assert_contains("admin@ca.exampleへテストメールを送りました。");
    follow_up::send(&office.app.services(), &CancellationToken::new()).await.unwrap();
    let list = admin.get("/desk/mails?q=admin@ca.example").await;
    list.assert_contains("[テスト] 【例示認証局】取り下げを承りました（RQ-260806-0182）").assert_contains("送信済み");
}

#[tokio::test]
async fn of_two_administrators_the_second_sees_what_the_first_saved() {
    let office = Office::open().await;
    let mut first = office.app.login_as(Role::Admin).await;
    let mut second = office.app.login_another(Role::Admin, "second@ca.example").await;
    let of_first = preview(&mut first, WITHDRAWN, SUBJECT, "一行目").await;
    let of_second = preview(&mut second, WITHDRAWN, SUBJECT, "二人目の文").await;
    press(&mut first, &of_first, "versions", &[TODAY, REASON]).await.assert_status(303);

    let overtaken = press(&mut second, &of_second, "versions", &[TODAY, REASON]).await;
    assert_sound("text-overtaken-live", &overtaken.assert_status(409).body);
    overtaken
        .assert_contains("第1版を保存しました")
        .assert_contains("<ins>一行目</ins>")
        .assert_contains("<ins>二人目の文</ins>");
    press(&mut second, &overtaken, "versions", &[TODAY, REASON]).await.assert_status(303);
    second.get(WITHDRAWN).await.assert_contains("第2版");
}

#[tokio::test]
async fn an_earlier_text_comes_back_as_a_new_version() {
    let office = Office::open().await;
    let mut admin = office.app.login_as(Role::Admin).await;
    let shown = preview(&mut admin, WITHDRAWN, SUBJECT, BODY).await;
    press(&mut admin, &shown, "versions", &[TODAY, REASON]).await.assert_status(303);

    let page = format!("{WITHDRAWN}?from=0");
    let restoring = admin.get(&page).await;
    restoring
        .assert_contains("出荷時の文面の文面を読み込みました。")
        .assert_contains("再発行した新しい証明書も有効のままです。");
    let fields = restoring.hidden_fields(&format!("{WITHDRAWN}/preview"));
    assert!(fields.contains(&("restored_from".to_owned(), "0".to_owned())));
    let draft = revocation_desk::mail::filling::shipped_draft("withdrawn".parse().unwrap()).unwrap();
    let shown = preview(&mut admin, &page, &draft.subject, &draft.body).await;
    press(&mut admin, &shown, "versions", &[TODAY, REASON]).await.assert_status(303);
    admin.get(&format!("{WITHDRAWN}/versions/2")).await.assert_contains("元にした版").assert_contains("出荷時の文面");
}

#[tokio::test]
async fn a_call_script_is_said_with_the_facts_of_the_case() {
    let office = Office::open().await;
    let case = office.world.a_case().open().await;
    let mut agent = office.app.login_as(Role::Agent).await;
    agent
        .get(&href(&case))
        .await
        .assert_contains("例示認証局サービスデスクの例文 agentと申します。")
        .assert_contains("ごもっともです。");

    let mut admin = office.app.login_as(Role::Admin).await;
    admin.get("/desk/settings/call_scripts").await.assert_status(200).assert_contains("/desk/settings/texts/ov_script");
    let page = "/desk/settings/texts/ov_script";
    let shown = preview(&mut admin, page, "", "{{role_name}}様でいらっしゃいますか。\n※必ず本人に。").await;
    assert_sound("text-script-live", &shown.assert_status(200).body);
    shown.assert_contains("<q>例文 花様でいらっしゃいますか。</q>").assert_lacks("テスト送信");
    let fields = Fields::of(&[TODAY, REASON]).on(&shown, &format!("{page}/versions"));
    admin.post(&format!("{page}/versions"), &fields.refs()).await.assert_status(303);
    let page = agent.get(&href(&case)).await;
    page.assert_contains("様でいらっしゃいますか。</q><p class=\"sub\">必ず本人に。</p>").assert_lacks("と申します。");
}

#[tokio::test]
async fn a_planned_text_is_announced_and_counts_from_its_day() {
    let office = Office::open().await;
    let mut admin = office.app.login_as(Role::Admin).await;
    let shown = preview(&mut admin, WITHDRAWN, SUBJECT, BODY).await;
    press(&mut admin, &shown, "versions", &[("effective_on", "2026-11-26"), REASON]).await.assert_status(303);
    let list = "/desk/settings/mail_texts";
    admin.get(list).await.assert_contains("第1版（2026/11/26(木)から）");
    office.app.pass(Duration::days(2));
    let mut admin = office.app.login_another(Role::Admin, "later@ca.example").await;
    admin.get(list).await.assert_contains("<td>第1版</td>").assert_lacks("（2026/11/26(木)から）");
}

#[tokio::test]
async fn only_administrators_see_and_change_texts() {
    let office = Office::open().await;
    for role in [Role::Agent, Role::Supervisor, Role::Auditor] {
        let mut browser = office.app.login_as(role).await;
        let csrf = browser.get("/desk/today").await.assert_lacks("/desk/settings").hidden_fields("/logout").remove(0).1;
        for page in
            ["/desk/settings/mail_texts", "/desk/settings/call_scripts", WITHDRAWN, &format!("{WITHDRAWN}/versions/0")]
        {
            browser.get(page).await.assert_status(403);
        }
        for path in ["preview", "edit", "test", "versions"] {
            let fields = [("_csrf", csrf.as_str()), ("subject", SUBJECT), ("body", BODY), TODAY, REASON];
            browser.post(&format!("{WITHDRAWN}/{path}"), &fields).await.assert_status(403);
        }
    }
}
