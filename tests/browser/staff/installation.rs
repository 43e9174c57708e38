//! 設置の確認 from the setting to the click: an administrator turns it on, an agent sees the old certificate, looks again and
//! revokes.

use std::sync::Arc;

use revocation_desk::actions::check_installations::check_installations;
use revocation_desk::domain::actor::Actor;
use revocation_desk::domain::case::CaseState;
use revocation_desk::domain::role::Role;

use super::{log_in, working_agent};
use crate::harness::{Screen, Site};
use crate::tls_sites::Sites;

const SITE: &str = "www.example.jp";

#[tokio::test]
async fn an_agent_sees_the_old_certificate_and_says_that_the_customer_knows() {
    let mut site = Site::open().await;
    let sites = Sites::open().await;
    let hosts = Arc::new(sites.clone());
    site.world.desk.hosts = hosts.clone();
    site.app.change_services(|services| services.hosts = hosts);
    let case = site.world.a_case().in_state(CaseState::Confirmed).open().await;
    let source = site.world.source(&case).await;
    sites.show(SITE, &source.der);

    site.app.user("megumi@ca.example", Role::Admin).await;
    let admin = site.window(Screen::Desk).await;
    log_in(&admin, "megumi@ca.example").await;
    admin.open("/desk/settings/installation").await;
    admin.choose("使う").await;
    admin.fill("ポート番号", "443、x").await;
    admin.press("変更を確認する").await;
    admin.is_refused_with(&["数字で入力してください。"]).await;
    admin.is_sound("refused").await;
    admin.fill("ポート番号", "443").await;
    admin.press("変更を確認する").await;
    admin.is_on("設置の確認の変更の確認").await;
    admin.is_sound("difference").await;
    admin.fill("変更の理由", "お客様への案内").await;
    admin.press("保存する").await;
    admin.sees("設置の確認の設定を保存しました。").await;
    check_installations(&site.world.desk, &Actor::batch(), site.world.now).await.unwrap();
    admin.reload().await;
    for (width, screen) in [("1280", Screen::Desk), ("640", Screen::Half), ("320", Screen::Narrow)] {
        admin.set_screen(screen).await;
        admin.is_sound(&format!("setting-{width}")).await;
    }

    let agent = working_agent(&site, "misaki@ca.example", true).await;
    agent.open("/desk/cases?view=old_in_use").await;
    agent.sees("旧証明書のまま 1/1").await;
    let href = format!("/desk/cases/{}", case.reception_number);
    for (step, path) in [
        ("list", "/desk/cases?view=old_in_use".to_owned()),
        ("case", href.clone()),
        ("click", format!("{href}/revocation/new")),
    ] {
        agent.open(&path).await;
        for (width, screen) in [("1280", Screen::Desk), ("640", Screen::Half), ("320", Screen::Narrow)] {
            agent.set_screen(screen).await;
            agent.is_sound(&format!("{step}-{width}")).await;
        }
        agent.set_screen(Screen::Desk).await;
    }
    agent.fill("旧証明書のシリアル番号の末尾4文字", source.serial.suffix()).await;
    agent.press("旧証明書を失効する").await;
    agent.is_refused_with(&["旧証明書がまだ使われています。相手に伝えてから、チェックを入れてください。"]).await;
    agent.is_sound("click-refused").await;

    sites.show(SITE, &site.world.replacement(&case).await.der);
    agent.open(&href).await;
    agent.press("今すぐ確認").await;
    agent.sees("サイトを確認しました: 設置済み 1/1").await;
    agent.is_sound("installed").await;
    sites.show(SITE, &source.der);
    agent.press("今すぐ確認").await;
    agent.sees("サイトを確認しました: 旧証明書のまま 1/1").await;
    agent.open(&format!("{href}/revocation/new")).await;
    agent.fill("旧証明書のシリアル番号の末尾4文字", source.serial.suffix()).await;
    agent.choose("旧証明書が使われていることを相手に伝えた").await;
    agent.press("旧証明書を失効する").await;
    agent.sees("失効しました").await;
}
