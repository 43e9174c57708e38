//! The list as a tool: sorting, saved views, columns, selection, acts on many, CSV (journey 12).

use revocation_desk::domain::case::CaseState;
use revocation_desk::domain::role::Role;
use revocation_desk::models::audit_events;
use revocation_desk::models::revocation_cases::Case;

use super::lists::{listed, numbers};
use super::office::{Office, href};
use crate::builders::day;
use crate::support::app::{Answer, Browser};

async fn a_case_of(office: &Office, company: &str, due_on: &str) -> Case {
    a_case_until(office, company, due_on, "2027-03-01").await
}

async fn a_case_until(office: &Office, company: &str, due_on: &str, ends_on: &str) -> Case {
    let subscriber = office.world.a_subscriber().named(company).register().await;
    let certificate = office.world.a_certificate().of(&subscriber).valid_until(day(ends_on)).register().await;
    office.world.a_case().on(&certificate).due_on(day(due_on)).open().await
}

#[tokio::test]
async fn a_press_on_a_heading_sorts_and_the_address_keeps_it() {
    let office = Office::open().await;
    let bravo = a_case_of(&office, "Bravo", "2026-12-01").await;
    let alpha = a_case_until(&office, "Alpha", "2026-12-02", "2027-02-01").await;
    let charlie = a_case_until(&office, "Charlie", "2026-11-30", "2027-01-31").await;
    let mut agent = office.app.login_as(Role::Agent).await;
    for (sort, order, marked) in [
        (
            "",
            [&charlie, &bravo, &alpha],
            "aria-sort=\"ascending\"><button type=\"submit\" form=\"sorting\" name=\"sort\" value=\"-due_on\"",
        ),
        (
            "-due_on",
            [&alpha, &bravo, &charlie],
            "aria-sort=\"descending\"><button type=\"submit\" form=\"sorting\" name=\"sort\" value=\"due_on\"",
        ),
        (
            "number",
            [&bravo, &alpha, &charlie],
            "aria-sort=\"ascending\"><button type=\"submit\" form=\"sorting\" name=\"sort\" value=\"-number\"",
        ),
        (
            "company",
            [&alpha, &bravo, &charlie],
            "aria-sort=\"ascending\"><button type=\"submit\" form=\"sorting\" name=\"sort\" value=\"-company\"",
        ),
        (
            "-company",
            [&charlie, &bravo, &alpha],
            "aria-sort=\"descending\"><button type=\"submit\" form=\"sorting\" name=\"sort\" value=\"company\"",
        ),
        (
            "expiry",
            [&charlie, &alpha, &bravo],
            "aria-sort=\"ascending\"><button type=\"submit\" form=\"sorting\" name=\"sort\" value=\"-expiry\"",
        ),
        ("id; DROP TABLE users", [&charlie, &bravo, &alpha], "value=\"-due_on\""),
    ] {
        let address = format!("/desk/cases?{}", revocation_desk::views::parts::query(&[("sort", sort)]));
        let page = agent.get(&address).await;
        assert_eq!(listed(page.assert_status(200)), numbers(&order), "{sort}");
        assert!(page.body.contains(marked), "{sort}: {}", page.body);
        page.assert_lacks("???").assert_contains("並び順: ");
    }
    office.world.a_case().in_state(CaseState::Withdrawn).open().await;
    let closed = agent.get("/desk/cases?view=closed&sort=company").await;
    closed.assert_status(200).assert_contains("name=\"sort\" value=\"-due_on\"");
    closed.assert_lacks("name=\"sort\" value=\"number\"").assert_lacks("name=\"sort\" value=\"-company\"");
}

#[tokio::test]
async fn the_pages_of_a_sorted_list_follow_its_order() {
    let office = Office::open().await;
    let subscriber = office.world.a_subscriber().named("Alpha").register().await;
    for _ in 0..51 {
        let certificate = office.world.a_certificate().of(&subscriber).register().await;
        office.world.a_case().on(&certificate).open().await;
    }
    let last = a_case_of(&office, "Zulu", "2026-11-20").await;
    let mut agent = office.app.login_as(Role::Agent).await;
    let first = agent.get("/desk/cases?sort=company&validation=ov").await;
    assert_eq!(listed(&first).len(), 50);
    let next = first.body.split("href=\"").skip(1).filter_map(|rest| rest.split('"').next());
    let next = next.map(|href| href.replace("&#38;", "&")).find(|href| href.contains("after=")).unwrap();
    assert!(next.contains("sort=company") && next.contains("validation=ov"), "{next}");
    let second = agent.get(&next).await;
    assert_eq!(listed(&second).last().unwrap(), &last.reception_number.to_string());
    assert_eq!(listed(&second).len(), 2);
}

async fn save(browser: &mut Browser, conditions: &str, fields: &[(&str, &str)]) -> Answer {
    browser.post_form(&format!("/desk/views/new?{conditions}"), "/desk/views", fields).await
}

#[tokio::test]
async fn a_saved_view_is_a_tab_with_its_count() {
    let office = Office::open().await;
    let ev = office.world.a_case().ev().open().await;
    office.world.a_case().open().await;
    let mut agent = office.app.login_as(Role::Agent).await;
    let mut colleague = office.app.login_another(Role::Agent, "aoi@ca.example").await;

    agent.get("/desk/cases?validation=ev").await.assert_contains("この条件を保存");
    let saved = save(&mut agent, "validation=ev&sort=company", &[("name", "EVの確認")]).await;
    let tab = saved.assert_status(303).location().to_owned();
    assert!(tab.starts_with("/desk/cases?validation=ev&sort=company&saved="), "{tab}");
    let page = agent.get(&tab).await;
    assert_eq!(listed(&page), numbers(&[&ev]));
    page.assert_contains(">EVの確認 <span class=\"c\">1</span>").assert_contains("この表示を編集");
    colleague.get("/desk/cases").await.assert_lacks("EVの確認");

    let again = save(&mut agent, "view=ev", &[("name", "EVの確認")]).await;
    again.assert_status(422).assert_contains("同じ名前の表示がすでにあります。");
    let nameless = save(&mut agent, "view=ev", &[("name", " ")]).await;
    nameless.assert_status(422).assert_contains("必ず入力してください。");
    let shared = save(&mut agent, "view=ev", &[("name", "全員へ"), ("shared", "yes")]).await;
    shared.assert_status(403);
}

#[tokio::test]
async fn supervisors_make_views_for_everybody_and_owners_rename_and_remove_theirs() {
    let office = Office::open().await;
    office.world.a_case().open().await;
    let mut supervisor = office.app.login_as(Role::Supervisor).await;
    let mut agent = office.app.login_as(Role::Agent).await;
    let saved = save(&mut supervisor, "view=this_week", &[("name", "今週の山"), ("shared", "yes")]).await;
    let id = saved.location().rsplit('=').next().unwrap().to_owned();
    let page = agent.get("/desk/cases").await;
    page.assert_contains("今週の山 <span class=\"c\">1</span>");
    let csrf = page.hidden_fields("/logout").remove(0).1;
    let view = format!("/desk/views/{id}");
    agent.get(&view).await.assert_status(404);
    for path in [view.clone(), format!("{view}/removal")] {
        agent.post(&path, &[("_csrf", &csrf), ("name", "奪取")]).await.assert_status(404);
    }

    let renamed = supervisor.post_form(&view, &view, &[("name", "今週"), ("shared", "no")]).await;
    renamed.assert_status(303);
    agent.get("/desk/cases").await.assert_lacks("今週の山");
    supervisor.get("/desk/cases").await.assert_contains("今週 <span");
    let removal = format!("{view}/removal");
    supervisor.post_form(&view, &removal, &[]).await.assert_status(303);
    supervisor.get(&view).await.assert_status(404);
    let actions = audit_events::after(&office.world.desk.db, 0, 1000).await.unwrap();
    let of_views = actions.iter().filter(|event| event.subject == format!("saved_view:{id}"));
    let of_views: Vec<&str> = of_views.map(|event| event.action.as_str()).collect();
    assert_eq!(of_views, ["view_saved", "view_changed", "view_removed"]);
}

#[tokio::test]
async fn everybody_chooses_columns_for_themselves() {
    let office = Office::open().await;
    office.world.a_case().open().await;
    let mut agent = office.app.login_as(Role::Agent).await;
    let mut colleague = office.app.login_another(Role::Agent, "aoi@ca.example").await;
    let fields = [("columns", "reason"), ("columns", "filed_on"), ("conditions", "view=open")];
    let kept = agent.post_form("/desk/cases", "/desk/columns", &fields).await;
    assert_eq!(kept.assert_status(303).location(), "/desk/cases?view=open");
    let page = agent.get("/desk/cases").await;
    page.assert_contains("<th scope=\"col\">申請日</th><th scope=\"col\">再発行理由</th>");
    page.assert_contains("2026/11/17").assert_contains("サーバーリプレース");
    colleague.get("/desk/cases").await.assert_lacks("<th scope=\"col\">申請日</th>");
    agent.post_form("/desk/cases", "/desk/columns", &[]).await.assert_status(303);
    agent.get("/desk/cases").await.assert_lacks("<th scope=\"col\">申請日</th>");
    let csrf = agent.get("/desk/cases").await.hidden_fields("/logout").remove(0).1;
    let wrong = agent.post("/desk/columns", &[("_csrf", &csrf), ("columns", "password_hash")]).await;
    wrong.assert_status(422);
}

#[tokio::test]
async fn everything_that_matches_is_chosen_in_a_step_of_its_own_and_frozen_by_the_preview() {
    let office = Office::open().await;
    let mut cases = Vec::new();
    for _ in 0..52 {
        cases.push(office.world.a_case().due_on(day("2026-12-01")).open().await);
    }
    office.world.a_case().ev().open().await;
    let mut agent = office.app.login_as(Role::Agent).await;
    let page = agent.get("/desk/cases?validation=ov").await;
    page.assert_contains("0件を選択中").assert_contains("条件に合う52件をすべて選択");
    page.assert_lacks("name=\"scope\"");
    let all = agent.get("/desk/cases?validation=ov&select=all").await;
    all.assert_contains("条件に合う52件すべてを選択中").assert_contains("name=\"scope\" value=\"all\"");

    let prepared =
        agent.post_form("/desk/cases?validation=ov&select=all", "/desk/bulk", &[("act", "reschedule")]).await;
    let act = prepared.assert_status(303).location().to_owned();
    office.world.a_case().open().await;
    let preview = agent.get(&format!("{act}?requested_on=2026-12-08")).await;
    assert_eq!(preview.body.matches("<tr data-row").count(), 52, "as many as were counted, and no later one");
    preview.assert_contains("52件の失効希望日を変更").assert_contains("実行できる案件（52件）").assert_lacks("???");
    assert_eq!(office.world.reload(&cases[0]).await, cases[0], "a preview changes nothing");
}

#[tokio::test]
async fn a_new_date_for_the_ticked_cases_is_previewed_and_told_case_by_case() {
    let office = Office::open().await;
    let moved = office.world.a_case().open().await;
    let gone = office.world.a_case().in_state(CaseState::Revoked).open().await;
    let other = office.world.a_case().open().await;
    let mut agent = office.app.login_as(Role::Agent).await;
    let (first, second) = (moved.reception_number.to_string(), gone.reception_number.to_string());
    let ticked = [("act", "reschedule"), ("case", first.as_str()), ("case", second.as_str())];
    let act = agent.post_form("/desk/cases", "/desk/bulk", &ticked).await.location().to_owned();

    let page = agent.get(&act).await;
    page.assert_status(200).assert_contains("実行できない案件（1件）").assert_lacks("???");
    let past = agent.get(&format!("{act}?requested_on=2026-11-20")).await;
    past.assert_contains("実行できない案件（2件）").assert_lacks("/execution");
    let unreadable = agent.get(&format!("{act}?requested_on=tomorrow")).await;
    unreadable.assert_contains("エラー: ").assert_lacks("/execution");
    let execution = format!("{act}/execution");
    let done = agent.post_form(&format!("{act}?requested_on=2026-12-08"), &execution, &[]).await;
    assert_eq!(done.assert_status(303).location(), act);
    let result = agent.get(&act).await;
    result.assert_contains("1件に実行しました。実行しなかった案件は1件です。");
    result.assert_contains("この案件は「失効済み」のため、この操作はできません。");
    assert_eq!(office.world.reload(&moved).await.requested_on, day("2026-12-08"));
    assert_eq!(office.world.reload(&other).await, other);
}

#[tokio::test]
async fn cases_go_to_a_colleague_and_the_list_shows_and_finds_them() {
    let office = Office::open().await;
    let case = office.world.a_case().open().await;
    let other = office.world.a_case().open().await;
    let mut agent = office.app.login_as(Role::Agent).await;
    let colleague = office.app.user("aoi@ca.example", Role::Agent).await;
    let number = case.reception_number.to_string();
    let act = agent.post_form("/desk/cases", "/desk/bulk", &[("act", "assign"), ("case", &number)]).await;
    let act = act.location().to_owned();
    let preview = format!("{act}?assignee={}", colleague.id);
    agent.post_form(&preview, &format!("{act}/execution"), &[]).await.assert_status(303);
    let found = agent.get(&format!("/desk/cases?assignee={}", colleague.id)).await;
    assert_eq!(listed(&found), numbers(&[&case]));
    assert_eq!(listed(&agent.get("/desk/cases?assignee=nobody").await), numbers(&[&other]));
    assert!(listed(&agent.get("/desk/cases?assignee=me").await).is_empty());
    agent.get(&href(&case)).await.assert_contains("担当を変更");
}

#[tokio::test]
async fn nobody_acts_on_many_without_choosing_or_without_the_right() {
    let office = Office::open().await;
    office.world.a_case().open().await;
    let mut agent = office.app.login_as(Role::Agent).await;
    let mut auditor = office.app.login_as(Role::Auditor).await;
    let page = auditor.get("/desk/cases").await;
    page.assert_lacks("name=\"case\"").assert_lacks("action=\"/desk/bulk\"");
    let csrf = page.hidden_fields("/logout").remove(0).1;
    auditor.post("/desk/bulk", &[("_csrf", &csrf), ("act", "resend")]).await.assert_status(403);
    let empty = agent.post_form("/desk/cases", "/desk/bulk", &[("act", "resend")]).await;
    assert_eq!(empty.assert_status(303).location(), "/desk/cases");
    agent.get("/desk/cases").await.assert_contains("案件が選ばれていません。");
}

/// The lines of an export without its mark.
fn lines(export: &Answer) -> Vec<String> {
    let text = export.body.strip_prefix('\u{FEFF}').unwrap();
    text.split_terminator("\r\n").map(str::to_owned).collect()
}

#[tokio::test]
async fn the_csv_holds_what_the_list_holds_with_numbers_only_for_those_who_may() {
    let office = Office::open().await;
    let case = a_case_of(&office, "=HYPERLINK(\"http://x\")", "2026-12-01").await;
    let ev = office.world.a_case().ev().due_on(day("2026-12-02")).open().await;
    office.world.a_case().in_state(CaseState::Withdrawn).open().await;
    for (role, whole) in [(Role::Agent, false), (Role::Supervisor, true), (Role::Auditor, true), (Role::Admin, false)] {
        let mut browser = office.app.login_as(role).await;
        let export = browser.post_form("/desk/cases", "/desk/exports/cases", &[]).await;
        let lines = lines(export.assert_status(200));
        assert_eq!(lines.len(), 3, "{lines:?}");
        assert_eq!(lines[0].contains("電話番号"), whole, "{role:?}");
        assert_eq!(export.body.contains("03-0000-4182"), whole, "{role:?}");
        assert!(lines[1].contains(&case.reception_number.to_string()));
        assert!(lines[1].starts_with("2026/12/01,2026/12/01,"), "{}", lines[1]);
        assert!(lines[1].contains(",\"'=HYPERLINK(\"\"http://x\"\")\","), "{}", lines[1]);
        assert!(lines[2].contains(&ev.reception_number.to_string()) && lines[2].contains(",EV,"));
        assert!(export.header("content-disposition").contains("cases-20261124.csv"));
        export.assert_lacks("???");
    }
    let mut agent = office.app.login_another(Role::Agent, "aoi@ca.example").await;
    let narrowed = agent.post_form("/desk/cases?view=ev&q=shop", "/desk/exports/cases", &[]).await;
    assert_eq!(lines(&narrowed).len(), 1);
    let events = audit_events::after(&office.world.desk.db, 0, 1000).await.unwrap();
    let exports: Vec<_> = events.iter().filter(|event| event.action == "cases_exported").collect();
    assert_eq!(exports.len(), 5);
    let last = exports[4].facts();
    assert_eq!((last["searched"].as_bool(), last["conditions"].as_str()), (Some(true), Some("view=ev")));
    assert_eq!(last["telephone_numbers"].as_bool(), Some(false));
}

#[tokio::test]
async fn the_page_of_the_day_hands_out_what_is_due_by_then() {
    let office = Office::open().await;
    let today = office.world.a_case().due_on(day("2026-11-24")).open().await;
    let late = office.world.a_case().due_on(day("2026-11-20")).open().await;
    office.world.a_case().due_on(day("2026-11-25")).open().await;
    let mut agent = office.app.login_as(Role::Agent).await;
    let export = agent.post_form("/desk/today", "/desk/exports/cases", &[]).await;
    let lines = lines(export.assert_status(200));
    assert_eq!(lines.len(), 3, "{lines:?}");
    assert!(lines[1].contains(&late.reception_number.to_string()), "{lines:?}");
    assert!(lines[2].contains(&today.reception_number.to_string()), "{lines:?}");
}

#[tokio::test]
async fn a_long_list_is_exported_whole() {
    let office = Office::open().await;
    for _ in 0..4 {
        office.world.a_case().open().await;
    }
    // As many as take more than one reading; closed, for no index allows two open ones on a certificate.
    let columns = "reception_number, application_id, subscriber_id, source_certificate_id, state, version,
        revocation_reason, requested_on, due_on, fence, opened_at, closed_at, updated_at";
    let mut copies = String::new();
    for n in 1..=1001 {
        let application = format!(
            "INSERT INTO reissue_applications (reception_number, certificate_id, reason, csr_reused, channel, filed_by,
                filed_by_name, filed_at, needs_reexamination)
            SELECT 'RQ-260101-{n:04}', certificate_id, reason, csr_reused, channel, filed_by, filed_by_name, filed_at,
                needs_reexamination FROM reissue_applications WHERE id = (SELECT MIN(id) FROM reissue_applications);"
        );
        let case = format!(
            "INSERT INTO revocation_cases ({columns}) SELECT 'RQ-260101-{n:04}',
                (SELECT MAX(id) FROM reissue_applications), subscriber_id, source_certificate_id, 'withdrawn', 1,
                revocation_reason, requested_on, due_on, 0, opened_at, opened_at, updated_at
            FROM revocation_cases WHERE id = (SELECT MIN(id) FROM revocation_cases);"
        );
        copies.push_str(&application);
        copies.push_str(&case);
    }
    office.world.tamper(&copies).await;
    let mut auditor = office.app.login_as(Role::Auditor).await;
    let export = auditor.post_form("/desk/cases?view=closed", "/desk/exports/cases", &[]).await;
    let mut numbers: Vec<String> =
        lines(&export)[1..].iter().filter_map(|line| line.split(',').nth(2)).map(str::to_owned).collect();
    assert_eq!(numbers.len(), 1001);
    numbers.dedup();
    assert_eq!(numbers.len(), 1001);
}
