//! 申請状況 and what a customer changes there.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use revocation_desk::actions::claim_case::claim_case;
use revocation_desk::actions::file_application::{CsrChoice, FileApplication, file_application};
use revocation_desk::actions::record_call::{RecordCall, record_call};
use revocation_desk::actions::reschedule::{Reschedule, reschedule};
use revocation_desk::domain::application::{CrlReason, ReissueReason};
use revocation_desk::domain::calendar::jst;
use revocation_desk::domain::call::CallOutcome;
use revocation_desk::domain::call_band::CallBand;
use revocation_desk::domain::case::CaseState;
use revocation_desk::domain::contact::ContactRole;
use revocation_desk::models::contact_proposals;
use revocation_desk::models::revocation_cases::Case;

use crate::builders::{World, a_csr, agent, an_application, call, day};
use crate::fake_ca::FakeCa;
use crate::support::app::{Answer, Browser, TestApp};

/// The program on Tuesday 24 November 2026, 10:00 JST, and its cases.
struct Portal {
    app: TestApp,
    world: World,
}

impl Portal {
    async fn open() -> Self {
        let app = TestApp::start().await;
        let ca = Arc::new(FakeCa::new(app.services().embedded_ca.unwrap()));
        app.change_services(|services| services.ca = ca.clone());
        let world = World::of_program(app.services(), ca);
        Self { app, world }
    }

    /// Due in two weeks, on Tuesday 8 December.
    async fn case(&self) -> Case {
        self.world.a_case().due_on(day("2026-12-08")).open().await
    }

    async fn owner(&self, case: &Case) -> Browser {
        let now = self.app.now().timestamp();
        self.app.login_customer(case.subscriber_id, &format!("hana-{}-{now}", case.id)).await
    }

    async fn now(&self, case: &Case) -> Case {
        self.world.reload(case).await
    }

    /// A case for key compromise whose CSR is to come.
    async fn without_csr(&self) -> Case {
        let certificate = self.world.a_certificate().register().await;
        let application = FileApplication {
            reason: ReissueReason::KeyCompromise,
            requested_on: None,
            csr: CsrChoice::Later,
            ..an_application(&certificate, self.world.today())
        };
        let customer = crate::builders::customer_of(certificate.subscriber_id);
        file_application(&self.world.desk, application, &customer, self.world.now).await.unwrap()
    }

    /// The agent calls in vain at `at`.
    async fn call_in_vain(&self, case: &Case, at: DateTime<Utc>) {
        claim_case(&self.world.desk, case.reception_number, &agent(), at).await.unwrap();
        let case = self.now(case).await;
        let report = RecordCall {
            note: Some("受付の方の話では外出中".to_owned()),
            ..call(&case, CallOutcome::NoAnswer)
        };
        record_call(&self.world.desk, report, &agent(), at).await.unwrap();
    }
}

fn href(case: &Case) -> String {
    format!("/portal/requests/{}", case.reception_number)
}

/// Fills in a form, goes through its confirmation page, and gives the answer to that.
async fn carry_out(browser: &mut Browser, case: &Case, path: &str, fields: &[(&str, &str)]) -> Answer {
    let address = format!("{}/{path}", href(case));
    let confirmation = browser.post_form(&address, &address, &with(fields, "to", "confirm")).await;
    confirmation.assert_status(200).assert_contains("の確認｜");
    press(browser, &confirmation, &address, "done").await
}

/// Presses a button of a page that posts to `address`.
async fn press(browser: &mut Browser, page: &Answer, address: &str, to: &str) -> Answer {
    let hidden = page.hidden_fields(address);
    let mut fields: Vec<(&str, &str)> = hidden.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    fields.push(("to", to));
    browser.post(address, &fields).await
}

fn with<'a>(fields: &[(&'a str, &'a str)], name: &'a str, value: &'a str) -> Vec<(&'a str, &'a str)> {
    let mut all = fields.to_vec();
    all.push((name, value));
    all
}

// 申請状況

#[tokio::test]
async fn a_request_says_where_it_stands_what_comes_next_and_what_may_be_changed() {
    let portal = Portal::open().await;
    let case = portal.case().await;
    let mut customer = portal.owner(&case).await;

    let page = customer.get(&href(&case)).await;

    page.assert_status(200).assert_contains("<h1>申請状況</h1>").assert_contains("予定　12/8(火)にお電話します");
    page.assert_contains("2026年12月8日(火)に、手続き担当者の例文 花様へお電話で確認し");
    page.assert_contains("例文 花 様（電話番号 末尾4182）").assert_lacks("03-0000-4182");
    page.assert_contains(&portal.world.desk.settings.desk.caller_number);
    page.assert_contains("2026年12月7日(月) 18:00まで、この画面でお手続きいただけます。");
    for name in ["certificate.pem", "chain.pem", "certificate.p7b"] {
        page.assert_contains(&format!("/portal/certificates/{}/{name}", case.reception_number));
    }
    for path in ["requested_on", "call_band", "contact", "withdrawal", "key_compromise"] {
        page.assert_contains(&format!("{}/{path}\"", href(&case)));
    }
    page.assert_contains("お申し込みを受け付けました。").assert_contains("新しい証明書を発行しました。");
}

#[tokio::test]
async fn every_state_has_its_word() {
    for (state, word) in [
        (CaseState::AwaitingReissue, "新証明書の発行待ち"),
        (CaseState::AwaitingCall, "本日お電話します"),
        (CaseState::Confirmed, "確認済み・失効待ち"),
        (CaseState::Revoking, "失効処理中"),
        (CaseState::Revoked, "再発行元証明書を失効しました。失効の情報が公開"),
        (CaseState::OnHold, "保留"),
        (CaseState::Withdrawn, "取り下げ"),
        (CaseState::Expired, "満了により終了"),
    ] {
        let portal = Portal::open().await;
        let case = portal.world.a_case().in_state(state).open().await;
        let mut customer = portal.owner(&case).await;
        customer.get(&href(&case)).await.assert_status(200).assert_contains(word);
        customer.get("/portal/requests").await.assert_status(200).assert_contains(&href(&case));
    }
}

#[tokio::test]
async fn a_proven_revocation_is_the_end() {
    let portal = Portal::open().await;
    let case = portal.world.a_case().in_state(CaseState::Revoked).open().await;
    portal.world.tamper("UPDATE revocation_cases SET state = 'completed', closed_at = updated_at").await;

    let page = portal.owner(&case).await.get(&href(&case)).await;

    page.assert_contains("再発行元証明書の失効が完了しました。")
        .assert_contains("この画面でいまお手続きいただけることはありません。");
}

#[tokio::test]
async fn the_history_tells_calls_and_changes_but_no_notes_and_no_names_of_staff() {
    let portal = Portal::open().await;
    let case = portal.world.a_case().open().await;
    portal.call_in_vain(&case, portal.world.now).await;
    let held = portal.world.a_case().in_state(CaseState::OnHold).open().await;

    let page = portal.owner(&case).await.get(&href(&case)).await;
    page.assert_contains("お電話しましたがつながりませんでした。").assert_contains("2026/11/24(火) 10:00");
    page.assert_contains("お電話をかけ直します")
        .assert_lacks("受付の方")
        .assert_lacks("窓口 美咲")
        .assert_lacks("NoAnswer");
    let page = portal.owner(&held).await.get(&href(&held)).await;
    page.assert_contains("お手続きを保留にしました。").assert_lacks("異動を確認中").assert_lacks("窓口 美咲");
}

#[tokio::test]
async fn the_list_has_open_requests_first_and_only_those_of_the_organisation() {
    let portal = Portal::open().await;
    let subscriber = portal.world.a_subscriber().register().await;
    let register = || portal.world.a_certificate().of(&subscriber).register();
    let closed = portal.world.a_case().on(&register().await).in_state(CaseState::Withdrawn).open().await;
    let open = portal.world.a_case().on(&register().await).open().await;
    let other = portal.case().await;

    let page = portal.app.login_customer(subscriber.id, "hana").await.get("/portal/requests").await;

    page.assert_status(200).assert_lacks(&other.reception_number.to_string());
    let place = |case: &Case| page.body.find(&href(case)).unwrap();
    assert!(place(&open) < place(&closed));
}

// Isolation

#[tokio::test]
async fn another_organisations_request_does_not_exist() {
    let portal = Portal::open().await;
    let (own, other) = (portal.case().await, portal.case().await);
    let mut customer = portal.owner(&own).await;
    let csrf = customer.portal_csrf().await;
    let version = other.version.to_string();
    let csr = String::from_utf8(a_csr_pem()).unwrap();
    let fields = [
        ("_csrf", csrf.as_str()),
        ("version", &version),
        ("to", "done"),
        ("requested_on", "2026-12-10"),
        ("call_band", "morning"),
        ("ground", "x"),
        ("csr", &csr),
        ("role", "procedure_contact"),
        ("name", "後任 薫"),
        ("email", "kaoru@example.jp"),
        ("phone", "03-0000-1111"),
    ];

    customer.get(&href(&other)).await.assert_status(404);
    customer.get("/portal/requests/RQ-991231-0001").await.assert_status(404);
    customer.get("/portal/requests/nonsense").await.assert_status(404);
    for path in ["requested_on", "withdrawal", "call_band", "contact", "key_compromise", "csr"] {
        let address = format!("{}/{path}", href(&other));
        customer.get(&address).await.assert_status(404).assert_lacks(&other.reception_number.to_string());
        customer.post(&address, &fields).await.assert_status(404);
    }
    assert_eq!(portal.now(&other).await, other);
}

#[tokio::test]
async fn a_visitor_is_led_to_the_log_in_and_back() {
    let portal = Portal::open().await;
    let case = portal.case().await;
    let answer = portal.app.visitor().get(&format!("{}/requested_on", href(&case))).await;
    answer.assert_status(303);
    assert!(answer.location().starts_with("/portal/login?"), "{}", answer.location());
}

// 失効希望日の変更

#[tokio::test]
async fn a_new_date_is_explained_confirmed_changed_and_mailed() {
    let portal = Portal::open().await;
    let case = portal.case().await;
    let mut customer = portal.owner(&case).await;
    let address = format!("{}/requested_on", href(&case));

    let confirmation =
        customer.post_form(&address, &address, &[("requested_on", "2026-12-12"), ("to", "confirm")]).await;
    confirmation.assert_status(200).assert_contains("2026年12月12日(土)").assert_contains("2026年12月14日(月)");
    confirmation.assert_contains("電話窓口の休業日です").assert_contains("まだ手続きは終わっていません");
    assert_eq!(portal.now(&case).await.requested_on, case.requested_on, "nothing is done before the confirmation");
    press(&mut customer, &confirmation, &address, "form")
        .await
        .assert_status(200)
        .assert_contains("value=\"2026-12-12\"");

    let done = press(&mut customer, &confirmation, &address, "done").await;
    done.assert_status(303);
    let page = customer.get(done.location()).await;
    page.assert_contains("失効希望日を2026年12月12日(土)に変更しました。").assert_contains("2026/12/14(月)");
    page.assert_contains("失効希望日を2026/12/12(土)に変更しました。").assert_contains("例文 花 様");
    let moved = portal.now(&case).await;
    assert_eq!((moved.requested_on, moved.due_on), (day("2026-12-12"), day("2026-12-14")));
    let mail = portal.world.mails(&case).await.pop().unwrap();
    assert_eq!(mail.kind, "requested_date_changed");
    assert!(mail.body_text.contains("お手続きした方　例文 花 様（ポータル）"), "{}", mail.body_text);
}

#[tokio::test]
async fn a_wrong_date_is_refused_beside_its_field() {
    let portal = Portal::open().await;
    let case = portal.case().await;
    let mut customer = portal.owner(&case).await;
    let address = format!("{}/requested_on", href(&case));
    for (typed, sentence) in [
        ("", "失効希望日を入力してください。"),
        ("12月", "2026/12/08のように年月日で入力してください。"),
        ("2026-11-23", "は過ぎています。"),
        ("2027-12-31", "満了日より後です。"),
        ("2026-12-08", "いまの失効希望日と同じ日付です。"),
    ] {
        let answer = customer.post_form(&address, &address, &[("requested_on", typed), ("to", "confirm")]).await;
        answer.assert_status(422).assert_contains("<title>エラー: ").assert_contains("id=\"e-requested_on\"");
        answer.assert_contains("role=\"alert\"").assert_contains("href=\"#f-requested_on\"").assert_contains(sentence);
    }
}

#[tokio::test]
async fn a_day_of_the_months_and_other_months_keep_the_form_open() {
    let portal = Portal::open().await;
    let case = portal.case().await;
    let mut customer = portal.owner(&case).await;
    let address = format!("{}/requested_on", href(&case));
    let picked = customer.post_form(&address, &address, &[("requested_on", ""), ("pick", "2026-12-15")]).await;
    picked.assert_status(200).assert_contains("value=\"2026-12-15\" aria-describedby");
    let later = customer.post_form(&address, &address, &[("requested_on", "2026-12-15"), ("months", "2027-01")]).await;
    later.assert_status(200).assert_contains("2027年1月").assert_contains("value=\"2026-12-15\" aria-describedby");
}

#[tokio::test]
async fn after_the_deadline_customers_are_asked_to_phone_and_nothing_changes() {
    let portal = Portal::open().await;
    let case = portal.case().await;
    portal.app.set_time(jst(day("2026-12-07"), 17, 45));
    let mut customer = portal.owner(&case).await;
    let dated = format!("{}/requested_on", href(&case));
    let confirmation = customer.post_form(&dated, &dated, &[("requested_on", "2026-12-10"), ("to", "confirm")]).await;
    let withdrawn = format!("{}/withdrawal", href(&case));
    let withdrawal = customer.get(&withdrawn).await;
    portal.app.set_time(jst(day("2026-12-07"), 18, 0));

    let refused = press(&mut customer, &confirmation, &dated, "done").await;
    let sentence = "失効希望日の変更は前営業日の18:00までです。本日の変更は窓口（0120-000-000）へお電話ください。";
    refused.assert_status(422).assert_contains(sentence);
    press(&mut customer, &withdrawal, &withdrawn, "done").await.assert_status(422).assert_contains("0120-000-000");
    assert_eq!(portal.now(&case).await, case);
    let page = customer.get(&href(&case)).await;
    page.assert_contains("変更の期限（2026年12月7日(月) 18:00）を過ぎました。").assert_lacks("/withdrawal\"");
    page.assert_contains("/key_compromise\"");
    for address in [dated, withdrawn] {
        let away = customer.get(&address).await;
        away.assert_status(303);
        customer.get(away.location()).await.assert_contains("前営業日の18:00までです。");
    }
}

#[tokio::test]
async fn who_could_not_be_reached_may_still_choose_another_day() {
    let portal = Portal::open().await;
    let case = portal.world.a_case().open().await;
    for (date, hour) in [("2026-11-24", 10), ("2026-11-24", 13), ("2026-11-25", 10)] {
        portal.app.set_time(jst(day(date), hour, 0));
        portal.call_in_vain(&case, jst(day(date), hour, 0)).await;
    }
    let mut customer = portal.owner(&case).await;

    customer.get(&href(&case)).await.assert_contains("期限にかかわらずお手続きいただけます。");
    carry_out(&mut customer, &case, "requested_on", &[("requested_on", "2026-12-10")]).await.assert_status(303);

    assert_eq!(portal.now(&case).await.due_on, day("2026-12-10"));
}

#[tokio::test]
async fn two_changes_at_once_show_the_second_what_changed() {
    let portal = Portal::open().await;
    let case = portal.case().await;
    let mut customer = portal.owner(&case).await;
    let address = format!("{}/requested_on", href(&case));
    let form = customer.post_form(&address, &address, &[("requested_on", "2026-12-10"), ("to", "confirm")]).await;
    let other =
        Reschedule { reception_number: case.reception_number, version: case.version, requested_on: day("2026-12-15") };
    reschedule(&portal.world.desk, other, &agent(), portal.world.now).await.unwrap();

    let conflict = press(&mut customer, &form, &address, "done").await;

    conflict.assert_status(409).assert_contains("内容が更新されています").assert_contains("窓口が更新しました。");
    conflict.assert_contains("2026/12/08(火)").assert_contains("2026/12/15(火)").assert_contains("2026年12月10日(木)");
    conflict.assert_lacks("窓口 美咲");
    assert_eq!(portal.now(&case).await.requested_on, day("2026-12-15"));
    let again = press(&mut customer, &conflict, &address, "confirm").await;
    again.assert_status(200);
    press(&mut customer, &again, &address, "done").await.assert_status(303);
    assert_eq!(portal.now(&case).await.requested_on, day("2026-12-10"));
    press(&mut customer, &again, &address, "done").await.assert_status(303);
    assert_eq!(portal.world.mails(&case).await.len(), 4, "the same button twice is one change");
}

// 取り下げ

#[tokio::test]
async fn a_withdrawal_says_what_it_means_before_it_is_done() {
    let portal = Portal::open().await;
    let case = portal.case().await;
    let mut customer = portal.owner(&case).await;
    let address = format!("{}/withdrawal", href(&case));

    let ask = customer.get(&address).await;
    ask.assert_contains("満了日の2027年6月12日(土)まで引き続き有効です。")
        .assert_contains("再発行した新しい証明書も有効のままです。");
    press(&mut customer, &ask, &address, "done").await.assert_status(303);

    assert_eq!(portal.now(&case).await.state, CaseState::Withdrawn);
    assert_eq!(portal.world.mail_kinds(&case).await.last().unwrap(), "withdrawn");
    customer
        .get(&href(&case))
        .await
        .assert_contains("お申し込みは取り下げられました。")
        .assert_lacks("/requested_on\"");
    press(&mut customer, &ask, &address, "done").await.assert_status(303);
    let away = customer.get(&format!("{}/requested_on", href(&case))).await;
    customer.get(away.location()).await.assert_contains("この申請は「取り下げ」のため、お手続きできません。");
}

// お電話の時間帯

#[tokio::test]
async fn a_preferred_time_band_is_noted_shown_and_mailed_once() {
    let portal = Portal::open().await;
    let case = portal.case().await;
    let mut customer = portal.owner(&case).await;
    let address = format!("{}/call_band", href(&case));
    customer.post_form(&address, &address, &[("call_band", "night")]).await.assert_status(422);

    for _ in 0..2 {
        carry_out(&mut customer, &case, "call_band", &[("call_band", "early_afternoon")]).await.assert_status(303);
    }

    let noted = portal.now(&case).await;
    assert_eq!((noted.call_band, noted.version), (Some(CallBand::EarlyAfternoon), case.version));
    let kinds = portal.world.mail_kinds(&case).await;
    assert_eq!(kinds.iter().filter(|kind| *kind == "call_band_noted").count(), 1);
    customer.get(&href(&case)).await.assert_contains("午後の早い時間（13:00～15:00）");
}

// 担当者の変更

#[tokio::test]
async fn a_successor_is_named_once_and_shown_while_the_desk_verifies() {
    let portal = Portal::open().await;
    let case = portal.case().await;
    let mut customer = portal.owner(&case).await;
    let successor = [
        ("role", "procedure_contact"),
        ("name", "後任 薫"),
        ("name_kana", "こうにん かおる"),
        ("department", "情報システム部"),
        ("email", "kaoru@example.jp"),
        ("phone", "03-0000-1111"),
    ];

    carry_out(&mut customer, &case, "contact", &successor).await.assert_status(303);

    let db = &portal.world.desk.db;
    let open = contact_proposals::open(db, case.subscriber_id, ContactRole::ProcedureContact).await.unwrap().unwrap();
    assert_eq!((open.name.as_str(), open.case_id), ("後任 薫", Some(case.id)));
    let page = customer.get(&format!("{}/contact", href(&case))).await;
    page.assert_contains("新しい手続き担当者として後任 薫 様のお申し出を受け付けました。").assert_lacks("03-0000-1111");
    page.assert_lacks("value=\"procedure_contact\"").assert_contains("value=\"application_responsible\"");
    customer.get(&href(&case)).await.assert_contains("担当者の変更のお申し出を受け付けました。窓口で確認します。");
}

#[tokio::test]
async fn everything_wrong_with_a_successor_is_said_at_once() {
    let portal = Portal::open().await;
    let case = portal.case().await;
    let mut customer = portal.owner(&case).await;
    let address = format!("{}/contact", href(&case));
    let typed = [("role", "application_responsible"), ("name", ""), ("email", "x"), ("phone", "090-0000-1111")];

    let refused = customer.post_form(&address, &address, &with(&typed, "to", "confirm")).await;

    refused.assert_status(422).assert_contains("入力内容を確認してください（3件）");
    for field in ["name", "email", "phone"] {
        refused.assert_contains(&format!("id=\"e-{field}\""));
    }
    refused.assert_contains("代表番号または部署の番号を入力してください。").assert_contains("value=\"090-0000-1111\"");
    let typed = [("role", ""), ("name", "後任 薫"), ("email", "kaoru@example.jp"), ("phone", "abc")];
    let refused = customer.post_form(&address, &address, &with(&typed, "to", "confirm")).await;
    refused
        .assert_status(422)
        .assert_contains("変更する役割を選んでください。")
        .assert_contains("03-0000-0000のように");
}

// 鍵の漏えいの報告

#[tokio::test]
async fn a_reported_compromise_has_no_deadline_and_starts_the_24_hours() {
    let portal = Portal::open().await;
    let case = portal.case().await;
    portal.app.set_time(jst(day("2026-12-08"), 20, 0));
    let mut customer = portal.owner(&case).await;
    let address = format!("{}/key_compromise", href(&case));
    customer.post_form(&address, &address, &[("ground", " "), ("to", "confirm")]).await.assert_status(422);

    let fields = [("ground", "委託先から鍵のファイルが漏れたと連絡がありました。")];
    let confirmation = customer.post_form(&address, &address, &with(&fields, "to", "confirm")).await;
    confirmation.assert_contains("2026年12月9日(水) 20:00まで").assert_contains("報告は取り消せません。");
    press(&mut customer, &confirmation, &address, "done").await.assert_status(303);

    let reported = portal.now(&case).await;
    assert_eq!((reported.state, reported.revocation_reason), (CaseState::Confirmed, CrlReason::KeyCompromise));
    let page = customer.get(&href(&case)).await;
    page.assert_contains("至急　24時間以内に失効します").assert_contains("2026年12月9日(水) 20:00までに失効します");
    page.assert_lacks("/withdrawal\"").assert_lacks("/requested_on\"").assert_lacks("/key_compromise\"");
    press(&mut customer, &confirmation, &address, "done").await.assert_status(303);
    assert_eq!(portal.now(&case).await.version, reported.version, "the same button twice is one report");
    for path in ["requested_on", "withdrawal", "call_band"] {
        let away = customer.get(&format!("{}/{path}", href(&case))).await;
        customer.get(away.location()).await.assert_contains("変更や取り下げはできません。");
    }
}

// 新しいCSRの提出

fn a_csr_pem() -> Vec<u8> {
    pem_of("CERTIFICATE REQUEST", &a_csr())
}

fn pem_of(label: &str, der: &[u8]) -> Vec<u8> {
    use base64::Engine;
    let body = base64::engine::general_purpose::STANDARD.encode(der);
    format!("-----BEGIN {label}-----\n{body}\n-----END {label}-----\n").into_bytes()
}

#[tokio::test]
async fn a_csr_that_comes_later_is_checked_and_issued() {
    let portal = Portal::open().await;
    let case = portal.without_csr().await;
    let mut customer = portal.owner(&case).await;
    customer.get(&href(&case)).await.assert_contains("新しいCSRを提出する").assert_contains("CSRの提出待ち");
    let csr = String::from_utf8(a_csr_pem()).unwrap();
    let address = format!("{}/csr", href(&case));

    let confirmation = customer.post_form(&address, &address, &[("csr", &csr), ("to", "confirm")]).await;
    confirmation.assert_status(200).assert_contains("P-256");
    press(&mut customer, &confirmation, &address, "done").await.assert_status(303);
    portal.app.services().finished().await;

    assert!(portal.now(&case).await.replacement_certificate_id.is_some());
    customer.get(&href(&case)).await.assert_contains("発行済み").assert_lacks("新しいCSRを提出する");
    let away = customer.get(&address).await;
    customer.get(away.location()).await.assert_contains("CSRの提出を必要としていません。");
}

#[tokio::test]
async fn a_private_key_is_refused_and_neither_kept_nor_shown_again() {
    let portal = Portal::open().await;
    let case = portal.without_csr().await;
    let mut customer = portal.owner(&case).await;
    let key = String::from_utf8(pem_of("PRIVATE KEY", b"a secret of forty octets or thereabouts")).unwrap();
    let secret = key.lines().nth(1).unwrap().to_owned();
    let address = format!("{}/csr", href(&case));

    for to in ["confirm", "done", "form"] {
        let refused = customer.post_form(&address, &address, &[("csr", &key), ("to", to)]).await;
        refused.assert_status(422).assert_contains("秘密鍵が貼り付けられています。").assert_lacks(&secret);
    }
    for wrong in ["", "nonsense"] {
        let refused = customer.post_form(&address, &address, &[("csr", wrong), ("to", "confirm")]).await;
        refused.assert_status(422).assert_contains("id=\"e-csr\"");
    }
}
