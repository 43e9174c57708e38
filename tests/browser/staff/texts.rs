//! An administrator changes a mail text, an agent corrects an address: journeys 17 and 13 of `ui.md`, and the sizes.

use revocation_desk::domain::role::Role;

use super::{log_in, working_agent};
use crate::harness::{Screen, Site, Window};

const TEXT: &str = "/desk/settings/texts/withdrawn";

async fn administrator(site: &Site, scripted: bool) -> Window {
    site.app.user("admin@ca.example", Role::Admin).await;
    let window = site.window_for(Screen::Desk, scripted).await;
    log_in(&window, "admin@ca.example").await;
    window
}

/// At 1280 and 640 pixels, and at 320.
async fn is_sound_at_all_sizes(window: &Window, step: &str) {
    for (screen, width) in [(Screen::Half, 640), (Screen::Narrow, 320), (Screen::Desk, 1280)] {
        window.set_screen(screen).await;
        window.is_sound(&format!("{step}-{width}")).await;
    }
}

#[tokio::test]
async fn an_administrator_changes_a_text_and_sees_what_will_be_sent() {
    Box::pin(a_text_is_changed(true)).await;
}

#[tokio::test]
async fn the_same_works_without_script() {
    Box::pin(a_text_is_changed(false)).await;
}

async fn a_text_is_changed(scripted: bool) {
    let site = Site::open().await;
    let admin = administrator(&site, scripted).await;
    admin.open("/desk/settings/mail_texts").await;
    admin.is_on("メールの文面").await;
    is_sound_at_all_sizes(&admin, "texts").await;
    admin.press("失効の取り下げ").await;
    is_sound_at_all_sizes(&admin, "text").await;

    admin.fill("本文", "{{company}}\n{{to_namx}} 様\n\n取り下げを承りました。").await;
    admin.press("変更点とプレビューへ").await;
    let told = "2行目: {{to_namx}}という差し込み項目はありません。{{to_name}}ではありませんか。";
    admin.is_refused_with(&[told]).await;
    is_sound_at_all_sizes(&admin, "text-refused").await;
    admin.fill("本文", "{{company}}\n{{to_name}} 様\n\n取り下げを承りました。").await;
    admin.press("変更点とプレビューへ").await;
    admin.is_on("変更点とプレビュー: 失効の取り下げ").await;
    admin.sees("例示商事株式会社\n例文 花 様").await;
    is_sound_at_all_sizes(&admin, "text-preview").await;
    admin.press("自分にテスト送信").await;
    admin.sees("admin@ca.exampleへテストメールを送りました。").await;
    admin.press("保存する").await;
    admin.is_refused_with(&["変更の理由を入力してください。"]).await;
    is_sound_at_all_sizes(&admin, "text-reason").await;
    admin.fill("変更の理由", "短くするため").await;
    admin.press("保存する").await;
    admin.sees("第1版を保存しました。").await;
    admin.press("第1版").await;
    is_sound_at_all_sizes(&admin, "text-version").await;
    admin.open("/desk/settings/texts/situations").await;
    admin.press("変更点とプレビューへ").await;
    is_sound_at_all_sizes(&admin, "script-preview").await;
    admin.open(TEXT).await;
    admin.sees("短くするため").await;
}

#[tokio::test]
async fn an_agent_corrects_an_address_looks_and_may_think_again() {
    let site = Site::open().await;
    let case = site.world.a_case().open().await;
    site.world
        .tamper("UPDATE messages SET status = 'failed', last_error = '550 5.1.1: Recipient address rejected'")
        .await;
    let agent = working_agent(&site, "misaki@ca.example", true).await;
    agent.open(&format!("/desk/cases/{}", case.reception_number)).await;
    agent.sees("hana@example.jpへ届きませんでした").await;
    agent.open("/desk/mails?view=failed").await;
    agent.press("申請受付").await;
    agent.press("再送する").await;
    agent.is_on("再送の確認").await;
    is_sound_at_all_sizes(&agent, "resend").await;
    agent.fill("例文 花 様のメールアドレス", "hana@").await;
    agent.press("この内容で送信する").await;
    agent.is_refused_with(&["メールアドレスを読み取れません。name@example.jpのように入力してください。"]).await;
    is_sound_at_all_sizes(&agent, "resend-refused").await;
    agent.fill("例文 花 様のメールアドレス", "hana.reibun@example.jp").await;
    agent.press("この内容で送信する").await;
    agent.sees("に送信します。それまでは取り消せます。").await;
    is_sound_at_all_sizes(&agent, "leaving").await;
    agent.press("送信を取り消す").await;
    agent.sees("送信を取り消しました。").await;
    is_sound_at_all_sizes(&agent, "taken-back").await;
}
