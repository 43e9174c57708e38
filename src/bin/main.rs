//! The command line. `start` is ours (it has `--no-scheduler`), and `doctor` (it shows no secret); every other command is the framework's.

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
    domain::language::Language,
    failpoints,
    messages::Texts,
    scheduler::{self, Schedule},
    tasks::doctor,
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
    /// Say what is missing or weak: settings, keys, database, accounts, mail, CAs. Changes nothing
    Doctor(Doctor),
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

#[derive(clap::Args)]
struct Doctor {
    /// The language of the report: ja or en
    #[arg(short, long, default_value = "ja")]
    language: Language,
}

#[tokio::main]
async fn main() -> ExitCode {
    failpoints::arm();
    let ours = |argument: String| argument == "start" || argument == "doctor";
    let outcome = if std::env::args().any(ours) {
        let Arguments { command, environment } = Arguments::parse();
        let environment = environment.unwrap_or_else(resolve_from_env).into();
        match command {
            Command::Start(arguments) => start(arguments, environment).await,
            Command::Doctor(arguments) => doctor::doctor(&environment, Texts::of(arguments.language)).await,
        }
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
