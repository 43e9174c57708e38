//! The words for one event of the audit log: on the page, in the table for spreadsheets and in the lines for programs.
//!
//! Owns what is hidden from those who have given no reason to see personal data. A record that this program does not know
//! is shown as it is stored.

use std::collections::HashMap;

use serde_json::{Map, Value, json};

use super::audit::of_actor;
use crate::domain::audit::{Upshot, is_personal, masked_address};
use crate::domain::case::CaseState;
use crate::messages::{Texts, dates};
use crate::models::audit_events::AuditEvent;
use crate::views::parts::{Link, StatusLabel, Tone};
use crate::views::sheet;

/// What stands for a hidden value in files.
const HIDDEN: &str = "***";

/// One row of the log.
#[derive(Debug, Clone)]
pub struct AuditRow {
    pub sequence: i64,
    pub at: String,
    pub at_machine: String,
    /// Leads to everything this actor did.
    pub actor: Link,
    pub action: String,
    pub subject: Subject,
    pub change: Option<Change>,
    pub facts: Vec<(String, String)>,
    pub address: String,
    pub upshot: StatusLabel,
    pub hash: String,
}

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Subject {
    pub label: String,
    pub href: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    pub before: String,
    pub after: String,
}

/// What the keys in events stand for.
#[derive(Debug, Clone, Default)]
pub struct Names {
    /// `staff:12`, `token:3`, `customer:5`
    pub people: HashMap<String, String>,
    /// Reception numbers of cases.
    pub cases: HashMap<i64, String>,
}

/// How events are told.
#[derive(Debug, Clone, Copy)]
pub struct Teller<'a> {
    pub t: Texts,
    pub names: &'a Names,
    /// Without personal data.
    pub masked: bool,
}

impl Teller<'_> {
    pub fn row(&self, event: &AuditEvent) -> AuditRow {
        let facts = event.facts();
        AuditRow {
            sequence: event.sequence,
            at: dates::milliseconds(self.t, event.at),
            at_machine: dates::machine(event.at),
            actor: Link::new(of_actor(&event.actor), self.actor(&event.actor)),
            action: self.action(&event.action),
            subject: self.subject(event),
            change: self.change(&facts),
            facts: self.facts(&facts),
            address: self.address(event),
            upshot: self.upshot(&event.action),
            hash: event.hash.clone(),
        }
    }

    pub fn actor(&self, key: &str) -> String {
        let (kind, id) = key.split_once(':').unwrap_or((key, ""));
        let known = self.names.people.get(key).filter(|_| !(self.masked && kind == "customer"));
        match (known, self.t.get(&format!("audit.actor.{kind}"))) {
            (Some(name), _) if kind == "staff" => name.clone(),
            (Some(name), Some(word)) => self.t.f("audit.named", &[("kind", &word), ("name", name)]),
            (None, Some(word)) if !id.is_empty() => self.t.f("audit.numbered", &[("kind", &word), ("id", &id)]),
            (None, Some(word)) => word.to_owned(),
            (_, None) => key.to_owned(),
        }
    }

    pub fn action(&self, action: &str) -> String {
        self.t.get(&format!("audit.action.{action}")).unwrap_or(action).to_owned()
    }

    fn upshot(&self, action: &str) -> StatusLabel {
        let upshot = Upshot::of(action);
        let (icon, tone) = match upshot {
            Upshot::Done => ("circle-check", Tone::Ok),
            Upshot::Declined => ("ban", Tone::Hold),
            Upshot::Failed => ("triangle-alert", Tone::Bad),
        };
        StatusLabel { icon, tone, text: self.t.s(&format!("audit.upshot.{}", upshot.as_str())).to_owned() }
    }

    fn subject(&self, event: &AuditEvent) -> Subject {
        if let Some(number) = event.case_id.and_then(|id| self.names.cases.get(&id)) {
            return Subject { label: number.clone(), href: Some(format!("/desk/cases/{number}")) };
        }
        let (kind, id) = event.subject.split_once(':').unwrap_or((event.subject.as_str(), ""));
        let href = match kind {
            "batch_run" => Some(format!("/desk/batches/{id}")),
            "message" => Some(format!("/desk/mails/{id}")),
            _ => None,
        };
        // An account of the staff is the person.
        let label = match (kind, self.t.get(&format!("audit.subject.{kind}"))) {
            ("user", _) => self.actor(&format!("staff:{id}")),
            ("customer" | "token", _) => self.actor(&event.subject),
            (_, Some(word)) if id.is_empty() => word.to_owned(),
            (_, Some(word)) => self.t.f("audit.numbered", &[("kind", &word), ("id", &id)]),
            (_, None) => event.subject.clone(),
        };
        Subject { label, href }
    }

    fn address(&self, event: &AuditEvent) -> String {
        match (&event.address, self.masked) {
            (Some(address), true) => masked_address(address),
            (Some(address), false) => address.clone(),
            (None, _) => String::new(),
        }
    }

    /// From state to state where it moved, else the value that was changed.
    fn change(&self, facts: &Value) -> Option<Change> {
        let state = |name: &str| {
            let state: CaseState = facts.get(name)?.as_str()?.parse().ok()?;
            Some(self.t.s(&format!("state.{}", state.as_str())).to_owned())
        };
        let values = [facts.get("with"), Some(facts)].into_iter().flatten();
        let mut values = values.filter(|part| part.get("after").is_some());
        let changed = values.next().map(|part| {
            let value = |name: &str| self.value("value", part.get(name).unwrap_or(&Value::Null));
            Change { before: value("before"), after: value("after") }
        });
        let moved = state("from").zip(state("to")).map(|(before, after)| Change { before, after });
        changed.or(moved.filter(|change| change.before != change.after))
    }

    /// Everything else that was recorded, in the order of its names.
    fn facts(&self, facts: &Value) -> Vec<(String, String)> {
        let mut told = Vec::new();
        self.collect(facts, &mut told);
        told
    }

    fn collect(&self, facts: &Value, told: &mut Vec<(String, String)>) {
        for (name, value) in facts.as_object().into_iter().flatten() {
            let of_change = matches!(name.as_str(), "before" | "after") || is_state(name, value);
            match value {
                Value::Object(_) => self.collect(value, told),
                Value::Null => {}
                _ if of_change => {}
                _ => {
                    let label = self.t.get(&format!("audit.fact.{name}")).unwrap_or(name);
                    told.push((label.to_owned(), self.value(name, value)));
                }
            }
        }
    }

    fn value(&self, name: &str, value: &Value) -> String {
        let text = match value {
            Value::Null => return self.t.s("audit.nothing").to_owned(),
            Value::Array(items) => {
                return items.iter().map(|item| self.value(name, item)).collect::<Vec<_>>().join(", ");
            }
            Value::String(text) if self.masked && is_personal(name, text) => {
                return self.t.s("audit.hidden").to_owned();
            }
            Value::String(text) => text.clone(),
            Value::Object(part) if part.contains_key("after") => {
                let of = |name: &str| self.value("value", part.get(name).unwrap_or(&Value::Null));
                let field = part.get("field").and_then(Value::as_str).unwrap_or_default();
                return format!("{field} {} → {}", of("before"), of("after")).trim_start().to_owned();
            }
            Value::Object(_) => {
                let mut shown = value.clone();
                if self.masked {
                    hide(name, &mut shown);
                }
                shown.to_string()
            }
            Value::Bool(_) | Value::Number(_) => value.to_string(),
        };
        let mut words = WORDS.iter().filter(|(of, _)| *of == name);
        let word = words.find_map(|(_, group)| self.t.get(&format!("{group}.{text}")));
        word.map_or_else(|| dates::readable(self.t, &text), str::to_owned)
    }

    /// One line for a spreadsheet.
    pub fn sheet_line(&self, event: &AuditEvent) -> String {
        let row = self.row(event);
        let facts: Vec<String> = row.facts.iter().map(|(name, value)| format!("{name}: {value}")).collect();
        let change = row.change.unwrap_or(Change { before: String::new(), after: String::new() });
        sheet::line([
            row.sequence.to_string(),
            dates::sheet_instant(event.at),
            row.actor.label,
            event.actor.clone(),
            row.action,
            event.action.clone(),
            row.subject.label,
            change.before,
            change.after,
            facts.join(" / "),
            row.address,
            row.upshot.text,
            row.hash,
        ])
    }

    pub fn sheet_head(&self) -> String {
        sheet::MARK.to_owned() + &sheet::line(COLUMNS.map(|column| self.t.s(&format!("audit.column.{column}"))))
    }

    /// One line for a program: with nothing hidden, the hash can be computed from it again.
    pub fn json_line(&self, event: &AuditEvent) -> String {
        let mut facts = event.facts();
        if self.masked {
            hide("", &mut facts);
        }
        let line = json!({
            "sequence": event.sequence,
            "at": event.at,
            "actor": event.actor,
            "action": event.action,
            "subject": event.subject,
            "reception_number": event.case_id.and_then(|id| self.names.cases.get(&id)),
            "case_id": event.case_id,
            "detail": facts,
            "address": event.address.as_deref().map(|_| self.address(event)),
            "masked": self.masked,
            "hash": event.hash,
        });
        line.to_string() + "\n"
    }
}

/// Long digests by their beginning; files have them whole.
pub fn abridged(value: &str) -> String {
    if value.len() == 64 && value.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        format!("{}…", &value[..12])
    } else {
        value.to_owned()
    }
}

const COLUMNS: [&str; 13] = [
    "sequence",
    "at",
    "actor",
    "actor_key",
    "action",
    "action_key",
    "subject",
    "before",
    "after",
    "facts",
    "address",
    "upshot",
    "hash",
];

/// Facts whose values have words, and the group of texts that has them.
const WORDS: [(&str, &str); 10] = [
    ("seen", "audit.installation"),
    ("outcome", "outcome"),
    ("hold_reason", "hold_reason"),
    ("role", "role"),
    ("role", "contact_role"),
    ("reason", "mail.reason"),
    ("value", "call_band"),
    ("channel", "audit.channel"),
    ("action", "audit.action"),
    ("form", "audit.form"),
];

fn is_state(name: &str, value: &Value) -> bool {
    matches!(name, "from" | "to") && value.as_str().is_some_and(|text| text.parse::<CaseState>().is_ok())
}

fn hide(name: &str, value: &mut Value) {
    match value {
        Value::String(text) if is_personal(name, text) => HIDDEN.clone_into(text),
        Value::Array(items) => items.iter_mut().for_each(|item| hide(name, item)),
        Value::Object(facts) => hide_all(facts),
        Value::String(_) | Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

fn hide_all(facts: &mut Map<String, Value>) {
    for (name, value) in facts {
        hide(name, value);
    }
}

#[cfg(test)]
mod tests {
    use chrono::{TimeZone, Utc};

    use super::*;

    fn event(action: &str, subject: &str, detail: &Value) -> AuditEvent {
        AuditEvent {
            sequence: 7,
            at: Utc.with_ymd_and_hms(2026, 11, 24, 1, 20, 0).unwrap(),
            actor: "customer:5".to_owned(),
            action: action.to_owned(),
            subject: subject.to_owned(),
            case_id: Some(17),
            detail: detail.to_string(),
            address: Some("192.0.2.80".to_owned()),
            hash: "ab".repeat(32),
        }
    }

    fn names() -> Names {
        Names {
            people: HashMap::from([
                ("customer:5".to_owned(), "例文 花".to_owned()),
                ("staff:3".to_owned(), "責任 任".to_owned()),
            ]),
            cases: HashMap::from([(17, "RQ-261124-0001".to_owned())]),
        }
    }

    fn told(masked: bool, event: &AuditEvent) -> AuditRow {
        let names = names();
        Teller { t: Texts::JA, names: &names, masked }.row(event)
    }

    #[test]
    fn a_step_of_a_case_tells_what_it_was_before_and_after() {
        for (detail, change) in [
            (json!({"from": "awaiting_call", "to": "confirmed"}), Some(("電話の確認待ち", "確認済み・実行待ち"))),
            (json!({"from": "awaiting_call", "to": "awaiting_call"}), None),
            (
                json!({"from": "awaiting_call", "to": "awaiting_call", "with": {"before": "2026-11-24", "after": "2026-12-08"}}),
                Some(("2026年11月24日(火)", "2026年12月8日(火)")),
            ),
            (json!({"before": null, "after": "morning"}), Some(("なし", "午前（9:00～12:00）"))),
            (json!({"from": "2026-11-01", "to": "2026-11-24"}), None),
            (json!({}), None),
        ] {
            let row = told(false, &event("date_changed", "case:17", &detail));
            let seen = row.change.as_ref().map(|change| (change.before.as_str(), change.after.as_str()));
            assert_eq!(seen, change, "{detail}");
        }
    }

    #[test]
    fn without_a_reason_people_stay_unnamed_and_what_they_wrote_stays_hidden() {
        let withdrawn = event("withdrawn", "case:17", &json!({"with": {"ground": "花さんの電話", "call": 3}}));
        let open = told(false, &withdrawn);
        assert_eq!((open.actor.label.as_str(), open.address.as_str()), ("お客様　例文 花", "192.0.2.80"));
        assert!(open.facts.iter().any(|(_, value)| value == "花さんの電話"), "{:?}", open.facts);
        let masked = told(true, &withdrawn);
        assert_eq!((masked.actor.label.as_str(), masked.address.as_str()), ("お客様 #5", "192.0.2.***"));
        assert!(masked.facts.iter().all(|(_, value)| !value.contains('花')), "{:?}", masked.facts);
        assert!(masked.facts.iter().any(|(_, value)| value == "3"), "{:?}", masked.facts);
    }

    #[test]
    fn files_hide_what_the_page_hides() {
        let names = names();
        let withdrawn = event(
            "withdrawn",
            "case:17",
            &json!({"with": {"ground": "花さんの電話"}, "list": ["花さん", {"by": "花さん"}]}),
        );
        for (masked, hidden) in [(true, true), (false, false)] {
            let teller = Teller { t: Texts::JA, names: &names, masked };
            for line in [teller.sheet_line(&withdrawn), teller.json_line(&withdrawn)] {
                assert_eq!(!line.contains('花'), hidden, "{line}");
                assert_eq!(!line.contains("192.0.2.80"), hidden, "{line}");
                assert!(line.contains("RQ-261124-0001"), "{line}");
            }
        }
    }

    #[test]
    fn changes_in_a_list_tell_each_before_and_after() {
        let detail =
            json!({"changes": [{"field": "attempts", "before": 3, "after": 4}, {"before": "花", "after": null}]});
        let changed = event("call_rules_changed", "setting:calls", &detail);
        for (masked, value) in [(false, "attempts 3 → 4, 花 → なし"), (true, "attempts 3 → 4, （非表示） → なし")]
        {
            assert_eq!(told(masked, &changed).facts, [("変更".to_owned(), value.to_owned())]);
        }
    }

    #[test]
    fn only_digests_are_abridged() {
        let digest = "0123456789abcdef".repeat(4);
        for (value, shown) in [
            (digest.as_str(), "0123456789ab…"),
            (&digest[..63], &digest[..63]),
            ("失効してよいと確認した", "失効してよいと確認した"),
            (&"x".repeat(64), &"x".repeat(64)),
        ] {
            assert_eq!(abridged(value), shown, "{value}");
        }
    }

    #[test]
    fn subjects_lead_to_their_pages_and_unknown_ones_are_shown_as_stored() {
        for (subject, label, href) in [
            ("batch_run:4", "バッチ実行 #4", Some("/desk/batches/4")),
            ("message:9", "メール #9", Some("/desk/mails/9")),
            ("user:3", "責任 任", None),
            ("calendar", "営業日カレンダー", None),
            ("riddle:1", "riddle:1", None),
        ] {
            let row = told(false, &AuditEvent { case_id: None, ..event("filed", subject, &json!({})) });
            assert_eq!((row.subject.label.as_str(), row.subject.href.as_deref()), (label, href), "{subject}");
        }
        let unknown = told(false, &event("riddle", "case:17", &json!({"riddle": 1})));
        assert_eq!((unknown.action.as_str(), unknown.facts), ("riddle", vec![("riddle".to_owned(), "1".to_owned())]));
    }
}
