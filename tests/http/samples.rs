//! Made-up contents for every page: fictitious organisations, example domains and numbers.

use askama::Template;
use chrono::{DateTime, NaiveDate, TimeZone, Utc};

use revocation_desk::domain::alarm::{Alarm, AlarmKind};
use revocation_desk::domain::call::CallOutcome;
use revocation_desk::domain::problem::Problem;
use revocation_desk::domain::role::Role;
use revocation_desk::messages::{Texts, dates};
use revocation_desk::models::counting::Count;
use revocation_desk::views::chrome::{AlarmNote, BusinessHours, Chrome, Flash, FlashKind, NavCounts, Place};
use revocation_desk::views::desk::batches::{
    BatchPage, BatchesPage, Brake, Control, Failure, RunProgress, RunRow, RunTexts,
};
use revocation_desk::views::desk::case::{
    ActionLink, CallForm, Callee, CaseHead, CasePage, CertificateFacts, CertificatePair, HistoryEntry, LeaseBanner,
    OtherContact, Script, Side, SidePanel,
};
use revocation_desk::views::desk::case_events::{
    EventForm, HoldPage, HoldReleasePage, KeyCompromisePage, OverridePage, OverrideStep, RequestedOnPage,
    WithdrawalPage,
};
use revocation_desk::views::desk::conflict::{ConflictPage, ConflictRow, Resubmission};
use revocation_desk::views::desk::mails::{Delivery, MailFilter, MailPage, MailRow, MailsPage};
use revocation_desk::views::desk::revocation::RevocationPage;
use revocation_desk::views::desk::today::{CallGroup, CallRow, CallTime, CalleeName, NextCall, TodayPage};
use revocation_desk::views::desk::validity_picture::{Period, ValidityPicture};
use revocation_desk::views::errors::{ErrorKind, ErrorPage};
use revocation_desk::views::form::{Choice, FieldErrors, Guard};
use revocation_desk::views::parts::{Empty, Link, Pager, Pill, PillColor, Serial, SiteNames, StatusLabel, Tab, Tone};
use revocation_desk::views::session::LoginPage;
use revocation_desk::views::status;

use crate::{samples_lists, samples_reissue};

#[path = "samples_portal.rs"]
mod portal;
#[path = "samples_requests.rs"]
mod requests;

const T: Texts = Texts::JA;

/// File name and HTML of every page in its main states.
pub fn all() -> Vec<(String, String)> {
    let mut pages = vec![
        ("login", login(&[]).render()),
        ("login-refused", login(&[Problem::on("email", "login_refused")]).render()),
        ("today", today().render()),
        ("today-empty", today_finished().render()),
        ("today-alarm", today_with_alarm().render()),
        ("case-call", case(Side::Call(Box::new(call_form(&[]))), mine()).render()),
        ("case-call-refused", case(Side::Call(Box::new(refused_call())), mine()).render()),
        ("case-lease-lost", case(Side::Call(Box::new(lost_call())), LeaseBanner::None).render()),
        ("case-other", case(Side::Panel(held_by_other()), other()).render()),
        ("case-unclaimed", case(Side::Panel(SidePanel::claim(T, HREF, guard())), LeaseBanner::None).render()),
        ("case-confirmed", case(Side::Panel(confirmed()), LeaseBanner::None).render()),
        ("revocation", revocation(&[], "").render()),
        ("revocation-refused", revocation(&[suffix_of_new()], "e290").render()),
        ("conflict", conflict().render()),
        ("event-requested-on", requested_on().render()),
        (
            "event-withdrawal",
            WithdrawalPage { chrome: chrome(Place::Cases), form: event(), asked_by: people() }.render(),
        ),
        ("event-hold", HoldPage { chrome: chrome(Place::Cases), form: event() }.render()),
        ("event-hold-release", HoldReleasePage { chrome: chrome(Place::Cases), form: event() }.render()),
        ("event-override", overriding(OverrideStep::Request).render()),
        ("event-override-waiting", overriding(waiting_override()).render()),
        ("event-override-approve", overriding(approvable_override()).render()),
        ("event-key-compromise", key_compromise().render()),
        ("batches", batches().render()),
        ("batch", batch().render()),
        ("mails", mails().render()),
        ("mail", mail().render()),
    ];
    pages.extend(crate::samples_live::all());
    pages.extend(samples_lists::all());
    pages.extend(samples_reissue::all());
    pages.extend(portal::all());
    pages.extend(crate::samples_contacts::all());
    pages.extend(crate::samples_reading::all());
    pages.extend(crate::samples_imports::all());
    pages.extend(crate::samples_installation::all());
    pages.extend(crate::samples_webhooks::all());
    pages.extend(crate::samples_preferences::all());
    pages.extend(crate::samples_settings::all());
    pages.extend(crate::samples_sign_in::all());
    pages.extend(crate::samples_texts::all());
    pages.extend(requests::all());
    for kind in ErrorKind::ALL {
        pages.push(("error", error(kind).render()));
    }
    let mut names = 0;
    pages
        .into_iter()
        .map(|(name, html)| {
            let name = if name == "error" {
                names += 1;
                format!("error-{names}")
            } else {
                name.to_owned()
            };
            (name, html.unwrap())
        })
        .collect()
}

pub const HREF: &str = "/desk/cases/RQ-260806-0182";

fn today_with_alarm() -> TodayPage {
    let kind = AlarmKind::Overdue;
    let alarm = Alarm { kind, count: 3, instant: at(9, 30), examples: Vec::new(), run: None };
    let mut page = today();
    page.chrome.alarms = vec![AlarmNote::new(T, &alarm)];
    page
}

pub fn at(hour: u32, minute: u32) -> DateTime<Utc> {
    Utc.with_ymd_and_hms(2026, 11, 24, hour, minute, 0).unwrap() - chrono::Duration::hours(9)
}

pub fn day(year: i32, month: u32, day: u32) -> NaiveDate {
    NaiveDate::from_ymd_opt(year, month, day).unwrap()
}

pub fn guard() -> Guard {
    Guard { csrf: "csrf-token".to_owned(), version: 7, idem: "idem-1".to_owned() }
}

pub fn chrome(place: Place) -> Chrome {
    Chrome {
        t: T,
        product: "失効デスク".to_owned(),
        environment: None,
        csrf: "csrf-token".to_owned(),
        user_name: "窓口 美咲".to_owned(),
        role: Role::Agent,
        single_keys: true,
        place,
        counts: NavCounts {
            calls_left: Count::exactly(18),
            calls_overdue: true,
            open_cases: Count::exactly(243),
            failed_attempts: Count::default(),
            waiting_contacts: Count::exactly(3),
            undelivered_mails: Count::exactly(2),
        },
        hours: BusinessHours { open: true, label: "09:00–18:00".to_owned() },
        now: at(10, 24),
        halt: None,
        flash: None,
        alarms: Vec::new(),
        search: String::new(),
    }
}

pub fn label(icon: &'static str, tone: Tone, text: &str) -> StatusLabel {
    StatusLabel { icon, tone, text: text.to_owned() }
}

pub fn tab(label: &str, count: u64, hot: bool, current: bool) -> Tab {
    Tab { href: "#main".to_owned(), label: label.to_owned(), count: Some(count.to_string()), hot, current }
}

pub fn login(problems: &[Problem]) -> LoginPage {
    LoginPage {
        t: T,
        product: "失効デスク".to_owned(),
        environment: Some("開発".to_owned()),
        languages: vec![("en", Link::new("/login?language=en", "English"))],
        csrf: "csrf-token".to_owned(),
        email: "misaki@desk.example.jp".to_owned(),
        next: "/desk/today".to_owned(),
        notice: Some(T.s("session.ended").to_owned()),
        errors: FieldErrors::of(T, problems),
        sso: None,
        passkey: None,
        demonstration: None,
    }
}

fn today() -> TodayPage {
    let mut chrome = chrome(Place::Today);
    chrome.flash = Some(Flash {
        kind: FlashKind::Done,
        text: T.f("call.recorded", &[("company", &"見本製作所株式会社"), ("outcome", &T.s("outcome.no_answer"))]),
        next_call: false,
    });
    TodayPage {
        chrome,
        news: 4182,
        today: day(2026, 11, 24),
        done: 11,
        done_label: "11".to_owned(),
        total: 35,
        total_label: "35件".to_owned(),
        next: Some(NextCall {
            ev: true,
            company: "例示商事株式会社".to_owned(),
            callee: CalleeName {
                role: "申請責任者".to_owned(),
                name: "例田 一郎".to_owned(),
                kana: Some("れいだ いちろう".to_owned()),
            },
            why: Pill { color: PillColor::Orange, icon: Some("clock"), text: "再架電の約束 10:20".to_owned() },
            facts: [
                "shop.example.jp ほか2件",
                "失効希望日 11/24(火)",
                "1回目 09:14 不在（折り返しは10:20ごろとのこと）",
            ]
            .map(str::to_owned)
            .to_vec(),
        }),
        bands: vec![T.f("today.carried_over_band", &[("holiday", &"勤労感謝の日"), ("n", &3)])],
        next_day_plan: None,
        tabs: vec![
            tab("かける", 18, true, true),
            tab("約束・再架電", 4, false, false),
            tab("繰り越し", 3, true, false),
            tab("自分の担当", 2, false, false),
            tab("確認済み・実行待ち", 2, false, false),
            tab("失効済み", 11, false, false),
            tab("保留・変更", 4, false, false),
        ],
        groups: call_groups(),
        empty: None,
        may_call: true,
    }
}

fn today_finished() -> TodayPage {
    TodayPage {
        next: None,
        groups: Vec::new(),
        empty: Some(Empty {
            text: T.s("today.all_done").to_owned(),
            link: Some(Link::new("/desk/cases", T.s("today.see_tomorrow"))),
        }),
        bands: vec![T.f("today.closed_band", &[("next", &"11/25(水) 09:00")])],
        ..today()
    }
}

fn call_groups() -> Vec<CallGroup> {
    let now = vec![
        CallRow {
            time: CallTime::urgent(T, at(16, 40), at(10, 24)),
            requested: "24時間以内".to_owned(),
            requested_pill: Some(status::key_compromise_pill(T)),
            status: label("lock", Tone::Work, "通話中　当番 葵"),
            status_note: "10:36まで確保".to_owned(),
            claimable: false,
            ..call_row(
                "RQ-261123-0007",
                false,
                "ためし市役所",
                "portal.city.example.jp",
                0,
                "仮名 次郎",
                "050-0000-0210",
            )
        },
        CallRow {
            time: CallTime::promised(T, at(10, 20), day(2026, 11, 24)),
            status: label("clock", Tone::Wait, "再架電 10:20"),
            status_note: "2回目・前回 09:14 不在".to_owned(),
            ..call_row("RQ-260806-0182", true, "例示商事株式会社", "shop.example.jp", 2, "例田 一郎", "03-0000-4182")
        },
        CallRow {
            time: CallTime::any(T, 1),
            requested: "11/20(金)".to_owned(),
            requested_pill: Some(status::carried_over_pill(T)),
            status: label("phone-missed", Tone::Wait, "不在 3回"),
            status_note: "責任者の判断待ち".to_owned(),
            extension: Some("2104".to_owned()),
            ..call_row("RQ-261002-0344", true, "架空銀行株式会社", "ib.example.co.jp", 0, "髙例 結衣", "06-0000-3390")
        },
    ];
    let later = vec![
        call_row(
            "RQ-261014-0275",
            true,
            "例題電機工業株式会社",
            "www.reidai.example.com",
            4,
            "型見 直子",
            "03-0000-7025",
        ),
        call_row("RQ-261014-0281", false, "仮想学園大学", "lms.kasou.example.jp", 0, "参考 みなと", "075-000-0462"),
        call_row(
            "RQ-261016-0033",
            false,
            "雛形物流株式会社",
            "edi.hinagata.example.co.jp",
            0,
            "書式 健太",
            "092-000-0380",
        ),
    ];
    let busy = vec![CallRow {
        time: CallTime::since(T, at(10, 19)),
        phone: None,
        status: label("lock", Tone::Work, "通話中　受付 健"),
        status_note: "10:34まで確保".to_owned(),
        claimable: false,
        ..call_row("RQ-260921-0410", false, "試供システムズ株式会社", "api.shikyo.example.com", 0, "例文 さくら", "")
    }];
    let group = |title: &str, note: String, rows: Vec<CallRow>| CallGroup {
        title: T.s(title).to_owned(),
        note,
        rows,
        more: None,
    };
    vec![
        group("today.group.now", T.f("today.group.now_note", &[("n", &3)]), now),
        CallGroup {
            more: Some(Link::new("/desk/today", T.f("today.more", &[("group", &"本日中"), ("n", &10)]))),
            ..group("today.group.later", "14件".to_owned(), later)
        },
        group("today.group.busy", T.s("today.group.busy_note").to_owned(), busy),
    ]
}

fn call_row(no: &str, ev: bool, company: &str, name: &str, others: usize, callee: &str, phone: &str) -> CallRow {
    CallRow {
        time: CallTime::any(T, 0),
        reception_number: no.to_owned(),
        ev,
        company: company.to_owned(),
        names: SiteNames::new(T, name, others),
        callee: CalleeName {
            role: if ev { "申請責任者" } else { "手続き担当者" }.to_owned(),
            name: callee.to_owned(),
            kana: None,
        },
        phone: Some(phone.to_owned()),
        extension: None,
        requested: "11/24(火)".to_owned(),
        requested_pill: None,
        status: label("phone", Tone::Call, "要電話"),
        status_note: "1回目".to_owned(),
        claimable: true,
    }
}

fn head() -> CaseHead {
    CaseHead {
        reception_number: "RQ-260806-0182".to_owned(),
        ev: true,
        company: "例示商事株式会社".to_owned(),
        status: label("clock", Tone::Wait, "再架電 10:20"),
        pills: vec![Pill {
            color: PillColor::Orange,
            icon: None,
            text: T.f("pill.requested_today", &[("day", &dates::table(T, day(2026, 11, 24)))]),
        }],
        back: Link::new("/desk/today", T.s("nav.today")),
    }
}

fn mine() -> LeaseBanner {
    LeaseBanner::Mine { until: "10:39".to_owned(), guard: guard() }
}

fn other() -> LeaseBanner {
    LeaseBanner::Other { name: "受付 健".to_owned(), until: "10:34".to_owned(), release: Some(guard()) }
}

pub fn case(side: Side, lease: LeaseBanner) -> CasePage {
    let held = matches!(lease, LeaseBanner::Mine { .. });
    let old = Period { from: day(2026, 3, 2), to: day(2027, 4, 3) };
    let new = Period { from: day(2026, 8, 6), to: day(2027, 2, 21) };
    let today = day(2026, 11, 24);
    let mut picture = ValidityPicture::new(T, old, Some(new), today, today);
    picture.notes.push(T.f("picture.full_term", &[("days", &"2026年9月16日(水)以降"), ("end", &"2027年4月3日(土)")]));
    CasePage {
        chrome: chrome(Place::Today),
        head: head(),
        lease,
        actions: vec![
            ActionLink {
                icon: "calendar-days",
                href: format!("{HREF}/requested_on/edit"),
                label: T.s("case.action.requested_on").to_owned(),
            },
            ActionLink {
                icon: "ban",
                href: format!("{HREF}/withdrawal/new"),
                label: T.s("case.action.withdrawal").to_owned(),
            },
            ActionLink { icon: "pause", href: format!("{HREF}/hold/new"), label: T.s("case.action.hold").to_owned() },
            ActionLink {
                icon: "shield-alert",
                href: format!("{HREF}/key_compromise/new"),
                label: T.s("case.action.key_compromise").to_owned(),
            },
        ],
        warnings: Vec::new(),
        handovers: Vec::new(),
        filed_for: Vec::new(),
        same_key: Vec::new(),
        callee: Some(callee(held)),
        other_contacts: vec![OtherContact {
            role: "手続き担当者".to_owned(),
            name: "例文 花".to_owned(),
            phone: "03-0000-4100".to_owned(),
            note: T.s("case.not_for_confirmation").to_owned(),
        }],
        script: Some(script()),
        certificates: pair(),
        picture: Some(picture),
        history_tabs: vec![
            tab("すべて", 5, false, true),
            Tab { count: None, ..tab("電話だけ", 0, false, false) },
            Tab { count: None, ..tab("メールだけ", 0, false, false) },
        ],
        history: history(),
        side,
    }
}

fn callee(held: bool) -> Callee {
    Callee {
        role: "申請責任者".to_owned(),
        name: "例田 一郎".to_owned(),
        details: vec!["れいだ いちろう".to_owned(), "情報システム部 部長".to_owned()],
        phone: "03-0000-4182".to_owned(),
        extension: None,
        dial: held.then(|| "+81300004182".to_owned()),
        why: T.s("case.why_ev").to_owned(),
        phone_source: "会社の代表番号。第三者データベースで確認済み（2026/02/19 審査 太郎）".to_owned(),
        hours: "指定なし。1回目の電話で「10:20ごろ」と伺っています。".to_owned(),
    }
}

fn script() -> Script {
    Script { ev: true, steps: crate::samples_texts::steps(), situations: crate::samples_texts::situations() }
}

fn pair() -> CertificatePair {
    let valid = label("circle-check", Tone::Ok, "有効");
    let old = CertificateFacts {
        common_name: "shop.example.jp".to_owned(),
        other_names: vec!["www.shop.example.jp".to_owned(), "pay.example.jp".to_owned()],
        organization: "例示商事株式会社".to_owned(),
        period: "2026/03/02 – 2027/04/03".to_owned(),
        remaining: "残り 130日".to_owned(),
        serial: Serial::new("4a910ce75d22b87c3a"),
        issuer: "Example CA G3".to_owned(),
        key: "RSA 2048".to_owned(),
        status: valid,
        sha256: "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08".to_owned(),
    };
    let new = CertificateFacts {
        period: "2026/08/06 – 2027/02/21".to_owned(),
        remaining: "残り 89日／有効期間の上限のため短縮".to_owned(),
        serial: Serial::new("1f63d408aa9e51e290"),
        key: "ECDSA P-256".to_owned(),
        ..old.clone()
    };
    CertificatePair {
        reason: "再発行の理由: サーバーリプレース".to_owned(),
        old,
        new: Some(new),
        sites: None,
        ct_log: Some("https://ct.example/?q=00".to_owned()),
    }
}

fn history() -> Vec<HistoryEntry> {
    let entry = |at, icon, kind: &str, title: &str, text: &str, by: &str| HistoryEntry {
        at,
        icon,
        kind: T.s(&format!("history.kind.{kind}")).to_owned(),
        title: title.to_owned(),
        text: text.to_owned(),
        by: by.to_owned(),
        note: String::new(),
        link: None,
    };
    vec![
        HistoryEntry {
            note: "受付の方より、10:20ごろ戻られるとのこと。".to_owned(),
            ..entry(at(9, 14), "phone-missed", "call", "1回目 不在", "申請責任者 03-0000-4182", "窓口 美咲")
        },
        HistoryEntry {
            link: Some(Link::new("/desk/mails/12", T.s("history.view_mail"))),
            ..entry(at(9, 0), "mail", "mail", "失効予定のご案内", "（5営業日前）を送信", "送信済み")
        },
        entry(at(8, 31), "circle-check", "certificate", "新証明書を発行", "", "自動"),
        entry(
            at(8, 1),
            "file-text",
            "filing",
            "再発行・失効の申請を受付",
            "（失効希望日 2026/11/24）",
            "ポータル　手続き担当者 例文 花",
        ),
    ]
}

pub fn people() -> Vec<Choice> {
    vec![
        Choice::new("", T.s("contact_role.choose"), false),
        Choice::new("31", "例田 一郎（申請責任者）", true),
        Choice::new("30", "例文 花（手続き担当者）", false),
        Choice::new("stranger", T.s("contact_role.stranger"), false),
    ]
}

fn call_form(problems: &[Problem]) -> CallForm {
    CallForm {
        hours: "09:00–18:00".to_owned(),
        guard: guard(),
        case_href: HREF.to_owned(),
        attempt_no: 2,
        started_at: at(10, 24),
        outcomes: CallForm::outcome_choices(T, Some(CallOutcome::Confirmed)),
        identity_checks: CallForm::identity_choices(
            T,
            &["name_and_company".to_owned(), "reception_number_or_common_name".to_owned()],
        ),
        spoke_with: people(),
        call_back_on: "2026-11-24".to_owned(),
        call_back_time: String::new(),
        requested_on: String::new(),
        first_day: "2026-11-24".to_owned(),
        last_day: "2027-04-03".to_owned(),
        note: "入れ替え済み、本日中の失効で問題なしとのこと。".to_owned(),
        errors: FieldErrors::of(T, problems),
        lease_lost: None,
    }
}

fn refused_call() -> CallForm {
    let wrong = Problem::on("spoke_with", "wrong_contact")
        .with("needed", "application_responsible")
        .with("given", "procedure_contact");
    CallForm {
        identity_checks: CallForm::identity_choices(T, &[]),
        ..call_form(&[Problem::on("identity_checks", "identity_unchecked"), wrong])
    }
}

fn lost_call() -> CallForm {
    CallForm {
        outcomes: CallForm::outcome_choices(T, Some(CallOutcome::CallBack)),
        lease_lost: Some(T.s("lease.lost").to_owned()),
        ..call_form(&[])
    }
}

fn held_by_other() -> SidePanel {
    SidePanel::message(T, T.f("side.held_by_other", &[("name", &"受付 健")]))
}

pub fn confirmed() -> SidePanel {
    SidePanel::confirmed(
        T,
        HREF,
        vec![(T.s("side.confirmed_by").to_owned(), "申請責任者 例田 一郎 様　10:26".to_owned())],
    )
}

fn suffix_of_new() -> Problem {
    Problem::on("serial_suffix", "serial_suffix_of_replacement").with("value", "e290").with("expected", "7c3a")
}

pub fn revocation(problems: &[Problem], typed: &str) -> RevocationPage {
    let pair = pair();
    RevocationPage {
        chrome: chrome(Place::Today),
        head: head(),
        guard: guard(),
        old: pair.old,
        new: pair.new,
        new_expires: "2027/02/21".to_owned(),
        authorization: "申請責任者 例田 一郎 様　03-0000-4182　10:26".to_owned(),
        crl_reason: "superseded (4)".to_owned(),
        crl_reason_because: T.f("revoke.because", &[("reason", &"サーバーリプレース")]),
        effect: T.s("revoke.effect_now").to_owned(),
        old_in_use: None,
        serial_suffix: typed.to_owned(),
        errors: FieldErrors::of(T, problems),
    }
}

fn conflict() -> ConflictPage {
    ConflictPage {
        chrome: chrome(Place::Today),
        head: head(),
        changed_by: "受付 健".to_owned(),
        changed_at: at(10, 22),
        rows: vec![ConflictRow {
            label: T.s("col.requested_on").to_owned(),
            before: dates::table(T, day(2026, 11, 24)),
            now: dates::table(T, day(2026, 12, 8)),
        }],
        typed: vec![(T.s("call.note").to_owned(), "入れ替え済み。\n本日中の失効で問題なしとのこと。".to_owned())],
        again: Some(Resubmission {
            action: format!("{HREF}/calls"),
            guard: guard(),
            fields: vec![("outcome".to_owned(), "confirmed".to_owned())],
        }),
    }
}

fn event() -> EventForm {
    EventForm {
        head: head(),
        guard: guard(),
        facts: vec![
            (T.s("cert.common_name").to_owned(), "shop.example.jp ほか2件".to_owned()),
            (T.s("col.requested_on").to_owned(), dates::table(T, day(2026, 11, 24))),
            (T.s("cases.source_expires").to_owned(), "2027/04/03".to_owned()),
        ],
        note: String::new(),
        errors: FieldErrors::default(),
    }
}

fn requested_on() -> RequestedOnPage {
    let limits = T.f(
        "reschedule.limits",
        &[("from", &dates::long(T, day(2026, 11, 24))), ("to", &dates::long(T, day(2027, 4, 3)))],
    );
    RequestedOnPage {
        chrome: chrome(Place::Cases),
        form: EventForm {
            errors: FieldErrors::of(T, &[Problem::on("requested_on", "requested_on_missing")]),
            ..event()
        },
        requested_on: String::new(),
        first_day: "2026-11-24".to_owned(),
        last_day: "2027-04-03".to_owned(),
        limits,
    }
}

fn overriding(step: OverrideStep) -> OverridePage {
    OverridePage { chrome: chrome(Place::Cases), form: event(), step }
}

fn waiting_override() -> OverrideStep {
    OverrideStep::Waiting {
        ground: "3回の電話に応答がなく、申請者から書面で失効の承諾を受け取った。".to_owned(),
        requested_at: dates::long_instant(T, at(10, 2)),
    }
}

fn approvable_override() -> OverrideStep {
    OverrideStep::Approve {
        requested_by: "審査 太郎".to_owned(),
        requested_at: dates::long_instant(T, at(10, 2)),
        ground: "3回の電話に応答がなく、申請者から書面で失効の承諾を受け取った。".to_owned(),
    }
}

fn key_compromise() -> KeyCompromisePage {
    KeyCompromisePage {
        chrome: chrome(Place::Cases),
        form: event(),
        reported_by: people(),
        deadline: dates::long_instant(T, at(10, 24) + full_day()),
    }
}

fn full_day() -> chrono::Duration {
    chrono::Duration::hours(24)
}

fn batches() -> BatchesPage {
    let run = |started: &str, number: &str, selected, done, failed, took: &str, status| RunRow {
        started: started.to_owned(),
        number: number.to_owned(),
        href: format!("/desk/batches/{number}"),
        trigger: T.s("batch.trigger_kind.schedule").to_owned(),
        selected,
        done,
        failed,
        took: took.to_owned(),
        status,
    };
    BatchesPage {
        chrome: chrome(Place::Batches),
        schedule: T.f("batch.schedule", &[("at", &"11/24(火) 18:30")]),
        run_now: Some(guard()),
        runs: vec![
            run("11/24(火) 10:00", "118", 52, 37, 3, "24分経過", label("refresh-cw", Tone::Work, "実行中")),
            run("11/23(月) 18:30", "117", 4, 4, 0, "2分11秒", label("circle-check", Tone::Ok, "完了")),
            run("11/22(日) 18:30", "116", 6, 5, 1, "3分02秒", label("triangle-alert", Tone::Bad, "失敗あり")),
        ],
        pager: Pager {
            shown: "118件中 50件を表示".to_owned(),
            previous: None,
            next: Some("/desk/batches?after=66".to_owned()),
        },
        empty: None,
    }
}

fn batch() -> BatchPage {
    let failure = |at: &str, name: &str, serial: &str, cause: &str, detail: &str, code: &str, next: &str| Failure {
        at: at.to_owned(),
        reception_number: "RQ-261014-0275".to_owned(),
        common_name: name.to_owned(),
        serial: Serial::new(serial),
        cause: cause.to_owned(),
        detail: detail.to_owned(),
        code: code.to_owned(),
        next_step: next.to_owned(),
        action: Some(Link::new(HREF, T.s("batch.open_case"))),
    };
    BatchPage {
        chrome: chrome(Place::Batches),
        paused: Some(T.f("pause.paused", &[("name", &"例文 葵"), ("time", &"18:31")])),
        controls: vec![Control {
            href: "/desk/batches/118/retry".to_owned(),
            icon: "rotate-cw",
            label: T.f("pause.retry", &[("n", &2)]),
            guard: guard(),
        }],
        number: "118".to_owned(),
        href: "/desk/batches/118".to_owned(),
        status: label("refresh-cw", Tone::Work, "実行中"),
        trigger: T.s("batch.trigger_kind.schedule").to_owned(),
        task: T.s("batch.task.revoke_due").to_owned(),
        done_label: T.s("batch.done"),
        done: 37,
        skipped: 0,
        live: true,
        progress: RunProgress {
            value: 40,
            max: 52,
            failed: 3,
            texts: RunTexts {
                workers: "0".to_owned(),
                summary: T.f("run.summary", &[("finished", &40), ("selected", &52), ("percent", &76)]),
                done: "37".to_owned(),
                running: "1".to_owned(),
                waiting: "11".to_owned(),
                skipped: "0".to_owned(),
                failed: "3".to_owned(),
                times: T.f("batch.times_running", &[("started", &"10:00:04")]),
                pace: T.f("run.pace_left", &[("rate", &"0.4"), ("left", &"30秒")]),
            },
        },
        dry_run: false,
        brake: Some(Brake { text: T.f("batch.brake", &[("n", &520), ("limit", &500)]), release: Some(guard()) }),
        failures: vec![
            failure(
                "10:07:41",
                "iot-07.reidai.example.com",
                "5c021f88ab4d11e09d",
                "CAから応答がありません",
                "30秒で打ち切り。CA側で失効済みの可能性があります",
                "E-CA-TIMEOUT",
                "CAの状態を照会してから再実行します（自動 3回中1回目）",
            ),
            failure(
                "10:12:20",
                "iot-12.reidai.example.com",
                "773e02a911e04ba004",
                "混雑のため受け付けられませんでした",
                "CAの制限は毎分2件です",
                "E-CA-429",
                "10:28に自動で再実行します",
            ),
        ],
    }
}

fn mails() -> MailsPage {
    let row = |at: &str, kind: &str, to: &str, status, reason: &str| MailRow {
        href: "/desk/mails/12".to_owned(),
        at: at.to_owned(),
        kind: kind.to_owned(),
        to: to.to_owned(),
        subject: "【例示認証局】証明書を失効しました（RQ-260806-0182）".to_owned(),
        case: Some(Link::new(HREF, "RQ-260806-0182")),
        status,
        reason: reason.to_owned(),
    };
    MailsPage {
        chrome: chrome(Place::Mails),
        total: "1,204件".to_owned(),
        tabs: vec![
            tab("すべて", 1204, false, true),
            tab("送信待ち", 3, false, false),
            tab("不達・停止", 2, true, false),
            tab("送信済み", 1199, false, false),
        ],
        filter: MailFilter::default(),
        kinds: vec![Choice::new("", "すべて", true)],
        rows: vec![
            row("11/24(火) 10:27", "失効完了", "hana@shoji.example.jp", label("clock", Tone::Hold, "送信待ち"), ""),
            row(
                "11/24(火) 09:00",
                "失効予定のご案内",
                "ichiro@shoji.example.jp",
                label("circle-check", Tone::Ok, "送信済み"),
                "",
            ),
            row(
                "11/19(木) 09:00",
                "失効予定のご案内",
                "naoko@reidai.example.com",
                label("mail-warning", Tone::Bad, "不達"),
                "550 5.1.1 宛先がありません",
            ),
        ],
        pager: Pager {
            shown: "1,204件中 50件を表示".to_owned(),
            previous: None,
            next: Some("/desk/mails?after=9".to_owned()),
        },
        empty: None,
    }
}

pub fn mail() -> MailPage {
    MailPage {
        chrome: chrome(Place::Mails),
        kind: "失効完了".to_owned(),
        status: label("mail-warning", Tone::Bad, "不達"),
        headers: vec![
            (T.s("mails.to").to_owned(), "hana@shoji.example.jp".to_owned()),
            (T.s("mails.message_id").to_owned(), "<case-182-revoked-7@desk.example.jp>".to_owned()),
        ],
        case: Some(Link::new(HREF, "RQ-260806-0182")),
        subject: "【例示認証局】証明書を失効しました（RQ-260806-0182）".to_owned(),
        body: Some("例示商事株式会社\n例文 花 様\n\nいつもお世話になっております。\n例示認証局サービスデスクです。\n\nお電話で確認のうえ、次の証明書を失効しました。\n\n　受付番号　　　　RQ-260806-0182\n　コモンネーム　　shop.example.jp（ほか2件）\n".to_owned()),
        deliveries: vec![
            Delivery {
                at: "11/24(火) 10:27".to_owned(),
                status: label("clock", Tone::Wait, T.s("mails.bounce.delayed")),
                answer: "ichiro@shoji.example.jp 450 4.2.0 <ichiro@shoji.example.jp>: Recipient address rejected: Greylisted"
                    .to_owned(),
            },
            Delivery {
                at: "11/24(火) 10:31".to_owned(),
                status: label("mail-warning", Tone::Bad, T.s("mails.bounce.failed")),
                answer: "hana@shoji.example.jp 550 5.1.1 <hana@shoji.example.jp>: Recipient address rejected".to_owned(),
            },
        ],
        resend: Some(Link::new("/desk/mails/12/resend/new", T.s("mails.resend"))),
        cancel: None,
        copies: Vec::new(),
        original: None,
    }
}

fn error(kind: ErrorKind) -> ErrorPage {
    ErrorPage {
        t: T,
        product: "失効デスク".to_owned(),
        kind,
        details: Vec::new(),
        record_number: Some("8f21c0".to_owned()),
        back: Link::new("/desk/today", T.s("error.back_to_today")),
    }
}
