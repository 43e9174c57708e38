//! `task demo`: loads the demonstration data into an empty database.

use async_trait::async_trait;
use loco_rs::{
    app::AppContext,
    environment::Environment,
    task::{Task, TaskInfo, Vars},
};

use super::{Progress, Report, only, tell};
use crate::{
    actions::load_demo::{Loaded, load_demo},
    errors::{Error, Result},
    models::passwords::Passwords,
    services::Services,
};

pub struct Demo;

#[async_trait]
impl Task for Demo {
    fn task(&self) -> TaskInfo {
        TaskInfo {
            name: "demo".to_owned(),
            detail: "loads 300 fictitious cases and accounts of staff and customers into an empty database; never in production"
                .to_owned(),
        }
    }

    async fn run(&self, ctx: &AppContext, vars: &Vars) -> loco_rs::Result<()> {
        tell(run(ctx, vars).await)
    }
}

async fn run(ctx: &AppContext, vars: &Vars) -> Result<Report> {
    only(vars, &[])?;
    if ctx.environment == Environment::Production {
        return Err(Error::conflict("demo_in_production"));
    }
    let desk = Services::of(ctx)?;
    let progress = Progress::start();
    let loaded = load_demo(&desk, &Passwords::of(ctx)?, &|counts| progress.show(counts), desk.clock.now()).await;
    progress.end();
    Ok(Report { lines: lines(&loaded?, &desk.settings.public_url), problems: Vec::new() })
}

fn lines(loaded: &Loaded, public_url: &str) -> Vec<String> {
    let mut lines: Vec<String> =
        loaded.cases.iter().map(|(state, count)| format!("{:<17}{count:>4}", state.as_str())).collect();
    lines.push(format!("log in at {public_url}/login with the password {}", loaded.password));
    for account in &loaded.accounts {
        lines.push(format!("{:<11}{:<22}{}", account.role.as_str(), account.email, account.name));
    }
    lines.push(format!("customers log in at {public_url}/portal/login with the same password"));
    for account in &loaded.portal_accounts {
        lines.push(format!("{:<11}{:<22}{}", "customer", account.login, account.organisation));
    }
    let cases: u64 = loaded.cases.iter().map(|(_, count)| count).sum();
    lines.push(format!(
        "demo: cases={cases} certificates={} subscribers={} accounts={}",
        loaded.certificates,
        loaded.subscribers,
        loaded.accounts.len() + loaded.portal_accounts.len()
    ));
    lines
}
