//! `task import_certificates file:… [subscriber:…] [dry_run:true]`: a PEM bundle or CSV.

use async_trait::async_trait;
use loco_rs::{
    app::AppContext,
    task::{Task, TaskInfo, Vars},
};

use super::{Progress, Report, flag, only, optional, read_file};
use crate::{
    actions::import_certificates::{ImportCertificates, Imported, RowProblem, import_certificates},
    domain::{actor::Actor, problem::Problem},
    errors::Result,
    messages::Texts,
    services::Services,
};

pub struct ImportCertificatesTask;

#[async_trait]
impl Task for ImportCertificatesTask {
    fn task(&self) -> TaskInfo {
        TaskInfo {
            name: "import_certificates".to_owned(),
            detail: "file:… [subscriber:…] [dry_run:true] — registers the certificates of a PEM bundle or CSV"
                .to_owned(),
        }
    }

    async fn run(&self, ctx: &AppContext, vars: &Vars) -> loco_rs::Result<()> {
        super::tell(run(ctx, vars).await)
    }
}

async fn run(ctx: &AppContext, vars: &Vars) -> Result<Report> {
    only(vars, &["file", "subscriber", "dry_run"])?;
    let desk = Services::of(ctx)?;
    let file = read_file(vars).await?;
    let dry_run = flag(vars, "dry_run")?;
    let progress = Progress::start();
    let input = ImportCertificates {
        file: &file,
        subscriber: optional(vars, "subscriber"),
        dry_run,
        progress: &|counts| progress.show(counts),
    };
    let imported = import_certificates(&desk, input, &Actor::system(), desk.clock.now()).await;
    progress.end();
    Ok(report(&imported?, dry_run))
}

fn report(imported: &Imported, dry_run: bool) -> Report {
    let counts = imported.counts;
    let mut lines: Vec<String> = imported.problems.iter().map(sentence).collect();
    let done = if dry_run { "would_register" } else { "registered" };
    lines.push(format!(
        "import_certificates: target={} {done}={} known={} failed={}",
        counts.target, counts.done, counts.skipped, counts.failed
    ));
    let failed = (counts.failed > 0).then(|| Problem::new("import_rows_failed").with("failed", counts.failed));
    Report { lines, problems: failed.into_iter().collect() }
}

/// `12: pem: …`
fn sentence(row: &RowProblem) -> String {
    let text = Texts::JA.problem(&row.problem);
    let column = row.problem.field.unwrap_or("file");
    Texts::JA.f("import.row", &[("line", &row.line), ("column", &column), ("text", &text)])
}
