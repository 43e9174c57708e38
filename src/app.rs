//! Wiring: how the framework, the rooms and the settings are put together. No rules, no handlers.

use std::{fs::DirBuilder, path::Path, sync::Arc, time::Duration};

use async_trait::async_trait;
use axum::Router;
use loco_rs::{
    Error, Result,
    app::{AppContext, Hooks, Initializer},
    bgworker::Queue,
    boot::{BootResult, StartMode, create_app},
    config::Config,
    controller::{AppRoutes, middleware::MiddlewareLayer},
    environment::Environment,
    logger,
    task::Tasks,
};
use migration::Migrator;
use sea_orm::DatabaseConnection;
use sea_orm_migration::MigratorTrait;
use tracing_subscriber::{layer::SubscriberExt, util::SubscriberInitExt};

use crate::{
    actions::{
        compare_head::compare_head,
        seal_secrets::{Secrets, seal_secrets},
        take_over_settings::take_over_settings,
    },
    ca::{
        self, Authorities,
        embedded::{EmbeddedCa, Home, Issuer, Token},
        published::Published,
    },
    clock::Clock,
    controllers::{
        self,
        desk::live::{news::NewsFeed, runs::RunFeed},
    },
    domain::{actor::Actor, calendar::Calendar, validity::ValidityPolicy},
    mail::Transport,
    messages::{Texts, shipped},
    models::{connection, database_role, holidays, passwords::Passwords},
    proof::{OutsideProofs, ProofPlaces, ProofSource, ProofSources, PublishedCrlFile, PublishedCrls},
    scheduler,
    services::{Parts, Services},
    settings::{AuthorityKind, Settings},
    sso::SingleSignOn,
    tasks,
    vault::Vault,
};

impl Services {
    /// The services of a booted program. Handlers take them as an argument instead.
    pub fn of(ctx: &AppContext) -> crate::errors::Result<Self> {
        ctx.shared_store.get().ok_or_else(|| crate::errors::Error::internal("the services were not set up"))
    }
}

impl Passwords {
    /// The one hasher of a booted program: its limit counts for all.
    pub fn of(ctx: &AppContext) -> crate::errors::Result<Self> {
        ctx.shared_store.get().ok_or_else(|| crate::errors::Error::internal("the password hasher was not set up"))
    }
}

/// Joins the settings, the database and the ports.
async fn services(ctx: &AppContext, settings: Settings) -> Result<Services> {
    for texts in [Texts::JA, Texts::EN] {
        texts.check().map_err(Error::wrap)?;
    }
    shipped::check().map_err(Error::wrap)?;
    let agreement = settings.agreement().map_err(Error::wrap)?;
    let transport = Transport::from_settings(&settings).map_err(Error::wrap)?;
    let vault = Vault::load(settings.master_key_file.as_deref(), &settings.data_dir).map_err(Error::wrap)?;
    let sso = settings.sso.as_ref().map(|sso| SingleSignOn::from_settings(sso, &settings.public_url));
    let sso = sso.transpose().map_err(Error::wrap)?;
    let migrated = is_migrated(&ctx.db).await?;
    let calendar = if migrated { holidays::calendar(&ctx.db).await? } else { Calendar::shipped() };
    let clock = settings.clock_starts_at.map_or_else(Clock::system, Clock::starting_at);
    let embedded =
        if settings.has_embedded_ca() { Some(embedded_ca(ctx, &settings, migrated, clock).await?) } else { None };
    let (proof, authorities) = authorities(&settings, embedded.as_ref(), clock)?;
    let authorities = Arc::new(authorities);
    let mut services = Services::new(Parts {
        db: ctx.db.clone(),
        agreement: Arc::new(agreement),
        clock,
        policy: Arc::new(ValidityPolicy::shipped()),
        proof,
        ca: authorities.clone(),
        authorities,
        embedded_ca: embedded,
        transport: Arc::new(transport),
        vault,
        calendar,
        settings: Arc::new(settings),
    });
    services.sso = sso;
    Ok(services)
}

/// The CAs of the settings, and where the proof of their revocations comes from. Asks nobody yet.
pub fn authorities(
    settings: &Settings,
    embedded: Option<&EmbeddedCa>,
    clock: Clock,
) -> Result<(Arc<dyn ProofSource>, Authorities)> {
    let proof = proof(settings, embedded)?;
    let published = Published::new(proof.clone(), clock);
    let authorities = ca::open(&settings.authorities, embedded, &published).map_err(Error::wrap)?;
    Ok((proof, authorities))
}

/// Where the embedded CA is.
pub fn embedded_home(settings: &Settings) -> Result<Home> {
    let token = settings.ca_token.as_ref().map(Token::of_settings).transpose().map_err(Error::wrap)?;
    Ok(Home { directory: settings.data_dir.join("ca"), token: token.map(Arc::new) })
}

async fn embedded_ca(ctx: &AppContext, settings: &Settings, migrated: bool, clock: Clock) -> Result<EmbeddedCa> {
    let (db, url) = (ctx.db.clone(), &settings.public_url);
    let home = embedded_home(settings)?;
    let ca = if migrated {
        EmbeddedCa::open_with_books(db, home, url, clock.now()).await
    } else {
        EmbeddedCa::open(db, home, url, clock.now())
    };
    ca.map_err(Error::wrap)
}

/// Where the proof of each issuer's revocations comes from: files first, then what is asked over HTTP.
fn proof(settings: &Settings, embedded: Option<&EmbeddedCa>) -> Result<Arc<dyn ProofSource>> {
    let mut places = Vec::new();
    for authority in settings.authorities.iter().filter(|authority| authority.kind != AuthorityKind::Embedded) {
        let issuer = ca::issuer_chain(authority).map_err(Error::wrap)?.certificate;
        let crls: Vec<_> = authority.proof.crls.iter().filter(|place| place.contains("://")).cloned().collect();
        let ocsp = authority.proof.ocsp.clone();
        if ocsp.is_some() || !crls.is_empty() {
            places.push(ProofPlaces { issuer, crls, ocsp });
        }
    }
    let files = crl_files(settings, embedded)?;
    let outside = OutsideProofs::new(places).map_err(Error::wrap)?;
    Ok(Arc::new(ProofSources::new(vec![Arc::new(files), Arc::new(outside)])))
}

/// The CRLs that the embedded CA publishes, from the files that relying parties get, and those that outside CAs leave in
/// files.
fn crl_files(settings: &Settings, embedded: Option<&EmbeddedCa>) -> Result<PublishedCrls> {
    let mut files = Vec::new();
    if let Some(ca) = embedded {
        let file = |issuer: &Issuer| PublishedCrlFile { issuer: issuer.certificate.clone(), path: ca.crl_file(issuer) };
        files.extend([file(ca.issuing()), file(ca.root())]);
    }
    for authority in settings.authorities.iter().filter(|authority| authority.kind != AuthorityKind::Embedded) {
        let issuer = ca::issuer_chain(authority).map_err(Error::wrap)?.certificate;
        let paths = authority.proof.crls.iter().filter(|place| !place.contains("://"));
        files.extend(paths.map(|path| PublishedCrlFile { issuer: issuer.clone(), path: path.into() }));
    }
    Ok(PublishedCrls::new(files))
}

pub struct App;

#[async_trait]
impl Hooks for App {
    fn app_name() -> &'static str {
        env!("CARGO_CRATE_NAME")
    }

    fn app_version() -> String {
        env!("CARGO_PKG_VERSION").to_owned()
    }

    async fn boot(mode: StartMode, environment: &Environment, config: Config) -> Result<BootResult> {
        create_app::<Self, Migrator>(mode, environment, config).await
    }

    /// Also makes the folder of a SQLite file, and waits for a server: the framework connects before any other hook runs.
    async fn load_config(environment: &Environment) -> Result<Config> {
        let config = environment.load()?;
        make_database_folder(&config.database.uri)?;
        connection::wait_for_server(&config.database).await?;
        Ok(config)
    }

    /// Logs go to stderr: the last line of stdout belongs to the tasks.
    fn init_logger(ctx: &AppContext) -> Result<bool> {
        let config = &ctx.config.logger;
        if config.enable {
            tracing_subscriber::registry()
                .with(logger::init_layer(std::io::stderr, &config.format, false))
                .with(logger::init_env_filter::<Self>(config.override_filter.as_ref(), &config.level))
                .try_init()
                .map_err(Error::wrap)?;
        }
        Ok(true)
    }

    /// Runs before every command, tasks included. The framework's pool gives way to ours, and a database that may
    /// migrate itself (development, tests) does so now, so that tasks find their tables.
    async fn after_context(mut ctx: AppContext) -> Result<AppContext> {
        let settings = Settings::load(&ctx.config, &ctx.environment).map_err(Error::wrap)?;
        make_folder(&settings.data_dir)?;
        let pool = connection::connect(&ctx.config.database, &ctx.environment).await?;
        std::mem::replace(&mut ctx.db, pool).close().await?;
        if ctx.config.database.auto_migrate {
            Migrator::up(&ctx.db, None).await?;
        }
        let probe = connection::connect_probe(&ctx.config.database).await?;
        let mut services = services(&ctx, settings).await?;
        services.probe = probe;
        // Before any command does anything: a database that was restored is halted first.
        if is_migrated(&ctx.db).await? {
            let role = database_role::read(&ctx.db).await?;
            if role.is_some_and(|role| role.has_wall) {
                services.walled = Some(connection::connect_walled(&ctx.config.database).await?);
            }
            take_over_settings(&services).await?;
            compare_head(&services, services.clock.now()).await?;
            seal_secrets(&services, Secrets::Unsealed, &Actor::system(), services.clock.now()).await?;
        }
        ctx.shared_store.insert(services);
        ctx.shared_store.insert(Passwords::default());
        ctx.shared_store.insert(RunFeed::default());
        ctx.shared_store.insert(NewsFeed::default());
        Ok(ctx)
    }

    /// Before the server starts.
    async fn before_run(ctx: &AppContext) -> Result<()> {
        if is_migrated(&ctx.db).await? {
            Ok(())
        } else {
            Err(Error::string("the database is not up to date: run `db migrate`"))
        }
    }

    async fn before_routes(ctx: &AppContext) -> Result<Router<AppContext>> {
        Ok(controllers::router(ctx))
    }

    fn routes(_ctx: &AppContext) -> AppRoutes {
        controllers::routes()
    }

    fn middlewares(ctx: &AppContext) -> Vec<Box<dyn MiddlewareLayer>> {
        controllers::middlewares(ctx)
    }

    async fn initializers(_ctx: &AppContext) -> Result<Vec<Box<dyn Initializer>>> {
        Ok(vec![Box::new(scheduler::Starter)])
    }

    /// Runs before the server drains: tells the runs to come to an end and, for a while, every proxy to go elsewhere.
    async fn on_shutdown(ctx: &AppContext) {
        scheduler::stop(ctx);
        let seconds = Services::of(ctx).map_or(0, |desk| desk.settings.operations.drain_seconds);
        tokio::time::sleep(Duration::from_secs(seconds.into())).await;
    }

    /// No queue: mails and runs have their own tables.
    async fn connect_workers(_ctx: &AppContext, _queue: &Queue) -> Result<()> {
        Ok(())
    }

    fn register_tasks(tasks: &mut Tasks) {
        tasks::register(tasks);
    }

    async fn truncate(_ctx: &AppContext) -> Result<()> {
        Err(Error::string("nothing here is truncated: records of revocations are kept"))
    }

    async fn seed(_ctx: &AppContext, _path: &Path) -> Result<()> {
        Err(Error::string("use `task demo`"))
    }
}

async fn is_migrated(db: &DatabaseConnection) -> Result<bool> {
    Ok(Migrator::lacking(db).await?.is_empty())
}

fn make_database_folder(uri: &str) -> Result<()> {
    let file = uri.strip_prefix("sqlite://").map(|rest| rest.split('?').next().unwrap_or(rest));
    file.and_then(|file| Path::new(file).parent()).map_or(Ok(()), make_folder)
}

/// Ours alone: keys and personal data live in it.
fn make_folder(path: &Path) -> Result<()> {
    let mut builder = DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    Ok(builder.recursive(true).create(path)?)
}
