//! `task seal_secret key:…`: a secret of the settings, from standard input, as it may lie in its file or variable.

use std::io::{self, Read};

use async_trait::async_trait;
use loco_rs::{
    app::AppContext,
    task::{Task, TaskInfo, Vars},
};

use super::{only, parsed, print_line, required, told};
use crate::{
    domain::problem::Problem,
    errors::{Error, Result},
    services::Services,
    settings::SecretName,
};

/// A private key of RSA with its certificates is far below, in bytes.
const LARGEST: u64 = 64 * 1024;

pub struct SealSecret;

#[async_trait]
impl Task for SealSecret {
    fn task(&self) -> TaskInfo {
        TaskInfo {
            name: "seal_secret".to_owned(),
            detail: "key:authorities.<name>.secret — reads the secret from standard input and prints it sealed"
                .to_owned(),
        }
    }

    async fn run(&self, ctx: &AppContext, vars: &Vars) -> loco_rs::Result<()> {
        let sealed = run(ctx, vars).map_err(told)?;
        print_line(&sealed)
    }
}

fn run(ctx: &AppContext, vars: &Vars) -> Result<String> {
    only(vars, &["key"])?;
    let desk = Services::of(ctx)?;
    let name: SecretName = parsed(required(vars, "key")?)?;
    let text = io::read_to_string(io::stdin().take(LARGEST));
    let text = text.map_err(|error| Problem::new("secret_unreadable").with("reason", error))?;
    let secret = text.trim();
    if secret.is_empty() || text.len() as u64 == LARGEST || SecretName::is_sealed(secret) {
        return Err(Problem::new("secret_unfit").into());
    }
    name.seal(&desk.vault, secret).map_err(Error::internal)
}
