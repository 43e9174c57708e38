//! Sample pages of what the desk tells by itself.

use askama::Template;
use revocation_desk::messages::Texts;
use revocation_desk::views::chrome::Place;
use revocation_desk::views::desk::incoming::{CallerRow, IncomingCase, IncomingPage};
use revocation_desk::views::desk::kept::KeptPage;
use revocation_desk::views::parts::{StatusLabel, Tone};

use crate::samples::chrome;

pub fn all() -> Vec<(&'static str, askama::Result<String>)> {
    vec![
        ("incoming", incoming(true).render()),
        ("incoming-unknown", incoming(false).render()),
        ("kept-call", kept(true).render()),
        ("kept-form", kept(false).render()),
        ("kept-proven", proven().render()),
    ]
}

fn incoming(known: bool) -> IncomingPage {
    let t = Texts::JA;
    let person = CallerRow {
        who: "例示商事株式会社　例文 美咲様（手続き担当者）".to_owned(),
        department: "情報システム部".to_owned(),
        phone: "03-0000-4182".to_owned(),
    };
    let case = |number: &str, ev| IncomingCase {
        reception_number: number.to_owned(),
        ev,
        company: "例示商事株式会社".to_owned(),
        common_name: "www.example.co.jp".to_owned(),
        requested: "11/24(火)".to_owned(),
        status: StatusLabel { icon: "phone", tone: Tone::Wait, text: t.s("state.awaiting_call").to_owned() },
    };
    IncomingPage {
        chrome: chrome(Place::Today),
        number: "03-0000-4182".to_owned(),
        people: if known { vec![person] } else { Vec::new() },
        cases: if known { vec![case("RQ-260806-0182", false), case("RQ-260806-0183", true)] } else { Vec::new() },
        nothing: (!known).then(|| t.s("incoming.unknown_number").to_owned()),
    }
}

fn kept(is_call: bool) -> KeptPage {
    let t = Texts::JA;
    KeptPage {
        chrome: chrome(Place::Today),
        title: t.s("kept.title").to_owned(),
        lead: t.f("kept.lead", &[("time", &"11:20")]),
        is_proven: false,
        typed: vec![
            (t.s("kept.field.outcome").to_owned(), t.s("outcome.confirmed").to_owned()),
            (t.s("kept.field.note").to_owned(), "入れ替え済み。\n本日中の失効で問題なしとのこと。".to_owned()),
        ],
        is_call,
        back: "/desk/cases/RQ-260806-0182".to_owned(),
        action: "/desk/cases/RQ-260806-0182/claim".to_owned(),
        csrf: "c".to_owned(),
        fields: vec![("outcome".to_owned(), "confirmed".to_owned()), ("note".to_owned(), "入れ替え済み。".to_owned())],
    }
}

fn proven() -> KeptPage {
    let t = Texts::JA;
    KeptPage {
        title: t.s("kept.proven_title").to_owned(),
        lead: t.s("kept.proven_lead").to_owned(),
        is_proven: true,
        typed: vec![(t.s("kept.field.reason").to_owned(), "退職".to_owned())],
        back: "/desk/settings/users/2".to_owned(),
        action: "/desk/settings/users/2/disable".to_owned(),
        fields: vec![("reason".to_owned(), "退職".to_owned())],
        ..kept(false)
    }
}
