//! `task create_user role:agent|supervisor|admin|auditor name:… email:…`

use async_trait::async_trait;
use loco_rs::{
    app::AppContext,
    task::{Task, TaskInfo, Vars},
};

use super::{parsed, print_line, required, told};
use crate::{
    actions::create_user::{NewStaff, create_user},
    domain::actor::Actor,
    errors::Result,
    models::passwords::Passwords,
    services::Services,
};

pub struct CreateUser;

#[async_trait]
impl Task for CreateUser {
    fn task(&self) -> TaskInfo {
        TaskInfo {
            name: "create_user".to_owned(),
            detail: "role:agent|supervisor|admin|auditor name:… email:… — prints a one-time password".to_owned(),
        }
    }

    async fn run(&self, ctx: &AppContext, vars: &Vars) -> loco_rs::Result<()> {
        let password = run(ctx, vars).await.map_err(told)?;
        print_line(&password)
    }
}

async fn run(ctx: &AppContext, vars: &Vars) -> Result<String> {
    let services = Services::of(ctx)?;
    let new = NewStaff {
        role: parsed(required(vars, "role")?)?,
        name: required(vars, "name")?.to_owned(),
        email: required(vars, "email")?.to_owned(),
        reason: None,
    };
    let (_, password) =
        create_user(&services.db, &Passwords::of(ctx)?, new, &Actor::system(), services.clock.now()).await?;
    Ok(password)
}
