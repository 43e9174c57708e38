//! Mail texts and call scripts that administrators change: what a mail then says, from when on, on which node.

use chrono::{Days, NaiveDate};
use revocation_desk::actions::save_text::{SaveText, save_text};
use revocation_desk::actions::test_text::{TestText, test_text};
use revocation_desk::actions::withdraw::{Withdraw, withdraw};
use revocation_desk::domain::actor::Actor;
use revocation_desk::domain::mail::{MailKind, Recipient};
use revocation_desk::domain::role::Role;
use revocation_desk::domain::text::template::Facts;
use revocation_desk::domain::text::{Draft, Shape, TextBook, TextKey, places, read};
use revocation_desk::errors::Error;
use revocation_desk::mail::Words;
use revocation_desk::mail::filling::shipped_draft;
use revocation_desk::mail::sample::{Sample, call_facts, carrier, compose_sample};
use revocation_desk::messages::{Texts, shipped};
use revocation_desk::models::messages::{self, Message};
use revocation_desk::models::text_versions::{self, KeptTexts};
use revocation_desk::models::{audit_events, users};

use crate::builders::{World, agent, day, staff};
use crate::mail_texts::desk;

const WITHDRAWN: TextKey = TextKey::Mail(MailKind::Withdrawn);

fn draft(body: &str) -> Draft {
    Draft::typed("取り下げ（{{receipt_no}}）", body)
}

fn saving(key: TextKey, seen: i64, draft: Draft, effective_on: NaiveDate) -> SaveText {
    let reason = "言い回しを改めるため".to_owned();
    SaveText { key, seen, draft, effective_on, reason, restored_from: None }
}

async fn save(world: &World, key: TextKey, seen: i64, draft: Draft, effective_on: NaiveDate) {
    let actor = admin();
    save_text(&world.desk, saving(key, seen, draft, effective_on), &actor, world.now).await.unwrap();
}

fn admin() -> Actor {
    staff(31, "管理 花子", Role::Admin)
}

async fn an_account(world: &World, email: &str) -> users::Model {
    let new = users::NewUser {
        email: email.to_owned(),
        name: "管理 花子".to_owned(),
        role: Role::Admin,
        password_hash: "x".to_owned(),
        must_change_password: false,
    };
    users::insert(&world.desk.db, new, world.now).await.unwrap()
}

/// The mail that tells of a withdrawal.
async fn mail_of_a_withdrawal(world: &World) -> Message {
    let case = world.a_case().open().await;
    let input = Withdraw {
        reception_number: case.reception_number,
        version: case.version,
        ground: "例文 花 お電話".to_owned(),
    };
    withdraw(&world.desk, input, &agent(), world.now).await.unwrap();
    world.mails(&case).await.into_iter().find(|mail| mail.kind == "withdrawn").unwrap()
}

#[tokio::test]
async fn a_new_version_counts_from_the_next_mail_on() {
    let world = World::new().await;
    assert!(mail_of_a_withdrawal(&world).await.body_text.contains("この証明書は、満了日まで引き続き有効です。"));

    save(&world, WITHDRAWN, 0, draft("{{company}}\n{{to_name}} 様\n\n承りました。"), world.today()).await;

    let mail = mail_of_a_withdrawal(&world).await;
    assert!(mail.subject.starts_with("取り下げ（RQ-"), "{}", mail.subject);
    assert!(mail.body_text.contains("例文 花 様\n\n承りました。\n\n--\n"), "{}", mail.body_text);
    assert!(mail.body_html.contains("<p>承りました。</p>"), "{}", mail.body_html);
}

#[tokio::test]
async fn another_node_uses_the_version_without_being_told() {
    let world = World::new().await;
    // What another process knows: nothing of what this one saves.
    let elsewhere = KeptTexts::default();
    assert!(elsewhere.in_force(&world.desk.db, world.today()).await.unwrap().get(WITHDRAWN).is_none());

    save(&world, WITHDRAWN, 0, draft("一"), world.today()).await;
    let first = elsewhere.in_force(&world.desk.db, world.today()).await.unwrap();
    assert!(first.get(WITHDRAWN).is_some());

    save(&world, WITHDRAWN, 1, draft("二"), world.today()).await;
    let second = elsewhere.in_force(&world.desk.db, world.today()).await.unwrap();
    assert_ne!(first.get(WITHDRAWN), second.get(WITHDRAWN));
}

#[tokio::test]
async fn a_version_waits_for_its_day() {
    let world = World::new().await;
    let tomorrow = world.today() + Days::new(1);
    save(&world, WITHDRAWN, 0, draft("一"), tomorrow).await;
    let known = |day: NaiveDate| {
        let (texts, db) = (world.desk.texts.clone(), world.desk.db.clone());
        async move { texts.in_force(&db, day).await.unwrap().get(WITHDRAWN).is_some() }
    };
    assert!(!known(world.today()).await);
    assert!(known(tomorrow).await);
    assert!(!known(world.today()).await, "and a run for today still writes the old text");

    let text =
        async |day: NaiveDate| world.desk.texts.in_force(&world.desk.db, day).await.unwrap().get(WITHDRAWN).cloned();
    let planned = text(tomorrow).await;
    save(&world, WITHDRAWN, 1, draft("二"), world.today()).await;
    assert!(text(world.today()).await.is_some());
    assert_eq!(text(tomorrow).await, planned, "what was saved later for an earlier day does not undo the plan");
}

#[tokio::test]
async fn what_cannot_be_saved_is_told_and_nothing_is_written() {
    let world = World::new().await;
    let actor = admin();
    let good = saving(WITHDRAWN, 0, draft("一"), world.today());
    let as_shipped = shipped_draft(WITHDRAWN).unwrap();
    for (input, code) in [
        (SaveText { effective_on: day("2026-11-23"), ..good.clone() }, "text_effective_past"),
        (SaveText { reason: "  ".to_owned(), ..good.clone() }, "text_reason_missing"),
        (SaveText { reason: "あ".repeat(501), ..good.clone() }, "text_reason_too_long"),
        (SaveText { draft: draft("{{companx}}"), ..good.clone() }, "text_place_unknown_similar"),
        (SaveText { draft: as_shipped, ..good.clone() }, "text_unchanged"),
        (SaveText { seen: 1, ..good.clone() }, "text_overtaken"),
    ] {
        let problems = save_text(&world.desk, input, &actor, world.now).await.unwrap_err().into_problems().unwrap();
        assert_eq!(problems.iter().map(|problem| problem.code).collect::<Vec<_>>(), [code]);
    }
    assert_eq!(text_versions::marks(&world.desk.db).await.unwrap(), []);
    let longest = SaveText { reason: "あ".repeat(500), ..good };
    save_text(&world.desk, longest, &actor, world.now).await.unwrap();
}

#[tokio::test]
async fn the_second_of_two_who_save_is_overtaken() {
    let world = World::new().await;
    save(&world, WITHDRAWN, 0, draft("一"), world.today()).await;
    let late = saving(WITHDRAWN, 0, draft("二"), world.today());
    let refused = save_text(&world.desk, late, &admin(), world.now).await.unwrap_err();
    assert!(matches!(refused, Error::Conflict(problem) if problem.code == "text_overtaken"));
}

#[tokio::test]
async fn an_earlier_version_is_taken_up_again_as_a_new_one() {
    let world = World::new().await;
    save(&world, WITHDRAWN, 0, draft("一"), world.today()).await;
    save(&world, WITHDRAWN, 1, draft("二"), world.today()).await;
    let again = SaveText { restored_from: Some(1), ..saving(WITHDRAWN, 2, draft("一"), world.today()) };
    let saved = save_text(&world.desk, again, &admin(), world.now).await.unwrap();
    assert_eq!((saved.version, saved.restored_from), (3, Some(1)));
    let events = audit_events::after(&world.desk.db, 0, 100).await.unwrap();
    let saved: Vec<_> = events.iter().filter(|event| event.action == "text_saved").collect();
    assert_eq!(saved.len(), 3);
    assert_eq!((saved[2].subject.as_str(), &saved[2].facts()["before"]), ("text:withdrawn", &2.into()));
    assert_eq!(saved[2].facts()["reason"], "言い回しを改めるため");
}

#[tokio::test]
async fn a_test_mail_is_what_the_preview_shows_and_goes_to_its_author() {
    let world = World::new().await;
    let author = an_account(&world, "admin@ca.example").await;
    let actor = staff(author.id, &author.name, Role::Admin);
    for key in TextKey::all() {
        let (draft, sample) = (shipped_draft(key).unwrap(), Sample::Ev);
        let test = TestText { key, draft, sample, idem: format!("form-of-{key}") };
        let sent = test_text(&world.desk, test.clone(), &actor, world.now).await;
        let Some(kind) = carrier(key) else {
            assert_eq!(sent.unwrap_err().into_problems().unwrap()[0].code, "text_is_no_mail");
            continue;
        };
        assert_eq!(sent.unwrap().email(), "admin@ca.example");
        test_text(&world.desk, test, &actor, world.now).await.unwrap();
        let mails = messages::newest(&world.desk.db, None, None, None, 100).await.unwrap();
        let mails: Vec<_> = mails.iter().filter(|mail| mail.event_key == format!("test-form-of-{key}")).collect();
        assert_eq!(mails.len(), 1, "one form is one mail");

        let reader = Recipient::new(&author.name, &author.email).unwrap();
        let settings = &world.desk.settings;
        let words = Words { desk: &settings.desk, texts: &TextBook::default() };
        let preview = compose_sample(kind, sample, &reader, &settings.public_url, words).unwrap();
        assert_eq!(mails[0].subject, format!("[テスト] {}", preview.subject));
        assert_eq!((&mails[0].body_text, &mails[0].body_html), (&preview.text, &preview.html), "{key}");
        assert_eq!(mails[0].addressees().unwrap()[0].recipient, reader);
    }
}

#[test]
fn every_place_that_a_text_may_name_is_filled() {
    for key in TextKey::all() {
        let body: String = places(key)
            .iter()
            .map(|place| match place.shape {
                Shape::Text => format!("{0}=[{{{{{0}}}}}]\n", place.name),
                Shape::Lines => format!("{0}=[{{{{{0}}}}}]\n{{{{#{0}}}}}{{{{/{0}}}}}\n", place.name),
                Shape::Condition => format!("{{{{#{0}}}}}{{{{/{0}}}}}\n", place.name),
            })
            .collect();
        let subject = if key.has_subject() { "{{#receipt_no}}{{/receipt_no}}MARK" } else { "" };
        let needed = places(key).iter().any(|place| place.name == "receipt_no");
        let subject = if needed {
            format!("{subject}{{{{receipt_no}}}}")
        } else {
            subject.replace("{{#receipt_no}}{{/receipt_no}}", "")
        };
        let opening = if key == TextKey::Situations { "■ MARK\n" } else { "MARK\n" };
        let text = read(key, &Draft::typed(&subject, &format!("{opening}{body}"))).unwrap();
        let texts = TextBook::default().with(key, text);
        for sample in Sample::ALL {
            let filled = match carrier(key) {
                Some(kind) => sampled(kind, sample, &texts),
                None => shipped::fill(key, &call_facts(sample, "窓口", &desk()), &texts).unwrap().body,
            };
            let shown = key != TextKey::ReissueAgain || sample == Sample::Ev;
            assert_eq!(filled.contains("MARK"), shown, "{key}: {filled}");
        }
    }
}

fn sampled(kind: MailKind, sample: Sample, texts: &TextBook) -> String {
    let reader = Recipient::new("例文 花", "hana@example.jp").unwrap();
    let words = Words { desk: &desk(), texts };
    compose_sample(kind, sample, &reader, "https://desk.example.com", words).unwrap().text
}

#[test]
fn every_place_is_explained() {
    for key in TextKey::all() {
        for place in places(key) {
            assert!(Texts::JA.get(&format!("texts.place.{}", place.name)).is_some(), "{}", place.name);
        }
    }
}

#[test]
fn every_text_as_shipped_is_one_that_could_be_saved() {
    assert_eq!(shipped::check(), Ok(()));
    for key in TextKey::all() {
        let draft = shipped_draft(key).unwrap();
        assert_eq!(draft, Draft::typed(&draft.subject, &draft.body), "{key}: an untouched form changes nothing");
    }
}

#[test]
fn a_text_that_asks_for_unknown_facts_gives_way_to_the_shipped_one() {
    let text = read(TextKey::Signature, &Draft::typed("", "{{desk_tel}} {{desk_from}}")).unwrap();
    let texts = TextBook::default().with(TextKey::Signature, text);
    // The facts of a program that does not know one of the places.
    let names = ["desk_company", "desk_service", "desk_tel", "desk_hours", "desk_email"];
    let facts = names.into_iter().fold(Facts::default(), |facts, name| facts.text(name, "x"));
    let body = |facts: &Facts| shipped::fill(TextKey::Signature, facts, &texts).unwrap().body;
    assert!(body(&facts).starts_with("--\nx　x"), "{}", body(&facts));
    assert_eq!(body(&facts.text("desk_from", "y")), "x y");
}
