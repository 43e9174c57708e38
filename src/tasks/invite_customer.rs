//! `task invite_customer subscriber:<id or external id> login:… name:… email:…`

use async_trait::async_trait;
use loco_rs::{
    app::AppContext,
    task::{Task, TaskInfo, Vars},
};

use super::{only, print_line, required, told};
use crate::{
    actions::invite_customer::{InviteCustomer, invite_customer},
    domain::{actor::Actor, problem::Problem},
    errors::Result,
    models::subscribers::{self, Subscriber},
    services::Services,
};

pub struct InviteCustomerTask;

#[async_trait]
impl Task for InviteCustomerTask {
    fn task(&self) -> TaskInfo {
        TaskInfo {
            name: "invite_customer".to_owned(),
            detail: "subscriber:<id or external id> login:… name:… email:… — mails the link to choose a password"
                .to_owned(),
        }
    }

    async fn run(&self, ctx: &AppContext, vars: &Vars) -> loco_rs::Result<()> {
        let done = run(ctx, vars).await.map_err(told)?;
        print_line(&done)
    }
}

async fn run(ctx: &AppContext, vars: &Vars) -> Result<String> {
    only(vars, &["subscriber", "login", "name", "email"])?;
    let desk = Services::of(ctx)?;
    let subscriber = subscriber(&desk, required(vars, "subscriber")?).await?;
    let input = InviteCustomer {
        subscriber_id: subscriber.id,
        login: required(vars, "login")?.to_owned(),
        name: required(vars, "name")?.to_owned(),
        email: required(vars, "email")?.to_owned(),
    };
    let customer = invite_customer(&desk, input, &Actor::system(), desk.clock.now()).await?;
    Ok(format!("invite_customer: subscriber={} login={} mail=queued", subscriber.id, customer.login))
}

/// The organisation's own key is asked first: it may look like one of our numbers.
async fn subscriber(desk: &Services, key: &str) -> Result<Subscriber> {
    if let Some(subscriber) = subscribers::by_external_id(&desk.db, key).await? {
        return Ok(subscriber);
    }
    let unknown = || Problem::on("subscriber", "customer_subscriber_unknown").with("value", key);
    let id = key.parse().map_err(|_| unknown())?;
    subscribers::by_id(&desk.db, id).await.map_err(|_| unknown().into())
}
