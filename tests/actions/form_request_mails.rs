//! The two mails about a form, as their readers see them.

use chrono::{NaiveDate, TimeZone, Utc};
use revocation_desk::domain::certificate::ValidationType;
use revocation_desk::domain::mail::{ComposedMail, Recipient};
use revocation_desk::mail::form_request::{FormLetter, FormReader, compose};
use revocation_desk::models::columns::DeskForm;

use crate::mail_texts::{as_shipped, columns, is_one_value, letters, letters_of_html, shown};

fn letter(form: DeskForm) -> FormLetter {
    FormLetter {
        to: vec![Recipient::new("例文 花", "hana@example.jp").unwrap()],
        company: "例示商事株式会社".to_owned(),
        reception_number: "RQ-260806-0182".parse().unwrap(),
        common_name: "shop.example.jp".to_owned(),
        other_domains: 2,
        validation: ValidationType::Ov,
        last_day: NaiveDate::from_ymd_opt(2027, 3, 1).unwrap(),
        form: form.as_str(),
        asked_by: "例文 花".to_owned(),
        asked_at: Utc.with_ymd_and_hms(2026, 11, 24, 1, 5, 0).unwrap(),
        portal_url: "https://portal.example.com/portal/certificates/RQ-260806-0182".to_owned(),
        desk_url: "https://portal.example.com/desk/mails?q=RQ-260806-0182".to_owned(),
    }
}

fn all() -> Vec<(String, ComposedMail)> {
    let mut mails = Vec::new();
    for form in DeskForm::ALL {
        for reader in [FormReader::Customer, FormReader::Desk] {
            let name = format!("{}_{}", reader.kind().as_str(), form.as_str());
            mails.push((name, as_shipped(|words| compose(reader, &letter(*form), words)).unwrap()));
        }
    }
    mails
}

#[test]
fn each_mail_reads_as_agreed() {
    for (name, mail) in all() {
        insta::assert_snapshot!(name, shown(&mail));
    }
}

#[test]
fn they_keep_the_rules_of_all_mails() {
    for (name, mail) in all() {
        assert!(mail.subject.contains("RQ-260806-0182") && !mail.subject.contains("例文"), "{}", mail.subject);
        assert_eq!(letters_of_html(&mail.html), letters(&mail.text), "{name}");
        for line in mail.text.lines().filter(|line| !is_one_value(line)) {
            assert!(columns(line) <= 70, "{name}: {} columns: {line}", columns(line));
        }
    }
}
