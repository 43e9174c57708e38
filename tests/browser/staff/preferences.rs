//! 個人設定 in the browser, the pages in English, and the style guide, at all widths.

use crate::harness::{Screen, Site, Window};

async fn save_in_english(agent: &Window) {
    agent.open("/desk/preferences").await;
    agent.choose("English").await;
    agent.press("保存する").await;
    agent.is_on("Preferences").await;
}

#[tokio::test]
async fn an_agent_switches_the_single_keys_off_and_on_again() {
    let site = Site::open().await;
    site.world.a_case().open().await;
    let agent = super::working_agent(&site, "misaki@ca.example", true).await;
    agent.type_text("?").await;
    agent.sees("電話の結果を選ぶ").await;
    agent.press("閉じる").await;
    agent.open("/desk/preferences").await;
    agent.untick("1文字のキー操作を使う").await;
    agent.press("保存する").await;
    agent.sees("個人設定を保存しました。").await;

    agent.open("/desk/today").await;
    for keys in ["gl", "?", "n"] {
        agent.type_text(keys).await;
    }
    agent.sees_no("閉じる").await;
    agent.is_on("本日の電話確認").await;
    agent.is_sound("without-keys").await;

    agent.open("/desk/preferences").await;
    agent.choose("1文字のキー操作を使う").await;
    agent.press("保存する").await;
    agent.sees("個人設定を保存しました。").await;
    agent.type_text("gl").await;
    agent.is_on("失効待ち一覧").await;
}

#[tokio::test]
async fn the_english_pages_and_the_style_guide_fit_every_width() {
    let site = Site::open().await;
    let case = site.world.a_case().open().await;
    let agent = super::working_agent(&site, "misaki@ca.example", true).await;
    save_in_english(&agent).await;
    agent.open("/desk/today").await;
    agent.press("Next call").await;
    agent.sees("You have this case.").await;
    for (step, path) in [
        ("en-preferences", "/desk/preferences".to_owned()),
        ("en-today", "/desk/today".to_owned()),
        ("en-cases", "/desk/cases".to_owned()),
        ("en-case", format!("/desk/cases/{}", case.reception_number)),
        ("en-date", format!("/desk/cases/{}/requested_on/edit", case.reception_number)),
        ("en-calendar", "/desk/calendar".to_owned()),
        ("en-incoming", "/desk/calls/incoming".to_owned()),
        ("en-batches", "/desk/batches".to_owned()),
        ("en-contacts", "/desk/contacts".to_owned()),
        ("en-mails", "/desk/mails".to_owned()),
        ("en-filing", "/desk/reissues/new".to_owned()),
        ("styleguide-0", "/_styleguide?state=0".to_owned()),
        ("styleguide-1", "/_styleguide?state=1".to_owned()),
        ("styleguide-2", "/_styleguide?state=2".to_owned()),
        ("styleguide-3", "/_styleguide?state=3".to_owned()),
    ] {
        for (width, screen) in [("1280", Screen::Desk), ("640", Screen::Half), ("320", Screen::Narrow)] {
            agent.set_screen(screen).await;
            agent.open(&path).await;
            agent.is_sound(&format!("{step}-{width}")).await;
        }
    }
}
