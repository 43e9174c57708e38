//! Everything known about a handover from one contact to the next, in the words of its pages.

use std::collections::HashMap;

use super::super::today::status_of;
use super::{change_href, proposal_href, with_today};
use crate::controllers::desk::case::people::role_label;
use crate::controllers::desk::frame::{Frame, case_href};
use crate::domain::contact::{HandoverStage, PhoneNumber, whom_to_phone};
use crate::domain::problem::Problem;
use crate::domain::role::Permission;
use crate::errors::Result;
use crate::messages::{Texts, dates};
use crate::models::case_queue::{self, CaseRow};
use crate::models::contact_changes::{self, ContactChange};
use crate::models::contact_proposals::{self, ContactProposal};
use crate::models::contacts::Contact;
use crate::models::handovers::{self, Handover};
use crate::models::subscribers::{self, Subscriber};
use crate::models::{calls, revocation_cases};
use crate::views::chrome::Place;
use crate::views::desk::contacts::{
    AffectedCase, ComparedFact, Comparison, ContactPage, ContactStep, Decision, SuccessorForm, SuccessorInput,
};
use crate::views::form::FieldErrors;
use crate::views::parts::{Link, StatusLabel, Tone};

pub struct Dossier {
    handover: Handover,
    subscriber: Subscriber,
    former: Option<Contact>,
    cases: Vec<CaseRow>,
    calls: Vec<calls::Call>,
    /// Changes on the same proposal that a second person declined.
    declined: Vec<ContactChange>,
    /// The case on whose page the customer proposed.
    origin: Option<Link>,
    names: HashMap<String, String>,
}

impl Dossier {
    pub async fn of_proposal(frame: &Frame, id: i64) -> Result<Self> {
        let proposal = contact_proposals::by_id(&frame.desk.db, id).await?;
        let change = match proposal.contact_change_id {
            Some(id) => Some(Box::new(contact_changes::by_id(&frame.desk.db, id).await?)),
            None => None,
        };
        Self::load(frame, Handover::Proposed { proposal, change }).await
    }

    pub async fn of_change(frame: &Frame, id: i64) -> Result<Self> {
        let change = contact_changes::by_id(&frame.desk.db, id).await?;
        let handover = match change.proposal_id {
            Some(id) => {
                let proposal = contact_proposals::by_id(&frame.desk.db, id).await?;
                Handover::Proposed { proposal, change: Some(Box::new(change)) }
            }
            None => Handover::AtDesk(change),
        };
        Self::load(frame, handover).await
    }

    async fn load(frame: &Frame, handover: Handover) -> Result<Self> {
        let db = &frame.desk.db;
        let subscriber_id = handover.subscriber_id();
        let versions = handovers::versions_of(db, vec![subscriber_id]).await?;
        let former = handover.former(&versions).cloned();
        let mut cases = case_queue::undecided_of(db, vec![subscriber_id]).await?;
        cases.retain(|row| is_touched(row, &handover));
        let ids: Vec<i64> = cases.iter().map(|row| row.case.id).collect();
        let mut declined = match handover.proposal() {
            Some(proposal) => contact_changes::declined_of_proposal(db, proposal.id).await?,
            None => Vec::new(),
        };
        // The page of a declined change tells its own ground at the end.
        declined.retain(|change| handover.change().is_none_or(|shown| shown.id != change.id));
        let names = frame.staff_names(keys(&handover, former.as_ref(), &declined).into_iter()).await?;
        Ok(Self {
            subscriber: subscribers::by_id(db, subscriber_id).await?,
            calls: calls::of_cases(db, &ids).await?,
            origin: origin(frame, &handover).await?,
            handover,
            former,
            cases,
            declined,
            names,
        })
    }

    pub async fn page(&self, frame: &Frame, input: SuccessorInput, errors: FieldErrors) -> Result<ContactPage> {
        Ok(ContactPage {
            chrome: frame.chrome(Place::Contacts).await?,
            company: self.subscriber.name.clone(),
            role: role_label(frame.t, self.handover.role()),
            status: self.status(frame.t),
            comparison: self.comparison(frame),
            facts: self.facts(frame.t),
            history: self.declined.iter().map(|change| self.decision(frame.t, change)).collect(),
            cases: self.affected(frame),
            step: self.step(frame, input),
            errors,
        })
    }

    /// A declined change that was sent back to its proposal is declined itself, whatever became of the proposal.
    fn stage(&self) -> HandoverStage {
        match self.handover.change() {
            Some(change) => change.stage(),
            None => self.handover.stage(),
        }
    }

    fn status(&self, t: Texts) -> StatusLabel {
        stage_label(t, self.stage())
    }

    fn name<'a>(&'a self, key: &'a str) -> &'a str {
        self.names.get(key).map_or(key, String::as_str)
    }

    fn comparison(&self, frame: &Frame) -> Comparison {
        let (proposal, change) = (self.handover.proposal(), self.handover.change());
        let [former, proposed, verified] =
            [self.former.as_ref().map(of_contact), proposal.map(of_proposal), change.map(of_change)]
                .map(|column| column.map(|column| self.written(frame, &column)).unwrap_or_default());
        let labels = [
            "contact.name",
            "contacts.kana",
            "contacts.department",
            "contacts.email",
            "contact.phone",
            "case.phone_source",
            "contacts.verified",
        ];
        let columns = former.into_iter().zip(proposed).zip(verified);
        let rows = labels.into_iter().zip(columns).map(|(label, ((former, proposed), verified))| ComparedFact {
            number: label == "contact.phone",
            label: frame.t.s(label).to_owned(),
            former,
            proposed,
            verified,
        });
        Comparison { proposed: proposal.is_some(), verified: change.is_some(), rows: rows.collect() }
    }

    fn written(&self, frame: &Frame, column: &Column<'_>) -> [String; 7] {
        let owned = |text: Option<&str>| text.unwrap_or_default().to_owned();
        let verified = column.verified.map(|(day, by)| {
            frame.t.f("contacts.verified_by", &[("day", &dates::numeric(day)), ("name", &self.name(by))])
        });
        [
            column.name.to_owned(),
            owned(column.kana),
            owned(column.department),
            column.email.to_owned(),
            shown_number(frame, column.phone),
            owned(column.phone_source),
            verified.unwrap_or_default(),
        ]
    }

    /// Who did what, so far.
    fn facts(&self, t: Texts) -> Vec<(String, String)> {
        let mut facts = Vec::new();
        let mut fact = |key: &str, name: &str, at| {
            let text = t.f("contacts.done_by", &[("name", &name), ("at", &dates::long_instant(t, at))]);
            facts.push((t.s(key).to_owned(), text));
        };
        if let Some(proposal) = self.handover.proposal() {
            fact("contacts.fact.proposed", &proposal.proposed_by_name, proposal.proposed_at);
        }
        if let Some(change) = self.handover.change() {
            fact("contacts.fact.verified", self.name(&change.requested_by), change.requested_at);
        }
        if let Some(origin) = &self.origin {
            facts.push((t.s("col.reception_number").to_owned(), origin.label.clone()));
        }
        facts
    }

    fn decision(&self, t: Texts, change: &ContactChange) -> Decision {
        Decision {
            at: change.declined_at.map(|at| dates::short_instant(t, at)).unwrap_or_default(),
            by: self.name(change.declined_by.as_deref().unwrap_or_default()).to_owned(),
            ground: change.declined_ground.clone().unwrap_or_default(),
        }
    }

    fn affected(&self, frame: &Frame) -> Vec<AffectedCase> {
        let case = |row: &CaseRow| {
            let number = row.case.reception_number;
            let calls: Vec<_> = self.calls.iter().filter(|call| call.case_id == row.case.id).cloned().collect();
            AffectedCase {
                link: Link::new(case_href(number), number.to_string()),
                common_name: row.source.common_name.clone(),
                requested_on: dates::table(frame.t, row.case.requested_on),
                status: status_of(frame, &row.case, &calls),
            }
        };
        self.cases.iter().map(case).collect()
    }

    fn step(&self, frame: &Frame, input: SuccessorInput) -> ContactStep {
        let (t, guard) = (frame.t, frame.plain_guard());
        let ground = input.ground.clone();
        match (self.stage(), self.handover.change(), self.handover.proposal()) {
            (HandoverStage::Received, _, Some(proposal)) if frame.may(Permission::WorkCases) => ContactStep::Verify {
                href: proposal_href(proposal.id),
                guard,
                form: Box::new(verification(frame, proposal, input)),
                ground,
            },
            (HandoverStage::Checking, Some(change), _) if frame.may(Permission::ApproveContactChange) => {
                let href = change_href(change.id);
                if change.requested_by == frame.actor().key() {
                    let sentence = t.problem(&Problem::new("own_contact_change"));
                    ContactStep::Own { href, guard, ground, sentence }
                } else {
                    ContactStep::Approve { href, guard, ground }
                }
            }
            (HandoverStage::Received | HandoverStage::Checking, ..) => {
                ContactStep::Read(t.s("contacts.read_only").to_owned())
            }
            (HandoverStage::Approved | HandoverStage::Declined, ..) => ContactStep::Read(self.ending(t)),
        }
    }

    /// How it ended, by whom and why.
    fn ending(&self, t: Texts) -> String {
        if let Some(change) = self.handover.change().filter(|change| change.approved_at.is_some()) {
            let (by, at) = (change.approved_by.as_deref(), change.approved_at);
            return self.ended(t, "contacts.ended.approved", by, at, "");
        }
        let of_change =
            self.handover.change().map(|change| (&change.declined_by, change.declined_at, &change.declined_ground));
        let of_proposal = self.handover.proposal().map(|one| (&one.declined_by, one.declined_at, &one.declined_ground));
        let Some((by, at, ground)) = of_change.or(of_proposal) else { return String::new() };
        self.ended(t, "contacts.ended.declined", by.as_deref(), at, ground.as_deref().unwrap_or_default())
    }

    fn ended(
        &self,
        t: Texts,
        key: &str,
        by: Option<&str>,
        at: Option<chrono::DateTime<chrono::Utc>>,
        ground: &str,
    ) -> String {
        let name = self.name(by.unwrap_or_default());
        let at = at.map(|at| dates::long_instant(t, at)).unwrap_or_default();
        t.f(key, &[("name", &name), ("at", &at), ("ground", &ground)])
    }
}

/// One column of the comparison before it is written.
struct Column<'a> {
    name: &'a str,
    kana: Option<&'a str>,
    department: Option<&'a str>,
    email: &'a str,
    phone: &'a str,
    phone_source: Option<&'a str>,
    verified: Option<(chrono::NaiveDate, &'a str)>,
}

fn of_contact(row: &Contact) -> Column<'_> {
    Column {
        name: &row.name,
        kana: row.name_kana.as_deref(),
        department: row.department.as_deref(),
        email: &row.email,
        phone: &row.phone,
        phone_source: Some(&row.phone_source),
        verified: Some((row.verified_on, &row.verified_by)),
    }
}

fn of_proposal(row: &ContactProposal) -> Column<'_> {
    Column {
        name: &row.name,
        kana: row.name_kana.as_deref(),
        department: row.department.as_deref(),
        email: &row.email,
        phone: &row.phone,
        phone_source: None,
        verified: None,
    }
}

fn of_change(row: &ContactChange) -> Column<'_> {
    Column {
        name: &row.name,
        kana: row.name_kana.as_deref(),
        department: row.department.as_deref(),
        email: &row.email,
        phone: &row.phone,
        phone_source: Some(&row.phone_source),
        verified: Some((row.verified_on, &row.requested_by)),
    }
}

/// Filled from the proposal, but for the number: it is typed from the source that confirms it.
fn verification(frame: &Frame, proposal: &ContactProposal, input: SuccessorInput) -> SuccessorForm {
    let untouched = input.name.is_empty() && input.phone.is_empty() && input.phone_source.is_empty();
    let proposed = |text: &Option<String>| text.clone().unwrap_or_default();
    let filled = if untouched {
        SuccessorInput {
            name: proposal.name.clone(),
            name_kana: proposed(&proposal.name_kana),
            department: proposed(&proposal.department),
            email: proposal.email.clone(),
            ..input
        }
    } else {
        input
    };
    SuccessorForm {
        input: with_today(frame, filled),
        today: frame.today().to_string(),
        roles: Vec::new(),
        proposed_phone: shown_number(frame, &proposal.phone),
    }
}

/// Keys of the people whom the page names.
fn keys<'a>(handover: &'a Handover, former: Option<&'a Contact>, declined: &'a [ContactChange]) -> Vec<&'a str> {
    let of_change = |change: &'a ContactChange| {
        [Some(&change.requested_by), change.approved_by.as_ref(), change.declined_by.as_ref()]
    };
    let of_proposal = handover.proposal().and_then(|proposal| proposal.declined_by.as_ref());
    handover
        .change()
        .into_iter()
        .chain(declined)
        .flat_map(of_change)
        .chain([of_proposal, former.map(|contact| &contact.verified_by)])
        .flatten()
        .map(String::as_str)
        .collect()
}

async fn origin(frame: &Frame, handover: &Handover) -> Result<Option<Link>> {
    let Some(id) = handover.proposal().and_then(|proposal| proposal.case_id) else { return Ok(None) };
    let case = revocation_cases::by_id(&frame.desk.db, id).await?;
    Ok(Some(Link::new(case_href(case.reception_number), case.reception_number.to_string())))
}

pub(super) fn is_touched(row: &CaseRow, handover: &Handover) -> bool {
    row.case.subscriber_id == handover.subscriber_id() && whom_to_phone(row.source.validation) == Some(handover.role())
}

pub(super) fn stage_label(t: Texts, stage: HandoverStage) -> StatusLabel {
    let (icon, tone) = match stage {
        HandoverStage::Received => ("file-text", Tone::Call),
        HandoverStage::Checking => ("user-pen", Tone::Wait),
        HandoverStage::Approved => ("circle-check", Tone::Ok),
        HandoverStage::Declined => ("ban", Tone::Hold),
    };
    StatusLabel { icon, tone, text: t.s(&format!("contacts.tab.{}", stage.as_str())).to_owned() }
}

/// Roles that neither call nor export see the last four digits only.
pub(super) fn shown_number(frame: &Frame, written: &str) -> String {
    if frame.may(Permission::WorkCases) || frame.may(Permission::Export) {
        return written.to_owned();
    }
    PhoneNumber::parse(written).map(|phone| format!("***-{}", phone.tail())).unwrap_or_default()
}
