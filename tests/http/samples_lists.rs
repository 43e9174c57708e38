//! Made-up contents of 失効待ち一覧 and 一括失効.

use askama::Template;
use chrono::NaiveDate;

use revocation_desk::domain::installation::{Standing, StandingKind};
use revocation_desk::domain::problem::Problem;
use revocation_desk::messages::{Texts, dates};
use revocation_desk::models::installation::Summary;
use revocation_desk::views::chrome::Place;
use revocation_desk::views::desk::bulk::{
    ActRow, BulkForm, BulkPage, BulkRow, BulkStartPage, CaseTable, Confirm, Note, Step,
};
use revocation_desk::views::desk::cases::{
    CaseFilter, CaseRow, CasesPage, Heading, Headings, Selection, Sorted, ViewPage,
};
use revocation_desk::views::form::{Choice, FieldErrors};
use revocation_desk::views::installation::Cell;
use revocation_desk::views::parts::{Empty, Link, Pager, SiteNames, Tone};
use revocation_desk::views::status;

use crate::samples::{at, chrome, day, guard, label, tab};

const T: Texts = Texts::JA;

pub fn all() -> Vec<(&'static str, askama::Result<String>)> {
    let wrong_lines = [
        Problem::on("file", "bulk_row_unknown").with("line", 3).with("value", "RQ-261124-9999"),
        Problem::on("file", "bulk_row_repeated").with("line", 5).with("value", "RQ-261124-0001").with("first", 2),
    ];
    let named = [Problem::on("name", "view_name_taken")];
    let miscounted = [Problem::on("count", "bulk_count_differs").with("value", 51).with("n", 52)];
    let groundless = [Problem::on("ground", "decline_ground_missing")];
    vec![
        ("cases", cases(case_rows()).render()),
        ("cases-selected", selected().render()),
        ("cases-empty", cases(Vec::new()).render()),
        ("view-new", view(None, &[]).render()),
        ("view-refused", view(None, &named).render()),
        ("view-edit", view(Some("/desk/views/3/removal"), &[]).render()),
        ("bulk-start", start(&[]).render()),
        ("bulk-start-refused", start(&wrong_lines).render()),
        ("bulk-request", bulk(request(), &[]).render()),
        ("bulk-request-refused", bulk(request(), &groundless).render()),
        ("bulk-approve", bulk(approve(), &[]).render()),
        ("bulk-approve-refused", bulk(approve(), &miscounted).render()),
        ("bulk-day", bulk(days(), &[]).render()),
        ("bulk-colleague", bulk(colleague(), &[]).render()),
        ("bulk-done", bulk(BulkForm::Nothing, &[]).render()),
    ]
}

pub fn fifty_cases() -> String {
    let rows = case_rows().into_iter().cycle().take(50).collect();
    cases(rows).render().unwrap()
}

fn heading(label: &str, sort: Option<&str>, sorted: Sorted) -> Heading {
    Heading { label: label.to_owned(), sort: sort.map(str::to_owned), sorted }
}

fn selection() -> Selection {
    Selection {
        csrf: "csrf-token".to_owned(),
        whole: false,
        chosen: T.f("lists.chosen", &[("n", &0)]),
        page: Some(Link::new("/desk/cases?select=page", T.f("lists.select_page", &[("n", &8)]))),
        all: Some(Link::new("/desk/cases?select=all", T.f("lists.select_all", &[("n", &243)]))),
        none: None,
        note: None,
        acts: ["assign", "reschedule", "resend", "revoke"]
            .map(|act| Choice::new(act, T.s(&format!("bulk.act.{act}")), false))
            .into(),
    }
}

fn selected() -> CasesPage {
    let rows =
        case_rows().into_iter().map(|row| CaseRow { selected: true, extra: vec!["2026/11/02".to_owned()], ..row });
    let mut page = cases(rows.collect());
    page.columns = vec![Choice::new("filed_on", "申請日", true)];
    page.selection = Some(Selection {
        whole: true,
        chosen: T.f("lists.all_chosen", &[("n", &243)]),
        page: None,
        all: None,
        none: Some(Link::new("/desk/cases", T.s("lists.select_none"))),
        note: Some(T.f("lists.too_many", &[("limit", &500)])),
        ..selection()
    });
    page
}

fn cases(rows: Vec<CaseRow>) -> CasesPage {
    let filter = CaseFilter { view: "this_week".to_owned(), ..CaseFilter::default() };
    let empty = rows.is_empty().then(|| Empty {
        text: T.s("cases.empty").to_owned(),
        link: Some(Link::new("/desk/cases", T.s("list.clear"))),
    });
    CasesPage {
        chrome: chrome(Place::Cases),
        news: 4182,
        total: "243件".to_owned(),
        tabs: vec![
            tab("すべて", 243, false, true),
            tab("今週まで", 62, false, false),
            tab("期限超過", 3, true, false),
            tab("EV", 58, false, false),
            tab("担当者変更待ち", 3, false, false),
        ],
        pager: Pager {
            shown: T.f("list.shown", &[("total", &243), ("n", &rows.len())]),
            previous: None,
            next: Some(filter.page_after("2026-12-01.412")),
        },
        filter,
        validations: vec![
            Choice::new("", "すべて", true),
            Choice::new("ev", "EV", false),
            Choice::new("ov", "OV", false),
        ],
        states: vec![Choice::new("", T.s("state.before_revocation"), true)],
        assignees: vec![Choice::new("", "全員", true), Choice::new("me", "自分", false)],
        keep: Some(Link::new("/desk/views/new?view=this_week", T.s("lists.save_view"))),
        headings: Headings {
            requested: heading("失効希望日", Some("-due_on"), Sorted::Ascending),
            number: heading("受付番号", Some("number"), Sorted::Not),
            company: heading("会社名・コモンネーム", None, Sorted::Not),
            expires: heading("旧の満了日", Some("expiry"), Sorted::Not),
        },
        order: T.s("lists.order.due_on").to_owned(),
        columns: vec![Choice::new("filed_on", "申請日", false), Choice::new("reason", "再発行理由", false)],
        selection: Some(selection()),
        rows,
        empty,
    }
}

fn installation(kind: StandingKind, names: usize, of: usize) -> Cell {
    let summary = Summary { standing: Standing { kind, names, of }, looked_at: at(9, 0) };
    Cell::looked_at(T, Some(&summary), "shop.example.jp")
}

fn case_rows() -> Vec<CaseRow> {
    let today = day(2026, 11, 24);
    let row = |no: &str, ev: bool, requested: NaiveDate, company: &str, name: &str, others: usize| CaseRow {
        reception_number: no.to_owned(),
        ev,
        requested: dates::short(T, requested),
        requested_note: if requested == today { T.s("day.today").to_owned() } else { String::new() },
        requested_pill: (requested < today).then(|| status::carried_over_pill(T)),
        company: company.to_owned(),
        names: SiteNames::new(T, name, others),
        callee_name: "髙例 結衣".to_owned(),
        callee_role: if ev { "申請責任者" } else { "手続き担当者" }.to_owned(),
        source_expires: "2027/03/12".to_owned(),
        source_remaining: "残り108日".to_owned(),
        installation: installation(StandingKind::Installed, 2, 2),
        status: label("calendar-days", Tone::Hold, "予定"),
        status_note: "ご案内済み 11/17".to_owned(),
        holder: None,
        extra: Vec::new(),
        selected: false,
    };
    vec![
        CaseRow {
            status: label("phone-missed", Tone::Wait, "不在 3回"),
            status_note: "責任者の判断待ち".to_owned(),
            holder: Some("窓口 美咲".to_owned()),
            ..row("RQ-261002-0344", true, day(2026, 11, 20), "架空銀行株式会社", "ib.example.co.jp", 0)
        },
        CaseRow {
            requested_pill: Some(status::urgent_pill(T, at(16, 40), at(10, 24))),
            status: label("lock", Tone::Work, "通話中　当番 葵"),
            status_note: "10:36まで確保".to_owned(),
            ..row("RQ-261123-0007", false, today, "ためし市役所", "portal.city.example.jp", 0)
        },
        CaseRow {
            status: label("clock", Tone::Wait, "再架電 10:20"),
            status_note: "2回目".to_owned(),
            ..row("RQ-260806-0182", true, today, "例示商事株式会社", "shop.example.jp", 2)
        },
        CaseRow {
            status: label("phone", Tone::Call, "要電話"),
            status_note: "09–11時を希望".to_owned(),
            ..row("RQ-261019-0120", false, today, "見本製作所株式会社", "mail.mihon.example.com", 0)
        },
        row("RQ-261008-0217", false, day(2026, 11, 25), "例文出版株式会社", "cms.reibun.example.jp", 1),
        row("RQ-261020-0095", true, day(2026, 11, 25), "仮称生命保険株式会社", "mypage.kasho.example.co.jp", 0),
        CaseRow {
            status: label("user-pen", Tone::Hold, "担当者変更待ち"),
            status_note: "書類到着待ち".to_owned(),
            installation: Cell::issued(T, false),
            ..row("RQ-261026-0301", false, day(2026, 11, 30), "任意団体サンプル会", "example.org", 0)
        },
        row("RQ-261027-0066", false, day(2026, 12, 1), "ダミー通信株式会社", "*.dummy.example.jp", 0),
    ]
}

fn view(removal: Option<&str>, problems: &[Problem]) -> ViewPage {
    ViewPage {
        chrome: chrome(Place::Cases),
        guard: guard(),
        action: "/desk/views".to_owned(),
        removal: removal.map(str::to_owned),
        back: "/desk/cases?view=ev".to_owned(),
        conditions: "view=ev".to_owned(),
        facts: vec![("表示".to_owned(), "EV".to_owned())],
        name: "EVの今週分".to_owned(),
        shared: false,
        may_share: true,
        errors: FieldErrors::of(T, problems),
    }
}

fn steps(at: usize) -> Vec<Step> {
    let step = |(place, label): (usize, &str)| Step { label: label.to_owned(), current: place == at, done: place < at };
    ["対象", "事前確認", "承認", "実行"].into_iter().enumerate().map(step).collect()
}

fn start(problems: &[Problem]) -> BulkStartPage {
    BulkStartPage {
        chrome: chrome(Place::Bulk),
        steps: steps(0),
        upload: Some(guard()),
        limit: 500,
        errors: FieldErrors::of(T, problems),
        acts: vec![ActRow {
            href: "/desk/bulk/12".to_owned(),
            number: "12".to_owned(),
            at: "11/24(火) 09:40".to_owned(),
            by: "窓口 美咲".to_owned(),
            ground: "サーバー入れ替えに伴う一括失効".to_owned(),
            cases: "52件（対象外3件）".to_owned(),
            status: label("clock", Tone::Wait, "承認待ち"),
        }],
        pager: Pager::default(),
        empty: None,
    }
}

fn bulk(form: BulkForm, problems: &[Problem]) -> BulkPage {
    let row = |no: &str, ev, verdict, reason: &str| BulkRow {
        reception_number: no.to_owned(),
        ev,
        company: "例題電機工業株式会社".to_owned(),
        names: SiteNames::new(T, "iot.reidai.example.com", 11),
        requested: "11/24(火)".to_owned(),
        installation: installation(StandingKind::Old, 1, 12),
        status: label("circle-check", Tone::Ok, "確認済み・実行待ち"),
        verdict,
        reason: reason.to_owned(),
    };
    let (yes, no) = (label("circle-check", Tone::Ok, "実行できる"), label("ban", Tone::Hold, "実行できない"));
    BulkPage {
        chrome: chrome(Place::Bulk),
        title: "一括失効 12".to_owned(),
        href: "/desk/bulk/12".to_owned(),
        back: Link::new("/desk/bulk", "一括失効"),
        status: label("list-checks", Tone::Hold, "事前確認"),
        steps: steps(1),
        facts: vec![
            ("作成".to_owned(), "窓口 美咲　2026年11月24日(火) 09:40".to_owned()),
            ("失効する証明書".to_owned(), "1件（EV 1件、OV 0件）".to_owned()),
        ],
        notes: vec![
            Note { warns: false, text: T.s("bulk.note.guards").to_owned(), link: None },
            Note { warns: true, text: T.s("bulk.note.final").to_owned(), link: Some(Link::new("#main", "実行")) },
        ],
        form,
        cancel: Some(guard()),
        errors: FieldErrors::of(T, problems),
        lists: vec![
            CaseTable {
                id: "h-bad",
                title: "実行できない案件（1件）".to_owned(),
                rows: vec![row("RQ-261002-0344", false, no, T.s("problem.no_authorization"))],
            },
            CaseTable {
                id: "h-good",
                title: "実行できる案件（1件）".to_owned(),
                rows: vec![row("RQ-260806-0182", true, yes, "")],
            },
        ],
    }
}

fn request() -> BulkForm {
    BulkForm::Request { guard: guard(), ground: String::new(), button: "1件の失効の承認を依頼".to_owned() }
}

fn approve() -> BulkForm {
    BulkForm::Approve {
        guard: guard(),
        count: "51".to_owned(),
        ground: String::new(),
        label: "失効する件数を入力（52件、うちEV 3件）".to_owned(),
        button: "承認して52件を失効する".to_owned(),
    }
}

fn confirm() -> Confirm {
    Confirm { guard: guard(), parameter: "2026-12-08".to_owned(), button: "1件を変更".to_owned() }
}

fn days() -> BulkForm {
    let (day, first_day) = ("2026-12-08".to_owned(), "2026-11-24".to_owned());
    BulkForm::Day { day, first_day, confirm: Some(confirm()) }
}

fn colleague() -> BulkForm {
    BulkForm::Colleague { colleagues: vec![Choice::new("3", "当番 葵", true)], confirm: Some(confirm()) }
}
