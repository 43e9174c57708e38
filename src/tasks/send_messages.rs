//! `task send_messages`

use async_trait::async_trait;
use loco_rs::{
    app::AppContext,
    task::{Task, TaskInfo, Vars},
};
use tokio_util::sync::CancellationToken;

use super::{print_line, told};
use crate::{
    actions::send_messages::{Counts, Sender, send_messages},
    errors::Result,
    models::halts,
    services::Services,
};

pub struct SendMessages;

#[async_trait]
impl Task for SendMessages {
    fn task(&self) -> TaskInfo {
        TaskInfo { name: "send_messages".to_owned(), detail: "sends the mails that are due".to_owned() }
    }

    async fn run(&self, ctx: &AppContext, _vars: &Vars) -> loco_rs::Result<()> {
        let counts = run(ctx).await.map_err(told)?;
        let Counts { sent, retried, failed, superseded, unreachable } = counts;
        print_line(&format!("sent={sent} retried={retried} failed={failed} superseded={superseded}"))?;
        match (unreachable, failed) {
            (true, _) => Err(loco_rs::Error::string("the mail server cannot be reached; the mails wait")),
            (false, 0) => Ok(()),
            (false, _) => Err(loco_rs::Error::string("some mails cannot be delivered: see the list of sent mails")),
        }
    }
}

async fn run(ctx: &AppContext) -> Result<Counts> {
    let services = Services::of(ctx)?;
    halts::refuse(&services.db).await?;
    let sender = Sender::from_settings(&services.settings)?;
    send_messages(&services.db, &services.transport, &sender, &CancellationToken::new(), services.clock).await
}
