//! Made-up contents of 設置の確認: the setting, the sites of a case, and the click while the old certificate is in use.

use askama::Template;

use revocation_desk::domain::certificate::Fingerprint;
use revocation_desk::domain::installation::{Hindrance, Seen};
use revocation_desk::domain::problem::Problem;
use revocation_desk::domain::role::Role;
use revocation_desk::messages::Texts;
use revocation_desk::models::installation::{self, Look};
use revocation_desk::views::chrome::{Chrome, Place};
use revocation_desk::views::desk::case::{CasePage, LeaseBanner, Side, Warning};
use revocation_desk::views::desk::revocation::{OldInUse, RevocationPage};
use revocation_desk::views::desk::settings::VersionRow;
use revocation_desk::views::desk::settings::rules::{InstallationPage, TypedField};
use revocation_desk::views::form::{Choice, FieldErrors};
use revocation_desk::views::installation::{Again, Sites, old_names};
use revocation_desk::views::parts::{Link, Tone};

use crate::samples::{at, case, chrome, confirmed, guard, label, revocation};

const T: Texts = Texts::JA;
const NAMES: &str = "shop.example.jp\nwww.shop.example.jp\npay.example.jp\nintra.example.jp";

pub fn all() -> Vec<(&'static str, askama::Result<String>)> {
    let out_of_range = Problem::on("hours_between_looks", "setting_out_of_range").with("from", 1).with("to", 168);
    let no_ports = Problem::on("ports", "ports_missing");
    let not_told = Problem::on("old_in_use_told", "old_in_use_not_told");
    vec![
        ("settings-installation", settings(T, false, &[]).render()),
        ("settings-installation-on", settings(T, true, &[]).render()),
        ("settings-installation-refused", settings(T, true, &[no_ports, out_of_range]).render()),
        ("settings-installation-english", settings(Texts::EN, true, &[]).render()),
        ("case-old-in-use", case_page(&looks(Seen::Old)).render()),
        ("case-installed", case_page(&looks(Seen::New)).render()),
        ("case-not-looked-at", case_page(&[]).render()),
        ("revocation-old-in-use", click(true, &[]).render()),
        ("revocation-old-in-use-refused", click(true, &[not_told]).render()),
        ("revocation-old-in-use-override", click(false, &[]).render()),
    ]
}

fn looks(shop: Seen) -> Vec<Look> {
    let look = |name: &str, seen: Seen| Look {
        case_id: 1,
        name: name.to_owned(),
        seen,
        port: (seen != Seen::Unreachable).then_some(443),
        sha256: (seen != Seen::Unreachable).then(|| Fingerprint::of(name.as_bytes())),
        hindrance: (seen == Seen::Unreachable).then_some(Hindrance::NotPublic),
        looked_at: at(9, 0),
    };
    vec![
        look("intra.example.jp", Seen::Unreachable),
        look("pay.example.jp", Seen::New),
        look("shop.example.jp", shop),
        look("www.shop.example.jp", Seen::Other),
    ]
}

fn case_page(looks: &[Look]) -> CasePage {
    let summary = installation::summary(looks);
    let again = Again { href: "/desk/cases/RQ-260806-0182/installation".to_owned(), csrf: "c".to_owned() };
    let mut page = case(Side::Panel(confirmed()), LeaseBanner::None);
    page.certificates.sites = Some(Sites::new(T, looks, summary.as_ref(), NAMES, Some(again)));
    if summary.is_some_and(|summary| summary.standing.is_old_in_use()) {
        page.warnings.push(Warning { text: warning(looks), link: Link::new("#sites", T.s("installation.to_sites")) });
    }
    page
}

fn warning(looks: &[Look]) -> String {
    T.f("installation.warning", &[("names", &old_names(T, looks)), ("at", &"11/24 09:00")])
}

fn click(must_tell: bool, problems: &[Problem]) -> RevocationPage {
    let old_in_use = OldInUse { warning: warning(&looks(Seen::Old)), must_tell, told: false };
    RevocationPage { old_in_use: Some(old_in_use), ..revocation(problems, "7c3a") }
}

fn settings(t: Texts, on: bool, problems: &[Problem]) -> InstallationPage {
    let switch = |value: &'static str, chosen: bool| {
        Choice::new(value, t.s(&format!("settings.installation.value.{value}")), chosen)
    };
    let field = |name: &'static str, value: &str| TypedField {
        name,
        label: t.s(&format!("settings.installation.field.{name}")),
        hint: t.s(&format!("settings.installation.hint.{name}")),
        value: value.to_owned(),
        kind: "text",
        mode: "numeric",
        needed: true,
    };
    let fact = |key: &str, value: &str| (t.s(&format!("settings.installation.{key}")).to_owned(), value.to_owned());
    let facts = vec![fact("waiting", "243"), fact("looked_at", "240"), fact("old", "17")];
    InstallationPage {
        chrome: Chrome { t, role: Role::Admin, ..chrome(Place::Settings) },
        guard: guard(),
        switch: vec![switch("off", !on), switch("on", on)],
        fields: vec![field("ports", "443"), field("hours_between_looks", "24")],
        facts: if on { facts } else { Vec::new() },
        history: vec![VersionRow {
            at: "11/20(金) 17:42".to_owned(),
            by: "管理 恵".to_owned(),
            effective_on: "2026/11/20(金)".to_owned(),
            reason: "お客様への案内のため".to_owned(),
            status: label("circle-check", Tone::Ok, "適用中"),
        }],
        errors: FieldErrors::of(t, problems),
    }
}
