//! What people wrote is replaced by payloads in the database, past all checks; then everybody opens every page.

use axum::http::Method;
use revocation_desk::domain::role::Role;
use sea_orm::{ConnectionTrait, Statement};

use super::guests::address;
use super::routes::{self, Door, Route};
use super::town::Town;
use crate::harness::{Screen, Site, Window};
use crate::staff::log_in;
use crate::support::app::PASSWORD;

/// Breaks out of text, attributes, text areas, titles and comments; each way that works calls `hit`.
const PAYLOAD: &str = "\"'></title></textarea></select>--><script>hit()</script><img src=x onerror=hit()>\
    <svg onload=hit()><a href=\"javascript:hit()\" autofocus onfocus=hit()>x</a><style>*{color:red}</style>{{hit()}}";

/// Columns in which people, customers, mail servers and CAs have their say, in whatever table.
const WRITTEN: &[&str] = &[
    "name",
    "name_kana",
    "department",
    "phone_source",
    "note",
    "hold_note",
    "closing_note",
    "ground",
    "caller_name",
    "filing_ground",
    "filed_by_name",
    "requested_by_name",
    "approved_by_name",
    "granted_by_name",
    "made_by_name",
    "saved_by_name",
    "actor_name",
    "lease_holder_name",
    "spoke_with",
    "answer",
    "last_error",
    "subject",
    "body_text",
    "body",
    "common_name",
    "organization",
    "conditions",
    "key_label",
    "external_id",
    "reason",
];

/// Words of the program under one of those names.
const WORDS: &[(&str, &str)] = &[
    ("audit_events", "subject"),
    ("desk_settings", "name"),
    ("text_versions", "name"),
    ("idempotency_keys", "body"),
    ("reissue_applications", "reason"),
    ("reissue_drafts", "reason"),
    ("seaql_migrations", "name"),
];

/// How many columns hold a payload now.
async fn poison(site: &Site) -> usize {
    let db = &site.app.ctx.db;
    let columns = "SELECT m.name, c.name FROM sqlite_master m, pragma_table_info(m.name) c \
        WHERE m.type = 'table' AND c.type = 'TEXT'";
    let rows = db.query_all_raw(Statement::from_string(db.get_database_backend(), columns)).await.unwrap();
    let mut poisoned = 0;
    for row in rows {
        let (table, column): (String, String) = (row.try_get_by_index(0).unwrap(), row.try_get_by_index(1).unwrap());
        let word = WORDS.iter().any(|(of, name)| *of == table && *name == column);
        if word || !WRITTEN.contains(&column.as_str()) {
            continue;
        }
        let sql = format!("UPDATE {table} SET {column} = substr({column}, 1, 3) || '{}'", PAYLOAD.replace('\'', "''"));
        if db.execute_unprepared(&sql).await.unwrap().rows_affected() > 0 {
            poisoned += 1;
        }
    }
    let detail = serde_json::json!({ "reason": PAYLOAD, "note": PAYLOAD, "by": PAYLOAD }).to_string();
    let sql = format!("UPDATE audit_events SET detail = '{}'", detail.replace('\'', "''"));
    db.execute_unprepared(&sql).await.unwrap();
    poisoned
}

async fn opens_everything(window: &Window, town: &Town, wanted: impl Fn(&Route) -> bool) -> usize {
    let mut opened = 0;
    window.counts_hits().await;
    for route in routes::all().into_iter().filter(|route| route.method == Method::GET && wanted(route)) {
        let download = ["/events", ".csv", "/{file}"].iter().any(|end| route.path.ends_with(end));
        if download || route.is_api() || route.path.starts_with("/desk/evidence") || route.path.starts_with("/crl") {
            continue;
        }
        let address = address(town, &route, &town.ours);
        let mark = if address.contains('?') { '&' } else { '?' };
        for address in [address.clone(), format!("{address}{mark}{QUERY}")] {
            window.open(&address).await;
            window.was_not_hit().await;
            opened += 1;
        }
    }
    opened
}

/// The payload in every field of a query that a page may show again.
const QUERY: &str = "q=%22%3E%3Cscript%3Ehit()%3C/script%3E%3Cimg%20src=x%20onerror=hit()%3E&next=javascript:hit()\
    &view=%22%3E%3Csvg%20onload=hit()%3E&after=%22%3E%3Cimg%20src=x%20onerror=hit()%3E";

#[tokio::test]
async fn no_text_becomes_script_on_any_page_of_the_desk() {
    if crate::database::is_postgres() {
        return;
    }
    let site = Site::open().await;
    let town = Town::build(&site.app, &site.world).await;
    for role in [Role::Supervisor, Role::Admin] {
        site.app.user(&format!("{}@ca.example", role.as_str()), role).await;
    }
    assert!(poison(&site).await >= 30);
    for (role, least) in [(Role::Supervisor, 60), (Role::Admin, 60)] {
        let window = site.window(Screen::Desk).await;
        log_in(&window, &format!("{}@ca.example", role.as_str())).await;
        let pages = |route: &Route| !route.is_portal() && route.door.admits(role);
        let opened = opens_everything(&window, &town, pages).await;
        assert!(opened >= least, "{role:?} opened only {opened}");
        println!("{role:?} opened {opened} pages: 0 payloads ran, 0 breaches of the policy");
    }
}

#[tokio::test]
async fn no_text_becomes_script_on_any_page_of_the_portal() {
    if crate::database::is_postgres() {
        return;
    }
    let site = Site::open().await;
    let town = Town::build(&site.app, &site.world).await;
    assert!(poison(&site).await >= 30);
    let window = site.window(Screen::Desk).await;
    window.open("/portal/login").await;
    window.fill("ユーザーID", town.ours.login).await;
    window.fill("パスワード", PASSWORD).await;
    window.press("ログイン").await;
    window.is_on("証明書一覧").await;
    let opened = opens_everything(&window, &town, |route| matches!(route.door, Door::Customer)).await;
    assert!(opened >= 30, "{opened}");
    println!("a customer opened {opened} pages: 0 payloads ran, 0 breaches of the policy");
}
