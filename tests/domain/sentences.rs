//! Every refusal and explanation of the rules of filing has its sentence, and the sentence gets every fact it names.

use std::collections::BTreeSet;

use revocation_desk::domain::application::{
    CrlReason, FilingChannel, Ineligibility, OpenCase, ReexaminationNeeded, ReissueReason, RequestedDate,
    check_requested_on, parse_requested_on, revocation_reason,
};
use revocation_desk::domain::calendar::{Calendar, decode_cabinet_office_csv, parse_cabinet_office_csv};
use revocation_desk::domain::problem::Problem;
use revocation_desk::domain::reception_number::ReceptionNumber;
use revocation_desk::domain::validity::{ValidityPolicy, replacement_validity};

use crate::days::day;

const SENTENCES: &str = include_str!("../../views/messages/ja/domain.toml");

#[test]
fn each_problem_has_one_sentence_whose_blanks_are_all_filled() {
    let sentences: toml::Table = SENTENCES.parse().unwrap();
    let sentences = sentences["problem"].as_table().unwrap();
    let problems = every_problem();

    for problem in &problems {
        let sentence = sentences.get(problem.code).unwrap_or_else(|| panic!("no sentence for {}", problem.code));
        let filled = problem.params.iter().fold(sentence.as_str().unwrap().to_owned(), |text, (name, value)| {
            text.replace(&format!("{{{name}}}"), value)
        });
        assert!(!filled.contains('{'), "{}: {filled}", problem.code);
        assert!(filled.ends_with('。'), "{}: {filled}", problem.code);
    }
    let codes: BTreeSet<&str> = problems.iter().map(|problem| problem.code).collect();
    let written: BTreeSet<&str> = sentences.keys().map(String::as_str).collect();
    assert_eq!(written, codes, "sentences nobody needs");
}

fn every_problem() -> Vec<Problem> {
    [reasons_and_numbers(), ineligibilities(), requested_dates(), validities(), holiday_files()].concat()
}

fn reasons_and_numbers() -> Vec<Problem> {
    vec![
        "RQ".parse::<ReceptionNumber>().unwrap_err(),
        "".parse::<ReissueReason>().unwrap_err(),
        "x".parse::<ReissueReason>().unwrap_err(),
        "x".parse::<CrlReason>().unwrap_err(),
        "x".parse::<FilingChannel>().unwrap_err(),
        revocation_reason(ReissueReason::KeyLostOrDamaged, None).unwrap_err(),
    ]
}

fn ineligibilities() -> Vec<Problem> {
    let date = day("2026-11-24");
    let open = OpenCase { reception_number: ReceptionNumber::new(date, 1), filed_on: date };
    let all = [
        Ineligibility::NotOwned,
        Ineligibility::NotOrganisationValidated,
        Ineligibility::NotYetValid { valid_from: date },
        Ineligibility::Expired { last_day: date },
        Ineligibility::Revoked,
        Ineligibility::IssuedRecently { first_day: date },
        Ineligibility::CaseInProgress(open),
        Ineligibility::SymbolsOnlyUnit { unit: "-".to_owned() },
    ];
    let mut problems: Vec<Problem> = all.iter().map(Ineligibility::problem).collect();
    problems.push(ReexaminationNeeded { validation_expired_on: date }.problem());
    problems
}

fn requested_dates() -> Vec<Problem> {
    let calendar = Calendar::shipped().with_closure(day("2026-06-10"), "創立記念日");
    let refused = [
        ("2026-11-23", "2026-11-24", "2026-11-29"),
        ("2026-11-30", "2026-11-24", "2026-11-29"),
        ("2026-11-30", "2026-11-30", "2026-11-29"),
        ("2026-11-28", "2026-11-24", "2026-11-29"),
        ("2026-11-28", "2026-11-28", "2026-11-29"),
    ]
    .map(|(requested, today, last)| check_requested_on(day(requested), day(today), day(last), &calendar).unwrap_err());
    let explained = ["2026-11-28", "2026-09-22", "2026-12-30", "2026-06-10", "2028-01-05"].map(|requested| {
        let requested_on = day(requested);
        RequestedDate { requested_on, due_on: calendar.due_on(requested_on) }.explanations(&calendar)
    });
    let mut problems = explained.concat();
    problems.extend(refused);
    problems.extend(["", "x"].map(|typed| parse_requested_on(typed).unwrap_err()));
    problems
}

fn validities() -> Vec<Problem> {
    let policy = ValidityPolicy::shipped();
    vec![
        replacement_validity(&policy, day("2018-02-28"), day("2019-01-01")).unwrap_err(),
        replacement_validity(&policy, day("2022-01-02"), day("2022-01-01")).unwrap_err(),
        ValidityPolicy::new(Vec::new()).unwrap_err(),
    ]
}

fn holiday_files() -> Vec<Problem> {
    let header = "国民の祝日・休日月日,国民の祝日・休日名称\n";
    let bad_rows = format!("{header}2026/1/1,元日\n2026/1/1,元日\n2026/13/1,x\n2026/1/2\n2026/1/3,\n");
    let mut problems = vec![decode_cabinet_office_csv(&[0x81, 0xFF]).unwrap_err()];
    for text in ["", header, &bad_rows] {
        problems.extend(parse_cabinet_office_csv(text).unwrap_err());
    }
    problems
}
