//! `task create_token role:… name:… [days:365] [read_only:true]`

use async_trait::async_trait;
use chrono::Duration;
use loco_rs::{
    app::AppContext,
    task::{Task, TaskInfo, Vars},
};

use super::{optional, parsed, print_line, required, told};
use crate::{
    actions::create_token::{DEFAULT_LIFETIME, NewToken, create_token},
    domain::{actor::Actor, problem::Problem},
    errors::Result,
    services::Services,
};

pub struct CreateToken;

#[async_trait]
impl Task for CreateToken {
    fn task(&self) -> TaskInfo {
        TaskInfo {
            name: "create_token".to_owned(),
            detail: "role:agent|supervisor|admin|auditor name:… [days:365] [read_only:true] — prints the token"
                .to_owned(),
        }
    }

    async fn run(&self, ctx: &AppContext, vars: &Vars) -> loco_rs::Result<()> {
        let token = run(ctx, vars).await.map_err(told)?;
        print_line(&token)
    }
}

async fn run(ctx: &AppContext, vars: &Vars) -> Result<String> {
    let services = Services::of(ctx)?;
    let new = NewToken {
        role: parsed(required(vars, "role")?)?,
        name: required(vars, "name")?.to_owned(),
        read_only: optional(vars, "read_only") == Some("true"),
        lifetime: lifetime(optional(vars, "days"))?,
        reason: None,
    };
    let (_, token) = create_token(&services.db, new, &Actor::system(), services.clock.now()).await?;
    Ok(token)
}

fn lifetime(days: Option<&str>) -> Result<Duration> {
    let Some(days) = days else { return Ok(DEFAULT_LIFETIME) };
    let days = days.parse::<u16>().map_err(|_| Problem::on("days", "token_lifetime_invalid"))?;
    Ok(Duration::days(i64::from(days)))
}
