//! One act on many cases as it stands: the preview, the request, the approval, the outcome.

use std::collections::HashMap;

use serde::Deserialize;

use super::{act_href, state_label, steps};
use crate::actions::approve_bulk::may_decide;
use crate::actions::cancel_bulk::is_of;
use crate::actions::judge_bulk::{Verdict, judge_bulk};
use crate::controllers::desk::call_report::read_date;
use crate::controllers::desk::cases::{form_of, in_words, site_names};
use crate::controllers::desk::frame::Frame;
use crate::controllers::desk::installation::Installations;
use crate::controllers::desk::today::status_of;
use crate::controllers::extractors::{Path, Query};
use crate::domain::bulk::{BulkKind, BulkOrder, BulkState};
use crate::domain::certificate::ValidationType;
use crate::domain::problem::Problem;
use crate::domain::role::Permission;
use crate::errors::{Error, Result};
use crate::messages::{Texts, dates};
use crate::models::bulk_acts::{self, BulkAct, BulkItem, Refusal};
use crate::models::calls::{self, Call};
use crate::models::case_list;
use crate::models::case_queue::{self, CaseRow};
use crate::models::columns::ItemOutcome;
use crate::models::revocation_cases;
use crate::views::chrome::Place;
use crate::views::desk::bulk::{BulkForm, BulkPage, BulkRow, CaseTable, Confirm, Note};
use crate::views::form::{Choice, FieldErrors};
use crate::views::parts::{Link, StatusLabel, Tone};

/// What the page was asked with, and what stands in its fields.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct Typed {
    pub requested_on: Option<String>,
    pub assignee: Option<String>,
    #[serde(skip)]
    pub ground: String,
    #[serde(skip)]
    pub count: String,
}

/// `GET /desk/bulk/{id}`
pub async fn show(frame: Frame, Path(id): Path<i64>, Query(typed): Query<Typed>) -> Result<BulkPage> {
    let act = bulk_acts::by_id(&frame.desk.db, id).await?;
    page(&frame, &act, typed, Vec::new()).await
}

/// The act with the cases it holds, sorted by what becomes of them.
struct Look {
    possible: Vec<Verdict>,
    impossible: Vec<Verdict>,
    settled: Vec<BulkItem>,
    rows: HashMap<i64, CaseRow>,
    calls: Vec<Call>,
    installations: Installations,
}

pub async fn page(frame: &Frame, act: &BulkAct, typed: Typed, mut problems: Vec<Problem>) -> Result<BulkPage> {
    let order = match order_of(act.kind, &typed) {
        Ok(order) => order,
        Err(problem) => {
            problems.push(problem);
            None
        }
    };
    let look = look(frame, act, order).await?;
    let t = frame.t;
    let back = match act.kind {
        BulkKind::Revoke => Link::new("/desk/bulk", t.s("bulk.nav")),
        BulkKind::Reschedule | BulkKind::Resend | BulkKind::Assign => Link::new("/desk/cases", t.s("nav.cases")),
    };
    let takes_back = matches!(act.state, BulkState::Prepared | BulkState::Requested) && is_of(act, &frame.actor());
    Ok(BulkPage {
        chrome: frame.chrome(if act.kind == BulkKind::Revoke { Place::Bulk } else { Place::Cases }).await?,
        title: t.f(&format!("bulk.title.{}", act.kind.as_str()), &[("n", &act.id)]),
        href: act_href(act.id),
        back,
        status: state_label(t, act.state),
        steps: steps(t, act.kind, Some(act.state)),
        facts: facts(frame, act, &look).await?,
        notes: notes(frame, act, &look, order.is_some()),
        form: form(frame, act, &look, typed, order).await?,
        cancel: (takes_back && frame.may(Permission::WorkCases)).then(|| frame.guard_at(act.version)),
        errors: FieldErrors::of(t, &problems),
        lists: lists(frame, act, &look),
    })
}

/// The order that the page's fields complete; `None` while something is to be chosen.
pub fn order_of(kind: BulkKind, typed: &Typed) -> Result<Option<BulkOrder>, Problem> {
    match (kind, &typed.requested_on, &typed.assignee) {
        (BulkKind::Reschedule, Some(day), _) => match read_date(day)? {
            Some(day) => Ok(Some(BulkOrder::Reschedule(day))),
            None => Err(Problem::on("requested_on", "requested_on_missing")),
        },
        (BulkKind::Assign, _, Some(colleague)) => match colleague.parse()? {
            case_list::Assigned::Nobody => Ok(Some(BulkOrder::Assign(None))),
            case_list::Assigned::To(id) => Ok(Some(BulkOrder::Assign(Some(id)))),
        },
        (BulkKind::Reschedule | BulkKind::Assign, _, _) => Ok(None),
        (BulkKind::Resend, _, _) => Ok(Some(BulkOrder::Resend)),
        (BulkKind::Revoke, _, _) => Ok(Some(BulkOrder::Revoke)),
    }
}

async fn look(frame: &Frame, act: &BulkAct, order: Option<BulkOrder>) -> Result<Look> {
    let db = &frame.desk.db;
    let (verdicts, settled) = judge_bulk(&frame.desk, act, order, frame.today()).await?;
    let ids: Vec<i64> = verdicts.iter().map(|one| one.case.id).chain(settled.iter().map(|item| item.case_id)).collect();
    let cases = revocation_cases::by_ids(db, ids.iter().copied()).await?;
    let rows = case_queue::with_columns(db, cases).await?;
    let (possible, impossible) = verdicts.into_iter().partition(|one: &Verdict| one.possible.is_ok());
    Ok(Look {
        possible,
        impossible,
        settled,
        rows: rows.into_iter().map(|row| (row.case.id, row)).collect(),
        calls: calls::of_cases(db, &ids).await?,
        installations: Installations::of(&frame.desk, &ids).await?,
    })
}

impl Look {
    fn is_ev(&self, case_id: i64) -> bool {
        self.rows.get(&case_id).is_some_and(|row| row.source.validation == ValidationType::Ev)
    }

    /// Cases that the act still holds, and how many of them are EV.
    fn held(&self) -> (usize, usize) {
        let held = || self.possible.iter().chain(&self.impossible);
        (held().count(), held().filter(|one| self.is_ev(one.case.id)).count())
    }

    /// Of the cases that may be revoked, those whose sites still show the old certificate.
    fn old_in_use(&self) -> usize {
        self.possible.iter().filter(|one| self.installations.is_old_in_use(one.case.id)).count()
    }

    fn settled_as(&self, outcome: ItemOutcome) -> usize {
        self.settled.iter().filter(|item| item.outcome == Some(outcome)).count()
    }
}

async fn facts(frame: &Frame, act: &BulkAct, look: &Look) -> Result<Vec<(String, String)>> {
    let t = frame.t;
    let fact = |key: &str, value: String| (t.s(key).to_owned(), value);
    let made = t.f("bulk.by", &[("name", &act.made_by_name), ("at", &dates::long_instant(t, act.made_at))]);
    let mut facts = vec![
        fact("bulk.made", made),
        fact("bulk.origin", t.s(&format!("bulk.origin_word.{}", act.origin.as_str())).to_owned()),
    ];
    if act.origin == crate::domain::bulk::BulkOrigin::Filter {
        facts.extend(in_words(frame, &form_of(&act.conditions)).await?);
    }
    if act.kind == BulkKind::Revoke && matches!(act.state, BulkState::Prepared | BulkState::Requested) {
        let (held, ev) = if act.state == BulkState::Prepared {
            (look.possible.len(), look.possible.iter().filter(|one| look.is_ev(one.case.id)).count())
        } else {
            look.held()
        };
        facts.push(fact("bulk.certificates", t.f("bulk.kinds", &[("n", &held), ("ev", &ev), ("ov", &(held - ev))])));
    }
    let by = |name: &Option<String>, at: Option<chrono::DateTime<chrono::Utc>>| {
        let at = at.map(|at| dates::long_instant(t, at))?;
        Some(t.f("bulk.by", &[("name", &name.clone().unwrap_or_default()), ("at", &at)]))
    };
    facts.extend(act.ground.clone().map(|ground| fact("bulk.ground", ground)));
    facts.extend(by(&act.requested_by_name, act.requested_at).map(|by| fact("bulk.requested", by)));
    facts.extend(by(&act.approved_by_name, act.approved_at).map(|by| fact("bulk.approved", by)));
    facts.extend(act.closing_note.clone().map(|note| fact("bulk.decline_ground", note)));
    Ok(facts)
}

fn notes(frame: &Frame, act: &BulkAct, look: &Look, complete: bool) -> Vec<Note> {
    let t = frame.t;
    let note = |text: String| Note { warns: false, text, link: None };
    let mut notes = Vec::new();
    let old_in_use = look.old_in_use();
    if act.kind == BulkKind::Revoke && old_in_use > 0 {
        notes.push(Note { warns: true, text: t.f("installation.bulk", &[("n", &old_in_use)]), link: None });
    }
    match act.state {
        BulkState::Prepared if act.kind == BulkKind::Revoke => {
            notes.push(note(t.s("bulk.note.guards").to_owned()));
            notes.push(Note { warns: true, text: t.s("bulk.note.final").to_owned(), link: None });
            if look.possible.is_empty() {
                notes.push(Note { warns: true, text: t.s("problem.bulk_nothing_left").to_owned(), link: None });
            }
        }
        BulkState::Prepared => {
            let key = if complete { "bulk.note.preview" } else { "bulk.note.choose" };
            notes.push(note(t.s(key).to_owned()));
        }
        BulkState::Requested => {
            notes.push(Note { warns: true, text: t.s("bulk.note.final").to_owned(), link: None });
            if !may_decide(act, &frame.actor()) {
                notes.push(note(t.s("bulk.note.waiting").to_owned()));
            }
            if !look.impossible.is_empty() {
                let text = t.f("bulk.note.fallen_out", &[("n", &look.impossible.len())]);
                notes.push(Note { warns: true, text, link: None });
            }
        }
        BulkState::Approved => {
            let link = act.batch_run_id.map(|run| Link::new(format!("/desk/batches/{run}"), t.s("bulk.to_run")));
            notes.push(Note { warns: false, text: t.s("bulk.note.approved").to_owned(), link });
        }
        BulkState::Running | BulkState::Done => {
            let (done, left) = (look.settled_as(ItemOutcome::Done), look.settled.len() + look.held().0);
            let text = t.f("bulk.note.outcome", &[("done", &done), ("left", &(left - done))]);
            notes.push(Note { warns: left > done, text, link: None });
        }
        BulkState::Declined | BulkState::Cancelled => {
            let by = act.closed_by_name.clone().unwrap_or_default();
            notes.push(note(t.f(&format!("bulk.note.{}", act.state.as_str()), &[("name", &by)])));
        }
    }
    notes
}

async fn form(frame: &Frame, act: &BulkAct, look: &Look, typed: Typed, order: Option<BulkOrder>) -> Result<BulkForm> {
    let (t, guard) = (frame.t, frame.guard_at(act.version));
    if !frame.may(Permission::WorkCases) {
        return Ok(BulkForm::Nothing);
    }
    let possible = look.possible.len();
    let button = t.f(&format!("bulk.button.{}", act.kind.as_str()), &[("n", &possible)]);
    let parameter = order.and_then(BulkOrder::parameter).unwrap_or_default();
    let confirm = Confirm { guard: guard.clone(), parameter, button: button.clone() };
    let confirm = (order.is_some() && possible > 0).then_some(confirm);
    Ok(match (act.state, act.kind) {
        (BulkState::Prepared, BulkKind::Reschedule) => {
            BulkForm::Day { day: typed.requested_on.unwrap_or_default(), first_day: frame.today().to_string(), confirm }
        }
        (BulkState::Prepared, BulkKind::Assign) => {
            let colleagues = colleagues(frame, typed.assignee.as_deref().unwrap_or_default()).await?;
            BulkForm::Colleague { colleagues, confirm }
        }
        (BulkState::Prepared, BulkKind::Resend) => confirm.map_or(BulkForm::Nothing, BulkForm::Ready),
        (BulkState::Prepared, BulkKind::Revoke) if possible > 0 => {
            BulkForm::Request { guard, ground: typed.ground, button }
        }
        (BulkState::Requested, _) if may_decide(act, &frame.actor()) => {
            let (held, ev) = look.held();
            BulkForm::Approve {
                guard,
                count: typed.count,
                ground: typed.ground,
                label: t.f("bulk.count", &[("n", &held), ("ev", &ev)]),
                button: t.f("bulk.approve", &[("n", &held)]),
            }
        }
        (
            BulkState::Prepared
            | BulkState::Running
            | BulkState::Done
            | BulkState::Requested
            | BulkState::Approved
            | BulkState::Declined
            | BulkState::Cancelled,
            _,
        ) => BulkForm::Nothing,
    })
}

async fn colleagues(frame: &Frame, chosen: &str) -> Result<Vec<Choice>> {
    let t = frame.t;
    let mut choices = vec![Choice::new("", t.s("contact_role.choose"), chosen.is_empty())];
    choices.push(Choice::new("nobody", t.s("cases.nobody"), chosen == "nobody"));
    for colleague in case_list::colleagues(&frame.desk.db).await? {
        let id = colleague.id.to_string();
        let is_chosen = id == chosen;
        choices.push(Choice::new(id, colleague.name, is_chosen));
    }
    Ok(choices)
}

fn lists(frame: &Frame, act: &BulkAct, look: &Look) -> Vec<CaseTable> {
    let t = frame.t;
    let verdict_row = |one: &Verdict| {
        let refusal = one.possible.as_ref().err().map(Refusal::of);
        let label = match (&refusal, act.state) {
            (Some(_), _) => verdict_label(t, "impossible"),
            (None, BulkState::Approved) => verdict_label(t, "waiting"),
            (None, _) => verdict_label(t, "possible"),
        };
        row(frame, look, one.case.id, label, refusal)
    };
    let settled_row = |item: &BulkItem| {
        let label = verdict_label(t, item.outcome.map_or("waiting", ItemOutcome::as_str));
        row(frame, look, item.case_id, label, item.refusal())
    };
    let settled =
        |is_done: bool| look.settled.iter().filter(move |item| (item.outcome == Some(ItemOutcome::Done)) == is_done);
    let good = look.possible.iter().filter_map(verdict_row).chain(settled(true).filter_map(settled_row));
    let bad = look.impossible.iter().filter_map(verdict_row).chain(settled(false).filter_map(settled_row));
    let table = |id: &'static str, key: &str, rows: Vec<BulkRow>| {
        (!rows.is_empty()).then(|| CaseTable { id, title: t.f(key, &[("n", &rows.len())]), rows })
    };
    let titles = match act.state {
        BulkState::Prepared | BulkState::Requested => ("bulk.list.possible", "bulk.list.impossible"),
        BulkState::Running | BulkState::Done | BulkState::Approved | BulkState::Declined | BulkState::Cancelled => {
            ("bulk.list.done", "bulk.list.not_done")
        }
    };
    let lists = [table("h-bad", titles.1, bad.collect()), table("h-good", titles.0, good.collect())];
    lists.into_iter().flatten().collect()
}

fn verdict_label(t: Texts, word: &str) -> StatusLabel {
    let (icon, tone) = match word {
        "possible" | "done" => ("circle-check", Tone::Ok),
        "impossible" | "left_out" | "skipped" => ("ban", Tone::Hold),
        "failed" => ("triangle-alert", Tone::Bad),
        _ => ("clock", Tone::Wait),
    };
    StatusLabel { icon, tone, text: t.s(&format!("bulk.verdict_word.{word}")).to_owned() }
}

fn row(frame: &Frame, look: &Look, case_id: i64, verdict: StatusLabel, refusal: Option<Refusal>) -> Option<BulkRow> {
    let t = frame.t;
    let found = look.rows.get(&case_id)?;
    let calls: Vec<Call> = look.calls.iter().filter(|call| call.case_id == case_id).cloned().collect();
    Some(BulkRow {
        reception_number: found.case.reception_number.to_string(),
        ev: found.source.validation == ValidationType::Ev,
        company: found.subscriber.name.clone(),
        names: site_names(t, found),
        requested: dates::short(t, found.case.requested_on),
        installation: look.installations.cell(t, found),
        status: status_of(frame, &found.case, &calls),
        verdict,
        reason: refusal.map(|refusal| t.refusal(&refusal.code, &refusal.params)).unwrap_or_default(),
    })
}

/// What a form of the page has to say, on the page again; anything else goes on.
pub async fn refused(frame: &Frame, act: &BulkAct, typed: Typed, error: Error) -> Result<BulkPage> {
    match error {
        Error::Invalid(problems) => page(frame, act, typed, problems).await,
        other => Err(other),
    }
}
