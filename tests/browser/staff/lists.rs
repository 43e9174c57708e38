//! The list as a tool and acts on many cases, with and without script, and the pages at 100 % and 200 %.

use revocation_desk::domain::case::CaseState;
use revocation_desk::domain::role::Role;

use super::{log_in, working_agent};
use crate::builders::day;
use crate::harness::{Key, Screen, Site, Window};

async fn working_supervisor(site: &Site, email: &str) -> Window {
    site.app.user(email, Role::Supervisor).await;
    let window = site.window_for(Screen::Desk, true).await;
    log_in(&window, email).await;
    window
}

#[tokio::test]
async fn an_agent_saves_a_view_and_moves_all_that_it_holds() {
    Box::pin(a_view_is_saved_and_its_cases_moved(true)).await;
}

#[tokio::test]
async fn the_same_list_works_without_script() {
    Box::pin(a_view_is_saved_and_its_cases_moved(false)).await;
}

async fn a_view_is_saved_and_its_cases_moved(scripted: bool) {
    let site = Site::open().await;
    let ev = site.world.a_case().ev().open().await;
    let ov = site.world.a_case().open().await;
    let agent = working_agent(&site, "misaki@ca.example", scripted).await;
    agent.press("失効待ち一覧").await;
    agent.choose_from("種別", "EV").await;
    agent.press("絞り込む").await;
    agent.sees("条件に合う1件をすべて選択").await;
    agent.press("この条件を保存").await;
    agent.is_on("この条件を保存").await;
    agent.is_sound("view-new").await;
    agent.press("保存").await;
    agent.is_refused_with(&["必ず入力してください。"]).await;
    agent.is_sound("view-refused").await;
    agent.fill("表示の名前", "EVだけ").await;
    agent.press("保存").await;
    agent.sees("表示「EVだけ」を保存しました。").await;
    agent.press("条件に合う1件をすべて選択").await;
    agent.sees("条件に合う1件すべてを選択中").await;
    agent.is_sound("list-selected").await;
    agent.press("失効希望日を変更").await;
    agent.sees("選んだ案件の一覧を固定しました。").await;
    agent.is_sound("bulk-day").await;
    agent.fill("新しい失効希望日", "2026-12-08").await;
    agent.press("事前確認").await;
    agent.sees("まだ何も変わっていません。").await;
    agent.press("1件の失効希望日を変更").await;
    agent.sees("1件に実行しました。").await;
    agent.is_sound("bulk-done").await;
    assert_eq!(site.world.reload(&ev).await.requested_on, day("2026-12-08"));
    assert_eq!(site.world.reload(&ov).await, ov);
}

#[tokio::test]
async fn rows_are_chosen_with_the_keyboard() {
    let site = Site::open().await;
    for _ in 0..3 {
        site.world.a_case().open().await;
    }
    let agent = working_agent(&site, "misaki@ca.example", true).await;
    agent.press("失効待ち一覧").await;
    agent.is_on("失効待ち一覧").await;
    for key in ["j", "x"] {
        agent.type_text(key).await;
    }
    agent.sees("1件を選択中").await;
    for key in ["j", "x"] {
        agent.type_text(key).await;
    }
    agent.sees("2件を選択中").await;
    agent.tab_back_to("この表の3件を選択").await;
    agent.key(Key::Space).await;
    agent.sees("3件を選択中").await;
    agent.is_sound("list-keyboard").await;
}

#[tokio::test]
async fn two_supervisors_revoke_many_in_two_windows() {
    let site = Site::open().await;
    let confirmed = site.world.a_case().in_state(CaseState::Confirmed).open().await;
    let uncalled = site.world.a_case().open().await;
    let requester = working_supervisor(&site, "makoto@ca.example").await;
    let approver = working_supervisor(&site, "mamoru@ca.example").await;
    requester.press("一括失効").await;
    requester.is_on("一括失効").await;
    requester.is_sound("bulk-start").await;
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("numbers.csv");
    std::fs::write(&file, "受付番号\r\nRQ-260101-0001\r\n").unwrap();
    requester.attach("受付番号のCSV", &file).await;
    requester.press("次へ（事前確認）").await;
    requester.is_refused_with(&["2行目: 受付番号 RQ-260101-0001 が見つかりません。"]).await;
    requester.is_sound("bulk-file-refused").await;
    let lines = format!("受付番号\r\n{}\r\n{}\r\n", confirmed.reception_number, uncalled.reception_number);
    std::fs::write(&file, lines).unwrap();
    requester.attach("受付番号のCSV", &file).await;
    requester.press("次へ（事前確認）").await;
    requester.sees("実行できない案件（1件）").await;
    requester.is_sound("bulk-check").await;
    requester.fill("理由", "サーバー入れ替え").await;
    requester.press("1件の失効の承認を依頼").await;
    requester.sees("ほかの責任者の承認を待っています。").await;
    requester.is_sound("bulk-waiting").await;
    assert!(!requester.offers("承認して1件を失効する").await);

    approver.open(&requester.path().await).await;
    approver.sees("サーバー入れ替え").await;
    approver.press("承認して1件を失効する").await;
    approver.is_refused_with(&["失効する件数（1）を数字で入力してください。"]).await;
    approver.is_sound("bulk-approve-refused").await;
    approver.fill("失効する件数を入力（1件、うちEV 0件）", "1").await;
    approver.press("承認して1件を失効する").await;
    approver.sees("承認しました。失効を始めました。").await;
    site.is_done().await;
    approver.reload().await;
    approver.sees("1／1件").await;
    approver.is_sound("bulk-run").await;
    assert_ne!(site.world.reload(&confirmed).await.state, CaseState::Confirmed);
    assert_eq!(site.world.reload(&uncalled).await, uncalled);
}

#[tokio::test]
async fn lists_and_acts_fit_1280_640_and_320_pixels() {
    let site = Site::open().await;
    for _ in 0..3 {
        site.world.a_case().in_state(CaseState::Confirmed).open().await;
    }
    let agent = working_agent(&site, "misaki@ca.example", true).await;
    agent.open("/desk/cases?select=all").await;
    agent.press("一括失効の準備へ").await;
    let act = agent.path().await;
    for (step, path) in [
        ("cases", "/desk/cases?sort=-company&select=page".to_owned()),
        ("bulk", "/desk/bulk".to_owned()),
        ("act", act),
        ("view", "/desk/views/new?validation=ev".to_owned()),
    ] {
        for (screen, width) in [(Screen::Desk, 1280), (Screen::Half, 640), (Screen::Narrow, 320)] {
            agent.set_screen(screen).await;
            agent.open(&path).await;
            agent.is_at(path.split('?').next().unwrap()).await;
            agent.is_sound(&format!("{step}-{width}")).await;
        }
    }
}
