//! How many statements a page asks the database for: as many as it has subjects, however many rows it shows.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use revocation_desk::domain::role::Role;

use super::office::{Office, href};

/// Counts the statements of one page.
async fn statements(office: &Office, path: &str) -> usize {
    static AGENTS: AtomicUsize = AtomicUsize::new(0);
    let email = format!("{}@ca.example", AGENTS.fetch_add(1, Ordering::Relaxed));
    let mut agent = office.app.login_another(Role::Agent, &email).await;
    let asked = Arc::new(AtomicUsize::new(0));
    let counter = asked.clone();
    office.app.change_services(|services| {
        services.db.set_metric_callback(move |_| {
            counter.fetch_add(1, Ordering::Relaxed);
        });
    });
    agent.get(path).await.assert_status(200);
    asked.load(Ordering::Relaxed)
}

#[tokio::test]
async fn a_page_asks_for_its_subjects_not_for_its_rows() {
    let office = Office::open().await;
    let case = office.world.a_case().open().await;
    let lists = ["/desk/cases", "/desk/today", "/desk/mails", "/desk/calendar", "/desk/audit"];
    let pages: Vec<String> = lists.map(str::to_owned).into_iter().chain([href(&case)]).collect();
    let mut few = Vec::new();
    for page in &pages {
        few.push(statements(&office, page).await);
    }
    for _ in 0..5 {
        office.world.a_case().open().await;
    }
    for (page, few) in pages.iter().zip(few) {
        let many = statements(&office, page).await;
        assert_eq!(many, few, "{page}");
        assert!(many <= MOST, "{page}: {many} statements");
    }
}

/// Session, user, counts of the menu, and what a page is about.
const MOST: usize = 26;
