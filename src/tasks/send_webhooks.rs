//! `task send_webhooks`

use async_trait::async_trait;
use loco_rs::{
    app::AppContext,
    task::{Task, TaskInfo, Vars},
};

use super::{only, print_line, told};
use crate::{
    actions::send_webhooks::{Counts, send_webhooks},
    domain::actor::Actor,
    errors::Result,
    services::Services,
};

pub struct SendWebhooks;

#[async_trait]
impl Task for SendWebhooks {
    fn task(&self) -> TaskInfo {
        TaskInfo { name: "send_webhooks".to_owned(), detail: "tells receivers what happened to cases".to_owned() }
    }

    async fn run(&self, ctx: &AppContext, vars: &Vars) -> loco_rs::Result<()> {
        let Counts { delivered, put_off, given_up } = run(ctx, vars).await.map_err(told)?;
        print_line(&format!("delivered={delivered} put_off={put_off} given_up={given_up}"))?;
        if given_up == 0 {
            Ok(())
        } else {
            Err(loco_rs::Error::string("some webhooks were given up: see the page of their receiver"))
        }
    }
}

async fn run(ctx: &AppContext, vars: &Vars) -> Result<Counts> {
    only(vars, &[])?;
    send_webhooks(&Services::of(ctx)?, &Actor::system()).await
}
