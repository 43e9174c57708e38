//! The language of the texts, what may stand in them, and which version counts.

use chrono::NaiveDate;
use revocation_desk::domain::mail::MailKind;
use revocation_desk::domain::problem::Problem;
use revocation_desk::domain::text::diff::{self, Change};
use revocation_desk::domain::text::script::{Step, situations, steps};
use revocation_desk::domain::text::template::{Facts, Template};
use revocation_desk::domain::text::{Draft, Family, TextKey, in_force, places, read};

fn facts() -> Facts {
    Facts::default()
        .text("company", "例示商事")
        .text("note", "")
        .lines("to_name", vec!["例文 花".to_owned(), "例田 一郎".to_owned()])
        .lines("hosts", Vec::new())
        .given("issued", true)
        .given("late", false)
}

#[test]
fn a_text_is_filled_with_its_facts() {
    for (text, filled) in [
        ("{{company}}御中", "例示商事御中"),
        ("{{ company }}", "例示商事"),
        ("{{to_name}} 様\n以上", "例文 花 様\n例田 一郎 様\n以上"),
        ("前\n　{{hosts}}\n後", "前\n後"),
        ("{{#issued}}あり{{/issued}}{{#late}}遅れ{{/late}}", "あり"),
        ("{{^issued}}なし{{/issued}}{{^late}}間に合う{{/late}}", "間に合う"),
        ("{{#note}}注{{/note}}{{#company}}社{{/company}}{{#hosts}}所{{/hosts}}", "社"),
        ("一\n{{#issued}}\n二\n{{/issued}}\n三", "一\n二\n三"),
        ("一\n　{{#late}}　\n二\n{{/late}}\n三", "一\n三"),
        ("{{#issued}}{{#late}}a{{/late}}b{{/issued}}", "b"),
    ] {
        assert_eq!(Template::parse(text).unwrap().fill(&facts()), Ok(filled.to_owned()), "{text}");
    }
}

#[test]
fn a_fact_is_never_read_as_a_text() {
    let facts = Facts::default().text("company", "{{secret}}").text("secret", "x");
    assert_eq!(Template::parse("{{company}}").unwrap().fill(&facts), Ok("{{secret}}".to_owned()));
}

#[test]
fn a_text_that_cannot_be_read_says_where() {
    for (text, code, line) in [
        ("{{company", "text_tag_malformed", "1"),
        ("一\ncompany}}", "text_tag_malformed", "2"),
        ("{company}", "text_tag_malformed", "1"),
        ("{{}}", "text_tag_malformed", "1"),
        ("{{a b}}", "text_tag_malformed", "1"),
        ("{{com\npany}}", "text_tag_malformed", "1"),
        ("一\n{{#issued}}\n二", "text_section_not_closed", "2"),
        ("{{/issued}}", "text_section_not_open", "1"),
        ("{{#issued}}{{#late}}{{/issued}}{{/late}}", "text_section_not_open", "1"),
    ] {
        let problems = Template::parse(text).unwrap_err();
        let problem = &problems[0];
        assert_eq!((problem.code, param(problem, "line")), (code, line), "{text}");
    }
}

fn param<'a>(problem: &'a Problem, name: &str) -> &'a str {
    problem.params.iter().find(|(known, _)| *known == name).map_or("", |(_, value)| value)
}

/// What is wrong with a text of the mail about a withdrawal: field, code, and what it is about.
fn refusals(subject: &str, body: &str) -> Vec<(&'static str, &'static str, String)> {
    let problems = read(TextKey::Mail(MailKind::Withdrawn), &Draft::typed(subject, body)).err().unwrap_or_default();
    let about = |problem: &Problem| {
        let similar = param(problem, "similar");
        if similar.is_empty() { param(problem, "value").to_owned() } else { similar.to_owned() }
    };
    problems.iter().map(|problem| (problem.field.unwrap(), problem.code, about(problem))).collect()
}

#[test]
fn only_the_places_of_a_mail_may_stand_in_it() {
    let fine = "（{{receipt_no}}）";
    for (subject, body, refused) in [
        (fine, "{{company}}", vec![]),
        (fine, "{{companx}}", vec![("body", "text_place_unknown_similar", "{{company}}")]),
        (fine, "{{Company}}", vec![("body", "text_place_unknown_similar", "{{company}}")]),
        (
            fine,
            "{{#has_replacemenx}}a{{/has_replacemenx}}",
            vec![("body", "text_place_unknown_similar", "{{has_replacement}}")],
        ),
        (fine, "{{password}}", vec![("body", "text_place_unknown", "{{password}}")]),
        (fine, "{{n}}", vec![("body", "text_place_unknown", "{{n}}")]),
        (fine, "{{has_replacement}}", vec![("body", "text_place_is_condition", "{{has_replacement}}")]),
        (fine, "", vec![("body", "text_body_missing", "")]),
        ("", "a", vec![("subject", "text_subject_missing", ""), ("subject", "text_place_needed", "{{receipt_no}}")]),
        ("取り下げ", "a", vec![("subject", "text_place_needed", "{{receipt_no}}")]),
        ("{{#receipt_no}}a{{/receipt_no}}", "a", vec![("subject", "text_place_needed", "{{receipt_no}}")]),
        ("{{receipt_no}}{{role_name}}", "a", vec![("subject", "text_place_private", "{{role_name}}")]),
        ("{{receipt_no}}{{old_serial}}", "a", vec![("subject", "text_place_private", "{{old_serial}}")]),
        ("{{receipt_no}}{{#role_name}}a{{/role_name}}", "a", vec![]),
        ("{{receipt_no}}\u{7}", "a", vec![("subject", "text_letter_unfit", "")]),
        (fine, "a\u{202E}b", vec![("body", "text_letter_unfit", "")]),
    ] {
        let refused: Vec<_> = refused.into_iter().map(|(field, code, about)| (field, code, about.to_owned())).collect();
        assert_eq!(refusals(subject, body), refused, "{subject} / {body}");
    }
}

#[test]
fn a_text_has_its_limits() {
    let codes =
        |subject: &str, body: &str| refusals(subject, body).into_iter().map(|(_, code, _)| code).collect::<Vec<_>>();
    let number = "{{receipt_no}}";
    let long = |length: usize| format!("{number}{}", "a".repeat(length - number.len()));
    assert_eq!(codes(&long(120), &"あ".repeat(10_000)), Vec::<&str>::new());
    assert_eq!(codes(&long(121), "a"), ["text_subject_too_long"]);
    assert_eq!(codes(number, &"あ".repeat(10_001)), ["text_body_too_long"]);
    assert_eq!(codes(number, &["a"; 300].join("\n")), Vec::<&str>::new());
    assert_eq!(codes(number, &["a"; 301].join("\n")), ["text_body_too_long"]);
}

#[test]
fn an_invitation_is_no_good_without_its_link() {
    let read = |body: &str| read(TextKey::Mail(MailKind::CustomerInvited), &Draft::typed("ご案内", body));
    assert!(read("{{url}}").is_ok());
    assert_eq!(read("{{until}}").unwrap_err()[0].code, "text_place_needed");
}

#[test]
fn the_caller_never_names_the_reception_number() {
    for key in TextKey::of(Family::CallScripts) {
        assert!(places(key).iter().all(|place| place.name != "receipt_no"), "{key}");
    }
}

#[test]
fn what_is_typed_loses_white_space_at_its_ends() {
    let draft = Draft::typed(" 件名 ", "\r\n\r\n一　\r\n\r\n　二 \n\n");
    assert_eq!(draft, Draft { subject: "件名".to_owned(), body: "一\n\n　二".to_owned() });
}

#[test]
fn a_script_is_read_step_by_step() {
    let step = |say: &str, note: &str| Step { say: say.to_owned(), note: note.to_owned() };
    assert_eq!(steps("一。\n二。\n\n\n※注意\n三。\n"), [step("一。二。", ""), step("三。", "注意")]);
    let read = situations("前置き\n■ 不在\n一。\n\n■留守番電話\n二。\n三。");
    let expected = [("不在", "一。"), ("留守番電話", "二。三。")];
    assert_eq!(read, expected.map(|(name, say)| (name.to_owned(), say.to_owned())));
}

#[test]
fn each_situation_has_a_name_and_something_to_say() {
    for (body, code) in [
        ("■ 不在\n一。", None),
        ("一。\n■ 不在\n二。", Some("text_situation_unnamed")),
        ("■ 不在\n\n■ 留守番電話\n二。", Some("text_situation_empty")),
        ("■\n二。", Some("text_situation_empty")),
    ] {
        let problems = read(TextKey::Situations, &Draft::typed("", body)).err().unwrap_or_default();
        assert_eq!(problems.first().map(|problem| problem.code), code, "{body}");
    }
}

#[test]
fn the_version_that_began_last_counts() {
    let day = |day: u32| NaiveDate::from_ymd_opt(2026, 11, day).unwrap();
    let (first, planned, hasty) = ((1, day(20)), (2, day(28)), (3, day(24)));
    for (versions, today, counts) in [
        (vec![], 24, None),
        (vec![first], 19, None),
        (vec![first], 20, Some(1)),
        (vec![first, planned], 27, Some(1)),
        (vec![first, planned], 28, Some(2)),
        // Saved later for an earlier day: what was planned comes all the same.
        (vec![first, planned, hasty], 24, Some(3)),
        (vec![first, planned, hasty], 28, Some(2)),
        (vec![first, (2, day(20))], 20, Some(2)),
    ] {
        assert_eq!(in_force(versions.clone(), day(today)), counts, "{versions:?} on {today}");
    }
}

#[test]
fn what_differs_is_told_line_by_line() {
    use Change::{Added, Gone, Same};
    for (before, after, expected) in [
        ("", "", vec![]),
        ("一\n二", "一\n二", vec![(Same, "一"), (Same, "二")]),
        ("一\n二\n三", "一\n弐\n三", vec![(Same, "一"), (Gone, "二"), (Added, "弐"), (Same, "三")]),
        ("一", "", vec![(Gone, "一")]),
        ("", "一", vec![(Added, "一")]),
        ("一\n二\n三", "二\n三\n四", vec![(Gone, "一"), (Same, "二"), (Same, "三"), (Added, "四")]),
    ] {
        assert_eq!(diff::lines(before, after), expected, "{before} → {after}");
    }
}

#[test]
fn every_text_is_found_by_its_name() {
    for key in TextKey::all() {
        assert_eq!(key.as_str().parse(), Ok(key));
    }
    assert_eq!("nothing".parse::<TextKey>().unwrap_err().code, "text_not_found");
}
