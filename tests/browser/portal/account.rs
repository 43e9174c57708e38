//! The way into the portal: invitation, password, confirmation code, and what helps who lost one of them.

use chrono::Duration;
use revocation_desk::domain::confirmation_code::code_at;
use revocation_desk::models::messages;
use sea_orm::{EntityTrait, QueryOrder};

use super::{LOGIN, Portal};
use crate::harness::{Screen, Window};
use crate::staff::working_agent;
use crate::support::app::PASSWORD;

const CHOSEN: &str = "glacier saffron ledger";
const REFUSED: &str =
    "ユーザーIDまたはパスワードが違います。ユーザーIDが分からない場合は、窓口へお問い合わせください。";
const CODE_REFUSED: &str = "確認コードが違うか、期限が切れています。認証アプリに表示中の6桁を入力してください。";

impl Portal {
    /// The path of the link in the newest mail of this kind.
    async fn link(&self, kind: &str) -> String {
        self.site.is_done().await;
        let mails =
            messages::Entity::find().order_by_asc(messages::Column::Id).all(&self.site.world.desk.db).await.unwrap();
        let mail = mails.iter().rfind(|mail| mail.kind == kind).unwrap_or_else(|| panic!("no mail {kind}"));
        let line = mail.body_text.lines().find(|line| line.contains("/portal/password/")).unwrap();
        line.trim().strip_prefix(self.site.url.as_str()).unwrap().to_owned()
    }

    fn code(&self, secret: &str) -> String {
        code_at(secret, self.site.app.now()).unwrap()
    }
}

/// Sends the log-in page, which is open.
async fn send(window: &Window, login: &str, password: &str) {
    window.fill("ユーザーID", login).await;
    window.fill("パスワード", password).await;
    window.press("ログイン").await;
}

/// Chooses a password by the link of a mail and logs in with it.
async fn choose_and_log_in(window: &Window, link: &str, login: &str) {
    window.open(link).await;
    window.is_on("パスワードの設定").await;
    window.is_sound("choose").await;
    window.fill("新しいパスワード", "short").await;
    window.fill("新しいパスワード（もう一度）", "short").await;
    window.press("設定する").await;
    assert_eq!(window.errors().await.len(), 1);
    window.sees("パスワードが短すぎます。12文字以上").await;
    window.is_sound("too-short").await;
    window.fill("新しいパスワード", CHOSEN).await;
    window.fill("新しいパスワード（もう一度）", CHOSEN).await;
    window.press("設定する").await;
    window.is_on("ログイン").await;
    window.sees("パスワードを設定しました。新しいパスワードでログインしてください。").await;
    window.is_sound("chosen").await;
    send(window, login, CHOSEN).await;
    window.is_on("証明書一覧").await;
}

#[tokio::test]
async fn whom_the_desk_invites_chooses_a_password_and_is_in() {
    let portal = Portal::open().await;
    portal.a_certificate().register().await;
    let agent = working_agent(&portal.site, "misaki@ca.example", true).await;
    agent.open("/desk/customers").await;
    agent.press("アカウントを招待").await;
    agent.fill("団体名・団体の管理番号", "例示").await;
    agent.press("絞り込む").await;
    agent.press("招待する").await;
    agent.is_on("アカウントを招待").await;
    agent.fill("ユーザーID", "jiro").await;
    agent.fill("氏名", "例文 二郎").await;
    agent.fill("メールアドレス", "jiro@customer.example").await;
    agent.press("招待メールを送る").await;
    agent.sees("例文 二郎 様へ招待のメールを送りました。").await;
    agent.sees("招待中").await;
    agent.is_sound("invited").await;

    let link = portal.link("customer_invited").await;
    let jiro = portal.site.window(Screen::Phone).await;
    choose_and_log_in(&jiro, &link, "jiro").await;
    jiro.sees("shop.example.jp").await;
    jiro.press("ログアウト").await;
    jiro.is_on("ログイン").await;
    jiro.open(&link).await;
    jiro.is_on("このURLは使えません").await;
    jiro.is_sound("used-link").await;
}

#[tokio::test]
async fn a_forgotten_password_is_replaced_by_a_mail() {
    let portal = Portal::open().await;
    let hana = portal.site.window(Screen::Phone).await;
    hana.open("/portal/login").await;
    hana.press("パスワードをお忘れの場合").await;
    hana.is_on("パスワードの再設定").await;
    hana.is_sound("ask").await;
    hana.fill("ユーザーID", LOGIN).await;
    hana.press("メールを送る").await;
    hana.is_on("メールをご確認ください").await;
    hana.is_sound("sent").await;
    let link = portal.link("password_reset").await;
    choose_and_log_in(&hana, &link, LOGIN).await;
}

#[tokio::test]
async fn five_wrong_passwords_lock_the_log_in_until_a_time_that_is_told() {
    let portal = Portal::open().await;
    let hana = portal.site.window(Screen::Phone).await;
    hana.open("/portal/login").await;
    hana.is_sound("login").await;
    for attempt in 0..5 {
        send(&hana, LOGIN, "not this one").await;
        hana.is_refused_with(&[REFUSED]).await;
        if attempt == 0 {
            hana.is_sound("refused").await;
        }
    }
    send(&hana, LOGIN, PASSWORD).await;
    let locked = "続けて5回失敗したため、15分間ログインできません。10:15以降にもう一度お試しください。";
    hana.is_refused_with(&[locked]).await;
    hana.is_sound("locked").await;

    portal.site.app.pass(Duration::minutes(16));
    send(&hana, LOGIN, PASSWORD).await;
    hana.is_on("証明書一覧").await;
}

#[tokio::test]
async fn a_confirmation_code_is_set_up_asked_for_and_replaced_by_a_recovery_code() {
    let portal = Portal::open().await;
    let hana = portal.hana(Screen::Phone).await;
    let (secret, spare) = enrol(&portal, &hana).await;
    // The code of the enrolment counts once.
    portal.site.app.pass(Duration::minutes(2));
    hana.open("/portal/certificates").await;
    hana.press("ログアウト").await;
    send(&hana, LOGIN, PASSWORD).await;
    hana.is_on("確認コードの入力").await;
    hana.is_sound("code").await;
    let right = portal.code(&secret);
    let wrong = if right == "000000" { "111111" } else { "000000" };
    hana.fill("確認コード", wrong).await;
    hana.press("ログイン").await;
    hana.is_refused_with(&[CODE_REFUSED]).await;
    hana.is_sound("wrong-code").await;
    hana.fill("確認コード", &portal.code(&secret)).await;
    hana.press("ログイン").await;
    hana.is_on("証明書一覧").await;

    hana.press("ログアウト").await;
    send(&hana, LOGIN, PASSWORD).await;
    hana.press("認証アプリを使えない場合").await;
    hana.is_sound("recovery").await;
    hana.fill("予備のコード", "wrong-wrong").await;
    hana.press("予備のコードでログイン").await;
    hana.is_refused_with(&[
        "予備のコードが違うか、使用済みです。控えたコードのうち、まだ使っていないものを入力してください。",
    ])
    .await;
    hana.is_sound("wrong-recovery").await;
    hana.fill("予備のコード", &spare).await;
    hana.press("予備のコードでログイン").await;
    hana.is_on("証明書一覧").await;
    hana.press("アカウント").await;
    hana.sees("未使用の予備のコード　9個").await;
    hana.is_sound("account").await;
}

/// The secret that an app would hold, and one recovery code.
async fn enrol(portal: &Portal, hana: &Window) -> (String, String) {
    hana.press("アカウント").await;
    hana.press("確認コードを設定する").await;
    hana.is_on("確認コードの設定").await;
    hana.is_sound("enrol").await;
    let secret = hana.texts_of(".secret").await.remove(0).replace(' ', "");
    hana.fill("確認コード", "12345").await;
    hana.press("設定する").await;
    hana.is_refused_with(&[CODE_REFUSED]).await;
    assert_eq!(hana.texts_of(".secret").await.remove(0).replace(' ', ""), secret, "the app has scanned in vain");
    hana.fill("確認コード", &portal.code(&secret)).await;
    hana.press("設定する").await;
    hana.is_on("確認コードを設定しました").await;
    hana.is_sound("enrolled").await;
    let codes = hana.texts_of(".codes li").await;
    assert_eq!(codes.len(), 10);
    hana.press("控えました").await;
    hana.is_on("アカウント").await;
    (secret, codes[4].clone())
}
