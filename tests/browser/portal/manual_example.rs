//! The supplement of the manual, on its own dates: a source of 2020/8/10–2022/8/10, reissued on 2021/1/10, again on 2021/8/1.

use chrono::{DateTime, Utc};
use revocation_desk::actions::prove::prove;
use revocation_desk::actions::revoke_case::{RevokeCase, revoke_case};
use revocation_desk::domain::actor::Actor;
use revocation_desk::domain::calendar::jst;
use revocation_desk::models::certificates::Certificate;

use super::{KeyPair, Portal, agree_and_file, give_csr, give_reason, openssl};
use crate::builders::day;
use crate::harness::{Screen, Window};

#[tokio::test]
async fn a_reissue_is_shortened_and_a_later_one_reaches_the_original_end() {
    let portal = Portal::open_at(jst(day("2021-01-10"), 10, 0)).await;
    let source = portal.a_certificate().issued_days_ago(153).valid_until(day("2022-08-10")).register().await;
    let hana = portal.hana(Screen::Desk).await;
    hana.sees("2020/08/10 – 2022/08/10").await;
    let first = reissue(&portal, &hana, &source, "2021-01-25", true).await;
    assert_eq!(first.last_day(), day("2022-02-09"));
    ends(&hana, "Feb  9 14:59:59 2022 GMT").await;

    // The day comes: the call, the revocation, the proof.
    the_first_is_revoked(&portal, &source, jst(day("2021-01-25"), 10, 0)).await;

    portal.site.app.set_time(jst(day("2021-08-01"), 10, 0));
    let hana = portal.log_in(hana).await;
    hana.sees("2021/01/10 – 2022/02/09").await;
    let second = reissue(&portal, &hana, &first, "2021-08-16", false).await;
    assert_eq!(second.last_day(), day("2022-08-10"));
    ends(&hana, "Aug 10 14:59:59 2022 GMT").await;
    let case = portal.the_case(&first).await;
    assert_eq!(case.source_certificate_id, first.id, "the newest certificate stays");
    assert_eq!(portal.site.world.replacement(&case).await.id, second.id);
}

/// Files for one certificate and comes to the page of the new one.
async fn reissue(portal: &Portal, hana: &Window, source: &Certificate, on: &str, shortened: bool) -> Certificate {
    hana.press(&super::number(source)).await;
    hana.is_on("申請情報詳細").await;
    if shortened {
        hana.sees("有効期間の上限のため、再発行先証明書は2022年2月9日(水)で満了します。").await;
        hana.sees(
            "2021年7月11日(日)以降に再々発行すると、本来の満了日（2022年8月10日(水)）までの証明書をお渡しできます。",
        )
        .await;
        hana.is_sound("shortened").await;
    } else {
        hana.sees("再発行すると、本来の満了日（2022年8月10日(水)）までの証明書をお渡しできます。").await;
        hana.is_sound("full").await;
    }
    hana.press("再発行申請").await;
    give_reason(hana, "サーバーリプレース", on).await;
    give_csr(hana, &KeyPair::new().csr).await;
    if shortened {
        hana.sees("2021/01/10 – 2022/02/09").await;
        hana.sees("再々発行先証明書 2021/07/11 – 2022/08/10").await;
    } else {
        hana.sees("2021/08/01 – 2022/08/10").await;
    }
    hana.is_sound(if shortened { "confirm-shortened" } else { "confirm-full" }).await;
    agree_and_file(hana).await;
    portal.site.is_done().await;
    hana.reload().await;
    hana.press("証明書を受け取る").await;
    hana.is_on("申請情報詳細").await;
    let case = portal.the_case(source).await;
    portal.site.world.replacement(&case).await
}

async fn ends(hana: &Window, not_after: &str) {
    let pem = hana.download("証明書（PEM）").await;
    let said = openssl(&["x509", "-noout", "-enddate"], &pem);
    assert_eq!(said.trim(), format!("notAfter={not_after}"));
    hana.press("証明書一覧").await;
    hana.is_on("証明書一覧").await;
}

async fn the_first_is_revoked(portal: &Portal, source: &Certificate, at: DateTime<Utc>) {
    portal.site.app.set_time(at);
    let world = &portal.site.world;
    let confirmed = world.confirm(&portal.the_case(source).await, at).await;
    let order = RevokeCase { case_id: confirmed.id, today: day("2021-01-25"), click: None, batch_run: None };
    let desk = portal.site.app.services();
    revoke_case(&desk, order, &Actor::batch(), at).await.unwrap();
    prove(&desk, &Actor::batch(), at + chrono::Duration::minutes(10)).await.unwrap();
}
