//! `task import_certificates file:… [subscriber:…] [dry_run:true]`: a PEM bundle or CSV; `import_contacts` and
//! `import_applications file:… [dry_run:true]`: CSV.

use std::fs::File;
use std::io::BufReader;

use async_trait::async_trait;
use loco_rs::{
    app::AppContext,
    task::{Task, TaskInfo, Vars},
};

use super::{Progress, Report, flag, only, optional, required};
use crate::{
    actions::import_file::{ImportFile, Imported, RowProblem, import_file},
    domain::{actor::Actor, import::ImportKind, problem::Problem},
    errors::Result,
    messages::Texts,
    services::Services,
};

pub struct ImportFileTask(pub ImportKind);

impl ImportFileTask {
    fn name(&self) -> &'static str {
        match self.0 {
            ImportKind::Certificates => "import_certificates",
            ImportKind::Contacts => "import_contacts",
            ImportKind::Applications => "import_applications",
        }
    }

    async fn reported(&self, ctx: &AppContext, vars: &Vars) -> Result<Report> {
        match self.0 {
            ImportKind::Certificates => only(vars, &["file", "subscriber", "dry_run"])?,
            ImportKind::Contacts | ImportKind::Applications => only(vars, &["file", "dry_run"])?,
        }
        let desk = Services::of(ctx)?;
        let path = required(vars, "file")?;
        let file = File::open(path).map_err(|error| {
            Problem::on("file", "argument_file_unreadable").with("path", path).with("reason", error)
        })?;
        let dry_run = flag(vars, "dry_run")?;
        let progress = Progress::start();
        let input = ImportFile {
            kind: self.0,
            file: &mut BufReader::new(file),
            subscriber: optional(vars, "subscriber"),
            dry_run,
            progress: &|counts| progress.show(counts),
        };
        let imported = import_file(&desk, input, &Actor::system(), desk.clock.now()).await;
        progress.end();
        Ok(self.report(&imported?, dry_run))
    }

    fn report(&self, imported: &Imported, dry_run: bool) -> Report {
        let counts = imported.counts;
        let mut lines: Vec<String> = imported.problems.iter().map(sentence).collect();
        let done = if dry_run { "would_register" } else { "registered" };
        lines.push(format!(
            "{}: target={} {done}={} known={} failed={}",
            self.name(),
            counts.target,
            counts.done,
            counts.skipped,
            counts.failed
        ));
        let failed = (counts.failed > 0).then(|| Problem::new("import_rows_failed").with("failed", counts.failed));
        let left = counts.target - counts.done - counts.skipped - counts.failed;
        let left = (left > 0).then(|| Problem::new("import_rows_left").with("left", left));
        Report { lines, problems: failed.into_iter().chain(left).collect() }
    }
}

#[async_trait]
impl Task for ImportFileTask {
    fn task(&self) -> TaskInfo {
        let detail = match self.0 {
            ImportKind::Certificates => {
                "file:… [subscriber:…] [dry_run:true] — registers the certificates of a PEM bundle or CSV"
            }
            ImportKind::Contacts => "file:… [dry_run:true] — registers the contacts of a CSV",
            ImportKind::Applications => "file:… [dry_run:true] — files the applications of a CSV",
        };
        TaskInfo { name: self.name().to_owned(), detail: detail.to_owned() }
    }

    async fn run(&self, ctx: &AppContext, vars: &Vars) -> loco_rs::Result<()> {
        super::tell(Box::pin(self.reported(ctx, vars)).await)
    }
}

/// `12: pem: …`
fn sentence(row: &RowProblem) -> String {
    let text = Texts::JA.refusal(&row.refusal.code, &row.refusal.params);
    let column = row.refusal.field.as_deref().unwrap_or("file");
    Texts::JA.f("import.row", &[("line", &row.line), ("column", &column), ("text", &text)])
}
