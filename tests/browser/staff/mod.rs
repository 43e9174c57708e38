//! The desk, worked on as an agent does it (`ui.md` section 10, journeys 2 and 4, and the keyboard).

mod adaptations;
mod bounces;
mod filing;
mod installation;
mod keyboard;
mod lists;
mod main_job;
mod preferences;
mod reading;
mod run;
mod settings;
mod sign_in;
mod sizes;
mod speaking_partner;
mod texts;
mod together;

use revocation_desk::domain::role::Role;

use crate::harness::{Screen, Site, Window};
use crate::support::app::PASSWORD;

/// An agent at the log-in page, with an account.
async fn agent(site: &Site, email: &str) {
    site.app.user(email, Role::Agent).await;
}

pub async fn log_in(window: &Window, email: &str) {
    window.open("/login").await;
    window.fill("ユーザーID", email).await;
    window.fill("パスワード", PASSWORD).await;
    window.press("ログイン").await;
    window.is_on("本日の電話確認").await;
}

/// A new agent who has logged in.
pub async fn working_agent(site: &Site, email: &str, scripted: bool) -> Window {
    agent(site, email).await;
    let window = site.window_for(Screen::Desk, scripted).await;
    log_in(&window, email).await;
    window
}
