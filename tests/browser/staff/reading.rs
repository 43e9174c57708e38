//! カレンダー, レポート and 監査ログ at 100 %, at 200 % and at 400 %, and the calendar with the keyboard.

use revocation_desk::domain::case::CaseState;
use revocation_desk::domain::role::Role;

use super::log_in;
use crate::harness::{Key, Screen, Site, Window};

async fn somebody(site: &Site, role: Role) -> Window {
    site.app.user("somebody@ca.example", role).await;
    let window = site.window(Screen::Desk).await;
    log_in(&window, "somebody@ca.example").await;
    window
}

#[tokio::test]
async fn what_is_read_fits_every_width() {
    let site = Site::open().await;
    for state in [CaseState::AwaitingCall, CaseState::Revoked, CaseState::Withdrawn] {
        site.world.a_case().in_state(state).open().await;
    }
    let auditor = somebody(&site, Role::Auditor).await;
    for (step, path) in [
        ("calendar", "/desk/calendar"),
        ("reports", "/desk/reports"),
        ("reports-refused", "/desk/reports?from=2026-11-24&to=2026-11-01"),
        ("audit", "/desk/audit"),
        ("audit-unlock", "/desk/audit/unlock/new"),
    ] {
        for (width, screen) in [("1280", Screen::Desk), ("640", Screen::Half), ("320", Screen::Narrow)] {
            auditor.set_screen(screen).await;
            auditor.open(path).await;
            auditor.is_sound(&format!("{step}-{width}")).await;
        }
    }
}

#[tokio::test]
async fn arrows_move_through_the_days_and_enter_lists_the_cases_of_one() {
    let site = Site::open().await;
    let case = site.world.a_case().due_on("2026-12-02".parse().unwrap()).open().await;
    let agent = somebody(&site, Role::Agent).await;
    agent.type_text("gc").await;
    agent.is_on("カレンダー").await;
    agent.press("2026年12月").await;
    agent.tab_to("12/1(火)").await;
    agent.key(Key::Right).await;
    assert!(agent.focused().await.starts_with("12/2(水)"), "{}", agent.focused().await);
    agent.key(Key::Down).await;
    assert!(agent.focused().await.starts_with("12/9(水)"), "{}", agent.focused().await);
    agent.key(Key::Up).await;
    agent.key(Key::Enter).await;
    agent.is_on("失効待ち一覧").await;
    agent.sees(&case.reception_number.to_string()).await;
}
