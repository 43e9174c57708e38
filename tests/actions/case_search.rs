//! Search and lists of cases against a model that looks at every row.

use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use revocation_desk::domain::search::{normalize, site};
use revocation_desk::models::case_queue::{self, CaseFilter, CaseView, Cursor, Page};
use revocation_desk::models::case_search::Bounds;
use revocation_desk::models::subscribers::{self, NewSubscriber};

use crate::builders::{World, day};

/// A case as the model knows it.
#[derive(Debug, Clone)]
struct Row {
    organisation: String,
    common_name: String,
    due_on: String,
    open: bool,
}

fn row(organisation: &str, common_name: &str, due_on: &str, open: bool) -> Row {
    Row { organisation: organisation.into(), common_name: common_name.into(), due_on: due_on.into(), open }
}

fn number(id: usize) -> String {
    format!("RQ-2611{:02}-{:04}", 10 + id % 3, id)
}

/// What the search is to find, in its order.
fn expected(rows: &[Row], q: &str, view: Option<CaseView>) -> Vec<i64> {
    let wanted = normalize(q);
    let wanted_site = site(&wanted);
    let digits = wanted.strip_prefix("rq-").unwrap_or(&wanted);
    let is_number =
        digits.starts_with(|c: char| c.is_ascii_digit()) && digits.chars().all(|c| c.is_ascii_digit() || c == '-');
    // Nothing typed asks for nothing: the whole list.
    let blank = q.trim().is_empty();
    let holds = |id: usize, row: &Row| {
        let name = normalize(&row.common_name);
        let own = site(&name);
        let by_site = !wanted_site.is_empty() && (own.starts_with(wanted_site) || own.ends_with(wanted_site));
        let by_number = is_number && number(id).strip_prefix("RQ-").unwrap().starts_with(digits);
        blank || !wanted.is_empty() && (normalize(&row.organisation).contains(&wanted) || by_site || by_number)
    };
    let mut found: Vec<(&str, usize)> = rows
        .iter()
        .enumerate()
        .map(|(place, row)| (place + 1, row))
        .filter(|(id, row)| holds(*id, row) && (view.is_none() || row.open))
        .map(|(id, row)| (row.due_on.as_str(), id))
        .collect();
    found.sort_unstable();
    found.into_iter().map(|(_, id)| i64::try_from(id).unwrap()).collect()
}

/// Makes these the only cases there are; the first gets the id 1.
async fn replace(world: &World, rows: &[Row]) {
    for table in ["revocation_cases", "reissue_applications", "certificates", "subscribers"] {
        world.tamper(&format!("DELETE FROM {table}")).await;
    }
    for (place, row) in rows.iter().enumerate() {
        let id = place + 1;
        let new = NewSubscriber { name: row.organisation.clone(), name_kana: None, external_id: None };
        let subscriber = subscribers::insert(&world.desk.db, new, world.desk.clock.now()).await.unwrap().id;
        let quoted = |text: &str| format!("'{}'", text.replace('\'', "''"));
        let (name, state) = (&row.common_name, if row.open { "awaiting_call" } else { "completed" });
        world
            .tamper(&format!(
                "INSERT INTO certificates (id, subscriber_id, issuer, serial, sha256, der, validation, common_name, dns_names,
                    search_names, spki_sha256, key_label, not_before, not_after, entitlement_end_on, created_at)
                VALUES ({id}, {subscriber}, 'CN=x', '{id:04x}', '{id:064}', '0', 'ov', {}, {}, {}, '', '',
                    '2026-01-01T00:00:00+00:00', '2027-01-01T00:00:00+00:00', '2027-01-01', '2026-01-01T00:00:00+00:00')",
                quoted(name),
                quoted(name),
                quoted(&normalize(&format!("{name}\n{name}"))),
            ))
            .await;
        let number = number(id);
        world
            .tamper(&format!(
                "INSERT INTO reissue_applications (id, reception_number, certificate_id, reason, csr_reused, channel, filed_by,
                    filed_by_name, filed_at, needs_reexamination)
                VALUES ({id}, '{number}', {id}, 'other', true, 'portal', 'x', 'x', '2026-01-01T00:00:00+00:00', false)"
            ))
            .await;
        world
            .tamper(&format!(
                "INSERT INTO revocation_cases (id, reception_number, application_id, subscriber_id, source_certificate_id, state,
                    version, revocation_reason, requested_on, due_on, fence, opened_at, updated_at)
                VALUES ({id}, '{number}', {id}, {subscriber}, {id}, '{state}', 1, 4, '{}', '{}', 0,
                    '2026-01-01T00:00:00+00:00', '2026-01-01T00:00:00+00:00')",
                row.due_on, row.due_on
            ))
            .await;
    }
}

/// Each makes the search go another way.
const WAYS: [Bounds; 4] = [
    Bounds { short_walk: 1_000, few: 100, long_walk: 1_000 },
    // The indexes at once.
    Bounds { short_walk: 1, few: 100, long_walk: 1_000 },
    // Too many for the indexes: the longer walk.
    Bounds { short_walk: 1, few: 0, long_walk: 1_000 },
    // Nothing is worth it: the indexes to the end.
    Bounds { short_walk: 1, few: 0, long_walk: 1 },
];

/// All pages forward and then all of them back.
async fn found(world: &World, q: &str, view: Option<CaseView>, limit: u64, bounds: Bounds) -> (Vec<i64>, Vec<i64>) {
    let filter = CaseFilter {
        view: view.unwrap_or_default(),
        everything: view.is_none(),
        q: Some(q.to_owned()),
        ..CaseFilter::default()
    };
    let read = async |page: Page| {
        case_queue::page_within(&world.desk.db, &filter, page, limit, world.today(), bounds).await.unwrap()
    };
    let (mut forward, mut back, mut page) = (Vec::new(), Vec::new(), Page::First);
    let cursor = |row: &case_queue::CaseRow| Cursor { due_on: row.case.due_on, id: row.case.id };
    let mut last = None;
    loop {
        let (rows, more) = read(page).await;
        forward.extend(rows.iter().map(|row| row.case.id));
        last = rows.last().map(cursor).or(last);
        match rows.last().filter(|_| more) {
            Some(row) => page = Page::After(cursor(row)),
            None => break,
        }
    }
    let Some(last) = last else { return (forward, back) };
    back.push(last.id);
    page = Page::Before(last);
    loop {
        let (rows, more) = read(page).await;
        back.splice(0..0, rows.iter().map(|row| row.case.id));
        match rows.first().filter(|_| more) {
            Some(row) => page = Page::Before(cursor(row)),
            None => return (forward, back),
        }
    }
}

async fn check(world: &World, rows: &[Row], q: &str) {
    for view in [None, Some(CaseView::Open)] {
        let wanted = expected(rows, q, view);
        for bounds in WAYS {
            for limit in [2, 50] {
                let (forward, back) = found(world, q, view, limit, bounds).await;
                assert_eq!(forward, wanted, "{q:?} {view:?} {bounds:?} by {limit} in {rows:#?}");
                assert_eq!(back, wanted, "{q:?} {view:?} {bounds:?} by {limit}, backwards");
            }
        }
    }
}

#[tokio::test]
async fn every_way_of_searching_finds_each_spelling() {
    let world = World::new().await;
    let rows = [
        row("株式会社髙松ﾃｸﾉサービス", "www.takamatsu.co.jp", "2026-12-02", true),
        row("㈱高松　テクノ・サービス", "takamatsu.jp", "2026-12-01", true),
        row("東京情報株式会社", "shop.tokyo-joho.co.jp", "2026-12-01", false),
        row("東京都民銀行", "*.tokyo.example", "2026-11-30", true),
        row("京都東", "www.xn--r8jz45g.example", "2026-12-03", true),
        row("ＡＢＣ 100%_Ｃ株式会社", "100.example.jp", "2026-12-03", false),
        row("柏", "kashiwa.example", "2026-12-03", true),
        row("霞ヶ関\\商事", "kasumi.example", "2026-12-04", true),
    ];
    replace(&world, &rows).await;
    for q in [
        "髙松",
        "高松",
        "ﾃｸﾉ",
        "テクノ",
        "てくの",
        "東京",
        "京東",
        "東京情報",
        "東",
        "京",
        "柏",
        "霞ケ関",
        "(株)",
        "株式会社",
        "㈱高松テクノ",
        "%",
        "_",
        "100%",
        "0%_c",
        "\\",
        "\\商",
        "abc",
        "ＡＢＣ",
        "abc 100",
        "takamatsu",
        "www.takamatsu",
        "takamatsu.co.jp",
        "co.jp",
        ".jp",
        "amatsu",
        "tokyo.example",
        "*.tokyo",
        "xn--r8jz45g",
        "例え",
        "EXAMPLE",
        "www.",
        "rq-2611",
        "RQ-261112-0002",
        "2611",
        "261111-0001",
        "100",
        "rq-",
        "　",
        "\u{200B}",
        "存在しない",
    ] {
        if q.parse::<revocation_desk::domain::reception_number::ReceptionNumber>().is_err() {
            check(&world, &rows, q).await;
        }
    }
}

#[test]
fn any_search_over_any_table_finds_what_a_look_at_every_row_finds() {
    let piece = prop::sample::select(vec![
        "東", "京", "情", "髙", "高", "ﾃ", "テ", "て", "ー", "-", "a", "B", " ", "　", "%", "_", "\\", "1", ".",
    ]);
    let text = |longest| prop::collection::vec(piece.clone(), 1..longest).prop_map(|pieces| pieces.concat());
    let label = prop::sample::select(vec!["www.a.jp", "a.jp", "b-1.a.jp", "*.a.jp", "東京.jp", "1.example"]);
    let one = (text(6), label, 1..4u8, any::<bool>())
        .prop_map(|(name, site, day, open)| row(&format!("x{name}"), site, &format!("2026-12-0{day}"), open));
    let table = (prop::collection::vec(one, 1..12), prop::collection::vec(text(4), 1..4));
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    let world = runtime.block_on(World::new());
    let mut runner = TestRunner::new(Config { cases: 24, ..Config::default() });
    runner
        .run(&table, |(rows, terms)| {
            runtime.block_on(async {
                replace(&world, &rows).await;
                for q in &terms {
                    check(&world, &rows, q).await;
                }
            });
            Ok(())
        })
        .unwrap();
}

/// SQLite's index holds only so many characters of a name's end.
#[tokio::test]
async fn a_long_name_is_told_from_another_one_with_the_same_end() {
    let world = World::new().await;
    let end = format!("{}.example.jp", "x".repeat(60));
    let rows = ["one", "two"].map(|host| row("東京情報株式会社", &format!("{host}.{end}"), "2026-12-01", true));
    replace(&world, &rows).await;
    check(&world, &rows, &format!("one.{end}")).await;
}

#[tokio::test]
async fn a_new_name_of_the_organisation_is_found_and_the_old_one_no_more() {
    let world = World::new().await;
    let case = world.a_case().open().await;
    let is_found = async |q: &str| !found(&world, q, None, 50, WAYS[1]).await.0.is_empty();
    assert!(is_found("例示").await);
    world.tamper(&format!("UPDATE subscribers SET search_name = '新社名' WHERE id = {}", case.subscriber_id)).await;
    for bounds in WAYS {
        assert_eq!(found(&world, "新社", None, 50, bounds).await.0, [case.id], "{bounds:?}");
        assert_eq!(found(&world, "例示", None, 50, bounds).await.0, Vec::<i64>::new(), "{bounds:?}");
    }
}

#[tokio::test]
async fn ev_cases_are_listed_by_what_their_certificate_says() {
    let world = World::new().await;
    let ev = world.a_case().ev().due_on(day("2026-12-01")).open().await;
    world.a_case().due_on(day("2026-12-01")).open().await;
    let filter = CaseFilter { view: CaseView::Ev, ..CaseFilter::default() };
    let (rows, _) = case_queue::page(&world.desk.db, &filter, Page::First, 50, world.today()).await.unwrap();
    assert_eq!(rows.iter().map(|row| row.case.id).collect::<Vec<_>>(), [ev.id]);
}
