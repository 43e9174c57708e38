//! A call comes in: one step to the caller's case.

use revocation_desk::domain::contact::ContactRole;
use revocation_desk::domain::role::Role;
use revocation_desk::models::{contacts, subscribers};

use super::office::{Office, href};

#[tokio::test]
async fn the_callers_only_open_case_opens_in_one_step() {
    let office = Office::open().await;
    let case = office.world.a_case().open().await;
    let people = contacts::current(&office.world.desk.db, case.subscriber_id).await.unwrap();
    let caller = contacts::in_role(&people, ContactRole::ProcedureContact).unwrap();
    let mut agent = office.app.login_as(Role::Agent).await;
    let digits: String = caller.phone.chars().filter(char::is_ascii_digit).collect();
    let international = format!("+81{}", &digits[1..]);
    let spaced = caller.phone.replace('-', "　");
    let family_name = caller.name.split([' ', '　']).next().unwrap().to_owned();

    for shown in [&caller.phone, &digits, &international, &spaced, &caller.name, &family_name] {
        let answer = agent.get(&format!("/desk/calls/incoming?number={}", percent(shown))).await;
        assert_eq!(answer.assert_status(303).location(), href(&case), "{shown}");
        let page = agent.get(&href(&case)).await;
        page.assert_contains(&caller.name).assert_contains("番号が一致しても本人確認にはなりません。");
    }
    let number = case.reception_number.to_string();
    for shown in [number.clone(), number.to_lowercase()] {
        let answer = agent.get(&format!("/desk/calls/incoming?number={shown}")).await;
        assert_eq!(answer.assert_status(303).location(), href(&case));
    }
    let searched = agent.get(&format!("/desk/cases?q={}", percent(&caller.phone))).await;
    assert!(searched.assert_status(303).location().starts_with("/desk/calls/incoming?number="));
}

#[tokio::test]
async fn several_cases_are_listed_and_a_former_contact_is_called_one() {
    let office = Office::open().await;
    let first = office.world.a_case().open().await;
    let subscriber = subscribers::by_id(&office.world.desk.db, first.subscriber_id).await.unwrap();
    let second = office.world.a_certificate().of(&subscriber).names(["b.example.jp"]).register().await;
    let second = office.world.a_case().on(&second).open().await;
    let people = contacts::current(&office.world.desk.db, first.subscriber_id).await.unwrap();
    let caller = contacts::in_role(&people, ContactRole::ProcedureContact).unwrap();
    contacts::supersede(&office.world.desk.db, caller, office.world.now).await.unwrap();
    let mut agent = office.app.login_as(Role::Agent).await;

    let page = agent.get(&format!("/desk/calls/incoming?number={}", percent(&caller.phone))).await;

    page.assert_status(200).assert_contains("以前の連絡先");
    for case in [&first, &second] {
        page.assert_contains(&href(case));
    }
}

#[tokio::test]
async fn an_unknown_number_is_said_to_be_unknown_and_an_unknown_name_is_searched_for() {
    let office = Office::open().await;
    let mut agent = office.app.login_as(Role::Agent).await;
    agent.get("/desk/calls/incoming").await.assert_status(200).assert_lacks("登録された連絡先はありません");
    let page = agent.get("/desk/calls/incoming?number=0300009999").await;
    page.assert_status(200).assert_contains("この番号で登録された連絡先はありません。");
    let answer = agent.get(&format!("/desk/calls/incoming?number={}", percent("例題電機"))).await;
    assert_eq!(answer.assert_status(303).location(), format!("/desk/cases?q={}", percent("例題電機")));
    let mut auditor = office.app.login_as(Role::Auditor).await;
    auditor.get("/desk/calls/incoming?number=0300009999").await.assert_status(403);
}

fn percent(text: &str) -> String {
    revocation_desk::controllers::session::percent(text)
}
