//! The form of an application that the desk files: what it offers for this certificate, and what was typed.

use chrono::NaiveDate;

use super::search;
use crate::actions::file_application::{Caller, FileApplication, eligibility_facts};
use crate::actions::judge_draft::judge_draft;
use crate::controllers::desk::frame::{Frame, case_href};
use crate::domain::application::{
    self, CrlReason, Eligibility, FilingChannel, Ineligibility, ReissueReason, compromise_deadline,
};
use crate::domain::certificate::ValidationType;
use crate::domain::contact::whom_to_phone;
use crate::domain::problem::Problem;
use crate::errors::Result;
use crate::messages::dates;
use crate::models::certificates::{self, Certificate};
use crate::models::columns::DraftCsr;
use crate::models::contacts::{self, Contact};
use crate::models::reissue_drafts::Draft;
use crate::models::subscribers::{self, Subscriber};
use crate::views::chrome::Place;
use crate::views::desk::reissues::{ReissueForm, ReissueInput, ReissuePage};
use crate::views::form::{Choice, FieldErrors};
use crate::views::parts::Link;

/// How far ahead closed days are named.
const CLOSED_DAYS_AHEAD: usize = 60;

/// The certificate, whom it belongs to, whether it can be reissued, and what was typed so far.
pub struct Filing {
    source: Certificate,
    subscriber: Subscriber,
    people: Vec<Contact>,
    eligibility: Eligibility,
    input: ReissueInput,
}

impl Filing {
    pub async fn load(frame: &Frame, input: ReissueInput) -> Result<Self> {
        let db = &frame.desk.db;
        let source = certificates::by_id(db, input.certificate_id).await?;
        let facts = eligibility_facts(db, &source, None).await?;
        Ok(Self {
            subscriber: subscribers::by_id(db, source.subscriber_id).await?,
            people: contacts::current(db, source.subscriber_id).await?,
            eligibility: application::eligibility(&facts, frame.now),
            source,
            input,
        })
    }

    /// The application as typed, or everything that it lacks. Filing judges it again.
    pub async fn application(&self, frame: &Frame) -> Result<Result<FileApplication, Vec<Problem>>> {
        let draft = self.draft(frame);
        let judged = judge_draft(&frame.desk, &draft, &self.source, frame.now).await?;
        let caller = self.caller();
        let mut problems = judged.reason_problems.clone();
        problems.extend(self.csr_problems(&judged.csr_problems));
        problems.extend(caller.as_ref().err().cloned());
        let ground = self.input.filing_ground.trim();
        if ground.is_empty() {
            problems.push(Problem::on("filing_ground", "filing_ground_missing"));
        }
        if self.input.consent.is_empty() && judged.crl_reason != CrlReason::KeyCompromise {
            problems.push(Problem::on("consent", "consent_unconfirmed"));
        }
        let application = judged.application(&draft, self.input.consent.clone());
        Ok(match (application, caller) {
            (Some(application), Ok(name)) if problems.is_empty() => Ok(FileApplication {
                draft: None,
                channel: FilingChannel::Agent,
                caller: Some(Caller { name, ground: ground.to_owned() }),
                ..application
            }),
            _ => Err(problems),
        })
    }

    /// A pasted private key is not sent back to the screen.
    pub fn forget_secret(&mut self, problems: &[Problem]) {
        if problems.iter().any(|problem| problem.code == "csr_private_key") {
            self.input.csr.clear();
        }
    }

    /// Beside the text where one was pasted, else beside the choice.
    fn csr_problems(&self, judged: &[Problem]) -> Vec<Problem> {
        match self.input.csr_choice.as_str() {
            "" => vec![Problem::on("csr_choice", "csr_choice_missing")],
            "given" => judged.to_vec(),
            _ => judged.iter().cloned().map(|problem| Problem { field: Some("csr_choice"), ..problem }).collect(),
        }
    }

    /// Never stored: the form is filled in during one call.
    fn draft(&self, frame: &Frame) -> Draft {
        let input = &self.input;
        let lost = input.reason == ReissueReason::KeyLostOrDamaged.as_str();
        Draft {
            id: 0,
            customer_id: 0,
            certificate_id: self.source.id,
            reason: input.reason.clone(),
            key_possibly_exposed: match input.key_possibly_exposed.as_str() {
                "yes" if lost => Some(true),
                "no" if lost => Some(false),
                _ => None,
            },
            requested_on: input.requested_on.clone(),
            csr_choice: input.csr_choice.parse().unwrap_or(DraftCsr::Given),
            csr: input.csr.clone(),
            reception_number: None,
            created_at: frame.now,
            updated_at: frame.now,
        }
    }

    /// Who is on the phone: a contact by record, or another person by name.
    fn caller(&self) -> Result<String, Problem> {
        let is_chosen = |contact: &&Contact| contact.id.to_string() == self.input.caller;
        match self.input.caller.as_str() {
            "" => Err(Problem::on("caller", "caller_missing")),
            "stranger" => match self.input.caller_name.trim() {
                "" => Err(Problem::on("caller_name", "caller_name_missing")),
                name => Ok(name.to_owned()),
            },
            _ => {
                let contact = self.people.iter().find(is_chosen);
                contact.map(|one| one.name.clone()).ok_or(Problem::on("caller", "caller_unknown"))
            }
        }
    }

    pub async fn page(&self, frame: &Frame, errors: FieldErrors) -> Result<ReissuePage> {
        let t = frame.t;
        let open = self.eligibility.refusals.iter().find_map(|refusal| match refusal {
            Ineligibility::CaseInProgress(open) => Some(open.reception_number),
            _ => None,
        });
        let notice = self.eligibility.reexamination.map(|needed| t.problem(&needed.problem()));
        Ok(ReissuePage {
            chrome: frame.chrome(Place::Reissue).await?,
            company: self.subscriber.name.clone(),
            ev: self.source.validation == ValidationType::Ev,
            common_name: self.source.common_name.clone(),
            facts: self.facts(frame),
            refusals: self.eligibility.refusals.iter().map(|refusal| t.problem(&refusal.problem())).collect(),
            open_case: open.map(|number| Link::new(case_href(number), t.s("filing.open_case"))),
            notice,
            form: self.may_be_filed().then(|| Box::new(self.form(frame))),
            errors,
        })
    }

    fn may_be_filed(&self) -> bool {
        self.eligibility.refusals.iter().all(Ineligibility::yields_to_compromise)
    }

    /// A certificate that cannot be reissued is still revoked when its key is compromised.
    fn compromise_only(&self) -> bool {
        !self.eligibility.may_be_filed()
    }

    fn facts(&self, frame: &Frame) -> Vec<(String, String)> {
        let (t, source) = (frame.t, &self.source);
        let fact = |key: &str, text: String| (t.s(key).to_owned(), text);
        let role = whom_to_phone(source.validation);
        let callee = role.and_then(|role| contacts::in_role(&self.people, role));
        let callee = callee.map_or_else(
            || t.s("filing.nobody").to_owned(),
            |one| format!("{} {}", t.s(&format!("contact_role.{}", one.role.as_str())), one.name),
        );
        vec![
            fact("cert.common_name", source.names().join(t.s("cert.names_joint"))),
            fact("cert.organization", source.organization.clone().unwrap_or_default()),
            fact("cert.period", search::period(source)),
            fact("cert.serial", source.serial.colon_separated()),
            fact("cert.key", source.key_label.clone()),
            fact("filing.callee", callee),
        ]
    }

    fn form(&self, frame: &Frame) -> ReissueForm {
        let (t, today, last) = (frame.t, frame.today(), self.source.last_day());
        let limits =
            [("from", &dates::long(t, today) as &(dyn std::fmt::Display + Sync)), ("to", &dates::long(t, last))];
        ReissueForm {
            guard: frame.plain_guard(),
            certificate_id: self.source.id,
            reasons: self.reasons(frame),
            exposures: self.exposures(frame),
            csr_choices: self.csr_choices(frame),
            callers: self.callers(frame),
            first_day: today.to_string(),
            last_day: last.to_string(),
            limits: t.f("filing.limits", &limits),
            closed_days: t
                .f("filing.closed_days", &[("days", &closed_days(frame, today).join(t.s("cert.names_joint")))]),
            deadline: dates::long_instant(t, compromise_deadline(frame.now)),
            agreement_version: frame.desk.agreement.version.clone(),
            consented: self.input.consent == frame.desk.agreement.version,
            compromise_only: self.compromise_only(),
            input: self.input.clone(),
        }
    }

    fn reasons(&self, frame: &Frame) -> Vec<Choice> {
        let choice = |reason: ReissueReason| {
            let label = frame.t.s(&format!("mail.reason.{}", reason.as_str()));
            Choice::new(reason.as_str(), label, self.compromise_only() || self.input.reason == reason.as_str())
        };
        let offered = |reason: &ReissueReason| !self.compromise_only() || *reason == ReissueReason::KeyCompromise;
        ReissueReason::ALL.into_iter().filter(offered).map(choice).collect()
    }

    fn exposures(&self, frame: &Frame) -> Vec<Choice> {
        let given = self.input.key_possibly_exposed.as_str();
        let choice = |value: &str, key: &str| Choice::new(value, frame.t.s(key), given == value);
        vec![choice("yes", "reissue.exposed_yes"), choice("no", "reissue.exposed_no")]
    }

    /// The source's CSR is offered where the desk has it; a CSR may follow later only for a compromise.
    fn csr_choices(&self, frame: &Frame) -> Vec<Choice> {
        let given = self.input.csr_choice.as_str();
        let choice = |value: &str, key: &str| Choice::new(value, frame.t.s(key), given == value);
        let later = choice("later", "filing.csr_later");
        if self.compromise_only() {
            return vec![Choice { chosen: true, ..later }];
        }
        let reuse = self.source.csr_der.is_some().then(|| choice("reuse", "reissue.reuse"));
        reuse.into_iter().chain([choice("given", "filing.csr_given"), later]).collect()
    }

    fn callers(&self, frame: &Frame) -> Vec<Choice> {
        let (t, given) = (frame.t, self.input.caller.as_str());
        let mut choices = vec![Choice::new("", t.s("contact_role.choose"), given.is_empty())];
        for contact in &self.people {
            let role = t.s(&format!("contact_role.{}", contact.role.as_str()));
            let label = t.f("contact_role.named", &[("name", &contact.name), ("role", &role)]);
            let value = contact.id.to_string();
            let chosen = value == given;
            choices.push(Choice::new(value, label, chosen));
        }
        choices.push(Choice::new("stranger", t.s("contact_role.stranger"), given == "stranger"));
        choices
    }
}

/// The days without calls in the next weeks, weekends left out: everybody knows those.
fn closed_days(frame: &Frame, today: NaiveDate) -> Vec<String> {
    use crate::domain::calendar::DayKind;
    let calendar = frame.desk.calendar();
    let named = |day: NaiveDate| match calendar.day_kind(day) {
        DayKind::Business | DayKind::Weekend => None,
        DayKind::Holiday(name) | DayKind::Closure(name) => Some(format!("{} {name}", dates::short(frame.t, day))),
        DayKind::YearEnd => Some(format!("{} {}", dates::short(frame.t, day), frame.t.s("calendar.year_end"))),
    };
    let mut days = vec![frame.t.s("calendar.weekend").to_owned()];
    days.extend(today.iter_days().take(CLOSED_DAYS_AHEAD).filter_map(named));
    days
}
