//! 設定 as an administrator works with it: holiday data (`ui.md` section 10, journey 14), the validity rules (journey 17),
//! and every page at all widths.

use revocation_desk::domain::case::CaseState;
use revocation_desk::domain::role::Role;

use super::log_in;
use crate::builders::day;
use crate::harness::{Screen, Site, Window};

async fn working_admin(site: &Site) -> Window {
    site.app.user("megumi@ca.example", Role::Admin).await;
    let window = site.window(Screen::Desk).await;
    log_in(&window, "megumi@ca.example").await;
    window
}

#[tokio::test]
async fn a_year_without_holidays_is_warned_of_until_its_file_is_there() {
    let site = Site::open_at("2027-12-24T01:00:00Z".parse().unwrap()).await;
    let case = site.world.a_case().due_on(day("2027-12-27")).open().await;
    let admin = working_admin(&site).await;
    admin.sees("2028年の国民の祝日が登録されていません。").await;
    admin.is_sound("warning").await;
    admin.open("/desk/settings/calendar").await;
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("syukujitsu.csv");
    let text = "国民の祝日・休日月日,国民の祝日・休日名称\r\n2028/1/1,元日\r\n2028/1/10,成人の日\r\n";
    std::fs::write(&file, encoding_rs::SHIFT_JIS.encode(text).0).unwrap();
    admin.press_in("国民の祝日の取り込み", "変更を確認する").await;
    admin.is_refused_with(&["ファイルを選んでください。内閣府の「国民の祝日」のCSV（syukujitsu.csv）です。"]).await;
    admin.is_sound("no-file").await;
    admin.attach("内閣府のCSV", &file).await;
    admin.press_in("国民の祝日の取り込み", "変更を確認する").await;
    admin.is_on("国民の祝日の取り込みの確認").await;
    admin.sees("成人の日").await;
    admin.is_sound("difference").await;
    admin.fill("変更の理由", "官報の発表による").await;
    admin.press("取り込む").await;
    admin.sees("国民の祝日を取り込みました。").await;
    admin.sees_no("2028年の国民の祝日が登録されていません。").await;
    admin.is_sound("imported").await;

    let supervisor = super::working_agent(&site, "misaki@ca.example", true).await;
    supervisor.open(&format!("/desk/cases/{}/requested_on/edit", case.reception_number)).await;
    supervisor.fill("新しい失効希望日", "2028-01-10").await;
    supervisor.press("変更する").await;
    assert_eq!(site.world.reload(&case).await.due_on, day("2028-01-11"), "the holiday is passed over");
}

#[tokio::test]
async fn a_dated_validity_rule_changes_the_what_if_from_its_day() {
    let site = Site::open().await;
    let admin = working_admin(&site).await;
    admin.open("/desk/settings/validity").await;
    admin.sees("2022年2月9日(水)").await;
    admin.is_sound("example").await;
    let ask = async |issued: &str, last_day: &str| {
        admin.fill("発行日", issued).await;
        admin.fill("契約の満了日", "2028-12-31").await;
        admin.press("計算する").await;
        admin.sees(last_day).await;
    };
    ask("2027-03-15", "2027年6月21日(月)").await;
    admin.fill("この日以降に発行", "2027-03-15").await;
    admin.fill("数", "101").await;
    admin.press("変更を確認する").await;
    admin.sees("100日以内と決まっています。").await;
    admin.is_sound("refused").await;
    admin.fill("数", "90").await;
    admin.press("変更を確認する").await;
    admin.is_on("有効期間の規則の変更の確認").await;
    admin.is_sound("difference").await;
    admin.fill("変更の理由", "社内の方針").await;
    admin.press("保存する").await;
    admin.sees("有効期間の規則を保存しました。").await;
    ask("2027-03-14", "2027年9月28日(火)").await;
    ask("2027-03-15", "2027年6月12日(土)").await;
    admin.is_sound("changed").await;
}

#[tokio::test]
async fn the_settings_fit_every_width() {
    let site = Site::open().await;
    site.world.a_case().in_state(CaseState::Confirmed).open().await;
    let admin = working_admin(&site).await;
    let agent = site.app.user("misaki@ca.example", Role::Agent).await;
    site.app.program(Role::Agent).await;
    for (step, path) in [
        ("overview", "/desk/settings".to_owned()),
        ("calls", "/desk/settings/calls".to_owned()),
        ("validity", "/desk/settings/validity".to_owned()),
        ("calendar", "/desk/settings/calendar".to_owned()),
        ("users", "/desk/settings/users".to_owned()),
        ("user", format!("/desk/settings/users/{}", agent.id)),
        ("user-new", "/desk/settings/users/new".to_owned()),
        ("disable", format!("/desk/settings/users/{}/disable", agent.id)),
        ("tokens", "/desk/settings/tokens".to_owned()),
        ("token-new", "/desk/settings/tokens/new".to_owned()),
        ("ca", "/desk/settings/ca".to_owned()),
        ("pause", "/desk/settings/ca/pause".to_owned()),
    ] {
        admin.open(&path).await;
        for (width, screen) in [("1280", Screen::Desk), ("640", Screen::Half), ("320", Screen::Narrow)] {
            admin.set_screen(screen).await;
            admin.is_sound(&format!("{step}-{width}")).await;
        }
        admin.set_screen(Screen::Desk).await;
    }
}
