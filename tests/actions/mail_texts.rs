//! Every mail as the customer reads it.

use chrono::{DateTime, NaiveDate, TimeZone, Utc};
use revocation_desk::domain::application::ReissueReason;
use revocation_desk::domain::calendar::jst;
use revocation_desk::domain::call::CallOutcome;
use revocation_desk::domain::call_band::CallBand;
use revocation_desk::domain::certificate::ValidationType;
use revocation_desk::domain::contact::ContactRole;
use revocation_desk::domain::mail::{ComposedMail, MailKind, Recipient};
use revocation_desk::domain::reception_number::ReceptionNumber;
use revocation_desk::domain::text::{TextBook, TextFault};
use revocation_desk::mail::{
    AccountLetter, AccountOccasion, CallInVain, Callee, CaseLetter, CertificateFacts, Failure, Occasion, Performer,
    ReissueAgain, Words, compose, compose_account,
};
use revocation_desk::settings::Desk;

#[test]
fn each_mail_reads_as_agreed() {
    for occasion in occasions() {
        let name = occasion.kind().as_str();
        insta::assert_snapshot!(format!("{name}_ov"), shown(&composed(&occasion, &ov()).unwrap()));
        insta::assert_snapshot!(format!("{name}_ev"), shown(&composed(&occasion, &ev()).unwrap()));
    }
}

#[test]
fn there_is_an_occasion_here_for_every_kind_of_mail() {
    // Not about a case, with tests of their own.
    const OTHERS: [MailKind; 5] = [
        MailKind::ContactProposalReceived,
        MailKind::ContactProposalArrived,
        MailKind::ContactProposalDeclined,
        MailKind::FormRequestReceived,
        MailKind::FormRequested,
    ];
    let mut kinds: Vec<MailKind> = occasions().iter().map(Occasion::kind).chain(OTHERS).collect();
    kinds.extend(account_occasions().iter().map(AccountOccasion::kind));
    kinds.push(MailKind::Alarm);
    assert_eq!(kinds, MailKind::ALL);
}

#[test]
fn each_mail_about_an_account_reads_as_agreed() {
    for occasion in account_occasions() {
        let mail = as_shipped(|words| compose_account(&occasion, &account("例示商事株式会社"), words)).unwrap();
        insta::assert_snapshot!(occasion.kind().as_str(), shown(&mail));
        assert_eq!(letters_of_html(&mail.html), letters(&mail.text), "{:?}", mail.kind);
        assert!(!mail.subject.contains("hana") && !mail.subject.contains("例文"), "{}", mail.subject);
        for line in mail.text.lines().filter(|line| !is_one_value(line)) {
            assert!(columns(line) <= 70, "{:?}: {} columns: {line}", mail.kind, columns(line));
        }
    }
}

#[test]
fn a_mail_about_an_account_takes_no_markup_from_its_facts() {
    for occasion in account_occasions() {
        let letter = account("例示\n商事<script>alert(1)</script>");
        let mail = as_shipped(|words| compose_account(&occasion, &letter, words)).unwrap();
        assert!(!mail.html.contains("<script"), "{}", mail.html);
        assert!(mail.text.starts_with("例示 商事"), "{}", mail.text);
    }
}

fn account_occasions() -> Vec<AccountOccasion> {
    let url = format!("https://portal.example.com/portal/password/{}", "Ab1_-".repeat(8));
    vec![
        AccountOccasion::Invited { url: url.clone(), until: at(10, 0) },
        AccountOccasion::PasswordReset { url, until: at(11, 0) },
        AccountOccasion::PasswordChanged { at: at(10, 24) },
    ]
}

fn account(company: &str) -> AccountLetter {
    let to = Recipient::new("例文 花", "hana@example.jp").unwrap();
    AccountLetter { company: company.to_owned(), to, login: "hana".to_owned() }
}

#[test]
fn a_completion_that_no_call_permitted_does_not_claim_one() {
    let revoked_at = at(10, 27);
    let letter = CaseLetter { replacement: None, reissue_again: None, ..ov() };
    let mail = composed(&Occasion::RevocationCompleted { revoked_at, confirmed_by_phone: false }, &letter);
    insta::assert_snapshot!("revocation_completed_without_call_or_replacement", shown(&mail.unwrap()));
}

#[test]
fn after_a_key_compromise_no_mail_speaks_of_a_date_or_a_call() {
    let received = CaseLetter { replacement: None, reissue_again: None, key_compromise: true, ..ov() };
    let mail = composed(&Occasion::ApplicationReceived, &received).unwrap();
    insta::assert_snapshot!("application_received_key_compromise", shown(&mail));
    let issued = CaseLetter { key_compromise: true, ..ov() };
    let mail = composed(&Occasion::ReplacementIssued, &issued).unwrap();
    insta::assert_snapshot!("replacement_issued_key_compromise", shown(&mail));
}

#[test]
fn a_date_that_falls_on_a_day_off_is_explained() {
    let letter = CaseLetter { requested_on: day(2026, 11, 23), due_on: day(2026, 11, 24), ..ov() };
    let text = composed(&Occasion::ReplacementIssued, &letter).unwrap().text;
    assert!(text.contains("　失効希望日　　　2026年11月23日(月)\n　失効予定日　　　2026年11月24日(火)\n"), "{text}");
    assert!(text.contains("失効希望日は窓口の休業日のため、次の営業日に失効します。"), "{text}");
}

#[test]
fn the_desk_is_named_when_it_acted_for_the_customer() {
    let mail = composed(&Occasion::Withdrawn { by: Performer::Desk }, &ov()).unwrap();
    assert!(mail.text.contains("　お手続きした方　例示認証局サービスデスク\n"), "{}", mail.text);
}

#[test]
fn no_line_is_wider_than_35_full_width_characters() {
    for occasion in occasions() {
        for letter in [ov(), ev(), long_winded()] {
            let mail = composed(&occasion, &letter).unwrap();
            for line in mail.text.lines().filter(|line| !is_one_value(line)) {
                assert!(columns(line) <= 70, "{:?}: {} columns: {line}", mail.kind, columns(line));
            }
        }
    }
}

#[test]
fn urls_and_certificate_values_are_never_split() {
    let letter = long_winded();
    for occasion in occasions() {
        let text = composed(&occasion, &letter).unwrap().text;
        let kind = occasion.kind();
        let values = [&letter.portal_url, &letter.common_name, &letter.source.serial.colon_separated()];
        for value in values {
            let start: String = value.chars().take(12).collect();
            assert_eq!(text.contains(&start), text.contains(value.as_str()), "{kind:?} splits {value}:\n{text}");
        }
    }
}

#[test]
fn a_subject_never_holds_a_name_a_number_or_a_serial() {
    for occasion in occasions() {
        let letter = ev();
        let subject = composed(&occasion, &letter).unwrap().subject;
        assert!(subject.contains("RQ-260806-0182"), "{subject}");
        for secret in ["例田", "例文", "4182", "例示商事", "shop.example.jp", "4a:91"] {
            assert!(!subject.contains(secret), "{subject}");
        }
    }
}

#[test]
fn a_mail_shows_four_digits_of_a_telephone_number_at_most() {
    for occasion in occasions() {
        let mail = composed(&occasion, &ev()).unwrap();
        let shown = [mail.text.as_str(), mail.html.as_str()].concat();
        assert!(!shown.contains("03-0000-4182"));
    }
}

#[test]
fn the_html_part_says_the_same_as_the_text_part() {
    for occasion in occasions() {
        for letter in [ov(), ev()] {
            let mail = composed(&occasion, &letter).unwrap();
            assert_eq!(letters_of_html(&mail.html), letters(&mail.text), "{:?}", mail.kind);
        }
    }
}

#[test]
fn facts_cannot_add_lines_or_markup() {
    let letter = CaseLetter {
        company: "例示\n商事\u{202E}株式会社<script>alert(1)</script>".to_owned(),
        common_name: "a.example.jp\r\nBcc: x@example.com".to_owned(),
        ..ov()
    };
    for occasion in occasions() {
        let mail = composed(&occasion, &letter).unwrap();
        assert!(!mail.text.contains('\u{202E}') && !mail.html.contains('\u{202E}'));
        assert!(!mail.text.lines().any(|line| line.starts_with("Bcc:")), "{}", mail.text);
        assert!(!mail.html.contains("<script"), "{}", mail.html);
        assert!(!mail.subject.chars().any(char::is_control));
    }
}

/// With the texts as shipped.
pub fn as_shipped<T>(compose: impl FnOnce(Words<'_>) -> T) -> T {
    compose(Words { desk: &desk(), texts: &TextBook::default() })
}

fn composed(occasion: &Occasion, letter: &CaseLetter) -> Result<ComposedMail, TextFault> {
    as_shipped(|words| compose(occasion, letter, words))
}

fn occasions() -> Vec<Occasion> {
    let in_vain = |hour, minute, outcome| CallInVain { at: at(hour, minute), outcome };
    let by = Performer::Contact { role: ContactRole::ProcedureContact, name: "例文 花".to_owned() };
    vec![
        Occasion::ApplicationReceived,
        Occasion::ReplacementIssued,
        Occasion::RevocationReminder { business_days: 5 },
        Occasion::ContactUnreached {
            calls: vec![
                in_vain(9, 14, CallOutcome::NoAnswer),
                in_vain(11, 2, CallOutcome::NoAnswer),
                in_vain(15, 40, CallOutcome::CallBack),
            ],
            reply_by: at(17, 0),
        },
        Occasion::RequestedDateChanged { before: day(2026, 11, 20), by: by.clone() },
        Occasion::Withdrawn { by },
        Occasion::RevocationCompleted { revoked_at: at(10, 27), confirmed_by_phone: true },
        Occasion::RevocationFailed(Failure {
            batch_run: Some("B-261124-1".to_owned()),
            error_code: "E-CA-TIMEOUT".to_owned(),
            error_text: "no answer within 30 s".to_owned(),
            next_attempt_at: Some(at(18, 45)),
            case_url: "https://desk.example.com/desk/cases/RQ-260806-0182".to_owned(),
        }),
        Occasion::ContactChangeNeeded { reply_by: at(17, 0) },
        Occasion::ContactChanged,
        Occasion::OldCertificateInUse { hosts: vec!["shop.example.jp".to_owned(), "www.shop.example.jp".to_owned()] },
        Occasion::KeyCompromiseNotice { revoked_by: at(16, 5) },
        Occasion::CaseExpired,
        Occasion::CallBandNoted {
            band: Some(CallBand::Morning),
            by: Performer::Customer { name: "例文 花".to_owned() },
        },
    ]
}

/// No other domain, term not shortened, one reader.
fn ov() -> CaseLetter {
    CaseLetter {
        reception_number: "RQ-260806-0182".parse::<ReceptionNumber>().unwrap(),
        company: "例示商事株式会社".to_owned(),
        to: vec![Recipient::new("例文 花", "hana@example.jp").unwrap()],
        common_name: "shop.example.jp".to_owned(),
        other_domains: 0,
        validation: ValidationType::Ov,
        key_compromise: false,
        reason: ReissueReason::ServerReplacement,
        source: certificate(&"4a91".repeat(8), day(2026, 12, 31)),
        replacement: Some(certificate(&"1f63".repeat(8), day(2026, 12, 31))),
        requested_on: day(2026, 11, 24),
        due_on: day(2026, 11, 24),
        change_until: jst(day(2026, 11, 20), 18, 0),
        callee: Callee {
            role: ContactRole::ProcedureContact,
            name: "例文 花".to_owned(),
            phone_tail: "4182".to_owned(),
        },
        portal_url: "https://portal.example.com/portal/requests/RQ-260806-0182".to_owned(),
        reissue_again: None,
    }
}

/// Two other domains, a shortened term, a serial number of 20 octets, two readers.
fn ev() -> CaseLetter {
    let replacement_last_day = day(2027, 3, 1);
    CaseLetter {
        to: vec![
            Recipient::new("例文 花", "hana@example.jp").unwrap(),
            Recipient::new("例田 一郎", "ichiro@example.jp").unwrap(),
        ],
        other_domains: 2,
        validation: ValidationType::Ev,
        reason: ReissueReason::KeyLostOrDamaged,
        source: certificate(&"4a91".repeat(10), day(2027, 5, 31)),
        replacement: Some(certificate(&"1f63".repeat(10), replacement_last_day)),
        callee: Callee {
            role: ContactRole::ApplicationResponsible,
            name: "例田 一郎".to_owned(),
            phone_tail: "4182".to_owned(),
        },
        reissue_again: Some(ReissueAgain {
            replacement_last_day,
            from: day(2026, 11, 14),
            until: None,
            entitlement_end: day(2027, 5, 31),
        }),
        ..ov()
    }
}

/// Long names everywhere.
fn long_winded() -> CaseLetter {
    let name = "髙橋﨑野川端長谷部 権左衛門之助 クリストファー";
    CaseLetter {
        company: "独立行政法人例示情報処理推進高度化研究開発機構附属証明書管理運営事業本部東日本支部".to_owned(),
        to: vec![Recipient::new(name, "hana@example.jp").unwrap()],
        common_name: format!("{}.{}.example.jp", "a".repeat(50), "b".repeat(20)),
        other_domains: 99,
        callee: Callee {
            role: ContactRole::ApplicationResponsible,
            name: name.to_owned(),
            phone_tail: "4182".to_owned(),
        },
        portal_url: format!("https://portal.example.com/portal/requests/RQ-260806-0182?{}", "x".repeat(60)),
        ..ev()
    }
}

fn certificate(serial: &str, last_day: NaiveDate) -> CertificateFacts {
    CertificateFacts { serial: serial.parse().unwrap(), last_day }
}

pub fn desk() -> Desk {
    Desk {
        company: "例示認証局株式会社".to_owned(),
        short_name: "例示認証局".to_owned(),
        service_name: "サービスデスク".to_owned(),
        staff_product: "失効デスク".to_owned(),
        portal_product: "証明書管理ポータル".to_owned(),
        telephone: "0120-000-000".to_owned(),
        hours: "平日 9:00～18:00".to_owned(),
        email: "desk@example.com".to_owned(),
        caller_number: "03-0000-0100".to_owned(),
        ct_search: None,
    }
}

fn day(year: i32, month: u32, day: u32) -> NaiveDate {
    NaiveDate::from_ymd_opt(year, month, day).unwrap()
}

/// On 2026-11-24 in Japan.
fn at(hour: u32, minute: u32) -> DateTime<Utc> {
    Utc.with_ymd_and_hms(2026, 11, 24, hour, minute, 0).unwrap() - chrono::TimeDelta::hours(9)
}

pub fn shown(mail: &ComposedMail) -> String {
    let to: Vec<&str> = mail.recipients.iter().map(Recipient::name).collect();
    format!("宛先: {}\n件名: {}\n\n{}", to.join("、"), mail.subject, mail.text)
}

/// Counted independently of the program: everything but ASCII is two columns wide here.
pub fn columns(line: &str) -> usize {
    line.chars().map(|character| if character.is_ascii() { 1 } else { 2 }).sum()
}

/// A URL, a serial number or a domain name alone on its line.
pub fn is_one_value(line: &str) -> bool {
    let value = line.trim_matches('　');
    value.is_ascii() && !value.contains(' ')
}

/// Without any white space.
pub fn letters(text: &str) -> String {
    text.chars().filter(|character| !character.is_whitespace()).collect()
}

pub fn letters_of_html(html: &str) -> String {
    let body = html.split("<body>").nth(1).unwrap();
    let visible: String = body.split('<').map(|piece| piece.split_once('>').map_or(piece, |(_, text)| text)).collect();
    letters(&visible.replace("&#38;", "&").replace("&#60;", "<").replace("&#62;", ">"))
}
