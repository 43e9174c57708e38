//! Logging in with more than a password (`ui.md` section 10, journey 1), passkeys, and the proof that some acts ask for.

use chrono::Duration;
use revocation_desk::domain::confirmation_code::code_at;
use revocation_desk::domain::role::Role;
use serde_json::json;

use super::{log_in, working_agent};
use crate::harness::{Screen, Site, Window};
use crate::provider::Provider;
use crate::support::app::PASSWORD;

const EMAIL: &str = "misaki@ca.example";
const CODE_REFUSED: &str = "確認コードが違うか、期限が切れています。認証アプリに表示中の6桁を入力してください。";

/// The secret that an app would hold, and one recovery code.
async fn enrol(site: &Site, window: &Window) -> (String, String) {
    window.open("/desk/preferences").await;
    window.press("ログインと本人確認").await;
    window.is_on("ログインと本人確認").await;
    window.is_sound("account").await;
    window.press("確認コードを設定する").await;
    window.is_on("確認コードの設定").await;
    window.is_sound("enrol").await;
    let secret = window.texts_of(".secret").await.remove(0).replace(' ', "");
    window.fill("確認コード", "12345").await;
    window.press("設定する").await;
    window.is_refused_with(&[CODE_REFUSED]).await;
    window.fill("確認コード", &code(site, &secret)).await;
    window.press("設定する").await;
    window.is_on("確認コードを設定しました").await;
    window.is_sound("recovery").await;
    let spare = window.texts_of(".codes li").await.remove(4);
    window.press("控えました").await;
    window.is_on("ログインと本人確認").await;
    (secret, spare)
}

fn code(site: &Site, secret: &str) -> String {
    code_at(secret, site.app.now()).unwrap()
}

async fn send(window: &Window, password: &str) {
    window.fill("ユーザーID", EMAIL).await;
    window.fill("パスワード", password).await;
    window.press("ログイン").await;
}

#[tokio::test]
async fn an_agent_pastes_the_code_and_is_told_of_a_wrong_one_and_of_the_time_when_locked() {
    let site = Site::open().await;
    let misaki = working_agent(&site, EMAIL, true).await;
    let (secret, spare) = enrol(&site, &misaki).await;
    // The code of the enrolment counts once.
    site.app.pass(Duration::minutes(2));

    let other = site.window(Screen::Desk).await;
    other.open("/desk/cases").await;
    other.is_on("ログイン").await;
    send(&other, PASSWORD).await;
    other.is_on("確認コードの入力").await;
    other.is_sound("code").await;
    let right = code(&site, &secret);
    let wrong = if right == "000000" { "111111" } else { "000000" };
    other.paste("確認コード", wrong).await;
    other.press("ログイン").await;
    other.is_refused_with(&[CODE_REFUSED]).await;
    other.is_sound("wrong-code").await;
    other.paste("確認コード", &format!("{} {}", &right[..3], &right[3..])).await;
    other.press("ログイン").await;
    other.is_on("失効待ち一覧").await;
    other.open("/desk/account").await;
    other.sees("この端末").await;
    for (width, screen) in [("1280", Screen::Desk), ("640", Screen::Half), ("320", Screen::Narrow)] {
        other.set_screen(screen).await;
        other.is_sound(&format!("sessions-{width}")).await;
    }
    other.set_screen(Screen::Desk).await;
    other.press("この端末のほかをすべて終了する").await;
    other.sees("ログインを終了しました。").await;
    misaki.open("/desk/today").await;
    misaki.is_on("ログイン").await;

    send(&misaki, PASSWORD).await;
    misaki.press("認証アプリを使えない場合").await;
    misaki.is_sound("recovery-field").await;
    misaki.fill("予備のコード", &spare).await;
    misaki.press("予備のコードでログイン").await;
    misaki.is_on("本日の電話確認").await;
}

#[tokio::test]
async fn five_wrong_codes_lock_the_log_in_until_a_time_that_is_told() {
    let site = Site::open().await;
    let misaki = working_agent(&site, EMAIL, true).await;
    let (secret, _) = enrol(&site, &misaki).await;
    site.app.pass(Duration::minutes(2));
    let other = site.window(Screen::Desk).await;
    other.open("/login").await;
    send(&other, PASSWORD).await;
    for _ in 0..5 {
        other.fill("確認コード", "12345").await;
        other.press("ログイン").await;
        other.is_refused_with(&[CODE_REFUSED]).await;
    }
    other.fill("確認コード", &code(&site, &secret)).await;
    other.press("ログイン").await;
    let locked = "続けて5回失敗したため、15分間ログインできません。10:17以降にもう一度お試しください。";
    other.is_refused_with(&[locked]).await;
    other.is_sound("locked").await;
}

#[tokio::test]
async fn a_passkey_logs_in_without_a_password_and_proves_who_one_is() {
    let site = Site::open_by_name().await;
    site.app.user(EMAIL, Role::Admin).await;
    let megumi = site.window(Screen::Desk).await;
    megumi.open("/login").await;
    megumi.has_passkeys().await;
    log_in(&megumi, EMAIL).await;
    megumi.open("/desk/account").await;
    megumi.press("パスキーを追加する").await;
    megumi.is_on("パスキーを追加する").await;
    megumi.is_sound("new-passkey").await;
    megumi.fill("名前", "事務所のノートPC").await;
    megumi.press("パスキーを作る").await;
    megumi.sees("パスキーを追加しました。").await;
    megumi.sees("事務所のノートPC").await;
    megumi.is_sound("passkey").await;

    megumi.press("例文 admin").await;
    megumi.press("ログアウト").await;
    megumi.is_on("ログイン").await;
    megumi.is_sound("log-in").await;
    megumi.press("パスキーでログイン").await;
    megumi.is_on("本日の電話確認").await;

    // A password alone opens nothing any more.
    let thief = site.window(Screen::Desk).await;
    thief.open("/login").await;
    send(&thief, PASSWORD).await;
    thief.is_on("確認コードの入力").await;
    thief.is_sound("second-step").await;
    thief.open("/desk/today").await;
    thief.is_on("ログイン").await;

    site.app.pass(Duration::minutes(6));
    megumi.open("/desk/settings/users/new").await;
    megumi.fill("氏名", "例文 花").await;
    megumi.fill("ユーザーID（メールアドレス）", "hana@ca.example").await;
    megumi.fill("変更の理由", "入社").await;
    megumi.press("追加する").await;
    megumi.is_on("本人の確認").await;
    megumi.is_sound("proof").await;
    megumi.press("パスキーで確認して続ける").await;
    megumi.is_on("例文 花さんを追加しました").await;

    megumi.open("/desk/account").await;
    megumi.press("削除する").await;
    megumi.sees("パスキーを削除しました。").await;
}

#[tokio::test]
async fn a_supervisor_without_script_proves_who_they_are_with_the_password() {
    let site = Site::open().await;
    site.app.user(EMAIL, Role::Admin).await;
    let megumi = site.window_for(Screen::Desk, false).await;
    log_in(&megumi, EMAIL).await;
    megumi.open("/desk/settings/ca/pause").await;
    site.app.pass(Duration::minutes(6));
    megumi.fill("変更の理由", "CAの保守").await;
    megumi.press("一時停止する").await;
    megumi.is_on("本人の確認").await;
    megumi.fill("パスワード", "not this one").await;
    megumi.press("確認して続ける").await;
    megumi
        .is_refused_with(&[
            "いまのパスワードが違います。受け取ったパスワード、または前に決めたパスワードを入力してください。",
        ])
        .await;
    megumi.fill("パスワード", PASSWORD).await;
    megumi.press("確認して続ける").await;
    megumi.is_on("CA接続").await;
}

#[tokio::test]
async fn an_administrator_without_script_proves_who_they_are_at_the_log_in_of_the_company() {
    let provider = Provider::start();
    let folder = tempfile::tempdir().unwrap();
    let secret = folder.path().join("secret");
    std::fs::write(&secret, "the secret of the desk").unwrap();
    let sso = json!({ "issuer": provider.url, "client_id": "desk", "client_secret_file": secret });
    let site = Site::open_with("2026-11-24T01:00:00Z".parse().unwrap(), |config| {
        config.settings.as_mut().unwrap()["sso"] = sso;
    })
    .await;
    site.app.user("hana@ca.example", Role::Admin).await;
    let hana = site.window_for(Screen::Desk, false).await;
    hana.open("/login").await;
    hana.press("会社のアカウントでログイン").await;
    hana.press("hana").await;
    hana.is_on("本日の電話確認").await;

    hana.open("/desk/settings/ca/pause").await;
    site.app.pass(Duration::minutes(6));
    hana.fill("変更の理由", "CAの保守").await;
    hana.press("一時停止する").await;
    hana.is_on("本人の確認").await;
    hana.is_sound("proof-by-sso").await;
    // Somebody else at the same computer.
    provider.asked("stranger", site.app.now()).await;
    hana.press("会社のログインで確認する").await;
    hana.press("stranger").await;
    hana.is_on("本人の確認").await;
    hana.sees("ほかの人として確認されました").await;

    provider.asked("hana", site.app.now()).await;
    hana.press("会社のログインで確認する").await;
    hana.press("hana").await;
    hana.is_on("本人の確認ができました").await;
    hana.sees("CAの保守").await;
    for (width, screen) in [("1280", Screen::Desk), ("640", Screen::Half), ("320", Screen::Narrow)] {
        hana.set_screen(screen).await;
        hana.is_sound(&format!("proven-{width}")).await;
    }
    hana.press("この内容で続ける").await;
    hana.is_on("CA接続").await;
}
