//! The command line. `start` is ours (it has `--no-scheduler`), every other command is the framework's.

use std::process::ExitCode;

use clap::{Parser, Subcommand};
use loco_rs::{
    app::Hooks,
    boot::{self, ServeParams, StartMode, create_context, run_app},
    cli,
    environment::{Environment, resolve_from_env},
};
use migration::Migrator;
use revocation_desk::{
    app::App,
    failpoints,
    scheduler::{self, Schedule},
};

#[derive(Parser)]
#[command(version)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
    /// The environment, instead of `LOCO_ENV` [default: development]
    #[arg(short, long, global = true)]
    environment: Option<String>,
}

#[derive(Subcommand)]
enum Command {
    /// Start the web server and the scheduler
    Start(Start),
}

#[derive(clap::Args)]
struct Start {
    /// Leave the scheduled runs to another process
    #[arg(long)]
    no_scheduler: bool,
    /// Address to listen on, instead of `BINDING` [default: 127.0.0.1]
    #[arg(short, long)]
    binding: Option<String>,
    /// Port to listen on, instead of `PORT` [default: 5150]
    #[arg(short, long)]
    port: Option<i32>,
}

#[tokio::main]
async fn main() -> ExitCode {
    failpoints::arm();
    let outcome = if std::env::args().any(|argument| argument == "start") {
        let Arguments { command: Command::Start(arguments), environment } = Arguments::parse();
        start(arguments, environment.unwrap_or_else(resolve_from_env).into()).await
    } else {
        cli::main::<App, Migrator>().await
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("revocation-desk: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn start(arguments: Start, environment: Environment) -> loco_rs::Result<()> {
    let config = App::load_config(&environment).await?;
    let params = ServeParams {
        port: arguments.port.unwrap_or(config.server.port),
        binding: arguments.binding.unwrap_or_else(|| config.server.binding.clone()),
    };
    let ctx = create_context::<App>(&environment, config).await?;
    App::init_logger(&ctx)?;
    ctx.shared_store.insert(Schedule { on: !arguments.no_scheduler });
    let booted = run_app::<App>(&StartMode::ServerOnly, ctx).await?;
    tracing::info!(binding = params.binding, port = params.port, scheduler = !arguments.no_scheduler, "listening");
    let ctx = booted.app_context.clone();
    let served = boot::start::<App>(booted, params, true).await;
    scheduler::finish(&ctx).await;
    served
}
