//! The program with a desk full of cases, and what its forms are filled in with.

use std::sync::Arc;

use revocation_desk::domain::contact::ContactRole;
use revocation_desk::models::batch_runs::{self, BatchRun, NewRun};
use revocation_desk::models::calls::{self, Call};
use revocation_desk::models::columns::RunCause;
use revocation_desk::models::contacts;
use revocation_desk::models::revocation_cases::Case;

use crate::builders::World;
use crate::fake_ca::FakeCa;
use crate::support::app::{Answer, Browser, TestApp};

pub struct Office {
    pub app: TestApp,
    pub world: World,
}

impl Office {
    /// Tuesday 24 November 2026, 10:00 JST.
    pub async fn open() -> Self {
        Self::of(TestApp::start().await)
    }

    /// Of a program with settings of its own.
    pub fn of(app: TestApp) -> Self {
        let embedded = app.services().embedded_ca.unwrap();
        let ca = Arc::new(FakeCa::new(embedded));
        app.change_services(|services| services.ca = ca.clone());
        let world = World::of_program(app.services(), ca);
        Self { app, world }
    }

    /// What the choice of this contact posts.
    pub async fn contact(&self, case: &Case, role: ContactRole) -> String {
        let people = contacts::current(&self.world.desk.db, case.subscriber_id).await.unwrap();
        contacts::in_role(&people, role).unwrap().id.to_string()
    }

    /// The fields of a call in which the procedure contact agreed, with both boxes ticked.
    pub async fn agreement(&self, case: &Case) -> Fields {
        let contact = self.contact(case, ContactRole::ProcedureContact).await;
        let fields = [
            ("outcome", "confirmed"),
            ("identity_checks", "name_and_company"),
            ("identity_checks", "reception_number_or_common_name"),
            ("spoke_with", contact.as_str()),
            ("note", NOTE),
            ("then", "revoke"),
        ];
        Fields::of(&fields)
    }

    /// Claims the case and records the call in which the procedure contact agreed.
    pub async fn confirm(&self, agent: &mut Browser, case: &Case) {
        claim(agent, case).await.assert_status(303);
        let fields = self.agreement(case).await;
        agent.post_form(&href(case), &calls_of(case), &fields.refs()).await.assert_status(303);
    }

    /// Today's run for revocations, of a node of which only the row is known here.
    pub async fn a_run(&self, target: i64) -> BatchRun {
        let new = NewRun {
            task: "revoke_due",
            business_date: self.world.today(),
            started_by: "batch".to_owned(),
            cause: RunCause::Schedule,
            dry_run: false,
            target,
        };
        batch_runs::start(&self.world.desk.db, new, self.world.now).await.unwrap().unwrap()
    }

    pub async fn calls(&self, case: &Case) -> Vec<Call> {
        calls::of_case(&self.world.desk.db, case.id).await.unwrap()
    }
}

/// A note nobody wants to type twice.
pub const NOTE: &str = "入れ替え済み。本日中の失効で問題なしとのこと。";

/// The fields of a form, in order; a name may stand there twice.
#[derive(Clone)]
pub struct Fields(Vec<(String, String)>);

impl Fields {
    pub fn of(fields: &[(&str, &str)]) -> Self {
        Self(fields.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect())
    }

    /// Everything with this name is left out.
    pub fn without(mut self, name: &str) -> Self {
        self.0.retain(|(known, _)| known != name);
        self
    }

    pub fn with(self, name: &str, value: &str) -> Self {
        let mut fields = self.without(name);
        fields.0.push((name.to_owned(), value.to_owned()));
        fields
    }

    /// After the hidden fields of the form that `page` shows for `action`.
    pub fn on(self, page: &Answer, action: &str) -> Self {
        let mut all = page.hidden_fields(action);
        all.retain(|(name, _)| self.0.iter().all(|(given, _)| given != name));
        all.extend(self.0);
        Self(all)
    }

    pub fn refs(&self) -> Vec<(&str, &str)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect()
    }
}

pub fn href(case: &Case) -> String {
    format!("/desk/cases/{}", case.reception_number)
}

pub fn calls_of(case: &Case) -> String {
    format!("{}/calls", href(case))
}

/// Opens the case and presses 対応する.
pub async fn claim(browser: &mut Browser, case: &Case) -> Answer {
    browser.post_form(&href(case), &format!("{}/claim", href(case)), &[]).await
}

/// Presses 次の電話へ, also where the page offers it no more.
pub async fn take_next(browser: &mut Browser) -> Answer {
    let csrf = browser.get("/desk/today").await.hidden_fields("/logout").remove(0).1;
    browser.post("/desk/next", &[("_csrf", &csrf)]).await
}

/// Records a call on the case that the agent holds.
pub async fn record(agent: &mut Browser, case: &Case, fields: &[(&str, &str)]) -> Answer {
    agent.post_form(&href(case), &calls_of(case), fields).await
}

/// Opens the page of one event of the case, fills in its form and sends it.
pub async fn ask(browser: &mut Browser, case: &Case, page: &str, action: &str, fields: &[(&str, &str)]) -> Answer {
    let address = |path: &str| format!("{}/{path}", href(case));
    browser.post_form(&address(page), &address(action), fields).await
}
